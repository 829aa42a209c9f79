/*
 * ngx_http_journey_module.c - the module: its directives, their inheritance
 * and the places where it hooks into nginx.
 *
 * A request on its way through:
 *
 *     rewrite phases   the location first entered is captured     _ctx.c
 *     header filter    a new visitor gets a cookie                _visitor.c,
 *                                                                 _filter.c
 *     log phase        values become a row, the row is committed  _row.c
 *     (any time)       variables                                  _variables.c
 */

#include "ngx_http_journey_module.h"
#include "ngx_http_journey_beacon.h"
#include "ngx_http_journey_cookie_conf.h"
#include "ngx_http_journey_cookieless.h"
#include "ngx_http_journey_ctx.h"
#include "ngx_http_journey_directives.h"
#include "ngx_http_journey_filter.h"
#include "ngx_http_journey_key.h"
#include "ngx_http_journey_key_watch.h"
#include "ngx_http_journey_login.h"
#include "ngx_http_journey_privacy.h"
#include "ngx_http_journey_row.h"
#include "ngx_http_journey_sample.h"
#include "ngx_http_journey_stages.h"
#include "ngx_http_journey_status.h"
#include "ngx_http_journey_variables.h"
#include "ngx_http_journey_visitor.h"

#include <sodium.h>


static ngx_int_t ngx_http_journey_preconfiguration(ngx_conf_t *cf);
static ngx_int_t ngx_http_journey_postconfiguration(ngx_conf_t *cf);
static ngx_int_t ngx_http_journey_add_handlers(ngx_conf_t *cf);
static void *ngx_http_journey_create_main_conf(ngx_conf_t *cf);
static char *ngx_http_journey_init_main_conf(ngx_conf_t *cf, void *conf);
static void *ngx_http_journey_create_loc_conf(ngx_conf_t *cf);
static char *ngx_http_journey_merge_loc_conf(ngx_conf_t *cf, void *parent,
    void *child);
static char *ngx_http_journey_check_loc_conf(ngx_conf_t *cf,
    ngx_http_journey_loc_conf_t *conf);
static ngx_int_t ngx_http_journey_init_module(ngx_cycle_t *cycle);
static ngx_int_t ngx_http_journey_init_process(ngx_cycle_t *cycle);
static void ngx_http_journey_exit_process(ngx_cycle_t *cycle);


/* clang-format off */

#define NGX_HTTP_JOURNEY_CONF                                                 \
    NGX_HTTP_MAIN_CONF|NGX_HTTP_SRV_CONF|NGX_HTTP_LOC_CONF

