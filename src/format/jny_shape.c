/*
 * jny_shape.c - patched columns: most rows follow a narrow rule, the others
 * are listed (after PFOR: Zukowski, Heman, Nes and Boncz 2006).
 *
 * One gap of a minute in the night would make every "time" of a block four
 * bytes wide, one order in a hundred rows four bytes of "value" on each.
 * Deflate shrinks those zeros again, but every reader must inflate them.
 *
 * A constant is worth a look only if more than half of the rows have it: the
 * majority vote (Boyer and Moore 1981) finds it with one word of memory; it is
 * held over a sample, since what it misses is hardly a majority.
 */

#include "jny_shape.h"


/* Key and heads of an entry in "fix", at most. */
#define JNY_FIX_OVERHEAD  (JNY_MAX_FIELD_NAME + 2 + 5 + 1 + 5 + 5 + 5)

/* An exception is work for every reader: it counts as this many bytes more. */
#define JNY_FIX_WORK      1


/* Rows looked at for the vote: every so many. */
#define JNY_SAMPLE        16


static uint64_t
jny_shape_majority(const jny_store_t *s, uint32_t n)
{
    uint32_t  votes;
    uint64_t  v, candidate;

    votes = 0;
    candidate = 0;

    for (uint32_t i = 0; i < n; i += JNY_SAMPLE) {
        v = jny_store_at(s, i);

        if (votes == 0) {
            candidate = v;
            votes = 1;

        } else if (v == candidate) {
            votes++;

        } else {
            votes--;
        }
    }

    return candidate;
}


uint32_t
jny_shape_next(const jny_shape_t *shape, const jny_store_t *s, uint32_t i,
    uint32_t n)
{
    uint64_t         limit;
    const uint32_t  *narrow;
    const uint64_t  *wide;

    narrow = s->data;
    wide = s->data;
    limit = jny_width_limit(shape->width);

    if (shape->width == 0 && s->wide) {
        while (i < n && wide[i] == shape->base) {
            i++;
        }

    } else if (shape->width == 0) {
        while (i < n && narrow[i] == shape->base) {
            i++;
        }

    } else if (s->wide) {
        while (i < n && wide[i] <= limit) {
            i++;
        }

    } else {
        while (i < n && narrow[i] <= limit) {
            i++;
        }
    }

    return i;
}


/* Whether a row of this value is an exception. */
static int
jny_shape_excepts(const jny_shape_t *shape, uint64_t v)
{
    return shape->width != 0 ? v > jny_width_limit(shape->width)
                             : v != shape->base;
}


/* Whether a sample has more exceptions than most, and by far. */
static int
jny_shape_hopeless(const jny_store_t *s, uint32_t n, size_t most,
    const jny_shape_t *shape)
{
    size_t  seen;

    seen = 0;

    for (uint32_t i = 0; i < n; i += JNY_SAMPLE) {
        seen += jny_shape_excepts(shape, jny_store_at(s, i)) != 0;
    }

    return seen * JNY_SAMPLE > most + most / 4 + 8 * JNY_SAMPLE;
}


/*
 * What shape (width and base are set) costs; gives up with SIZE_MAX where that
 * is no less than best.
 */
static size_t
jny_shape_cost(const jny_store_t *s, uint32_t n, size_t best,
    jny_shape_t *shape)
{
    size_t    cost, most;
    uint32_t  last, max_gap;
    uint64_t  v, max;

    cost = shape->width != 0 ? (size_t) n * shape->width
                             : 1 + jny_width(shape->base);

    if (cost >= best) {
        return SIZE_MAX;
    }

    /* a gap and a value take two bytes at least */
    most = best - cost > JNY_FIX_OVERHEAD
               ? (best - cost - JNY_FIX_OVERHEAD) / (2 + JNY_FIX_WORK) : 0;

    if (jny_shape_hopeless(s, n, most, shape)) {
        return SIZE_MAX;
    }

    last = 0;
    max_gap = 0;
    max = 0;
    shape->nfix = 0;

    for (uint32_t i = jny_shape_next(shape, s, 0, n); i < n;
         i = jny_shape_next(shape, s, i + 1, n))
    {
        if (++shape->nfix > most) {
            return SIZE_MAX;
        }

        v = jny_store_at(s, i);
        max = v > max ? v : max;
        max_gap = i - last > max_gap ? i - last : max_gap;
        last = i;
    }

    if (shape->nfix == 0) {
        return cost;
    }

    shape->gap_width = jny_width(max_gap);
    shape->value_width = jny_width(max);

    cost += JNY_FIX_OVERHEAD
            + (size_t) shape->nfix
              * (shape->gap_width + shape->value_width + JNY_FIX_WORK);

    return cost < best ? cost : SIZE_MAX;
}


void
jny_shape_pick(const jny_store_t *s, uint32_t n, jny_shape_t *shape)
{
    size_t       cost, best;
    jny_shape_t  try;

    shape->width = s->width;
    shape->base = 0;
    shape->nfix = 0;
    shape->gap_width = 0;
    shape->value_width = 0;
    best = (size_t) n * s->width;

    try = *shape;
    try.width = 0;
    try.base = jny_shape_majority(s, n);

    for (;;) {
        cost = jny_shape_cost(s, n, best, &try);

        if (cost != SIZE_MAX) {
            best = cost;
            *shape = try;
        }

        try.width = try.width == 0 ? 1 : try.width * 2;

        if (try.width >= s->width) {
            break;
        }
    }
}
