/*
 * ngx_http_journey_cookieless.h - visitors without a cookie: for a day, a
 * hash of where a request comes from (docs/DIRECTIVES.md, journey_privacy).
 */

#ifndef NGX_HTTP_JOURNEY_COOKIELESS_H
#define NGX_HTTP_JOURNEY_COOKIELESS_H

#include <ngx_config.h>
#include <ngx_core.h>
#include <ngx_http.h>


/* How long a salt lives; it changes at midnight, UTC. */
#define NGX_HTTP_JOURNEY_SALT_S 86400


/*
 * The shared memory of the salt, while the configuration is read; a reload
 * keeps it.  NULL after an [emerg].
 */
ngx_shm_zone_t *ngx_http_journey_cookieless_zone(ngx_conf_t *cf);

/*
 * Per process, where a location is cookieless: sees to it that the salt is
 * replaced in time even when nobody comes.
 */
void ngx_http_journey_cookieless_init_process(void);

/*
 * Today's visitor: a keyed hash of the client's address, User-Agent and host.
 * 0 where there is no address to tell visitors by (unix sockets).
 */
uint64_t ngx_http_journey_cookieless_visitor(ngx_http_request_t *r);


#endif /* NGX_HTTP_JOURNEY_COOKIELESS_H */
