/*
 * test_json.c - documents as RFC 8259 wants them, safe inside HTML and on a
 * terminal.
 */

#include <stdarg.h>
#include <stddef.h>
#include <setjmp.h>
#include <stdint.h>
#include <cmocka.h>

#include <math.h>
#include <string.h>

#include "render/json.h"


static jny_slice_t
slice(const char *s, size_t len)
{
    jny_slice_t  text;

    text.data = (const uint8_t *) s;
    text.len = len;

    return text;
}


/* What one value of a fresh document looks like. */

static void
expect_text(const char *bytes, size_t len, const char *want)
{
    jny_buf_t   out;
    jny_json_t  js;

    jny_buf_init(&out);
    jny_json_init(&js, &out, 0);
    jny_json_slice(&js, NULL, slice(bytes, len));

    assert_string_equal(out.data, want);
    jny_buf_release(&out);
}

#define EXPECT_TEXT(literal, want)                                             \
    expect_text(literal, sizeof(literal) - 1, want)


static void
test_structure(void **state)
{
    jny_buf_t   out;
    jny_json_t  js;

    jny_buf_init(&out);
    jny_json_init(&js, &out, 0);

    jny_json_object(&js, NULL);
    jny_json_string(&js, "a", "b");
    jny_json_array(&js, "empty");
    jny_json_array_end(&js);
    jny_json_array(&js, "list");
    jny_json_uint(&js, NULL, UINT64_MAX);
    jny_json_int(&js, NULL, INT64_MIN);
    jny_json_object(&js, NULL);
    jny_json_object_end(&js);
    jny_json_array_end(&js);
    jny_json_object(&js, "by");
    jny_json_slice_key(&js, slice("\"EUR", 4));
    jny_json_bool(&js, NULL, 1);
    jny_json_slice_key(&js, slice("x", 1));
    jny_json_object(&js, NULL);
    jny_json_null(&js, "n");
    jny_json_object_end(&js);
    jny_json_object_end(&js);
    jny_json_object_end(&js);

    assert_int_equal(js.depth, 0);
    assert_string_equal(out.data,
                        "{\"a\":\"b\",\"empty\":[],\"list\":"
                        "[18446744073709551615,-9223372036854775808,{}],"
                        "\"by\":{\"\\\"EUR\":true,\"x\":{\"n\":null}}}\n");
    jny_buf_release(&out);
}


static void
test_indent(void **state)
{
    jny_buf_t   out;
    jny_json_t  js;

    jny_buf_init(&out);
    jny_json_init(&js, &out, 2);

    jny_json_object(&js, NULL);
    jny_json_array(&js, "list");
    jny_json_uint(&js, NULL, 1);
    jny_json_uint(&js, NULL, 2);
    jny_json_array_end(&js);
    jny_json_object(&js, "none");
    jny_json_object_end(&js);
    jny_json_object_end(&js);

    assert_string_equal(out.data,
                        "{\n"
                        "  \"list\": [\n"
                        "    1,\n"
                        "    2\n"
                        "  ],\n"
                        "  \"none\": {}\n"
                        "}\n");
    jny_buf_release(&out);
}


/* One document behind the other, a line each. */

static void
test_ndjson(void **state)
{
    jny_buf_t   out;
    jny_json_t  js;

    jny_buf_init(&out);

    for (unsigned i = 0; i < 2; i++) {
        jny_json_init(&js, &out, 0);
        jny_json_object(&js, NULL);
        jny_json_uint(&js, "i", i);
        jny_json_object_end(&js);
    }

    assert_string_equal(out.data, "{\"i\":0}\n{\"i\":1}\n");
    jny_buf_release(&out);
}


static void
test_text(void **state)
{
    EXPECT_TEXT("", "\"\"");
    EXPECT_TEXT("plain", "\"plain\"");
    EXPECT_TEXT("a\"b\\c", "\"a\\\"b\\\\c\"");
    EXPECT_TEXT("\xc3\xa9\xe2\x82\xac\xf0\x9f\x98\x80",
                "\"\xc3\xa9\xe2\x82\xac\xf0\x9f\x98\x80\"");
    EXPECT_TEXT("nul\0in", "\"nul\\u0000in\"");
}


