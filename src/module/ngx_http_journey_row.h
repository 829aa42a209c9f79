/*
 * ngx_http_journey_row.h - from a request to its row.
 */

#ifndef NGX_HTTP_JOURNEY_ROW_H
#define NGX_HTTP_JOURNEY_ROW_H

#include "ngx_http_journey_ctx.h"


/* The log phase's handler: writes the row of a main request.  NGX_OK. */
ngx_int_t ngx_http_journey_row_handler(ngx_http_request_t *r);

/*
 * Writes the row of a main request, once.  Where beacon is not NULL, the row
 * is a beacon's: it says what beacon does, and else what the directives do; a
 * beacon with a login is a mail's and has no visitor.  NGX_OK: every log that
 * wants it has it; NGX_DONE: none wants it; NGX_DECLINED: one dropped it.
 */
ngx_int_t ngx_http_journey_row_write(ngx_http_request_t *r,
    ngx_http_journey_ctx_t *ctx, const jny_row_t *beacon);

/*
 * What a row written now would say, for the variables.  r is the main request;
 * texts live as long as it.  Empty where there is none, or no memory.
 */
ngx_str_t ngx_http_journey_row_stage(ngx_http_request_t *r,
    ngx_http_journey_ctx_t *ctx);
ngx_str_t ngx_http_journey_row_touchpoint(ngx_http_request_t *r,
    ngx_http_journey_ctx_t *ctx);
ngx_str_t ngx_http_journey_row_campaign(ngx_http_request_t *r,
    ngx_http_journey_ctx_t *ctx);


#endif /* NGX_HTTP_JOURNEY_ROW_H */
