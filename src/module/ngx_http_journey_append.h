/*
 * ngx_http_journey_append.h - put one sealed block at the end of a log that
 * other processes append to as well (docs/FORMAT.md, "Writer rules").
 * POSIX, zlib and src/format only: no nginx, so that it can be tested alone.
 *
 *     init
 *       -> (open -> (lock -> (ready -> append)* -> unlock -> sync)* -> close)*
 *         -> free
 *
 * One appender per stream, used by one thread at a time.
 */

#ifndef NGX_HTTP_JOURNEY_APPEND_H
#define NGX_HTTP_JOURNEY_APPEND_H

#include "jny_header.h"


/* How many files that could not be synced are remembered. */
#define NGX_HTTP_JOURNEY_APPEND_SPOILT  4

typedef struct {
    int       fd;       /* -1: closed */
    uint64_t  end;      /* bytes walked so far: whole blocks, or a block of
                           our own behind damage */
    uint64_t  last;     /* where the last block before end begins, */
    uint8_t   mark[JNY_HEADER_LEN];     /* and its header; not used when
                                           end is 0 */
    unsigned  nspoilt;  /* files that could not be synced, the latest last:
                           never used again, and kept open, for a number of
                           an inode that nobody holds may come back */
    int       spoilt[NGX_HTTP_JOURNEY_APPEND_SPOILT];
} ngx_http_journey_append_t;

typedef enum {
    NGX_HTTP_JOURNEY_APPEND_OK = 0,
    NGX_HTTP_JOURNEY_APPEND_BUSY,       /* another process is appending */
    NGX_HTTP_JOURNEY_APPEND_GONE,       /* the file was unlinked: open again */
    NGX_HTTP_JOURNEY_APPEND_SHORT,      /* not all bytes could be written */
    NGX_HTTP_JOURNEY_APPEND_ERROR       /* a system call failed */
} ngx_http_journey_append_e;

/* What happened, for the error log. */
typedef struct {
    const char  *call;      /* the system call that failed; NULL if none */
    int          err;       /* its errno */
    uint64_t     offset;    /* where the block begins */
    uint64_t     torn;      /* bytes of a dead writer's torn block cut off */
    uint64_t     written;   /* of a short write; 0 otherwise */
    uint64_t     left;      /* of those, bytes that could not be cut off
                               again: the next appender's walk will */
} ngx_http_journey_append_info_t;


/* A closed appender. */
void ngx_http_journey_append_init(ngx_http_journey_append_t *a);

/*
 * Opens path for appending, creating it, and its folder, where that is
 * allowed; what was open before is closed, also on failure.  0, or -1 with
 * errno; EINVAL when path is no regular file; EIO when it still names a file
 * that could not be synced and cannot be renamed: such a file is moved to
 * PATH.unsynced-INODE, by whichever process is first.
 *
 * Every process opens the file itself: the lock belongs to the open file
 * description, so an inherited descriptor would exclude nobody.
 */
int ngx_http_journey_append_open(ngx_http_journey_append_t *a,
    const char *path);

/* Files that could not be synced are still known. */
void ngx_http_journey_append_close(ngx_http_journey_append_t *a);

/* Closes for good: forgets them. */
void ngx_http_journey_append_free(ngx_http_journey_append_t *a);

/* Whether a file is open and path now names another one. */
int ngx_http_journey_append_replaced(const ngx_http_journey_append_t *a,
    const char *path);

/*
 * Tries to become the only process that appends; never waits.  _OK: unlock
 * when done.  _BUSY: somebody else is, try again soon.  _GONE: the file has no
 * name any more, what is written to it would be lost.  _ERROR: see info.
 */
ngx_http_journey_append_e ngx_http_journey_append_lock(
    ngx_http_journey_append_t *a, ngx_http_journey_append_info_t *info);

void ngx_http_journey_append_unlock(ngx_http_journey_append_t *a);

/* Whether a file is open and has lost its name. */
int ngx_http_journey_append_gone(const ngx_http_journey_append_t *a);

/*
 * Under the lock: walks over what others appended and cuts off a torn block.
 * _OK: the next block will begin at info->offset.  _ERROR: see info.
 */
ngx_http_journey_append_e ngx_http_journey_append_ready(
    ngx_http_journey_append_t *a, ngx_http_journey_append_info_t *info);

/*
 * Under the lock, when ready: whether the block of this writer and seq, with
 * n events, stands whole at offset, to its last bit: after a loss of power a
 * header may be on disk with zeros behind it.  1, h receives its header; 0; -1
 * when that cannot be told now, see info.
 */
int ngx_http_journey_append_has(const ngx_http_journey_append_t *a,
    uint64_t offset, uint64_t writer, uint64_t seq, uint32_t n,
    jny_header_t *h, ngx_http_journey_append_info_t *info);

/*
 * Under the lock, when ready: appends the member, all of it or nothing.  _OK,
 * _SHORT or _ERROR with info filled; after the latter two the block is not in
 * the file and may be appended again.
 */
ngx_http_journey_append_e ngx_http_journey_append(
    ngx_http_journey_append_t *a, jny_slice_t member,
    ngx_http_journey_append_info_t *info);

/*
 * Waits until the disk has what was appended.  _OK; _ERROR: the kernel may
 * have thrown the pages away and would say "done" the next time, so the file
 * counts as closed and is never opened again; append what it got last to
 * another.
 */
ngx_http_journey_append_e ngx_http_journey_append_sync(
    ngx_http_journey_append_t *a, ngx_http_journey_append_info_t *info);


#endif /* NGX_HTTP_JOURNEY_APPEND_H */
