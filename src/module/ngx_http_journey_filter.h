/*
 * ngx_http_journey_filter.h - the header filter that hands out the cookie.
 */

#ifndef NGX_HTTP_JOURNEY_FILTER_H
#define NGX_HTTP_JOURNEY_FILTER_H

#include <ngx_config.h>
#include <ngx_core.h>
#include <ngx_http.h>


/* Puts the filter into nginx's chain; at postconfiguration. */
void ngx_http_journey_filter_init(void);


#endif /* NGX_HTTP_JOURNEY_FILTER_H */
