/*
 * test_pages.c - analysis/pages.c on hand-made journeys: risk sets and the
 * Mantel-Haenszel ratio computed by hand, the bootstrap against a slow one,
 * any split between threads.  Random logs are left to tests/oracle.
 */

#include <stdarg.h>
#include <stddef.h>
#include <setjmp.h>
#include <stdint.h>
#include <cmocka.h>

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "analysis/pages.h"
#include "engine/names.h"


#define MAX_EVENTS  1200
#define MORE_PAGES  1100    /* "p0000" and on, behind "a" to "z" */

static jny_event_t   events[MAX_EVENTS];
static jny_detail_t  details[MAX_EVENTS];
static jny_names_t  *names;
static jny_facts_t   facts;
static uint32_t      spring, summer;
static uint32_t      page_a, page_z;

static const jny_pages_conf_t  conf = { .horizon_ms = 100000, .across = 1,
                                        .threads = 2, .seed = 5 };


static uint32_t
tuple_of(const char *campaign)
{
    uint32_t     i;
    jny_slice_t  s;

    for (i = 1; i < jny_names_tuple_count(names); i++) {
        s = jny_names_campaign(names, i);

        if (s.len == strlen(campaign) && memcmp(s.data, campaign, s.len) == 0)
        {
            return i;
        }
    }

    fail_msg("no campaign %s", campaign);
    return 0;
}


static uint32_t
page_of(const char *page)
{
    uint32_t     i;
    jny_slice_t  s;

    for (i = 1; i < jny_names_count(names, JNY_NAME_PAGE); i++) {
        s = jny_names_get(names, JNY_NAME_PAGE, i);

        if (s.len == strlen(page) && memcmp(s.data, page, s.len) == 0) {
            return i;
        }
    }

    fail_msg("no page %s", page);
    return 0;
}


static int
setup(void **state)
{
    static char          text[26 + MORE_PAGES][8];
    static jny_slice_t   entries[27 + MORE_PAGES];
    static uint32_t      ids[27 + MORE_PAGES];
    unsigned             i;
    uint32_t             id, parts[JNY_TUPLE_PARTS] = { 0 };
    jny_dict_t           dict = { entries, 27 + MORE_PAGES };
    jny_dict_t           words = { entries, 3 };
    jny_names_scratch_t  scratch = { 0 };

    for (i = 0; i < 26 + MORE_PAGES; i++) {
        (void) snprintf(text[i], sizeof(text[i]), i < 26 ? "%c" : "p%04u",
            i < 26 ? 'a' + i : i - 26);
        entries[i + 1].data = (const uint8_t *) text[i];
        entries[i + 1].len = strlen(text[i]);
    }

    names = jny_names_new();

    if (names == NULL
        || jny_names_dict(names, JNY_NAME_PAGE, &dict, &scratch, ids))
    {
        return -1;
    }

    entries[1].data = (const uint8_t *) "spring";
    entries[2].data = (const uint8_t *) "summer";
    entries[1].len = entries[2].len = 6;

    if (jny_names_parts(names, 2, &words, &scratch, ids)) {
        return -1;
    }

    for (i = 1; i < 3; i++) {
        parts[2] = ids[i];

        if (jny_names_tuple_add(names, parts, &id)) {
            return -1;
        }
    }

    if (jny_names_finish(names)) {
        return -1;
    }

    jny_names_scratch_release(&scratch);
    facts.names = names;
    facts.to_ms = 1000000;
    spring = tuple_of("spring");
    summer = tuple_of("summer");
    page_a = page_of("a");
    page_z = page_of("z");

    return 0;
}


static int
teardown(void **state)
{
    jny_names_free(names);

    return 0;
}


static void
put(uint32_t i, uint32_t page, int64_t time_ms, unsigned flags,
    uint32_t tuple)
{
    memset(&events[i], 0, sizeof(events[i]));
    memset(&details[i], 0, sizeof(details[i]));
    events[i].time_ms = time_ms;
    events[i].ord = i;
    events[i].flags = (uint16_t) (JNY_EVENT_WHERE | flags);
    events[i].detail = &details[i];
    details[i].page = page;
    details[i].touchpoint = page;
    details[i].carried = tuple;
}


/*
 * "a@0 b@10:2 c@11! d@12~ e@13* $@20": pages and seconds; ":2" touches stage
 * 2, "!" failed, "~" is a beacon, "*" does not pass --where, "$" converts.
 */
