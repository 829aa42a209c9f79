/*
 * input_ledger.c - what is there twice, what is missing, and why.
 *
 *     order -> copies and conflicts -> segments (input_segments.c)
 *     -> gaps (input_gaps.c) -> the other damaged places
 *
 * A damaged place that no gap explains is a writer's first or last block, or
 * one that is intact elsewhere.
 */

#include "engine/input_private.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>


#define jny_input_cmp(a, b) (((a) > (b)) - ((a) < (b)))


/* Events before any were erased. */
static uint64_t
jny_input_whole_events(const jny_block_ref_t *ref)
{
    return (uint64_t) ref->header.nevents + ref->header.erased;
}


/*
 * Headers decide between copies, so that the one kept does not depend on the
 * order of the files; the largest comes first, and of a block and its copy
 * from before events were erased the one without them.
 */
static int
jny_input_ref_order(const void *x, const void *y)
{
    int                     order;
    const jny_block_ref_t  *a = x, *b = y;

    order = jny_input_cmp(a->header.writer, b->header.writer);
    order = order ? order : jny_input_cmp(a->header.seq, b->header.seq);
    order = order ? order : jny_input_cmp(jny_input_whole_events(b),
                                          jny_input_whole_events(a));
    order = order ? order : jny_input_cmp(b->header.erased, a->header.erased);
    order = order ? order : jny_input_cmp(a->header.base, b->header.base);
    order = order ? order : jny_input_cmp(a->header.dropped, b->header.dropped);
    order = order ? order : jny_input_cmp(a->header.flags, b->header.flags);
    order = order ? order
                  : jny_input_cmp(a->header.t_min_ms, b->header.t_min_ms);
    order = order ? order
                  : jny_input_cmp(a->header.t_max_ms, b->header.t_max_ms);
    order = order ? order : jny_input_cmp(a->member.len, b->member.len);
    order = order ? order : jny_input_cmp(a->file, b->file);

    return order ? order : jny_input_cmp(a->offset, b->offset);
}


static int
jny_input_conflict(jny_input_t *in, const jny_block_ref_t *kept,
                   const jny_block_ref_t *ref)
{
    jny_damage_t  d;

    memset(&d, 0, sizeof(d));
    d.kind = JNY_DAMAGE_CONFLICT;
    d.file = ref->file;
    d.offset = ref->offset;
    d.len = ref->member.data != NULL ? ref->member.len : ref->payload.len;
    d.writer = ref->header.writer;
    d.seq = ref->header.seq;
    d.events_known = 1;
    snprintf(d.what, sizeof(d.what),
             "two different blocks with one number: %u and %u events, "
             "the larger is kept",
             (unsigned) kept->header.nevents, (unsigned) ref->header.nevents);

    return jny_input_damage_add(in, &d);
}


/*
 * No payload has been read yet: copies hang on the one that is kept, in case
 * it is the damaged one.  Their table never moves, it is pointed into.
 */
static int
jny_input_copies(jny_input_t *in)
{
    uint32_t          i, n, stale;
    jny_block_ref_t  *kept, *last, *ref;

    n = 0;
    stale = 0;
    last = NULL;

    for (i = 0; i < in->nrefs; i++) {
        ref = &in->refs[i];
        kept = n > 0 ? &in->refs[n - 1] : NULL;

        if (kept == NULL || kept->header.writer != ref->header.writer
            || kept->header.seq != ref->header.seq)
        {
            in->refs[n] = *ref;
            last = &in->refs[n++];

        } else if (kept->header.nevents == ref->header.nevents) {

            if (in->copies == NULL) {
                in->copies = malloc((in->nrefs - i) * sizeof(*in->copies));
                if (in->copies == NULL) {
                    return JNY_ENOMEM;
                }
            }

            in->copies[in->duplicates] = *ref;
            last->copy = &in->copies[in->duplicates];
            last = &in->copies[in->duplicates++];

        } else if (jny_input_whole_events(kept)
                   == jny_input_whole_events(ref))
        {
            /* What was erased does not come back, not even for damage. */

            stale++;

        } else if (jny_input_conflict(in, kept, ref) != JNY_OK) {
            return JNY_ENOMEM;
        }
    }

    in->nrefs = n;
    in->duplicates += stale;

    return JNY_OK;
}


const jny_block_ref_t *
jny_input_ref_find(const jny_input_t *in, uint64_t writer, uint64_t seq)
{
    uint32_t             lo, hi, mid;
    const jny_header_t  *h;

    lo = 0;
    hi = in->nrefs;

    while (lo < hi) {
        mid = lo + (hi - lo) / 2;
        h = &in->refs[mid].header;

        if (h->writer < writer || (h->writer == writer && h->seq < seq)) {
            lo = mid + 1;
        } else {
            hi = mid;
        }
    }

    if (lo == in->nrefs || in->refs[lo].header.writer != writer
        || in->refs[lo].header.seq != seq)
    {
        return NULL;
    }

    return &in->refs[lo];
}


/*
 * Whether a damaged place is a copy of a block that is intact elsewhere.  Its
 * header is damaged: a single number may lie, so two and the length must say
 * the same.
 */
static int
jny_input_is_copy(const jny_input_t *in, const jny_input_place_t *p)
{
    const jny_input_span_t       *span;
    const jny_block_ref_t  *ref;

    ref = jny_input_ref_find(in, p->claim.writer, p->claim.seq);

    if (ref != NULL) {
        return ref->header.base == p->claim.base
               && ref->header.member_len == p->damage.len;
    }

    span = jny_input_span_find(in, p->claim.writer, p->claim.seq);

    return span != NULL && p->claim.base >= span->source.base
           && p->claim.base - span->source.base
                  <= span->source.events + span->source.erased;
}


