/*
 * fuzz_page.c - a request's URI and an amount of any bytes, as they come from
 * strangers: the page is the one that the rules of its header give when they
 * are followed one after the other, and an amount is the number that wider
 * integers come to.
 */

#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "ngx_http_journey_page.h"
#include "ngx_http_journey_value.h"


int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);


#define FUZZ_BLANK  " \t"


static void
fuzz_require(int condition)
{
    if (!condition) {
        abort();
    }
}


static void *
fuzz_room(size_t size)
{
    void  *p;

    p = malloc(size != 0 ? size : 1);
    fuzz_require(p != NULL);

    return p;
}


/* %XX, where both are hex digits, by the C library. */
static size_t
fuzz_decode(const uint8_t *in, size_t len, uint8_t *out)
{
    char      pair[3] = { 0 };
    size_t    i, n;
    unsigned  c;

    for (i = 0, n = 0; i < len; i++) {
        if (in[i] == '%' && i + 2 < len) {
            memcpy(pair, in + i + 1, 2);

            if (strspn(pair, "0123456789abcdefABCDEF") == 2) {
                c = (unsigned) strtoul(pair, NULL, 16);
                i += 2;

                if (c >= 0x20 && c != 0x7f) {
                    out[n++] = (uint8_t) c;
                } else {
                    n += (size_t) sprintf((char *) out + n, "%%%02X", c);
                }

                continue;
            }
        }

        out[n++] = in[i];
    }

    return n;
}


/* Segment by segment; starts[] are those that are kept. */
static size_t
fuzz_resolve(const uint8_t *path, size_t len, uint8_t *out)
{
    size_t  i, n, at, kept, *starts;

    starts = fuzz_room((len + 1) * sizeof(size_t));
    kept = 0;
    n = 0;

    for (at = 0; at <= len; at = i + 1) {
        for (i = at; i < len && path[i] != '/'; i++) {
            /* void */
        }

        if (i == at || (i - at == 1 && path[at] == '.')) {
            continue;
        }

        if (i - at == 2 && path[at] == '.' && path[at + 1] == '.') {
            n = kept > 0 ? starts[--kept] : 0;
            continue;
        }

        starts[kept++] = n;
        out[n++] = '/';
        memcpy(out + n, path + at, i - at);
        n += i - at;
    }

    free(starts);

    if (n == 0) {
        out[n++] = '/';
    }

    return n;
}


static void
fuzz_page(const uint8_t *data, size_t size)
{
    size_t    n, cut, len;
    uint8_t  *out, *decoded, *expected;

    for (cut = 0; cut < size && data[cut] != '?' && data[cut] != '#'; cut++) {
        /* void */
    }

    out = fuzz_room(size + 1);
    decoded = fuzz_room(size + 4);
    expected = fuzz_room(size + 8);

    n = ngx_http_journey_page(data, size, out);
    len = fuzz_decode(data, cut, decoded);
    len = size == 0 ? 0 : fuzz_resolve(decoded, len, expected);

    fuzz_require(n == len && memcmp(out, expected, n) == 0);

    free(out);
    free(decoded);
    free(expected);
}


/* A NUL-terminated text of blanks, sign, digits, point, digits, blanks. */
static int
fuzz_amount(const char *p, int64_t *value_e4)
{
    int       negative;
    size_t    whole, part, i;
    __int128  value;

    p += strspn(p, FUZZ_BLANK);
    negative = *p == '-';
    p += *p == '-' || *p == '+';
    whole = strspn(p, "0123456789");
    value = 0;

    for (i = 0; i < whole && value < INT64_MAX; i++) {
        value = value * 10 + (p[i] - '0');
    }

    p += whole;
    part = *p == '.' ? strspn(++p, "0123456789") : 0;

    for (i = 0; i < 4; i++) {
        value = value * 10 + (i < part ? p[i] - '0' : 0);
    }

    for (i = 4; i < part; i++) {
        if (p[i] != '0') {
            return -1;
        }
    }

    p += part;
    p += strspn(p, FUZZ_BLANK);
    value = negative ? -value : value;

    if (*p != '\0' || whole + part == 0 || value > INT64_MAX
        || value < INT64_MIN)
    {
        return -1;
    }

    *value_e4 = (int64_t) value;

    return 0;
}


static void
fuzz_money(const uint8_t *data, size_t size)
{
    int       rc;
    char     *text;
    int64_t   value_e4, expected;
    uint8_t   currency[3];

    text = fuzz_room(size + 1);
    memcpy(text, data, size);
    text[size] = '\0';
    expected = 7;
    value_e4 = 7;

    rc = ngx_http_journey_value_parse(data, size, &value_e4);

    fuzz_require(rc == (strlen(text) == size ? fuzz_amount(text, &expected)
                                             : -1));
    fuzz_require(value_e4 == expected);
    free(text);

    if (ngx_http_journey_currency_parse(data, size, currency) == 0) {
        for (int i = 0; i < 3; i++) {
            fuzz_require(currency[i] >= 'A' && currency[i] <= 'Z');
        }
    }
}


int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    uint8_t  *copy;

    copy = fuzz_room(size);
    memcpy(copy, data, size);

    fuzz_page(copy, size);
    fuzz_money(copy, size);
    free(copy);

    return 0;
}
