/*
 * purse.c - money by currency.
 *
 * A sorted array: nearly always of one entry, and found by halving when
 * somebody logs a new currency with every order.
 */

#include "base/purse.h"

#include <stdlib.h>
#include <string.h>


void
jny_purse_release(jny_purse_t *p)
{
    free(p->sums);
    memset(p, 0, sizeof(*p));
}


static int
jny_purse_put(jny_purse_t *p, uint32_t currency, jny_purse_wide_t wide_e4)
{
    uint32_t    lo = 0, hi = p->n, mid;
    jny_sum_t  *sums;

    if (wide_e4 == 0) {
        return 0;
    }

    while (lo < hi) {
        mid = lo + (hi - lo) / 2;

        if (p->sums[mid].currency < currency) {
            lo = mid + 1;
        } else {
            hi = mid;
        }
    }

    if (lo == p->n || p->sums[lo].currency != currency) {

        /* Full at every power of two. */
        if ((p->n & (p->n - 1)) == 0) {
            sums = realloc(p->sums,
                (p->n ? (size_t) p->n * 2 : 1) * sizeof(jny_sum_t));
            if (sums == NULL) {
                return -1;
            }

            p->sums = sums;
        }

        memmove(p->sums + lo + 1, p->sums + lo,
            (p->n - lo) * sizeof(jny_sum_t));
        p->sums[lo].currency = currency;
        p->sums[lo].wide_e4 = 0;
        p->n++;
    }

    p->sums[lo].wide_e4 += wide_e4;

    return 0;
}


int
jny_purse_add(jny_purse_t *p, uint32_t currency, int64_t value_e4)
{
    return jny_purse_put(p, currency, value_e4);
}


int
jny_purse_merge(jny_purse_t *into, const jny_purse_t *from)
{
    uint32_t  i;

    for (i = 0; i < from->n; i++) {
        if (jny_purse_put(into, from->sums[i].currency, from->sums[i].wide_e4)
            != 0)
        {
            return -1;
        }
    }

    return 0;
}


int64_t
jny_purse_value_e4(const jny_purse_t *p, uint32_t i)
{
    jny_purse_wide_t  wide_e4 = p->sums[i].wide_e4;

    if (wide_e4 > INT64_MAX) {
        return INT64_MAX;
    }

    return wide_e4 < INT64_MIN ? INT64_MIN : (int64_t) wide_e4;
}
