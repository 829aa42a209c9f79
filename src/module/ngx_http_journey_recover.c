/*
 * ngx_http_journey_recover.c - adoption as a task, its timer and its words.
 *
 * There is one for a process, as there is one spool folder; a reload makes new
 * workers.  A single process that is reloaded goes on with the folder it had.
 */

#include "ngx_http_journey_recover.h"
#include "ngx_http_journey_adopt.h"
#include "ngx_http_journey_counters.h"
#include "ngx_http_journey_stream.h"


#define NGX_HTTP_JOURNEY_RECOVER_PAUSE  60000    /* ms between two looks */
#define NGX_HTTP_JOURNEY_RECOVER_AGAIN  5000     /* where one was left */
#define NGX_HTTP_JOURNEY_RECOVER_NEXT   1        /* ms until the next spool */
#define NGX_HTTP_JOURNEY_RECOVER_BUSY   50       /* ms until a log that was
                                                    locked, so often until */
#define NGX_HTTP_JOURNEY_RECOVER_TRIES  20       /* it counts as left */
#define NGX_HTTP_JOURNEY_RECOVER_SAY    60000    /* ms between complaints */


typedef struct {
    ngx_http_journey_task_t    *task;        /* NULL: not started */
    ngx_http_journey_adopter_t  adopter;
    ngx_uint_t                  more;        /* the look is not over */
    ngx_uint_t                  busy;        /* looks that a lock ended */
    char                        folder[NGX_HTTP_JOURNEY_SPOOL_PATH];
    ngx_thread_pool_t          *pool;
    ngx_event_t                 timer;
    ngx_msec_t                  said;
    ngx_uint_t                  looks;
} ngx_http_journey_recover_t;


static void ngx_http_journey_recover_look(ngx_event_t *ev);
static void ngx_http_journey_recover_work(void *data);
static void ngx_http_journey_recover_done(void *data);
static void ngx_http_journey_recover_say(ngx_http_journey_recover_t *rc);
static void ngx_http_journey_recover_complain(ngx_http_journey_recover_t *rc);
static void ngx_http_journey_recover_cleanup(void *data);


static ngx_http_journey_recover_t  ngx_http_journey_recover;


ngx_int_t
ngx_http_journey_recover_start(const ngx_str_t *folder,
    ngx_thread_pool_t *pool, ngx_uint_t sync)
{
    ngx_pool_cleanup_t          *cln;
    ngx_http_journey_recover_t  *rc;

    rc = &ngx_http_journey_recover;

    if (folder->len >= sizeof(rc->folder)) {
        return NGX_OK;
    }

    /* the pool is the cycle's, and a single process has more than one cycle */

    cln = ngx_pool_cleanup_add(ngx_cycle->pool, 0);
    if (cln == NULL) {
        return NGX_ERROR;
    }

    cln->handler = ngx_http_journey_recover_cleanup;
    cln->data = rc;

    rc->task = ngx_http_journey_task_new(ngx_http_journey_recover_work,
                                         ngx_http_journey_recover_done, rc);
    if (rc->task == NULL) {
        return NGX_ERROR;
    }

    *ngx_cpymem(rc->folder, folder->data, folder->len) = '\0';

    ngx_http_journey_adopt_init(&rc->adopter, rc->folder,
                                &ngx_http_journey_heap, (int) sync);

    rc->pool = pool;
    rc->timer.handler = ngx_http_journey_recover_look;
    rc->timer.data = rc;
    rc->timer.cancelable = 1;

    ngx_http_journey_recover_look(&rc->timer);

    return NGX_OK;
}


static void
ngx_http_journey_recover_look(ngx_event_t *ev)
{
    ngx_http_journey_recover_t  *rc = ev->data;

    switch (ngx_http_journey_task_post(rc->task, rc->pool)) {

    case NGX_OK:
        ngx_http_journey_recover_done(rc);
        break;

    case NGX_BUSY:
        ev->log = ngx_cycle->log;
        ngx_add_timer(ev, NGX_HTTP_JOURNEY_RECOVER_AGAIN);
        break;

    default: /* NGX_AGAIN */
        break;
    }
}


static void
ngx_http_journey_recover_work(void *data)
{
    ngx_http_journey_recover_t  *rc = data;

    rc->more = (ngx_uint_t) ngx_http_journey_adopt(&rc->adopter);
}


