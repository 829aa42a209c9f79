/*
 * ngx_http_journey_module.h - what the directives say.  Filled while nginx
 * reads its configuration, read-only afterwards, except for the keys.
 */

#ifndef NGX_HTTP_JOURNEY_MODULE_H
#define NGX_HTTP_JOURNEY_MODULE_H

#include <ngx_config.h>
#include <ngx_core.h>
#include <ngx_http.h>

#include "ngx_http_journey_counters.h"
#include "ngx_http_journey_key.h"
#include "ngx_http_journey_log.h"
#include "ngx_http_journey_url.h"


#define NGX_HTTP_JOURNEY_PRIVACY_FULL       0
#define NGX_HTTP_JOURNEY_PRIVACY_CONSENT    1
#define NGX_HTTP_JOURNEY_PRIVACY_EXEMPT     2
#define NGX_HTTP_JOURNEY_PRIVACY_COOKIELESS 3


/* http level. */
typedef struct {
    ngx_http_journey_logs_t   logs;
    ngx_http_journey_keyring_t  keys;         /* a worker renews them */
    ngx_http_journey_key_stamp_t  key_stamp;  /* of what they came from */
    ngx_str_t                 key_file;       /* data NULL: not given */
    u_char                   *login_file;     /* where the first */
    ngx_uint_t                login_line;     /* journey_visitor stands */
    ngx_array_t               stage_uses;     /* of ..._stage_use_t */
    ngx_hash_t                signals;        /* of ..._visitor_init() */
    ngx_shm_zone_t           *salt;           /* privacy cookieless, or NULL */
    ngx_uint_t                enabled;        /* "journey on" somewhere */
    ngx_uint_t                cookies;        /* and a mode that sets them */
    ngx_uint_t                counted;        /* a journey_status */
    ngx_http_journey_counters_conf_t  counters;
} ngx_http_journey_main_conf_t;

/* A journey_stage that is not empty, kept for the check of its name. */
typedef struct {
    ngx_str_t                 name;           /* len 0: it has variables */
    u_char                   *file;
    ngx_uint_t                line;
} ngx_http_journey_stage_use_t;

/* One journey_log line as a level sees it. */
typedef struct {
    ngx_http_journey_log_t    *log;
    ngx_http_complex_value_t  *filter;        /* if=, or NULL */
} ngx_http_journey_log_line_t;

typedef struct {
    ngx_uint_t                index;          /* in jny_row_t.field */
    ngx_http_complex_value_t  value;
} ngx_http_journey_field_t;

typedef struct {
    ngx_str_t                 name;
    ngx_str_t                 attributes;     /* "; Path=/; ...; HttpOnly" */
    time_t                    expires;        /* seconds, from the issue */
    unsigned                  secure:1;       /* always */
    unsigned                  secure_auto:1;  /* under TLS */
    unsigned                  cross_site:1;   /* SameSite=None */
} ngx_http_journey_cookie_conf_t;

/* http, server and location level; NULL: not given. */
typedef struct {
    ngx_flag_t                       enable;
    u_char                          *enable_file;   /* where "on" stands */
    ngx_uint_t                       enable_line;
    ngx_uint_t                       privacy;
    ngx_uint_t                       ignore_gpc;
    ngx_uint_t                       sample;        /* in millionths */

    ngx_array_t                     *logs;    /* of ..._log_line_t */
    ngx_uint_t                       logs_off;

    ngx_http_complex_value_t        *stage;
    ngx_http_complex_value_t        *touchpoint;
    ngx_http_complex_value_t        *page;
    ngx_http_complex_value_t        *internal;
    ngx_http_complex_value_t        *consent;
    ngx_http_complex_value_t        *login;         /* journey_visitor */

    ngx_http_complex_value_t       **campaign;      /* of ..._PARTS */

    ngx_http_complex_value_t        *amount;        /* journey_value */
    ngx_http_complex_value_t        *currency;
    ngx_http_complex_value_t        *order;

    ngx_array_t                     *fields;  /* of ..._field_t */
    ngx_flag_t                       upstream_headers;
    ngx_uint_t                       beacon;
    ngx_uint_t                       status;

    ngx_http_journey_cookie_conf_t  *cookie;
} ngx_http_journey_loc_conf_t;


extern ngx_module_t  ngx_http_journey_module;


/*
 * Whether a value says yes, as access_log's if= has it: neither empty nor
 * "0".  NULL and a value that cannot be had say no.
 */
ngx_uint_t ngx_http_journey_true(ngx_http_request_t *r,
    ngx_http_complex_value_t *cv);


#endif /* NGX_HTTP_JOURNEY_MODULE_H */
