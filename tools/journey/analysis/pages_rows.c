/*
 * pages_rows.c - point estimates, and what is said of them.
 *
 * Mantel & Haenszel (1959), as a ratio of risks: with a of n1 viewers and c
 * of n0 controls converted in a stratum,
 *
 *     ratio = sum(a n0 / (n1 + n0)) / sum(c n1 / (n1 + n0))
 *
 * It needs no large strata, only many, and a stratum without controls drops
 * out.
 *
 * A viewer is in a row once, but a visitor is a control many times.  So the
 * test is the one of two independent rates (score test, interval by its
 * inversion), with the controls counted at their effective size: that which
 * gives the variance the bootstrap over visitors finds (as Rao & Scott 1992 do
 * for clusters).  Unlike log(ratio) / se it keeps its level in the tail, where
 * Benjamini-Hochberg looks, and with few or no conversions.
 */

#include "analysis/pages_private.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>


static void rows_page(jny_pages_study_t *s, jny_pages_page_t *page);
static void rows_add(const jny_pages_study_t *s, jny_pages_test_t *t);
static void rows_estimate(jny_pages_test_t *t);
static void rows_infer(jny_pages_test_t *t);
static double rows_controls(const jny_pages_test_t *t, double p0);
static int rows_adjust(jny_pages_study_t *s, jny_pages_t *out);
static int rows_cmp(const void *one, const void *two);
static double rows_stake(const jny_pages_row_t *row);


int
jny_pages_tests(jny_pages_study_t *s)
{
    uint32_t  i, n;

    /* A campaign is a run of pairs: strata are sorted by campaign first. */
    for (i = 0, n = s->npages; i < s->npairs; i++) {
        n += i == 0 || s->pairs[i].page != s->pairs[i - 1].page
             || s->strata[s->pairs[i].stratum].campaign
                    != s->strata[s->pairs[i - 1].stratum].campaign;
    }

    s->tests = calloc((size_t) n + 1, sizeof(*s->tests));
    if (s->tests == NULL) {
        return JNY_ENOMEM;
    }

    for (i = 0; i < s->npages; i++) {
        rows_page(s, &s->pages[i]);
    }

    return JNY_OK;
}


static void
rows_page(jny_pages_study_t *s, jny_pages_page_t *page)
{
    uint32_t           i, campaign;
    jny_pages_test_t  *t = NULL;

    page->first_test = s->ntests;

    for (i = page->first_pair; i < page->first_pair + page->npairs; i++) {
        campaign = s->strata[s->pairs[i].stratum].campaign;

        if (t == NULL || t->campaign != campaign) {
            t = &s->tests[s->ntests++];
            t->campaign = campaign;
            t->first = i;
            t->row.campaign = s->campaigns[campaign];
        }

        t->npairs++;
    }

    t = &s->tests[s->ntests++];
    t->campaign = JNY_PAGES_NONE;
    t->first = page->first_pair;
    t->npairs = page->npairs;
    t->row.pooled = 1;
    t->row.campaign.data = (const uint8_t *) "(all)";
    t->row.campaign.len = sizeof("(all)") - 1;

    page->ntests = s->ntests - page->first_test;

    for (i = page->first_test; i < s->ntests; i++) {
        t = &s->tests[i];
        t->page = (uint32_t) (page - s->pages);
        t->row.page =
            jny_names_get(s->acc->facts->names, JNY_NAME_PAGE, page->id);
        rows_add(s, t);
        rows_estimate(t);
    }
}


static void
rows_add(const jny_pages_study_t *s, jny_pages_test_t *t)
{
    double                      n1, n0, n, squares1 = 0, squares0 = 0;
    uint32_t                    i;
    jny_pages_row_t            *row = &t->row;
    const jny_pages_pair_t     *p;
    const jny_pages_stratum_t  *st;

    for (i = t->first; i < t->first + t->npairs; i++) {
        p = &s->pairs[i];
        st = &s->strata[p->stratum];

        row->still_open += p->open;

        if (st->moments == p->seen) {
            row->unmatched += p->viewers;
            continue;
        }

        if (p->viewers == 0) {
            continue;
        }

        row->visitors += p->viewers;
        row->converted += p->viewers_converted;
        row->baseline_n += st->moments - p->seen;

        n1 = p->viewers;
        n0 = st->moments - p->seen;
        n = n1 + n0;

        t->above += p->viewers_converted * n0 / n;
        t->below += (st->converted - p->seen_converted) * n1 / n;
        t->weight += n1 * n0 / n;
        squares1 += n1 * (n0 / n) * (n0 / n);
        squares0 += n0 * (n1 / n) * (n1 / n);
    }

    /* Kish (1965): weights that differ count as fewer cases. */
    if (t->weight > 0) {
        t->viewers = t->weight * t->weight / squares1;
        t->controls = t->weight * t->weight / squares0;
    }
}


