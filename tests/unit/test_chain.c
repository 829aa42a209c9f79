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


static uint32_t
parse(jny_hit_t *hits, const char *stream)
{
    uint32_t  n = 0;

    while (*stream != '\0') {
        hits[n].mask = 0;
        hits[n].event = n;

        for (/* void */; *stream != '@'; stream++) {
            hits[n].mask |= UINT64_C(1) << (*stream - 'A');
        }

        hits[n++].time_ms = 1000 * strtol(stream + 1, (char **) &stream, 10);
        stream += *stream == ' ';
    }

    return n;
}


/* The chain as hit indexes, ended by -1. */
static void
chain_is(const char *stream, unsigned nsteps, const int *wanted)
{
    uint32_t   n, best, at[JNY_CHAIN_MAX_STEPS];
    unsigned   k;
    jny_hit_t  hits[MAX_HITS];

    n = parse(hits, stream);
    jny_chain_reach(hits, n, nsteps, 60000);
    best = jny_chain_best(hits, n);

    if (wanted[0] < 0) {
        assert_int_equal(best, JNY_CHAIN_NONE);
        return;
    }

    assert_int_not_equal(best, JNY_CHAIN_NONE);
    jny_chain_follow(hits, best, at);

    for (k = 0; wanted[k] >= 0; k++) {
        assert_true(k < hits[best].reach);
        assert_int_equal(at[k], wanted[k]);
    }

    assert_int_equal(hits[best].reach, k);
}


static void
test_table(void **state)
{
    /* The first A timed out; then both would do, and the first starts first. */
    chain_is("A@0 A@50 B@70", 2, (int[]){ 1, 2, -1 });
    chain_is("A@0 A@50 B@55", 2, (int[]){ 0, 2, -1 });

    /* Of one time, the order of the list; an event fills one step. */
    chain_is("B@10 A@10", 2, (int[]){ 1, -1 });
    chain_is("A@10 B@10", 2, (int[]){ 0, 1, -1 });
    chain_is("AB@10", 2, (int[]){ 0, -1 });
    chain_is("AB@10 AB@10", 2, (int[]){ 0, 1, -1 });

    /* The window is inclusive. */
    chain_is("A@0 B@60", 2, (int[]){ 0, 1, -1 });
    chain_is("A@0 B@61", 2, (int[]){ 0, -1 });

    chain_is("B@0 C@1", 3, (int[]){ -1 });
    chain_is("", 2, (int[]){ -1 });
}


static void
test_furthest_before_earliest(void **state)
{
    /* A@0 reaches B only, A@10 reaches C in time. */
    chain_is("A@0 A@10 B@20 C@65", 3, (int[]){ 1, 2, 3, -1 });

    /* The B that serves A@0 must not serve as the second A of nobody. */
    chain_is("A@0 B@1 A@2 C@3 B@4 C@5", 3, (int[]){ 0, 1, 3, -1 });

    /* All fail alike: the earliest. */
    chain_is("A@0 B@50 A@100 B@150", 3, (int[]){ 0, 1, -1 });
}


static void
test_entries(void **state)
{
    uint32_t   n, i;
    jny_hit_t  hits[MAX_HITS];

    /* A@50 is inside the window of A@0 and gets no further: no entry. */
    n = parse(hits, "A@0 A@50 A@61 B@70");
    jny_chain_reach(hits, n, 3, 60000);
    i = jny_chain_first(hits, n, 0);
    assert_int_equal(i, 0);
    i = jny_chain_after_timeout(hits, n, i, 60000);
    assert_int_equal(i, 1);       /* reaches B@70, A@0 did not */
    i = jny_chain_after_timeout(hits, n, i, 60000);
    assert_int_equal(i, JNY_CHAIN_NONE);

    n = parse(hits, "A@0 A@50 A@61");
    jny_chain_reach(hits, n, 3, 60000);
    i = jny_chain_after_timeout(hits, n, 0, 60000);
    assert_int_equal(i, 2);
    assert_int_equal(jny_chain_first(hits, n, 3), JNY_CHAIN_NONE);
}


static void
test_many_steps(void **state)
{
    unsigned   k;
    uint32_t   at[JNY_CHAIN_MAX_STEPS];
    jny_hit_t  hits[2 * JNY_CHAIN_MAX_STEPS];

    /* Every event fits every step: 64 of the 128 fill 64 steps. */
    for (k = 0; k < 2 * JNY_CHAIN_MAX_STEPS; k++) {
        hits[k] = (jny_hit_t){ (int64_t) k, UINT64_MAX, k, 0 };
    }

    jny_chain_reach(hits, 2 * JNY_CHAIN_MAX_STEPS, JNY_CHAIN_MAX_STEPS, 63);
    assert_int_equal(jny_chain_best(hits, 2 * JNY_CHAIN_MAX_STEPS), 0);
    assert_int_equal(hits[0].reach, JNY_CHAIN_MAX_STEPS);
    assert_int_equal(hits[64].reach, 64);
    assert_int_equal(hits[65].reach, 63);

    jny_chain_follow(hits, 0, at);
    assert_int_equal(at[63], 63);

    jny_chain_reach(hits, 2 * JNY_CHAIN_MAX_STEPS, JNY_CHAIN_MAX_STEPS, 62);
    assert_int_equal(hits[0].reach, 63);
}


static void
test_ends_of_time(void **state)
{
    jny_hit_t  hits[2] = { { INT64_MIN, 1, 0, 0 }, { INT64_MAX, 2, 1, 0 } };

    assert_int_equal(jny_hit_elapsed(&hits[0], &hits[1]), INT64_MAX);
    jny_chain_reach(hits, 2, 2, 60000);
    assert_int_equal(hits[0].reach, 1);
}


int
main(void)
{
    const struct CMUnitTest  tests[] = {
        cmocka_unit_test(test_table),
        cmocka_unit_test(test_furthest_before_earliest),
        cmocka_unit_test(test_entries),
        cmocka_unit_test(test_many_steps),
        cmocka_unit_test(test_ends_of_time),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