static void
add(void *acc, uint64_t visitor, uint32_t tuple, const char *stream)
{
    char           page[2] = { 0 };
    uint32_t       n = 0;
    jny_journey_t  j = { visitor, events, 0, 1 };

    while (*stream != '\0') {
        page[0] = *stream;
        put(n, page_of(page[0] == '$' ? "z" : page),
            1000 * strtol(stream + 2, (char **) &stream, 10),
            page[0] == '$' ? JNY_EVENT_GOAL : 0, tuple);

        for (/* void */; *stream != '\0' && *stream != ' '; stream++) {
            switch (*stream) {
            case '!':
                events[n].flags |= JNY_EVENT_FAILED;
                break;
            case '~':
                events[n].flags |= JNY_EVENT_BEACON;
                break;
            case '*':
                events[n].flags &= (uint16_t) ~JNY_EVENT_WHERE;
                break;
            default:
                events[n].stage = (uint8_t) (*stream == ':' ? *++stream - '0'
                                                            : 0);
            }
        }

        stream += *stream == ' ';
        n++;
    }

    j.nevents = n;
    assert_int_equal(jny_pages_analysis.add(acc, &j), JNY_OK);
}


static void *
begin(void)
{
    void  *acc = jny_pages_analysis.init(&conf, &facts);

    assert_non_null(acc);

    return acc;
}


static jny_pages_t *
end(void *acc)
{
    jny_pages_t  *p;

    assert_int_equal(jny_pages_finish(acc, &p), JNY_OK);
    jny_pages_analysis.free(acc);

    return p;
}


/* campaign NULL: the pooled row; a page without row: NULL. */
static const jny_pages_row_t *
row_of(const jny_pages_t *p, const char *page, const char *campaign)
{
    uint32_t                i;
    const jny_pages_row_t  *row;

    for (i = 0; i < p->nrows; i++) {
        row = &p->rows[i];

        if (row->page.len == strlen(page)
            && memcmp(row->page.data, page, row->page.len) == 0
            && (campaign == NULL
                       ? row->pooled
                       : !row->pooled && row->campaign.len == strlen(campaign)
                             && memcmp(row->campaign.data, campaign,
                                    row->campaign.len)
                                    == 0))
        {
            return row;
        }
    }

    return NULL;
}


static void
near(double got, double want)
{
    if (!(fabs(got - want) <= 1e-12)) {
        fail_msg("%.17g is not %.17g", got, want);
    }
}


/*
 * First views: 2 of x, 1 of them converts; 7 of y, 3 convert.  Second views:
 * 1 of x, converts; 2 of z, 1 converts.  By hand
 *
 *     (1 * 7 / 9 + 1 * 2 / 3) / (3 * 2 / 9 + 1 * 1 / 3) = 13 / 9
 */
static void
test_mantel_haenszel(void **state)
{
    void                   *acc = begin();
    jny_pages_t            *p;
    const jny_pages_row_t  *row;

    add(acc, 1, spring, "x@0 $@10");
    add(acc, 2, spring, "x@0");
    add(acc, 3, spring, "y@0 $@5");
    add(acc, 4, spring, "y@0");
    add(acc, 5, spring, "y@0");
    add(acc, 6, spring, "y@0");
    add(acc, 7, spring, "y@0 x@1 $@2");
    add(acc, 8, spring, "y@0 z@1");
    add(acc, 9, spring, "y@0 z@1 $@3");
    p = end(acc);

    assert_null(row_of(p, "x", "summer"));
    row = row_of(p, "x", "spring");

    assert_int_equal(row->visitors, 3);
    assert_int_equal(row->converted, 2);
    assert_int_equal(row->baseline_n, 9);
    assert_int_equal(row->unmatched, 0);
    near(row->rate, 2 / 3.0);
    near(row->lift, 4 / 9.0);
    near(row->baseline, 6 / 13.0);
    near(row->difference, 2 / 3.0 - 6 / 13.0);
    assert_true(isnan(row->p) && isnan(row->q));
    assert_int_equal(row->verdict, JNY_PAGES_TOO_FEW);

    jny_pages_free(p);
}


/* A campaign is compared in itself; the pooled row adds strata, not people. */
static void
test_campaigns_are_strata(void **state)
{
    void                   *acc = begin();
    jny_pages_t            *p;
    const jny_pages_row_t  *row;

    add(acc, 1, spring, "x@0 $@1");
    add(acc, 2, spring, "y@0 $@1");
    add(acc, 3, summer, "x@0");
    add(acc, 4, summer, "y@0");
    add(acc, 5, summer, "y@0 $@1");
    p = end(acc);

    row = row_of(p, "x", "spring");
    assert_int_equal(row->baseline_n, 1);
    near(row->lift, 0);

    row = row_of(p, "x", "summer");
    assert_int_equal(row->baseline_n, 2);
    near(row->lift, -1);
    near(row->baseline, 0.5);

    /* (1/2 + 0) / (1/2 + 1/3) */
    row = row_of(p, "x", NULL);
    assert_int_equal(row->visitors, 2);
    assert_int_equal(row->baseline_n, 3);
    near(row->lift, 0.5 / (0.5 + 1 / 3.0) - 1);

    jny_pages_free(p);
}


