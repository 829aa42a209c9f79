/*
 * input_segments.c - which blocks a segment stands for (docs/FORMAT.md,
 * "Segments").
 *
 *     segments and their sources -> which of them to use -> refs without the
 *     originals that these cover -> spans
 *
 * Sources are whole blocks, so an event is read from a segment or from its
 * original, never from both.  Each block of a segment repeats the sources: one
 * of them that can be read is enough, and only one is inflated.
 */

#include "engine/input_private.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "engine/heap.h"


#define jny_segment_cmp(a, b) (((a) > (b)) - ((a) < (b)))

typedef enum {
    JNY_SEGMENT_USED, JNY_SEGMENT_SPARE, JNY_SEGMENT_CROSSED,
    JNY_SEGMENT_BROKEN
} jny_segment_use_e;


static int
jny_segment_is(const jny_block_ref_t *ref)
{
    return (ref->header.flags & JNY_BLOCK_SORTED) != 0;
}


static int
jny_segment_source_order(const jny_source_t *a, const jny_source_t *b)
{
    int  order;

    order = jny_segment_cmp(a->writer, b->writer);
    order = order ? order : jny_segment_cmp(a->first_seq, b->first_seq);

    return order ? order : jny_segment_cmp(a->last_seq, b->last_seq);
}


static int
jny_segment_span_order(const void *x, const void *y)
{
    const jny_input_span_t  *a = x, *b = y;

    return jny_segment_source_order(&a->source, &b->source);
}


/*
 * Of n spans in order, which do not overlap: the last one that shares a block
 * with those from first_seq to last_seq; or NULL.
 */
static const jny_input_span_t *
jny_span_touched(const jny_input_span_t *spans, uint32_t n, uint64_t writer,
    uint64_t first_seq, uint64_t last_seq)
{
    uint32_t             lo, hi, mid;
    const jny_source_t  *s;

    lo = 0;
    hi = n;

    /* the first span that begins behind last_seq */

    while (lo < hi) {
        mid = lo + (hi - lo) / 2;
        s = &spans[mid].source;

        if (s->writer < writer
            || (s->writer == writer && s->first_seq <= last_seq))
        {
            lo = mid + 1;
        } else {
            hi = mid;
        }
    }

    if (lo == 0) {
        return NULL;
    }

    s = &spans[lo - 1].source;

    return s->writer == writer && s->last_seq >= first_seq ? &spans[lo - 1]
                                                           : NULL;
}


const jny_input_span_t *
jny_input_span_find(const jny_input_t *in, uint64_t writer, uint64_t seq)
{
    return jny_span_touched(in->spans, in->nspans, writer, seq, seq);
}


static int
jny_segment_copy(jny_input_sorted_t *seg, const jny_block_t *blk)
{
    size_t    size;
    uint8_t  *p;

    size = (size_t) blk->nsources * sizeof(jny_source_t);

    for (uint32_t i = 0; i < blk->nsources; i++) {
        size += blk->sources[i].edge.len;
    }

    seg->sources = malloc(size + 1);
    if (seg->sources == NULL) {
        return JNY_ENOMEM;
    }

    p = (uint8_t *) (seg->sources + blk->nsources);
    seg->nsources = blk->nsources;

    for (uint32_t i = 0; i < blk->nsources; i++) {
        seg->sources[i] = blk->sources[i];
        seg->sources[i].edge.data = p;

        if (blk->sources[i].edge.len > 0) {
            memcpy(p, blk->sources[i].edge.data, blk->sources[i].edge.len);
            p += blk->sources[i].edge.len;
        }
    }

    return JNY_OK;
}


/* A segment's sources; none when no block of it can be read. */
static int
jny_segment_sources(const jny_input_t *in, jny_input_sorted_t *seg,
    jny_inflater_t *inf, jny_block_t *blk)
{
    int  rc;

    rc = JNY_EDATA;

    for (uint32_t i = 0; i < seg->nrefs; i++) {
        rc = jny_input_read(&in->refs[seg->first + i], inf, blk, NULL);

        if (rc != JNY_ECRC && rc != JNY_EDATA) {
            break;
        }
    }

    if (rc == JNY_OK) {
        rc = jny_segment_copy(seg, blk);
    }

    for (uint32_t i = 0; i < seg->nsources; i++) {
        seg->blocks += seg->sources[i].last_seq - seg->sources[i].first_seq
                       + 1;
        seg->events += seg->sources[i].events;
    }

    seg->whole &= seg->events == seg->there;

    return rc == JNY_ENOMEM ? rc : JNY_OK;
}


