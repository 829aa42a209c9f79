/*
 * wanted.c - a sorted array, and a bit table before it: nearly all ids that
 * are asked for are not wanted.
 */

#include "segment/wanted.h"

#include <stdlib.h>
#include <string.h>

#include "jny_wire.h"


#define JNY_WANTED_ZEROS  4


int
jny_wanted_add(jny_wanted_t *w, uint64_t id)
{
    size_t     cap;
    uint64_t  *ids;

    if (w->n == w->cap) {
        cap = w->cap * 2 + 64;
        ids = reallocarray(w->ids, cap, sizeof(*ids));

        if (ids == NULL) {
            return -1;
        }

        w->ids = ids;
        w->cap = cap;
    }

    w->ids[w->n++] = id;

    return 0;
}


static int
jny_wanted_order(const void *x, const void *y)
{
    const uint64_t  *a = x, *b = y;

    return (*a > *b) - (*a < *b);
}


static void
jny_wanted_mark(jny_wanted_t *w)
{
    memset(w->low, 0, sizeof(w->low));

    for (size_t i = 0; i < w->n; i++) {
        w->low[(w->ids[i] & 0xffff) >> 3] |= (uint8_t) (1 << (w->ids[i] & 7));
    }
}


int
jny_wanted_sort(jny_wanted_t *w)
{
    size_t  i, n;

    if (w->n > 0) {
        qsort(w->ids, w->n, sizeof(*w->ids), jny_wanted_order);
    }

    n = 0;

    for (i = 0; i < w->n; i++) {
        if (w->ids[i] != 0 && (n == 0 || w->ids[n - 1] != w->ids[i])) {
            w->ids[n++] = w->ids[i];
        }
    }

    w->n = n;
    jny_wanted_mark(w);

    free(w->met);
    w->met = calloc(n + 1, sizeof(*w->met));

    return w->met != NULL ? 0 : -1;
}


void
jny_wanted_release(jny_wanted_t *w)
{
    free(w->ids);
    free(w->met);
    memset(w, 0, sizeof(*w));
}


size_t
jny_wanted_find(const jny_wanted_t *w, uint64_t id)
{
    size_t  lo, hi, mid;

    if (!(w->low[(id & 0xffff) >> 3] & (1 << (id & 7)))) {
        return SIZE_MAX;
    }

    lo = 0;
    hi = w->n;

    while (lo < hi) {
        mid = lo + (hi - lo) / 2;

        if (w->ids[mid] < id) {
            lo = mid + 1;
        } else {
            hi = mid;
        }
    }

    return lo < w->n && w->ids[lo] == id ? lo : SIZE_MAX;
}


void
jny_wanted_without(jny_wanted_t *w, const jny_wanted_t *other)
{
    size_t  n;

    n = 0;

    for (size_t i = 0; i < w->n; i++) {
        if (jny_wanted_find(other, w->ids[i]) == SIZE_MAX) {
            w->ids[n++] = w->ids[i];
        }
    }

    w->n = n;
    jny_wanted_mark(w);
}


static int
jny_wanted_is_rare(uint64_t id)
{
    unsigned  zeros;

    zeros = 0;

    for (unsigned i = 0; i < 64; i += 8) {
        zeros += (id >> i & 0xff) == 0;
    }

    return zeros < JNY_WANTED_ZEROS;
}


uint64_t
jny_wanted_bytes(const jny_wanted_t *w, const uint8_t *p, size_t len)
{
    uint64_t  n, id;

    n = 0;

    for (size_t i = 0; i + sizeof(id) <= len; i++) {
        id = jny_get_le64(p + i);
        n += jny_wanted_find(w, id) != SIZE_MAX && jny_wanted_is_rare(id);
    }

    return n;
}
