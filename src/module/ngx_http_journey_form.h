/*
 * ngx_http_journey_form.h - the fields of a beacon (docs/BEACON.md).  Bytes
 * in, row out, no nginx here: they come from strangers.
 */

#ifndef NGX_HTTP_JOURNEY_FORM_H
#define NGX_HTTP_JOURNEY_FORM_H

#include "jny_schema.h"


#define NGX_HTTP_JOURNEY_FORM_MAX  8192    /* bytes of a body or query */

/* Why a beacon leaves no row: enum, name in journey_status. */
#define NGX_HTTP_JOURNEY_REJECT_MAP(_)                                        \
    _(METHOD,     "method")       /* neither GET nor POST */                  \
    _(CROSS_SITE, "cross_site")   /* or it does not say */                    \
    _(TOO_LARGE,  "too_large")                                                \
    _(TYPE,       "type")         /* a Content-Type that is no form */        \
    _(SYNTAX,     "syntax")                                                   \
    _(FIELD,      "field")        /* a name that no beacon has, or twice */   \
    _(TEXT,       "text")         /* too long, control characters */          \
    _(STAGE,      "stage")        /* none of journey_stages */                \
    _(VALUE,      "value")        /* value or currency */                     \
    _(SCORE,      "score")        /* score or score_kind */                   \
    _(EMPTY,      "empty")        /* says nothing at all */                   \
    _(TOKEN,      "token")        /* malformed or forged */                   \
    _(EXPIRED,    "expired")      /* a token after its time */            \
    _(REFUSED,    "refused")      /* by nginx, or it broke off */

typedef enum {
#define NGX_HTTP_JOURNEY_X(id, name)  NGX_HTTP_JOURNEY_REJECT_##id,
    NGX_HTTP_JOURNEY_REJECT_MAP(NGX_HTTP_JOURNEY_X)
#undef NGX_HTTP_JOURNEY_X
    NGX_HTTP_JOURNEY_REJECT_COUNT
} ngx_http_journey_reject_e;

/* What a beacon may name.  Borrowed. */
typedef struct {
    jny_slice_t  stages[JNY_MAX_STAGES];
    unsigned     nstages;
    jny_slice_t  fields[JNY_MAX_FIELDS];    /* without x_ */
    unsigned     nfields;
} ngx_http_journey_form_names_t;


/*
 * Reads "name=value&..." (application/x-www-form-urlencoded; + is a blank):
 *
 *     touchpoint, order, x_NAME   text of at most JNY_MAX_TEXT bytes
 *     stage                       one of names->stages
 *     value, currency             as journey_value has them
 *     score, score_kind           nps 0 to 10, csat 1 to 5, ces 1 to 7, stars
 *                                 0 to 5; at most two decimal places
 *
 * An empty value is an absent one.  -1 with *row filled: text, value_e4,
 * score_e2 and field are the beacon's, all else is zero; texts lie in data,
 * which is decoded in place, and in static memory.  Else why it is refused, an
 * ngx_http_journey_reject_e; *row is then undefined.
 */
int ngx_http_journey_form_parse(uint8_t *data, size_t len,
    const ngx_http_journey_form_names_t *names, jny_row_t *row);


#endif /* NGX_HTTP_JOURNEY_FORM_H */
