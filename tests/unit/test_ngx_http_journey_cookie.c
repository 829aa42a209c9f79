/* The cookie's value and the Cookie header. */

#include "ngx_http_journey_cookie.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>


#define NOW      1700000000
#define LIFETIME 1000


static void
make_keys(ngx_http_journey_keys_t *keys, unsigned n)
{
    unsigned  i;
    uint8_t   secret[NGX_HTTP_JOURNEY_KEY_LEN];

    keys->n = 0;

    for (i = 0; i < n; i++) {
        memset(secret, (int) i + 1, sizeof(secret));
        assert_int_equal(ngx_http_journey_keys_add(keys, secret), 0);
    }
}


/* An exact-size copy, so that one byte too far is seen. */

static uint8_t *
copy(const void *p, size_t len)
{
    uint8_t  *c;

    c = malloc(len ? len : 1);
    assert_non_null(c);
    memcpy(c, p, len);

    return c;
}


static ngx_http_journey_cookie_e
decode(const ngx_http_journey_keys_t *keys, const char *text, size_t len,
    int64_t now_s, ngx_http_journey_cookie_t *cookie)
{
    uint8_t                   *c;
    ngx_http_journey_cookie_e  rc;

    c = copy(text, len);
    rc = ngx_http_journey_cookie_decode(keys, c, len, now_s, LIFETIME, cookie);
    free(c);

    return rc;
}


/*
 * The bytes and the MAC of this value were computed by hand with Python's
 * base64 and a SipHash-2-4 written from the paper: key 01 01 ... 01, visitor
 * 0123456789abcdef, issued at NOW.
 */

static void
test_known_value(void **state)
{
    char                       text[NGX_HTTP_JOURNEY_COOKIE_LEN];
    ngx_http_journey_keys_t    keys;
    ngx_http_journey_cookie_t  cookie = { 0x0123456789abcdefULL, NOW };

    (void) state;

    make_keys(&keys, 1);
    ngx_http_journey_cookie_encode(&keys, &cookie, text);
    assert_memory_equal(text, "kADxU2XvzauJZ0UjAV3kBcxXrc_T", sizeof(text));
}


static void
test_round_trip(void **state)
{
    char                       text[NGX_HTTP_JOURNEY_COOKIE_LEN];
    unsigned                   i;
    ngx_http_journey_keys_t    keys;
    ngx_http_journey_cookie_t  in, out;

    (void) state;

    make_keys(&keys, 1);

    for (i = 1; i < 2000; i++) {
        in.visitor = i * 0x9e3779b97f4a7c15ULL;
        in.issued_s = NOW - i % LIFETIME;

        ngx_http_journey_cookie_encode(&keys, &in, text);

        assert_int_equal(decode(&keys, text, sizeof(text), NOW, &out),
                         NGX_HTTP_JOURNEY_COOKIE_OK);
        assert_true(out.visitor == in.visitor);
        assert_true(out.issued_s == in.issued_s);
    }
}


/* One character changed in any way, anywhere, is never the same visitor. */

static void
test_every_other_character(void **state)
{
    int                        c;
    char                       text[NGX_HTTP_JOURNEY_COOKIE_LEN];
    char                       bad[NGX_HTTP_JOURNEY_COOKIE_LEN];
    size_t                     i;
    ngx_http_journey_keys_t    keys;
    ngx_http_journey_cookie_t  in = { 0xfeedfacecafebeefULL, NOW }, out;

    (void) state;

    make_keys(&keys, 3);
    ngx_http_journey_cookie_encode(&keys, &in, text);

    for (i = 0; i < sizeof(text); i++) {
        for (c = 0; c < 256; c++) {

            if ((char) c == text[i]) {
                continue;
            }

            memcpy(bad, text, sizeof(text));
            bad[i] = (char) c;

            assert_int_not_equal(decode(&keys, bad, sizeof(bad), NOW, &out),
                                 NGX_HTTP_JOURNEY_COOKIE_OK);
        }
    }
}


static const char  alphabet[] =
    "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_";


/* Flips one of the 168 bits that a value stands for, most significant first;
 * six of them make a character. */

static void
flip_inside(char *text, unsigned bit)
{
    size_t  at;

    at = (size_t) (strchr(alphabet, text[bit / 6]) - alphabet);
    text[bit / 6] = alphabet[at ^ 32u >> bit % 6];
}


static void
flip_sent(char *text, unsigned bit)
{
    text[bit / 8] ^= (char) (1 << bit % 8);
}


static void
refuse_flips(const ngx_http_journey_keys_t *keys, const char *text,
    unsigned bits, void (*flip)(char *text, unsigned bit))
{
    char                       bad[NGX_HTTP_JOURNEY_COOKIE_LEN];
    unsigned                   i, k;
    ngx_http_journey_cookie_t  out;

    for (i = 0; i < bits; i++) {
        for (k = i; k < bits; k++) {
            memcpy(bad, text, sizeof(bad));
            flip(bad, i);

            if (k != i) {
                flip(bad, k);
            }

            if (ngx_http_journey_cookie_decode(keys, (uint8_t *) bad,
                                               sizeof(bad), NOW, LIFETIME,
                                               &out)
                == NGX_HTTP_JOURNEY_COOKIE_OK)
            {
                fail_msg("bits %u and %u flipped: accepted", i, k);
            }
        }
    }
}


