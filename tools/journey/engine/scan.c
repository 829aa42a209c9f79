/*
 * scan.c - the part of a run that touches every byte: a thread takes a block,
 * inflates and decodes it (input.h), lays its rows open (scan_rows.c), adds
 * ids where the plan needs them (scan_detail.c, scan_by.c), and scatters the
 * rows that count.
 */

#include "engine/scan.h"

#include <stdatomic.h>
#include <stdlib.h>
#include <string.h>

#include "base/pool.h"
#include "engine/heap.h"


int
jny_scan_room(void *array, size_t *cap, size_t n, size_t size)
{
    size_t  want;
    void   *old, *grown;

    if (n <= *cap && *cap > 0) {
        return JNY_OK;
    }

    want = n + n / 4 + 16;

    grown = malloc(want * size);
    if (grown == NULL) {
        return JNY_ENOMEM;
    }

    /* By memcpy: array points at a pointer of any type. */
    memcpy(&old, array, sizeof(old));
    free(old);
    memcpy(array, &grown, sizeof(grown));
    *cap = want;

    return JNY_OK;
}


static int
jny_scan_thread_init(jny_scan_thread_t *t)
{
    jny_block_init(&t->blk, &jny_heap);

    t->inf = jny_inflater_new();
    t->matcher = jny_matcher_new();
    t->from_ms = INT64_MAX;
    t->to_ms = INT64_MIN;
    t->sums.from_ms = INT64_MAX;
    t->sums.to_ms = INT64_MIN;

    return t->inf != NULL && t->matcher != NULL ? JNY_OK : JNY_ENOMEM;
}


static void
jny_scan_thread_release(jny_scan_thread_t *t)
{
    unsigned  m;

    jny_block_release(&t->blk);
    jny_inflater_free(t->inf);
    jny_matcher_free(t->matcher);
    jny_names_scratch_release(&t->scratch);

    for (m = 0; m < JNY_MAP_COUNT; m++) {
        free(t->maps[m].ids);
        free(t->maps[m].index);
    }

    free(t->by_map.ids);
    free(t->time_ms);
    free(t->visitor);
    free(t->status);
    free(t->row_flags);
    free(t->flags);
    free(t->stage);
    free(t->why);
    free(t->words);
    free(t->order);
    free(t->latency_ms);
    free(t->money);
    free(t->by);
    free(t->kept);
    free(t->ids);
    free(t->bots);
    free(t->stage_map);
    free(t->agent_bots);
    free(t->clicks);
    free(t->order_ids);
    free(t->bot_ids);
}


int
jny_scan_init(jny_scan_t *scan)
{
    unsigned  i;

    scan->threads = calloc(scan->plan->threads, sizeof(*scan->threads));
    if (scan->threads == NULL) {
        return JNY_ENOMEM;
    }

    for (i = 0; i < scan->plan->threads; i++) {
        if (jny_scan_thread_init(&scan->threads[i]) != JNY_OK) {
            return JNY_ENOMEM;
        }
    }

    return JNY_OK;
}


void
jny_scan_release(jny_scan_t *scan)
{
    unsigned  i;

    for (i = 0; scan->threads != NULL && i < scan->plan->threads; i++) {
        jny_scan_thread_release(&scan->threads[i]);
    }

    free(scan->threads);
    scan->threads = NULL;
}


