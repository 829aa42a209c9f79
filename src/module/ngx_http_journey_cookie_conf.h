/*
 * ngx_http_journey_cookie_conf.h - the directive journey_cookie.
 */

#ifndef NGX_HTTP_JOURNEY_COOKIE_CONF_H
#define NGX_HTTP_JOURNEY_COOKIE_CONF_H

#include "ngx_http_journey_module.h"


#define NGX_HTTP_JOURNEY_COOKIE_NAME      "jny"

/* 13 months, the most that the French rule on audience measurement allows */
#define NGX_HTTP_JOURNEY_COOKIE_EXPIRES_S (390 * 24 * 60 * 60)


/* A ngx_command_t's set; conf is the ngx_http_journey_loc_conf_t. */
char *ngx_http_journey_set_cookie(ngx_conf_t *cf, ngx_command_t *cmd,
    void *conf);

/* What holds without a journey_cookie.  NULL without memory. */
ngx_http_journey_cookie_conf_t *ngx_http_journey_cookie_default(
    ngx_conf_t *cf);


#endif /* NGX_HTTP_JOURNEY_COOKIE_CONF_H */
