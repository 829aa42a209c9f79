/*
 * ngx_http_journey_login.h - journey_visitor: who has logged in, as a hash
 * that only the holder of the key can make.
 */

#ifndef NGX_HTTP_JOURNEY_LOGIN_H
#define NGX_HTTP_JOURNEY_LOGIN_H

#include "ngx_http_journey_ctx.h"


/* The ngx_command_t's set; conf is the ngx_http_journey_loc_conf_t. */
char *ngx_http_journey_set_visitor(ngx_conf_t *cf, ngx_command_t *cmd,
    void *conf);

/*
 * At postconfiguration: whether there is a key for the logins, if there are
 * any.  NGX_OK, or NGX_ERROR after an [emerg].
 */
ngx_int_t ngx_http_journey_login_check(ngx_conf_t *cf,
    ngx_http_journey_main_conf_t *jmcf);

/*
 * The hash of this request's login for the column "login": SipHash-2-4
 * (Aumasson and Bernstein 2012) of the value as it is, read as a little-endian
 * integer.  0: nobody is logged in, or privacy forbids to say so.
 */
uint64_t ngx_http_journey_login(ngx_http_request_t *r,
    ngx_http_journey_ctx_t *ctx);


#endif /* NGX_HTTP_JOURNEY_LOGIN_H */
