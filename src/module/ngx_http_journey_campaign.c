/*
 * ngx_http_journey_campaign.c - utm_* parameters, click ids, Referer.
 *
 * The query is the one the client sent: r->args is another one after a
 * rewrite or an internal redirect.
 */

#include "ngx_http_journey_campaign.h"
#include "ngx_http_journey_url.h"


static ngx_uint_t ngx_http_journey_query_empty(ngx_http_journey_query_t *q);
static jny_slice_t ngx_http_journey_campaign_text(ngx_http_request_t *r,
    jny_slice_t value);
static jny_slice_t ngx_http_journey_campaign_slice(ngx_str_t *s);


ngx_uint_t
ngx_http_journey_own_url(ngx_http_request_t *r, ngx_str_t *url)
{
    u_char       *p, *last;
    ngx_str_t     own;
    jny_slice_t   host;

    own = ngx_http_journey_host(r);

    /*
     * Most are own pages, written as browsers do: no need to take them apart.
     * nginx keeps the host in lower case.
     */

    last = url->data + url->len;
    p = ngx_strlchr(url->data, last, '/');

    if (p && own.len > 0 && last - p > (ssize_t) own.len + 2 && p[1] == '/'
        && p[own.len + 2] == '/' && p > url->data && p[-1] == ':'
        && ngx_memcmp(p + 2, own.data, own.len) == 0)
    {
        return 1;
    }

    host = ngx_http_journey_url_host(ngx_http_journey_campaign_slice(url));

    return host.len > 0 && host.len == own.len
           && ngx_strncasecmp((u_char *) host.data, own.data, own.len) == 0;
}


ngx_uint_t
ngx_http_journey_own_referer(ngx_http_request_t *r,
    ngx_http_journey_ctx_t *ctx)
{
    if (r->headers_in.referer == NULL) {
        return 0;
    }

    if (ctx->referer == NGX_HTTP_JOURNEY_SITE_UNKNOWN) {
        ctx->referer =
            ngx_http_journey_own_url(r, &r->headers_in.referer->value)
                ? NGX_HTTP_JOURNEY_SITE_SAME : NGX_HTTP_JOURNEY_SITE_CROSS;
    }

    return ctx->referer == NGX_HTTP_JOURNEY_SITE_SAME;
}


ngx_str_t
ngx_http_journey_host(ngx_http_request_t *r)
{
    ngx_http_core_srv_conf_t  *cscf;

    if (r->headers_in.server.len) {
        return r->headers_in.server;
    }

    cscf = ngx_http_get_module_srv_conf(r, ngx_http_core_module);

    return cscf->server_name;
}


ngx_uint_t
ngx_http_journey_campaign_fill(ngx_http_request_t *r,
    ngx_http_journey_ctx_t *ctx, jny_row_t *row)
{
    ngx_str_t                   value;
    ngx_uint_t                  i, rescued;
    ngx_http_journey_query_t    q;
    ngx_http_complex_value_t  **campaign;

    if (!ctx->tagged) {
        return 0;
    }

    ngx_http_journey_query_parse(
        ngx_http_journey_campaign_slice(&r->unparsed_uri), &q);

    campaign = ctx->conf->campaign;

    for (i = 0; campaign && i < NGX_HTTP_JOURNEY_CAMPAIGN_PARTS; i++) {
        if (campaign[i]) {
            if (ngx_http_complex_value(r, campaign[i], &value) != NGX_OK) {
                ngx_str_null(&value);
            }

            q.part[i] = ngx_http_journey_campaign_slice(&value);
        }
    }

    /*
     * The landing page was seen before there was consent; its campaign is
     * still in the Referer of the first page after it.
     */

    rescued = 0;

    if (ctx->conf->privacy == NGX_HTTP_JOURNEY_PRIVACY_CONSENT
        && (ctx->flags & JNY_ROW_NEW_VISITOR)
        && ngx_http_journey_query_empty(&q)
        && ngx_http_journey_own_referer(r, ctx))
    {
        ngx_http_journey_query_parse(ngx_http_journey_campaign_slice(
                                         &r->headers_in.referer->value), &q);
        rescued = !ngx_http_journey_query_empty(&q);
    }

    for (i = 0; i < NGX_HTTP_JOURNEY_CAMPAIGN_PARTS; i++) {
        row->text[JNY_TEXT_SOURCE + i] =
            ngx_http_journey_campaign_text(r, q.part[i]);
    }

    row->text[JNY_TEXT_CLICK] = q.click;

    return rescued;
}


static ngx_uint_t
ngx_http_journey_query_empty(ngx_http_journey_query_t *q)
{
    ngx_uint_t  i;

    for (i = 0; i < NGX_HTTP_JOURNEY_CAMPAIGN_PARTS; i++) {
        if (q->part[i].len) {
            return 0;
        }
    }

    return q->click.len == 0;
}


static jny_slice_t
ngx_http_journey_campaign_text(ngx_http_request_t *r, jny_slice_t value)
{
    u_char       *p;
    jny_slice_t   s;

    s.data = NULL;
    s.len = 0;

    if (value.len == 0) {
        return s;
    }

    p = ngx_pnalloc(r->pool, value.len);
    if (p == NULL) {
        return s;
    }

    return ngx_http_journey_query_text(value, p);
}


static jny_slice_t
ngx_http_journey_campaign_slice(ngx_str_t *s)
{
    jny_slice_t  slice;

    slice.data = s->data;
    slice.len = s->len;

    return slice;
}


void
ngx_http_journey_referrer_fill(ngx_http_request_t *r,
    ngx_http_journey_ctx_t *ctx, jny_row_t *row)
{
    u_char       *p;
    jny_slice_t   host;

    if (r->headers_in.referer == NULL) {
        return;
    }

    if (ngx_http_journey_own_referer(r, ctx)) {
        row->flags |= JNY_ROW_SAME_HOST_REFERER;
        return;
    }

    host = ngx_http_journey_url_host(
        ngx_http_journey_campaign_slice(&r->headers_in.referer->value));

    if (host.len == 0) {
        return;
    }

    p = ngx_pnalloc(r->pool, host.len);
    if (p == NULL) {
        return;
    }

    ngx_strlow(p, (u_char *) host.data, host.len);

    row->text[JNY_TEXT_REFERRER].data = p;
    row->text[JNY_TEXT_REFERRER].len = host.len;
}
