/*
 * test_aliases.c - engine/aliases.c: what stands for what, and for how much.
 */

#include <stdarg.h>
#include <stddef.h>
#include <setjmp.h>
#include <stdint.h>
#include <cmocka.h>

#include <string.h>

#include "engine/aliases.h"


static jny_slice_t
text(const char *s)
{
    jny_slice_t  t = { (const uint8_t *) s, strlen(s) };

    return t;
}


static void
becomes(const jny_aliases_t *a, unsigned part, const char *from,
    const char *to)
{
    jny_slice_t  s = jny_aliases_get(a, part, text(from));

    assert_int_equal(s.len, strlen(to));
    assert_memory_equal(s.data, to, s.len);
}


static void
test_aliases(void **state)
{
    jny_alias_t    v[4] = { { 2, text("spring"), text("lent") },
                            { 0, text("fb"), text("facebook") },
                            { 0, text("f"), text("fb") },
                            { 2, text("fb"), text("posts") } };
    jny_aliases_t  a = { v, 4 };

    jny_aliases_sort(&a);
    becomes(&a, 0, "fb", "facebook");
    becomes(&a, 2, "fb", "posts");
    becomes(&a, 1, "fb", "fb");
    becomes(&a, 0, "", "");
    becomes(&a, 0, "fbx", "fbx");
    becomes(&a, 2, "spring", "lent");
    becomes(&a, 0, "spring", "spring");

    /* one step, no chain of them */
    becomes(&a, 0, "f", "fb");

    becomes(NULL, 0, "fb", "fb");
    a.n = 0;
    becomes(&a, 0, "fb", "fb");
}


static void
test_rates(void **state)
{
    jny_rates_t  r = { .currency = text("EUR"), .n = 2,
                       .from = { text("USD"), text("") },
                       .rate_e9 = { 920000000, 1 } };

    assert_int_equal(jny_rates_get(&r, text("USD")), 920000000);
    assert_int_equal(jny_rates_get(&r, text("")), 1);
    assert_int_equal(jny_rates_get(&r, text("EUR")), 0);
    assert_int_equal(jny_rates_get(&r, text("usd")), 0);
    assert_int_equal(jny_rates_get(NULL, text("USD")), 0);

    assert_int_equal(jny_rates_convert(10000, 920000000), 9200);
    assert_int_equal(jny_rates_convert(-10000, 920000000), -9200);
    assert_int_equal(jny_rates_convert(1, 500000000), 1);
    assert_int_equal(jny_rates_convert(-1, 500000000), -1);
    assert_int_equal(jny_rates_convert(1, 499999999), 0);
    assert_int_equal(jny_rates_convert(-1, 499999999), 0);
    assert_int_equal(jny_rates_convert(INT64_MAX, 1000000000), INT64_MAX);
    assert_true(jny_rates_convert(INT64_MAX, 9999999999999999) == INT64_MAX);
    assert_true(jny_rates_convert(-INT64_MAX, 9999999999999999)
                == -INT64_MAX);
}


int
main(void)
{
    const struct CMUnitTest  tests[] = {
        cmocka_unit_test(test_aliases),
        cmocka_unit_test(test_rates),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