static void
rows_estimate(jny_pages_test_t *t)
{
    double            expected;
    jny_pages_row_t  *row = &t->row;

    row->interval = jny_stats_wilson(row->converted, row->visitors);
    row->lift_interval.lo = NAN;
    row->lift_interval.hi = NAN;
    row->detectable = NAN;
    row->p = NAN;
    row->q = NAN;

    if (row->visitors == 0) {
        row->interval = row->lift_interval;
        row->rate = row->baseline = row->difference = row->lift = NAN;
        return;
    }

    row->rate = (double) row->converted / (double) row->visitors;

    /* The rate the viewers would have at the controls' risk. */
    row->baseline = (t->above > 0) ? row->rate * (t->below / t->above)
                                   : t->below / t->weight;
    row->difference = row->rate - row->baseline;
    row->lift = (t->below > 0) ? t->above / t->below - 1 : NAN;

    /* Whether there is a test must not depend on what the viewers did, or
       small pages would be tested when they happened to convert. */
    expected = t->below / t->weight * (double) row->visitors;

    t->tested = row->visitors >= JNY_PAGES_MIN_VISITORS
                && row->baseline_n >= JNY_PAGES_MIN_VISITORS
                && 2 * expected >= JNY_PAGES_MIN_CONVERSIONS - 1e-9;
    t->enough = t->tested
                && (row->rate + row->baseline) * (double) row->visitors
                       >= JNY_PAGES_MIN_CONVERSIONS - 1e-9;
}


int
jny_pages_rows(jny_pages_study_t *s, jny_pages_t *out)
{
    uint32_t  i;

    for (i = 0; i < s->ntests; i++) {
        if (s->tests[i].tested) {
            rows_infer(&s->tests[i]);
            out->tests++;
        }
    }

    if (rows_adjust(s, out) != JNY_OK) {
        return JNY_ENOMEM;
    }

    qsort(out->rows, out->nrows, sizeof(*out->rows), rows_cmp);

    return JNY_OK;
}


static void
rows_infer(jny_pages_test_t *t)
{
    double            p1, p0, n0, variance;
    jny_pages_row_t  *row = &t->row;

    p1 = t->above / t->weight;
    p0 = t->below / t->weight;
    n0 = rows_controls(t, p0);

    row->p = jny_stats_ratio_p(p1 * t->viewers, t->viewers, p0 * n0, n0);
    row->lift_interval =
        jny_stats_ratio_interval(p1 * t->viewers, t->viewers, p0 * n0, n0);
    row->lift_interval.lo -= 1;
    row->lift_interval.hi -= 1;

    /* Of log(ratio), were there no difference. */
    variance = (1 - p0) / p0 * (1 / t->viewers + 1 / n0);
    row->detectable = expm1((jny_stats_normal_quantile(0.975)
                                + jny_stats_normal_quantile(0.8))
                            * sqrt(variance));
}


/*
 * How many independent controls would know log(p0) as well as these do:
 * variance = (1 - p0) / (p0 n), and p0 > 0 in every test.  A visitor's moments
 * agree with each other, so never more than moments.
 */
static double
rows_controls(const jny_pages_test_t *t, double p0)
{
    double  n;

    n = (t->variance > 0) ? (1 - p0) / (p0 * t->variance) : INFINITY;

    return (n > 0 && n < t->controls) ? n : t->controls;
}


/* q over all tests of the section; then rows are copied out. */
static int
rows_adjust(jny_pages_study_t *s, jny_pages_t *out)
{
    double           *q;
    uint32_t          i;
    jny_pages_row_t  *row;

    q = malloc(((size_t) s->ntests + 1) * sizeof(*q));
    out->rows = calloc((size_t) s->ntests + 1, sizeof(*out->rows));

    if (q == NULL || out->rows == NULL) {
        free(q);
        return JNY_ENOMEM;
    }

    for (i = 0; i < s->ntests; i++) {
        q[i] = s->tests[i].row.p;
    }

    if (jny_stats_bh(q, s->ntests) != 0) {
        free(q);
        return JNY_ENOMEM;
    }

    for (i = 0; i < s->ntests; i++) {
        row = &out->rows[out->nrows++];
        *row = s->tests[i].row;

        if (s->tests[i].tested) {
            row->q = q[i];
        }

        if (s->tests[i].enough) {
            row->verdict = jny_pages_judge(q[i], row->lift_interval);
        }
    }

    free(q);

    return JNY_OK;
}


jny_pages_verdict_e
jny_pages_judge(double q, jny_interval_t lift)
{
    if (q < 0.05 && lift.lo > 0) {
        return JNY_PAGES_BETTER;
    }

    if (q < 0.05 && lift.hi < 0) {
        return JNY_PAGES_WORSE;
    }

    return JNY_PAGES_NO_DIFFERENCE;
}


static int
rows_cmp(const void *one, const void *two)
{
    int                     d;
    double                  x, y;
    const jny_pages_row_t  *a = one, *b = two;

    x = rows_stake(a);
    y = rows_stake(b);

    if (x != y) {
        return (x < y) - (x > y);
    }

    if ((a->verdict == JNY_PAGES_TOO_FEW) != (b->verdict == JNY_PAGES_TOO_FEW))
    {
        return (a->verdict == JNY_PAGES_TOO_FEW) ? 1 : -1;
    }

    if (a->visitors != b->visitors) {
        return (a->visitors < b->visitors) - (a->visitors > b->visitors);
    }

    d = jny_pages_order(a->page, b->page);

    if (d == 0 && a->pooled != b->pooled) {
        return a->pooled ? -1 : 1;
    }

    return (d != 0) ? d : jny_pages_order(a->campaign, b->campaign);
}


/* Conversions a finding stands for, by the bound nearer to no difference. */
static double
rows_stake(const jny_pages_row_t *row)
{
    double  expected = row->baseline * (double) row->visitors;

    switch (row->verdict) {

    case JNY_PAGES_BETTER:
        return expected * row->lift_interval.lo;

    case JNY_PAGES_WORSE:
        return -expected * row->lift_interval.hi;

    default:
        return 0;
    }
}
