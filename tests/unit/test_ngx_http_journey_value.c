/* Money and currencies. */

#include "ngx_http_journey_value.h"

#include <inttypes.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>


#define NO INT64_C(-4242424242)    /* not a number */


static int64_t
parse(const char *text)
{
    size_t    len;
    int64_t   value_e4;
    uint8_t  *copy;

    len = strlen(text);
    copy = malloc(len ? len : 1);
    assert_non_null(copy);
    memcpy(copy, text, len);

    value_e4 = NO;

    if (ngx_http_journey_value_parse(copy, len, &value_e4) != 0) {
        assert_true(value_e4 == NO);
    }

    free(copy);

    return value_e4;
}


static void
test_amounts(void **state)
{
    unsigned  i;

    static const struct {
        const char  *text;
        int64_t      value_e4;
    } cases[] = {
        { "0", 0 },
        { "-0", 0 },
        { "1", 10000 },
        { "19.9", 199000 },
        { "19.90", 199000 },
        { "0.0001", 1 },
        { "-0.0001", -1 },
        { "+2.5", 25000 },
        { "-49.95", -499500 },
        { ".5", 5000 },
        { "5.", 50000 },
        { " 7 ", 70000 },
        { "\t7", 70000 },
        { "0007", 70000 },
        { "1.00000000000000000000000000", 10000 },
        { "0.1", 1000 },
        { "0.3", 3000 },
        { "1.10", 11000 },
        { "922337203685477.5807", INT64_MAX },
        { "-922337203685477.5808", INT64_MIN },
        { "922337203685477.5808", NO },
        { "-922337203685477.5809", NO },
        { "922337203685478", NO },
        { "9223372036854775807", NO },
        { "99999999999999999999999999", NO },
        { "", NO },
        { " ", NO },
        { "-", NO },
        { "+", NO },
        { ".", NO },
        { "-.", NO },
        { "--1", NO },
        { "1-", NO },
        { "1e3", NO },
        { "0x10", NO },
        { "1,5", NO },
        { "1.234,56", NO },
        { "1,234.56", NO },
        { "1 000", NO },
        { "1.2.3", NO },
        { "0.00001", NO },
        { "1.23456", NO },
        { "EUR 5", NO },
        { "5EUR", NO },
        { "nan", NO },
        { "\xe2\x88\x92\x35", NO },
    };

    (void) state;

    for (i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
        if (parse(cases[i].text) != cases[i].value_e4) {
            fail_msg("\"%s\" is %" PRId64, cases[i].text,
                     parse(cases[i].text));
        }
    }
}


/* Every number of tenths of a thousandth, against printf. */

static void
test_exact(void **state)
{
    char     text[32];
    int64_t  e4;

    (void) state;

    for (e4 = -200000; e4 <= 200000; e4 += 7) {
        snprintf(text, sizeof(text), "%s%lld.%04lld",
                 e4 < 0 ? "-" : "", llabs(e4) / 10000, llabs(e4) % 10000);
        assert_true(parse(text) == e4);
    }
}


static int
currency(const char *text, const char *wanted)
{
    uint8_t  out[3];

    if (ngx_http_journey_currency_parse((const uint8_t *) text, strlen(text),
                                        out)
        != 0)
    {
        return wanted == NULL;
    }

    return wanted != NULL && memcmp(out, wanted, 3) == 0;
}


static void
test_currencies(void **state)
{
    (void) state;

    assert_true(currency("EUR", "EUR"));
    assert_true(currency("usd", "USD"));
    assert_true(currency(" gBp ", "GBP"));
    assert_true(currency("", NULL));
    assert_true(currency("EU", NULL));
    assert_true(currency("EURO", NULL));
    assert_true(currency("E1R", NULL));
    assert_true(currency("E R", NULL));
    assert_true(currency("\xe2\x82\xac", NULL));
    assert_true(currency("EU[", NULL));
    assert_true(currency("@@@", NULL));
}


int
main(void)
{
    static const struct CMUnitTest  tests[] = {
        cmocka_unit_test(test_amounts),
        cmocka_unit_test(test_exact),
        cmocka_unit_test(test_currencies),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
