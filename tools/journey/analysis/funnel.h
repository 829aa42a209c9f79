/*
 * funnel.h - how many reach each step, how long it takes them, what it is
 * worth (docs/SEMANTICS.md, "Funnel").
 *
 * Wants JNY_WANT_VALUE for money, JNY_WANT_DETAIL for a breakdown, for entries
 * and for sessions.  Steps are the stage list of the logs, or the steps of
 * the plan (bits of match).
 */

#ifndef JNY_FUNNEL_H
#define JNY_FUNNEL_H

#include "base/calendar.h"
#include "base/chain.h"
#include "base/compat.h"
#include "base/durations.h"
#include "base/purse.h"
#include "base/stats.h"
#include "engine/journey.h"


/* What is counted: each visitor's one result, or several of them. */
typedef enum {
    JNY_FUNNEL_VISITORS = 0,
    JNY_FUNNEL_ENTRIES,
    JNY_FUNNEL_SESSIONS
} jny_funnel_count_e;

typedef enum {
    JNY_FUNNEL_BY_NOTHING = 0,
    JNY_FUNNEL_BY_SOURCE,    /* what the session carries */
    JNY_FUNNEL_BY_MEDIUM,
    JNY_FUNNEL_BY_CAMPAIGN,
    JNY_FUNNEL_BY_TERM,
    JNY_FUNNEL_BY_CONTENT,
    JNY_FUNNEL_BY_CHANNEL,
    JNY_FUNNEL_BY_STAGE,
    JNY_FUNNEL_BY_TOUCHPOINT,
    JNY_FUNNEL_BY_PAGE,
    JNY_FUNNEL_BY_HOST,
    JNY_FUNNEL_BY_COLUMN     /* one of the plan's raw columns: detail->by */
} jny_funnel_by_e;

/* At which of an entry's events the breakdown reads its value. */
typedef enum {
    JNY_FUNNEL_CREDIT_FIRST = 0,  /* the one that filled its first step, */
    JNY_FUNNEL_CREDIT_LAST,       /* its last, */
    JNY_FUNNEL_CREDIT_ALL,        /* each: the groups overlap; */
    JNY_FUNNEL_CREDIT_STEP        /* this + k: step k, from 0; entries that do
                                     not reach it are a group of their own */
} jny_funnel_credit_e;

/* Most cohorts; with the steps they share the bits of match. */
#define JNY_FUNNEL_MAX_COHORTS  16

/* Visitors with an event that matches a selector: a bit of match. */
typedef struct {
    jny_slice_t  name;
    jny_slice_t  selector;
    unsigned     bit;
} jny_funnel_cohort_t;

typedef struct {
    unsigned            open;       /* reached k = touched k or a later step;
                                       else in order from the first */
    const jny_slice_t  *steps;      /* names of the plan's steps; NULL: the
                                       steps are the stages of the logs */
    unsigned            nsteps;
    const jny_step_t   *items;      /* what each of the plan's steps is, those
                                       that names leave out, the exclusions,
                                       too; NULL: all are required */
    unsigned            nitems;
    const jny_slice_t  *excluded;   /* names of the exclusions */
    jny_funnel_count_e  count;
    jny_chain_order_e   order;      /* not used by open ones, nor are ties */
    unsigned            ties_step;  /* --ties step */
    unsigned            exclude_visitor;
    jny_compat_t        compat;     /* of visitors, closed: then ties and
                                       exclusions are its own */
    const jny_slice_t  *goal;       /* what --goal says; NULL: the goal is
                                       the goal stage of the logs */
    int64_t             window_ms;  /* inclusive, from an entry's first step;
                                       not used by open ones that are
                                       visitors or sessions */
    jny_funnel_by_e     by[JNY_MAX_BY];  /* fields, then NOTHING; columns as
                                       in the plan */
    unsigned            credit;     /* jny_funnel_credit_e, + k */
    unsigned            top;        /* groups kept apart, 0 = all */
    jny_period_e        every;      /* a trend, or JNY_PERIOD_NONE */
    const jny_funnel_cohort_t  *cohorts;  /* NULL: none.  They want every
                                       event (JNY_WANT_EVERY) */
    unsigned            ncohorts;
} jny_funnel_conf_t;

