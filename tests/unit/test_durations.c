/*
 * test_durations.c - base/durations.c, slots.c and purse.c: what analyses keep
 * their figures in.
 */

#include <stdarg.h>
#include <stddef.h>
#include <setjmp.h>
#include <stdint.h>
#include <cmocka.h>

#include <string.h>

#include "base/durations.h"
#include "base/purse.h"
#include "base/slots.h"


/* Both ways to sort, on values that differ in every byte. */
static void
test_sort(void **state)
{
    size_t           n, i;
    int64_t          sum;
    uint64_t         x;
    jny_durations_t  d = { 0 };

    for (n = 0; n <= 3000; n = 3 * n + 1) {
        x = 88172645463325252u;
        sum = 0;
        d.n = 0;

        for (i = 0; i < n; i++) {
            x ^= x << 13;
            x ^= x >> 7;
            x ^= x << 17;
            assert_int_equal(jny_durations_add(&d, (int64_t) (x >> 1)), 0);
            sum ^= (int64_t) (x >> 1);
        }

        assert_int_equal(jny_durations_sort(&d), 0);
        assert_int_equal(d.n, n);

        for (i = 0; i < n; i++) {
            sum ^= d.ms[i];
            assert_true(i == 0 || d.ms[i - 1] <= d.ms[i]);
        }

        assert_int_equal(sum, 0);
    }

    jny_durations_release(&d);
}


static void
test_merge_and_mean(void **state)
{
    jny_durations_t  a = { 0 }, b = { 0 };

    assert_int_equal(jny_durations_mean(&a), 0);
    assert_int_equal(jny_durations_merge(&a, &b), 0);
    assert_int_equal(jny_durations_add(&b, 7), 0);
    assert_int_equal(jny_durations_add(&b, 2), 0);
    assert_int_equal(jny_durations_add(&a, 4), 0);
    assert_int_equal(jny_durations_merge(&a, &b), 0);
    assert_int_equal(a.n, 3);
    assert_int_equal(b.n, 0);
    assert_int_equal(jny_durations_mean(&a), 4);      /* 13 / 3 */

    a.n = 0;
    assert_int_equal(jny_durations_add(&a, INT64_MAX), 0);
    assert_int_equal(jny_durations_add(&a, INT64_MAX), 0);
    assert_true(jny_durations_mean(&a) == INT64_MAX);

    jny_durations_release(&a);
    jny_durations_release(&b);
}


static void
test_slots(void **state)
{
    uint32_t     i, probe, word, found;
    jny_slots_t  s = { 0 };

    probe = 0;
    assert_int_equal(jny_slots_next(&s, 5, &probe), JNY_SLOTS_NONE);

    /* Four records to a hash; all come back, and no other. */
    for (i = 0; i < 4000; i++) {
        word = i / 4;
        assert_int_equal(jny_slots_put(&s, jny_slots_hash(&word, 1), i), 0);
    }

    for (i = 0; i < 1000; i++) {
        found = 0;
        probe = 0;

        while ((word = jny_slots_next(&s, jny_slots_hash(&i, 1), &probe))
               != JNY_SLOTS_NONE)
        {
            found += word / 4 == i;
        }

        assert_int_equal(found, 4);
    }

    jny_slots_release(&s);
}


static void
test_purse(void **state)
{
    uint32_t     i;
    jny_purse_t  p = { 0 }, q = { 0 };

    for (i = 20; i-- > 0; /* void */) {
        assert_int_equal(jny_purse_add(&p, i, 10 * i), 0);
        assert_int_equal(jny_purse_add(&p, i, -1), 0);
    }

    assert_int_equal(p.n, 20);
    assert_int_equal(jny_purse_add(&q, 3, 1), 0);
    assert_int_equal(jny_purse_merge(&q, &p), 0);
    assert_int_equal(q.n, 20);

    for (i = 0; i < 20; i++) {
        assert_int_equal(p.sums[i].currency, i);
        assert_int_equal(jny_purse_value_e4(&p, i), 10 * (int) i - 1);
        assert_int_equal(jny_purse_value_e4(&q, i),
            10 * (int) i - 1 + (i == 3));
    }

    assert_int_equal(jny_purse_add(&p, 0, INT64_MAX), 0);
    assert_int_equal(jny_purse_add(&p, 0, INT64_MAX), 0);
    assert_true(jny_purse_value_e4(&p, 0) == INT64_MAX);
    assert_int_equal(jny_purse_add(&p, 1, INT64_MIN), 0);
    assert_int_equal(jny_purse_add(&p, 1, INT64_MIN), 0);
    assert_true(jny_purse_value_e4(&p, 1) == INT64_MIN);

    jny_purse_release(&p);
    jny_purse_release(&q);
}


/* Sums beyond int64_t on the way: threads may split them as they like. */
static void
test_purse_order(void **state)
{
    unsigned     split, i, n;
    jny_purse_t  a, b;

    static const int64_t  values[] = { INT64_MAX, INT64_MAX, INT64_MIN, 5,
                                       INT64_MIN, INT64_MAX, INT64_MIN };

    n = sizeof(values) / sizeof(values[0]);

    for (split = 0; split < 1u << n; split++) {
        memset(&a, 0, sizeof(a));
        memset(&b, 0, sizeof(b));

        for (i = 0; i < n; i++) {
            assert_int_equal(jny_purse_add(split >> i & 1 ? &a : &b, 7,
                                 values[i]), 0);
        }

        assert_int_equal(jny_purse_merge(&a, &b), 0);
        assert_int_equal(a.n, 1);
        assert_true(jny_purse_value_e4(&a, 0) == 2);
        jny_purse_release(&a);
        jny_purse_release(&b);
    }
}


/* A bucket ends with its bound; the last one takes what no bound is above. */
static void
test_buckets(void **state)
{
    size_t           i = 0, k;
    int64_t          upto_ms;
    jny_durations_t  d = { NULL, 0, 0 };

    static const int64_t  times[] = { 0, 1000, 1001, 2000, 5000, INT64_MAX };
    static const struct {
        size_t   next;
        int64_t  upto_ms;
    } buckets[] = { { 2, 1000 }, { 4, 2000 }, { 5, 8000 }, { 6, INT64_MAX } };

    for (k = 0; k < 6; k++) {
        assert_int_equal(jny_durations_add(&d, times[k]), 0);
    }

    for (k = 0; k < 4; k++) {
        i = jny_durations_bucket(&d, i, &upto_ms);
        assert_int_equal(i, buckets[k].next);
        assert_true(upto_ms == buckets[k].upto_ms);
    }

    jny_durations_release(&d);
}


int
main(void)
{
    const struct CMUnitTest  tests[] = {
        cmocka_unit_test(test_buckets),
        cmocka_unit_test(test_sort),
        cmocka_unit_test(test_merge_and_mean),
        cmocka_unit_test(test_slots),
        cmocka_unit_test(test_purse),
        cmocka_unit_test(test_purse_order),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
