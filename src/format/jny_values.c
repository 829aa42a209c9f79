/*
 * jny_values.c - is every index of a column inside its table?
 *
 * This runs over every column of every block that is read, so it must cost
 * next to nothing: sixteen bytes at a time with the compiler's own vectors
 * (gcc, clang; plain loops elsewhere and for the few 8-byte columns).
 */

#include "jny_values.h"

#include <string.h>


#if defined(__GNUC__) && __BYTE_ORDER__ == __ORDER_LITTLE_ENDIAN__
#define JNY_VECTOR  16     /* bytes */
#else
#define JNY_VECTOR  0
#endif


#if (JNY_VECTOR)

/*
 * Whether any of the first `bytes` bytes, a multiple of JNY_VECTOR, holds an
 * entry that is not below limit.  A comparison gives all ones where it holds.
 */
#define JNY_VECTOR_REACHES(width)                                              \
    static int jny_vector_reaches_##width(const uint8_t *p, size_t bytes,      \
        uint64_t limit)                                                        \
    {                                                                          \
        typedef uint##width##_t vec_t                                          \
            __attribute__((vector_size(JNY_VECTOR)));                          \
        typedef int##width##_t mask_t                                          \
            __attribute__((vector_size(JNY_VECTOR)));                          \
                                                                               \
        vec_t     v, limits;                                                   \
        mask_t    found;                                                       \
        uint64_t  words[2];                                                    \
                                                                               \
        limits = (vec_t) { 0 } + (uint##width##_t) limit;                      \
        found = (mask_t) { 0 };                                                \
                                                                               \
        for (size_t i = 0; i < bytes; i += JNY_VECTOR) {                       \
            memcpy(&v, p + i, JNY_VECTOR);                                     \
            found |= v >= limits;                                              \
        }                                                                      \
                                                                               \
        memcpy(words, &found, sizeof(words));                                  \
                                                                               \
        return (words[0] | words[1]) != 0;                                     \
    }

JNY_VECTOR_REACHES(8)
JNY_VECTOR_REACHES(16)
JNY_VECTOR_REACHES(32)


/* How many entries from the front are known to be below limit. */
static uint32_t
jny_vector_below(const jny_column_t *c, uint32_t n, uint64_t limit)
{
    int     reaches;
    size_t  bytes;

    bytes = (size_t) n * c->width;
    bytes -= bytes % JNY_VECTOR;

    switch (c->width) {
    case 1:
        reaches = jny_vector_reaches_8(c->data, bytes, limit);
        break;
    case 2:
        reaches = jny_vector_reaches_16(c->data, bytes, limit);
        break;
    case 4:
        reaches = jny_vector_reaches_32(c->data, bytes, limit);
        break;
    default:
        return 0;
    }

    return reaches ? 0 : (uint32_t) (bytes / c->width);
}

#else


static uint32_t
jny_vector_below(const jny_column_t *c, uint32_t n, uint64_t limit)
{
    (void) c;
    (void) n;
    (void) limit;

    return 0;
}

#endif


int
jny_column_below(const jny_column_t *c, uint32_t n, uint64_t limit)
{
    if (c->width == 0) {
        return 1;
    }

    if (c->width < 8 && limit > UINT64_MAX >> (64 - 8 * c->width)) {
        return 1;
    }

    for (uint32_t i = jny_vector_below(c, n, limit); i < n; i++) {
        if (jny_column_at(c, i) >= limit) {
            return 0;
        }
    }

    return 1;
}
