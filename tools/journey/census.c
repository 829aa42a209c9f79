/*
 * census.c - one pass over decoded blocks.  Memory grows with distinct
 * visitors and distinct agents, not with events.
 */

#include "census.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/buf.h"
#include "engine/bots.h"


int
jny_textset_init(jny_textset_t *set)
{
    set->interner = jny_interner_new();
    return set->interner ? JNY_OK : JNY_ENOMEM;
}


void
jny_textset_release(jny_textset_t *set)
{
    jny_interner_free(set->interner);
    free(set->counts);
}


int
jny_textset_add(jny_textset_t *set, const void *data, size_t len, uint64_t n)
{
    uint32_t     id, cap;
    uint64_t    *counts;
    jny_bytes_t  text;

    text.data = data;
    text.len = len;

    if (jny_interner_add(set->interner, &text, 1, &id) != 0) {
        return JNY_ENOMEM;
    }

    if (id >= set->cap) {
        cap = 2 * id + 64;
        counts = reallocarray(set->counts, cap, sizeof(*counts));

        if (counts == NULL) {
            return JNY_ENOMEM;
        }

        memset(counts + set->cap, 0, (cap - set->cap) * sizeof(*counts));
        set->counts = counts;
        set->cap = cap;
    }

    set->counts[id] += n;
    return JNY_OK;
}


static int
jny_textset_cmp(const void *x, const void *y, void *ctx)
{
    int                   order;
    size_t                n;
    uint32_t              a, b;
    jny_bytes_t           s, t;
    const jny_textset_t  *set;

    a = *(const uint32_t *) x;
    b = *(const uint32_t *) y;
    set = ctx;

    if (set->counts[a] != set->counts[b]) {
        return set->counts[a] > set->counts[b] ? -1 : 1;
    }

    s = jny_interner_get(set->interner, a);
    t = jny_interner_get(set->interner, b);
    n = s.len < t.len ? s.len : t.len;
    order = n > 0 ? memcmp(s.data, t.data, n) : 0;

    return order ? order : (s.len > t.len) - (s.len < t.len);
}


uint32_t *
jny_textset_order(const jny_textset_t *set, uint32_t *n)
{
    uint32_t   count, *ids;

    count = jny_interner_count(set->interner);
    ids = calloc(count, sizeof(*ids));
    *n = 0;

    if (ids == NULL) {
        return NULL;
    }

    for (uint32_t i = 0; i < count && i < set->cap; i++) {
        if (set->counts[i] > 0) {
            ids[(*n)++] = i;
        }
    }

    qsort_r(ids, *n, sizeof(*ids), jny_textset_cmp, (void *) set);
    return ids;
}


int
jny_census_init(jny_census_t *c)
{
    memset(c, 0, sizeof(*c));

    if (jny_textset_init(&c->agents) != JNY_OK
        || jny_textset_init(&c->stage_lists) != JNY_OK
        || jny_textset_init(&c->edges) != JNY_OK
        || (c->seen = jny_bots_new()) == NULL)
    {
        return JNY_ENOMEM;
    }

    return JNY_OK;
}


void
jny_census_release(jny_census_t *c)
{
    jny_textset_release(&c->agents);
    jny_textset_release(&c->stage_lists);
    jny_textset_release(&c->edges);
    jny_idset_release(&c->visitors);
    jny_bots_free(c->seen);
    free(c->rows_of_id);
    memset(c, 0, sizeof(*c));
}


/* Sums up a part under its name; parts beyond the last share it. */

static void
jny_census_part(jny_census_t *c, const char *prefix, jny_slice_t name,
    uint64_t raw)
{
    char      text[sizeof(c->parts[0].name)];
    unsigned  i;

    if (raw == 0) {
        return;
    }

    snprintf(text, sizeof(text), "%s%.*s", prefix, (int) name.len,
             (const char *) name.data);

    for (i = 0; i < c->nparts; i++) {
        if (strcmp(c->parts[i].name, text) == 0) {
            break;
        }
    }

    if (i == JNY_CENSUS_PARTS) {
        i--;
        snprintf(c->parts[i].name, sizeof(c->parts[i].name), "(others)");

    } else if (i == c->nparts) {
        c->nparts++;
        snprintf(c->parts[i].name, sizeof(c->parts[i].name), "%s", text);
    }

    c->parts[i].raw += raw;
    c->parts[i].blocks++;
}


static jny_slice_t
jny_census_name(const char *s)
{
    jny_slice_t  name;

    name.data = (const uint8_t *) s;
    name.len = strlen(s);

    return name;
}


/* Text bytes; what msgpack puts before each is left to the rest. */

static uint64_t
jny_census_dict(const jny_dict_t *d)
{
    uint64_t  sum;

    sum = 0;

    for (uint32_t i = 0; i < d->n; i++) {
        sum += d->entries[i].len;
    }

    return sum;
}


static void
jny_census_parts(jny_census_t *c, const jny_block_t *blk)
{
    uint64_t     n;
    jny_slice_t  name;

    n = blk->nevents;

    for (unsigned i = 0; i < JNY_NUMBER_COUNT; i++) {
        jny_census_part(c, "", jny_census_name(jny_number_names[i]),
                        n * blk->number[i].width);
    }

    for (unsigned i = 0; i < JNY_TEXT_COUNT; i++) {
        name = jny_census_name(jny_text_names[i]);
        jny_census_part(c, "", name, n * blk->text[i].width);
        jny_census_part(c, "dict.", name, jny_census_dict(&blk->dict[i]));
    }

    for (unsigned i = 0; i < blk->nfields; i++) {
        name = blk->field_names[i];
        jny_census_part(c, "x_", name, n * blk->fields[i].width);
        jny_census_part(c, "dict.x_", name,
                        jny_census_dict(&blk->field_dicts[i]));
    }

    jny_census_part(c, "", jny_census_name("ids"),
                    (uint64_t) blk->nids * blk->ids.width);
    jny_census_part(c, "", jny_census_name("agents"),
                    (uint64_t) blk->nids * blk->agent_of_id.width);
    jny_census_part(c, "", jny_census_name("dict.agent"),
                    jny_census_dict(&blk->agents));
    jny_census_part(c, "", jny_census_name("logins"),
                    (uint64_t) blk->nlogins * blk->logins.width);
}


