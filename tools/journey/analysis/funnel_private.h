/*
 * funnel_private.h - the accumulator of the funnel, shared by its files:
 * funnel.c adds journeys, funnel_groups.c keeps the groups of a breakdown,
 * funnel_result.c makes the figures.
 */

#ifndef JNY_FUNNEL_PRIVATE_H
#define JNY_FUNNEL_PRIVATE_H

#include "analysis/funnel.h"
#include "base/chain.h"
#include "base/durations.h"
#include "base/slots.h"


#define JNY_FUNNEL_ALL  0    /* index of the group of everybody */


/*
 * One step of one group.  With n_v, the entries of visitor v that reached it:
 * count is their sum, square that of n_v^2, product that of n_v times the
 * visitor's n at the step before; now is n_v of the visitor being added.
 */
typedef struct {
    uint64_t         count;
    uint64_t         visitors;
    uint64_t         entered;
    uint64_t         touched;
    uint64_t         skipped;
    uint64_t         still_open;
    uint64_t         square;
    uint64_t         product;
    uint32_t         now;
    jny_durations_t  times;
    jny_purse_t      value;
} jny_funnel_tally_t;

typedef struct {
    uint64_t            key;
    jny_slice_t         text;  /* of the key, set in finish */
    unsigned            busy;  /* listed in acc->busy */
    jny_funnel_tally_t  steps[];
} jny_funnel_sums_t;

/*
 * One entry (or visitor) on its way into the groups.  An open one has the hits
 * from to end - 1, a chain has the hit at[k] for step k.  timed: the steps for
 * which elapsed_ms holds the time from the step before; still_open: its window
 * ends after the last event of the logs.
 */
typedef struct {
    unsigned  reach;
    unsigned  entered;
    unsigned  still_open;
    uint64_t  touched;
    uint64_t  timed;
    uint32_t  from;
    uint32_t  end;
    uint32_t  at[JNY_CHAIN_MAX_STEPS];
    int64_t   elapsed_ms[JNY_CHAIN_MAX_STEPS];
} jny_funnel_entry_t;

typedef struct {
    const jny_funnel_conf_t  *conf;
    const jny_facts_t        *facts;
    unsigned                  nsteps;
    uint64_t                  steps_mask;
    const jny_event_t        *events;  /* of the journey being added */
    jny_hit_t                *hits;
    uint32_t                  nhits;
    uint32_t                  hits_cap;
    unsigned                  sells;   /* the journey has a sale */
    jny_funnel_sums_t       **groups;
    jny_funnel_sums_t       **busy;    /* groups with tallies now */
    uint32_t                  ngroups;
    uint32_t                  nbusy;
    uint32_t                  groups_cap;
    jny_slots_t               slots;   /* key to index in groups */
    uint64_t                  goal_visitors;
    uint64_t                  goals;
    jny_funnel_entry_t        entry;
} jny_funnel_acc_t;


/* What an entry is grouped by: ids, or the address of a static text. */
uint64_t jny_funnel_key(const jny_funnel_acc_t *acc, const jny_event_t *e);

/* The text of a key, lent; only when all journeys were added. */
jny_slice_t jny_funnel_key_text(const jny_funnel_acc_t *acc, uint64_t key);

/* The group of a key, made when it is new; NULL: out of memory. */
jny_funnel_sums_t *jny_funnel_group(jny_funnel_acc_t *acc, uint64_t key);

/* Appends a group that no key finds yet; NULL: out of memory. */
jny_funnel_sums_t *jny_funnel_group_new(jny_funnel_acc_t *acc, uint64_t key);

/* Adds from to into.  JNY_OK, JNY_ENOMEM. */
int jny_funnel_group_merge(jny_funnel_sums_t *into,
    const jny_funnel_sums_t *from, unsigned nsteps);
void jny_funnel_group_free(jny_funnel_sums_t *g, unsigned nsteps);


#endif /* JNY_FUNNEL_PRIVATE_H */
