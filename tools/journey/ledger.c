/*
 * ledger.c - one account per writer.
 *
 * The span of an account reaches from its first block to its last, damaged
 * ones included: what came before or comes after lies outside the set of
 * files, and is no loss.  A segment has no account: what it holds belongs to
 * those of its sources.
 */

#include "ledger.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>


void
jny_ledger_init(jny_ledger_t *l)
{
    memset(l, 0, sizeof(*l));
}


void
jny_ledger_release(jny_ledger_t *l)
{
    free(l->accounts);
    free(l->segments);
    memset(l, 0, sizeof(*l));
}


/* The writer's account; writers come in order, but damage may bring new. */

static jny_account_t *
jny_ledger_account(jny_ledger_t *l, uint64_t writer)
{
    uint32_t        lo, hi, mid;
    jny_account_t  *grown, *a;

    lo = 0;
    hi = l->n;

    while (lo < hi) {
        mid = lo + (hi - lo) / 2;

        if (l->accounts[mid].writer < writer) {
            lo = mid + 1;

        } else {
            hi = mid;
        }
    }

    if (lo < l->n && l->accounts[lo].writer == writer) {
        return &l->accounts[lo];
    }

    if (l->n == l->cap) {
        grown = reallocarray(l->accounts, l->cap * 2 + 16, sizeof(*grown));

        if (grown == NULL) {
            return NULL;
        }

        l->accounts = grown;
        l->cap = l->cap * 2 + 16;
    }

    a = &l->accounts[lo];
    memmove(a + 1, a, (l->n - lo) * sizeof(*a));
    l->n++;

    memset(a, 0, sizeof(*a));
    a->writer = writer;

    return a;
}


/*
 * Blocks, or stretches of them, of one writer; they come in any order, for a
 * segment holds stretches of many writers.
 */
static int
jny_ledger_stretch(jny_ledger_t *l, const jny_source_t *s)
{
    int             first;
    jny_account_t  *a;

    a = jny_ledger_account(l, s->writer);

    if (a == NULL) {
        return JNY_ENOMEM;
    }

    first = a->blocks == 0;

    if (first || s->first_seq < a->first_seq) {
        a->first_seq = s->first_seq;
        a->first_base = s->base;
        a->first_dropped = s->first_seq == 0 ? 0 : s->dropped_first;
        snprintf(a->edge, sizeof(a->edge), "%.*s", (int) s->edge.len,
                 (const char *) s->edge.data);
    }

    if (first || s->last_seq > a->last_seq) {
        a->last_seq = s->last_seq;
        a->last_dropped = s->dropped;
        a->end = s->base + s->events + s->erased;
    }

    a->blocks += s->last_seq - s->first_seq + 1;
    a->erased += s->erased;
    a->final |= (s->flags & JNY_BLOCK_FINAL) != 0;

    return JNY_OK;
}


/*
 * What a segment's blocks should hold counts as damaged until a row of it is
 * read: whatever happened to them, that much is gone.
 */
static int
jny_ledger_segment(jny_ledger_t *l, const jny_block_ref_t *ref,
    const jny_block_t *blk)
{
    int                  rc;
    uint64_t            *writers;
    jny_account_t       *a;
    const jny_source_t  *s;

    if (l->nsegments == 0
        || l->segments[l->nsegments - 1] != ref->header.writer)
    {
        writers = reallocarray(l->segments, l->nsegments + 1,
                               sizeof(*writers));
        if (writers == NULL) {
            return JNY_ENOMEM;
        }

        l->segments = writers;
        l->segments[l->nsegments++] = ref->header.writer;

        for (uint32_t i = 0; i < blk->nsources; i++) {
            s = &blk->sources[i];
            rc = jny_ledger_stretch(l, s);

            if (rc != JNY_OK) {
                return rc;
            }

            jny_ledger_account(l, s->writer)->damaged += s->events;
        }
    }

    for (uint32_t i = 0; i < blk->nevents && blk->nsources > 0; i++) {
        s = &blk->sources[jny_column_at(&blk->number[JNY_NUMBER_ORIGIN], i)];
        a = jny_ledger_account(l, s->writer);

        if (a == NULL) {
            return JNY_ENOMEM;
        }

        a->read++;
        a->damaged -= a->damaged > 0;
    }

    return JNY_OK;
}


