/*
 * jnytest.c - rows, blocks and heaps for the tests of the log format.
 */

#include "jnytest.h"

#include <msgpack.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>


#define JNYTEST_ROWS  64
#define JNYTEST_LEN   64


static void *
jnytest_plain_alloc(void *ctx, size_t size)
{
    return malloc(size);
}


static void
jnytest_plain_free(void *ctx, void *p)
{
    free(p);
}


const jny_alloc_t  jnytest_malloc = {
    jnytest_plain_alloc,
    jnytest_plain_free,
    NULL
};


static void *
jnytest_heap_alloc(void *ctx, size_t size)
{
    void            *p;
    jnytest_heap_t  *heap;

    heap = ctx;

    if (++heap->calls >= heap->fail_at && heap->fail_at != 0) {
        return NULL;
    }

    p = malloc(size);
    assert_non_null(p);

    /* what is not zeroed must not be relied on */
    memset(p, 0xa5, size);
    heap->live++;

    return p;
}


static void
jnytest_heap_free(void *ctx, void *p)
{
    jnytest_heap_t  *heap;

    heap = ctx;
    heap->live--;

    assert_non_null(p);
    free(p);
}


jny_alloc_t
jnytest_alloc(jnytest_heap_t *heap)
{
    jny_alloc_t  alloc;

    alloc.alloc = jnytest_heap_alloc;
    alloc.free = jnytest_heap_free;
    alloc.ctx = heap;

    return alloc;
}


jny_slice_t
jnytest_text(const char *s)
{
    jny_slice_t  slice;

    slice.data = (const uint8_t *) s;
    slice.len = strlen(s);

    return slice;
}


uint8_t *
jnytest_copy(jny_slice_t s)
{
    uint8_t  *p;

    p = malloc(s.len != 0 ? s.len : 1);
    assert_non_null(p);

    if (s.len != 0) {
        memcpy(p, s.data, s.len);
    }

    return p;
}


void
jnytest_info(jny_log_info_t *info)
{
    memset(info, 0, sizeof(*info));
    info->writer = JNYTEST_WRITER;
    info->edge = jnytest_text("edge-1");
    info->stages[0] = jnytest_text("awareness");
    info->stages[1] = jnytest_text("purchase");
    info->nstages = 2;
    info->fields[0] = jnytest_text("persona");
    info->fields[1] = jnytest_text("team");
    info->nfields = 2;
    info->agents = 1;
    info->level = 1;
}


static jny_slice_t
jnytest_numbered(char *out, const char *fmt, unsigned i)
{
    jny_slice_t  s;

    s.len = (size_t) snprintf(out, JNYTEST_LEN, fmt, i);
    s.data = (const uint8_t *) out;

    return s;
}


void
jnytest_row(unsigned i, jny_row_t *row)
{
    char(*b)[JNYTEST_LEN];

    static char  texts[JNYTEST_ROWS][4][JNYTEST_LEN];

    b = texts[i % JNYTEST_ROWS];

    memset(row, 0, sizeof(*row));
    row->time_ms = JNYTEST_T0 + 41 * (int64_t) i - 500 * (i % 7 == 3)
                   + 100000 * (int64_t) (i / 50);
    row->visitor = i % 11 == 0 ? 0 : 0x9e3779b97f4a7c15ULL * (i % 31 + 1);
    row->login = i % 13 == 5 ? 0xd6e8feb86659fd93ULL * (i % 3 + 1) : 0;
    row->status = i % 9 == 8 ? 404 : 200;
    row->latency_ms = i % 17 == 0 ? 70000 + i : i % 300;
    row->flags = i % 5 == 0 ? JNY_ROW_NEW_VISITOR : JNY_ROW_COOKIE_RETURNED;
    row->score_e2 = i % 23 == 0 ? -50 * (int32_t) (i % 4) : 0;
    row->value_e4 = i % 20 == 7 ? 1234500LL * (i % 3 ? 1 : -1) : 0;

    row->text[JNY_TEXT_PAGE] = jnytest_numbered(b[0], "/seite/%u", i % 37);
    row->text[JNY_TEXT_STAGE] =
        jnytest_text(i % 3 == 0 ? "" : i % 3 == 1 ? "awareness" : "purchase");
    row->text[JNY_TEXT_HOST] = jnytest_text("shop.example");
    row->text[JNY_TEXT_MODE] = jnytest_text("full");

    if (i % 4 == 1) {
        row->text[JNY_TEXT_TOUCHPOINT] = jnytest_text("Gr\xc3\xb6\xc3\x9f" "e");
    }

    if (i % 6 == 2) {
        row->text[JNY_TEXT_SOURCE] = jnytest_text("news");
        row->text[JNY_TEXT_MEDIUM] = jnytest_text("email");
        row->text[JNY_TEXT_CAMPAIGN] =
            jnytest_numbered(b[1], "campaign %u", i % 5);
        row->text[JNY_TEXT_TERM] = jnytest_text("term");
        row->text[JNY_TEXT_CONTENT] = jnytest_text("content");
        row->text[JNY_TEXT_REFERRER] = jnytest_text("mail.example");
        row->text[JNY_TEXT_CLICK] = jnytest_text("gclid");
    }

    if (row->value_e4 != 0) {
        row->text[JNY_TEXT_CURRENCY] = jnytest_text("EUR");
        row->text[JNY_TEXT_ORDER] = jnytest_numbered(b[2], "A-%u", i);
    }

    if (row->score_e2 != 0) {
        row->text[JNY_TEXT_SCORE_KIND] = jnytest_text("nps");
    }

    row->agent = jnytest_numbered(b[3], i % 2 ? "" : "Agent/%u", i % 4);
    row->field[0] = jnytest_text(i % 8 == 0 ? "boss" : "");
}


