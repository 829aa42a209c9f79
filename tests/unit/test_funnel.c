/*
 * test_funnel.c - analysis/funnel.c on hand-made journeys; random ones are
 * left to tests/oracle.
 */

#include <stdarg.h>
#include <stddef.h>
#include <setjmp.h>
#include <stdint.h>
#include <cmocka.h>

#include <math.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "analysis/funnel.h"


#define MAX_EVENTS  32

static const jny_slice_t  abc[] = {
    { (const uint8_t *) "A", 1 },
    { (const uint8_t *) "B", 1 },
    { (const uint8_t *) "C", 1 }
};

static const jny_facts_t  facts = { .stages = abc, .nstages = 3,
                                    .to_ms = 1000000 };

static jny_event_t   events[MAX_EVENTS];
static jny_detail_t  details[MAX_EVENTS];


/*
 * "A@0 B@50": stages and steps alike, times in seconds.  "$5" behind it is a
 * sale of order 5, worth 5.
 */
static jny_journey_t
journey(uint64_t visitor, const char *stream)
{
    uint32_t       n = 0, step;
    jny_journey_t  j = { visitor, events, 0, 1 };

    memset(events, 0, sizeof(events));
    memset(details, 0, sizeof(details));

    while (*stream != '\0') {
        step = (uint32_t) (*stream - 'A');
        events[n].match = 1u << step;
        events[n].stage = (uint8_t) (step + 1);
        events[n].flags = JNY_EVENT_WHERE;
        events[n].ord = n;
        events[n].detail = &details[n];
        events[n].time_ms = 1000 * strtol(stream + 2, (char **) &stream, 10);

        if (*stream == '$') {
            details[n].order = (uint32_t) strtol(stream + 1,
                (char **) &stream, 10);
            details[n].value_e4 = details[n].order;
            details[n].currency = 1;
            events[n].flags |= JNY_EVENT_SALE | JNY_EVENT_GOAL;
        }

        stream += *stream == ' ';
        n++;
    }

    j.nevents = n;

    return j;
}


static void
add(void *acc, uint64_t visitor, const char *stream)
{
    jny_journey_t  j = journey(visitor, stream);

    assert_int_equal(jny_funnel_analysis.add(acc, &j), JNY_OK);
}


static jny_funnel_t *
finish(void *acc)
{
    jny_funnel_t  *f;

    assert_int_equal(jny_funnel_finish(acc, &f), JNY_OK);

    return f;
}


static void
counts_are(const jny_funnel_step_t *steps, unsigned a, unsigned b, unsigned c)
{
    assert_int_equal(steps[0].count, a);
    assert_int_equal(steps[1].count, b);
    assert_int_equal(steps[2].count, c);
}


static void
test_closed(void **state)
{
    void               *acc;
    jny_funnel_t       *f;
    jny_funnel_conf_t   conf = { .steps = abc, .nsteps = 3,
                                 .window_ms = 60000 };

    acc = jny_funnel_analysis.init(&conf, &facts);
    assert_non_null(acc);
    add(acc, 1, "A@0 A@50 B@70");
    add(acc, 2, "A@0 A@50 B@55");
    add(acc, 3, "B@0 C@1");
    add(acc, 4, "A@0 C@1 B@2 C@3$7 C@4$8");
    add(acc, 5, "A@990");

    f = finish(acc);
    assert_int_equal(f->nsteps, 3);
    counts_are(f->steps, 4, 3, 1);
    assert_int_equal(f->steps[1].dropped, 1);
    assert_int_equal(f->steps[2].dropped, 2);
    assert_int_equal(f->largest_drop, 2);
    assert_true(isnan(f->steps[0].from_previous));

    /* A@990 may still go on: it is counted, and in no rate. */
    assert_int_equal(f->rates_of_all, 0);
    assert_int_equal(f->steps[0].mature, 3);
    assert_int_equal(f->steps[1].mature, 3);
    assert_int_equal(f->steps[1].lost, 0);
    assert_true(f->steps[1].from_previous == 1);
    assert_true(f->steps[2].from_first == 1 / 3.0);

    /* 2, 20 and 55 s */
    assert_int_equal(f->steps[1].ntimes, 3);
    assert_int_equal(f->steps[1].p50_ms, 20000);
    assert_int_equal(f->steps[1].p90_ms, 55000);
    assert_int_equal(f->steps[1].mean_ms, 25666);

    /* The sale that filled the step, not the one after. */
    assert_int_equal(f->steps[2].value->n, 1);
    assert_int_equal(jny_purse_value_e4(f->steps[2].value, 0), 7);

    assert_int_equal(f->still_open, 1);
    assert_int_equal(f->steps[0].still_open, 1);
    assert_int_equal(f->goal_visitors, 1);
    assert_int_equal(f->goals, 2);

    jny_funnel_free(f);
    jny_funnel_analysis.free(acc);
}


