/*
 * ngx_http_journey_report.c - counting is for every event, talking is not: a
 * full disk under load would fill the error log, most often on the same disk.
 */

#include "ngx_http_journey_report.h"
#include "ngx_http_journey_counters.h"


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
    ngx_msec_t  now;

    /* not the wall clock, which may be set; 0 is for "never" */

    now = ngx_max(ngx_current_msec, 1);

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
    ngx_http_journey_count(NGX_HTTP_JOURNEY_COUNT_DROP + reason, n);

    if (ngx_http_journey_report_due(rp, reason)) {
        ngx_log_error(NGX_LOG_ERR, ngx_cycle->log, 0,
                      "journey_log \"%V\" drops events, %s: %uL until now",
                      rp->path, ngx_http_journey_report_reasons[reason],
                      rp->drops[reason]);
    }
}


void
ngx_http_journey_report_block(ngx_http_journey_report_t *rp,
    const ngx_http_journey_block_t *b)
{
    if (b->torn
        && ngx_http_journey_report_due(rp, NGX_HTTP_JOURNEY_REPORT_TORN))
    {
        ngx_log_error(NGX_LOG_WARN, ngx_cycle->log, 0,
                      "journey_log \"%V\": cut off %uL bytes, a block that a "
                      "dead process had not finished", rp->path, b->torn);
    }

    if (b->rc != NGX_HTTP_JOURNEY_BLOCK_FAILED) {
        return;
    }

    if (b->synced) {
        if (ngx_http_journey_report_due(rp, NGX_HTTP_JOURNEY_REPORT_SYNC)) {
            ngx_log_error(NGX_LOG_ALERT, ngx_cycle->log, b->err,
                          "journey_log: %s \"%V\" failed; what it got last "
                          "may be lost, so the file is not used any more and "
                          "the block goes to a new one", b->call, rp->path);
        }

    } else if (ngx_http_journey_report_due(rp, NGX_HTTP_JOURNEY_REPORT_LOG)) {

        if (b->call) {
            ngx_log_error(NGX_LOG_ALERT, ngx_cycle->log, b->err,
                          "journey_log: %s \"%V\" failed; rows stay in the "
                          "spool", b->call, rp->path);

        } else {
            ngx_log_error(NGX_LOG_ALERT, ngx_cycle->log, 0,
                          "journey_log: write() to \"%V\" was incomplete: "
                          "%uL bytes, as where the disk is full%s; rows stay "
                          "in the spool",
                          rp->path, b->info.written,
                          b->info.left ? ", and they could not be cut off again"
                                       : "");
        }
    }
}


void
ngx_http_journey_report_recovery(ngx_http_journey_report_t *rp)
{
    if (!ngx_http_journey_report_due(rp, NGX_HTTP_JOURNEY_REPORT_RECOVERY)) {
        return;
    }

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
