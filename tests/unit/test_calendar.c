/*
 * test_calendar.c - periods of the zone in force.  Dates are from the zone
 * database as `date` prints it, and from a second way to count days.
 */

#include <stdarg.h>
#include <stddef.h>
#include <setjmp.h>
#include <stdint.h>
#include <cmocka.h>

#include <stdlib.h>
#include <time.h>

#include "base/calendar.h"


#define HOUR_MS  (INT64_C(3600) * 1000)


static void
zone(const char *name)
{
    setenv("TZ", name, 1);
    tzset();
}


static void
is(jny_period_e every, int64_t time_ms, const char *start)
{
    char  text[JNY_DAY_TEXT];

    assert_string_equal(jny_day_text(jny_period_of(every, time_ms), text),
        start);
}


static void
test_days_of_23_and_25_hours(void **state)
{
    zone("Europe/Berlin");

    /* 2026-03-29 is from 28 23:00 UTC to 29 22:00 UTC */
    is(JNY_PERIOD_DAY, 1774738799999, "2026-03-28");
    is(JNY_PERIOD_DAY, 1774738800000, "2026-03-29");
    is(JNY_PERIOD_DAY, 1774738800000 + 23 * HOUR_MS - 1, "2026-03-29");
    is(JNY_PERIOD_DAY, 1774738800000 + 23 * HOUR_MS, "2026-03-30");
    is(JNY_PERIOD_WEEK, 1774738800000 + 23 * HOUR_MS - 1, "2026-03-23");
    is(JNY_PERIOD_WEEK, 1774738800000 + 23 * HOUR_MS, "2026-03-30");

    /* 2026-10-25 is from 24 22:00 UTC to 25 23:00 UTC */
    is(JNY_PERIOD_DAY, 1792879200000 - 1, "2026-10-24");
    is(JNY_PERIOD_DAY, 1792879200000 + 25 * HOUR_MS - 1, "2026-10-25");
    is(JNY_PERIOD_DAY, 1792879200000 + 25 * HOUR_MS, "2026-10-26");

    /* 2018-11-04 has no midnight there: it began at 03:00 UTC, as 01:00 */
    zone("America/Sao_Paulo");
    is(JNY_PERIOD_DAY, 1541300400000 - 1, "2018-11-03");
    is(JNY_PERIOD_DAY, 1541300400000, "2018-11-04");

    /* one minute past midnight it was the day before again */
    zone("America/St_Johns");
    is(JNY_PERIOD_DAY, 1257042600000, "2009-11-01");
    is(JNY_PERIOD_DAY, 1257042600000 + 60000, "2009-10-31");
    is(JNY_PERIOD_DAY, 1257042600000 + 60000 + HOUR_MS, "2009-11-01");
}


static void
test_weeks_and_months(void **state)
{
    zone("UTC0");
    is(JNY_PERIOD_WEEK, 0, "1969-12-29");
    is(JNY_PERIOD_WEEK, -1, "1969-12-29");
    is(JNY_PERIOD_DAY, -1, "1969-12-31");
    is(JNY_PERIOD_MONTH, -1, "1969-12-01");
    is(JNY_PERIOD_WEEK, 1609459200000, "2020-12-28");
    is(JNY_PERIOD_MONTH, 1709164800000, "2024-02-01");
    is(JNY_PERIOD_DAY, 1709164800000, "2024-02-29");
}


/* Every day of 800 years has the text that gmtime_r() says. */
static void
test_all_days(void **state)
{
    char       text[JNY_DAY_TEXT], wanted[JNY_DAY_TEXT];
    time_t     seconds;
    int64_t    day, month, months = 0, from = -146097;
    struct tm  tm;

    zone("UTC0");
    month = jny_period_of(JNY_PERIOD_MONTH, from * 24 * HOUR_MS);
    assert_int_equal(month, from);

    for (day = from; day < 146097; day++) {
        seconds = (time_t) day * 24 * 3600;
        gmtime_r(&seconds, &tm);
        strftime(wanted, sizeof(wanted), "%Y-%m-%d", &tm);
        assert_string_equal(jny_day_text(day, text), wanted);

        if (tm.tm_mday == 1 && day > from) {
            assert_int_equal(jny_period_next(JNY_PERIOD_MONTH, month), day);
            month = day;
            months++;
            assert_int_equal(
                jny_period_distance(JNY_PERIOD_MONTH, from, day), months);
        }
    }

    assert_int_equal(months, 800 * 12 - 1);
}


/* A year that no struct tm holds still is some day. */
static void
test_far_away(void **state)
{
    char  text[JNY_DAY_TEXT];

    zone("Europe/Berlin");
    jny_day_text(jny_period_of(JNY_PERIOD_MONTH, INT64_MAX), text);
    jny_day_text(jny_period_of(JNY_PERIOD_WEEK, INT64_MIN), text);
    assert_int_equal(jny_period_of(JNY_PERIOD_DAY, INT64_MAX),
        INT64_MAX / (24 * HOUR_MS));
    assert_int_equal(jny_period_distance(JNY_PERIOD_WEEK, 4, 18), 2);
    assert_int_equal(jny_period_next(JNY_PERIOD_WEEK, 4), 11);
    assert_int_equal(jny_period_next(JNY_PERIOD_DAY, 4), 5);
}


int
main(void)
{
    const struct CMUnitTest  tests[] = {
        cmocka_unit_test(test_days_of_23_and_25_hours),
        cmocka_unit_test(test_weeks_and_months),
        cmocka_unit_test(test_all_days),
        cmocka_unit_test(test_far_away),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
