/*
 * test_jny_damage.c - a log of three blocks, every single bit flipped: either
 * no decoded row changes, or exactly the block that was hit is lost, and it
 * can be said which: where it lies, its number, how many events.
 */

#include "jnytest.h"

#include <stdlib.h>
#include <string.h>


#define BLOCKS  3
#define ROWS    4

typedef struct {
    jny_slice_t  log;
    size_t       at[BLOCKS + 1];
} log_t;

/* What a reader has to say about a log. */
typedef struct {
    unsigned  read;          /* bit i: block i was read, all rows right */
    unsigned  lost;
    uint64_t  lost_at;       /* offset of the last block lost */
    uint64_t  lost_events;   /* by the next block's base; to the end: known */
    uint64_t  lost_seq;
} report_t;


static void
log_make(log_t *log)
{
    uint8_t         *data;
    jny_seal_t       seal;
    jny_slice_t      member;
    jny_log_info_t   info;

    jnytest_info(&info);
    memset(&seal, 0, sizeof(seal));
    data = NULL;
    log->log.len = 0;

    for (unsigned i = 0; i < BLOCKS; i++) {
        seal.seq = i;
        seal.base = i * ROWS;
        seal.flags = i == BLOCKS - 1 ? JNY_BLOCK_FINAL : 0;
        member = jnytest_block(&info, &seal, i * ROWS, ROWS, NULL);

        log->at[i] = log->log.len;
        data = realloc(data, log->log.len + member.len);
        memcpy(data + log->log.len, member.data, member.len);
        log->log.len += member.len;
        free((void *) member.data);
    }

    log->at[BLOCKS] = log->log.len;
    log->log.data = data;
}


static int
read_member(jny_block_t *blk, const jny_header_t *h, jny_slice_t member)
{
    int          rc;
    uint8_t     *out;
    jny_row_t    got, want;
    jny_slice_t  payload;

    out = malloc(h->payload_len);
    assert_non_null(out);
    payload.data = out;
    payload.len = h->payload_len;

    rc = jny_member_inflate(&jnytest_malloc, h, member, out, NULL);

    if (rc == JNY_OK) {
        rc = jny_block_decode(blk, payload, NULL, NULL);
    }

    if (rc == JNY_OK) {
        rc = jny_block_agrees(blk, h, NULL);
    }

    if (rc == JNY_OK) {
        assert_int_equal(blk->nevents, ROWS);

        for (unsigned i = 0; i < ROWS; i++) {
            jnytest_row((unsigned) h->base + i, &want);
            jny_block_row(blk, i, &got);
            jnytest_same(&got, &want);
        }
    }

    free(out);

    return rc;
}


/* A reader as docs/FORMAT.md, "Reading", describes it. */
static void
read_log(jny_slice_t log, report_t *r)
{
    int           rc;
    uint64_t      expected;
    jny_walk_t    w;
    jny_slice_t   member;
    jny_block_t   blk;
    jny_header_t  h;

    memset(r, 0, sizeof(*r));
    jny_walk_init(&w, log);
    jny_block_init(&blk, &jnytest_malloc);
    expected = 0;

    for (;;) {
        rc = jny_walk_next(&w, &h, &member, NULL);

        if (rc == JNY_END) {
            break;
        }

        if (rc == JNY_OK) {
            if (read_member(&blk, &h, member) != JNY_OK) {
                r->lost++;
                r->lost_at = (uint64_t) (member.data - log.data);
                r->lost_seq = h.seq;
                r->lost_events = h.nevents;

            } else {
                assert_true(h.seq < BLOCKS);
                r->read |= 1u << h.seq;
            }

            expected = h.base + h.nevents;
            continue;
        }

        r->lost++;
        r->lost_at = w.offset;
        r->lost_seq = expected / ROWS;
        r->lost_events = BLOCKS * ROWS - expected;

        if (jny_walk_resync(&w, NULL, NULL) == JNY_END) {
            break;
        }

        assert_int_equal(jny_walk_next(&w, &h, &member, NULL), JNY_OK);
        r->lost_events = h.base - expected;
        w.offset = (uint64_t) (member.data - log.data);
    }

    jny_block_release(&blk);
}


static void
test_flips(void **state)
{
    log_t     log;
    uint8_t  *data;
    unsigned  hit, harmless;
    report_t  r;

    log_make(&log);
    data = (uint8_t *) log.log.data;
    hit = 0;
    harmless = 0;

    read_log(log.log, &r);
    assert_int_equal(r.read, (1 << BLOCKS) - 1);
    assert_int_equal(r.lost, 0);

    for (size_t bit = 0; bit < 8 * log.log.len; bit++) {
        while (bit / 8 >= log.at[hit + 1]) {
            hit++;
        }

        data[bit / 8] ^= (uint8_t) (1 << bit % 8);
        read_log(log.log, &r);
        data[bit / 8] ^= (uint8_t) (1 << bit % 8);

        if (r.read == (1 << BLOCKS) - 1) {
            assert_int_equal(r.lost, 0);
            harmless++;
            continue;
        }

        assert_int_equal(r.read, ((1 << BLOCKS) - 1) & ~(1u << hit));
        assert_int_equal(r.lost, 1);
        assert_int_equal(r.lost_at, log.at[hit]);
        assert_int_equal(r.lost_seq, hit);
        assert_int_equal(r.lost_events, ROWS);
    }

    /* the spare bits behind the end of a deflate stream, at most */
    assert_true(harmless <= 7 * BLOCKS);

    free(data);
}


/* Every cut keeps all blocks before it, and says that the last is torn. */
static void
test_cuts(void **state)
{
    log_t        log;
    unsigned     whole;
    report_t     r;
    jny_slice_t  s;

    log_make(&log);

    for (s.len = 0; s.len <= log.log.len; s.len++) {
        s.data = log.log.data;
        s.data = jnytest_copy(s);
        read_log(s, &r);

        for (whole = 0; whole < BLOCKS && log.at[whole + 1] <= s.len;
             whole++)
        {
            /* counts */
        }

        assert_int_equal(r.read, (1u << whole) - 1);
        assert_int_equal(r.lost, s.len != log.at[whole]);

        if (r.lost) {
            assert_int_equal(r.lost_at, log.at[whole]);
        }

        free((void *) s.data);
    }

    free((void *) log.log.data);
}


int
main(void)
{
    const struct CMUnitTest  tests[] = {
        cmocka_unit_test(test_flips),
        cmocka_unit_test(test_cuts),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
