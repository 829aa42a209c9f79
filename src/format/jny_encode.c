/*
 * jny_encode.c - the encoder: columns, payload, one gzip member.
 *
 * The deflate state lives as long as the encoder: setting it up costs more
 * than compressing a small block.
 *
 * The strategy is zlib's default.  60 blocks of a loggen month with agents,
 * bytes and ns (of zlib 1.2.13, on a busy machine) an event:
 *
 *     level 1   8.87  460     level 1, Z_FILTERED      8.87  374
 *     level 4   8.70  551     level 4, Z_FILTERED      9.16  498
 *     level 6   8.62  904     level 1, Z_RLE          10.61  257
 *     level 9   8.61  2347    level 1, Z_HUFFMAN_ONLY 10.62  227
 *
 * Level 1 is the default of gzip=: 3 % fewer bytes are not worth twice the
 * time.  What Z_RLE saves in time, off the event loop, it costs in bytes.
 */

#include "jny_encode.h"
#include "jny_deflate.h"
#include "jny_mem.h"
#include "jny_pack.h"
#include "jny_utf8.h"
#include "jny_wire.h"

#include <string.h>
#include <zlib.h>


#define JNY_WINDOW_BITS  (-15)   /* raw deflate: the gzip frame is ours */
#define JNY_MEM_LEVEL    8

struct jny_encoder_s {
    jny_alloc_t      alloc;
    jny_log_info_t   info;       /* its texts live in texts */
    uint8_t         *texts;
    jny_columns_t    columns;

    z_stream         stream;
    uint8_t         *payload;
    size_t           payload_cap;
    uint8_t         *member;
    size_t           member_cap;
};


static voidpf
jny_encoder_zalloc(voidpf opaque, uInt items, uInt size)
{
    return jny_mem_alloc(opaque, items, size);
}


static void
jny_encoder_zfree(voidpf opaque, voidpf p)
{
    jny_mem_free(opaque, p);
}


static int
jny_info_valid(const jny_log_info_t *info)
{
    jny_slice_t  s;

    if (info->writer == 0 || info->level < 1 || info->level > 9
        || info->nstages > JNY_MAX_STAGES || info->nfields > JNY_MAX_FIELDS)
    {
        return 0;
    }

    for (unsigned i = 0; i < info->nstages; i++) {
        if (info->stages[i].len == 0) {
            return 0;
        }
    }

    for (unsigned i = 0; i < info->nfields; i++) {
        s = info->fields[i];

        if (s.len == 0 || s.len > JNY_MAX_FIELD_NAME
            || jny_utf8_valid(s) != s.len)
        {
            return 0;
        }

        for (unsigned k = 0; k < i; k++) {
            if (jny_slice_same(info->fields[k], s)) {
                return 0;
            }
        }
    }

    return 1;
}


/* Appends s as it will be written and points s at the copy. */
static uint8_t *
jny_info_copy_text(jny_slice_t *s, uint8_t *to)
{
    s->len = jny_utf8_clean(*s, to, JNY_MAX_TEXT);
    s->data = to;

    return to + s->len;
}


static int
jny_encoder_copy_info(jny_encoder_t *enc, const jny_log_info_t *info)
{
    size_t    size;
    uint8_t  *p;

    size = (size_t) (1 + info->nstages + info->nfields) * JNY_MAX_TEXT;

    enc->texts = jny_mem_alloc(&enc->alloc, size, 1);
    if (enc->texts == NULL) {
        return JNY_ENOMEM;
    }

    enc->info = *info;
    p = jny_info_copy_text(&enc->info.edge, enc->texts);

    for (unsigned i = 0; i < info->nstages; i++) {
        p = jny_info_copy_text(&enc->info.stages[i], p);
    }

    for (unsigned i = 0; i < info->nfields; i++) {
        p = jny_info_copy_text(&enc->info.fields[i], p);
    }

    return JNY_OK;
}


jny_encoder_t *
jny_encoder_new(const jny_alloc_t *alloc, const jny_log_info_t *info, int *rc)
{
    jny_encoder_t  *enc;

    if (!jny_info_valid(info)) {
        *rc = JNY_EINVAL;
        return NULL;
    }

    *rc = JNY_ENOMEM;

    enc = jny_mem_zalloc(alloc, 1, sizeof(*enc));
    if (enc == NULL) {
        return NULL;
    }

    enc->alloc = *alloc;

    if (jny_encoder_copy_info(enc, info) != JNY_OK) {
        jny_mem_free(alloc, enc);
        return NULL;
    }

    enc->stream.zalloc = jny_encoder_zalloc;
    enc->stream.zfree = jny_encoder_zfree;
    enc->stream.opaque = &enc->alloc;

    if (deflateInit2(&enc->stream, info->level, Z_DEFLATED, JNY_WINDOW_BITS,
                     JNY_MEM_LEVEL, Z_DEFAULT_STRATEGY)
        != Z_OK)
    {
        jny_mem_free(alloc, enc->texts);
        jny_mem_free(alloc, enc);
        return NULL;
    }

    jny_columns_init(&enc->columns, &enc->alloc, &enc->info);

    *rc = JNY_OK;

    return enc;
}


