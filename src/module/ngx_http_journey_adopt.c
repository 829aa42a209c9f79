/*
 * ngx_http_journey_adopt.c - a lock that is free has lost its owner, and the
 * spool says everything that is needed to go on in the dead one's name: its
 * id, sequence and counters, the description of the log and the log's path.
 *
 * Nothing is kept beside the spool.  It is changed by the same steps as its
 * writer would: record the block, append it, release its rows.  So an adopter
 * that is killed is just one more dead writer.  One that died of what it read
 * there would be the first of many: tries are counted in the spool.
 *
 * Without threads this runs on the event loop: one spool for each call, and
 * nothing is waited for but, with sync=block, the disk.
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


#define NGX_HTTP_JOURNEY_ADOPT_STALE  60       /* seconds until a spool that
                                                  was never finished goes */


static int ngx_http_journey_adopt_file(ngx_http_journey_adopter_t *ad,
    const char *path);
static int ngx_http_journey_adopt_refused(ngx_http_journey_adopter_t *ad,
    const char *path, unsigned *count);
static int ngx_http_journey_adopt_ours(const char *path);
static int ngx_http_journey_adopt_spool(ngx_http_journey_adopter_t *ad,
    ngx_http_journey_spool_t *s);
static int ngx_http_journey_adopt_blocks(ngx_http_journey_adopter_t *ad,
    ngx_http_journey_block_t *b);
static void ngx_http_journey_adopt_written(ngx_http_journey_adopter_t *ad,
    ngx_http_journey_block_t *b);
static void ngx_http_journey_adopt_over(ngx_http_journey_adopter_t *ad);
static void ngx_http_journey_adopt_unfinished(const char *path);
static int ngx_http_journey_adopt_ends(const char *name, const char *suffix);
static int ngx_http_journey_adopt_fail(ngx_http_journey_adopter_t *ad,
    const char *call, int err, const char *path);


void
ngx_http_journey_adopt_init(ngx_http_journey_adopter_t *ad,
    const char *folder, const jny_alloc_t *alloc, int sync)
{
    memset(ad, 0, sizeof(*ad));
    ad->folder = folder;
    ad->alloc = alloc;
    ad->sync = sync != 0;
    ngx_http_journey_append_init(&ad->file);
}


void
ngx_http_journey_adopt_stop(ngx_http_journey_adopter_t *ad)
{
    ngx_http_journey_adopt_over(ad);
    ngx_http_journey_append_free(&ad->file);
}


int
ngx_http_journey_adopt(ngx_http_journey_adopter_t *ad)
{
    int             n;
    char            path[NGX_HTTP_JOURNEY_SPOOL_PATH];
    struct dirent  *entry;

    if (ad->dir == NULL) {
        memset(&ad->result, 0, sizeof(ad->result));
        ad->dir = opendir(ad->folder);

        if (ad->dir == NULL) {
            (void) ngx_http_journey_adopt_fail(ad, "opendir()", errno,
                                               ad->folder);
            return 0;
        }
    }

    while (ad->result.busy == 0 && (entry = readdir(ad->dir)) != NULL) {

        n = snprintf(path, sizeof(path), "%s/%s", ad->folder, entry->d_name);

        if (n < 0 || (size_t) n >= sizeof(path)) {
            continue;
        }

        if (ngx_http_journey_adopt_ends(path, ".spool")) {

            if (ngx_http_journey_adopt_file(ad, path)) {
                return 1;
            }

        } else if (ngx_http_journey_adopt_ends(path, ".spool.tmp")) {
            ngx_http_journey_adopt_unfinished(path);
        }
    }

    ngx_http_journey_adopt_over(ad);

    return 0;
}


static void
ngx_http_journey_adopt_over(ngx_http_journey_adopter_t *ad)
{
    if (ad->dir != NULL) {
        (void) closedir(ad->dir);
        ad->dir = NULL;
    }
}


/* 1: it was a dead one's spool, and took time. */

static int
ngx_http_journey_adopt_file(ngx_http_journey_adopter_t *ad, const char *path)
{
    int                       rc;
    jny_diag_t                diag;
    ngx_http_journey_spool_t  s;

    rc = ngx_http_journey_spool_take(&s, path, &diag);

    switch (rc) {

    case 0:
        if (jny_spool_try(s.sp) > NGX_HTTP_JOURNEY_ADOPT_TRIES) {

            if (ngx_http_journey_adopt_refused(ad, path, &ad->result.deadly)
                == 0)
            {
                jny_spool_tried(s.sp);      /* for who gives it its name back */
            }

            ngx_http_journey_spool_close(&s, 1);
            return 0;
        }

        rc = ngx_http_journey_adopt_spool(ad, &s);
        jny_spool_tried(s.sp);
        ngx_http_journey_spool_close(&s, rc != 0);
        ad->result.spools += rc == 0;
        return 1;

    case EBUSY:             /* its writer lives, or somebody was faster */
    case ENOENT:
    case EPERM:
        return 0;

    case EBADMSG:
        (void) ngx_http_journey_adopt_refused(ad, path, &ad->result.refused);
        return 0;

    case EACCES:
        if (!ngx_http_journey_adopt_ours(path)) {
            return 0;
        }

        break;
    }

    ad->result.left++;
    (void) ngx_http_journey_adopt_fail(ad, "open()", rc, path);

    return 0;
}


