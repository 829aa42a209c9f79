/*
 * fuzz_rows.c - rows of any texts and numbers on their way through a spool
 * and a block: each comes back as it was put in, in order, and none is lost or
 * doubled, whatever is added and released in which order.
 *
 * The input is a list of steps.  A model keeps the rows that are in the spool;
 * texts are compared with a slow reading of what docs/FORMAT.md promises.
 */

#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "jny_block.h"
#include "jny_encode.h"
#include "jny_spool.h"
#include "jny_walk.h"


int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);


#define FUZZ_SIZE   JNY_SPOOL_MIN_LEN
#define FUZZ_MODEL  2048       /* the smallest row is 64 bytes */
#define FUZZ_LONG   1100
#define FUZZ_ROOM   (3 * FUZZ_LONG)
#define FUZZ_SPARE  4          /* jny_spool_row.c keeps so many more */

typedef struct {
    const uint8_t  *p;
    const uint8_t  *end;
} fuzz_input_t;

typedef struct {
    jny_row_t  rows[FUZZ_MODEL];
    unsigned   first;
    unsigned   n;
} fuzz_model_t;

static jny_log_info_t  fuzz_info = {
    .writer = 1,
    .stages = { { (const uint8_t *) "see", 3 } },
    .nstages = 1,
    .fields = { { (const uint8_t *) "seat", 4 },
                { (const uint8_t *) "team", 4 } },
    .nfields = 2,
    .agents = 1,
    .level = 1,
};

/* Long texts repeat these. */
static const uint8_t  fuzz_pattern[] = "/a\xc3\xa4\xe2\x82\xac%\xff"
                                       "\xf0\x9f\x98\x80\xe2\x82z";


static void
fuzz_require(int condition)
{
    if (!condition) {
        abort();
    }
}


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


static uint8_t
fuzz_byte(fuzz_input_t *in)
{
    return in->p < in->end ? *in->p++ : 0;
}


static uint64_t
fuzz_number(fuzz_input_t *in)
{
    uint8_t   n;
    uint64_t  v;

    n = fuzz_byte(in);
    v = n & 0x80 ? UINT64_MAX : 0;

    for (n &= 7; n > 0; n--) {
        v = v << 8 | fuzz_byte(in);
    }

    return v;
}


/* Mostly short, straight from the input; sometimes up to FUZZ_LONG. */
static jny_slice_t
fuzz_text(fuzz_input_t *in)
{
    size_t       len;
    jny_slice_t  s;

    static uint8_t  texts[FUZZ_LONG + 16];

    len = fuzz_byte(in);

    if (len >= 0xf0) {
        for (size_t i = 0; texts[sizeof(texts) - 1] == 0; i++) {
            texts[i] = fuzz_pattern[i % (sizeof(fuzz_pattern) - 1)];
        }

        s.data = texts + len % 16;
        s.len = FUZZ_LONG - fuzz_byte(in);

        return s;
    }

    s.data = in->p;
    s.len = len % 24;

    if (s.len > (size_t) (in->end - in->p)) {
        s.len = (size_t) (in->end - in->p);
    }

    in->p += s.len;

    return s;
}


static void
fuzz_row(fuzz_input_t *in, jny_row_t *row)
{
    uint64_t  present;

    memset(row, 0, sizeof(*row));
    row->time_ms = (int64_t) fuzz_number(in);
    row->visitor = fuzz_number(in);
    row->login = fuzz_number(in);
    row->value_e4 = (int64_t) fuzz_number(in);
    row->status = (uint32_t) fuzz_number(in);
    row->latency_ms = (uint32_t) fuzz_number(in);
    row->flags = (uint32_t) fuzz_number(in);
    row->score_e2 = (int32_t) fuzz_number(in);

    present = fuzz_number(in);

    for (unsigned i = 0; i < JNY_TEXT_COUNT; i++) {
        if (present >> i & 1) {
            row->text[i] = fuzz_text(in);
        }
    }

    for (unsigned i = 0; i < fuzz_info.nfields; i++) {
        if (present >> (JNY_TEXT_COUNT + i) & 1) {
            row->field[i] = fuzz_text(in);
        }
    }

    if (present >> (JNY_TEXT_COUNT + 2) & 1) {
        row->agent = fuzz_text(in);
    }
}


static void
fuzz_same_numbers(const jny_row_t *got, const jny_row_t *want)
{
    fuzz_require(got->time_ms == want->time_ms);
    fuzz_require(got->visitor == want->visitor);
    fuzz_require(got->login == want->login);
    fuzz_require(got->value_e4 == want->value_e4);
    fuzz_require(got->status == want->status);
    fuzz_require(got->latency_ms == want->latency_ms);
    fuzz_require(got->flags == want->flags);
    fuzz_require(got->score_e2 == want->score_e2);
}


