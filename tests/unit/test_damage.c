/*
 * test_damage.c - every single-bit flip of a three-block log either changes
 * nothing or loses exactly the block it hit, which is named; every cut keeps
 * the blocks before it.  Twice: all blocks of one writer, and a block of
 * another writer between two.
 */

#include <stdarg.h>
#include <stddef.h>
#include <setjmp.h>
#include <stdint.h>
#include <cmocka.h>

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

#include "damage.h"
#include "engine/heap.h"
#include "engine/run.h"
#include "jny_encode.h"
#include "options.h"


#define BLOCKS  3
#define ROWS    2      /* of a block; block i is of visitor i + 1 */


typedef struct {
    uint8_t          bytes[4096];
    size_t           len;
    size_t           start[BLOCKS + 1];
    int              fd;
    char             name[64];
    jny_inflater_t  *inf;
    jny_block_t      blk;
} log_t;

/* What was found of a damaged copy. */
typedef struct {
    unsigned         intact;       /* bit i: block i is there, all rows right */
    unsigned         strange;      /* blocks that are none of ours */
    jny_input_t     *in;
} found_t;


static jny_slice_t
slice(const char *s)
{
    jny_slice_t  text;

    text.data = (const uint8_t *) s;
    text.len = strlen(s);

    return text;
}


static void
make_row(unsigned block, unsigned i, jny_row_t *row)
{
    static const char *const  pages[BLOCKS] = { "/one", "/two", "/three" };

    memset(row, 0, sizeof(*row));
    row->time_ms = 1700000000000 + 1000 * (int64_t) block + 10 * i;
    row->visitor = block + 1;
    row->status = 200 + i;
    row->latency_ms = 7 * i;
    row->text[JNY_TEXT_PAGE] = slice(pages[block]);
    row->text[JNY_TEXT_STAGE] = slice(i ? "buy" : "see");
}


static void
make_block(log_t *log, unsigned block, uint64_t writer, uint64_t seq)
{
    int              rc;
    jny_row_t        row;
    jny_seal_t       seal;
    jny_slice_t      member;
    jny_encoder_t   *enc;
    jny_log_info_t   info;

    memset(&info, 0, sizeof(info));
    info.writer = writer;
    info.edge = slice("e");
    info.stages[0] = slice("see");
    info.stages[1] = slice("buy");
    info.nstages = 2;
    info.level = 6;

    enc = jny_encoder_new(&jny_heap, &info, &rc);
    assert_non_null(enc);

    for (unsigned i = 0; i < ROWS; i++) {
        make_row(block, i, &row);
        assert_int_equal(jny_encoder_add(enc, &row), JNY_OK);
    }

    memset(&seal, 0, sizeof(seal));
    seal.seq = seq;
    seal.base = seq * ROWS;
    assert_int_equal(jny_encoder_seal(enc, &seal, &member, NULL), JNY_OK);

    assert_true(log->len + member.len <= sizeof(log->bytes));
    memcpy(log->bytes + log->len, member.data, member.len);
    log->start[block] = log->len;
    log->len += member.len;
    log->start[block + 1] = log->len;

    jny_encoder_free(enc);
}


static int
setup(void **state, int two_writers)
{
    log_t  *log;

    log = calloc(1, sizeof(*log));
    assert_non_null(log);

    make_block(log, 0, 0xaaaaaaaaaaaaaaaa, 0);
    make_block(log, 1, two_writers ? 0xbbbbbbbbbbbbbbbb : 0xaaaaaaaaaaaaaaaa,
               two_writers ? 0 : 1);
    make_block(log, 2, 0xaaaaaaaaaaaaaaaa, two_writers ? 1 : 2);

    /* thousands of copies: none of them goes to a disk */
    log->fd = memfd_create("log", 0);
    assert_true(log->fd >= 0);
    snprintf(log->name, sizeof(log->name), "/proc/self/fd/%d", log->fd);

    log->inf = jny_inflater_new();
    assert_non_null(log->inf);
    jny_block_init(&log->blk, &jny_heap);

    *state = log;
    return 0;
}


static int
setup_one(void **state)
{
    return setup(state, 0);
}


static int
setup_two(void **state)
{
    return setup(state, 1);
}


static int
teardown(void **state)
{
    log_t  *log;

    log = *state;
    close(log->fd);
    jny_block_release(&log->blk);
    jny_inflater_free(log->inf);
    free(log);

    return 0;
}


static void
write_log(const log_t *log, const uint8_t *bytes, size_t len)
{
    assert_int_equal(ftruncate(log->fd, 0), 0);
    assert_int_equal(pwrite(log->fd, bytes, len, 0), len);
}