/*
 * Nobody shall try again.  0, or -1: a file that keeps its name is tried, and
 * said.
 */

static int
ngx_http_journey_adopt_refused(ngx_http_journey_adopter_t *ad,
    const char *path, unsigned *count)
{
    char  bad[NGX_HTTP_JOURNEY_SPOOL_PATH + sizeof(".bad")];

    (void) snprintf(bad, sizeof(bad), "%s.bad", path);

    if (rename(path, bad) == 0) {
        (*count)++;
        return 0;
    }

    ad->result.left++;

    return ngx_http_journey_adopt_fail(ad, "rename()", errno, path);
}


/* Whether a file that may not be opened is this user's all the same. */

static int
ngx_http_journey_adopt_ours(const char *path)
{
    struct stat  st;

    return lstat(path, &st) == 0 && st.st_uid == geteuid();
}


/* 0: everything is in the log.  -1: the spool must stay. */

static int
ngx_http_journey_adopt_spool(ngx_http_journey_adopter_t *ad,
    ngx_http_journey_spool_t *s)
{
    int                       rc;
    char                      log[PATH_MAX];
    jny_log_info_t            info;
    ngx_http_journey_block_t  b;

    memset(&b, 0, sizeof(b));

    if (jny_spool_open(s->sp, s->size, &b.state, &info, NULL) != JNY_OK
        || b.state.final
        || (b.state.rows == 0 && b.state.seq == 0 && b.state.dropped == 0))
    {
        return 0;
    }

    if (info.path.len == 0 || info.path.len >= sizeof(log)) {
        ad->result.left++;
        return ngx_http_journey_adopt_fail(ad, "open()", ENOENT, s->path);
    }

    memcpy(log, info.path.data, info.path.len);
    log[info.path.len] = '\0';

    b.encoder = jny_encoder_new(ad->alloc, &info, &rc);

    if (b.encoder == NULL) {
        ad->result.left++;
        return ngx_http_journey_adopt_fail(ad, jny_strerror(rc), 0, s->path);
    }

    jny_encoder_cap(b.encoder, NGX_HTTP_JOURNEY_BLOCK_TEXTS);

    b.file = &ad->file;
    b.path = log;
    b.spool = s->sp;
    b.final = 1;
    b.recovered = 1;
    b.sync = ad->sync;

    rc = ngx_http_journey_adopt_blocks(ad, &b);

    ngx_http_journey_append_close(&ad->file);
    jny_encoder_free(b.encoder);

    return rc;
}


static int
ngx_http_journey_adopt_blocks(ngx_http_journey_adopter_t *ad,
    ngx_http_journey_block_t *b)
{
    do {
        jny_spool_state(b->spool, &b->state);
        ngx_http_journey_block_write(b);

        switch (b->rc) {

        case NGX_HTTP_JOURNEY_BLOCK_OK:
            ngx_http_journey_adopt_written(ad, b);
            break;

        case NGX_HTTP_JOURNEY_BLOCK_DAMAGED:
            b->discard = 1;
            break;

        case NGX_HTTP_JOURNEY_BLOCK_BUSY:
            ad->result.busy++;
            return ngx_http_journey_adopt_fail(ad, "fcntl(F_OFD_SETLK)",
                                               EAGAIN, b->path);

        default:
            ad->result.left++;
            return ngx_http_journey_adopt_fail(
                ad, b->call != NULL ? b->call : "write()", b->err, b->path);
        }

    } while (!b->ended);

    return 0;
}


static void
ngx_http_journey_adopt_written(ngx_http_journey_adopter_t *ad,
    ngx_http_journey_block_t *b)
{
    ad->result.events += b->found ? 0 : b->rows;
    ad->result.found += b->found ? b->rows : 0;
    ad->result.blocks += !b->found;
    ad->result.bytes += b->bytes;

    if (b->ended) {
        ad->result.damaged += b->state.rows - b->rows;
        jny_spool_end(b->spool, b->rows);
        return;
    }

    jny_spool_release(b->spool, b->pos, b->rows);
    b->discard = b->cut;

    /* a death from here on is one at another place */

    jny_spool_tried(b->spool);
    (void) jny_spool_try(b->spool);
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
ngx_http_journey_adopt_fail(ngx_http_journey_adopter_t *ad, const char *call,
    int err, const char *path)
{
    ad->result.call = call;
    ad->result.err = err;
    (void) snprintf(ad->result.path, sizeof(ad->result.path), "%s", path);

    return -1;
}
