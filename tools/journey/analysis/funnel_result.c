/*
 * funnel_result.c - from the sums of a funnel to its figures.
 *
 * Entries of one visitor are not independent, so an interval that pretends
 * they were would be too narrow.  Rates are ratios of two sums over visitors,
 * x / n; the linearised variance of such a ratio, sum((x_v - r n_v)^2) / n^2,
 * needs sums of squares and products only, which are integers and merge
 * exactly.  It gives the number of independent entries that would be as
 * precise, and Wilson's interval takes that one.  Where every visitor has one
 * entry it is Wilson's interval of the plain counts.
 */

#include "analysis/funnel_private.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>


static unsigned funnel_goal_step(const jny_funnel_acc_t *acc);
static jny_slice_t funnel_goal_name(jny_slice_t text);
static jny_slice_t funnel_name(jny_funnel_acc_t *acc, unsigned k);
static int funnel_finish_kinds(jny_funnel_acc_t *acc, jny_funnel_t *f);
static int funnel_finish_groups(jny_funnel_acc_t *acc,
    jny_funnel_sums_t **groups, uint32_t n, jny_funnel_t *f);
static int funnel_compare_groups(const void *one, const void *two);
static int funnel_compare_texts(jny_slice_t a, jny_slice_t b);
static int funnel_finish_exclusions(const jny_funnel_acc_t *acc,
    jny_funnel_t *f);
static double funnel_rate(uint64_t k, uint64_t n);
static jny_interval_t funnel_interval(const jny_funnel_reached_t *t,
    const jny_funnel_reached_t *before);


int
jny_funnel_finish(void *data, jny_funnel_t **out)
{
    int                rc;
    unsigned           k;
    jny_funnel_t      *f;
    jny_funnel_acc_t  *acc = data;

    f = calloc(1, sizeof(*f));
    *out = f;

    if (f == NULL) {
        return JNY_ENOMEM;
    }

    f->nsteps = acc->nsteps;
    f->goal_step = funnel_goal_step(acc);
    f->goals = acc->goals;
    f->goal_visitors = acc->goal_visitors;

    f->rates_of_all = acc->nsteps == 0
        || acc->groups[JNY_FUNNEL_ALL]->steps[0].of[JNY_FUNNEL_MATURE].count
               == 0;
    acc->rated = f->rates_of_all ? JNY_FUNNEL_EVERY : JNY_FUNNEL_MATURE;

    rc = jny_funnel_finish_steps(acc, acc->groups[JNY_FUNNEL_ALL], 0,
        &f->steps);

    if (rc == JNY_OK) {
        rc = funnel_finish_kinds(acc, f);
    }

    if (rc != JNY_OK) {
        return rc;
    }

    rc = funnel_finish_exclusions(acc, f);
    if (rc != JNY_OK) {
        return rc;
    }

    for (k = 0; k < f->nsteps; k++) {
        f->still_open += f->steps[k].still_open;

        if (f->steps[k].lost > f->steps[f->largest_drop].lost) {
            f->largest_drop = k;
        }
    }

    return JNY_OK;
}


/*
 * By name, not by what the events say: the step stays the same whatever part
 * of the logs is looked at.
 */
static unsigned
funnel_goal_step(const jny_funnel_acc_t *acc)
{
    unsigned                  k, last;
    jny_slice_t               goal, step;
    const jny_facts_t        *facts = acc->facts;
    const jny_funnel_conf_t  *conf = acc->conf;

    if (acc->nsteps == 0) {
        return 0;
    }

    for (last = acc->nsteps - 1; jny_funnel_is_optional(acc, last); last--) {
        /* void */
    }

    /* Then steps are how many were filled, and none has a name. */
    if (conf->steps != NULL && conf->order == JNY_CHAIN_ANY) {
        return last;
    }

    if (conf->goal != NULL) {
        goal = funnel_goal_name(*conf->goal);

    } else if (facts->goal_stage > 0) {
        goal = facts->stages[facts->goal_stage - 1];

    } else {
        return last;
    }

    for (k = acc->nsteps; k-- > 0;) {
        step = conf->steps ? funnel_goal_name(conf->steps[k])
                           : facts->stages[k];

        if (jny_slice_same(step, goal)) {
            return k;
        }
    }

    return last;
}


/* "stage=purchase" and "purchase" are the same step. */
static jny_slice_t
funnel_goal_name(jny_slice_t text)
{
    size_t  len = strlen("stage=");

    if (text.len > len && memcmp(text.data, "stage=", len) == 0) {
        text.data += len;
        text.len -= len;
    }

    return text;
}


/* In any order a step is that so many are filled. */
static jny_slice_t
funnel_name(jny_funnel_acc_t *acc, unsigned k)
{
    jny_slice_t  text;

    if (acc->conf->steps == NULL) {
        return acc->facts->stages[k];
    }

    if (acc->conf->order != JNY_CHAIN_ANY || jny_funnel_is_optional(acc, k)) {
        return acc->conf->steps[k];
    }

    snprintf(acc->labels[k], JNY_FUNNEL_LABEL, "%u of %u",
        acc->chain.step[acc->item[k]] + 1u, acc->chain.nsteps);
    text.data = (const uint8_t *) acc->labels[k];
    text.len = strlen(acc->labels[k]);

    return text;
}


