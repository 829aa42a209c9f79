/*
 * pages_across.c - viewers of a page under one campaign against its viewers
 * under the others.
 *
 * A visitor has one first view of a page, so these groups share nobody and
 * need no bootstrap.
 */

#include "analysis/pages_private.h"

#include <math.h>
#include <stdlib.h>


/* Under this many expected conversions a campaign is compared with others
   of its size, as one group (Cochran 1954). */
#define JNY_ACROSS_EXPECTED  5

typedef struct {
    uint64_t  n;
    uint64_t  converted;
} jny_across_group_t;


static jny_across_group_t across_group(const jny_pages_study_t *s,
    const jny_pages_test_t *t);
static void across_row(const jny_pages_test_t *t, jny_across_group_t one,
    jny_across_group_t all, jny_pages_across_t *row);
static void across_alike(const jny_pages_study_t *s,
    const jny_pages_page_t *page, jny_across_group_t all,
    jny_pages_alike_t *alike);
static jny_across_group_t across_small(const jny_pages_study_t *s,
    const jny_pages_page_t *page, double least);
static void across_class(jny_pages_alike_t *alike, jny_across_group_t g,
    jny_across_group_t all);
static int across_adjust(jny_pages_t *out);
static int across_cmp(const void *one, const void *two);
static int across_alike_cmp(const void *one, const void *two);


int
jny_pages_compare(jny_pages_study_t *s, jny_pages_t *out)
{
    uint32_t                 i, k;
    jny_across_group_t       all, one;
    jny_pages_across_t      *row;
    const jny_pages_page_t  *page;
    const jny_pages_test_t  *t;

    out->across = calloc((size_t) s->ntests + 1, sizeof(*out->across));
    out->alike = calloc((size_t) s->npages + 1, sizeof(*out->alike));

    if (out->across == NULL || out->alike == NULL) {
        return JNY_ENOMEM;
    }

    for (i = 0; i < s->npages; i++) {
        page = &s->pages[i];
        t = &s->tests[page->first_test];

        /* The pooled test is the last and holds all pairs of the page. */
        all = across_group(s, &t[page->ntests - 1]);

        for (k = 0; k + 1 < page->ntests; k++) {
            one = across_group(s, &t[k]);

            if (one.n > 0 && one.n < all.n) {
                row = &out->across[out->nacross++];
                across_row(&t[k], one, all, row);
                out->across_tests += !isnan(row->p);
            }
        }

        across_alike(s, page, all, &out->alike[out->nalike]);
        out->nalike += out->alike[out->nalike].campaigns > 1;
    }

    if (across_adjust(out) != 0) {
        return JNY_ENOMEM;
    }

    qsort(out->across, out->nacross, sizeof(*out->across), across_cmp);
    qsort(out->alike, out->nalike, sizeof(*out->alike), across_alike_cmp);

    return JNY_OK;
}


static jny_across_group_t
across_group(const jny_pages_study_t *s, const jny_pages_test_t *t)
{
    uint32_t            i;
    jny_across_group_t  g = { 0, 0 };

    for (i = t->first; i < t->first + t->npairs; i++) {
        g.n += s->pairs[i].viewers;
        g.converted += s->pairs[i].viewers_converted;
    }

    return g;
}


static void
across_row(const jny_pages_test_t *t, jny_across_group_t one,
    jny_across_group_t all, jny_pages_across_t *row)
{
    row->page = t->row.page;
    row->campaign = t->row.campaign;
    row->visitors = one.n;
    row->converted = one.converted;
    row->others = all.n - one.n;
    row->others_converted = all.converted - one.converted;
    row->rate = (double) one.converted / (double) one.n;
    row->interval = jny_stats_wilson(one.converted, one.n);
    row->others_rate = (double) row->others_converted / (double) row->others;
    row->lift =
        (row->others_converted > 0) ? row->rate / row->others_rate - 1 : NAN;
    row->lift_interval.lo = NAN;
    row->lift_interval.hi = NAN;
    row->p = NAN;
    row->q = NAN;

    /* The sum is given whether they differ or not: no choice by outcome. */
    if (row->visitors < JNY_PAGES_MIN_VISITORS
        || row->others < JNY_PAGES_MIN_VISITORS
        || all.converted < JNY_PAGES_MIN_CONVERSIONS)
    {
        return;
    }

    row->p = jny_stats_ratio_p(row->converted, row->visitors,
        row->others_converted, row->others);
    row->lift_interval = jny_stats_ratio_interval(row->converted,
        row->visitors, row->others_converted, row->others);
    row->lift_interval.lo -= 1;
    row->lift_interval.hi -= 1;
}


