/*
 * ngx_http_journey_beacon.c - a request that is nothing but a touchpoint.
 *
 *     may it?  method, origin, size, type       405, 400, 413
 *     what?    its fields (_form.c), or the token of a mail (_token.c)  400
 *     the row  written here and now, not in the log phase, so the answer
 *              can tell: 204 committed, 202 not wanted, 503 dropped
 *
 * A beacon never gets a cookie: the page that sent it did.
 */

#include "ngx_http_journey_beacon.h"
#include "ngx_http_journey_campaign.h"
#include "ngx_http_journey_origin.h"
#include "ngx_http_journey_page.h"
#include "ngx_http_journey_row.h"
#include "ngx_http_journey_token.h"


#define NGX_HTTP_JOURNEY_BEACON_TOKEN  "token="
#define NGX_HTTP_JOURNEY_BEACON_MAIL   "mail: "


static ngx_int_t ngx_http_journey_beacon_handler(ngx_http_request_t *r);
static ngx_int_t ngx_http_journey_beacon_post(ngx_http_request_t *r);
static ngx_int_t ngx_http_journey_beacon_get(ngx_http_request_t *r);
static void ngx_http_journey_beacon_body(ngx_http_request_t *r);
static ngx_int_t ngx_http_journey_beacon_read(ngx_http_request_t *r,
    ngx_str_t *form);
static ngx_int_t ngx_http_journey_beacon_copy(ngx_http_request_t *r,
    ngx_buf_t *b, u_char *p);
static ngx_int_t ngx_http_journey_beacon_form(ngx_http_request_t *r,
    ngx_str_t *form);
static void ngx_http_journey_beacon_names(ngx_http_request_t *r,
    ngx_http_journey_form_names_t *names);
static ngx_int_t ngx_http_journey_beacon_mail(ngx_http_request_t *r,
    ngx_str_t *text);
static ngx_int_t ngx_http_journey_beacon_write(ngx_http_request_t *r,
    jny_row_t *beacon);
static void ngx_http_journey_beacon_page(ngx_http_request_t *r,
    jny_row_t *beacon);
static ngx_int_t ngx_http_journey_beacon_answer(ngx_http_request_t *r,
    ngx_uint_t status);
static ngx_int_t ngx_http_journey_beacon_reject(ngx_http_request_t *r,
    ngx_uint_t reason, ngx_int_t status);
static ngx_uint_t ngx_http_journey_beacon_type(ngx_http_request_t *r);


char *
ngx_http_journey_set_beacon(ngx_conf_t *cf, ngx_command_t *cmd, void *conf)
{
    ngx_http_core_loc_conf_t      *clcf;
    ngx_http_journey_main_conf_t  *jmcf;

    clcf = ngx_http_conf_get_module_loc_conf(cf, ngx_http_core_module);

    if (clcf->handler) {
        return "is duplicate, or another handler is in this location";
    }

    clcf->handler = ngx_http_journey_beacon_handler;

    ((ngx_http_journey_loc_conf_t *) conf)->beacon = 1;

    jmcf = ngx_http_conf_get_module_main_conf(cf, ngx_http_journey_module);
    jmcf->counted = 1;

    return NGX_CONF_OK;
}


void
ngx_http_journey_merge_beacon(ngx_conf_t *cf,
    ngx_http_journey_loc_conf_t *prev, ngx_http_journey_loc_conf_t *conf)
{
    ngx_http_core_loc_conf_t  *clcf;

    clcf = ngx_http_conf_get_module_loc_conf(cf, ngx_http_core_module);

    /* an "if" with a proxy_pass is that application's */

    if (!clcf->noname || !prev->beacon || clcf->handler) {
        return;
    }

    conf->beacon = 1;

    /* nginx keeps the handler in an "if" only */

    if (clcf->lmt_excpt) {
        clcf->handler = ngx_http_journey_beacon_handler;
    }
}


