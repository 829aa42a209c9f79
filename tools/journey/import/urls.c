/*
 * urls.c - the module's functions read a URL; a memo saves most of that, as
 * requests and referers repeat.
 */

#include "import/urls.h"

#include <string.h>

#include "ngx_http_journey_page.h"


/* What fits the cache of a core. */
#define JNY_URLS_PLACES   512
#define JNY_URLS_LONGEST  128

/* With its texts: the path, a slash before it, and the query. */
typedef struct {
    jny_url_t  url;
    uint8_t    text[JNY_URLS_LONGEST + 1];
} jny_kept_url_t;

typedef struct {
    size_t   len;
    uint8_t  text[JNY_URLS_LONGEST];
} jny_kept_host_t;


int
jny_urls_init(jny_urls_t *u)
{
    int  rc;

    memset(u, 0, sizeof(*u));
    rc = jny_memo_init(&u->requests, JNY_URLS_PLACES, JNY_URLS_LONGEST,
                       sizeof(jny_kept_url_t));

    if (rc == JNY_OK) {
        rc = jny_memo_init(&u->referers, JNY_URLS_PLACES, JNY_URLS_LONGEST,
                           sizeof(jny_kept_host_t));
    }

    return rc;
}


void
jny_urls_release(jny_urls_t *u)
{
    jny_memo_release(&u->requests);
    jny_memo_release(&u->referers);
}


jny_slice_t
jny_url_lower(uint8_t **out, jny_slice_t s)
{
    jny_slice_t  text;

    text.data = *out;
    text.len = s.len;

    for (size_t i = 0; i < s.len; i++) {
        (*out)[i] = s.data[i]
                    | (s.data[i] >= 'A' && s.data[i] <= 'Z' ? 0x20 : 0);
    }

    *out += s.len;
    return text;
}


int
jny_url_is_asset(jny_slice_t page)
{
    size_t  n;
    char    ext[8];

    static const char  assets[] =
        " css js mjs map png jpg jpeg gif svg ico webp avif bmp cur woff woff2"
        " ttf otf eot mp4 webm m4v mp3 ogg wav wasm ";

    for (n = 0; n < 6 && n < page.len; n++) {
        if (page.data[page.len - 1 - n] == '.') {
            break;
        }
    }

    if (n == 0 || n == 6 || n == page.len) {
        return 0;
    }

    ext[0] = ' ';

    for (size_t i = 0; i < n; i++) {
        ext[i + 1] = (char) (page.data[page.len - n + i] | 0x20);
    }

    ext[n + 1] = ' ';

    return memmem(assets, sizeof(assets) - 1, ext, n + 2) != NULL;
}


/* out has room for the URI and one byte more. */

static void
jny_url_read(jny_url_t *url, jny_slice_t uri, uint8_t *out)
{
    ngx_http_journey_query_t  q;

    url->page.data = out;
    url->page.len = ngx_http_journey_page(uri.data, uri.len, out);
    url->asset = jny_url_is_asset(url->page);
    out += url->page.len;

    ngx_http_journey_query_parse(uri, &q);
    url->click = q.click;

    for (unsigned i = 0; i < NGX_HTTP_JOURNEY_CAMPAIGN_PARTS; i++) {
        url->part[i] = q.part[i];

        if (q.part[i].len != 0) {
            url->part[i] = ngx_http_journey_query_text(q.part[i], out);
            out += q.part[i].len;
        }
    }
}


const jny_url_t *
jny_urls_read(jny_urls_t *u, jny_slice_t uri, jny_url_t *spare, uint8_t **out)
{
    int              known;
    jny_kept_url_t  *kept;

    kept = jny_memo_find(&u->requests, uri, &known);

    if (kept == NULL) {
        jny_url_read(spare, uri, *out);
        *out += uri.len + 1;
        return spare;
    }

    if (!known) {
        jny_url_read(&kept->url, uri, kept->text);
    }

    return &kept->url;
}


jny_slice_t
jny_urls_host(jny_urls_t *u, jny_slice_t url, uint8_t **out)
{
    int               known;
    jny_slice_t       host;
    jny_kept_host_t  *kept;

    kept = jny_memo_find(&u->referers, url, &known);

    if (known) {
        host.data = kept->text;
        host.len = kept->len;
        return host;
    }

    host = jny_url_lower(out, ngx_http_journey_url_host(url));

    if (kept != NULL) {
        kept->len = host.len;
        memcpy(kept->text, host.data, host.len);
    }

    return host;
}
