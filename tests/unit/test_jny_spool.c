/*
 * test_jny_spool.c - rows in mapped memory: what is published is whole,
 * whatever happens between two stores.
 */

#include "jnytest.h"
#include "jny_spool.h"

#include <stdlib.h>
#include <string.h>


#define SIZE  (128u << 10)


static jny_spool_t *
spool(size_t size, const jny_log_info_t *info)
{
    jny_spool_t  *sp;

    sp = calloc(1, size);
    assert_non_null(sp);
    assert_int_equal(jny_spool_init(sp, size, info), JNY_OK);

    return sp;
}


static void
same_text(jny_slice_t a, jny_slice_t b)
{
    assert_int_equal(a.len, b.len);

    if (a.len != 0) {
        assert_memory_equal(a.data, b.data, a.len);
    }
}


/* Spooled rows come back as they were added: an empty touchpoint is empty. */
static void
expect_rows(const jny_spool_t *sp, unsigned first, unsigned n)
{
    uint64_t            pos;
    jny_row_t           got, want;
    jny_spool_state_t   st;

    pos = 0;

    for (unsigned i = first; i < first + n; i++) {
        assert_int_equal(jny_spool_next(sp, &pos, &got), JNY_OK);
        jnytest_row(i, &want);

        for (unsigned k = 0; k < JNY_TEXT_COUNT; k++) {
            same_text(got.text[k], want.text[k]);
        }

        for (unsigned k = 0; k < JNY_MAX_FIELDS; k++) {
            same_text(got.field[k], want.field[k]);
        }

        got.text[JNY_TEXT_TOUCHPOINT] = want.text[JNY_TEXT_TOUCHPOINT].len
                                            ? got.text[JNY_TEXT_TOUCHPOINT]
                                            : got.text[JNY_TEXT_PAGE];
        jnytest_same(&got, &want);
    }

    assert_int_equal(jny_spool_next(sp, &pos, &got), JNY_END);
    jny_spool_state(sp, &st);
    assert_int_equal(st.rows, n);
    assert_true((n == 0) == (st.used == 0));
}


/* The position behind the last row. */
static uint64_t
end_of(const jny_spool_t *sp)
{
    uint64_t   pos;
    jny_row_t  row;

    for (pos = 0; jny_spool_next(sp, &pos, &row) == JNY_OK;) {
        /* void */
    }

    return pos;
}


static unsigned
fill(jny_spool_t *sp, unsigned first, unsigned n)
{
    unsigned   i;
    jny_row_t  row;

    for (i = 0; i < n; i++) {
        jnytest_row(first + i, &row);

        if (jny_spool_add(sp, &row) != JNY_OK) {
            break;
        }
    }

    return i;
}


static void
test_init(void **state)
{
    char               text[3900];
    jny_spool_t       *sp;
    jny_log_info_t     info, got;
    jny_spool_state_t  st;

    jnytest_info(&info);
    info.level = 6;
    sp = spool(SIZE, &info);

    assert_int_equal(jny_spool_open(sp, SIZE, &st, &got, NULL), JNY_OK);
    assert_true(got.writer == info.writer);
    assert_int_equal(got.level, 6);
    assert_int_equal(got.agents, 1);
    assert_int_equal(got.nstages, 2);
    assert_int_equal(got.nfields, 2);
    same_text(got.edge, info.edge);
    same_text(got.stages[1], info.stages[1]);
    same_text(got.fields[1], info.fields[1]);

    assert_true(st.writer == info.writer);
    assert_int_equal(st.seq, 0);
    assert_int_equal(st.base, 0);
    assert_int_equal(st.dropped, 0);
    assert_int_equal(st.used, 0);
    assert_int_equal(st.rows, 0);
    assert_int_equal(st.size, SIZE);
    expect_rows(sp, 0, 0);

    assert_int_equal(jny_spool_init(sp, JNY_SPOOL_MIN_LEN - 1, &info),
                     JNY_EINVAL);
    assert_int_equal(jny_spool_init(sp, (size_t) UINT32_MAX + 1, &info),
                     JNY_EINVAL);

    info.writer = 0;
    assert_int_equal(jny_spool_init(sp, SIZE, &info), JNY_EINVAL);

    jnytest_info(&info);
    memset(text, 's', sizeof(text));
    info.stages[0].data = (const uint8_t *) text;
    info.stages[0].len = sizeof(text);
    assert_int_equal(jny_spool_init(sp, SIZE, &info), JNY_ELIMIT);
    assert_true(jny_spool_spare(&info) < 0);

    /* to the byte */

    info.stages[0].len = 1;
    info.stages[0].len += (size_t) jny_spool_spare(&info);
    assert_int_equal(jny_spool_spare(&info), 0);
    assert_int_equal(jny_spool_init(sp, SIZE, &info), JNY_OK);

    info.stages[0].len++;
    assert_int_equal(jny_spool_init(sp, SIZE, &info), JNY_ELIMIT);
    assert_int_equal(jny_spool_spare(&info), -1);

    free(sp);
}