static void
jnytest_same_text(const char *name, jny_slice_t got, jny_slice_t want)
{
    if (got.len != want.len
        || (got.len != 0 && memcmp(got.data, want.data, got.len) != 0))
    {
        fail_msg("%s: \"%.*s\" is not \"%.*s\"", name, (int) got.len,
                 (const char *) got.data, (int) want.len,
                 (const char *) want.data);
    }
}


void
jnytest_same(const jny_row_t *got, const jny_row_t *want)
{
    jny_slice_t  text;

    assert_true(got->time_ms == want->time_ms);
    assert_true(got->visitor == want->visitor);
    assert_true(got->login == want->login);
    assert_int_equal(got->status, want->status);
    assert_int_equal(got->latency_ms, want->latency_ms);
    assert_int_equal(got->flags, want->flags);
    assert_int_equal(got->score_e2, want->score_e2);
    assert_true(got->value_e4 == want->value_e4);

    for (unsigned i = 0; i < JNY_TEXT_COUNT; i++) {
        text = want->text[i];

        if (i == JNY_TEXT_TOUCHPOINT && text.len == 0) {
            text = want->text[JNY_TEXT_PAGE];
        }

        jnytest_same_text(jny_text_names[i], got->text[i], text);
    }

    jnytest_same_text("agent", got->agent, want->agent);
}


jny_slice_t
jnytest_block(const jny_log_info_t *info, const jny_seal_t *seal,
    unsigned first, unsigned n, jny_header_t *h)
{
    int             rc;
    jny_row_t       row;
    jny_slice_t     member, copy;
    jny_encoder_t  *enc;

    enc = jny_encoder_new(&jnytest_malloc, info, &rc);
    assert_non_null(enc);

    for (unsigned i = first; i < first + n; i++) {
        jnytest_row(i, &row);
        assert_int_equal(jny_encoder_add(enc, &row), JNY_OK);
    }

    assert_int_equal(jny_encoder_seal(enc, seal, &member, h), JNY_OK);

    copy.len = member.len;
    copy.data = jnytest_copy(member);

    jny_encoder_free(enc);

    return copy;
}


jny_slice_t
jnytest_payload(jny_slice_t member)
{
    uint8_t       *out;
    jny_diag_t     diag;
    jny_slice_t    payload;
    jny_header_t   h;

    assert_int_equal(jny_header_decode(member, &h, &diag), JNY_OK);
    assert_int_equal(h.member_len, member.len);

    out = malloc(h.payload_len);
    assert_non_null(out);

    assert_int_equal(jny_member_inflate(&jnytest_malloc, &h, member, out,
                                        &diag),
                     JNY_OK);

    payload.data = out;
    payload.len = h.payload_len;

    return payload;
}


/* Field names of a block come in no promised order. */
static jny_slice_t
jnytest_field(const jny_block_t *blk, const jny_row_t *row, const char *name)
{
    jny_slice_t  none;

    for (unsigned i = 0; i < blk->nfields; i++) {
        if (blk->field_names[i].len == strlen(name)
            && memcmp(blk->field_names[i].data, name, strlen(name)) == 0)
        {
            return row->field[i];
        }
    }

    none.data = NULL;
    none.len = 0;

    return none;
}