/* All groups in the order of their kinds; then each kind. */
static int
funnel_finish_kinds(jny_funnel_acc_t *acc, jny_funnel_t *f)
{
    int                  rc = JNY_OK;
    unsigned             k;
    uint32_t             i, n[JNY_FUNNEL_OF_NOBODY + 1] = { 0 };
    jny_funnel_key_t     nobody = { JNY_FUNNEL_OF_NOBODY, { 0 } };
    jny_funnel_sums_t   *empty, **g;

    empty = jny_funnel_group_new(acc, &nobody);
    if (empty == NULL) {
        return JNY_ENOMEM;
    }

    for (i = 0; i < acc->ngroups; i++) {
        g = &acc->groups[i];
        n[(*g)->key.of]++;

        for (k = 0; (*g)->key.of == JNY_FUNNEL_OF_VALUES && k < JNY_MAX_BY
             && acc->conf->by[k]; k++)
        {
            (*g)->text[k] = jny_funnel_key_text(acc, &(*g)->key, k);
        }
    }

    qsort(acc->groups, acc->ngroups, sizeof(*g), funnel_compare_groups);
    g = &acc->groups[n[JNY_FUNNEL_OF_ALL]];

    if (acc->conf->by[0] != JNY_FUNNEL_BY_NOTHING) {
        rc = funnel_finish_groups(acc, g, n[JNY_FUNNEL_OF_VALUES], f);
    }

    g += n[JNY_FUNNEL_OF_VALUES];

    if (rc == JNY_OK && acc->conf->every != JNY_PERIOD_NONE) {
        rc = jny_funnel_finish_trend(acc, g, n[JNY_FUNNEL_OF_PERIODS], empty,
            f);
    }

    g += n[JNY_FUNNEL_OF_PERIODS];

    return rc != JNY_OK || acc->conf->ncohorts == 0
               ? rc
               : jny_funnel_finish_cohorts(acc, g, n[JNY_FUNNEL_OF_COHORTS],
                     empty, f);
}


/* Moves the groups beyond top into one that is the last of the list. */
static int
funnel_finish_groups(jny_funnel_acc_t *acc, jny_funnel_sums_t **groups,
    uint32_t n, jny_funnel_t *f)
{
    int                 rc = JNY_OK;
    uint32_t            i, shown;
    jny_funnel_sums_t  *rest;

    shown = (acc->conf->top == 0 || n <= acc->conf->top) ? n : acc->conf->top;

    f->all_groups = n;
    f->groups = calloc((size_t) shown + 1, sizeof(*f->groups));
    if (f->groups == NULL) {
        return JNY_ENOMEM;
    }

    if (shown < n) {
        rest = groups[shown];
        memset(rest->text, 0, sizeof(rest->text));
        rest->text[0].data = (const uint8_t *) "(other)";
        rest->text[0].len = 7;

        for (i = shown + 1; i < n && rc == JNY_OK; i++) {
            rc = jny_funnel_group_merge(rest, groups[i], acc->nsteps);
        }
    }

    for (i = 0; i < n && i <= shown && rc == JNY_OK; i++) {
        memcpy(f->groups[i].key, groups[i]->text, sizeof(groups[i]->text));
        f->groups[i].other = i == shown;
        rc = jny_funnel_finish_steps(acc, groups[i], i == shown,
            &f->groups[i].steps);
        f->ngroups++;
    }

    return rc;
}


static int
funnel_compare_groups(const void *one, const void *two)
{
    int                       order = 0;
    unsigned                  k;
    const jny_funnel_sums_t  *a = *(jny_funnel_sums_t *const *) one;
    const jny_funnel_sums_t  *b = *(jny_funnel_sums_t *const *) two;

    if (a->key.of != b->key.of) {
        return a->key.of < b->key.of ? -1 : 1;
    }

    if (a->key.of != JNY_FUNNEL_OF_VALUES) {
        return ((int64_t) a->key.part[0] > (int64_t) b->key.part[0])
               - ((int64_t) a->key.part[0] < (int64_t) b->key.part[0]);
    }

    if (a->steps[0].of[0].count != b->steps[0].of[0].count) {
        return a->steps[0].of[0].count > b->steps[0].of[0].count ? -1 : 1;
    }

    for (k = 0; k < JNY_MAX_BY && order == 0; k++) {
        order = funnel_compare_texts(a->text[k], b->text[k]);
    }

    return order;
}


static int
funnel_compare_texts(jny_slice_t a, jny_slice_t b)
{
    int     order;
    size_t  len;

    len = a.len < b.len ? a.len : b.len;
    order = len ? memcmp(a.data, b.data, len) : 0;

    return order ? order : (a.len > b.len) - (a.len < b.len);
}


