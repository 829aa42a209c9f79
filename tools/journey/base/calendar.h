/*
 * calendar.h - days, weeks and months of the zone in force (tzset).
 *
 * A period is named by its first day, a date of the local calendar, so it is
 * exact where a day has 23 or 25 hours, or no midnight.  Days are counted from
 * 1970-01-01.  Thread-safe once tzset() was called.
 */

#ifndef JNY_CALENDAR_H
#define JNY_CALENDAR_H

#include <stdint.h>


typedef enum {
    JNY_PERIOD_NONE = 0,
    JNY_PERIOD_DAY,
    JNY_PERIOD_WEEK,    /* ISO 8601: begins on Monday */
    JNY_PERIOD_MONTH
} jny_period_e;

/* Room for any text of a day, its end included. */
#define JNY_DAY_TEXT  32


/* First day of the period that the moment lies in. */
int64_t jny_period_of(jny_period_e every, int64_t time_ms);

/* First day of the period behind the one that begins at start. */
int64_t jny_period_next(jny_period_e every, int64_t start);

/* How many periods b lies behind a, both first days. */
int64_t jny_period_distance(jny_period_e every, int64_t a, int64_t b);

/* "2026-03-29"; returns text. */
const char *jny_day_text(int64_t day, char text[JNY_DAY_TEXT]);


#endif /* JNY_CALENDAR_H */
