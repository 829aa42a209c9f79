/*
 * stats.h - the statistics of the reports, each with its source.  Pure
 * functions; proportions are passed as counts.
 */

#ifndef JNY_STATS_H
#define JNY_STATS_H

#include <stddef.h>
#include <stdint.h>


typedef struct {
    double  lo;
    double  hi;
} jny_interval_t;


/*
 * Wilson's score interval for k of n at 95 % (Wilson 1927).  [0, 1] for n = 0.
 */
jny_interval_t jny_stats_wilson(uint64_t k, uint64_t n);

/* Two-sided p of a standard normal z. */
double jny_stats_normal_p(double z);
double jny_stats_normal_quantile(double p);

/* Upper tail of chi-square with df degrees of freedom. */
double jny_stats_chi2_p(double x, unsigned df);

/*
 * Benjamini-Hochberg adjusted p values (1995), in place; NaN entries are not
 * tests: they stay NaN and do not count in m.  Returns 0, -1 out of memory.
 */
int jny_stats_bh(double *p, size_t n);

/*
 * The q-quantile (0..1) of sorted values, nearest rank: the smallest value
 * with at least q of the values at or below it; 0 for n = 0.
 */
int64_t jny_stats_quantile(const int64_t *sorted, size_t n, double q);

/*
 * A Poisson(1) weight for replicate r of unit id under seed: the same for any
 * order and thread (bootstrap by counter; Chamandy et al. 2012).
 */
unsigned jny_stats_poisson1(uint64_t seed, uint64_t id, uint32_t r);


#endif /* JNY_STATS_H */
