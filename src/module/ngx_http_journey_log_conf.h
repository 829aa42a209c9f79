/*
 * ngx_http_journey_log_conf.h - the arguments of a journey_log line.  What is
 * wrong is logged at [emerg] with the line.
 */

#ifndef NGX_HTTP_JOURNEY_LOG_CONF_H
#define NGX_HTTP_JOURNEY_LOG_CONF_H

#include "ngx_http_journey_writer.h"


/* The file's absolute, NUL-terminated path.  NGX_OK, NGX_ERROR. */
ngx_int_t ngx_http_journey_log_path(ngx_conf_t *cf, ngx_str_t *arg,
    ngx_str_t *path);

/*
 * value[2..n] into conf, other than path and logs; what is not given is unset.
 * NGX_OK, NGX_ERROR.
 */
ngx_int_t ngx_http_journey_log_args(ngx_conf_t *cf, ngx_str_t *value,
    ngx_uint_t n, ngx_http_journey_writer_conf_t *conf);

/* Whether what is given is what another line has settled. */
ngx_uint_t ngx_http_journey_log_agrees(
    const ngx_http_journey_writer_conf_t *given,
    const ngx_http_journey_writer_conf_t *conf);

/*
 * Copies what is given into conf, defaults in place of what is not;
 * conf->threads names a pool, or is empty for none.  NGX_OK, NGX_ERROR.
 */
ngx_int_t ngx_http_journey_log_settle(ngx_conf_t *cf,
    const ngx_http_journey_writer_conf_t *given,
    ngx_http_journey_writer_conf_t *conf);


#endif /* NGX_HTTP_JOURNEY_LOG_CONF_H */
