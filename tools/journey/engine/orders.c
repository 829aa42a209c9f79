/*
 * orders.c - rows by key, decisions by visitor.
 *
 * A group, a sale with its reloads and refunds, is a handful of rows; a stream
 * of them is sorted by key whole.  A row without an order id is decided where
 * it is found.
 */

#include "engine/orders.h"

#include <pthread.h>
#include <sodium.h>
#include <stdlib.h>
#include <string.h>

#include "base/pool.h"
#include "engine/orders_private.h"


/* 64 streams: 300,000 rows of 56 bytes each in a billion events. */
#define JNY_ORDERS_BITS  6

#define JNY_DECISION_WORDS  3   /* behind the head */

_Static_assert(sizeof(jny_order_key_t) == crypto_shorthash_siphashx24_BYTES,
    "a key is a hash");

static uint8_t  jny_order_secret[crypto_shorthash_siphashx24_KEYBYTES];


int
jny_orders_init(jny_orders_t *orders, jny_streams_t *strands,
    jny_budget_t *budget, uint64_t most_words)
{
    unsigned  nthreads;

    nthreads = strands->nthreads;
    memset(orders, 0, sizeof(*orders));
    orders->strands = strands;
    orders->most_words = most_words;
    orders->rows = jny_streams_new(JNY_ORDERS_BITS, nthreads, budget);
    orders->sides = calloc(nthreads, sizeof(*orders->sides));

    if (orders->rows == NULL || orders->sides == NULL) {
        return JNY_ENOMEM;
    }

    orders->nthreads = nthreads;

    return JNY_OK;
}


void
jny_orders_close(jny_orders_t *orders)
{
    unsigned            i;
    jny_orders_side_t  *side;

    for (i = 0; i < orders->nthreads; i++) {
        side = &orders->sides[i];
        free(side->money);
        free(side->rows);
        jny_stream_reader_release(&side->reader);
    }

    free(orders->sides);
    jny_streams_free(orders->rows);
    orders->sides = NULL;
    orders->rows = NULL;
    orders->nthreads = 0;
}


void
jny_orders_release(jny_orders_t *orders)
{
    jny_orders_close(orders);
    free(orders->money);
    memset(orders, 0, sizeof(*orders));
}


static void
jny_order_key_secret(void)
{
    randombytes_buf(jny_order_secret, sizeof(jny_order_secret));
}


/*
 * Told apart by a hash that nobody can aim at, as its key is this process's
 * own: two of 2^128.  Of two hashes, so that no text runs into the other.
 */
jny_order_key_t
jny_order_key(jny_slice_t host, jny_slice_t order)
{
    uint8_t                parts[2][crypto_shorthash_siphashx24_BYTES];
    jny_order_key_t        key;
    static pthread_once_t  once = PTHREAD_ONCE_INIT;

    (void) pthread_once(&once, jny_order_key_secret);

    (void) crypto_shorthash_siphashx24(parts[0], host.data, host.len,
                                       jny_order_secret);
    (void) crypto_shorthash_siphashx24(parts[1], order.data, order.len,
                                       jny_order_secret);
    (void) crypto_shorthash_siphashx24((uint8_t *) &key, parts[0],
                                       sizeof(parts), jny_order_secret);

    key.high += key.high == 0;

    return key;
}


uint32_t
jny_order_id(jny_order_key_t key)
{
    uint32_t  id;

    id = (uint32_t) key.low;

    return key.high == 0 ? 0 : id + (id == 0);
}


/* A decision goes where its event is. */
static int
jny_orders_send(jny_orders_t *orders, unsigned thread,
    const jny_order_row_t *r, const jny_decision_t *d)
{
    uint64_t       stream, *p;
    jny_strand_t   s;

    stream = jny_strand_stream(orders->strands, r->visitor);

    p = jny_streams_room(orders->strands, thread, stream,
                         JNY_STRAND_HEAD + JNY_DECISION_WORDS);
    if (p == NULL) {
        return jny_streams_fail(orders->strands);
    }

    memset(&s, 0, sizeof(s));
    s.visitor = r->visitor;
    s.block = (uint32_t) (d->ord >> 16);
    s.words = JNY_STRAND_HEAD + JNY_DECISION_WORDS;
    s.any = JNY_STRAND_DECISION;

    memcpy(p, &s, sizeof(s));
    p += JNY_STRAND_HEAD;
    p[0] = d->ord | (uint64_t) d->flags << 48;
    p[1] = (uint64_t) d->value_e4;
    p[2] = (uint64_t) d->order << 32 | d->currency;

    orders->strands->sides[thread].next[stream] = p + JNY_DECISION_WORDS;

    return JNY_OK;
}


