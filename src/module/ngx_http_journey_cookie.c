/*
 * ngx_http_journey_cookie.c - signing, verifying and finding the cookie.
 *
 * base64url is written out here instead of taken from libsodium, because a
 * value must have one spelling only: 21 bytes are 28 characters exactly, with
 * no padding and no unused bits that could differ.
 */

#include "ngx_http_journey_cookie.h"
#include "jny_wire.h"

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

    jny_put_le32(b + 1, cookie->issued_s);
    jny_put_le64(b + 5, cookie->visitor);

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

    issued_s = jny_get_le32(b + 1);
    visitor = jny_get_le64(b + 5);

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
    unsigned  i, known, bits;
    uint8_t   a, b, c, d;

    /* 0x80 + the place in the alphabet, 0: not in it */

    static const uint8_t  place[256] = {
        ['A'] = 128, 129, 130, 131, 132, 133, 134, 135, 136, 137, 138, 139, 140,
        141, 142, 143, 144, 145, 146, 147, 148, 149, 150, 151, 152, 153,
        ['a'] = 154, 155, 156, 157, 158, 159, 160, 161, 162, 163, 164, 165, 166,
        167, 168, 169, 170, 171, 172, 173, 174, 175, 176, 177, 178, 179,
        ['0'] = 180, 181, 182, 183, 184, 185, 186, 187, 188, 189,
        ['-'] = 190, ['_'] = 191
    };

    known = 0x80;

    for (i = 0; i < NGX_HTTP_JOURNEY_COOKIE_LEN; i += 4) {
        a = place[in[i]];
        b = place[in[i + 1]];
        c = place[in[i + 2]];
        d = place[in[i + 3]];

        known &= a & b & c & d;
        bits = (a & 63u) << 18 | (b & 63u) << 12 | (c & 63u) << 6 | (d & 63u);

        *out++ = (uint8_t) (bits >> 16);
        *out++ = (uint8_t) (bits >> 8);
        *out++ = (uint8_t) bits;
    }

    return known ? 0 : -1;
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
