/*
 * ngx_http_journey_token.h - the token of a mail's pixel (docs/BEACON.md).  No
 * nginx here.
 *
 *     MAILING.RECIPIENT.EXPIRES.MAC
 *
 *     MAILING    1 to 64 of A-Z a-z 0-9 _ -
 *     RECIPIENT  16 lower-case hex digits: a hash, never an address; not 0
 *     EXPIRES    seconds since the epoch, decimal
 *     MAC        the first 16 bytes of HMAC-SHA-256 (RFC 2104) of
 *                "mail:MAILING.RECIPIENT.EXPIRES", 32 lower-case hex digits
 *
 * The prefix keeps what is signed here apart from all else that a key signs.
 */

#ifndef NGX_HTTP_JOURNEY_TOKEN_H
#define NGX_HTTP_JOURNEY_TOKEN_H

#include "ngx_http_journey_cookie.h"
#include "jny_types.h"


typedef enum {
    NGX_HTTP_JOURNEY_TOKEN_OK = 0,
    NGX_HTTP_JOURNEY_TOKEN_INVALID,    /* malformed, or of none of the keys */
    NGX_HTTP_JOURNEY_TOKEN_EXPIRED
} ngx_http_journey_token_e;

typedef struct {
    jny_slice_t  mailing;      /* in the text that was read */
    uint64_t     recipient;
} ngx_http_journey_token_t;


/* Reads and verifies; token is filled only with _OK.  Pure. */
ngx_http_journey_token_e ngx_http_journey_token_read(
    const ngx_http_journey_keys_t *keys, const uint8_t *text, size_t len,
    int64_t now_s, ngx_http_journey_token_t *token);


#endif /* NGX_HTTP_JOURNEY_TOKEN_H */
