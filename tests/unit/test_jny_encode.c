/*
 * test_jny_encode.c - rows in, blocks out; read back by our own decoder here,
 * by others in tests/vectors.
 */

#include "jnytest.h"

#include <stdlib.h>
#include <string.h>


static jny_encoder_t *
encoder(const jny_log_info_t *info)
{
    int             rc;
    jny_encoder_t  *enc;

    enc = jny_encoder_new(&jnytest_malloc, info, &rc);
    assert_int_equal(rc, JNY_OK);

    return enc;
}


static void
test_invalid_info(void **state)
{
    int              rc;
    jny_log_info_t   info;

    static char  name[JNY_MAX_FIELD_NAME + 2];

#define EXPECT(change, want)                                                   \
    jnytest_info(&info);                                                       \
    change;                                                                    \
    rc = 1;                                                                    \
    jny_encoder_free(jny_encoder_new(&jnytest_malloc, &info, &rc));            \
    assert_int_equal(rc, want)

    memset(name, 'f', sizeof(name) - 1);

    EXPECT(info.writer = 0, JNY_EINVAL);
    EXPECT(info.level = 0, JNY_EINVAL);
    EXPECT(info.level = 10, JNY_EINVAL);
    EXPECT(info.level = 9, JNY_OK);
    EXPECT(info.nstages = JNY_MAX_STAGES + 1, JNY_EINVAL);
    EXPECT(info.nfields = JNY_MAX_FIELDS + 1, JNY_EINVAL);
    EXPECT(info.stages[1].len = 0, JNY_EINVAL);
    EXPECT(info.fields[1].len = 0, JNY_EINVAL);
    EXPECT(info.fields[1] = info.fields[0], JNY_EINVAL);
    EXPECT(info.fields[1] = jnytest_text("\xff"), JNY_EINVAL);
    EXPECT(info.fields[1] = jnytest_text(name), JNY_EINVAL);
    EXPECT(info.fields[1] = jnytest_text(name + 1), JNY_OK);

#undef EXPECT

    jny_encoder_free(NULL);
}


static void
test_round_trip(void **state)
{
    jny_seal_t       seal;
    jny_slice_t      member;
    jny_header_t     h;
    jny_log_info_t   info;

    static const unsigned  sizes[] = { 1, 2, 7, 64, 255, 256, 257, 5000 };

    jnytest_info(&info);

    for (size_t i = 0; i < sizeof(sizes) / sizeof(sizes[0]); i++) {
        memset(&seal, 0, sizeof(seal));
        seal.seq = 5;
        seal.base = 77;
        seal.dropped = 3;
        seal.erased = 2;
        info.level = (int) (i + 1);

        member = jnytest_block(&info, &seal, 1000, sizes[i], &h);
        jnytest_expect(member, 1000, sizes[i]);

        assert_int_equal(h.member_len, member.len);
        assert_int_equal(h.nevents, sizes[i]);
        assert_true(h.writer == JNYTEST_WRITER);
        assert_int_equal(h.seq, 5);
        assert_int_equal(h.base, 77);
        assert_int_equal(h.dropped, 3);
        assert_int_equal(h.erased, 2);

        free((void *) member.data);
    }
}


/* The header's times are those of the rows, in whatever order they came. */
static void
test_times(void **state)
{
    jny_row_t        row;
    jny_seal_t       seal;
    jny_slice_t      member;
    jny_header_t     h;
    jny_log_info_t   info;
    jny_encoder_t   *enc;

    static const int64_t  times[] = { 500, INT64_MAX, -7, INT64_MIN, 3 };

    jnytest_info(&info);
    memset(&seal, 0, sizeof(seal));
    memset(&row, 0, sizeof(row));
    enc = encoder(&info);

    for (size_t i = 0; i < 5; i++) {
        row.time_ms = times[i];
        assert_int_equal(jny_encoder_add(enc, &row), JNY_OK);
    }

    assert_int_equal(jny_encoder_seal(enc, &seal, &member, &h), JNY_OK);
    assert_true(h.t_min_ms == INT64_MIN);
    assert_true(h.t_max_ms == INT64_MAX);

    {
        jny_block_t   blk;
        jny_slice_t   payload;
        jny_header_t  again;

        payload = jnytest_payload(member);
        jny_block_init(&blk, &jnytest_malloc);
        assert_int_equal(jny_block_decode(&blk, payload, NULL, NULL), JNY_OK);

        for (uint32_t i = 0; i < 5; i++) {
            jny_block_row(&blk, i, &row);
            assert_true(row.time_ms == times[i]);
        }

        jny_block_header(&blk, &again);
        assert_true(again.t_min_ms == INT64_MIN);
        assert_true(again.t_max_ms == INT64_MAX);

        jny_block_release(&blk);
        free((void *) payload.data);
    }

    jny_encoder_free(enc);
}