/* What is an index, what is a control, what converts. */
static void
test_moments(void **state)
{
    void                   *acc = begin();
    jny_pages_t            *p;
    const jny_pages_row_t  *row;

    /* A failed view, a beacon and what --where refuses show no page. */
    add(acc, 1, spring, "x@0! x@0~ x@0* a@1 $@2");

    /* Only the first view counts, and it is in place 0; the second view of
       another page is in place 2, for its number counts all views. */
    add(acc, 2, spring, "b@0 b@1 x@2");
    add(acc, 3, spring, "b@0 c@1 d@2 $@3");

    /* What follows a conversion is no index. */
    add(acc, 4, spring, "a@0 $@1 x@2 $@3");

    /* 100 s is within the horizon, 101 s is not. */
    add(acc, 5, spring, "e@0 $@100");
    add(acc, 6, spring, "e@0 $@101");

    /* 900 s before the end of the log is followed long enough, 901 is not. */
    add(acc, 7, spring, "f@900");
    add(acc, 8, spring, "f@901 g@902");
    p = end(acc);

    row = row_of(p, "x", NULL);
    assert_int_equal(row->visitors, 1);
    assert_int_equal(row->converted, 0);
    assert_int_equal(row->baseline_n, 1);
    near(row->baseline, 1);

    row = row_of(p, "e", NULL);
    assert_int_equal(row->visitors, 2);
    assert_int_equal(row->converted, 1);

    row = row_of(p, "f", NULL);
    assert_int_equal(row->visitors, 1);
    assert_int_equal(row->still_open, 1);

    row = row_of(p, "g", NULL);
    assert_int_equal(row->visitors, 0);
    assert_int_equal(row->still_open, 1);
    assert_true(isnan(row->rate) && isnan(row->lift));

    assert_int_equal(p->still_open, 2);
    assert_int_equal(p->visitors, 8);

    jny_pages_free(p);
}


/* The stage is the latest one, and views count from where it began. */
static void
test_stages(void **state)
{
    void                   *acc = begin();
    jny_pages_t            *p;
    const jny_pages_row_t  *row;

    add(acc, 1, spring, "a@0:1 b@1:2 x@2");         /* stage 2, since 1 */
    add(acc, 2, spring, "a@0:1 b@1:2 c@2 $@3");     /* the same */
    add(acc, 3, spring, "a@0:1 b@1 d@2 $@3");       /* stage 1, since 2 */
    add(acc, 4, spring, "a@0 b@1:1 e@2:2 $@3");     /* stage 2, since 0 */
    add(acc, 5, spring, "a@0:2 b@1:2 f@2:2 $@3");   /* stage 2, since 2 */
    p = end(acc);

    row = row_of(p, "x", NULL);
    assert_int_equal(row->visitors, 1);
    assert_int_equal(row->baseline_n, 1);

    /* Nobody else was there: no comparison. */
    row = row_of(p, "e", NULL);
    assert_int_equal(row->visitors, 0);
    assert_int_equal(row->unmatched, 1);

    jny_pages_free(p);
}


static void
test_many_pages(void **state)
{
    void           *acc = begin();
    char            page[8];
    uint32_t        i;
    jny_pages_t    *p;
    jny_journey_t   j = { 1, events, MORE_PAGES, 1 };

    for (i = 0; i < MORE_PAGES; i++) {
        (void) snprintf(page, sizeof(page), "p%04u", i % 10000);
        put(i, page_of(page), i, 0, spring);
    }

    assert_int_equal(jny_pages_analysis.add(acc, &j), JNY_OK);
    j.visitor = 2;
    j.nevents = JNY_PAGES_MAX_VIEWS;
    assert_int_equal(jny_pages_analysis.add(acc, &j), JNY_OK);
    p = end(acc);

    assert_int_equal(p->views, 2 * JNY_PAGES_MAX_VIEWS);
    assert_int_equal(p->cut, 1);
    assert_int_equal(p->nrows, 2 * JNY_PAGES_MAX_VIEWS);

    jny_pages_free(p);
}


static void
test_nothing(void **state)
{
    jny_pages_t  *p;

    p = end(begin());
    assert_int_equal(p->nrows + p->nacross + p->nalike, 0);
    jny_pages_free(p);
}


