/*
 * options_value.c - moments as people write them.  strtol() is not used: it
 * takes blanks, signs and overflow in its stride.
 */

#include "options.h"

#include <inttypes.h>
#include <string.h>
#include <time.h>


/* Exactly n digits; -1 when they are not there. */

static int
jny_digits(const char **p, unsigned n)
{
    int  v;

    v = 0;

    for (unsigned i = 0; i < n; i++) {
        if (**p < '0' || **p > '9') {
            return -1;
        }

        v = 10 * v + (*(*p)++ - '0');
    }

    return v;
}


/* HH:MM[:SS] */

static int
jny_clock_parse(const char **p, struct tm *tm)
{
    tm->tm_hour = jny_digits(p, 2);

    if (tm->tm_hour < 0 || tm->tm_hour > 23 || *(*p)++ != ':') {
        return JNY_EINVAL;
    }

    tm->tm_min = jny_digits(p, 2);

    if (tm->tm_min < 0 || tm->tm_min > 59) {
        return JNY_EINVAL;
    }

    if (**p == ':') {
        (*p)++;
        tm->tm_sec = jny_digits(p, 2);

        if (tm->tm_sec < 0 || tm->tm_sec > 59) {
            return JNY_EINVAL;
        }
    }

    return JNY_OK;
}


/* Z, +hh:mm, -hh:mm.  *given tells whether one was there. */

static int
jny_offset_parse(const char **p, int *given, long *offset_s)
{
    int  hours, minutes, sign;

    *given = 0;
    *offset_s = 0;

    if (**p == 'Z') {
        (*p)++;
        *given = 1;

    } else if (**p == '+' || **p == '-') {
        sign = *(*p)++ == '-' ? -1 : 1;
        hours = jny_digits(p, 2);

        if (hours < 0 || hours > 14 || *(*p)++ != ':') {
            return JNY_EINVAL;
        }

        minutes = jny_digits(p, 2);

        if (minutes < 0 || minutes > 59) {
            return JNY_EINVAL;
        }

        *offset_s = sign * (hours * 3600L + minutes * 60L);
        *given = 1;
    }

    return **p == '\0' ? JNY_OK : JNY_EINVAL;
}


static int
jny_moment_parse(const char *p, struct tm *tm, int *zoned, long *offset_s)
{
    memset(tm, 0, sizeof(*tm));

    tm->tm_year = jny_digits(&p, 4) - 1900;

    if (tm->tm_year < 70 || *p++ != '-') {
        return JNY_EINVAL;
    }

    tm->tm_mon = jny_digits(&p, 2) - 1;

    if (tm->tm_mon < 0 || tm->tm_mon > 11 || *p++ != '-') {
        return JNY_EINVAL;
    }

    tm->tm_mday = jny_digits(&p, 2);

    if (tm->tm_mday < 1 || tm->tm_mday > 31) {
        return JNY_EINVAL;
    }

    if (*p == 'T') {
        p++;

        if (jny_clock_parse(&p, tm) != JNY_OK) {
            return JNY_EINVAL;
        }
    }

    return jny_offset_parse(&p, zoned, offset_s);
}


int
jny_time_parse(const char *text, int64_t *ms, jny_diag_t *diag)
{
    int        zoned;
    long       offset_s;
    time_t     sec;
    struct tm  tm, day;

    if (jny_moment_parse(text, &tm, &zoned, &offset_s) != JNY_OK) {
        jny_diag_set(diag, 0, "write a moment as 2024-05-31, 2024-05-31T18:30, "
                     "2024-05-31T18:30:00Z or with +02:00 behind it");
        return JNY_EINVAL;
    }

    /* February 30 comes back as a day of March */

    day = tm;
    timegm(&day);

    if (day.tm_mday != tm.tm_mday) {
        jny_diag_set(diag, 0, "there is no such day");
        return JNY_EINVAL;
    }

    tm.tm_isdst = -1;
    sec = zoned ? timegm(&tm) - offset_s : mktime(&tm);

    *ms = (int64_t) sec * 1000;
    return JNY_OK;
}
