/*
 * funnel_text.c - the funnel for people: a headline, bars, and beside every
 * rate how sure it is.
 */

#include "render/funnel.h"

#include <math.h>
#include <string.h>

#include "render/document.h"
#include "render/money.h"
#include "render/text.h"


/* What a table takes stays within 100 columns. */
#define FUNNEL_BAR_LEN   10
#define FUNNEL_NAME_LEN  20


static void funnel_text_steps(jny_buf_t *out, const jny_funnel_view_t *v);
static void funnel_text_values(jny_buf_t *out, const jny_funnel_view_t *v);
static void funnel_text_bar(jny_buf_t *b, uint64_t k, uint64_t n);
static void funnel_text_ways_in(jny_buf_t *out, const jny_funnel_view_t *v);
static void funnel_text_interval(jny_buf_t *b, jny_interval_t i);
static void funnel_text_rates(jny_buf_t *out, const jny_funnel_view_t *v);
static void funnel_text_name(jny_table_t *t, jny_buf_t *b,
    const jny_funnel_step_t *s);
static void funnel_text_exclusions(jny_buf_t *out, const jny_funnel_view_t *v);


void
jny_funnel_text(jny_buf_t *out, const jny_funnel_view_t *v)
{
    jny_funnel_headline(out, v);
    jny_buf_str(out, v->funnel->nsteps ? "\n\n" : "\n");

    if (v->funnel->nsteps == 0) {
        return;
    }

    funnel_text_steps(out, v);
    funnel_text_exclusions(out, v);
    funnel_text_values(out, v);

    if (v->conf->open) {
        funnel_text_ways_in(out, v);
    }

    jny_funnel_text_groups(out, v);
}


void
jny_funnel_headline(jny_buf_t *out, const jny_funnel_view_t *v)
{
    const jny_funnel_t       *f = v->funnel;
    const jny_funnel_step_t  *s, *before;

    if (f->nsteps == 0) {
        jny_buf_str(out, "No funnel: the logs name no stages and --steps was "
                         "not given.");
        return;
    }

    if (f->largest_drop == 0) {
        jny_buf_str(out, f->steps[0].count ? "Nobody drops out."
                                           : "Nobody reaches a step.");
        return;
    }

    s = &f->steps[f->largest_drop];
    before = &f->steps[s->before];

    /* whose window is still open may go on */

    jny_buf_str(out, f->rates_of_all && f->still_open > 0
                         ? "Largest drop so far: between "
                         : "Largest drop: between ");
    jny_text_slice(out, before->name, 0);
    jny_buf_str(out, " and ");
    jny_text_slice(out, s->name, 0);
    jny_buf_str(out, ", ");
    jny_text_count(out, s->lost);
    jny_buf_str(out, " of ");
    jny_text_count(out, before->rated);
    jny_buf_char(out, ' ');
    jny_buf_str(out, jny_funnel_unit(v->conf));
    jny_buf_str(out, " (");
    jny_text_ratio(out, s->lost, before->rated);
    jny_buf_str(out, ").");
}


static void
funnel_text_steps(jny_buf_t *out, const jny_funnel_view_t *v)
{
    unsigned                  k;
    jny_buf_t                 b;
    jny_table_t               t;
    const jny_funnel_step_t  *s;

    jny_buf_init(&b);
    jny_table_init(&t);
    jny_table_column(&t, v->conf->steps ? "step" : "stage", JNY_LEFT,
        FUNNEL_NAME_LEN);
    jny_table_column(&t, "", JNY_LEFT, 0);
    jny_table_column(&t, jny_funnel_unit(v->conf), JNY_RIGHT, 0);
    jny_table_column(&t, "of first", JNY_RIGHT, 0);
    jny_table_column(&t, "of previous", JNY_RIGHT, 0);
    jny_table_column(&t, "95 % interval", JNY_RIGHT, 0);
    jny_table_column(&t, "lost", JNY_RIGHT, 0);
    jny_table_column(&t, "median", JNY_RIGHT, 0);

    for (k = 0; k < v->funnel->nsteps; k++) {
        s = &v->funnel->steps[k];

        funnel_text_name(&t, &b, s);
        funnel_text_bar(&b, s->count, v->funnel->steps[0].count);
        jny_table_cell(&t, &b);
        jny_table_count(&t, s->count);
        jny_table_percent(&t, s->from_first);
        jny_table_percent(&t, s->from_previous);
        funnel_text_interval(&b, s->interval);
        jny_table_cell(&t, &b);

        if (k > 0 && !s->optional) {
            jny_text_count(&b, s->lost);
        }

        jny_table_cell(&t, &b);

        if (s->ntimes > 0) {
            jny_text_duration(&b, s->p50_ms);
        }

        jny_table_cell(&t, &b);
    }

    jny_table_print(&t, out);
    jny_table_release(&t);
    jny_buf_release(&b);
}


