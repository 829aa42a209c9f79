/*
 * fuzz_key.c - a key file of any bytes: accepted, with these keys, exactly
 * when regular expressions of the C library find nothing but keys in it, and
 * else refused at the first line that is none.
 */

#include <regex.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "ngx_http_journey_keyring.h"


int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);


#define FUZZ_NOTHING  "^[ \t]*(#.*|[ \t\r]*)$"
#define FUZZ_KEY      "^[ \t]*(login +)?([0-9a-fA-F]{32})[ \t\r]*$"

typedef struct {
    uint8_t   keys[NGX_HTTP_JOURNEY_MAX_KEYS][NGX_HTTP_JOURNEY_KEY_LEN];
    unsigned  n;
    uint8_t   login[NGX_HTTP_JOURNEY_KEY_LEN];
    unsigned  logins;
} fuzz_ring_t;


static void
fuzz_require(int condition)
{
    if (!condition) {
        abort();
    }
}


static int
fuzz_matches(const char *text, regex_t *re, const char *pattern,
    regmatch_t m[3])
{
    if (re->re_nsub == 0) {
        fuzz_require(regcomp(re, pattern, REG_EXTENDED) == 0);
    }

    return regexec(re, text, 3, m, 0) == 0;
}


static void
fuzz_secret(const char *hex, uint8_t secret[NGX_HTTP_JOURNEY_KEY_LEN])
{
    char  pair[3] = { 0 };

    for (unsigned i = 0; i < NGX_HTTP_JOURNEY_KEY_LEN; i++) {
        memcpy(pair, hex + 2 * i, 2);
        secret[i] = (uint8_t) strtoul(pair, NULL, 16);
    }
}


static ngx_http_journey_keyring_e
fuzz_line(const char *text, size_t len, fuzz_ring_t *ring)
{
    uint8_t         secret[NGX_HTTP_JOURNEY_KEY_LEN];
    regmatch_t      m[3];
    static regex_t  nothing, key;

    /* the library's texts end at a NUL: in a comment it means nothing */

    if (fuzz_matches(text, &nothing, FUZZ_NOTHING, m)
        && (strlen(text) == len || strchr(text, '#') != NULL))
    {
        return NGX_HTTP_JOURNEY_KEYRING_OK;
    }

    if (strlen(text) != len || !fuzz_matches(text, &key, FUZZ_KEY, m)) {
        return NGX_HTTP_JOURNEY_KEYRING_SYNTAX;
    }

    fuzz_secret(text + m[2].rm_so, secret);

    if (m[1].rm_so != -1) {
        memcpy(ring->login, secret, sizeof(secret));
        return ring->logins++ == 0 ? NGX_HTTP_JOURNEY_KEYRING_OK
                                   : NGX_HTTP_JOURNEY_KEYRING_LOGIN;
    }

    for (unsigned i = 0; i < ring->n; i++) {
        if (memcmp(ring->keys[i], secret, sizeof(secret)) == 0) {
            return NGX_HTTP_JOURNEY_KEYRING_FULL;
        }
    }

    if (ring->n == NGX_HTTP_JOURNEY_MAX_KEYS) {
        return NGX_HTTP_JOURNEY_KEYRING_FULL;
    }

    memcpy(ring->keys[ring->n++], secret, sizeof(secret));

    return NGX_HTTP_JOURNEY_KEYRING_OK;
}


static ngx_http_journey_keyring_e
fuzz_file(const uint8_t *data, size_t size, fuzz_ring_t *ring,
    unsigned *line)
{
    char                        *text;
    size_t                       at, end;
    ngx_http_journey_keyring_e   rc;

    *line = 0;

    for (at = 0; at < size; at = end + 1) {
        for (end = at; end < size && data[end] != '\n'; end++) {
            /* void */
        }

        text = malloc(end - at + 1);
        fuzz_require(text != NULL);
        memcpy(text, data + at, end - at);
        text[end - at] = '\0';

        (*line)++;
        rc = fuzz_line(text, end - at, ring);
        free(text);

        if (rc != NGX_HTTP_JOURNEY_KEYRING_OK) {
            return rc;
        }
    }

    return ring->n == 0 ? NGX_HTTP_JOURNEY_KEYRING_EMPTY
                        : NGX_HTTP_JOURNEY_KEYRING_OK;
}


int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    uint8_t                     *copy;
    unsigned                     line, expected_line;
    fuzz_ring_t                  expected;
    ngx_http_journey_keyring_t   ring;
    ngx_http_journey_keyring_e   rc;

    memset(&expected, 0, sizeof(expected));
    copy = malloc(size != 0 ? size : 1);
    fuzz_require(copy != NULL);
    memcpy(copy, data, size);

    rc = ngx_http_journey_keyring_parse(copy, size, &ring, &line);
    fuzz_require(rc == fuzz_file(data, size, &expected, &expected_line));
    fuzz_require(line == expected_line);

    if (rc == NGX_HTTP_JOURNEY_KEYRING_OK) {
        fuzz_require(ring.cookie.n == expected.n);
        fuzz_require(ring.login_known == expected.logins);
        fuzz_require(memcmp(ring.login, expected.login, sizeof(ring.login))
                     == 0);

        for (unsigned i = 0; i < ring.cookie.n; i++) {
            fuzz_require(memcmp(ring.cookie.key[i].secret, expected.keys[i],
                                NGX_HTTP_JOURNEY_KEY_LEN)
                         == 0);
        }
    }

    free(copy);

    return 0;
}
