/*
 * ngx_http_journey_url.h - what a URL says about where a visit comes from: its
 * host, its campaign and the name of a click id.  No nginx here.
 */

#ifndef NGX_HTTP_JOURNEY_URL_H
#define NGX_HTTP_JOURNEY_URL_H

#include "jny_schema.h"


/* source, medium, campaign, term and content, as in jny_schema.h */
#define NGX_HTTP_JOURNEY_CAMPAIGN_PARTS                                       \
    (JNY_TEXT_CONTENT - JNY_TEXT_SOURCE + 1)

/* Undecoded values of a query, by the part of the campaign they name. */
typedef struct {
    jny_slice_t  part[NGX_HTTP_JOURNEY_CAMPAIGN_PARTS];
    jny_slice_t  click;        /* the parameter's name, not its value; static */
} ngx_http_journey_query_t;


/*
 * The host of a URL (RFC 3986, 3.2): without user and port, borrowed, in the
 * case it was written in.  Empty when there is none.
 */
jny_slice_t ngx_http_journey_url_host(jny_slice_t url);

/*
 * Reads utm_source, utm_medium, utm_campaign, utm_term, utm_content and the
 * click ids out of the query of a URL, whole or from its path on.  Of several
 * parameters of a name the first that has a value counts.  Values are
 * borrowed from url.
 */
void ngx_http_journey_query_parse(jny_slice_t url,
    ngx_http_journey_query_t *q);

/* The same of a query alone, without its "?". */
void ngx_http_journey_query_args(jny_slice_t args,
    ngx_http_journey_query_t *q);

/*
 * Decodes a value of a query (%XX, "+") to out, which has room for its length
 * and may be its own bytes, and drops the blanks around it.  The result lies
 * in out.
 */
jny_slice_t ngx_http_journey_query_text(jny_slice_t value, uint8_t *out);


#endif /* NGX_HTTP_JOURNEY_URL_H */
