/*
 * orders.c - a counting sort by order id: ids are dense, so grouping is
 * linear, and a group is a sale with its reloads and refunds: a handful.
 */

#include "engine/orders.h"

#include <stdlib.h>
#include <string.h>


int
jny_orders_init(jny_orders_t *orders, unsigned nthreads, uint32_t nblocks)
{
    memset(orders, 0, sizeof(*orders));

    orders->parts = calloc(nthreads, sizeof(*orders->parts));
    orders->blocks = calloc((size_t) nblocks + 1, sizeof(*orders->blocks));

    if (orders->parts == NULL || orders->blocks == NULL) {
        jny_orders_release(orders);
        return JNY_ENOMEM;
    }

    orders->nparts = nthreads;

    return JNY_OK;
}


void
jny_orders_release(jny_orders_t *orders)
{
    unsigned  i;

    for (i = 0; i < orders->nparts; i++) {
        free(orders->parts[i].rows);
    }

    free(orders->parts);
    free(orders->blocks);
    free(orders->money);
    memset(orders, 0, sizeof(*orders));
}


int
jny_orders_add(jny_orders_t *orders, unsigned thread,
    const jny_order_row_t *row)
{
    size_t              cap;
    jny_order_row_t    *rows;
    jny_order_part_t   *part;
    jny_order_block_t  *block;

    part = &orders->parts[thread];

    if (part->n == part->cap) {
        cap = part->cap == 0 ? 256 : part->cap * 2;

        rows = realloc(part->rows, cap * sizeof(*rows));
        if (rows == NULL) {
            return JNY_ENOMEM;
        }

        part->rows = rows;
        part->cap = cap;
    }

    block = &orders->blocks[row->ord >> 16];

    if (block->n == 0) {
        block->part = thread;
        block->start = part->n;
    }

    block->n++;
    part->rows[part->n++] = *row;

    return JNY_OK;
}


static int
jny_order_before(const jny_order_row_t *a, const jny_order_row_t *b)
{
    if (a->time_ms != b->time_ms) {
        return a->time_ms < b->time_ms;
    }

    return a->ord < b->ord;
}


static int
jny_order_compare(const void *x, const void *y)
{
    const jny_order_row_t *const *a = x, *const *b = y;

    if (jny_order_before(*a, *b)) {
        return -1;
    }

    return jny_order_before(*b, *a);
}


/* Without an id every event stands for itself. */
static void
jny_order_alone(jny_order_row_t *r)
{
    if (r->value_e4 > 0) {
        r->flags = JNY_EVENT_SALE;

    } else if (r->value_e4 < 0) {
        r->flags = JNY_EVENT_REFUND;
    }
}


/* Refunds in time order, as far as the sale's value goes. */
static void
jny_order_refund(jny_order_row_t *r, const jny_order_row_t *sale,
                 int64_t *left_e4)
{
    if (r->currency == 0) {
        r->currency = sale->currency;
    }

    if (r->currency != sale->currency || *left_e4 == 0) {
        r->flags = JNY_EVENT_REPEAT;
        r->value_e4 = 0;
        return;
    }

    r->flags = JNY_EVENT_REFUND;

    if (r->value_e4 < -*left_e4) {
        r->value_e4 = -*left_e4;
    }

    *left_e4 += r->value_e4;
}


static void
jny_order_group(jny_order_row_t **rows, size_t n)
{
    size_t            i;
    int64_t           left_e4;
    jny_order_row_t  *sale;

    if (n > 1) {
        qsort(rows, n, sizeof(*rows), jny_order_compare);
    }

    sale = NULL;

    for (i = 0; i < n; i++) {
        if (rows[i]->value_e4 > 0) {
            sale = rows[i];
            break;
        }

        if (rows[i]->value_e4 == 0 && sale == NULL) {
            sale = rows[i];
        }
    }

    left_e4 = sale != NULL ? sale->value_e4 : 0;

    for (i = 0; i < n; i++) {

        if (rows[i] == sale) {
            sale->flags = JNY_EVENT_SALE;

        } else if (rows[i]->value_e4 < 0 && sale != NULL) {
            jny_order_refund(rows[i], sale, &left_e4);

        } else {
            rows[i]->flags = JNY_EVENT_REPEAT;
            rows[i]->value_e4 = 0;
        }
    }
}


