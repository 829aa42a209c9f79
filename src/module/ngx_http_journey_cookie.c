/*
 * ngx_http_journey_cookie.c - signing, verifying and finding the cookie.
 *
 * base64url is written out here instead of taken from libsodium, because a
 * value must have one spelling only: 21 bytes are 28 characters exactly, with
 * no padding and no unused bits that could differ.
 */

#include "ngx_http_journey_cookie.h"

#include <string.h>
#include <sodium.h>


#define NGX_HTTP_JOURNEY_COOKIE_SIGNED 13
#define NGX_HTTP_JOURNEY_COOKIE_BYTES  21


static void ngx_http_journey_cookie_mac(const ngx_http_journey_key_t *key,
    const uint8_t *bytes, uint8_t mac[crypto_shorthash_BYTES]);
static int ngx_http_journey_cookie_unbase64(const uint8_t *in,
    uint8_t out[NGX_HTTP_JOURNEY_COOKIE_BYTES]);


static const char  ngx_http_journey_cookie_alphabet[] =
    "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_";


int
ngx_http_journey_keys_add(ngx_http_journey_keys_t *keys,
    const uint8_t secret[NGX_HTTP_JOURNEY_KEY_LEN])
{
    unsigned                 i;
    uint8_t                  id[crypto_shorthash_BYTES];
    ngx_http_journey_key_t  *key;

    static const uint8_t     what[] = "journey key id";

    if (keys->n == NGX_HTTP_JOURNEY_MAX_KEYS) {
        return -1;
    }

    for (i = 0; i < keys->n; i++) {
        if (memcmp(keys->key[i].secret, secret, NGX_HTTP_JOURNEY_KEY_LEN)
            == 0)
        {
            return -1;
        }
    }

    (void) crypto_shorthash(id, what, sizeof(what) - 1, secret);

    key = &keys->key[keys->n++];
    key->id = id[0];
    memcpy(key->secret, secret, NGX_HTTP_JOURNEY_KEY_LEN);

    return 0;
}


void
ngx_http_journey_cookie_encode(const ngx_http_journey_keys_t *keys,
    const ngx_http_journey_cookie_t *cookie,
    char out[NGX_HTTP_JOURNEY_COOKIE_LEN])
{
    unsigned  i, bits;
    uint8_t   b[NGX_HTTP_JOURNEY_COOKIE_BYTES];

    b[0] = keys->key[0].id;

    for (i = 0; i < 4; i++) {
        b[1 + i] = (uint8_t) (cookie->issued_s >> (8 * i));
    }

    for (i = 0; i < 8; i++) {
        b[5 + i] = (uint8_t) (cookie->visitor >> (8 * i));
    }

    ngx_http_journey_cookie_mac(&keys->key[0], b,
                                b + NGX_HTTP_JOURNEY_COOKIE_SIGNED);

    for (i = 0; i < NGX_HTTP_JOURNEY_COOKIE_BYTES; i += 3) {
        bits = (unsigned) b[i] << 16 | (unsigned) b[i + 1] << 8 | b[i + 2];

        *out++ = ngx_http_journey_cookie_alphabet[bits >> 18];
        *out++ = ngx_http_journey_cookie_alphabet[bits >> 12 & 63];
        *out++ = ngx_http_journey_cookie_alphabet[bits >> 6 & 63];
        *out++ = ngx_http_journey_cookie_alphabet[bits & 63];
    }
}


