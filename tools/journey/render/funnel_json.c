/*
 * funnel_json.c - the funnel as JSON members (docs/SEMANTICS.md, "Funnel").
 */

#include "render/funnel.h"

#include <stdio.h>
#include <string.h>

#include "render/money.h"


#define FUNNEL_DIGITS  6


static void funnel_json_steps(jny_json_t *js, const jny_funnel_view_t *v,
    const jny_funnel_step_t *steps, int other);
static void funnel_json_step(jny_json_t *js, const jny_funnel_view_t *v,
    const jny_funnel_step_t *s, int other);
static void funnel_json_credit(jny_json_t *js,
    const jny_funnel_conf_t *conf);
static void funnel_json_times(jny_json_t *js, const jny_funnel_step_t *s);
static void funnel_json_exclusions(jny_json_t *js, const jny_funnel_t *f);
static void funnel_json_drop(jny_json_t *js, const jny_funnel_t *f);
static void funnel_json_goal(jny_json_t *js, const jny_funnel_view_t *v,
    const jny_funnel_step_t *steps);
static void funnel_json_key(jny_json_t *js, const jny_funnel_view_t *v,
    const jny_funnel_group_t *g);
static void funnel_json_groups(jny_json_t *js, const jny_funnel_view_t *v);
static void funnel_json_trend(jny_json_t *js, const jny_funnel_view_t *v);
static void funnel_json_cohorts(jny_json_t *js, const jny_funnel_view_t *v);


void
jny_funnel_json_define(jny_json_t *js, const jny_funnel_view_t *v)
{
    const jny_funnel_conf_t   *conf = v->conf;
    static const char *const   orders[] = { "ordered", "strict", "any" };
    static const char *const   periods[] = { "", "day", "week", "month" };

    jny_json_string(js, "unit", jny_funnel_unit(conf));
    jny_json_string(js, "steps", conf->steps ? "given" : "stages");
    jny_json_string(js, "entry", conf->open ? "any" : "first");
    jny_json_string(js, "order", conf->open ? "none" : orders[conf->order]);

    if (v->compat) {
        jny_json_string(js, "compat", v->compat);

    } else if (!conf->open) {
        jny_json_string(js, "ties", conf->ties_step ? "step" : "order");
        jny_json_string(js, "exclude",
            conf->exclude_visitor ? "visitor" : "chain");
    }

    if (conf->open && conf->count != JNY_FUNNEL_ENTRIES) {
        jny_json_null(js, "window_ms");
    } else {
        jny_json_int(js, "window_ms", conf->window_ms);
    }

    jny_json_string(js, "count", conf->open
        ? "touched this step or a later one"
        : v->compat
        ? "reached this step by the definition of compat"
        : conf->order == JNY_CHAIN_ANY
        ? "filled so many steps, each by an event of its own"
        : "filled this step and all before it, each by an event of its own");
    jny_json_string(js, "rates", conf->open && conf->count != JNY_FUNNEL_ENTRIES
        ? "of all: there is no window"
        : v->funnel->rates_of_all
        ? "of all: no window is over before the last event"
        : "of the mature: their window is over before the last event");
    jny_json_string(js, "interval",
        conf->count != JNY_FUNNEL_VISITORS
            ? "of from_previous, Wilson 95 %, at the number of "
              "independent entries that would be as precise"
            : "of from_previous, Wilson 95 %");
    jny_json_string(js, "time_ms", conf->open
        ? "from the first touch of the step before to the first touch of "
          "this one after it; nearest rank"
        : "from the event of the step before; nearest rank");
    jny_json_string(js, "value", conf->open
        ? "of sales at this step; refunds are in money"
        : "of the sales that filled this step; refunds are in money");

    if (v->by) {
        jny_json_string(js, "by", v->by);
        funnel_json_credit(js, conf);
    }

    if (conf->every) {
        jny_json_string(js, "every", periods[conf->every]);
        jny_json_string(js, "trend",
            "by the local date of the first step; of all groups together");
    }

    if (conf->ncohorts > 0) {
        jny_json_string(js, "cohorts",
            "visitors with an event of the period that matches, whatever "
            "where says; they may overlap");
    }
}


static void
funnel_json_credit(jny_json_t *js, const jny_funnel_conf_t *conf)
{
    char                      step[16];
    static const char *const  names[] = { "first", "last", "all" };

    snprintf(step, sizeof(step), "step:%u",
        conf->credit - JNY_FUNNEL_CREDIT_STEP + 1);

    jny_json_string(js, "credit", conf->credit < JNY_FUNNEL_CREDIT_STEP
        ? names[conf->credit]
        : step);
    jny_json_string(js, "groups", conf->credit == JNY_FUNNEL_CREDIT_ALL
        ? "overlap: what is counted is in the group of each value it met"
        : "add up to the total");
}


