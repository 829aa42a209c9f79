/*
 * durations.c - times whose exact quantiles are wanted.
 *
 * Sorted by radix, a byte at a time from the lowest: a million durations of
 * up to 30 days (four bytes that differ) take four linear passes, where
 * qsort() would call its comparison twenty million times.
 */

#include "base/durations.h"

#include <stdlib.h>
#include <string.h>


/* Under so many, insertion beats counting bytes. */
#define JNY_DURATIONS_FEW 32

/* Wide enough for any number of them. */
__extension__ typedef unsigned __int128  jny_durations_sum_t;

#define JNY_DURATIONS_BYTES ((unsigned) sizeof(int64_t))


static int jny_durations_reserve(jny_durations_t *d, size_t n);
static void jny_durations_insertion(int64_t *ms, size_t n);


void
jny_durations_release(jny_durations_t *d)
{
    free(d->ms);
    memset(d, 0, sizeof(*d));
}


int
jny_durations_add(jny_durations_t *d, int64_t ms)
{
    if (d->n == d->cap && jny_durations_reserve(d, d->n + 1) != 0) {
        return -1;
    }

    d->ms[d->n++] = ms;

    return 0;
}


int
jny_durations_merge(jny_durations_t *into, jny_durations_t *from)
{
    if (from->n == 0) {
        return 0;
    }

    if (jny_durations_reserve(into, into->n + from->n) != 0) {
        return -1;
    }

    memcpy(into->ms + into->n, from->ms, from->n * sizeof(int64_t));
    into->n += from->n;
    jny_durations_release(from);

    return 0;
}


static int
jny_durations_reserve(jny_durations_t *d, size_t n)
{
    size_t    cap = d->cap ? d->cap : 16;
    int64_t  *ms;

    while (cap < n) {
        cap *= 2;
    }

    if (cap == d->cap) {
        return 0;
    }

    ms = realloc(d->ms, cap * sizeof(int64_t));
    if (ms == NULL) {
        return -1;
    }

    d->ms = ms;
    d->cap = cap;

    return 0;
}


int
jny_durations_sort(jny_durations_t *d)
{
    size_t    counts[JNY_DURATIONS_BYTES][256], at, next, i;
    int64_t  *from = d->ms, *to, *tmp;
    unsigned  b, v;

    if (d->n <= JNY_DURATIONS_FEW) {
        jny_durations_insertion(d->ms, d->n);
        return 0;
    }

    to = malloc(d->n * sizeof(int64_t));
    if (to == NULL) {
        return -1;
    }

    memset(counts, 0, sizeof(counts));

    for (i = 0; i < d->n; i++) {
        for (b = 0; b < JNY_DURATIONS_BYTES; b++) {
            counts[b][(uint64_t) from[i] >> (8 * b) & 0xff]++;
        }
    }

    for (b = 0; b < JNY_DURATIONS_BYTES; b++) {

        /* A byte that all share orders nothing. */
        if (counts[b][(uint64_t) from[0] >> (8 * b) & 0xff] == d->n) {
            continue;
        }

        for (v = 0, at = 0; v < 256; v++) {
            next = at + counts[b][v];
            counts[b][v] = at;
            at = next;
        }

        for (i = 0; i < d->n; i++) {
            to[counts[b][(uint64_t) from[i] >> (8 * b) & 0xff]++] = from[i];
        }

        tmp = from;
        from = to;
        to = tmp;
    }

    d->ms = from;
    d->cap = d->n;
    free(to);

    return 0;
}


static void
jny_durations_insertion(int64_t *ms, size_t n)
{
    size_t   i, j;
    int64_t  one;

    for (i = 1; i < n; i++) {
        one = ms[i];

        for (j = i; j > 0 && ms[j - 1] > one; j--) {
            ms[j] = ms[j - 1];
        }

        ms[j] = one;
    }
}


size_t
jny_durations_bucket(const jny_durations_t *d, size_t i, int64_t *upto_ms)
{
    int64_t  upto = 1000;

    while (upto < d->ms[i] && upto <= INT64_MAX / 2) {
        upto *= 2;
    }

    if (upto < d->ms[i]) {
        upto = INT64_MAX;
    }

    while (i < d->n && d->ms[i] <= upto) {
        i++;
    }

    *upto_ms = upto;

    return i;
}


int64_t
jny_durations_mean(const jny_durations_t *d)
{
    size_t             i;
    jny_durations_sum_t  sum = 0;

    for (i = 0; i < d->n; i++) {
        sum += (uint64_t) d->ms[i];
    }

    return d->n ? (int64_t) (sum / d->n) : 0;
}
