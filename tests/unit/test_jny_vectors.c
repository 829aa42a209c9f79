/*
 * test_jny_vectors.c - today's encoder and decoder against the golden logs of
 * version 1 (tests/vectors/make.py says what they are).
 *
 * JNY_VECTORS=write makes v1/encoder.jny instead of reading it.
 */

#include "jnytest.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>


#define FOLDER  "tests/vectors/v1/"
#define BLOCKS  3


static void
info(jny_log_info_t *i)
{
    memset(i, 0, sizeof(*i));
    i->writer = 0x0123456789abcdefULL;
    i->edge = jnytest_text("edge-1.example");
    i->stages[0] = jnytest_text("awareness");
    i->stages[1] = jnytest_text("purchase");
    i->nstages = 2;
    i->fields[0] = jnytest_text("team");
    i->nfields = 1;
    i->agents = 1;
    i->level = 1;
}


/* The rows of make.py's ENCODER. */
static void
row(unsigned i, jny_row_t *r)
{
    memset(r, 0, sizeof(*r));
    r->time_ms = JNYTEST_T0;

#define TEXT(column, s)  r->text[JNY_TEXT_##column] = jnytest_text(s)

    if (i < 3) {
        r->status = 200;
        r->agent = jnytest_text("A/1");
        TEXT(HOST, "shop.example");
        TEXT(MODE, "full");
    }

    switch (i) {
    case 0:
        r->visitor = 0x1111111111111111ULL;
        r->latency_ms = 12;
        r->flags = JNY_ROW_NEW_VISITOR | JNY_ROW_COOKIE_SENT;
        TEXT(STAGE, "awareness");
        TEXT(PAGE, "/");
        TEXT(SOURCE, "news");
        TEXT(MEDIUM, "email");
        TEXT(CAMPAIGN, "Fr\xc3\xbchling");
        TEXT(TERM, "t");
        TEXT(CONTENT, "c");
        TEXT(CLICK, "gclid");
        r->field[0] = jnytest_text("red");
        break;
    case 1:
        r->time_ms += 5;
        r->visitor = 0x1111111111111111ULL;
        r->status = 404;
        r->latency_ms = 70000;
        r->flags = JNY_ROW_COOKIE_RETURNED;
        TEXT(PAGE, "/a\xff" "b");
        TEXT(TOUCHPOINT, "lost");
        TEXT(REFERRER, "shop.example");
        r->agent = jnytest_text("A/2");
        break;
    case 2:
        r->time_ms -= 995;
        r->latency_ms = 1;
        r->login = 0xfedcba9876543210ULL;
        r->value_e4 = 129900;
        TEXT(STAGE, "purchase");
        TEXT(PAGE, "/buy");
        TEXT(TOUCHPOINT, "/buy");
        TEXT(CURRENCY, "EUR");
        TEXT(ORDER, "1");
        break;
    default:
        r->time_ms += 90000;
        r->visitor = 2;
        r->value_e4 = -129900;
        r->score_e2 = -150;
        TEXT(PAGE, "/buy");
        TEXT(CURRENCY, "EUR");
        TEXT(ORDER, "1");
        TEXT(SCORE_KIND, "ces");
        r->field[0] = jnytest_text("blue");
    }

#undef TEXT
}


static jny_slice_t
encode(void)
{
    int              rc;
    uint8_t         *data;
    jny_row_t        r;
    jny_seal_t       seal;
    jny_slice_t      log, member;
    jny_log_info_t   i;
    jny_encoder_t   *enc;

    static const struct {
        unsigned  first;
        unsigned  n;
        uint16_t  flags;
    } blocks[BLOCKS] = {
        { 0, 3, 0 },
        { 3, 1, JNY_BLOCK_RECOVERED },
        { 4, 0, JNY_BLOCK_FINAL },
    };

    info(&i);
    enc = jny_encoder_new(&jnytest_malloc, &i, &rc);
    assert_non_null(enc);
    memset(&seal, 0, sizeof(seal));
    data = NULL;
    log.len = 0;

    for (unsigned b = 0; b < BLOCKS; b++) {
        for (unsigned k = 0; k < blocks[b].n; k++) {
            row(blocks[b].first + k, &r);
            assert_int_equal(jny_encoder_add(enc, &r), JNY_OK);
        }

        seal.seq = b;
        seal.base = blocks[b].first;
        seal.dropped = 2 * b;
        seal.erased = b;
        seal.flags = blocks[b].flags;
        assert_int_equal(jny_encoder_seal(enc, &seal, &member, NULL), JNY_OK);

        data = realloc(data, log.len + member.len);
        assert_non_null(data);
        memcpy(data + log.len, member.data, member.len);
        log.len += member.len;
    }

    jny_encoder_free(enc);
    log.data = data;

    return log;
}


