/*
 * columns.c - one loop for each pair of widths, from a macro.  Columns are
 * little-endian and unaligned: memcpy, which costs nothing where the machine
 * is little-endian too.
 */

#include "engine/columns.h"

#include <endian.h>
#include <string.h>


#define JNY_COLUMNS_LOOP(in_t, host, fit) \
    for (i = 0; i < n; i++) { \
        in_t  x; \
\
        memcpy(&x, c->data + (size_t) i * sizeof(x), sizeof(x)); \
        x = host(x); \
        out[i] = fit(x); \
    }

#define jny_columns_as_is(x) (x)
#define jny_columns_cut16(x) ((uint16_t) ((x) > UINT16_MAX ? UINT16_MAX : (x)))
#define jny_columns_cut32(x) ((uint32_t) ((x) > UINT32_MAX ? UINT32_MAX : (x)))

/* fit2, fit4, fit8: how values of 2, 4 and 8 bytes fit the array. */
#define JNY_COLUMNS_SWITCH(fit2, fit4, fit8) \
    switch (c->width) { \
    case 1: \
        JNY_COLUMNS_LOOP(uint8_t, jny_columns_as_is, jny_columns_as_is) \
        break; \
    case 2: \
        JNY_COLUMNS_LOOP(uint16_t, le16toh, fit2) \
        break; \
    case 4: \
        JNY_COLUMNS_LOOP(uint32_t, le32toh, fit4) \
        break; \
    case 8: \
        JNY_COLUMNS_LOOP(uint64_t, le64toh, fit8) \
        break; \
    default: \
        memset(out, 0, n * sizeof(*out)); \
    }


void
jny_columns_u64(const jny_column_t *c, uint32_t n, uint64_t *out)
{
    uint32_t  i;

    JNY_COLUMNS_SWITCH(jny_columns_as_is, jny_columns_as_is,
                       jny_columns_as_is)
}


void
jny_columns_u32(const jny_column_t *c, uint32_t n, uint32_t *out)
{
    uint32_t  i;

    JNY_COLUMNS_SWITCH(jny_columns_as_is, jny_columns_as_is,
                       jny_columns_cut32)
}


void
jny_columns_u16(const jny_column_t *c, uint32_t n, uint16_t *out)
{
    uint32_t  i;

    JNY_COLUMNS_SWITCH(jny_columns_as_is, jny_columns_cut16,
                       jny_columns_cut16)
}


int
jny_columns_time(const jny_column_t *c, uint32_t n, int64_t t0_ms,
                 int64_t *out)
{
    uint32_t  i;
    uint64_t  t, delta, back, *raw;

    /* In place: both are 8 bytes an entry, signedness aside. */
    raw = (uint64_t *) out;
    jny_columns_u64(c, n, raw);

    /* Unsigned: sums wrap instead of overflowing, whatever a block says. */
    t = (uint64_t) t0_ms;
    back = 0;

    for (i = 0; i < n; i++) {
        delta = raw[i];
        back |= delta;
        t += (delta >> 1) ^ (0 - (delta & 1));
        out[i] = (int64_t) t;
    }

    /* Odd is negative; and sums of what is this small do not wrap. */

    return (back & 1) == 0 && back < (uint64_t) 1 << 40
           && t0_ms < INT64_MAX / 2;
}