/* A conversion makes nobody mature; where nobody is, rates are of all. */
static void
test_young(void **state)
{
    void               *acc;
    jny_funnel_t       *f;
    jny_funnel_conf_t   conf = { .steps = abc, .nsteps = 3,
                                 .window_ms = 60000 };

    acc = jny_funnel_analysis.init(&conf, &facts);
    assert_non_null(acc);
    add(acc, 1, "A@990 B@991 C@992");
    add(acc, 2, "A@990");
    f = finish(acc);
    counts_are(f->steps, 2, 1, 1);
    assert_int_equal(f->rates_of_all, 1);
    assert_int_equal(f->steps[0].mature, 0);
    assert_true(f->steps[1].from_previous == 0.5);
    assert_int_equal(f->steps[1].lost, 1);
    jny_funnel_free(f);
    jny_funnel_analysis.free(acc);

    acc = jny_funnel_analysis.init(&conf, &facts);
    assert_non_null(acc);
    add(acc, 1, "A@990 B@991 C@992");
    add(acc, 2, "A@940");
    f = finish(acc);
    counts_are(f->steps, 2, 1, 1);
    assert_int_equal(f->rates_of_all, 0);
    assert_int_equal(f->steps[0].mature, 1);
    assert_int_equal(f->steps[1].mature, 0);
    assert_true(f->steps[1].from_previous == 0);
    assert_int_equal(f->largest_drop, 1);
    jny_funnel_free(f);
    jny_funnel_analysis.free(acc);
}


static void
test_open(void **state)
{
    void               *acc;
    jny_funnel_t       *f;
    jny_funnel_conf_t   conf = { .open = 1 };

    acc = jny_funnel_analysis.init(&conf, &facts);
    assert_non_null(acc);
    add(acc, 1, "C@0$3");
    add(acc, 2, "A@0 B@10 A@20");
    add(acc, 3, "B@5 A@6 C@9$4 B@20 C@2000$9");

    f = finish(acc);
    counts_are(f->steps, 3, 3, 2);
    assert_int_equal(f->steps[0].touched, 2);
    assert_int_equal(f->steps[0].skipped, 1);
    assert_int_equal(f->steps[0].entered, 1);
    assert_int_equal(f->steps[1].entered, 1);
    assert_int_equal(f->steps[2].entered, 1);
    assert_int_equal(f->steps[1].skipped, 1);
    assert_int_equal(jny_purse_value_e4(f->steps[2].value, 0), 16);

    /* B after A: 10 s and 14 s; C after B: 4 s. */
    assert_int_equal(f->steps[1].ntimes, 2);
    assert_int_equal(f->steps[1].p90_ms, 14000);
    assert_int_equal(f->steps[2].ntimes, 1);
    assert_int_equal(f->steps[2].p50_ms, 4000);
    assert_int_equal(f->still_open, 0);

    jny_funnel_free(f);
    jny_funnel_analysis.free(acc);
}


/* A refund is no purchase; what --where leaves out is not there. */
static void
test_what_counts(void **state)
{
    void               *acc;
    jny_funnel_t       *f;
    jny_journey_t       j;
    jny_funnel_conf_t   conf = { .open = 1 };

    acc = jny_funnel_analysis.init(&conf, &facts);
    assert_non_null(acc);

    j = journey(1, "A@0 C@1 B@2");
    events[1].flags |= JNY_EVENT_REFUND;
    events[2].flags &= (uint16_t) ~JNY_EVENT_WHERE;
    assert_int_equal(jny_funnel_analysis.add(acc, &j), JNY_OK);

    f = finish(acc);
    counts_are(f->steps, 1, 0, 0);
    assert_true(isnan(f->steps[2].from_previous));
    assert_true(isnan(f->steps[2].interval.lo));

    jny_funnel_free(f);
    jny_funnel_analysis.free(acc);
}


static const char *const  streams[] = {
    "A@0 A@50 B@70 A@80 B@90 C@95$5 C@96$5 A@100 C@110$6",
    "B@0 C@1$1 C@2",
    "A@0",
    "A@0 B@59 C@61 A@62 A@200 B@201 C@202",
    "C@5$9 B@6 C@7$9",
    "A@990 B@991",
    "B@3"
};

