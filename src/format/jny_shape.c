/*
 * jny_shape.c - patched columns: most rows follow a narrow rule, the others
 * are listed (after PFOR: Zukowski, Heman, Nes and Boncz 2006).
 *
 * One gap of a minute in the night would make every "time" of a block four
 * bytes wide, one order in a hundred rows four bytes of "value" on each.
 * Deflate shrinks those zeros again, but every reader must inflate them.
 *
 * A constant is worth a look only if more than half of the rows have it: the
 * majority vote (Boyer and Moore 1981) finds it in one pass and one word.
 */

#include "jny_shape.h"


/* Key and heads of an entry in "fix", at most. */
#define JNY_FIX_OVERHEAD  (JNY_MAX_FIELD_NAME + 2 + 5 + 1 + 5 + 5 + 5)

/* An exception is work for every reader: it counts as this many bytes more. */
#define JNY_FIX_WORK      1


static uint64_t
jny_shape_majority(const jny_store_t *s, uint32_t n)
{
    uint32_t  votes;
    uint64_t  v, candidate;

    votes = 0;
    candidate = 0;

    for (uint32_t i = 0; i < n; i++) {
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


/*
 * What shape (width and base are set) costs; gives up with SIZE_MAX where that
 * is no less than best.
 */
static size_t
jny_shape_cost(const jny_store_t *s, uint32_t n, size_t best,
    jny_shape_t *shape)
{
    size_t    cost, most;
    uint32_t  last, gap, max_gap;
    uint64_t  v, max;

    cost = shape->width != 0 ? (size_t) n * shape->width
                             : 1 + jny_width(shape->base);

    if (cost >= best) {
        return SIZE_MAX;
    }

    /* an exception costs three at least */
    most = best - cost > JNY_FIX_OVERHEAD
               ? (best - cost - JNY_FIX_OVERHEAD) / (2 + JNY_FIX_WORK) : 0;
    last = 0;
    max_gap = 0;
    max = 0;
    shape->nfix = 0;

    for (uint32_t i = 0; i < n; i++) {
        v = jny_store_at(s, i);

        if (!jny_shape_excepts(shape, v)) {
            continue;
        }

        gap = i - last;
        last = i;
        max_gap = gap > max_gap ? gap : max_gap;
        max = v > max ? v : max;

        if (++shape->nfix > most) {
            return SIZE_MAX;
        }
    }

    shape->gap_width = jny_width(max_gap);
    shape->value_width = jny_width(max);

    if (shape->nfix != 0) {
        cost += JNY_FIX_OVERHEAD
                + (size_t) shape->nfix
                  * (shape->gap_width + shape->value_width + JNY_FIX_WORK);
    }

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
    best = (size_t) n * s->width;

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
