/*
 * input_ledger.c - what is there twice, what is missing, and why.
 *
 *     order -> copies and conflicts -> gaps -> places that explain them
 *
 * A damaged place says that bytes are wrong; the sequence numbers say which
 * blocks, and the cumulative event numbers how many events, are missing.
 * Both speak of the same loss: a gap is first charged to the damaged places
 * that lie between the two blocks around it, and is reported as a gap only
 * where there are none.
 */

#include "engine/input_private.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>


#define jny_input_cmp(a, b) (((a) > (b)) - ((a) < (b)))


/*
 * Headers decide between copies, so that the one kept does not depend on the
 * order of the files; the largest n comes first.
 */
static int
jny_input_ref_order(const void *x, const void *y)
{
    int                     order;
    const jny_block_ref_t  *a = x, *b = y;

    order = jny_input_cmp(a->header.writer, b->header.writer);
    order = order ? order : jny_input_cmp(a->header.seq, b->header.seq);
    order = order ? order : jny_input_cmp(b->header.nevents, a->header.nevents);
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
    uint32_t          i, n;
    jny_block_ref_t  *kept, *last, *ref;

    n = 0;
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

        } else if (jny_input_conflict(in, kept, ref) != JNY_OK) {
            return JNY_ENOMEM;
        }
    }

    in->nrefs = n;

    return JNY_OK;
}


/* Whether the place lies where a block between a and b may have stood. */
static int
jny_input_between(const jny_damage_t *d, const jny_block_ref_t *a,
                  const jny_block_ref_t *b)
{
    int  behind, before;

    behind = d->file == a->file && d->offset > a->offset;
    before = d->file == b->file && d->offset < b->offset;

    if (a->file == b->file) {
        return behind && before;
    }

    return behind || before;
}


typedef struct {
    const jny_block_ref_t  *before;
    const jny_block_ref_t  *behind;
    uint64_t                blocks;         /* missing */
    uint64_t                events;
    int                     events_known;
} jny_input_gap_t;


/* Places whose block is known by its own header: their part of the gap. */
static void
jny_input_gap_known(jny_input_t *in, jny_input_gap_t *gap)
{
    uint32_t             i;
    jny_damage_t        *d;
    const jny_header_t  *a, *b;

    a = &gap->before->header;
    b = &gap->behind->header;

    for (i = 0; i < in->nplaces; i++) {
        d = &in->places[i].damage;

        if (!d->events_known || d->writer != a->writer || d->seq <= a->seq
            || d->seq >= b->seq)
        {
            continue;
        }

        if (!in->places[i].again
            && (gap->blocks == 0 || d->events > gap->events))
        {
            continue;
        }

        /* Torn, and yet its writer went on: lost, not still being written. */

        if (d->kind == JNY_DAMAGE_TORN) {
            d->kind = JNY_DAMAGE_PAYLOAD;
        }

        in->places[i].explained = 1;

        if (!in->places[i].again) {
            gap->blocks--;
            gap->events -= d->events;
        }
    }
}


/*
 * The place the rest of a gap is charged to: the one that claims to be the
 * block, else the first between its neighbours.
 */
static jny_input_place_t *
jny_input_gap_place(jny_input_t *in, const jny_input_gap_t *gap)
{
    uint32_t            i;
    jny_input_place_t  *p, *found;

    found = NULL;

    for (i = 0; i < in->nplaces; i++) {
        p = &in->places[i];

        if (p->explained || p->damage.events_known
            || !jny_input_between(&p->damage, gap->before, gap->behind))
        {
            continue;
        }

        if (p->claim.writer == gap->before->header.writer
            && p->claim.seq > gap->before->header.seq
            && p->claim.seq < gap->behind->header.seq)
        {
            return p;
        }

        found = found != NULL ? found : p;
    }

    return found;
}


/* Other places in the same gap: their loss is in the first one's figure. */
static void
jny_input_gap_share(jny_input_t *in, const jny_input_gap_t *gap,
                    uint64_t others)
{
    jny_input_place_t  *p;

    for (/* void */; others > 0; others--) {

        p = jny_input_gap_place(in, gap);
        if (p == NULL) {
            return;
        }

        p->explained = 1;
        p->damage.writer = gap->before->header.writer;
        p->damage.seq = gap->before->header.seq + 1;
        p->damage.events_known = 1;
    }
}


static int
jny_input_gap_report(jny_input_t *in, const jny_input_gap_t *gap)
{
    jny_damage_t  d;

    memset(&d, 0, sizeof(d));
    d.kind = JNY_DAMAGE_GAP;
    d.file = gap->behind->file;
    d.offset = gap->behind->offset;
    d.writer = gap->behind->header.writer;
    d.seq = gap->before->header.seq + 1;
    d.events = gap->events;
    d.events_known = gap->events_known;
    snprintf(d.what, sizeof(d.what), "%llu block%s missing before this one",
             (unsigned long long) gap->blocks, gap->blocks == 1 ? "" : "s");

    return jny_input_damage_add(in, &d);
}


static int
jny_input_gap(jny_input_t *in, const jny_block_ref_t *before,
              const jny_block_ref_t *behind)
{
    uint64_t            end;
    jny_input_gap_t     gap;
    jny_input_place_t  *p;

    gap.before = before;
    gap.behind = behind;
    gap.blocks = behind->header.seq - before->header.seq - 1;

    /* Headers that contradict each other tell nothing. */

    end = before->header.base + before->header.nevents;
    gap.events_known = behind->header.base >= end;
    gap.events = gap.events_known ? behind->header.base - end : 0;

    jny_input_gap_known(in, &gap);

    if (gap.blocks == 0) {
        return JNY_OK;
    }

    p = jny_input_gap_place(in, &gap);
    if (p == NULL) {
        return jny_input_gap_report(in, &gap);
    }

    p->explained = 1;
    p->damage.writer = before->header.writer;
    p->damage.seq = before->header.seq + 1;
    p->damage.events = gap.events;
    p->damage.events_known = gap.events_known;

    jny_input_gap_share(in, &gap, gap.blocks - 1);

    return JNY_OK;
}


static const jny_block_ref_t *
jny_input_find(const jny_input_t *in, uint64_t writer, uint64_t seq)
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
    const jny_block_ref_t  *ref;

    ref = jny_input_find(in, p->claim.writer, p->claim.seq);

    return ref != NULL && ref->header.base == p->claim.base
           && ref->header.member_len == p->damage.len;
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
    jny_damage_t           *d;
    const jny_block_ref_t  *next;

    d = &p->damage;

    /* A block is lost once at most, in however many places it is damaged. */

    if (d->events_known && d->writer != 0
        && (p->again || jny_input_find(in, d->writer, d->seq) != NULL))
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
        && jny_input_find(in, next->header.writer, 0) == NULL)
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
    int                     rc;
    uint32_t                i;
    const jny_block_ref_t  *a, *b;

    if (in->nrefs > 0) {
        qsort(in->refs, in->nrefs, sizeof(*in->refs), jny_input_ref_order);
    }

    rc = jny_input_copies(in);

    if (rc == JNY_OK) {
        rc = jny_input_again(in);
    }

    for (i = 1; rc == JNY_OK && i < in->nrefs; i++) {
        a = &in->refs[i - 1];
        b = &in->refs[i];

        if (a->header.writer == b->header.writer
            && b->header.seq - a->header.seq > 1)
        {
            rc = jny_input_gap(in, a, b);
        }
    }

    return rc == JNY_OK ? jny_input_places(in) : rc;
}
