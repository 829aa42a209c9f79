/*
 * ngx_http_journey_writer.c - rows into the spool, blocks out of it.
 *
 * The spool is the only buffer.  A block is made of the first rows and
 * appended, in a thread where there is a pool; only then, back on the event
 * loop, its rows are released, so there is no moment at which a row is neither
 * in the spool nor in the log.  Meanwhile new rows are added behind.  What was
 * not appended is simply still there: a busy lock is tried again in
 * milliseconds, a failing disk with growing pauses, and only a full spool
 * drops rows, by count and by reason.
 */

#include "ngx_http_journey_writer.h"
#include "ngx_http_journey_flush.h"


#define NGX_HTTP_JOURNEY_RESTART  60000  /* ms between tries to get a spool
                                            where there was none */


static ngx_int_t ngx_http_journey_writer_full(ngx_http_journey_writer_t *w,
    const jny_row_t *row);
static ngx_int_t ngx_http_journey_writer_drop(ngx_http_journey_writer_t *w,
    ngx_http_journey_drop_e reason);
static void ngx_http_journey_writer_timer(ngx_event_t *ev);
static void ngx_http_journey_writer_renew(ngx_http_journey_writer_t *w);
static void ngx_http_journey_writer_move(ngx_http_journey_writer_t *w,
    jny_spool_t *from, uint64_t told);
static void ngx_http_journey_writer_kept(ngx_http_journey_writer_t *w);


ngx_http_journey_writer_t *
ngx_http_journey_writer_open(const ngx_http_journey_writer_conf_t *conf,
    ngx_thread_pool_t *pool)
{
    ngx_http_journey_writer_t  *w;

    w = ngx_calloc(sizeof(ngx_http_journey_writer_t), ngx_cycle->log);
    if (w == NULL) {
        return NULL;
    }

    w->task = ngx_http_journey_task_new(ngx_http_journey_flush_work,
                                        ngx_http_journey_flush_done, w);
    if (w->task == NULL) {
        ngx_free(w);
        return NULL;
    }

    w->conf = conf;
    w->pool = pool;
    w->report.path = &conf->path;
    w->timer.handler = ngx_http_journey_writer_timer;
    w->timer.data = w;
    w->timer.cancelable = 1;

    ngx_http_journey_append_init(&w->file);

    w->block.file = &w->file;
    w->block.path = (char *) conf->path.data;
    w->block.sync = conf->sync;

    (void) ngx_http_journey_flush_start(w);

    w->look = 1;
    (void) ngx_http_journey_flush_run(w);

    return w;
}


ngx_int_t
ngx_http_journey_writer_add(ngx_http_journey_writer_t *w,
    const jny_row_t *row)
{
    jny_spool_state_t  st;

    if (w->stream.spool.sp == NULL
        && (ngx_current_msec - w->started < NGX_HTTP_JOURNEY_RESTART
            || ngx_http_journey_flush_start(w) != NGX_OK))
    {
        return ngx_http_journey_writer_drop(w, w->lacking);
    }

    if (w->damaged) {
        return ngx_http_journey_writer_drop(w, NGX_HTTP_JOURNEY_DROP_DAMAGED);
    }

    if (jny_spool_add(w->stream.spool.sp, row) != JNY_OK
        && ngx_http_journey_writer_full(w, row) != NGX_OK)
    {
        return NGX_DECLINED;
    }

    if (!w->waiting) {
        w->waiting = 1;
        w->flush_at = ngx_current_msec + w->conf->flush;
    }

    jny_spool_state(w->stream.spool.sp, &st);
    ngx_http_journey_count_fill(&w->fill, st.used,
                                st.size - JNY_SPOOL_HEADER_LEN);

    if (w->retry == 0 && w->busy == 0
        && (st.rows >= NGX_HTTP_JOURNEY_BLOCK_ROWS
            || st.used >= (st.size - JNY_SPOOL_HEADER_LEN) / 2))
    {
        ngx_http_journey_flush_all(w);
        (void) ngx_http_journey_flush_run(w);

    } else if (!w->timer.timer_set) {
        ngx_http_journey_flush_arm(w, NGX_OK);
    }

    return NGX_OK;
}


/* The row does not fit.  Without threads there is a way to make room. */

static ngx_int_t
ngx_http_journey_writer_full(ngx_http_journey_writer_t *w,
    const jny_row_t *row)
{
    jny_spool_state_t        st;
    ngx_http_journey_drop_e  reason;

    if (w->retry == 0 && w->busy == 0) {
        ngx_http_journey_flush_all(w);
        (void) ngx_http_journey_flush_run(w);

        if (w->stream.spool.sp && !w->damaged
            && jny_spool_add(w->stream.spool.sp, row) == JNY_OK)
        {
            return NGX_OK;
        }
    }

    reason = NGX_HTTP_JOURNEY_DROP_SPOOL_FULL;

    if (w->retry) {
        reason = NGX_HTTP_JOURNEY_DROP_WRITE;

    } else if (w->stream.spool.sp) {
        jny_spool_state(w->stream.spool.sp, &st);

        if (st.rows == 0) {
            reason = NGX_HTTP_JOURNEY_DROP_TOO_LARGE;
        }
    }

    return ngx_http_journey_writer_drop(w, reason);
}


static ngx_int_t
ngx_http_journey_writer_drop(ngx_http_journey_writer_t *w,
    ngx_http_journey_drop_e reason)
{
    /* the last block of a damaged spool may have been sealed already */

    if (w->stream.spool.sp && !w->damaged) {
        jny_spool_drop(w->stream.spool.sp, 1);

    } else {
        w->unspooled++;
    }

    ngx_http_journey_report_drop(&w->report, reason, 1);

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
        && !ngx_http_journey_task_running(w->task)
        && !ngx_http_journey_append_replaced(&w->file,
                                             (char *) w->conf->path.data))
    {
        return;
    }

    w->reopen = 1;
    w->busy = 0;

    ngx_http_journey_flush_all(w);
    (void) ngx_http_journey_flush_run(w);
}


