/*
 * run.c - the order of a run.
 *
 *     stage list -> scan -> names get their final ids
 *     -> orders are decided -> journeys -> summary
 *
 * Names and orders stand between the two parallel halves because both need
 * all events: whether a purchase is the first of its order, and which hosts
 * are our own, no thread can know alone.
 */

#include "engine/run.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/arena.h"
#include "engine/heap.h"
#include "engine/hint.h"
#include "engine/journeys.h"
#include "engine/memory.h"
#include "engine/run_sum.h"
#include "engine/scan.h"
#include "engine/stage_list.h"


/* Of --memory, what strands may take; names, orders, results have the rest. */
#define JNY_RUN_STRANDS(memory)  ((memory) / 2)
#define JNY_RUN_STRANDS_MIN      ((int64_t) 16 << 20)

struct jny_run_s {
    jny_progress_t       progress;    /* where nobody watches */
    jny_facts_t          facts;
    jny_input_summary_t  summary;
    jny_arena_t          arena;   /* stage names */
    jny_slice_t          stages[JNY_MAX_STAGES];
    jny_names_t         *names;
    jny_budget_t         budget;
    jny_orders_t         orders;
    jny_task_t          *tasks;   /* analysis and acc, to free */
    unsigned             ntasks;
};


/* The selector, if carried, makes the run wide. */
static int
jny_run_is_carried(const jny_selector_t *sel)
{
    return sel != NULL && jny_selector_is_carried(sel);
}


/* The columns of --by, from a list with commas between. */
static int
jny_run_by(const jny_plan_t *plan, jny_scan_t *scan, jny_diag_t *diag)
{
    size_t                len;
    const char           *p;
    const jny_field_t    *field;
    jny_scan_by_field_t  *by;

    for (p = plan->by; scan->nby < JNY_MAX_BY; p += len + 1) {
        len = strcspn(p, ",");
        field = jny_field_find(p, len);

        if (field == NULL || field->kind == JNY_FIELD_CARRIED
            || field->kind == JNY_FIELD_ID
            || (field->kind == JNY_FIELD_NUMBER
                && field->index != JNY_NUMBER_STATUS))
        {
            jny_diag_set(diag, 0, "--by %.*s: no column to break down by",
                         (int) len, p);
            return JNY_EINVAL;
        }

        by = &scan->by[scan->nby];
        by->field = field;
        by->name = p;
        by->len = len;
        by->bit = 1u << scan->nby++;

        if (p[len] == '\0') {
            return JNY_OK;
        }
    }

    jny_diag_set(diag, 0, "--by %s: at most %d columns", plan->by, JNY_MAX_BY);
    return JNY_EINVAL;
}


static int
jny_run_check(const jny_plan_t *plan, jny_scan_t *scan, jny_diag_t *diag)
{
    unsigned  k, carried;

    if (plan->threads == 0 || plan->nsteps > JNY_MAX_STEPS) {
        jny_diag_set(diag, 0, "a run takes 1 or more threads and at most %d "
                              "steps",
                     JNY_MAX_STEPS);
        return JNY_EINVAL;
    }

    carried = (unsigned) (jny_run_is_carried(plan->goal)
                          | jny_run_is_carried(plan->where)
                          | jny_run_is_carried(plan->visitors));

    for (k = 0; k < plan->nsteps; k++) {
        carried |= (unsigned) jny_run_is_carried(plan->steps[k]);
    }

    scan->wide = (plan->want & JNY_WANT_DETAIL) || carried;
    scan->selects = plan->nsteps > 0 || plan->goal != NULL
                    || plan->where != NULL || plan->visitors != NULL;

    return plan->by != NULL ? jny_run_by(plan, scan, diag) : JNY_OK;
}


/* Without --goal: the stage "purchase", else the last one. */
static unsigned
jny_run_goal_stage(const jny_run_t *run, const jny_plan_t *plan)
{
    unsigned            i;
    const jny_slice_t  *s;

    if (plan->goal != NULL) {
        return 0;
    }

    for (i = 0; i < run->facts.nstages; i++) {
        s = &run->stages[i];

        if (s->len == strlen("purchase")
            && memcmp(s->data, "purchase", s->len) == 0)
        {
            return i + 1;
        }
    }

    return run->facts.nstages;
}


static uint64_t
jny_run_events(const jny_scan_t *scan)
{
    uint32_t  i;
    uint64_t  n;

    n = 0;

    for (i = 0; i < scan->nrefs; i++) {
        n += scan->refs[i].header.nevents;
    }

    return n;
}


