/*
 * times.h - the ways logs write a moment, to ms since the epoch, UTC.
 */

#ifndef JNY_TIMES_H
#define JNY_TIMES_H

#include "jny_types.h"


/* The minute of the last $time_local: lines of one come together. */
typedef struct {
    uint8_t   text[17];        /* 17/May/2015:10:05 */
    uint8_t   zone[5];         /* +0000 */
    int64_t   ms;
} jny_minute_t;


/* 17/May/2015:10:05:03 +0000; a minute of zeros remembers none.  0 or -1. */
int jny_time_local(jny_minute_t *m, jny_slice_t s, int64_t *ms);

/* 1431857103.123, seconds; at most three decimal places count.  0 or -1. */
int jny_time_seconds(jny_slice_t s, int64_t *ms);

/*
 * RFC 3339; ms as an integer, or seconds with a ".".  The "T" may be a blank,
 * the time of the day and its seconds may lack, and without an offset it is in
 * the zone in force (tzset).  0, or -1 with *why: static text.
 */
int jny_time_any(jny_slice_t s, int64_t *ms, const char **why);


#endif /* JNY_TIMES_H */
