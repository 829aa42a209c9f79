/*
 * ngx_http_journey_url.c - hosts, utm_* parameters and click ids.  The module
 * reads requests by it, `journey import` the access logs of earlier ones.
 */

#include "ngx_http_journey_url.h"
#include "ngx_http_journey_page.h"

#include <string.h>
#include <strings.h>


#define NGX_HTTP_JOURNEY_PART_CLICK  NGX_HTTP_JOURNEY_CAMPAIGN_PARTS

#define ngx_http_journey_param(name, part)  { name, sizeof(name) - 1, part }

typedef struct {
    const char  *name;
    size_t       len;
    unsigned     part;
} ngx_http_journey_param_t;


static void ngx_http_journey_query_param(const uint8_t *p,
    const uint8_t *last, ngx_http_journey_query_t *q);


static const ngx_http_journey_param_t  ngx_http_journey_params[] = {
    ngx_http_journey_param("utm_source", JNY_TEXT_SOURCE - JNY_TEXT_SOURCE),
    ngx_http_journey_param("utm_medium", JNY_TEXT_MEDIUM - JNY_TEXT_SOURCE),
    ngx_http_journey_param("utm_campaign",
                           JNY_TEXT_CAMPAIGN - JNY_TEXT_SOURCE),
    ngx_http_journey_param("utm_term", JNY_TEXT_TERM - JNY_TEXT_SOURCE),
    ngx_http_journey_param("utm_content", JNY_TEXT_CONTENT - JNY_TEXT_SOURCE),
    ngx_http_journey_param("gclid", NGX_HTTP_JOURNEY_PART_CLICK),
    ngx_http_journey_param("gbraid", NGX_HTTP_JOURNEY_PART_CLICK),
    ngx_http_journey_param("wbraid", NGX_HTTP_JOURNEY_PART_CLICK),
    ngx_http_journey_param("dclid", NGX_HTTP_JOURNEY_PART_CLICK),
    ngx_http_journey_param("fbclid", NGX_HTTP_JOURNEY_PART_CLICK),
    ngx_http_journey_param("msclkid", NGX_HTTP_JOURNEY_PART_CLICK),
    ngx_http_journey_param("yclid", NGX_HTTP_JOURNEY_PART_CLICK),
    ngx_http_journey_param("ttclid", NGX_HTTP_JOURNEY_PART_CLICK),
    ngx_http_journey_param("twclid", NGX_HTTP_JOURNEY_PART_CLICK),
    ngx_http_journey_param("li_fat_id", NGX_HTTP_JOURNEY_PART_CLICK),
    ngx_http_journey_param("rdt_cid", NGX_HTTP_JOURNEY_PART_CLICK),
    ngx_http_journey_param("epik", NGX_HTTP_JOURNEY_PART_CLICK),
    ngx_http_journey_param("sccid", NGX_HTTP_JOURNEY_PART_CLICK),
    { NULL, 0, 0 }
};


jny_slice_t
ngx_http_journey_url_host(jny_slice_t url)
{
    jny_slice_t     host;
    const uint8_t  *p, *at, *last;

    host.data = NULL;
    host.len = 0;

    if (url.len == 0) {
        return host;
    }

    last = url.data + url.len;
    p = memchr(url.data, ':', url.len);

    if (p == NULL || last - p < 3 || p[1] != '/' || p[2] != '/') {
        return host;
    }

    p += 3;
    host.data = p;

    while (p < last && *p != '/' && *p != '?' && *p != '#') {
        p++;
    }

    last = p;

    for (at = last; at > host.data; at--) {
        if (at[-1] == '@') {
            host.data = at;
            break;
        }
    }

    p = host.data;

    if (p < last && *p == '[') {
        while (p < last && *p != ']') {
            p++;
        }
    }

    while (p < last && *p != ':') {
        p++;
    }

    /* a name that ends with the root's dot is the same name */

    if (p > host.data && p[-1] == '.') {
        p--;
    }

    host.len = (size_t) (p - host.data);

    return host;
}


void
ngx_http_journey_query_parse(jny_slice_t url, ngx_http_journey_query_t *q)
{
    jny_slice_t     args;
    const uint8_t  *p, *last;

    args.data = NULL;
    args.len = 0;

    if (url.len != 0) {

        last = memchr(url.data, '#', url.len);
        if (last == NULL) {
            last = url.data + url.len;
        }

        p = memchr(url.data, '?', (size_t) (last - url.data));
        if (p != NULL) {
            args.data = p + 1;
            args.len = (size_t) (last - args.data);
        }
    }

    ngx_http_journey_query_args(args, q);
}


void
ngx_http_journey_query_args(jny_slice_t args, ngx_http_journey_query_t *q)
{
    const uint8_t  *p, *last, *end;

    memset(q, 0, sizeof(*q));

    if (args.len == 0) {
        return;
    }

    p = args.data;
    last = args.data + args.len;

    while (p < last) {

        end = memchr(p, '&', (size_t) (last - p));
        if (end == NULL) {
            end = last;
        }

        ngx_http_journey_query_param(p, end, q);

        p = end + 1;
    }
}


/* The first parameter of a name that has a value counts. */

static void
ngx_http_journey_query_param(const uint8_t *p, const uint8_t *last,
    ngx_http_journey_query_t *q)
{
    size_t                           len;
    jny_slice_t                     *part;
    const uint8_t                   *equal;
    const ngx_http_journey_param_t  *param;

    equal = p < last ? memchr(p, '=', (size_t) (last - p)) : NULL;

    if (equal == NULL || equal + 1 == last) {
        return;
    }

    len = (size_t) (equal - p);

    for (param = ngx_http_journey_params; param->name != NULL; param++) {

        if (param->len != len
            || strncasecmp(param->name, (const char *) p, len) != 0)
        {
            continue;
        }

        if (param->part == NGX_HTTP_JOURNEY_PART_CLICK) {
            if (q->click.len == 0) {
                q->click.data = (const uint8_t *) param->name;
                q->click.len = param->len;
            }
            return;
        }

        part = &q->part[param->part];

        if (part->len == 0) {
            part->data = equal + 1;
            part->len = (size_t) (last - part->data);
        }

        return;
    }
}


jny_slice_t
ngx_http_journey_query_text(jny_slice_t value, uint8_t *out)
{
    jny_slice_t  s;

    s.data = out;
    s.len = ngx_http_journey_unescape(value.data, value.len, 1, out);

    while (s.len > 0 && s.data[0] == ' ') {
        s.data++;
        s.len--;
    }

    while (s.len > 0 && s.data[s.len - 1] == ' ') {
        s.len--;
    }

    return s;
}