void
jnytest_expect(jny_slice_t member, unsigned first, unsigned n)
{
    jny_row_t     got, want;
    jny_diag_t    diag;
    jny_slice_t   payload;
    jny_block_t   blk;
    jny_header_t  h;

    payload = jnytest_payload(member);
    assert_int_equal(jny_header_decode(member, &h, NULL), JNY_OK);

    jny_block_init(&blk, &jnytest_malloc);

    if (jny_block_decode(&blk, payload, NULL, &diag) != JNY_OK) {
        fail_msg("%s at %lu", diag.what, (unsigned long) diag.offset);
    }

    assert_int_equal(jny_block_agrees(&blk, &h, &diag), JNY_OK);
    assert_int_equal(blk.nevents, n);

    for (unsigned i = 0; i < n; i++) {
        jnytest_row(first + i, &want);
        jny_block_row(&blk, i, &got);
        jnytest_same(&got, &want);
        jnytest_same_text("persona", jnytest_field(&blk, &got, "persona"),
                          want.field[0]);
    }

    jny_block_release(&blk);
    free((void *) payload.data);
}


static unsigned
jnytest_hex(const char *p)
{
    unsigned  v;

    assert_int_equal(sscanf(p, "%2x", &v), 1);

    return v;
}


static const char *
jnytest_skip(const char *p)
{
    return p + strspn(p, " ");
}


static const char *
jnytest_pack_text(const char *p, msgpack_packer *pk)
{
    size_t  len;
    char    text[4096];

    for (len = 0; *p != '\''; len++) {
        if (*p == '\\') {
            text[len] = (char) jnytest_hex(p + 1);
            p += 3;

        } else {
            text[len] = *p++;
        }
    }

    msgpack_pack_str(pk, len);
    msgpack_pack_str_body(pk, text, len);

    return p + 1;
}


static const char *
jnytest_pack_bin(const char *p, msgpack_packer *pk)
{
    size_t  len;
    char    bytes[4096];

    for (len = 0; *p != '>'; len++) {
        bytes[len] = (char) jnytest_hex(p);
        p = jnytest_skip(p + 2);
    }

    msgpack_pack_bin(pk, len);
    msgpack_pack_bin_body(pk, bytes, len);

    return p + 1;
}


static const char *jnytest_pack(const char *p, msgpack_packer *pk);


/* Packed aside first, for the count comes before the elements. */
static const char *
jnytest_pack_many(const char *p, char end, msgpack_packer *pk)
{
    size_t           n;
    msgpack_sbuffer  inner;
    msgpack_packer   inner_pk;

    msgpack_sbuffer_init(&inner);
    msgpack_packer_init(&inner_pk, &inner, msgpack_sbuffer_write);

    for (n = 0, p = jnytest_skip(p); *p != end; n++) {
        p = jnytest_skip(jnytest_pack(p, &inner_pk));
    }

    if (end == ']') {
        msgpack_pack_array(pk, n);

    } else {
        assert_int_equal(n % 2, 0);
        msgpack_pack_map(pk, n / 2);
    }

    if (inner.size != 0) {
        pk->callback(pk->data, inner.data, inner.size);
    }

    msgpack_sbuffer_destroy(&inner);

    return p + 1;
}


static const char *
jnytest_pack(const char *p, msgpack_packer *pk)
{
    char                *end;
    unsigned long long   v;

    p = jnytest_skip(p);

    switch (*p) {
    case '{':
        return jnytest_pack_many(p + 1, '}', pk);
    case '[':
        return jnytest_pack_many(p + 1, ']', pk);
    case '\'':
        return jnytest_pack_text(p + 1, pk);
    case '<':
        return jnytest_pack_bin(p + 1, pk);
    case 'n':
        msgpack_pack_nil(pk);
        return p + 3;
    case 't':
        msgpack_pack_true(pk);
        return p + 4;
    case '-':
        v = strtoull(p + 1, &end, 10);
        msgpack_pack_int64(pk, -(int64_t) v);
        return end;
    default:
        v = strtoull(p, &end, 10);
        assert_true(end != p);
        msgpack_pack_uint64(pk, v);
        return end;
    }
}


jny_slice_t
jnytest_msgpack(const char *notation)
{
    jny_slice_t      s;
    msgpack_sbuffer  buffer;
    msgpack_packer   pk;

    msgpack_sbuffer_init(&buffer);
    msgpack_packer_init(&pk, &buffer, msgpack_sbuffer_write);

    notation = jnytest_skip(jnytest_pack(notation, &pk));
    assert_int_equal(*notation, '\0');

    s.data = (const uint8_t *) buffer.data;
    s.len = buffer.size;
    s.data = jnytest_copy(s);
    msgpack_sbuffer_destroy(&buffer);

    return s;
}
