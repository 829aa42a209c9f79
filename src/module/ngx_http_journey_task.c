/*
 * ngx_http_journey_task.c - on the heap, because a task may outlive its owner:
 * after a join nginx may still have its completion in a queue, and hands it
 * over later, or never.
 */

#include "ngx_http_journey_task.h"


struct ngx_http_journey_task_s {
    ngx_http_journey_task_pt   run;
    ngx_http_journey_task_pt   done;
    void                      *data;
#if (NGX_THREADS)
    ngx_thread_task_t         *thread;  /* NULL: not running */
#endif
};


#if (NGX_THREADS)

#define NGX_HTTP_JOURNEY_TASK_POLL  1       /* ms */

typedef struct {
    ngx_thread_task_t          task;
    ngx_http_journey_task_t   *owner;       /* NULL: was joined */
    ngx_http_journey_task_pt   run;
    void                      *data;
    ngx_uint_t                 finished;
} ngx_http_journey_task_thread_t;

static void ngx_http_journey_task_handler(void *data, ngx_log_t *log);
static void ngx_http_journey_task_completion(ngx_event_t *ev);

#endif


ngx_http_journey_task_t *
ngx_http_journey_task_new(ngx_http_journey_task_pt run,
    ngx_http_journey_task_pt done, void *data)
{
    ngx_http_journey_task_t  *task;

    task = ngx_calloc(sizeof(ngx_http_journey_task_t), ngx_cycle->log);
    if (task == NULL) {
        return NULL;
    }

    task->run = run;
    task->done = done;
    task->data = data;

    return task;
}


#if (NGX_THREADS)


ngx_int_t
ngx_http_journey_task_post(ngx_http_journey_task_t *task,
    ngx_thread_pool_t *pool)
{
    ngx_http_journey_task_thread_t  *t;

    if (pool == NULL) {
        task->run(task->data);
        return NGX_OK;
    }

    t = ngx_calloc(sizeof(ngx_http_journey_task_thread_t), ngx_cycle->log);
    if (t == NULL) {
        return NGX_BUSY;
    }

    t->owner = task;
    t->run = task->run;
    t->data = task->data;
    t->task.ctx = t;
    t->task.handler = ngx_http_journey_task_handler;
    t->task.event.data = t;
    t->task.event.handler = ngx_http_journey_task_completion;
    t->task.event.log = ngx_cycle->log;

    if (ngx_thread_task_post(pool, &t->task) != NGX_OK) {
        ngx_free(t);
        return NGX_BUSY;
    }

    task->thread = &t->task;

    return NGX_AGAIN;
}


static void
ngx_http_journey_task_handler(void *data, ngx_log_t *log)
{
    ngx_http_journey_task_thread_t  *t = data;

    t->run(t->data);

    __atomic_store_n(&t->finished, 1, __ATOMIC_RELEASE);
}


static void
ngx_http_journey_task_completion(ngx_event_t *ev)
{
    ngx_http_journey_task_t         *owner;
    ngx_http_journey_task_thread_t  *t;

    t = ev->data;
    owner = t->owner;

    ngx_free(t);

    if (owner) {
        owner->thread = NULL;
        owner->done(owner->data);
    }
}


ngx_uint_t
ngx_http_journey_task_running(ngx_http_journey_task_t *task)
{
    return task->thread != NULL;
}


void
ngx_http_journey_task_join(ngx_http_journey_task_t *task)
{
    ngx_http_journey_task_thread_t  *t;

    if (task->thread == NULL) {
        return;
    }

    t = task->thread->ctx;

    while (!__atomic_load_n(&t->finished, __ATOMIC_ACQUIRE)) {
        ngx_msleep(NGX_HTTP_JOURNEY_TASK_POLL);
    }

    t->owner = NULL;
    task->thread = NULL;
}

#else


ngx_int_t
ngx_http_journey_task_post(ngx_http_journey_task_t *task,
    ngx_thread_pool_t *pool)
{
    task->run(task->data);

    return NGX_OK;
}


ngx_uint_t
ngx_http_journey_task_running(ngx_http_journey_task_t *task)
{
    return 0;
}


void
ngx_http_journey_task_join(ngx_http_journey_task_t *task)
{
}

#endif


void
ngx_http_journey_task_free(ngx_http_journey_task_t *task)
{
    if (task) {
        ngx_free(task);
    }
}
