/*
 * scan_rows.c - a block's columns to what the scatter needs of each row, a
 * column at a time.
 */

#include "engine/scan.h"

#include <string.h>

#include "engine/columns.h"


/* The block's visitors, and who of them is left out. */
static int
jny_scan_visitors(jny_scan_thread_t *t)
{
    uint32_t            i;
    const jny_block_t  *blk;

    blk = &t->blk;

    if (jny_scan_room(&t->ids, &t->ids_cap, blk->nids, sizeof(*t->ids))
            != JNY_OK
        || jny_scan_room(&t->id_why, &t->id_why_cap, blk->nids, 1) != JNY_OK
        || jny_scan_room(&t->agent_bots, &t->agent_bots_cap, blk->agents.n, 1)
               != JNY_OK)
    {
        return JNY_ENOMEM;
    }

    jny_columns_u64(&blk->ids, blk->nids, t->ids);

    for (i = 0; i < blk->nids; i++) {
        t->id_why[i] = t->ids[i] == 0 ? JNY_ROW_UNKNOWN : 0;
    }

    if (blk->agent_of_id.width == 0) {
        return JNY_OK;
    }

    for (i = 0; i < blk->agents.n; i++) {
        t->agent_bots[i] =
            jny_bots_seen(t->seen, blk->agents.entries[i]) ? JNY_ROW_BOT : 0;
    }

    for (i = 0; i < blk->nids; i++) {
        t->id_why[i] |= t->agent_bots[jny_column_at(&blk->agent_of_id, i)];
    }

    return JNY_OK;
}


static int
jny_scan_stages(const jny_scan_t *scan, jny_scan_thread_t *t)
{
    int                 differs;
    uint32_t            i, n, k, *index;
    uint8_t            *of_entry, *stage;
    const jny_dict_t   *dict, *own;
    const jny_block_t  *blk;

    blk = &t->blk;
    own = &blk->stages;
    dict = &blk->dict[JNY_TEXT_STAGE];
    n = blk->nevents;

    differs = own->n != scan->nstages;

    for (i = 0; !differs && i < own->n; i++) {
        differs = !jny_slice_same(own->entries[i], scan->stages[i]);
    }

    t->sums.other_stage_lists += differs && own->n > 0;

    if (blk->text[JNY_TEXT_STAGE].width == 0) {
        memset(t->stage, 0, n);
        return JNY_OK;
    }

    if (jny_scan_room(&t->stage_map, &t->stage_map_cap, dict->n, 1) != JNY_OK) {
        return JNY_ENOMEM;
    }

    of_entry = t->stage_map;
    memset(of_entry, 0, dict->n);

    for (i = 1; i < dict->n; i++) {
        for (k = 0; k < scan->nstages; k++) {
            if (jny_slice_same(dict->entries[i], scan->stages[k])) {
                of_entry[i] = (uint8_t) (k + 1);
                break;
            }
        }
    }

    index = t->visitor;
    stage = t->stage;
    jny_columns_u32(&blk->text[JNY_TEXT_STAGE], n, index);

    for (i = 0; i < n; i++) {
        stage[i] = of_entry[index[i]];
    }

    return JNY_OK;
}


/* What few rows have: flags, and a status that is a failure. */
static void
jny_scan_rare(jny_scan_thread_t *t, uint32_t i)
{
    uint16_t  row;

    row = t->row_flags[i];

    if (row & JNY_ROW_BEACON) {
        t->flags[i] |= JNY_EVENT_BEACON;
    }

    if (row & JNY_ROW_INTERNAL) {
        t->why[i] |= JNY_ROW_STAFF;
    }

    if (row & JNY_ROW_SPECULATIVE) {
        t->why[i] |= JNY_ROW_AHEAD;
    }

    if (t->status[i] >= 400) {
        t->flags[i] |= JNY_EVENT_FAILED;
        t->stage[i] = 0;
    }
}


/* Before the start and within the lookback a row is context. */
static void
jny_scan_outside(const jny_scan_t *scan, jny_scan_thread_t *t, uint32_t i)
{
    if (t->time_ms[i] >= scan->context_ms
        && t->time_ms[i] < scan->plan->start_ms)
    {
        t->why[i] |= JNY_ROW_CONTEXT;
        t->flags[i] |= JNY_SCATTERED_CONTEXT;

    } else {
        t->why[i] |= JNY_ROW_OUTSIDE;
    }
}


/* From and to of all rows; those outside are marked, if there are any. */
static void
jny_scan_period(const jny_scan_t *scan, jny_scan_thread_t *t)
{
    int64_t   from_ms, start_ms, end_ms, to_ms;
    uint32_t  i, n;

    n = t->blk.nevents;
    from_ms = t->time_ms[0];
    to_ms = t->time_ms[n - 1];

    for (i = 0; !t->ordered && i < n; i++) {
        from_ms = t->time_ms[i] < from_ms ? t->time_ms[i] : from_ms;
        to_ms = t->time_ms[i] > to_ms ? t->time_ms[i] : to_ms;
    }

    start_ms = scan->plan->start_ms;
    end_ms = scan->plan->end_ms;
    t->partial = from_ms < start_ms || to_ms >= end_ms;

    if (t->partial) {
        from_ms = INT64_MAX;
        to_ms = INT64_MIN;

        for (i = 0; i < n; i++) {
            if (t->time_ms[i] < start_ms || t->time_ms[i] >= end_ms) {
                jny_scan_outside(scan, t, i);
                continue;
            }

            from_ms = t->time_ms[i] < from_ms ? t->time_ms[i] : from_ms;
            to_ms = t->time_ms[i] > to_ms ? t->time_ms[i] : to_ms;
        }
    }

    t->sums.from_ms = from_ms < t->sums.from_ms ? from_ms : t->sums.from_ms;
    t->sums.to_ms = to_ms > t->sums.to_ms ? to_ms : t->sums.to_ms;
}


