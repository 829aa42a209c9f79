/*
 * fold.c - case folding by ranges, not by locale: the same log must give the
 * same answer on every machine.
 */

#include "engine/fold.h"


jny_slice_t
jny_fold_trim(jny_slice_t s)
{
    while (s.len > 0 && s.data[0] <= ' ') {
        s.data++;
        s.len--;
    }

    while (s.len > 0 && s.data[s.len - 1] <= ' ') {
        s.len--;
    }

    return s;
}


static uint32_t
jny_fold_code(uint32_t c)
{
    /* Latin-1, Greek, Cyrillic capitals; 0xd7 is the multiplication sign. */

    if ((c >= 0xc0 && c <= 0xde && c != 0xd7)
        || (c >= 0x391 && c <= 0x3a9 && c != 0x3a2)
        || (c >= 0x410 && c <= 0x42f))
    {
        return c + 32;
    }

    if (c >= 0x400 && c <= 0x40f) {
        return c + 80;
    }

    /* Pairs, capital first: extended Latin and Cyrillic. */

    if ((c >= 0x100 && c <= 0x12f) || (c >= 0x132 && c <= 0x137)
        || (c >= 0x14a && c <= 0x177) || (c >= 0x460 && c <= 0x481)
        || (c >= 0x48a && c <= 0x4bf) || (c >= 0x4d0 && c <= 0x52f))
    {
        return c | 1;
    }

    if ((c >= 0x139 && c <= 0x148) || (c >= 0x179 && c <= 0x17e)) {
        return c + (c & 1);
    }

    return c;
}


void
jny_fold_lower(jny_slice_t s, char *out)
{
    size_t    i;
    uint8_t   b;
    uint32_t  c;

    for (i = 0; i < s.len; i++) {
        b = s.data[i];

        if (b >= 'A' && b <= 'Z') {
            b += 'a' - 'A';

        } else if (b >= 0xc3 && b <= 0xd4 && i + 1 < s.len
                   && (s.data[i + 1] & 0xc0) == 0x80)
        {
            c = (uint32_t) (b & 0x1f) << 6 | (s.data[i + 1] & 0x3f);
            c = jny_fold_code(c);

            out[i] = (char) (0xc0 | c >> 6);
            i++;
            b = (uint8_t) (0x80 | (c & 0x3f));
        }

        out[i] = (char) b;
    }
}
