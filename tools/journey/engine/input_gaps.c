/*
 * input_gaps.c - which blocks are missing, and where they went.
 *
 * A damaged place says that bytes are wrong; the sequence numbers say which
 * blocks, and the cumulative event numbers how many events, are missing.
 * Both speak of the same loss: a gap is first charged to the damaged places
 * that lie between the two blocks around it, and is reported as a gap only
 * where there are none.
 */

#include "engine/input_private.h"

#include <stdio.h>
#include <string.h>


/* One side of a gap: the block there, and the events before its end. */
typedef struct {
    uint32_t  file;
    uint64_t  offset;
    uint64_t  seq;
    uint64_t  events;
} jny_input_brink_t;

typedef struct {
    uint64_t           writer;
    jny_input_brink_t  before;
    jny_input_brink_t  behind;
    uint64_t           blocks;         /* missing */
    uint64_t           events;
    int                events_known;
} jny_input_gap_t;


/* Whether the place lies where a block between a and b may have stood. */
static int
jny_input_between(const jny_damage_t *d, const jny_input_brink_t *a,
                  const jny_input_brink_t *b)
{
    int  behind, before;

    behind = d->file == a->file && d->offset > a->offset;
    before = d->file == b->file && d->offset < b->offset;

    if (a->file == b->file) {
        return behind && before;
    }

    return behind || before;
}


/* Places whose block is known by its own header: their part of the gap. */
static void
jny_input_gap_known(jny_input_t *in, jny_input_gap_t *gap)
{
    uint32_t       i;
    jny_damage_t  *d;

    for (i = 0; i < in->nplaces; i++) {
        d = &in->places[i].damage;

        if (!d->events_known || d->writer != gap->writer
            || d->seq <= gap->before.seq || d->seq >= gap->behind.seq)
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
            || !jny_input_between(&p->damage, &gap->before, &gap->behind))
        {
            continue;
        }

        if (p->claim.writer == gap->writer
            && p->claim.seq > gap->before.seq
            && p->claim.seq < gap->behind.seq)
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
        p->damage.writer = gap->writer;
        p->damage.seq = gap->before.seq + 1;
        p->damage.events_known = 1;
    }
}


static int
jny_input_gap_report(jny_input_t *in, const jny_input_gap_t *gap)
{
    jny_damage_t  d;

    memset(&d, 0, sizeof(d));
    d.kind = JNY_DAMAGE_GAP;
    d.file = gap->behind.file;
    d.offset = gap->behind.offset;
    d.writer = gap->writer;
    d.seq = gap->before.seq + 1;
    d.events = gap->events;
    d.events_known = gap->events_known;
    snprintf(d.what, sizeof(d.what), "%llu block%s missing before this one",
             (unsigned long long) gap->blocks, gap->blocks == 1 ? "" : "s");

    return jny_input_damage_add(in, &d);
}


static int
jny_input_gap(jny_input_t *in, uint64_t writer,
    const jny_input_brink_t *before, const jny_input_brink_t *behind)
{
    jny_input_gap_t     gap;
    jny_input_place_t  *p;

    gap.writer = writer;
    gap.before = *before;
    gap.behind = *behind;
    gap.blocks = behind->seq - before->seq - 1;

    /* Headers that contradict each other tell nothing. */

    gap.events_known = behind->events >= before->events;
    gap.events = gap.events_known ? behind->events - before->events : 0;

    jny_input_gap_known(in, &gap);

    if (gap.blocks == 0) {
        return JNY_OK;
    }

    p = jny_input_gap_place(in, &gap);
    if (p == NULL) {
        return jny_input_gap_report(in, &gap);
    }

    p->explained = 1;
    p->damage.writer = writer;
    p->damage.seq = before->seq + 1;
    p->damage.events = gap.events;
    p->damage.events_known = gap.events_known;

    jny_input_gap_share(in, &gap, gap.blocks - 1);

    return JNY_OK;
}


/* Between what is read of a writer, be it from its log or from segments. */
static int
jny_input_span_gaps(jny_input_t *in)
{
    int                  rc;
    jny_input_brink_t    before, behind;
    const jny_input_span_t    *span;
    const jny_source_t  *s, *prev;

    rc = JNY_OK;
    prev = NULL;
    memset(&before, 0, sizeof(before));

    for (uint32_t i = 0; rc == JNY_OK && i < in->nspans; i++) {
        span = &in->spans[i];
        s = &span->source;

        behind.file = span->file;
        behind.offset = span->offset;
        behind.seq = s->first_seq;
        behind.events = s->base;

        if (prev != NULL && prev->writer == s->writer
            && s->first_seq - prev->last_seq > 1)
        {
            rc = jny_input_gap(in, s->writer, &before, &behind);
        }

        before = behind;
        before.seq = s->last_seq;
        before.events = s->base + s->events + s->erased;
        prev = s;
    }

    return rc;
}


/* Between the blocks of a segment. */
static int
jny_input_segment_gaps(jny_input_t *in)
{
    int                  rc;
    jny_input_brink_t    before, behind;
    const jny_header_t  *h, *prev;

    rc = JNY_OK;
    prev = NULL;
    memset(&before, 0, sizeof(before));

    for (uint32_t i = 0; rc == JNY_OK && i < in->nrefs; i++) {
        h = &in->refs[i].header;

        if (!(h->flags & JNY_BLOCK_SORTED)) {
            continue;
        }

        behind.file = in->refs[i].file;
        behind.offset = in->refs[i].offset;
        behind.seq = h->seq;
        behind.events = h->base;

        if (prev != NULL && prev->writer == h->writer
            && h->seq - prev->seq > 1)
        {
            rc = jny_input_gap(in, h->writer, &before, &behind);
        }

        before = behind;
        before.events = h->base + h->nevents + h->erased;
        prev = h;
    }

    return rc;
}


int
jny_input_gaps(jny_input_t *in)
{
    int  rc;

    rc = jny_input_span_gaps(in);

    return rc == JNY_OK ? jny_input_segment_gaps(in) : rc;
}
