/*
 * ngx_http_journey_log.h - one .jny log as the request path sees it: rows go
 * in, blocks come out on their own.  The spool (mapped, locked) is the buffer;
 * the appender writes sealed blocks.  The rest of the module knows neither.
 *
 *     configuration:  ngx_http_journey_log_add()        per journey_log line
 *     init_module:    ngx_http_journey_log_init_module() master, before fork
 *     init_process:   ngx_http_journey_log_init_process()
 *     requests:       ngx_http_journey_log_write()
 *     exit_process:   ngx_http_journey_log_exit_process()
 */

#ifndef NGX_HTTP_JOURNEY_LOG_H
#define NGX_HTTP_JOURNEY_LOG_H

#include <ngx_config.h>
#include <ngx_core.h>
#include <ngx_http.h>

#include "jny_schema.h"


typedef struct ngx_http_journey_log_s  ngx_http_journey_log_t;

/* Why a row was not kept; counted per log. */
typedef enum {
    NGX_HTTP_JOURNEY_DROP_SPOOL_FULL = 0,
    NGX_HTTP_JOURNEY_DROP_WRITE,          /* the disk said no, spool full */
    NGX_HTTP_JOURNEY_DROP_TOO_LARGE,      /* the row fits no block */
    NGX_HTTP_JOURNEY_DROP_NO_MEMORY,
    NGX_HTTP_JOURNEY_DROP_NO_SPOOL,
    NGX_HTTP_JOURNEY_DROP_DAMAGED,        /* a row in the spool was changed */
    NGX_HTTP_JOURNEY_DROP_COUNT
} ngx_http_journey_drop_e;

/*
 * What all logs of one configuration share.  Lives in the http level's main
 * conf; the directives of ngx_http_journey_module.c fill it.
 */
typedef struct {
    ngx_array_t   logs;          /* of ngx_http_journey_log_t * */
    ngx_str_t     spool;         /* folder; default /run/journey */
    size_t        spool_size;    /* per worker and log; default 2m */
    ngx_array_t  *stages;        /* of ngx_str_t, or NULL */
    ngx_array_t  *fields;        /* of ngx_str_t: names of journey_field */
} ngx_http_journey_logs_t;


/*
 * The log behind one journey_log line: the same path gives the same log
 * (settings of the first line win; differing ones are an error).  value[1..n]
 * are the directive's arguments: path [flush=] [gzip=] [threads=] [sync=];
 * if= is the caller's and must be stripped.  Returns NULL with the reason
 * logged at [emerg] with the line.
 */
ngx_http_journey_log_t *ngx_http_journey_log_add(ngx_conf_t *cf,
    ngx_http_journey_logs_t *logs, ngx_str_t *value, ngx_uint_t n);

/* When stages and fields are known: NGX_ERROR, said, if a spool cannot be. */
ngx_int_t ngx_http_journey_log_check(ngx_conf_t *cf,
    const ngx_http_journey_logs_t *logs);

/*
 * Commits one row to the worker's spool.  NGX_OK; NGX_DECLINED when it was
 * dropped (counted, said at most once a minute).  Never blocks on a disk,
 * except where there are no threads.
 */
ngx_int_t ngx_http_journey_log_write(ngx_http_journey_log_t *log,
    const jny_row_t *row);

/* Cycle and process hooks; they log their own failures. */
ngx_int_t ngx_http_journey_log_init_module(ngx_cycle_t *cycle,
    ngx_http_journey_logs_t *logs);
ngx_int_t ngx_http_journey_log_init_process(ngx_cycle_t *cycle,
    ngx_http_journey_logs_t *logs);
void ngx_http_journey_log_exit_process(ngx_cycle_t *cycle,
    ngx_http_journey_logs_t *logs);


#endif /* NGX_HTTP_JOURNEY_LOG_H */
