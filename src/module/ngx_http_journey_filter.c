/*
 * ngx_http_journey_filter.c - Set-Cookie, and the privacy of the response
 * that carries it.
 *
 * The filter runs after "expires" and "add_header" (the module's `config` sees
 * to that).  Whatever those or an upstream have said: a response with a new
 * visitor's cookie may be kept by that visitor's browser at most, or a shared
 * cache would make one visitor of everybody.  What asked for less caching than
 * that is kept.
 */

#include "ngx_http_journey_filter.h"
#include "ngx_http_journey_upstream.h"
#include "ngx_http_journey_visitor.h"


static ngx_int_t ngx_http_journey_header_filter(ngx_http_request_t *r);
static ngx_int_t ngx_http_journey_filter_private(ngx_http_request_t *r,
    ngx_http_journey_ctx_t *ctx);
static ngx_uint_t ngx_http_journey_filter_silence(ngx_http_request_t *r,
    ngx_http_journey_ctx_t *ctx);
static ngx_table_elt_t *ngx_http_journey_filter_cache_control(
    ngx_http_request_t *r);
static ngx_table_elt_t *ngx_http_journey_filter_push(ngx_http_request_t *r);
static ngx_uint_t ngx_http_journey_filter_is(ngx_str_t *key, char *name);


static ngx_http_output_header_filter_pt  ngx_http_next_header_filter;


void
ngx_http_journey_filter_init(void)
{
    ngx_http_next_header_filter = ngx_http_top_header_filter;
    ngx_http_top_header_filter = ngx_http_journey_header_filter;
}


static ngx_int_t
ngx_http_journey_header_filter(ngx_http_request_t *r)
{
    ngx_int_t                rc;
    ngx_table_elt_t         *h;
    ngx_http_journey_ctx_t  *ctx;

    if (r != r->main) {
        return ngx_http_next_header_filter(r);
    }

    ctx = ngx_http_journey_ctx_last(r);

    ngx_http_journey_upstream_note(r, ctx);
    ngx_http_journey_upstream_hide(r, ctx);

    if (ctx == NULL) {
        return ngx_http_next_header_filter(r);
    }

    ngx_http_journey_visitor_mint(r, ctx);

    /*
     * This may be the second time: a filter behind this one has refused the
     * response (416, for example), and an error's takes its place.
     */

    ctx->cookie_sent = 0;

    if (ctx->set_cookie.len == 0
        || ngx_http_journey_filter_private(r, ctx) != NGX_OK)
    {
        return ngx_http_next_header_filter(r);
    }

    h = ngx_http_journey_filter_push(r);
    if (h == NULL) {
        return ngx_http_next_header_filter(r);
    }

    ngx_str_set(&h->key, "Set-Cookie");
    h->value = ctx->set_cookie;

    rc = ngx_http_next_header_filter(r);

    ctx->cookie_sent = (rc != NGX_ERROR && r->header_sent);

    return rc;
}


static ngx_int_t
ngx_http_journey_filter_private(ngx_http_request_t *r,
    ngx_http_journey_ctx_t *ctx)
{
    ngx_table_elt_t  *cc;

    cc = ngx_http_journey_filter_cache_control(r);
    if (cc == NULL) {
        return NGX_ERROR;
    }

    if (ngx_http_journey_filter_silence(r, ctx)) {
        ngx_str_set(&cc->value, "private, no-store");

    } else {
        ngx_str_set(&cc->value, "private");
    }

    cc->hash = 1;

    return NGX_OK;
}


/*
 * Takes every header that speaks to caches out of the response, those meant
 * for a CDN alone (RFC 9213) included, and the cookie of a first attempt.
 * 1 if one of them forbade to store it.
 */

static ngx_uint_t
ngx_http_journey_filter_silence(ngx_http_request_t *r,
    ngx_http_journey_ctx_t *ctx)
{
    ngx_str_t        *key;
    ngx_uint_t        i, no_store;
    ngx_list_part_t  *part;
    ngx_table_elt_t  *h;

    no_store = 0;
    part = &r->headers_out.headers.part;
    h = part->elts;

    for (i = 0; /* void */; i++) {

        if (i >= part->nelts) {
            if (part->next == NULL) {
                break;
            }

            part = part->next;
            h = part->elts;
            i = 0;
        }

        key = &h[i].key;

        if (h[i].hash == 0) {
            continue;
        }

        if (ngx_http_journey_filter_is(key, "Cache-Control")) {
            if (ngx_strlcasestrn(h[i].value.data,
                                 h[i].value.data + h[i].value.len,
                                 (u_char *) "no-store",
                                 sizeof("no-store") - 2)
                != NULL)
            {
                no_store = 1;
            }

            h[i].hash = 0;
            continue;
        }

        if (h[i].value.data == ctx->set_cookie.data
            || ngx_http_journey_filter_is(key, "Expires")
            || ngx_http_journey_filter_is(key, "Surrogate-Control")
            || ngx_http_journey_filter_is(key, "CDN-Cache-Control")
            || ngx_http_journey_filter_is(key, "Cloudflare-CDN-Cache-Control"))
        {
            h[i].hash = 0;
        }
    }

    r->headers_out.expires = NULL;

    return no_store;
}


/* The Cache-Control that nginx itself knows of: gzip_proxied reads it. */

static ngx_table_elt_t *
ngx_http_journey_filter_cache_control(ngx_http_request_t *r)
{
    ngx_table_elt_t   *cc;

#if (nginx_version >= 1023000)

    if (r->headers_out.cache_control) {
        return r->headers_out.cache_control;
    }

    cc = ngx_http_journey_filter_push(r);
    if (cc == NULL) {
        return NULL;
    }

    r->headers_out.cache_control = cc;

#else

    ngx_table_elt_t  **ccp;

    ccp = r->headers_out.cache_control.elts;

    if (ccp && r->headers_out.cache_control.nelts) {
        return ccp[0];
    }

    if (ccp == NULL
        && ngx_array_init(&r->headers_out.cache_control, r->pool, 1,
                          sizeof(ngx_table_elt_t *))
           != NGX_OK)
    {
        return NULL;
    }

    cc = ngx_http_journey_filter_push(r);
    if (cc == NULL) {
        return NULL;
    }

    ccp = ngx_array_push(&r->headers_out.cache_control);
    if (ccp == NULL) {
        cc->hash = 0;
        return NULL;
    }

    *ccp = cc;

#endif

    ngx_str_set(&cc->key, "Cache-Control");
    ngx_str_set(&cc->value, "");

    return cc;
}


static ngx_table_elt_t *
ngx_http_journey_filter_push(ngx_http_request_t *r)
{
    ngx_table_elt_t  *h;

    h = ngx_list_push(&r->headers_out.headers);

    if (h) {
        ngx_memzero(h, sizeof(ngx_table_elt_t));
        h->hash = 1;
    }

    return h;
}


static ngx_uint_t
ngx_http_journey_filter_is(ngx_str_t *key, char *name)
{
    return key->len == ngx_strlen(name)
           && ngx_strncasecmp(key->data, (u_char *) name, key->len) == 0;
}
