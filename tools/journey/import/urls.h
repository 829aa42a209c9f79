/*
 * urls.h - what URLs say, in the module's own words: page, campaign, host.
 * Those seen lately are remembered.
 */

#ifndef JNY_URLS_H
#define JNY_URLS_H

#include "import/memo.h"
#include "ngx_http_journey_url.h"


/* One per thread. */
typedef struct {
    jny_memo_t  requests;
    jny_memo_t  referers;
} jny_urls_t;

typedef struct {
    jny_slice_t   page;
    jny_slice_t   part[NGX_HTTP_JOURNEY_CAMPAIGN_PARTS];   /* decoded */
    jny_slice_t   click;
    int           asset;
} jny_url_t;


/* JNY_OK, JNY_ENOMEM; u is to be released in any case. */
int jny_urls_init(jny_urls_t *u);
void jny_urls_release(jny_urls_t *u);

/*
 * Reads the URI of a request; an empty one says nothing.  The result, which
 * may be spare, holds until the next call.  Texts too long to be remembered
 * go to *out, which moves on by one byte more than the URI at most.
 */
const jny_url_t *jny_urls_read(jny_urls_t *u, jny_slice_t uri,
    jny_url_t *spare, uint8_t **out);

/*
 * The host of a URL in lower case, empty when there is none.  It holds until
 * the next call, or lies in *out, which moves behind it.
 */
jny_slice_t jny_urls_host(jny_urls_t *u, jny_slice_t url, uint8_t **out);

/* ASCII in lower case, to *out, which moves behind it. */
jny_slice_t jny_url_lower(uint8_t **out, jny_slice_t s);

/* Images, scripts, styles and fonts: people do not visit them. */
int jny_url_is_asset(jny_slice_t page);


#endif /* JNY_URLS_H */
