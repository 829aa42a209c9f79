/*
 * input_order.c - the order in which blocks are read.  It decides between
 * events of one visitor and one millisecond.  Blocks of logs come in order of
 * writer and seq, segments by their oldest event, and between two of these the
 * blocks that begin in their time, but none behind a segment with later blocks
 * of its writer, or before one with earlier ones: what one writer wrote keeps
 * its order, in whichever of them it now stands.
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

/* Blocks of a writer, from seq on, that a segment stands for. */
typedef struct {
    uint64_t  writer;
    uint64_t  seq;
    uint32_t  stretch;
    uint32_t  least;      /* behind so many stretches these and earlier ones
                             of the writer are over, */
    uint32_t  most;       /* and so many are before these and later ones */
} jny_input_held_t;

typedef struct {
    jny_input_stretch_t  *stretches;   /* in order */
    uint32_t              nstretches;
    jny_input_held_t     *held;        /* likewise */
    uint32_t              nheld;
} jny_input_places_t;

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
jny_input_held_order(const void *x, const void *y)
{
    int                      order;
    const jny_input_held_t  *a = x, *b = y;

    order = jny_input_cmp(a->writer, b->writer);

    return order ? order : jny_input_cmp(a->seq, b->seq);
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


static uint32_t
jny_input_held_count(const jny_input_t *in)
{
    uint32_t  i, n;

    for (i = 0, n = 0; i < in->nsorted; i++) {
        n += in->sorted[i].nsources;
    }

    return n;
}


/* What the stretches hold, in order of writer and seq; how many. */
static uint32_t
jny_input_hold(const jny_input_t *in, const jny_input_stretch_t *stretches,
    uint32_t nstretches, jny_input_held_t *held)
{
    uint32_t                   i, k, n;
    const jny_input_sorted_t  *s;

    n = 0;

    for (k = 0; k < nstretches; k++) {
        s = jny_input_sorted_find(in, stretches[k].writer);

        for (i = 0; s != NULL && i < s->nsources; i++) {
            held[n].writer = s->sources[i].writer;
            held[n].seq = s->sources[i].first_seq;
            held[n].stretch = k;
            n++;
        }
    }

    if (n > 0) {
        qsort(held, n, sizeof(*held), jny_input_held_order);
    }

    for (i = 0; i < n; i++) {
        k = i > 0 && held[i - 1].writer == held[i].writer ? held[i - 1].least
                                                          : 0;
        held[i].least = k > held[i].stretch ? k : held[i].stretch + 1;
    }

    for (i = n; i-- > 0; /* void */) {
        k = i + 1 < n && held[i + 1].writer == held[i].writer
                ? held[i + 1].most : nstretches;
        held[i].most = k < held[i].stretch ? k : held[i].stretch;
    }

    return n;
}


/* Behind how many stretches a block of a log comes, of that many by time. */
static uint32_t
jny_input_behind(const jny_input_places_t *p, const jny_header_t *h)
{
    uint32_t                 lo, hi, mid, behind;
    const jny_input_held_t  *m;

    behind = jny_input_stretches_by(p->stretches, p->nstretches, h->t_min_ms);
    lo = 0;
    hi = p->nheld;

    /* the first that begins with a later block */

    while (lo < hi) {
        mid = lo + (hi - lo) / 2;
        m = &p->held[mid];

        if (m->writer < h->writer
            || (m->writer == h->writer && m->seq <= h->seq))
        {
            lo = mid + 1;
        } else {
            hi = mid;
        }
    }

    if (lo < p->nheld && p->held[lo].writer == h->writer
        && p->held[lo].most < behind)
    {
        behind = p->held[lo].most;
    }

    if (lo > 0 && p->held[lo - 1].writer == h->writer
        && p->held[lo - 1].least > behind)
    {
        behind = p->held[lo - 1].least;
    }

    return behind;
}


static void
jny_input_ranks(const jny_input_t *in, const jny_input_places_t *p,
    jny_input_rank_t *ranks)
{
    uint32_t                    i, k, behind;
    uint64_t                    writer;
    const jny_header_t         *h;
    const jny_input_stretch_t  *s;

    for (k = 0; k < p->nstretches; k++) {
        s = &p->stretches[k];

        for (i = s->first; i < s->first + s->n; i++) {
            ranks[i].behind = k;
            ranks[i].inside = 1;
            ranks[i].ref = i;
        }
    }

    behind = 0;
    writer = 0;

    for (i = 0; i < in->nrefs; i++) {
        h = &in->refs[i].header;

        if (h->flags & JNY_BLOCK_SORTED) {
            continue;
        }

        /* a writer whose clock went back stays in order */

        k = jny_input_behind(p, h);
        behind = h->writer == writer && k < behind ? behind : k;
        writer = h->writer;

        ranks[i].behind = behind;
        ranks[i].inside = 0;
        ranks[i].ref = i;
    }
}


static int
jny_input_places(const jny_input_t *in, jny_input_places_t *p)
{
    p->stretches = malloc(in->nrefs * sizeof(*p->stretches));
    p->held = malloc(((size_t) jny_input_held_count(in) + 1)
                     * sizeof(*p->held));

    if (p->stretches == NULL || p->held == NULL) {
        return JNY_ENOMEM;
    }

    p->nstretches = jny_input_stretches(in->refs, in->nrefs, p->stretches);
    p->nheld = jny_input_hold(in, p->stretches, p->nstretches, p->held);

    return JNY_OK;
}


int
jny_input_order(jny_input_t *in)
{
    int                 rc;
    uint32_t            i;
    jny_block_ref_t    *refs;
    jny_input_rank_t   *ranks;
    jny_input_places_t  places;

    if (in->nsorted == 0 || in->nrefs == 0) {
        return JNY_OK;
    }

    refs = malloc(in->nrefs * sizeof(*refs));
    ranks = malloc(in->nrefs * sizeof(*ranks));
    rc = jny_input_places(in, &places);

    if (refs == NULL || ranks == NULL) {
        rc = JNY_ENOMEM;
    }

    if (rc == JNY_OK) {
        jny_input_ranks(in, &places, ranks);
        qsort(ranks, in->nrefs, sizeof(*ranks), jny_input_rank_order);
        memcpy(refs, in->refs, in->nrefs * sizeof(*refs));
    }

    for (i = 0; rc == JNY_OK && i < in->nrefs; i++) {
        in->refs[i] = refs[ranks[i].ref];
    }

    free(refs);
    free(ranks);
    free(places.stretches);
    free(places.held);

    return rc;
}