static ngx_command_t  ngx_http_journey_commands[] = {

    { ngx_string("journey"),
      NGX_HTTP_JOURNEY_CONF|NGX_CONF_FLAG,
      ngx_http_journey_set_enable,
      NGX_HTTP_LOC_CONF_OFFSET,
      offsetof(ngx_http_journey_loc_conf_t, enable),
      NULL },

    { ngx_string("journey_log"),
      NGX_HTTP_JOURNEY_CONF|NGX_CONF_1MORE,
      ngx_http_journey_set_log,
      NGX_HTTP_LOC_CONF_OFFSET,
      0,
      NULL },

    { ngx_string("journey_spool"),
      NGX_HTTP_MAIN_CONF|NGX_CONF_TAKE12,
      ngx_http_journey_set_spool,
      NGX_HTTP_MAIN_CONF_OFFSET,
      0,
      NULL },

    { ngx_string("journey_stages"),
      NGX_HTTP_MAIN_CONF|NGX_CONF_1MORE,
      ngx_http_journey_set_stages,
      NGX_HTTP_MAIN_CONF_OFFSET,
      0,
      NULL },

    { ngx_string("journey_stage"),
      NGX_HTTP_JOURNEY_CONF|NGX_CONF_TAKE1,
      ngx_http_journey_set_stage,
      NGX_HTTP_LOC_CONF_OFFSET,
      offsetof(ngx_http_journey_loc_conf_t, stage),
      NULL },

    { ngx_string("journey_touchpoint"),
      NGX_HTTP_JOURNEY_CONF|NGX_CONF_TAKE1,
      ngx_http_set_complex_value_slot,
      NGX_HTTP_LOC_CONF_OFFSET,
      offsetof(ngx_http_journey_loc_conf_t, touchpoint),
      NULL },

    { ngx_string("journey_page"),
      NGX_HTTP_JOURNEY_CONF|NGX_CONF_TAKE1,
      ngx_http_set_complex_value_slot,
      NGX_HTTP_LOC_CONF_OFFSET,
      offsetof(ngx_http_journey_loc_conf_t, page),
      NULL },

    { ngx_string("journey_campaign"),
      NGX_HTTP_JOURNEY_CONF|NGX_CONF_1MORE,
      ngx_http_journey_set_campaign,
      NGX_HTTP_LOC_CONF_OFFSET,
      0,
      NULL },

    { ngx_string("journey_value"),
      NGX_HTTP_JOURNEY_CONF|NGX_CONF_TAKE123,
      ngx_http_journey_set_value,
      NGX_HTTP_LOC_CONF_OFFSET,
      0,
      NULL },

    { ngx_string("journey_field"),
      NGX_HTTP_JOURNEY_CONF|NGX_CONF_TAKE2,
      ngx_http_journey_set_field,
      NGX_HTTP_LOC_CONF_OFFSET,
      0,
      NULL },

    { ngx_string("journey_internal"),
      NGX_HTTP_JOURNEY_CONF|NGX_CONF_TAKE1,
      ngx_http_set_complex_value_slot,
      NGX_HTTP_LOC_CONF_OFFSET,
      offsetof(ngx_http_journey_loc_conf_t, internal),
      NULL },

    { ngx_string("journey_upstream_headers"),
      NGX_HTTP_JOURNEY_CONF|NGX_CONF_FLAG,
      ngx_conf_set_flag_slot,
      NGX_HTTP_LOC_CONF_OFFSET,
      offsetof(ngx_http_journey_loc_conf_t, upstream_headers),
      NULL },

    { ngx_string("journey_visitor"),
      NGX_HTTP_JOURNEY_CONF|NGX_CONF_TAKE1,
      ngx_http_journey_set_visitor,
      NGX_HTTP_LOC_CONF_OFFSET,
      offsetof(ngx_http_journey_loc_conf_t, login),
      NULL },

    { ngx_string("journey_privacy"),
      NGX_HTTP_JOURNEY_CONF|NGX_CONF_TAKE1,
      ngx_http_journey_set_privacy,
      NGX_HTTP_LOC_CONF_OFFSET,
      0,
      NULL },

    { ngx_string("journey_consent"),
      NGX_HTTP_JOURNEY_CONF|NGX_CONF_TAKE1,
      ngx_http_set_complex_value_slot,
      NGX_HTTP_LOC_CONF_OFFSET,
      offsetof(ngx_http_journey_loc_conf_t, consent),
      NULL },

    { ngx_string("journey_gpc"),
      NGX_HTTP_JOURNEY_CONF|NGX_CONF_TAKE1,
      ngx_conf_set_enum_slot,
      NGX_HTTP_LOC_CONF_OFFSET,
      offsetof(ngx_http_journey_loc_conf_t, ignore_gpc),
      ngx_http_journey_gpc },

    { ngx_string("journey_cookie"),
      NGX_HTTP_JOURNEY_CONF|NGX_CONF_1MORE,
      ngx_http_journey_set_cookie,
      NGX_HTTP_LOC_CONF_OFFSET,
      0,
      NULL },

    { ngx_string("journey_key"),
      NGX_HTTP_MAIN_CONF|NGX_CONF_TAKE1,
      ngx_http_journey_set_key,
      NGX_HTTP_MAIN_CONF_OFFSET,
      0,
      NULL },

    { ngx_string("journey_sample"),
      NGX_HTTP_MAIN_CONF|NGX_HTTP_SRV_CONF|NGX_CONF_TAKE1,
      ngx_http_journey_set_sample,
      NGX_HTTP_LOC_CONF_OFFSET,
      0,
      NULL },

    { ngx_string("journey_beacon"),
      NGX_HTTP_LOC_CONF|NGX_CONF_NOARGS,
      ngx_http_journey_set_beacon,
      NGX_HTTP_LOC_CONF_OFFSET,
      0,
      NULL },

    { ngx_string("journey_status"),
      NGX_HTTP_LOC_CONF|NGX_CONF_NOARGS|NGX_CONF_TAKE1,
      ngx_http_journey_set_status,
      NGX_HTTP_LOC_CONF_OFFSET,
      0,
      NULL },

      ngx_null_command
};