/* Sums of several currencies are wider than any column should be. */
static void
funnel_text_values(jny_buf_t *out, const jny_funnel_view_t *v)
{
    unsigned                  k, n = 0;
    jny_buf_t                 b;
    jny_table_t               t;
    const jny_funnel_step_t  *s;

    jny_buf_init(&b);
    jny_table_init(&t);
    jny_table_column(&t, v->conf->steps ? "step" : "stage", JNY_LEFT,
        FUNNEL_NAME_LEN);
    jny_table_column(&t, "value", JNY_LEFT, 0);

    for (k = 0; k < v->funnel->nsteps; k++) {
        s = &v->funnel->steps[k];

        if (s->value->n == 0) {
            continue;
        }

        n++;
        jny_table_slice(&t, s->name);
        jny_money_text_purse(&b, s->value, v->names);
        jny_table_cell(&t, &b);
    }

    if (n > 0) {
        jny_buf_char(out, '\n');
        jny_table_print(&t, out);
    }

    jny_table_release(&t);
    jny_buf_release(&b);
}


/* Eighths of a character, so that a bar is as long as its share. */
static void
funnel_text_bar(jny_buf_t *b, uint64_t k, uint64_t n)
{
    unsigned                  eighths, i;
    static const char *const  part[] = {
        "", "\xe2\x96\x8f", "\xe2\x96\x8e", "\xe2\x96\x8d", "\xe2\x96\x8c",
        "\xe2\x96\x8b", "\xe2\x96\x8a", "\xe2\x96\x89"
    };

    if (k == 0 || n == 0) {
        return;
    }

    eighths = (unsigned) (8 * FUNNEL_BAR_LEN * ((double) k / (double) n)
                          + 0.5);

    /* Somebody is never nobody. */
    if (eighths == 0) {
        eighths = 1;
    }

    for (i = 0; i < eighths / 8; i++) {
        jny_buf_str(b, "\xe2\x96\x88");
    }

    jny_buf_str(b, part[eighths % 8]);
}


/* Where an open funnel is entered, and what is skipped. */
static void
funnel_text_ways_in(jny_buf_t *out, const jny_funnel_view_t *v)
{
    unsigned                  k;
    jny_table_t               t;
    const jny_funnel_step_t  *s;

    jny_buf_char(out, '\n');
    jny_table_init(&t);
    jny_table_column(&t, v->conf->steps ? "step" : "stage", JNY_LEFT,
        FUNNEL_NAME_LEN);
    jny_table_column(&t, "came in here", JNY_RIGHT, 0);
    jny_table_column(&t, "", JNY_RIGHT, 0);
    jny_table_column(&t, "were here", JNY_RIGHT, 0);
    jny_table_column(&t, "", JNY_RIGHT, 0);
    jny_table_column(&t, "skipped it", JNY_RIGHT, 0);
    jny_table_column(&t, "", JNY_RIGHT, 0);

    for (k = 0; k < v->funnel->nsteps; k++) {
        s = &v->funnel->steps[k];

        jny_table_slice(&t, s->name);
        jny_table_count(&t, s->entered);
        jny_table_ratio(&t, s->entered, v->funnel->steps[0].count);
        jny_table_count(&t, s->touched);
        jny_table_ratio(&t, s->touched, s->count);
        jny_table_count(&t, s->skipped);
        jny_table_ratio(&t, s->skipped, s->count);
    }

    jny_table_print(&t, out);
    jny_table_release(&t);
}


static void
funnel_text_interval(jny_buf_t *b, jny_interval_t i)
{
    if (isnan(i.lo)) {
        return;
    }

    jny_buf_printf(b, "%.1f - %.1f%%", 100 * i.lo, 100 * i.hi);
}


/* An optional step as it was given. */
static void
funnel_text_name(jny_table_t *t, jny_buf_t *b, const jny_funnel_step_t *s)
{
    if (!s->optional) {
        jny_table_slice(t, s->name);
        return;
    }

    jny_buf_char(b, '?');
    jny_text_slice(b, s->name, FUNNEL_NAME_LEN - 1);
    jny_table_cell(t, b);
}


static void
funnel_text_exclusions(jny_buf_t *out, const jny_funnel_view_t *v)
{
    unsigned                       i;
    jny_buf_t                      b;
    jny_table_t                    t;
    const jny_funnel_exclusion_t  *e;

    if (v->funnel->nexclusions == 0) {
        return;
    }

    jny_buf_char(out, '\n');
    jny_buf_init(&b);
    jny_table_init(&t);
    jny_table_column(&t, "exclusion", JNY_LEFT, FUNNEL_NAME_LEN);
    jny_table_column(&t, "after step", JNY_LEFT, FUNNEL_NAME_LEN);
    jny_table_column(&t, "ended", JNY_RIGHT, 0);

    for (i = 0; i < v->funnel->nexclusions; i++) {
        e = &v->funnel->exclusions[i];

        jny_buf_char(&b, '!');
        jny_text_slice(&b, e->name, FUNNEL_NAME_LEN - 1);
        jny_table_cell(&t, &b);
        jny_table_slice(&t, v->funnel->steps[e->after].name);
        jny_table_count(&t, e->count);
    }

    jny_table_print(&t, out);
    jny_table_release(&t);
    jny_buf_release(&b);
}


