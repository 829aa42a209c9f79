/*
 * test_jny_walk.c - from block to block, over damage, and past what only
 * looks like a block.
 */

#include "jnytest.h"

#include <stdlib.h>
#include <string.h>
#include <zlib.h>


#define OTHER_WRITER  0x7777777777777777ULL
#define FAKES         40000

typedef struct {
    uint8_t  *data;
    size_t    len;
    size_t    at[16];       /* where blocks begin; at[n] is the end */
    unsigned  n;
} log_t;


static void
log_append(log_t *log, const void *data, size_t len)
{
    log->data = realloc(log->data, log->len + len);
    assert_non_null(log->data);
    memcpy(log->data + log->len, data, len);
    log->len += len;
}


static void
log_block(log_t *log, uint64_t writer, unsigned first, unsigned n)
{
    jny_seal_t       seal;
    jny_slice_t      member;
    jny_log_info_t   info;

    jnytest_info(&info);
    info.writer = writer;
    memset(&seal, 0, sizeof(seal));
    seal.seq = log->n;

    member = jnytest_block(&info, &seal, first, n, NULL);
    log_append(log, member.data, member.len);
    free((void *) member.data);

    log->at[++log->n] = log->len;
}


static void
log_walk(const log_t *log, jny_walk_t *w)
{
    jny_slice_t  s;

    s.data = log->data;
    s.len = log->len;
    jny_walk_init(w, s);
}


static int
known(void *ctx, uint64_t writer)
{
    return writer == *(uint64_t *) ctx;
}


static void
test_walk(void **state)
{
    log_t         log = { 0 };
    jny_walk_t    w;
    jny_slice_t   member;
    jny_header_t  h;

    for (unsigned i = 0; i < 3; i++) {
        log_block(&log, JNYTEST_WRITER, 10 * i, 10);
    }

    log_walk(&log, &w);

    for (unsigned i = 0; i < 3; i++) {
        assert_int_equal(w.offset, log.at[i]);
        assert_int_equal(jny_walk_next(&w, &h, &member, NULL), JNY_OK);
        assert_int_equal(h.seq, i);
        assert_int_equal(member.len, log.at[i + 1] - log.at[i]);
        jnytest_expect(member, 10 * i, 10);
    }

    assert_int_equal(jny_walk_next(&w, &h, &member, NULL), JNY_END);
    assert_int_equal(w.offset, log.len);
    assert_int_equal(jny_walk_next(&w, &h, &member, NULL), JNY_END);

    free(log.data);
}


static void
test_empty(void **state)
{
    jny_walk_t    w;
    jny_slice_t   s = { NULL, 0 };
    jny_header_t  h;

    jny_walk_init(&w, s);
    assert_int_equal(jny_walk_next(&w, &h, &s, NULL), JNY_END);
    assert_int_equal(jny_walk_resync(&w, NULL, NULL), JNY_END);
}


/* Every cut: all blocks before it, then ETRUNC where the torn one begins. */
static void
test_cuts(void **state)
{
    int           rc;
    log_t         log = { 0 };
    unsigned      i;
    jny_diag_t    diag;
    jny_walk_t    w;
    jny_slice_t   s, member;
    jny_header_t  h;

    for (i = 0; i < 3; i++) {
        log_block(&log, JNYTEST_WRITER, 3 * i, 3);
    }

    for (s.len = 0; s.len < log.len; s.len++) {
        s.data = log.data;
        s.data = jnytest_copy(s);
        jny_walk_init(&w, s);

        for (i = 0; log.at[i + 1] <= s.len; i++) {
            assert_int_equal(jny_walk_next(&w, &h, &member, NULL), JNY_OK);
            jnytest_expect(member, 3 * i, 3);
        }

        diag.offset = 1;
        rc = jny_walk_next(&w, &h, &member, &diag);
        assert_int_equal(rc, s.len == log.at[i] ? JNY_END : JNY_ETRUNC);
        assert_int_equal(w.offset, log.at[i]);

        if (rc == JNY_ETRUNC) {
            assert_int_equal(diag.offset, log.at[i]);
            assert_int_equal(jny_walk_resync(&w, NULL, NULL), JNY_END);
            assert_int_equal(w.offset, s.len);
        }

        free((void *) s.data);
    }

    free(log.data);
}


/* The very next byte is the first that is looked at. */
static void
test_one_byte_of_garbage(void **state)
{
    log_t       log = { 0 };
    jny_walk_t  w;

    log_append(&log, "x", 1);
    log_block(&log, JNYTEST_WRITER, 0, 5);

    log_walk(&log, &w);
    assert_int_equal(jny_walk_resync(&w, NULL, NULL), JNY_OK);
    assert_int_equal(w.offset, 1);

    free(log.data);
}


