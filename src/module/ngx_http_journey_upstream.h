/*
 * ngx_http_journey_upstream.h - journey_upstream_headers: what the application
 * itself says about a request, in headers of its answer.
 */

#ifndef NGX_HTTP_JOURNEY_UPSTREAM_H
#define NGX_HTTP_JOURNEY_UPSTREAM_H

#include "ngx_http_journey_ctx.h"


/* Empty: not said.  Texts live as long as the request. */
struct ngx_http_journey_upstream_s {
    ngx_str_t  stage;
    ngx_str_t  touchpoint;
    ngx_str_t  value;
    ngx_str_t  currency;
    ngx_str_t  order;
    ngx_str_t  field[JNY_MAX_FIELDS];
};


/*
 * Notes what the upstream of a main request has said so far, over what one
 * before it said; ctx may be NULL.  To be called before nginx gives the request
 * another upstream, and when the headers of the response are complete.
 */
void ngx_http_journey_upstream_note(ngx_http_request_t *r,
    ngx_http_journey_ctx_t *ctx);

/* What it has said; nothing, if nothing was noted.  Never NULL. */
const ngx_http_journey_upstream_t *ngx_http_journey_upstream_said(
    ngx_http_journey_ctx_t *ctx);

/* In the header filter: takes X-Journey-* out of the response. */
void ngx_http_journey_upstream_hide(ngx_http_request_t *r,
    ngx_http_journey_ctx_t *ctx);


#endif /* NGX_HTTP_JOURNEY_UPSTREAM_H */
