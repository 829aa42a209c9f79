/*
 * input_read.c - one block: inflate with libdeflate (twice as fast as zlib on
 * buffers whose sizes are known), check, decode.
 */

#include "engine/input.h"

#include <libdeflate.h>
#include <stdlib.h>

#include "engine/map.h"


struct jny_inflater_s {
    struct libdeflate_decompressor  *ld;
    uint8_t                         *buf;
    size_t                           cap;
};


jny_inflater_t *
jny_inflater_new(void)
{
    jny_inflater_t  *inf;

    inf = calloc(1, sizeof(*inf));
    if (inf == NULL) {
        return NULL;
    }

    inf->ld = libdeflate_alloc_decompressor();
    if (inf->ld == NULL) {
        free(inf);
        return NULL;
    }

    return inf;
}


void
jny_inflater_free(jny_inflater_t *inf)
{
    if (inf == NULL) {
        return;
    }

    libdeflate_free_decompressor(inf->ld);
    free(inf->buf);
    free(inf);
}


static uint32_t
jny_inflater_le32(const uint8_t *p)
{
    return (uint32_t) p[0] | (uint32_t) p[1] << 8 | (uint32_t) p[2] << 16
           | (uint32_t) p[3] << 24;
}


static int
jny_inflater_reserve(jny_inflater_t *inf, size_t size)
{
    uint8_t  *buf;

    if (size <= inf->cap) {
        return JNY_OK;
    }

    buf = realloc(inf->buf, size);
    if (buf == NULL) {
        return JNY_ENOMEM;
    }

    inf->buf = buf;
    inf->cap = size;

    return JNY_OK;
}


static int
jny_inflater_run(jny_inflater_t *inf, const jny_block_ref_t *ref,
                 jny_diag_t *diag)
{
    size_t                  deflated, got;
    const uint8_t          *stream, *trailer;
    const jny_header_t     *h;
    enum libdeflate_result  result;

    h = &ref->header;

    if (jny_inflater_reserve(inf, h->payload_len) != JNY_OK) {
        return JNY_ENOMEM;
    }

    /* jny_header_decode() has checked that both lengths are possible. */

    stream = ref->member.data + h->header_len;
    deflated = ref->member.len - h->header_len - JNY_GZIP_TRAILER;
    trailer = stream + deflated;

    result = libdeflate_deflate_decompress(inf->ld, stream, deflated, inf->buf,
                                           h->payload_len, &got);

    if (result != LIBDEFLATE_SUCCESS) {
        jny_diag_set(diag, ref->offset, "block does not inflate");
        return JNY_ECRC;
    }

    if (got != h->payload_len || jny_inflater_le32(trailer + 4) != got) {
        jny_diag_set(diag, ref->offset, "block length does not match");
        return JNY_ECRC;
    }

    if (libdeflate_crc32(0, inf->buf, got) != jny_inflater_le32(trailer)) {
        jny_diag_set(diag, ref->offset, "block checksum does not match");
        return JNY_ECRC;
    }

    return JNY_OK;
}


static int
jny_input_read_one(const jny_block_ref_t *ref, jny_inflater_t *inf,
    jny_block_t *blk, jny_diag_t *diag)
{
    int          rc;
    jny_slice_t  payload;

    payload = ref->payload;

    if (ref->member.data != NULL) {
        rc = jny_inflater_run(inf, ref, diag);
        jny_map_done(ref->member.data, ref->member.len);

        if (rc != JNY_OK) {
            return rc;
        }

        payload.data = inf->buf;
        payload.len = ref->header.payload_len;
    }

    rc = jny_block_decode(blk, payload, NULL, diag);
    if (rc != JNY_OK) {
        return rc;
    }

    return jny_block_agrees(blk, &ref->header, diag);
}


int
jny_input_read(const jny_block_ref_t *ref, jny_inflater_t *inf,
    jny_block_t *blk, jny_diag_t *diag)
{
    int  rc, again;

    rc = jny_input_read_one(ref, inf, blk, diag);
    again = rc;

    while ((again == JNY_ECRC || again == JNY_EDATA) && ref->copy != NULL) {
        ref = ref->copy;
        again = jny_input_read_one(ref, inf, blk, NULL);
    }

    return again == JNY_ECRC || again == JNY_EDATA ? rc : again;
}
