/*
 * ngx_http_journey_writer.c - rows into the spool, blocks out of it.
 *
 * The spool is the only buffer.  A flush reads its rows back, encodes them,
 * appends the block and only then releases the rows, so there is no moment at
 * which a row is neither in the spool nor in the log.  What was not appended
 * is simply still there: a busy lock is tried again in milliseconds, a failing
 * disk with growing pauses, and only a full spool drops rows, by count and by
 * reason.
 *
 * The file is locked before the rows are encoded.  That holds the lock some
 * milliseconds longer, but a busy lock then costs one system call instead of
 * an encoding in vain, and a block always takes the rows from the first one
 * on up to a fixed limit: whoever adopts the spool cuts the same block.
 */

#include "ngx_http_journey_writer.h"
#include "ngx_http_journey_stream.h"


#define NGX_HTTP_JOURNEY_BUSY       20     /* ms until a busy lock's next try */
#define NGX_HTTP_JOURNEY_BUSY_MAX   1000   /* ms that reopen or exit wait */
#define NGX_HTTP_JOURNEY_RETRY_MIN  1000   /* ms after the first failure */
#define NGX_HTTP_JOURNEY_RETRY_MAX  60000
#define NGX_HTTP_JOURNEY_RESTART    60     /* seconds between tries to get a
                                              spool where there was none */


struct ngx_http_journey_writer_s {
    const ngx_http_journey_writer_conf_t  *conf;

    ngx_http_journey_stream_t              stream;
    ngx_http_journey_append_t              file;
    ngx_http_journey_report_t              report;
    ngx_event_t                            timer;

    time_t                                 started;     /* last try */
    ngx_http_journey_drop_e                lacking;     /* why it failed, */
    uint64_t                               unspooled;   /* and the drops that
                                                           no spool counts */
    ngx_msec_t                             retry;   /* pause after a failure;
                                                       0: the disk is well */
    ngx_msec_t                             busy;    /* since when a reopen
                                                       waits for the lock */
    unsigned                               reopen:1;
    unsigned                               damaged:1;   /* spool unreadable */
};


static ngx_int_t ngx_http_journey_writer_start(ngx_http_journey_writer_t *w);
static ngx_int_t ngx_http_journey_writer_file(ngx_http_journey_writer_t *w);
static ngx_int_t ngx_http_journey_writer_full(ngx_http_journey_writer_t *w,
    const jny_row_t *row);
static ngx_int_t ngx_http_journey_writer_drop(ngx_http_journey_writer_t *w,
    ngx_http_journey_drop_e reason, uint64_t n);
static void ngx_http_journey_writer_timer(ngx_event_t *ev);
static ngx_int_t ngx_http_journey_writer_flush(ngx_http_journey_writer_t *w);
static ngx_int_t ngx_http_journey_writer_blocks(ngx_http_journey_writer_t *w,
    ngx_uint_t final);
static ngx_int_t ngx_http_journey_writer_lock(ngx_http_journey_writer_t *w);
static ngx_int_t ngx_http_journey_writer_block(ngx_http_journey_writer_t *w,
    ngx_uint_t final);
static ngx_int_t ngx_http_journey_writer_encode(ngx_http_journey_writer_t *w,
    uint64_t *pos, uint32_t *n);
static ngx_int_t ngx_http_journey_writer_append(ngx_http_journey_writer_t *w,
    const jny_seal_t *seal);
static void ngx_http_journey_writer_schedule(ngx_http_journey_writer_t *w,
    ngx_msec_t delay);


ngx_http_journey_writer_t *
ngx_http_journey_writer_open(const ngx_http_journey_writer_conf_t *conf)
{
    ngx_http_journey_writer_t  *w;

    w = ngx_calloc(sizeof(ngx_http_journey_writer_t), ngx_cycle->log);
    if (w == NULL) {
        return NULL;
    }

    w->conf = conf;
    w->report.path = &conf->path;
    w->timer.handler = ngx_http_journey_writer_timer;
    w->timer.data = w;
    w->timer.cancelable = 1;

    (void) ngx_http_journey_writer_start(w);

    ngx_http_journey_append_init(&w->file);
    (void) ngx_http_journey_writer_file(w);

    return w;
}


static ngx_int_t
ngx_http_journey_writer_start(ngx_http_journey_writer_t *w)
{
    w->started = ngx_time();

    if (ngx_http_journey_stream_open(&w->stream, w->conf, &w->report,
                                     &w->lacking)
        != NGX_OK)
    {
        return NGX_ERROR;
    }

    jny_spool_drop(w->stream.spool.sp, w->unspooled);
    w->unspooled = 0;

    return NGX_OK;
}


