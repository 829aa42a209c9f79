/* Tokens of mails, against one that Python's hmac has signed. */

#include "ngx_http_journey_token.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>


#define EXPIRES_S  1700000000

static const char  good[] =
    "spring-sale_7.0123456789abcdef.1700000000."
    "20456b3ec663e472afec6aa4431f7e75";


static ngx_http_journey_keys_t   keys;
static ngx_http_journey_token_t  token;


/* Reads a copy of exactly this size. */
static ngx_http_journey_token_e
readable(const char *text, size_t len, int64_t now_s)
{
    uint8_t                   *copy;
    ngx_http_journey_token_e   rc;

    copy = malloc(len ? len : 1);
    assert_non_null(copy);
    memcpy(copy, text, len);

    rc = ngx_http_journey_token_read(&keys, copy, len, now_s, &token);

    if (rc == NGX_HTTP_JOURNEY_TOKEN_OK) {
        assert_int_equal(token.mailing.len, strlen("spring-sale_7"));
        assert_memory_equal(token.mailing.data, "spring-sale_7",
                            token.mailing.len);
    }

    free(copy);

    return rc;
}


static int
make_keys(void **state)
{
    uint8_t  secret[NGX_HTTP_JOURNEY_KEY_LEN];

    memset(secret, 0xff, sizeof(secret));
    assert_int_equal(ngx_http_journey_keys_add(&keys, secret), 0);

    for (unsigned i = 0; i < sizeof(secret); i++) {
        secret[i] = (uint8_t) i;
    }

    assert_int_equal(ngx_http_journey_keys_add(&keys, secret), 0);

    return 0;
}


static void
test_good(void **state)
{
    assert_int_equal(readable(good, strlen(good), EXPIRES_S),
                     NGX_HTTP_JOURNEY_TOKEN_OK);
    assert_true(token.recipient == UINT64_C(0x0123456789abcdef));

    assert_int_equal(readable(good, strlen(good), EXPIRES_S + 1),
                     NGX_HTTP_JOURNEY_TOKEN_EXPIRED);
}


static void
test_every_flip_and_cut(void **state)
{
    char    bad[sizeof(good)];
    size_t  len;

    len = strlen(good);

    for (size_t i = 0; i < len; i++) {
        for (unsigned bit = 0; bit < 8; bit++) {
            memcpy(bad, good, sizeof(good));
            bad[i] = (char) (bad[i] ^ 1 << bit);
            assert_int_equal(readable(bad, len, 0),
                             NGX_HTTP_JOURNEY_TOKEN_INVALID);
        }

        assert_int_equal(readable(good, i, 0), NGX_HTTP_JOURNEY_TOKEN_INVALID);
    }

    assert_int_equal(readable(good, sizeof(good), 0),
                     NGX_HTTP_JOURNEY_TOKEN_INVALID);
}


static void
test_no_key(void **state)
{
    unsigned  n;

    n = keys.n;
    keys.n = 0;
    assert_int_equal(readable(good, strlen(good), 0),
                     NGX_HTTP_JOURNEY_TOKEN_INVALID);
    keys.n = n;
}


int
main(void)
{
    const struct CMUnitTest  tests[] = {
        cmocka_unit_test(test_good),
        cmocka_unit_test(test_every_flip_and_cut),
        cmocka_unit_test(test_no_key),
    };

    return cmocka_run_group_tests(tests, make_keys, NULL);
}