static int
same_text(jny_slice_t a, jny_slice_t b)
{
    return a.len == b.len && memcmp(a.data, b.data, a.len) == 0;
}


/* Which of our blocks this is, all rows compared; BLOCKS: none. */

static unsigned
which_block(const jny_block_t *blk)
{
    unsigned   block;
    jny_row_t  got, want;

    memset(&got, 0, sizeof(got));
    block = BLOCKS;

    if (blk->nevents != ROWS) {
        return BLOCKS;
    }

    for (unsigned i = 0; i < ROWS; i++) {
        jny_block_row(blk, i, &got);
        block = got.visitor >= 1 && got.visitor <= BLOCKS ? got.visitor - 1
                                                          : BLOCKS;

        if (block == BLOCKS) {
            return BLOCKS;
        }

        make_row(block, i, &want);

        if (got.time_ms != want.time_ms || got.status != want.status
            || got.latency_ms != want.latency_ms
            || !same_text(got.text[JNY_TEXT_PAGE], want.text[JNY_TEXT_PAGE])
            || !same_text(got.text[JNY_TEXT_STAGE], want.text[JNY_TEXT_STAGE]))
        {
            return BLOCKS;
        }
    }

    return block;
}


/* The caller frees found->in. */

static void
look(log_t *log, found_t *found)
{
    int                     rc;
    char                   *names[1];
    uint32_t                n;
    unsigned                block;
    jny_diag_t              diag;
    const jny_block_ref_t  *refs;

    memset(found, 0, sizeof(*found));
    names[0] = log->name;
    assert_int_equal(jny_input_open(&found->in, names, 1, &diag), JNY_OK);

    refs = jny_input_blocks(found->in, &n);

    for (uint32_t i = 0; i < n; i++) {
        rc = jny_input_read(&refs[i], log->inf, &log->blk, &diag);

        if (rc != JNY_OK) {
            assert_int_equal(jny_input_damaged(found->in, &refs[i], diag.what),
                             JNY_OK);
            continue;
        }

        block = which_block(&log->blk);

        if (block == BLOCKS) {
            found->strange++;

        } else {
            found->intact |= 1u << block;
        }
    }
}


/* One line, naming the file and the place where the block began. */

static void
expect_named(const log_t *log, const found_t *found, unsigned block)
{
    char                 want[128];
    uint32_t             n;
    jny_buf_t            line;
    const jny_damage_t  *d;

    d = jny_input_damage(found->in, &n);
    assert_int_equal(n, 1);
    assert_true(d[0].offset == log->start[block]);
    assert_true(d[0].len == log->start[block + 1] - log->start[block]);

    if (d[0].events_known) {
        assert_true(d[0].events == ROWS);
    }

    jny_buf_init(&line);
    jny_damage_line(&line, found->in, &d[0]);
    snprintf(want, sizeof(want), "%s@%zu: ", log->name, log->start[block]);
    assert_memory_equal(line.data, want, strlen(want));
    assert_non_null(strstr(line.data, "skipped"));
    jny_buf_release(&line);

    assert_int_equal(jny_damage_code(found->in), JNY_EXIT_DAMAGED);
}


static unsigned
block_at(const log_t *log, size_t at)
{
    unsigned  block;

    for (block = 0; at >= log->start[block + 1]; block++) {
        continue;
    }

    return block;
}


static void
test_flips(void **state)
{
    log_t     *log;
    found_t    found;
    unsigned   hit, lost, harmless, all;
    uint32_t   n;

    log = *state;
    all = (1u << BLOCKS) - 1;
    lost = 0;
    harmless = 0;

    for (size_t bit = 0; bit < 8 * log->len; bit++) {
        hit = block_at(log, bit / 8);

        log->bytes[bit / 8] ^= 1u << bit % 8;
        write_log(log, log->bytes, log->len);
        log->bytes[bit / 8] ^= 1u << bit % 8;

        look(log, &found);
        assert_int_equal(found.strange, 0);

        if (found.intact == all) {
            harmless++;
            jny_input_damage(found.in, &n);
            assert_int_equal(n, 0);
            assert_int_equal(jny_damage_code(found.in), JNY_EXIT_OK);

        } else {
            lost++;

            if (found.intact != (all & ~(1u << hit))) {
                fail_msg("bit %zu hits block %u, blocks %x are left", bit, hit,
                         found.intact);
            }

            expect_named(log, &found, hit);
        }

        jny_input_free(found.in);
    }

    /* only padding behind the last code of a deflate stream is harmless */
    assert_true(lost > 8 * log->len - 8 * BLOCKS);
    assert_true(harmless < 8 * BLOCKS);
}


