/*
 * test_stats.c - base/stats.c against published values.
 *
 * Sources are named beside the constants; those without one follow from a
 * closed form that is written out.
 */

#include <stdarg.h>
#include <stddef.h>
#include <setjmp.h>
#include <stdint.h>
#include <cmocka.h>

#include <math.h>

#include "base/stats.h"


static void
near(double got, double want, double tolerance)
{
    if (!(fabs(got - want) <= tolerance)) {
        fail_msg("%.17g is not %.17g within %g", got, want, tolerance);
    }
}


static void
test_wilson(void **state)
{
    jny_interval_t  i;

    /* Newcombe (1998), Statistics in Medicine 17, table I, method 3. */
    i = jny_stats_wilson(81, 263);
    near(i.lo, 0.2553, 5e-5);
    near(i.hi, 0.3662, 5e-5);

    i = jny_stats_wilson(15, 148);
    near(i.lo, 0.0624, 5e-5);
    near(i.hi, 0.1605, 5e-5);

    i = jny_stats_wilson(0, 20);
    assert_true(i.lo == 0);
    near(i.hi, 0.1611, 5e-5);

    i = jny_stats_wilson(1, 29);
    near(i.lo, 0.0061, 5e-5);
    near(i.hi, 0.1718, 5e-5);

    /* k of n mirrors n - k of n. */
    i = jny_stats_wilson(20, 20);
    near(i.lo, 1 - 0.1611, 5e-5);
    assert_true(i.hi == 1);

    i = jny_stats_wilson(0, 0);
    assert_true(i.lo == 0 && i.hi == 1);
}


static void
test_normal(void **state)
{
    /* Abramowitz & Stegun, tables 26.1 and 26.5. */
    near(jny_stats_normal_p(0), 1, 0);
    near(jny_stats_normal_p(1), 0.317310507862914, 1e-14);
    near(jny_stats_normal_p(-1), 0.317310507862914, 1e-14);
    near(jny_stats_normal_p(2), 0.045500263896358, 1e-14);
    near(jny_stats_normal_p(3) / 0.002699796063260, 1, 1e-12);

    near(jny_stats_normal_quantile(0.5), 0, 1e-15);
    near(jny_stats_normal_quantile(0.975), 1.959963984540054, 1e-14);
    near(jny_stats_normal_quantile(0.8), 0.841621233572914, 1e-14);
    near(jny_stats_normal_quantile(0.005), -2.575829303548901, 1e-13);
    near(jny_stats_normal_quantile(1e-10), -6.361340902404056, 1e-12);

    assert_true(isinf(jny_stats_normal_quantile(0)));
    assert_true(jny_stats_normal_quantile(1) > 1e300);
    assert_true(isnan(jny_stats_normal_quantile(1.5)));
}


static void
test_chi2(void **state)
{
    unsigned  df;

    /* Upper percentage points, Abramowitz & Stegun, table 26.8. */
    near(jny_stats_chi2_p(3.841458820694124, 1), 0.05, 1e-14);
    near(jny_stats_chi2_p(5.991464547107979, 2), 0.05, 1e-14);
    near(jny_stats_chi2_p(7.81472790325118, 3), 0.05, 1e-14);
    near(jny_stats_chi2_p(18.3070380532751, 10), 0.05, 1e-13);
    near(jny_stats_chi2_p(124.342113404004, 100), 0.05, 1e-12);
    near(jny_stats_chi2_p(6.63489660102121, 1), 0.01, 1e-14);
    near(jny_stats_chi2_p(50.8921813115171, 30), 0.01, 1e-13);

    assert_true(jny_stats_chi2_p(0, 5) == 1);
    assert_true(isnan(jny_stats_chi2_p(NAN, 5)));

    /* Far degrees neither overflow nor leave [0, 1]. */
    for (df = 1; df < 20000; df += 997) {
        near(jny_stats_chi2_p(df, df), 0.5, 0.2);
        near(jny_stats_chi2_p(1e6, df), 0, 1e-12);
    }
}


/* Mid-p of k or more (or k or fewer) of n at rate p, term by term. */
static double
exact_tail(unsigned k, unsigned n, double p, int upper)
{
    double    term, sum = 0;
    unsigned  i;

    for (i = 0; i <= n; i++) {
        term = exp(lgamma(n + 1.0) - lgamma(i + 1.0) - lgamma(n - i + 1.0)
                   + i * log(p) + (n - i) * log(1 - p));

        if (i == k) {
            sum += term / 2;
        } else if (upper ? i > k : i < k) {
            sum += term;
        }
    }

    return sum;
}


