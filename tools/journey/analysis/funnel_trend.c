/*
 * funnel_trend.c - a funnel's entries by the period of their first step.
 */

#include "analysis/funnel_private.h"

#include <stdlib.h>


static size_t funnel_periods(const jny_funnel_acc_t *acc,
    jny_funnel_sums_t **groups, uint32_t n, int *filled);
static uint64_t funnel_still_open(const jny_funnel_acc_t *acc,
    const jny_funnel_step_t *steps);


int
jny_funnel_count_period(jny_funnel_acc_t *acc, uint32_t start)
{
    jny_funnel_key_t    key = { JNY_FUNNEL_OF_PERIODS, { 0 } };
    jny_funnel_sums_t  *g;

    key.part[0] = (uint64_t) jny_period_of(acc->conf->every,
        acc->hits[start].time_ms);
    g = jny_funnel_group(acc, &key);

    return g ? jny_funnel_count_in(acc, g) : JNY_ENOMEM;
}


/* Periods without entries share the figures of nobody, the first ones. */
int
jny_funnel_finish_trend(jny_funnel_acc_t *acc, jny_funnel_sums_t **groups,
    uint32_t n, jny_funnel_sums_t *nobody, jny_funnel_t *f)
{
    int                   rc, filled;
    size_t                cap;
    int64_t               start;
    uint32_t              i;
    jny_funnel_step_t    *steps;
    jny_funnel_period_t  *p;

    cap = funnel_periods(acc, groups, n, &filled);

    f->periods = calloc(cap + 1, sizeof(*f->periods));
    if (f->periods == NULL) {
        return JNY_ENOMEM;
    }

    rc = jny_funnel_finish_steps(acc, nobody, 0, &f->nobody);

    for (i = 0; i < n && rc == JNY_OK; i++) {
        start = (int64_t) groups[i]->key.part[0];
        p = &f->periods[f->nperiods];

        while (filled && i > 0
               && (p->start = jny_period_next(acc->conf->every, p[-1].start))
                      < start)
        {
            p->steps = f->nobody;
            p = &f->periods[++f->nperiods];
        }

        rc = jny_funnel_finish_steps(acc, groups[i], 0, &steps);
        p->start = start;
        p->steps = steps;
        f->nperiods += steps != NULL;
        p->still_open = (rc == JNY_OK) ? funnel_still_open(acc, steps) : 0;
    }

    return rc;
}


/* How many periods there will be, and whether all between are shown. */
static size_t
funnel_periods(const jny_funnel_acc_t *acc, jny_funnel_sums_t **groups,
    uint32_t n, int *filled)
{
    int64_t  distance;

    *filled = 0;

    if (n == 0) {
        return 0;
    }

    distance = jny_period_distance(acc->conf->every,
        (int64_t) groups[0]->key.part[0], (int64_t) groups[n - 1]->key.part[0]);

    if (distance >= JNY_FUNNEL_MAX_PERIODS) {
        return n;
    }

    *filled = 1;
    return (size_t) distance + 1;
}


static uint64_t
funnel_still_open(const jny_funnel_acc_t *acc, const jny_funnel_step_t *steps)
{
    unsigned  k;
    uint64_t  open = 0;

    for (k = 0; k < acc->nsteps; k++) {
        open += steps[k].still_open;
    }

    return open;
}


void
jny_funnel_free_trend(jny_funnel_t *f)
{
    size_t  i;

    for (i = 0; i < f->nperiods; i++) {
        if (f->periods[i].steps != f->nobody) {
            free(f->periods[i].steps);
        }
    }

    free(f->periods);
    free(f->nobody);
}
