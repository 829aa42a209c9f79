/*
 * ngx_http_journey_append.c - lock, walk, cut, write, sync.
 *
 * Several workers, two generations of them after a reload, and the dead share
 * one file.  An open-file-description lock makes appends exclusive and dies
 * with its holder, so whoever gets it may conclude: a block that runs past the
 * end of the file has no living writer.  Headers tell where the next block
 * begins; walking them from the last known end costs one pread() for each
 * block that others added meanwhile.  Nothing is inflated on the way; only the
 * block that a dead writer recorded is, before its rows are let go.
 *
 * The lock is tried, never waited for: without threads this runs on the event
 * loop, and another process may hold it as long as its disk is slow.  The rows
 * are safe in the spool until the next try.
 */

#ifndef _GNU_SOURCE
#define _GNU_SOURCE             /* F_OFD_SETLK */
#endif

#ifndef _FILE_OFFSET_BITS
#define _FILE_OFFSET_BITS  64
#endif

#include "ngx_http_journey_append.h"
#include "ngx_http_journey_member.h"

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <unistd.h>


#ifndef RENAME_NOREPLACE
#define RENAME_NOREPLACE  1     /* glibc says it in stdio.h, others do not */
#endif


/*
 * Enough of a block to see its header whole, also one of a later version,
 * which may be longer.
 */
#define NGX_HTTP_JOURNEY_APPEND_HEAD  512


static int ngx_http_journey_append_file(ngx_http_journey_append_t *a,
    const char *path);
static int ngx_http_journey_append_folder(const char *path);
static int ngx_http_journey_append_aside(const ngx_http_journey_append_t *a,
    const char *path);
static int ngx_http_journey_append_spoilt(const ngx_http_journey_append_t *a,
    const struct stat *st);
static void ngx_http_journey_append_spoil(ngx_http_journey_append_t *a);
static ngx_http_journey_append_e ngx_http_journey_append_walk(
    ngx_http_journey_append_t *a, uint64_t size,
    ngx_http_journey_append_info_t *info);
static int ngx_http_journey_append_cut(int fd, uint64_t size, uint64_t end);
static int ngx_http_journey_append_setlk(int fd, short type);
static ngx_http_journey_append_e ngx_http_journey_append_fail(
    ngx_http_journey_append_info_t *info, const char *call);


void
ngx_http_journey_append_init(ngx_http_journey_append_t *a)
{
    memset(a, 0, sizeof(*a));
    a->fd = -1;
}


int
ngx_http_journey_append_open(ngx_http_journey_append_t *a, const char *path)
{
    int  rc;

    ngx_http_journey_append_close(a);

    rc = ngx_http_journey_append_file(a, path);

    if (rc == -1 && errno == ENOENT
        && ngx_http_journey_append_folder(path) == 0)
    {
        rc = ngx_http_journey_append_file(a, path);
    }

    if (rc == -1 && errno == ESTALE
        && ngx_http_journey_append_aside(a, path) == 0)
    {
        rc = ngx_http_journey_append_file(a, path);

        if (rc == -1 && errno == ESTALE) {
            errno = EIO;
        }
    }

    return rc;
}


/* As open(); ESTALE: this is the file that could not be synced. */

static int
ngx_http_journey_append_file(ngx_http_journey_append_t *a, const char *path)
{
    int          fd, err;
    struct stat  st;

    /* O_NONBLOCK: a FIFO of that name must not stop the worker */

    do {
        fd = open(path, O_RDWR | O_APPEND | O_CREAT | O_CLOEXEC | O_NONBLOCK,
                  0644);
    } while (fd == -1 && errno == EINTR);

    if (fd == -1) {
        return -1;
    }

    err = 0;

    if (fstat(fd, &st) == -1) {
        err = errno;

    } else if (!S_ISREG(st.st_mode)) {
        err = EINVAL;

    } else if (ngx_http_journey_append_spoilt(a, &st)) {
        err = ESTALE;
    }

    if (err != 0) {
        (void) close(fd);
        errno = err;
        return -1;
    }

    a->fd = fd;

    return 0;
}