static ngx_int_t
ngx_http_journey_beacon_handler(ngx_http_request_t *r)
{
    size_t     len;
    ngx_int_t  rc;
    ngx_str_t  form;

    if (r != r->main) {
        return NGX_HTTP_FORBIDDEN;
    }

    if (!(r->method & (NGX_HTTP_GET | NGX_HTTP_POST))) {
        return ngx_http_journey_beacon_reject(r,
                                              NGX_HTTP_JOURNEY_REJECT_METHOD,
                                              NGX_HTTP_NOT_ALLOWED);
    }

    if (r->headers_in.content_length_n > NGX_HTTP_JOURNEY_FORM_MAX
        || r->args.len > NGX_HTTP_JOURNEY_FORM_MAX)
    {
        return ngx_http_journey_beacon_reject(
            r, NGX_HTTP_JOURNEY_REJECT_TOO_LARGE,
            NGX_HTTP_REQUEST_ENTITY_TOO_LARGE);
    }

    len = sizeof(NGX_HTTP_JOURNEY_BEACON_TOKEN) - 1;

    if (r->method == NGX_HTTP_GET && r->args.len > len
        && ngx_strncmp(r->args.data, NGX_HTTP_JOURNEY_BEACON_TOKEN, len) == 0)
    {
        form.data = r->args.data + len;
        form.len = r->args.len - len;

        rc = ngx_http_discard_request_body(r);

        return rc == NGX_OK ? ngx_http_journey_beacon_mail(r, &form) : rc;
    }

    if (!ngx_http_journey_origin_own(r)) {
        return ngx_http_journey_beacon_reject(
            r, NGX_HTTP_JOURNEY_REJECT_CROSS_SITE, NGX_HTTP_BAD_REQUEST);
    }

    return r->method == NGX_HTTP_POST ? ngx_http_journey_beacon_post(r)
                                      : ngx_http_journey_beacon_get(r);
}


static ngx_int_t
ngx_http_journey_beacon_post(ngx_http_request_t *r)
{
    ngx_int_t  rc;

    if (!ngx_http_journey_beacon_type(r)) {
        return ngx_http_journey_beacon_reject(r, NGX_HTTP_JOURNEY_REJECT_TYPE,
                                              NGX_HTTP_BAD_REQUEST);
    }

    r->request_body_in_single_buf = 1;

    rc = ngx_http_read_client_request_body(r, ngx_http_journey_beacon_body);

    return rc >= NGX_HTTP_SPECIAL_RESPONSE ? rc : NGX_DONE;
}


static ngx_int_t
ngx_http_journey_beacon_get(ngx_http_request_t *r)
{
    ngx_int_t  rc;
    ngx_str_t  form;

    rc = ngx_http_discard_request_body(r);

    if (rc != NGX_OK) {
        return rc;
    }

    form.len = r->args.len;
    form.data = ngx_pnalloc(r->pool, form.len + 1);

    if (form.data == NULL) {
        return NGX_HTTP_INTERNAL_SERVER_ERROR;
    }

    ngx_memcpy(form.data, r->args.data, form.len);

    return ngx_http_journey_beacon_form(r, &form);
}


static void
ngx_http_journey_beacon_body(ngx_http_request_t *r)
{
    ngx_int_t  rc;
    ngx_str_t  form;

    rc = ngx_http_journey_beacon_read(r, &form);

    if (rc == NGX_OK) {
        rc = ngx_http_journey_beacon_form(r, &form);

    } else if (rc == NGX_DECLINED) {
        rc = ngx_http_journey_beacon_reject(
            r, NGX_HTTP_JOURNEY_REJECT_TOO_LARGE,
            NGX_HTTP_REQUEST_ENTITY_TOO_LARGE);

    } else {
        rc = NGX_HTTP_INTERNAL_SERVER_ERROR;
    }

    ngx_http_finalize_request(r, rc);
}


/* The body in one piece.  NGX_DECLINED: it is too large; NGX_ERROR. */

static ngx_int_t
ngx_http_journey_beacon_read(ngx_http_request_t *r, ngx_str_t *form)
{
    off_t         size;
    ngx_chain_t  *cl, *bufs;

    size = 0;
    bufs = r->request_body ? r->request_body->bufs : NULL;

    for (cl = bufs; cl; cl = cl->next) {
        size += ngx_buf_size(cl->buf);
    }

    if (size > NGX_HTTP_JOURNEY_FORM_MAX) {
        return NGX_DECLINED;
    }

    form->len = 0;
    form->data = ngx_pnalloc(r->pool, (size_t) size + 1);

    if (form->data == NULL) {
        return NGX_ERROR;
    }

    for (cl = bufs; cl; cl = cl->next) {

        if (ngx_http_journey_beacon_copy(r, cl->buf, form->data + form->len)
            != NGX_OK)
        {
            return NGX_ERROR;
        }

        form->len += (size_t) ngx_buf_size(cl->buf);
    }

    return NGX_OK;
}


