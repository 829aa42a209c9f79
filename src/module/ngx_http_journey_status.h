/*
 * ngx_http_journey_status.h - journey_status: what the shared counters say, to
 * people, programs and Prometheus (docs/DIRECTIVES.md).
 */

#ifndef NGX_HTTP_JOURNEY_STATUS_H
#define NGX_HTTP_JOURNEY_STATUS_H

#include "ngx_http_journey_module.h"


/* A ngx_command_t's set; conf is the ngx_http_journey_loc_conf_t. */
char *ngx_http_journey_set_status(ngx_conf_t *cf, ngx_command_t *cmd,
    void *conf);


#endif /* NGX_HTTP_JOURNEY_STATUS_H */