/* Makes the folder of path.  0, or -1 with errno ENOENT. */

static int
ngx_http_journey_append_folder(const char *path)
{
    char         folder[PATH_MAX];
    size_t       len;
    const char  *slash;

    slash = strrchr(path, '/');
    len = (slash == NULL) ? 0 : (size_t) (slash - path);

    if (len == 0 || len >= sizeof(folder)) {
        return -1;
    }

    memcpy(folder, path, len);
    folder[len] = '\0';

    if (mkdir(folder, 0755) == -1) {
        errno = ENOENT;
        return -1;
    }

    return 0;
}


/*
 * Gives the file that could not be synced another name.  Two processes may be
 * here with the same file, and the one that comes second finds a good new one
 * at path: only the name made of the inode, which is taken then, tells it so at
 * the very moment of the rename.  0: path may be opened again; -1: EIO.
 */

static int
ngx_http_journey_append_aside(const ngx_http_journey_append_t *a,
    const char *path)
{
    int          n;
    char         name[PATH_MAX];
    struct stat  st;

    if (stat(path, &st) == -1 || !ngx_http_journey_append_spoilt(a, &st)) {
        return 0;
    }

    n = snprintf(name, sizeof(name), "%s.unsynced-%llu", path,
                 (unsigned long long) st.st_ino);

    if (n < 0 || (size_t) n >= sizeof(name)
        || (syscall(SYS_renameat2, AT_FDCWD, path, AT_FDCWD, name,
                    RENAME_NOREPLACE)
                == -1
            && errno != EEXIST && errno != ENOENT))
    {
        errno = EIO;
        return -1;
    }

    return 0;
}


/* Whether it is one of the files that could not be synced. */

static int
ngx_http_journey_append_spoilt(const ngx_http_journey_append_t *a,
    const struct stat *st)
{
    unsigned     i;
    struct stat  known;

    for (i = 0; i < a->nspoilt; i++) {
        if (fstat(a->spoilt[i], &known) == 0 && known.st_ino == st->st_ino
            && known.st_dev == st->st_dev)
        {
            return 1;
        }
    }

    return 0;
}


/* The open file could not be synced; the oldest such is forgotten for it. */

static void
ngx_http_journey_append_spoil(ngx_http_journey_append_t *a)
{
    if (a->nspoilt == NGX_HTTP_JOURNEY_APPEND_SPOILT) {
        (void) close(a->spoilt[0]);
        a->nspoilt--;
        memmove(a->spoilt, a->spoilt + 1, a->nspoilt * sizeof(a->spoilt[0]));
    }

    a->spoilt[a->nspoilt++] = a->fd;
    a->fd = -1;
    a->end = 0;
}


void
ngx_http_journey_append_close(ngx_http_journey_append_t *a)
{
    if (a->fd != -1) {
        (void) close(a->fd);
    }

    a->fd = -1;
    a->end = 0;
}


void
ngx_http_journey_append_free(ngx_http_journey_append_t *a)
{
    ngx_http_journey_append_close(a);

    while (a->nspoilt != 0) {
        (void) close(a->spoilt[--a->nspoilt]);
    }
}


int
ngx_http_journey_append_replaced(const ngx_http_journey_append_t *a,
    const char *path)
{
    struct stat  named, opened;

    return stat(path, &named) == 0 && fstat(a->fd, &opened) == 0
           && (named.st_ino != opened.st_ino
               || named.st_dev != opened.st_dev);
}


int
ngx_http_journey_append_gone(const ngx_http_journey_append_t *a)
{
    struct stat  st;

    return a->fd != -1 && fstat(a->fd, &st) == 0 && st.st_nlink == 0;
}


