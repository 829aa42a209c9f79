/*
 * jny_values.c - is every index of a column inside its table?
 *
 * This runs over every byte of every column that is read, so it must cost
 * next to nothing.  No entry exceeds the OR of all entries, and eight bytes
 * can be ORed at once whatever the width; only if the OR is not below the
 * limit (five stages: 1|2|4 = 7) the true maximum is computed.
 */

#include "jny_values.h"
#include "jny_wire.h"

#include <string.h>


/* The OR of all entries: of one width's lanes of the OR of all words. */
static uint64_t
jny_column_or(const jny_column_t *c, uint32_t n)
{
    size_t    i, len;
    uint8_t   bytes[8];
    uint64_t  a, b, word, v;

    len = (size_t) n * c->width;
    a = 0;
    b = 0;

    for (i = 0; len - i >= 16; i += 16) {
        memcpy(&word, c->data + i, 8);
        a |= word;
        memcpy(&word, c->data + i + 8, 8);
        b |= word;
    }

    a |= b;
    memcpy(bytes, &a, 8);

    /* the rest keeps its lanes: 16 is a multiple of every width */
    for (unsigned k = 0; i < len; i++, k++) {
        bytes[k & 7] |= c->data[i];
    }

    v = 0;

    for (unsigned k = 0; k < 8; k++) {
        v |= (uint64_t) bytes[k] << (8 * (k & (c->width - 1)));
    }

    return v;
}


static uint64_t
jny_column_max(const jny_column_t *c, uint32_t n)
{
    uint8_t   v1, max1;
    uint16_t  v2, max2;
    uint64_t  v, max;

    switch (c->width) {
    case 1:
        max1 = 0;

        for (uint32_t i = 0; i < n; i++) {
            v1 = c->data[i];
            max1 = v1 > max1 ? v1 : max1;
        }

        return max1;

    case 2:
        max2 = 0;

        for (uint32_t i = 0; i < n; i++) {
            v2 = jny_get_le16(c->data + 2 * (size_t) i);
            max2 = v2 > max2 ? v2 : max2;
        }

        return max2;

    default:
        max = 0;

        for (uint32_t i = 0; i < n; i++) {
            v = jny_column_at(c, i);
            max = v > max ? v : max;
        }

        return max;
    }
}


int
jny_column_below(const jny_column_t *c, uint32_t n, uint64_t limit)
{
    if (c->width == 0) {
        return 1;
    }

    if (c->width < 8 && limit > UINT64_MAX >> (64 - 8 * c->width)) {
        return 1;
    }

    return jny_column_or(c, n) < limit || jny_column_max(c, n) < limit;
}
