/* HyperLogLog against exact counts. */

#include "ngx_http_journey_hll.h"

#include <math.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>
#include <sodium.h>


#define SIGMA  (1.04 / 64)    /* the paper's: 1.04 / sqrt(m) */


static uint8_t  registers[NGX_HTTP_JOURNEY_HLL_REGISTERS];


/* The hash of element i: SipHash-2-4, of a library. */
static uint64_t
hash(uint64_t seed, uint64_t i)
{
    uint8_t   key[crypto_shorthash_KEYBYTES] = { 0 };
    uint64_t  h;

    memcpy(key, &seed, sizeof(seed));
    (void) crypto_shorthash((unsigned char *) &h, (unsigned char *) &i,
                            sizeof(i), key);

    return h;
}


/* The relative error for n elements, some of them seen again. */
static double
error(uint64_t seed, unsigned n)
{
    memset(registers, 0, sizeof(registers));

    for (unsigned i = 0; i < n; i++) {
        ngx_http_journey_hll_add(registers, hash(seed, i));
        ngx_http_journey_hll_add(registers, hash(seed, i / 2));
    }

    return ngx_http_journey_hll_estimate(registers) / n - 1;
}


static void
test_empty(void **state)
{
    memset(registers, 0, sizeof(registers));
    assert_true(ngx_http_journey_hll_estimate(registers) == 0);
}


/* Few elements: linear counting is as good as exact. */
static void
test_small(void **state)
{
    for (unsigned n = 1; n <= 64; n++) {
        assert_true(fabs(error(7, n)) * n < 2.5);
    }
}


/*
 * The root of the mean square of the error over many runs is the standard
 * error: not more, and not much less either, or this test would not see a
 * register that is never used.
 */
static void
test_standard_error(void **state)
{
    double    e, square, mean;
    unsigned  n[] = { 1000, 40000, 100000 };

    for (unsigned i = 0; i < sizeof(n) / sizeof(n[0]); i++) {
        square = 0;
        mean = 0;

        for (unsigned run = 0; run < 30; run++) {
            e = error(run, n[i]);
            assert_true(fabs(e) < 4 * SIGMA);
            square += e * e / 30;
            mean += e / 30;
        }

        /* of 30 runs: 3 standard deviations of either are 0.4 and 0.55 */

        assert_true(sqrt(square) < 1.4 * SIGMA);
        assert_true(fabs(mean) < 0.55 * SIGMA);

        if (n[i] > 10000) {
            assert_true(sqrt(square) > 0.6 * SIGMA);
        }
    }
}


static void
test_million(void **state)
{
    assert_true(fabs(error(3, 1000000)) < 3 * SIGMA);
}


/* The rank: each register says how many zeros came before the first one. */
static void
test_ranks(void **state)
{
    memset(registers, 0, sizeof(registers));

    ngx_http_journey_hll_add(registers, 0);
    ngx_http_journey_hll_add(registers, 1);
    assert_int_equal(registers[0], 53);

    ngx_http_journey_hll_add(registers, UINT64_MAX);
    ngx_http_journey_hll_add(registers, UINT64_C(0xfff) << 52);
    assert_int_equal(registers[4095], 53);

    ngx_http_journey_hll_add(registers, UINT64_C(0x0018) << 48);
    assert_int_equal(registers[1], 1);
    ngx_http_journey_hll_add(registers, UINT64_C(0x0011) << 48);
    assert_int_equal(registers[1], 4);
    ngx_http_journey_hll_add(registers, UINT64_C(0x0018) << 48);
    assert_int_equal(registers[1], 4);
}


int
main(void)
{
    const struct CMUnitTest  tests[] = {
        cmocka_unit_test(test_empty),
        cmocka_unit_test(test_small),
        cmocka_unit_test(test_standard_error),
        cmocka_unit_test(test_million),
        cmocka_unit_test(test_ranks),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