static void
ngx_http_journey_recover_done(void *data)
{
    ngx_msec_t                   pause;
    ngx_http_journey_recover_t  *rc = data;

    rc->timer.log = ngx_cycle->log;

    /* requests come in between two spools, without threads too */

    if (rc->more) {
        ngx_add_timer(&rc->timer, NGX_HTTP_JOURNEY_RECOVER_NEXT);
        return;
    }

    rc->busy = rc->adopter.result.busy ? rc->busy + 1 : 0;

    ngx_http_journey_recover_say(rc);

    pause = NGX_HTTP_JOURNEY_RECOVER_PAUSE;

    if (rc->busy && rc->busy < NGX_HTTP_JOURNEY_RECOVER_TRIES) {
        pause = NGX_HTTP_JOURNEY_RECOVER_BUSY;

    } else if (rc->busy || rc->adopter.result.left || rc->looks++ == 0) {

        /* the first time threads of a killed process may still be dying */

        pause = NGX_HTTP_JOURNEY_RECOVER_AGAIN;
    }

    ngx_add_timer(&rc->timer, pause);
}


static void
ngx_http_journey_recover_say(ngx_http_journey_recover_t *rc)
{
    ngx_http_journey_adopt_t  *result;

    result = &rc->adopter.result;

    /* a writer that died before it could count a block left that to us, too */

    ngx_http_journey_count(NGX_HTTP_JOURNEY_COUNT_RECOVERED,
                           result->events + result->found);
    ngx_http_journey_count(NGX_HTTP_JOURNEY_COUNT_DROP
                           + NGX_HTTP_JOURNEY_DROP_DAMAGED, result->damaged);
    ngx_http_journey_count(NGX_HTTP_JOURNEY_COUNT_BLOCKS, result->blocks);
    ngx_http_journey_count(NGX_HTTP_JOURNEY_COUNT_BYTES, result->bytes);

    if (result->spools) {
        ngx_log_error(NGX_LOG_NOTICE, ngx_cycle->log, 0,
                      "journey_spool \"%s\": recovered %uL events of %ui dead "
                      "workers", rc->folder, result->events,
                      (ngx_uint_t) result->spools);
    }

    if (result->damaged) {
        ngx_log_error(NGX_LOG_ERR, ngx_cycle->log, 0,
                      "journey_spool \"%s\": %uL events of dead workers did "
                      "not check and count as dropped", rc->folder,
                      result->damaged);
    }

    if (result->refused) {
        ngx_log_error(NGX_LOG_ERR, ngx_cycle->log, 0,
                      "journey_spool \"%s\": %ui files are no spools and are "
                      "now named \"*.bad\"", rc->folder,
                      (ngx_uint_t) result->refused);
    }

    if (result->deadly) {
        ngx_log_error(NGX_LOG_ALERT, ngx_cycle->log, 0,
                      "journey_spool \"%s\": %ui spools, each of which %ui "
                      "workers died of, are now named \"*.bad\"", rc->folder,
                      (ngx_uint_t) result->deadly,
                      (ngx_uint_t) NGX_HTTP_JOURNEY_ADOPT_TRIES);
    }

    if (result->left || rc->busy >= NGX_HTTP_JOURNEY_RECOVER_TRIES) {
        ngx_http_journey_recover_complain(rc);
    }
}


/* That there is no folder, writers say, each for itself. */

static void
ngx_http_journey_recover_complain(ngx_http_journey_recover_t *rc)
{
    ngx_msec_t                 now;
    ngx_http_journey_adopt_t  *result;

    now = ngx_max(ngx_current_msec, 1);
    result = &rc->adopter.result;

    if (rc->said != 0 && now - rc->said < NGX_HTTP_JOURNEY_RECOVER_SAY) {
        return;
    }

    rc->said = now;

    ngx_log_error(NGX_LOG_ERR, ngx_cycle->log, result->err,
                  "journey_spool \"%s\": %ui spools of dead workers stay "
                  "for now: %s \"%s\" failed", rc->folder,
                  (ngx_uint_t) result->left + result->busy, result->call,
                  result->path);
}


/* The cycle goes, and the pool with it: a look goes on without threads. */

static void
ngx_http_journey_recover_cleanup(void *data)
{
    ngx_http_journey_recover_t  *rc = data;

    rc->pool = NULL;

    if (rc->task && ngx_http_journey_task_running(rc->task)) {
        ngx_http_journey_task_join(rc->task);
        ngx_http_journey_recover_done(rc);
    }
}


void
ngx_http_journey_recover_stop(void)
{
    ngx_http_journey_recover_t  *rc;

    rc = &ngx_http_journey_recover;

    if (rc->task == NULL) {
        return;
    }

    if (rc->timer.timer_set) {
        ngx_del_timer(&rc->timer);
    }

    if (ngx_http_journey_task_running(rc->task)) {
        ngx_http_journey_task_join(rc->task);
        ngx_http_journey_recover_say(rc);

    } else if (rc->more) {
        ngx_http_journey_recover_say(rc);
    }

    ngx_http_journey_adopt_stop(&rc->adopter);
    ngx_http_journey_task_free(rc->task);
    rc->task = NULL;
}
