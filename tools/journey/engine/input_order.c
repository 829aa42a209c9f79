/*
 * input_order.c - the order in which blocks are read.  It decides between
 * events of one visitor and one millisecond.  Blocks of logs come in order of
 * writer and seq, segments by their oldest event, and between two of these the
 * blocks that begin in their time: what one writer wrote keeps its order, in
 * whichever of them it now stands.
 */

#include "engine/input_private.h"

#include <stdlib.h>
#include <string.h>


#define jny_input_cmp(a, b) (((a) > (b)) - ((a) < (b)))

/* Refs of one segment, which stand together. */
typedef struct {
    int64_t   from_ms;
    uint64_t  writer;
    uint32_t  first;
    uint32_t  n;
} jny_input_stretch_t;

/* A ref's place: behind so many segments, or in the one of that number. */
typedef struct {
    uint32_t  behind;
    unsigned  inside:1;
    uint32_t  ref;
} jny_input_rank_t;


static int
jny_input_stretch_order(const void *x, const void *y)
{
    int                         order;
    const jny_input_stretch_t  *a = x, *b = y;

    order = jny_input_cmp(a->from_ms, b->from_ms);

    return order ? order : jny_input_cmp(a->writer, b->writer);
}


static int
jny_input_rank_order(const void *x, const void *y)
{
    int                      order;
    const jny_input_rank_t  *a = x, *b = y;

    order = jny_input_cmp(a->behind, b->behind);
    order = order ? order : jny_input_cmp(a->inside, b->inside);

    return order ? order : jny_input_cmp(a->ref, b->ref);
}


/* The stretches of segments in refs, in order; how many. */
static uint32_t
jny_input_stretches(const jny_block_ref_t *refs, uint32_t nrefs,
    jny_input_stretch_t *stretches)
{
    uint32_t              i, n;
    const jny_header_t   *h;
    jny_input_stretch_t  *s;

    n = 0;

    for (i = 0; i < nrefs; i++) {
        h = &refs[i].header;

        if (!(h->flags & JNY_BLOCK_SORTED)) {
            continue;
        }

        s = n > 0 ? &stretches[n - 1] : NULL;

        if (s == NULL || s->writer != h->writer) {
            s = &stretches[n++];
            s->from_ms = h->t_min_ms;
            s->writer = h->writer;
            s->first = i;
            s->n = 0;
        }

        s->n++;
        s->from_ms = h->t_min_ms < s->from_ms ? h->t_min_ms : s->from_ms;
    }

    if (n > 0) {
        qsort(stretches, n, sizeof(*stretches), jny_input_stretch_order);
    }

    return n;
}


/* How many stretches begin no later than this. */
static uint32_t
jny_input_stretches_by(const jny_input_stretch_t *stretches, uint32_t n,
    int64_t time_ms)
{
    uint32_t  lo, hi, mid;

    lo = 0;
    hi = n;

    while (lo < hi) {
        mid = lo + (hi - lo) / 2;

        if (stretches[mid].from_ms <= time_ms) {
            lo = mid + 1;
        } else {
            hi = mid;
        }
    }

    return lo;
}


static void
jny_input_ranks(const jny_block_ref_t *refs, uint32_t nrefs,
    const jny_input_stretch_t *stretches, uint32_t n, jny_input_rank_t *ranks)
{
    uint32_t             i, k, behind;
    uint64_t             writer;
    const jny_header_t  *h;

    for (k = 0; k < n; k++) {
        for (i = stretches[k].first; i < stretches[k].first + stretches[k].n;
             i++)
        {
            ranks[i].behind = k;
            ranks[i].inside = 1;
            ranks[i].ref = i;
        }
    }

    behind = 0;
    writer = 0;

    for (i = 0; i < nrefs; i++) {
        h = &refs[i].header;

        if (h->flags & JNY_BLOCK_SORTED) {
            continue;
        }

        /* a writer whose clock went back stays in order */

        k = jny_input_stretches_by(stretches, n, h->t_min_ms);
        behind = h->writer == writer && k < behind ? behind : k;
        writer = h->writer;

        ranks[i].behind = behind;
        ranks[i].inside = 0;
        ranks[i].ref = i;
    }
}


int
jny_input_order(jny_input_t *in)
{
    uint32_t              i, n;
    jny_block_ref_t      *refs;
    jny_input_rank_t     *ranks;
    jny_input_stretch_t  *stretches;

    if (in->nsorted == 0 || in->nrefs == 0) {
        return JNY_OK;
    }

    refs = malloc(in->nrefs * sizeof(*refs));
    ranks = malloc(in->nrefs * sizeof(*ranks));
    stretches = malloc(in->nrefs * sizeof(*stretches));

    if (refs == NULL || ranks == NULL || stretches == NULL) {
        free(refs);
        free(ranks);
        free(stretches);
        return JNY_ENOMEM;
    }

    n = jny_input_stretches(in->refs, in->nrefs, stretches);
    jny_input_ranks(in->refs, in->nrefs, stretches, n, ranks);
    qsort(ranks, in->nrefs, sizeof(*ranks), jny_input_rank_order);
    memcpy(refs, in->refs, in->nrefs * sizeof(*refs));

    for (i = 0; i < in->nrefs; i++) {
        in->refs[i] = refs[ranks[i].ref];
    }

    free(refs);
    free(ranks);
    free(stretches);

    return JNY_OK;
}
