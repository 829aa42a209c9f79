/*
 * calendar.c - only the date of a moment is asked of the C library, never the
 * moment of a date: midnights that a change of the clock leaves out, or brings
 * twice, then need no care.
 *
 * Dates to days and back after Howard Hinnant, "chrono-compatible low-level
 * date algorithms": years begin in March, so that the leap day is the last.
 */

#include "base/calendar.h"

#include <inttypes.h>
#include <stdio.h>
#include <time.h>


#define JNY_DAY_MS        (INT64_C(24) * 3600 * 1000)
#define JNY_ERA_DAYS      146097   /* 400 years */
#define JNY_EPOCH_DAYS    719468   /* from 0000-03-01 to 1970-01-01 */
#define JNY_THURSDAY      3        /* days from Monday: of 1970-01-01 */


static int64_t
calendar_floor(int64_t a, int64_t b)
{
    return a / b - (a % b < 0);
}


/* month: 1 to 12 */
static int64_t
calendar_day(int64_t year, int64_t month, int64_t day)
{
    int64_t  era, of_era, of_year;

    year -= month <= 2;
    era = calendar_floor(year, 400);
    of_era = year - era * 400;
    of_year = (153 * (month + (month > 2 ? -3 : 9)) + 2) / 5 + day - 1;

    return era * JNY_ERA_DAYS + of_era * 365 + of_era / 4 - of_era / 100
           + of_year - JNY_EPOCH_DAYS;
}


static void
calendar_date(int64_t days, int64_t *year, int64_t *month, int64_t *day)
{
    int64_t  era, of_era, year_of_era, of_year, shifted;

    days += JNY_EPOCH_DAYS;
    era = calendar_floor(days, JNY_ERA_DAYS);
    of_era = days - era * JNY_ERA_DAYS;
    year_of_era = (of_era - of_era / 1460 + of_era / 36524 - of_era / 146096)
                  / 365;
    of_year = of_era - (365 * year_of_era + year_of_era / 4
                        - year_of_era / 100);
    shifted = (5 * of_year + 2) / 153;

    *day = of_year - (153 * shifted + 2) / 5 + 1;
    *month = shifted + (shifted < 10 ? 3 : -9);
    *year = year_of_era + era * 400 + (*month <= 2);
}


int64_t
jny_period_of(jny_period_e every, int64_t time_ms)
{
    time_t     seconds;
    int64_t    day;
    struct tm  tm;

    seconds = (time_t) calendar_floor(time_ms, 1000);

    /* Years beyond an int: a clock gone wrong has no zone either. */
    if (localtime_r(&seconds, &tm) == NULL) {
        return calendar_floor(time_ms, JNY_DAY_MS);
    }

    day = calendar_day(INT64_C(1900) + tm.tm_year, tm.tm_mon + 1, tm.tm_mday);

    switch (every) {

    case JNY_PERIOD_WEEK:
        return calendar_floor(day + JNY_THURSDAY, 7) * 7 - JNY_THURSDAY;

    case JNY_PERIOD_MONTH:
        return day - tm.tm_mday + 1;

    default:
        return day;
    }
}


int64_t
jny_period_next(jny_period_e every, int64_t start)
{
    int64_t  year, month, day;

    switch (every) {

    case JNY_PERIOD_WEEK:
        return start + 7;

    case JNY_PERIOD_MONTH:
        calendar_date(start, &year, &month, &day);
        return month == 12 ? calendar_day(year + 1, 1, 1)
                           : calendar_day(year, month + 1, 1);

    default:
        return start + 1;
    }
}


int64_t
jny_period_distance(jny_period_e every, int64_t a, int64_t b)
{
    int64_t  year_a, month_a, year_b, month_b, day;

    switch (every) {

    case JNY_PERIOD_WEEK:
        return (b - a) / 7;

    case JNY_PERIOD_MONTH:
        calendar_date(a, &year_a, &month_a, &day);
        calendar_date(b, &year_b, &month_b, &day);
        return (year_b - year_a) * 12 + month_b - month_a;

    default:
        return b - a;
    }
}


const char *
jny_day_text(int64_t days, char text[JNY_DAY_TEXT])
{
    int64_t  year, month, day;

    calendar_date(days, &year, &month, &day);
    snprintf(text, JNY_DAY_TEXT, "%04" PRId64 "-%02d-%02d", year, (int) month,
        (int) day);

    return text;
}