#define NSTREAMS  (sizeof(streams) / sizeof(streams[0]))


static void
test_entries(void **state)
{
    void               *acc;
    jny_funnel_t       *f;
    jny_funnel_conf_t   conf = { .open = 1, .window_ms = 60000,
                                 .count = JNY_FUNNEL_ENTRIES,
                                 .by = { JNY_FUNNEL_BY_STAGE } };

    acc = jny_funnel_analysis.init(&conf, &facts);
    assert_non_null(acc);

    /* A A timed out; B A C$5, reloaded; A C$6 */
    add(acc, 1, "A@0 A@50 B@70 A@80 C@95$5 C@96$5 A@100 C@110$6");
    add(acc, 2, "B@0 C@1$1 C@2");

    f = finish(acc);
    counts_are(f->steps, 4, 3, 3);
    assert_int_equal(f->steps[2].visitors, 2);
    assert_int_equal(f->ngroups, 2);
    assert_memory_equal(f->groups[0].key[0].data, "A", 1);
    counts_are(f->groups[0].steps, 2, 1, 1);
    assert_memory_equal(f->groups[1].key[0].data, "B", 1);
    counts_are(f->groups[1].steps, 2, 2, 2);

    jny_funnel_free(f);
    jny_funnel_analysis.free(acc);
}


static void
groups_equal(const jny_funnel_step_t *a, const jny_funnel_step_t *b)
{
    unsigned  k;

    for (k = 0; k < 3; k++) {
        assert_int_equal(a[k].count, b[k].count);
        assert_int_equal(a[k].visitors, b[k].visitors);
        assert_int_equal(a[k].dropped, b[k].dropped);
        assert_int_equal(a[k].still_open, b[k].still_open);
        assert_int_equal(a[k].entered, b[k].entered);
        assert_int_equal(a[k].touched, b[k].touched);
        assert_int_equal(a[k].skipped, b[k].skipped);
        assert_memory_equal(&a[k].from_previous, &b[k].from_previous, 8);
        assert_memory_equal(&a[k].interval, &b[k].interval, 16);
        assert_int_equal(a[k].ntimes, b[k].ntimes);
        assert_int_equal(a[k].p50_ms, b[k].p50_ms);
        assert_int_equal(a[k].p90_ms, b[k].p90_ms);
        assert_int_equal(a[k].mean_ms, b[k].mean_ms);
        assert_int_equal(a[k].value->n, b[k].value->n);

        if (a[k].value->n > 0) {
            assert_int_equal(jny_purse_value_e4(a[k].value, 0),
                jny_purse_value_e4(b[k].value, 0));
        }
    }
}


/* All journeys over n accumulators, merged in order. */
static void *
over(const jny_funnel_conf_t *conf, unsigned n)
{
    void      *accs[NSTREAMS];
    unsigned   i;

    for (i = 0; i < n; i++) {
        accs[i] = jny_funnel_analysis.init(conf, &facts);
        assert_non_null(accs[i]);
    }

    for (i = 0; i < NSTREAMS; i++) {
        add(accs[i % n], i + 1, streams[i]);
    }

    for (i = 1; i < n; i++) {
        assert_int_equal(jny_funnel_analysis.merge(accs[0], accs[i]), JNY_OK);
        jny_funnel_analysis.free(accs[i]);
    }

    return accs[0];
}


static void
merges(jny_funnel_conf_t conf)
{
    void          *one, *many;
    unsigned       n, i;
    jny_funnel_t  *f, *g;

    for (n = 2; n <= NSTREAMS; n++) {
        one = over(&conf, 1);
        many = over(&conf, n);
        f = finish(one);
        g = finish(many);

        assert_true(f->steps[0].count > 0);
        groups_equal(f->steps, g->steps);
        assert_int_equal(f->ngroups, g->ngroups);
        assert_int_equal(f->goals, g->goals);

        for (i = 0; i < f->ngroups; i++) {
            groups_equal(f->groups[i].steps, g->groups[i].steps);
        }

        jny_funnel_free(f);
        jny_funnel_free(g);
        jny_funnel_analysis.free(one);
        jny_funnel_analysis.free(many);
    }
}


