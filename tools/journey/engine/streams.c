/*
 * streams.c - chunks of 4 KiB per side and stream, carved from slabs.
 *
 * A thousand open chunks are as many pages as the second-level TLB holds, and
 * 4,096 is where the scatter begins to cost more than small partitions gain.
 *
 * Slabs do not ask for huge pages: where a guest's free memory goes back to
 * its host, first use of a huge page took five times the faults of its small
 * ones (measured: 320 MB in 1.8 s against 0.3 s), more than the TLB misses
 * they spare.  When the budget is used up, a side spills all it has and fills
 * the same slabs again: memory that was touched once is the cheapest there is.
 */

#include "engine/streams.h"

#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>


#define JNY_SLAB_SIZE    ((size_t) 2 << 20)
#define JNY_SLAB_CHUNKS  (JNY_SLAB_SIZE / JNY_CHUNK_SIZE - 1)

_Static_assert(sizeof(jny_chunk_t) == JNY_CHUNK_SIZE, "see streams.h");

/* Stands in the first chunk's room of each slab. */
struct jny_slab_s {
    jny_slab_t  *older;
};


void
jny_budget_init(jny_budget_t *b, int64_t total, const char *tmpdir)
{
    memset(b, 0, sizeof(*b));
    atomic_init(&b->left, total);
    atomic_init(&b->failed, 0);
    b->total = total;
    b->tmpdir = tmpdir;
}


/* Keeps the first failure: later ones follow from it. */
static int
jny_budget_fail(jny_budget_t *b, int rc, const jny_diag_t *diag)
{
    int  none;

    none = 0;

    if (atomic_compare_exchange_strong(&b->failed, &none, rc)) {
        b->diag = *diag;
    }

    return rc;
}


jny_streams_t *
jny_streams_new(unsigned bits, unsigned nthreads, jny_budget_t *budget)
{
    unsigned        i;
    jny_side_t     *side;
    jny_streams_t  *s;

    s = calloc(1, sizeof(*s));
    if (s == NULL) {
        return NULL;
    }

    s->bits = bits;
    s->budget = budget;

    s->sides = calloc(nthreads, sizeof(*s->sides));
    if (s->sides == NULL) {
        free(s);
        return NULL;
    }

    s->nthreads = nthreads;

    for (i = 0; i < nthreads; i++) {
        side = &s->sides[i];
        side->next = calloc(jny_streams_count(s), sizeof(*side->next));
        side->oldest = calloc(jny_streams_count(s), sizeof(*side->oldest));

        if (side->next == NULL || side->oldest == NULL) {
            jny_streams_free(s);
            return NULL;
        }
    }

    return s;
}


static void
jny_slabs_free(jny_slab_t *slab)
{
    jny_slab_t  *older;

    for (/* void */; slab != NULL; slab = older) {
        older = slab->older;
        free(slab);
    }
}


void
jny_streams_free(jny_streams_t *s)
{
    unsigned     i;
    jny_side_t  *side;

    if (s == NULL) {
        return;
    }

    for (i = 0; i < s->nthreads; i++) {
        side = &s->sides[i];

        atomic_fetch_add(&s->budget->left,
                         (int64_t) (side->nslabs * JNY_SLAB_SIZE));

        jny_slabs_free(side->slabs);
        jny_slabs_free(side->spare);
        jny_spill_free(side->spill);
        free(side->next);
        free(side->oldest);
    }

    free(s->sides);
    free(s);
}


/* The chunk that p, a side's next, stands in or behind; not NULL. */
static jny_chunk_t *
jny_chunk_of(uint64_t *p)
{
    return (jny_chunk_t *) ((uintptr_t) (p - 1)
                            & ~(uintptr_t) (JNY_CHUNK_SIZE - 1));
}


/* The newest chunk knows its size from next alone. */
static void
jny_side_settle(const jny_side_t *side, uint64_t stream)
{
    uint64_t     *p;
    jny_chunk_t  *chunk;

    p = side->next[stream];

    if (p != NULL) {
        chunk = jny_chunk_of(p);
        chunk->n = (uint64_t) (p - chunk->words);
        chunk->newer = NULL;
    }
}


/* Frames of whole chunks. */
static int
jny_side_spill_stream(jny_side_t *side, uint64_t stream, uint64_t *frame,
    jny_diag_t *diag)
{
    int                 rc;
    size_t              n;
    const jny_chunk_t  *c;

    n = 0;
    jny_side_settle(side, stream);

    for (c = side->oldest[stream]; c != NULL; c = c->newer) {

        if (n + c->n > JNY_SPILL_WORDS) {
            rc = jny_spill_write(side->spill, stream, frame, n, diag);
            if (rc != JNY_OK) {
                return rc;
            }

            n = 0;
        }

        memcpy(frame + n, c->words, c->n * sizeof(*frame));
        n += c->n;
    }

    return n > 0 ? jny_spill_write(side->spill, stream, frame, n, diag)
                 : JNY_OK;
}


