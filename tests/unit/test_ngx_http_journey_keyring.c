/*
 * test_ngx_http_journey_keyring.c - the text of a key file.
 */

#include "jnytest.h"
#include "ngx_http_journey_keyring.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>


#define ONE    "0123456789abcdef0123456789abcdef"
#define TWO    "00112233445566778899AABBCCDDEEFF"


static ngx_http_journey_keyring_e
parse(const char *text, ngx_http_journey_keyring_t *ring, unsigned *line)
{
    uint8_t                     *copy;
    ngx_http_journey_keyring_e   rc;

    copy = jnytest_copy(jnytest_text(text));
    rc = ngx_http_journey_keyring_parse(copy, strlen(text), ring, line);
    free(copy);

    return rc;
}


static void
test_keys(void **state)
{
    unsigned                    line;
    ngx_http_journey_keyring_t  ring;

    static const uint8_t  one[] = { 0x01, 0x23, 0x45, 0x67, 0x89, 0xab, 0xcd,
                                    0xef, 0x01, 0x23, 0x45, 0x67, 0x89, 0xab,
                                    0xcd, 0xef };
    static const uint8_t  two[] = { 0x00, 0x11, 0x22, 0x33, 0x44, 0x55, 0x66,
                                    0x77, 0x88, 0x99, 0xaa, 0xbb, 0xcc, 0xdd,
                                    0xee, 0xff };

    assert_int_equal(parse("# newest first\n\n " ONE "\t\r\nlogin  " TWO "\n"
                           TWO, &ring, &line),
                     NGX_HTTP_JOURNEY_KEYRING_OK);
    assert_int_equal(ring.cookie.n, 2);
    assert_memory_equal(ring.cookie.key[0].secret, one, sizeof(one));
    assert_memory_equal(ring.cookie.key[1].secret, two, sizeof(two));
    assert_int_equal(ring.login_known, 1);
    assert_memory_equal(ring.login, two, sizeof(two));
}


static void
test_refused(void **state)
{
    unsigned                    line;
    ngx_http_journey_keyring_t  ring;

    assert_int_equal(parse("", &ring, &line), NGX_HTTP_JOURNEY_KEYRING_EMPTY);
    assert_int_equal(parse("# none\nlogin " ONE "\n", &ring, &line),
                     NGX_HTTP_JOURNEY_KEYRING_EMPTY);

    assert_int_equal(parse("\n" ONE "0\n", &ring, &line),
                     NGX_HTTP_JOURNEY_KEYRING_SYNTAX);
    assert_int_equal(line, 2);
    assert_int_equal(parse(ONE "\n\n" "g123456789abcdef0123456789abcdef",
                           &ring, &line),
                     NGX_HTTP_JOURNEY_KEYRING_SYNTAX);
    assert_int_equal(line, 3);
    assert_int_equal(parse(ONE "\nlogin", &ring, &line),
                     NGX_HTTP_JOURNEY_KEYRING_SYNTAX);

    assert_int_equal(parse("login " ONE "\nlogin " TWO, &ring, &line),
                     NGX_HTTP_JOURNEY_KEYRING_LOGIN);
    assert_int_equal(line, 2);

    assert_int_equal(parse(ONE "\n" TWO "\n" ONE "\n", &ring, &line),
                     NGX_HTTP_JOURNEY_KEYRING_FULL);
    assert_int_equal(line, 3);
}


static void
test_many(void **state)
{
    char                        text[20 * 33 + 1];
    unsigned                    line;
    ngx_http_journey_keyring_t  ring;

    for (unsigned i = 0; i < 20; i++) {
        snprintf(text + (size_t) i * 33, 34, "%032x\n", i);
    }

    assert_int_equal(parse(text, &ring, &line),
                     NGX_HTTP_JOURNEY_KEYRING_FULL);
    assert_int_equal(line, NGX_HTTP_JOURNEY_MAX_KEYS + 1);

    text[NGX_HTTP_JOURNEY_MAX_KEYS * 33] = '\0';
    assert_int_equal(parse(text, &ring, &line), NGX_HTTP_JOURNEY_KEYRING_OK);
    assert_int_equal(ring.cookie.n, NGX_HTTP_JOURNEY_MAX_KEYS);
}


int
main(void)
{
    const struct CMUnitTest  tests[] = {
        cmocka_unit_test(test_keys),
        cmocka_unit_test(test_refused),
        cmocka_unit_test(test_many),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
