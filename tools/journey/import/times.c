/*
 * times.c - dates by Howard Hinnant's days_from_civil (2013), exact for all
 * years; no strptime(), which asks the locale for months.
 */

#include "import/times.h"

#include <string.h>
#include <time.h>


#define JNY_MIN_MS  INT64_C(100000000000)      /* 1973 in ms, 5138 in s */


/* n digits at p; -1: others. */

static int
jny_digits(const uint8_t *p, unsigned n)
{
    int  v;

    v = 0;

    for (unsigned i = 0; i < n; i++) {
        if (p[i] < '0' || p[i] > '9') {
            return -1;
        }

        v = v * 10 + (p[i] - '0');
    }

    return v;
}


static int
jny_month_days(int year, int month)
{
    static const uint8_t  days[] = { 31, 28, 31, 30, 31, 30,
                                     31, 31, 30, 31, 30, 31 };

    return days[month - 1]
           + (month == 2 && year % 4 == 0
              && (year % 100 != 0 || year % 400 == 0));
}


/* Days since the epoch, or INT64_MIN where there is no such day. */

static int64_t
jny_civil_days(int year, int month, int day)
{
    int64_t  era, y, doy, doe;

    if (year < 0 || month < 1 || month > 12 || day < 1
        || day > jny_month_days(year, month))
    {
        return INT64_MIN;
    }

    y = month <= 2 ? year - 1 : year;
    era = (y >= 0 ? y : y - 399) / 400;
    doy = (153 * (month + (month > 2 ? -3 : 9)) + 2) / 5 + day - 1;
    doe = (y - era * 400) * 365 + (y - era * 400) / 4 - (y - era * 400) / 100
          + doy;

    return era * 146097 + doe - 719468;
}


/* +hhmm or +hh:mm at p to minutes; 0 or -1. */

static int
jny_time_offset(const uint8_t *p, size_t len, int *minutes)
{
    int  h, m;

    if ((len != 5 && (len != 6 || p[3] != ':'))
        || (*p != '+' && *p != '-'))
    {
        return -1;
    }

    h = jny_digits(p + 1, 2);
    m = jny_digits(p + len - 2, 2);

    if (h < 0 || h > 14 || m < 0 || m > 59) {
        return -1;
    }

    *minutes = (*p == '-' ? -1 : 1) * (h * 60 + m);
    return 0;
}


static int
jny_time_month(const uint8_t *p)
{
    static const char  names[] = "JanFebMarAprMayJunJulAugSepOctNovDec";

    for (int i = 0; i < 12; i++) {
        if (memcmp(names + 3 * i, p, 3) == 0) {
            return i + 1;
        }
    }

    return 0;
}


int
jny_time_local(jny_minute_t *m, jny_slice_t s, int64_t *ms)
{
    int             h, min, sec, offset;
    int64_t         days;
    const uint8_t  *p;

    p = s.data;

    if (s.len != 26 || p[2] != '/' || p[6] != '/' || p[11] != ':'
        || p[14] != ':' || p[17] != ':' || p[20] != ' ')
    {
        return -1;
    }

    sec = jny_digits(p + 18, 2);

    if (sec < 0 || sec > 60) {
        return -1;
    }

    if (memcmp(m->text, p, sizeof(m->text)) != 0
        || memcmp(m->zone, p + 21, sizeof(m->zone)) != 0)
    {
        days = jny_civil_days(jny_digits(p + 7, 4), jny_time_month(p + 3),
                              jny_digits(p, 2));
        h = jny_digits(p + 12, 2);
        min = jny_digits(p + 15, 2);

        if (days == INT64_MIN || h < 0 || h > 23 || min < 0 || min > 59
            || jny_time_offset(p + 21, 5, &offset) != 0)
        {
            return -1;
        }

        memcpy(m->text, p, sizeof(m->text));
        memcpy(m->zone, p + 21, sizeof(m->zone));
        m->ms = (days * 1440 + h * 60 + min - offset) * 60000;
    }

    *ms = m->ms + sec * 1000;
    return 0;
}


