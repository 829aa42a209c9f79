/*
 * ngx_http_journey_beacon.h - journey_beacon: touchpoints that a browser or a
 * mail reports (docs/BEACON.md).
 */

#ifndef NGX_HTTP_JOURNEY_BEACON_H
#define NGX_HTTP_JOURNEY_BEACON_H

#include "ngx_http_journey_module.h"


/* A ngx_command_t's set; conf is the ngx_http_journey_loc_conf_t. */
char *ngx_http_journey_set_beacon(ngx_conf_t *cf, ngx_command_t *cmd,
    void *conf);

/* "if" and "limit_except" in a beacon's location are that beacon's, too. */
void ngx_http_journey_merge_beacon(ngx_conf_t *cf,
    ngx_http_journey_loc_conf_t *prev, ngx_http_journey_loc_conf_t *conf);


#endif /* NGX_HTTP_JOURNEY_BEACON_H */
