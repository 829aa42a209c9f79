/*
 * test_chain.c - base/chain.c: which chain is a visitor's, and his entries.
 *
 * Streams are written as in docs/SEMANTICS.md: "A@0 A@50 B@70", times in
 * seconds; a letter is a step, "AB@5" fits two.
 */

#include <stdarg.h>
#include <stddef.h>
#include <setjmp.h>
#include <stdint.h>
#include <cmocka.h>

#include <stdlib.h>

#include "base/chain.h"


#define MAX_HITS  64

static jny_chain_work_t   work;
static jny_chain_t        rules;
static char               letters[JNY_CHAIN_MAX_STEPS];  /* of the steps */
static jny_hit_t          hits[MAX_HITS];
static jny_chain_found_t  found;


static uint32_t
parse(const char *stream)
{
    uint32_t  n = 0;
    unsigned  k;

    while (*stream != '\0') {
        hits[n].mask = 0;
        hits[n].event = n;
        hits[n].session = 0;

        for (/* void */; *stream != '@'; stream++) {
            for (k = 0; k < rules.nitems; k++) {
                hits[n].mask |= (uint64_t) (letters[k] == *stream) << k;
            }
        }

        hits[n++].time_ms = 1000 * strtol(stream + 1, (char **) &stream, 10);
        stream += *stream == ' ';
    }

    return n;
}


/* "A ?B !C D<5": the window is 60 s, that of D 5 s. */
static void
make(jny_chain_order_e order, const char *steps)
{
    jny_step_t  step;

    jny_chain_init(&rules, order, 60000);

    while (*steps != '\0') {
        step.kind = (*steps == '?') ? JNY_STEP_OPTIONAL
                    : (*steps == '!') ? JNY_STEP_EXCLUSION
                                      : JNY_STEP_REQUIRED;
        step.within_ms = 0;
        steps += step.kind != JNY_STEP_REQUIRED;
        letters[rules.nitems] = *steps++;

        if (*steps == '<') {
            step.within_ms = 1000 * strtol(steps + 1, (char **) &steps, 10);
        }

        steps += *steps == ' ';
        jny_chain_step(&rules, &step);
    }
}


/*
 * The chain of "0 - 2": by step the hit, "-" where it is not filled; "x4"
 * behind it: hit 4 ended it.
 */
static void
found_is(const char *wanted)
{
    unsigned  k;

    for (k = 0; k < rules.nitems; k++) {

        if (*wanted == '-' || *wanted == '\0') {
            assert_false(found.filled >> k & 1);
            wanted += *wanted != '\0';

        } else {
            assert_true(found.filled >> k & 1);
            assert_int_equal(found.at[k],
                strtol(wanted, (char **) &wanted, 10));
        }

        wanted += *wanted == ' ';
    }

    if (*wanted == 'x') {
        assert_int_equal(found.excluded, atoi(wanted + 1));
    } else {
        assert_int_equal(found.excluded, JNY_CHAIN_NONE);
    }
}


static void
read_chain(uint32_t n, uint32_t start)
{
    jny_chain_read(&rules, &work, hits, n, start, &found);
    jny_chain_trail(&rules, hits, n, start, &found);
}


static void
chain_is(const char *stream, const char *wanted)
{
    uint32_t  n, best;

    n = parse(stream);
    assert_int_equal(jny_chain_reserve(&rules, &work, MAX_HITS), 0);
    jny_chain_reach(&rules, &work, hits, n);
    best = jny_chain_best(hits, n);

    if (*wanted == '\0') {
        assert_int_equal(best, JNY_CHAIN_NONE);
        return;
    }

    assert_int_not_equal(best, JNY_CHAIN_NONE);
    read_chain(n, best);
    found_is(wanted);
}


