/*
 * scan.c - the part of a run that touches every byte: a thread takes a block,
 * inflates and decodes it (input.h), lays its rows open (scan_rows.c), adds
 * ids where the plan needs them (scan_detail.c, scan_by.c), and lays out the
 * rows that count as strands, by visitor (scan_strands.c).
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
    t->seen = jny_bots_new();
    t->from_ms = INT64_MAX;
    t->to_ms = INT64_MIN;
    t->sums.from_ms = INT64_MAX;
    t->sums.to_ms = INT64_MIN;

    if (t->inf == NULL || t->matcher == NULL || t->seen == NULL) {
        return JNY_ENOMEM;
    }

    return JNY_OK;
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
    free(t->money_rows);
    free(t->latency_ms);
    free(t->by);
    free(t->login);
    free(t->kept);
    free(t->gathered);
    free(t->kind);
    free(t->kind_id);
    free(t->ends);
    free(t->ids);
    free(t->id_why);
    free(t->stage_map);
    free(t->agent_bots);
    free(t->clicks);
    free(t->rates_e9);
    jny_bots_free(t->seen);
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

    jny_scan_strands_init(scan);

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
        { &t->money_rows, sizeof(*t->money_rows) },
        { &t->latency_ms, sizeof(*t->latency_ms) },
        { &t->by, sizeof(*t->by) },
        { &t->login, sizeof(*t->login) },
        { &t->kept, sizeof(*t->kept) },
        { &t->gathered, sizeof(*t->gathered) },
        { &t->kind, sizeof(*t->kind) },
        { &t->kind_id, sizeof(*t->kind_id) },
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


/* Whether a row of the lookback would not count in the period either. */
static int
jny_scan_no_context(const jny_scan_t *scan, uint8_t why)
{
    if (why & (JNY_ROW_STAFF | JNY_ROW_AHEAD | JNY_ROW_UNKNOWN)) {
        return 1;
    }

    return (why & JNY_ROW_BOT) ? scan->plan->bots == JNY_BOTS_EXCLUDE
                               : scan->plan->bots == JNY_BOTS_ONLY;
}


/* Whether a row with a reason is left out; counts it by reason. */
static int
jny_scan_left_out(const jny_scan_t *scan, jny_scan_thread_t *t, uint8_t why)
{
    if (why & JNY_ROW_OUTSIDE) {
        t->sums.events--;
        return 1;
    }

    if (why & JNY_ROW_CONTEXT) {
        t->sums.events--;
        return jny_scan_no_context(scan, why);
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
    int             all;
    uint32_t        i, k, n, *kept;
    const uint8_t  *why;

    n = t->blk.nevents;
    kept = t->kept;
    why = t->why;
    k = 0;

    t->sums.events += n;
    all = scan->plan->bots != JNY_BOTS_ONLY;

    for (i = 0; i < n; i++) {
        kept[k] = i;
        k += (all && why[i] == 0) || !jny_scan_left_out(scan, t, why[i]);
    }

    return k;
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
        rc = jny_scan_bots(scan, t, thread, block);
    }

    if (rc == JNY_OK) {
        rc = jny_scan_money(scan, t, thread, block);
    }

    jny_progress_lap(scan->progress, JNY_PART_ROWS, &t->at_ns);

    if (rc == JNY_OK) {
        rc = jny_scan_strands(scan, t, thread, block, jny_scan_keep(scan, t));
    }

    jny_progress_lap(scan->progress, JNY_PART_STRANDS, &t->at_ns);

    return rc;
}


static int
jny_scan_block(void *ctx, unsigned thread, uint64_t item)
{
    int                     rc;
    jny_diag_t              diag;
    const jny_scan_t       *scan = ctx;
    jny_scan_thread_t      *t;
    jny_progress_t         *progress;
    const jny_block_ref_t  *ref;

    t = &scan->threads[thread];
    ref = &scan->refs[item];
    progress = scan->progress;

    if (ref->header.nevents > 0
        && (ref->header.t_max_ms < scan->context_ms
            || ref->header.t_min_ms >= scan->plan->end_ms))
    {
        return JNY_OK;
    }

    t->at_ns = jny_progress_now();
    rc = jny_input_read(ref, t->inf, &t->blk, &diag);
    jny_progress_lap(progress, JNY_PART_READ, &t->at_ns);

    atomic_fetch_add(&progress->bytes, ref->member.len);

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

    atomic_fetch_add(&progress->blocks, 1);
    atomic_fetch_add(&progress->events, ref->header.nevents);

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


void
jny_scan_sum(const jny_scan_t *scan, jny_input_summary_t *sums,
             int64_t *from_ms, int64_t *to_ms)
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
}
