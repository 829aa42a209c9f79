/*
 * ngx_http_journey_stream.c - from the configuration to an id, a spool and an
 * encoder.  The encoder's memory is the heap's: it lives as long as the
 * worker and grows and shrinks by blocks, which a pool does not give back, in
 * whatever thread makes the block.
 */

#include "ngx_http_journey_stream.h"

#include <sys/random.h>


static void *ngx_http_journey_heap_alloc(void *ctx, size_t size);
static void ngx_http_journey_heap_free(void *ctx, void *p);
static void ngx_http_journey_stream_info(
    const ngx_http_journey_writer_conf_t *conf, jny_log_info_t *info);
static ngx_int_t ngx_http_journey_stream_id(jny_log_info_t *info);
static unsigned ngx_http_journey_stream_names(const ngx_array_t *from,
    jny_slice_t *to, unsigned max);
static ngx_int_t ngx_http_journey_stream_spool(ngx_http_journey_stream_t *st,
    const ngx_http_journey_writer_conf_t *conf, ngx_http_journey_report_t *rp,
    const jny_log_info_t *info);


const jny_alloc_t  ngx_http_journey_heap = {
    ngx_http_journey_heap_alloc, ngx_http_journey_heap_free, NULL
};


static void *
ngx_http_journey_heap_alloc(void *ctx, size_t size)
{
    return malloc(size);
}


static void
ngx_http_journey_heap_free(void *ctx, void *p)
{
    free(p);
}


ngx_int_t
ngx_http_journey_stream_open(ngx_http_journey_stream_t *st,
    const ngx_http_journey_writer_conf_t *conf, ngx_http_journey_report_t *rp,
    ngx_http_journey_drop_e *lacking)
{
    int             rc;
    jny_log_info_t  info;

    ngx_http_journey_spool_init(&st->spool);
    st->encoder = NULL;

    *lacking = NGX_HTTP_JOURNEY_DROP_NO_SPOOL;

    ngx_http_journey_stream_info(conf, &info);

    if (ngx_http_journey_stream_id(&info) != NGX_OK
        || ngx_http_journey_stream_spool(st, conf, rp, &info) != NGX_OK)
    {
        return NGX_ERROR;
    }

    st->encoder = jny_encoder_new(&ngx_http_journey_heap, &info, &rc);

    if (st->encoder == NULL) {
        ngx_log_error(NGX_LOG_ALERT, ngx_cycle->log, 0,
                      "journey_log \"%V\": no encoder: %s",
                      &conf->path, jny_strerror(rc));

        *lacking = NGX_HTTP_JOURNEY_DROP_NO_MEMORY;
        ngx_http_journey_stream_close(st, 0);

        return NGX_ERROR;
    }

    jny_encoder_cap(st->encoder, NGX_HTTP_JOURNEY_BLOCK_TEXTS);

    return NGX_OK;
}


void
ngx_http_journey_stream_close(ngx_http_journey_stream_t *st, ngx_uint_t keep)
{
    jny_encoder_free(st->encoder);
    st->encoder = NULL;

    ngx_http_journey_spool_close(&st->spool, (int) keep);
}


size_t
ngx_http_journey_stream_excess(const ngx_http_journey_writer_conf_t *conf)
{
    long            spare;
    jny_log_info_t  info;

    ngx_http_journey_stream_info(conf, &info);
    spare = jny_spool_spare(&info);

    return spare < 0 ? (size_t) -spare : 0;
}


static ngx_int_t
ngx_http_journey_stream_id(jny_log_info_t *info)
{
    do {
        if (getrandom(&info->writer, sizeof(info->writer), 0)
            != (ssize_t) sizeof(info->writer))
        {
            ngx_log_error(NGX_LOG_ALERT, ngx_cycle->log, ngx_errno,
                          "journey_log: getrandom() failed");
            return NGX_ERROR;
        }
    } while (info->writer == 0);

    return NGX_OK;
}


static void
ngx_http_journey_stream_info(const ngx_http_journey_writer_conf_t *conf,
    jny_log_info_t *info)
{
    ngx_memzero(info, sizeof(jny_log_info_t));

    info->edge.data = ngx_cycle->hostname.data;
    info->edge.len = ngx_cycle->hostname.len;
    info->agents = 1;
    info->level = (int) conf->gzip;
    info->path.data = conf->path.data;
    info->path.len = conf->path.len;

    info->nstages = ngx_http_journey_stream_names(conf->logs->stages,
                                                  info->stages,
                                                  JNY_MAX_STAGES);
    info->nfields = ngx_http_journey_stream_names(conf->logs->fields,
                                                  info->fields,
                                                  JNY_MAX_FIELDS);
}


static unsigned
ngx_http_journey_stream_names(const ngx_array_t *from, jny_slice_t *to,
    unsigned max)
{
    unsigned    i;
    ngx_str_t  *name;

    if (from == NULL) {
        return 0;
    }

    name = from->elts;

    for (i = 0; i < from->nelts && i < max; i++) {
        to[i].data = name[i].data;
        to[i].len = name[i].len;
    }

    return i;
}


static ngx_int_t
ngx_http_journey_stream_spool(ngx_http_journey_stream_t *st,
    const ngx_http_journey_writer_conf_t *conf, ngx_http_journey_report_t *rp,
    const jny_log_info_t *info)
{
    ngx_err_t                       err;
    jny_diag_t                      diag;
    const ngx_http_journey_logs_t  *logs;

    logs = conf->logs;

    err = ngx_http_journey_spool_open(&st->spool, (char *) logs->spool.data,
                                      (char *) conf->path.data,
                                      logs->spool_size, info, &diag);
    if (err == 0) {
        return NGX_OK;
    }

    if (ngx_http_journey_report_due(rp, NGX_HTTP_JOURNEY_REPORT_SPOOL)) {
        ngx_log_error(NGX_LOG_ERR, ngx_cycle->log, err,
                      "journey_log \"%V\": rows on their way into the log "
                      "are kept in memory and will not survive a crash, "
                      "because there is no spool in \"%V\": %s%s",
                      &conf->path, &logs->spool, diag.what,
                      (err == NGX_EACCES)
                          ? ", the workers' user must be able to write there"
                          : "");
    }

    err = ngx_http_journey_spool_open_memory(&st->spool, logs->spool_size,
                                             info, &diag);
    if (err == 0) {
        return NGX_OK;
    }

    ngx_log_error(NGX_LOG_ALERT, ngx_cycle->log, err,
                  "journey_log \"%V\": no spool in memory either: %s",
                  &conf->path, diag.what);

    return NGX_ERROR;
}
