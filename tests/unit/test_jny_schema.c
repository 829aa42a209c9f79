/*
 * test_jny_schema.c - the wire names, in the order of docs/FORMAT.md.
 */

#include "jnytest.h"


static void
test_names(void **state)
{
    static const char *const  texts[] = {
        "stage", "touchpoint", "page", "host", "source", "medium", "campaign",
        "term", "content", "referrer", "click", "currency", "order",
        "score_kind", "mode",
    };

    static const char *const  numbers[] = {
        "time", "visitor", "login", "status", "latency", "value", "score",
        "flags", "origin",
    };

    assert_int_equal(JNY_TEXT_COUNT, sizeof(texts) / sizeof(texts[0]));
    assert_int_equal(JNY_NUMBER_COUNT, sizeof(numbers) / sizeof(numbers[0]));

    for (unsigned i = 0; i < JNY_TEXT_COUNT; i++) {
        assert_string_equal(jny_text_names[i], texts[i]);
    }

    for (unsigned i = 0; i < JNY_NUMBER_COUNT; i++) {
        assert_string_equal(jny_number_names[i], numbers[i]);
    }
}


int
main(void)
{
    const struct CMUnitTest  tests[] = {
        cmocka_unit_test(test_names),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
