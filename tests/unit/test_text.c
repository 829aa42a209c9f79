/*
 * test_text.c - figures, tables, and what of a log may reach a terminal.
 */

#include <stdarg.h>
#include <stddef.h>
#include <setjmp.h>
#include <stdint.h>
#include <cmocka.h>

#include <math.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "base/utf8.h"
#include "render/text.h"


/* An exact-size copy, so that a sanitizer sees one byte too far. */

static void
expect_slice(const char *bytes, size_t len, unsigned max, const char *want)
{
    jny_buf_t    out;
    uint8_t     *copy;
    jny_slice_t  text;

    copy = malloc(len ? len : 1);
    assert_non_null(copy);
    memcpy(copy, bytes, len);

    text.data = copy;
    text.len = len;

    jny_buf_init(&out);
    jny_buf_str(&out, "<");
    jny_text_slice(&out, text, max);
    jny_buf_str(&out, ">");

    assert_string_equal(out.data, want);

    jny_buf_release(&out);
    free(copy);
}

#define EXPECT_SLICE(literal, max, want)                                       \
    expect_slice(literal, sizeof(literal) - 1, max, want)


static void
test_slice(void **state)
{
    EXPECT_SLICE("", 0, "<>");
    EXPECT_SLICE("/product/1", 0, "</product/1>");
    EXPECT_SLICE("\xd0\xb4\xd0\xbe\xd0\xbc", 0,
                 "<\xd0\xb4\xd0\xbe\xd0\xbc>");
}


static void
test_slice_hostile(void **state)
{
    EXPECT_SLICE("\x1b[31mred", 0, "<%1B[31mred>");
    EXPECT_SLICE("a\rb\nc\td\x7f", 0, "<a%0Db%0Ac%09d%7F>");
    EXPECT_SLICE("\xc2\x9b" "2J", 0, "<%C2%9B2J>");
    EXPECT_SLICE("\xff\xfe", 0, "<%FF%FE>");
    EXPECT_SLICE("a\0b", 0, "<a%00b>");

    /* right-to-left override, zero width space, byte order mark, tag A */
    EXPECT_SLICE("\xe2\x80\xae", 0, "<%E2%80%AE>");
    EXPECT_SLICE("\xe2\x80\x8b", 0, "<%E2%80%8B>");
    EXPECT_SLICE("\xef\xbb\xbf", 0, "<%EF%BB%BF>");
    EXPECT_SLICE("\xf3\xa0\x81\x81", 0, "<%F3%A0%81%81>");
}


/* No byte, alone or behind another, lets a control through. */

static void
test_slice_all_pairs(void **state)
{
    char         bytes[2];
    size_t       n;
    uint32_t     c;
    jny_buf_t    out;
    jny_slice_t  text;

    jny_buf_init(&out);
    text.data = (const uint8_t *) bytes;
    text.len = 2;

    for (unsigned a = 0; a < 256; a++) {
        for (unsigned b = 0; b < 256; b++) {
            bytes[0] = (char) a;
            bytes[1] = (char) b;

            jny_buf_reset(&out);
            jny_text_slice(&out, text, 0);

            for (size_t i = 0; i < out.len; i += n) {
                n = jny_utf8_next((const uint8_t *) out.data + i, out.len - i,
                                  &c);
                assert_true(n > 0);
                assert_true(c >= 0x20 && (c < 0x7f || c >= 0xa0));
            }
        }
    }

    jny_buf_release(&out);
}


static void
test_slice_cut(void **state)
{
    EXPECT_SLICE("abcdef", 6, "<abcdef>");
    EXPECT_SLICE("abcdef", 5, "<abcd\xe2\x80\xa6>");
    EXPECT_SLICE("abcdef", 1, "<\xe2\x80\xa6>");
    EXPECT_SLICE("\xc3\xa9\xc3\xa9\xc3\xa9", 3,
                 "<\xc3\xa9\xc3\xa9\xc3\xa9>");
    EXPECT_SLICE("\xc3\xa9\xc3\xa9\xc3\xa9", 2, "<\xc3\xa9\xe2\x80\xa6>");

    /* %XX is never cut through */
    EXPECT_SLICE("ab\x1b" "cd", 5, "<ab\xe2\x80\xa6>");
    EXPECT_SLICE("ab\x1b" "cd", 6, "<ab%1B\xe2\x80\xa6>");
}


typedef void (*printer_i64)(jny_buf_t *b, int64_t v);


static void
expect_i64(printer_i64 print, int64_t v, const char *want)
{
    jny_buf_t  out;

    jny_buf_init(&out);
    print(&out, v);
    assert_string_equal(out.data, want);
    jny_buf_release(&out);
}


static void
print_count(jny_buf_t *b, int64_t v)
{
    jny_text_count(b, (uint64_t) v);
}


