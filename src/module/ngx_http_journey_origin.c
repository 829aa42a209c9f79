/*
 * ngx_http_journey_origin.c - stricter than what decides about cookies: there
 * a site's other hosts count as its own, here they do not.
 */

#include "ngx_http_journey_origin.h"


static ngx_uint_t ngx_http_journey_origin_same(ngx_http_request_t *r,
    ngx_str_t *url);
static ngx_str_t *ngx_http_journey_origin_header(ngx_http_request_t *r,
    char *name);


/*
 * Sec-Fetch-Site knows it, no script can set it, and no proxy changes it.
 * Origin, which every POST has, and Referer are compared with Host.
 */

ngx_uint_t
ngx_http_journey_origin_own(ngx_http_request_t *r)
{
    ngx_str_t  *value;

    value = ngx_http_journey_origin_header(r, "Sec-Fetch-Site");

    if (value) {
        return value->len == sizeof("same-origin") - 1
               && ngx_strncmp(value->data, "same-origin", value->len) == 0;
    }

    value = ngx_http_journey_origin_header(r, "Origin");

    if (value == NULL && r->headers_in.referer) {
        value = &r->headers_in.referer->value;
    }

    return value && ngx_http_journey_origin_same(r, value);
}


/* Whether a URL's host and port are what this request was sent to. */

static ngx_uint_t
ngx_http_journey_origin_same(ngx_http_request_t *r, ngx_str_t *url)
{
    u_char     *p, *end, *slash;
    ngx_str_t  *host;

    /* HTTP/3 has an authority instead, of which nginx keeps the host */

    host = r->headers_in.host ? &r->headers_in.host->value
                              : &r->headers_in.server;
    end = url->data + url->len;

    if (url->len > 7 && ngx_strncasecmp(url->data, (u_char *) "http://", 7)
                        == 0)
    {
        p = url->data + 7;

    } else if (url->len > 8
               && ngx_strncasecmp(url->data, (u_char *) "https://", 8) == 0)
    {
        p = url->data + 8;

    } else {
        return 0;
    }

    slash = ngx_strlchr(p, end, '/');

    if (slash) {
        end = slash;
    }

    return host->len && (size_t) (end - p) == host->len
           && ngx_strncasecmp(p, host->data, host->len) == 0;
}


static ngx_str_t *
ngx_http_journey_origin_header(ngx_http_request_t *r, char *name)
{
    size_t            len;
    ngx_uint_t        i;
    ngx_list_part_t  *part;
    ngx_table_elt_t  *h;

    len = ngx_strlen(name);

    for (part = &r->headers_in.headers.part; part; part = part->next) {
        h = part->elts;

        for (i = 0; i < part->nelts; i++) {
            if (h[i].key.len == len
                && ngx_strncasecmp(h[i].key.data, (u_char *) name, len) == 0)
            {
                return &h[i].value;
            }
        }
    }

    return NULL;
}
