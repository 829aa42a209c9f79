/*
 * pages_json.c - page comparisons as JSON members (docs/SEMANTICS.md,
 * "Pages").  What could not be computed is null.
 */

#include "render/pages.h"


/* Rates and ratios: enough to compare, not to impress. */
#define PAGES_DIGITS  12


static void pages_json_headline(jny_json_t *js, const jny_pages_view_t *v);
static void pages_json_row(jny_json_t *js, const jny_pages_row_t *row);
static void pages_json_across(jny_json_t *js, const jny_pages_across_t *row);
static void pages_json_alike(jny_json_t *js, const jny_pages_alike_t *row);
static void pages_json_interval(jny_json_t *js, const char *key,
    jny_interval_t i);
static void pages_json_number(jny_json_t *js, const char *key, double v);


void
jny_pages_json_define(jny_json_t *js, const jny_pages_view_t *v)
{
    jny_json_int(js, "horizon_ms", v->conf->horizon_ms);
    jny_json_uint(js, "replicates", JNY_PAGES_REPLICATES);
    jny_json_uint(js, "seed", v->conf->seed);
    jny_json_uint(js, "min_visitors", JNY_PAGES_MIN_VISITORS);
    jny_json_uint(js, "min_conversions", JNY_PAGES_MIN_CONVERSIONS);

    jny_json_string(js, "index",
        "a visitor's first successful view of the page, before the visitor's "
        "first conversion; only if the horizon after it lies in the logs");
    jny_json_string(js, "viewers",
        "viewers whose stratum has controls; the others are unmatched, those "
        "not followed for the whole horizon still_open");
    jny_json_string(js, "converted",
        "of visitors, strictly after the index and within the horizon");
    jny_json_string(js, "controls",
        "moments at which a visitor turned to another new page without having "
        "seen this one: same campaign, same stage, same number of views since "
        "entering the stage (0, 1, 2, 3-4, 5-8, 9+) and of views before "
        "(0 to 7, then half octaves); one who sees the page later stays");
    jny_json_string(js, "baseline",
        "rate / Mantel-Haenszel risk ratio over the strata: what the visitors "
        "would convert at as the controls do; baseline_n counts moments");
    jny_json_string(js, "lift",
        "rate / baseline - 1; p and lift_interval from one test, the score "
        "test of two rates corrected for skewness, in which controls count at "
        "the effective size that a bootstrap over visitors gives them");
    jny_json_string(js, "q",
        "Benjamini-Hochberg over all tests of the section, shown or not");
    jny_json_string(js, "verdict",
        "better or worse needs q < 0.05 and a lift interval without 0; too "
        "few: under min_visitors visitors or controls, or under "
        "min_conversions of visitors and equally many controls, expected or "
        "seen");
    jny_json_string(js, "detectable",
        "the lift a single test finds 4 times in 5");
    jny_json_string(js, "meaning",
        "association, not proof: who chooses a page may differ in ways the "
        "log does not show; a page that is itself a step is always ahead");

    if (v->conf->across) {
        jny_json_string(js, "across",
            "viewers of the page under one campaign against its viewers under "
            "all others, by the same test");
        jny_json_string(js, "homogeneity",
            "whether viewers convert alike under all campaigns: chi-square; "
            "campaigns with under 5 expected conversions count as one");
    }
}


void
jny_pages_json(jny_json_t *js, const jny_pages_view_t *v)
{
    uint32_t            i;
    const jny_pages_t  *p = v->pages;

    pages_json_headline(js, v);

    jny_json_object(js, "totals");
    jny_json_uint(js, "visitors", p->visitors);
    jny_json_uint(js, "first_views", p->views);
    jny_json_uint(js, "still_open", p->still_open);
    jny_json_uint(js, "visitors_cut", p->cut);
    jny_json_uint(js, "rows", p->nrows);
    jny_json_uint(js, "tests", p->tests);

    if (v->conf->across) {
        jny_json_uint(js, "across", p->nacross);
        jny_json_uint(js, "across_tests", p->across_tests);
    }

    jny_json_object_end(js);

    jny_json_array(js, "rows");

    for (i = 0; i < p->nrows && i < v->top; i++) {
        pages_json_row(js, &p->rows[i]);
    }

    jny_json_array_end(js);

    if (!v->conf->across) {
        return;
    }

    jny_json_array(js, "across");

    for (i = 0; i < p->nacross && i < v->top; i++) {
        pages_json_across(js, &p->across[i]);
    }

    jny_json_array_end(js);

    jny_json_array(js, "homogeneity");

    for (i = 0; i < p->nalike && i < v->top; i++) {
        pages_json_alike(js, &p->alike[i]);
    }

    jny_json_array_end(js);
}