static void
test_table(void **state)
{
    make(JNY_CHAIN_ORDERED, "A B");

    /* The first A timed out; then both would do, and the first starts first. */
    chain_is("A@0 A@50 B@70", "1 2");
    chain_is("A@0 A@50 B@55", "0 2");

    /* Of one time, the order of the list; an event fills one step. */
    chain_is("B@10 A@10", "1 -");
    chain_is("A@10 B@10", "0 1");
    chain_is("AB@10", "0 -");
    chain_is("AB@10 AB@10", "0 1");

    /* The window is inclusive. */
    chain_is("A@0 B@60", "0 1");
    chain_is("A@0 B@61", "0 -");
    chain_is("", "");

    make(JNY_CHAIN_ORDERED, "A B C");
    chain_is("B@0 C@1", "");
}


static void
test_furthest_before_earliest(void **state)
{
    make(JNY_CHAIN_ORDERED, "A B C");

    /* A@0 reaches B only, A@10 reaches C in time. */
    chain_is("A@0 A@10 B@20 C@65", "1 2 3");

    /* The B that serves A@0 must not serve as the second A of nobody. */
    chain_is("A@0 B@1 A@2 C@3 B@4 C@5", "0 1 3");

    /* All fail alike: the earliest. */
    chain_is("A@0 B@50 A@100 B@150", "0 1 -");
}


static void
test_optional(void **state)
{
    make(JNY_CHAIN_ORDERED, "A ?B C ?D");
    chain_is("A@0 C@1", "0 - 1 -");
    chain_is("A@0 B@1 B@2 C@3", "0 1 3 -");

    /* What is required comes first; behind it there is no place for B. */
    chain_is("A@0 C@1 B@2 C@3", "0 - 1 -");

    /* Not complete: B is behind A all the same, but D is not. */
    chain_is("A@0 D@1 B@2", "0 2 - -");
    chain_is("A@0 B@61", "0 - - -");
    chain_is("A@0 C@1 D@60", "0 - 1 2");
    chain_is("A@0 C@1 D@61", "0 - 1 -");

    /* One event, one step. */
    make(JNY_CHAIN_ORDERED, "A ?B B");
    chain_is("A@0 B@1", "0 - 1");
    chain_is("A@0 B@1 B@2", "0 - 1");

    /* C passes B over; then B is behind. */
    make(JNY_CHAIN_ORDERED, "A ?B ?C ?D E");
    chain_is("A@0 C@1 D@2 B@3 E@4", "0 - 1 2 4");
    chain_is("A@0 BC@1 BC@2 E@4", "0 1 2 - 3");

    make(JNY_CHAIN_ORDERED, "A ?B<5 C");
    chain_is("A@0 B@6 C@7", "0 - 2");
    chain_is("A@0 B@5 C@7", "0 1 2");
}


static void
test_exclusion(void **state)
{
    make(JNY_CHAIN_ORDERED, "A !B C");
    chain_is("A@0 C@1", "0 - 1");
    chain_is("A@0 B@1 C@2", "0 - - x1");
    chain_is("A@0 B@1", "0 - - x1");
    chain_is("A@0 B@61", "0 - -");
    chain_is("B@0 A@1 C@2 B@3", "1 - 2");

    /* A later chain gets past it. */
    chain_is("A@0 B@1 A@2 C@3", "2 - 3");

    /* What fills the step is not between. */
    chain_is("A@0 BC@1", "0 - 1");
    chain_is("AB@0 C@1", "0 - 1");

    /* So does a later event of the step before. */
    make(JNY_CHAIN_ORDERED, "A B !C D");
    chain_is("A@0 B@1 C@2 B@3 D@4", "0 3 - 4");
    chain_is("A@0 C@1 B@2 D@3", "0 2 - 3");
    chain_is("A@0 B@1 C@2 B@3", "0 1 - - x2");

    /* It stands between the required steps, and ends optional ones. */
    make(JNY_CHAIN_ORDERED, "A ?B !C D");
    chain_is("A@0 C@1 B@2 D@3", "0 - - - x1");
    chain_is("A@0 B@1 C@2 D@3", "0 1 - - x2");
}