/* Opens the log; what was open is closed.  NGX_OK, NGX_ERROR. */

static ngx_int_t
ngx_http_journey_writer_file(ngx_http_journey_writer_t *w)
{
    if (ngx_http_journey_append_open(&w->file, (char *) w->conf->path.data)
        == -1)
    {
        ngx_http_journey_report_failure(&w->report, "open()", ngx_errno);
        return NGX_ERROR;
    }

    return NGX_OK;
}


ngx_int_t
ngx_http_journey_writer_add(ngx_http_journey_writer_t *w,
    const jny_row_t *row)
{
    jny_spool_state_t  st;

    if (w->stream.spool.sp == NULL
        && (ngx_time() - w->started < NGX_HTTP_JOURNEY_RESTART
            || ngx_http_journey_writer_start(w) != NGX_OK))
    {
        return ngx_http_journey_writer_drop(w, w->lacking, 1);
    }

    if (w->damaged) {
        return ngx_http_journey_writer_drop(w, NGX_HTTP_JOURNEY_DROP_DAMAGED,
                                            1);
    }

    if (jny_spool_add(w->stream.spool.sp, row) != JNY_OK
        && ngx_http_journey_writer_full(w, row) != NGX_OK)
    {
        return NGX_DECLINED;
    }

    jny_spool_state(w->stream.spool.sp, &st);

    if (w->retry == 0
        && (st.rows >= NGX_HTTP_JOURNEY_BLOCK_ROWS
            || st.used >= (st.size - JNY_SPOOL_HEADER_LEN) / 2))
    {
        (void) ngx_http_journey_writer_flush(w);

    } else if (!w->timer.timer_set) {
        ngx_http_journey_writer_schedule(w, w->conf->flush);
    }

    return NGX_OK;
}


/* The row did not fit: makes room if that is possible, or drops it. */

static ngx_int_t
ngx_http_journey_writer_full(ngx_http_journey_writer_t *w,
    const jny_row_t *row)
{
    jny_spool_state_t        st;
    ngx_http_journey_drop_e  reason;

    jny_spool_state(w->stream.spool.sp, &st);

    if (st.rows == 0) {
        reason = NGX_HTTP_JOURNEY_DROP_TOO_LARGE;

    } else if (w->retry) {
        reason = NGX_HTTP_JOURNEY_DROP_WRITE;

    } else {

        switch (ngx_http_journey_writer_flush(w)) {

        case NGX_OK:
            reason = NGX_HTTP_JOURNEY_DROP_TOO_LARGE;
            break;

        case NGX_AGAIN:
            reason = NGX_HTTP_JOURNEY_DROP_SPOOL_FULL;
            break;

        default: /* NGX_ERROR */
            reason = NGX_HTTP_JOURNEY_DROP_WRITE;
        }

        if (w->stream.spool.sp
            && jny_spool_add(w->stream.spool.sp, row) == JNY_OK)
        {
            return NGX_OK;
        }
    }

    return ngx_http_journey_writer_drop(w, reason, 1);
}


static ngx_int_t
ngx_http_journey_writer_drop(ngx_http_journey_writer_t *w,
    ngx_http_journey_drop_e reason, uint64_t n)
{
    if (w->stream.spool.sp) {
        jny_spool_drop(w->stream.spool.sp, n);

    } else {
        w->unspooled += n;
    }

    ngx_http_journey_report_drop(&w->report, reason, n);

    return NGX_DECLINED;
}


void
ngx_http_journey_writer_reopen(ngx_http_journey_writer_t *w)
{
    /*
     * nginx calls this at exit, too, before it says so.  The rows then wait
     * for the FINAL block, unless there was a USR1 while the last requests
     * of this process were being served.
     */

    if ((ngx_exiting || ngx_quit || ngx_terminate)
        && !ngx_http_journey_append_replaced(&w->file,
                                             (char *) w->conf->path.data))
    {
        return;
    }

    w->reopen = 1;
    w->busy = ngx_current_msec;

    (void) ngx_http_journey_writer_flush(w);
}


static void
ngx_http_journey_writer_timer(ngx_event_t *ev)
{
    (void) ngx_http_journey_writer_flush(ev->data);
}


/*
 * Writes what is in the spool, follows a pending reopen, and arms the timer
 * for what is left.  NGX_OK: nothing is; NGX_AGAIN, NGX_ERROR.
 */

