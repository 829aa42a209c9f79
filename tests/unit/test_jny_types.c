/*
 * test_jny_types.c - codes and diagnostics.
 */

#include "jnytest.h"

#include <string.h>


static void
test_strerror(void **state)
{
    /* every code has words of its own */
    for (int a = JNY_EIO; a <= JNY_END; a++) {
        assert_string_not_equal(jny_strerror(a), "unknown error");

        for (int b = JNY_EIO; b < a; b++) {
            assert_string_not_equal(jny_strerror(a), jny_strerror(b));
        }
    }

    assert_string_equal(jny_strerror(-100), "unknown error");
}


static void
test_diag(void **state)
{
    char        text[400];
    jny_diag_t  diag;

    jny_diag_set(NULL, 1, "nobody listens to %d", 1);

    jny_diag_set(&diag, 77, "%s %d", "block", 3);
    assert_string_equal(diag.what, "block 3");
    assert_int_equal(diag.offset, 77);

    memset(text, 'x', sizeof(text) - 1);
    text[sizeof(text) - 1] = '\0';
    jny_diag_set(&diag, 0, "%s", text);
    assert_int_equal(strlen(diag.what), sizeof(diag.what) - 1);
}


int
main(void)
{
    const struct CMUnitTest  tests[] = {
        cmocka_unit_test(test_strerror),
        cmocka_unit_test(test_diag),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
