/*
 * ngx_http_journey_spool.h - the mapping, locking and naming of a spool;
 * what its bytes mean is jny_spool.h's.  POSIX and src/format only.
 *
 *     open, open_memory or take -> ... -> close
 *
 * A spool belongs to one process.
 */

#ifndef NGX_HTTP_JOURNEY_SPOOL_H
#define NGX_HTTP_JOURNEY_SPOOL_H

#include "jny_spool.h"


#define NGX_HTTP_JOURNEY_SPOOL_PATH  4096

typedef struct {
    jny_spool_t  *sp;       /* the mapped bytes; NULL: closed */
    size_t        size;
    int           fd;       /* holds the lock; -1: not a file */
    char          path[NGX_HTTP_JOURNEY_SPOOL_PATH];    /* "": no file */
} ngx_http_journey_spool_t;


/* A closed spool. */
void ngx_http_journey_spool_init(ngx_http_journey_spool_t *s);

/*
 * Creates, preallocates, locks and maps
 *
 *     FOLDER/NAME-PPPPPPPP-WWWWWWWWWWWWWWWW.spool
 *
 * of size bytes: NAME is the log's file name (its first 100 bytes), P the
 * crc32 of the log's path, W the writer, both in lower-case hex.  So the
 * spool of a dead writer tells people and programs which log it belongs to,
 * and no spool is ever overwritten.  Until it is locked and laid out it has
 * the suffix ".tmp": a file named *.spool whose lock is free has lost its
 * writer.
 *
 * All pages are allocated here: a full tmpfs fails this call instead of
 * raising SIGBUS at some later row.
 *
 * 0; or an errno, diag tells what failed, and nothing is left behind: ENOSPC
 * and EINVAL also when info or size do not suit jny_spool_init().
 */
int ngx_http_journey_spool_open(ngx_http_journey_spool_t *s,
    const char *folder, const char *log, size_t size,
    const jny_log_info_t *info, jny_diag_t *diag);

/* The same in memory that dies with the process. */
int ngx_http_journey_spool_open_memory(ngx_http_journey_spool_t *s,
    size_t size, const jny_log_info_t *info, jny_diag_t *diag);

/*
 * Takes over the spool at path from a writer that is dead: locks and maps it.
 *
 * 0; EBUSY: somebody has the lock; ENOENT: it is gone; EPERM: it is another
 * user's, or no regular file; EBADMSG: its bytes are no spool; or another
 * errno.  diag tells what failed.
 */
int ngx_http_journey_spool_take(ngx_http_journey_spool_t *s,
    const char *path, jny_diag_t *diag);

/* Whether the spool is a file that has lost its name. */
int ngx_http_journey_spool_gone(const ngx_http_journey_spool_t *s);

/*
 * Unmaps and unlocks; the file is removed unless keep.  Accepts a closed
 * spool.
 */
void ngx_http_journey_spool_close(ngx_http_journey_spool_t *s, int keep);


#endif /* NGX_HTTP_JOURNEY_SPOOL_H */