/* Event flags and reasons, from status, flags, time and visitor. */
static void
jny_scan_flags(const jny_scan_t *scan, jny_scan_thread_t *t)
{
    uint8_t         *why;
    uint32_t         i, n;
    uint16_t        *flags;
    const uint8_t   *id_why;
    const uint16_t  *row_flags, *status;
    const uint32_t  *visitor;

    n = t->blk.nevents;
    why = t->why;
    flags = t->flags;
    status = t->status;
    row_flags = t->row_flags;
    id_why = t->id_why;
    visitor = t->visitor;

    for (i = 0; i < n; i++) {
        flags[i] = row_flags[i] & JNY_ROW_COOKIE_RETURNED
                       ? JNY_EVENT_RETURNED : 0;
    }

    for (i = 0; i < n; i++) {
        why[i] = id_why[visitor[i]];
    }

    for (i = 0; i < n; i++) {
        if (status[i] >= 400
            || (row_flags[i] & (JNY_ROW_BEACON | JNY_ROW_INTERNAL
                                | JNY_ROW_SPECULATIVE)))
        {
            jny_scan_rare(t, i);
        }
    }

    jny_scan_period(scan, t);
}


/* Requests for /robots.txt; few blocks have any. */
static void
jny_scan_robots(jny_scan_thread_t *t)
{
    uint32_t            i, robots;
    jny_slice_t         name;
    const jny_dict_t   *dict;
    const jny_block_t  *blk;

    blk = &t->blk;
    dict = &blk->dict[JNY_TEXT_PAGE];
    name.data = (const uint8_t *) "/robots.txt";
    name.len = strlen("/robots.txt");

    for (robots = 1; robots < dict->n; robots++) {
        if (jny_slice_same(dict->entries[robots], name)) {
            break;
        }
    }

    for (i = 0; robots < dict->n && i < blk->nevents; i++) {
        if (jny_column_at(&blk->text[JNY_TEXT_PAGE], i) == robots) {
            t->flags[i] |= JNY_EVENT_ROBOTS;
        }
    }
}


/* The logins of a block's rows; who has one is known, cookie or not. */
static void
jny_scan_logins(const jny_scan_t *scan, jny_scan_thread_t *t)
{
    uint32_t             i, n;
    const jny_block_t   *blk;
    const jny_column_t  *c;

    blk = &t->blk;
    c = &blk->number[JNY_NUMBER_LOGIN];
    n = blk->nevents;
    t->logs_in = c->width != 0 && !scan->plan->no_merge;

    if (!t->logs_in) {
        return;
    }

    t->logins = 1;
    jny_columns_u64(c, n, t->login);

    for (i = 0; i < n; i++) {
        if (blk->nlogins > 0) {
            t->login[i] = jny_column_at(&blk->logins, (uint32_t) t->login[i]);
        }

        if (t->login[i] != 0) {
            t->why[i] &= (uint8_t) ~JNY_ROW_UNKNOWN;
        }
    }
}


/* What the selectors say of the rows. */
static int
jny_scan_words(const jny_scan_t *scan, jny_scan_thread_t *t)
{
    unsigned           k, n;
    const jny_plan_t  *plan;
    jny_select_bit_t   sels[3 + JNY_MAX_STEPS];

    if (!scan->selects) {
        return JNY_OK;
    }

    plan = scan->plan;
    memset(t->words, 0, t->blk.nevents * sizeof(*t->words));

    n = 0;

    if (plan->goal != NULL) {
        sels[n++] = (jny_select_bit_t) { plan->goal, JNY_WORD_GOAL };
    }

    if (plan->where != NULL) {
        sels[n++] = (jny_select_bit_t) { plan->where, JNY_WORD_WHERE };
    }

    if (plan->visitors != NULL) {
        sels[n++] = (jny_select_bit_t) { plan->visitors, JNY_WORD_VISITORS };
    }

    for (k = 0; k < plan->nsteps; k++) {
        sels[n++] = (jny_select_bit_t) { plan->steps[k], JNY_WORD_STEP << k };
    }

    return jny_selectors_match(sels, n, t->matcher, &t->blk, scan->stages,
                               scan->nstages, t->words);
}


int
jny_scan_rows(const jny_scan_t *scan, jny_scan_thread_t *t)
{
    uint32_t            n;
    const jny_block_t  *blk;

    blk = &t->blk;
    n = blk->nevents;

    if (jny_scan_visitors(t) != JNY_OK || jny_scan_stages(scan, t) != JNY_OK) {
        return JNY_ENOMEM;
    }

    t->ordered = jny_columns_time(&blk->number[JNY_NUMBER_TIME], n, blk->t0_ms,
                                  t->time_ms) != 0;
    jny_columns_u32(&blk->number[JNY_NUMBER_VISITOR], n, t->visitor);
    jny_columns_u16(&blk->number[JNY_NUMBER_STATUS], n, t->status);
    jny_columns_u16(&blk->number[JNY_NUMBER_FLAGS], n, t->row_flags);

    jny_scan_flags(scan, t);
    jny_scan_robots(t);
    jny_scan_logins(scan, t);

    return jny_scan_words(scan, t);
}
