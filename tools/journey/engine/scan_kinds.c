/*
 * scan_kinds.c - the kinds of a block's rows (kinds.h): from stage, flags and
 * what selectors say, a word each.  In every row, counted or not: a loop over
 * columns is quicker than a choice.
 */

#include "engine/scan.h"


/* The flags that need no selector: all, and those of the goal's stage. */
static uint16_t
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


int
jny_scan_kinds(const jny_scan_t *scan, jny_scan_thread_t *t)
{
    int              numbered;
    uint16_t        *id;
    uint32_t         i, n;
    uint64_t        *kind, of_stage[JNY_MAX_STAGES + 1];
    const uint8_t   *stage;
    const uint16_t  *flags;
    const uint64_t  *words;

    n = t->blk.nevents;
    stage = t->stage;
    flags = t->flags;
    words = t->words;
    kind = t->kind;
    id = t->kind_id;

    for (i = 0; i <= JNY_MAX_STAGES; i++) {
        of_stage[i] = jny_kind_word((uint8_t) i,
                                    jny_scan_flags_of_all(scan->plan), 0);
    }

    if (scan->plan->goal == NULL && scan->goal_stage != 0) {
        of_stage[scan->goal_stage] |= JNY_WORD_GOAL;
    }

    for (i = 0; i < n; i++) {
        kind[i] = of_stage[stage[i]] | (uint64_t) flags[i] << 8;
    }

    for (i = 0; scan->selects && i < n; i++) {
        kind[i] |= words[i];
    }

    if (t->partial && !scan->wide) {
        jny_scan_kinds_context(t);
    }

    numbered = 1;

    for (i = 0; i < n; i++) {
        id[i] = jny_kinds_id(scan->kinds, &t->kind_cache, kind[i]);
        numbered &= id[i] != JNY_KIND_NONE;
    }

    return numbered;
}
