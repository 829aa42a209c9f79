/*
 * ngx_http_journey_visitor.h - who is it: the visitor of a main request.
 *
 *     resolve: reads what the browser says and its cookie
 *     mint:    gives a new visitor an id, while a cookie can still be sent
 */

#ifndef NGX_HTTP_JOURNEY_VISITOR_H
#define NGX_HTTP_JOURNEY_VISITOR_H

#include "ngx_http_journey_ctx.h"


/*
 * The request headers that resolve looks at, as signals.  To be called once
 * per configuration that has "journey on"; NGX_ERROR when memory is short.
 */
ngx_int_t ngx_http_journey_visitor_init(ngx_conf_t *cf, ngx_hash_t *signals);

/* Seeds this worker's visitor ids.  To be called once per process. */
void ngx_http_journey_visitor_init_process(void);

/*
 * Fills, at the first call, everything of ctx that follows from the request's
 * headers and journey_consent: site, what privacy permits, the visitor of the
 * cookie or of the cookieless hash, and the flags COOKIE_RETURNED,
 * COOKIE_INVALID, CONSENT, GPC, SPECULATIVE and EARLY_DATA.  r is the main
 * request.
 */
void ngx_http_journey_visitor_resolve(ngx_http_request_t *r,
    ngx_http_journey_ctx_t *ctx);

/*
 * Resolves, and mints an id if there is none and this response may carry one:
 * sets ctx->visitor, ctx->set_cookie and NEW_VISITOR.  Never on a cross-site
 * request that is not a GET: it does not bring a Lax cookie along, and a new
 * one would overwrite it.
 */
void ngx_http_journey_visitor_mint(ngx_http_request_t *r,
    ngx_http_journey_ctx_t *ctx);


#endif /* NGX_HTTP_JOURNEY_VISITOR_H */