static int
jny_run_scan(jny_run_t *run, jny_scan_t *scan)
{
    int                   rc;
    jny_input_summary_t  *s;

    s = &run->summary;

    rc = jny_scan_init(scan);

    if (rc == JNY_OK) {
        rc = jny_scan_run(scan);
    }

    if (rc == JNY_OK) {
        jny_scan_sum(scan, s, &run->facts.from_ms, &run->facts.to_ms);
    }

    if (rc == JNY_OK) {
        rc = jny_names_finish(run->names);
    }

    if (rc == JNY_OK) {
        rc = jny_orders_resolve(&run->orders, scan->progress);
    }

    if (rc == JNY_OK) {
        rc = jny_streams_settle(scan->streams);
    }

    jny_run_sum(s, scan);

    return rc;
}


/* A custom field that no block had is a mistake, not an empty answer. */
static int
jny_run_by_found(const jny_scan_t *scan, jny_diag_t *diag)
{
    int                         rc;
    char                        name[JNY_HINT_NAME + 1];
    char                        best[JNY_HINT_NAME + 1];
    unsigned                    i, found;
    const jny_scan_by_field_t  *by;

    found = 0;

    for (i = 0; i < scan->plan->threads; i++) {
        found |= scan->threads[i].by_found;
    }

    for (by = scan->by; by < scan->by + scan->nby; by++) {

        if (by->field->kind != JNY_FIELD_CUSTOM || !scan->wide
            || (found & by->bit))
        {
            continue;
        }

        snprintf(name, sizeof(name), "%.*s", (int) by->len, by->name);

        rc = jny_hint_field_near(scan->in, name, best);
        if (rc != JNY_OK) {
            return rc;
        }

        jny_diag_set(diag, 0, "--by %.*s: no log has this field%s%s%s",
                     (int) by->len, by->name,
                     best[0] ? ": did you mean x_" : "", best,
                     best[0] ? "?" : "");

        return JNY_EINVAL;
    }

    return JNY_OK;
}


static int
jny_run_logins(const jny_scan_t *scan)
{
    unsigned  i;

    for (i = 0; i < scan->plan->threads; i++) {
        if (scan->threads[i].logins) {
            return 1;
        }
    }

    return 0;
}


/* Words that are sorted in memory at a time. */
static uint64_t
jny_run_partition(const jny_run_t *run, const jny_plan_t *plan)
{
    return plan->partition_words > 0
               ? plan->partition_words
               : jny_memory_partition(run->budget.total, plan->threads);
}


static int
jny_run_journeys(jny_run_t *run, const jny_scan_t *scan, jny_task_t *tasks,
                 unsigned ntasks)
{
    int             rc;
    jny_logins_t    logins;
    jny_journeys_t  js;

    memset(&js, 0, sizeof(js));
    memset(&logins, 0, sizeof(logins));
    js.plan = scan->plan;
    js.facts = &run->facts;
    js.names = run->names;
    js.orders = &run->orders;
    js.streams = scan->streams;
    js.progress = scan->progress;
    js.key.base_ms = scan->base_ms;
    js.key.kinds = jny_kinds_words(scan->kinds);
    js.key.wide = scan->wide;
    js.most_words = jny_run_partition(run, scan->plan);
    js.tasks = tasks;
    js.ntasks = ntasks;
    js.wide = scan->wide;
    rc = JNY_OK;

    if (jny_run_logins(scan)) {
        js.logins = &logins;
        rc = jny_logins_init(&logins, scan->streams->bits,
                             scan->plan->threads, &run->budget, scan->kinds,
                             &js.key);
    }

    if (rc == JNY_OK) {
        rc = jny_journeys_init(&js);
    }

    if (rc == JNY_OK) {
        rc = jny_journeys_run(&js);
    }

    if (rc == JNY_OK) {
        jny_journeys_sum(&js, &run->summary);
        rc = jny_orders_sum(&run->orders, run->names);
    }

    jny_journeys_release(&js);
    jny_logins_release(&logins);

    return rc;
}


int64_t
jny_plan_from(const jny_plan_t *plan)
{
    int64_t  context_ms;

    if (plan->start_ms == INT64_MIN
        || __builtin_sub_overflow(plan->start_ms, plan->lookback_ms,
                                  &context_ms))
    {
        return INT64_MIN;
    }

    return context_ms;
}


static void
jny_run_budget(jny_run_t *run, const jny_plan_t *plan)
{
    int64_t      total;
    const char  *tmpdir;

    total = plan->memory > 0 ? plan->memory : jny_memory_free() / 2;
    total = JNY_RUN_STRANDS(total);
    total = total < JNY_RUN_STRANDS_MIN ? JNY_RUN_STRANDS_MIN : total;

    tmpdir = plan->tmpdir != NULL ? plan->tmpdir : getenv("TMPDIR");
    tmpdir = tmpdir != NULL && tmpdir[0] != '\0' ? tmpdir : "/tmp";

    jny_budget_init(&run->budget, total, tmpdir);
}