static ngx_int_t
ngx_http_journey_writer_flush(ngx_http_journey_writer_t *w)
{
    ngx_int_t  rc;

    rc = ngx_http_journey_writer_blocks(w, 0);

    /*
     * The rows from before USR1 belong into the renamed file, but it may be
     * the one that fails; and a lock that stays busy must not keep it open.
     */

    if (w->reopen
        && (rc != NGX_AGAIN
            || ngx_current_msec - w->busy > NGX_HTTP_JOURNEY_BUSY_MAX))
    {
        w->reopen = 0;
        w->retry = 0;

        /* now, not when there are rows: the next USR1 may come before them */

        (void) ngx_http_journey_writer_file(w);

        rc = ngx_http_journey_writer_blocks(w, 0);
    }

    if (rc == NGX_AGAIN || w->reopen) {
        ngx_http_journey_writer_schedule(w, NGX_HTTP_JOURNEY_BUSY
                                         + (ngx_msec_t) ngx_random()
                                           % NGX_HTTP_JOURNEY_BUSY);

    } else if (rc == NGX_ERROR) {
        ngx_http_journey_writer_schedule(w, w->retry);

    } else if (w->timer.timer_set) {
        ngx_del_timer(&w->timer);
    }

    return rc;
}


/* All blocks that the spool holds.  NGX_OK; NGX_AGAIN (lock), NGX_ERROR. */

static ngx_int_t
ngx_http_journey_writer_blocks(ngx_http_journey_writer_t *w, ngx_uint_t final)
{
    ngx_int_t          rc;
    jny_spool_state_t  st;

    if (w->stream.spool.sp == NULL) {
        return NGX_OK;
    }

    jny_spool_state(w->stream.spool.sp, &st);

    if (st.rows == 0 && (!final || (st.seq == 0 && st.dropped == 0))) {
        return NGX_OK;
    }

    rc = ngx_http_journey_writer_lock(w);

    if (rc == NGX_OK) {

        do {
            rc = ngx_http_journey_writer_block(w, final);
        } while (rc == NGX_AGAIN);

        ngx_http_journey_append_unlock(&w->file);

    } else if (rc == NGX_AGAIN) {
        return NGX_AGAIN;
    }

    if (rc != NGX_OK) {
        w->retry = ngx_min(ngx_max(w->retry * 2, NGX_HTTP_JOURNEY_RETRY_MIN),
                           NGX_HTTP_JOURNEY_RETRY_MAX);
        return NGX_ERROR;
    }

    if (w->retry) {
        w->retry = 0;
        ngx_http_journey_report_recovery(&w->report);
    }

    if (w->damaged) {
        w->damaged = 0;
        ngx_http_journey_stream_close(&w->stream, 0);
        (void) ngx_http_journey_writer_start(w);
    }

    return NGX_OK;
}


/*
 * Opens the file where it is not open, or has lost its name, and locks it.
 * NGX_OK, NGX_AGAIN, NGX_ERROR.
 */

static ngx_int_t
ngx_http_journey_writer_lock(ngx_http_journey_writer_t *w)
{
    ngx_uint_t                      i;
    ngx_http_journey_append_info_t  info;

    for (i = 0; i < 2; i++) {

        if (w->file.fd == -1 && ngx_http_journey_writer_file(w) != NGX_OK) {
            return NGX_ERROR;
        }

        switch (ngx_http_journey_append_lock(&w->file, &info)) {

        case NGX_HTTP_JOURNEY_APPEND_OK:
            return NGX_OK;

        case NGX_HTTP_JOURNEY_APPEND_BUSY:
            return NGX_AGAIN;

        case NGX_HTTP_JOURNEY_APPEND_GONE:
            ngx_http_journey_append_close(&w->file);
            break;

        default:
            ngx_http_journey_report_append(&w->report, &info);
            return NGX_ERROR;
        }
    }

    return NGX_AGAIN;
}


/*
 * Under the lock: one block from the front of the spool.  NGX_OK: that was the
 * last; NGX_AGAIN: there is more; NGX_ERROR: the rows are still there.
 */

static ngx_int_t
ngx_http_journey_writer_block(ngx_http_journey_writer_t *w, ngx_uint_t final)
{
    uint32_t           n;
    uint64_t           pos;
    jny_seal_t         seal;
    jny_spool_t       *sp;
    jny_spool_state_t  st;

    sp = w->stream.spool.sp;

    if (ngx_http_journey_writer_encode(w, &pos, &n) != NGX_OK) {
        return NGX_ERROR;
    }

    jny_spool_state(sp, &st);

    if (n == 0 && st.rows != 0) {

        /* the next row does not check: count what is lost, end the stream */

        if (!w->damaged) {
            w->damaged = 1;
            (void) ngx_http_journey_writer_drop(w,
                                     NGX_HTTP_JOURNEY_DROP_DAMAGED, st.rows);
            jny_spool_state(sp, &st);
        }

        pos = st.used;
    }

    ngx_memzero(&seal, sizeof(jny_seal_t));

    seal.seq = st.seq;
    seal.base = st.base;
    seal.dropped = st.dropped;

    if (w->damaged || (final && n == st.rows)) {
        seal.flags = JNY_BLOCK_FINAL;
    }

    if (ngx_http_journey_writer_append(w, &seal) != NGX_OK) {
        return NGX_ERROR;
    }

    jny_spool_release(sp, pos, n);

    return (n == st.rows || w->damaged) ? NGX_OK : NGX_AGAIN;
}


