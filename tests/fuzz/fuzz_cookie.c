/*
 * fuzz_cookie.c - a Cookie header, a page and an amount of any bytes, as they
 * come from strangers: nothing is read or written outside, a genuine cookie is
 * the only one accepted, and a page is what its header promises.
 */

#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "ngx_http_journey_cookie.h"
#include "ngx_http_journey_page.h"
#include "ngx_http_journey_value.h"


int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);


#define FUZZ_NOW      1700000000
#define FUZZ_LIFETIME 1000


static void
fuzz_cookie(const uint8_t *data, size_t size)
{
    char                       again[NGX_HTTP_JOURNEY_COOKIE_LEN];
    size_t                     len;
    uint8_t                    secret[NGX_HTTP_JOURNEY_KEY_LEN] = { 1 };
    const uint8_t             *pos, *value;
    ngx_http_journey_keys_t    keys = { 0 };
    ngx_http_journey_cookie_t  cookie;

    (void) ngx_http_journey_keys_add(&keys, secret);

    pos = data;

    while (ngx_http_journey_cookie_next(&pos, data + size,
                                        (const uint8_t *) "jny", 3, &value,
                                        &len))
    {
        if (value < data || value + len > pos || pos > data + size) {
            abort();
        }

        if (ngx_http_journey_cookie_decode(&keys, value, len, FUZZ_NOW,
                                           FUZZ_LIFETIME, &cookie)
            != NGX_HTTP_JOURNEY_COOKIE_OK)
        {
            continue;
        }

        /* one key, one spelling */

        ngx_http_journey_cookie_encode(&keys, &cookie, again);

        if (len != sizeof(again) || memcmp(again, value, len) != 0) {
            abort();
        }
    }

    if (pos != data + size) {
        abort();
    }
}


static void
fuzz_page(const uint8_t *data, size_t size)
{
    size_t    i, n;
    uint8_t  *out;

    out = malloc(size + 1);
    if (out == NULL) {
        return;
    }

    n = ngx_http_journey_page(data, size, out);

    if (n > size + 1 || (n == 0) != (size == 0)
        || (n > 0 && out[0] != '/') || (n > 1 && out[n - 1] == '/'))
    {
        abort();
    }

    for (i = 0; i + 1 < n; i++) {
        if (out[i] == '/' && out[i + 1] == '/') {
            abort();
        }
    }

    free(out);
}


int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    uint8_t   currency[3];
    int64_t   value_e4;

    fuzz_cookie(data, size);
    fuzz_page(data, size);
    (void) ngx_http_journey_value_parse(data, size, &value_e4);
    (void) ngx_http_journey_currency_parse(data, size, currency);

    return 0;
}
