/*
 * ngx_http_journey_campaign.c - utm_* parameters, click ids, Referer.
 *
 * The query is the one the client sent: r->args is another one after a
 * rewrite or an internal redirect.
 */

#include "ngx_http_journey_campaign.h"
#include "ngx_http_journey_page.h"


#define NGX_HTTP_JOURNEY_PART_CLICK NGX_HTTP_JOURNEY_CAMPAIGN_PARTS


/* Undecoded values of a query, by the part of the campaign they name. */
typedef struct {
    ngx_str_t  part[NGX_HTTP_JOURNEY_CAMPAIGN_PARTS];
    ngx_str_t  click;          /* the parameter's name, not its value */
} ngx_http_journey_query_t;

typedef struct {
    ngx_str_t   name;
    ngx_uint_t  part;
} ngx_http_journey_param_t;


static void ngx_http_journey_query_parse(ngx_str_t *query,
    ngx_http_journey_query_t *q);
static void ngx_http_journey_query_param(u_char *p, u_char *last,
    ngx_http_journey_query_t *q);
static ngx_str_t ngx_http_journey_query_of(ngx_str_t *url);
static ngx_uint_t ngx_http_journey_query_empty(ngx_http_journey_query_t *q);
static jny_slice_t ngx_http_journey_campaign_text(ngx_http_request_t *r,
    ngx_str_t *value);


static ngx_http_journey_param_t  ngx_http_journey_params[] = {
    { ngx_string("utm_source"), JNY_TEXT_SOURCE - JNY_TEXT_SOURCE },
    { ngx_string("utm_medium"), JNY_TEXT_MEDIUM - JNY_TEXT_SOURCE },
    { ngx_string("utm_campaign"), JNY_TEXT_CAMPAIGN - JNY_TEXT_SOURCE },
    { ngx_string("utm_term"), JNY_TEXT_TERM - JNY_TEXT_SOURCE },
    { ngx_string("utm_content"), JNY_TEXT_CONTENT - JNY_TEXT_SOURCE },
    { ngx_string("gclid"), NGX_HTTP_JOURNEY_PART_CLICK },
    { ngx_string("gbraid"), NGX_HTTP_JOURNEY_PART_CLICK },
    { ngx_string("wbraid"), NGX_HTTP_JOURNEY_PART_CLICK },
    { ngx_string("dclid"), NGX_HTTP_JOURNEY_PART_CLICK },
    { ngx_string("fbclid"), NGX_HTTP_JOURNEY_PART_CLICK },
    { ngx_string("msclkid"), NGX_HTTP_JOURNEY_PART_CLICK },
    { ngx_string("yclid"), NGX_HTTP_JOURNEY_PART_CLICK },
    { ngx_string("ttclid"), NGX_HTTP_JOURNEY_PART_CLICK },
    { ngx_string("twclid"), NGX_HTTP_JOURNEY_PART_CLICK },
    { ngx_string("li_fat_id"), NGX_HTTP_JOURNEY_PART_CLICK },
    { ngx_string("rdt_cid"), NGX_HTTP_JOURNEY_PART_CLICK },
    { ngx_string("epik"), NGX_HTTP_JOURNEY_PART_CLICK },
    { ngx_string("sccid"), NGX_HTTP_JOURNEY_PART_CLICK },
    { ngx_null_string, 0 }
};


ngx_str_t
ngx_http_journey_url_host(ngx_str_t *url)
{
    u_char     *p, *last, *at;
    ngx_str_t   host;

    ngx_str_null(&host);

    if (url->len == 0) {
        return host;
    }

    last = url->data + url->len;
    p = ngx_strlchr(url->data, last, ':');

    if (p == NULL || last - p < 3 || p[1] != '/' || p[2] != '/') {
        return host;
    }

    p += 3;
    host.data = p;

    while (p < last && *p != '/' && *p != '?' && *p != '#') {
        p++;
    }

    last = p;

    for (at = last; at > host.data; at--) {
        if (at[-1] == '@') {
            host.data = at;
            break;
        }
    }

    p = host.data;

    if (p < last && *p == '[') {
        while (p < last && *p != ']') {
            p++;
        }
    }

    while (p < last && *p != ':') {
        p++;
    }

    /* a name that ends with the root's dot is the same name */

    if (p > host.data && p[-1] == '.') {
        p--;
    }

    host.len = p - host.data;

    return host;
}


