/*
 * ngx_http_journey_report.h - what a writer says in the error log and counts:
 * dropped events by reason, faults of the disk.  Each kind of message comes at
 * most once a minute; the counts are complete.
 */

#ifndef NGX_HTTP_JOURNEY_REPORT_H
#define NGX_HTTP_JOURNEY_REPORT_H

#include "ngx_http_journey_log.h"
#include "ngx_http_journey_block.h"


/* Kinds of messages beside the reasons for drops. */
enum {
    NGX_HTTP_JOURNEY_REPORT_LOG = NGX_HTTP_JOURNEY_DROP_COUNT,
    NGX_HTTP_JOURNEY_REPORT_SYNC,
    NGX_HTTP_JOURNEY_REPORT_SPOOL,
    NGX_HTTP_JOURNEY_REPORT_TORN,
    NGX_HTTP_JOURNEY_REPORT_RECOVERY,
    NGX_HTTP_JOURNEY_REPORT_RENEWAL,
    NGX_HTTP_JOURNEY_REPORT_KINDS
};

#define NGX_HTTP_JOURNEY_REPORT_PAUSE  60000   /* ms */

typedef struct {
    const ngx_str_t  *path;     /* of the log, lent */
    uint64_t          drops[NGX_HTTP_JOURNEY_DROP_COUNT];
    ngx_msec_t        said[NGX_HTTP_JOURNEY_REPORT_KINDS];
} ngx_http_journey_report_t;


/* Whether a message of this kind is due; counts as said then. */
ngx_uint_t ngx_http_journey_report_due(ngx_http_journey_report_t *rp,
    ngx_uint_t kind);

/* n more events were dropped. */
void ngx_http_journey_report_drop(ngx_http_journey_report_t *rp,
    ngx_http_journey_drop_e reason, uint64_t n);

/* A block, or a look at the log, came to this: whatever is worth saying. */
void ngx_http_journey_report_block(ngx_http_journey_report_t *rp,
    const ngx_http_journey_block_t *b);

/* Blocks are appended again. */
void ngx_http_journey_report_recovery(ngx_http_journey_report_t *rp);

/* At exit: all drops by reason, if any. */
void ngx_http_journey_report_summary(ngx_http_journey_report_t *rp);


#endif /* NGX_HTTP_JOURNEY_REPORT_H */