static void
test_final(void **state)
{
    jny_row_t        row;
    jny_seal_t       seal;
    jny_slice_t      member;
    jny_header_t     h;
    jny_log_info_t   info;
    jny_encoder_t   *enc;

    jnytest_info(&info);
    memset(&seal, 0, sizeof(seal));
    enc = encoder(&info);

    assert_int_equal(jny_encoder_seal(enc, &seal, &member, &h), JNY_EINVAL);

    seal.flags = JNY_BLOCK_FINAL;
    assert_int_equal(jny_encoder_seal(enc, &seal, &member, &h), JNY_OK);
    assert_int_equal(h.nevents, 0);
    jnytest_expect(member, 0, 0);

    /* behind rows it carries the time of the newest */
    jnytest_row(3, &row);
    seal.flags = 0;
    assert_int_equal(jny_encoder_add(enc, &row), JNY_OK);
    assert_int_equal(jny_encoder_seal(enc, &seal, &member, &h), JNY_OK);
    seal.flags = JNY_BLOCK_FINAL;
    assert_int_equal(jny_encoder_seal(enc, &seal, &member, &h), JNY_OK);
    assert_true(h.t_min_ms == row.time_ms && h.t_max_ms == row.time_ms);
    jnytest_expect(member, 0, 0);

    jny_encoder_free(enc);
}


/* Nothing of one block leaks into the next. */
static void
test_blocks_are_independent(void **state)
{
    jny_row_t        row;
    jny_seal_t       seal;
    jny_slice_t      first, second, member;
    jny_log_info_t   info;
    jny_encoder_t   *enc;

    jnytest_info(&info);
    memset(&seal, 0, sizeof(seal));
    enc = encoder(&info);

    first = jnytest_block(&info, &seal, 0, 300, NULL);
    second = jnytest_block(&info, &seal, 700, 50, NULL);

    for (unsigned round = 0; round < 3; round++) {
        for (unsigned i = 0; i < 300; i++) {
            jnytest_row(i, &row);
            assert_int_equal(jny_encoder_add(enc, &row), JNY_OK);
        }

        assert_int_equal(jny_encoder_rows(enc), 300);

        if (round == 1) {
            jny_encoder_reset(enc);

        } else {
            assert_int_equal(jny_encoder_seal(enc, &seal, &member, NULL),
                             JNY_OK);
            assert_int_equal(member.len, first.len);
            assert_memory_equal(member.data, first.data, first.len);
        }

        assert_int_equal(jny_encoder_rows(enc), 0);

        for (unsigned i = 700; i < 750; i++) {
            jnytest_row(i, &row);
            assert_int_equal(jny_encoder_add(enc, &row), JNY_OK);
        }

        assert_int_equal(jny_encoder_seal(enc, &seal, &member, NULL), JNY_OK);
        assert_int_equal(member.len, second.len);
        assert_memory_equal(member.data, second.data, second.len);
    }

    jny_encoder_free(enc);
    free((void *) first.data);
    free((void *) second.data);
}