static ngx_http_module_t  ngx_http_journey_module_ctx = {
    ngx_http_journey_preconfiguration,     /* preconfiguration */
    ngx_http_journey_postconfiguration,    /* postconfiguration */

    ngx_http_journey_create_main_conf,     /* create main configuration */
    ngx_http_journey_init_main_conf,       /* init main configuration */

    NULL,                                  /* create server configuration */
    NULL,                                  /* merge server configuration */

    ngx_http_journey_create_loc_conf,      /* create location configuration */
    ngx_http_journey_merge_loc_conf        /* merge location configuration */
};


ngx_module_t  ngx_http_journey_module = {
    NGX_MODULE_V1,
    &ngx_http_journey_module_ctx,          /* module context */
    ngx_http_journey_commands,             /* module directives */
    NGX_HTTP_MODULE,                       /* module type */
    NULL,                                  /* init master */
    ngx_http_journey_init_module,          /* init module */
    ngx_http_journey_init_process,         /* init process */
    NULL,                                  /* init thread */
    NULL,                                  /* exit thread */
    ngx_http_journey_exit_process,         /* exit process */
    NULL,                                  /* exit master */
    NGX_MODULE_V1_PADDING
};

/* clang-format on */


ngx_uint_t
ngx_http_journey_true(ngx_http_request_t *r, ngx_http_complex_value_t *cv)
{
    ngx_str_t  value;

    if (cv == NULL || ngx_http_complex_value(r, cv, &value) != NGX_OK) {
        return 0;
    }

    return value.len > 1 || (value.len == 1 && value.data[0] != '0');
}


static ngx_int_t
ngx_http_journey_preconfiguration(ngx_conf_t *cf)
{
    if (sodium_init() == -1) {
        ngx_conf_log_error(NGX_LOG_EMERG, cf, 0, "sodium_init() failed");
        return NGX_ERROR;
    }

    return ngx_http_journey_variables_add(cf);
}


static ngx_int_t
ngx_http_journey_postconfiguration(ngx_conf_t *cf)
{
    ngx_http_journey_main_conf_t  *jmcf;

    jmcf = ngx_http_conf_get_module_main_conf(cf, ngx_http_journey_module);

    if ((jmcf->enabled || jmcf->counted)
        && ngx_http_journey_counters_add(cf, &jmcf->counters,
                                         jmcf->logs.stages)
           != NGX_OK)
    {
        return NGX_ERROR;
    }

    if (!jmcf->enabled) {
        return NGX_OK;
    }

    if (jmcf->keys.cookie.n == 0 && jmcf->cookies) {
        ngx_conf_log_error(NGX_LOG_WARN, cf, 0,
                           "no \"journey_key\": visitors get a key that is "
                           "forgotten when nginx ends, and all of them will "
                           "be new after a restart");

        ngx_http_journey_key_ephemeral(&jmcf->keys.cookie);
    }

    if (ngx_http_journey_log_check(cf, &jmcf->logs) != NGX_OK
        || ngx_http_journey_login_check(cf, jmcf) != NGX_OK
        || ngx_http_journey_visitor_init(cf, &jmcf->signals) != NGX_OK)
    {
        return NGX_ERROR;
    }

    ngx_http_journey_filter_init();

    return ngx_http_journey_add_handlers(cf);
}