static void
test_rows(void **state)
{
    uint8_t           *copy;
    jny_slice_t        s;
    jny_spool_t       *sp;
    jny_log_info_t     info, got;
    jny_spool_state_t  st;

    jnytest_info(&info);
    sp = spool(SIZE, &info);

    assert_int_equal(fill(sp, 0, 50), 50);
    expect_rows(sp, 0, 50);

    /* as whoever adopts it sees it */
    s.data = (const uint8_t *) sp;
    s.len = SIZE;
    copy = jnytest_copy(s);
    assert_int_equal(jny_spool_open((jny_spool_t *) copy, SIZE, &st, &got,
                                    NULL),
                     JNY_OK);
    assert_int_equal(st.rows, 50);
    expect_rows((jny_spool_t *) copy, 0, 50);
    free(copy);

    jny_spool_drop(sp, 3);
    jny_spool_drop(sp, 4);
    jny_spool_state(sp, &st);
    assert_int_equal(st.dropped, 7);

    free(sp);
}


static void
test_full(void **state)
{
    unsigned           n;
    jny_row_t          row;
    jny_spool_t       *sp;
    jny_log_info_t     info;
    jny_spool_state_t  before, after;

    jnytest_info(&info);
    sp = spool(JNY_SPOOL_MIN_LEN, &info);

    n = fill(sp, 0, 100000);
    assert_true(n > 100 && n < 100000);
    expect_rows(sp, 0, n);

    jny_spool_state(sp, &before);
    jnytest_row(1, &row);
    row.agent.len = 0;
    assert_int_equal(jny_spool_add(sp, &row), JNY_ELIMIT);
    jny_spool_state(sp, &after);
    assert_int_equal(after.seq, before.seq);
    assert_int_equal(after.base, before.base);
    assert_int_equal(after.dropped, before.dropped);
    assert_int_equal(after.used, before.used);
    assert_int_equal(after.rows, before.rows);
    assert_true(after.size - JNY_SPOOL_HEADER_LEN - after.used < 1024);

    free(sp);
}


/* The largest row: every text longer than can be kept. */
static void
test_largest_row(void **state)
{
    char             text[5000];
    uint64_t         pos;
    jny_row_t        row, got;
    jny_spool_t     *sp;
    jny_log_info_t   info;

    jnytest_info(&info);
    sp = spool(JNY_SPOOL_MIN_LEN, &info);
    memset(text, 'x', sizeof(text));
    memset(&row, 0, sizeof(row));

    for (unsigned i = 0; i < JNY_TEXT_COUNT + JNY_MAX_FIELDS + 1; i++) {
        jny_slice_t  *s;

        s = i < JNY_TEXT_COUNT    ? &row.text[i]
            : i == JNY_TEXT_COUNT ? &row.agent
                                  : &row.field[i - JNY_TEXT_COUNT - 1];
        s->data = (const uint8_t *) text;
        s->len = sizeof(text);
    }

    assert_int_equal(jny_spool_add(sp, &row), JNY_OK);
    pos = 0;
    assert_int_equal(jny_spool_next(sp, &pos, &got), JNY_OK);
    assert_true(got.text[0].len >= JNY_MAX_TEXT + 3);
    assert_true(got.agent.len >= JNY_MAX_AGENT + 3);
    assert_true(got.field[JNY_MAX_FIELDS - 1].len >= JNY_MAX_TEXT + 3);
    free(sp);

    /* an agent that is not logged takes no room */
    info.agents = 0;
    sp = spool(JNY_SPOOL_MIN_LEN, &info);
    assert_int_equal(jny_spool_add(sp, &row), JNY_OK);
    pos = 0;
    assert_int_equal(jny_spool_next(sp, &pos, &got), JNY_OK);
    assert_int_equal(got.agent.len, 0);
    free(sp);
}