static void
test_ratio(void **state)
{
    jny_interval_t  i;
    double          p;
    unsigned        k;

    /* Equal groups have no skewness: z^2 = N (ad - bc)^2 / (rows, columns). */
    near(jny_stats_ratio_p(20, 100, 10, 100),
        jny_stats_normal_p(
            sqrt(200.0 * 1000 * 1000 / (100.0 * 100 * 30 * 170))),
        1e-14);

    /* Koopman (1984), 36/40 against 16/80: 2.94 to 7.15 before correction. */
    i = jny_stats_ratio_interval(36, 40, 16, 80);
    near(i.lo, 2.94, 0.1);
    near(i.hi, 7.15, 0.3);

    /* Against a known rate: the exact binomial's tails, near and far. */
    for (k = 0; k <= 30; k++) {
        p = exact_tail(k, 100, 0.1, k > 10);

        if (p > 1e-4) {
            near(log(jny_stats_ratio_p(k, 100, 1e8, 1e9) / 2 / p), 0, 0.35);
        }
    }

    /* The interval and the test never disagree. */
    for (k = 0; k <= 60; k++) {
        p = jny_stats_ratio_p(k, 60, 12, 90);
        i = jny_stats_ratio_interval(k, 60, 12, 90);
        assert_int_equal(p<0.05, i.lo> 1 || i.hi < 1);
        assert_true(i.lo <= k / 60.0 / (12 / 90.0));
        assert_true(i.hi >= k / 60.0 / (12 / 90.0));
    }

    /* Nobody, everybody, nothing. */
    i = jny_stats_ratio_interval(0, 50, 10, 50);
    assert_true(i.lo == 0 && i.hi > 0 && i.hi < 1);
    i = jny_stats_ratio_interval(10, 50, 0, 50);
    assert_true(i.lo > 1 && isinf(i.hi));
    i = jny_stats_ratio_interval(50, 50, 50, 50);
    assert_true(i.lo > 0.9 && i.lo < 1 && i.hi > 1 && i.hi < 1.1);
    near(jny_stats_ratio_p(50, 50, 50, 50), 1, 1e-9);
    i = jny_stats_ratio_interval(0, 50, 0, 50);
    assert_true(i.lo == 0 && isinf(i.hi));
    assert_true(isnan(jny_stats_ratio_p(0, 50, 0, 50)));
    assert_true(isnan(jny_stats_ratio_p(0, 0, 1, 50)));
}


static void
test_bh(void **state)
{
    /*
     * Benjamini & Hochberg (1995), section 3.2: the four smallest of 15 are
     * significant at 0.05, the 5th is not: 0.0201 * 15 / 5 = 0.0603.
     */
    double p[] = { 0.0459, 0.0001, 1.0000, 0.0004, 0.0019, NAN, 0.0095,
                   0.0201, 0.0278, 0.0298, 0.0344, 0.3240, 0.4262, 0.5719,
                   0.6528, 0.7590 };
    double  tied[] = { 0.01, 0.04, 0.01, 0.03 };

    assert_int_equal(jny_stats_bh(p, 16), 0);
    near(p[1], 0.0015, 1e-12);
    near(p[3], 0.0030, 1e-12);
    near(p[4], 0.0095, 1e-12);
    near(p[6], 0.035625, 1e-12);
    near(p[7], 0.0603, 1e-12);
    near(p[8], 0.0298 * 15 / 7, 1e-12);
    near(p[9], 0.0298 * 15 / 7, 1e-12);
    near(p[10], 0.0645, 1e-12);
    near(p[0], 0.0459 * 15 / 9, 1e-12);
    near(p[2], 1, 0);
    assert_true(isnan(p[5]));

    assert_int_equal(jny_stats_bh(tied, 4), 0);
    near(tied[0], 0.02, 1e-15);
    near(tied[2], 0.02, 1e-15);
    near(tied[3], 0.04, 1e-15);
    near(tied[1], 0.04, 1e-15);

    assert_int_equal(jny_stats_bh(tied, 0), 0);
}


static void
test_quantile(void **state)
{
    int64_t  v[100];
    int      i;

    for (i = 0; i < 100; i++) {
        v[i] = 10 * (i + 1);
    }

    assert_int_equal(jny_stats_quantile(v, 100, 0.5), 500);
    assert_int_equal(jny_stats_quantile(v, 100, 0.501), 510);
    assert_int_equal(jny_stats_quantile(v, 100, 0), 10);
    assert_int_equal(jny_stats_quantile(v, 100, 1), 1000);
    assert_int_equal(jny_stats_quantile(v, 0, 0.5), 0);
    assert_int_equal(jny_stats_quantile(v, 1, 0.99), 10);
    assert_int_equal(jny_stats_quantile(v, 3, 0.5), 20);

    /* i % of 100 is i, whatever binary fractions say. */
    for (i = 1; i <= 100; i++) {
        assert_int_equal(jny_stats_quantile(v, 100, i / 100.0), 10 * i);
    }
}


static void
test_poisson(void **state)
{
    /* P(X = k) = e^-1 / k!, 40 visitors by 10,000 replicates. */
    double    n[5] = { 0 }, want, sum, square, product;
    uint32_t  row[JNY_STATS_ROW];
    uint64_t  id;
    unsigned  r, w, u;

    sum = square = product = 0;

    for (id = 0; id < 40; id++) {
        for (r = 0; r < 10000; r++) {
            w = jny_stats_poisson1(7, id, r);
            u = jny_stats_poisson1(7, id + 1, r);
            sum += w;
            square += (double) w * w;
            product += (double) w * u;

            if (w < 5) {
                n[w]++;
            }
        }
    }

    want = exp(-1) * 400000;

    for (w = 0; w < 5; w++) {
        near(n[w], want, 4 * sqrt(want));
        want /= w + 1;
    }

    near(sum / 400000, 1, 4 / sqrt(400000.0));
    near(square / 400000, 2, 0.03);
    near(product / 400000, 1, 4 * sqrt(3 / 400000.0));

    /* A row is what the single weights are. */
    jny_stats_poisson_row(jny_stats_poisson_key(7, 39), 128, row);

    for (r = 0; r < JNY_STATS_ROW; r++) {
        assert_int_equal(row[r], jny_stats_poisson1(7, 39, 128 + r));
    }

    /* The seed matters. */
    for (r = 0, u = 0; r < 100; r++) {
        u += jny_stats_poisson1(7, 1, r) == jny_stats_poisson1(8, 1, r);
    }

    assert_true(u < 60);
}


int
main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_wilson),
        cmocka_unit_test(test_normal),
        cmocka_unit_test(test_chi2),
        cmocka_unit_test(test_ratio),
        cmocka_unit_test(test_bh),
        cmocka_unit_test(test_quantile),
        cmocka_unit_test(test_poisson),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
