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


int
jny_purse_add(jny_purse_t *p, uint32_t currency, int64_t value_e4)
{
    uint32_t    lo = 0, hi = p->n, mid;
    int64_t    *sum;
    jny_sum_t  *sums;

    if (value_e4 == 0) {
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
        p->sums[lo].value_e4 = 0;
        p->n++;
    }

    sum = &p->sums[lo].value_e4;

    if (__builtin_add_overflow(*sum, value_e4, sum)) {
        *sum = (value_e4 > 0) ? INT64_MAX : INT64_MIN;
    }

    return 0;
}


int
jny_purse_merge(jny_purse_t *into, const jny_purse_t *from)
{
    uint32_t  i;

    for (i = 0; i < from->n; i++) {
        if (jny_purse_add(into, from->sums[i].currency, from->sums[i].value_e4)
            != 0)
        {
            return -1;
        }
    }

    return 0;
}