ngx_uint_t
ngx_http_journey_own_url(ngx_http_request_t *r, ngx_str_t *url)
{
    u_char     *p, *last;
    ngx_str_t   own, host;

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

    host = ngx_http_journey_url_host(url);

    return host.len > 0 && host.len == own.len
           && ngx_strncasecmp(host.data, own.data, own.len) == 0;
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
    ngx_str_t                   query, value;
    ngx_uint_t                  i, rescued;
    ngx_http_journey_query_t    q;
    ngx_http_complex_value_t  **campaign;

    if (!ctx->tagged) {
        return 0;
    }

    query = ngx_http_journey_query_of(&r->unparsed_uri);
    ngx_http_journey_query_parse(&query, &q);

    campaign = ctx->conf->campaign;

    for (i = 0; campaign && i < NGX_HTTP_JOURNEY_CAMPAIGN_PARTS; i++) {
        if (campaign[i]) {
            if (ngx_http_complex_value(r, campaign[i], &value) != NGX_OK) {
                ngx_str_null(&value);
            }

            q.part[i] = value;
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
        query = ngx_http_journey_query_of(&r->headers_in.referer->value);
        ngx_http_journey_query_parse(&query, &q);
        rescued = !ngx_http_journey_query_empty(&q);
    }

    for (i = 0; i < NGX_HTTP_JOURNEY_CAMPAIGN_PARTS; i++) {
        row->text[JNY_TEXT_SOURCE + i] =
            ngx_http_journey_campaign_text(r, &q.part[i]);
    }

    row->text[JNY_TEXT_CLICK].data = q.click.data;
    row->text[JNY_TEXT_CLICK].len = q.click.len;

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


static ngx_str_t
ngx_http_journey_query_of(ngx_str_t *url)
{
    u_char     *p, *last;
    ngx_str_t   query;

    ngx_str_null(&query);

    if (url->len == 0) {
        return query;
    }

    last = url->data + url->len;

    p = memchr(url->data, '#', last - url->data);
    if (p) {
        last = p;
    }

    p = memchr(url->data, '?', last - url->data);
    if (p) {
        query.data = p + 1;
        query.len = last - query.data;
    }

    return query;
}


static void
ngx_http_journey_query_parse(ngx_str_t *query, ngx_http_journey_query_t *q)
{
    u_char  *p, *last, *end;

    ngx_memzero(q, sizeof(ngx_http_journey_query_t));

    if (query->len == 0) {
        return;
    }

    p = query->data;
    last = query->data + query->len;

    while (p < last) {

        end = ngx_strlchr(p, last, '&');
        if (end == NULL) {
            end = last;
        }

        ngx_http_journey_query_param(p, end, q);

        p = end + 1;
    }
}


/* The first parameter of a name that has a value counts. */

static void
ngx_http_journey_query_param(u_char *p, u_char *last,
    ngx_http_journey_query_t *q)
{
    size_t                     len;
    u_char                    *equal;
    ngx_str_t                 *part;
    ngx_http_journey_param_t  *param;

    equal = ngx_strlchr(p, last, '=');

    if (equal == NULL || equal + 1 == last) {
        return;
    }

    len = equal - p;

    for (param = ngx_http_journey_params; param->name.len; param++) {

        if (param->name.len != len
            || ngx_strncasecmp(param->name.data, p, len) != 0)
        {
            continue;
        }

        if (param->part == NGX_HTTP_JOURNEY_PART_CLICK) {
            if (q->click.len == 0) {
                q->click = param->name;
            }
            return;
        }

        part = &q->part[param->part];

        if (part->len == 0) {
            part->data = equal + 1;
            part->len = last - part->data;
        }

        return;
    }
}


static jny_slice_t
ngx_http_journey_campaign_text(ngx_http_request_t *r, ngx_str_t *value)
{
    u_char       *p;
    jny_slice_t   s;

    s.data = NULL;
    s.len = 0;

    if (value->len == 0) {
        return s;
    }

    p = ngx_pnalloc(r->pool, value->len);
    if (p == NULL) {
        return s;
    }

    s.data = p;
    s.len = ngx_http_journey_unescape(value->data, value->len, 1, p);

    while (s.len > 0 && s.data[0] == ' ') {
        s.data++;
        s.len--;
    }

    while (s.len > 0 && s.data[s.len - 1] == ' ') {
        s.len--;
    }

    return s;
}


void
ngx_http_journey_referrer_fill(ngx_http_request_t *r,
    ngx_http_journey_ctx_t *ctx, jny_row_t *row)
{
    u_char     *p;
    ngx_str_t   host;

    if (r->headers_in.referer == NULL) {
        return;
    }

    if (ngx_http_journey_own_referer(r, ctx)) {
        row->flags |= JNY_ROW_SAME_HOST_REFERER;
        return;
    }

    host = ngx_http_journey_url_host(&r->headers_in.referer->value);

    if (host.len == 0) {
        return;
    }

    p = ngx_pnalloc(r->pool, host.len);
    if (p == NULL) {
        return;
    }

    ngx_strlow(p, host.data, host.len);

    row->text[JNY_TEXT_REFERRER].data = p;
    row->text[JNY_TEXT_REFERRER].len = host.len;
}
