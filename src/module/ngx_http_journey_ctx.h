/*
 * ngx_http_journey_ctx.h - what is known of a main request while it runs.
 *
 * One context per main request, shared by its subrequests.  It survives
 * internal redirects, try_files and error_page, where nginx clears r->ctx.
 */

#ifndef NGX_HTTP_JOURNEY_CTX_H
#define NGX_HTTP_JOURNEY_CTX_H

#include "ngx_http_journey_module.h"


/* Where a request comes from, as far as the browser tells. */
#define NGX_HTTP_JOURNEY_SITE_UNKNOWN 0
#define NGX_HTTP_JOURNEY_SITE_SAME    1
#define NGX_HTTP_JOURNEY_SITE_CROSS   2


typedef struct ngx_http_journey_upstream_s  ngx_http_journey_upstream_t;

typedef struct {
    ngx_http_journey_loc_conf_t  *conf;    /* of the location first entered */

    uint64_t                      visitor;       /* 0: unknown */
    uint64_t                      offered;       /* minted for the server */
    uint32_t                      flags;         /* JNY_ROW_... */
    ngx_str_t                     set_cookie;    /* minted: the header */
    ngx_http_journey_upstream_t  *upstream;      /* NULL: nothing noted */

    /* once the row is written, what it says; data NULL before */
    ngx_str_t                     stage;
    ngx_str_t                     touchpoint;
    ngx_str_t                     campaign;

    unsigned                      site:2;        /* ..._SITE_... */
    unsigned                      referer:2;     /* the same of Referer alone */
    unsigned                      embedded:1;    /* no top-level navigation */
    unsigned                      phases:1;      /* reached nginx's phases */
    unsigned                      resolved:1;    /* the visitor is known */
    unsigned                      identified:1;  /* a cookie may be used */
    unsigned                      tagged:1;      /* a campaign is recorded */
    unsigned                      paid:1;        /* so are value and order */
    unsigned                      named:1;       /* and a login */
    unsigned                      cookie_sent:1;
    unsigned                      closed:1;      /* the row is written, or a
                                                    beacon's, who writes it */
    unsigned                      pending:1;     /* that is not decided yet */
    unsigned                      logged:1;
} ngx_http_journey_ctx_t;


/*
 * A handler of the two rewrite phases: captures the configuration of the
 * server, then that of the location first entered.  What a variable has made
 * known under the server's is forgotten then, but for the id of a new visitor,
 * who keeps it if the location may mint one.  After an internal
 * redirect it notes what the upstream before it has said.  NGX_DECLINED always.
 */
ngx_int_t ngx_http_journey_ctx_enter(ngx_http_request_t *r);

/*
 * The context of r's main request, or NULL where "journey" is off or nothing
 * was captured.  r may be a subrequest.
 */
ngx_http_journey_ctx_t *ngx_http_journey_ctx_get(ngx_http_request_t *r);

/*
 * The same for the header filter and the log phase of a main request: if it
 * ended before a location was entered (400, the redirect to "/dir/"), the
 * configuration it ended with counts.  A beacon's context is closed, whether
 * or not nginx lets it come to its handler.
 */
ngx_http_journey_ctx_t *ngx_http_journey_ctx_last(ngx_http_request_t *r);


#endif /* NGX_HTTP_JOURNEY_CTX_H */
