/*
 * fuzz_cookie.c - a Cookie header of any bytes, as it comes from strangers:
 * its values are those that a slower reader finds, and one is accepted only
 * when it is, to the byte, a cookie that was signed here, for as long as it
 * holds.
 *
 * The first byte chooses: odd, the rest is the header, and none was signed;
 * even, it says whom and when to sign, then which bytes (place, value) of a
 * header with that cookie are changed.
 */

#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <sodium.h>

#include "ngx_http_journey_cookie.h"


int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);


#define FUZZ_NOW       INT64_C(1700000000)
#define FUZZ_LIFETIME  1000
#define FUZZ_KEYS      3
#define FUZZ_NAME      "jny"
#define FUZZ_BEFORE    "a=b; jny=x;jny="
#define FUZZ_BEHIND    " ; jnyx=1; =2"
#define FUZZ_SIGN      7

#define FUZZ_LEN                                                              \
    (sizeof(FUZZ_BEFORE) - 1 + NGX_HTTP_JOURNEY_COOKIE_LEN                    \
     + sizeof(FUZZ_BEHIND) - 1)

typedef struct {
    char                       text[NGX_HTTP_JOURNEY_COOKIE_LEN];
    unsigned                   made:1;
    ngx_http_journey_cookie_t  cookie;
} fuzz_signed_t;


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
    uint8_t  secret[NGX_HTTP_JOURNEY_KEY_LEN] = { 0x5a };

    secret[NGX_HTTP_JOURNEY_KEY_LEN - 1] = n;
    fuzz_require(ngx_http_journey_keys_add(keys, secret) == 0);
    fuzz_require(ngx_http_journey_keys_add(keys, secret) == -1);
}


/*
 * A value that was found: accepted only as signed.  memcmp() would tell the
 * fuzzer the signed text, and it would send it in a later input.
 */
static void
fuzz_value(const ngx_http_journey_keys_t *keys, const fuzz_signed_t *own,
    const uint8_t *value, size_t len)
{
    int                        same, holds;
    uint8_t                   *copy;
    ngx_http_journey_cookie_e  rc;
    ngx_http_journey_cookie_t  cookie;

    copy = malloc(len != 0 ? len : 1);
    fuzz_require(copy != NULL);
    memcpy(copy, value, len);

    rc = ngx_http_journey_cookie_decode(keys, copy, len, FUZZ_NOW,
                                        FUZZ_LIFETIME, &cookie);
    free(copy);

    same = own->made && len == sizeof(own->text)
           && sodium_memcmp(value, own->text, len) == 0
           && own->cookie.visitor != 0;

    holds = FUZZ_NOW < (int64_t) own->cookie.issued_s + FUZZ_LIFETIME
            && (int64_t) own->cookie.issued_s
                   <= FUZZ_NOW + NGX_HTTP_JOURNEY_CLOCK_SKEW_S;

    fuzz_require((rc == NGX_HTTP_JOURNEY_COOKIE_OK) == (same && holds));
    fuzz_require((rc == NGX_HTTP_JOURNEY_COOKIE_EXPIRED) == (same && !holds));

    if (rc == NGX_HTTP_JOURNEY_COOKIE_OK) {
        fuzz_require(cookie.visitor == own->cookie.visitor
                     && cookie.issued_s == own->cookie.issued_s);
    }
}


/* The same reading in the slow way: up to the next ";", without blanks. */
static int
fuzz_next(const uint8_t **pos, const uint8_t *end, const uint8_t **value,
    size_t *len)
{
    const uint8_t  *first, *last;

    while (*pos < end) {
        first = *pos;

        for (last = first; last < end && *last != ';'; last++) {
            /* void */
        }

        *pos = last + (last < end);

        while (first < last && (*first == ' ' || *first == '\t')) {
            first++;
        }

        if (last - first < 4 || memcmp(first, FUZZ_NAME "=", 4) != 0) {
            continue;
        }

        first += 4;

        while (last > first && (last[-1] == ' ' || last[-1] == '\t')) {
            last--;
        }

        *value = first;
        *len = (size_t) (last - first);

        return 1;
    }

    return 0;
}


static void
fuzz_header(const ngx_http_journey_keys_t *keys, const fuzz_signed_t *own,
    const uint8_t *data, size_t size)
{
    int             found;
    size_t          len, slow_len;
    const uint8_t  *pos, *slow, *value, *slow_value;

    pos = data;
    slow = data;

    for (;;) {
        found = ngx_http_journey_cookie_next(&pos, data + size,
                                             (const uint8_t *) FUZZ_NAME,
                                             sizeof(FUZZ_NAME) - 1, &value,
                                             &len);

        fuzz_require(found == fuzz_next(&slow, data + size, &slow_value,
                                        &slow_len));

        if (!found) {
            break;
        }

        fuzz_require(value == slow_value && len == slow_len);
        fuzz_value(keys, own, value, len);
    }

    fuzz_require(pos == data + size);
}


/* Signs as data says, maybe with a key that is no longer the first. */
static void
fuzz_sign(const uint8_t *data, fuzz_signed_t *own)
{
    int32_t                  age_s;
    ngx_http_journey_keys_t  signing = { 0 };

    age_s = (int16_t) (data[1] | data[2] << 8);
    age_s *= data[0] & 0x80 ? 4 : 1;

    own->made = 1;
    own->cookie.issued_s = (uint32_t) (FUZZ_NOW - age_s);
    own->cookie.visitor = (uint64_t) data[3] << 56 | (uint64_t) data[4] << 32
                          | (uint64_t) data[5] << 8 | data[6];

    fuzz_key(&signing, data[0] % FUZZ_KEYS);
    ngx_http_journey_cookie_encode(&signing, &own->cookie, own->text);
}


int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    size_t                   len;
    uint8_t                 *header;
    fuzz_signed_t            own = { 0 };
    ngx_http_journey_keys_t  keys = { 0 };

    if (size == 0) {
        return 0;
    }

    for (uint8_t i = 0; i < FUZZ_KEYS; i++) {
        fuzz_key(&keys, i);
    }

    len = data[0] & 1 ? size - 1 : FUZZ_LEN;
    header = malloc(len != 0 ? len : 1);
    fuzz_require(header != NULL);

    if (data[0] & 1) {
        memcpy(header, data + 1, len);

    } else {
        if (size <= FUZZ_SIGN) {
            free(header);
            return 0;
        }

        fuzz_sign(data + 1, &own);
        memcpy(header, FUZZ_BEFORE, sizeof(FUZZ_BEFORE) - 1);
        memcpy(header + sizeof(FUZZ_BEFORE) - 1, own.text, sizeof(own.text));
        memcpy(header + FUZZ_LEN - (sizeof(FUZZ_BEHIND) - 1), FUZZ_BEHIND,
               sizeof(FUZZ_BEHIND) - 1);

        for (size_t i = 1 + FUZZ_SIGN; i + 1 < size; i += 2) {
            header[data[i] % FUZZ_LEN] = data[i + 1];
        }
    }

    fuzz_header(&keys, &own, header, len);
    free(header);

    return 0;
}
