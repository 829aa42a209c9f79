/*
 * funnel_private.h - the accumulator of the funnel, shared by its files:
 * funnel.c adds journeys, funnel_chains.c those of closed funnels,
 * funnel_groups.c keeps the groups, of a breakdown (funnel_credit.c), of the
 * periods of a trend (funnel_trend.c) and of cohorts (funnel_cohorts.c), and
 * funnel_result.c makes the figures.
 */

#ifndef JNY_FUNNEL_PRIVATE_H
#define JNY_FUNNEL_PRIVATE_H

#include "analysis/funnel.h"
#include "base/chain.h"
#include "base/durations.h"
#include "base/slots.h"


#define JNY_FUNNEL_ALL    0   /* index of the group of everybody */
#define JNY_FUNNEL_LABEL  16  /* "63 of 64" and its end */


/*
 * With n_v, the entries of visitor v that reached a step: count is their sum,
 * square that of n_v^2, product that of n_v times the visitor's n at the step
 * before (the required one); now is n_v of the visitor being added.
 */
typedef struct {
    uint64_t         count;
    uint64_t         visitors;
    uint64_t         square;
    uint64_t         product;
    uint64_t         now;
} jny_funnel_reached_t;

/* Which entries: all, or those whose window is over. */
enum {
    JNY_FUNNEL_EVERY,
    JNY_FUNNEL_MATURE,
    JNY_FUNNEL_SETS
};

/* One step of one group. */
typedef struct {
    jny_funnel_reached_t  of[JNY_FUNNEL_SETS];
    uint64_t         entered;
    uint64_t         touched;
    uint64_t         skipped;
    uint64_t         still_open;
    jny_durations_t  times;
    jny_purse_t      value;
} jny_funnel_tally_t;

#define JNY_FUNNEL_NOT_REACHED  UINT64_MAX

/* What a group is one of, in the order they have in the result. */
enum {
    JNY_FUNNEL_OF_ALL,
    JNY_FUNNEL_OF_VALUES,   /* of a breakdown */
    JNY_FUNNEL_OF_PERIODS,
    JNY_FUNNEL_OF_COHORTS,
    JNY_FUNNEL_OF_NOBODY    /* stays empty */
};

/*
 * What an entry is grouped by.  Of values: ids, the address of a static text,
 * or JNY_FUNNEL_NOT_REACHED; of periods the first day, of cohorts the index.
 */
typedef struct {
    uint64_t  of;
    uint64_t  part[JNY_MAX_BY];
} jny_funnel_key_t;

typedef struct {
    jny_funnel_key_t    key;
    jny_slice_t         text[JNY_MAX_BY];  /* of the key, set in finish */
    uint64_t            reached;  /* steps, by the visitor being added; not 0:
                                     listed in acc->busy */
    uint64_t            credited;  /* the last entry that was counted in it */
    jny_funnel_tally_t  steps[];
} jny_funnel_sums_t;

/*
 * One result on its way into the groups; its steps are counted from 0 and leave
 * out exclusions.  It reached those of reached, the last of which (that is
 * required) is reach - 1.  An open one has the hits from to end - 1, a chain
 * has the hit at[k] for step k.  timed: the steps for which elapsed_ms holds
 * the time from the step before; still_open: its window ends after the last
 * event of the logs.
 */
typedef struct {
    unsigned  reach;
    unsigned  complete;
    unsigned  entered;
    unsigned  still_open;
    uint64_t  reached;
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
    unsigned                  rated;   /* the set that rates are of: finish */
    uint64_t                  items_mask;
    uint64_t                  last;    /* the last required step, in masks */
    unsigned                  every;   /* events that fit no step are hits */
    jny_chain_t               chain;
    jny_chain_work_t          work;
    uint8_t                   item[JNY_CHAIN_MAX_STEPS];    /* of a step */
    uint8_t                   before[JNY_CHAIN_MAX_STEPS];  /* the required
                                          step before a  step; its own number
                                          where there is none */
    uint64_t                  ended[JNY_CHAIN_MAX_STEPS];   /* by item */
    char                      labels[JNY_CHAIN_MAX_STEPS][JNY_FUNNEL_LABEL];
    const jny_event_t        *events;  /* of the journey being added */
    jny_hit_t                *all;     /* its hits */
    uint32_t                  nall;
    jny_hit_t                *hits;    /* those being added: all of them, or a
                                          session's */
    uint32_t                  nhits;
    unsigned                  excluded;  /* an exclusion ended a result */
    uint32_t                  hits_cap;
    uint64_t                  met;     /* steps that some hit fits */
    unsigned                  sells;   /* the journey has a sale */
    jny_funnel_sums_t       **groups;
    jny_funnel_sums_t       **busy;    /* groups with tallies now */
    uint32_t                  ngroups;
    uint32_t                  nbusy;
    uint32_t                  groups_cap;
    jny_slots_t               slots;   /* key to index in groups */
    uint64_t                  goal_visitors;
    uint64_t                  goals;
    uint64_t                  credited;  /* entries so far */
    unsigned                  cohorts;   /* bits: those the journey is in */
    uint64_t                  members[JNY_FUNNEL_MAX_COHORTS];
    uint64_t                  shared[JNY_FUNNEL_MAX_COHORTS];
    uint64_t                  in_several;
    uint64_t                  in_none;
    jny_funnel_entry_t        entry;
} jny_funnel_acc_t;