static void
pages_json_headline(jny_json_t *js, const jny_pages_view_t *v)
{
    jny_buf_t    b;
    jny_slice_t  text;

    jny_buf_init(&b);
    jny_pages_headline(&b, v);

    text.data = (const uint8_t *) b.data;
    text.len = b.len;
    jny_json_slice(js, "headline", text);

    if (b.failed) {
        js->out->failed = 1;
    }

    jny_buf_release(&b);
}


static void
pages_json_row(jny_json_t *js, const jny_pages_row_t *row)
{
    jny_json_object(js, NULL);
    jny_json_slice(js, "page", row->page);
    jny_json_slice(js, "campaign", row->campaign);
    jny_json_bool(js, "pooled", (int) row->pooled);
    jny_json_uint(js, "visitors", row->visitors);
    jny_json_uint(js, "converted", row->converted);
    pages_json_number(js, "rate", row->rate);
    pages_json_interval(js, "interval", row->interval);
    pages_json_number(js, "baseline", row->baseline);
    jny_json_uint(js, "baseline_n", row->baseline_n);
    pages_json_number(js, "difference", row->difference);
    pages_json_number(js, "lift", row->lift);
    pages_json_interval(js, "lift_interval", row->lift_interval);
    pages_json_number(js, "p", row->p);
    pages_json_number(js, "q", row->q);
    jny_json_string(js, "verdict", jny_pages_verdict(row->verdict));
    pages_json_number(js, "detectable", row->detectable);
    jny_json_uint(js, "unmatched", row->unmatched);
    jny_json_uint(js, "still_open", row->still_open);
    jny_json_object_end(js);
}


static void
pages_json_across(jny_json_t *js, const jny_pages_across_t *row)
{
    jny_json_object(js, NULL);
    jny_json_slice(js, "page", row->page);
    jny_json_slice(js, "campaign", row->campaign);
    jny_json_uint(js, "visitors", row->visitors);
    jny_json_uint(js, "converted", row->converted);
    pages_json_number(js, "rate", row->rate);
    pages_json_interval(js, "interval", row->interval);
    jny_json_uint(js, "others", row->others);
    jny_json_uint(js, "others_converted", row->others_converted);
    pages_json_number(js, "others_rate", row->others_rate);
    pages_json_number(js, "lift", row->lift);
    pages_json_interval(js, "lift_interval", row->lift_interval);
    pages_json_number(js, "p", row->p);
    pages_json_number(js, "q", row->q);
    jny_json_string(js, "verdict", jny_pages_verdict(row->verdict));
    jny_json_object_end(js);
}


static void
pages_json_alike(jny_json_t *js, const jny_pages_alike_t *row)
{
    jny_json_object(js, NULL);
    jny_json_slice(js, "page", row->page);
    jny_json_uint(js, "campaigns", row->campaigns);
    jny_json_uint(js, "visitors", row->visitors);
    pages_json_number(js, "chi2", row->chi2);
    jny_json_uint(js, "df", row->df);
    pages_json_number(js, "p", row->p);
    pages_json_number(js, "q", row->q);
    jny_json_object_end(js);
}


static void
pages_json_interval(jny_json_t *js, const char *key, jny_interval_t i)
{
    /* Without any bound there is no interval. */
    if (i.lo != i.lo) {
        jny_json_null(js, key);
        return;
    }

    jny_json_array(js, key);
    pages_json_number(js, NULL, i.lo);
    pages_json_number(js, NULL, i.hi);
    jny_json_array_end(js);
}


static void
pages_json_number(jny_json_t *js, const char *key, double v)
{
    jny_json_number(js, key, v, PAGES_DIGITS);
}