static void
test_cuts(void **state)
{
    log_t               *log;
    found_t              found;
    uint32_t             n;
    unsigned             whole;
    const jny_damage_t  *d;

    log = *state;

    for (size_t len = 0; len <= log->len; len++) {
        write_log(log, log->bytes, len);
        look(log, &found);

        whole = len == log->len ? BLOCKS : block_at(log, len);
        assert_int_equal(found.strange, 0);
        assert_int_equal(found.intact, (1u << whole) - 1);

        d = jny_input_damage(found.in, &n);

        if (len == log->start[whole]) {
            assert_int_equal(n, 0);

        } else {
            assert_int_equal(n, 1);
            assert_int_equal(d[0].kind, JNY_DAMAGE_TORN);
            assert_true(d[0].offset == log->start[whole]);
        }

        assert_int_equal(jny_damage_code(found.in), JNY_EXIT_OK);
        jny_input_free(found.in);
    }
}


/* ---- through a whole run ---- */

typedef struct {
    uint32_t  events[BLOCKS + 1];    /* of visitor i */
} tally_t;


static void *
tally_init(const void *conf, const jny_facts_t *facts)
{
    return calloc(1, sizeof(tally_t));
}


static int
tally_add(void *acc, const jny_journey_t *j)
{
    tally_t  *tally;

    tally = acc;
    assert_true(j->visitor <= BLOCKS);
    tally->events[j->visitor] += j->nevents;

    return JNY_OK;
}


static int
tally_merge(void *into, void *from)
{
    tally_t  *a, *b;

    a = into;
    b = from;

    for (unsigned i = 0; i <= BLOCKS; i++) {
        a->events[i] += b->events[i];
    }

    return JNY_OK;
}


static const jny_analysis_t  tally_analysis = { "tally", tally_init, tally_add,
                                                tally_merge, free };


static void
expect_run(log_t *log, unsigned hit)
{
    char                       *names[1];
    tally_t                    *tally;
    jny_run_t                  *run;
    jny_plan_t                  plan;
    jny_task_t                  task;
    jny_diag_t                  diag;
    jny_input_t                *in;
    const jny_input_summary_t  *sum;

    memset(&plan, 0, sizeof(plan));
    plan.start_ms = INT64_MIN;
    plan.end_ms = INT64_MAX;
    plan.session_gap_ms = 1800000;
    plan.threads = 1;

    task.analysis = &tally_analysis;
    task.conf = NULL;
    task.acc = NULL;

    names[0] = log->name;
    assert_int_equal(jny_input_open(&in, names, 1, &diag), JNY_OK);
    assert_int_equal(jny_run(&run, in, &plan, &task, 1, &diag), JNY_OK);

    tally = task.acc;
    sum = jny_run_summary(run);
    assert_int_equal(jny_damage_code(in), JNY_EXIT_DAMAGED);
    assert_true(sum->events == (BLOCKS - 1) * ROWS);
    assert_true(sum->damaged_blocks == 1);
    assert_true(sum->lost_events + sum->lost_unknown > 0);

    for (unsigned i = 0; i < BLOCKS; i++) {
        assert_int_equal(tally->events[i + 1], i == hit ? 0 : ROWS);
    }

    jny_run_free(run);
    jny_input_free(in);
}


/* A bit in every part of every block: magic, clen, writer, crc, body, tail. */

static void
test_runs(void **state)
{
    log_t                *log;
    size_t                len, at[6];
    static const size_t   parts[] = { 17, 24, 40, 90 };

    log = *state;

    for (unsigned block = 0; block < BLOCKS; block++) {
        len = log->start[block + 1] - log->start[block];

        for (unsigned i = 0; i < 4; i++) {
            at[i] = log->start[block] + parts[i];
        }

        at[4] = log->start[block] + (JNY_HEADER_LEN + len) / 2;
        at[5] = log->start[block] + len - 6;

        for (unsigned i = 0; i < 6; i++) {
            log->bytes[at[i]] ^= 0x10;
            write_log(log, log->bytes, log->len);
            log->bytes[at[i]] ^= 0x10;

            expect_run(log, block);
        }
    }
}


int
main(void)
{
    const struct CMUnitTest  tests[] = {
        cmocka_unit_test_setup_teardown(test_flips, setup_one, teardown),
        cmocka_unit_test_setup_teardown(test_flips, setup_two, teardown),
        cmocka_unit_test_setup_teardown(test_cuts, setup_one, teardown),
        cmocka_unit_test_setup_teardown(test_cuts, setup_two, teardown),
        cmocka_unit_test_setup_teardown(test_runs, setup_one, teardown),
        cmocka_unit_test_setup_teardown(test_runs, setup_two, teardown),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