/* Arrays of all rows grow together, to the largest block seen. */
static int
jny_scan_reserve(jny_scan_thread_t *t, uint32_t n)
{
    unsigned  i;
    size_t    cap;

    const struct {
        void   *array;
        size_t  size;
    } arrays[] = {
        { &t->time_ms, sizeof(*t->time_ms) },
        { &t->visitor, sizeof(*t->visitor) },
        { &t->status, sizeof(*t->status) },
        { &t->row_flags, sizeof(*t->row_flags) },
        { &t->flags, sizeof(*t->flags) },
        { &t->stage, sizeof(*t->stage) },
        { &t->why, sizeof(*t->why) },
        { &t->words, sizeof(*t->words) },
        { &t->order, sizeof(*t->order) },
        { &t->latency_ms, sizeof(*t->latency_ms) },
        { &t->money, sizeof(*t->money) },
        { &t->by, sizeof(*t->by) },
        { &t->kept, sizeof(*t->kept) },
    };

    if (n <= t->rows_cap) {
        return JNY_OK;
    }

    for (i = 0; i < sizeof(arrays) / sizeof(arrays[0]); i++) {
        cap = 0;

        if (jny_scan_room(arrays[i].array, &cap, n, arrays[i].size) != JNY_OK)
        {
            return JNY_ENOMEM;
        }
    }

    t->rows_cap = n;

    return JNY_OK;
}


static int
jny_scan_u64_order(const void *a, const void *b)
{
    uint64_t  x, y;

    x = *(const uint64_t *) a;
    y = *(const uint64_t *) b;

    return (x > y) - (x < y);
}


static size_t
jny_scan_distinct(uint64_t *ids, size_t n)
{
    size_t  i, k;

    if (n == 0) {
        return 0;
    }

    qsort(ids, n, sizeof(*ids), jny_scan_u64_order);

    for (i = 1, k = 1; i < n; i++) {
        if (ids[i] != ids[i - 1]) {
            ids[k++] = ids[i];
        }
    }

    return k;
}


/* Remembers the block's bots; repeats are removed before the list grows. */
static int
jny_scan_bot_ids(jny_scan_thread_t *t)
{
    size_t     cap;
    uint32_t   i;
    uint64_t  *ids;

    for (i = 1; i < t->blk.nids; i++) {

        if (!t->bots[i]) {
            continue;
        }

        if (t->nbot_ids == t->bot_ids_cap) {
            t->nbot_ids = jny_scan_distinct(t->bot_ids, t->nbot_ids);
        }

        if (t->nbot_ids >= t->bot_ids_cap / 2 + t->bot_ids_cap / 4) {
            cap = t->bot_ids_cap * 2 + 1024;

            ids = realloc(t->bot_ids, cap * sizeof(*ids));
            if (ids == NULL) {
                return JNY_ENOMEM;
            }

            t->bot_ids = ids;
            t->bot_ids_cap = cap;
        }

        t->bot_ids[t->nbot_ids++] = t->ids[i];
    }

    return JNY_OK;
}


/* Whether a row with a reason is left out; counts it by reason. */
static int
jny_scan_left_out(const jny_scan_t *scan, jny_scan_thread_t *t, uint8_t why)
{
    if (why & JNY_ROW_OUTSIDE) {
        t->sums.events--;
        return 1;
    }

    if (why & JNY_ROW_BOT) {
        t->sums.bots++;

        if (scan->plan->bots == JNY_BOTS_EXCLUDE) {
            return 1;
        }

    } else if (scan->plan->bots == JNY_BOTS_ONLY) {
        return 1;
    }

    if (why & JNY_ROW_STAFF) {
        t->sums.internal++;
        return 1;
    }

    if (why & JNY_ROW_AHEAD) {
        t->sums.speculative++;
        return 1;
    }

    if (why & JNY_ROW_UNKNOWN) {
        t->sums.unknown_visitor_events++;
        return 1;
    }

    return 0;
}


/* The rows that count, in t->kept; returns how many. */
static uint32_t
jny_scan_keep(const jny_scan_t *scan, jny_scan_thread_t *t)
{
    int       all;
    uint32_t  i, k, n;

    n = t->blk.nevents;
    k = 0;

    t->sums.events += n;
    all = scan->plan->bots != JNY_BOTS_ONLY;

    for (i = 0; i < n; i++) {
        if ((all && t->why[i] == 0)
            || !jny_scan_left_out(scan, t, t->why[i]))
        {
            t->kept[k++] = i;
        }
    }

    return k;
}


