/*
 * test_jny_header.c - the 92 bytes against the table in docs/FORMAT.md.
 */

#include "jnytest.h"

#include <stdlib.h>
#include <string.h>
#include <zlib.h>


static const jny_header_t  sample = {
    .header_len = JNY_HEADER_LEN,
    .member_len = 0x00010203,
    .payload_len = 0x00020304,
    .nevents = 0x0405,
    .writer = 0x1112131415161718ULL,
    .seq = 0x2122232425262728ULL,
    .base = 0x3132333435363738ULL,
    .dropped = 0x4142434445464748ULL,
    .t_min_ms = -2,
    .t_max_ms = 1700000000123LL,
    .erased = 0x51525354,
    .flags = JNY_BLOCK_FINAL | JNY_BLOCK_SORTED,
};


/* Written out by hand from the table; the crc by zlib. */
static const uint8_t  bytes[JNY_HEADER_LEN - 4] = {
    0x1f, 0x8b, 0x08, 0x04, 0x00, 0xf1, 0x53, 0x65, 0x00, 0xff,
    0x50, 0x00, 'J', 'Y', 0x4c, 0x00, 'J', 'N', 'Y', '1',
    0x05, 0x00, 0x4c, 0x00,
    0x03, 0x02, 0x01, 0x00, 0x04, 0x03, 0x02, 0x00, 0x05, 0x04, 0x00, 0x00,
    0x18, 0x17, 0x16, 0x15, 0x14, 0x13, 0x12, 0x11,
    0x28, 0x27, 0x26, 0x25, 0x24, 0x23, 0x22, 0x21,
    0x38, 0x37, 0x36, 0x35, 0x34, 0x33, 0x32, 0x31,
    0x48, 0x47, 0x46, 0x45, 0x44, 0x43, 0x42, 0x41,
    0xfe, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff,
    0x7b, 0x68, 0xe5, 0xcf, 0x8b, 0x01, 0x00, 0x00,
    0x54, 0x53, 0x52, 0x51,
};


/* Decodes an exact-size copy. */
static int
decode(const uint8_t *data, size_t len, jny_header_t *h, jny_diag_t *diag)
{
    int          rc;
    jny_slice_t  s;

    s.data = data;
    s.len = len;
    s.data = jnytest_copy(s);

    rc = jny_header_decode(s, h, diag);
    free((void *) s.data);

    return rc;
}


static void
seal(uint8_t *out, size_t len)
{
    uint32_t  crc;

    crc = (uint32_t) crc32(0, out, (uInt) (len - 4));

    for (unsigned i = 0; i < 4; i++) {
        out[len - 4 + i] = (uint8_t) (crc >> (8 * i));
    }
}


static void
test_bytes(void **state)
{
    uint8_t       out[JNY_HEADER_LEN], want[JNY_HEADER_LEN];
    jny_diag_t    diag;
    jny_header_t  h;

    memcpy(want, bytes, sizeof(bytes));
    seal(want, sizeof(want));

    jny_header_encode(&sample, out);
    assert_memory_equal(out, want, sizeof(out));

    memset(&h, 0xa5, sizeof(h));
    assert_int_equal(decode(out, sizeof(out), &h, &diag), JNY_OK);

    assert_int_equal(h.header_len, sample.header_len);
    assert_int_equal(h.member_len, sample.member_len);
    assert_int_equal(h.payload_len, sample.payload_len);
    assert_int_equal(h.nevents, sample.nevents);
    assert_true(h.writer == sample.writer);
    assert_true(h.seq == sample.seq);
    assert_true(h.base == sample.base);
    assert_true(h.dropped == sample.dropped);
    assert_true(h.t_min_ms == sample.t_min_ms);
    assert_true(h.t_max_ms == sample.t_max_ms);
    assert_int_equal(h.erased, sample.erased);
    assert_int_equal(h.flags, sample.flags);
}


static void
test_mtime_is_clamped(void **state)
{
    uint8_t       out[JNY_HEADER_LEN];
    jny_header_t  h;

    h = sample;
    h.t_max_ms = -1;
    jny_header_encode(&h, out);
    assert_memory_equal(out + 4, "\0\0\0\0", 4);

    h.t_max_ms = INT64_MAX;
    jny_header_encode(&h, out);
    assert_memory_equal(out + 4, "\xff\xff\xff\xff", 4);
}


static void
test_cuts(void **state)
{
    uint8_t       out[JNY_HEADER_LEN];
    jny_header_t  h;

    jny_header_encode(&sample, out);

    for (size_t len = 0; len < sizeof(out); len++) {
        assert_int_equal(decode(out, len, &h, NULL), JNY_ETRUNC);
    }

    /* what cannot become a header any more is not called a torn one */
    assert_int_equal(decode((const uint8_t *) "\x1f\x8b\x08\x00", 4, &h, NULL),
                     JNY_EHEADER);
    assert_int_equal(decode((const uint8_t *) "GET /", 5, &h, NULL),
                     JNY_EHEADER);
}


