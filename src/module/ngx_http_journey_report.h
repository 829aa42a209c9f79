/*
 * ngx_http_journey_report.h - what a writer says in the error log and counts:
 * dropped events by reason, faults of the disk.  Each kind of message comes at
 * most once a minute; the counts are complete.
 */

#ifndef NGX_HTTP_JOURNEY_REPORT_H
#define NGX_HTTP_JOURNEY_REPORT_H

#include "ngx_http_journey_log.h"
#include "ngx_http_journey_append.h"


/* Kinds of messages beside the reasons for drops. */
#define NGX_HTTP_JOURNEY_REPORT_LOG    NGX_HTTP_JOURNEY_DROP_COUNT
#define NGX_HTTP_JOURNEY_REPORT_SPOOL  (NGX_HTTP_JOURNEY_DROP_COUNT + 1)
#define NGX_HTTP_JOURNEY_REPORT_KINDS  (NGX_HTTP_JOURNEY_DROP_COUNT + 2)

#define NGX_HTTP_JOURNEY_REPORT_PAUSE  60      /* seconds */

typedef struct {
    const ngx_str_t  *path;     /* of the log, lent */
    uint64_t          drops[NGX_HTTP_JOURNEY_DROP_COUNT];
    time_t            said[NGX_HTTP_JOURNEY_REPORT_KINDS];
} ngx_http_journey_report_t;


/* Whether a message of this kind is due; counts as said then. */
ngx_uint_t ngx_http_journey_report_due(ngx_http_journey_report_t *rp,
    ngx_uint_t kind);

/* n more events were dropped. */
void ngx_http_journey_report_drop(ngx_http_journey_report_t *rp,
    ngx_http_journey_drop_e reason, uint64_t n);

/* A block could not be appended. */
void ngx_http_journey_report_append(ngx_http_journey_report_t *rp,
    const ngx_http_journey_append_info_t *info);

/* Something else failed on the way to a block. */
void ngx_http_journey_report_failure(ngx_http_journey_report_t *rp,
    const char *what, ngx_err_t err);

/* Blocks are appended again. */
void ngx_http_journey_report_recovery(ngx_http_journey_report_t *rp);

/* At exit: all drops by reason, if any. */
void ngx_http_journey_report_summary(ngx_http_journey_report_t *rp);


#endif /* NGX_HTTP_JOURNEY_REPORT_H */