/*
 * Visitor v's journey: 1 to 7 views of "a" to "h".  "a" and "b" are rare, so
 * that others are their controls again and again; "a" triples the
 * chance.
 */
static uint32_t
wander(uint64_t v)
{
    uint64_t  r = v * UINT64_C(0x9e3779b97f4a7c15);
    uint32_t  i, n, page, chance = 12, tuple = (v % 3) ? spring : summer;

    n = 1 + (uint32_t) (r >> 60) % 7;

    for (i = 0; i < n; i++) {
        r = (r ^ (r >> 29)) * UINT64_C(0xbf58476d1ce4e5b9);
        page = (uint32_t) (r >> 40) % 24;
        page = (page < 8) ? page_a + page : page_a + 2 + page % 6;
        chance = (page == page_a) ? 36 : chance;
        put(i, page, 1000 * i, 0, tuple);

        if ((r >> 50) % 100 < chance) {
            put(i + 1, page_z, 1000 * i + 500, JNY_EVENT_GOAL, tuple);
            return i + 2;
        }
    }

    return n;
}


#define WANDERERS  800

typedef struct {
    double  cell[8][4];   /* by views before: viewers, of them converted,
                             controls, of them converted */
    double  above, below, weight, viewers, squares1, squares0;
} slow_t;


/* One visitor of weight w, for or against a page. */
static void
slow_visitor(slow_t *s, uint32_t page, uint32_t len, double w)
{
    uint32_t  i, k, group, converted;

    converted = (events[len - 1].flags & JNY_EVENT_GOAL) != 0;

    for (i = 0; i < len - converted; i++) {
        for (k = 0; k < i && details[k].page != details[i].page; k++) {
            /* void */
        }

        if (k < i) {
            continue;
        }

        group = (details[i].page == page) ? 0 : 2;
        s->cell[i][group] += w;
        s->cell[i][group + 1] += w * converted;

        if (group == 0) {
            return;
        }
    }
}


/* The sums of replicate r of a page under spring; 0: everybody counts once. */
static slow_t
slow_sums(uint32_t page, unsigned r)
{
    double    n, *c;
    slow_t    s = { 0 };
    uint64_t  v;
    unsigned  i;

    for (v = 1; v <= WANDERERS; v++) {
        if (v % 3) {
            slow_visitor(&s, page, wander(v),
                (r == 0) ? 1 : jny_stats_poisson1(conf.seed, v, r - 1));
        }
    }

    for (i = 0; i < 8; i++) {
        c = s.cell[i];
        n = c[0] + c[2];

        if (c[0] > 0 && c[2] > 0) {
            s.above += c[1] * c[2] / n;
            s.below += c[3] * c[0] / n;
            s.weight += c[0] * c[2] / n;
            s.viewers += c[0];
            s.squares1 += c[0] * pow(c[2] / n, 2);
            s.squares0 += c[2] * pow(c[0] / n, 2);
        }
    }

    return s;
}


/* The interval, with nothing shared, subtracted or vectorised. */
static jny_interval_t
slow_interval(uint32_t page)
{
    double          x[1000], y[1000], mx = 0, my = 0, sum = 0, half, n1, n0, p0;
    slow_t          all = slow_sums(page, 0), s;
    unsigned        r;
    jny_interval_t  lift;

    half = 0.5 * all.weight / all.viewers;

    for (r = 0; r < 1000; r++) {
        s = slow_sums(page, r + 1);
        x[r] = log((s.above + half) / s.weight);
        y[r] = log((s.below + half) / s.weight);
        mx += x[r] / 1000;
        my += y[r] / 1000;
    }

    for (r = 0; r < 1000; r++) {
        sum += (y[r] - my) * (y[r] - my) - 2 * (x[r] - mx) * (y[r] - my);
    }

    p0 = all.below / all.weight;
    n1 = all.weight * all.weight / all.squares1;
    n0 = all.weight * all.weight / all.squares0;
    n0 = fmin(n0, (sum > 0) ? (1 - p0) / p0 / (sum / 999) : INFINITY);

    lift = jny_stats_ratio_interval(all.above / all.weight * n1, n1, p0 * n0,
        n0);
    lift.lo -= 1;
    lift.hi -= 1;

    return lift;
}


