/*
 * ngx_http_journey_cookie_conf.c - journey_cookie's parameters, and everything
 * of the Set-Cookie header that is the same for all visitors.
 */

#include "ngx_http_journey_cookie_conf.h"


#define NGX_HTTP_JOURNEY_SECURE_AUTO 0
#define NGX_HTTP_JOURNEY_SECURE_ON   1
#define NGX_HTTP_JOURNEY_SECURE_OFF  2


typedef struct {
    ngx_str_t   name;
    ngx_str_t   domain;
    ngx_str_t   path;
    ngx_str_t   samesite;      /* as the header spells it */
    time_t      expires;
    ngx_uint_t  secure;
} ngx_http_journey_cookie_params_t;


static void ngx_http_journey_cookie_init(
    ngx_http_journey_cookie_params_t *params);
static char *ngx_http_journey_cookie_param(ngx_str_t *arg,
    ngx_http_journey_cookie_params_t *params);
static char *ngx_http_journey_cookie_expires(ngx_str_t *value,
    ngx_http_journey_cookie_params_t *params);
static char *ngx_http_journey_cookie_samesite(ngx_str_t *value,
    ngx_http_journey_cookie_params_t *params);
static char *ngx_http_journey_cookie_secure(ngx_str_t *value,
    ngx_http_journey_cookie_params_t *params);
static ngx_uint_t ngx_http_journey_cookie_token(ngx_str_t *value);
static ngx_uint_t ngx_http_journey_cookie_plain(ngx_str_t *value);
static char *ngx_http_journey_cookie_rules(
    ngx_http_journey_cookie_params_t *params);
static ngx_http_journey_cookie_conf_t *ngx_http_journey_cookie_make(
    ngx_conf_t *cf, ngx_http_journey_cookie_params_t *params);


char *
ngx_http_journey_set_cookie(ngx_conf_t *cf, ngx_command_t *cmd, void *conf)
{
    ngx_http_journey_loc_conf_t  *jlcf = conf;

    char                              *allowed, *broken;
    ngx_str_t                         *value;
    ngx_uint_t                         i;
    ngx_http_journey_cookie_params_t   params;

    if (jlcf->cookie) {
        return "is duplicate";
    }

    value = cf->args->elts;

    ngx_http_journey_cookie_init(&params);
    params.name = value[1];

    if (!ngx_http_journey_cookie_token(&params.name)) {
        ngx_conf_log_error(NGX_LOG_EMERG, cf, 0,
                           "\"%V\" cannot be the name of a cookie", &value[1]);
        return NGX_CONF_ERROR;
    }

    for (i = 2; i < cf->args->nelts; i++) {
        allowed = ngx_http_journey_cookie_param(&value[i], &params);

        if (allowed) {
            ngx_conf_log_error(NGX_LOG_EMERG, cf, 0,
                               "invalid parameter \"%V\" of "
                               "\"journey_cookie\": %s", &value[i], allowed);
            return NGX_CONF_ERROR;
        }
    }

    broken = ngx_http_journey_cookie_rules(&params);

    if (broken) {
        ngx_conf_log_error(NGX_LOG_EMERG, cf, 0,
                           "the cookie \"%V\" would not work: %s",
                           &params.name, broken);
        return NGX_CONF_ERROR;
    }

    jlcf->cookie = ngx_http_journey_cookie_make(cf, &params);

    return jlcf->cookie ? NGX_CONF_OK : NGX_CONF_ERROR;
}


ngx_http_journey_cookie_conf_t *
ngx_http_journey_cookie_default(ngx_conf_t *cf)
{
    ngx_http_journey_cookie_params_t  params;

    ngx_http_journey_cookie_init(&params);

    return ngx_http_journey_cookie_make(cf, &params);
}


static void
ngx_http_journey_cookie_init(ngx_http_journey_cookie_params_t *params)
{
    ngx_memzero(params, sizeof(ngx_http_journey_cookie_params_t));

    ngx_str_set(&params->name, NGX_HTTP_JOURNEY_COOKIE_NAME);
    ngx_str_set(&params->path, "/");
    ngx_str_set(&params->samesite, "Lax");
    params->expires = NGX_HTTP_JOURNEY_COOKIE_EXPIRES_S;
    params->secure = NGX_HTTP_JOURNEY_SECURE_AUTO;
}


/* What would be allowed, or NULL when the parameter was taken. */

static char *
ngx_http_journey_cookie_param(ngx_str_t *arg,
    ngx_http_journey_cookie_params_t *params)
{
    u_char     *equal;
    ngx_str_t   key, value;

    static char  unknown[] = "it takes domain=, path=, expires=, samesite= "
                             "and secure=";

    equal = ngx_strlchr(arg->data, arg->data + arg->len, '=');

    if (equal == NULL) {
        return unknown;
    }

    key.data = arg->data;
    key.len = equal - arg->data;
    value.data = equal + 1;
    value.len = arg->len - key.len - 1;

    if (value.len == 0 || !ngx_http_journey_cookie_plain(&value)) {
        return "a value is not empty and has no blank, \";\" or byte beyond "
               "ASCII";
    }

    if (key.len == 6 && ngx_strncmp(key.data, "domain", 6) == 0) {
        params->domain = value;
        return NULL;
    }

    if (key.len == 4 && ngx_strncmp(key.data, "path", 4) == 0) {
        params->path = value;
        return (value.data[0] == '/') ? NULL : "path= begins with \"/\"";
    }

    if (key.len == 7 && ngx_strncmp(key.data, "expires", 7) == 0) {
        return ngx_http_journey_cookie_expires(&value, params);
    }

    if (key.len == 8 && ngx_strncmp(key.data, "samesite", 8) == 0) {
        return ngx_http_journey_cookie_samesite(&value, params);
    }

    if (key.len == 6 && ngx_strncmp(key.data, "secure", 6) == 0) {
        return ngx_http_journey_cookie_secure(&value, params);
    }

    return unknown;
}


