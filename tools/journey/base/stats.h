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

/*
 * The same for a rate whose observations are not independent: n is the number
 * of independent ones that would be as precise (Kish 1965; Franco, Little,
 * Louis and Slud 2019).
 */
jny_interval_t jny_stats_wilson_rate(double rate, double n);

/* Two-sided p of a standard normal z. */
double jny_stats_normal_p(double z);

/* The z with P(Z <= z) = p; infinite at 0 and 1, NaN outside. */
double jny_stats_normal_quantile(double p);

/* Upper tail of chi-square with df degrees of freedom; NaN for x NaN. */
double jny_stats_chi2_p(double x, unsigned df);

/*
 * Two independent rates, k1 of n1 against k0 of n0: two-sided p that they are
 * equal, and the 95 % interval of their ratio, which excludes 1 when and only
 * when p < 0.05.  The score test (Koopman 1984) corrected for skewness (Gart &
 * Nam 1988, Laud 2017): it keeps its level far out in both tails, where a
 * false discovery rate looks.  With nothing to compare (a group or all
 * conversions are 0): NaN, and [0, infinity].  Counts need not be whole: those
 * of correlated cases are their effective sizes.
 */
double jny_stats_ratio_p(double k1, double n1, double k0, double n0);
jny_interval_t jny_stats_ratio_interval(double k1, double n1, double k0,
    double n0);

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

/*
 * The same for many replicates at once: key is the unit's, w[i] becomes the
 * weight of replicate first + i.  Vectorised, some ns a weight.
 */
#define JNY_STATS_ROW 64

uint64_t jny_stats_poisson_key(uint64_t seed, uint64_t id);
void jny_stats_poisson_row(uint64_t key, uint32_t first,
                           uint32_t w[JNY_STATS_ROW]);


#endif /* JNY_STATS_H */