/*
 * nginx calls the handlers of a phase from last to first, but those of the log
 * phase from first to last: ours moves to their front, so access_log's
 * variables tell what was logged.
 */

static ngx_int_t
ngx_http_journey_add_handlers(ngx_conf_t *cf)
{
    ngx_uint_t                  i;
    ngx_array_t                *log;
    ngx_http_handler_pt        *h;
    ngx_http_core_main_conf_t  *cmcf;

    static ngx_http_phases      rewrites[] = { NGX_HTTP_SERVER_REWRITE_PHASE,
                                               NGX_HTTP_REWRITE_PHASE };

    cmcf = ngx_http_conf_get_module_main_conf(cf, ngx_http_core_module);

    for (i = 0; i < 2; i++) {
        h = ngx_array_push(&cmcf->phases[rewrites[i]].handlers);
        if (h == NULL) {
            return NGX_ERROR;
        }

        *h = ngx_http_journey_ctx_enter;
    }

    log = &cmcf->phases[NGX_HTTP_LOG_PHASE].handlers;

    if (ngx_array_push(log) == NULL) {
        return NGX_ERROR;
    }

    h = log->elts;
    ngx_memmove(h + 1, h, (log->nelts - 1) * sizeof(ngx_http_handler_pt));
    h[0] = ngx_http_journey_row_handler;

    return NGX_OK;
}


static void *
ngx_http_journey_create_main_conf(ngx_conf_t *cf)
{
    ngx_http_journey_main_conf_t  *jmcf;

    jmcf = ngx_pcalloc(cf->pool, sizeof(ngx_http_journey_main_conf_t));
    if (jmcf == NULL) {
        return NULL;
    }

    if (ngx_array_init(&jmcf->stage_uses, cf->pool, 8,
                       sizeof(ngx_http_journey_stage_use_t))
        != NGX_OK)
    {
        return NULL;
    }

    return jmcf;
}


static char *
ngx_http_journey_init_main_conf(ngx_conf_t *cf, void *conf)
{
    return ngx_http_journey_stages_check(cf, conf);
}


static void *
ngx_http_journey_create_loc_conf(ngx_conf_t *cf)
{
    ngx_http_journey_loc_conf_t  *conf;

    conf = ngx_pcalloc(cf->pool, sizeof(ngx_http_journey_loc_conf_t));
    if (conf == NULL) {
        return NULL;
    }

    conf->enable = NGX_CONF_UNSET;
    conf->privacy = NGX_CONF_UNSET_UINT;
    conf->ignore_gpc = NGX_CONF_UNSET_UINT;
    conf->sample = NGX_CONF_UNSET_UINT;
    conf->upstream_headers = NGX_CONF_UNSET;

    return conf;
}


#define ngx_http_journey_inherit(conf, prev, field)                           \
    if ((conf)->field == NULL) {                                              \
        (conf)->field = (prev)->field;                                        \
    }


