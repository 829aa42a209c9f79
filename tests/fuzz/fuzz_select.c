/*
 * fuzz_select.c - a selector of any bytes against a small block: it is
 * refused with a place inside the text, or it matches without a fault and
 * says the same of its own text.
 */

#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "engine/heap.h"
#include "engine/select.h"
#include "engine/steps.h"
#include "jny_encode.h"
#include "jny_walk.h"


int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);


#define FUZZ_ROWS   4
#define FUZZ_STEPS  8

static jny_block_t     fuzz_blk;
static jny_matcher_t  *fuzz_matcher;
static jny_slice_t     fuzz_stages[2];


static jny_slice_t
fuzz_slice(const char *s)
{
    jny_slice_t  text;

    text.data = (const uint8_t *) s;
    text.len = strlen(s);

    return text;
}


static void
fuzz_require(int condition)
{
    if (!condition) {
        abort();
    }
}


static void
fuzz_rows(jny_encoder_t *enc)
{
    jny_row_t                 row;
    static const char *const  pages[FUZZ_ROWS] = { "/", "/a/b", "/a*", "/\\" };

    for (unsigned i = 0; i < FUZZ_ROWS; i++) {
        memset(&row, 0, sizeof(row));
        row.time_ms = 1700000000000 + i;
        row.visitor = i;
        row.status = 100 * i;
        row.value_e4 = i - 2;
        row.text[JNY_TEXT_PAGE] = fuzz_slice(pages[i]);
        row.text[JNY_TEXT_STAGE] = fuzz_slice(i & 1 ? "see" : "");
        row.text[JNY_TEXT_TOUCHPOINT] = fuzz_slice(i & 2 ? "t" : "");
        row.field[0] = fuzz_slice(i & 1 ? "red" : "");
        row.agent = fuzz_slice(i & 2 ? "curl/8" : "Firefox");

        fuzz_require(jny_encoder_add(enc, &row) == JNY_OK);
    }
}


static void
fuzz_init(void)
{
    int              rc;
    uint8_t         *out;
    jny_seal_t       seal;
    jny_slice_t      member, payload;
    jny_header_t     h;
    jny_encoder_t   *enc;
    jny_log_info_t   info;

    fuzz_stages[0] = fuzz_slice("see");
    fuzz_stages[1] = fuzz_slice("buy");

    memset(&info, 0, sizeof(info));
    info.writer = 1;
    info.stages[0] = fuzz_stages[0];
    info.stages[1] = fuzz_stages[1];
    info.nstages = 2;
    info.fields[0] = fuzz_slice("team");
    info.nfields = 1;
    info.agents = 1;
    info.level = 1;

    enc = jny_encoder_new(&jny_heap, &info, &rc);
    fuzz_require(enc != NULL);
    fuzz_rows(enc);

    memset(&seal, 0, sizeof(seal));
    fuzz_require(jny_encoder_seal(enc, &seal, &member, &h) == JNY_OK);

    out = malloc(h.payload_len);
    fuzz_require(out != NULL
                 && jny_member_inflate(&jny_heap, &h, member, out, NULL)
                        == JNY_OK);

    payload.data = out;
    payload.len = h.payload_len;
    jny_block_init(&fuzz_blk, &jny_heap);
    fuzz_require(jny_block_decode(&fuzz_blk, payload, NULL, NULL) == JNY_OK);

    fuzz_matcher = jny_matcher_new();
    fuzz_require(fuzz_matcher != NULL);
    jny_encoder_free(enc);
}


static void
fuzz_match(const jny_selector_t *sel, uint64_t *words)
{
    memset(words, 0, FUZZ_ROWS * sizeof(*words));
    fuzz_require(jny_selector_match(sel, fuzz_matcher, &fuzz_blk, fuzz_stages,
                                    2, words, 1) == JNY_OK);
}


static void
fuzz_steps(const char *text)
{
    unsigned          n;
    jny_step_t        steps[FUZZ_STEPS];
    jny_diag_t        diag;
    jny_selector_t  **sels;

    if (jny_steps_parse(&sels, steps, &n, FUZZ_STEPS, text, &diag) == JNY_OK) {
        fuzz_require(n >= 1 && n <= FUZZ_STEPS);
        jny_steps_free(sels, n);

    } else {
        fuzz_require(diag.offset <= strlen(text));
    }
}


int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    char            *text;
    uint64_t         words[FUZZ_ROWS], again[FUZZ_ROWS];
    jny_diag_t       diag;
    jny_carried_t    carried;
    jny_selector_t  *sel, *same;

    if (fuzz_matcher == NULL) {
        fuzz_init();
    }

    text = strndup((const char *) data, size);
    fuzz_require(text != NULL);
    fuzz_steps(text);

    if (jny_selector_parse(&sel, text, &diag) != JNY_OK) {
        fuzz_require(diag.offset <= strlen(text));
        free(text);
        return 0;
    }

    fuzz_match(sel, words);

    memset(&carried, 0, sizeof(carried));
    carried.campaign = fuzz_slice("spring");
    jny_selector_match_carried(sel, &carried);

    fuzz_require(jny_selector_parse(&same, jny_selector_text(sel), NULL)
                 == JNY_OK);
    fuzz_match(same, again);
    fuzz_require(memcmp(words, again, sizeof(words)) == 0);

    jny_selector_free(same);
    jny_selector_free(sel);
    free(text);

    return 0;
}
