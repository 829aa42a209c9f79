/*
 * Too many different texts: a million campaigns, each once, take no more
 * memory than a thousand do, and every row that lost its name is counted.
 */

#include "jnytest.h"

#include <malloc.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>


#define ROWS       1000000u
#define BLOCK      8192u
#define MAX        1000u
#define ENOUGH     (8u << 20)    /* bytes for rows, names, payload, member */


typedef struct {
    size_t  live;
    size_t  most;
} measure_t;

typedef struct {
    uint32_t  named;
    uint32_t  other;
    uint32_t  orders;
} tally_t;


static void *
measure_alloc(void *ctx, size_t size)
{
    void       *p;
    measure_t  *m = ctx;

    p = malloc(size);
    assert_non_null(p);

    m->live += malloc_usable_size(p);
    m->most = m->live > m->most ? m->live : m->most;

    return p;
}


static void
measure_free(void *ctx, void *p)
{
    measure_t  *m = ctx;

    m->live -= malloc_usable_size(p);
    free(p);
}


/* Row i: a campaign, a term, an order and a field that no other row has. */
static void
add(jny_encoder_t *enc, uint32_t i)
{
    char        text[64];
    jny_row_t   row;

    memset(&row, 0, sizeof(row));
    (void) snprintf(text, sizeof(text), "campaign-%u-of-somebody", i);

    row.time_ms = JNYTEST_T0 + i;
    row.text[JNY_TEXT_CAMPAIGN] = jnytest_text(text);
    row.text[JNY_TEXT_TERM] = row.text[JNY_TEXT_CAMPAIGN];
    row.text[JNY_TEXT_ORDER] = row.text[JNY_TEXT_CAMPAIGN];
    row.field[0] = row.text[JNY_TEXT_CAMPAIGN];

    assert_int_equal(jny_encoder_add(enc, &row), JNY_OK);
}


/* Seals a block of rows first, first + 1, ... and counts what it says. */
static void
seal(jny_encoder_t *enc, jny_block_t *blk, uint32_t first, tally_t *tally)
{
    char         text[64];
    jny_row_t    row;
    jny_diag_t   diag;
    jny_seal_t   how;
    jny_slice_t  member, payload, name;

    memset(&how, 0, sizeof(how));
    assert_int_equal(jny_encoder_seal(enc, &how, &member, NULL), JNY_OK);

    payload = jnytest_payload(member);
    assert_int_equal(jny_block_decode(blk, payload, NULL, &diag), JNY_OK);

    for (uint32_t i = 0; i < blk->nevents; i++) {
        (void) snprintf(text, sizeof(text), "campaign-%u-of-somebody",
                        first + i);
        jny_block_row(blk, i, &row);

        name = row.text[JNY_TEXT_CAMPAIGN];

        if (name.len == strlen(JNY_OTHER)
            && memcmp(name.data, JNY_OTHER, name.len) == 0)
        {
            tally->other++;

        } else {
            assert_int_equal(name.len, strlen(text));
            assert_memory_equal(name.data, text, name.len);
            tally->named++;
        }

        /* whose orders these are is never forgotten */

        name = row.text[JNY_TEXT_ORDER];
        assert_int_equal(name.len, strlen(text));
        tally->orders += memcmp(name.data, text, name.len) == 0;
    }

    assert_true(blk->dict[JNY_TEXT_CAMPAIGN].n <= MAX + 2);
    assert_true(blk->dict[JNY_TEXT_TERM].n <= MAX + 2);
    assert_true(blk->field_dicts[0].n <= MAX + 2);

    free((void *) payload.data);
}


static jny_encoder_t *
encoder(const jny_alloc_t *alloc)
{
    int              rc;
    jny_encoder_t   *enc;
    jny_log_info_t   info;

    jnytest_info(&info);
    enc = jny_encoder_new(alloc, &info, &rc);
    assert_non_null(enc);
    jny_encoder_cap(enc, MAX);

    return enc;
}


static void
test_million_campaigns(void **state)
{
    tally_t         tally = { 0 };
    uint32_t        n, blocks;
    measure_t       m = { 0 };
    jny_alloc_t     alloc = { measure_alloc, measure_free, &m };
    jny_block_t     blk;
    jny_encoder_t  *enc;

    enc = encoder(&alloc);
    jny_block_init(&blk, &jnytest_malloc);
    blocks = 0;

    for (uint32_t i = 0; i < ROWS; i += n) {

        for (n = 0; n < BLOCK && i + n < ROWS; n++) {
            add(enc, i + n);
        }

        seal(enc, &blk, i, &tally);
        blocks++;
    }

    assert_int_equal(tally.named, (blocks - 1) * MAX + ROWS % BLOCK);
    assert_int_equal(tally.other, ROWS - tally.named);
    assert_int_equal(tally.orders, ROWS);
    assert_true(m.most < ENOUGH);

    jny_block_release(&blk);
    jny_encoder_free(enc);
    assert_int_equal(m.live, 0);
}


/* Names of the block keep their rows when it is full of names. */
static void
test_known_names_go_on(void **state)
{
    tally_t         tally = { 0 };
    jny_seal_t      how;
    jny_slice_t     member, payload;
    jny_block_t     blk;
    jny_encoder_t  *enc;

    enc = encoder(&jnytest_malloc);
    jny_block_init(&blk, &jnytest_malloc);

    for (uint32_t i = 0; i < MAX; i++) {
        add(enc, i);
    }

    seal(enc, &blk, 0, &tally);
    assert_int_equal(tally.other, 0);
    assert_int_equal(blk.dict[JNY_TEXT_CAMPAIGN].n, MAX + 1);

    for (uint32_t i = 0; i < MAX + 10; i++) {
        add(enc, i);
    }

    seal(enc, &blk, 0, &tally);
    assert_int_equal(tally.other, 10);

    /* and again, behind those that came too late */

    for (uint32_t i = 0; i < MAX + 10; i++) {
        add(enc, i);
    }

    for (uint32_t i = 0; i < MAX; i++) {
        add(enc, i);
    }

    memset(&how, 0, sizeof(how));
    assert_int_equal(jny_encoder_seal(enc, &how, &member, NULL), JNY_OK);
    payload = jnytest_payload(member);
    assert_int_equal(jny_block_decode(&blk, payload, NULL, NULL), JNY_OK);

    for (uint32_t i = 0; i < MAX; i++) {
        assert_int_equal(
            jny_column_at(&blk.text[JNY_TEXT_CAMPAIGN], MAX + 10 + i),
            jny_column_at(&blk.text[JNY_TEXT_CAMPAIGN], i));
    }

    free((void *) payload.data);
    jny_block_release(&blk);
    jny_encoder_free(enc);
}


int
main(void)
{
    const struct CMUnitTest  tests[] = {
        cmocka_unit_test(test_million_campaigns),
        cmocka_unit_test(test_known_names_go_on),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