static void
test_within(void **state)
{
    make(JNY_CHAIN_ORDERED, "A B C<5");
    chain_is("A@0 B@1 C@6", "0 1 2");
    chain_is("A@0 B@1 C@7", "0 1 -");
    chain_is("A@0 B@1 B@10 C@12", "0 2 3");
    chain_is("A@0 B@1 B@10 C@16 B@59 C@61", "0 1 -");

    make(JNY_CHAIN_ORDERED, "A B<5");
    chain_is("A@0 A@10 B@15", "1 2");

    /* Behind the limit no exclusion has ended anything. */
    make(JNY_CHAIN_ORDERED, "A !B C<5");
    chain_is("A@0 B@5", "0 - - x1");
    chain_is("A@0 B@6", "0 - -");
}


static void
test_strict(void **state)
{
    make(JNY_CHAIN_STRICT, "A B C");
    chain_is("A@0 B@1 C@2", "0 1 2");
    chain_is("A@0 -@1 B@2 C@3", "0 - -");
    chain_is("A@0 B@1 A@2 C@3 A@4 B@5 C@6", "4 5 6");
    chain_is("A@0 A@1 B@2", "1 2 -");

    make(JNY_CHAIN_STRICT, "A ?B C");
    chain_is("A@0 B@1 C@2", "0 1 2");
    chain_is("A@0 C@1", "0 - 1");
    chain_is("A@0 B@1 B@2 C@3", "0 1 -");
    chain_is("A@0 -@1 B@2", "0 - -");

    make(JNY_CHAIN_STRICT, "A ?B B C");
    chain_is("A@0 B@1 B@2 C@3", "0 1 2 3");

    make(JNY_CHAIN_STRICT, "A ?B !C D");
    chain_is("A@0 C@1", "0 - - - x1");
    chain_is("A@0 B@1 C@2", "0 1 - - x2");
    chain_is("A@0 -@1 C@2", "0 - - -");
}


static void
test_any(void **state)
{
    make(JNY_CHAIN_ANY, "A B C");
    chain_is("C@0 A@1 B@2", "0 1 2");
    chain_is("B@0 B@1 A@2", "0 2 -");
    chain_is("A@0 B@1 C@61", "0 1 -");
    chain_is("A@0 B@1 B@50 C@61 A@62", "2 3 4");
    chain_is("", "");

    /* The first of the list that is empty. */
    chain_is("AB@0 AB@1 C@2", "0 1 2");
    chain_is("AB@0 A@1", "0 - -");

    make(JNY_CHAIN_ANY, "A !B C");
    chain_is("C@0 B@1 A@2", "0 - - x1");
    chain_is("C@0 B@1 A@2 C@3", "2 - 3");
    chain_is("C@0 B@61", "0 - -");

    make(JNY_CHAIN_ANY, "A ?B C ?D");
    chain_is("C@0 B@1 A@2", "0 1 2 -");
    chain_is("C@0 A@1 B@2", "0 - 1 -");
    chain_is("C@0 B@60 D@60", "0 1 - -");
    chain_is("C@0 D@1 A@2", "0 - 2 1");
}


static void
test_ties(void **state)
{
    uint32_t  n;

    make(JNY_CHAIN_ORDERED, "A B C");
    n = parse("-@0 B@1 C@2 B@2 -@2 A@2 AC@2 A@3");
    hits[7].session = 1;
    jny_chain_sort_ties(hits, n);
    assert_int_equal(hits[0].event, 0);
    assert_int_equal(hits[1].event, 1);
    assert_int_equal(hits[2].event, 5);
    assert_int_equal(hits[3].event, 6);
    assert_int_equal(hits[4].event, 3);
    assert_int_equal(hits[5].event, 2);
    assert_int_equal(hits[6].event, 4);
    assert_int_equal(hits[7].event, 7);

    n = parse("B@0 A@0");
    hits[1].session = 1;
    jny_chain_sort_ties(hits, n);
    assert_int_equal(hits[0].event, 0);
}


