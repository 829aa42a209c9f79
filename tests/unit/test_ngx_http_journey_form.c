/* A beacon's fields: what they say, and why they are refused. */

#include "ngx_http_journey_form.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>


#define R(reason)  NGX_HTTP_JOURNEY_REJECT_##reason


static const ngx_http_journey_form_names_t  names = {
    .stages = { { (const uint8_t *) "look", 4 },
                { (const uint8_t *) "b&y", 3 } },
    .nstages = 2,
    .fields = { { (const uint8_t *) "seat", 4 },
                { (const uint8_t *) "se", 2 } },
    .nfields = 2,
};

static uint8_t  *form;


/* Parses a copy of exactly this size, which form keeps. */
static int
parse(const char *text, jny_row_t *row)
{
    size_t  len;

    len = strlen(text);
    free(form);
    form = malloc(len ? len : 1);
    assert_non_null(form);
    memcpy(form, text, len);

    return ngx_http_journey_form_parse(form, len, &names, row);
}


static void
assert_text(jny_slice_t s, const char *text)
{
    assert_int_equal(s.len, strlen(text));
    assert_memory_equal(s.data, text, s.len);
}


static void
test_all_fields(void **state)
{
    jny_row_t  row;

    assert_int_equal(
        parse("touchpoint=a+b%2Bc&stage=b%26y&value=12.5&currency=usd"
              "&order=%C3%A9&score=-0&score_kind=nps&x_seat=1&x_se=2&", &row),
        -1);

    assert_text(row.text[JNY_TEXT_TOUCHPOINT], "a b+c");
    assert_text(row.text[JNY_TEXT_STAGE], "b&y");
    assert_text(row.text[JNY_TEXT_CURRENCY], "USD");
    assert_text(row.text[JNY_TEXT_ORDER], "\xc3\xa9");
    assert_text(row.text[JNY_TEXT_SCORE_KIND], "nps");
    assert_text(row.field[0], "1");
    assert_text(row.field[1], "2");
    assert_true(row.value_e4 == 125000);
    assert_int_equal(row.score_e2, 0);
}


static void
test_reasons(void **state)
{
    unsigned   i;
    jny_row_t  row;

    static const struct {
        const char  *text;
        int          reason;
    } cases[] = {
        { "touchpoint=a", -1 },
        { "&&touchpoint=a&&", -1 },
        { "stage=look", -1 },
        { "order=1", -1 },
        { "x_se=1", -1 },
        { "value=1", -1 },
        { "score=10&score_kind=nps", -1 },
        { "score=5&score_kind=csat", -1 },
        { "score=7&score_kind=ces", -1 },
        { "score=4.75&score_kind=stars", -1 },

        { "", R(EMPTY) },
        { "&", R(EMPTY) },
        { "touchpoint=", R(EMPTY) },
        { "touchpoint", R(SYNTAX) },
        { "=a", R(SYNTAX) },
        { "touchpoint=%", R(SYNTAX) },
        { "touchpoint=%4", R(SYNTAX) },
        { "touchpoint=%4g", R(SYNTAX) },
        { "touchpoint=a\r\n", R(TEXT) },
        { "touchpoint=a\x7f", R(TEXT) },
        { "touchpoints=a", R(FIELD) },
        { "page=a", R(FIELD) },
        { "Touchpoint=a", R(FIELD) },
        { "order=a&order=", R(FIELD) },
        { "x_se=a&x_se=b", R(FIELD) },
        { "x_s=a", R(FIELD) },
        { "x_seats=a", R(FIELD) },
        { "seat=a", R(FIELD) },
        { "stage=loo", R(STAGE) },
        { "stage=looks", R(STAGE) },
        { "value=a", R(VALUE) },
        { "value=0.00001", R(VALUE) },
        { "value=1&currency=EU", R(VALUE) },
        { "touchpoint=a&currency=EUR", R(VALUE) },
        { "touchpoint=a&score=1", R(SCORE) },
        { "score_kind=nps", R(SCORE) },
        { "score=-1&score_kind=nps", R(SCORE) },
        { "score=10.01&score_kind=nps", R(SCORE) },
        { "score=0&score_kind=csat", R(SCORE) },
        { "score=7.5&score_kind=ces", R(SCORE) },
        { "score=5.01&score_kind=stars", R(SCORE) },
        { "score=1.001&score_kind=stars", R(SCORE) },
        { "score=1&score_kind=np", R(SCORE) },
    };

    for (i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
        if (parse(cases[i].text, &row) != cases[i].reason) {
            fail_msg("%s", cases[i].text);
        }
    }
}


static void
test_text_limit(void **state)
{
    char       text[sizeof("order=") + JNY_MAX_TEXT + 4];
    jny_row_t  row;

    memset(text, 'x', sizeof(text));
    memcpy(text, "order=", 6);

    text[6 + JNY_MAX_TEXT] = '\0';
    assert_int_equal(parse(text, &row), -1);
    assert_int_equal(row.text[JNY_TEXT_ORDER].len, JNY_MAX_TEXT);

    /* what counts is what it says, not how it is written */

    text[6 + JNY_MAX_TEXT] = 'x';
    text[7 + JNY_MAX_TEXT] = 'x';
    text[8 + JNY_MAX_TEXT] = '\0';
    memcpy(text + 6, "%41", 3);
    assert_int_equal(parse(text, &row), -1);
    assert_int_equal(row.text[JNY_TEXT_ORDER].len, JNY_MAX_TEXT);

    memcpy(text + 6, "xxx", 3);
    assert_int_equal(parse(text, &row), R(TEXT));
}


static int
release(void **state)
{
    free(form);
    form = NULL;

    return 0;
}


int
main(void)
{
    const struct CMUnitTest  tests[] = {
        cmocka_unit_test(test_all_fields),
        cmocka_unit_test(test_reasons),
        cmocka_unit_test(test_text_limit),
    };

    return cmocka_run_group_tests(tests, NULL, release);
}
