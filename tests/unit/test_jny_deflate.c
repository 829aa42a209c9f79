/*
 * test_jny_deflate.c - what is deflated is inflated by zlib as it was, noise
 * or not, within the bound.
 */

#include <stdarg.h>
#include <stddef.h>
#include <setjmp.h>
#include <stdint.h>
#include <cmocka.h>

#include <stdlib.h>
#include <string.h>

#include "jny_deflate.h"


#define LEN  (300 * 1024)

static uint8_t      payload[LEN];
static jny_parts_t  parts;


static void
fill(size_t at, size_t len, int noise)
{
    static uint64_t  seed = 1;

    for (size_t i = at; i < at + len; i++) {
        seed = seed * 6364136223846793005u + 1442695040888963407u;
        payload[i] = noise ? (uint8_t) (seed >> 56) : (uint8_t) (i / 700);
    }
}


static void
part(size_t at, size_t len, int noise)
{
    fill(at, len, noise);
    parts.parts[parts.n].at = at;
    parts.parts[parts.n++].len = len;
}


/* Deflates len bytes, looks at what comes back; returns the stream's length. */
static size_t
round_trip(int level, size_t len)
{
    size_t     n, bound;
    uint8_t   *out, *back;
    z_stream   z;

    memset(&z, 0, sizeof(z));
    assert_int_equal(deflateInit2(&z, level, Z_DEFLATED, -15, 8,
                                  Z_DEFAULT_STRATEGY),
                     Z_OK);

    bound = jny_deflate_bound(&z, len);
    out = malloc(bound);
    back = malloc(len + 1);
    assert_non_null(out);
    assert_non_null(back);

    /* twice: what it did before does not matter */

    n = jny_deflate(&z, level, payload, len, &parts, out);
    assert_in_range(n, 1, bound);
    assert_int_equal(jny_deflate(&z, level, payload, len, &parts, out), n);
    (void) deflateEnd(&z);

    memset(&z, 0, sizeof(z));
    assert_int_equal(inflateInit2(&z, -15), Z_OK);
    z.next_in = out;
    z.avail_in = (uInt) n;
    z.next_out = back;
    z.avail_out = (uInt) len + 1;
    assert_int_equal(inflate(&z, Z_FINISH), Z_STREAM_END);
    assert_int_equal(z.avail_in, 0);
    assert_int_equal(z.total_out, len);
    assert_memory_equal(back, payload, len);
    (void) inflateEnd(&z);

    free(out);
    free(back);

    return n;
}


static void
levels(void **state)
{
    (void) state;

    for (int level = 1; level <= 9; level++) {
        parts.n = 0;
        fill(0, LEN, 0);
        part(500, 70000, 1);                /* more than a stored block */
        part(70500, 40000, 0);
        part(110500, 1024, 1);              /* side by side */
        part(111524, 2048, 1);
        part(LEN - 5000, 5000, 1);          /* to the end */
        (void) round_trip(level, LEN);
    }
}


/* Noise alone takes what it is, and a few bytes; nothing else is stored. */
static void
sizes(void **state)
{
    size_t  n;

    (void) state;

    parts.n = 0;
    fill(0, LEN, 0);
    n = round_trip(1, LEN);
    assert_in_range(n, 1, LEN / 50);

    part(0, 100000, 1);
    assert_in_range(round_trip(1, LEN), 100000, 100100 + n);

    parts.n = 0;
    part(0, LEN, 1);
    assert_in_range(round_trip(1, LEN), LEN, LEN + 200);

    /* text is none */

    parts.n = 0;
    part(0, LEN, 0);
    assert_in_range(round_trip(1, LEN), 1, n + 100);
}


static void
many(void **state)
{
    (void) state;

    parts.n = 0;
    fill(0, LEN, 0);

    for (size_t k = 0; k < JNY_DEFLATE_PARTS; k++) {
        part(k * 4096 + 100, JNY_DEFLATE_PART_MIN, 1);
    }

    (void) round_trip(1, LEN);
    parts.n = 0;
    (void) round_trip(1, 0);
    (void) round_trip(1, 1);
}


int
main(void)
{
    const struct CMUnitTest  tests[] = {
        cmocka_unit_test(levels),
        cmocka_unit_test(sizes),
        cmocka_unit_test(many),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
