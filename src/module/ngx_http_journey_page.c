/*
 * ngx_http_journey_page.c - URI to page.  nginx's own $uri will not do: after
 * try_files it is /index.php, after error_page the error's.
 *
 * Decoding comes before the dots are resolved, as in nginx: "%2e%2e" is "..".
 */

#include "ngx_http_journey_page.h"

#include <string.h>


static int ngx_http_journey_hex(uint8_t c);
static size_t ngx_http_journey_page_resolve(uint8_t *path, size_t len);


size_t
ngx_http_journey_page(const uint8_t *uri, size_t len, uint8_t *out)
{
    size_t          n;
    const uint8_t  *end;

    if (len == 0) {
        return 0;
    }

    n = len;

    end = memchr(uri, '?', n);
    n = end != NULL ? (size_t) (end - uri) : n;

    end = memchr(uri, '#', n);
    n = end != NULL ? (size_t) (end - uri) : n;

    n = ngx_http_journey_unescape(uri, n, 0, out);

    return ngx_http_journey_page_resolve(out, n);
}


/*
 * In place: what is written never runs past what is read, except for the
 * leading slash of a path that has none, which has no segment before it to
 * overwrite and moves the path by one.
 */

static size_t
ngx_http_journey_page_resolve(uint8_t *path, size_t len)
{
    size_t  i, w, start, n;

    if (len == 0 || path[0] != '/') {
        for (i = len; i > 0; i--) {
            path[i] = path[i - 1];
        }

        path[0] = '/';
        len++;
    }

    /* path[0 .. w) is the result so far, without a trailing slash */

    w = 0;
    i = 0;

    while (i < len) {

        while (i < len && path[i] == '/') {
            i++;
        }

        start = i;

        while (i < len && path[i] != '/') {
            i++;
        }

        n = i - start;

        if (n == 0 || (n == 1 && path[start] == '.')) {
            continue;
        }

        if (n == 2 && path[start] == '.' && path[start + 1] == '.') {
            while (w > 0 && path[--w] != '/') {
                /* void */
            }
            continue;
        }

        path[w++] = '/';

        if (w != start) {
            memmove(path + w, path + start, n);
        }

        w += n;
    }

    if (w == 0) {
        path[w++] = '/';
    }

    return w;
}


size_t
ngx_http_journey_unescape(const uint8_t *in, size_t len, int plus,
    uint8_t *out)
{
    int       high, low, c;
    size_t    i, w;

    static const uint8_t  digits[] = "0123456789ABCDEF";

    /* most have nothing to decode */

    if (len == 0
        || (memchr(in, '%', len) == NULL
            && (!plus || memchr(in, '+', len) == NULL)))
    {
        if (len != 0) {
            memmove(out, in, len);
        }

        return len;
    }

    w = 0;

    for (i = 0; i < len; i++) {

        c = in[i];

        if (c == '+' && plus) {
            out[w++] = ' ';
            continue;
        }

        high = -1;
        low = -1;

        if (c == '%' && len - i > 2) {
            high = ngx_http_journey_hex(in[i + 1]);
            low = ngx_http_journey_hex(in[i + 2]);
        }

        if (high < 0 || low < 0) {
            out[w++] = (uint8_t) c;
            continue;
        }

        c = high << 4 | low;
        i += 2;

        if (c < 0x20 || c == 0x7f) {
            out[w++] = '%';
            out[w++] = digits[c >> 4];
            out[w++] = digits[c & 15];

        } else {
            out[w++] = (uint8_t) c;
        }
    }

    return w;
}


static int
ngx_http_journey_hex(uint8_t c)
{
    if (c >= '0' && c <= '9') {
        return c - '0';
    }

    c |= 0x20;

    if (c >= 'a' && c <= 'f') {
        return c - 'a' + 10;
    }

    return -1;
}
