/*
 * spill.c - frames are gathered in a buffer and written a megabyte at a time;
 * an index in memory, 24 bytes a frame, says where each one stands.  LZ4 costs
 * a tenth of deflate, and a disk is seldom faster than it.
 */

#include "engine/spill.h"

#include <errno.h>
#include <libdeflate.h>
#include <lz4.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/tmpfile.h"


#define JNY_SPILL_BUFFER  ((size_t) 1 << 20)

typedef struct {
    uint64_t  offset;
    uint32_t  packed;     /* bytes in the file */
    uint32_t  words;
    uint32_t  crc;        /* of the packed bytes */
    uint32_t  next;       /* 1 + index of the stream's next frame, 0 = none */
} jny_spill_frame_t;

typedef struct {
    uint32_t  first;      /* 1 + index, 0 = none */
    uint32_t  last;
    uint64_t  words;
} jny_spill_stream_t;

struct jny_spill_s {
    int                  fd;
    char                *folder;
    uint64_t             end;       /* of the file, once all is written */
    char                *buffer;    /* its last bytes, not yet written */
    size_t               len;
    char                *packed;
    jny_spill_stream_t  *streams;
    jny_spill_frame_t   *frames;
    uint32_t             nframes;
    uint32_t             frames_cap;
};


static int
jny_spill_error(const jny_spill_t *s, int err, jny_diag_t *diag)
{
    jny_diag_set(diag, 0, "temporary file in %s: %s: --tmpdir names another "
                 "folder, more --memory needs less of it", s->folder,
                 strerror(err));

    return JNY_EIO;
}


jny_spill_t *
jny_spill_new(const char *folder, uint64_t nstreams, jny_diag_t *diag)
{
    jny_spill_t  *s;

    s = calloc(1, sizeof(*s));
    if (s == NULL) {
        jny_diag_set(diag, 0, "out of memory");
        return NULL;
    }

    s->fd = -1;
    s->folder = strdup(folder);
    s->buffer = malloc(JNY_SPILL_BUFFER);
    s->packed = malloc(LZ4_COMPRESSBOUND(JNY_SPILL_WORDS * sizeof(uint64_t)));
    s->streams = calloc(nstreams, sizeof(*s->streams));

    if (s->folder == NULL || s->buffer == NULL || s->packed == NULL
        || s->streams == NULL)
    {
        jny_diag_set(diag, 0, "out of memory");
        jny_spill_free(s);
        return NULL;
    }

    s->fd = jny_tmpfile_open(folder);

    if (s->fd == -1) {
        jny_spill_error(s, errno, diag);
        jny_spill_free(s);
        return NULL;
    }

    return s;
}


void
jny_spill_free(jny_spill_t *s)
{
    if (s == NULL) {
        return;
    }

    if (s->fd != -1) {
        close(s->fd);
    }

    free(s->folder);
    free(s->buffer);
    free(s->packed);
    free(s->streams);
    free(s->frames);
    free(s);
}


static int
jny_spill_flush(jny_spill_t *s, jny_diag_t *diag)
{
    size_t   done;
    ssize_t  n;

    for (done = 0; done < s->len; done += (size_t) n) {

        n = pwrite(s->fd, s->buffer + done, s->len - done,
                   (off_t) (s->end - s->len + done));

        if (n == -1 && errno == EINTR) {
            n = 0;

        } else if (n <= 0) {
            return jny_spill_error(s, n == 0 ? ENOSPC : errno, diag);
        }
    }

    s->len = 0;

    return JNY_OK;
}


static int
jny_spill_append(jny_spill_t *s, const char *p, size_t n, jny_diag_t *diag)
{
    int     rc;
    size_t  k;

    while (n > 0) {

        if (s->len == JNY_SPILL_BUFFER) {
            rc = jny_spill_flush(s, diag);
            if (rc != JNY_OK) {
                return rc;
            }
        }

        k = JNY_SPILL_BUFFER - s->len;
        k = n < k ? n : k;

        memcpy(s->buffer + s->len, p, k);
        s->len += k;
        s->end += k;
        p += k;
        n -= k;
    }

    return JNY_OK;
}