ngx_http_journey_append_e
ngx_http_journey_append_lock(ngx_http_journey_append_t *a,
    ngx_http_journey_append_info_t *info)
{
    struct stat  st;

    memset(info, 0, sizeof(*info));

    if (ngx_http_journey_append_setlk(a->fd, F_WRLCK) == -1) {
        if (errno == EAGAIN || errno == EACCES) {
            return NGX_HTTP_JOURNEY_APPEND_BUSY;
        }

        return ngx_http_journey_append_fail(info, "fcntl(F_OFD_SETLK)");
    }

    if (fstat(a->fd, &st) == -1) {
        (void) ngx_http_journey_append_fail(info, "fstat()");
        ngx_http_journey_append_unlock(a);
        return NGX_HTTP_JOURNEY_APPEND_ERROR;
    }

    if (st.st_nlink == 0) {
        ngx_http_journey_append_unlock(a);
        return NGX_HTTP_JOURNEY_APPEND_GONE;
    }

    return NGX_HTTP_JOURNEY_APPEND_OK;
}


void
ngx_http_journey_append_unlock(ngx_http_journey_append_t *a)
{
    (void) ngx_http_journey_append_setlk(a->fd, F_UNLCK);
}


ngx_http_journey_append_e
ngx_http_journey_append_ready(ngx_http_journey_append_t *a,
    ngx_http_journey_append_info_t *info)
{
    struct stat                st;
    ngx_http_journey_append_e  rc;

    memset(info, 0, sizeof(*info));

    if (fstat(a->fd, &st) == -1) {
        return ngx_http_journey_append_fail(info, "fstat()");
    }

    rc = ngx_http_journey_append_walk(a, (uint64_t) st.st_size, info);

    info->offset = (uint64_t) st.st_size - info->torn;

    return rc;
}


int
ngx_http_journey_append_has(const ngx_http_journey_append_t *a,
    uint64_t offset, uint64_t writer, uint64_t seq, uint32_t n,
    jny_header_t *h, ngx_http_journey_append_info_t *info)
{
    int          rc;
    ssize_t      got;
    uint8_t      head[NGX_HTTP_JOURNEY_APPEND_HEAD];
    struct stat  st;
    jny_slice_t  bytes;

    memset(info, 0, sizeof(*info));

    if (fstat(a->fd, &st) == -1) {
        (void) ngx_http_journey_append_fail(info, "fstat()");
        return -1;
    }

    if (offset >= (uint64_t) st.st_size) {
        return 0;
    }

    got = ngx_http_journey_member_read(a->fd, offset, head, sizeof(head));

    if (got == -1) {
        (void) ngx_http_journey_append_fail(info, "pread()");
        return -1;
    }

    bytes.data = head;
    bytes.len = (size_t) got;

    if (jny_header_decode(bytes, h, NULL) != JNY_OK || h->writer != writer
        || h->seq != seq || h->nevents != n
        || h->member_len > (uint64_t) st.st_size - offset)
    {
        return 0;
    }

    rc = ngx_http_journey_member_whole(a->fd, offset, h);

    if (rc == -1) {
        (void) ngx_http_journey_append_fail(info, "reading it");
    }

    return rc;
}


/*
 * Moves a->end over the blocks that others appended.  It stops at a damaged
 * header, which is for readers to report, and cuts off a torn block.
 */

static ngx_http_journey_append_e
ngx_http_journey_append_walk(ngx_http_journey_append_t *a, uint64_t size,
    ngx_http_journey_append_info_t *info)
{
    int           rc;
    ssize_t       n;
    uint8_t       head[NGX_HTTP_JOURNEY_APPEND_HEAD];
    jny_header_t  h;

    /*
     * A file that was cut (copytruncate) may have grown past the known end
     * again: only the last block's header, found unchanged where it was,
     * proves that the end is still the edge of a block.
     */

    if (a->end != 0) {
        n = ngx_http_journey_member_read(a->fd, a->last, head,
                                         JNY_HEADER_LEN);

        if (size < a->end || n != JNY_HEADER_LEN
            || memcmp(head, a->mark, JNY_HEADER_LEN) != 0)
        {
            a->end = 0;
        }
    }

    while (a->end < size) {

        n = ngx_http_journey_member_read(a->fd, a->end, head, sizeof(head));
        if (n == -1) {
            return ngx_http_journey_append_fail(info, "pread()");
        }

        rc = jny_header_decode((jny_slice_t) { head, (size_t) n }, &h, NULL);

        if (rc == JNY_OK && h.member_len <= size - a->end) {
            memcpy(a->mark, head, JNY_HEADER_LEN);
            a->last = a->end;
            a->end += h.member_len;
            continue;
        }

        if (rc != JNY_OK && (rc != JNY_ETRUNC || (uint64_t) n < size - a->end))
        {
            break;
        }

        if (ngx_http_journey_append_cut(a->fd, size, a->end) == -1) {
            return ngx_http_journey_append_fail(info, "ftruncate()");
        }

        info->torn = size - a->end;
        break;
    }

    return NGX_HTTP_JOURNEY_APPEND_OK;
}


