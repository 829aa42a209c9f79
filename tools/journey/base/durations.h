/*
 * durations.h - times whose exact quantiles are wanted: all are kept, and
 * sorted once at the end.  8 bytes each.
 */

#ifndef JNY_DURATIONS_H
#define JNY_DURATIONS_H

#include <stddef.h>
#include <stdint.h>


/* All zero is empty. */
typedef struct {
    int64_t  *ms;
    size_t    n;
    size_t    cap;
} jny_durations_t;

void jny_durations_release(jny_durations_t *d);

/* ms is at least 0.  Returns 0, -1 out of memory. */
int jny_durations_add(jny_durations_t *d, int64_t ms);

/* Moves all of from to into; from is empty then.  Returns 0, -1. */
int jny_durations_merge(jny_durations_t *into, jny_durations_t *from);

/* Sorts upwards, for jny_stats_quantile().  Returns 0, -1 out of memory. */
int jny_durations_sort(jny_durations_t *d);

/*
 * Sorted ones in buckets by powers of two: that of item i ends with *upto_ms, a
 * second or a double of the one before.  Returns the first item of the next.
 */
size_t jny_durations_bucket(const jny_durations_t *d, size_t i,
    int64_t *upto_ms);

/* The mean, rounded down to ms; 0 of none. */
int64_t jny_durations_mean(const jny_durations_t *d);


#endif /* JNY_DURATIONS_H */
