/*
 * orders_split.c - a stream of rows too large to be sorted in memory.
 *
 * The rows go on to streams of their own, by the next bits of the key.  That
 * ends when an order is alone, as where a shop calls all of its orders
 * "undefined".  It is decided in three readings, a little of it in memory at a
 * time: one finds the sale, one the refunds that its value is enough for, and
 * one tells every row.
 */

#include "engine/orders_private.h"

#include <stdlib.h>
#include <string.h>


#define JNY_ORDERS_SPLIT_BITS  6

__extension__ typedef __int128  jny_order_wide_t;

/* A refund that is kept, and what it takes of the sale's value. */
typedef struct {
    jny_order_row_t  row;
    jny_decision_t   decision;
} jny_order_kept_t;

typedef struct {
    jny_orders_t       *orders;
    unsigned            thread;
    unsigned            bits;
    jny_streams_t      *into;

    jny_order_key_t     key;         /* of the first row, */
    unsigned            first:1;     /* if none came yet */
    unsigned            several:1;   /* orders */
    unsigned            sold:1;      /* sale is one */
    jny_order_row_t     sale;

    jny_order_kept_t   *refunds;     /* a heap, latest on top; then by ord */
    size_t              nrefunds;
    size_t              refunds_cap;
    jny_order_wide_t    back_e4;     /* sum of the heap, positive */
} jny_orders_split_t;

typedef int (*jny_orders_each_t)(jny_orders_split_t *split,
    jny_order_row_t *row);

typedef struct {
    jny_orders_split_t  *split;
    jny_orders_each_t    each;
} jny_orders_pass_t;


static int
jny_orders_span(void *ctx, jny_span_t span)
{
    int                 rc;
    size_t              k;
    jny_order_row_t     row;
    jny_orders_pass_t  *pass = ctx;

    rc = JNY_OK;

    for (k = 0; rc == JNY_OK && k < span.n; k += JNY_ORDER_WORDS) {
        memcpy(&row, span.words + k, sizeof(row));
        rc = pass->each(pass->split, &row);
    }

    return rc;
}


static int
jny_orders_pass(jny_orders_split_t *split, jny_streams_t *streams,
    uint64_t stream, jny_orders_each_t each)
{
    jny_orders_pass_t  pass = { split, each };

    return jny_streams_each(streams, stream,
                            &split->orders->sides[split->thread].reader,
                            jny_orders_span, &pass);
}


/* As jny_order_sale() of rows in order: the first positive one, or else 0. */
static int
jny_orders_look(jny_orders_split_t *split, jny_order_row_t *row)
{
    int  better;

    split->several |= !split->first
                      && jny_order_key_compare(row->key, split->key) != 0;
    split->key = row->key;
    split->first = 0;

    if (row->value_e4 < 0) {
        return JNY_OK;
    }

    better = !split->sold
             || (row->value_e4 > 0) > (split->sale.value_e4 > 0)
             || ((row->value_e4 > 0) == (split->sale.value_e4 > 0)
                 && jny_order_time_compare(row, &split->sale) < 0);

    if (better) {
        split->sale = *row;
        split->sold = 1;
    }

    return JNY_OK;
}


static int
jny_orders_send_on(jny_orders_split_t *split, jny_order_row_t *row)
{
    uint64_t  *to, stream;

    /* bits < 64: rows that have more in common are one key */

    stream = row->key.low << split->bits >> (64 - JNY_ORDERS_SPLIT_BITS);

    to = jny_streams_room(split->into, 0, stream, JNY_ORDER_WORDS);
    if (to == NULL) {
        return jny_streams_fail(split->into);
    }

    memcpy(to, row, sizeof(*row));
    split->into->sides[0].next[stream] = to + JNY_ORDER_WORDS;

    return JNY_OK;
}


/* Lets what stands at i sink below all that is later. */
static void
jny_orders_sift(jny_orders_split_t *split, size_t i)
{
    size_t             child, n;
    jny_order_kept_t   x, *heap;

    heap = split->refunds;
    n = split->nrefunds;
    x = heap[i];

    for (child = 2 * i + 1; child < n; child = 2 * i + 1) {
        child += child + 1 < n
                 && jny_order_time_compare(&heap[child + 1].row,
                                           &heap[child].row) > 0;

        if (jny_order_time_compare(&x.row, &heap[child].row) > 0) {
            break;
        }

        heap[i] = heap[child];
        i = child;
    }

    heap[i] = x;
}


