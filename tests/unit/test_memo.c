/*
 * test_memo.c - what is remembered is what was said of that very text.
 */

#include "import/memo.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

#include "jnytest.h"


#define LONGEST  8


static jny_slice_t
slice(const char *s)
{
    jny_slice_t  text;

    text.data = (const uint8_t *) s;
    text.len = strlen(s);

    return text;
}


/* One place, so that every text takes it from the one before. */

static void
test_place(void **state)
{
    int         known;
    uint64_t   *v;
    jny_memo_t  m;

    assert_int_equal(jny_memo_init(&m, 1, LONGEST, sizeof(*v)), JNY_OK);

    v = jny_memo_find(&m, slice("12345678"), &known);
    assert_non_null(v);
    assert_false(known);
    *v = 1;

    assert_ptr_equal(jny_memo_find(&m, slice("12345678"), &known), v);
    assert_true(known);
    assert_int_equal(*v, 1);

    assert_ptr_equal(jny_memo_find(&m, slice("1234567"), &known), v);
    assert_false(known);
    (void) jny_memo_find(&m, slice("12345678"), &known);
    assert_false(known);
    (void) jny_memo_find(&m, slice("02345678"), &known);
    assert_false(known);

    jny_memo_release(&m);
}


static void
test_unkept(void **state)
{
    int         known;
    jny_memo_t  m;

    assert_int_equal(jny_memo_init(&m, 4, LONGEST, 1), JNY_OK);

    known = 1;
    assert_null(jny_memo_find(&m, slice("123456789"), &known));
    assert_false(known);

    known = 1;
    assert_null(jny_memo_find(&m, slice(""), &known));
    assert_false(known);

    jny_memo_release(&m);
}


/* Many texts in few places: a wrong answer would be another's number. */

static void
test_many(void **state)
{
    int          known;
    char         text[LONGEST];
    uint64_t    *v;
    unsigned     hits;
    jny_memo_t   m;

    assert_int_equal(jny_memo_init(&m, 64, LONGEST, sizeof(*v)), JNY_OK);
    hits = 0;

    for (unsigned i = 0; i < 20000; i++) {
        snprintf(text, sizeof(text), "%u", i * i % 199);
        v = jny_memo_find(&m, slice(text), &known);
        assert_non_null(v);

        if (known) {
            assert_int_equal(*v, i * i % 199);
            hits++;
        }

        *v = i * i % 199;
    }

    assert_true(hits != 0 && hits < 20000 - 199);

    jny_memo_release(&m);
}


int
main(void)
{
    const struct CMUnitTest  tests[] = {
        cmocka_unit_test(test_place),
        cmocka_unit_test(test_unkept),
        cmocka_unit_test(test_many),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
