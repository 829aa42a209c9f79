/*
 * ngx_http_journey_adopt.c - a lock that is free has lost its owner, and the
 * spool says everything that is needed to go on in the dead one's name: its
 * id, sequence and counters, the description of the log and the log's path.
 *
 * Nothing is kept beside the spool.  It is changed by the same steps as its
 * writer would: record the block, append it, release its rows.  So an adopter
 * that is killed is just one more dead writer.
 */

#ifndef _GNU_SOURCE
#define _GNU_SOURCE             /* O_NOFOLLOW */
#endif

#include "ngx_http_journey_adopt.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>


#define NGX_HTTP_JOURNEY_ADOPT_TRIES  50
#define NGX_HTTP_JOURNEY_ADOPT_PAUSE  20       /* ms between them */
#define NGX_HTTP_JOURNEY_ADOPT_STALE  60       /* seconds until a spool that
                                                  was never finished goes */


static void ngx_http_journey_adopt_file(const char *path,
    const jny_alloc_t *alloc, ngx_http_journey_adopt_t *result);
static int ngx_http_journey_adopt_spool(ngx_http_journey_spool_t *s,
    const jny_alloc_t *alloc, ngx_http_journey_adopt_t *result);
static int ngx_http_journey_adopt_blocks(ngx_http_journey_block_t *b,
    ngx_http_journey_adopt_t *result);
static int ngx_http_journey_adopt_write(ngx_http_journey_block_t *b);
static void ngx_http_journey_adopt_unfinished(const char *path);
static int ngx_http_journey_adopt_ends(const char *name, const char *suffix);
static int ngx_http_journey_adopt_fail(ngx_http_journey_adopt_t *result,
    const char *call, int err, const char *path);


void
ngx_http_journey_adopt(const char *folder, const jny_alloc_t *alloc,
    ngx_http_journey_adopt_t *result)
{
    int             n;
    DIR            *dir;
    char            path[NGX_HTTP_JOURNEY_SPOOL_PATH];
    struct dirent  *entry;

    memset(result, 0, sizeof(*result));

    dir = opendir(folder);

    if (dir == NULL) {
        (void) ngx_http_journey_adopt_fail(result, "opendir()", errno, folder);
        return;
    }

    while ((entry = readdir(dir)) != NULL) {

        n = snprintf(path, sizeof(path), "%s/%s", folder, entry->d_name);

        if (n < 0 || (size_t) n >= sizeof(path)) {
            continue;
        }

        if (ngx_http_journey_adopt_ends(path, ".spool")) {
            ngx_http_journey_adopt_file(path, alloc, result);

        } else if (ngx_http_journey_adopt_ends(path, ".spool.tmp")) {
            ngx_http_journey_adopt_unfinished(path);
        }
    }

    (void) closedir(dir);
}


static void
ngx_http_journey_adopt_file(const char *path, const jny_alloc_t *alloc,
    ngx_http_journey_adopt_t *result)
{
    int                       rc;
    char                      bad[NGX_HTTP_JOURNEY_SPOOL_PATH + sizeof(".bad")];
    jny_diag_t                diag;
    ngx_http_journey_spool_t  s;

    rc = ngx_http_journey_spool_take(&s, path, &diag);

    switch (rc) {

    case 0:
        rc = ngx_http_journey_adopt_spool(&s, alloc, result);
        ngx_http_journey_spool_close(&s, rc != 0);
        result->spools += rc == 0;
        result->left += rc != 0;
        break;

    case EBUSY:             /* its writer lives, or somebody was faster */
    case ENOENT:
    case EPERM:
        break;

    case EBADMSG:
        (void) snprintf(bad, sizeof(bad), "%s.bad", path);
        (void) rename(path, bad);
        result->refused++;
        break;

    default:
        result->left++;
        (void) ngx_http_journey_adopt_fail(result, "open()", rc, path);
    }
}


/* 0: everything is in the log.  -1: the spool must stay. */