/* In the spool: the bytes, cut. */
static void
fuzz_same_bytes(jny_slice_t got, jny_slice_t want, size_t max)
{
    max += FUZZ_SPARE;
    fuzz_require(got.len == (want.len < max ? want.len : max));
    fuzz_require(got.len == 0 || memcmp(got.data, want.data, got.len) == 0);
}


/* How many bytes the character at p has (RFC 3629, 4), 0: it is none. */
static size_t
fuzz_char(const uint8_t *p, size_t len)
{
    size_t    n;
    uint32_t  c;

    static const uint32_t  least[] = { 0, 0, 0x80, 0x800, 0x10000 };

    n = p[0] < 0x80             ? 1
        : (p[0] & 0xe0) == 0xc0 ? 2
        : (p[0] & 0xf0) == 0xe0 ? 3
        : (p[0] & 0xf8) == 0xf0 ? 4
                                : 0;

    if (n == 0 || n > len) {
        return 0;
    }

    c = n == 1 ? p[0] : p[0] & (0x7fu >> n);

    for (size_t i = 1; i < n; i++) {
        if ((p[i] & 0xc0) != 0x80) {
            return 0;
        }

        c = c << 6 | (p[i] & 0x3f);
    }

    return c < least[n] || c > 0x10ffff || (c >= 0xd800 && c <= 0xdfff) ? 0
                                                                        : n;
}


/* In a block: what is no UTF-8 is %XX, and the end is cut between two. */
static size_t
fuzz_clean(jny_slice_t s, size_t max, uint8_t *out)
{
    char    hex[4];
    size_t  i, n, len;

    for (i = 0, len = 0; i < s.len; i += n != 0 ? n : 1) {
        n = fuzz_char(s.data + i, s.len - i);

        if (len + (n != 0 ? n : 3) > max) {
            break;
        }

        if (n != 0) {
            memcpy(out + len, s.data + i, n);
            len += n;

        } else {
            snprintf(hex, sizeof(hex), "%%%02X", s.data[i]);
            memcpy(out + len, hex, 3);
            len += 3;
        }
    }

    return len;
}


static void
fuzz_same_text(jny_slice_t got, jny_slice_t want, size_t max)
{
    size_t   len;
    uint8_t  out[JNY_MAX_TEXT];

    len = fuzz_clean(want, max, out);
    fuzz_require(got.len == len);
    fuzz_require(len == 0 || memcmp(got.data, out, len) == 0);
}


static void
fuzz_same_spooled(const jny_row_t *got, const jny_row_t *want)
{
    fuzz_same_numbers(got, want);
    fuzz_same_bytes(got->agent, want->agent, JNY_MAX_AGENT);

    for (unsigned i = 0; i < JNY_TEXT_COUNT; i++) {
        fuzz_same_bytes(got->text[i], want->text[i], JNY_MAX_TEXT);
    }

    for (unsigned i = 0; i < JNY_MAX_FIELDS; i++) {
        fuzz_same_bytes(got->field[i], want->field[i], JNY_MAX_TEXT);
    }
}


/* A block names its fields, and only those that a row has. */
static jny_slice_t
fuzz_field(const jny_block_t *blk, const jny_row_t *got, unsigned i)
{
    jny_slice_t  name;

    name = fuzz_info.fields[i];

    for (unsigned k = 0; k < blk->nfields; k++) {
        if (blk->field_names[k].len == name.len
            && memcmp(blk->field_names[k].data, name.data, name.len) == 0)
        {
            return got->field[k];
        }
    }

    return (jny_slice_t) { NULL, 0 };
}


static void
fuzz_same_decoded(const jny_block_t *blk, const jny_row_t *got,
    const jny_row_t *want)
{
    jny_row_t  row;

    row = *want;
    fuzz_same_numbers(got, &row);
    fuzz_same_text(got->agent, row.agent, JNY_MAX_AGENT);

    if (row.text[JNY_TEXT_TOUCHPOINT].len == 0) {
        row.text[JNY_TEXT_TOUCHPOINT] = row.text[JNY_TEXT_PAGE];
    }

    for (unsigned i = 0; i < JNY_TEXT_COUNT; i++) {
        fuzz_same_text(got->text[i], row.text[i], JNY_MAX_TEXT);
    }

    for (unsigned i = 0; i < fuzz_info.nfields; i++) {
        fuzz_same_text(fuzz_field(blk, got, i), row.field[i], JNY_MAX_TEXT);
    }
}


/*
 * All rows are there, in order, and no more.  Returns the position behind the
 * first n; enc, if not NULL, gets them all.
 */
