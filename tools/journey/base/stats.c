/*
 * stats.c - the statistics of the reports.
 *
 * Each is the shortest form that is exact to double precision: the normal
 * tail is libc's erfc, its quantile is found from it by Newton's method, and
 * the chi-square tail of integer degrees is a finite sum of positive terms.
 */

#include "base/stats.h"

#include <float.h>
#include <math.h>
#include <stdlib.h>


/* 97.5 % point of the standard normal. */
#define JNY_STATS_Z 1.959963984540054

#define JNY_STATS_GOLDEN 0x9e3779b97f4a7c15u


static double jny_stats_ratio_z(double k1, double n1, double k0, double n0,
    double ratio);
static double jny_stats_ratio_bound(double k1, double n1, double k0, double n0,
    double inside, double outside);
static int jny_stats_compare(const void *one, const void *two);
static uint64_t jny_stats_mix(uint64_t x);
static uint32_t jny_stats_poisson_weight(uint64_t key, uint32_t r);


jny_interval_t
jny_stats_wilson(uint64_t k, uint64_t n)
{
    return jny_stats_wilson_rate(n ? (double) k / (double) n : 0, (double) n);
}


jny_interval_t
jny_stats_wilson_rate(double rate, double n)
{
    double          z2, centre, half;
    jny_interval_t  i = { 0, 1 };

    if (!(n > 0)) {
        return i;
    }

    z2 = JNY_STATS_Z * JNY_STATS_Z / n;
    centre = (rate + z2 / 2) / (1 + z2);
    half = sqrt(z2 * (rate * (1 - rate) + z2 / 4)) / (1 + z2);

    /* Exact at the ends, where the subtraction leaves rounding dust. */
    i.lo = (rate <= 0) ? 0 : centre - half;
    i.hi = (rate >= 1) ? 1 : centre + half;

    return i;
}


double
jny_stats_normal_p(double z)
{
    return erfc(fabs(z) * M_SQRT1_2);
}


double
jny_stats_normal_quantile(double p)
{
    double    t, z, tail, step;
    unsigned  i;

    if (isnan(p) || p < 0 || p > 1) {
        return NAN;
    }

    tail = (p < 0.5) ? p : 1 - p;

    if (tail <= 0) {
        return (p < 0.5) ? -INFINITY : INFINITY;
    }

    /* A start within 0.003 (Hastings 1955, sheet 67), then Newton on erfc. */
    t = sqrt(-2 * log(tail));
    z = t - (2.30753 + 0.27061 * t) / (1 + t * (0.99229 + 0.04481 * t));

    for (i = 0; i < 8; i++) {
        step =
            (erfc(z * M_SQRT1_2) / 2 - tail) * sqrt(2 * M_PI) * exp(z * z / 2);
        z += step;

        if (fabs(step) < 4 * DBL_EPSILON * (1 + fabs(z))) {
            break;
        }
    }

    return (p < 0.5) ? -z : z;
}


double
jny_stats_chi2_p(double x, unsigned df)
{
    int       sign;
    double    y, a, q, last;
    unsigned  i;

    if (isnan(x)) {
        return NAN;
    }

    if (x <= 0 || df == 0) {
        return (x > 0) ? 0 : 1;
    }

    /*
     * Q(a + 1, y) = Q(a, y) + y^a e^-y / Gamma(a + 1), from Q(1, y) or
     * Q(1/2, y) (Abramowitz & Stegun 26.4.4, 26.4.5).
     */
    y = x / 2;
    a = (df % 2) ? 0.5 : 1;
    q = (df % 2) ? erfc(sqrt(y)) : exp(-y);

    for (i = (df % 2) ? 1 : 2; i < df; i += 2) {
        last = exp(a * log(y) - y - lgamma_r(a + 1, &sign));
        q += last;
        a += 1;

        if (a > y && last < q * DBL_EPSILON / 4) {
            break;
        }
    }

    return (q < 1) ? q : 1;
}


double
jny_stats_ratio_p(double k1, double n1, double k0, double n0)
{
    if (!(n1 > 0 && n0 > 0 && k1 + k0 > 0)) {
        return NAN;
    }

    return jny_stats_normal_p(jny_stats_ratio_z(k1, n1, k0, n0, 1));
}


jny_interval_t
jny_stats_ratio_interval(double k1, double n1, double k0, double n0)
{
    double          ratio;
    jny_interval_t  i = { 0, INFINITY };

    if (!(n1 > 0 && n0 > 0 && k1 + k0 > 0)) {
        return i;
    }

    if (k0 <= 0) {
        i.lo = jny_stats_ratio_bound(k1, n1, k0, n0, 1e15, 1e-15);
        return i;
    }

    if (k1 <= 0) {
        i.hi = jny_stats_ratio_bound(k1, n1, k0, n0, 1e-15, 1e15);
        return i;
    }

    ratio = (k1 / n1) / (k0 / n0);
    i.lo = jny_stats_ratio_bound(k1, n1, k0, n0, ratio, ratio * 1e-15);
    i.hi = jny_stats_ratio_bound(k1, n1, k0, n0, ratio, ratio * 1e15);

    return i;
}


/*
 * The score statistic of "rate 1 = ratio * rate 0", standard normal if it is
 * true.  p0 and p1 are the likeliest rates under it (a quadratic).
 */
