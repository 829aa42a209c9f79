/*
 * test_compat.c - base/compat.c: the table of docs/SEMANTICS.md, "Funnel",
 * --compat, and each mode of ClickHouse; random visitors are left to
 * tests/oracle.
 *
 * Streams and steps are written as in test_chain.c; the window is 60 s.
 */

#include <stdarg.h>
#include <stddef.h>
#include <setjmp.h>
#include <stdint.h>
#include <cmocka.h>

#include <stdlib.h>
#include <string.h>

#include "base/compat.h"


#define MAX_HITS  16

#define CH   JNY_COMPAT_CLICKHOUSE
#define PH   JNY_COMPAT_POSTHOG
#define MP   JNY_COMPAT_MIXPANEL
#define UM   JNY_COMPAT_UMAMI

static jny_chain_work_t   work;
static jny_chain_t        rules;
static jny_chain_found_t  found;
static jny_hit_t          hits[MAX_HITS];


static uint32_t
parse(const char *stream, const char *letters)
{
    uint32_t  n = 0;

    while (*stream != '\0') {
        memset(&hits[n], 0, sizeof(hits[n]));
        hits[n].event = n;

        for (/* void */; *stream != '@'; stream++) {
            for (unsigned k = 0; letters[k] != '\0'; k++) {
                hits[n].mask |= (uint64_t) (letters[k] == *stream) << k;
            }
        }

        hits[n++].time_ms = 1000 * strtol(stream + 1, (char **) &stream, 10);
        stream += *stream == ' ';
    }

    return n;
}


/* steps: "A?B!C"; returns how many required ones are filled. */
static unsigned
filled(jny_compat_vendor_e vendor, unsigned modes, jny_chain_order_e order,
    const char *steps, const char *stream)
{
    char          letters[MAX_HITS];
    uint32_t      n;
    unsigned      k = 0;
    jny_step_t    step = { JNY_STEP_REQUIRED, 0 };
    jny_compat_t  compat = { vendor, modes };

    jny_chain_init(&rules, order, 60000);

    for (/* void */; *steps != '\0'; steps++) {
        step.kind = (*steps == '?') ? JNY_STEP_OPTIONAL
                    : (*steps == '!') ? JNY_STEP_EXCLUSION
                                      : JNY_STEP_REQUIRED;
        steps += step.kind != JNY_STEP_REQUIRED;
        letters[k++] = *steps;
        jny_chain_step(&rules, &step);
    }

    letters[k] = '\0';
    n = parse(stream, letters);
    assert_int_equal(jny_chain_reserve(&rules, &work, MAX_HITS), 0);

    if (jny_compat_find(&compat, &rules, &work, hits, n, &found)
        == JNY_CHAIN_NONE)
    {
        return 0;
    }

    return found.filled ? found.reach : 0;
}


static unsigned
plain(jny_compat_vendor_e vendor, const char *steps, const char *stream)
{
    return filled(vendor, 0, JNY_CHAIN_ORDERED, steps, stream);
}


static unsigned
modes(unsigned modes_, const char *steps, const char *stream)
{
    return filled(CH, modes_, JNY_CHAIN_ORDERED, steps, stream);
}


static int64_t
seconds(unsigned from, unsigned to)
{
    return (hits[found.at[to]].time_ms - hits[found.at[from]].time_ms) / 1000;
}


