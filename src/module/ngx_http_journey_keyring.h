/*
 * ngx_http_journey_keyring.h - the text of a key file (docs/DIRECTIVES.md,
 * journey_key).  No nginx here.
 */

#ifndef NGX_HTTP_JOURNEY_KEYRING_H
#define NGX_HTTP_JOURNEY_KEYRING_H

#include "ngx_http_journey_cookie.h"


/* What a key file holds. */
typedef struct {
    ngx_http_journey_keys_t  cookie;
    uint8_t                  login[NGX_HTTP_JOURNEY_KEY_LEN];
    unsigned                 login_known;
} ngx_http_journey_keyring_t;

typedef enum {
    NGX_HTTP_JOURNEY_KEYRING_OK = 0,
    NGX_HTTP_JOURNEY_KEYRING_SYNTAX,    /* a line is no key */
    NGX_HTTP_JOURNEY_KEYRING_LOGIN,     /* a second key for logins */
    NGX_HTTP_JOURNEY_KEYRING_FULL,      /* a key twice, or too many */
    NGX_HTTP_JOURNEY_KEYRING_EMPTY      /* no key for cookies */
} ngx_http_journey_keyring_e;


/*
 * Reads one key a line as 32 hex digits, newest first, and at most one line
 * "login" with the key for logins; blanks around it, empty lines and lines
 * that begin with "#" are ignored.  _OK with *ring filled; else what is wrong,
 * for all but _EMPTY in *line (from 1), and *ring is undefined.  Pure.
 */
ngx_http_journey_keyring_e ngx_http_journey_keyring_parse(const uint8_t *text,
    size_t len, ngx_http_journey_keyring_t *ring, unsigned *line);


#endif /* NGX_HTTP_JOURNEY_KEYRING_H */
