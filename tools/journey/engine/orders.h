/*
 * orders.h - the order table: what every event that names money or an order
 * counts for (docs/SEMANTICS.md, "Orders").
 *
 *     thread's part: add* (rows in order)
 *     once:          resolve -> (find | select)* -> sum
 *
 * Key: (host, order id).  The first sale in order of (time, ord) counts,
 * across all visitors and those unknown; later ones repeat it.  An order's
 * first positive value is its sale; without one its first event is, at 0.
 * A negative value with an order id is a refund of a known sale of the same
 * currency, at most up to the sale's value, so that a reloaded refund cannot
 * count twice; without an id it counts as it stands.
 */

#ifndef JNY_ORDERS_H
#define JNY_ORDERS_H

#include "engine/names.h"
#include "engine/run.h"


typedef struct {
    int64_t   time_ms;
    uint64_t  ord;
    int64_t   value_e4;   /* in: as logged; out: what counts */
    uint32_t  order;      /* 0 = no order id */
    uint32_t  currency;
    uint16_t  flags;      /* out: JNY_EVENT_SALE, _REFUND, _REPEAT */
    uint8_t   unknown;    /* visitor 0 */
    uint8_t   selected;   /* its money is in the sums */
} jny_order_row_t;

/* What one thread saw; ord never goes down. */
typedef struct {
    jny_order_row_t  *rows;
    size_t            n;
    size_t            cap;
} jny_order_part_t;

/* Where the rows of a block stand. */
typedef struct {
    uint32_t  part;
    uint32_t  n;
    size_t    start;
} jny_order_block_t;

typedef struct {
    unsigned            nparts;
    jny_order_part_t   *parts;    /* one a thread */
    jny_order_block_t  *blocks;
    jny_money_t        *money;
    unsigned            nmoney;
} jny_orders_t;


/* JNY_OK, JNY_ENOMEM. */
int jny_orders_init(jny_orders_t *orders, unsigned nthreads, uint32_t nblocks);
void jny_orders_release(jny_orders_t *orders);

/*
 * Adds one row to a thread's part; value_e4 is not INT64_MIN.  A block's rows
 * come from one thread, in order.  JNY_OK, JNY_ENOMEM.
 */
int jny_orders_add(jny_orders_t *orders, unsigned thread,
    const jny_order_row_t *row);

/*
 * Decides every row; renumbers orders by first appearance (and their names),
 * currencies by rank.  names is finished.  JNY_OK, JNY_ENOMEM.
 */
int jny_orders_resolve(jny_orders_t *orders, jny_names_t *names);

/* The row of an event that was added, by its ord.  Any thread. */
const jny_order_row_t *jny_orders_find(const jny_orders_t *orders,
                                       uint64_t ord);

/*
 * Puts the row of an event into the sums.  Any thread, but no row from two at
 * a time.
 */
void jny_orders_select(jny_orders_t *orders, uint64_t ord);

/*
 * Sums the money of the selected rows by currency, once, when all are
 * resolved and selected.  JNY_OK, JNY_ENOMEM.
 */
int jny_orders_sum(jny_orders_t *orders, const jny_names_t *names);


#endif /* JNY_ORDERS_H */