static void
expect_text(jny_slice_t in, const char *want, size_t len)
{
    jny_row_t        row;
    jny_seal_t       seal;
    jny_slice_t      member, payload;
    jny_block_t      blk;
    jny_log_info_t   info;
    jny_encoder_t   *enc;

    jnytest_info(&info);
    memset(&seal, 0, sizeof(seal));
    memset(&row, 0, sizeof(row));
    enc = encoder(&info);

    row.text[JNY_TEXT_CAMPAIGN] = in;
    row.agent = in;
    row.text[JNY_TEXT_CAMPAIGN].data = jnytest_copy(in);
    assert_int_equal(jny_encoder_add(enc, &row), JNY_OK);
    free((void *) row.text[JNY_TEXT_CAMPAIGN].data);

    assert_int_equal(jny_encoder_seal(enc, &seal, &member, NULL), JNY_OK);
    payload = jnytest_payload(member);
    jny_block_init(&blk, &jnytest_malloc);
    assert_int_equal(jny_block_decode(&blk, payload, NULL, NULL), JNY_OK);
    jny_block_row(&blk, 0, &row);

    assert_int_equal(row.text[JNY_TEXT_CAMPAIGN].len, len);
    assert_memory_equal(row.text[JNY_TEXT_CAMPAIGN].data, want, len);

    if (len > JNY_MAX_AGENT) {
        len = JNY_MAX_AGENT;
    }

    assert_true(row.agent.len <= len && row.agent.len + 4 > len);
    assert_memory_equal(row.agent.data, want, row.agent.len);

    jny_block_release(&blk);
    free((void *) payload.data);
    jny_encoder_free(enc);
}


static void
test_texts_are_cleaned(void **state)
{
    char         long_text[3000];
    jny_slice_t  s;

    expect_text(jnytest_text("caf\xc3\xa9"), "caf\xc3\xa9", 5);
    expect_text(jnytest_text("caf\xe9"), "caf%E9", 6);

    memset(long_text, 'x', sizeof(long_text));
    s.data = (const uint8_t *) long_text;
    s.len = sizeof(long_text);
    expect_text(s, long_text, JNY_MAX_TEXT);

    /* a character that would cross the limit is left out whole */
    memcpy(long_text + JNY_MAX_TEXT - 1, "\xe2\x82\xac", 3);
    expect_text(s, long_text, JNY_MAX_TEXT - 1);
}


/* Dirty and clean spellings of one text are one entry. */
static void
test_cleaned_twins(void **state)
{
    jny_row_t        row;
    jny_seal_t       seal;
    jny_slice_t      member, payload;
    jny_block_t      blk;
    jny_log_info_t   info;
    jny_encoder_t   *enc;

    jnytest_info(&info);
    memset(&seal, 0, sizeof(seal));
    memset(&row, 0, sizeof(row));
    enc = encoder(&info);

    for (unsigned i = 0; i < 6; i++) {
        row.text[JNY_TEXT_TERM] =
            jnytest_text(i % 3 == 0 ? "a\xff" : i % 3 == 1 ? "a%FF" : "b");
        assert_int_equal(jny_encoder_add(enc, &row), JNY_OK);
    }

    assert_int_equal(jny_encoder_seal(enc, &seal, &member, NULL), JNY_OK);
    payload = jnytest_payload(member);
    jny_block_init(&blk, &jnytest_malloc);
    assert_int_equal(jny_block_decode(&blk, payload, NULL, NULL), JNY_OK);
    assert_int_equal(blk.dict[JNY_TEXT_TERM].n, 3);

    jny_block_release(&blk);
    free((void *) payload.data);
    jny_encoder_free(enc);
}


static void
test_row_limit(void **state)
{
    unsigned         n;
    jny_row_t        row;
    jny_seal_t       seal;
    jny_slice_t      member;
    jny_header_t     h;
    jny_log_info_t   info;
    jny_encoder_t   *enc;

    jnytest_info(&info);
    memset(&seal, 0, sizeof(seal));
    memset(&row, 0, sizeof(row));
    enc = encoder(&info);

    for (n = 0; jny_encoder_add(enc, &row) == JNY_OK; n++) {
        row.time_ms++;
    }

    assert_int_equal(n, JNY_MAX_ROWS);
    assert_int_equal(jny_encoder_add(enc, &row), JNY_ELIMIT);
    assert_int_equal(jny_encoder_rows(enc), n);
    assert_int_equal(jny_encoder_seal(enc, &seal, &member, &h), JNY_OK);
    assert_int_equal(h.nevents, n);

    jny_encoder_free(enc);
}


