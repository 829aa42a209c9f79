/*
 * jny_utf8.c - which bytes are UTF-8 (RFC 3629, section 4): no overlong forms,
 * no surrogates, nothing past U+10FFFF.
 *
 * Paths and campaigns are nearly all ASCII, so eight bytes at a time are
 * passed over while no top bit is set.
 */

#include "jny_utf8.h"

#include <string.h>


/* The length of the character at p, 0 if it is none. */
static size_t
jny_utf8_char(const uint8_t *p, size_t len)
{
    uint8_t   low, high;
    size_t    n;

    if (p[0] < 0x80) {
        return 1;
    }

    /* The first continuation byte carries the limits of the form. */
    low = 0x80;
    high = 0xbf;

    if (p[0] >= 0xc2 && p[0] <= 0xdf) {
        n = 2;

    } else if (p[0] >= 0xe0 && p[0] <= 0xef) {
        n = 3;
        low = (p[0] == 0xe0) ? 0xa0 : 0x80;
        high = (p[0] == 0xed) ? 0x9f : 0xbf;

    } else if (p[0] >= 0xf0 && p[0] <= 0xf4) {
        n = 4;
        low = (p[0] == 0xf0) ? 0x90 : 0x80;
        high = (p[0] == 0xf4) ? 0x8f : 0xbf;

    } else {
        return 0;
    }

    if (len < n || p[1] < low || p[1] > high) {
        return 0;
    }

    for (size_t i = 2; i < n; i++) {
        if ((p[i] & 0xc0) != 0x80) {
            return 0;
        }
    }

    return n;
}


size_t
jny_utf8_valid(jny_slice_t s)
{
    size_t    i, n;
    uint64_t  word;

    i = 0;

    while (i < s.len) {
        if (s.len - i >= sizeof(word)) {
            memcpy(&word, s.data + i, sizeof(word));

            if (!(word & 0x8080808080808080ULL)) {
                i += sizeof(word);
                continue;
            }
        }

        n = jny_utf8_char(s.data + i, s.len - i);
        if (n == 0) {
            break;
        }

        i += n;
    }

    return i;
}


size_t
jny_utf8_clean(jny_slice_t s, uint8_t *out, size_t max)
{
    size_t       i, n, len;
    jny_slice_t  rest;

    static const char  hex[] = "0123456789ABCDEF";

    i = 0;
    len = 0;

    while (i < s.len) {
        rest.data = s.data + i;
        rest.len = s.len - i < max - len ? s.len - i : max - len;
        n = jny_utf8_valid(rest);

        if (n != 0) {
            memcpy(out + len, rest.data, n);
            len += n;
            i += n;
            continue;
        }

        /* A character that is not to be cut, or no room for three. */

        if (max - len < 3 || jny_utf8_char(s.data + i, s.len - i) != 0) {
            break;
        }

        out[len++] = '%';
        out[len++] = (uint8_t) hex[s.data[i] >> 4];
        out[len++] = (uint8_t) hex[s.data[i] & 15];
        i++;
    }

    return len;
}
