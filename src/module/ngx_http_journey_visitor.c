/*
 * ngx_http_journey_visitor.c - reading, judging and minting visitors.
 *
 * Ids come from SipHash-2-4 over a counter under a key that each worker draws
 * once from the system: as unpredictable as the key, without a system call
 * per visitor.
 */

#include "ngx_http_journey_visitor.h"
#include "ngx_http_journey_campaign.h"
#include "ngx_http_journey_privacy.h"

#include <sodium.h>


/* Request headers nginx does not know by itself; NULL: not sent. */
typedef struct {
    ngx_str_t  *site;
    ngx_str_t  *mode;
    ngx_str_t  *dest;
    ngx_str_t  *origin;
    ngx_str_t  *purpose;
    ngx_str_t  *gpc;
    ngx_str_t  *early;
} ngx_http_journey_signals_t;

typedef struct {
    ngx_str_t   name;      /* in lower case */
    size_t      offset;    /* in ngx_http_journey_signals_t */
} ngx_http_journey_signal_t;

typedef struct {
    u_char      key[crypto_shorthash_KEYBYTES];
    uint64_t    counter;
} ngx_http_journey_mint_t;


static void ngx_http_journey_visitor_signals(ngx_http_request_t *r,
    ngx_http_journey_ctx_t *ctx);
static void ngx_http_journey_visitor_gather(ngx_http_request_t *r,
    ngx_http_journey_signals_t *s);
static void ngx_http_journey_visitor_site(ngx_http_request_t *r,
    ngx_http_journey_ctx_t *ctx, ngx_http_journey_signals_t *s);
static ngx_uint_t ngx_http_journey_visitor_is(ngx_str_t *value, char *word);
static void ngx_http_journey_visitor_cookies(ngx_http_request_t *r,
    ngx_http_journey_ctx_t *ctx);
static ngx_uint_t ngx_http_journey_visitor_cookie(ngx_http_request_t *r,
    ngx_http_journey_ctx_t *ctx, ngx_str_t *header);
static ngx_uint_t ngx_http_journey_visitor_may_mint(ngx_http_request_t *r,
    ngx_http_journey_ctx_t *ctx);
static uint64_t ngx_http_journey_visitor_random(void);
static ngx_int_t ngx_http_journey_visitor_set_cookie(ngx_http_request_t *r,
    ngx_http_journey_ctx_t *ctx, uint64_t visitor);


static ngx_http_journey_mint_t  ngx_http_journey_mint;

static ngx_http_journey_signal_t  ngx_http_journey_signals[] = {

    { ngx_string("sec-fetch-site"),
      offsetof(ngx_http_journey_signals_t, site) },

    { ngx_string("sec-fetch-mode"),
      offsetof(ngx_http_journey_signals_t, mode) },

    { ngx_string("sec-fetch-dest"),
      offsetof(ngx_http_journey_signals_t, dest) },

    { ngx_string("origin"),
      offsetof(ngx_http_journey_signals_t, origin) },

    { ngx_string("sec-purpose"),
      offsetof(ngx_http_journey_signals_t, purpose) },

    { ngx_string("purpose"),
      offsetof(ngx_http_journey_signals_t, purpose) },

    { ngx_string("x-purpose"),
      offsetof(ngx_http_journey_signals_t, purpose) },

    { ngx_string("x-moz"),
      offsetof(ngx_http_journey_signals_t, purpose) },

    { ngx_string("sec-gpc"),
      offsetof(ngx_http_journey_signals_t, gpc) },

    { ngx_string("early-data"),
      offsetof(ngx_http_journey_signals_t, early) },

    { ngx_null_string, 0 }
};


ngx_int_t
ngx_http_journey_visitor_init(ngx_conf_t *cf, ngx_hash_t *signals)
{
    ngx_uint_t                  n;
    ngx_hash_key_t              names[sizeof(ngx_http_journey_signals)
                                      / sizeof(ngx_http_journey_signal_t)];
    ngx_hash_init_t             hash;
    ngx_http_journey_signal_t  *signal;

    n = 0;

    for (signal = ngx_http_journey_signals; signal->name.len; signal++) {
        names[n].key = signal->name;
        names[n].key_hash = ngx_hash_key(signal->name.data, signal->name.len);
        names[n].value = signal;
        n++;
    }

    hash.hash = signals;
    hash.key = ngx_hash_key;
    hash.max_size = 512;
    hash.bucket_size = ngx_align(64, ngx_cacheline_size);
    hash.name = "journey_signals_hash";
    hash.pool = cf->pool;
    hash.temp_pool = NULL;

    return ngx_hash_init(&hash, names, n);
}


void
ngx_http_journey_visitor_init_process(void)
{
    randombytes_buf(&ngx_http_journey_mint, sizeof(ngx_http_journey_mint));
}