/* What the scan fills. */
static int
jny_run_open(jny_run_t *run, jny_scan_t *scan)
{
    unsigned  bits;

    jny_run_budget(run, scan->plan);

    bits = jny_strand_bits(jny_run_events(scan), scan->plan->threads,
                           scan->wide, run->budget.total);

    run->names = jny_names_new();
    run->facts.names = run->names;
    scan->names = run->names;

    if (run->names != NULL) {
        jny_names_alias(run->names, scan->plan->aliases);
    }

    scan->orders = &run->orders;
    scan->kinds = jny_kinds_new();
    scan->base_ms = calloc((size_t) scan->nrefs + 1, sizeof(*scan->base_ms));
    scan->streams = jny_streams_new(bits, scan->plan->threads, &run->budget);

    if (run->names == NULL || scan->kinds == NULL || scan->base_ms == NULL
        || scan->streams == NULL)
    {
        return JNY_ENOMEM;
    }

    return jny_orders_init(&run->orders, scan->streams, &run->budget,
                           jny_run_partition(run, scan->plan));
}


static int
jny_run_all(jny_run_t *run, jny_scan_t *scan, jny_task_t *tasks,
            unsigned ntasks, jny_diag_t *diag)
{
    int  rc;

    rc = jny_run_check(scan->plan, scan, diag);

    if (rc == JNY_OK) {
        rc = jny_stage_list(scan->refs, scan->nrefs, &run->arena, run->stages,
                            &run->facts.nstages);
    }

    if (rc != JNY_OK) {
        return rc;
    }

    run->facts.goal_stage = jny_run_goal_stage(run, scan->plan);
    scan->context_ms = jny_plan_from(scan->plan);
    scan->stages = run->stages;
    scan->nstages = run->facts.nstages;
    scan->goal_stage = run->facts.goal_stage;

    rc = jny_run_open(run, scan);

    if (rc == JNY_OK) {
        rc = jny_run_scan(run, scan);
    }

    if (rc == JNY_OK) {
        rc = jny_run_by_found(scan, diag);
    }

    return rc == JNY_OK ? jny_run_journeys(run, scan, tasks, ntasks) : rc;
}


int
jny_run(jny_run_t **out, jny_input_t *in, const jny_plan_t *plan,
        jny_task_t *tasks, unsigned ntasks, jny_diag_t *diag)
{
    int         rc;
    unsigned    k;
    jny_run_t  *run;
    jny_scan_t  scan;

    *out = NULL;

    for (k = 0; k < ntasks; k++) {
        tasks[k].acc = NULL;
    }

    run = calloc(1, sizeof(*run));
    if (run == NULL) {
        return JNY_ENOMEM;
    }

    jny_arena_init(&run->arena);
    run->facts.stages = run->stages;

    run->tasks = calloc(ntasks + 1, sizeof(*run->tasks));

    memset(&scan, 0, sizeof(scan));
    scan.in = in;
    scan.plan = plan;
    scan.progress = plan->progress ? plan->progress : &run->progress;
    scan.refs = jny_input_blocks(in, &scan.nrefs);

    rc = run->tasks != NULL ? jny_run_all(run, &scan, tasks, ntasks, diag)
                            : JNY_ENOMEM;

    jny_scan_release(&scan);
    jny_orders_close(&run->orders);
    jny_streams_free(scan.streams);
    jny_kinds_free(scan.kinds);
    free(scan.base_ms);

    if (rc != JNY_OK) {
        if (rc == JNY_ENOMEM) {
            jny_diag_set(diag, 0, "out of memory");
        } else if (rc == JNY_EIO) {
            *diag = run->budget.diag;
        }
        jny_run_free(run);
        return rc;
    }

    memcpy(run->tasks, tasks, ntasks * sizeof(*tasks));
    run->ntasks = ntasks;
    *out = run;

    return JNY_OK;
}


void
jny_run_free(jny_run_t *run)
{
    unsigned  k;

    if (run == NULL) {
        return;
    }

    for (k = 0; k < run->ntasks; k++) {
        run->tasks[k].analysis->free(run->tasks[k].acc);
    }

    jny_orders_release(&run->orders);
    jny_names_free(run->names);
    jny_arena_release(&run->arena);
    free(run->tasks);
    free(run);
}


const jny_facts_t *
jny_run_facts(const jny_run_t *run)
{
    return &run->facts;
}


const jny_input_summary_t *
jny_run_summary(const jny_run_t *run)
{
    return &run->summary;
}


const jny_money_t *
jny_run_money(const jny_run_t *run, unsigned *n)
{
    *n = run->orders.nmoney;

    return run->orders.money;
}