static void
test_table(void **state)
{
    static const struct {
        const char  *stream;
        const char  *steps;
        unsigned     reach[4];   /* PostHog, ClickHouse, Mixpanel, Umami */
    } rows[] = {
        { "A@0 A@50 B@70", "AB", { 2, 2, 1, 2 } },
        { "A@0 A@50 B@55", "AB", { 2, 2, 2, 2 } },
        { "B@10 A@10", "AB", { 2, 2, 2, 2 } },
        { "B@10 A@11", "AB", { 1, 1, 2, 1 } },
        { "A@0", "AA", { 1, 2, 1, 2 } },
        { "A@0 B@60", "AB", { 2, 2, 2, 2 } },
        { "A@0 B@61", "AB", { 1, 1, 1, 1 } },
        { "B@0", "AB", { 0, 0, 0, 0 } },
    };

    for (unsigned i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
        assert_int_equal(plain(PH, rows[i].steps, rows[i].stream),
            rows[i].reach[0]);
        assert_int_equal(plain(CH, rows[i].steps, rows[i].stream),
            rows[i].reach[1]);
        assert_int_equal(plain(MP, rows[i].steps, rows[i].stream),
            rows[i].reach[2]);
        assert_int_equal(plain(UM, rows[i].steps, rows[i].stream),
            rows[i].reach[3]);
    }

    plain(PH, "AB", "A@0 A@50 B@70");
    assert_int_equal(seconds(0, 1), 20);
    plain(PH, "AB", "A@0 A@50 B@55");
    assert_int_equal(seconds(0, 1), 5);
    plain(MP, "AB", "A@0 A@50 B@55");
    assert_int_equal(seconds(0, 1), 55);
}


/* The window is from the first step, but with Umami from step to step. */
static void
test_window(void **state)
{
    assert_int_equal(plain(CH, "ABC", "A@0 B@50 C@100"), 2);
    assert_int_equal(plain(PH, "ABC", "A@0 B@50 C@100"), 2);
    assert_int_equal(plain(MP, "ABC", "A@0 B@50 C@100"), 2);
    assert_int_equal(plain(UM, "ABC", "A@0 B@50 C@100"), 3);
}


static void
test_clickhouse_modes(void **state)
{
    /* A step that was reached, but not the first, comes again. */
    assert_int_equal(modes(0, "ABCD", "A@0 B@1 C@2 B@3 D@4"), 4);
    assert_int_equal(modes(JNY_COMPAT_DEDUPLICATION, "ABCD",
                         "A@0 B@1 C@2 B@3 D@4"), 3);
    assert_int_equal(modes(JNY_COMPAT_DEDUPLICATION, "ABC",
                         "A@0 B@1 A@2 C@3"), 3);

    /* Something else lies between. */
    assert_int_equal(modes(0, "ABC", "A@0 B@1 -@2 C@3"), 3);
    assert_int_equal(modes(JNY_COMPAT_ORDER, "ABC", "A@0 B@1 -@2 C@3"), 2);
    assert_int_equal(modes(JNY_COMPAT_ORDER, "ABC", "-@0 C@0 A@1 B@2 C@3"), 3);
    assert_int_equal(modes(JNY_COMPAT_ORDER, "ABCD", "A@0 B@1 D@2 C@3"), 2);

    /* Of one time, what fits nothing comes first. */
    assert_int_equal(modes(JNY_COMPAT_ORDER, "AB", "A@0 -@0 B@1"), 2);
    assert_int_equal(modes(JNY_COMPAT_ORDER, "AB", "A@0 B@1 -@1"), 1);

    assert_int_equal(modes(JNY_COMPAT_ORDER | JNY_COMPAT_REENTRY, "ABCD",
                         "A@0 B@1 D@2 C@3 D@4"), 4);
    assert_int_equal(modes(JNY_COMPAT_ORDER | JNY_COMPAT_REENTRY, "ABC",
                         "A@0 B@1 -@2 C@3"), 2);

    /* Later than the step before; the latest of that is what counts. */
    assert_int_equal(modes(JNY_COMPAT_INCREASE, "AB", "A@0 B@0"), 1);
    assert_int_equal(modes(JNY_COMPAT_INCREASE, "AB", "A@0 A@1 B@1"), 1);
    assert_int_equal(modes(JNY_COMPAT_INCREASE, "AB", "A@0 B@1"), 2);

    /* One event, one step; and all chains are kept. */
    assert_int_equal(modes(0, "AA", "A@0"), 2);
    assert_int_equal(modes(JNY_COMPAT_ONCE, "AA", "A@0"), 1);
    assert_int_equal(modes(JNY_COMPAT_ONCE, "AA", "A@0 A@0"), 2);
    assert_int_equal(modes(JNY_COMPAT_ONCE, "ABA", "A@0 B@0 A@0"), 3);
    assert_int_equal(modes(JNY_COMPAT_ONCE, "ABA", "A@0 B@0"), 2);
    assert_int_equal(modes(JNY_COMPAT_ONCE | JNY_COMPAT_INCREASE, "AB",
                         "A@0 A@1 B@1"), 2);
    assert_int_equal(modes(JNY_COMPAT_ONCE, "AB", "A@0 A@50 B@70"), 2);
}