int
jny_time_seconds(jny_slice_t s, int64_t *ms)
{
    int       c, dot, places;
    int64_t   v;

    v = 0;
    dot = 0;
    places = 0;

    if (s.len == 0 || s.len > 40 || s.data[0] == '.') {
        return -1;
    }

    for (size_t i = 0; i < s.len; i++) {
        c = s.data[i];

        if (c == '.' && !dot) {
            dot = 1;

        } else if (c < '0' || c > '9') {
            return -1;

        } else if (places < 3) {
            if (v > INT64_MAX / 10000) {
                return -1;
            }

            v = v * 10 + (c - '0');
            places += dot;
        }
    }

    for (/* void */; places < 3; places++) {
        v *= 10;
    }

    *ms = v;
    return 0;
}


static int
jny_time_number(jny_slice_t s, int64_t *ms, const char **why)
{
    int  rc;

    rc = jny_time_seconds(s, ms);

    if (rc == 0 && memchr(s.data, '.', s.len) == NULL) {
        *ms /= 1000;

        if (*ms < JNY_MIN_MS) {
            *why = "has a time before 1973: write it in milliseconds, or "
                   "with a point";
            return -1;
        }
    }

    return rc;
}


/* A moment in the zone in force. */

static int
jny_time_here(int64_t days, int seconds, int64_t *ms)
{
    time_t      t;
    struct tm   tm;

    t = (time_t) (days * 86400);

    if (gmtime_r(&t, &tm) == NULL) {
        return -1;
    }

    tm.tm_sec = seconds;
    tm.tm_isdst = -1;
    t = mktime(&tm);

    *ms = (int64_t) t * 1000;
    return 0;
}


/* hh:mm[:ss[.f]] at *p, which moves behind it, to ms of the day; or -1. */

static int64_t
jny_time_of_day(const uint8_t **p, const uint8_t *end)
{
    int  h, m, s, ms, scale;

    s = 0;
    ms = 0;

    if (end - *p < 5 || (*p)[2] != ':') {
        return -1;
    }

    h = jny_digits(*p, 2);
    m = jny_digits(*p + 3, 2);
    *p += 5;

    if (end - *p >= 3 && **p == ':') {
        s = jny_digits(*p + 1, 2);
        *p += 3;
    }

    if (h < 0 || h > 23 || m < 0 || m > 59 || s < 0 || s > 60) {
        return -1;
    }

    if (*p < end && (**p == '.' || **p == ',')) {
        for ((*p)++, scale = 100; *p < end && **p >= '0' && **p <= '9'; (*p)++)
        {
            ms += (**p - '0') * scale;
            scale /= 10;
        }
    }

    return (int64_t) (h * 3600 + m * 60 + s) * 1000 + ms;
}


int
jny_time_any(jny_slice_t s, int64_t *ms, const char **why)
{
    int             offset;
    int64_t         days, clock_ms;
    const uint8_t  *p, *end;

    *why = "has a time that is neither RFC 3339 (2026-05-17T10:05:03Z) nor ms "
           "since the epoch";

    if (s.len < 10 || s.data[4] != '-' || s.data[7] != '-') {
        return jny_time_number(s, ms, why);
    }

    p = s.data + 10;
    end = s.data + s.len;
    days = jny_civil_days(jny_digits(s.data, 4), jny_digits(s.data + 5, 2),
                          jny_digits(s.data + 8, 2));
    clock_ms = 0;

    if (p < end && (*p == 'T' || *p == 't' || *p == ' ')) {
        p++;
        clock_ms = jny_time_of_day(&p, end);
    }

    if (days == INT64_MIN || clock_ms < 0) {
        return -1;
    }

    if (p == end) {
        if (jny_time_here(days, (int) (clock_ms / 1000), ms) != 0) {
            return -1;
        }

        *ms += clock_ms % 1000;
        return 0;
    }

    offset = 0;

    if (!(end - p == 1 && (*p == 'Z' || *p == 'z'))
        && jny_time_offset(p, (size_t) (end - p), &offset) != 0)
    {
        return -1;
    }

    *ms = days * 86400000 + clock_ms - (int64_t) offset * 60000;
    return 0;
}
