/*
 * ngx_http_journey_writer.h - one worker's stream of blocks into one log:
 * spool, encoder and appender joined by the flush timer.
 *
 *     open -> (add | reopen)* -> close
 *
 * Lives in the worker, on the event loop's thread; blocks are made in a thread
 * of the pool, one at a time.
 */

#ifndef NGX_HTTP_JOURNEY_WRITER_H
#define NGX_HTTP_JOURNEY_WRITER_H

#include "ngx_http_journey_log.h"
#include "ngx_http_journey_task.h"


typedef struct ngx_http_journey_writer_s  ngx_http_journey_writer_t;

/* What the configuration says; lent until the writer is closed. */
typedef struct {
    ngx_str_t                       path;   /* absolute, NUL-terminated */
    ngx_msec_t                      flush;
    ngx_int_t                       gzip;   /* deflate level */
    ngx_uint_t                      sync;   /* wait for the disk */
    ngx_str_t                       threads;    /* name of a pool, or "" */
    const ngx_http_journey_logs_t  *logs;
} ngx_http_journey_writer_conf_t;


/*
 * Starts a writer with a fresh random id.  A spool folder or log that cannot
 * be used is said in the error log and worked around; NULL only when memory is
 * short.  pool NULL: everything is done on the event loop.
 */
ngx_http_journey_writer_t *ngx_http_journey_writer_open(
    const ngx_http_journey_writer_conf_t *conf, ngx_thread_pool_t *pool);

/* NGX_OK: committed; NGX_DECLINED: dropped, counted and said. */
ngx_int_t ngx_http_journey_writer_add(ngx_http_journey_writer_t *w,
    const jny_row_t *row);

/* USR1: the rows go to the file that is open, what follows to a new one. */
void ngx_http_journey_writer_reopen(ngx_http_journey_writer_t *w);

/*
 * Ends the stream with a FINAL block and removes the spool; rows that cannot
 * be written stay in its file, which is said.  Frees w.
 */
void ngx_http_journey_writer_close(ngx_http_journey_writer_t *w);


#endif /* NGX_HTTP_JOURNEY_WRITER_H */
