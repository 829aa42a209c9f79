/*
 * intake.c - plain and gzip files alike.  zlib, not libdeflate, unpacks:
 * members here are whole files, and memory must not depend on them.
 */

#include "import/intake.h"

#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>
#include <zlib.h>

#include "base/tmpfile.h"


#define JNY_INTAKE_BUFFER  (256 * 1024)

struct jny_intake_s {
    int        fd;
    unsigned   zipped:1;
    unsigned   member:1;       /* inside of one */
    unsigned   eof:1;          /* of the file */
    unsigned   once:1;
    uint64_t   id[2];
    uint64_t   done;           /* bytes of the file before in */
    size_t     pos;            /* what of in is not taken yet */
    size_t     end;
    z_stream   z;
    uint8_t    in[JNY_INTAKE_BUFFER];
};


static int
jny_intake_bad(jny_diag_t *diag, const char *what)
{
    jny_diag_set(diag, 0, "%s: %s", what, strerror(errno));
    return JNY_EIO;
}


/* Reads on; the count, 0 at the end, -1 with errno. */

static ssize_t
jny_intake_fill(int fd, uint8_t *buf, size_t len)
{
    ssize_t  n;

    do {
        n = read(fd, buf, len);
    } while (n == -1 && errno == EINTR);

    return n;
}


static int
jny_intake_write(int fd, const uint8_t *p, size_t len)
{
    ssize_t  n;

    while (len != 0) {
        n = write(fd, p, len);

        if (n == -1 && errno != EINTR) {
            return -1;
        }

        if (n > 0) {
            p += n;
            len -= (size_t) n;
        }
    }

    return 0;
}


/* What can be read only once goes to a file that no crash leaves behind. */

static int
jny_intake_keep(jny_intake_t *st, jny_diag_t *diag)
{
    int          fd;
    ssize_t      n;
    const char  *folder;

    folder = getenv("TMPDIR");
    folder = folder != NULL && folder[0] != '\0' ? folder : "/var/tmp";
    fd = jny_tmpfile_open(folder);

    if (fd == -1) {
        return jny_intake_bad(diag, folder);
    }

    while ((n = jny_intake_fill(st->fd, st->in, sizeof(st->in))) > 0) {
        if (jny_intake_write(fd, st->in, (size_t) n) != 0) {
            (void) jny_intake_bad(diag, folder);
            (void) close(fd);
            return JNY_EIO;
        }
    }

    if (n == -1) {
        (void) close(fd);
        return jny_intake_bad(diag, "cannot be read");
    }

    (void) close(st->fd);
    st->fd = fd;

    return JNY_OK;
}


static int
jny_intake_begin(jny_intake_t *st, const char *name, jny_diag_t *diag)
{
    struct stat  sb;

    st->fd = strcmp(name, "-") == 0
                 ? fcntl(STDIN_FILENO, F_DUPFD_CLOEXEC, 3)
                 : open(name, O_RDONLY | O_CLOEXEC);

    if (st->fd == -1 || fstat(st->fd, &sb) != 0) {
        return jny_intake_bad(diag, "cannot be opened");
    }

    if (S_ISDIR(sb.st_mode)) {
        jny_diag_set(diag, 0, "is a folder: name the files in it");
        return JNY_EIO;
    }

    if (!S_ISREG(sb.st_mode) && jny_intake_keep(st, diag) != JNY_OK) {
        return JNY_EIO;
    }

    st->once = !S_ISREG(sb.st_mode) || strcmp(name, "-") == 0;
    st->id[0] = (uint64_t) sb.st_dev;
    st->id[1] = (uint64_t) sb.st_ino;

    if (inflateInit2(&st->z, 16 + MAX_WBITS) != Z_OK) {
        return JNY_ENOMEM;
    }

    return jny_intake_rewind(st, diag);
}


int
jny_intake_open(jny_intake_t **st, const char *name, jny_diag_t *diag)
{
    int  rc;

    *st = calloc(1, sizeof(**st));

    if (*st == NULL) {
        return JNY_ENOMEM;
    }

    rc = jny_intake_begin(*st, name, diag);

    if (rc != JNY_OK) {
        jny_intake_close(*st);
        *st = NULL;
    }

    return rc;
}


void
jny_intake_close(jny_intake_t *st)
{
    if (st == NULL) {
        return;
    }

    (void) inflateEnd(&st->z);

    if (st->fd != -1) {
        (void) close(st->fd);
    }

    free(st);
}


