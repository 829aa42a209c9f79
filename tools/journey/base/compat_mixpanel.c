/*
 * compat_mixpanel.c - Mixpanel's funnel: one chain, from the first event of
 * the first step; events not more than 2 s apart may stand the wrong way
 * round (its documentation, "How does Mixpanel handle simultaneous events?").
 */

#include "base/compat_private.h"


#define JNY_MIXPANEL_GRACE_MS  2000


static int jny_mixpanel_used(const jny_compat_run_t *r, uint32_t i,
    unsigned k);
static int jny_mixpanel_next(jny_compat_run_t *r, unsigned k);


void
jny_compat_mixpanel(jny_compat_run_t *r)
{
    uint32_t  i = 0;
    unsigned  k;

    while (i < r->n && !jny_compat_fits(r, i, 0)) {
        i++;
    }

    if (i == r->n) {
        return;
    }

    r->best.at[0] = i;

    for (k = 1; k < r->nlevels && jny_mixpanel_next(r, k); k++) {
        /* void */
    }

    r->depth = k;
    r->best.filled = UINT64_MAX >> (JNY_CHAIN_MAX_STEPS - k);
}


static int
jny_mixpanel_used(const jny_compat_run_t *r, uint32_t i, unsigned k)
{
    while (k-- > 0) {
        if (r->best.at[k] == i) {
            return 1;
        }
    }

    return 0;
}


/* Fills level k; 0: nothing does, or an exclusion comes before. */
static int
jny_mixpanel_next(jny_compat_run_t *r, unsigned k)
{
    uint32_t          i, last = r->best.at[k - 1];
    uint64_t          excluded;
    const jny_hit_t  *hits = r->hits;

    for (i = last; i > 0
         && jny_hit_elapsed(&hits[i - 1], &hits[last])
                          <= JNY_MIXPANEL_GRACE_MS;
         i--)
    { /* void */
    }

    for (/* void */; i < r->n; i++) {

        if (hits[i].time_ms > hits[r->best.at[0]].time_ms
            && jny_hit_elapsed(&hits[r->best.at[0]], &hits[i])
               > r->c->window_ms)
        {
            return 0;
        }

        if (jny_compat_fits(r, i, k) && !jny_mixpanel_used(r, i, k)) {
            r->best.at[k] = i;
            return 1;
        }

        excluded = hits[i].mask & r->c->excludes[k];

        if (i > last && excluded != 0) {
            r->best.spoilt = 1;
            r->best.exclusion = i;
            r->best.item = (unsigned) __builtin_ctzll(excluded);
            return 0;
        }
    }

    return 0;
}
