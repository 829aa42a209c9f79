/* URI to page. */

#include "ngx_http_journey_page.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>


static void
expect(const char *uri, size_t len, const char *page)
{
    size_t    n;
    uint8_t  *in, *out;

    in = malloc(len ? len : 1);
    out = malloc(len + 1);
    assert_non_null(in);
    assert_non_null(out);
    memcpy(in, uri, len);

    n = ngx_http_journey_page(in, len, out);

    assert_int_equal(n, strlen(page));
    assert_memory_equal(out, page, n);

    free(in);
    free(out);
}


static void
test_pages(void **state)
{
    unsigned  i;

    static const char  *cases[][2] = {
        { "", "" },
        { "/", "/" },
        { "//", "/" },
        { "/?a=b", "/" },
        { "?a=b", "/" },
        { "#x", "/" },
        { "*", "/*" },
        { "/a", "/a" },
        { "/a/", "/a" },
        { "/a//", "/a" },
        { "/a//b", "/a/b" },
        { "/A/b?c=/d/", "/A/b" },
        { "/a#b", "/a" },
        { "/.", "/" },
        { "/..", "/" },
        { "/../../a", "/a" },
        { "/a/..", "/" },
        { "/a/../b", "/b" },
        { "/a/./b/.", "/a/b" },
        { "/a/b/../../c", "/c" },
        { "/a/b/..", "/a" },
        { "/...", "/..." },
        { "/a..b/.c", "/a..b/.c" },
        { "/%2e%2E/a", "/a" },
        { "/a%2Fb", "/a/b" },
        { "/%2525", "/%25" },
        { "/sch%C3%B6n", "/sch\xc3\xb6n" },
        { "/a+b%20c", "/a+b c" },
        { "/%3Fx=1", "/?x=1" },
        { "/%ff", "/\xff" },
        { "/a%", "/a%" },
        { "/a%4", "/a%4" },
        { "/a%4g%zz", "/a%4g%zz" },
        { "/a%0ab%00%7f%1B", "/a%0Ab%00%7F%1B" },
        { "a/b", "/a/b" },
        { "a", "/a" },
    };

    (void) state;

    for (i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
        expect(cases[i][0], strlen(cases[i][0]), cases[i][1]);
    }
}


/* What holds for every input there is. */

static void
check(const uint8_t *in, size_t len)
{
    size_t    n, m, i;
    uint8_t  *out, *again;

    out = malloc(len + 1);
    again = malloc(2 * len + 2);
    assert_non_null(out);
    assert_non_null(again);

    n = ngx_http_journey_page(in, len, out);

    assert_true(n <= len + 1);
    assert_true((n == 0) == (len == 0));

    if (n) {
        assert_int_equal(out[0], '/');
        assert_true(n == 1 || out[n - 1] != '/');
    }

    for (i = 0; i + 1 < n; i++) {
        assert_false(out[i] == '/' && out[i + 1] == '/');
    }

    /* without anything to decode or to cut, a page is its own page */

    if (memchr(out, '%', n) == NULL && memchr(out, '?', n) == NULL
        && memchr(out, '#', n) == NULL)
    {
        m = ngx_http_journey_page(out, n, again);
        assert_int_equal(m, n);
        assert_memory_equal(again, out, n);
    }

    free(out);
    free(again);
}


static void
test_all_short_uris(void **state)
{
    size_t    len, i;
    uint8_t   in[6];
    unsigned  x, n;

    static const char  letters[] = "/.a%2?eF";

    (void) state;

    for (len = 0; len <= sizeof(in); len++) {

        for (n = 1, i = 0; i < len; i++) {
            n *= 8;
        }

        while (n-- > 0) {
            for (x = n, i = 0; i < len; i++, x /= 8) {
                in[i] = (uint8_t) letters[x % 8];
            }

            check(in, len);
        }
    }
}


static void
test_unescape(void **state)
{
    size_t   n;
    uint8_t  text[] = "a+b%2B%20%c3%A4%0D%";

    (void) state;

    n = ngx_http_journey_unescape(text, sizeof(text) - 1, 1, text);
    assert_int_equal(n, 11);
    assert_memory_equal(text, "a b+ \xc3\xa4%0D%", 11);

    memcpy(text, "a+b", 3);
    assert_int_equal(ngx_http_journey_unescape(text, 3, 0, text), 3);
    assert_memory_equal(text, "a+b", 3);
}


int
main(void)
{
    static const struct CMUnitTest  tests[] = {
        cmocka_unit_test(test_pages),
        cmocka_unit_test(test_all_short_uris),
        cmocka_unit_test(test_unescape),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