static void
test_release(void **state)
{
    uint64_t           pos;
    jny_row_t          row;
    jny_spool_t       *sp;
    jny_log_info_t     info;
    jny_spool_state_t  st;

    jnytest_info(&info);
    sp = spool(SIZE, &info);
    (void) fill(sp, 0, 30);

    for (pos = 0;;) {
        assert_int_equal(jny_spool_next(sp, &pos, &row), JNY_OK);

        if (row.time_ms == JNYTEST_T0 + 41 * 9) {
            break;
        }
    }

    /* ten of thirty */
    jny_spool_release(sp, pos, 10);
    jny_spool_state(sp, &st);
    assert_int_equal(st.seq, 1);
    assert_int_equal(st.base, 10);
    expect_rows(sp, 10, 20);

    (void) fill(sp, 30, 5);
    expect_rows(sp, 10, 25);
    pos = end_of(sp);

    /* a block without rows */
    jny_spool_release(sp, 0, 0);
    jny_spool_state(sp, &st);
    assert_int_equal(st.seq, 2);
    assert_int_equal(st.base, 10);
    expect_rows(sp, 10, 25);

    jny_spool_release(sp, pos, 25);
    jny_spool_state(sp, &st);
    assert_int_equal(st.seq, 3);
    assert_int_equal(st.base, 35);
    assert_int_equal(st.used, 0);
    expect_rows(sp, 0, 0);

    (void) fill(sp, 35, 7);
    expect_rows(sp, 35, 7);

    free(sp);
}


/*
 * A spool that is never empty: rows go behind, and in front when the end is
 * reached, and come back in their order, whatever was released in between.
 */
static void
test_round_and_round(void **state)
{
    unsigned           added, gone, fronts, want;
    uint64_t           pos, last;
    jny_row_t          row, as;
    jny_spool_t       *sp;
    jny_log_info_t     info, got;
    jny_spool_state_t  st;

    jnytest_info(&info);
    sp = spool(JNY_SPOOL_MIN_LEN, &info);
    added = 0;
    gone = 0;
    fronts = 0;

    for (unsigned turn = 0; turn < 200; turn++) {
        added += fill(sp, added, turn % 7 == 6 ? 10000 : 40);

        want = (added - gone) * (turn % 5) / 6;
        pos = 0;
        last = 0;

        for (unsigned i = 0; i < want; i++) {
            assert_int_equal(jny_spool_next(sp, &pos, &row), JNY_OK);
            assert_true(pos > last);
            last = pos;
        }

        jny_spool_release(sp, pos, want);
        gone += want;
        assert_int_equal(jny_spool_open(sp, JNY_SPOOL_MIN_LEN, &st, &got,
                                        NULL),
                         JNY_OK);
        assert_int_equal(st.base, gone);
        assert_int_equal(st.rows, added - gone);

        /* rows are a series of 64 texts: look at the newest only */
        pos = 0;

        for (unsigned i = gone; i < added; i++) {
            assert_int_equal(jny_spool_next(sp, &pos, &row), JNY_OK);
            jnytest_row(i, &as);
            assert_true(row.time_ms == as.time_ms);
        }

        assert_int_equal(jny_spool_next(sp, &pos, &row), JNY_END);
        fronts += pos >> 32 != 0;
    }

    assert_true(fronts > 20);
    free(sp);
}


static void
test_record_of_a_block(void **state)
{
    uint64_t            pos;
    jny_row_t           row;
    jny_spool_t        *sp;
    jny_log_info_t      info, got;
    jny_spool_state_t   st;
    jny_spool_flight_t  f;

    jnytest_info(&info);
    info.path = jnytest_text("/var/log/journey/a.jny");
    sp = spool(SIZE, &info);
    assert_int_equal(jny_spool_open(sp, SIZE, &st, &got, NULL), JNY_OK);
    same_text(got.path, info.path);

    (void) fill(sp, 0, 5);
    assert_int_equal(jny_spool_flight(sp, &f), JNY_END);

    f.rows = 2;
    f.offset = 4711;
    jny_spool_launch(sp, &f);
    memset(&f, 0, sizeof(f));
    (void) fill(sp, 5, 1);
    assert_int_equal(jny_spool_flight(sp, &f), JNY_OK);
    assert_int_equal(f.rows, 2);
    assert_int_equal(f.offset, 4711);

    /* a release makes it stale */
    pos = 0;
    assert_int_equal(jny_spool_next(sp, &pos, &row), JNY_OK);
    assert_int_equal(jny_spool_next(sp, &pos, &row), JNY_OK);
    jny_spool_release(sp, pos, 2);
    assert_int_equal(jny_spool_flight(sp, &f), JNY_END);
    expect_rows(sp, 2, 4);

    /* more rows than there are: not believed */
    f.rows = 5;
    jny_spool_launch(sp, &f);
    assert_int_equal(jny_spool_flight(sp, &f), JNY_END);

    f.rows = 0;
    jny_spool_launch(sp, &f);
    assert_int_equal(jny_spool_flight(sp, &f), JNY_OK);

    jny_spool_drop(sp, 10);
    jny_spool_end(sp, 3);
    jny_spool_state(sp, &st);
    assert_true(st.final);
    assert_int_equal(st.seq, 2);
    assert_int_equal(st.base, 5);
    assert_int_equal(st.dropped, 11);
    assert_int_equal(st.rows, 0);
    assert_int_equal(jny_spool_flight(sp, &f), JNY_END);
    assert_int_equal(jny_spool_open(sp, SIZE, &st, &got, NULL), JNY_OK);

    free(sp);
}