static void
test_flips(void **state)
{
    uint8_t       out[JNY_HEADER_LEN + 8];
    jny_diag_t    diag;
    jny_header_t  h;

    memset(out, 0, sizeof(out));
    jny_header_encode(&sample, out);

    for (unsigned bit = 0; bit < 8 * JNY_HEADER_LEN; bit++) {
        out[bit / 8] ^= (uint8_t) (1 << bit % 8);
        diag.what[0] = '\0';
        assert_int_equal(decode(out, sizeof(out), &h, &diag), JNY_EHEADER);
        assert_true(diag.what[0] != '\0');
        out[bit / 8] ^= (uint8_t) (1 << bit % 8);
    }
}


static void
test_impossible_fields(void **state)
{
    uint8_t       out[JNY_HEADER_LEN];
    jny_header_t  h, got;

    static const struct {
        uint32_t  member_len;
        uint32_t  payload_len;
        uint32_t  nevents;
        uint16_t  flags;
        int       rc;
        uint32_t  erased;
    } cases[] = {
        { 102, 1, 1, 0, JNY_OK, 0 },
        { 101, 1, 1, 0, JNY_EHEADER, 0 },
        { 0, 1, 1, 0, JNY_EHEADER, 0 },
        { JNY_MAX_MEMBER, 1, 1, 0, JNY_OK, 0 },
        { JNY_MAX_MEMBER + 1, 1, 1, 0, JNY_EHEADER, 0 },
        { 200, 0, 1, 0, JNY_EHEADER, 0 },
        { 200, JNY_MAX_PAYLOAD, 1, 0, JNY_OK, 0 },
        { 200, JNY_MAX_PAYLOAD + 1, 1, 0, JNY_EHEADER, 0 },
        { 200, 1, 0, 0, JNY_EHEADER, 0 },
        { 200, 1, 0, 0, JNY_OK, 1 },       /* all were erased */
        { 200, 1, 0, JNY_BLOCK_FINAL, JNY_OK, 0 },
        { 200, 1, JNY_MAX_ROWS, 0, JNY_OK, 0 },
        { 200, 1, JNY_MAX_ROWS + 1, 0, JNY_EHEADER, 0 },
        { 200, 1, 1, 0xfff8, JNY_OK, 0 },     /* flags of later versions */
    };

    for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
        h = sample;
        h.member_len = cases[i].member_len;
        h.payload_len = cases[i].payload_len;
        h.nevents = cases[i].nevents;
        h.flags = cases[i].flags;
        h.erased = cases[i].erased;
        jny_header_encode(&h, out);
        assert_int_equal(decode(out, sizeof(out), &got, NULL), cases[i].rc);
    }

    h = sample;
    h.t_min_ms = h.t_max_ms;
    jny_header_encode(&h, out);
    assert_int_equal(decode(out, sizeof(out), &got, NULL), JNY_OK);

    h.t_min_ms = h.t_max_ms + 1;
    jny_header_encode(&h, out);
    assert_int_equal(decode(out, sizeof(out), &got, NULL), JNY_EHEADER);
}


/* A later minor version: eight bytes more before the crc. */
static void
test_longer_header(void **state)
{
    uint8_t       out[JNY_HEADER_LEN + 8];
    jny_header_t  h;

    memset(out, 0x77, sizeof(out));
    jny_header_encode(&sample, out);
    memset(out + JNY_HEADER_LEN - 4, 0x77, 8);
    out[10] += 8;
    out[14] += 8;
    out[22] += 8;
    seal(out, sizeof(out));

    assert_int_equal(decode(out, sizeof(out), &h, NULL), JNY_OK);
    assert_int_equal(h.header_len, JNY_HEADER_LEN + 8);
    assert_true(h.seq == sample.seq);

    for (size_t len = 0; len < sizeof(out); len++) {
        assert_int_equal(decode(out, len, &h, NULL), JNY_ETRUNC);
    }

    /* the three lengths must agree, whatever the crc says */
    out[14]--;
    seal(out, sizeof(out));
    assert_int_equal(decode(out, sizeof(out), &h, NULL), JNY_EHEADER);
}


int
main(void)
{
    const struct CMUnitTest  tests[] = {
        cmocka_unit_test(test_bytes),
        cmocka_unit_test(test_mtime_is_clamped),
        cmocka_unit_test(test_cuts),
        cmocka_unit_test(test_flips),
        cmocka_unit_test(test_impossible_fields),
        cmocka_unit_test(test_longer_header),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
