/*
 * run.h - one pass over the logs for any number of analyses:
 *
 *     index      walk headers, drop copies, order blocks (input.h)
 *     scan       threads take whole blocks: inflate, decode, match, filter
 *     strands    a block's events of a visitor, by the visitor's hash
 *     sort       a partition by visitor, a visitor by time and ord
 *     journeys   sessions, carried campaign, orders -> analyses
 */

#ifndef JNY_RUN_H
#define JNY_RUN_H

#include "engine/aliases.h"
#include "engine/behaviour.h"
#include "engine/input.h"
#include "engine/journey.h"
#include "engine/progress.h"
#include "engine/select.h"


/* What makes a visitor a bot, besides its User-Agent. */
typedef enum {
    JNY_BOT_RULES_LIST,               /* nothing; the cheaper way */
    JNY_BOT_RULES_ALL                 /* behaviour (behaviour.h) */
} jny_bot_rules_e;

typedef enum { JNY_BOTS_EXCLUDE, JNY_BOTS_INCLUDE, JNY_BOTS_ONLY } jny_bots_e;

#define JNY_WANT_DETAIL  0x0001   /* events carry jny_detail_t */
#define JNY_WANT_VALUE   0x0002   /* those with SALE or REFUND carry one:
                                     order, currency and value_e4 stand in it;
                                     the others stay on the narrow path */
#define JNY_WANT_EVERY   0x0004   /* every event of a visitor, where else only
                                     those come that touch a step (or, without
                                     steps, a stage) or the goal, or name
                                     money.  DETAIL is EVERY, too, and so is a
                                     run that joins logins */
#define JNY_WANT_ENTERED 0x0008   /* no visitor who neither meets the plan's
                                     first step nor the goal, nor names money */


/* What to read and how; filled by the common options (options.h). */
typedef struct {
    jny_selector_t  **steps;          /* --steps, or NULL */
    unsigned          nsteps;
    jny_selector_t   *goal;           /* --goal, or NULL: the default */
    jny_selector_t   *where;          /* --where, or NULL */
    jny_selector_t   *visitors;       /* --visitors, or NULL */
    const char       *by;             /* --by: raw columns ("host", "x_team",
                                         ...), comma separated, at most
                                         JNY_MAX_BY; or NULL */
    int64_t           start_ms;       /* counted if start <= time < end */
    int64_t           end_ms;
    int64_t           lookback_ms;    /* so long before start_ms events are
                                         context: they decide what orders,
                                         sessions and carried campaigns of
                                         counted events are, and are not
                                         counted; 0 without a start */
    int64_t           session_gap_ms;
    jny_bots_e        bots;
    jny_bot_rules_e   bot_rules;      /* matters where bots are excluded */
    unsigned          no_merge;       /* logins join no visitors */
    unsigned          threads;        /* at least 1 */
    unsigned          want;           /* JNY_WANT_... */
    int64_t           memory;         /* bytes, about; 0: half of what is
                                         free now */
    const jny_aliases_t  *aliases;    /* of a model, or NULL */
    const jny_rates_t    *rates;
    uint64_t          partition_words;   /* sorted in memory at a time, at
                                            most; 0: as memory allows */
    const char       *tmpdir;         /* for what does not fit; NULL: TMPDIR
                                         or /tmp */
    jny_progress_t   *progress;       /* or NULL: nobody watches */
} jny_plan_t;

/* Where a run begins to read: the start, or so much before as it looks back. */
int64_t jny_plan_from(const jny_plan_t *plan);

/* One analysis of the run. */
typedef struct {
    const jny_analysis_t  *analysis;
    const void            *conf;
    void                  *acc;       /* out: merged; freed with the run */
} jny_task_t;

/*
 * Money of one currency: of the visitors that --visitors keeps and the events
 * that pass --where; what an order counts for was decided among all events.
 */
typedef struct {
    jny_slice_t  currency;            /* "" when none was logged */
    int64_t      gross_e4;
    int64_t      refunds_e4;          /* positive */
    int64_t      net_e4;
    uint64_t     orders;              /* counted sales with an id */
    uint64_t     orders_without_id;
    uint64_t     repeats;             /* reloads of a counted order */
    uint64_t     outside_journeys;    /* counted sales of visitor 0; none with
                                         --visitors or a carried --where */
    int64_t      outside_e4;          /* of gross_e4, theirs */
} jny_money_t;

/* The "input" object of every document. */
typedef struct {
    uint64_t  files;
    uint64_t  blocks;                 /* read */
    uint64_t  events;                 /* read, all kinds */
    uint64_t  counted_events;         /* in journeys */
    uint64_t  selected_events;        /* of those, that pass --where */
    uint64_t  visitors;               /* in journeys */
    uint64_t  merged_visitors;        /* whose events logins joined */
    uint64_t  persons;                /* of visitors, those of logins */
    int64_t   from_ms;                /* of events read; 0, 0 if none */
    int64_t   to_ms;
    uint64_t  damaged_blocks;
    uint64_t  lost_events;
    uint64_t  lost_unknown;           /* damaged places of unknown size */
    uint64_t  dropped_events;         /* by writers */
    uint64_t  gaps;
    uint64_t  bots;                   /* events of bots */
    uint64_t  bot_visitors;
    uint64_t  behaved_events[JNY_BEHAVIOUR_COUNT];   /* of bots, by reason; */
    uint64_t  behaved_visitors[JNY_BEHAVIOUR_COUNT]; /* the rest: agents */
    uint64_t  confirmed_visitors;     /* of visitors: brought a cookie back */
    uint64_t  speculative;
    uint64_t  internal;
    uint64_t  unknown_visitor_events;
    uint64_t  duplicate_blocks;
    uint64_t  other_stage_lists;      /* blocks that have another list */
    int64_t   logs_from_ms;           /* of all events of the logs, whatever */
    int64_t   logs_to_ms;             /* --start and --end say */
    uint64_t  logs_events;
} jny_input_summary_t;

typedef struct jny_run_s  jny_run_t;

/*
 * Runs the tasks over in.  JNY_OK, JNY_ENOMEM, JNY_EINVAL (diag: a selector
 * or --by that fits nothing), JNY_EIO.  Damage is no error: it is in the
 * summary and in jny_input's list.  *run owns names and accumulators.
 */
int jny_run(jny_run_t **run, jny_input_t *in, const jny_plan_t *plan,
    jny_task_t *tasks, unsigned ntasks, jny_diag_t *diag);
void jny_run_free(jny_run_t *run);                 /* accepts NULL */

const jny_facts_t *jny_run_facts(const jny_run_t *run);
const jny_input_summary_t *jny_run_summary(const jny_run_t *run);
const jny_money_t *jny_run_money(const jny_run_t *run, unsigned *n);


#endif /* JNY_RUN_H */
