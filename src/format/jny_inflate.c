/*
 * jny_inflate.c - one member's payload by zlib, for those who have no faster
 * inflate at hand.
 */

#include "jny_mem.h"
#include "jny_walk.h"
#include "jny_wire.h"

#include <string.h>
#define ZLIB_CONST
#include <zlib.h>


#define JNY_WINDOW_BITS  (-15)   /* raw deflate: the gzip frame is ours */


static voidpf
jny_inflate_zalloc(voidpf opaque, uInt items, uInt size)
{
    return jny_mem_alloc(opaque, items, size);
}


static void
jny_inflate_zfree(voidpf opaque, voidpf p)
{
    jny_mem_free(opaque, p);
}


/* The stream must fill the payload and end where the trailer begins. */
static int
jny_inflate_stream(const jny_alloc_t *alloc, jny_slice_t stream, uint8_t *out,
    uint32_t len)
{
    int       rc;
    z_stream  z;

    memset(&z, 0, sizeof(z));
    z.zalloc = jny_inflate_zalloc;
    z.zfree = jny_inflate_zfree;
    z.opaque = (voidpf) alloc;

    if (inflateInit2(&z, JNY_WINDOW_BITS) != Z_OK) {
        return JNY_ENOMEM;
    }

    z.next_in = stream.data;
    z.avail_in = (uInt) stream.len;
    z.next_out = out;
    z.avail_out = len;

    rc = inflate(&z, Z_FINISH);
    (void) inflateEnd(&z);

    if (rc == Z_MEM_ERROR) {
        return JNY_ENOMEM;
    }

    return rc == Z_STREAM_END && z.avail_in == 0 && z.avail_out == 0
               ? JNY_OK : JNY_ECRC;
}


int
jny_member_inflate(const jny_alloc_t *alloc, const jny_header_t *h,
    jny_slice_t member, uint8_t *out, jny_diag_t *diag)
{
    int             rc;
    jny_slice_t     stream;
    const uint8_t  *trailer;

    stream.data = member.data + h->header_len;
    stream.len = member.len - h->header_len - JNY_GZIP_TRAILER;
    trailer = stream.data + stream.len;

    rc = jny_inflate_stream(alloc, stream, out, h->payload_len);

    if (rc == JNY_ECRC) {
        jny_diag_set(diag, h->header_len, "block does not inflate");
    }

    if (rc != JNY_OK) {
        return rc;
    }

    if (jny_get_le32(trailer) != (uint32_t) crc32(0, out, h->payload_len)
        || jny_get_le32(trailer + 4) != h->payload_len)
    {
        jny_diag_set(diag, member.len - JNY_GZIP_TRAILER,
                     "block checksum does not match");
        return JNY_ECRC;
    }

    return JNY_OK;
}