void
ngx_http_journey_visitor_resolve(ngx_http_request_t *r,
    ngx_http_journey_ctx_t *ctx)
{
    if (ctx->resolved) {
        return;
    }

    /* before the value below, which may ask for the visitor */

    ctx->resolved = 1;

    ngx_http_journey_visitor_signals(r, ctx);

    ngx_http_journey_privacy_decide(r, ctx);

    if (ctx->identified) {
        ngx_http_journey_visitor_cookies(r, ctx);
    }
}


static void
ngx_http_journey_visitor_signals(ngx_http_request_t *r,
    ngx_http_journey_ctx_t *ctx)
{
    ngx_str_t                   *p;
    ngx_http_journey_signals_t   s;

    ngx_http_journey_visitor_gather(r, &s);

    ngx_http_journey_visitor_site(r, ctx, &s);

    ctx->embedded = (s.mode && !ngx_http_journey_visitor_is(s.mode, "navigate"))
                    || (s.dest
                        && !ngx_http_journey_visitor_is(s.dest, "document"));

    /* "prefetch", "prefetch;prerender", "preview", Safari's too */

    p = s.purpose;

    if (p && p->len >= 3 && ngx_strncasecmp(p->data, (u_char *) "pre", 3) == 0)
    {
        ctx->flags |= JNY_ROW_SPECULATIVE;
    }

    if (s.gpc && ngx_http_journey_visitor_is(s.gpc, "1")) {
        ctx->flags |= JNY_ROW_GPC;
    }

    if (s.early && ngx_http_journey_visitor_is(s.early, "1")) {
        ctx->flags |= JNY_ROW_EARLY_DATA;
    }
}


static void
ngx_http_journey_visitor_gather(ngx_http_request_t *r,
    ngx_http_journey_signals_t *s)
{
    ngx_str_t                    **p;
    ngx_uint_t                     i;
    ngx_list_part_t               *part;
    ngx_table_elt_t               *h;
    ngx_http_journey_signal_t     *signal;
    ngx_http_journey_main_conf_t  *jmcf;

    jmcf = ngx_http_get_module_main_conf(r, ngx_http_journey_module);

    ngx_memzero(s, sizeof(ngx_http_journey_signals_t));

    /* after a bad request line the list is all zeros, which is empty */

    part = &r->headers_in.headers.part;
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

        signal = ngx_hash_find(&jmcf->signals, h[i].hash, h[i].lowcase_key,
                               h[i].key.len);
        if (signal == NULL) {
            continue;
        }

        p = (ngx_str_t **) ((char *) s + signal->offset);

        if (*p == NULL) {
            *p = &h[i].value;
        }
    }
}


/*
 * Sec-Fetch-Site knows which hosts form one site; Origin and Referer only
 * prove that a request comes from this very host.
 */

static void
ngx_http_journey_visitor_site(ngx_http_request_t *r,
    ngx_http_journey_ctx_t *ctx, ngx_http_journey_signals_t *s)
{
    ngx_uint_t  same;

    if (s->site) {
        same = !ngx_http_journey_visitor_is(s->site, "cross-site");

    } else if (s->origin) {
        same = ngx_http_journey_own_url(r, s->origin);

    } else if (r->headers_in.referer) {
        same = ngx_http_journey_own_referer(r, ctx);

    } else {
        return;
    }

    ctx->site = same ? NGX_HTTP_JOURNEY_SITE_SAME
                     : NGX_HTTP_JOURNEY_SITE_CROSS;
}


static ngx_uint_t
ngx_http_journey_visitor_is(ngx_str_t *value, char *word)
{
    return value->len == ngx_strlen(word)
           && ngx_strncasecmp(value->data, (u_char *) word, value->len) == 0;
}


static void
ngx_http_journey_visitor_cookies(ngx_http_request_t *r,
    ngx_http_journey_ctx_t *ctx)
{
#if (nginx_version >= 1023000)

    ngx_table_elt_t  *h;

    for (h = r->headers_in.cookie; h; h = h->next) {
        if (ngx_http_journey_visitor_cookie(r, ctx, &h->value)) {
            return;
        }
    }

#else

    ngx_uint_t         i;
    ngx_table_elt_t  **h;

    h = r->headers_in.cookies.elts;

    for (i = 0; i < r->headers_in.cookies.nelts; i++) {
        if (ngx_http_journey_visitor_cookie(r, ctx, &h[i]->value)) {
            return;
        }
    }

#endif
}


/*
 * A browser may hold several cookies of the name, set for other paths or by
 * other hosts of the domain: the first that is ours counts.
 */