/* Pearson's chi-square of converted or not by campaign. */
static void
across_alike(const jny_pages_study_t *s, const jny_pages_page_t *page,
    jny_across_group_t all, jny_pages_alike_t *alike)
{
    double              rate, least;
    uint32_t            i;
    jny_across_group_t  g, small;

    alike->page = s->tests[page->first_test].row.page;
    alike->p = NAN;
    alike->q = NAN;

    if (all.converted == 0 || all.converted == all.n) {
        return;
    }

    rate = (double) all.converted / (double) all.n;
    least = JNY_ACROSS_EXPECTED / ((rate < 0.5) ? rate : 1 - rate);
    small = across_small(s, page, least);

    /* Too few even together: they are left out. */
    if ((double) small.n < least) {
        all.n -= small.n;
        all.converted -= small.converted;
        small.n = 0;
    }

    for (i = page->first_test; i + 1 < page->first_test + page->ntests; i++) {
        g = across_group(s, &s->tests[i]);

        if ((double) g.n >= least) {
            across_class(alike, g, all);
        }
    }

    if (small.n > 0) {
        across_class(alike, small, all);
    }

    alike->visitors = all.n;

    if (alike->campaigns > 1) {
        alike->df = alike->campaigns - 1;
        alike->p = jny_stats_chi2_p(alike->chi2, alike->df);
    }
}


/* All campaigns with fewer than so many viewers, as one. */
static jny_across_group_t
across_small(const jny_pages_study_t *s, const jny_pages_page_t *page,
    double least)
{
    uint32_t            i;
    jny_across_group_t  g, small = { 0, 0 };

    for (i = page->first_test; i + 1 < page->first_test + page->ntests; i++) {
        g = across_group(s, &s->tests[i]);

        if ((double) g.n < least) {
            small.n += g.n;
            small.converted += g.converted;
        }
    }

    return small;
}


static void
across_class(jny_pages_alike_t *alike, jny_across_group_t g,
    jny_across_group_t all)
{
    double  rate, d;

    rate = (double) all.converted / (double) all.n;
    d = (double) g.converted - (double) g.n * rate;

    alike->campaigns++;

    /* Of those left, all may have converted, or nobody: alike then. */
    if (rate > 0 && rate < 1) {
        alike->chi2 += d * d / ((double) g.n * rate * (1 - rate));
    }
}


static int
across_adjust(jny_pages_t *out)
{
    int        rc;
    double    *q;
    uint32_t   i;

    q = malloc(((size_t) out->nacross + out->nalike + 1) * sizeof(*q));
    if (q == NULL) {
        return -1;
    }

    for (i = 0; i < out->nacross; i++) {
        q[i] = out->across[i].p;
    }

    for (i = 0; i < out->nalike; i++) {
        q[out->nacross + i] = out->alike[i].p;
    }

    /* Two questions, two families. */
    rc = jny_stats_bh(q, out->nacross)
         | jny_stats_bh(q + out->nacross, out->nalike);

    for (i = 0; i < out->nacross; i++) {
        if (!isnan(q[i])) {
            out->across[i].q = q[i];
            out->across[i].verdict =
                jny_pages_judge(q[i], out->across[i].lift_interval);
        }
    }

    for (i = 0; i < out->nalike; i++) {
        out->alike[i].q = q[out->nacross + i];
    }

    free(q);

    return rc;
}


static int
across_cmp(const void *one, const void *two)
{
    int                        d;
    double                     x, y;
    const jny_pages_across_t  *a = one, *b = two;

    x = isnan(a->q) ? 2 : a->q;
    y = isnan(b->q) ? 2 : b->q;

    if (x != y) {
        return (x > y) - (x < y);
    }

    if (a->visitors != b->visitors) {
        return (a->visitors < b->visitors) - (a->visitors > b->visitors);
    }

    d = jny_pages_order(a->page, b->page);

    return (d != 0) ? d : jny_pages_order(a->campaign, b->campaign);
}


static int
across_alike_cmp(const void *one, const void *two)
{
    const jny_pages_alike_t  *a = one, *b = two;

    if (a->p != b->p) {
        return (a->p > b->p) - (a->p < b->p);
    }

    return jny_pages_order(a->page, b->page);
}