const char *
jny_funnel_unit(const jny_funnel_conf_t *conf)
{
    static const char *const  units[] = { "visitors", "entries", "sessions" };

    return units[conf->count];
}


/* Of whom the rates are: young ones may still go on. */
static void
funnel_text_rates(jny_buf_t *out, const jny_funnel_view_t *v)
{
    jny_buf_t  b;

    if (v->funnel->rates_of_all) {
        jny_document_line(out, "rates", "and lost: of all; no window is over "
                                        "before the last event");
        return;
    }

    jny_buf_init(&b);
    jny_buf_str(&b, "and lost: of the ");
    jny_text_count(&b, v->funnel->steps[0].mature);
    jny_buf_str(&b, " whose window is over before the last event");

    if (b.failed) {
        out->failed = 1;
    } else {
        jny_document_line(out, "rates", b.data);
    }

    jny_buf_release(&b);
}


static void
funnel_text_window(jny_buf_t *out, const jny_funnel_view_t *v)
{
    jny_buf_t  b;

    jny_buf_init(&b);

    jny_text_duration(&b, v->conf->window_ms);
    jny_buf_str(&b, " from the first step, inclusive; ");
    jny_text_count(&b, v->funnel->still_open);
    jny_buf_str(&b, " may still go on");

    if (b.failed) {
        out->failed = 1;
    } else {
        jny_document_line(out, "window", b.data);
    }

    jny_buf_release(&b);
}


/* Cohorts are groups of visitors, whatever the unit is. */
static void
funnel_text_overlap(jny_buf_t *out, const jny_funnel_view_t *v)
{
    jny_buf_t  b;

    jny_buf_init(&b);
    jny_buf_str(&b, "visitors with an event that matches; ");
    jny_text_count(&b, v->funnel->in_several);
    jny_buf_str(&b, " in several, ");
    jny_text_count(&b, v->funnel->in_none);
    jny_buf_str(&b, " in none");

    if (b.failed) {
        out->failed = 1;
    } else {
        jny_document_line(out, "cohorts", b.data);
    }

    jny_buf_release(&b);
}


/* What stands beside the whole. */
static void
funnel_text_slices(jny_buf_t *out, const jny_funnel_view_t *v)
{
    if (v->by) {
        jny_document_line(out, "groups",
            v->conf->credit == JNY_FUNNEL_CREDIT_ALL
                ? "overlap: each value that was met counts"
                : "add up to the total");
    }

    if (v->conf->every) {
        jny_document_line(out, "trend", "by the local date of the first "
                                        "step");
    }

    if (v->conf->ncohorts > 0) {
        funnel_text_overlap(out, v);
    }
}


void
jny_funnel_text_define(jny_buf_t *out, const jny_funnel_view_t *v)
{
    jny_buf_t                  b;
    const jny_funnel_conf_t   *conf = v->conf;
    static const char *const   orders[] = {
        "closed: the steps in order from the first, anything between",
        "closed: the steps in order from the first, nothing between",
        "closed: so many of the steps, in any order"
    };
    static const char *const   units[] = {
        "visitors, each once",
        "entries: one ends by conversion or when its window is over",
        "sessions, each once"
    };

    jny_buf_init(&b);

    jny_buf_char(out, '\n');
    jny_document_line(out, "funnel", conf->open
        ? "open: who reached a later step reached this one, wherever they "
          "came in"
        : orders[conf->order]);

    if (v->compat) {
        jny_document_line(out, "by the rules of", v->compat);
    }

    if (conf->exclude_visitor) {
        jny_document_line(out, "exclude", "visitors with a chain that an "
                                          "exclusion ended");
    }

    if (!conf->open && conf->ties_step) {
        jny_document_line(out, "ties", "in the order of the steps");
    }

    if (!conf->open || conf->count == JNY_FUNNEL_ENTRIES) {
        funnel_text_window(out, v);
        funnel_text_rates(out, v);
    }

    jny_document_line(out, "unit", units[conf->count]);

    funnel_text_slices(out, v);
    jny_document_line(out, "interval", "Wilson, of the share of the previous "
                                       "step");
    jny_document_line(out, "median", "time from the step before to this one");
    jny_document_line(out, "value", "sales at the step; refunds are below");

    jny_text_count(&b, v->funnel->goal_visitors);
    jny_buf_str(&b, " visitors, ");
    jny_text_count(&b, v->funnel->goals);
    jny_buf_str(&b, " conversions");

    if (b.failed) {
        out->failed = 1;
    } else {
        jny_document_line(out, "reached goal", b.data);
    }

    jny_buf_release(&b);
}