/* The starts of the entries of a stream, "0 3". */
static void
entries_are(const char *stream, const char *wanted)
{
    uint32_t  n, start;

    n = parse(stream);
    assert_int_equal(jny_chain_reserve(&rules, &work, MAX_HITS), 0);
    jny_chain_reach(&rules, &work, hits, n);
    start = jny_chain_first(hits, n);

    while (*wanted != '\0') {
        assert_int_equal(start, strtol(wanted, (char **) &wanted, 10));
        read_chain(n, start);
        start = jny_chain_next(&rules, hits, n, start, &found);
    }

    assert_int_equal(start, JNY_CHAIN_NONE);
}


static void
test_entries(void **state)
{
    make(JNY_CHAIN_ORDERED, "A B C");

    /* A@50 reaches B@70, A@0 did not; A@61 gets no further than that. */
    entries_are("A@0 A@50 A@61 B@70", "0 1");
    entries_are("A@0 A@50 A@61", "0 2");
    entries_are("A@0 A@1 B@2 C@3 A@4 C@5", "0 4");
    entries_are("B@0", "");

    /* Behind the exclusion, not behind the window. */
    make(JNY_CHAIN_ORDERED, "A !B C");
    entries_are("A@0 A@1 B@2 A@3", "0 3");

    make(JNY_CHAIN_ANY, "A B");
    entries_are("B@0 A@1 A@2 A@3 B@70", "0 2 4");
}


static void
test_many_steps(void **state)
{
    unsigned    k;
    jny_hit_t   list[2 * JNY_CHAIN_MAX_STEPS];
    jny_step_t  step = { JNY_STEP_REQUIRED, 0 };

    for (unsigned bound = 0; bound < 2; bound++) {
        jny_chain_init(&rules, JNY_CHAIN_ORDERED, 63);

        for (k = 0; k < JNY_CHAIN_MAX_STEPS; k++) {
            step.within_ms = (bound && k > 0) ? 1 : 0;
            jny_chain_step(&rules, &step);
        }

        assert_int_equal(jny_chain_reserve(&rules, &work,
                             2 * JNY_CHAIN_MAX_STEPS), 0);

        /* Every event fits every step: 64 of the 128 fill 64 steps. */
        for (k = 0; k < 2 * JNY_CHAIN_MAX_STEPS; k++) {
            list[k] = (jny_hit_t){ (int64_t) k, UINT64_MAX, k, 0, 0, 0 };
        }

        jny_chain_reach(&rules, &work, list, 2 * JNY_CHAIN_MAX_STEPS);
        assert_int_equal(jny_chain_best(list, 2 * JNY_CHAIN_MAX_STEPS), 0);
        assert_int_equal(list[0].reach, JNY_CHAIN_MAX_STEPS);
        assert_int_equal(list[64].reach, 64);
        assert_int_equal(list[65].reach, 63);

        jny_chain_read(&rules, &work, list, 128, 0, &found);
        assert_int_equal(found.at[63], 63);

        rules.window_ms = 62;
        jny_chain_reach(&rules, &work, list, 2 * JNY_CHAIN_MAX_STEPS);
        assert_int_equal(list[0].reach, 63);
    }
}


static void
test_ends_of_time(void **state)
{
    jny_hit_t  list[2] = { { INT64_MIN, 1, 0, 0, 0, 0 },
                           { INT64_MAX, 2, 1, 0, 0, 0 } };

    make(JNY_CHAIN_ORDERED, "A B");
    assert_int_equal(jny_hit_elapsed(&list[0], &list[1]), INT64_MAX);
    jny_chain_reach(&rules, &work, list, 2);
    assert_int_equal(list[0].reach, 1);
}