static int
jny_input_place_order(const void *x, const void *y)
{
    int                     order;
    const jny_block_ref_t  *a, *b;

    a = *(const jny_block_ref_t *const *) x;
    b = *(const jny_block_ref_t *const *) y;

    order = jny_input_cmp(a->file, b->file);

    return order ? order : jny_input_cmp(a->offset, b->offset);
}


/* Blocks as they stand in the files.  NULL: out of memory. */
static const jny_block_ref_t **
jny_input_by_place(const jny_input_t *in)
{
    uint32_t                 i;
    const jny_block_ref_t  **refs;

    refs = malloc(((size_t) in->nrefs + 1) * sizeof(*refs));
    if (refs == NULL) {
        return NULL;
    }

    for (i = 0; i < in->nrefs; i++) {
        refs[i] = &in->refs[i];
    }

    qsort(refs, in->nrefs, sizeof(*refs), jny_input_place_order);

    return refs;
}


/* The first block behind a place, in its file; or NULL. */
static const jny_block_ref_t *
jny_input_behind(const jny_block_ref_t *const *refs, uint32_t n,
    const jny_damage_t *d)
{
    uint32_t  lo, hi, mid;

    lo = 0;
    hi = n;

    while (lo < hi) {
        mid = lo + (hi - lo) / 2;

        if (refs[mid]->file < d->file
            || (refs[mid]->file == d->file
                && refs[mid]->offset < d->offset + d->len))
        {
            lo = mid + 1;
        } else {
            hi = mid;
        }
    }

    return lo < n && refs[lo]->file == d->file ? refs[lo] : NULL;
}


/*
 * A place that no gap explains: a writer's first or last block, or a copy of
 * a block that is elsewhere intact.
 */
static void
jny_input_place_finish(const jny_input_t *in,
    const jny_block_ref_t *const *refs, jny_input_place_t *p)
{
    jny_damage_t              *d;
    const jny_block_ref_t     *next;
    const jny_input_sorted_t  *seg;

    d = &p->damage;

    /* A block is lost once at most, in however many places it is damaged. */

    seg = jny_input_sorted_find(in, d->writer);

    if (d->events_known && d->writer != 0
        && (p->again || jny_input_span_find(in, d->writer, d->seq) != NULL
            || (seg != NULL && seg->unused)))
    {
        d->events = 0;
    }

    if (p->explained || d->kind == JNY_DAMAGE_TORN) {
        return;
    }

    if (p->claim.writer != 0 && jny_input_is_copy(in, p)) {
        d->writer = p->claim.writer;
        d->seq = p->claim.seq;
        d->events_known = 1;
        return;
    }

    /* The block that follows in the file, if it is a writer's number 1. */

    next = jny_input_behind(refs, in->nrefs, d);

    if (next != NULL && next->header.seq == 1
        && jny_input_span_find(in, next->header.writer, 0) == NULL
        && jny_input_ref_find(in, next->header.writer, 0) == NULL)
    {
        d->writer = next->header.writer;
        d->events = next->header.base;
        d->events_known = 1;
    }
}


static int
jny_input_places(jny_input_t *in)
{
    int                      rc;
    uint32_t                 i;
    const jny_block_ref_t  **refs;

    if (in->nplaces == 0) {
        return JNY_OK;
    }

    refs = jny_input_by_place(in);
    if (refs == NULL) {
        return JNY_ENOMEM;
    }

    rc = JNY_OK;

    for (i = 0; rc == JNY_OK && i < in->nplaces; i++) {
        jny_input_place_finish(in, refs, &in->places[i]);
        rc = jny_input_damage_add(in, &in->places[i].damage);
    }

    free(refs);

    return rc;
}


static int
jny_input_known_order(const void *x, const void *y)
{
    int                  order;
    const jny_damage_t  *a, *b;

    a = &(*(const jny_input_place_t *const *) x)->damage;
    b = &(*(const jny_input_place_t *const *) y)->damage;

    order = jny_input_cmp(a->writer, b->writer);
    order = order ? order : jny_input_cmp(a->seq, b->seq);
    order = order ? order : jny_input_cmp(b->events, a->events);
    order = order ? order : jny_input_cmp(a->file, b->file);

    return order ? order : jny_input_cmp(a->offset, b->offset);
}


/* Of the places where one known block is damaged, marks all but the first. */
static int
jny_input_again(jny_input_t *in)
{
    uint32_t             i, n;
    jny_input_place_t  **known;

    known = malloc(((size_t) in->nplaces + 1) * sizeof(*known));
    if (known == NULL) {
        return JNY_ENOMEM;
    }

    n = 0;

    for (i = 0; i < in->nplaces; i++) {
        if (in->places[i].damage.events_known) {
            known[n++] = &in->places[i];
        }
    }

    qsort(known, n, sizeof(*known), jny_input_known_order);

    for (i = 1; i < n; i++) {
        known[i]->again = known[i]->damage.writer
                              == known[i - 1]->damage.writer
                          && known[i]->damage.seq == known[i - 1]->damage.seq;
    }

    free(known);

    return JNY_OK;
}


int
jny_input_ledger(jny_input_t *in)
{
    int  rc;

    if (in->nrefs > 0) {
        qsort(in->refs, in->nrefs, sizeof(*in->refs), jny_input_ref_order);
    }

    rc = jny_input_copies(in);

    if (rc == JNY_OK) {
        rc = jny_input_again(in);
    }

    if (rc == JNY_OK) {
        rc = jny_input_segments(in);
    }

    if (rc == JNY_OK) {
        rc = jny_input_gaps(in);
    }

    if (rc == JNY_OK) {
        rc = jny_input_places(in);
    }

    return rc == JNY_OK ? jny_input_order(in) : rc;
}
