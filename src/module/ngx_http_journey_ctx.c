/*
 * ngx_http_journey_ctx.c - one context per main request.
 *
 * "The location first entered" is the first that nginx selects for the URI as
 * the client sent it (after the server's own rewrites).  It has to be caught
 * in the rewrite phases, because a "return 301" or "rewrite ... last" there
 * keeps the request from ever reaching a later phase in this location.  That
 * it is the first shows in r->uri_changes, from which nginx counts down with
 * every later change of the URI.
 *
 * The context hangs on a pool cleanup, as in ngx_http_realip_module, where it
 * is found again after r->ctx was cleared.
 */

#include "ngx_http_journey_ctx.h"
#include "ngx_http_journey_upstream.h"


static ngx_http_journey_ctx_t *ngx_http_journey_ctx_find(
    ngx_http_request_t *r);
static ngx_http_journey_ctx_t *ngx_http_journey_ctx_create(
    ngx_http_request_t *r);
static void ngx_http_journey_ctx_beacon(ngx_http_journey_ctx_t *ctx,
    ngx_http_journey_loc_conf_t *jlcf);
static ngx_uint_t ngx_http_journey_ctx_first(ngx_http_request_t *r);
static void ngx_http_journey_ctx_cleanup(void *data);


ngx_int_t
ngx_http_journey_ctx_enter(ngx_http_request_t *r)
{
    uint64_t                      offered;
    ngx_http_journey_ctx_t       *ctx;
    ngx_http_journey_loc_conf_t  *jlcf;

    if (r != r->main) {
        return NGX_DECLINED;
    }

    if (r->upstream) {
        ngx_http_journey_upstream_note(r, ngx_http_journey_ctx_get(r));
    }

    if (!ngx_http_journey_ctx_first(r)) {
        return NGX_DECLINED;
    }

    jlcf = ngx_http_get_module_loc_conf(r, ngx_http_journey_module);

    ctx = ngx_http_journey_ctx_find(r);

    if (ctx == NULL && jlcf->enable) {
        ctx = ngx_http_journey_ctx_create(r);
    }

    if (ctx) {

        /* the location may have another privacy */

        if (ctx->resolved && ctx->conf != jlcf) {
            offered = (ctx->flags & JNY_ROW_NEW_VISITOR) ? ctx->visitor : 0;
            ngx_memzero(ctx, sizeof(ngx_http_journey_ctx_t));
            ctx->offered = offered;
        }

        ctx->conf = jlcf;
        ctx->phases = 1;
        ngx_http_journey_ctx_beacon(ctx, jlcf);
    }

    return NGX_DECLINED;
}


ngx_http_journey_ctx_t *
ngx_http_journey_ctx_get(ngx_http_request_t *r)
{
    ngx_http_journey_ctx_t  *ctx;

    ctx = ngx_http_journey_ctx_find(r->main);

    if (ctx == NULL || !ctx->conf->enable) {
        return NULL;
    }

    return ctx;
}


ngx_http_journey_ctx_t *
ngx_http_journey_ctx_last(ngx_http_request_t *r)
{
    ngx_http_journey_ctx_t       *ctx;
    ngx_http_journey_loc_conf_t  *jlcf;

    ctx = ngx_http_journey_ctx_find(r);
    jlcf = ngx_http_get_module_loc_conf(r, ngx_http_journey_module);

    if (ctx == NULL && ngx_http_journey_ctx_first(r) && jlcf->enable) {
        ctx = ngx_http_journey_ctx_create(r);
    }

    if (ctx == NULL || !ctx->conf->enable) {
        return NULL;
    }

    ngx_http_journey_ctx_beacon(ctx, jlcf);

    return ctx;
}


static void
ngx_http_journey_ctx_beacon(ngx_http_journey_ctx_t *ctx,
    ngx_http_journey_loc_conf_t *jlcf)
{
    if (jlcf->beacon && !ctx->closed) {
        ctx->closed = 1;
        ctx->pending = 1;
    }
}


static ngx_http_journey_ctx_t *
ngx_http_journey_ctx_find(ngx_http_request_t *r)
{
    ngx_pool_cleanup_t      *cln;
    ngx_http_journey_ctx_t  *ctx;

    ctx = ngx_http_get_module_ctx(r, ngx_http_journey_module);

    if (ctx || (!r->internal && !r->filter_finalize)) {
        return ctx;
    }

    for (cln = r->pool->cleanup; cln; cln = cln->next) {
        if (cln->handler == ngx_http_journey_ctx_cleanup) {
            ctx = cln->data;
            ngx_http_set_ctx(r, ctx, ngx_http_journey_module);
            break;
        }
    }

    return ctx;
}


static ngx_http_journey_ctx_t *
ngx_http_journey_ctx_create(ngx_http_request_t *r)
{
    ngx_pool_cleanup_t      *cln;
    ngx_http_journey_ctx_t  *ctx;

    cln = ngx_pool_cleanup_add(r->pool, sizeof(ngx_http_journey_ctx_t));
    if (cln == NULL) {
        return NULL;
    }

    ctx = cln->data;
    ngx_memzero(ctx, sizeof(ngx_http_journey_ctx_t));
    ctx->conf = ngx_http_get_module_loc_conf(r, ngx_http_journey_module);

    cln->handler = ngx_http_journey_ctx_cleanup;

    ngx_http_set_ctx(r, ctx, ngx_http_journey_module);

    return ctx;
}


static ngx_uint_t
ngx_http_journey_ctx_first(ngx_http_request_t *r)
{
    return r->uri_changes == NGX_HTTP_MAX_URI_CHANGES + 1;
}


static void
ngx_http_journey_ctx_cleanup(void *data)
{
    /* marks the context's place in the pool, there is nothing to free */
}