/*
 * Every 1-bit and 2-bit flip of 100 genuine values is refused: of the 224 bits
 * as they are sent, and of the 168 inside, since most of the former are no
 * base64url any more and never reach the MAC.
 */

static void
test_every_flip(void **state)
{
    char                       text[NGX_HTTP_JOURNEY_COOKIE_LEN];
    unsigned                   i;
    ngx_http_journey_keys_t    keys;
    ngx_http_journey_cookie_t  in;

    (void) state;

    make_keys(&keys, 4);

    for (i = 1; i <= 100; i++) {
        in.visitor = i * 0x9e3779b97f4a7c15ULL;
        in.issued_s = NOW - i;

        ngx_http_journey_cookie_encode(&keys, &in, text);

        refuse_flips(&keys, text, 224, flip_sent);
        refuse_flips(&keys, text, 168, flip_inside);
    }
}


/*
 * What one key has signed is refused by all others together, also under the
 * id of each of them, and for the signer under any other id.
 */

static void
test_every_wrong_key(void **state)
{
    char                       text[NGX_HTTP_JOURNEY_COOKIE_LEN];
    unsigned                   i, k, id;
    ngx_http_journey_keys_t    all, own, others;
    ngx_http_journey_cookie_t  in = { 0x1234567890abcdefULL, NOW }, out;

    (void) state;

    make_keys(&all, NGX_HTTP_JOURNEY_MAX_KEYS);

    for (i = 0; i < all.n; i++) {

        own.n = 1;
        own.key[0] = all.key[i];
        others.n = 0;

        for (k = 0; k < all.n; k++) {
            if (k != i) {
                others.key[others.n++] = all.key[k];
            }
        }

        for (id = 0; id < 256; id++) {
            own.key[0].id = (uint8_t) id;
            ngx_http_journey_cookie_encode(&own, &in, text);

            assert_int_equal(decode(&others, text, 28, NOW, &out),
                             NGX_HTTP_JOURNEY_COOKIE_FORGED);
            assert_int_equal(decode(&all, text, 28, NOW, &out),
                             id == all.key[i].id
                             ? NGX_HTTP_JOURNEY_COOKIE_OK
                             : NGX_HTTP_JOURNEY_COOKIE_FORGED);
        }
    }
}


static void
test_every_length(void **state)
{
    char                       text[2 * NGX_HTTP_JOURNEY_COOKIE_LEN];
    size_t                     len;
    ngx_http_journey_keys_t    keys;
    ngx_http_journey_cookie_t  in = { 1, NOW }, out;

    (void) state;

    make_keys(&keys, 1);
    memset(text, 'A', sizeof(text));
    ngx_http_journey_cookie_encode(&keys, &in, text);

    for (len = 0; len < sizeof(text); len++) {
        assert_int_equal(decode(&keys, text, len, NOW, &out),
                         len == NGX_HTTP_JOURNEY_COOKIE_LEN
                             ? NGX_HTTP_JOURNEY_COOKIE_OK
                             : NGX_HTTP_JOURNEY_COOKIE_MALFORMED);
    }
}


static void
test_lifetime(void **state)
{
    char                       text[NGX_HTTP_JOURNEY_COOKIE_LEN];
    ngx_http_journey_keys_t    keys;
    ngx_http_journey_cookie_t  in = { 7, NOW }, out;

    (void) state;

    make_keys(&keys, 1);
    ngx_http_journey_cookie_encode(&keys, &in, text);

    assert_int_equal(decode(&keys, text, 28, NOW + LIFETIME - 1, &out),
                     NGX_HTTP_JOURNEY_COOKIE_OK);
    assert_int_equal(decode(&keys, text, 28, NOW + LIFETIME, &out),
                     NGX_HTTP_JOURNEY_COOKIE_EXPIRED);
    assert_int_equal(decode(&keys, text, 28,
                            NOW - NGX_HTTP_JOURNEY_CLOCK_SKEW_S, &out),
                     NGX_HTTP_JOURNEY_COOKIE_OK);
    assert_int_equal(decode(&keys, text, 28,
                            NOW - NGX_HTTP_JOURNEY_CLOCK_SKEW_S - 1, &out),
                     NGX_HTTP_JOURNEY_COOKIE_EXPIRED);
}


/* A new key signs, the old ones go on verifying until they are removed. */