/* The widest rows there are: a new text in every column of every row. */
static void
widest_row(unsigned i, unsigned len, jny_row_t *row)
{
    uint8_t  *p;

    static uint8_t  texts[JNY_TEXT_COUNT + JNY_MAX_FIELDS + 1][JNY_MAX_TEXT];

    memset(row, 0, sizeof(*row));
    row->time_ms = i % 2 ? INT64_MAX / 2 : INT64_MIN / 2;
    row->visitor = 0x9e3779b97f4a7c15ULL * (i + 1);
    row->login = ~row->visitor;
    row->status = UINT32_MAX - i;
    row->latency_ms = UINT32_MAX - i;
    row->flags = UINT32_MAX - i;
    row->score_e2 = INT32_MIN;
    row->value_e4 = INT64_MIN + i;

    for (unsigned k = 0; k < JNY_TEXT_COUNT + JNY_MAX_FIELDS + 1; k++) {
        p = texts[k];
        memset(p, 'a' + (int) k % 26, len);
        memcpy(p, &i, sizeof(i));

        for (unsigned b = 0; b < sizeof(i); b++) {
            p[b] = (uint8_t) ('0' + (i >> (6 * b) & 63));
        }

        if (k < JNY_TEXT_COUNT) {
            row->text[k].data = p;
            row->text[k].len = len;

        } else if (k < JNY_TEXT_COUNT + JNY_MAX_FIELDS) {
            row->field[k - JNY_TEXT_COUNT].data = p;
            row->field[k - JNY_TEXT_COUNT].len = len;

        } else {
            row->agent.data = p;
            row->agent.len = len < JNY_MAX_AGENT ? len : JNY_MAX_AGENT;
        }
    }
}


static void
test_payload_limit(void **state)
{
    int              rc;
    char             names[JNY_MAX_FIELDS][JNY_MAX_FIELD_NAME + 1];
    unsigned         n;
    jny_row_t        row;
    jny_seal_t       seal;
    jny_slice_t      member;
    jny_header_t     h;
    jny_log_info_t   info;
    jny_encoder_t   *enc;

    static const unsigned  lens[] = { 4, 5, 40, JNY_MAX_TEXT };

    jnytest_info(&info);
    memset(&seal, 0, sizeof(seal));

    for (unsigned i = 0; i < JNY_MAX_FIELDS; i++) {
        memset(names[i], 'a' + (int) i, JNY_MAX_FIELD_NAME);
        names[i][JNY_MAX_FIELD_NAME] = '\0';
        info.fields[i] = jnytest_text(names[i]);
    }

    info.nfields = JNY_MAX_FIELDS;

    for (size_t k = 0; k < sizeof(lens) / sizeof(lens[0]); k++) {
        enc = encoder(&info);

        for (n = 0;; n++) {
            widest_row(n, lens[k], &row);

            rc = jny_encoder_add(enc, &row);
            if (rc != JNY_OK) {
                break;
            }
        }

        assert_int_equal(rc, JNY_ELIMIT);
        assert_true(n > 100);
        assert_int_equal(jny_encoder_seal(enc, &seal, &member, &h), JNY_OK);
        assert_int_equal(h.nevents, n);
        assert_true(h.payload_len <= JNY_MAX_PAYLOAD);
        assert_true(h.payload_len > JNY_MAX_PAYLOAD / 2);

        /* an empty block takes the row that did not fit */
        assert_int_equal(jny_encoder_add(enc, &row), JNY_OK);
        assert_int_equal(jny_encoder_seal(enc, &seal, &member, &h), JNY_OK);

        jny_encoder_free(enc);
    }
}