int
jny_ledger_block(jny_ledger_t *l, const jny_block_ref_t *ref,
    const jny_block_t *blk)
{
    int                  rc;
    jny_source_t         s;
    jny_account_t       *a;
    const jny_header_t  *h;

    h = &ref->header;

    if (h->flags & JNY_BLOCK_SORTED) {
        return jny_ledger_segment(l, ref, blk);
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
    s.edge = blk->edge;

    rc = jny_ledger_stretch(l, &s);

    if (rc != JNY_OK) {
        return rc;
    }

    a = jny_ledger_account(l, h->writer);
    a->read += blk->nevents;

    return JNY_OK;
}


int
jny_ledger_spool(jny_ledger_t *l, const jny_pending_t *p)
{
    uint64_t        written;
    jny_account_t  *a;

    a = jny_ledger_account(l, p->state.writer);

    if (a == NULL) {
        return JNY_ENOMEM;
    }

    if (a->blocks == 0) {
        a->first_seq = p->state.seq;
        a->last_seq = p->state.seq;
        a->first_base = p->state.base;
        a->first_dropped = p->state.seq == 0 ? 0 : p->state.dropped;
        a->end = p->state.base;
        snprintf(a->edge, sizeof(a->edge), "%s", p->edge);
    }

    a->spooled = 1;

    /* the writer, or the reader, may be between a block and its release */

    written = a->end > p->state.base ? a->end - p->state.base : 0;

    if (written > p->state.rows) {
        return JNY_OK;
    }

    a->missing += p->state.base > a->end ? p->state.base - a->end : 0;
    a->pending += p->rows > written ? p->rows - written : 0;
    a->damaged += p->state.rows - p->rows;
    a->end = p->state.base + p->state.rows;

    if (p->state.dropped > a->last_dropped) {
        a->last_dropped = p->state.dropped;
    }

    return JNY_OK;
}


/*
 * A damaged block stretches the span where it stands before the first or
 * behind the last that decodes; between them, the headers count it already.
 */

static void
jny_account_damaged(jny_account_t *a, const jny_damage_t *d)
{
    a->damaged_blocks++;

    if (!d->events_known) {
        a->unknown++;
        return;
    }

    a->damaged += d->events;

    if (a->blocks == 0 || d->seq < a->first_seq || d->seq > a->last_seq) {
        a->accepted += d->events;
    }
}


static int
jny_ledger_damage(jny_ledger_t *l, const jny_input_t *in,
    const jny_damage_t *d)
{
    jny_account_t  *a;

    if (d->writer == 0) {
        if (d->kind != JNY_DAMAGE_TORN) {
            l->unattributed++;
        }

        return JNY_OK;
    }

    if (jny_input_is_segment(in, d->writer)) {
        l->segment_damage += d->kind == JNY_DAMAGE_HEADER
                             || d->kind == JNY_DAMAGE_PAYLOAD;
        return JNY_OK;
    }

    a = jny_ledger_account(l, d->writer);

    if (a == NULL) {
        return JNY_ENOMEM;
    }

    switch (d->kind) {

    case JNY_DAMAGE_HEADER:
    case JNY_DAMAGE_PAYLOAD:
        jny_account_damaged(a, d);
        break;

    case JNY_DAMAGE_TORN:
        a->torn += d->events;
        break;

    case JNY_DAMAGE_GAP:
        a->gaps++;
        a->missing += d->events;
        a->unknown += !d->events_known;
        break;

    case JNY_DAMAGE_CONFLICT:
    case JNY_DAMAGE_FOREIGN:
        break;
    }

    return JNY_OK;
}


static void
jny_account_balance(jny_account_t *a)
{
    uint64_t  known;

    if (a->blocks > 0 || a->spooled) {
        a->accepted += a->end - a->first_base;
        a->dropped = a->last_dropped - a->first_dropped;
        a->accepted += a->dropped;
    }

    known = a->read + a->erased + a->dropped + a->damaged + a->missing
            + a->pending;
    a->balanced = known == a->accepted && a->unknown == 0;
}


int
jny_ledger_close(jny_ledger_t *l, const jny_input_t *in)
{
    uint32_t             n;
    const jny_damage_t  *d;

    d = jny_input_damage(in, &n);

    for (uint32_t i = 0; i < n; i++) {
        if (jny_ledger_damage(l, in, &d[i]) != JNY_OK) {
            return JNY_ENOMEM;
        }
    }

    for (uint32_t i = 0; i < l->n; i++) {
        jny_account_balance(&l->accounts[i]);
    }

    return JNY_OK;
}


int
jny_ledger_balanced(const jny_ledger_t *l)
{
    for (uint32_t i = 0; i < l->n; i++) {
        if (!l->accounts[i].balanced) {
            return 0;
        }
    }

    return l->unattributed == 0;
}


void
jny_ledger_total(const jny_ledger_t *l, jny_account_t *total)
{
    const jny_account_t  *a;

    memset(total, 0, sizeof(*total));

    for (uint32_t i = 0; i < l->n; i++) {
        a = &l->accounts[i];

        total->blocks += a->blocks;
        total->accepted += a->accepted;
        total->read += a->read;
        total->erased += a->erased;
        total->dropped += a->dropped;
        total->damaged += a->damaged;
        total->damaged_blocks += a->damaged_blocks;
        total->unknown += a->unknown;
        total->missing += a->missing;
        total->gaps += a->gaps;
        total->pending += a->pending;
        total->torn += a->torn;
    }

    total->damaged_blocks += l->segment_damage;
    total->balanced = jny_ledger_balanced(l);
}


void
jny_ledger_summary(const jny_ledger_t *l, const jny_input_t *in,
    jny_input_summary_t *sum)
{
    jny_account_t  total;

    memset(sum, 0, sizeof(*sum));
    jny_ledger_total(l, &total);

    sum->files = jny_input_files(in);
    sum->blocks = total.blocks;
    sum->events = total.read;
    sum->damaged_blocks = total.damaged_blocks + l->unattributed;
    sum->lost_events = total.damaged + total.missing;
    sum->lost_unknown = total.unknown + l->unattributed;
    sum->dropped_events = total.dropped;
    sum->gaps = total.gaps;
    sum->duplicate_blocks = jny_input_duplicates(in);
}