/*
 * Cuts the file from size down to end; one that has another size by now was
 * cut by somebody else (copytruncate), and this would stretch it with zeros.
 * 0, or -1 with errno.
 */

static int
ngx_http_journey_append_cut(int fd, uint64_t size, uint64_t end)
{
    int          rc;
    struct stat  st;

    if (fstat(fd, &st) == -1) {
        return -1;
    }

    if ((uint64_t) st.st_size != size) {
        return 0;
    }

    do {
        rc = ftruncate(fd, (off_t) end);
    } while (rc == -1 && errno == EINTR);

    return rc;
}


ngx_http_journey_append_e
ngx_http_journey_append(ngx_http_journey_append_t *a, jny_slice_t member,
    ngx_http_journey_append_info_t *info)
{
    off_t    pos;
    ssize_t  n;

    memset(info, 0, sizeof(*info));

    do {
        n = write(a->fd, member.data, member.len);
    } while (n == -1 && errno == EINTR);

    if (n <= 0) {
        return ngx_http_journey_append_fail(info, "write()");
    }

    /* O_APPEND chose the place: ask where, do not compute it */

    pos = lseek(a->fd, 0, SEEK_CUR);
    if (pos == -1) {
        return ngx_http_journey_append_fail(info, "lseek()");
    }

    info->offset = (uint64_t) (pos - n);

    if ((size_t) n == member.len) {
        memcpy(a->mark, member.data, JNY_HEADER_LEN);
        a->last = info->offset;
        a->end = (uint64_t) pos;
        return NGX_HTTP_JOURNEY_APPEND_OK;
    }

    info->written = (uint64_t) n;

    if (ngx_http_journey_append_cut(a->fd, (uint64_t) pos, info->offset)
        == -1)
    {
        info->left = info->written;
    }

    return NGX_HTTP_JOURNEY_APPEND_SHORT;
}


ngx_http_journey_append_e
ngx_http_journey_append_sync(ngx_http_journey_append_t *a,
    ngx_http_journey_append_info_t *info)
{
    int  rc;

    memset(info, 0, sizeof(*info));

    do {
        rc = fdatasync(a->fd);
    } while (rc == -1 && errno == EINTR);

    if (rc == 0) {
        return NGX_HTTP_JOURNEY_APPEND_OK;
    }

    (void) ngx_http_journey_append_fail(info, "fdatasync()");

    ngx_http_journey_append_spoil(a);

    return NGX_HTTP_JOURNEY_APPEND_ERROR;
}


static int
ngx_http_journey_append_setlk(int fd, short type)
{
    int           rc;
    struct flock  fl;

    memset(&fl, 0, sizeof(fl));
    fl.l_type = type;
    fl.l_whence = SEEK_SET;

    do {
        rc = fcntl(fd, F_OFD_SETLK, &fl);
    } while (rc == -1 && errno == EINTR);

    return rc;
}


static ngx_http_journey_append_e
ngx_http_journey_append_fail(ngx_http_journey_append_info_t *info,
    const char *call)
{
    info->call = call;
    info->err = errno;

    return NGX_HTTP_JOURNEY_APPEND_ERROR;
}