static int
jny_side_spill(jny_streams_t *s, jny_side_t *side)
{
    int          rc;
    uint64_t     k, *frame;
    jny_diag_t   diag;
    jny_slab_t  *slab;

    diag.what[0] = '\0';
    diag.offset = 0;

    frame = malloc(JNY_SPILL_WORDS * sizeof(*frame));
    if (frame == NULL) {
        return jny_budget_fail(s->budget, JNY_ENOMEM, &diag);
    }

    rc = JNY_OK;

    if (side->spill == NULL) {
        side->spill = jny_spill_new(s->budget->tmpdir, jny_streams_count(s),
                                    &diag);
        rc = side->spill == NULL ? JNY_EIO : JNY_OK;
    }

    for (k = 0; rc == JNY_OK && k < jny_streams_count(s); k++) {
        rc = jny_side_spill_stream(side, k, frame, &diag);
    }

    free(frame);

    if (rc != JNY_OK) {
        return jny_budget_fail(s->budget, rc, &diag);
    }

    memset(side->next, 0, jny_streams_count(s) * sizeof(*side->next));
    memset(side->oldest, 0, jny_streams_count(s) * sizeof(*side->oldest));

    while ((slab = side->slabs) != NULL) {
        side->slabs = slab->older;
        slab->older = side->spare;
        side->spare = slab;
    }

    side->used = 0;

    return JNY_OK;
}


/* Whether a side may take a further slab of the budget. */
static int
jny_side_may(const jny_streams_t *s, const jny_side_t *side)
{
    if (side->nslabs <= jny_streams_count(s) / JNY_SLAB_CHUNKS + 1) {
        return 1;
    }

    return atomic_load(&s->budget->left) >= (int64_t) JNY_SLAB_SIZE;
}


/* A slab to carve chunks from; the side may have been spilled for it. */
static int
jny_side_slab(jny_streams_t *s, jny_side_t *side)
{
    int          rc;
    jny_diag_t   diag;
    jny_slab_t  *slab;

    if (side->spare == NULL && !jny_side_may(s, side)) {
        rc = jny_side_spill(s, side);
        if (rc != JNY_OK) {
            return rc;
        }
    }

    slab = side->spare;

    if (slab != NULL) {
        side->spare = slab->older;

    } else {
        slab = aligned_alloc(JNY_CHUNK_SIZE, JNY_SLAB_SIZE);
        if (slab == NULL) {
            diag.what[0] = '\0';
            diag.offset = 0;
            return jny_budget_fail(s->budget, JNY_ENOMEM, &diag);
        }

        /* All pages at once: a fault for each costs more than the page. */

        (void) madvise(slab, JNY_SLAB_SIZE, MADV_POPULATE_WRITE);

        side->nslabs++;
        atomic_fetch_sub(&s->budget->left, (int64_t) JNY_SLAB_SIZE);
    }

    slab->older = side->slabs;
    side->slabs = slab;
    side->used = 1;

    return JNY_OK;
}


int
jny_streams_grow(jny_streams_t *s, unsigned thread, uint64_t stream)
{
    int           rc;
    jny_side_t   *side;
    jny_chunk_t  *chunk;

    side = &s->sides[thread];

    if (side->slabs == NULL || side->used > JNY_SLAB_CHUNKS) {
        rc = jny_side_slab(s, side);
        if (rc != JNY_OK) {
            return rc;
        }
    }

    chunk = (jny_chunk_t *) ((char *) side->slabs
                             + side->used++ * JNY_CHUNK_SIZE);

    if (side->next[stream] != NULL) {
        jny_side_settle(side, stream);
        jny_chunk_of(side->next[stream])->newer = chunk;
    } else {
        side->oldest[stream] = chunk;
    }

    side->next[stream] = chunk->words;

    return JNY_OK;
}


int
jny_streams_settle(jny_streams_t *s)
{
    int          rc;
    unsigned     i;
    jny_side_t  *side;

    rc = JNY_OK;

    for (i = 0; rc == JNY_OK && i < s->nthreads; i++) {
        side = &s->sides[i];

        if (side->spill == NULL) {
            continue;
        }

        rc = jny_side_spill(s, side);

        if (rc == JNY_OK) {
            atomic_fetch_add(&s->budget->left,
                             (int64_t) (side->nslabs * JNY_SLAB_SIZE));
            jny_slabs_free(side->spare);
            side->spare = NULL;
            side->nslabs = 0;
        }
    }

    return rc;
}


int
jny_streams_fail(const jny_streams_t *s)
{
    return atomic_load(&s->budget->failed);
}


void
jny_stream_reader_release(jny_stream_reader_t *r)
{
    free(r->spans);
    free(r->words);
    free(r->unpack.packed);
    memset(r, 0, sizeof(*r));
}


/* What a side has spilled of a stream. */
static uint64_t
jny_side_spilled(const jny_side_t *side, uint64_t stream)
{
    return side->spill != NULL ? jny_spill_words(side->spill, stream) : 0;
}


