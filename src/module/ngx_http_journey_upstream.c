/*
 * ngx_http_journey_upstream.c - reading and hiding X-Journey-*.
 *
 * The headers are read from r->upstream, where proxy, FastCGI, uwsgi, SCGI and
 * gRPC all leave what came, and not from the response: with
 * proxy_intercept_errors or X-Accel-Redirect they never get there.  In those
 * cases nginx goes through the rewrite phases again with the old upstream
 * still in place, and forgets it only when the new location makes another.
 * So the rewrite handlers look, and the header filter does; and our variables,
 * since add_header evaluates them before this module's filter.
 */

#include "ngx_http_journey_upstream.h"


typedef struct {
    ngx_str_t    name;      /* behind the prefix, in lower case */
    size_t       offset;    /* in ngx_http_journey_upstream_t */
    ngx_uint_t   money;     /* a cache that repeats it makes no second sale */
} ngx_http_journey_said_t;


static ngx_uint_t ngx_http_journey_upstream_fresh(ngx_http_request_t *r);
static void ngx_http_journey_upstream_header(ngx_http_request_t *r,
    ngx_http_journey_upstream_t *said, ngx_table_elt_t *h, ngx_uint_t fresh);
static void ngx_http_journey_upstream_field(ngx_http_request_t *r,
    ngx_http_journey_upstream_t *said, ngx_str_t *name, ngx_str_t *value);
static ngx_uint_t ngx_http_journey_upstream_prefix(ngx_str_t *key,
    ngx_str_t *rest);


static ngx_str_t  ngx_http_journey_prefix = ngx_string("X-Journey-");
static ngx_str_t  ngx_http_journey_field_prefix = ngx_string("Field-");

static ngx_http_journey_said_t  ngx_http_journey_said[] = {

    { ngx_string("stage"),
      offsetof(ngx_http_journey_upstream_t, stage), 0 },

    { ngx_string("touchpoint"),
      offsetof(ngx_http_journey_upstream_t, touchpoint), 0 },

    { ngx_string("value"),
      offsetof(ngx_http_journey_upstream_t, value), 1 },

    { ngx_string("currency"),
      offsetof(ngx_http_journey_upstream_t, currency), 1 },

    { ngx_string("order"),
      offsetof(ngx_http_journey_upstream_t, order), 1 },

    { ngx_null_string, 0, 0 }
};


void
ngx_http_journey_upstream_note(ngx_http_request_t *r,
    ngx_http_journey_ctx_t *ctx)
{
    ngx_uint_t                    i, fresh;
    ngx_list_part_t              *part;
    ngx_table_elt_t              *h;
    ngx_http_journey_upstream_t  *said;

    if (ctx == NULL || r->upstream == NULL || !ctx->conf->upstream_headers) {
        return;
    }

    said = ctx->upstream;

    if (said == NULL) {
        said = ngx_pcalloc(r->pool, sizeof(ngx_http_journey_upstream_t));
        if (said == NULL) {
            return;
        }

        ctx->upstream = said;
    }

    fresh = ngx_http_journey_upstream_fresh(r);
    part = &r->upstream->headers_in.headers.part;
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

        if (h[i].hash != 0) {
            ngx_http_journey_upstream_header(r, said, &h[i], fresh);
        }
    }
}


const ngx_http_journey_upstream_t *
ngx_http_journey_upstream_said(ngx_http_journey_ctx_t *ctx)
{
    static const ngx_http_journey_upstream_t  nothing;

    return ctx->upstream ? ctx->upstream : &nothing;
}


/* Whether the application itself has answered, now and for this request. */

static ngx_uint_t
ngx_http_journey_upstream_fresh(ngx_http_request_t *r)
{
#if (NGX_HTTP_CACHE)

    switch (r->upstream->cache_status) {

    case 0:
    case NGX_HTTP_CACHE_MISS:
    case NGX_HTTP_CACHE_BYPASS:
    case NGX_HTTP_CACHE_EXPIRED:
        return 1;

    default:
        return 0;
    }

#else

    return 1;

#endif
}


static void
ngx_http_journey_upstream_header(ngx_http_request_t *r,
    ngx_http_journey_upstream_t *said, ngx_table_elt_t *h, ngx_uint_t fresh)
{
    ngx_str_t                 name, *text;
    ngx_http_journey_said_t  *known;

    if (h->value.len == 0
        || !ngx_http_journey_upstream_prefix(&h->key, &name))
    {
        return;
    }

    for (known = ngx_http_journey_said; known->name.len; known++) {

        if (known->name.len != name.len
            || ngx_strncasecmp(known->name.data, name.data, name.len) != 0)
        {
            continue;
        }

        if (fresh || !known->money) {
            text = (ngx_str_t *) ((char *) said + known->offset);
            *text = h->value;
        }

        return;
    }

    if (name.len > ngx_http_journey_field_prefix.len
        && ngx_strncasecmp(name.data, ngx_http_journey_field_prefix.data,
                           ngx_http_journey_field_prefix.len)
           == 0)
    {
        name.data += ngx_http_journey_field_prefix.len;
        name.len -= ngx_http_journey_field_prefix.len;

        ngx_http_journey_upstream_field(r, said, &name, &h->value);
    }
}


/* A field's column exists only if a journey_field has named it. */

static void
ngx_http_journey_upstream_field(ngx_http_request_t *r,
    ngx_http_journey_upstream_t *said, ngx_str_t *name, ngx_str_t *value)
{
    u_char                         c;
    ngx_str_t                     *field;
    ngx_uint_t                     i, k;
    ngx_http_journey_main_conf_t  *jmcf;

    jmcf = ngx_http_get_module_main_conf(r, ngx_http_journey_module);

    if (jmcf->logs.fields == NULL) {
        return;
    }

    field = jmcf->logs.fields->elts;

    for (i = 0; i < jmcf->logs.fields->nelts; i++) {

        if (field[i].len != name->len) {
            continue;
        }

        for (k = 0; k < name->len; k++) {
            c = ngx_tolower(name->data[k]);

            if (field[i].data[k] != ((c == '-') ? '_' : c)) {
                break;
            }
        }

        if (k == name->len) {
            said->field[i] = *value;
            return;
        }
    }
}


void
ngx_http_journey_upstream_hide(ngx_http_request_t *r,
    ngx_http_journey_ctx_t *ctx)
{
    ngx_str_t                     rest;
    ngx_uint_t                    i;
    ngx_list_part_t              *part;
    ngx_table_elt_t              *h;
    ngx_http_journey_loc_conf_t  *jlcf;

    jlcf = ctx ? ctx->conf
               : ngx_http_get_module_loc_conf(r, ngx_http_journey_module);

    if (!jlcf->upstream_headers) {
        return;
    }

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

        if (ngx_http_journey_upstream_prefix(&h[i].key, &rest)) {
            h[i].hash = 0;
        }
    }
}


static ngx_uint_t
ngx_http_journey_upstream_prefix(ngx_str_t *key, ngx_str_t *rest)
{
    if (key->len <= ngx_http_journey_prefix.len
        || ngx_strncasecmp(key->data, ngx_http_journey_prefix.data,
                           ngx_http_journey_prefix.len)
           != 0)
    {
        return 0;
    }

    rest->data = key->data + ngx_http_journey_prefix.len;
    rest->len = key->len - ngx_http_journey_prefix.len;

    return 1;
}