int
jny_decision_of(const jny_strand_t *s, jny_decision_t *d)
{
    const uint64_t  *p;

    if (!(s->any & JNY_STRAND_DECISION)) {
        return 0;
    }

    p = (const uint64_t *) (s + 1);
    d->ord = p[0] & 0xffffffffffff;
    d->flags = (uint16_t) (p[0] >> 48);
    d->value_e4 = (int64_t) p[1];
    d->order = (uint32_t) (p[2] >> 32);
    d->currency = (uint32_t) p[2];

    return 1;
}


int
jny_orders_decided(jny_orders_t *orders, unsigned thread,
    const jny_order_row_t *r, const jny_decision_t *d)
{
    if (r->visitor != 0) {
        return jny_orders_send(orders, thread, r, d);
    }

    return r->selected ? jny_orders_count(orders, thread, d, 1) : JNY_OK;
}


jny_decision_t
jny_order_decision(const jny_order_row_t *r, uint16_t flags, int64_t value_e4)
{
    jny_decision_t  d;

    d.ord = r->ord;
    d.value_e4 = value_e4;
    d.order = jny_order_id(r->key);
    d.currency = r->currency;
    d.flags = flags;

    return d;
}


/* Without an id every event stands for itself. */
static int
jny_orders_alone(jny_orders_t *orders, unsigned thread,
    const jny_order_row_t *r)
{
    jny_decision_t  d;

    d = jny_order_decision(r, r->value_e4 > 0 ? JNY_EVENT_SALE
                                              : JNY_EVENT_REFUND,
                           r->value_e4);
    d.flags = r->value_e4 == 0 ? 0 : d.flags;

    return jny_orders_decided(orders, thread, r, &d);
}


int
jny_orders_add(jny_orders_t *orders, unsigned thread,
    const jny_order_row_t *row)
{
    uint64_t  stream, *p;

    if (row->key.high == 0) {
        return jny_orders_alone(orders, thread, row);
    }

    stream = row->key.low >> (64 - JNY_ORDERS_BITS);

    p = jny_streams_room(orders->rows, thread, stream, JNY_ORDER_WORDS);
    if (p == NULL) {
        return jny_streams_fail(orders->rows);
    }

    memcpy(p, row, sizeof(*row));
    orders->rows->sides[thread].next[stream] = p + JNY_ORDER_WORDS;

    return JNY_OK;
}


int
jny_order_key_compare(jny_order_key_t a, jny_order_key_t b)
{
    if (a.low != b.low) {
        return a.low < b.low ? -1 : 1;
    }

    return a.high < b.high ? -1 : a.high > b.high;
}


int
jny_order_time_compare(const jny_order_row_t *a, const jny_order_row_t *b)
{
    if (a->time_ms != b->time_ms) {
        return a->time_ms < b->time_ms ? -1 : 1;
    }

    if (a->visitor != b->visitor) {
        return a->visitor < b->visitor ? -1 : 1;
    }

    return a->ord < b->ord ? -1 : a->ord > b->ord;
}


static int
jny_order_compare(const void *x, const void *y)
{
    int                     order;
    const jny_order_row_t  *a = *(jny_order_row_t *const *) x;
    const jny_order_row_t  *b = *(jny_order_row_t *const *) y;

    order = jny_order_key_compare(a->key, b->key);

    return order != 0 ? order : jny_order_time_compare(a, b);
}


jny_decision_t
jny_order_refund(const jny_order_row_t *r, const jny_order_row_t *sale,
    int64_t *left_e4)
{
    jny_decision_t  d;

    d = jny_order_decision(r, JNY_EVENT_REPEAT, 0);
    d.currency = d.currency == 0 ? sale->currency : d.currency;

    if (d.currency == sale->currency && *left_e4 != 0) {
        d.flags = JNY_EVENT_REFUND;
        d.value_e4 = r->value_e4 < -*left_e4 ? -*left_e4 : r->value_e4;
        *left_e4 += d.value_e4;
    }

    return d;
}


