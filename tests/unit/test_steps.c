/*
 * test_steps.c - engine/steps.c: how a list of steps is cut, and what is
 * refused where.
 */

#include <stdarg.h>
#include <stddef.h>
#include <setjmp.h>
#include <stdint.h>
#include <cmocka.h>

#include <string.h>

#include "engine/steps.h"


#define MAX_STEPS  8

static jny_step_t         steps[MAX_STEPS];
static jny_selector_t   **sels;
static unsigned           n;


static void
step_is(unsigned i, const char *text, jny_step_kind_e kind, int64_t within_ms)
{
    assert_string_equal(jny_selector_text(sels[i]), text);
    assert_int_equal(steps[i].kind, kind);
    assert_int_equal(steps[i].within_ms, within_ms);
}


static void
parsed(const char *text, unsigned wanted)
{
    jny_diag_t  diag;

    assert_int_equal(jny_steps_parse(&sels, steps, &n, MAX_STEPS, text, &diag),
                     JNY_OK);
    assert_int_equal(n, wanted);
}


static void
refused(const char *text, uint64_t offset, const char *why)
{
    jny_diag_t  diag;

    assert_int_equal(jny_steps_parse(&sels, steps, &n, MAX_STEPS, text, &diag),
                     JNY_EINVAL);
    assert_int_equal(diag.offset, offset);
    assert_non_null(strstr(diag.what, why));
    assert_null(sels);
    assert_int_equal(n, 0);
}


static void
test_plain(void **state)
{
    parsed("awareness > /product/* > value>0 > touchpoint=a\\ > b", 4);
    step_is(0, "awareness", JNY_STEP_REQUIRED, 0);
    step_is(1, "/product/*", JNY_STEP_REQUIRED, 0);
    step_is(2, "value>0", JNY_STEP_REQUIRED, 0);
    step_is(3, "touchpoint=a\\ > b", JNY_STEP_REQUIRED, 0);
    jny_steps_free(sels, n);

    refused("a > b > c > d > e > f > g > h > i", 32, "too many steps");
    refused("a > ", 4, "something is missing");
    refused("a > campain=x", 4, "unknown field");

    jny_steps_free(NULL, 0);
}


static void
test_kinds(void **state)
{
    parsed("awareness > ?reviews > !support > purchase within 7d > ? thanks",
           5);
    step_is(0, "awareness", JNY_STEP_REQUIRED, 0);
    step_is(1, "reviews", JNY_STEP_OPTIONAL, 0);
    step_is(2, "support", JNY_STEP_EXCLUSION, 0);
    step_is(3, "purchase", JNY_STEP_REQUIRED, INT64_C(7) * 86400 * 1000);
    step_is(4, "thanks", JNY_STEP_OPTIONAL, 0);
    jny_steps_free(sels, n);

    parsed("a > ?b within  1m30s", 2);
    step_is(1, "b", JNY_STEP_OPTIONAL, 90000);
    jny_steps_free(sels, n);

    /* With a backslash they are what they look like. */
    parsed("a > \\!b > touchpoint=c \\within 7d > within", 4);
    step_is(1, "\\!b", JNY_STEP_REQUIRED, 0);
    step_is(2, "touchpoint=c \\within 7d", JNY_STEP_REQUIRED, 0);
    step_is(3, "within", JNY_STEP_REQUIRED, 0);
    jny_steps_free(sels, n);
}


static void
test_refused(void **state)
{
    refused("?a > b", 0, "the first step cannot be missing");
    refused("!a > b", 0, "none is before it");
    refused("a within 1h > b", 0, "the first has none");
    refused("a > !b within 1h > c", 4, "within limits a step");
    refused("a > b > !c", 10, "missing behind it");
    refused("a > !b > ?c", 11, "missing behind it");
    refused("a > ??b", 5, "no meaning");
    refused("a > b within", 5, "no blanks");
    refused("a > b within soon", 13, "write a duration");
    refused("a > b within 0ms", 13, "1ms or more");
    refused("a > b within 1d 1d 1d 1d 1d 1d 1d 1d 1d 1d 1d 1d", 13,
            "write a limit");
}


int
main(void)
{
    const struct CMUnitTest  tests[] = {
        cmocka_unit_test(test_plain),
        cmocka_unit_test(test_kinds),
        cmocka_unit_test(test_refused),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
