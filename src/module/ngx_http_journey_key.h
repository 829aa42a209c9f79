/*
 * ngx_http_journey_key.h - the keys that sign visitor cookies, read while the
 * configuration is (docs/DIRECTIVES.md, journey_key).
 */

#ifndef NGX_HTTP_JOURNEY_KEY_H
#define NGX_HTTP_JOURNEY_KEY_H

#include <ngx_config.h>
#include <ngx_core.h>

#include "ngx_http_journey_cookie.h"


/*
 * Reads a key file into keys: one key a line as 32 hex digits, newest first;
 * blanks around it, empty lines and lines that begin with "#" are ignored.
 * Only its owner may write it and no stranger may read it.  NGX_CONF_OK, or
 * NGX_CONF_ERROR after saying at [emerg] which file, which line and what to
 * do about it.
 */
char *ngx_http_journey_key_read(ngx_conf_t *cf, ngx_str_t *file,
    ngx_http_journey_keys_t *keys);

/*
 * The key for a configuration that names no file: made once by the master
 * process, so it outlives reloads, but neither a restart nor an upgrade of
 * the binary.
 */
void ngx_http_journey_key_ephemeral(ngx_http_journey_keys_t *keys);


#endif /* NGX_HTTP_JOURNEY_KEY_H */
