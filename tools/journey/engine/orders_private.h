/*
 * orders_private.h - rows of orders and what is decided of them, between
 * orders.c and orders_split.c.
 */

#ifndef JNY_ORDERS_PRIVATE_H
#define JNY_ORDERS_PRIVATE_H

#include "engine/orders.h"


#define JNY_ORDER_WORDS  (sizeof(jny_order_row_t) / sizeof(uint64_t))

/* -1, 0, 1.  Of one order: in time, then of the visitors, then of the input. */
int jny_order_key_compare(jny_order_key_t a, jny_order_key_t b);
int jny_order_time_compare(const jny_order_row_t *a, const jny_order_row_t *b);

jny_decision_t jny_order_decision(const jny_order_row_t *r, uint16_t flags,
    int64_t value_e4);

/* Refunds in time order, as far as the sale's value goes: *left_e4 of it. */
jny_decision_t jny_order_refund(const jny_order_row_t *r,
    const jny_order_row_t *sale, int64_t *left_e4);

/* What is decided of a row is its visitor's, or summed at once.  JNY_OK,
   JNY_ENOMEM, JNY_EIO. */
int jny_orders_decided(jny_orders_t *orders, unsigned thread,
    const jny_order_row_t *r, const jny_decision_t *d);

/* Decides the rows of a stream; bits of their keys led to it.  Likewise. */
int jny_orders_rows(jny_orders_t *orders, unsigned thread,
    jny_streams_t *streams, uint64_t stream, unsigned bits);

/* The same of a stream that is too large for memory. */
int jny_orders_split(jny_orders_t *orders, unsigned thread,
    jny_streams_t *streams, uint64_t stream, unsigned bits);


#endif /* JNY_ORDERS_PRIVATE_H */
