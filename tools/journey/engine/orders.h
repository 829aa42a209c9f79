/*
 * orders.h - what every event that names money or an order counts for
 * (docs/SEMANTICS.md, "Goal, orders, money").
 *
 *     scan:      add* (each thread its side)
 *     between:   resolve: decisions travel to the visitors' streams
 *     journeys:  decision_of*, count* (each thread its side)
 *     end:       sum
 *
 * Key: (host, order id).  The first sale in order of (time, ord) counts,
 * across all visitors and those unknown; later ones repeat it.  An order's
 * first positive value is its sale; without one its first event is, at 0.
 * A negative value with an order id is a refund of a known sale of the same
 * currency, at most up to the sale's value, so that a reloaded refund cannot
 * count twice; without an id it counts as it stands.
 *
 * Rows travel by key, decisions by visitor, both in streams, so that nothing
 * here grows with the log beyond the run's budget.
 */

#ifndef JNY_ORDERS_H
#define JNY_ORDERS_H

#include "engine/names.h"
#include "engine/run.h"
#include "engine/strands.h"


/* 128 bits of (host, order id); both 0: no order id. */
typedef struct {
    uint64_t  high;
    uint64_t  low;
} jny_order_key_t;

typedef struct {
    jny_order_key_t  key;
    uint64_t         visitor;    /* 0: unknown */
    int64_t          time_ms;
    uint64_t         ord;
    int64_t          value_e4;   /* as logged, never INT64_MIN */
    uint32_t         currency;   /* provisional */
    uint32_t         selected;   /* visitor 0: its money is in the sums */
} jny_order_row_t;

typedef struct {
    uint64_t  ord;               /* of the event */
    int64_t   value_e4;          /* what counts */
    uint32_t  order;             /* jny_detail_t.order */
    uint32_t  currency;          /* provisional; of a refund, its sale's */
    uint16_t  flags;             /* JNY_EVENT_SALE, _REFUND, _REPEAT */
} jny_decision_t;

/* One thread's: money by provisional currency; scratch of resolving. */
typedef struct {
    jny_money_t          *money;
    size_t                nmoney;
    jny_stream_reader_t   reader;
    jny_order_row_t     **rows;
    size_t                rows_cap;
} jny_orders_side_t;

typedef struct {
    unsigned            nthreads;
    jny_streams_t      *rows;       /* by key */
    jny_streams_t      *strands;    /* decisions go there; borrowed */
    jny_orders_side_t  *sides;
    jny_money_t        *money;      /* by sum: nmoney currencies */
    unsigned            nmoney;
    uint64_t            most_words; /* of a stream that is sorted whole */
    jny_progress_t     *progress;   /* while they are decided */
} jny_orders_t;


/* JNY_OK, JNY_ENOMEM.  Released in any case. */
int jny_orders_init(jny_orders_t *orders, jny_streams_t *strands,
    jny_budget_t *budget, uint64_t most_words);

/* The streams; the sums stay until release. */
void jny_orders_close(jny_orders_t *orders);
void jny_orders_release(jny_orders_t *orders);

/* The same for the same texts, in any run of this process. */
jny_order_key_t jny_order_key(jny_slice_t host, jny_slice_t order);

/* jny_detail_t.order of a key: 0 for none, else 32 bits of it, never 0. */
uint32_t jny_order_id(jny_order_key_t key);

/* Adds one row.  JNY_OK, JNY_ENOMEM, JNY_EIO (the budget's diag). */
int jny_orders_add(jny_orders_t *orders, unsigned thread,
    const jny_order_row_t *row);

/* Decides every row, when all are added.  Codes as above. */
int jny_orders_resolve(jny_orders_t *orders, jny_progress_t *progress);

/* Whether a strand is a decision, and which. */
int jny_decision_of(const jny_strand_t *s, jny_decision_t *d);

/* Puts a decision into a thread's sums.  JNY_OK, JNY_ENOMEM. */
int jny_orders_count(jny_orders_t *orders, unsigned thread,
    const jny_decision_t *d, int unknown);

/*
 * Sums the money by currency, once, when all is counted; names is finished.
 * JNY_OK, JNY_ENOMEM.
 */
int jny_orders_sum(jny_orders_t *orders, const jny_names_t *names);


#endif /* JNY_ORDERS_H */
