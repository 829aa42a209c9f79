/*
 * ngx_http_journey_flush.c - run() asks prepare() what is next, has it done,
 * and tells finish(); with threads, done() is where it goes on.
 *
 * One block is on its way at a time.  While it is, the encoder and the
 * appender belong to it: whatever happens then (a full spool, a timer, USR1)
 * only leaves a note for prepare().
 */

#include "ngx_http_journey_flush.h"


#define NGX_HTTP_JOURNEY_LOOK       1000   /* ms between looks at the file */
#define NGX_HTTP_JOURNEY_RETRY_MIN  1000   /* ms after the first failure */
#define NGX_HTTP_JOURNEY_RETRY_MAX  60000


static ngx_uint_t ngx_http_journey_flush_prepare(ngx_http_journey_writer_t *w);
static void ngx_http_journey_flush_written(ngx_http_journey_writer_t *w);
static ngx_int_t ngx_http_journey_flush_failed(ngx_http_journey_writer_t *w);


ngx_int_t
ngx_http_journey_flush_start(ngx_http_journey_writer_t *w)
{
    w->started = ngx_current_msec;
    w->flush_to = 0;
    w->told = 0;

    if (ngx_http_journey_stream_open(&w->stream, w->conf, &w->report,
                                     &w->lacking)
        != NGX_OK)
    {
        return NGX_ERROR;
    }

    jny_spool_drop(w->stream.spool.sp, w->unspooled);
    w->unspooled = 0;

    ngx_http_journey_count_fill(&w->fill, 0,
                                w->stream.spool.size - JNY_SPOOL_HEADER_LEN);

    return NGX_OK;
}


void
ngx_http_journey_flush_all(ngx_http_journey_writer_t *w)
{
    jny_spool_state_t  st;

    if (w->stream.spool.sp) {
        jny_spool_state(w->stream.spool.sp, &st);
        w->flush_to = st.base + st.rows;
    }
}


/* In a thread, or not. */

void
ngx_http_journey_flush_work(void *data)
{
    ngx_http_journey_writer_t  *w = data;

    if (w->looking) {
        ngx_http_journey_block_look(&w->block);

    } else {
        ngx_http_journey_block_write(&w->block);
    }
}


void
ngx_http_journey_flush_done(void *data)
{
    ngx_int_t                   rc;
    ngx_http_journey_writer_t  *w = data;

    rc = ngx_http_journey_flush_finish(w);

    if (rc == NGX_OK) {
        (void) ngx_http_journey_flush_run(w);

    } else {
        ngx_http_journey_flush_arm(w, rc);
    }
}


ngx_int_t
ngx_http_journey_flush_run(ngx_http_journey_writer_t *w)
{
    ngx_int_t  rc;

    if (ngx_http_journey_task_running(w->task)) {
        return NGX_AGAIN;
    }

    rc = NGX_OK;

    while (rc == NGX_OK && ngx_http_journey_flush_prepare(w)) {

        rc = ngx_http_journey_task_post(w->task, w->pool);

        if (rc == NGX_AGAIN) {
            return NGX_AGAIN;
        }

        rc = (rc == NGX_OK) ? ngx_http_journey_flush_finish(w) : NGX_AGAIN;
    }

    ngx_http_journey_flush_arm(w, rc);

    return rc;
}


/* The next piece of work into w->block; 0 if there is none. */

static ngx_uint_t
ngx_http_journey_flush_prepare(ngx_http_journey_writer_t *w)
{
    ngx_uint_t                 pending;
    jny_spool_state_t          st;
    ngx_http_journey_block_t  *b;

    b = &w->block;
    ngx_memzero(&st, sizeof(jny_spool_state_t));

    if (w->stream.spool.sp) {
        jny_spool_state(w->stream.spool.sp, &st);
    }

    pending = (st.rows != 0 && st.base < w->flush_to) || w->damaged;

    /* the rows from before USR1 belong into the renamed file */

    if (w->reopen && (!pending || w->hurry)) {
        ngx_http_journey_append_close(&w->file);
        w->reopen = 0;
        w->hurry = 0;
        w->retry = 0;
        w->look = 1;
    }

    if (w->closing && !w->reopen && !w->ended) {
        pending = st.rows != 0 || st.seq != 0 || st.dropped != 0;
    }

    if (pending) {
        w->looking = 0;
        b->spool = w->stream.spool.sp;
        b->encoder = w->stream.encoder;
        b->state = st;
        b->final = w->closing && !w->reopen;
        b->discard = w->damaged;
        return 1;
    }

    /* the next USR1 may come before there are rows: open the file now */

    w->looking = w->look;

    return w->looking;
}


