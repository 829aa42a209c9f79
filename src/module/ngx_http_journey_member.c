/*
 * ngx_http_journey_member.c - zlib compares the CRC-32 and the length of a gzip
 * member by itself, so what comes out of it is not kept, and memory does not
 * depend on the block's size.
 */

#ifndef _GNU_SOURCE
#define _GNU_SOURCE             /* pread() */
#endif

#ifndef _FILE_OFFSET_BITS
#define _FILE_OFFSET_BITS  64
#endif

#include "ngx_http_journey_member.h"

#include <errno.h>
#include <string.h>
#include <unistd.h>
#include <zlib.h>


#define NGX_HTTP_JOURNEY_MEMBER_CHUNK  16384


static int ngx_http_journey_member_inflate(z_stream *z, uint8_t *in,
    size_t len);


ssize_t
ngx_http_journey_member_read(int fd, uint64_t offset, uint8_t *buf,
    size_t len)
{
    size_t   got;
    ssize_t  n;

    got = 0;

    do {
        n = pread(fd, buf + got, len - got, (off_t) (offset + got));

        if (n == -1) {
            if (errno == EINTR) {
                continue;
            }

            return -1;
        }

        got += (size_t) n;

    } while (n != 0 && got < len);

    return (ssize_t) got;
}


int
ngx_http_journey_member_whole(int fd, uint64_t offset, const jny_header_t *h)
{
    int       rc, err;
    size_t    len;
    ssize_t   n;
    uint8_t   in[NGX_HTTP_JOURNEY_MEMBER_CHUNK];
    uint64_t  done;
    z_stream  z;

    memset(&z, 0, sizeof(z));

    if (inflateInit2(&z, 16 + MAX_WBITS) != Z_OK) {
        errno = ENOMEM;
        return -1;
    }

    rc = Z_OK;

    for (done = 0; rc == Z_OK && done < h->member_len; done += len) {

        len = sizeof(in);

        if (len > h->member_len - done) {
            len = (size_t) (h->member_len - done);
        }

        n = ngx_http_journey_member_read(fd, offset + done, in, len);

        if (n == -1) {
            err = errno;
            (void) inflateEnd(&z);
            errno = err;
            return -1;
        }

        rc = ngx_http_journey_member_inflate(&z, in, (size_t) n);
    }

    (void) inflateEnd(&z);

    return rc == Z_STREAM_END && z.total_in == h->member_len
           && z.total_out == h->payload_len;
}


/* The bytes through z, what comes out is not kept.  zlib's code. */

static int
ngx_http_journey_member_inflate(z_stream *z, uint8_t *in, size_t len)
{
    int      rc;
    uint8_t  out[NGX_HTTP_JOURNEY_MEMBER_CHUNK];

    z->next_in = in;
    z->avail_in = (uInt) len;

    do {
        z->next_out = out;
        z->avail_out = sizeof(out);
        rc = inflate(z, Z_NO_FLUSH);
    } while (rc == Z_OK && (z->avail_in != 0 || z->avail_out == 0));

    /* no progress is no fault: all that there was has been taken */

    return (rc == Z_BUF_ERROR && z->avail_in == 0) ? Z_OK : rc;
}
