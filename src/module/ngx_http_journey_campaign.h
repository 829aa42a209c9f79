/*
 * ngx_http_journey_campaign.h - where a visit comes from: campaign, click id
 * and referrer of a request.
 */

#ifndef NGX_HTTP_JOURNEY_CAMPAIGN_H
#define NGX_HTTP_JOURNEY_CAMPAIGN_H

#include "ngx_http_journey_ctx.h"


/* Whether a URL's host is the one this request was sent to. */
ngx_uint_t ngx_http_journey_own_url(ngx_http_request_t *r, ngx_str_t *url);

/*
 * The same of the request's Referer, judged once; 0 when there is none.  r is
 * the main request.
 */
ngx_uint_t ngx_http_journey_own_referer(ngx_http_request_t *r,
    ngx_http_journey_ctx_t *ctx);

/* The name of the host asked for, as $host has it. */
ngx_str_t ngx_http_journey_host(ngx_http_request_t *r);

/*
 * Fills the row's source, medium, campaign, term, content and click, where
 * the visitor permits it, from journey_campaign or the query that the client
 * sent.  Texts live as long as the request.  What memory does not suffice for
 * is left out.  Returns whether they are the landing page's, rescued from the
 * Referer of the first request with consent.
 */
ngx_uint_t ngx_http_journey_campaign_fill(ngx_http_request_t *r,
    ngx_http_journey_ctx_t *ctx, jny_row_t *row);

/*
 * The row's referrer: the host of a Referer that is not this very host, in
 * lower case; else SAME_HOST_REFERER is set in the row's flags.  Not to be
 * called for a rescued campaign.
 */
void ngx_http_journey_referrer_fill(ngx_http_request_t *r,
    ngx_http_journey_ctx_t *ctx, jny_row_t *row);


#endif /* NGX_HTTP_JOURNEY_CAMPAIGN_H */
