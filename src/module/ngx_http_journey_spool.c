/*
 * ngx_http_journey_spool.c - a file that outlives its process: rows are stored
 * into a shared mapping, so the kernel has them the moment they are written,
 * without a system call, and a SIGKILL takes nothing along.
 *
 * The order in open() is what makes adoption safe: create under a temporary
 * name, lock, allocate, lay out, and only then rename, by link() because
 * rename() would replace a file of that name.  A starting worker looks at
 * *.spool only, and takes those whose lock is free.
 */

#ifndef _GNU_SOURCE
#define _GNU_SOURCE             /* F_OFD_SETLK, MAP_ANONYMOUS */
#endif

#ifndef _FILE_OFFSET_BITS
#define _FILE_OFFSET_BITS  64
#endif

#include "ngx_http_journey_spool.h"

#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <stdio.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>
#include <zlib.h>


static int ngx_http_journey_spool_name(ngx_http_journey_spool_t *s,
    const char *folder, const char *log, uint64_t writer, jny_diag_t *diag);
static int ngx_http_journey_spool_prepare(ngx_http_journey_spool_t *s,
    const char *tmp, const jny_log_info_t *info, jny_diag_t *diag);
static int ngx_http_journey_spool_lock(ngx_http_journey_spool_t *s,
    jny_diag_t *diag);
static int ngx_http_journey_spool_map(ngx_http_journey_spool_t *s, int flags,
    jny_diag_t *diag);
static int ngx_http_journey_spool_lay(ngx_http_journey_spool_t *s,
    const jny_log_info_t *info, jny_diag_t *diag);
static int ngx_http_journey_spool_adopt(ngx_http_journey_spool_t *s,
    jny_diag_t *diag);
static int ngx_http_journey_spool_fail(jny_diag_t *diag, const char *call,
    int err);


void
ngx_http_journey_spool_init(ngx_http_journey_spool_t *s)
{
    s->sp = NULL;
    s->size = 0;
    s->fd = -1;
    s->path[0] = '\0';
}


int
ngx_http_journey_spool_open(ngx_http_journey_spool_t *s, const char *folder,
    const char *log, size_t size, const jny_log_info_t *info,
    jny_diag_t *diag)
{
    int   rc;
    char  tmp[NGX_HTTP_JOURNEY_SPOOL_PATH + sizeof(".tmp")];

    ngx_http_journey_spool_init(s);

    rc = ngx_http_journey_spool_name(s, folder, log, info->writer, diag);
    if (rc != 0) {
        return rc;
    }

    (void) snprintf(tmp, sizeof(tmp), "%s.tmp", s->path);

    s->size = size;
    s->fd = open(tmp, O_RDWR | O_CREAT | O_EXCL | O_CLOEXEC, 0600);
    if (s->fd == -1) {
        rc = ngx_http_journey_spool_fail(diag, "open()", errno);
        ngx_http_journey_spool_init(s);
        return rc;
    }

    rc = ngx_http_journey_spool_prepare(s, tmp, info, diag);
    if (rc != 0) {
        ngx_http_journey_spool_close(s, 1);
        (void) unlink(tmp);
    }

    return rc;
}


int
ngx_http_journey_spool_open_memory(ngx_http_journey_spool_t *s, size_t size,
    const jny_log_info_t *info, jny_diag_t *diag)
{
    int  rc;

    ngx_http_journey_spool_init(s);

    s->size = size;

    rc = ngx_http_journey_spool_map(s, MAP_PRIVATE | MAP_ANONYMOUS, diag);

    if (rc == 0) {
        rc = ngx_http_journey_spool_lay(s, info, diag);
    }

    if (rc != 0) {
        ngx_http_journey_spool_close(s, 1);
    }

    return rc;
}


int
ngx_http_journey_spool_take(ngx_http_journey_spool_t *s, const char *path,
    jny_diag_t *diag)
{
    int  n, rc;

    ngx_http_journey_spool_init(s);

    s->fd = open(path, O_RDWR | O_NOFOLLOW | O_NONBLOCK | O_CLOEXEC);
    if (s->fd == -1) {
        return ngx_http_journey_spool_fail(diag, "open()", errno);
    }

    rc = ngx_http_journey_spool_adopt(s, diag);

    n = snprintf(s->path, sizeof(s->path), "%s", path);

    if (rc == 0 && (n < 0 || (size_t) n >= sizeof(s->path))) {
        rc = ENAMETOOLONG;
    }

    if (rc != 0) {
        ngx_http_journey_spool_close(s, 1);
    }

    return rc;
}