/* A body is in a file where client_body_buffer_size is small. */

static ngx_int_t
ngx_http_journey_beacon_copy(ngx_http_request_t *r, ngx_buf_t *b, u_char *p)
{
    size_t  size;

    size = (size_t) ngx_buf_size(b);

    if (size == 0) {
        return NGX_OK;
    }

    if (!b->in_file) {
        ngx_memcpy(p, b->pos, size);
        return NGX_OK;
    }

    return ngx_read_file(b->file, p, size, b->file_pos) == (ssize_t) size
               ? NGX_OK : NGX_ERROR;
}


static ngx_int_t
ngx_http_journey_beacon_form(ngx_http_request_t *r, ngx_str_t *form)
{
    int                            reason;
    jny_row_t                      beacon;
    ngx_http_journey_form_names_t  names;

    ngx_http_journey_beacon_names(r, &names);

    reason = ngx_http_journey_form_parse(form->data, form->len, &names,
                                         &beacon);

    if (reason != -1) {
        return ngx_http_journey_beacon_reject(r, reason,
                                              NGX_HTTP_BAD_REQUEST);
    }

    ngx_http_journey_beacon_page(r, &beacon);

    return ngx_http_journey_beacon_answer(
        r, ngx_http_journey_beacon_write(r, &beacon));
}


static void
ngx_http_journey_beacon_names(ngx_http_request_t *r,
    ngx_http_journey_form_names_t *names)
{
    ngx_str_t                *s;
    ngx_uint_t                i;
    ngx_http_journey_logs_t  *logs;

    ngx_memzero(names, sizeof(ngx_http_journey_form_names_t));

    logs = &((ngx_http_journey_main_conf_t *)
                 ngx_http_get_module_main_conf(r, ngx_http_journey_module))
                ->logs;

    if (logs->stages) {
        s = logs->stages->elts;
        names->nstages = logs->stages->nelts;

        for (i = 0; i < names->nstages; i++) {
            names->stages[i].data = s[i].data;
            names->stages[i].len = s[i].len;
        }
    }

    if (logs->fields) {
        s = logs->fields->elts;
        names->nfields = logs->fields->nelts;

        for (i = 0; i < names->nfields; i++) {
            names->fields[i].data = s[i].data;
            names->fields[i].len = s[i].len;
        }
    }
}


/* A mail was opened.  What is connected to no page has no visitor either. */

static ngx_int_t
ngx_http_journey_beacon_mail(ngx_http_request_t *r, ngx_str_t *text)
{
    u_char                        *p;
    size_t                         len;
    jny_row_t                      beacon;
    ngx_http_journey_token_t       token;
    ngx_http_journey_main_conf_t  *jmcf;

    jmcf = ngx_http_get_module_main_conf(r, ngx_http_journey_module);

    switch (ngx_http_journey_token_read(&jmcf->keys.cookie, text->data,
                                        text->len, ngx_time(), &token))
    {

    case NGX_HTTP_JOURNEY_TOKEN_OK:
        break;

    case NGX_HTTP_JOURNEY_TOKEN_EXPIRED:
        return ngx_http_journey_beacon_reject(
            r, NGX_HTTP_JOURNEY_REJECT_EXPIRED, NGX_HTTP_BAD_REQUEST);

    default: /* NGX_HTTP_JOURNEY_TOKEN_INVALID */
        return ngx_http_journey_beacon_reject(
            r, NGX_HTTP_JOURNEY_REJECT_TOKEN, NGX_HTTP_BAD_REQUEST);
    }

    len = sizeof(NGX_HTTP_JOURNEY_BEACON_MAIL) - 1 + token.mailing.len;

    p = ngx_pnalloc(r->pool, len);
    if (p == NULL) {
        return NGX_HTTP_INTERNAL_SERVER_ERROR;
    }

    ngx_memzero(&beacon, sizeof(jny_row_t));

    beacon.login = token.recipient;
    beacon.text[JNY_TEXT_TOUCHPOINT].data = p;
    beacon.text[JNY_TEXT_TOUCHPOINT].len = len;

    p = ngx_cpymem(p, NGX_HTTP_JOURNEY_BEACON_MAIL,
                   sizeof(NGX_HTTP_JOURNEY_BEACON_MAIL) - 1);
    ngx_memcpy(p, token.mailing.data, token.mailing.len);

    return ngx_http_journey_beacon_answer(
        r, ngx_http_journey_beacon_write(r, &beacon));
}


