/*
 * ngx_http_journey_keyring.c - lines to keys.  Strict: a key that was read
 * wrong would turn every visitor into a new one.
 */

#include "ngx_http_journey_keyring.h"

#include <sodium.h>
#include <string.h>


static ngx_http_journey_keyring_e ngx_http_journey_keyring_line(
    const uint8_t *p, const uint8_t *last, ngx_http_journey_keyring_t *ring);
static ngx_http_journey_keyring_e ngx_http_journey_keyring_add(
    ngx_http_journey_keyring_t *ring, int login,
    const uint8_t secret[NGX_HTTP_JOURNEY_KEY_LEN]);


ngx_http_journey_keyring_e
ngx_http_journey_keyring_parse(const uint8_t *text, size_t len,
    ngx_http_journey_keyring_t *ring, unsigned *line)
{
    const uint8_t               *p, *end, *last;
    ngx_http_journey_keyring_e   rc;

    memset(ring, 0, sizeof(*ring));
    *line = 0;

    last = text + len;

    for (p = text; p < last; p = end + (end < last)) {

        (*line)++;

        end = memchr(p, '\n', (size_t) (last - p));
        if (end == NULL) {
            end = last;
        }

        rc = ngx_http_journey_keyring_line(p, end, ring);

        if (rc != NGX_HTTP_JOURNEY_KEYRING_OK) {
            return rc;
        }
    }

    return ring->cookie.n == 0 ? NGX_HTTP_JOURNEY_KEYRING_EMPTY
                               : NGX_HTTP_JOURNEY_KEYRING_OK;
}


static ngx_http_journey_keyring_e
ngx_http_journey_keyring_line(const uint8_t *p, const uint8_t *last,
    ngx_http_journey_keyring_t *ring)
{
    int                          login;
    size_t                       n;
    uint8_t                      secret[NGX_HTTP_JOURNEY_KEY_LEN];
    ngx_http_journey_keyring_e   rc;

    while (p < last && (*p == ' ' || *p == '\t')) {
        p++;
    }

    while (p < last
           && (last[-1] == ' ' || last[-1] == '\t' || last[-1] == '\r'))
    {
        last--;
    }

    if (p == last || *p == '#') {
        return NGX_HTTP_JOURNEY_KEYRING_OK;
    }

    login = (last - p > 6 && memcmp(p, "login ", 6) == 0);

    if (login) {
        for (p += 6; p < last && *p == ' '; p++) { /* void */
        }
    }

    if (last - p != 2 * NGX_HTTP_JOURNEY_KEY_LEN
        || sodium_hex2bin(secret, sizeof(secret), (const char *) p,
                          2 * NGX_HTTP_JOURNEY_KEY_LEN, NULL, &n, NULL)
           != 0
        || n != sizeof(secret))
    {
        return NGX_HTTP_JOURNEY_KEYRING_SYNTAX;
    }

    rc = ngx_http_journey_keyring_add(ring, login, secret);

    sodium_memzero(secret, sizeof(secret));

    return rc;
}


static ngx_http_journey_keyring_e
ngx_http_journey_keyring_add(ngx_http_journey_keyring_t *ring, int login,
    const uint8_t secret[NGX_HTTP_JOURNEY_KEY_LEN])
{
    if (!login) {
        return ngx_http_journey_keys_add(&ring->cookie, secret) == 0
                   ? NGX_HTTP_JOURNEY_KEYRING_OK
                   : NGX_HTTP_JOURNEY_KEYRING_FULL;
    }

    if (ring->login_known) {
        return NGX_HTTP_JOURNEY_KEYRING_LOGIN;
    }

    memcpy(ring->login, secret, NGX_HTTP_JOURNEY_KEY_LEN);
    ring->login_known = 1;

    return NGX_HTTP_JOURNEY_KEYRING_OK;
}