static void
test_resync_by_chain(void **state)
{
    log_t         log = { 0 };
    jny_diag_t    diag;
    jny_walk_t    w;
    jny_slice_t   member;
    jny_header_t  h;

    log_block(&log, JNYTEST_WRITER, 0, 5);
    log_block(&log, JNYTEST_WRITER, 5, 5);
    log_block(&log, OTHER_WRITER, 10, 5);

    log.data[30] ^= 1;
    log_walk(&log, &w);

    assert_int_equal(jny_walk_next(&w, &h, &member, &diag), JNY_EHEADER);
    assert_int_equal(w.offset, 0);
    assert_int_equal(jny_walk_resync(&w, NULL, NULL), JNY_OK);
    assert_int_equal(w.offset, log.at[1]);
    assert_int_equal(jny_walk_next(&w, &h, &member, NULL), JNY_OK);
    assert_int_equal(h.seq, 1);

    free(log.data);
}


/* A torn tail breaks the chain: then the writer must be known. */
static void
test_resync_by_writer(void **state)
{
    log_t       log = { 0 };
    uint64_t    writer;
    jny_walk_t  w;

    log_block(&log, JNYTEST_WRITER, 0, 5);
    log_block(&log, JNYTEST_WRITER, 5, 5);
    log_block(&log, OTHER_WRITER, 10, 5);
    log.data[30] ^= 1;
    log.len -= 3;

    log_walk(&log, &w);
    assert_int_equal(jny_walk_resync(&w, NULL, NULL), JNY_END);

    log_walk(&log, &w);
    writer = JNYTEST_WRITER;
    assert_int_equal(jny_walk_resync(&w, known, &writer), JNY_OK);
    assert_int_equal(w.offset, log.at[1]);

    free(log.data);
}


static void
test_garbage_between(void **state)
{
    log_t         log = { 0 };
    size_t        after;
    jny_walk_t    w;
    jny_slice_t   member;
    jny_header_t  h;

    static const char  garbage[] = "JY JNY1 \x1f\x8b\x08\x04JYL\0JNY1JYL\0JNY";

    log_block(&log, JNYTEST_WRITER, 0, 5);
    log_append(&log, garbage, sizeof(garbage));
    after = log.len;
    log_block(&log, JNYTEST_WRITER, 5, 5);

    log_walk(&log, &w);
    assert_int_equal(jny_walk_next(&w, &h, &member, NULL), JNY_OK);
    assert_int_equal(jny_walk_next(&w, &h, &member, NULL), JNY_EHEADER);
    assert_int_equal(jny_walk_resync(&w, NULL, NULL), JNY_OK);
    assert_int_equal(w.offset, after);

    free(log.data);
}


/*
 * A whole block of an attacker's own making lies open in a damaged block: a
 * member that deflate stored.  The rest of the log is intact.
 */
static void
stored_member(log_t *log, const log_t *inside)
{
    size_t        len;
    uint8_t       head[JNY_HEADER_LEN + 5], trailer[8];
    uint32_t      crc;
    jny_header_t  h;

    memset(&h, 0, sizeof(h));
    h.member_len = (uint32_t) (sizeof(head) + inside->len + sizeof(trailer));
    h.payload_len = (uint32_t) inside->len;
    h.nevents = 1;
    h.writer = JNYTEST_WRITER;
    jny_header_encode(&h, head);

    len = inside->len;
    assert_true(len < 65536);

    /* RFC 1951, 3.2.4: final, stored, LEN, NLEN */
    head[JNY_HEADER_LEN] = 1;
    head[JNY_HEADER_LEN + 1] = (uint8_t) len;
    head[JNY_HEADER_LEN + 2] = (uint8_t) (len >> 8);
    head[JNY_HEADER_LEN + 3] = (uint8_t) ~len;
    head[JNY_HEADER_LEN + 4] = (uint8_t) (~len >> 8);

    crc = (uint32_t) crc32(0, inside->data, (uInt) len);

    for (unsigned i = 0; i < 4; i++) {
        trailer[i] = (uint8_t) (crc >> (8 * i));
        trailer[4 + i] = (uint8_t) (len >> (8 * i));
    }

    log_append(log, head, sizeof(head));
    log_append(log, inside->data, inside->len);
    log_append(log, trailer, sizeof(trailer));
    log->at[++log->n] = log->len;
}


