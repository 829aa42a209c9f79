/*
 * journeys.h - strands to journeys to analyses.
 *
 *     init -> run -> merge -> release
 */

#ifndef JNY_JOURNEYS_H
#define JNY_JOURNEYS_H

#include "engine/behaviour.h"
#include "engine/logins.h"


typedef struct {
    jny_sorter_t     sorter;
    jny_detail_t   **details;       /* of events[i]; or NULL */
    size_t           details_cap;
    jny_detail_t    *values;        /* where only money has details */
    size_t           values_cap;
    jny_decision_t  *decisions;     /* of the visitor's money, by ord */
    size_t           ndecisions;
    size_t           decisions_cap;
    void           **accs;          /* one a task */

    uint64_t  visitors;
    uint64_t  counted_events;
    uint64_t  selected_events;
    uint64_t  confirmed;            /* of visitors */
    uint64_t  bots;                 /* visitors, by an agent */
    uint64_t  behaved_visitors[JNY_BEHAVIOUR_COUNT];
    uint64_t  behaved_events[JNY_BEHAVIOUR_COUNT];
} jny_journeys_thread_t;

/* What the heads of a visitor's strands say together. */
typedef struct {
    uint64_t  rows;
    uint64_t  counted;
    uint64_t  selected;
    uint16_t  any;
} jny_journeys_heads_t;

typedef struct {
    const jny_plan_t    *plan;
    const jny_facts_t   *facts;
    const jny_names_t   *names;
    jny_orders_t        *orders;
    jny_streams_t       *streams;
    jny_strand_key_t     key;
    jny_progress_t      *progress;
    jny_logins_t        *logins;     /* or NULL: no log has any */
    jny_task_t          *tasks;
    unsigned             ntasks;
    uint64_t             most_words; /* of a partition that is sorted whole */
    unsigned             wide:1;
    unsigned             judges:1;  /* visitors by their behaviour; needs all
                                       their events */

    uint64_t               *carried;   /* by tuple: words that may match */
    uint64_t                persons;   /* visitors that logins made */
    jny_journeys_thread_t  *threads;
} jny_journeys_t;


/* The fields above carried are the caller's.  JNY_OK, JNY_ENOMEM. */
int jny_journeys_init(jny_journeys_t *js);
void jny_journeys_release(jny_journeys_t *js);

/*
 * Calls add() of every task for every visitor, and merges: tasks[i].acc is
 * then the caller's.  JNY_OK, JNY_ENOMEM, JNY_ELIMIT, JNY_EIO (the budget's
 * diag).
 */
int jny_journeys_run(jny_journeys_t *js);

/* Adds what run counted. */
void jny_journeys_sum(const jny_journeys_t *js, jny_input_summary_t *sums);

/*
 * journeys_carried.c, of a wide run: the words of js->carried, by tuple.
 * JNY_OK, JNY_ENOMEM.
 */
int jny_journeys_carried(jny_journeys_t *js);

/*
 * journeys_money.c: what the orders of a visitor's n counted events are worth,
 * with its strands, which hold the decisions.  JNY_OK, JNY_ENOMEM.
 */
int jny_journeys_sales(const jny_journeys_t *js, jny_journeys_thread_t *t,
    const jny_strand_ref_t *refs, uint64_t nrefs, jny_event_t *events,
    uint32_t n);


/* Between journeys.c and journeys_split.c. */

/* Counts a visitor who is a bot by an agent. */
void jny_journeys_agent(jny_journeys_thread_t *t,
    const jny_journeys_heads_t *heads);

void jny_journeys_head(jny_journeys_heads_t *heads, const jny_strand_t *s);

/* A visitor so large is left out, however much memory there is. */
int jny_journeys_is_crawler(const jny_journeys_heads_t *heads);
int jny_journeys_crawler(const jny_journeys_t *js, jny_journeys_thread_t *t,
    const jny_journeys_heads_t *heads);

/*
 * The visitors of a stream, which bits of their hashes have in common: split
 * if it is too large, and sorted in memory.  Codes as jny_journeys_run().
 */
int jny_journeys_stream(const jny_journeys_t *js, unsigned thread,
    jny_streams_t *streams, uint64_t stream, unsigned bits);
int jny_journeys_split(const jny_journeys_t *js, unsigned thread,
    jny_streams_t *streams, uint64_t stream, unsigned bits);
int jny_journeys_sorted(const jny_journeys_t *js, unsigned thread,
    jny_streams_t *streams, uint64_t stream, unsigned bits);


#endif /* JNY_JOURNEYS_H */
