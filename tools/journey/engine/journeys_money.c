/*
 * journeys_money.c - what was decided of a visitor's orders, put where its
 * events are, and into the sums.
 */

#include "engine/journeys.h"

#include <stdlib.h>
#include <string.h>

#include "engine/scan.h"


static int
jny_decision_compare(const void *a, const void *b)
{
    const jny_decision_t  *x = a, *y = b;

    return x->ord < y->ord ? -1 : x->ord > y->ord;
}


/* The decisions among a visitor's strands, by ord. */
static int
jny_journeys_decisions(jny_journeys_thread_t *t, const jny_strand_ref_t *refs,
                       uint64_t n)
{
    size_t          many;
    uint64_t        i;
    jny_decision_t  d;

    many = 0;

    for (i = 0; i < n; i++) {
        many += (size_t) jny_decision_of(refs[i].strand, &d);
    }

    if (jny_scan_room(&t->decisions, &t->decisions_cap, many,
                      sizeof(*t->decisions))
        != JNY_OK)
    {
        return JNY_ENOMEM;
    }

    t->ndecisions = 0;

    for (i = 0; i < n; i++) {
        if (!jny_decision_of(refs[i].strand, &d)) {
            continue;
        }

        t->decisions[t->ndecisions++] = d;
    }

    if (t->ndecisions > 1) {
        qsort(t->decisions, t->ndecisions, sizeof(*t->decisions),
              jny_decision_compare);
    }

    return JNY_OK;
}


/* What was decided of the event at ord; every one with MONEY has one. */
static const jny_decision_t *
jny_journeys_decision(const jny_journeys_thread_t *t, uint64_t ord)
{
    size_t  low, high, mid;

    low = 0;
    high = t->ndecisions;

    while (high - low > 1) {
        mid = low + (high - low) / 2;

        if (t->decisions[mid].ord <= ord) {
            low = mid;
        } else {
            high = mid;
        }
    }

    return &t->decisions[low];
}


/* What an event's money counts for; detail is its detail, or NULL. */
static void
jny_journeys_money(const jny_journeys_t *js, const jny_decision_t *d,
                   jny_event_t *e, jny_detail_t *detail)
{
    e->flags |= d->flags;

    /* A reload or a refund is no conversion. */
    if (d->flags & (JNY_EVENT_REPEAT | JNY_EVENT_REFUND)) {
        e->flags &= (uint16_t) ~JNY_EVENT_GOAL;
    }

    if (detail != NULL) {
        detail->order = d->order;
        detail->currency =
            jny_names_rank(js->names, JNY_NAME_CURRENCY)[d->currency];
        detail->value_e4 = d->value_e4;
    }
}


/*
 * What money a visitor whom --visitors keeps brought; that of events which pass
 * --where is in the sums.
 */
static int
jny_journeys_values(const jny_journeys_t *js, jny_journeys_thread_t *t,
                    jny_event_t *events, uint32_t n)
{
    uint32_t               i, k;
    jny_event_t           *e;
    jny_detail_t          *d;
    const jny_decision_t  *decision;

    k = 0;

    if (!js->wide && (js->plan->want & JNY_WANT_VALUE)) {

        for (i = 0; i < n; i++) {
            k += (events[i].flags & JNY_SCATTERED_MONEY) != 0;
        }

        if (k > 0) {
            if (jny_scan_room(&t->values, &t->values_cap, k,
                              sizeof(*t->values))
                != JNY_OK)
            {
                return JNY_ENOMEM;
            }
            memset(t->values, 0, k * sizeof(*t->values));
        }
    }

    d = k > 0 ? t->values : NULL;

    for (i = 0; i < n; i++) {
        e = &events[i];

        if (!(e->flags & JNY_SCATTERED_MONEY)) {
            continue;
        }

        if (js->wide) {
            d = (jny_detail_t *) (uintptr_t) e->detail;
        }

        decision = jny_journeys_decision(t, e->ord);
        jny_journeys_money(js, decision, e, d);

        if ((e->flags & JNY_EVENT_WHERE)
            && jny_orders_count(js->orders, (unsigned) (t - js->threads),
                                decision, 0)
                   != JNY_OK)
        {
            return JNY_ENOMEM;
        }

        e->detail = d;

        if (!js->wide && d != NULL) {
            d++;
        }
    }

    return JNY_OK;
}


int
jny_journeys_sales(const jny_journeys_t *js, jny_journeys_thread_t *t,
                   const jny_strand_ref_t *refs, uint64_t nrefs,
                   jny_event_t *events, uint32_t n)
{
    int  rc;

    rc = jny_journeys_decisions(t, refs, nrefs);

    return rc == JNY_OK ? jny_journeys_values(js, t, events, n) : rc;
}