/* Reads rows into the encoder until one of the limits; *pos is behind them. */

static ngx_int_t
ngx_http_journey_writer_encode(ngx_http_journey_writer_t *w, uint64_t *pos,
    uint32_t *n)
{
    int        rc;
    uint64_t   next;
    jny_row_t  row;

    jny_encoder_reset(w->stream.encoder);

    *pos = 0;

    for (*n = 0; *n < NGX_HTTP_JOURNEY_BLOCK_ROWS; (*n)++) {

        next = *pos;

        if (jny_spool_next(w->stream.spool.sp, &next, &row) != JNY_OK) {
            break;
        }

        rc = jny_encoder_add(w->stream.encoder, &row);

        if (rc == JNY_ELIMIT) {
            break;
        }

        if (rc != JNY_OK) {
            ngx_http_journey_report_failure(&w->report, jny_strerror(rc), 0);
            return NGX_ERROR;
        }

        *pos = next;
    }

    return NGX_OK;
}


static ngx_int_t
ngx_http_journey_writer_append(ngx_http_journey_writer_t *w,
    const jny_seal_t *seal)
{
    int                             rc;
    jny_slice_t                     member;
    ngx_http_journey_append_e       done;
    ngx_http_journey_append_info_t  info;

    rc = jny_encoder_seal(w->stream.encoder, seal, &member, NULL);

    if (rc != JNY_OK) {
        ngx_http_journey_report_failure(&w->report, jny_strerror(rc), 0);
        return NGX_ERROR;
    }

    done = ngx_http_journey_append(&w->file, member, &info);

    if (info.torn) {
        ngx_log_error(NGX_LOG_WARN, ngx_cycle->log, 0,
                      "journey_log \"%V\": cut off %uL bytes, a block that "
                      "a dead process had not finished",
                      &w->conf->path, info.torn);
    }

    if (done != NGX_HTTP_JOURNEY_APPEND_OK) {
        ngx_http_journey_report_append(&w->report, &info);
        return NGX_ERROR;
    }

    return NGX_OK;
}


void
ngx_http_journey_writer_close(ngx_http_journey_writer_t *w)
{
    ngx_int_t          rc;
    ngx_uint_t         tries;
    jny_spool_state_t  st;

    if (w->timer.timer_set) {
        ngx_del_timer(&w->timer);
    }

    /* nobody is served any more: here the lock may be waited for */

    tries = NGX_HTTP_JOURNEY_BUSY_MAX / NGX_HTTP_JOURNEY_BUSY;

    for ( ;; ) {
        rc = ngx_http_journey_writer_blocks(w, 1);

        if (rc != NGX_AGAIN || tries-- == 0) {
            break;
        }

        ngx_msleep(NGX_HTTP_JOURNEY_BUSY);
    }

    ngx_http_journey_report_summary(&w->report);

    if (rc != NGX_OK) {
        jny_spool_state(w->stream.spool.sp, &st);

        if (w->stream.spool.fd != -1) {
            ngx_log_error(NGX_LOG_ALERT, ngx_cycle->log, 0,
                          "journey_log \"%V\": %uL events could not be "
                          "written and stay in \"%s\"",
                          &w->conf->path, st.rows, w->stream.spool.path);

        } else {
            ngx_log_error(NGX_LOG_ALERT, ngx_cycle->log, 0,
                          "journey_log \"%V\": %uL events could not be "
                          "written and are lost",
                          &w->conf->path, st.rows);
        }
    }

    ngx_http_journey_stream_close(&w->stream, rc != NGX_OK);
    ngx_http_journey_append_close(&w->file);
    ngx_free(w);
}


static void
ngx_http_journey_writer_schedule(ngx_http_journey_writer_t *w,
    ngx_msec_t delay)
{
    /* a reload of a single process replaces the cycle and its log */

    w->timer.log = ngx_cycle->log;

    ngx_add_timer(&w->timer, delay);
}