/* Goal, --where and --visitors as far as the scan knows them. */
static uint16_t
jny_scan_event_flags(const jny_scan_t *scan, const jny_scan_thread_t *t,
                     uint32_t i, uint64_t word)
{
    uint16_t           flags;
    const jny_plan_t  *plan;

    plan = scan->plan;
    flags = t->flags[i];

    if (plan->goal != NULL ? (word & JNY_WORD_GOAL) != 0
                           : t->stage[i] != 0
                                 && t->stage[i] == scan->goal_stage)
    {
        flags |= JNY_EVENT_GOAL;
    }

    if (plan->where == NULL || (word & JNY_WORD_WHERE)) {
        flags |= JNY_EVENT_WHERE;
    }

    if (plan->visitors == NULL || (word & JNY_WORD_VISITORS)) {
        flags |= JNY_SCATTERED_VISITORS;
    }

    return flags;
}


/*
 * Rows go to a thousand places in turn: what a row will touch is fetched some
 * rows ahead, first the partition's cursor, then the line it points at.
 */
static inline void
jny_scan_prefetch(const jny_scan_t *scan, const jny_scan_thread_t *t,
    unsigned thread, uint32_t k, uint32_t nkept)
{
    uint64_t           p;
    jny_scattered_t  **next;

    next = scan->partitions->threads[thread].next;

    if (k + JNY_SCAN_AHEAD < nkept) {
        p = jny_partitions_of(scan->partitions,
            t->ids[t->visitor[t->kept[k + JNY_SCAN_AHEAD]]]);
        __builtin_prefetch(next[p], 1);
    }
}


static int
jny_scan_scatter(const jny_scan_t *scan, jny_scan_thread_t *t,
    unsigned thread, uint32_t block)
{
    uint32_t          i, k, n, money;
    uint64_t          word, visitor;
    jny_scattered_t  *e;

    n = jny_scan_keep(scan, t);

    for (k = 0; k < n; k++) {
        jny_scan_prefetch(scan, t, thread, k, n);

        i = t->kept[k];
        visitor = t->ids[t->visitor[i]];

        e = jny_partitions_add(scan->partitions, thread,
            jny_partitions_of(scan->partitions, visitor));

        if (e == NULL) {
            return JNY_ENOMEM;
        }

        word = scan->selects ? t->words[i] : 0;
        money = t->flags[i] & JNY_SCATTERED_MONEY ? t->money[i] : 0;

        e->visitor = visitor;
        e->time_ms = t->time_ms[i];
        e->ord = JNY_ORD(block, i, money);
        e->match = (uint32_t) word;
        e->flags = jny_scan_event_flags(scan, t, i, word);
        e->stage = t->stage[i];
        e->reserved = 0;

        t->from_ms = e->time_ms < t->from_ms ? e->time_ms : t->from_ms;
        t->to_ms = e->time_ms > t->to_ms ? e->time_ms : t->to_ms;

        if (scan->wide
            && jny_scan_detail(scan, t, i, jny_detail_of(e)) != JNY_OK)
        {
            return JNY_ENOMEM;
        }
    }

    return JNY_OK;
}


static int
jny_scan_decoded(const jny_scan_t *scan, jny_scan_thread_t *t, unsigned thread,
    uint32_t block)
{
    int  rc;

    rc = jny_scan_reserve(t, t->blk.nevents);

    if (rc == JNY_OK) {
        rc = jny_scan_rows(scan, t);
    }

    if (rc == JNY_OK) {
        rc = jny_scan_names(scan, t);
    }

    if (rc == JNY_OK) {
        rc = jny_scan_bot_ids(t);
    }

    if (rc == JNY_OK) {
        rc = jny_scan_money(scan, t, thread, block);
    }

    if (rc == JNY_OK) {
        rc = jny_scan_scatter(scan, t, thread, block);
    }

    return rc;
}


