/*
 * ngx_http_journey_report.c - counting is for every event, talking is not: a
 * full disk under load would fill the error log, most often on the same disk.
 */

#include "ngx_http_journey_report.h"


static const char *const
    ngx_http_journey_report_reasons[NGX_HTTP_JOURNEY_DROP_COUNT] = {
    "the spool is full",
    "the log cannot be written and the spool is full",
    "the row is too large",
    "memory is short",
    "there is no spool",
    "the spool was damaged"
};


ngx_uint_t
ngx_http_journey_report_due(ngx_http_journey_report_t *rp, ngx_uint_t kind)
{
    time_t  now;

    now = ngx_time();

    if (rp->said[kind] != 0
        && now - rp->said[kind] < NGX_HTTP_JOURNEY_REPORT_PAUSE)
    {
        return 0;
    }

    rp->said[kind] = now;

    return 1;
}


void
ngx_http_journey_report_drop(ngx_http_journey_report_t *rp,
    ngx_http_journey_drop_e reason, uint64_t n)
{
    rp->drops[reason] += n;

    if (ngx_http_journey_report_due(rp, reason)) {
        ngx_log_error(NGX_LOG_ERR, ngx_cycle->log, 0,
                      "journey_log \"%V\" drops events, %s: %uL until now",
                      rp->path, ngx_http_journey_report_reasons[reason],
                      rp->drops[reason]);
    }
}


void
ngx_http_journey_report_append(ngx_http_journey_report_t *rp,
    const ngx_http_journey_append_info_t *info)
{
    if (info->call) {
        ngx_http_journey_report_failure(rp, info->call, info->err);
        return;
    }

    if (ngx_http_journey_report_due(rp, NGX_HTTP_JOURNEY_REPORT_LOG)) {
        ngx_log_error(NGX_LOG_ALERT, ngx_cycle->log, 0,
                      "journey_log: write() to \"%V\" was incomplete: %uL "
                      "bytes, %uL of them could not be cut off again; rows "
                      "stay in the spool",
                      rp->path, info->written, info->left);
    }
}


void
ngx_http_journey_report_failure(ngx_http_journey_report_t *rp,
    const char *what, ngx_err_t err)
{
    if (ngx_http_journey_report_due(rp, NGX_HTTP_JOURNEY_REPORT_LOG)) {
        ngx_log_error(NGX_LOG_ALERT, ngx_cycle->log, err,
                      "journey_log: %s \"%V\" failed; rows stay in the spool",
                      what, rp->path);
    }
}


void
ngx_http_journey_report_recovery(ngx_http_journey_report_t *rp)
{
    ngx_log_error(NGX_LOG_NOTICE, ngx_cycle->log, 0,
                  "journey_log \"%V\" is written again; this process has "
                  "dropped %uL events because it was not",
                  rp->path, rp->drops[NGX_HTTP_JOURNEY_DROP_WRITE]);
}


void
ngx_http_journey_report_summary(ngx_http_journey_report_t *rp)
{
    ngx_uint_t  i;

    for (i = 0; i < NGX_HTTP_JOURNEY_DROP_COUNT; i++) {

        if (rp->drops[i] == 0) {
            continue;
        }

        ngx_log_error(NGX_LOG_WARN, ngx_cycle->log, 0,
                      "journey_log \"%V\": this process dropped %uL events: "
                      "%s",
                      rp->path, rp->drops[i],
                      ngx_http_journey_report_reasons[i]);
    }
}
