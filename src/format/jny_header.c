/*
 * jny_header.c - the gzip header with our subfield, to bytes and back.
 *
 * XLEN, LEN and hlen say the same thing thrice; they must agree, so that a
 * flipped bit in one of them cannot send the crc to a wrong place.
 */

#include "jny_header.h"
#include "jny_schema.h"
#include "jny_wire.h"

#include <string.h>
#include <zlib.h>


#define JNY_XLEN_AT      10
#define JNY_SI_AT        12
#define JNY_LEN_AT       14
#define JNY_MAGIC_AT     16
#define JNY_FLAGS_AT     20
#define JNY_HLEN_AT      22
#define JNY_CLEN_AT      24
#define JNY_ULEN_AT      28
#define JNY_N_AT         32
#define JNY_WRITER_AT    36
#define JNY_SEQ_AT       44
#define JNY_BASE_AT      52
#define JNY_DROPPED_AT   60
#define JNY_T_MIN_AT     68
#define JNY_T_MAX_AT     76
#define JNY_ERASED_AT    84

#define JNY_SUBFIELD_LEN  (JNY_HEADER_LEN - JNY_MAGIC_AT)

/* The shortest deflate stream: an empty stored or fixed block. */
#define JNY_MIN_DEFLATE   2

/* gzip, deflate, FLG = FEXTRA only: FHCRC breaks old gzip. */
#define JNY_GZIP_FIXED    "\x1f\x8b\x08\x04"
#define JNY_SI            "JY"
#define JNY_MAGIC         "JNY1"


/* gzip keeps 32 bits of seconds: what does not fit is clamped. */
static uint32_t
jny_header_mtime(int64_t t_ms)
{
    if (t_ms < 0) {
        return 0;
    }

    t_ms /= 1000;

    return t_ms > (int64_t) UINT32_MAX ? UINT32_MAX : (uint32_t) t_ms;
}


void
jny_header_encode(const jny_header_t *h, uint8_t out[JNY_HEADER_LEN])
{
    memset(out, 0, JNY_HEADER_LEN);
    memcpy(out, JNY_GZIP_FIXED, 4);
    jny_put_le32(out + 4, jny_header_mtime(h->t_max_ms));
    out[9] = 255;  /* OS: unknown; the same bytes on every system */

    jny_put_le16(out + JNY_XLEN_AT, JNY_HEADER_LEN - JNY_SI_AT);
    memcpy(out + JNY_SI_AT, JNY_SI, 2);
    jny_put_le16(out + JNY_LEN_AT, JNY_SUBFIELD_LEN);
    memcpy(out + JNY_MAGIC_AT, JNY_MAGIC, 4);
    jny_put_le16(out + JNY_FLAGS_AT, h->flags);
    jny_put_le16(out + JNY_HLEN_AT, JNY_SUBFIELD_LEN);
    jny_put_le32(out + JNY_CLEN_AT, h->member_len);
    jny_put_le32(out + JNY_ULEN_AT, h->payload_len);
    jny_put_le32(out + JNY_N_AT, h->nevents);
    jny_put_le64(out + JNY_WRITER_AT, h->writer);
    jny_put_le64(out + JNY_SEQ_AT, h->seq);
    jny_put_le64(out + JNY_BASE_AT, h->base);
    jny_put_le64(out + JNY_DROPPED_AT, h->dropped);
    jny_put_le64(out + JNY_T_MIN_AT, (uint64_t) h->t_min_ms);
    jny_put_le64(out + JNY_T_MAX_AT, (uint64_t) h->t_max_ms);
    jny_put_le32(out + JNY_ERASED_AT, h->erased);

    jny_put_le32(out + JNY_HEADER_LEN - 4,
                 (uint32_t) crc32(0, out, JNY_HEADER_LEN - 4));
}


/*
 * JNY_OK with the header's length; JNY_ETRUNC while all bytes there are could
 * still become one.
 */