void
jny_funnel_json(jny_json_t *js, const jny_funnel_view_t *v)
{
    funnel_json_steps(js, v, v->funnel->steps, 0);
    funnel_json_exclusions(js, v->funnel);
    funnel_json_drop(js, v->funnel);
    funnel_json_goal(js, v, v->funnel->steps);
    jny_json_uint(js, "still_open", v->funnel->still_open);

    jny_json_object(js, "goals");
    jny_json_uint(js, "visitors", v->funnel->goal_visitors);
    jny_json_uint(js, "conversions", v->funnel->goals);
    jny_json_object_end(js);

    if (v->by) {
        funnel_json_groups(js, v);
    }

    if (v->conf->every) {
        funnel_json_trend(js, v);
    }

    if (v->conf->ncohorts > 0) {
        funnel_json_cohorts(js, v);
    }
}


static void
funnel_json_steps(jny_json_t *js, const jny_funnel_view_t *v,
    const jny_funnel_step_t *steps, int other)
{
    unsigned  k;

    jny_json_array(js, "steps");

    for (k = 0; k < v->funnel->nsteps; k++) {
        jny_json_object(js, NULL);
        jny_json_uint(js, "step", k + 1);
        funnel_json_step(js, v, &steps[k], other);
        jny_json_object_end(js);
    }

    jny_json_array_end(js);
}


static void
funnel_json_step(jny_json_t *js, const jny_funnel_view_t *v,
    const jny_funnel_step_t *s, int other)
{
    jny_json_slice(js, "name", s->name);

    if (s->optional) {
        jny_json_bool(js, "optional", 1);
    }

    jny_json_uint(js, "count", s->count);

    if (v->conf->count != JNY_FUNNEL_VISITORS && !other) {
        jny_json_uint(js, "visitors", s->visitors);
    }

    jny_json_uint(js, "mature", s->mature);
    jny_json_number(js, "from_previous", s->from_previous, FUNNEL_DIGITS);
    jny_json_number(js, "from_first", s->from_first, FUNNEL_DIGITS);
    jny_json_uint(js, "dropped", s->dropped);

    jny_json_array(js, "interval");
    jny_json_number(js, NULL, s->interval.lo, FUNNEL_DIGITS);
    jny_json_number(js, NULL, s->interval.hi, FUNNEL_DIGITS);
    jny_json_array_end(js);

    funnel_json_times(js, s);
    jny_money_json_purse(js, "value", s->value, v->names);
    jny_json_uint(js, "still_open", s->still_open);

    if (v->conf->open) {
        jny_json_uint(js, "entries", s->entered);
        jny_json_uint(js, "touched", s->touched);
        jny_json_uint(js, "skipped", s->skipped);
    }
}


static void
funnel_json_times(jny_json_t *js, const jny_funnel_step_t *s)
{
    size_t   i, next;
    int64_t  upto_ms;

    jny_json_object(js, "time_ms");
    jny_json_uint(js, "n", s->ntimes);

    if (s->ntimes > 0) {
        jny_json_int(js, "p50", s->p50_ms);
        jny_json_int(js, "p90", s->p90_ms);
        jny_json_int(js, "mean", s->mean_ms);

    } else {
        jny_json_null(js, "p50");
        jny_json_null(js, "p90");
        jny_json_null(js, "mean");
    }

    jny_json_array(js, "histogram");

    for (i = 0; i < s->ntimes; i = next) {
        next = jny_durations_bucket(s->times, i, &upto_ms);
        jny_json_array(js, NULL);
        jny_json_int(js, NULL, upto_ms);
        jny_json_uint(js, NULL, next - i);
        jny_json_array_end(js);
    }

    jny_json_array_end(js);
    jny_json_object_end(js);
}


static void
funnel_json_exclusions(jny_json_t *js, const jny_funnel_t *f)
{
    unsigned                       i;
    const jny_funnel_exclusion_t  *e;

    if (f->nexclusions == 0) {
        return;
    }

    jny_json_array(js, "exclusions");

    for (i = 0; i < f->nexclusions; i++) {
        e = &f->exclusions[i];

        jny_json_object(js, NULL);
        jny_json_slice(js, "name", e->name);
        jny_json_uint(js, "after_step", e->after + 1);
        jny_json_uint(js, "count", e->count);
        jny_json_object_end(js);
    }

    jny_json_array_end(js);
}


