/*
 * ngx_http_journey_origin.h - whether a page of this very origin has sent a
 * request (docs/BEACON.md).
 */

#ifndef NGX_HTTP_JOURNEY_ORIGIN_H
#define NGX_HTTP_JOURNEY_ORIGIN_H

#include <ngx_config.h>
#include <ngx_core.h>
#include <ngx_http.h>


/* 0 also where the browser does not say. */
ngx_uint_t ngx_http_journey_origin_own(ngx_http_request_t *r);


#endif /* NGX_HTTP_JOURNEY_ORIGIN_H */
