/*
 * ngx_http_journey_stages.h - journey_stages and journey_stage, and whether
 * they agree (docs/DIRECTIVES.md).
 */

#ifndef NGX_HTTP_JOURNEY_STAGES_H
#define NGX_HTTP_JOURNEY_STAGES_H

#include "ngx_http_journey_module.h"


/* A ngx_command_t's set; conf is the ngx_http_journey_main_conf_t. */
char *ngx_http_journey_set_stages(ngx_conf_t *cf, ngx_command_t *cmd,
    void *conf);

/* A ngx_command_t's set; conf is the ngx_http_journey_loc_conf_t. */
char *ngx_http_journey_set_stage(ngx_conf_t *cf, ngx_command_t *cmd,
    void *conf);

/*
 * To be called when http is read whole: no journey_stage without a
 * journey_stages, and none without variables that names another stage.
 * NGX_CONF_OK, or NGX_CONF_ERROR after an [emerg] with the line.
 */
char *ngx_http_journey_stages_check(ngx_conf_t *cf,
    ngx_http_journey_main_conf_t *jmcf);


#endif /* NGX_HTTP_JOURNEY_STAGES_H */