static void
test_merge(void **state)
{
    merges((jny_funnel_conf_t){ .open = 1 });
    merges((jny_funnel_conf_t){ .window_ms = 60000 });
    merges((jny_funnel_conf_t){ .open = 1, .window_ms = 60000,
                                .count = JNY_FUNNEL_ENTRIES,
                                 .by = { JNY_FUNNEL_BY_STAGE } });
    merges((jny_funnel_conf_t){ .steps = abc, .nsteps = 3,
                                .window_ms = 60000,
                                .count = JNY_FUNNEL_ENTRIES,
                                 .by = { JNY_FUNNEL_BY_STAGE } });
    merges((jny_funnel_conf_t){ .open = 1, .window_ms = 60000, .top = 1,
                                .count = JNY_FUNNEL_ENTRIES,
                                 .by = { JNY_FUNNEL_BY_STAGE } });
}


/* Groups add up to the total, with those beyond top as one. */
static void
test_top(void **state)
{
    void               *acc;
    unsigned            k;
    jny_funnel_t       *f;
    jny_funnel_conf_t   conf = { .open = 1, .window_ms = 60000, .top = 1,
                                 .count = JNY_FUNNEL_ENTRIES,
                                 .by = { JNY_FUNNEL_BY_STAGE } };

    acc = over(&conf, 2);
    f = finish(acc);

    assert_int_equal(f->ngroups, 2);
    assert_int_equal(f->all_groups, 3);
    assert_true(f->groups[1].other);
    assert_memory_equal(f->groups[1].key[0].data, "(other)", 7);

    for (k = 0; k < 3; k++) {
        assert_int_equal(f->groups[0].steps[k].count
                             + f->groups[1].steps[k].count,
            f->steps[k].count);
    }

    jny_funnel_free(f);
    jny_funnel_analysis.free(acc);
}


/* Of visitors with one entry each the interval is Wilson's of the counts. */
static void
test_interval(void **state)
{
    void               *acc;
    unsigned            i;
    jny_funnel_t       *f;
    jny_interval_t      wilson;
    jny_funnel_conf_t   conf = { .steps = abc, .nsteps = 3,
                                 .window_ms = 10000,
                                 .count = JNY_FUNNEL_ENTRIES,
                                 .by = { JNY_FUNNEL_BY_STAGE } };

    acc = jny_funnel_analysis.init(&conf, &facts);
    assert_non_null(acc);

    for (i = 1; i <= 20; i++) {
        add(acc, i, i % 4 ? "A@0 B@1" : "A@0");
    }

    f = finish(acc);
    wilson = jny_stats_wilson(15, 20);
    assert_memory_equal(&f->steps[1].interval, &wilson, sizeof(wilson));
    jny_funnel_free(f);
    jny_funnel_analysis.free(acc);

    /* Twice the entries by the same people, alike: no more is known. */
    acc = jny_funnel_analysis.init(&conf, &facts);
    assert_non_null(acc);

    for (i = 1; i <= 20; i++) {
        add(acc, i, i % 4 ? "A@0 B@1 A@100 B@101" : "A@0 A@100");
    }

    f = finish(acc);
    assert_int_equal(f->steps[0].count, 40);
    assert_true(fabs(f->steps[1].interval.lo - wilson.lo) < 1e-12);
    assert_true(fabs(f->steps[1].interval.hi - wilson.hi) < 1e-12);
    jny_funnel_free(f);
    jny_funnel_analysis.free(acc);
}


static void
test_trend(void **state)
{
    size_t              i;
    void               *acc, *other;
    jny_funnel_t       *f;
    jny_funnel_conf_t   conf = { .steps = abc, .nsteps = 3,
                                 .window_ms = 60000,
                                 .every = JNY_PERIOD_DAY };
    jny_facts_t         later = facts;

    setenv("TZ", "UTC0", 1);
    tzset();
    later.to_ms = (3 * 86400 + 59) * 1000;
    acc = jny_funnel_analysis.init(&conf, &later);
    other = jny_funnel_analysis.init(&conf, &later);

    /* the first step says the day; the last may still go on */
    add(acc, 1, "A@259200 B@259201");
    add(acc, 2, "A@86399 B@86400");
    add(other, 3, "A@10 A@86000");
    add(other, 4, "B@90000 C@170000");
    assert_int_equal(jny_funnel_analysis.merge(acc, other), JNY_OK);
    jny_funnel_analysis.free(other);

    f = finish(acc);
    assert_int_equal(f->nperiods, 4);

    for (i = 0; i < 4; i++) {
        assert_int_equal(f->periods[i].start, i);
    }

    counts_are(f->periods[0].steps, 2, 1, 0);
    counts_are(f->periods[1].steps, 0, 0, 0);
    counts_are(f->periods[2].steps, 0, 0, 0);
    counts_are(f->periods[3].steps, 1, 1, 0);
    assert_int_equal(f->periods[0].still_open, 0);
    assert_int_equal(f->periods[3].still_open, 1);
    assert_int_equal(f->periods[3].steps[0].mature, 0);
    assert_true(isnan(f->periods[3].steps[1].from_previous));
    assert_true(f->periods[0].steps[1].from_previous == 0.5);
    jny_funnel_free(f);
    jny_funnel_analysis.free(acc);

    /* a clock that was wrong brings no millions of empty days */
    acc = jny_funnel_analysis.init(&conf, &later);
    add(acc, 1, "A@0");
    add(acc, 2, "A@864000000");
    add(acc, 3, "A@259200");
    f = finish(acc);
    assert_int_equal(f->nperiods, 3);
    assert_int_equal(f->periods[1].start, 3);
    assert_int_equal(f->periods[2].start, 10000);
    jny_funnel_free(f);
    jny_funnel_analysis.free(acc);
}


