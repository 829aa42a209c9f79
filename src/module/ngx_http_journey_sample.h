/*
 * ngx_http_journey_sample.h - journey_sample: a part of the visitors, with
 * everything they do.
 */

#ifndef NGX_HTTP_JOURNEY_SAMPLE_H
#define NGX_HTTP_JOURNEY_SAMPLE_H

#include "ngx_http_journey_ctx.h"


/* A rate is kept in millionths. */
#define NGX_HTTP_JOURNEY_SAMPLE_ALL 1000000


/* The ngx_command_t's set; conf is the ngx_http_journey_loc_conf_t. */
char *ngx_http_journey_set_sample(ngx_conf_t *cf, ngx_command_t *cmd,
    void *conf);

/*
 * Whether rows of this visitor are kept; once the visitor is resolved.  The
 * same visitor gets the same answer at the same rate on every machine, and
 * who is in at a low rate is in at every higher one.  An unknown visitor's
 * rows are kept at random.
 */
ngx_uint_t ngx_http_journey_sample_keeps(ngx_http_journey_ctx_t *ctx);


#endif /* NGX_HTTP_JOURNEY_SAMPLE_H */
