/*
 * ngx_http_journey_variables.c - what the record says, for the rest of the
 * configuration.
 *
 * All are evaluated anew at each use: before the log phase they say what would
 * be logged now, in it what was logged.
 */

#include "ngx_http_journey_variables.h"
#include "ngx_http_journey_row.h"
#include "ngx_http_journey_upstream.h"
#include "ngx_http_journey_visitor.h"


typedef ngx_str_t (*ngx_http_journey_text_pt)(ngx_http_request_t *r,
    ngx_http_journey_ctx_t *ctx);


static ngx_int_t ngx_http_journey_variable(ngx_http_request_t *r,
    ngx_http_variable_value_t *v, uintptr_t data);
static ngx_str_t ngx_http_journey_variable_visitor(ngx_http_request_t *r,
    ngx_http_journey_ctx_t *ctx);
static ngx_str_t ngx_http_journey_variable_new(ngx_http_request_t *r,
    ngx_http_journey_ctx_t *ctx);
static ngx_str_t ngx_http_journey_variable_logged(ngx_http_request_t *r,
    ngx_http_journey_ctx_t *ctx);


typedef struct {
    ngx_str_t                 name;
    ngx_http_journey_text_pt  text;
} ngx_http_journey_variable_t;


static ngx_http_journey_variable_t  ngx_http_journey_variables[] = {

    { ngx_string("journey_visitor"), ngx_http_journey_variable_visitor },
    { ngx_string("journey_visitor_new"), ngx_http_journey_variable_new },
    { ngx_string("journey_stage"), ngx_http_journey_row_stage },
    { ngx_string("journey_touchpoint"), ngx_http_journey_row_touchpoint },
    { ngx_string("journey_campaign"), ngx_http_journey_row_campaign },
    { ngx_string("journey_logged"), ngx_http_journey_variable_logged },
    { ngx_null_string, NULL }
};


ngx_int_t
ngx_http_journey_variables_add(ngx_conf_t *cf)
{
    ngx_http_variable_t          *var;
    ngx_http_journey_variable_t  *v;

    for (v = ngx_http_journey_variables; v->text; v++) {

        var = ngx_http_add_variable(cf, &v->name, NGX_HTTP_VAR_NOCACHEABLE);
        if (var == NULL) {
            return NGX_ERROR;
        }

        var->get_handler = ngx_http_journey_variable;
        var->data = (uintptr_t) v;
    }

    return NGX_OK;
}


static ngx_int_t
ngx_http_journey_variable(ngx_http_request_t *r, ngx_http_variable_value_t *v,
    uintptr_t data)
{
    ngx_str_t                     text;
    ngx_http_journey_ctx_t       *ctx;
    ngx_http_journey_variable_t  *var;

    ctx = ngx_http_journey_ctx_get(r);

    if (ctx == NULL) {
        v->not_found = 1;
        return NGX_OK;
    }

    ngx_http_journey_upstream_note(r->main, ctx);

    var = (ngx_http_journey_variable_t *) data;
    text = var->text(r->main, ctx);

    v->data = text.data;
    v->len = text.len;
    v->valid = 1;
    v->no_cacheable = 0;
    v->not_found = 0;

    return NGX_OK;
}


static ngx_str_t
ngx_http_journey_variable_visitor(ngx_http_request_t *r,
    ngx_http_journey_ctx_t *ctx)
{
    ngx_str_t  id;

    ngx_str_null(&id);

    ngx_http_journey_visitor_mint(r, ctx);

    if (ctx->visitor == 0) {
        return id;
    }

    id.data = ngx_pnalloc(r->pool, 16);
    if (id.data == NULL) {
        return id;
    }

    id.len = ngx_sprintf(id.data, "%016xL", (int64_t) ctx->visitor) - id.data;

    return id;
}


static ngx_str_t
ngx_http_journey_variable_new(ngx_http_request_t *r,
    ngx_http_journey_ctx_t *ctx)
{
    ngx_str_t  yes = ngx_string("1");
    ngx_str_t  no = ngx_string("0");

    ngx_http_journey_visitor_mint(r, ctx);

    return (ctx->flags & JNY_ROW_NEW_VISITOR) ? yes : no;
}


static ngx_str_t
ngx_http_journey_variable_logged(ngx_http_request_t *r,
    ngx_http_journey_ctx_t *ctx)
{
    ngx_str_t  yes = ngx_string("1");
    ngx_str_t  no = ngx_string("0");

    return ctx->logged ? yes : no;
}