static char *
ngx_http_journey_merge_loc_conf(ngx_conf_t *cf, void *parent, void *child)
{
    ngx_http_journey_loc_conf_t  *prev = parent;
    ngx_http_journey_loc_conf_t  *conf = child;

    if (conf->enable == NGX_CONF_UNSET) {
        conf->enable_file = prev->enable_file;
        conf->enable_line = prev->enable_line;

        /* a monitor is nobody's visit, unless that is said here */

        if (conf->status) {
            conf->enable = 0;
        }
    }

    ngx_conf_merge_value(conf->enable, prev->enable, 0);

    if (conf->privacy == NGX_CONF_UNSET_UINT) {
        conf->privacy = prev->privacy;
    }

    ngx_conf_merge_uint_value(conf->ignore_gpc, prev->ignore_gpc, 0);
    ngx_conf_merge_value(conf->upstream_headers, prev->upstream_headers, 0);
    ngx_conf_merge_uint_value(conf->sample, prev->sample,
                              NGX_HTTP_JOURNEY_SAMPLE_ALL);

    if (conf->logs == NULL && !conf->logs_off) {
        conf->logs = prev->logs;
        conf->logs_off = prev->logs_off;
    }

    /* one directive, one inheritance */

    if (conf->amount == NULL) {
        conf->amount = prev->amount;
        conf->currency = prev->currency;
        conf->order = prev->order;
    }

    ngx_http_journey_inherit(conf, prev, stage);
    ngx_http_journey_inherit(conf, prev, touchpoint);
    ngx_http_journey_inherit(conf, prev, page);
    ngx_http_journey_inherit(conf, prev, campaign);
    ngx_http_journey_inherit(conf, prev, internal);
    ngx_http_journey_inherit(conf, prev, consent);
    ngx_http_journey_inherit(conf, prev, login);
    ngx_http_journey_inherit(conf, prev, fields);
    ngx_http_journey_inherit(conf, prev, cookie);

    if (conf->cookie == NULL) {

        /* shared by everything below that names none either */

        prev->cookie = ngx_http_journey_cookie_default(cf);
        conf->cookie = prev->cookie;

        if (conf->cookie == NULL) {
            return NGX_CONF_ERROR;
        }
    }

    ngx_http_journey_merge_beacon(cf, prev, conf);

    return ngx_http_journey_check_loc_conf(cf, conf);
}


static char *
ngx_http_journey_check_loc_conf(ngx_conf_t *cf,
    ngx_http_journey_loc_conf_t *conf)
{
    if (!conf->enable) {
        return NGX_CONF_OK;
    }

    if (ngx_http_journey_privacy_check(cf, conf) != NGX_OK) {
        return NGX_CONF_ERROR;
    }

    if (conf->logs == NULL && !conf->logs_off) {
        ngx_log_error(NGX_LOG_EMERG, cf->log, 0,
                      "\"journey on\" needs a \"journey_log\", for "
                      "\"journey\" in %s:%ui",
                      conf->enable_file, conf->enable_line);
        return NGX_CONF_ERROR;
    }

    return NGX_CONF_OK;
}


static ngx_int_t
ngx_http_journey_init_module(ngx_cycle_t *cycle)
{
    ngx_http_journey_main_conf_t  *jmcf;

    jmcf = ngx_http_cycle_get_module_main_conf(cycle, ngx_http_journey_module);

    ngx_http_journey_counters_init_module(jmcf ? &jmcf->counters : NULL);

    if (jmcf == NULL) {
        return NGX_OK;
    }

    return ngx_http_journey_log_init_module(cycle, &jmcf->logs);
}


static ngx_int_t
ngx_http_journey_init_process(ngx_cycle_t *cycle)
{
    ngx_http_journey_main_conf_t  *jmcf;

    jmcf = ngx_http_cycle_get_module_main_conf(cycle, ngx_http_journey_module);

    if (jmcf == NULL) {
        return NGX_OK;
    }

    ngx_http_journey_visitor_init_process();

    if (jmcf->key_file.data) {
        ngx_http_journey_key_watch_init_process();
    }

    if (jmcf->salt) {
        ngx_http_journey_cookieless_init_process();
    }

    return ngx_http_journey_log_init_process(cycle, &jmcf->logs);
}


static void
ngx_http_journey_exit_process(ngx_cycle_t *cycle)
{
    ngx_http_journey_main_conf_t  *jmcf;

    jmcf = ngx_http_cycle_get_module_main_conf(cycle, ngx_http_journey_module);

    if (jmcf) {
        ngx_http_journey_log_exit_process(cycle, &jmcf->logs);
    }
}