/* The status that says what became of the row. */

static ngx_int_t
ngx_http_journey_beacon_write(ngx_http_request_t *r, jny_row_t *beacon)
{
    ngx_http_journey_ctx_t  *ctx;

    ctx = ngx_http_journey_ctx_last(r);

    if (ctx == NULL) {
        return NGX_HTTP_ACCEPTED;
    }

    ctx->pending = 0;
    r->headers_out.status = NGX_HTTP_NO_CONTENT;

    switch (ngx_http_journey_row_write(r, ctx, beacon)) {

    case NGX_OK:
        ngx_http_journey_count(NGX_HTTP_JOURNEY_COUNT_BEACON, 1);
        return NGX_HTTP_NO_CONTENT;

    case NGX_DONE:
        return NGX_HTTP_ACCEPTED;

    default: /* NGX_DECLINED */
        return NGX_HTTP_SERVICE_UNAVAILABLE;
    }
}


/* The page is the one that sent the beacon, where the browser names it. */

static void
ngx_http_journey_beacon_page(ngx_http_request_t *r, jny_row_t *beacon)
{
    u_char     *path, *end, *out;
    ngx_str_t  *url;

    if (r->headers_in.referer == NULL) {
        return;
    }

    url = &r->headers_in.referer->value;

    if (!ngx_http_journey_own_url(r, url)) {
        return;
    }

    end = url->data + url->len;
    path = ngx_strlchr(url->data, end, ':');

    if (path == NULL || end - path < 3) {
        return;
    }

    path = ngx_strlchr(path + 3, end, '/');

    if (path == NULL) {
        path = (u_char *) "/";
        end = path + 1;
    }

    out = ngx_pnalloc(r->pool, (size_t) (end - path) + 1);
    if (out == NULL) {
        return;
    }

    beacon->text[JNY_TEXT_PAGE].data = out;
    beacon->text[JNY_TEXT_PAGE].len =
        ngx_http_journey_page(path, (size_t) (end - path), out);
}


static ngx_int_t
ngx_http_journey_beacon_answer(ngx_http_request_t *r, ngx_uint_t status)
{
    ngx_table_elt_t  *h;

    /* browsers may keep a 204, and the next pixel would not be asked for */

    h = ngx_list_push(&r->headers_out.headers);
    if (h == NULL) {
        return NGX_HTTP_INTERNAL_SERVER_ERROR;
    }

    ngx_memzero(h, sizeof(ngx_table_elt_t));
    h->hash = 1;
    ngx_str_set(&h->key, "Cache-Control");
    ngx_str_set(&h->value, "no-store");

    if (status >= NGX_HTTP_SPECIAL_RESPONSE) {
        return status;
    }

    r->headers_out.status = status;
    r->headers_out.content_length_n = 0;
    r->header_only = 1;

    return ngx_http_send_header(r);
}


static ngx_int_t
ngx_http_journey_beacon_reject(ngx_http_request_t *r, ngx_uint_t reason,
    ngx_int_t status)
{
    ngx_http_journey_ctx_t  *ctx;

    ctx = ngx_http_journey_ctx_last(r);

    if (ctx) {
        ctx->pending = 0;
    }

    ngx_http_journey_count(NGX_HTTP_JOURNEY_COUNT_REJECT + reason, 1);

    return ngx_http_journey_beacon_answer(r, status);
}


/* The two types of a form that a page may send without asking first. */

static ngx_uint_t
ngx_http_journey_beacon_type(ngx_http_request_t *r)
{
    size_t       len;
    ngx_str_t   *value;
    ngx_uint_t   i;

    static ngx_str_t  types[] = {
        ngx_string("text/plain"),
        ngx_string("application/x-www-form-urlencoded")
    };

    if (r->headers_in.content_type == NULL) {
        return 0;
    }

    value = &r->headers_in.content_type->value;

    for (i = 0; i < 2; i++) {
        len = types[i].len;

        if (value->len >= len
            && ngx_strncasecmp(value->data, types[i].data, len) == 0
            && (value->len == len || value->data[len] == ';'
                || value->data[len] == ' '))
        {
            return 1;
        }
    }

    return 0;
}
