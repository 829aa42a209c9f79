/*
 * fuzz_block.c - any bytes as a payload: refused, or every row can be read
 * and keeps what the decoder promises.
 *
 * The first byte chooses: odd, the rest is the payload; even, the rest are
 * edits (place, value) of a good one, which get past the structure.
 */

#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "jny_block.h"
#include "jny_encode.h"
#include "jny_walk.h"


#define FUZZ_ROWS  40

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);


static void *
fuzz_alloc(void *ctx, size_t size)
{
    return malloc(size);
}


static void
fuzz_free(void *ctx, void *p)
{
    free(p);
}


static const jny_alloc_t  fuzz_heap = { fuzz_alloc, fuzz_free, NULL };


static void
fuzz_require(int condition)
{
    if (!condition) {
        abort();
    }
}


static jny_slice_t
fuzz_text(const char *s)
{
    jny_slice_t  text;

    text.data = (const uint8_t *) s;
    text.len = strlen(s);

    return text;
}


/* A payload in which every form of a column and every key appears. */
static jny_slice_t
fuzz_good(void)
{
    int              rc;
    uint8_t         *out;
    jny_row_t        row;
    jny_seal_t       seal;
    jny_slice_t      member, payload;
    jny_source_t     source;
    jny_header_t     h;
    jny_log_info_t   info;
    jny_encoder_t   *enc;

    memset(&info, 0, sizeof(info));
    info.writer = 1;
    info.edge = fuzz_text("edge");
    info.stages[0] = fuzz_text("one");
    info.nstages = 1;
    info.fields[0] = fuzz_text("team");
    info.nfields = 1;
    info.agents = 1;
    info.level = 1;
    enc = jny_encoder_new(&fuzz_heap, &info, &rc);
    fuzz_require(enc != NULL);

    for (unsigned i = 0; i < FUZZ_ROWS; i++) {
        memset(&row, 0, sizeof(row));
        row.time_ms = 100 * (int64_t) i * i * i;
        row.visitor = i % 5;
        row.login = i % 3;
        row.status = i == 7 ? 404 : 200;
        row.latency_ms = 1000 * i;
        row.value_e4 = i == 5 ? -5 : 0;
        row.text[JNY_TEXT_PAGE] = fuzz_text(i % 2 ? "/a" : "/b");
        row.text[JNY_TEXT_STAGE] = fuzz_text("one");
        row.field[0] = fuzz_text(i % 3 ? "x" : "");
        row.agent = fuzz_text(i % 4 ? "agent" : "");
        fuzz_require(jny_encoder_add(enc, &row) == JNY_OK);
    }

    memset(&seal, 0, sizeof(seal));
    memset(&source, 0, sizeof(source));
    seal.flags = JNY_BLOCK_SORTED;
    seal.sources = &source;
    seal.nsources = 1;
    fuzz_require(jny_encoder_seal(enc, &seal, &member, &h) == JNY_OK);

    out = malloc(h.payload_len);
    fuzz_require(jny_member_inflate(&fuzz_heap, &h, member, out, NULL)
                 == JNY_OK);
    jny_encoder_free(enc);

    payload.data = out;
    payload.len = h.payload_len;

    return payload;
}


/* Reads every byte that is lent. */
static void
fuzz_touch(jny_slice_t s, size_t max)
{
    static volatile uint8_t  sink;

    fuzz_require(s.len <= max);

    for (size_t i = 0; i < s.len; i++) {
        sink = s.data[i];
    }

    (void) sink;
}


static void
fuzz_rows(const jny_block_t *blk)
{
    jny_row_t     row;
    jny_header_t  h;

    fuzz_require(blk->nevents <= JNY_MAX_ROWS);
    fuzz_require(blk->nfields <= JNY_MAX_FIELDS);
    fuzz_require(blk->stages.n <= JNY_MAX_STAGES);
    fuzz_touch(blk->edge, JNY_MAX_TEXT);

    jny_block_header(blk, &h);
    fuzz_require(h.t_min_ms <= h.t_max_ms);
    fuzz_require(jny_block_agrees(blk, &h, NULL) == JNY_OK);

    for (uint32_t i = 0; i < blk->nevents; i++) {
        jny_block_row(blk, i, &row);
        fuzz_require(row.time_ms >= h.t_min_ms && row.time_ms <= h.t_max_ms);
        fuzz_touch(row.agent, JNY_MAX_AGENT);

        for (unsigned k = 0; k < JNY_TEXT_COUNT; k++) {
            fuzz_touch(row.text[k], JNY_MAX_TEXT);
        }

        for (unsigned k = 0; k < JNY_MAX_FIELDS; k++) {
            fuzz_touch(row.field[k], JNY_MAX_TEXT);
        }
    }
}


int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    uint8_t      *copy;
    jny_diag_t    diag;
    jny_block_t   blk;
    jny_slice_t   payload;

    static jny_slice_t  good;

    if (size == 0) {
        return 0;
    }

    if (good.data == NULL) {
        good = fuzz_good();
    }

    payload.len = data[0] & 1 ? size - 1 : good.len;
    copy = malloc(payload.len != 0 ? payload.len : 1);
    memcpy(copy, data[0] & 1 ? data + 1 : good.data, payload.len);
    payload.data = copy;

    if (!(data[0] & 1)) {
        for (size_t i = 1; i + 2 < size; i += 3) {
            copy[(data[i] | (size_t) data[i + 1] << 8) % payload.len] =
                data[i + 2];
        }
    }

    jny_block_init(&blk, &fuzz_heap);

    if (jny_block_decode(&blk, payload, NULL, &diag) == JNY_OK) {
        fuzz_rows(&blk);
    }

    jny_block_release(&blk);
    free(copy);

    return 0;
}