static void
test_planted_block_is_passed_over(void **state)
{
    log_t         log = { 0 }, planted = { 0 };
    uint64_t      writer;
    jny_walk_t    w;
    jny_slice_t   member;
    jny_header_t  h;

    /* two planted blocks, so that a chain of one step holds as well */
    log_block(&planted, OTHER_WRITER, 100, 7);
    log_block(&planted, OTHER_WRITER, 107, 7);

    log_block(&log, JNYTEST_WRITER, 0, 5);
    stored_member(&log, &planted);
    log_block(&log, JNYTEST_WRITER, 5, 5);

    /* undamaged, the planted block is nothing but payload */
    log_walk(&log, &w);
    assert_int_equal(jny_walk_next(&w, &h, &member, NULL), JNY_OK);
    assert_int_equal(jny_walk_next(&w, &h, &member, NULL), JNY_OK);
    assert_int_equal(jny_walk_next(&w, &h, &member, NULL), JNY_OK);
    assert_int_equal(jny_walk_next(&w, &h, &member, NULL), JNY_END);

    /* the guard is needed: by itself the planted block is faultless */
    w.offset = log.at[1] + JNY_HEADER_LEN + 5;
    assert_int_equal(jny_walk_next(&w, &h, &member, NULL), JNY_OK);
    jnytest_expect(member, 100, 7);

    log.data[log.at[1] + 40] ^= 4;

    writer = JNYTEST_WRITER;
    log_walk(&log, &w);
    assert_int_equal(jny_walk_next(&w, &h, &member, NULL), JNY_OK);
    assert_int_equal(jny_walk_next(&w, &h, &member, NULL), JNY_EHEADER);
    assert_int_equal(jny_walk_resync(&w, known, &writer), JNY_OK);
    assert_int_equal(w.offset, log.at[2]);

    /* nothing known, a torn tail: nothing is believed, all the less the lie */
    log.len -= 1;
    log_walk(&log, &w);
    w.offset = log.at[1];
    assert_int_equal(jny_walk_resync(&w, NULL, NULL), JNY_END);

    free(log.data);
    free(planted.data);
}


/* Many planted headers, each leading to the next: not quadratic. */
static void
test_planted_chain(void **state)
{
    log_t         log = { 0 };
    size_t        after;
    uint8_t      *fakes, fake[JNY_HEADER_LEN + 10];
    jny_walk_t    w;
    jny_header_t  h;

    memset(&h, 0, sizeof(h));
    h.member_len = sizeof(fake);
    h.payload_len = 1;
    h.nevents = 1;
    h.writer = OTHER_WRITER;
    memset(fake, 0, sizeof(fake));
    jny_header_encode(&h, fake);

    fakes = malloc(FAKES * sizeof(fake));

    for (size_t i = 0; i < FAKES; i++) {
        memcpy(fakes + i * sizeof(fake), fake, sizeof(fake));
    }

    log_append(&log, "x", 1);
    log_append(&log, fakes, FAKES * sizeof(fake));
    log_append(&log, "y", 1);
    free(fakes);
    after = log.len;
    log_block(&log, JNYTEST_WRITER, 0, 5);

    /* the budget is spent on the lies; a known writer is still found */
    {
        uint64_t  writer = JNYTEST_WRITER;

        log_walk(&log, &w);
        assert_int_equal(jny_walk_resync(&w, known, &writer), JNY_OK);
        assert_int_equal(w.offset, after);
    }

    free(log.data);
}


/* Trailer, stream and memory of a member. */
static void
test_inflate(void **state)
{
    log_t            log = { 0 };
    uint8_t         *out;
    jny_diag_t       diag;
    jny_alloc_t      alloc;
    jny_slice_t      member;
    jny_header_t     h;
    jnytest_heap_t   heap;

    log_block(&log, JNYTEST_WRITER, 0, 200);
    member.data = log.data;
    member.len = log.len;
    assert_int_equal(jny_header_decode(member, &h, NULL), JNY_OK);
    out = malloc(h.payload_len);

#define RC  jny_member_inflate(&jnytest_malloc, &h, member, out, &diag)

    assert_int_equal(RC, JNY_OK);

    log.data[log.len - 1] ^= 1;          /* ISIZE */
    assert_int_equal(RC, JNY_ECRC);
    log.data[log.len - 1] ^= 1;

    log.data[log.len - 5] ^= 0x80;       /* CRC-32 */
    assert_int_equal(RC, JNY_ECRC);
    log.data[log.len - 5] ^= 0x80;

    h.payload_len--;                     /* out is too small for it */
    assert_int_equal(RC, JNY_ECRC);
    h.payload_len++;

    member.len--;                        /* the stream is cut */
    assert_int_equal(RC, JNY_ECRC);
    member.len++;

    log_append(&log, "\0", 1);           /* something behind the stream */
    member.data = log.data;
    member.len = log.len;
    memmove(log.data + log.len - 8, log.data + log.len - 9, 8);
    assert_int_equal(RC, JNY_ECRC);

#undef RC

    memset(&heap, 0, sizeof(heap));
    alloc = jnytest_alloc(&heap);

    heap.fail_at = 1;
    assert_int_equal(jny_member_inflate(&alloc, &h, member, out, NULL),
                     JNY_ENOMEM);
    assert_int_equal(heap.live, 0);

    free(out);
    free(log.data);
}


int
main(void)
{
    const struct CMUnitTest  tests[] = {
        cmocka_unit_test(test_walk),
        cmocka_unit_test(test_empty),
        cmocka_unit_test(test_cuts),
        cmocka_unit_test(test_one_byte_of_garbage),
        cmocka_unit_test(test_resync_by_chain),
        cmocka_unit_test(test_resync_by_writer),
        cmocka_unit_test(test_garbage_between),
        cmocka_unit_test(test_planted_block_is_passed_over),
        cmocka_unit_test(test_planted_chain),
        cmocka_unit_test(test_inflate),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