static int
jny_scan_block(void *ctx, unsigned thread, uint64_t item)
{
    int                     rc;
    jny_diag_t              diag;
    const jny_scan_t       *scan = ctx;
    jny_scan_thread_t      *t;
    const jny_block_ref_t  *ref;

    t = &scan->threads[thread];
    ref = &scan->refs[item];

    if (ref->header.nevents > 0
        && (ref->header.t_max_ms < scan->plan->start_ms
            || ref->header.t_min_ms >= scan->plan->end_ms))
    {
        return JNY_OK;
    }

    rc = jny_input_read(ref, t->inf, &t->blk, &diag);

    if (rc == JNY_ECRC || rc == JNY_EDATA) {
        return jny_input_damaged(scan->in, ref, diag.what);
    }

    if (rc == JNY_OK) {
        t->sums.blocks++;

        /* Only a writer's FINAL block may be empty. */
        if (ref->header.nevents > 0) {
            rc = jny_scan_decoded(scan, t, thread, (uint32_t) item);
        }
    }

    if (rc == JNY_OK && scan->plan->progress != NULL) {
        atomic_fetch_add(&scan->plan->progress->blocks, 1);
        atomic_fetch_add(&scan->plan->progress->events, ref->header.nevents);
    }

    return rc;
}


int
jny_scan_run(jny_scan_t *scan)
{
    return jny_pool_run(scan->plan->threads, scan->nrefs, jny_scan_block,
                        scan);
}


static void
jny_scan_sum_thread(const jny_scan_thread_t *t, jny_input_summary_t *sums)
{
    sums->blocks += t->sums.blocks;
    sums->events += t->sums.events;
    sums->bots += t->sums.bots;
    sums->speculative += t->sums.speculative;
    sums->internal += t->sums.internal;
    sums->unknown_visitor_events += t->sums.unknown_visitor_events;
    sums->other_stage_lists += t->sums.other_stage_lists;

    if (t->sums.from_ms < sums->from_ms) {
        sums->from_ms = t->sums.from_ms;
    }

    if (t->sums.to_ms > sums->to_ms) {
        sums->to_ms = t->sums.to_ms;
    }
}


static int
jny_scan_bot_visitors(const jny_scan_t *scan, uint64_t *n)
{
    size_t              all;
    unsigned            i;
    uint64_t           *ids;
    jny_scan_thread_t  *t;

    all = 0;

    for (i = 0; i < scan->plan->threads; i++) {
        all += scan->threads[i].nbot_ids;
    }

    ids = malloc((all + 1) * sizeof(*ids));
    if (ids == NULL) {
        return JNY_ENOMEM;
    }

    all = 0;

    for (i = 0; i < scan->plan->threads; i++) {
        t = &scan->threads[i];

        if (t->nbot_ids > 0) {
            memcpy(ids + all, t->bot_ids, t->nbot_ids * sizeof(*ids));
            all += t->nbot_ids;
        }
    }

    *n = jny_scan_distinct(ids, all);

    /* Unknown visitors are no visitors. */
    *n -= *n > 0 && ids[0] == 0;

    free(ids);

    return JNY_OK;
}


int
jny_scan_sum(jny_scan_t *scan, jny_input_summary_t *sums, int64_t *from_ms,
             int64_t *to_ms)
{
    unsigned                  i;
    const jny_scan_thread_t  *t;

    *from_ms = INT64_MAX;
    *to_ms = INT64_MIN;
    sums->from_ms = INT64_MAX;
    sums->to_ms = INT64_MIN;

    for (i = 0; i < scan->plan->threads; i++) {
        t = &scan->threads[i];
        jny_scan_sum_thread(t, sums);

        *from_ms = t->from_ms < *from_ms ? t->from_ms : *from_ms;
        *to_ms = t->to_ms > *to_ms ? t->to_ms : *to_ms;
    }

    if (*from_ms > *to_ms) {
        *from_ms = 0;
        *to_ms = 0;
    }

    if (sums->from_ms > sums->to_ms) {
        sums->from_ms = 0;
        sums->to_ms = 0;
    }

    return jny_scan_bot_visitors(scan, &sums->bot_visitors);
}
