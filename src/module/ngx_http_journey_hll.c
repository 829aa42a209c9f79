/*
 * ngx_http_journey_hll.c - HyperLogLog: 4 KiB say to 1.6 % how many different
 * visitors there were, and no visitor can be read back from them.
 *
 * A register is a byte and not the 6 bits it needs: a byte can be raised by
 * one atomic operation, and after a stage's first visitors none has to be.
 */

#include "ngx_http_journey_hll.h"

#include <math.h>


#define NGX_HTTP_JOURNEY_HLL_REST  (64 - NGX_HTTP_JOURNEY_HLL_BITS)


void
ngx_http_journey_hll_add(uint8_t registers[NGX_HTTP_JOURNEY_HLL_REGISTERS],
    uint64_t hash)
{
    uint8_t    rank, known, *reg;
    uint64_t   rest;

    reg = &registers[hash >> NGX_HTTP_JOURNEY_HLL_REST];

    /* the position of the first 1 among the other bits, counted from 1 */

    rest = hash << NGX_HTTP_JOURNEY_HLL_BITS;
    rank = rest ? (uint8_t) (__builtin_clzll(rest) + 1)
                : NGX_HTTP_JOURNEY_HLL_REST + 1;

    known = __atomic_load_n(reg, __ATOMIC_RELAXED);

    while (known < rank
           && !__atomic_compare_exchange_n(reg, &known, rank, 1,
                                           __ATOMIC_RELAXED, __ATOMIC_RELAXED))
    {
        /* somebody else raised it: known is what it is now */
    }
}


double
ngx_http_journey_hll_estimate(
    const uint8_t registers[NGX_HTTP_JOURNEY_HLL_REGISTERS])
{
    double         m, sum, estimate;
    uint8_t        rank;
    unsigned       i, zeros;

    m = NGX_HTTP_JOURNEY_HLL_REGISTERS;
    sum = 0;
    zeros = 0;

    for (i = 0; i < NGX_HTTP_JOURNEY_HLL_REGISTERS; i++) {
        rank = __atomic_load_n(&registers[i], __ATOMIC_RELAXED);

        sum += ldexp(1, -(int) rank);
        zeros += (rank == 0);
    }

    /* alpha for m >= 128: the paper's figure 3 */

    estimate = 0.7213 / (1 + 1.079 / m) * m * m / sum;

    if (estimate <= 2.5 * m && zeros != 0) {
        return m * log(m / zeros);
    }

    return estimate;
}
