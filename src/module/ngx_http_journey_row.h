/*
 * ngx_http_journey_row.h - from a request to its row.
 */

#ifndef NGX_HTTP_JOURNEY_ROW_H
#define NGX_HTTP_JOURNEY_ROW_H

#include "ngx_http_journey_ctx.h"


/* The log phase's handler: writes the row of a main request.  NGX_OK. */
ngx_int_t ngx_http_journey_row_handler(ngx_http_request_t *r);

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
