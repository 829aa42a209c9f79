/*
 * ngx_http_journey_hll.h - how many different ones: a HyperLogLog of 2^12
 * registers (Flajolet, Fusy, Gandouet and Meunier 2007).  No nginx here.
 *
 * The standard error is 1.04 / sqrt(4096) = 1.6 %.  Hashes have 64 bits, so
 * the paper's correction for large ranges (32-bit hashes that run out) is not
 * needed; small ranges are counted linearly, as in the paper.
 */

#ifndef NGX_HTTP_JOURNEY_HLL_H
#define NGX_HTTP_JOURNEY_HLL_H

#include <stdint.h>


#define NGX_HTTP_JOURNEY_HLL_BITS       12
#define NGX_HTTP_JOURNEY_HLL_REGISTERS  (1 << NGX_HTTP_JOURNEY_HLL_BITS)


/*
 * Takes one element by its hash, all 64 bits of which must look random; the
 * same hash again changes nothing.  registers begin as zeros and may be shared
 * by processes and threads: no lock, no lost update.
 */
void ngx_http_journey_hll_add(
    uint8_t registers[NGX_HTTP_JOURNEY_HLL_REGISTERS], uint64_t hash);

/* The estimated number of different hashes taken. */
double ngx_http_journey_hll_estimate(
    const uint8_t registers[NGX_HTTP_JOURNEY_HLL_REGISTERS]);


#endif /* NGX_HTTP_JOURNEY_HLL_H */