static int
ngx_http_journey_spool_adopt(ngx_http_journey_spool_t *s, jny_diag_t *diag)
{
    int                rc;
    struct stat        st;
    jny_log_info_t     info;
    jny_spool_state_t  state;

    rc = ngx_http_journey_spool_lock(s, diag);
    if (rc != 0) {
        return rc;
    }

    /* behind the lock: it may have been adopted, and removed, before */

    if (fstat(s->fd, &st) == -1) {
        return ngx_http_journey_spool_fail(diag, "fstat()", errno);
    }

    if (st.st_nlink == 0) {
        return ngx_http_journey_spool_fail(diag, "open()", ENOENT);
    }

    if (!S_ISREG(st.st_mode) || st.st_uid != geteuid()) {
        return ngx_http_journey_spool_fail(diag, "open()", EPERM);
    }

    if (st.st_size < (off_t) JNY_SPOOL_MIN_LEN
        || st.st_size > (off_t) UINT32_MAX)
    {
        return ngx_http_journey_spool_fail(diag, "open()", EBADMSG);
    }

    s->size = (size_t) st.st_size;

    rc = ngx_http_journey_spool_map(s, MAP_SHARED, diag);

    if (rc == 0
        && jny_spool_open(s->sp, s->size, &state, &info, diag) != JNY_OK)
    {
        rc = EBADMSG;
    }

    return rc;
}


int
ngx_http_journey_spool_gone(const ngx_http_journey_spool_t *s)
{
    struct stat  st;

    return s->fd != -1 && fstat(s->fd, &st) == 0 && st.st_nlink == 0;
}


void
ngx_http_journey_spool_close(ngx_http_journey_spool_t *s, int keep)
{
    /* the name goes before the lock: nobody may adopt what is flushed */

    if (!keep && s->path[0] != '\0') {
        (void) unlink(s->path);
    }

    if (s->sp != NULL) {
        (void) munmap((void *) s->sp, s->size);
    }

    if (s->fd != -1) {
        (void) close(s->fd);
    }

    ngx_http_journey_spool_init(s);
}


static int
ngx_http_journey_spool_name(ngx_http_journey_spool_t *s, const char *folder,
    const char *log, uint64_t writer, jny_diag_t *diag)
{
    int          n;
    uLong        crc;
    const char  *name;

    name = strrchr(log, '/');
    name = (name == NULL) ? log : name + 1;

    crc = crc32(0, (const Bytef *) log, (uInt) strlen(log));

    n = snprintf(s->path, sizeof(s->path),
                 "%s/%.100s-%08lx-%016" PRIx64 ".spool", folder, name,
                 crc & 0xffffffff, writer);

    if (n < 0 || (size_t) n >= sizeof(s->path)) {
        ngx_http_journey_spool_init(s);
        return ngx_http_journey_spool_fail(diag, "open()", ENAMETOOLONG);
    }

    return 0;
}


static int
ngx_http_journey_spool_prepare(ngx_http_journey_spool_t *s, const char *tmp,
    const jny_log_info_t *info, jny_diag_t *diag)
{
    int  rc;

    rc = ngx_http_journey_spool_lock(s, diag);
    if (rc != 0) {
        return rc;
    }

    do {
        rc = posix_fallocate(s->fd, 0, (off_t) s->size);
    } while (rc == EINTR);

    if (rc != 0) {
        return ngx_http_journey_spool_fail(diag, "posix_fallocate()", rc);
    }

    rc = ngx_http_journey_spool_map(s, MAP_SHARED, diag);

    if (rc == 0) {
        rc = ngx_http_journey_spool_lay(s, info, diag);
    }

    if (rc != 0) {
        return rc;
    }

    if (link(tmp, s->path) == -1) {
        return ngx_http_journey_spool_fail(diag, "link()", errno);
    }

    (void) unlink(tmp);

    return 0;
}


/* 0; EBUSY, or another errno. */

static int
ngx_http_journey_spool_lock(ngx_http_journey_spool_t *s, jny_diag_t *diag)
{
    int           err;
    struct flock  fl;

    memset(&fl, 0, sizeof(fl));
    fl.l_type = F_WRLCK;
    fl.l_whence = SEEK_SET;

    if (fcntl(s->fd, F_OFD_SETLK, &fl) == -1) {
        err = (errno == EAGAIN || errno == EACCES) ? EBUSY : errno;
        return ngx_http_journey_spool_fail(diag, "fcntl(F_OFD_SETLK)", err);
    }

    return 0;
}


static int
ngx_http_journey_spool_map(ngx_http_journey_spool_t *s, int flags,
    jny_diag_t *diag)
{
    void  *p;

    p = mmap(NULL, s->size, PROT_READ | PROT_WRITE, flags, s->fd, 0);
    if (p == MAP_FAILED) {
        return ngx_http_journey_spool_fail(diag, "mmap()", errno);
    }

    s->sp = p;

    return 0;
}


static int
ngx_http_journey_spool_lay(ngx_http_journey_spool_t *s,
    const jny_log_info_t *info, jny_diag_t *diag)
{
    int  rc;

    rc = jny_spool_init(s->sp, s->size, info);
    if (rc != JNY_OK) {
        jny_diag_set(diag, 0, "laying it out failed: %s", jny_strerror(rc));
        return (rc == JNY_ELIMIT) ? ENOSPC : EINVAL;
    }

    return 0;
}


static int
ngx_http_journey_spool_fail(jny_diag_t *diag, const char *call, int err)
{
    jny_diag_set(diag, 0, "%s failed", call);

    return err;
}