static ngx_uint_t
ngx_http_journey_visitor_cookie(ngx_http_request_t *r,
    ngx_http_journey_ctx_t *ctx, ngx_str_t *header)
{
    size_t                           len;
    const uint8_t                   *pos, *end, *value;
    ngx_http_journey_cookie_t        cookie;
    ngx_http_journey_main_conf_t    *jmcf;
    ngx_http_journey_cookie_conf_t  *ccf;

    jmcf = ngx_http_get_module_main_conf(r, ngx_http_journey_module);

    ccf = ctx->conf->cookie;
    pos = header->data;
    end = header->data + header->len;

    while (ngx_http_journey_cookie_next(&pos, end, ccf->name.data,
                                        ccf->name.len, &value, &len))
    {
        if (ngx_http_journey_cookie_decode(&jmcf->keys.cookie, value, len,
                                           ngx_time(), ccf->expires, &cookie)
            == NGX_HTTP_JOURNEY_COOKIE_OK)
        {
            ctx->visitor = cookie.visitor;
            ctx->flags &= ~JNY_ROW_COOKIE_INVALID;
            ctx->flags |= JNY_ROW_COOKIE_RETURNED;
            return 1;
        }

        ctx->flags |= JNY_ROW_COOKIE_INVALID;
    }

    return 0;
}


void
ngx_http_journey_visitor_mint(ngx_http_request_t *r,
    ngx_http_journey_ctx_t *ctx)
{
    uint64_t  visitor;

    ngx_http_journey_visitor_resolve(r, ctx);

    if (ctx->visitor || !ctx->identified
        || !ngx_http_journey_visitor_may_mint(r, ctx))
    {
        return;
    }

    visitor = ctx->offered ? ctx->offered : ngx_http_journey_visitor_random();

    if (ngx_http_journey_visitor_set_cookie(r, ctx, visitor) != NGX_OK) {
        return;
    }

    ctx->visitor = visitor;
    ctx->flags |= JNY_ROW_NEW_VISITOR;
}


static ngx_uint_t
ngx_http_journey_visitor_may_mint(ngx_http_request_t *r,
    ngx_http_journey_ctx_t *ctx)
{
    /* HTTP/0.9 has no headers; what nginx refused was nobody's visit */

    if (r->header_sent || !ctx->phases || ctx->closed
        || r->http_version < NGX_HTTP_VERSION_10)
    {
        return 0;
    }

    if (r->method != NGX_HTTP_GET) {
        return ctx->site == NGX_HTTP_JOURNEY_SITE_SAME;
    }

    /* a browser neither sends nor takes a Lax cookie inside another site */

    return ctx->site != NGX_HTTP_JOURNEY_SITE_CROSS || !ctx->embedded
           || ctx->conf->cookie->cross_site;
}


static uint64_t
ngx_http_journey_visitor_random(void)
{
    union {
        u_char    bytes[crypto_shorthash_BYTES];
        uint64_t  number;
    } u;

    do {
        ngx_http_journey_mint.counter++;

        (void) crypto_shorthash(u.bytes,
                                (u_char *) &ngx_http_journey_mint.counter,
                                sizeof(uint64_t), ngx_http_journey_mint.key);

    } while (u.number == 0);

    return u.number;
}


static ngx_int_t
ngx_http_journey_visitor_set_cookie(ngx_http_request_t *r,
    ngx_http_journey_ctx_t *ctx, uint64_t visitor)
{
    u_char                          *p;
    size_t                           len;
    char                             value[NGX_HTTP_JOURNEY_COOKIE_LEN];
    ngx_uint_t                       secure;
    ngx_http_journey_cookie_t        cookie;
    ngx_http_journey_main_conf_t    *jmcf;
    ngx_http_journey_cookie_conf_t  *ccf;

    jmcf = ngx_http_get_module_main_conf(r, ngx_http_journey_module);
    ccf = ctx->conf->cookie;

    cookie.visitor = visitor;
    cookie.issued_s = (uint32_t) ngx_time();

    ngx_http_journey_cookie_encode(&jmcf->keys.cookie, &cookie, value);

    secure = ccf->secure;

#if (NGX_HTTP_SSL)
    if (ccf->secure_auto && r->connection->ssl) {
        secure = 1;
    }
#endif

    len = ccf->name.len + 1 + sizeof(value) + ccf->attributes.len
          + sizeof("; Secure") - 1;

    p = ngx_pnalloc(r->pool, len);
    if (p == NULL) {
        return NGX_ERROR;
    }

    ctx->set_cookie.data = p;

    p = ngx_cpymem(p, ccf->name.data, ccf->name.len);
    *p++ = '=';
    p = ngx_cpymem(p, value, sizeof(value));
    p = ngx_cpymem(p, ccf->attributes.data, ccf->attributes.len);

    if (secure) {
        p = ngx_cpymem(p, "; Secure", sizeof("; Secure") - 1);
    }

    ctx->set_cookie.len = p - ctx->set_cookie.data;

    return NGX_OK;
}