/* Groups all rows that have an order id and decides each group. */
static int
jny_orders_decide(jny_orders_t *orders, uint32_t norders)
{
    size_t             i, n, *starts;
    unsigned           p;
    jny_order_row_t   *r, **sorted;
    jny_order_part_t  *part;

    n = 0;

    for (p = 0; p < orders->nparts; p++) {
        n += orders->parts[p].n;
    }

    starts = calloc((size_t) norders + 2, sizeof(*starts));
    sorted = malloc((n + 1) * sizeof(*sorted));

    if (starts == NULL || sorted == NULL) {
        free(starts);
        free(sorted);
        return JNY_ENOMEM;
    }

    for (p = 0; p < orders->nparts; p++) {
        part = &orders->parts[p];

        for (i = 0; i < part->n; i++) {
            starts[(size_t) part->rows[i].order + 2]++;
        }
    }

    for (i = 2; i < (size_t) norders + 2; i++) {
        starts[i] += starts[i - 1];
    }

    for (p = 0; p < orders->nparts; p++) {
        part = &orders->parts[p];

        for (i = 0; i < part->n; i++) {
            r = &part->rows[i];
            sorted[starts[(size_t) r->order + 1]++] = r;
        }
    }

    /* Now starts[k] is where k begins, and order 0 stands first. */

    for (i = 0; i < starts[1]; i++) {
        jny_order_alone(sorted[i]);
    }

    for (i = 1; i < norders; i++) {
        jny_order_group(sorted + starts[i], starts[i + 1] - starts[i]);
    }

    free(starts);
    free(sorted);

    return JNY_OK;
}


/* The part whose next row comes first; NULL when all are read. */
static jny_order_part_t *
jny_orders_first(jny_orders_t *orders, const size_t *at)
{
    unsigned           p;
    jny_order_part_t  *part, *first;

    first = NULL;

    for (p = 0; p < orders->nparts; p++) {
        part = &orders->parts[p];

        if (at[p] < part->n
            && (first == NULL
                || part->rows[at[p]].ord
                       < first->rows[at[first - orders->parts]].ord))
        {
            first = part;
        }
    }

    return first;
}


/* Numbers orders as they appear in the log: the same for any threads. */
static int
jny_orders_rank(jny_orders_t *orders, jny_names_t *names)
{
    int                rc;
    size_t            *at, i;
    uint32_t           n, next, *rank;
    jny_order_row_t   *r;
    jny_order_part_t  *part;

    n = jny_names_count(names, JNY_NAME_ORDER);

    rank = calloc(n, sizeof(*rank));
    at = calloc(orders->nparts, sizeof(*at));

    if (rank == NULL || at == NULL) {
        free(rank);
        free(at);
        return JNY_ENOMEM;
    }

    next = 1;

    while ((part = jny_orders_first(orders, at)) != NULL) {
        r = &part->rows[at[part - orders->parts]++];

        if (r->order != 0) {
            if (rank[r->order] == 0) {
                rank[r->order] = next++;
            }
            r->order = rank[r->order];
        }
    }

    /* Names whose rows did not count. */

    for (i = 1; i < n; i++) {
        rank[i] = rank[i] == 0 ? next++ : rank[i];
    }

    rc = jny_names_reorder(names, JNY_NAME_ORDER, rank);

    free(rank);
    free(at);

    return rc;
}