static void
test_cohorts(void **state)
{
    void                       *acc, *other;
    jny_funnel_t               *f;
    static jny_funnel_cohort_t  cohorts[3] = { { .bit = 3 }, { .bit = 2 },
                                               { .bit = 4 } };
    jny_funnel_conf_t           conf = { .steps = abc, .nsteps = 2,
                                         .window_ms = 60000,
                                         .cohorts = cohorts,
                                         .ncohorts = 3 };

    acc = jny_funnel_analysis.init(&conf, &facts);
    other = jny_funnel_analysis.init(&conf, &facts);
    add(acc, 1, "A@0 B@1 D@2");
    add(acc, 2, "A@0 D@2 C@900");
    add(other, 3, "C@7");
    add(other, 4, "A@5");
    assert_int_equal(jny_funnel_analysis.merge(acc, other), JNY_OK);
    jny_funnel_analysis.free(other);

    f = finish(acc);
    assert_int_equal(f->steps[0].count, 3);
    assert_int_equal(f->ncohorts, 3);
    assert_int_equal(f->cohorts[0].visitors, 2);
    assert_int_equal(f->cohorts[0].shared, 1);
    assert_int_equal(f->cohorts[0].steps[0].count, 2);
    assert_int_equal(f->cohorts[0].steps[1].count, 1);
    assert_int_equal(f->cohorts[1].visitors, 2);
    assert_int_equal(f->cohorts[1].shared, 1);
    assert_int_equal(f->cohorts[1].steps[0].count, 1);
    assert_int_equal(f->cohorts[2].visitors, 0);
    assert_int_equal(f->cohorts[2].steps[0].count, 0);
    assert_int_equal(f->in_several, 1);
    assert_int_equal(f->in_none, 1);
    jny_funnel_free(f);
    jny_funnel_analysis.free(acc);
}


static void
test_nothing(void **state)
{
    void               *acc;
    jny_facts_t         bare = { 0 };
    jny_funnel_t       *f;
    jny_journey_t       j = journey(1, "A@0");
    jny_funnel_conf_t   conf = { .open = 1 };

    acc = jny_funnel_analysis.init(&conf, &bare);
    assert_non_null(acc);
    assert_int_equal(jny_funnel_analysis.add(acc, &j), JNY_OK);
    f = finish(acc);
    assert_int_equal(f->nsteps, 0);
    jny_funnel_free(f);
    jny_funnel_analysis.free(acc);

    acc = jny_funnel_analysis.init(&conf, &facts);
    assert_non_null(acc);
    f = finish(acc);
    counts_are(f->steps, 0, 0, 0);
    assert_int_equal(f->largest_drop, 0);
    assert_true(isnan(f->steps[1].from_previous));
    jny_funnel_free(f);
    jny_funnel_analysis.free(acc);
}


int
main(void)
{
    const struct CMUnitTest  tests[] = {
        cmocka_unit_test(test_closed),
        cmocka_unit_test(test_young),
        cmocka_unit_test(test_open),
        cmocka_unit_test(test_what_counts),
        cmocka_unit_test(test_entries),
        cmocka_unit_test(test_merge),
        cmocka_unit_test(test_top),
        cmocka_unit_test(test_interval),
        cmocka_unit_test(test_trend),
        cmocka_unit_test(test_cohorts),
        cmocka_unit_test(test_nothing),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