static jny_slice_t
load(const char *path)
{
    FILE         *f;
    uint8_t       buffer[65536];
    jny_slice_t   s;

    f = fopen(path, "rb");
    assert_non_null(f);
    s.len = fread(buffer, 1, sizeof(buffer), f);
    assert_true(s.len != 0 && s.len < sizeof(buffer));
    (void) fclose(f);

    s.data = buffer;
    s.data = jnytest_copy(s);

    return s;
}


/* All blocks of log in turn; got is called for each. */
static void
read_log(jny_slice_t log, void (*got)(const jny_block_t *blk,
                                      const jny_header_t *h))
{
    jny_walk_t    w;
    jny_slice_t   member, payload;
    jny_block_t   blk;
    jny_header_t  h;

    jny_walk_init(&w, log);
    jny_block_init(&blk, &jnytest_malloc);

    while (w.offset < log.len) {
        assert_int_equal(jny_walk_next(&w, &h, &member, NULL), JNY_OK);
        payload = jnytest_payload(member);
        assert_int_equal(jny_block_decode(&blk, payload, NULL, NULL), JNY_OK);
        assert_int_equal(jny_block_agrees(&blk, &h, NULL), JNY_OK);
        got(&blk, &h);
        free((void *) payload.data);
    }

    jny_block_release(&blk);
}


static void
got_encoder(const jny_block_t *blk, const jny_header_t *h)
{
    jny_row_t  got, want;

    assert_true(h->writer == 0x0123456789abcdefULL);
    assert_int_equal(h->dropped, 2 * h->seq);
    assert_int_equal(h->erased, h->seq);
    assert_int_equal(blk->stages.n, 2);
    assert_int_equal(blk->edge.len, 14);

    for (uint32_t i = 0; i < blk->nevents; i++) {
        row((unsigned) h->base + i, &want);
        jny_block_row(blk, i, &got);

        if (h->base + i == 1) {
            want.text[JNY_TEXT_PAGE] = jnytest_text("/a%FFb");
        }

        jnytest_same(&got, &want);
        assert_int_equal(got.field[0].len, want.field[0].len);
    }
}


static void
test_encoder(void **state)
{
    FILE         *f;
    jny_slice_t   golden, today;

    today = encode();

    if (getenv("JNY_VECTORS") != NULL) {
        f = fopen(FOLDER "encoder.jny", "wb");
        assert_non_null(f);
        assert_int_equal(fwrite(today.data, 1, today.len, f), today.len);
        assert_int_equal(fclose(f), 0);
    }

    golden = load(FOLDER "encoder.jny");
    read_log(golden, got_encoder);
    read_log(today, got_encoder);

    free((void *) golden.data);
    free((void *) today.data);
}


static void
got_foreign(const jny_block_t *blk, const jny_header_t *h)
{
    jny_row_t  r;

    if (h->seq == 1) {
        assert_int_equal(blk->nevents, 1);
        jny_block_row(blk, 0, &r);
        assert_true(r.login == UINT64_MAX);
        return;
    }

    assert_int_equal(h->header_len, JNY_HEADER_LEN + 12);
    assert_int_equal(h->flags, JNY_BLOCK_SORTED | JNY_BLOCK_RECOVERED | 256);
    assert_int_equal(blk->nevents, 3);
    assert_int_equal(blk->nsources, 2);
    assert_int_equal(blk->sources[0].events, 700);
    assert_int_equal(blk->sources[1].first_seq, 2);

    jny_block_row(blk, 0, &r);
    assert_int_equal(r.time_ms, -10);
    assert_int_equal(r.visitor, 7);
    assert_int_equal(r.status, 500);
    assert_int_equal(r.login, 300);
    assert_int_equal(r.agent.len, 1);
    assert_memory_equal(r.text[JNY_TEXT_TOUCHPOINT].data, "t", 1);

    jny_block_row(blk, 1, &r);
    assert_int_equal(r.time_ms, -9);
    assert_int_equal(r.login, 0);
    assert_memory_equal(r.text[JNY_TEXT_TOUCHPOINT].data, "/", 1);

    jny_block_row(blk, 2, &r);
    assert_int_equal(r.time_ms, -10);
    assert_int_equal(r.visitor, 0);
    assert_int_equal(r.status, 200);
    assert_int_equal(r.text[JNY_TEXT_PAGE].len, 1);
    assert_true(r.value_e4 == INT64_MIN);
    assert_true(r.score_e2 == INT32_MIN);
    assert_int_equal(r.field[0].len, 1);
}


static void
test_foreign(void **state)
{
    jny_slice_t  golden;

    golden = load(FOLDER "foreign.jny");
    read_log(golden, got_foreign);
    free((void *) golden.data);
}


int
main(void)
{
    const struct CMUnitTest  tests[] = {
        cmocka_unit_test(test_encoder),
        cmocka_unit_test(test_foreign),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