static void
test_posthog(void **state)
{
    /* Excluded, but for a clean chain that gets as far. */
    assert_int_equal(plain(PH, "A!XB", "A@0 X@1 B@2"), 0);
    assert_int_equal(found.excluded, 1);
    assert_int_equal(plain(PH, "A!XB", "A@0 X@1"), 0);
    assert_int_equal(plain(PH, "A!XB", "A@0 X@1 A@2"), 1);
    assert_int_equal(plain(PH, "A!XB", "A@0 X@1 A@2 B@3"), 2);
    assert_int_equal(plain(PH, "A!XB", "A@0 X@1 B@2 A@3"), 0);
    assert_int_equal(plain(PH, "A!XB", "A@0 X@61"), 1);
    assert_int_equal(plain(PH, "A!XB", "A@0 X@0 B@1"), 2);

    /* A repeated first step is harmless, what fits no step is not. */
    assert_int_equal(filled(PH, 0, JNY_CHAIN_STRICT, "ABC",
                         "A@0 A@1 B@2 C@3"), 3);
    assert_int_equal(filled(PH, 0, JNY_CHAIN_STRICT, "ABC",
                         "A@0 B@1 -@2 C@3"), 2);
    assert_int_equal(filled(PH, 0, JNY_CHAIN_STRICT, "AB", "A@0 -@1 B@1"), 2);

    assert_int_equal(plain(PH, "A?BC", "A@0 C@1"), 2);
    assert_int_equal(found.filled, 5);
    assert_int_equal(plain(PH, "A?BC", "A@0 B@1 C@2"), 2);
    assert_int_equal(found.filled, 7);

    assert_int_equal(filled(PH, 0, JNY_CHAIN_ANY, "ABC", "C@0 A@1 B@2"), 3);
    assert_int_equal(filled(PH, 0, JNY_CHAIN_ANY, "ABC", "C@0 A@50 B@70"), 2);
    assert_int_equal(filled(PH, 0, JNY_CHAIN_ANY, "A!XB", "A@0 X@1 B@2"), 1);
    assert_int_equal(filled(PH, 0, JNY_CHAIN_ANY, "A!XB", "A@0 X@1"), 0);
}


static void
test_mixpanel(void **state)
{
    assert_int_equal(plain(MP, "AB", "B@9 A@11"), 2);
    assert_int_equal(plain(MP, "AB", "B@8 A@11"), 1);
    assert_int_equal(plain(MP, "AA", "A@9 A@11"), 2);

    /* Between two steps, not behind the last or before the first. */
    assert_int_equal(plain(MP, "A!XB", "X@0 A@1 B@2 X@3"), 2);
    assert_int_equal(plain(MP, "A!XB", "A@0 X@1 B@2"), 1);
    assert_int_equal(found.excluded, 1);
    assert_int_equal(plain(MP, "A!XB", "A@0 X@1 A@2 B@9"), 1);
    assert_int_equal(plain(MP, "A!XB", "A@0 X@61"), 1);
    assert_int_equal(found.excluded, JNY_CHAIN_NONE);
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
        cmocka_unit_test(test_window),
        cmocka_unit_test(test_clickhouse_modes),
        cmocka_unit_test(test_posthog),
        cmocka_unit_test(test_mixpanel),
    };

    return cmocka_run_group_tests(tests, NULL, release);
}