ngx_int_t
ngx_http_journey_flush_finish(ngx_http_journey_writer_t *w)
{
    jny_spool_state_t  st;

    ngx_http_journey_report_block(&w->report, &w->block);

    /* only now: a pool that is full may have refused it */

    if (w->looking) {
        w->look = 0;
    }

    switch (w->block.rc) {

    case NGX_HTTP_JOURNEY_BLOCK_BUSY:

        if (w->busy == 0) {
            w->busy = ngx_max(ngx_current_msec, 1);
        }

        /* a lock that stays busy must not keep a renamed file open */

        if (w->reopen
            && ngx_current_msec - w->busy > NGX_HTTP_JOURNEY_BUSY_MAX)
        {
            w->hurry = 1;
            return NGX_OK;
        }

        return NGX_AGAIN;

    case NGX_HTTP_JOURNEY_BLOCK_DAMAGED:

        /* the next row does not check: count what is lost, end the stream */

        w->damaged = 1;
        jny_spool_state(w->stream.spool.sp, &st);
        ngx_http_journey_report_drop(&w->report,
                                     NGX_HTTP_JOURNEY_DROP_DAMAGED, st.rows);
        return NGX_OK;

    case NGX_HTTP_JOURNEY_BLOCK_FAILED:
        return ngx_http_journey_flush_failed(w);

    default: /* NGX_HTTP_JOURNEY_BLOCK_OK */

        if (w->looking) {
            w->retry = 0;       /* and nothing waits to be written */

        } else {
            ngx_http_journey_flush_written(w);
        }

        return NGX_OK;
    }
}


static void
ngx_http_journey_flush_written(ngx_http_journey_writer_t *w)
{
    jny_spool_state_t          st;
    ngx_http_journey_block_t  *b;

    b = &w->block;
    w->busy = 0;
    w->unsynced = 0;
    w->told = b->state.dropped;

    ngx_http_journey_count_block(b->rows, b->bytes, b->us);

    if (w->retry) {
        w->retry = 0;
        ngx_http_journey_report_recovery(&w->report);
    }

    if (!b->ended) {
        jny_spool_release(b->spool, b->pos, b->rows);

        jny_spool_state(b->spool, &st);
        ngx_http_journey_count_fill(&w->fill, st.used,
                                    st.size - JNY_SPOOL_HEADER_LEN);
        w->waiting = st.rows != 0;
        w->flush_at = ngx_current_msec + w->conf->flush;
        return;
    }

    jny_spool_end(b->spool, b->rows);
    w->waiting = 0;

    if (w->closing) {
        w->ended = 1;

    } else {
        ngx_http_journey_stream_close(&w->stream, 0);
        (void) ngx_http_journey_flush_start(w);
    }

    w->damaged = 0;
}


static ngx_int_t
ngx_http_journey_flush_failed(ngx_http_journey_writer_t *w)
{
    w->unsynced |= w->block.synced;

    /* the renamed file may be the one that fails: the next has a chance */

    if (w->reopen) {
        w->hurry = 1;
        return NGX_OK;
    }

    w->retry = ngx_min(ngx_max(w->retry * 2, NGX_HTTP_JOURNEY_RETRY_MIN),
                       NGX_HTTP_JOURNEY_RETRY_MAX);

    return NGX_ERROR;
}


void
ngx_http_journey_flush_arm(ngx_http_journey_writer_t *w, ngx_int_t rc)
{
    ngx_msec_int_t  left;

    if (w->closing) {
        return;
    }

    if (rc == NGX_AGAIN) {
        left = NGX_HTTP_JOURNEY_BUSY
               + (ngx_msec_int_t) ngx_random() % NGX_HTTP_JOURNEY_BUSY;

    } else if (w->retry) {
        left = (ngx_msec_int_t) w->retry;

    } else if (w->waiting) {
        left = (ngx_msec_int_t) (w->flush_at - ngx_current_msec);
        left = ngx_min(ngx_max(left, 1), NGX_HTTP_JOURNEY_LOOK);

    } else {

        if (w->timer.timer_set) {
            ngx_del_timer(&w->timer);
        }

        return;
    }

    /* a reload of a single process replaces the cycle and its log */

    w->timer.log = ngx_cycle->log;

    ngx_add_timer(&w->timer, (ngx_msec_t) left);
}
