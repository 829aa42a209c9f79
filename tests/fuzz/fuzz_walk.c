/*
 * fuzz_walk.c - any bytes as a log: walked and resynced to its end, never
 * outside, always forward.
 *
 * Headers carry a crc that a fuzzer does not guess, so the input is a list of
 * pieces: raw bytes, a header over chosen fields, or a whole small block.
 */

#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "jny_walk.h"


#define FUZZ_ROOM  8192

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);


typedef struct {
    uint8_t  bytes[FUZZ_ROOM];
    size_t   len;
} fuzz_log_t;


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


static void
fuzz_append(fuzz_log_t *log, const uint8_t *data, size_t len)
{
    if (len <= sizeof(log->bytes) - log->len) {
        memcpy(log->bytes + log->len, data, len);
        log->len += len;
    }
}


/* The pieces, one after another. */
static void
fuzz_build(fuzz_log_t *log, const uint8_t *data, size_t size)
{
    size_t        len;
    uint8_t       head[JNY_HEADER_LEN];
    jny_header_t  h;

    while (size >= 6) {
        len = data[1];
        len = len < size - 6 ? len : size - 6;

        if (data[0] & 1) {
            memset(&h, 0, sizeof(h));
            h.member_len = data[2] | (uint32_t) data[3] << 8;
            h.payload_len = data[4];
            h.nevents = 1;
            h.writer = data[5];
            jny_header_encode(&h, head);
            fuzz_append(log, head, sizeof(head));
        }

        fuzz_append(log, data + 6, len);
        data += 6 + len;
        size -= 6 + len;
    }
}


static int
fuzz_known(void *ctx, uint64_t writer)
{
    return writer == 3;
}


static void
fuzz_member(jny_slice_t log, jny_slice_t member, const jny_header_t *h)
{
    uint8_t  *out;

    fuzz_require(member.data >= log.data);
    fuzz_require(member.data + member.len <= log.data + log.len);
    fuzz_require(member.len == h->member_len);

    out = malloc(h->payload_len);
    (void) jny_member_inflate(&fuzz_heap, h, member, out, NULL);
    free(out);
}


static void
fuzz_walk(jny_slice_t log, jny_writer_known_pt known)
{
    int           rc;
    uint64_t      before;
    jny_walk_t    w;
    jny_diag_t    diag;
    jny_slice_t   member;
    jny_header_t  h;

    jny_walk_init(&w, log);

    for (;;) {
        before = w.offset;
        rc = jny_walk_next(&w, &h, &member, &diag);

        if (rc == JNY_END) {
            break;
        }

        if (rc == JNY_OK) {
            fuzz_require(w.offset == before + h.member_len);
            fuzz_member(log, member, &h);
            continue;
        }

        fuzz_require(w.offset == before && diag.offset == before);
        rc = jny_walk_resync(&w, known, NULL);
        fuzz_require(w.offset > before && w.offset <= log.len);
        fuzz_require(rc == JNY_OK || w.offset == log.len);

        if (rc == JNY_OK) {
            before = w.offset;
            fuzz_require(jny_walk_next(&w, &h, &member, NULL) == JNY_OK);
            w.offset = before;
        }
    }

    fuzz_require(w.offset == log.len);
}


int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    uint8_t      *copy;
    fuzz_log_t    log;
    jny_slice_t   s;

    log.len = 0;

    if (size != 0 && data[0] & 1) {
        fuzz_build(&log, data + 1, size - 1);
        s.data = log.bytes;
        s.len = log.len;

    } else {
        s.data = data;
        s.len = size;
    }

    copy = malloc(s.len != 0 ? s.len : 1);

    if (s.len != 0) {
        memcpy(copy, s.data, s.len);
    }

    s.data = copy;
    fuzz_walk(s, NULL);
    fuzz_walk(s, fuzz_known);
    free(copy);

    return 0;
}
