/*
 * ngx_http_journey_directives.h - setters of the directives that nginx has no
 * slot function for (docs/DIRECTIVES.md).  Each is a ngx_command_t's set: it
 * returns NGX_CONF_OK, NGX_CONF_ERROR after an [emerg] of its own, or the text
 * that nginx puts behind the directive's name.
 */

#ifndef NGX_HTTP_JOURNEY_DIRECTIVES_H
#define NGX_HTTP_JOURNEY_DIRECTIVES_H

#include <ngx_config.h>
#include <ngx_core.h>
#include <ngx_http.h>


/* conf is the ngx_http_journey_main_conf_t. */
char *ngx_http_journey_set_spool(ngx_conf_t *cf, ngx_command_t *cmd,
    void *conf);
char *ngx_http_journey_set_key(ngx_conf_t *cf, ngx_command_t *cmd,
    void *conf);

/* conf is the ngx_http_journey_loc_conf_t. */
char *ngx_http_journey_set_enable(ngx_conf_t *cf, ngx_command_t *cmd,
    void *conf);
char *ngx_http_journey_set_log(ngx_conf_t *cf, ngx_command_t *cmd,
    void *conf);
char *ngx_http_journey_set_campaign(ngx_conf_t *cf, ngx_command_t *cmd,
    void *conf);
char *ngx_http_journey_set_value(ngx_conf_t *cf, ngx_command_t *cmd,
    void *conf);
char *ngx_http_journey_set_field(ngx_conf_t *cf, ngx_command_t *cmd,
    void *conf);


#endif /* NGX_HTTP_JOURNEY_DIRECTIVES_H */