/* With more of them between the first and the last none is filled in. */
#define JNY_FUNNEL_MAX_PERIODS  10000

extern const jny_analysis_t  jny_funnel_analysis;


/*
 * One step.  Rates are NaN where there is nothing to divide by, as those from
 * the step before are at the first step.
 */
typedef struct {
    jny_slice_t         name;
    unsigned            optional;
    unsigned            before;     /* index of the step that the rates, the
                                       times and the dropped are from: the
                                       required one before it */
    uint64_t            count;      /* reached it: of what is counted */
    uint64_t            visitors;   /* distinct; 0 in the group "other" */
    uint64_t            dropped;    /* reached the step before, not this; 0
                                       where it is optional */
    uint64_t            mature;     /* of count: their window is over */
    uint64_t            rated;      /* those the rates are of: the mature, or
                                       all with  rates_of_all; */
    uint64_t            lost;       /* dropped of them */
    uint64_t            still_open; /* came no further, but their window ends
                                       after the last event of the logs */
    uint64_t            entered;    /* open: came in here; */
    uint64_t            touched;    /* were here; */
    uint64_t            skipped;    /* reached a later one without */
    double              from_previous;
    double              from_first;
    jny_interval_t      interval;   /* 95 %, of from_previous */
    uint64_t            ntimes;     /* who has a time from the step before */
    int64_t             p50_ms;
    int64_t             p90_ms;
    int64_t             mean_ms;
    const jny_durations_t  *times;  /* sorted; lent */
    const jny_purse_t  *value;      /* of sales here, by currency id; lent */
} jny_funnel_step_t;

typedef struct {
    jny_slice_t         key[JNY_MAX_BY];  /* by field; of "other" only the
                                       first */
    unsigned            other;      /* the groups beyond top, summed */
    jny_funnel_step_t  *steps;
} jny_funnel_group_t;

/* Whose first step lies in the period. */
typedef struct {
    int64_t             start;      /* jny_period_of() */
    uint64_t            still_open;
    jny_funnel_step_t  *steps;      /* shared where there is nobody */
} jny_funnel_period_t;

/*
 * Of conf's cohort.  Visitors: all that are in it, whether they reach a step
 * or not; shared: those of them who are in another one, too.
 */
typedef struct {
    uint64_t            visitors;
    uint64_t            shared;
    jny_funnel_step_t  *steps;
} jny_funnel_members_t;

/* An exclusion, and how many chains it ended. */
typedef struct {
    jny_slice_t         name;
    unsigned            after;      /* index of the required step before it */
    uint64_t            count;
} jny_funnel_exclusion_t;

/*
 * largest_drop: index of the step most were lost before; 0 = none was.
 * rates_of_all: no window is over, so rates are of young ones too.
 */
typedef struct {
    unsigned                 rates_of_all;
    unsigned                 nsteps;
    jny_funnel_step_t       *steps;         /* of all groups together */
    unsigned                 nexclusions;
    jny_funnel_exclusion_t  *exclusions;
    unsigned                 ngroups;
    jny_funnel_group_t      *groups;        /* by count, then by key */
    uint64_t                 all_groups;    /* how many there were */
    size_t                   nperiods;
    jny_funnel_period_t     *periods;       /* by start; those without anybody
                                           between the first and the last,
                                           too, unless there would be more than
                                           JNY_FUNNEL_MAX_PERIODS */
    jny_funnel_step_t     *nobody;        /* of those */
    unsigned               ncohorts;
    jny_funnel_members_t  *cohorts;      /* in the order of conf */
    uint64_t               in_several;    /* visitors in two cohorts or more, */
    uint64_t               in_none;       /* and those in none */
    unsigned               largest_drop;
    unsigned               goal_step;     /* index of the step that is the goal,
                                           by its  name; else of the last */
    uint64_t             still_open;
    uint64_t             goal_visitors; /* with a conversion */
    uint64_t             goals;
} jny_funnel_t;

/*
 * The result of a merged accumulator, once; lends from it and from the run.
 * JNY_OK; JNY_ENOMEM.  *f is released by jny_funnel_free() in any case.
 */
int jny_funnel_finish(void *acc, jny_funnel_t **f);
void jny_funnel_free(jny_funnel_t *f); /* accepts NULL */


#endif /* JNY_FUNNEL_H */