int
jny_intake_rewind(jny_intake_t *st, jny_diag_t *diag)
{
    ssize_t  n;

    if (lseek(st->fd, 0, SEEK_SET) != 0 || inflateReset(&st->z) != Z_OK) {
        return jny_intake_bad(diag, "cannot be read again");
    }

    n = jny_intake_fill(st->fd, st->in, sizeof(st->in));

    if (n == -1) {
        return jny_intake_bad(diag, "cannot be read");
    }

    st->pos = 0;
    st->end = (size_t) n;
    st->eof = n == 0;
    st->done = 0;
    st->member = 0;
    st->zipped = n >= 2 && st->in[0] == 0x1f && st->in[1] == 0x8b;

    return JNY_OK;
}


static int
jny_intake_more(jny_intake_t *st, jny_diag_t *diag)
{
    ssize_t  n;

    n = jny_intake_fill(st->fd, st->in, sizeof(st->in));

    if (n == -1) {
        return jny_intake_bad(diag, "cannot be read on");
    }

    st->done += st->end;
    st->pos = 0;
    st->end = (size_t) n;
    st->eof = n == 0;

    return JNY_OK;
}


/* Much at once needs no stop in the buffer, which is empty. */

static int
jny_intake_direct(jny_intake_t *st, uint8_t *buf, size_t len, size_t *got,
    jny_diag_t *diag)
{
    ssize_t  n;

    n = jny_intake_fill(st->fd, buf + *got, len - *got);

    if (n == -1) {
        return jny_intake_bad(diag, "cannot be read on");
    }

    *got += (size_t) n;
    st->eof = n == 0;

    return JNY_OK;
}


static int
jny_intake_plain(jny_intake_t *st, uint8_t *buf, size_t len, size_t *got,
    jny_diag_t *diag)
{
    int     rc;
    size_t  n;

    for (rc = JNY_OK; rc == JNY_OK && *got < len; /* void */) {

        n = st->end - st->pos;
        n = n < len - *got ? n : len - *got;

        if (n != 0) {
            memcpy(buf + *got, st->in + st->pos, n);
            st->pos += n;
            *got += n;

        } else if (st->eof) {
            break;

        } else if (len - *got >= sizeof(st->in)) {
            rc = jny_intake_direct(st, buf, len, got, diag);

        } else {
            rc = jny_intake_more(st, diag);
        }
    }

    return rc;
}


/* What inflate() said of a step; JNY_END: a member has ended. */

static int
jny_intake_code(jny_intake_t *st, int z, jny_diag_t *diag)
{
    switch (z) {

    case Z_OK:
    case Z_BUF_ERROR:
        return JNY_OK;

    case Z_STREAM_END:
        return JNY_END;

    case Z_MEM_ERROR:
        return JNY_ENOMEM;
    }

    jny_diag_set(diag, st->done + st->pos, "gzip is damaged near byte %llu",
                 (unsigned long long) (st->done + st->pos));
    return JNY_ECRC;
}


static int
jny_intake_unzip(jny_intake_t *st, uint8_t *buf, size_t len, size_t *got,
    jny_diag_t *diag)
{
    int  rc;

    while (*got < len) {

        if (st->pos == st->end && !st->eof) {
            rc = jny_intake_more(st, diag);

            if (rc != JNY_OK) {
                return rc;
            }
        }

        if (st->eof) {
            if (st->member) {
                jny_diag_set(diag, st->done, "gzip breaks off");
                return JNY_ETRUNC;
            }

            return JNY_OK;
        }

        st->member = 1;
        st->z.next_in = st->in + st->pos;
        st->z.avail_in = (uInt) (st->end - st->pos);
        st->z.next_out = buf + *got;
        st->z.avail_out = (uInt) (len - *got);

        rc = inflate(&st->z, Z_NO_FLUSH);

        *got = len - st->z.avail_out;
        st->pos = st->end - st->z.avail_in;
        rc = jny_intake_code(st, rc, diag);

        if (rc == JNY_END) {
            st->member = 0;
            rc = inflateReset(&st->z) == Z_OK ? JNY_OK : JNY_ENOMEM;
        }

        if (rc != JNY_OK) {
            return rc;
        }
    }

    return JNY_OK;
}


int
jny_intake_read(jny_intake_t *st, uint8_t *buf, size_t len, size_t *got,
    jny_diag_t *diag)
{
    *got = 0;

    return st->zipped ? jny_intake_unzip(st, buf, len, got, diag)
                      : jny_intake_plain(st, buf, len, got, diag);
}


int
jny_intake_once(const jny_intake_t *st)
{
    return st->once;
}


void
jny_intake_identity(const jny_intake_t *st, uint64_t id[2])
{
    id[0] = st->id[0];
    id[1] = st->id[1];
}
