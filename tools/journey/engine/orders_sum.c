/*
 * orders_sum.c - money by currency, from what was decided.
 */

#include "engine/orders.h"

#include <stdlib.h>
#include <string.h>


/* Values come from outside: sums stop at the end of the range. */
static int64_t
jny_order_sum(int64_t a_e4, int64_t b_e4)
{
    int64_t  sum_e4;

    return __builtin_add_overflow(a_e4, b_e4, &sum_e4) ? INT64_MAX : sum_e4;
}


int
jny_orders_count(jny_orders_t *orders, unsigned thread,
    const jny_decision_t *d, int unknown)
{
    size_t              n;
    jny_money_t        *m;
    jny_orders_side_t  *side;

    side = &orders->sides[thread];

    if (d->currency >= side->nmoney) {
        n = (size_t) d->currency + 16;

        m = realloc(side->money, n * sizeof(*m));
        if (m == NULL) {
            return JNY_ENOMEM;
        }

        memset(m + side->nmoney, 0, (n - side->nmoney) * sizeof(*m));
        side->money = m;
        side->nmoney = n;
    }

    m = &side->money[d->currency];

    if (d->flags & JNY_EVENT_SALE) {
        m->gross_e4 = jny_order_sum(m->gross_e4, d->value_e4);
        m->orders += d->order != 0;
        m->orders_without_id += d->order == 0;

        if (unknown) {
            m->outside_journeys++;
            m->outside_e4 = jny_order_sum(m->outside_e4, d->value_e4);
        }
    }

    if (d->flags & JNY_EVENT_REFUND) {
        m->refunds_e4 = jny_order_sum(m->refunds_e4, -d->value_e4);
    }

    m->repeats += (d->flags & JNY_EVENT_REPEAT) != 0;

    return JNY_OK;
}


static void
jny_money_add(jny_money_t *into, const jny_money_t *m)
{
    into->gross_e4 = jny_order_sum(into->gross_e4, m->gross_e4);
    into->refunds_e4 = jny_order_sum(into->refunds_e4, m->refunds_e4);
    into->outside_e4 = jny_order_sum(into->outside_e4, m->outside_e4);
    into->net_e4 = into->gross_e4 - into->refunds_e4;
    into->orders += m->orders;
    into->orders_without_id += m->orders_without_id;
    into->repeats += m->repeats;
    into->outside_journeys += m->outside_journeys;
}


int
jny_orders_sum(jny_orders_t *orders, const jny_names_t *names)
{
    size_t                    i;
    unsigned                  t, k, n;
    jny_money_t              *all;
    const uint32_t           *rank;
    const jny_orders_side_t  *side;

    n = jny_names_count(names, JNY_NAME_CURRENCY);
    rank = jny_names_rank(names, JNY_NAME_CURRENCY);

    all = calloc(n, sizeof(*all));
    if (all == NULL) {
        return JNY_ENOMEM;
    }

    for (t = 0; t < orders->nthreads; t++) {
        side = &orders->sides[t];

        for (i = 0; i < side->nmoney && i < n; i++) {
            jny_money_add(&all[rank[i]], &side->money[i]);
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