uint64_t
jny_streams_words(const jny_streams_t *s, uint64_t stream)
{
    unsigned            i;
    uint64_t            n;
    const jny_chunk_t  *c;

    n = 0;

    for (i = 0; i < s->nthreads; i++) {
        n += jny_side_spilled(&s->sides[i], stream);
        jny_side_settle(&s->sides[i], stream);

        for (c = s->sides[i].oldest[stream]; c != NULL; c = c->newer) {
            n += c->n;
        }
    }

    return n;
}


static int
jny_reader_words(jny_stream_reader_t *r, size_t n)
{
    uint64_t  *words;

    if (n <= r->words_cap) {
        return JNY_OK;
    }

    words = malloc(n * sizeof(*words));
    if (words == NULL) {
        return JNY_ENOMEM;
    }

    free(r->words);
    r->words = words;
    r->words_cap = n;

    return JNY_OK;
}


static int
jny_reader_span(jny_stream_reader_t *r, uint64_t *words, size_t n)
{
    size_t       cap;
    jny_span_t  *spans;

    if (n == 0) {
        return JNY_OK;
    }

    if (r->nspans == r->spans_cap) {
        cap = r->spans_cap == 0 ? 64 : r->spans_cap * 2;

        spans = realloc(r->spans, cap * sizeof(*spans));
        if (spans == NULL) {
            return JNY_ENOMEM;
        }

        r->spans = spans;
        r->spans_cap = cap;
    }

    r->spans[r->nspans].words = words;
    r->spans[r->nspans].n = n;
    r->nspans++;

    return JNY_OK;
}


/* The chunks of a side, as spans. */
static int
jny_reader_chunks(jny_stream_reader_t *r, const jny_side_t *side,
    uint64_t stream)
{
    int           rc;
    jny_chunk_t  *c;

    rc = JNY_OK;
    jny_side_settle(side, stream);

    for (c = side->oldest[stream]; rc == JNY_OK && c != NULL; c = c->newer) {
        rc = jny_reader_span(r, c->words, c->n);
    }

    return rc;
}


int
jny_streams_read(jny_streams_t *s, uint64_t stream, jny_stream_reader_t *r)
{
    int          rc;
    size_t       n, at;
    unsigned     i;
    uint32_t     frame;
    jny_diag_t   diag;
    jny_side_t  *side;

    at = 0;
    r->nspans = 0;

    for (i = 0; i < s->nthreads; i++) {
        at += jny_side_spilled(&s->sides[i], stream);
    }

    if (jny_reader_words(r, at) != JNY_OK) {
        return JNY_ENOMEM;
    }

    at = 0;

    for (i = 0; i < s->nthreads; i++) {
        side = &s->sides[i];
        frame = 0;
        rc = JNY_OK;

        while (side->spill != NULL && rc == JNY_OK) {
            rc = jny_spill_read(side->spill, stream, &frame, &r->unpack,
                                r->words + at, &n, &diag);

            if (rc == JNY_OK) {
                rc = jny_reader_span(r, r->words + at, n);
                at += n;
            }
        }

        if (rc != JNY_OK && rc != JNY_END) {
            return jny_budget_fail(s->budget, rc, &diag);
        }

        if (jny_reader_chunks(r, side, stream) != JNY_OK) {
            return JNY_ENOMEM;
        }
    }

    return JNY_OK;
}


static int
jny_side_each(jny_streams_t *s, jny_side_t *side, uint64_t stream,
    jny_stream_reader_t *r, int (*each)(void *ctx, jny_span_t span),
    void *ctx)
{
    int           rc;
    uint32_t      frame;
    jny_diag_t    diag;
    jny_span_t    span;
    jny_chunk_t  *c;

    rc = JNY_OK;
    frame = 0;
    span.words = r->words;

    while (side->spill != NULL && rc == JNY_OK) {
        rc = jny_spill_read(side->spill, stream, &frame, &r->unpack,
                            span.words, &span.n, &diag);

        if (rc == JNY_EIO) {
            return jny_budget_fail(s->budget, rc, &diag);
        }

        if (rc == JNY_OK) {
            rc = each(ctx, span);
        }
    }

    rc = rc == JNY_END ? JNY_OK : rc;
    jny_side_settle(side, stream);

    for (c = side->oldest[stream]; rc == JNY_OK && c != NULL; c = c->newer) {
        span.words = c->words;
        span.n = c->n;
        rc = each(ctx, span);
    }

    return rc;
}


int
jny_streams_each(jny_streams_t *s, uint64_t stream, jny_stream_reader_t *r,
    int (*each)(void *ctx, jny_span_t span), void *ctx)
{
    int       rc;
    unsigned  i;

    rc = jny_reader_words(r, JNY_SPILL_WORDS);

    for (i = 0; rc == JNY_OK && i < s->nthreads; i++) {
        rc = jny_side_each(s, &s->sides[i], stream, r, each, ctx);
    }

    return rc;
}
