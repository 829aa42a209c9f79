/*
 * fuzz_token.c - a mail's token of any bytes, as it comes from strangers:
 * accepted exactly when it is spelled as its header says (a regular expression
 * of the C library reads it) and a key signed these very bytes.
 *
 * The first byte chooses: bit 0, what follows is signed, whatever it is, and
 * else stands there as a token that nobody signed; bit 1, with an older key;
 * bit 2, the last three bytes then change the signed token (place, value) and
 * cut it; bit 3, the other spelling of hex digits.
 */

#include <ctype.h>
#include <regex.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <sodium.h>

#include "ngx_http_journey_token.h"


int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);


#define FUZZ_NOW_S  INT64_C(1700000000)
#define FUZZ_MAC    32

#define FUZZ_TOKEN                                                            \
    "^([A-Za-z0-9_-]{1,64})[.]([0-9a-f]{16})[.]([0-9]{1,12})[.][0-9a-f]{32}$"

#define FUZZ_NOBODY  "0000000000000000"


static void
fuzz_require(int condition)
{
    if (!condition) {
        abort();
    }
}


static void
fuzz_key(ngx_http_journey_keys_t *keys, uint8_t n)
{
    uint8_t  secret[NGX_HTTP_JOURNEY_KEY_LEN] = { 0xa5 };

    secret[1] = n;
    fuzz_require(ngx_http_journey_keys_add(keys, secret) == 0);
}


/* RFC 2104, in lower-case hex. */
static void
fuzz_mac(const ngx_http_journey_key_t *key, const char *text, size_t len,
    char *out)
{
    char    *all, hex[2 * crypto_auth_hmacsha256_BYTES + 1];
    uint8_t  mac[crypto_auth_hmacsha256_BYTES];
    crypto_auth_hmacsha256_state  state;

    all = malloc(5 + len);
    fuzz_require(all != NULL);
    memcpy(all, "mail:", 5);
    memcpy(all + 5, text, len);
    crypto_auth_hmacsha256_init(&state, key->secret, sizeof(key->secret));
    crypto_auth_hmacsha256_update(&state, (uint8_t *) all, 5 + len);
    crypto_auth_hmacsha256_final(&state, mac);
    sodium_bin2hex(hex, sizeof(hex), mac, sizeof(mac));
    memcpy(out, hex, FUZZ_MAC);
    free(all);
}


/* A heap string: what follows data[0], with a signature if it says so. */
static char *
fuzz_token(const ngx_http_journey_keys_t *keys, const uint8_t *data,
    size_t size, size_t *len)
{
    char    *text;
    size_t   body;
    uint8_t  how;

    how = data[0];
    body = size - 1 - (how & 4 && size > 3 ? 3 : 0);
    text = malloc(body + 1 + FUZZ_MAC + 1);
    fuzz_require(text != NULL);
    memcpy(text, data + 1, body);
    *len = body;

    if (how & 1) {
        text[body] = '.';
        fuzz_mac(&keys->key[how >> 1 & 1], text, body, text + body + 1);
        *len += 1 + FUZZ_MAC;
    }

    if (how & 4 && size > 3 && *len != 0) {
        text[data[size - 3] % *len] = (char) data[size - 2];
        *len -= data[size - 1] % 4 == 3;
    }

    for (size_t i = body; how & 8 && i < *len; i++) {
        text[i] = (char) toupper((unsigned char) text[i]);
    }

    text[*len] = '\0';

    return text;
}


/* Whether one of the keys made this mac.  Not by memcmp(): see fuzz_cookie. */
static int
fuzz_signed(const ngx_http_journey_keys_t *keys, const char *text, size_t len)
{
    char  mac[FUZZ_MAC];

    for (unsigned i = 0; i < keys->n; i++) {
        fuzz_mac(&keys->key[i], text, len - 1 - FUZZ_MAC, mac);

        if (sodium_memcmp(mac, text + len - FUZZ_MAC, FUZZ_MAC) == 0) {
            return 1;
        }
    }

    return 0;
}


static ngx_http_journey_token_e
fuzz_expected(const ngx_http_journey_keys_t *keys, const char *text,
    size_t len, regmatch_t *m)
{
    static regex_t  re;
    static int      compiled;

    if (!compiled) {
        fuzz_require(regcomp(&re, FUZZ_TOKEN, REG_EXTENDED) == 0);
        compiled = 1;
    }

    if (strlen(text) != len || regexec(&re, text, 4, m, 0) != 0
        || strncmp(text + m[2].rm_so, FUZZ_NOBODY, 16) == 0
        || !fuzz_signed(keys, text, len))
    {
        return NGX_HTTP_JOURNEY_TOKEN_INVALID;
    }

    return strtoll(text + m[3].rm_so, NULL, 10) < FUZZ_NOW_S
               ? NGX_HTTP_JOURNEY_TOKEN_EXPIRED
               : NGX_HTTP_JOURNEY_TOKEN_OK;
}


int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    char                      *text;
    size_t                     len;
    uint8_t                   *copy;
    regmatch_t                 m[4];
    ngx_http_journey_keys_t    keys = { 0 };
    ngx_http_journey_token_e   expected;
    ngx_http_journey_token_t   token;

    if (size == 0) {
        return 0;
    }

    fuzz_key(&keys, 1);
    fuzz_key(&keys, 2);

    text = fuzz_token(&keys, data, size, &len);
    copy = malloc(len != 0 ? len : 1);
    fuzz_require(copy != NULL);
    memcpy(copy, text, len);
    expected = fuzz_expected(&keys, text, len, m);

    fuzz_require(ngx_http_journey_token_read(&keys, copy, len, FUZZ_NOW_S,
                                             &token)
                 == expected);

    if (expected == NGX_HTTP_JOURNEY_TOKEN_OK) {
        fuzz_require(token.mailing.data == copy);
        fuzz_require(token.mailing.len == (size_t) m[1].rm_eo);
        fuzz_require(token.recipient
                     == strtoull(text + m[2].rm_so, NULL, 16));
    }

    free(copy);
    free(text);

    return 0;
}