/* Runs of SORTED refs of one writer. */
static int
jny_segments_find(jny_input_t *in)
{
    uint32_t                i;
    jny_input_sorted_t     *seg;
    const jny_block_ref_t  *ref;

    seg = NULL;

    for (i = 0; i < in->nrefs; i++) {
        ref = &in->refs[i];

        if (!jny_segment_is(ref)) {
            continue;
        }

        if (seg == NULL || seg->writer != ref->header.writer) {
            if (jny_input_grow(&in->sorted, in->nsorted, &in->sorted_cap,
                               sizeof(*seg))
                != JNY_OK)
            {
                return JNY_ENOMEM;
            }

            seg = &in->sorted[in->nsorted++];
            memset(seg, 0, sizeof(*seg));
            seg->writer = ref->header.writer;
            seg->first = i;
        }

        seg->nrefs++;
        seg->there += ref->header.nevents;
        seg->whole = in->refs[seg->first].header.seq == 0
                     && ref->header.seq == seg->nrefs - 1
                     && (ref->header.flags & JNY_BLOCK_FINAL) != 0;
    }

    return JNY_OK;
}


static int
jny_segments_read(jny_input_t *in)
{
    int              rc;
    jny_block_t      blk;
    jny_inflater_t  *inf;

    rc = jny_segments_find(in);

    if (rc != JNY_OK || in->nsorted == 0) {
        return rc;
    }

    inf = jny_inflater_new();
    if (inf == NULL) {
        return JNY_ENOMEM;
    }

    jny_block_init(&blk, &jny_heap);

    for (uint32_t i = 0; rc == JNY_OK && i < in->nsorted; i++) {
        rc = jny_segment_sources(in, &in->sorted[i], inf, &blk);
    }

    jny_block_release(&blk);
    jny_inflater_free(inf);

    return rc;
}


/* Of two that cover the same blocks the better one is looked at first. */
static int
jny_segment_order(const void *x, const void *y)
{
    int                        order;
    const jny_input_sorted_t  *a = x, *b = y;

    order = jny_segment_cmp(b->whole, a->whole);
    order = order ? order : jny_segment_cmp(b->blocks, a->blocks);
    order = order ? order : jny_segment_cmp(a->events, b->events);

    return order ? order : jny_segment_cmp(a->writer, b->writer);
}


/* Whether all of a segment's originals are among the refs. */
static int
jny_segment_is_spare(const jny_input_t *in, const jny_input_sorted_t *seg)
{
    uint64_t                seq;
    const jny_source_t     *s;
    const jny_block_ref_t  *ref, *end;

    end = in->refs + in->nrefs;

    for (uint32_t i = 0; i < seg->nsources; i++) {
        s = &seg->sources[i];
        ref = jny_input_ref_find(in, s->writer, s->first_seq);

        for (seq = s->first_seq; ref != NULL; ref++, seq++) {
            if (ref == end || jny_segment_is(ref)
                || ref->header.writer != s->writer || ref->header.seq != seq)
            {
                return 0;
            }

            if (seq == s->last_seq) {
                break;
            }
        }

        if (ref == NULL) {
            return 0;
        }
    }

    return seg->nsources > 0;
}


/* The spans so far are those of segments, in order. */
static jny_segment_use_e
jny_segment_use(const jny_input_t *in, const jny_input_sorted_t *seg,
    uint64_t *apart)
{
    uint32_t             inside, touched;
    const jny_input_span_t    *span;
    const jny_source_t  *s;

    if (!seg->whole && jny_segment_is_spare(in, seg)) {
        return JNY_SEGMENT_BROKEN;
    }

    inside = 0;
    touched = 0;
    *apart = 0;

    for (uint32_t i = 0; i < seg->nsources; i++) {
        s = &seg->sources[i];
        span = jny_span_touched(in->spans, in->nspans, s->writer, s->first_seq,
                                s->last_seq);

        if (span == NULL) {
            *apart += s->events;
            continue;
        }

        touched++;
        inside += span->source.first_seq <= s->first_seq
                  && span->source.last_seq >= s->last_seq;
    }

    if (touched == 0) {
        return JNY_SEGMENT_USED;
    }

    return inside == seg->nsources ? JNY_SEGMENT_SPARE : JNY_SEGMENT_CROSSED;
}


static int
jny_segment_say(jny_input_t *in, const jny_input_sorted_t *seg,
    uint64_t events, const char *what)
{
    jny_damage_t            d;
    const jny_block_ref_t  *ref;

    ref = &in->refs[seg->first];

    memset(&d, 0, sizeof(d));
    d.kind = JNY_DAMAGE_CONFLICT;
    d.file = ref->file;
    d.offset = ref->offset;
    d.writer = seg->writer;
    d.events = events;
    d.events_known = 1;
    snprintf(d.what, sizeof(d.what), "%s", what);

    return jny_input_damage_add(in, &d);
}


static int
jny_span_add(jny_input_t *in, const jny_source_t *s, uint32_t ref)
{
    jny_input_span_t  *span;

    if (jny_input_grow(&in->spans, in->nspans, &in->spans_cap, sizeof(*span))
        != JNY_OK)
    {
        return JNY_ENOMEM;
    }

    span = &in->spans[in->nspans++];
    span->source = *s;
    span->file = in->refs[ref].file;
    span->offset = in->refs[ref].offset;
    span->segment = jny_segment_is(&in->refs[ref]);

    return JNY_OK;
}