static void
print_bytes(jny_buf_t *b, int64_t v)
{
    jny_text_bytes(b, (uint64_t) v);
}


static void
test_figures(void **state)
{
    expect_i64(print_count, 0, "0");
    expect_i64(print_count, 999, "999");
    expect_i64(print_count, 1000, "1,000");
    expect_i64(print_count, 1234567, "1,234,567");
    expect_i64(print_count, -1, "18,446,744,073,709,551,615");

    expect_i64(jny_text_signed, -1234, "-1,234");
    expect_i64(jny_text_signed, INT64_MIN, "-9,223,372,036,854,775,808");

    expect_i64(jny_text_money, 0, "0.00");
    expect_i64(jny_text_money, 12345000, "1,234.50");
    expect_i64(jny_text_money, -12345678, "-1,234.5678");
    expect_i64(jny_text_money, INT64_MIN, "-922,337,203,685,477.5808");

    expect_i64(print_bytes, 999, "999 B");
    expect_i64(print_bytes, 1000, "1.0 kB");
    expect_i64(print_bytes, 999949, "999.9 kB");
    expect_i64(print_bytes, 999950, "1.0 MB");
    expect_i64(print_bytes, -1, "18.4 EB");
}


static void
test_duration(void **state)
{
    expect_i64(jny_text_duration, 0, "0ms");
    expect_i64(jny_text_duration, 999, "999ms");
    expect_i64(jny_text_duration, 1000, "1s");
    expect_i64(jny_text_duration, 1500, "1.5s");
    expect_i64(jny_text_duration, 10999, "10s");
    expect_i64(jny_text_duration, 59999, "59s");
    expect_i64(jny_text_duration, 60000, "1m 0s");
    expect_i64(jny_text_duration, 750000, "12m 30s");
    expect_i64(jny_text_duration, 3600000, "1h 0m");
    expect_i64(jny_text_duration, 86399999, "23h 59m");
    expect_i64(jny_text_duration, 86400000 * 3 + 3600000 * 4, "3d 4h");
    expect_i64(jny_text_duration, INT64_C(86400000) * 1234, "1,234d 0h");
    expect_i64(jny_text_duration, -750000, "-12m 30s");
}


static void
test_percent(void **state)
{
    jny_buf_t  out;

    jny_buf_init(&out);

    jny_text_percent(&out, 0.12345);
    jny_buf_char(&out, ' ');
    jny_text_ratio(&out, 1, 3);
    jny_buf_char(&out, ' ');
    jny_text_ratio(&out, 0, 0);
    jny_buf_char(&out, ' ');
    jny_text_percent(&out, INFINITY);

    assert_string_equal(out.data, "12.3% 33.3% - -");
    jny_buf_release(&out);
}


static void
test_time(void **state)
{
    setenv("TZ", "<+0200>-02:00", 1);
    tzset();

    expect_i64(jny_text_time, 1709210096789, "2024-02-29 14:34:56");
    expect_i64(jny_text_time, -1, "1970-01-01 01:59:59");
    expect_i64(jny_text_time, INT64_MAX, "292278994-08-17 09:12:55");
}


static void
test_table(void **state)
{
    jny_buf_t    out;
    jny_slice_t  text;
    jny_table_t  t;

    jny_buf_init(&out);
    jny_table_init(&t);
    jny_table_column(&t, "page", JNY_LEFT, 6);
    jny_table_column(&t, "n", JNY_RIGHT, 0);
    jny_table_column(&t, "note", JNY_LEFT, 0);

    text.data = (const uint8_t *) "/\xc3\xa9t\xc3\xa9";
    text.len = 6;
    jny_table_slice(&t, text);
    jny_table_count(&t, 1234);
    jny_table_str(&t, "");

    text.data = (const uint8_t *) "/a\x1b[0m/long";
    text.len = 11;
    jny_table_slice(&t, text);
    jny_table_ratio(&t, 1, 2);
    jny_table_str(&t, "ok");

    jny_table_print(&t, &out);

    assert_string_equal(out.data,
                        "  page        n  note\n"
                        "  /\xc3\xa9t\xc3\xa9    1,234\n"
                        "  /a%1B\xe2\x80\xa6  50.0%  ok\n");

    jny_table_release(&t);
    jny_buf_release(&out);
}


int
main(void)
{
    const struct CMUnitTest  tests[] = {
        cmocka_unit_test(test_slice),
        cmocka_unit_test(test_slice_hostile),
        cmocka_unit_test(test_slice_all_pairs),
        cmocka_unit_test(test_slice_cut),
        cmocka_unit_test(test_figures),
        cmocka_unit_test(test_duration),
        cmocka_unit_test(test_percent),
        cmocka_unit_test(test_time),
        cmocka_unit_test(test_table),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