static void
test_sources(void **state)
{
    jny_seal_t       seal;
    jny_slice_t      member, payload;
    jny_block_t      blk;
    jny_source_t     sources[2];
    jny_log_info_t   info;

    jnytest_info(&info);
    memset(&seal, 0, sizeof(seal));
    memset(sources, 0, sizeof(sources));

    sources[0].writer = UINT64_MAX;
    sources[0].last_seq = 9;
    sources[0].events = 70000;
    sources[1].writer = 7;
    sources[1].first_seq = 3;
    sources[1].last_seq = 3;
    sources[1].erased = 1;
    sources[1].base = UINT32_MAX;
    sources[1].dropped_first = 2;
    sources[1].dropped = 300;
    sources[1].flags = JNY_BLOCK_FINAL;
    sources[1].edge.data = (const uint8_t *) "edge-1";
    sources[1].edge.len = 6;

    seal.flags = JNY_BLOCK_SORTED;
    seal.sources = sources;
    seal.nsources = 2;

    member = jnytest_block(&info, &seal, 0, 10, NULL);
    payload = jnytest_payload(member);
    jny_block_init(&blk, &jnytest_malloc);
    assert_int_equal(jny_block_decode(&blk, payload, NULL, NULL), JNY_OK);
    assert_int_equal(blk.nsources, 2);
    assert_int_equal(blk.sources[0].edge.len, 0);
    assert_memory_equal(blk.sources, sources,
                        offsetof(jny_source_t, edge));
    assert_memory_equal(&blk.sources[1], &sources[1],
                        offsetof(jny_source_t, edge));
    assert_int_equal(blk.sources[1].edge.len, 6);
    assert_memory_equal(blk.sources[1].edge.data, "edge-1", 6);

    jny_block_release(&blk);
    free((void *) payload.data);
    free((void *) member.data);
}


/*
 * Memory fails at the call number n, for every n: the encoder is left as it
 * was, and what was added before is what is sealed in the end.
 */
static int
encode_with(jnytest_heap_t *heap)
{
    int              rc, failed;
    jny_row_t        row;
    jny_seal_t       seal;
    jny_alloc_t      alloc;
    jny_slice_t      member;
    jny_log_info_t   info;
    jny_encoder_t   *enc;

    jnytest_info(&info);
    memset(&seal, 0, sizeof(seal));
    alloc = jnytest_alloc(heap);
    failed = 0;

    enc = jny_encoder_new(&alloc, &info, &rc);

    if (enc == NULL) {
        assert_int_equal(rc, JNY_ENOMEM);
        return 1;
    }

    for (unsigned i = 0; i < 700; i++) {
        jnytest_row(i, &row);
        rc = jny_encoder_add(enc, &row);

        if (rc != JNY_OK) {
            assert_int_equal(rc, JNY_ENOMEM);
            assert_int_equal(jny_encoder_rows(enc), i);
            failed = 1;
            heap->fail_at = 0;
            rc = jny_encoder_add(enc, &row);
        }

        assert_int_equal(rc, JNY_OK);
    }

    rc = jny_encoder_seal(enc, &seal, &member, NULL);

    if (rc != JNY_OK) {
        assert_int_equal(rc, JNY_ENOMEM);
        assert_int_equal(jny_encoder_rows(enc), 700);
        failed = 1;
        heap->fail_at = 0;
        rc = jny_encoder_seal(enc, &seal, &member, NULL);
    }

    assert_int_equal(rc, JNY_OK);
    jnytest_expect(member, 0, 700);
    jny_encoder_free(enc);

    return failed;
}


static void
test_memory_fails(void **state)
{
    int             failed;
    jnytest_heap_t  heap;

    for (long n = 1;; n++) {
        memset(&heap, 0, sizeof(heap));
        heap.fail_at = n;

        failed = encode_with(&heap);
        assert_int_equal(heap.live, 0);

        if (!failed) {
            assert_true(n > 50);
            break;
        }
    }
}


int
main(void)
{
    const struct CMUnitTest  tests[] = {
        cmocka_unit_test(test_invalid_info),
        cmocka_unit_test(test_round_trip),
        cmocka_unit_test(test_times),
        cmocka_unit_test(test_final),
        cmocka_unit_test(test_blocks_are_independent),
        cmocka_unit_test(test_texts_are_cleaned),
        cmocka_unit_test(test_cleaned_twins),
        cmocka_unit_test(test_row_limit),
        cmocka_unit_test(test_payload_limit),
        cmocka_unit_test(test_sources),
        cmocka_unit_test(test_memory_fails),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