/* Time, status, money and flags of each row. */

static void
jny_census_rows(jny_census_t *c, const jny_block_t *blk)
{
    int64_t   time_ms, value;
    uint64_t  flags;

    time_ms = blk->t0_ms;

    for (uint32_t i = 0; i < blk->nevents; i++) {
        time_ms = jny_time_after(time_ms,
                                 jny_column_at(&blk->number[JNY_NUMBER_TIME],
                                               i));

        if (c->events == 0 && i == 0) {
            c->first_ms = time_ms;
            c->last_ms = time_ms;
        }

        c->first_ms = time_ms < c->first_ms ? time_ms : c->first_ms;
        c->last_ms = time_ms > c->last_ms ? time_ms : c->last_ms;

        flags = jny_column_at(&blk->number[JNY_NUMBER_FLAGS], i);
        c->speculative += (flags & JNY_ROW_SPECULATIVE) != 0;
        c->internal += (flags & JNY_ROW_INTERNAL) != 0;
        c->beacons += (flags & JNY_ROW_BEACON) != 0;

        c->failed += jny_column_at(&blk->number[JNY_NUMBER_STATUS], i) >= 400;

        value = jny_unzigzag(jny_column_at(&blk->number[JNY_NUMBER_VALUE], i));
        c->sales += value > 0;
        c->refunds += value < 0;
    }

    c->events += blk->nevents;
}


/* Rows point at ids, ids at visitors and agents. */

static int
jny_census_ids(jny_census_t *c, const jny_block_t *blk)
{
    uint64_t     id, rows, *grown;
    jny_slice_t  agent;

    if (blk->nids > c->rows_cap) {
        grown = reallocarray(c->rows_of_id, blk->nids, sizeof(*grown));

        if (grown == NULL) {
            return JNY_ENOMEM;
        }

        c->rows_of_id = grown;
        c->rows_cap = blk->nids;
    }

    if (blk->nids == 0) {
        return JNY_OK;
    }

    memset(c->rows_of_id, 0, blk->nids * sizeof(*c->rows_of_id));

    for (uint32_t i = 0; i < blk->nevents; i++) {
        id = jny_column_at(&blk->number[JNY_NUMBER_VISITOR], i);
        c->rows_of_id[id]++;
    }

    for (uint32_t i = 0; i < blk->nids; i++) {
        rows = c->rows_of_id[i];

        if (rows == 0) {
            continue;
        }

        id = jny_column_at(&blk->ids, i);
        agent = blk->agents.entries[jny_column_at(&blk->agent_of_id, i)];

        c->unknown_visitor += id == 0 ? rows : 0;
        c->bots += jny_bots_seen(c->seen, agent) ? rows : 0;

        if ((id != 0 && jny_idset_add(&c->visitors, id) != 0)
            || (agent.len > 0
                && jny_textset_add(&c->agents, agent.data, agent.len, rows)
                       != JNY_OK))
        {
            return JNY_ENOMEM;
        }
    }

    return JNY_OK;
}


static int
jny_census_lists(jny_census_t *c, const jny_block_t *blk)
{
    int        rc;
    jny_buf_t  list;

    jny_buf_init(&list);

    for (uint32_t i = 0; i < blk->stages.n; i++) {
        if (i > 0) {
            jny_buf_char(&list, '\0');
        }

        jny_buf_add(&list, blk->stages.entries[i].data,
                    blk->stages.entries[i].len);
    }

    rc = list.failed ? JNY_ENOMEM
                     : jny_textset_add(&c->stage_lists, list.data, list.len, 1);

    jny_buf_release(&list);

    if (rc != JNY_OK) {
        return rc;
    }

    return jny_textset_add(&c->edges, blk->edge.data, blk->edge.len, 1);
}


int
jny_census_block(jny_census_t *c, const jny_block_ref_t *ref,
    const jny_block_t *blk)
{
    c->blocks++;
    c->raw += ref->header.payload_len;

    if (ref->member.data != NULL) {
        c->disk += ref->member.len;
        c->disk_events += blk->nevents;
    }

    jny_census_parts(c, blk);
    jny_census_rows(c, blk);

    if (jny_census_ids(c, blk) != JNY_OK) {
        return JNY_ENOMEM;
    }

    return jny_census_lists(c, blk);
}


void
jny_census_summary(const jny_census_t *c, jny_input_summary_t *sum)
{
    sum->visitors = c->visitors.n;
    sum->from_ms = c->first_ms;
    sum->to_ms = c->last_ms;
    sum->bots = c->bots;
    sum->speculative = c->speculative;
    sum->internal = c->internal;
    sum->unknown_visitor_events = c->unknown_visitor;
}


jny_slice_t
jny_textset_text(const jny_textset_t *set, uint32_t id)
{
    jny_bytes_t  bytes;
    jny_slice_t  text;

    bytes = jny_interner_get(set->interner, id);
    text.data = bytes.data;
    text.len = bytes.len;

    return text;
}