/* Counts acc->entry, whose first hit is start.  JNY_OK, JNY_ENOMEM. */
int jny_funnel_count(jny_funnel_acc_t *acc, uint32_t start);

/* The same in one group, and in those of the breakdown that it belongs to. */
int jny_funnel_count_in(jny_funnel_acc_t *acc, jny_funnel_sums_t *g);
int jny_funnel_credit(jny_funnel_acc_t *acc, uint32_t start);

/* The same in the group of the period of start, and in those of cohorts. */
int jny_funnel_count_period(jny_funnel_acc_t *acc, uint32_t start);
int jny_funnel_count_cohorts(jny_funnel_acc_t *acc);

/* Which cohorts the visitor is in; counts it. */
void jny_funnel_join_cohorts(jny_funnel_acc_t *acc, const jny_journey_t *j);

/* Whether the window of an entry ends after the last event of the logs. */
int jny_funnel_is_open(const jny_funnel_acc_t *acc, uint32_t start);

/* The rules of a closed funnel: chain, item, before, every. */
void jny_funnel_chains_init(jny_funnel_acc_t *acc);

/* Whether step k is one that may be missing. */
unsigned jny_funnel_is_optional(const jny_funnel_acc_t *acc, unsigned k);

/*
 * Counts the chains of hits; dry: only those that an exclusion ended.  Sets
 * excluded where there is one.  JNY_OK, JNY_ENOMEM.
 */
int jny_funnel_add_chains(jny_funnel_acc_t *acc, int dry);

/* What an entry is grouped by, credited to this event. */
jny_funnel_key_t jny_funnel_key(const jny_funnel_acc_t *acc,
    const jny_event_t *e);

/* The text of part k of a key, lent; only when all journeys were added. */
jny_slice_t jny_funnel_key_text(const jny_funnel_acc_t *acc,
    const jny_funnel_key_t *key, unsigned k);

/* The group of a key, made when it is new; NULL: out of memory. */
jny_funnel_sums_t *jny_funnel_group(jny_funnel_acc_t *acc,
    const jny_funnel_key_t *key);

/* Appends a group that no key finds yet; NULL: out of memory. */
jny_funnel_sums_t *jny_funnel_group_new(jny_funnel_acc_t *acc,
    const jny_funnel_key_t *key);

/* Adds from to into.  JNY_OK, JNY_ENOMEM. */
int jny_funnel_group_merge(jny_funnel_sums_t *into,
    jny_funnel_sums_t *from, unsigned nsteps);
void jny_funnel_group_free(jny_funnel_sums_t *g, unsigned nsteps);

/* Figures of a group, to be freed; lends from it.  JNY_OK, JNY_ENOMEM. */
int jny_funnel_finish_steps(jny_funnel_acc_t *acc, jny_funnel_sums_t *g,
    int other, jny_funnel_step_t **out);

/*
 * The trend and the cohorts, of the n groups of their kind; nobody is an empty
 * group.  JNY_OK, JNY_ENOMEM.
 */
int jny_funnel_finish_trend(jny_funnel_acc_t *acc, jny_funnel_sums_t **groups,
    uint32_t n, jny_funnel_sums_t *nobody, jny_funnel_t *f);
int jny_funnel_finish_cohorts(jny_funnel_acc_t *acc, jny_funnel_sums_t **groups,
    uint32_t n, jny_funnel_sums_t *nobody, jny_funnel_t *f);
void jny_funnel_free_trend(jny_funnel_t *f);
void jny_funnel_free_cohorts(jny_funnel_t *f);


#endif /* JNY_FUNNEL_PRIVATE_H */
