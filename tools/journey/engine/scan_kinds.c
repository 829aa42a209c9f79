/*
 * scan_kinds.c - the kinds of a block's rows (kinds.h): from stage, flags and
 * what selectors say, a word each.  In every row, counted or not: a loop over
 * columns is quicker than a choice.
 */

#include "engine/scan.h"


/* The flags that need no selector: all, and those of the goal's stage. */
static uint64_t
jny_scan_flags_of_all(const jny_plan_t *plan)
{
    return (plan->where == NULL ? JNY_EVENT_WHERE : 0)
           | (plan->visitors == NULL ? JNY_SCATTERED_VISITORS : 0);
}


/* What an earlier event can change is in its detail alone. */
static void
jny_scan_kinds_context(jny_scan_thread_t *t)
{
    uint16_t  flags;
    uint32_t  i;

    for (i = 0; i < t->blk.nevents; i++) {
        flags = t->flags[i];

        if (flags & JNY_SCATTERED_CONTEXT) {
            flags &= JNY_SCATTERED_CONTEXT | JNY_EVENT_ROBOTS
                     | JNY_EVENT_RETURNED;
            t->kind[i] = jny_kind_word(0, flags, 0);
        }
    }
}


void
jny_scan_kinds(const jny_scan_t *scan, jny_scan_thread_t *t)
{
    uint8_t          goal;
    uint32_t         i, n;
    uint64_t         all, *kind;
    const uint8_t   *stage;
    const uint16_t  *flags;
    const uint64_t  *words;

    n = t->blk.nevents;
    stage = t->stage;
    flags = t->flags;
    words = t->words;
    kind = t->kind;
    all = jny_scan_flags_of_all(scan->plan) << 8;
    goal = scan->plan->goal == NULL ? (uint8_t) scan->goal_stage : 0;

    for (i = 0; i < n; i++) {
        kind[i] = stage[i] | (uint64_t) flags[i] << 8 | all;
    }

    for (i = 0; goal != 0 && i < n; i++) {
        kind[i] |= stage[i] == goal ? (uint64_t) JNY_EVENT_GOAL << 8 : 0;
    }

    /* A selector's word has flags 32 bits up, a kind's matches 24. */

    for (i = 0; scan->selects && i < n; i++) {
        kind[i] |= words[i] >> 32 << 8 | (words[i] & UINT32_MAX) << 24;
    }

    if (t->partial && !scan->wide) {
        jny_scan_kinds_context(t);
    }
}