void
jny_encoder_cap(jny_encoder_t *enc, uint32_t max)
{
    jny_columns_cap(&enc->columns, max);
}


int
jny_encoder_sort(jny_encoder_t *enc, const jny_seal_t *seal)
{
    size_t    size;
    uint32_t  objects;

    /* a row alone takes less than the other half */

    size = jny_pack_sources_size(seal, &objects);

    if (size > JNY_MAX_PAYLOAD / 2 || objects > JNY_MAX_OBJECTS / 2) {
        return JNY_ELIMIT;
    }

    enc->columns.origins = 1;
    enc->columns.spare_size = size;
    enc->columns.spare_objects = objects;

    return JNY_OK;
}


void
jny_encoder_free(jny_encoder_t *enc)
{
    jny_alloc_t  alloc;

    if (enc == NULL) {
        return;
    }

    alloc = enc->alloc;

    (void) deflateEnd(&enc->stream);
    jny_columns_release(&enc->columns);
    jny_mem_free(&alloc, enc->payload);
    jny_mem_free(&alloc, enc->member);
    jny_mem_free(&alloc, enc->texts);
    jny_mem_free(&alloc, enc);
}


int
jny_encoder_add(jny_encoder_t *enc, const jny_row_t *row)
{
    return jny_columns_add(&enc->columns, row);
}


unsigned
jny_encoder_rows(const jny_encoder_t *enc)
{
    return enc->columns.n;
}


void
jny_encoder_reset(jny_encoder_t *enc)
{
    jny_columns_reset(&enc->columns);
}


/* payload to deflate stream, behind the room for the header. */
static int
jny_encoder_deflate(jny_encoder_t *enc, size_t payload_len,
    const jny_parts_t *bins, size_t *len)
{
    int     rc;
    void   *p;

    p = enc->member;
    rc = jny_mem_reserve(&enc->alloc, &p, &enc->member_cap,
                         JNY_HEADER_LEN
                             + jny_deflate_bound(&enc->stream, payload_len)
                             + JNY_GZIP_TRAILER);
    enc->member = p;

    if (rc != JNY_OK) {
        return rc;
    }

    *len = jny_deflate(&enc->stream, enc->info.level, enc->payload,
                       payload_len, bins, enc->member + JNY_HEADER_LEN);

    /* cannot fail: the bound is one */
    return *len != 0 ? JNY_OK : JNY_EINVAL;
}


static void
jny_encoder_header(const jny_encoder_t *enc, const jny_seal_t *seal,
    jny_header_t *h)
{
    const jny_columns_t  *c;

    c = &enc->columns;

    h->header_len = JNY_HEADER_LEN;
    h->nevents = c->n;
    h->writer = enc->info.writer;
    h->seq = seal->seq;
    h->base = seal->base;
    h->dropped = seal->dropped;
    h->t_min_ms = c->t_min_ms;
    h->t_max_ms = c->t_max_ms;
    h->erased = seal->erased;
    h->flags = seal->flags;
}


int
jny_encoder_seal(jny_encoder_t *enc, const jny_seal_t *seal,
    jny_slice_t *member, jny_header_t *h)
{
    int            rc;
    void          *p;
    size_t         size, payload_len, stream_len;
    uint8_t       *trailer;
    jny_parts_t    bins;
    jny_header_t   header;

    if (enc->columns.n == 0 && !(seal->flags & JNY_BLOCK_FINAL)
        && seal->erased == 0)
    {
        return JNY_EINVAL;
    }

    size = jny_pack_size(&enc->columns, seal);

    if (size > JNY_MAX_PAYLOAD) {
        return JNY_ELIMIT;   /* too many sources: rows alone always fit */
    }

    p = enc->payload;
    rc = jny_mem_reserve(&enc->alloc, &p, &enc->payload_cap, size);
    enc->payload = p;

    if (rc != JNY_OK) {
        return rc;
    }

    payload_len = jny_pack(&enc->columns, seal, enc->payload, size, &bins);

    rc = jny_encoder_deflate(enc, payload_len, &bins, &stream_len);
    if (rc != JNY_OK) {
        return rc;
    }

    jny_encoder_header(enc, seal, &header);
    header.payload_len = (uint32_t) payload_len;
    header.member_len =
        (uint32_t) (JNY_HEADER_LEN + stream_len + JNY_GZIP_TRAILER);
    jny_header_encode(&header, enc->member);

    trailer = enc->member + JNY_HEADER_LEN + stream_len;
    jny_put_le32(trailer,
                 (uint32_t) crc32(0, enc->payload, (uInt) payload_len));
    jny_put_le32(trailer + 4, (uint32_t) payload_len);

    member->data = enc->member;
    member->len = header.member_len;

    if (h != NULL) {
        *h = header;
    }

    jny_columns_reset(&enc->columns);

    return JNY_OK;
}