/* Values come from outside: sums stop at the ends of the range. */
static int64_t
jny_order_sum(int64_t a_e4, int64_t b_e4)
{
    int64_t  sum_e4;

    if (__builtin_add_overflow(a_e4, b_e4, &sum_e4)) {
        return b_e4 > 0 ? INT64_MAX : -INT64_MAX;
    }

    return sum_e4;
}


static void
jny_order_count(jny_money_t *m, const jny_order_row_t *r)
{
    if (r->flags & JNY_EVENT_SALE) {
        m->gross_e4 = jny_order_sum(m->gross_e4, r->value_e4);
        m->orders += r->order != 0;
        m->orders_without_id += r->order == 0;
        m->outside_journeys += r->unknown;

        if (r->unknown) {
            m->outside_e4 = jny_order_sum(m->outside_e4, r->value_e4);
        }
    }

    if (r->flags & JNY_EVENT_REFUND) {
        m->refunds_e4 = jny_order_sum(m->refunds_e4, -r->value_e4);
    }

    m->repeats += (r->flags & JNY_EVENT_REPEAT) != 0;
    m->net_e4 = jny_order_sum(m->gross_e4, -m->refunds_e4);
}


int
jny_orders_sum(jny_orders_t *orders, const jny_names_t *names)
{
    size_t                  i;
    unsigned                p, k, n;
    jny_money_t            *all;
    const jny_order_row_t  *r;

    n = jny_names_count(names, JNY_NAME_CURRENCY);

    all = calloc(n, sizeof(*all));
    if (all == NULL) {
        return JNY_ENOMEM;
    }

    for (p = 0; p < orders->nparts; p++) {
        for (i = 0; i < orders->parts[p].n; i++) {
            r = &orders->parts[p].rows[i];

            if (r->selected) {
                jny_order_count(&all[r->currency], r);
            }
        }
    }

    orders->nmoney = 0;

    for (k = 0; k < n; k++) {
        if (all[k].orders + all[k].orders_without_id + all[k].repeats == 0
            && all[k].refunds_e4 == 0)
        {
            continue;
        }

        all[k].currency = jny_names_get(names, JNY_NAME_CURRENCY, k);
        all[orders->nmoney++] = all[k];
    }

    orders->money = all;

    return JNY_OK;
}


static void
jny_orders_currencies(jny_orders_t *orders, const jny_names_t *names)
{
    size_t            i;
    unsigned          p;
    const uint32_t   *rank;
    jny_order_row_t  *r;

    rank = jny_names_rank(names, JNY_NAME_CURRENCY);

    for (p = 0; p < orders->nparts; p++) {
        for (i = 0; i < orders->parts[p].n; i++) {
            r = &orders->parts[p].rows[i];
            r->currency = rank[r->currency];
        }
    }
}


int
jny_orders_resolve(jny_orders_t *orders, jny_names_t *names)
{
    int  rc;

    rc = jny_orders_decide(orders, jny_names_count(names, JNY_NAME_ORDER));

    if (rc == JNY_OK) {
        rc = jny_orders_rank(orders, names);
    }

    if (rc == JNY_OK) {
        jny_orders_currencies(orders, names);
    }

    return rc;
}


static jny_order_row_t *
jny_orders_row(const jny_orders_t *orders, uint64_t ord)
{
    size_t                    low, high, mid;
    jny_order_row_t          *rows;
    const jny_order_block_t  *block;

    block = &orders->blocks[ord >> 16];
    rows = &orders->parts[block->part].rows[block->start];
    low = 0;
    high = block->n;

    while (high - low > 1) {
        mid = low + (high - low) / 2;

        if (rows[mid].ord <= ord) {
            low = mid;
        } else {
            high = mid;
        }
    }

    return &rows[low];
}


const jny_order_row_t *
jny_orders_find(const jny_orders_t *orders, uint64_t ord)
{
    return jny_orders_row(orders, ord);
}


void
jny_orders_select(jny_orders_t *orders, uint64_t ord)
{
    jny_orders_row(orders, ord)->selected = 1;
}
