/*
 * ngx_http_journey_privacy.c - the four modes, in one place: the rest of the
 * module asks bits of the context and never which mode it is.
 */

#include "ngx_http_journey_privacy.h"
#include "ngx_http_journey_cookieless.h"


ngx_str_t  ngx_http_journey_privacy_names[] = {
    ngx_string("full"),
    ngx_string("consent"),
    ngx_string("exempt"),
    ngx_string("cookieless"),
    ngx_null_string
};

ngx_conf_enum_t  ngx_http_journey_gpc[] = {
    { ngx_string("honor"), 0 },
    { ngx_string("ignore"), 1 },
    { ngx_null_string, 0 }
};


char *
ngx_http_journey_set_privacy(ngx_conf_t *cf, ngx_command_t *cmd, void *conf)
{
    ngx_http_journey_loc_conf_t  *jlcf = conf;

    ngx_str_t   *value, *name;
    ngx_uint_t   i;

    if (jlcf->privacy != NGX_CONF_UNSET_UINT) {
        return "is duplicate";
    }

    value = cf->args->elts;
    name = ngx_http_journey_privacy_names;

    for (i = 0; name[i].len; i++) {
        if (ngx_strcmp(value[1].data, name[i].data) == 0) {
            jlcf->privacy = i;
            return NGX_CONF_OK;
        }
    }

    ngx_conf_log_error(NGX_LOG_EMERG, cf, 0,
                       "invalid journey_privacy \"%V\": it is \"full\", "
                       "\"consent\", \"exempt\" or \"cookieless\"", &value[1]);

    return NGX_CONF_ERROR;
}


ngx_int_t
ngx_http_journey_privacy_check(ngx_conf_t *cf,
    ngx_http_journey_loc_conf_t *conf)
{
    ngx_http_journey_main_conf_t  *jmcf;

    jmcf = ngx_http_conf_get_module_main_conf(cf, ngx_http_journey_module);

    if (conf->privacy == NGX_CONF_UNSET_UINT) {
        ngx_log_error(NGX_LOG_EMERG, cf->log, 0,
                      "\"journey on\" needs a \"journey_privacy\": \"full\" "
                      "(a cookie and campaigns for everyone; you answer for "
                      "consent elsewhere), \"consent\" (no cookie and no "
                      "campaign before \"journey_consent\" is true), "
                      "\"exempt\" (a cookie for audience measurement, no "
                      "campaign and no value) or \"cookieless\" (a hash that "
                      "changes daily) for \"journey\" in %s:%ui",
                      conf->enable_file, conf->enable_line);
        return NGX_ERROR;
    }

    if (conf->privacy == NGX_HTTP_JOURNEY_PRIVACY_CONSENT
        && conf->consent == NULL)
    {
        ngx_log_error(NGX_LOG_EMERG, cf->log, 0,
                      "\"journey_privacy consent\" needs a "
                      "\"journey_consent\" that says who has consented, for "
                      "\"journey\" in %s:%ui",
                      conf->enable_file, conf->enable_line);
        return NGX_ERROR;
    }

    if (conf->privacy != NGX_HTTP_JOURNEY_PRIVACY_COOKIELESS) {
        jmcf->cookies = 1;
        return NGX_OK;
    }

    if (jmcf->salt == NULL) {
        jmcf->salt = ngx_http_journey_cookieless_zone(cf);
    }

    return jmcf->salt ? NGX_OK : NGX_ERROR;
}


void
ngx_http_journey_privacy_decide(ngx_http_request_t *r,
    ngx_http_journey_ctx_t *ctx)
{
    ngx_uint_t  objects;

    objects = (ctx->flags & JNY_ROW_GPC) && !ctx->conf->ignore_gpc;

    if (!objects && ngx_http_journey_true(r, ctx->conf->consent)) {
        ctx->flags |= JNY_ROW_CONSENT;
    }

    switch (ctx->conf->privacy) {

    case NGX_HTTP_JOURNEY_PRIVACY_FULL:
        ctx->identified = !objects;
        ctx->named = !objects;
        ctx->tagged = 1;
        ctx->paid = 1;
        break;

    case NGX_HTTP_JOURNEY_PRIVACY_CONSENT:
        ctx->identified = (ctx->flags & JNY_ROW_CONSENT) != 0;
        ctx->named = ctx->identified;
        ctx->tagged = ctx->identified;
        ctx->paid = 1;
        break;

    case NGX_HTTP_JOURNEY_PRIVACY_EXEMPT:
        ctx->identified = !objects;
        break;

    default: /* NGX_HTTP_JOURNEY_PRIVACY_COOKIELESS */
        ctx->tagged = 1;
        ctx->paid = 1;

        /* what nginx refused before any location was nobody's visit */

        if (!objects && ctx->phases) {
            ctx->visitor = ngx_http_journey_cookieless_visitor(r);
        }
    }
}
