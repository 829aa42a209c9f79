/*
 * ngx_http_journey_key.h - the keys that sign visitor cookies and hash logins
 * (docs/DIRECTIVES.md, journey_key).
 */

#ifndef NGX_HTTP_JOURNEY_KEY_H
#define NGX_HTTP_JOURNEY_KEY_H

#include <ngx_config.h>
#include <ngx_core.h>

#include "ngx_http_journey_keyring.h"


/* What tells that a file is another one, or was written. */
typedef struct {
    dev_t    device;
    ino_t    file;
    off_t    size;
    time_t   modified;
    time_t   changed;
} ngx_http_journey_key_stamp_t;

/* What is wrong with a key file. */
typedef struct {
    ngx_err_t   err;                          /* 0: not the system's fault */
    size_t      len;
    u_char      text[NGX_MAX_CONF_ERRSTR];    /* not NUL-terminated */
} ngx_http_journey_key_error_t;


/*
 * Reads a key file.  Only its owner may write it and no stranger may read it.
 * NGX_OK with ring and stamp filled; NGX_ERROR with error filled: which file,
 * which line and what to do about it.  Ring and stamp are then undefined.
 */
ngx_int_t ngx_http_journey_key_read(ngx_str_t *file,
    ngx_http_journey_keyring_t *ring, ngx_http_journey_key_stamp_t *stamp,
    ngx_http_journey_key_error_t *error);

void ngx_http_journey_key_stamp(ngx_file_info_t *fi,
    ngx_http_journey_key_stamp_t *stamp);

/*
 * The key for a configuration that names no file: made once by the master
 * process, so it outlives reloads, but neither a restart nor an upgrade of
 * the binary.
 */
void ngx_http_journey_key_ephemeral(ngx_http_journey_keys_t *keys);


#endif /* NGX_HTTP_JOURNEY_KEY_H */