static jny_spill_frame_t *
jny_spill_frame(jny_spill_t *s, uint64_t stream)
{
    uint32_t             cap;
    jny_spill_frame_t   *frames;
    jny_spill_stream_t  *of;

    if (s->nframes == s->frames_cap) {
        cap = s->frames_cap == 0 ? 1024 : s->frames_cap * 2;

        frames = cap <= s->frames_cap
                     ? NULL : realloc(s->frames, cap * sizeof(*frames));
        if (frames == NULL) {
            return NULL;
        }

        s->frames = frames;
        s->frames_cap = cap;
    }

    of = &s->streams[stream];
    s->nframes++;

    if (of->last != 0) {
        s->frames[of->last - 1].next = s->nframes;
    } else {
        of->first = s->nframes;
    }

    of->last = s->nframes;

    return &s->frames[s->nframes - 1];
}


int
jny_spill_write(jny_spill_t *s, uint64_t stream, const uint64_t *words,
    size_t n, jny_diag_t *diag)
{
    int                 size;
    jny_spill_frame_t  *f;

    size = LZ4_compress_default((const char *) words, s->packed,
                                (int) (n * sizeof(*words)),
                                LZ4_COMPRESSBOUND(JNY_SPILL_WORDS * 8));

    f = jny_spill_frame(s, stream);
    if (f == NULL || size <= 0) {
        return JNY_ENOMEM;
    }

    f->offset = s->end;
    f->packed = (uint32_t) size;
    f->words = (uint32_t) n;
    f->crc = libdeflate_crc32(0, s->packed, (size_t) size);
    f->next = 0;

    s->streams[stream].words += n;

    return jny_spill_append(s, s->packed, (size_t) size, diag);
}


uint64_t
jny_spill_words(const jny_spill_t *s, uint64_t stream)
{
    return s->streams[stream].words;
}


/* Bytes of the file: written, or still in the buffer. */
static int
jny_spill_fetch(const jny_spill_t *s, uint64_t offset, char *p, size_t n,
    jny_diag_t *diag)
{
    size_t    k;
    ssize_t   got;
    uint64_t  written;

    written = s->end - s->len;

    while (n > 0 && offset < written) {
        k = n < written - offset ? n : (size_t) (written - offset);

        got = pread(s->fd, p, k, (off_t) offset);

        if (got == -1 && errno == EINTR) {
            continue;
        }

        if (got <= 0) {
            return jny_spill_error(s, got == 0 ? EIO : errno, diag);
        }

        p += got;
        n -= (size_t) got;
        offset += (uint64_t) got;
    }

    if (n > 0) {
        memcpy(p, s->buffer + (offset - written), n);
    }

    return JNY_OK;
}


int
jny_spill_read(jny_spill_t *s, uint64_t stream, uint32_t *frame,
    jny_unpack_t *unpack, uint64_t *words, size_t *n, jny_diag_t *diag)
{
    int                       rc, size;
    void                     *packed;
    const jny_spill_frame_t  *f;

    *frame = *frame == 0 ? s->streams[stream].first
                         : s->frames[*frame - 1].next;

    if (*frame == 0) {
        return JNY_END;
    }

    f = &s->frames[*frame - 1];

    if (f->packed > unpack->cap) {
        packed = realloc(unpack->packed, f->packed);
        if (packed == NULL) {
            return JNY_ENOMEM;
        }

        unpack->packed = packed;
        unpack->cap = f->packed;
    }

    rc = jny_spill_fetch(s, f->offset, unpack->packed, f->packed, diag);
    if (rc != JNY_OK) {
        return rc;
    }

    size = (int) (f->words * sizeof(*words));

    if (libdeflate_crc32(0, unpack->packed, f->packed) != f->crc
        || LZ4_decompress_safe(unpack->packed, (char *) words,
                               (int) f->packed, size)
               != size)
    {
        jny_diag_set(diag, 0, "temporary file in %s: what was read is not "
                     "what was written: --tmpdir names another folder",
                     s->folder);
        return JNY_EIO;
    }

    *n = f->words;

    return JNY_OK;
}
