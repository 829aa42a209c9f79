/*
 * rng.h - a small seeded generator: splitmix64 (Steele, Lea, Flood 2014).
 * Every visitor has its own stream, so a month does not depend on the order
 * in which its visitors are made.
 */

#ifndef JNY_RNG_H
#define JNY_RNG_H

#include <stdint.h>


typedef struct {
    uint64_t  state;
} jny_rng_t;


static inline uint64_t
jny_mix64(uint64_t x)
{
    x ^= x >> 30;
    x *= 0xbf58476d1ce4e5b9u;
    x ^= x >> 27;
    x *= 0x94d049bb133111ebu;

    return x ^ (x >> 31);
}


static inline uint64_t
jny_rng_next(jny_rng_t *rng)
{
    rng->state += 0x9e3779b97f4a7c15u;

    return jny_mix64(rng->state);
}


static inline void
jny_rng_seed(jny_rng_t *rng, uint64_t seed, uint64_t stream)
{
    rng->state = jny_mix64(jny_mix64(seed + 0x9e3779b97f4a7c15u) ^ stream);
}


/* In [0, 1). */
static inline double
jny_rng_unit(jny_rng_t *rng)
{
    return (double) (jny_rng_next(rng) >> 11) * 0x1.0p-53;
}


static inline int
jny_rng_chance(jny_rng_t *rng, double p)
{
    return jny_rng_unit(rng) < p;
}


/* In [0, n), n > 0; the bias of n / 2^32 does not matter here. */
static inline uint32_t
jny_rng_below(jny_rng_t *rng, uint32_t n)
{
    return (uint32_t) (((jny_rng_next(rng) >> 32) * n) >> 32);
}


#endif /* JNY_RNG_H */
