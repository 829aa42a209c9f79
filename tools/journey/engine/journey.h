/*
 * journey.h - what an analysis sees: one visitor's journey at a time, and the
 * contract every analysis fulfils.
 *
 *     per thread:  init -> add* (one call a visitor)
 *     once:        merge (thread 0 takes 1, 2, ... in order) -> finish
 *
 * Analyses read journeys, keep integers (or lists they sort in finish), and
 * so give the same answer for any number of threads.
 */

#ifndef JNY_JOURNEY_H
#define JNY_JOURNEY_H

#include <stdint.h>

#include "base/elapsed.h"
#include "jny_schema.h"


/* jny_event_t.flags */
#define JNY_EVENT_FAILED      0x0001  /* status >= 400: satisfies no stage */
#define JNY_EVENT_GOAL        0x0002  /* a conversion: matches the goal and is
                                         no repeat of a counted order */
#define JNY_EVENT_SESSION     0x0004  /* first event of a session */
#define JNY_EVENT_SALE        0x0008  /* value counts (first of its order, or
                                         has no order id) */
#define JNY_EVENT_REFUND      0x0010  /* negative value, counts */
#define JNY_EVENT_REPEAT      0x0020  /* an order already counted: no value */
#define JNY_EVENT_WHERE       0x0040  /* passes --where (always set without) */
#define JNY_EVENT_BEACON      0x0080
#define JNY_EVENT_ROBOTS      0x0400  /* a request for /robots.txt */
#define JNY_EVENT_RETURNED    0x0800  /* brought a valid cookie back */

/* Most selectors one run can match as steps: bits of jny_event_t.match. */
#define JNY_MAX_STEPS  32

/* Most fields a run breaks down by. */
#define JNY_MAX_BY  4


/*
 * Wide part, present only when the plan asks for it (JNY_WANT_DETAIL).
 * Names are ids of jny_names_t; 0 is "" (absent).  Ids are the same for any
 * number of threads and any order of files: places in byte order of the texts.
 * On links from our own pages arrived and
 * referrer are 0; a click id of paid links stands in for missing tags.
 * touchpoint is never 0 when page is not: it is the page where none was
 * logged.
 */
typedef struct {
    uint32_t  touchpoint;
    uint32_t  page;
    uint32_t  host;
    uint32_t  arrived;     /* tuple id as logged on this request, 0 = none */
    uint32_t  carried;     /* tuple id that holds for the session, never 0 */
    uint32_t  referrer;
    uint32_t  click;
    uint32_t  order;       /* 0 = none; the same for the same (host, order
                              id), and within a visitor for no other */
    uint32_t  currency;
    uint32_t  by;          /* the plan's raw --by columns, in names of their
                              own */
    uint32_t  latency_ms;
    uint16_t  status;
    uint16_t  reserved;
    int64_t   value_e4;    /* 0 unless SALE or REFUND is set */
} jny_detail_t;

typedef struct {
    uint64_t             visitor;  /* never 0 */
    int64_t              time_ms;
    uint64_t             ord;      /* unique: its place in the input */
    uint32_t             match;    /* bit i: matches step i of the plan */
    uint16_t             flags;
    uint8_t              stage;    /* 1 + index in the stage list; 0 = none,
                                      not in the list, or FAILED */
    uint8_t              reserved;
    const jny_detail_t  *detail;   /* NULL without JNY_WANT_DETAIL; with
                                      JNY_WANT_VALUE set on sales and refunds
                                      (JNY_EVENT_SALE, _REFUND) at least */
} jny_event_t;

/*
 * One visitor, events in order of time, then, of a person, of the visitors
 * that were joined, then of the input; lent during add().
 */
typedef struct {
    uint64_t            visitor;   /* never 0 */
    const jny_event_t  *events;
    uint32_t            nevents;   /* at least 1 */
    uint32_t            nsessions; /* of which one may have begun before the
                                      first  event; 0 without JNY_WANT_DETAIL */
} jny_journey_t;


/* The columns whose strings are interned for a run. */
typedef enum {
    JNY_NAME_TOUCHPOINT = 0,   /* also pages: one id space, so ids compare */
    JNY_NAME_HOST,
    JNY_NAME_REFERRER,
    JNY_NAME_CLICK,
    JNY_NAME_CURRENCY,
    JNY_NAME_TUPLE_PART,       /* source, medium, campaign, term, content */
    JNY_NAME_BY,               /* of several columns: jny_names_by() */
    JNY_NAME_COUNT
} jny_name_e;
#define JNY_NAME_PAGE  JNY_NAME_TOUCHPOINT

typedef struct jny_names_s  jny_names_t;

/* Lends the string until the run is released; id as found in events. */
jny_slice_t jny_names_get(const jny_names_t *names, jny_name_e kind,
    uint32_t id);
uint32_t jny_names_count(const jny_names_t *names, jny_name_e kind);

/*
 * The k-th text of a name of JNY_NAME_BY that holds those of n columns: of each
 * its length, 4 bytes as they lie in memory, then its bytes.  With n = 1 it is
 * the name itself.
 */
jny_slice_t jny_names_by(const jny_names_t *names, uint32_t id, unsigned n,
    unsigned k);

/* Where a session came from.  Parts are ids of JNY_NAME_TUPLE_PART. */
typedef struct {
    uint32_t     source;
    uint32_t     medium;
    uint32_t     campaign;
    uint32_t     term;
    uint32_t     content;
    const char  *channel;      /* default channel group, static storage */
} jny_tuple_t;

jny_tuple_t jny_names_tuple(const jny_names_t *names, uint32_t tuple);
uint32_t jny_names_tuple_count(const jny_names_t *names);

/*
 * What people call the tuple in a table: its campaign; without one its
 * source; without one "(direct)".
 */
jny_slice_t jny_names_campaign(const jny_names_t *names, uint32_t tuple);


/*
 * Shared, read-only facts of a run; valid until the run is released.  The
 * times are known before the first add().  Inside add() jny_names_tuple() and
 * jny_names_get() may be called for the ids of that journey.
 */
typedef struct {
    const jny_names_t  *names;
    const jny_slice_t  *stages;      /* the stage list */
    unsigned            nstages;     /* 0 to JNY_MAX_STAGES */
    unsigned            goal_stage;  /* 1 + index, 0 = the goal is a selector */
    int64_t             from_ms;     /* first and last event counted */
    int64_t             to_ms;
} jny_facts_t;


/*
 * An analysis.  conf is its own configuration, borrowed for the run.
 * init: a fresh accumulator or NULL (out of memory).  add, merge: JNY_OK or
 * JNY_ENOMEM.  merge moves from's content into into; from is still freed by
 * free.  facts->names is complete only in finish (the analysis' own function
 * with its own result type), ids are stable from the start.
 */
typedef struct {
    const char  *name;
    void       *(*init)(const void *conf, const jny_facts_t *facts);
    int         (*add)(void *acc, const jny_journey_t *j);
    int         (*merge)(void *into, void *from);
    void        (*free)(void *acc);
} jny_analysis_t;


#endif /* JNY_JOURNEY_H */
