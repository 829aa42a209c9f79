/*
 * funnel.h - how many reach each step, how long it takes them, what it is
 * worth (docs/SEMANTICS.md, "Funnel").
 *
 * Wants JNY_WANT_VALUE for money, JNY_WANT_DETAIL for a breakdown.  Steps are
 * the stage list of the logs, or the steps of the plan (bits of match).
 */

#ifndef JNY_FUNNEL_H
#define JNY_FUNNEL_H

#include "base/purse.h"
#include "base/stats.h"
#include "engine/journey.h"


typedef enum {
    JNY_FUNNEL_OPEN,   /* stages: reached k = touched k or a later one */
    JNY_FUNNEL_STAGES, /* stages in order, entering at the first */
    JNY_FUNNEL_STEPS   /* the plan's steps in order */
} jny_funnel_mode_e;

/* With a breakdown the unit is entries, else visitors. */
typedef enum {
    JNY_FUNNEL_BY_NOTHING = 0,
    JNY_FUNNEL_BY_SOURCE, /* what the session carries */
    JNY_FUNNEL_BY_MEDIUM,
    JNY_FUNNEL_BY_CAMPAIGN,
    JNY_FUNNEL_BY_TERM,
    JNY_FUNNEL_BY_CONTENT,
    JNY_FUNNEL_BY_CHANNEL,
    JNY_FUNNEL_BY_STAGE,
    JNY_FUNNEL_BY_TOUCHPOINT,
    JNY_FUNNEL_BY_PAGE,
    JNY_FUNNEL_BY_HOST,
    JNY_FUNNEL_BY_COLUMN /* the plan's raw column: detail->by */
} jny_funnel_by_e;

typedef struct {
    jny_funnel_mode_e   mode;
    const jny_slice_t  *steps; /* names; JNY_FUNNEL_STEPS only */
    unsigned            nsteps;
    int64_t             window_ms; /* inclusive, from an entry's first step;
                                       not used by open visitors */
    jny_funnel_by_e  by;
    unsigned         top; /* groups kept apart, 0 = all */
} jny_funnel_conf_t;

extern const jny_analysis_t jny_funnel_analysis;


typedef struct {
    jny_slice_t  name;
    uint64_t     count;          /* reached this step: visitors or entries */
    uint64_t     visitors;       /* distinct; in "(other)" not known, 0 */
    uint64_t     dropped;        /* reached the step before, not this one */
    uint64_t     still_open;     /* stopped here, but their window ends after
                                       the last event of the logs */
    uint64_t            entered;        /* open: came in here; */
    uint64_t            touched;        /* were here; */
    uint64_t            skipped;        /* reached a later one without */
    double              from_previous;    /* NaN at the first step, or of none */
    double              from_first;       /* NaN of none */
    jny_interval_t      interval; /* 95 %, of from_previous; NaN likewise */
    uint64_t            ntimes;         /* who has a time from the step before */
    int64_t             p50_ms;
    int64_t             p90_ms;
    int64_t             mean_ms;
    const jny_purse_t  *value; /* lent, by JNY_NAME_CURRENCY id */
} jny_funnel_step_t;

typedef struct {
    jny_slice_t         key;
    unsigned            other; /* the groups beyond top, summed */
    jny_funnel_step_t  *steps;
} jny_funnel_group_t;

typedef struct {
    unsigned             nsteps;
    jny_funnel_step_t   *steps; /* all */
    unsigned             ngroups;
    jny_funnel_group_t  *groups; /* by count, then by key */
    uint64_t             all_groups;        /* how many there were */
    unsigned             largest_drop;      /* index of the step that loses most to
                                           its  predecessor; 0 = none does */
    uint64_t  still_open;
    uint64_t  goal_visitors; /* with a conversion */
    uint64_t  goals;
} jny_funnel_t;

/*
 * The result of a merged accumulator, once; lends from it and from the run.
 * JNY_OK; JNY_ENOMEM.  *f is released by jny_funnel_free() in any case.
 */
int jny_funnel_finish(void *acc, jny_funnel_t **f);
void jny_funnel_free(jny_funnel_t *f); /* accepts NULL */


#endif /* JNY_FUNNEL_H */