/* Keeps the first refunds that take all of the sale's value together. */
static int
jny_orders_refunds(jny_orders_split_t *split, jny_order_row_t *row)
{
    size_t             i, cap;
    jny_order_kept_t  *heap;

    if (row->value_e4 >= 0 || split->sale.value_e4 == 0
        || (row->currency != 0 && row->currency != split->sale.currency))
    {
        return JNY_OK;
    }

    if (split->nrefunds == split->refunds_cap) {
        cap = split->refunds_cap * 2 + 64;

        heap = reallocarray(split->refunds, cap, sizeof(*heap));
        if (heap == NULL) {
            return JNY_ENOMEM;
        }

        split->refunds = heap;
        split->refunds_cap = cap;
    }

    heap = split->refunds;

    for (i = split->nrefunds++; i > 0; i = (i - 1) / 2) {
        if (jny_order_time_compare(row, &heap[(i - 1) / 2].row) < 0) {
            break;
        }

        heap[i] = heap[(i - 1) / 2];
    }

    heap[i].row = *row;
    split->back_e4 -= row->value_e4;

    while (split->back_e4 + heap[0].row.value_e4 >= split->sale.value_e4) {
        split->back_e4 += heap[0].row.value_e4;
        heap[0] = heap[--split->nrefunds];
        jny_orders_sift(split, 0);
    }

    return JNY_OK;
}


static int
jny_orders_by_time(const void *x, const void *y)
{
    const jny_order_kept_t  *a = x, *b = y;

    return jny_order_time_compare(&a->row, &b->row);
}


static int
jny_orders_by_ord(const void *x, const void *y)
{
    const jny_order_kept_t  *a = x, *b = y;

    return a->row.ord < b->row.ord ? -1 : a->row.ord > b->row.ord;
}


/* What the refunds that are kept are worth, ready to be found. */
static void
jny_orders_worth(jny_orders_split_t *split)
{
    size_t   i;
    int64_t  left_e4;

    left_e4 = split->sale.value_e4;

    if (split->nrefunds == 0) {
        return;
    }

    qsort(split->refunds, split->nrefunds, sizeof(*split->refunds),
          jny_orders_by_time);

    for (i = 0; i < split->nrefunds; i++) {
        split->refunds[i].decision =
            jny_order_refund(&split->refunds[i].row, &split->sale, &left_e4);
    }

    qsort(split->refunds, split->nrefunds, sizeof(*split->refunds),
          jny_orders_by_ord);
}


static int
jny_orders_tell(jny_orders_split_t *split, jny_order_row_t *row)
{
    int64_t                  none_e4;
    jny_decision_t           d;
    jny_order_kept_t         key;
    const jny_order_kept_t  *kept;

    none_e4 = 0;
    memset(&key, 0, sizeof(key));
    key.row = *row;
    kept = split->nrefunds == 0
               ? NULL
               : bsearch(&key, split->refunds, split->nrefunds, sizeof(key),
                         jny_orders_by_ord);

    if (kept != NULL) {
        d = kept->decision;

    } else if (split->sold && row->ord == split->sale.ord) {
        d = jny_order_decision(row, JNY_EVENT_SALE, row->value_e4);

    } else if (row->value_e4 < 0 && split->sold) {
        d = jny_order_refund(row, &split->sale, &none_e4);

    } else {
        d = jny_order_decision(row, JNY_EVENT_REPEAT, 0);
    }

    return jny_orders_decided(split->orders, split->thread, row, &d);
}


/* An order that is alone. */
static int
jny_orders_one(jny_orders_split_t *split, jny_streams_t *streams,
    uint64_t stream)
{
    int  rc;

    rc = split->sold ? jny_orders_pass(split, streams, stream,
                                       jny_orders_refunds)
                     : JNY_OK;

    if (rc == JNY_OK) {
        jny_orders_worth(split);
        rc = jny_orders_pass(split, streams, stream, jny_orders_tell);
    }

    free(split->refunds);

    return rc;
}


int
jny_orders_split(jny_orders_t *orders, unsigned thread,
    jny_streams_t *streams, uint64_t stream, unsigned bits)
{
    int                  rc;
    uint64_t             k;
    jny_orders_split_t   split;

    memset(&split, 0, sizeof(split));
    split.orders = orders;
    split.thread = thread;
    split.bits = bits;
    split.first = 1;

    rc = jny_orders_pass(&split, streams, stream, jny_orders_look);

    if (rc != JNY_OK || !split.several) {
        return rc == JNY_OK ? jny_orders_one(&split, streams, stream) : rc;
    }

    split.into = jny_streams_new(JNY_ORDERS_SPLIT_BITS, 1, streams->budget);
    if (split.into == NULL) {
        return JNY_ENOMEM;
    }

    rc = jny_orders_pass(&split, streams, stream, jny_orders_send_on);

    for (k = 0; rc == JNY_OK && k < jny_streams_count(split.into); k++) {
        rc = jny_orders_rows(orders, thread, split.into, k,
                             bits + JNY_ORDERS_SPLIT_BITS);
    }

    jny_streams_free(split.into);

    return rc;
}