static jny_pages_t *
wanderers(unsigned parts)
{
    void           *acc[4];
    uint64_t        v;
    unsigned        i;
    jny_journey_t   j = { 0, events, 0, 1 };

    for (i = 0; i < parts; i++) {
        acc[i] = begin();
    }

    for (v = 1; v <= WANDERERS; v++) {
        j.visitor = v;
        j.nevents = wander(v);
        assert_int_equal(
            jny_pages_analysis.add(acc[v * 7 % parts], &j), JNY_OK);
    }

    for (i = 1; i < parts; i++) {
        assert_int_equal(jny_pages_analysis.merge(acc[0], acc[i]), JNY_OK);
        jny_pages_analysis.free(acc[i]);
    }

    return end(acc[0]);
}


static void
test_bootstrap(void **state)
{
    unsigned                i;
    jny_pages_t            *p = wanderers(1);
    jny_interval_t          slow;
    const jny_pages_row_t  *row;
    static const char      *const pages[] = { "a", "b" };

    for (i = 0; i < 2; i++) {
        row = row_of(p, pages[i], "spring");
        slow = slow_interval(page_of(pages[i]));

        assert_false(isnan(row->p));
        assert_true(fabs(row->lift_interval.lo - slow.lo) < 1e-9);
        assert_true(fabs(row->lift_interval.hi - slow.hi) < 1e-9);
    }

    assert_int_equal(row_of(p, "a", NULL)->verdict, JNY_PAGES_BETTER);
    assert_int_equal(row_of(p, "b", NULL)->verdict, JNY_PAGES_NO_DIFFERENCE);

    jny_pages_free(p);
}


/* Not a bit depends on who was added where. */
static void
test_split(void **state)
{
    unsigned                parts;
    uint32_t                i;
    jny_pages_t            *one = wanderers(1), *p;
    const jny_pages_row_t  *a, *b;

    assert_true(one->nrows > 20 && one->tests > 10 && one->across_tests > 5);
    assert_true(one->nalike > 0);

    for (parts = 2; parts <= 4; parts++) {
        p = wanderers(parts);

        assert_int_equal(p->nrows, one->nrows);
        assert_int_equal(p->views, one->views);

        for (i = 0; i < p->nrows; i++) {
            a = &p->rows[i];
            b = &one->rows[i];
            assert_true(a->page.data == b->page.data);
            assert_int_equal(a->visitors, b->visitors);
            assert_memory_equal(&a->lift, &b->lift, sizeof(a->lift));
            assert_memory_equal(&a->lift_interval, &b->lift_interval,
                sizeof(a->lift_interval));
            assert_memory_equal(&a->q, &b->q, sizeof(a->q));
            assert_int_equal(a->verdict, b->verdict);
        }

        assert_int_equal(p->nacross, one->nacross);
        assert_memory_equal(&p->across[0].p, &one->across[0].p,
            sizeof(double));

        jny_pages_free(p);
    }

    jny_pages_free(one);
}


/*
 * x converts 30 of 100 under spring and 10 of 100 under summer: alike?
 * Pearson: 200 (30 * 90 - 70 * 10)^2 / (100 * 100 * 40 * 160) = 12.5.
 */
static void
test_across(void **state)
{
    void         *acc = begin();
    uint64_t      v;
    jny_pages_t  *p;

    for (v = 1; v <= 200; v++) {
        add(acc, v, (v <= 100) ? spring : summer,
            ((v <= 30) || (v > 190)) ? "x@0 $@1" : "x@0");
    }

    p = end(acc);

    assert_int_equal(p->nacross, 2);
    assert_int_equal(p->across[0].visitors, 100);
    assert_int_equal(p->across[0].others, 100);
    assert_int_equal(p->across[0].converted + p->across[1].converted, 40);
    near(p->across[0].p, jny_stats_chi2_p(12.5, 1));
    near(p->across[0].q, p->across[0].p);
    assert_true(p->across[0].verdict + p->across[1].verdict
                == JNY_PAGES_BETTER + JNY_PAGES_WORSE);

    assert_int_equal(p->nalike, 1);
    assert_int_equal(p->alike[0].df, 1);
    near(p->alike[0].chi2, 12.5);
    near(p->alike[0].p, jny_stats_chi2_p(12.5, 1));

    jny_pages_free(p);
}


int
main(void)
{
    const struct CMUnitTest  tests[] = {
        cmocka_unit_test(test_mantel_haenszel),
        cmocka_unit_test(test_campaigns_are_strata),
        cmocka_unit_test(test_moments),
        cmocka_unit_test(test_stages),
        cmocka_unit_test(test_many_pages),
        cmocka_unit_test(test_nothing),
        cmocka_unit_test(test_bootstrap),
        cmocka_unit_test(test_split),
        cmocka_unit_test(test_across),
    };

    return cmocka_run_group_tests(tests, setup, teardown);
}