static double
jny_stats_ratio_z(double k1, double n1, double k0, double n0, double ratio)
{
    double  b, c, root, p0, p1, v1, v0, variance, third, skew, z;

    /* (n1 + n0) ratio p0^2 - b p0 + c = 0; the stable form of its root. */
    b = ratio * (n1 + k0) + k1 + n0;
    c = k1 + k0;
    root = b * b - 4 * ratio * (n1 + n0) * c;
    p0 = fmin(2 * c / (b + sqrt(fmax(root, 0))), 1);
    p1 = fmin(ratio * p0, 1);

    v1 = p1 * (1 - p1) / n1;
    v0 = ratio * ratio * p0 * (1 - p0) / n0;
    variance = v1 + v0;

    if (!(variance > 0)) {
        return 0;
    }

    z = (k1 / n1 - ratio * k0 / n0) / sqrt(variance);

    third = v1 * (1 - 2 * p1) / n1 - v0 * ratio * (1 - 2 * p0) / n0;
    skew = third / (variance * sqrt(variance)) / 6;

    if (fabs(skew) < 1e-9) {
        return z;
    }

    /* Cornish & Fisher (1938): z = x + skew (x^2 - 1), solved for x. */
    return (sqrt(fmax(1 + 4 * skew * (skew + z), 0)) - 1) / (2 * skew);
}


/*
 * Where the statistic leaves its 95 % range, by bisection of log ratio; a
 * bound that is not found inside is none.
 */
static double
jny_stats_ratio_bound(double k1, double n1, double k0, double n0,
    double inside, double outside)
{
    int       found = 0;
    double    middle;
    unsigned  i;

    for (i = 0; i < 100; i++) {
        middle = sqrt(inside) * sqrt(outside);

        if (fabs(jny_stats_ratio_z(k1, n1, k0, n0, middle)) > JNY_STATS_Z) {
            outside = middle;
            found = 1;

        } else {
            inside = middle;
        }
    }

    if (!found) {
        return (outside > inside) ? INFINITY : 0;
    }

    return inside;
}


int
jny_stats_bh(double *p, size_t n)
{
    double  least, q, **sorted;
    size_t  i, m;

    m = 0;

    for (i = 0; i < n; i++) {
        m += !isnan(p[i]);
    }

    if (m == 0) {
        return 0;
    }

    sorted = calloc(m, sizeof(*sorted));
    if (sorted == NULL) {
        return -1;
    }

    m = 0;

    for (i = 0; i < n; i++) {
        if (!isnan(p[i])) {
            sorted[m++] = &p[i];
        }
    }

    qsort(sorted, m, sizeof(*sorted), jny_stats_compare);

    least = 1;

    for (i = m; i > 0; i--) {
        q = *sorted[i - 1] * ((double) m / (double) i);
        least = (q < least) ? q : least;
        *sorted[i - 1] = least;
    }

    free(sorted);

    return 0;
}


static int
jny_stats_compare(const void *one, const void *two)
{
    double  a, b;

    a = **(double *const *) one;
    b = **(double *const *) two;

    return (a > b) - (a < b);
}


int64_t
jny_stats_quantile(const int64_t *sorted, size_t n, double q)
{
    double  rank;

    if (n == 0) {
        return 0;
    }

    /* 0.07 * 100 is 7.000000000000001 in binary: still the 7th. */
    rank = ceil(q * (double) n * (1 - 4 * DBL_EPSILON));

    if (!(rank >= 1)) {
        return sorted[0];
    }

    return (rank >= (double) n) ? sorted[n - 1] : sorted[(size_t) rank - 1];
}


unsigned
jny_stats_poisson1(uint64_t seed, uint64_t id, uint32_t r)
{
    return jny_stats_poisson_weight(jny_stats_poisson_key(seed, id), r);
}


uint64_t
jny_stats_poisson_key(uint64_t seed, uint64_t id)
{
    return jny_stats_mix(jny_stats_mix(seed + JNY_STATS_GOLDEN) ^ id);
}


void
jny_stats_poisson_row(uint64_t key, uint32_t first, uint32_t w[JNY_STATS_ROW])
{
    uint32_t  i;

    for (i = 0; i < JNY_STATS_ROW; i++) {
        w[i] = jny_stats_poisson_weight(key, first + i);
    }
}


/* The finalizer of SplitMix64 (Steele, Lea & Flood 2014). */
static uint64_t
jny_stats_mix(uint64_t x)
{
    x = (x ^ (x >> 30)) * 0xbf58476d1ce4e5b9u;
    x = (x ^ (x >> 27)) * 0x94d049bb133111ebu;

    return x ^ (x >> 31);
}


/*
 * By inversion: the number of points of the cumulative distribution (times
 * 2^32) at or below a uniform 32-bit number.  No branches and 32-bit lanes
 * only, so that a row of weights is computed by vector instructions.
 */
static inline uint32_t
jny_stats_poisson_weight(uint64_t key, uint32_t r)
{
    uint32_t  u;

    u = (uint32_t) key + r * (uint32_t) (JNY_STATS_GOLDEN >> 32);
    u = (u ^ (u >> 16)) * 0x7feb352du;
    u = (u ^ (uint32_t) (key >> 32)) * 0x9e3779b1u;
    u = (u ^ (u >> 15)) * 0x846ca68bu;
    u ^= u >> 16;

    return (uint32_t) (u >= 1580030168u) + (u >= 3160060337u)
           + (u >= 3950075422u) + (u >= 4213413783u) + (u >= 4279248373u)
           + (u >= 4292415291u) + (u >= 4294609778u) + (u >= 4294923276u)
           + (u >= 4294962464u) + (u >= 4294966818u) + (u >= 4294967253u)
           + (u >= 4294967292u);
}
