/*
 * funnel_cohorts.c - groups of visitors, not of entries: who ever matched a
 * selector.  They may overlap, so who is in several, and in none, is counted.
 */

#include "analysis/funnel_private.h"

#include <stdlib.h>


void
jny_funnel_join_cohorts(jny_funnel_acc_t *acc, const jny_journey_t *j)
{
    uint32_t                  i;
    uint64_t                  match = 0;
    unsigned                  k, in;
    const jny_funnel_conf_t  *conf = acc->conf;

    for (i = 0; i < j->nevents; i++) {
        match |= j->events[i].match;
    }

    acc->cohorts = 0;

    for (k = 0; k < conf->ncohorts; k++) {
        in = match >> conf->cohorts[k].bit & 1;
        acc->cohorts |= in << k;
        acc->members[k] += in;
    }

    acc->in_none += acc->cohorts == 0;

    if ((acc->cohorts & (acc->cohorts - 1)) == 0) {
        return;
    }

    acc->in_several++;

    for (k = 0; k < conf->ncohorts; k++) {
        acc->shared[k] += acc->cohorts >> k & 1;
    }
}


int
jny_funnel_count_cohorts(jny_funnel_acc_t *acc)
{
    int                 rc = JNY_OK;
    unsigned            in;
    jny_funnel_key_t    key = { JNY_FUNNEL_OF_COHORTS, { 0 } };
    jny_funnel_sums_t  *g;

    for (in = acc->cohorts; in != 0 && rc == JNY_OK; in &= in - 1) {
        key.part[0] = (uint64_t) __builtin_ctz(in);
        g = jny_funnel_group(acc, &key);
        rc = g ? jny_funnel_count_in(acc, g) : JNY_ENOMEM;
    }

    return rc;
}


/* A cohort of which nobody touched a step has no group. */
int
jny_funnel_finish_cohorts(jny_funnel_acc_t *acc, jny_funnel_sums_t **groups,
    uint32_t n, jny_funnel_sums_t *nobody, jny_funnel_t *f)
{
    int                    rc = JNY_OK;
    uint32_t               i = 0;
    unsigned               k;
    jny_funnel_sums_t     *g;
    jny_funnel_members_t  *m;

    f->cohorts = calloc(acc->conf->ncohorts, sizeof(*f->cohorts));
    if (f->cohorts == NULL) {
        return JNY_ENOMEM;
    }

    f->in_several = acc->in_several;
    f->in_none = acc->in_none;

    for (k = 0; k < acc->conf->ncohorts && rc == JNY_OK; k++) {
        m = &f->cohorts[f->ncohorts++];
        m->visitors = acc->members[k];
        m->shared = acc->shared[k];
        g = (i < n && groups[i]->key.part[0] == k) ? groups[i++] : nobody;
        rc = jny_funnel_finish_steps(acc, g, 0, &m->steps);
    }

    return rc;
}


void
jny_funnel_free_cohorts(jny_funnel_t *f)
{
    unsigned  k;

    for (k = 0; k < f->ncohorts; k++) {
        free(f->cohorts[k].steps);
    }

    free(f->cohorts);
}
