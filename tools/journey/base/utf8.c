/*
 * utf8.c - a table-free decoder: what is printed is short, and the rules of
 * RFC 3629 can be read off the code.
 */

#include "base/utf8.h"


size_t
jny_utf8_next(const uint8_t *p, size_t n, uint32_t *cp)
{
    size_t    len;
    uint32_t  c, min;

    c = p[0];

    if (c < 0x80) {
        *cp = c;
        return 1;
    }

    if (c >= 0xc2 && c < 0xe0) {
        len = 2;
        min = 0x80;
        c &= 0x1f;

    } else if (c >= 0xe0 && c < 0xf0) {
        len = 3;
        min = 0x800;
        c &= 0x0f;

    } else if (c >= 0xf0 && c < 0xf5) {
        len = 4;
        min = 0x10000;
        c &= 0x07;

    } else {
        return 0;
    }

    if (n < len) {
        return 0;
    }

    for (size_t i = 1; i < len; i++) {
        if ((p[i] & 0xc0) != 0x80) {
            return 0;
        }

        c = c << 6 | (p[i] & 0x3f);
    }

    if (c < min || c > 0x10ffff || (c >= 0xd800 && c < 0xe000)) {
        return 0;
    }

    *cp = c;
    return len;
}
