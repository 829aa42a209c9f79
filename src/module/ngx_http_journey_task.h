/*
 * ngx_http_journey_task.h - work that may wait for a disk: in a thread of
 * nginx's pool, or at once where there is none.
 */

#ifndef NGX_HTTP_JOURNEY_TASK_H
#define NGX_HTTP_JOURNEY_TASK_H

#include <ngx_config.h>
#include <ngx_core.h>

#if (NGX_THREADS)
#include <ngx_thread_pool.h>
#else
typedef struct ngx_thread_pool_s  ngx_thread_pool_t;
#endif


typedef struct ngx_http_journey_task_s  ngx_http_journey_task_t;
typedef void (*ngx_http_journey_task_pt)(void *data);


/*
 * run(data) is the work, maybe in another thread: no pool, no configuration,
 * no log there.  done(data) follows on the event loop's thread, if the work
 * was in another.  NULL when memory is short.
 */
ngx_http_journey_task_t *ngx_http_journey_task_new(
    ngx_http_journey_task_pt run, ngx_http_journey_task_pt done, void *data);

/*
 * NGX_OK: run() is over, done() is not called; NGX_AGAIN: it will be; NGX_BUSY:
 * the pool takes no more, nothing happened.  pool NULL: no thread.
 */
ngx_int_t ngx_http_journey_task_post(ngx_http_journey_task_t *task,
    ngx_thread_pool_t *pool);

/* Whether run() was posted and neither done() nor join() came since. */
ngx_uint_t ngx_http_journey_task_running(ngx_http_journey_task_t *task);

/*
 * Waits for run(), instead of done(): at exit nginx lets its threads finish,
 * but calls nobody back.
 */
void ngx_http_journey_task_join(ngx_http_journey_task_t *task);

/* Not while it is running.  Accepts NULL. */
void ngx_http_journey_task_free(ngx_http_journey_task_t *task);


#endif /* NGX_HTTP_JOURNEY_TASK_H */
