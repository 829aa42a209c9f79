/*
 * ngx_http_journey_cookie.h - the visitor cookie's value and the Cookie
 * header it comes back in.  No nginx here: bytes in, bytes out.
 *
 *     value = base64url, without padding, of these 21 bytes:
 *
 *     0        1                5                            13         21
 *     +--------+----------------+----------------------------+----------+
 *     | key id | issued, s, LE  | visitor, 64 random bits LE | MAC      |
 *     +--------+----------------+----------------------------+----------+
 *
 * MAC: SipHash-2-4 (Aumasson and Bernstein 2012) over bytes 0 to 12.  Nothing
 * in here is secret; the MAC only keeps strangers from inventing visitors,
 * and a value has exactly one spelling.
 *
 * All functions are pure and may run in any thread.
 */

#ifndef NGX_HTTP_JOURNEY_COOKIE_H
#define NGX_HTTP_JOURNEY_COOKIE_H

#include <stddef.h>
#include <stdint.h>


#define NGX_HTTP_JOURNEY_COOKIE_LEN   28   /* characters of a value */
#define NGX_HTTP_JOURNEY_KEY_LEN      16   /* bytes of a key */
#define NGX_HTTP_JOURNEY_MAX_KEYS     16
#define NGX_HTTP_JOURNEY_CLOCK_SKEW_S 86400

typedef struct {
    uint8_t   id;
    uint8_t   secret[NGX_HTTP_JOURNEY_KEY_LEN];
} ngx_http_journey_key_t;

/* The first key signs, all of them verify: newest first. */
typedef struct {
    unsigned                n;
    ngx_http_journey_key_t  key[NGX_HTTP_JOURNEY_MAX_KEYS];
} ngx_http_journey_keys_t;

typedef struct {
    uint64_t  visitor;     /* never 0 */
    uint32_t  issued_s;    /* since the epoch, UTC */
} ngx_http_journey_cookie_t;

typedef enum {
    NGX_HTTP_JOURNEY_COOKIE_OK = 0,
    NGX_HTTP_JOURNEY_COOKIE_MALFORMED,   /* not 28 characters of base64url */
    NGX_HTTP_JOURNEY_COOKIE_FORGED,      /* no key of ours made this MAC */
    NGX_HTTP_JOURNEY_COOKIE_EXPIRED      /* or issued in the future */
} ngx_http_journey_cookie_e;


/*
 * Adds a key behind those already there.  Its id is the first byte of the
 * SipHash of a constant under the key itself: the same key has the same id on
 * every machine, and no one has to number keys.  0, or -1 when keys is full
 * or holds this key already.
 */
int ngx_http_journey_keys_add(ngx_http_journey_keys_t *keys,
    const uint8_t secret[NGX_HTTP_JOURNEY_KEY_LEN]);

/* Signs with the first key; keys->n must not be 0.  Not NUL-terminated. */
void ngx_http_journey_cookie_encode(const ngx_http_journey_keys_t *keys,
    const ngx_http_journey_cookie_t *cookie,
    char out[NGX_HTTP_JOURNEY_COOKIE_LEN]);

/*
 * Reads and verifies a value at now_s; lifetime_s counts from its issue.  An
 * issue later than now_s + NGX_HTTP_JOURNEY_CLOCK_SKEW_S is EXPIRED too: such
 * a cookie would outlive every rule.  cookie is filled only with _OK.
 */
ngx_http_journey_cookie_e ngx_http_journey_cookie_decode(
    const ngx_http_journey_keys_t *keys, const uint8_t *value, size_t len,
    int64_t now_s, int64_t lifetime_s, ngx_http_journey_cookie_t *cookie);

/*
 * The next value of the cookie `name` in one Cookie header line (RFC 6265,
 * 4.2.1; read leniently): from *pos, which moves behind it, up to end.  A name
 * may occur more than once, set for several paths or domains.  1 with *value
 * and *len (borrowed), or 0 when there is none.
 */
int ngx_http_journey_cookie_next(const uint8_t **pos, const uint8_t *end,
    const uint8_t *name, size_t name_len, const uint8_t **value, size_t *len);


#endif /* NGX_HTTP_JOURNEY_COOKIE_H */