/*
 * A kill between any two stores of an add or a release: the memory is then a
 * mix of before and after.  Whichever byte of the difference is the last that
 * was written, the spool opens, and holds the rows of before or of after.
 */
static void
test_kill(void **state)
{
    uint8_t           *before, *mixed;
    jny_slice_t        s;
    jny_spool_t       *sp;
    jny_log_info_t     info, got;
    jny_spool_state_t  st;
    unsigned           olds, news;

    jnytest_info(&info);
    sp = spool(JNY_SPOOL_MIN_LEN, &info);
    s.data = (const uint8_t *) sp;
    s.len = JNY_SPOOL_MIN_LEN;

    for (unsigned step = 0; step < 2; step++) {
        (void) fill(sp, 0, 3);
        before = jnytest_copy(s);

        if (step == 0) {
            (void) fill(sp, 3, 1);

        } else {
            jny_spool_state(sp, &st);
            jny_spool_release(sp, end_of(sp), (uint32_t) st.rows);
        }

        mixed = jnytest_copy(s);
        memcpy(mixed, before, s.len);
        olds = 0;
        news = 0;

        /* rows first, the header's words last and "current" very last */
        for (size_t at = JNY_SPOOL_HEADER_LEN; at < s.len; at += 8) {
            memcpy(mixed + at, s.data + at, 8);
            assert_int_equal(jny_spool_open((jny_spool_t *) mixed, s.len, &st,
                                            &got, NULL),
                             JNY_OK);
            assert_int_equal(st.rows, 3 + 4 * step);
        }

        for (size_t at = 64; at < JNY_SPOOL_HEADER_LEN; at += 8) {
            memcpy(mixed + at, s.data + at, 8);
            assert_int_equal(jny_spool_open((jny_spool_t *) mixed, s.len, &st,
                                            &got, NULL),
                             JNY_OK);
            olds += st.rows == 3 + 4 * step;
            news += st.rows == (step == 0 ? 4 : 0);
        }

        assert_int_equal(olds + news, (JNY_SPOOL_HEADER_LEN - 64) / 8);
        memcpy(mixed, s.data, 64);
        assert_int_equal(jny_spool_open((jny_spool_t *) mixed, s.len, &st,
                                        &got, NULL),
                         JNY_OK);
        assert_int_equal(st.rows, step == 0 ? 4 : 0);
        assert_int_equal(st.seq, step);

        free(mixed);
        free(before);
    }

    free(sp);
}


/* Every bit of the header and of the rows flipped: refused, or harmless. */
static void
test_flips(void **state)
{
    int                rc;
    uint8_t           *copy;
    uint64_t           pos;
    jny_row_t          row;
    jny_slice_t        s;
    jny_spool_t       *sp;
    jny_log_info_t     info, got;
    jny_spool_state_t  st;

    jnytest_info(&info);
    sp = spool(JNY_SPOOL_MIN_LEN, &info);
    (void) fill(sp, 0, 3);
    s.data = (const uint8_t *) sp;
    s.len = JNY_SPOOL_MIN_LEN;
    copy = jnytest_copy(s);

    for (size_t bit = 0; bit < 8 * (JNY_SPOOL_HEADER_LEN + 300); bit++) {
        copy[bit / 8] ^= (uint8_t) (1 << bit % 8);
        rc = jny_spool_open((jny_spool_t *) copy, s.len, &st, &got, NULL);

        /* all that says what the log is */
        if (bit / 8 < 40 || (bit / 8 >= 256 && bit / 8 < 300)) {
            assert_int_equal(rc, JNY_EDATA);
        }

        pos = 0;

        while (rc == JNY_OK) {
            rc = jny_spool_next((jny_spool_t *) copy, &pos, &row);
        }

        if (bit / 8 >= JNY_SPOOL_HEADER_LEN) {
            assert_int_equal(rc, JNY_EDATA);
        }

        copy[bit / 8] ^= (uint8_t) (1 << bit % 8);
    }

    assert_int_equal(jny_spool_open((jny_spool_t *) copy, s.len - 8, &st, &got,
                                    NULL),
                     JNY_EDATA);

    free(copy);
    free(sp);
}


int
main(void)
{
    const struct CMUnitTest  tests[] = {
        cmocka_unit_test(test_init),
        cmocka_unit_test(test_rows),
        cmocka_unit_test(test_full),
        cmocka_unit_test(test_largest_row),
        cmocka_unit_test(test_release),
        cmocka_unit_test(test_round_and_round),
        cmocka_unit_test(test_record_of_a_block),
        cmocka_unit_test(test_kill),
        cmocka_unit_test(test_flips),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
