/*
 * test_jny_utf8.c - what is UTF-8 (RFC 3629, section 4), and cleaning.
 */

#include "jnytest.h"
#include "jny_utf8.h"

#include <stdlib.h>
#include <string.h>


static size_t
valid(const char *data, size_t len)
{
    size_t       n;
    jny_slice_t  s;

    s.data = (const uint8_t *) data;
    s.len = len;
    s.data = jnytest_copy(s);
    n = jny_utf8_valid(s);
    free((void *) s.data);

    return n;
}


/* The syntax of RFC 3629, written as a decoder. */
static int
is_char(const uint8_t *p, unsigned n)
{
    uint32_t  v;

    static const uint32_t  least[] = { 0, 0, 0x80, 0x800, 0x10000 };

    if (n == 1) {
        return p[0] < 0x80;
    }

    if ((unsigned) p[0] >> (7 - n) != (2u << n) - 2) {
        return 0;
    }

    v = p[0] & (0x3fu >> (n - 1));

    for (unsigned i = 1; i < n; i++) {
        if ((p[i] & 0xc0) != 0x80) {
            return 0;
        }

        v = v << 6 | (p[i] & 0x3f);
    }

    return v >= least[n] && v <= 0x10ffff && (v < 0xd800 || v > 0xdfff);
}


/* The valid prefix, character by character. */
static size_t
prefix(const uint8_t *p, size_t len)
{
    size_t    i;
    unsigned  n;

    for (i = 0; i < len; i += n) {
        for (n = 1; n <= 4 && !(n <= len - i && is_char(p + i, n)); n++) {
            /* at most one length fits */
        }

        if (n > 4) {
            break;
        }
    }

    return i;
}


static void
test_every_character(void **state)
{
    uint8_t      p[4];
    jny_slice_t  s;

    static const uint8_t  tails[] = { 0x00, 0x7f, 0x80, 0xbf, 0xc0, 0xff };

    s.data = p;

    for (unsigned lead = 0; lead < 256; lead++) {
        for (unsigned b = 0; b < 256; b++) {
            for (unsigned c = 0; c < sizeof(tails); c++) {
                for (unsigned d = 0; d < sizeof(tails); d++) {
                    p[0] = (uint8_t) lead;
                    p[1] = (uint8_t) b;
                    p[2] = tails[c];
                    p[3] = tails[d];

                    for (unsigned n = 1; n <= 4; n++) {
                        s.len = n;
                        assert_int_equal(jny_utf8_valid(s), prefix(p, n));
                    }
                }
            }
        }
    }
}


static void
test_prefix(void **state)
{
    assert_int_equal(valid("", 0), 0);
    assert_int_equal(valid("a\0b", 3), 3);
    assert_int_equal(valid("0123456789abcdef\xff", 17), 16);
    assert_int_equal(valid("0123456\xff" "89", 10), 7);
    assert_int_equal(valid("01234567\xc3\xa4" "90", 12), 12);

    /* cut inside a character, at every place of a word */
    for (size_t i = 0; i < 20; i++) {
        char  text[32];

        memset(text, 'x', sizeof(text));
        memcpy(text + i, "\xf0\x9f\x98\x80", 4);

        assert_int_equal(valid(text, i + 4), i + 4);
        assert_int_equal(valid(text, i + 3), i);
        assert_int_equal(valid(text, i + 1), i);
    }
}


static void
clean(const char *in, size_t len, size_t max, const char *want)
{
    size_t       n;
    uint8_t     *out, *copy;
    jny_slice_t  s;

    s.data = (const uint8_t *) in;
    s.len = len;
    copy = jnytest_copy(s);
    s.data = copy;

    out = malloc(max);
    n = jny_utf8_clean(s, out, max);
    assert_int_equal(n, strlen(want));
    assert_memory_equal(out, want, n);

    free(out);
    free(copy);
}


static void
test_clean(void **state)
{
    clean("plain", 5, 9, "plain");
    clean("a\xff" "b", 3, 9, "a%FFb");
    clean("\xc3", 1, 9, "%C3");
    clean("\xed\xa0\x80", 3, 9, "%ED%A0%80");
    clean("\xc3\xa4\xa4", 3, 9, "\xc3\xa4%A4");

    /* cut where the next does not fit whole */
    clean("abc\xc3\xa4", 5, 4, "abc");
    clean("abc\xc3\xa4", 5, 5, "abc\xc3\xa4");
    clean("ab\xff", 3, 4, "ab");
    clean("ab\xff", 3, 5, "ab%FF");
    clean("abcdef", 6, 3, "abc");
}


int
main(void)
{
    const struct CMUnitTest  tests[] = {
        cmocka_unit_test(test_every_character),
        cmocka_unit_test(test_prefix),
        cmocka_unit_test(test_clean),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
