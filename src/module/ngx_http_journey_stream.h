/*
 * ngx_http_journey_stream.h - what one writer id stands for: a random number,
 * the spool that keeps its rows and counters, the encoder of its blocks.
 *
 *     open -> ... -> close -> (open -> ...)
 */

#ifndef NGX_HTTP_JOURNEY_STREAM_H
#define NGX_HTTP_JOURNEY_STREAM_H

#include "ngx_http_journey_report.h"
#include "ngx_http_journey_spool.h"
#include "ngx_http_journey_writer.h"


typedef struct {
    ngx_http_journey_spool_t  spool;        /* .sp NULL: closed */
    jny_encoder_t            *encoder;
} ngx_http_journey_stream_t;


/* The heap, for all threads. */
extern const jny_alloc_t  ngx_http_journey_heap;

/*
 * Begins a stream.  When the spool folder cannot be used the spool is in
 * memory, which is said.  NGX_OK; NGX_ERROR with everything closed and *lacking
 * telling why rows will have to be dropped.
 */
ngx_int_t ngx_http_journey_stream_open(ngx_http_journey_stream_t *st,
    const ngx_http_journey_writer_conf_t *conf, ngx_http_journey_report_t *rp,
    ngx_http_journey_drop_e *lacking);

/*
 * Bytes by which the names of host, stages, fields and path are too long
 * together for a spool; 0: they fit.
 */
size_t ngx_http_journey_stream_excess(
    const ngx_http_journey_writer_conf_t *conf);

/* keep: leave the spool's file, it has rows.  Accepts a closed stream. */
void ngx_http_journey_stream_close(ngx_http_journey_stream_t *st,
    ngx_uint_t keep);


#endif /* NGX_HTTP_JOURNEY_STREAM_H */