static int
ngx_http_journey_adopt_spool(ngx_http_journey_spool_t *s,
    const jny_alloc_t *alloc, ngx_http_journey_adopt_t *result)
{
    int                        rc;
    char                       log[PATH_MAX];
    jny_log_info_t             info;
    ngx_http_journey_block_t   b;
    ngx_http_journey_append_t  file;

    memset(&b, 0, sizeof(b));

    if (jny_spool_open(s->sp, s->size, &b.state, &info, NULL) != JNY_OK
        || b.state.final
        || (b.state.rows == 0 && b.state.seq == 0 && b.state.dropped == 0))
    {
        return 0;
    }

    if (info.path.len == 0 || info.path.len >= sizeof(log)) {
        return ngx_http_journey_adopt_fail(result, "open()", ENOENT, s->path);
    }

    memcpy(log, info.path.data, info.path.len);
    log[info.path.len] = '\0';

    b.encoder = jny_encoder_new(alloc, &info, &rc);

    if (b.encoder == NULL) {
        return ngx_http_journey_adopt_fail(result, jny_strerror(rc), 0,
                                           s->path);
    }

    jny_encoder_cap(b.encoder, NGX_HTTP_JOURNEY_BLOCK_TEXTS);

    ngx_http_journey_append_init(&file);

    b.file = &file;
    b.path = log;
    b.spool = s->sp;
    b.final = 1;
    b.recovered = 1;
    b.sync = 1;

    rc = ngx_http_journey_adopt_blocks(&b, result);

    ngx_http_journey_append_close(&file);
    jny_encoder_free(b.encoder);

    return rc;
}


static int
ngx_http_journey_adopt_blocks(ngx_http_journey_block_t *b,
    ngx_http_journey_adopt_t *result)
{
    do {
        jny_spool_state(b->spool, &b->state);

        switch (ngx_http_journey_adopt_write(b)) {

        case NGX_HTTP_JOURNEY_BLOCK_OK:
            break;

        case NGX_HTTP_JOURNEY_BLOCK_DAMAGED:
            b->discard = 1;
            continue;

        case NGX_HTTP_JOURNEY_BLOCK_BUSY:
            return ngx_http_journey_adopt_fail(result, "fcntl(F_OFD_SETLK)",
                                               EAGAIN, b->path);

        default:
            return ngx_http_journey_adopt_fail(
                result, b->call != NULL ? b->call : "write()", b->err,
                b->path);
        }

        result->events += b->found ? 0 : b->rows;
        result->found += b->found ? b->rows : 0;
        result->blocks += !b->found;
        result->bytes += b->bytes;

        if (b->ended) {
            result->damaged += b->state.rows - b->rows;
            jny_spool_end(b->spool, b->rows);

        } else {
            jny_spool_release(b->spool, b->pos, b->rows);
        }

    } while (!b->ended);

    return 0;
}


static int
ngx_http_journey_adopt_write(ngx_http_journey_block_t *b)
{
    unsigned         i;
    struct timespec  pause;

    pause.tv_sec = 0;
    pause.tv_nsec = NGX_HTTP_JOURNEY_ADOPT_PAUSE * 1000000L;

    for (i = 0; i < NGX_HTTP_JOURNEY_ADOPT_TRIES; i++) {

        ngx_http_journey_block_write(b);

        if (b->rc != NGX_HTTP_JOURNEY_BLOCK_BUSY) {
            break;
        }

        (void) nanosleep(&pause, NULL);
    }

    return (int) b->rc;
}


/*
 * A spool whose maker died before it got its name has no rows.  It goes when
 * it is old, for a maker that lives has not locked it right from the start.
 */

static void
ngx_http_journey_adopt_unfinished(const char *path)
{
    struct stat  st;

    if (lstat(path, &st) == 0 && S_ISREG(st.st_mode)
        && st.st_uid == geteuid()
        && time(NULL) - st.st_mtime > NGX_HTTP_JOURNEY_ADOPT_STALE)
    {
        (void) unlink(path);
    }
}


static int
ngx_http_journey_adopt_ends(const char *name, const char *suffix)
{
    size_t  n, m;

    n = strlen(name);
    m = strlen(suffix);

    return n > m && memcmp(name + n - m, suffix, m) == 0;
}


static int
ngx_http_journey_adopt_fail(ngx_http_journey_adopt_t *result,
    const char *call, int err, const char *path)
{
    result->call = call;
    result->err = err;
    (void) snprintf(result->path, sizeof(result->path), "%s", path);

    return -1;
}
