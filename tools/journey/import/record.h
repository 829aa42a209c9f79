/*
 * record.h - what one line of a foreign log said, before it is a row: a text
 * for each thing a format can name.  All formats fill the same record.
 *
 * Values are unescaped (the log's own escaping is gone), not yet decoded (%XX
 * of a URL is there), and lie in the line, which its thread may overwrite.
 */

#ifndef JNY_RECORD_H
#define JNY_RECORD_H

#include "jny_schema.h"


typedef enum {
    JNY_IN_TIME,               /* ms since the epoch, or RFC 3339 */
    JNY_IN_TIME_LOCAL,         /* 17/May/2015:10:05:03 +0000 */
    JNY_IN_MSEC,               /* seconds since the epoch, with .ms */
    JNY_IN_REQUEST,            /* GET /cart?a=b HTTP/1.1 */
    JNY_IN_METHOD,             /* GET */
    JNY_IN_REQUEST_URI,        /* /cart?a=b */
    JNY_IN_URI,                /* /cart, decoded by nginx */
    JNY_IN_ARGS,               /* a=b */
    JNY_IN_HOST_ELSE,          /* where "host" is not there: server_name */
    JNY_IN_REFERER,            /* the whole URL */
    JNY_IN_AGENT,
    JNY_IN_STATUS,
    JNY_IN_REQUEST_TIME,       /* seconds, with .ms */
    JNY_IN_LATENCY,            /* ms */
    JNY_IN_ADDRESS,
    JNY_IN_USER,               /* of HTTP authentication */
    JNY_IN_COOKIE,             /* the whole Cookie header */
    JNY_IN_COOKIE_VALUE,       /* of the visitor's cookie */
    JNY_IN_VISITOR,
    JNY_IN_LOGIN,
    JNY_IN_VALUE,
    JNY_IN_SCORE,
    JNY_IN_PURPOSE,            /* Sec-Purpose, Purpose, ... */
    JNY_IN_GPC,                /* Sec-GPC */
    JNY_IN_ARG,                /* $arg_utm_source, ..., $arg_utm_content */
    JNY_IN_TEXT = JNY_IN_ARG + JNY_TEXT_CONTENT - JNY_TEXT_SOURCE + 1,
                               /* as in jny_text_e */
    JNY_IN_FIELD = JNY_IN_TEXT + JNY_TEXT_COUNT,
                               /* x_NAME, as in the binding */
    JNY_IN_COUNT = JNY_IN_FIELD + JNY_MAX_FIELDS
} jny_in_e;

typedef struct {
    jny_slice_t  in[JNY_IN_COUNT];     /* an empty one was not said */
} jny_record_t;


#endif /* JNY_RECORD_H */