/* Random journeys: the quick look finds the chain that the walk finds. */
static void
test_plain(void **state)
{
    uint32_t           i, n, start, looked = 0;
    jny_chain_found_t  quick;

    (void) state;
    srand(1);
    make(JNY_CHAIN_ORDERED, "A B C D");

    for (unsigned round = 0; round < 20000; round++) {
        n = (uint32_t) rand() % 12;

        for (i = 0; i < n; i++) {
            hits[i] = (jny_hit_t){ 4000 * (int64_t) i,
                1 + (unsigned) rand() % 15, i, 0, 0, 0 };
        }

        rules.window_ms = 4000 * (rand() % 12);
        assert_int_equal(jny_chain_reserve(&rules, &work, MAX_HITS), 0);
        jny_chain_reach(&rules, &work, hits, n);
        start = jny_chain_plain(&rules, hits, n, &quick);

        if (start == JNY_CHAIN_NONE) {
            continue;
        }

        looked++;
        assert_int_equal(start, jny_chain_best(hits, n));
        read_chain(n, start);
        assert_int_equal(quick.reach, found.reach);
        assert_int_equal(quick.filled, found.filled);
        assert_int_equal(quick.excluded, found.excluded);
        assert_memory_equal(quick.at, found.at,
            found.reach * sizeof(*found.at));
    }

    assert_in_range(looked, 5000, 15000);

    /* It knows nothing of other rules. */
    make(JNY_CHAIN_ORDERED, "A ?B C");
    n = parse("A@0 B@1 C@2");
    assert_int_equal(jny_chain_plain(&rules, hits, n, &quick), JNY_CHAIN_NONE);
    make(JNY_CHAIN_STRICT, "A C");
    n = parse("A@0 B@1 C@2");
    assert_int_equal(jny_chain_plain(&rules, hits, n, &quick), JNY_CHAIN_NONE);
    make(JNY_CHAIN_ORDERED, "A C<1");
    n = parse("A@0 C@1 C@2");
    assert_int_equal(jny_chain_plain(&rules, hits, n, &quick), JNY_CHAIN_NONE);
}


/* A crawler's worth of events, none of which completes a chain, in no time. */
static void
test_linear(void **state)
{
    uint32_t                        i, n = 100000;
    jny_hit_t                      *list;
    static const jny_chain_order_e  orders[] = { JNY_CHAIN_ORDERED,
        JNY_CHAIN_STRICT, JNY_CHAIN_ANY };

    list = calloc(n, sizeof(*list));
    assert_non_null(list);

    for (unsigned k = 0; k < 3; k++) {
        make(orders[k], "A ?B !C D E");
        assert_int_equal(jny_chain_reserve(&rules, &work, n), 0);

        for (i = 0; i < n; i++) {
            list[i].time_ms = i / 7;
            list[i].mask = (i % 5 == 4) ? 4 : 1 + 2 * (i % 3 == 0);
            list[i].event = i;
        }

        jny_chain_sort_ties(list, n);
        jny_chain_reach(&rules, &work, list, n);
        i = jny_chain_first(list, n);

        while (i != JNY_CHAIN_NONE) {
            jny_chain_read(&rules, &work, list, n, i, &found);
            i = jny_chain_next(&rules, list, n, i, &found);
        }
    }

    free(list);
}


static int
release(void **state)
{
    (void) state;
    jny_chain_release(&work);

    return 0;
}


int
main(void)
{
    const struct CMUnitTest  tests[] = {
        cmocka_unit_test(test_table),
        cmocka_unit_test(test_furthest_before_earliest),
        cmocka_unit_test(test_optional),
        cmocka_unit_test(test_exclusion),
        cmocka_unit_test(test_within),
        cmocka_unit_test(test_strict),
        cmocka_unit_test(test_any),
        cmocka_unit_test(test_ties),
        cmocka_unit_test(test_entries),
        cmocka_unit_test(test_many_steps),
        cmocka_unit_test(test_ends_of_time),
        cmocka_unit_test(test_plain),
        cmocka_unit_test(test_linear),
    };

    return cmocka_run_group_tests(tests, NULL, release);
}
