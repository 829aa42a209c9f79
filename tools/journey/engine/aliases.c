/*
 * aliases.c - asked once per entry of a block's dictionary, so a search in a
 * sorted list will do.
 */

#include "engine/aliases.h"

#include <stdlib.h>
#include <string.h>


#define JNY_RATE_ONE  1000000000


static int
jny_aliases_slices(jny_slice_t a, jny_slice_t b)
{
    int     order;
    size_t  n;

    n = a.len < b.len ? a.len : b.len;
    order = n > 0 ? memcmp(a.data, b.data, n) : 0;

    return order ? order : (a.len > b.len) - (a.len < b.len);
}


static int
jny_aliases_order(const void *x, const void *y)
{
    const jny_alias_t  *a = x, *b = y;

    if (a->part != b->part) {
        return a->part < b->part ? -1 : 1;
    }

    return jny_aliases_slices(a->from, b->from);
}


void
jny_aliases_sort(jny_aliases_t *aliases)
{
    if (aliases->n > 0) {
        qsort(aliases->v, aliases->n, sizeof(*aliases->v), jny_aliases_order);
    }
}


jny_slice_t
jny_aliases_get(const jny_aliases_t *aliases, unsigned part, jny_slice_t s)
{
    jny_alias_t         key;
    const jny_alias_t  *found;

    if (aliases == NULL || aliases->n == 0) {
        return s;
    }

    key.part = part;
    key.from = s;
    key.to = s;
    found = bsearch(&key, aliases->v, aliases->n, sizeof(key),
                    jny_aliases_order);

    return found != NULL ? found->to : s;
}


int64_t
jny_rates_get(const jny_rates_t *rates, jny_slice_t currency)
{
    for (unsigned i = 0; rates != NULL && i < rates->n; i++) {
        if (jny_aliases_slices(rates->from[i], currency) == 0) {
            return rates->rate_e9[i];
        }
    }

    return 0;
}


int64_t
jny_rates_convert(int64_t value_e4, int64_t rate_e9)
{
    __int128  product;

    product = (__int128) value_e4 * rate_e9;
    product += product < 0 ? -JNY_RATE_ONE / 2 : JNY_RATE_ONE / 2;
    product /= JNY_RATE_ONE;

    if (product > INT64_MAX) {
        return INT64_MAX;
    }

    return product < -INT64_MAX ? -INT64_MAX : (int64_t) product;
}