static uint64_t
fuzz_read(const jny_spool_t *sp, const fuzz_model_t *m, unsigned n,
    jny_encoder_t *enc)
{
    uint64_t           pos, behind;
    jny_row_t          row;
    jny_log_info_t     info;
    jny_spool_state_t  st;

    fuzz_require(jny_spool_open(sp, FUZZ_SIZE, &st, &info, NULL) == JNY_OK);
    fuzz_require(st.rows == m->n && (st.used == 0) == (m->n == 0));
    fuzz_require(info.nfields == fuzz_info.nfields && info.agents);

    pos = 0;
    behind = 0;

    for (unsigned i = 0; i < m->n; i++) {
        fuzz_require(jny_spool_next(sp, &pos, &row) == JNY_OK);
        fuzz_same_spooled(&row, &m->rows[m->first + i]);
        behind = i + 1 == n ? pos : behind;

        if (enc != NULL) {
            fuzz_require(jny_encoder_add(enc, &row) == JNY_OK);
        }
    }

    fuzz_require(jny_spool_next(sp, &pos, &row) == JNY_END);

    return behind;
}


static void
fuzz_add(jny_spool_t *sp, fuzz_model_t *m, fuzz_input_t *in)
{
    int         rc;
    jny_row_t  *row;

    if (m->first + m->n == FUZZ_MODEL) {
        return;
    }

    row = &m->rows[m->first + m->n];
    fuzz_row(in, row);
    rc = jny_spool_add(sp, row);

    /* an empty spool has room for any row */

    fuzz_require(rc == JNY_OK || (rc == JNY_ELIMIT && m->n != 0));
    m->n += rc == JNY_OK;
}


/* Some of the first rows are written: recorded before, released behind. */
static void
fuzz_write(jny_spool_t *sp, fuzz_model_t *m, fuzz_input_t *in)
{
    uint64_t            pos;
    jny_spool_state_t   was, is;
    jny_spool_flight_t  f, got;

    if (m->n == 0) {
        return;
    }

    f.rows = 1 + fuzz_byte(in) % m->n;
    f.offset = fuzz_byte(in);
    jny_spool_state(sp, &was);
    jny_spool_launch(sp, &f);
    fuzz_require(jny_spool_flight(sp, &got) == JNY_OK);
    fuzz_require(got.rows == f.rows && got.offset == f.offset);

    fuzz_add(sp, m, in);

    pos = fuzz_read(sp, m, (unsigned) f.rows, NULL);
    jny_spool_release(sp, pos, (uint32_t) f.rows);
    m->first += (unsigned) f.rows;
    m->n -= (unsigned) f.rows;

    fuzz_require(jny_spool_flight(sp, &got) == JNY_END);
    jny_spool_state(sp, &is);
    fuzz_require(is.seq == was.seq + 1 && is.base == was.base + f.rows);
    fuzz_require(is.dropped == was.dropped);
}


static void
fuzz_block(const jny_spool_t *sp, const fuzz_model_t *m)
{
    int           rc;
    uint8_t      *payload;
    jny_row_t     row;
    jny_seal_t    seal;
    jny_block_t   blk;
    jny_slice_t   member, s;
    jny_header_t  h;

    static jny_encoder_t  *enc;

    if (enc == NULL) {
        enc = jny_encoder_new(&fuzz_heap, &fuzz_info, &rc);
        fuzz_require(enc != NULL);
    }

    (void) fuzz_read(sp, m, 0, enc);
    memset(&seal, 0, sizeof(seal));
    fuzz_require(jny_encoder_seal(enc, &seal, &member, &h) == JNY_OK);

    payload = malloc(h.payload_len);
    fuzz_require(payload != NULL);
    fuzz_require(jny_member_inflate(&fuzz_heap, &h, member, payload, NULL)
                 == JNY_OK);

    s.data = payload;
    s.len = h.payload_len;
    jny_block_init(&blk, &fuzz_heap);
    fuzz_require(jny_block_decode(&blk, s, NULL, NULL) == JNY_OK);
    fuzz_require(blk.nevents == m->n);
    fuzz_require(jny_block_agrees(&blk, &h, NULL) == JNY_OK);

    for (unsigned i = 0; i < m->n; i++) {
        jny_block_row(&blk, i, &row);
        fuzz_same_decoded(&blk, &row, &m->rows[m->first + i]);
    }

    jny_block_release(&blk);
    free(payload);
}


int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    jny_spool_t        *sp;
    fuzz_input_t        in = { data, data + size };
    static fuzz_model_t  m;

    m.first = 0;
    m.n = 0;
    sp = calloc(1, FUZZ_SIZE);
    fuzz_require(sp != NULL);
    fuzz_require(jny_spool_init(sp, FUZZ_SIZE, &fuzz_info) == JNY_OK);

    while (in.p < in.end) {
        if (fuzz_byte(&in) % 4 == 3) {
            fuzz_write(sp, &m, &in);
        } else {
            fuzz_add(sp, &m, &in);
        }
    }

    if (m.n != 0) {
        fuzz_block(sp, &m);
    }

    free(sp);

    return 0;
}