static int
funnel_finish_exclusions(const jny_funnel_acc_t *acc, jny_funnel_t *f)
{
    unsigned                  k, after = 0;
    jny_funnel_exclusion_t   *e;
    const jny_funnel_conf_t  *conf = acc->conf;

    if (conf->nitems == acc->nsteps || conf->items == NULL) {
        return JNY_OK;
    }

    f->exclusions = calloc(conf->nitems - acc->nsteps, sizeof(*e));
    if (f->exclusions == NULL) {
        return JNY_ENOMEM;
    }

    for (k = 0; k < conf->nitems; k++) {
        switch (conf->items[k].kind) {

        case JNY_STEP_REQUIRED:
            after = k - f->nexclusions;
            break;

        case JNY_STEP_EXCLUSION:
            e = &f->exclusions[f->nexclusions];
            e->name = conf->excluded[f->nexclusions++];
            e->after = after;
            e->count = acc->ended[k];
            break;

        default:
            break;
        }
    }

    return JNY_OK;
}


int
jny_funnel_finish_steps(jny_funnel_acc_t *acc, jny_funnel_sums_t *g,
    int other, jny_funnel_step_t **out)
{
    unsigned                     k, rated = acc->rated;
    jny_funnel_step_t           *s;
    jny_funnel_tally_t          *t, *before;
    const jny_funnel_reached_t  *all, *of, *of_before;

    s = calloc(acc->nsteps + 1, sizeof(*s));
    *out = s;

    if (s == NULL) {
        return JNY_ENOMEM;
    }

    for (k = 0; k < acc->nsteps; k++, s++) {
        t = &g->steps[k];
        before = (k > 0) ? &g->steps[acc->before[k]] : NULL;
        all = &t->of[JNY_FUNNEL_EVERY];
        of = &t->of[rated];
        of_before = before ? &before->of[rated] : NULL;

        s->name = funnel_name(acc, k);
        s->optional = jny_funnel_is_optional(acc, k);
        s->before = acc->before[k];
        s->count = all->count;
        s->visitors = other ? 0 : all->visitors;
        s->mature = t->of[JNY_FUNNEL_MATURE].count;
        s->rated = of->count;
        s->dropped = before && !s->optional
                         ? before->of[JNY_FUNNEL_EVERY].count - all->count
                         : 0;
        s->lost = before && !s->optional ? of_before->count - of->count : 0;
        s->still_open = t->still_open;
        s->entered = t->entered;
        s->touched = t->touched;
        s->skipped = t->skipped;
        s->from_first = funnel_rate(of->count, g->steps[0].of[rated].count);
        s->from_previous =
            before ? funnel_rate(of->count, of_before->count) : NAN;
        s->interval.lo = NAN;
        s->interval.hi = NAN;

        if (before && of_before->count > 0 && !other) {
            s->interval = funnel_interval(of, of_before);
        }

        if (jny_durations_sort(&t->times) != 0) {
            return JNY_ENOMEM;
        }

        s->times = &t->times;
        s->ntimes = t->times.n;
        s->p50_ms = jny_stats_quantile(t->times.ms, t->times.n, 0.5);
        s->p90_ms = jny_stats_quantile(t->times.ms, t->times.n, 0.9);
        s->mean_ms = jny_durations_mean(&t->times);
        s->value = &t->value;
    }

    return JNY_OK;
}


static double
funnel_rate(uint64_t k, uint64_t n)
{
    return n ? (double) k / (double) n : NAN;
}


/*
 * The number of independent entries is x (n - x) n^2 / spread, with spread =
 * sum((n x_v - x n_v)^2).  In integers: whether there is any spread at all
 * must not hang on rounding.
 */
static jny_interval_t
funnel_interval(const jny_funnel_reached_t *t,
    const jny_funnel_reached_t *before)
{
    double    rate, independent;
    __int128  spread, x = t->count, n = before->count;

    if (before->square == before->count) {
        return jny_stats_wilson(t->count, before->count);
    }

    rate = (double) t->count / (double) before->count;
    spread = n * n * t->square - 2 * x * n * t->product
             + x * x * before->square;

    /* Nobody, everybody, or all visitors alike: they are what counts. */
    if (x == 0 || x == n || spread <= 0) {
        return jny_stats_wilson_rate(rate, (double) before->visitors);
    }

    independent = (double) (x * (n - x)) * (double) (n * n) / (double) spread;

    return jny_stats_wilson_rate(rate, fmin((double) n, independent));
}


void
jny_funnel_free(jny_funnel_t *f)
{
    unsigned  i;

    if (f == NULL) {
        return;
    }

    for (i = 0; i < f->ngroups; i++) {
        free(f->groups[i].steps);
    }

    jny_funnel_free_trend(f);
    jny_funnel_free_cohorts(f);
    free(f->groups);
    free(f->exclusions);
    free(f->steps);
    free(f);
}