/* Its first positive value is an order's sale, else its first event at 0. */
static const jny_order_row_t *
jny_order_sale(jny_order_row_t *const *rows, size_t n)
{
    size_t                  i;
    const jny_order_row_t  *sale;

    sale = NULL;

    for (i = 0; i < n; i++) {
        if (rows[i]->value_e4 > 0) {
            return rows[i];
        }

        if (rows[i]->value_e4 == 0 && sale == NULL) {
            sale = rows[i];
        }
    }

    return sale;
}


/* The n rows of one order, in order. */
static int
jny_orders_group(jny_orders_t *orders, unsigned thread,
    jny_order_row_t *const *rows, size_t n)
{
    int                     rc;
    size_t                  i;
    int64_t                 left_e4;
    jny_decision_t          d;
    const jny_order_row_t  *sale;

    rc = JNY_OK;
    sale = jny_order_sale(rows, n);
    left_e4 = sale != NULL ? sale->value_e4 : 0;

    for (i = 0; rc == JNY_OK && i < n; i++) {

        if (rows[i] == sale) {
            d = jny_order_decision(sale, JNY_EVENT_SALE, sale->value_e4);

        } else if (rows[i]->value_e4 < 0 && sale != NULL) {
            d = jny_order_refund(rows[i], sale, &left_e4);

        } else {
            d = jny_order_decision(rows[i], JNY_EVENT_REPEAT, 0);
        }

        rc = jny_orders_decided(orders, thread, rows[i], &d);
    }

    return rc;
}


/* The rows of the spans that were read, in order. */
static int
jny_orders_sorted(jny_orders_side_t *side, size_t *n)
{
    size_t             i, k;
    jny_span_t        *span;
    jny_order_row_t  **rows;

    *n = 0;

    for (i = 0; i < side->reader.nspans; i++) {
        *n += side->reader.spans[i].n / JNY_ORDER_WORDS;
    }

    if (*n > side->rows_cap) {
        rows = realloc(side->rows, *n * sizeof(*rows));
        if (rows == NULL) {
            return JNY_ENOMEM;
        }

        side->rows = rows;
        side->rows_cap = *n;
    }

    rows = side->rows;

    for (i = 0; i < side->reader.nspans; i++) {
        span = &side->reader.spans[i];

        for (k = 0; k < span->n; k += JNY_ORDER_WORDS) {
            *rows++ = (jny_order_row_t *) (span->words + k);
        }
    }

    if (*n > 1) {
        qsort(side->rows, *n, sizeof(*side->rows), jny_order_compare);
    }

    return JNY_OK;
}


/* The rows of a stream that fits into memory. */
static int
jny_orders_whole(jny_orders_t *orders, unsigned thread,
    jny_streams_t *streams, uint64_t stream)
{
    int                  rc;
    size_t               i, k, n;
    jny_order_row_t    **rows;
    jny_orders_side_t   *side;

    side = &orders->sides[thread];
    rc = jny_streams_read(streams, stream, &side->reader);

    if (rc == JNY_OK) {
        rc = jny_orders_sorted(side, &n);
    }

    for (i = 0; rc == JNY_OK && i < n; i = k) {
        rows = side->rows;

        for (k = i + 1; k < n && jny_order_key_compare(rows[k]->key,
                                                       rows[i]->key) == 0;
             k++)
        {
            /* the order's rows stand side by side */
        }

        rc = jny_orders_group(orders, thread, rows + i, k - i);
    }

    return rc;
}


int
jny_orders_rows(jny_orders_t *orders, unsigned thread, jny_streams_t *streams,
    uint64_t stream, unsigned bits)
{
    return jny_streams_words(streams, stream) <= orders->most_words
                   || bits >= 64
               ? jny_orders_whole(orders, thread, streams, stream)
               : jny_orders_split(orders, thread, streams, stream, bits);
}


static int
jny_orders_stream(void *ctx, unsigned thread, uint64_t stream)
{
    int            rc;
    uint64_t       at_ns;
    jny_orders_t  *orders = ctx;

    at_ns = jny_progress_now();
    rc = jny_orders_rows(orders, thread, orders->rows, stream,
                         JNY_ORDERS_BITS);
    jny_progress_lap(orders->progress, JNY_PART_ORDERS, &at_ns);

    return rc;
}


int
jny_orders_resolve(jny_orders_t *orders, jny_progress_t *progress)
{
    orders->progress = progress;

    return jny_pool_run(orders->nthreads, jny_streams_count(orders->rows),
                        jny_orders_stream, orders);
}
