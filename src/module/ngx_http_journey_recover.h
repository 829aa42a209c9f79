/*
 * ngx_http_journey_recover.h - a worker looks for spools that lost their
 * writers: when it starts, and once a minute, for those that could not be
 * written out at some worker's end.
 */

#ifndef NGX_HTTP_JOURNEY_RECOVER_H
#define NGX_HTTP_JOURNEY_RECOVER_H

#include "ngx_http_journey_task.h"


/*
 * Begins to look, in a thread of the pool, or on the event loop, one spool
 * after another, when pool is NULL or its cycle gone.  sync: some log has
 * sync=block.  NGX_OK, NGX_ERROR when memory is short.
 */
ngx_int_t ngx_http_journey_recover_start(const ngx_str_t *folder,
    ngx_thread_pool_t *pool, ngx_uint_t sync);

/* Accepts that nothing was started. */
void ngx_http_journey_recover_stop(void);


#endif /* NGX_HTTP_JOURNEY_RECOVER_H */
