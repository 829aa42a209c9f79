/*
 * ngx_http_journey_token.c - tokens are made by whatever sends the mails, so
 * their MAC is the one that every language has, and their text can be read.
 */

#include "ngx_http_journey_token.h"

#include <sodium.h>
#include <string.h>


#define NGX_HTTP_JOURNEY_TOKEN_MAC     16     /* bytes */
#define NGX_HTTP_JOURNEY_TOKEN_NAME    64
#define NGX_HTTP_JOURNEY_TOKEN_DIGITS  12     /* of EXPIRES, at most */


static const uint8_t *ngx_http_journey_token_part(const uint8_t **p,
    const uint8_t *end, size_t *len);
static int ngx_http_journey_token_name(const uint8_t *p, size_t len);
static int ngx_http_journey_token_hex(const uint8_t *p, size_t len,
    uint8_t *out);
static int ngx_http_journey_token_signed(const ngx_http_journey_keys_t *keys,
    const uint8_t *text, size_t len, const uint8_t *mac);


ngx_http_journey_token_e
ngx_http_journey_token_read(const ngx_http_journey_keys_t *keys,
    const uint8_t *text, size_t len, int64_t now_s,
    ngx_http_journey_token_t *token)
{
    size_t          i, name_len, hash_len, time_len;
    int64_t         expires_s;
    uint64_t        recipient;
    uint8_t         mac[NGX_HTTP_JOURNEY_TOKEN_MAC], hash[sizeof(uint64_t)];
    const uint8_t  *p, *end, *name, *hex, *time;

    p = text;
    end = text + len;

    name = ngx_http_journey_token_part(&p, end, &name_len);
    hex = ngx_http_journey_token_part(&p, end, &hash_len);
    time = ngx_http_journey_token_part(&p, end, &time_len);

    if (time == NULL || !ngx_http_journey_token_name(name, name_len)
        || hash_len != 2 * sizeof(hash)
        || !ngx_http_journey_token_hex(hex, hash_len, hash)
        || time_len == 0 || time_len > NGX_HTTP_JOURNEY_TOKEN_DIGITS
        || (size_t) (end - p) != 2 * sizeof(mac)
        || !ngx_http_journey_token_hex(p, 2 * sizeof(mac), mac))
    {
        return NGX_HTTP_JOURNEY_TOKEN_INVALID;
    }

    expires_s = 0;

    for (i = 0; i < time_len; i++) {

        if (time[i] < '0' || time[i] > '9') {
            return NGX_HTTP_JOURNEY_TOKEN_INVALID;
        }

        expires_s = expires_s * 10 + (time[i] - '0');
    }

    recipient = 0;

    for (i = 0; i < sizeof(hash); i++) {
        recipient = recipient << 8 | hash[i];
    }

    if (recipient == 0
        || !ngx_http_journey_token_signed(keys, text,
                                          (size_t) (p - 1 - text), mac))
    {
        return NGX_HTTP_JOURNEY_TOKEN_INVALID;
    }

    if (now_s > expires_s) {
        return NGX_HTTP_JOURNEY_TOKEN_EXPIRED;
    }

    token->mailing.data = name;
    token->mailing.len = name_len;
    token->recipient = recipient;

    return NGX_HTTP_JOURNEY_TOKEN_OK;
}


/* The bytes up to the next ".", behind which *p moves; NULL: there is none. */

static const uint8_t *
ngx_http_journey_token_part(const uint8_t **p, const uint8_t *end, size_t *len)
{
    const uint8_t  *part, *dot;

    part = *p;
    dot = (part == NULL) ? NULL : memchr(part, '.', (size_t) (end - part));

    if (dot == NULL) {
        *p = NULL;
        *len = 0;
        return NULL;
    }

    *len = (size_t) (dot - part);
    *p = dot + 1;

    return part;
}


static int
ngx_http_journey_token_name(const uint8_t *p, size_t len)
{
    size_t  i;

    for (i = 0; i < len; i++) {
        if (!((p[i] >= 'a' && p[i] <= 'z') || (p[i] >= 'A' && p[i] <= 'Z')
              || (p[i] >= '0' && p[i] <= '9') || p[i] == '_' || p[i] == '-'))
        {
            return 0;
        }
    }

    return len != 0 && len <= NGX_HTTP_JOURNEY_TOKEN_NAME;
}


/* One spelling: lower case. */

static int
ngx_http_journey_token_hex(const uint8_t *p, size_t len, uint8_t *out)
{
    size_t   i;
    uint8_t  digit;

    for (i = 0; i < len; i++) {

        if (p[i] >= '0' && p[i] <= '9') {
            digit = (uint8_t) (p[i] - '0');

        } else if (p[i] >= 'a' && p[i] <= 'f') {
            digit = (uint8_t) (p[i] - 'a' + 10);

        } else {
            return 0;
        }

        if (i % 2 == 0) {
            out[i / 2] = (uint8_t) (digit << 4);
        } else {
            out[i / 2] |= digit;
        }
    }

    return 1;
}


static int
ngx_http_journey_token_signed(const ngx_http_journey_keys_t *keys,
    const uint8_t *text, size_t len, const uint8_t *mac)
{
    unsigned                           i;
    uint8_t                            sum[crypto_auth_hmacsha256_BYTES];
    crypto_auth_hmacsha256_state       state;

    for (i = 0; i < keys->n; i++) {
        (void) crypto_auth_hmacsha256_init(&state, keys->key[i].secret,
                                           sizeof(keys->key[i].secret));
        (void) crypto_auth_hmacsha256_update(&state, (const uint8_t *) "mail:",
                                             sizeof("mail:") - 1);
        (void) crypto_auth_hmacsha256_update(&state, text, len);
        (void) crypto_auth_hmacsha256_final(&state, sum);

        if (sodium_memcmp(sum, mac, NGX_HTTP_JOURNEY_TOKEN_MAC) == 0) {
            return 1;
        }
    }

    return 0;
}