/* "</script>" ends a script wherever it stands; escapes move a cursor. */

static void
test_hostile(void **state)
{
    EXPECT_TEXT("</script><!--&",
                "\"\\u003c/script\\u003e\\u003c!--\\u0026\"");
    EXPECT_TEXT("\x1b[2J\x7f\r\n\t",
                "\"\\u001b[2J\\u007f\\u000d\\u000a\\u0009\"");
    EXPECT_TEXT("\xc2\x9b[2J", "\"\\u009b[2J\"");
    EXPECT_TEXT("\xe2\x80\xa8\xe2\x80\xa9", "\"\\u2028\\u2029\"");
    EXPECT_TEXT("\xe2\x80\xae\xe2\x81\xa6", "\"\\u202e\\u2066\"");
}


static void
test_not_utf8(void **state)
{
    EXPECT_TEXT("\xff", "\"%FF\"");
    EXPECT_TEXT("a\xc3", "\"a%C3\"");
    EXPECT_TEXT("\xc0\xaf", "\"%C0%AF\"");
    EXPECT_TEXT("\xed\xa0\x80", "\"%ED%A0%80\"");
    EXPECT_TEXT("\xf4\x90\x80\x80", "\"%F4%90%80%80\"");
    EXPECT_TEXT("\xe2\x82z", "\"%E2%82z\"");
}


static void
expect_number(double v, int digits, const char *want)
{
    jny_buf_t   out;
    jny_json_t  js;

    jny_buf_init(&out);
    jny_json_init(&js, &out, 0);
    jny_json_number(&js, NULL, v, digits);

    assert_string_equal(out.data, want);
    jny_buf_release(&out);
}


static void
test_number(void **state)
{
    expect_number(0.5, 4, "0.5");
    expect_number(1.0 / 3, 4, "0.3333");
    expect_number(100, 4, "100");
    expect_number(100, 0, "100");
    expect_number(-0.00001, 4, "0");
    expect_number(-2.50, 2, "-2.5");
    expect_number(NAN, 4, "null");
    expect_number(INFINITY, 4, "null");
    expect_number(-INFINITY, 4, "null");
}


static void
expect_money(int64_t value_e4, const char *want)
{
    jny_buf_t   out;
    jny_json_t  js;

    jny_buf_init(&out);
    jny_json_init(&js, &out, 0);
    jny_json_money(&js, NULL, value_e4);

    assert_string_equal(out.data, want);
    jny_buf_release(&out);
}


/* 2^63 - 1 has 19 digits; a double would have rounded it. */

static void
test_money(void **state)
{
    expect_money(0, "0");
    expect_money(125000, "12.5");
    expect_money(1, "0.0001");
    expect_money(-10100, "-1.01");
    expect_money(INT64_MAX, "922337203685477.5807");
    expect_money(INT64_MIN, "-922337203685477.5808");
}


static void
expect_time(int64_t ms, const char *want)
{
    jny_buf_t   out;
    jny_json_t  js;

    jny_buf_init(&out);
    jny_json_init(&js, &out, 0);
    jny_json_time(&js, NULL, ms);

    assert_string_equal(out.data, want);
    jny_buf_release(&out);
}


static void
test_time(void **state)
{
    expect_time(0, "\"1970-01-01T00:00:00.000Z\"");
    expect_time(-1, "\"1969-12-31T23:59:59.999Z\"");

    /* date -u -d @1709210096 */
    expect_time(1709210096789, "\"2024-02-29T12:34:56.789Z\"");

    expect_time(253402300799999, "\"9999-12-31T23:59:59.999Z\"");
    expect_time(253402300800000, "null");
    expect_time(INT64_MAX, "null");
    expect_time(INT64_MIN, "null");
}


int
main(void)
{
    const struct CMUnitTest  tests[] = {
        cmocka_unit_test(test_structure),
        cmocka_unit_test(test_indent),
        cmocka_unit_test(test_ndjson),
        cmocka_unit_test(test_text),
        cmocka_unit_test(test_hostile),
        cmocka_unit_test(test_not_utf8),
        cmocka_unit_test(test_number),
        cmocka_unit_test(test_money),
        cmocka_unit_test(test_time),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
