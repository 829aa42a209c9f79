/*
 * ngx_http_journey_page.h - the default page of a request: the path of its
 * original URI.  No nginx here.
 */

#ifndef NGX_HTTP_JOURNEY_PAGE_H
#define NGX_HTTP_JOURNEY_PAGE_H

#include <stddef.h>
#include <stdint.h>


/*
 * Writes to out (room for len + 1 bytes) the path of a request URI as the
 * client sent it, so that one page has one name:
 *
 *   - query and fragment are cut off,
 *   - %XX is decoded once, except what would be a control character: such a
 *     byte stays written %XX, in upper case,
 *   - "//" becomes "/", "." and ".." are resolved, never above the root,
 *   - no trailing slash, except "/" itself.
 *
 * Case is kept.  Bytes need not be UTF-8.  Returns the length; 0 only for an
 * empty uri.
 */
size_t ngx_http_journey_page(const uint8_t *uri, size_t len, uint8_t *out);

/*
 * Decodes %XX and, when plus is not 0, "+" as a blank, as in a query; a %
 * without two hex digits stays.  What would be a control character stays
 * written %XX.  out may be in.  Returns the length, at most len.
 */
size_t ngx_http_journey_unescape(const uint8_t *in, size_t len, int plus,
    uint8_t *out);


#endif /* NGX_HTTP_JOURNEY_PAGE_H */