static char *
ngx_http_journey_cookie_expires(ngx_str_t *value,
    ngx_http_journey_cookie_params_t *params)
{
    params->expires = ngx_parse_time(value, 1);

    if (params->expires == (time_t) NGX_ERROR || params->expires == 0
        || params->expires > NGX_HTTP_JOURNEY_COOKIE_EXPIRES_S)
    {
        return "expires= takes a time from 1s to 390d";
    }

    return NULL;
}


static char *
ngx_http_journey_cookie_samesite(ngx_str_t *value,
    ngx_http_journey_cookie_params_t *params)
{
    if (ngx_strcmp(value->data, "lax") == 0) {
        ngx_str_set(&params->samesite, "Lax");

    } else if (ngx_strcmp(value->data, "strict") == 0) {
        ngx_str_set(&params->samesite, "Strict");

    } else if (ngx_strcmp(value->data, "none") == 0) {
        ngx_str_set(&params->samesite, "None");

    } else {
        return "samesite= takes \"lax\" or \"none\"";
    }

    return NULL;
}


static char *
ngx_http_journey_cookie_secure(ngx_str_t *value,
    ngx_http_journey_cookie_params_t *params)
{
    if (ngx_strcmp(value->data, "auto") == 0) {
        params->secure = NGX_HTTP_JOURNEY_SECURE_AUTO;

    } else if (ngx_strcmp(value->data, "on") == 0) {
        params->secure = NGX_HTTP_JOURNEY_SECURE_ON;

    } else if (ngx_strcmp(value->data, "off") == 0) {
        params->secure = NGX_HTTP_JOURNEY_SECURE_OFF;

    } else {
        return "secure= takes \"auto\", \"on\" or \"off\"";
    }

    return NULL;
}


/* A token of RFC 9110, 5.6.2. */

static ngx_uint_t
ngx_http_journey_cookie_token(ngx_str_t *value)
{
    u_char      c;
    ngx_uint_t  i;

    for (i = 0; i < value->len; i++) {
        c = value->data[i];

        if (c <= ' ' || c >= 0x7f || ngx_strchr("()<>@,;:\\\"/[]?={}", c)) {
            return 0;
        }
    }

    return value->len > 0;
}


/* What may stand in an attribute (RFC 6265, 4.1.1: av-octet, no blanks). */

static ngx_uint_t
ngx_http_journey_cookie_plain(ngx_str_t *value)
{
    ngx_uint_t  i;

    for (i = 0; i < value->len; i++) {
        if (value->data[i] <= ' ' || value->data[i] >= 0x7f
            || value->data[i] == ';')
        {
            return 0;
        }
    }

    return 1;
}


/* Why browsers would not keep it (RFC 6265bis, 4.1.3 and 5.7), or NULL. */

static char *
ngx_http_journey_cookie_rules(ngx_http_journey_cookie_params_t *params)
{
    ngx_uint_t  host, secure;

    host = ngx_strncasecmp(params->name.data, (u_char *) "__Host-", 7) == 0;
    secure = ngx_strncasecmp(params->name.data, (u_char *) "__Secure-", 9)
             == 0;

    if (host && (params->domain.len || params->path.len != 1)) {
        return "the prefix \"__Host-\" allows no domain= and only path=/";
    }

    /*
     * A visitor who comes by an ad would be a new one each time: the cookie
     * is withheld when another site leads here, a new one is accepted.
     */

    if (params->samesite.data[0] == 'S') {
        return "browsers withhold a samesite=strict cookie when a link of "
               "another site leads here, and the new one would overwrite it, "
               "use samesite=lax";
    }

    if ((host || secure || params->samesite.data[0] == 'N')
        && params->secure == NGX_HTTP_JOURNEY_SECURE_OFF)
    {
        return "the prefixes \"__Host-\" and \"__Secure-\" and samesite=none "
               "forbid secure=off";
    }

    if (host || secure || params->samesite.data[0] == 'N') {
        params->secure = NGX_HTTP_JOURNEY_SECURE_ON;
    }

    return NULL;
}


static ngx_http_journey_cookie_conf_t *
ngx_http_journey_cookie_make(ngx_conf_t *cf,
    ngx_http_journey_cookie_params_t *params)
{
    u_char                          *p;
    size_t                           len;
    ngx_http_journey_cookie_conf_t  *ccf;

    ccf = ngx_pcalloc(cf->pool, sizeof(ngx_http_journey_cookie_conf_t));
    if (ccf == NULL) {
        return NULL;
    }

    len = sizeof("; Max-Age=; Path=; Domain=; HttpOnly; SameSite=")
          + NGX_TIME_T_LEN + params->path.len + params->domain.len
          + params->samesite.len;

    p = ngx_pnalloc(cf->pool, len);
    if (p == NULL) {
        return NULL;
    }

    ccf->name = params->name;
    ccf->expires = params->expires;
    ccf->secure = (params->secure == NGX_HTTP_JOURNEY_SECURE_ON);
    ccf->secure_auto = (params->secure == NGX_HTTP_JOURNEY_SECURE_AUTO);
    ccf->cross_site = (params->samesite.data[0] == 'N');

    ccf->attributes.data = p;

    p = ngx_sprintf(p, "; Max-Age=%T; Path=%V", params->expires,
                    &params->path);

    if (params->domain.len) {
        p = ngx_sprintf(p, "; Domain=%V", &params->domain);
    }

    p = ngx_sprintf(p, "; HttpOnly; SameSite=%V", &params->samesite);

    ccf->attributes.len = p - ccf->attributes.data;

    return ccf;
}