static void
ngx_http_journey_writer_timer(ngx_event_t *ev)
{
    ngx_http_journey_writer_t  *w = ev->data;

    if (!ngx_http_journey_task_running(w->task)) {
        ngx_http_journey_writer_renew(w);
    }

    if (w->retry
        || (w->waiting
            && (ngx_msec_int_t) (w->flush_at - ngx_current_msec) <= 0))
    {
        ngx_http_journey_flush_all(w);
    }

    w->look = 1;
    (void) ngx_http_journey_flush_run(w);
}


/*
 * Where somebody removed the spool, or there was no file for it, rows move to
 * another, and to another writer id.  Their old one has no end, which says
 * that nothing is known behind its last block.
 */

static void
ngx_http_journey_writer_renew(ngx_http_journey_writer_t *w)
{
    uint64_t                   told;
    ngx_uint_t                 memory, due;
    jny_spool_state_t          st;
    ngx_http_journey_stream_t  old;

    old = w->stream;
    told = w->told;
    memory = old.spool.fd == -1;

    /* rows in a block of the old id must not come again under another */

    if (old.spool.sp == NULL || w->damaged || w->unsynced
        || (!memory && !ngx_http_journey_spool_gone(&old.spool))
        || !ngx_http_journey_report_due(&w->report,
                                        NGX_HTTP_JOURNEY_REPORT_RENEWAL))
    {
        return;
    }

    jny_spool_state(old.spool.sp, &st);
    due = w->flush_to > st.base;

    if (!memory) {
        ngx_log_error(NGX_LOG_ERR, ngx_cycle->log, 0,
                      "journey_log \"%V\": the spool \"%s\" was removed, its "
                      "rows move to another", &w->conf->path, old.spool.path);
    }

    if (ngx_http_journey_flush_start(w) != NGX_OK
        || (memory && w->stream.spool.fd == -1))
    {
        ngx_http_journey_stream_close(&w->stream, 0);
        w->stream = old;
        w->told = told;

    } else {

        if (memory) {
            ngx_log_error(NGX_LOG_NOTICE, ngx_cycle->log, 0,
                          "journey_log \"%V\": rows move from memory to the "
                          "spool \"%s\"",
                          &w->conf->path, w->stream.spool.path);
        }

        ngx_http_journey_writer_move(w, old.spool.sp, told);
        ngx_http_journey_stream_close(&old, 1);
    }

    if (due) {
        ngx_http_journey_flush_all(w);
    }
}


/* With the drops that no block of the old stream has told. */

static void
ngx_http_journey_writer_move(ngx_http_journey_writer_t *w, jny_spool_t *from,
    uint64_t told)
{
    uint64_t           pos;
    jny_row_t          row;
    jny_spool_state_t  st;

    jny_spool_state(from, &st);
    pos = 0;

    while (st.rows != 0 && jny_spool_next(from, &pos, &row) == JNY_OK
           && jny_spool_add(w->stream.spool.sp, &row) == JNY_OK)
    {
        st.rows--;
    }

    jny_spool_drop(w->stream.spool.sp, st.rows + st.dropped - told);

    if (st.rows) {
        ngx_http_journey_report_drop(&w->report,
                                     NGX_HTTP_JOURNEY_DROP_DAMAGED, st.rows);
    }
}


void
ngx_http_journey_writer_close(ngx_http_journey_writer_t *w)
{
    ngx_int_t   rc;
    ngx_uint_t  tries;

    if (w->timer.timer_set) {
        ngx_del_timer(&w->timer);
    }

    w->closing = 1;
    w->look = 0;
    w->pool = NULL;

    if (ngx_http_journey_task_running(w->task)) {
        ngx_http_journey_task_join(w->task);
        (void) ngx_http_journey_flush_finish(w);
    }

    /* nobody is served any more: here the lock may be waited for */

    ngx_http_journey_flush_all(w);

    tries = NGX_HTTP_JOURNEY_BUSY_MAX / NGX_HTTP_JOURNEY_BUSY;

    for ( ;; ) {
        rc = ngx_http_journey_flush_run(w);

        if (rc != NGX_AGAIN || tries-- == 0) {
            break;
        }

        ngx_msleep(NGX_HTTP_JOURNEY_BUSY);
    }

    ngx_http_journey_report_summary(&w->report);

    if (rc != NGX_OK) {
        ngx_http_journey_writer_kept(w);
    }

    ngx_http_journey_stream_close(&w->stream, rc != NGX_OK);
    ngx_http_journey_append_free(&w->file);
    ngx_http_journey_count_fill_close(&w->fill);
    ngx_http_journey_task_free(w->task);
    ngx_free(w);
}


static void
ngx_http_journey_writer_kept(ngx_http_journey_writer_t *w)
{
    jny_spool_state_t  st;

    if (w->stream.spool.sp == NULL) {
        return;
    }

    jny_spool_state(w->stream.spool.sp, &st);

    if (w->stream.spool.fd != -1) {
        ngx_log_error(NGX_LOG_ALERT, ngx_cycle->log, 0,
                      "journey_log \"%V\": %uL events could not be written "
                      "and stay in \"%s\"",
                      &w->conf->path, st.rows, w->stream.spool.path);

    } else {
        ngx_log_error(NGX_LOG_ALERT, ngx_cycle->log, 0,
                      "journey_log \"%V\": %uL events could not be written "
                      "and are lost", &w->conf->path, st.rows);
    }
}
