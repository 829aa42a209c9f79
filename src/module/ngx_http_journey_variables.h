/*
 * ngx_http_journey_variables.h - $journey_... (docs/DIRECTIVES.md,
 * "Variables").
 */

#ifndef NGX_HTTP_JOURNEY_VARIABLES_H
#define NGX_HTTP_JOURNEY_VARIABLES_H

#include <ngx_config.h>
#include <ngx_core.h>
#include <ngx_http.h>


/* Registers them; at preconfiguration.  NGX_OK or NGX_ERROR. */
ngx_int_t ngx_http_journey_variables_add(ngx_conf_t *cf);


#endif /* NGX_HTTP_JOURNEY_VARIABLES_H */