static void
test_rotation(void **state)
{
    char                       text[NGX_HTTP_JOURNEY_COOKIE_LEN];
    char                       again[NGX_HTTP_JOURNEY_COOKIE_LEN];
    ngx_http_journey_keys_t    old, both, gone;
    ngx_http_journey_cookie_t  in = { 7, NOW }, out;

    (void) state;

    make_keys(&both, 2);
    old.n = 1;
    old.key[0] = both.key[1];
    gone.n = 1;
    gone.key[0] = both.key[0];

    ngx_http_journey_cookie_encode(&old, &in, text);
    ngx_http_journey_cookie_encode(&both, &in, again);

    assert_memory_not_equal(text, again, sizeof(text));
    assert_int_equal(decode(&both, text, 28, NOW, &out),
                     NGX_HTTP_JOURNEY_COOKIE_OK);
    assert_int_equal(decode(&gone, text, 28, NOW, &out),
                     NGX_HTTP_JOURNEY_COOKIE_FORGED);
    assert_int_equal(decode(&gone, again, 28, NOW, &out),
                     NGX_HTTP_JOURNEY_COOKIE_OK);
}


/* A key's id is one byte; two keys with the same one are both tried. */

static void
test_equal_key_ids(void **state)
{
    char                       text[NGX_HTTP_JOURNEY_COOKIE_LEN];
    ngx_http_journey_keys_t    keys, second;
    ngx_http_journey_cookie_t  in = { 7, NOW }, out;

    (void) state;

    make_keys(&keys, 2);
    keys.key[0].id = 9;
    keys.key[1].id = 9;
    second.n = 1;
    second.key[0] = keys.key[1];

    ngx_http_journey_cookie_encode(&second, &in, text);
    assert_int_equal(decode(&keys, text, 28, NOW, &out),
                     NGX_HTTP_JOURNEY_COOKIE_OK);
}


static void
test_visitor_0_is_nobody(void **state)
{
    char                       text[NGX_HTTP_JOURNEY_COOKIE_LEN];
    ngx_http_journey_keys_t    keys;
    ngx_http_journey_cookie_t  in = { 0, NOW }, out;

    (void) state;

    make_keys(&keys, 1);
    ngx_http_journey_cookie_encode(&keys, &in, text);
    assert_int_equal(decode(&keys, text, 28, NOW, &out),
                     NGX_HTTP_JOURNEY_COOKIE_FORGED);
}


static void
test_keys_limits(void **state)
{
    uint8_t                  secret[NGX_HTTP_JOURNEY_KEY_LEN];
    ngx_http_journey_keys_t  keys;

    (void) state;

    make_keys(&keys, NGX_HTTP_JOURNEY_MAX_KEYS - 1);

    memset(secret, 1, sizeof(secret));
    assert_int_equal(ngx_http_journey_keys_add(&keys, secret), -1);

    memset(secret, 200, sizeof(secret));
    assert_int_equal(ngx_http_journey_keys_add(&keys, secret), 0);

    memset(secret, 201, sizeof(secret));
    assert_int_equal(ngx_http_journey_keys_add(&keys, secret), -1);
}


/* All values of "jny" in a header, joined by "|". */

static void
values(const char *header, char *out)
{
    size_t          len, n;
    uint8_t        *c;
    const uint8_t  *pos, *value;

    n = strlen(header);
    c = copy(header, n);
    pos = c;
    *out = '\0';

    while (ngx_http_journey_cookie_next(&pos, c + n, (const uint8_t *) "jny",
                                        3, &value, &len))
    {
        strncat(out, (const char *) value, len);
        strcat(out, "|");
    }

    assert_ptr_equal(pos, c + n);
    free(c);
}


static void
test_header(void **state)
{
    char      out[256];
    unsigned  i;

    static const char  *cases[][2] = {
        { "", "" },
        { "jny=a", "a|" },
        { "x=1; jny=a; y=2", "a|" },
        { "x=1;jny=a;y=2", "a|" },
        { "jny=a; jny=b", "a|b|" },
        { "jny=", "|" },
        { "jny", "" },
        { "jny;jny=z", "z|" },
        { "=jny", "" },
        { "ajny=1; jnya=2; JNY=3; jn=4", "" },
        { "x=jny=9; jny=a=b", "a=b|" },
        { " \t; ;; jny=a \t", "a|" },
        { "jny =a", "" },
        { "jny= a", " a|" },
        { ";", "" },
        { "x=1; jny=\"q\"", "\"q\"|" },
    };

    (void) state;

    for (i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
        values(cases[i][0], out);
        assert_string_equal(out, cases[i][1]);
    }
}


int
main(void)
{
    static const struct CMUnitTest  tests[] = {
        cmocka_unit_test(test_known_value),
        cmocka_unit_test(test_round_trip),
        cmocka_unit_test(test_every_other_character),
        cmocka_unit_test(test_every_flip),
        cmocka_unit_test(test_every_wrong_key),
        cmocka_unit_test(test_every_length),
        cmocka_unit_test(test_lifetime),
        cmocka_unit_test(test_rotation),
        cmocka_unit_test(test_equal_key_ids),
        cmocka_unit_test(test_visitor_0_is_nobody),
        cmocka_unit_test(test_keys_limits),
        cmocka_unit_test(test_header),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
