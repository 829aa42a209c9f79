/*
 * ngx_http_journey_flush.h - what a writer does and when: the half of it that
 * makes blocks.  Private to the writer.
 */

#ifndef NGX_HTTP_JOURNEY_FLUSH_H
#define NGX_HTTP_JOURNEY_FLUSH_H

#include "ngx_http_journey_counters.h"
#include "ngx_http_journey_stream.h"
#include "ngx_http_journey_writer.h"


#define NGX_HTTP_JOURNEY_BUSY       20     /* ms until a busy lock's next try */
#define NGX_HTTP_JOURNEY_BUSY_MAX   1000   /* ms that reopen or exit wait */

struct ngx_http_journey_writer_s {
    const ngx_http_journey_writer_conf_t  *conf;
    ngx_thread_pool_t                     *pool;

    ngx_http_journey_stream_t              stream;
    ngx_http_journey_report_t              report;
    ngx_event_t                            timer;
    ngx_http_journey_fill_t                fill;

    ngx_http_journey_task_t               *task;    /* while it runs, it has: */
    ngx_http_journey_block_t               block;
    ngx_http_journey_append_t              file;

    ngx_msec_t                             started;     /* last try */
    ngx_http_journey_drop_e                lacking;     /* why it failed, */
    uint64_t                               unspooled;   /* and the drops that
                                                           no spool counts */
    uint64_t                               told;        /* drops that the last
                                                           block counts */
    uint64_t                               flush_to;    /* what is to be
                                                           written: events
                                                           before this one */
    ngx_msec_t                             flush_at;    /* all that are there */
    ngx_msec_t                             retry;   /* pause after a failure;
                                                       0: the disk is well */
    ngx_msec_t                             busy;    /* since when the lock is;
                                                       0: it is not */
    unsigned                               waiting:1;   /* flush_at holds */
    unsigned                               look:1;      /* at the file */
    unsigned                               looking:1;   /* is what runs */
    unsigned                               reopen:1;
    unsigned                               hurry:1;     /* reopen first */
    unsigned                               damaged:1;   /* spool unreadable */
    unsigned                               unsynced:1;  /* the next block is
                                                           in a file already
                                                           that failed */
    unsigned                               closing:1;
    unsigned                               ended:1;     /* FINAL is on disk */
};


/* Begins a stream, the first or the next.  NGX_OK, NGX_ERROR: w->lacking. */
ngx_int_t ngx_http_journey_flush_start(ngx_http_journey_writer_t *w);

/* All rows that there are now shall be written; run does it. */
void ngx_http_journey_flush_all(ngx_http_journey_writer_t *w);

/*
 * Does what is to be done, one piece after another, and arms the timer for
 * what can only be done later.  NGX_OK: nothing is left; NGX_AGAIN: some is;
 * NGX_ERROR: the disk does not take it.
 */
ngx_int_t ngx_http_journey_flush_run(ngx_http_journey_writer_t *w);

/*
 * What the work came to that was in w->block.  NGX_OK: go on; NGX_AGAIN,
 * NGX_ERROR: after a pause.
 */
ngx_int_t ngx_http_journey_flush_finish(ngx_http_journey_writer_t *w);

/* Arms the timer; rc is what run or finish returned. */
void ngx_http_journey_flush_arm(ngx_http_journey_writer_t *w, ngx_int_t rc);

/* The task's work, and what follows on the event loop. */
void ngx_http_journey_flush_work(void *data);
void ngx_http_journey_flush_done(void *data);


#endif /* NGX_HTTP_JOURNEY_FLUSH_H */