static void
funnel_json_drop(jny_json_t *js, const jny_funnel_t *f)
{
    const jny_funnel_step_t  *s, *before;

    if (f->largest_drop == 0) {
        jny_json_null(js, "largest_drop");
        return;
    }

    s = &f->steps[f->largest_drop];
    before = &f->steps[s->before];

    jny_json_object(js, "largest_drop");
    jny_json_uint(js, "step", f->largest_drop + 1);
    jny_json_slice(js, "from", before->name);
    jny_json_slice(js, "to", s->name);
    jny_json_uint(js, "dropped", s->lost);
    jny_json_uint(js, "of", before->rated);
    jny_json_number(js, "share", 1 - s->from_previous, FUNNEL_DIGITS);
    jny_json_object_end(js);
}


/* The step that is the goal, so that nobody has to look for it. */
static void
funnel_json_goal(jny_json_t *js, const jny_funnel_view_t *v,
    const jny_funnel_step_t *steps)
{
    const jny_funnel_step_t  *s;

    if (v->funnel->nsteps == 0) {
        jny_json_null(js, "at_goal");
        return;
    }

    s = &steps[v->funnel->goal_step];

    jny_json_object(js, "at_goal");
    jny_json_uint(js, "step", v->funnel->goal_step + 1);
    jny_json_slice(js, "name", s->name);
    jny_json_uint(js, "count", s->count);
    jny_json_uint(js, "mature", s->mature);
    jny_json_number(js, "rate", s->from_first, FUNNEL_DIGITS);
    jny_money_json_purse(js, "value", s->value, v->names);
    jny_json_object_end(js);
}


static void
funnel_json_key(jny_json_t *js, const jny_funnel_view_t *v,
    const jny_funnel_group_t *g)
{
    unsigned      k = 0;
    const char   *p = v->by;
    jny_slice_t   name;

    jny_json_object(js, "key");

    do {
        name.data = (const uint8_t *) p;
        name.len = strcspn(p, ",");
        p += name.len;

        jny_json_slice_key(js, name);
        jny_json_slice(js, NULL, g->key[g->other ? 0 : k++]);
    } while (*p++ != '\0');

    jny_json_object_end(js);
}


static void
funnel_json_groups(jny_json_t *js, const jny_funnel_view_t *v)
{
    unsigned                   i;
    const jny_funnel_group_t  *g;

    jny_json_uint(js, "all_groups", v->funnel->all_groups);
    jny_json_array(js, "groups");

    for (i = 0; i < v->funnel->ngroups; i++) {
        g = &v->funnel->groups[i];

        jny_json_object(js, NULL);
        funnel_json_key(js, v, g);

        if (g->other) {
            jny_json_uint(js, "other", v->funnel->all_groups - i);
        }

        funnel_json_goal(js, v, g->steps);
        funnel_json_steps(js, v, g->steps, g->other != 0);
        jny_json_object_end(js);
    }

    jny_json_array_end(js);
}


static void
funnel_json_trend(jny_json_t *js, const jny_funnel_view_t *v)
{
    char                        day[JNY_DAY_TEXT];
    size_t                      i;
    const jny_funnel_period_t  *p;

    jny_json_array(js, "trend");

    for (i = 0; i < v->funnel->nperiods; i++) {
        p = &v->funnel->periods[i];

        jny_json_object(js, NULL);
        jny_json_string(js, "start", jny_day_text(p->start, day));
        jny_json_uint(js, "still_open", p->still_open);
        funnel_json_goal(js, v, p->steps);
        funnel_json_steps(js, v, p->steps, 0);
        jny_json_object_end(js);
    }

    jny_json_array_end(js);
}


static void
funnel_json_cohorts(jny_json_t *js, const jny_funnel_view_t *v)
{
    unsigned                     k;
    const jny_funnel_members_t  *m;

    jny_json_array(js, "cohorts");

    for (k = 0; k < v->funnel->ncohorts; k++) {
        m = &v->funnel->cohorts[k];

        jny_json_object(js, NULL);
        jny_json_slice(js, "name", v->conf->cohorts[k].name);
        jny_json_slice(js, "selector", v->conf->cohorts[k].selector);
        jny_json_uint(js, "visitors", m->visitors);
        jny_json_uint(js, "shared", m->shared);
        funnel_json_goal(js, v, m->steps);
        funnel_json_steps(js, v, m->steps, 0);
        jny_json_object_end(js);
    }

    jny_json_array_end(js);

    jny_json_object(js, "cohort_overlap");
    jny_json_uint(js, "in_several", v->funnel->in_several);
    jny_json_uint(js, "in_none", v->funnel->in_none);
    jny_json_object_end(js);
}