static int
jny_segment_take(jny_input_t *in, jny_input_sorted_t *seg)
{
    int                rc;
    uint64_t           apart;
    jny_segment_use_e  use;

    rc = JNY_OK;
    use = jny_segment_use(in, seg, &apart);
    seg->unused = use != JNY_SEGMENT_USED;

    switch (use) {

    case JNY_SEGMENT_USED:
        for (uint32_t i = 0; rc == JNY_OK && i < seg->nsources; i++) {
            rc = jny_span_add(in, &seg->sources[i], seg->first);
        }

        qsort(in->spans, in->nspans, sizeof(*in->spans),
              jny_segment_span_order);
        break;

    case JNY_SEGMENT_SPARE:
        in->duplicates += seg->nrefs;
        break;

    case JNY_SEGMENT_CROSSED:
        rc = jny_segment_say(in, seg, apart, "segment covers blocks that "
                             "another one covers, and others: left out");
        break;

    case JNY_SEGMENT_BROKEN:
        rc = jny_segment_say(in, seg, 0, "segment is not whole: the logs that "
                             "it was made from are read instead");
        break;
    }

    return rc;
}


static int
jny_segment_writer_order(const void *x, const void *y)
{
    const jny_input_sorted_t  *a = x, *b = y;

    return jny_segment_cmp(a->writer, b->writer);
}


const jny_input_sorted_t *
jny_input_sorted_find(const jny_input_t *in, uint64_t writer)
{
    jny_input_sorted_t  key;

    if (in->nsorted == 0) {
        return NULL;
    }

    memset(&key, 0, sizeof(key));
    key.writer = writer;

    return bsearch(&key, in->sorted, in->nsorted, sizeof(key),
                   jny_segment_writer_order);
}


/* Takes what is not to be read out of refs, and makes spans of the rest. */
static int
jny_segments_prune(jny_input_t *in)
{
    int                        rc;
    uint32_t                   i, n, nspans;
    jny_source_t               s;
    const jny_header_t        *h;
    const jny_input_sorted_t  *seg;

    rc = JNY_OK;
    n = 0;
    nspans = in->nspans;
    memset(&s, 0, sizeof(s));

    for (i = 0; rc == JNY_OK && i < in->nrefs; i++) {
        h = &in->refs[i].header;

        if (jny_segment_is(&in->refs[i])) {
            seg = jny_input_sorted_find(in, h->writer);

            if (seg == NULL || !seg->unused) {
                in->refs[n++] = in->refs[i];
            }

            continue;
        }

        /* the originals added below are not in order yet */

        if (jny_span_touched(in->spans, nspans, h->writer, h->seq, h->seq)
            != NULL)
        {
            in->covered++;
            continue;
        }

        s.writer = h->writer;
        s.first_seq = h->seq;
        s.last_seq = h->seq;
        s.events = h->nevents;
        s.erased = h->erased;
        s.base = h->base;
        s.dropped_first = h->dropped;
        s.dropped = h->dropped;
        s.flags = h->flags;

        rc = jny_span_add(in, &s, i);
        in->refs[n++] = in->refs[i];
    }

    in->nrefs = n;

    return rc;
}


int
jny_input_segments(jny_input_t *in)
{
    int  rc;

    rc = jny_segments_read(in);

    if (rc != JNY_OK) {
        return rc;
    }

    if (in->nsorted > 0) {
        qsort(in->sorted, in->nsorted, sizeof(*in->sorted), jny_segment_order);
    }

    for (uint32_t i = 0; rc == JNY_OK && i < in->nsorted; i++) {
        rc = jny_segment_take(in, &in->sorted[i]);
    }

    if (in->nsorted > 0) {
        qsort(in->sorted, in->nsorted, sizeof(*in->sorted),
              jny_segment_writer_order);
    }

    if (rc == JNY_OK) {
        rc = jny_segments_prune(in);
    }

    if (rc == JNY_OK && in->nspans > 0) {
        qsort(in->spans, in->nspans, sizeof(*in->spans),
              jny_segment_span_order);
    }

    return rc;
}


uint64_t
jny_input_dropped(const jny_input_t *in)
{
    uint32_t             i;
    uint64_t             n, before;
    const jny_source_t  *s, *prev;

    n = 0;

    for (i = 0; i < in->nspans; i++) {
        s = &in->spans[i].source;
        prev = i > 0 ? &in->spans[i - 1].source : NULL;

        if (prev != NULL && prev->writer == s->writer) {
            before = prev->dropped;
        } else {
            before = s->first_seq == 0 ? 0 : s->dropped_first;
        }

        n += s->dropped > before ? s->dropped - before : 0;
    }

    return n;
}


int
jny_input_is_segment(const jny_input_t *in, uint64_t writer)
{
    return jny_input_sorted_find(in, writer) != NULL;
}