ngx_http_journey_cookie_e
ngx_http_journey_cookie_decode(const ngx_http_journey_keys_t *keys,
    const uint8_t *value, size_t len, int64_t now_s, int64_t lifetime_s,
    ngx_http_journey_cookie_t *cookie)
{
    int       genuine;
    uint8_t   b[NGX_HTTP_JOURNEY_COOKIE_BYTES];
    uint8_t   mac[crypto_shorthash_BYTES];
    unsigned  i;
    uint32_t  issued_s;
    uint64_t  visitor;

    if (len != NGX_HTTP_JOURNEY_COOKIE_LEN
        || ngx_http_journey_cookie_unbase64(value, b) != 0)
    {
        return NGX_HTTP_JOURNEY_COOKIE_MALFORMED;
    }

    genuine = 0;

    /* ids are one byte: two keys may share one */

    for (i = 0; i < keys->n && !genuine; i++) {
        if (keys->key[i].id != b[0]) {
            continue;
        }

        ngx_http_journey_cookie_mac(&keys->key[i], b, mac);

        genuine = sodium_memcmp(mac, b + NGX_HTTP_JOURNEY_COOKIE_SIGNED,
                                crypto_shorthash_BYTES)
                  == 0;
    }

    issued_s = 0;
    visitor = 0;

    for (i = 0; i < 4; i++) {
        issued_s |= (uint32_t) b[1 + i] << (8 * i);
    }

    for (i = 0; i < 8; i++) {
        visitor |= (uint64_t) b[5 + i] << (8 * i);
    }

    if (!genuine || visitor == 0) {
        return NGX_HTTP_JOURNEY_COOKIE_FORGED;
    }

    if (now_s - issued_s >= lifetime_s
        || issued_s - now_s > NGX_HTTP_JOURNEY_CLOCK_SKEW_S)
    {
        return NGX_HTTP_JOURNEY_COOKIE_EXPIRED;
    }

    cookie->visitor = visitor;
    cookie->issued_s = issued_s;

    return NGX_HTTP_JOURNEY_COOKIE_OK;
}


static void
ngx_http_journey_cookie_mac(const ngx_http_journey_key_t *key,
    const uint8_t *bytes, uint8_t mac[crypto_shorthash_BYTES])
{
    (void) crypto_shorthash(mac, bytes, NGX_HTTP_JOURNEY_COOKIE_SIGNED,
                            key->secret);
}


static int
ngx_http_journey_cookie_unbase64(const uint8_t *in,
    uint8_t out[NGX_HTTP_JOURNEY_COOKIE_BYTES])
{
    unsigned  i, bits;
    uint8_t   c;

    /* 1 + the place in the alphabet, 0: not in it */

    static const uint8_t  place[128] = {
        ['-'] = 63, ['_'] = 64,
        ['0'] = 53, 54, 55, 56, 57, 58, 59, 60, 61, 62,
        ['A'] = 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15, 16, 17, 18,
        19, 20, 21, 22, 23, 24, 25, 26,
        ['a'] = 27, 28, 29, 30, 31, 32, 33, 34, 35, 36, 37, 38, 39, 40, 41, 42,
        43, 44, 45, 46, 47, 48, 49, 50, 51, 52
    };

    bits = 0;

    for (i = 0; i < NGX_HTTP_JOURNEY_COOKIE_LEN; i++) {
        c = in[i];

        if (c >= sizeof(place) || place[c] == 0) {
            return -1;
        }

        bits = bits << 6 | (place[c] - 1u);

        if (i % 4 == 3) {
            *out++ = (uint8_t) (bits >> 16);
            *out++ = (uint8_t) (bits >> 8);
            *out++ = (uint8_t) bits;
            bits = 0;
        }
    }

    return 0;
}


int
ngx_http_journey_cookie_next(const uint8_t **pos, const uint8_t *end,
    const uint8_t *name, size_t name_len, const uint8_t **value, size_t *len)
{
    const uint8_t  *p, *last, *pair, *equal;

    p = *pos;

    while (p < end) {

        while (p < end && (*p == ' ' || *p == '\t' || *p == ';')) {
            p++;
        }

        pair = p;
        last = memchr(p, ';', (size_t) (end - p));
        if (last == NULL) {
            last = end;
        }

        p = last;

        equal = memchr(pair, '=', (size_t) (last - pair));

        if (equal == NULL || (size_t) (equal - pair) != name_len
            || memcmp(pair, name, name_len) != 0)
        {
            continue;
        }

        while (last > equal + 1 && (last[-1] == ' ' || last[-1] == '\t')) {
            last--;
        }

        *value = equal + 1;
        *len = (size_t) (last - *value);
        *pos = p;

        return 1;
    }

    *pos = end;

    return 0;
}
