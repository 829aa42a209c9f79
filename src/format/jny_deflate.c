/*
 * jny_deflate.c - noise is stored, the rest is deflated.
 *
 * Some columns are nearly random: ids, the low bytes of times, latencies.
 * Deflate finds nothing in them, and both sides pay for the search; what is
 * worse, their bytes make the codes of all others longer.  A column whose bytes
 * are about as likely as each other goes into blocks of its own that are
 * stored.  A loggen month has as many bytes as without it (8.93 an event), is
 * made in 0.8 of the time, and inflated in 0.6.
 */

#include "jny_deflate.h"

#include <string.h>


/*
 * Collision entropy, -log2 of the sum of squares of the bytes' shares, is a
 * lower bound of Shannon's.  From 6.6 bits on a code saves an eighth or less.
 * Matches could still: of noise one byte in 256 is like the one before it.
 */
#define JNY_DEFLATE_NOISE   100
#define JNY_DEFLATE_REPEAT  32

/* What a change of strategy ends and begins costs, bytes. */
#define JNY_DEFLATE_CHANGE  32


static int
jny_deflate_is_noise(const uint8_t *p, size_t len)
{
    size_t    i, repeats;
    uint64_t  squares;
    uint32_t  counts[256];

    memset(counts, 0, sizeof(counts));

    for (i = 0; i < len; i++) {
        counts[p[i]]++;
    }

    repeats = 0;

    for (i = 1; i < len; i++) {
        repeats += p[i] == p[i - 1];
    }

    squares = 0;

    for (i = 0; i < 256; i++) {
        squares += (uint64_t) counts[i] * counts[i];
    }

    return squares <= (uint64_t) len * len / JNY_DEFLATE_NOISE
           && repeats <= len / JNY_DEFLATE_REPEAT;
}


size_t
jny_deflate_bound(z_stream *z, size_t len)
{
    return deflateBound(z, (uLong) len)
           + JNY_DEFLATE_PARTS * 2 * JNY_DEFLATE_CHANGE;
}


/* The bytes up to end as they were begun; what follows is of another level. */
static int
jny_deflate_until(z_stream *z, const uint8_t *end, int level)
{
    z->avail_in = (uInt) (end - z->next_in);

    /* deflateParams() alone would leave the bytes of a first call */

    (void) deflate(z, Z_BLOCK);

    return deflateParams(z, level, Z_DEFAULT_STRATEGY) == Z_OK
           && z->avail_in == 0;
}


size_t
jny_deflate(z_stream *z, int level, const uint8_t *payload, size_t len,
    const jny_parts_t *parts, uint8_t *out)
{
    size_t             bound;
    unsigned           i;
    const jny_part_t  *part;

    bound = jny_deflate_bound(z, len);

    (void) deflateReset(z);
    z->next_in = (Bytef *) (uintptr_t) payload;
    z->next_out = out;
    z->avail_out = (uInt) bound;

    for (i = 0; i < parts->n; i++) {
        part = &parts->parts[i];

        if (jny_deflate_is_noise(payload + part->at, part->len)
            && (!jny_deflate_until(z, payload + part->at, 0)
                || !jny_deflate_until(z, payload + part->at + part->len,
                                      level)))
        {
            return 0;
        }
    }

    z->avail_in = (uInt) (payload + len - z->next_in);

    return deflate(z, Z_FINISH) == Z_STREAM_END ? bound - z->avail_out : 0;
}