static int
jny_header_frame(jny_slice_t bytes, uint32_t *header_len)
{
    unsigned        xlen;
    const uint8_t  *p;

    static const struct {
        uint8_t      at;
        uint8_t      len;
        const char  *want;
    } fixed[] = {
        { 0, 4, JNY_GZIP_FIXED },
        { JNY_SI_AT, 2, JNY_SI },
        { JNY_MAGIC_AT, 4, JNY_MAGIC },
    };

    p = bytes.data;

    for (size_t i = 0; i < sizeof(fixed) / sizeof(fixed[0]); i++) {
        for (size_t k = 0; k < fixed[i].len; k++) {
            if (fixed[i].at + k >= bytes.len) {
                return JNY_ETRUNC;
            }

            if (p[fixed[i].at + k] != (uint8_t) fixed[i].want[k]) {
                return JNY_EHEADER;
            }
        }
    }

    if (bytes.len < JNY_HLEN_AT + 2) {
        return JNY_ETRUNC;
    }

    xlen = jny_get_le16(p + JNY_XLEN_AT);

    if (xlen < JNY_HEADER_LEN - JNY_SI_AT
        || jny_get_le16(p + JNY_LEN_AT) != xlen - 4
        || jny_get_le16(p + JNY_HLEN_AT) != xlen - 4)
    {
        return JNY_EHEADER;
    }

    *header_len = JNY_SI_AT + xlen;

    return bytes.len < *header_len ? JNY_ETRUNC : JNY_OK;
}


static void
jny_header_fields(const uint8_t *p, jny_header_t *h)
{
    h->flags = jny_get_le16(p + JNY_FLAGS_AT);
    h->member_len = jny_get_le32(p + JNY_CLEN_AT);
    h->payload_len = jny_get_le32(p + JNY_ULEN_AT);
    h->nevents = jny_get_le32(p + JNY_N_AT);
    h->writer = jny_get_le64(p + JNY_WRITER_AT);
    h->seq = jny_get_le64(p + JNY_SEQ_AT);
    h->base = jny_get_le64(p + JNY_BASE_AT);
    h->dropped = jny_get_le64(p + JNY_DROPPED_AT);
    h->t_min_ms = (int64_t) jny_get_le64(p + JNY_T_MIN_AT);
    h->t_max_ms = (int64_t) jny_get_le64(p + JNY_T_MAX_AT);
    h->erased = jny_get_le32(p + JNY_ERASED_AT);
}


/* What is wrong with the fields of a header whose crc is right, or NULL. */
static const char *
jny_header_fault(const jny_header_t *h)
{
    if (h->payload_len == 0 || h->payload_len > JNY_MAX_PAYLOAD) {
        return "impossible payload length in block header";
    }

    if (h->member_len < h->header_len + JNY_MIN_DEFLATE + JNY_GZIP_TRAILER
        || h->member_len > JNY_MAX_MEMBER)
    {
        return "impossible block length in block header";
    }

    if (h->nevents > JNY_MAX_ROWS) {
        return "impossible number of events in block header";
    }

    if (h->nevents == 0 && !(h->flags & JNY_BLOCK_FINAL) && h->erased == 0) {
        return "block without events is not a final one";
    }

    if (h->t_min_ms > h->t_max_ms) {
        return "block header's times run backwards";
    }

    return NULL;
}


int
jny_header_decode(jny_slice_t bytes, jny_header_t *h, jny_diag_t *diag)
{
    int          rc;
    uint32_t     len;
    const char  *fault;

    rc = jny_header_frame(bytes, &len);

    if (rc == JNY_ETRUNC) {
        jny_diag_set(diag, 0, "block header is cut off");
        return rc;
    }

    if (rc != JNY_OK) {
        jny_diag_set(diag, 0, "no block header here");
        return rc;
    }

    if (jny_get_le32(bytes.data + len - 4)
        != (uint32_t) crc32(0, bytes.data, len - 4))
    {
        jny_diag_set(diag, 0, "block header's checksum does not match");
        return JNY_EHEADER;
    }

    h->header_len = len;
    jny_header_fields(bytes.data, h);

    fault = jny_header_fault(h);

    if (fault != NULL) {
        jny_diag_set(diag, 0, "%s", fault);
        return JNY_EHEADER;
    }

    return JNY_OK;
}
