/*
 * compat_any.c - PostHog's funnel in any order (its aggregate_funnel): how many
 * steps have an event in a window that slides along.
 *
 * An event stands for one step, in a queue of that step's events.  How many
 * queues there are is only looked at before an event leaves, and at the end.
 */

#include "base/compat_private.h"


typedef struct {
    uint32_t  front[JNY_CHAIN_MAX_STEPS];
    uint32_t  back[JNY_CHAIN_MAX_STEPS];
    unsigned  n;        /* queues that are not empty */
} jny_compat_window_t;


static void jny_compat_leave(jny_compat_run_t *r, jny_compat_window_t *w,
    uint32_t i);
static void jny_compat_look(jny_compat_run_t *r, const jny_compat_window_t *w);
static unsigned jny_compat_choose(const jny_compat_run_t *r,
    const jny_compat_window_t *w, uint32_t i);
static void jny_compat_clear(const jny_compat_run_t *r,
    jny_compat_window_t *w);


void
jny_compat_any(jny_compat_run_t *r)
{
    uint32_t             i;
    unsigned             k;
    jny_compat_window_t  w;

    jny_compat_clear(r, &w);

    for (i = 0; i < r->n && r->depth < r->nlevels; i++) {
        jny_compat_leave(r, &w, i);

        if ((r->hits[i].mask & ~r->c->excluding) == 0) {
            jny_compat_clear(r, &w);
            continue;
        }

        k = jny_compat_choose(r, &w, i);
        r->links[i] = JNY_CHAIN_NONE;

        if (w.front[k] == JNY_CHAIN_NONE) {
            w.front[k] = i;
            w.n++;

        } else {
            r->links[w.back[k]] = i;
        }

        w.back[k] = i;
    }

    jny_compat_look(r, &w);
}


static void
jny_compat_clear(const jny_compat_run_t *r, jny_compat_window_t *w)
{
    unsigned  k;

    for (k = 0; k < r->nlevels; k++) {
        w->front[k] = JNY_CHAIN_NONE;
    }

    w->n = 0;
}


/* What is out of the window of event i leaves, or all that was complete. */
static void
jny_compat_leave(jny_compat_run_t *r, jny_compat_window_t *w, uint32_t i)
{
    unsigned  k, oldest;

    while (w->n > 0) {
        oldest = r->nlevels;

        for (k = 0; k < r->nlevels; k++) {
            if (w->front[k] != JNY_CHAIN_NONE
                && (oldest == r->nlevels
                    || r->hits[w->front[k]].time_ms
                       < r->hits[w->front[oldest]].time_ms))
            {
                oldest = k;
            }
        }

        if (w->n < r->nlevels
            && jny_hit_elapsed(&r->hits[w->front[oldest]], &r->hits[i])
               <= r->c->window_ms)
        {
            return;
        }

        jny_compat_look(r, w);
        w->front[oldest] = r->links[w->front[oldest]];
        w->n -= w->front[oldest] == JNY_CHAIN_NONE;
    }
}


/* The first event of each queue, by time, and at one time by step. */
static void
jny_compat_look(jny_compat_run_t *r, const jny_compat_window_t *w)
{
    uint32_t   i;
    unsigned   k, j, n = 0;
    uint32_t  *at = r->best.at;

    if (w->n <= r->depth) {
        return;
    }

    for (k = 0; k < r->nlevels; k++) {
        i = w->front[k];

        if (i == JNY_CHAIN_NONE) {
            continue;
        }

        for (j = n++; j > 0
             && r->hits[at[j - 1]].time_ms > r->hits[i].time_ms; j--)
        {
            at[j] = at[j - 1];
        }

        at[j] = i;
    }

    r->depth = n;
    r->best.filled = UINT64_MAX >> (JNY_CHAIN_MAX_STEPS - n);
}


/* The step whose last event is longest ago; one without any comes first. */
static unsigned
jny_compat_choose(const jny_compat_run_t *r, const jny_compat_window_t *w,
    uint32_t i)
{
    unsigned  k, best = r->nlevels;

    for (k = 0; k < r->nlevels; k++) {

        if (!jny_compat_fits(r, i, k)) {
            continue;
        }

        if (w->front[k] == JNY_CHAIN_NONE) {
            return k;
        }

        if (best == r->nlevels
            || r->hits[w->back[k]].time_ms < r->hits[w->back[best]].time_ms)
        {
            best = k;
        }
    }

    return best;
}
