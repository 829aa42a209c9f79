/*
 * ngx_http_journey_status.c - one document, written in one go: the counters
 * are read once, so its numbers belong together as well as they can without a
 * lock.
 *
 * Prometheus' text format, version 0.0.4: HELP and TYPE before the samples of
 * a name, counters end in _total, buckets are cumulative, and label values
 * escape backslash, quote and line feed.
 */

#include "ngx_http_journey_status.h"

#include "jny_utf8.h"


#define NGX_HTTP_JOURNEY_STATUS_ROOM     16384   /* all but the stages */
#define NGX_HTTP_JOURNEY_STATUS_SAMPLES  3       /* of a stage */
#define NGX_HTTP_JOURNEY_STATUS_SAMPLE   128     /* without its name */

typedef struct {
    ngx_uint_t   count;     /* ngx_http_journey_count_e */
    char        *name;      /* in JSON; with "_total" in Prometheus */
    char        *help;
} ngx_http_journey_status_counter_t;

typedef struct {
    const ngx_http_journey_counters_conf_t  *conf;
    ngx_http_journey_numbers_t               numbers;
    ngx_http_journey_stage_numbers_t        *stages;
    ngx_str_t                               *names;   /* of stages, escaped */
    ngx_uint_t                               nstages;
} ngx_http_journey_status_t;


static ngx_int_t ngx_http_journey_status_json(ngx_http_request_t *r);
static ngx_int_t ngx_http_journey_status_prometheus(ngx_http_request_t *r);
static ngx_int_t ngx_http_journey_status_answer(ngx_http_request_t *r,
    ngx_uint_t prometheus);
static ngx_int_t ngx_http_journey_status_read(ngx_http_request_t *r,
    ngx_http_journey_status_t *st);
static ngx_int_t ngx_http_journey_status_name(ngx_http_request_t *r,
    ngx_str_t *name, ngx_str_t *out);
static size_t ngx_http_journey_status_size(ngx_http_journey_status_t *st);
static u_char *ngx_http_journey_status_put_json(u_char *p,
    ngx_http_journey_status_t *st);
static u_char *ngx_http_journey_status_json_reasons(u_char *p, uint64_t *n,
    const char *const *names, ngx_uint_t count);
static u_char *ngx_http_journey_status_json_flush(u_char *p, uint64_t *n);
static u_char *ngx_http_journey_status_put_prometheus(u_char *p,
    ngx_http_journey_status_t *st);
static u_char *ngx_http_journey_status_help(u_char *p, char *name,
    char *type, char *help);
static u_char *ngx_http_journey_status_reasons(u_char *p, char *name,
    uint64_t *n, const char *const *names, ngx_uint_t count);
static u_char *ngx_http_journey_status_flush(u_char *p, uint64_t *n);
static u_char *ngx_http_journey_status_spool(u_char *p,
    ngx_http_journey_numbers_t *numbers);
static u_char *ngx_http_journey_status_stages(u_char *p,
    ngx_http_journey_status_t *st);


static ngx_http_journey_status_counter_t  ngx_http_journey_status_counters[] = {

    { NGX_HTTP_JOURNEY_COUNT_ACCEPTED, "events_accepted",
      "Events given to a log." },

    { NGX_HTTP_JOURNEY_COUNT_WRITTEN, "events_written",
      "Events in blocks on disk." },

    { NGX_HTTP_JOURNEY_COUNT_RECOVERED, "events_recovered",
      "Events of dead workers, written by another one." },

    { NGX_HTTP_JOURNEY_COUNT_BLOCKS, "log_blocks",
      "Blocks written." },

    { NGX_HTTP_JOURNEY_COUNT_BYTES, "log_bytes",
      "Bytes written." },

    { NGX_HTTP_JOURNEY_COUNT_COOKIE_INVALID, "cookies_invalid",
      "Events whose cookie was forged, malformed or expired." },

    { NGX_HTTP_JOURNEY_COUNT_BEACON, "beacons",
      "Beacons committed to the spool." },

    { 0, NULL, NULL }
};

static const char *const
    ngx_http_journey_status_drops[NGX_HTTP_JOURNEY_DROP_COUNT] = {
    "spool_full", "write", "too_large", "no_memory", "no_spool", "damaged"
};

static const char *const
    ngx_http_journey_status_rejects[NGX_HTTP_JOURNEY_REJECT_COUNT] = {
#define NGX_HTTP_JOURNEY_X(id, name)  name,
    NGX_HTTP_JOURNEY_REJECT_MAP(NGX_HTTP_JOURNEY_X)
#undef NGX_HTTP_JOURNEY_X
    };


char *
ngx_http_journey_set_status(ngx_conf_t *cf, ngx_command_t *cmd, void *conf)
{
    ngx_str_t                     *value;
    ngx_http_handler_pt            handler;
    ngx_http_core_loc_conf_t      *clcf;
    ngx_http_journey_main_conf_t  *jmcf;

    value = cf->args->elts;

    if (cf->args->nelts == 1 || ngx_strcmp(value[1].data, "json") == 0) {
        handler = ngx_http_journey_status_json;

    } else if (ngx_strcmp(value[1].data, "prometheus") == 0) {
        handler = ngx_http_journey_status_prometheus;

    } else {
        ngx_conf_log_error(NGX_LOG_EMERG, cf, 0,
                           "invalid parameter \"%V\" of \"journey_status\": it "
                           "takes \"json\" or \"prometheus\"", &value[1]);
        return NGX_CONF_ERROR;
    }

    clcf = ngx_http_conf_get_module_loc_conf(cf, ngx_http_core_module);

    if (clcf->handler) {
        return "is duplicate, or another handler is in this location";
    }

    clcf->handler = handler;

    ((ngx_http_journey_loc_conf_t *) conf)->status = 1;

    jmcf = ngx_http_conf_get_module_main_conf(cf, ngx_http_journey_module);
    jmcf->counted = 1;

    return NGX_CONF_OK;
}


static ngx_int_t
ngx_http_journey_status_json(ngx_http_request_t *r)
{
    return ngx_http_journey_status_answer(r, 0);
}


static ngx_int_t
ngx_http_journey_status_prometheus(ngx_http_request_t *r)
{
    return ngx_http_journey_status_answer(r, 1);
}


static ngx_int_t
ngx_http_journey_status_answer(ngx_http_request_t *r, ngx_uint_t prometheus)
{
    ngx_int_t                   rc;
    ngx_buf_t                  *b;
    ngx_chain_t                 out;
    ngx_http_journey_status_t   st;

    if (!(r->method & (NGX_HTTP_GET | NGX_HTTP_HEAD))) {
        return NGX_HTTP_NOT_ALLOWED;
    }

    rc = ngx_http_discard_request_body(r);

    if (rc != NGX_OK) {
        return rc;
    }

    if (ngx_http_journey_status_read(r, &st) != NGX_OK) {
        return NGX_HTTP_INTERNAL_SERVER_ERROR;
    }

    b = ngx_create_temp_buf(r->pool, ngx_http_journey_status_size(&st));
    if (b == NULL) {
        return NGX_HTTP_INTERNAL_SERVER_ERROR;
    }

    if (prometheus) {
        b->last = ngx_http_journey_status_put_prometheus(b->last, &st);
        ngx_str_set(&r->headers_out.content_type,
                    "text/plain; version=0.0.4; charset=utf-8");

    } else {
        b->last = ngx_http_journey_status_put_json(b->last, &st);
        ngx_str_set(&r->headers_out.content_type, "application/json");
    }

    r->headers_out.content_type_len = r->headers_out.content_type.len;
    r->headers_out.content_type_lowcase = NULL;
    r->headers_out.status = NGX_HTTP_OK;
    r->headers_out.content_length_n = b->last - b->pos;

    b->last_buf = (r == r->main) ? 1 : 0;
    b->last_in_chain = 1;

    rc = ngx_http_send_header(r);

    if (rc == NGX_ERROR || rc > NGX_OK || r->header_only) {
        return rc;
    }

    out.buf = b;
    out.next = NULL;

    return ngx_http_output_filter(r, &out);
}


static ngx_int_t
ngx_http_journey_status_read(ngx_http_request_t *r,
    ngx_http_journey_status_t *st)
{
    ngx_str_t                     *stage;
    ngx_uint_t                     i;
    ngx_http_journey_main_conf_t  *jmcf;

    jmcf = ngx_http_get_module_main_conf(r, ngx_http_journey_module);

    ngx_memzero(st, sizeof(ngx_http_journey_status_t));

    st->conf = &jmcf->counters;
    ngx_http_journey_counters_read(&st->numbers);

    if (st->conf->stages == NULL) {
        return NGX_OK;
    }

    stage = st->conf->stages->elts;
    st->nstages = st->conf->stages->nelts;

    st->stages = ngx_palloc(r->pool,
                            st->nstages
                            * sizeof(ngx_http_journey_stage_numbers_t));
    st->names = ngx_palloc(r->pool, st->nstages * sizeof(ngx_str_t));

    if (st->stages == NULL || st->names == NULL) {
        return NGX_ERROR;
    }

    for (i = 0; i < st->nstages; i++) {
        ngx_http_journey_counters_stage(st->conf, i, &st->stages[i]);

        if (ngx_http_journey_status_name(r, &stage[i], &st->names[i])
            != NGX_OK)
        {
            return NGX_ERROR;
        }
    }

    return NGX_OK;
}


/*
 * A name as both formats can have it in quotes: UTF-8 as the log has it, and
 * the three escapes they share.  Other control characters, which JSON forbids
 * and nobody names a stage with, become "?".
 */

static ngx_int_t
ngx_http_journey_status_name(ngx_http_request_t *r, ngx_str_t *name,
    ngx_str_t *out)
{
    u_char       *p, *clean;
    size_t        i, len;
    jny_slice_t   s;

    s.data = name->data;
    s.len = name->len;

    clean = ngx_pnalloc(r->pool, JNY_MAX_TEXT + 2 * JNY_MAX_TEXT);
    if (clean == NULL) {
        return NGX_ERROR;
    }

    p = clean + JNY_MAX_TEXT;
    len = jny_utf8_clean(s, clean, JNY_MAX_TEXT);

    out->data = p;

    for (i = 0; i < len; i++) {

        switch (clean[i]) {

        case '"':
        case '\\':
            *p++ = '\\';
            *p++ = clean[i];
            break;

        case '\n':
            *p++ = '\\';
            *p++ = 'n';
            break;

        default:
            *p++ = (clean[i] < 0x20) ? '?' : clean[i];
        }
    }

    out->len = p - out->data;

    return NGX_OK;
}


static size_t
ngx_http_journey_status_size(ngx_http_journey_status_t *st)
{
    size_t      size;
    ngx_uint_t  i;

    size = NGX_HTTP_JOURNEY_STATUS_ROOM;

    for (i = 0; i < st->nstages; i++) {
        size += NGX_HTTP_JOURNEY_STATUS_SAMPLES
                * (NGX_HTTP_JOURNEY_STATUS_SAMPLE + st->names[i].len);
    }

    return size;
}


static u_char *
ngx_http_journey_status_put_json(u_char *p, ngx_http_journey_status_t *st)
{
    uint64_t                           *n;
    ngx_uint_t                          i;
    ngx_http_journey_status_counter_t  *c;

    n = st->numbers.n;
    p = ngx_sprintf(p, "{\n");

    for (c = ngx_http_journey_status_counters; c->name; c++) {
        p = ngx_sprintf(p, "  \"%s\": %uL,\n", c->name, n[c->count]);
    }

    p = ngx_sprintf(p, "  \"events_dropped\": {");
    p = ngx_http_journey_status_json_reasons(
        p, &n[NGX_HTTP_JOURNEY_COUNT_DROP], ngx_http_journey_status_drops,
        NGX_HTTP_JOURNEY_DROP_COUNT);

    p = ngx_sprintf(p, "},\n  \"beacons_rejected\": {");
    p = ngx_http_journey_status_json_reasons(
        p, &n[NGX_HTTP_JOURNEY_COUNT_REJECT], ngx_http_journey_status_rejects,
        NGX_HTTP_JOURNEY_REJECT_COUNT);

    p = ngx_sprintf(p, "},\n");
    p = ngx_http_journey_status_json_flush(p, n);

    p = ngx_sprintf(p, "  \"spools\": {\"count\": %uL, \"bytes\": %uL, "
                       "\"used\": %uL, \"fullest\": %.4f},\n",
                    st->numbers.spools, st->numbers.spool_size,
                    st->numbers.spool_used, st->numbers.spool_fullest);

    p = ngx_sprintf(p, "  \"stages\": [");

    for (i = 0; i < st->nstages; i++) {
        p = ngx_sprintf(p, "%s\n    {\"stage\": \"%V\", \"touchpoints\": %uL, "
                           "\"visitors_today\": %.0f, "
                           "\"visitors_yesterday\": %.0f}",
                        i ? "," : "", &st->names[i], st->stages[i].touchpoints,
                        st->stages[i].visitors,
                        st->stages[i].visitors_yesterday);
    }

    return ngx_sprintf(p, "%s]\n}\n", st->nstages ? "\n  " : "");
}


static u_char *
ngx_http_journey_status_json_reasons(u_char *p, uint64_t *n,
    const char *const *names, ngx_uint_t count)
{
    ngx_uint_t  i;

    for (i = 0; i < count; i++) {
        p = ngx_sprintf(p, "%s\"%s\": %uL", i ? ", " : "", names[i], n[i]);
    }

    return p;
}


/* Not cumulative: what took at most so many microseconds, "more": the rest. */

static u_char *
ngx_http_journey_status_json_flush(u_char *p, uint64_t *n)
{
    ngx_uint_t  i;

    p = ngx_sprintf(p, "  \"flush_us\": {\"sum\": %uL, \"most\": {",
                    n[NGX_HTTP_JOURNEY_COUNT_FLUSH_US]);

    n += NGX_HTTP_JOURNEY_COUNT_FLUSH;

    for (i = 0; i < NGX_HTTP_JOURNEY_FLUSH_BUCKETS; i++) {
        p = ngx_sprintf(p, "\"%ui\": %uL, ", ngx_http_journey_flush_us[i],
                        n[i]);
    }

    return ngx_sprintf(p, "\"more\": %uL}},\n", n[i]);
}


static u_char *
ngx_http_journey_status_put_prometheus(u_char *p,
    ngx_http_journey_status_t *st)
{
    uint64_t                           *n;
    ngx_http_journey_status_counter_t  *c;

    n = st->numbers.n;

    for (c = ngx_http_journey_status_counters; c->name; c++) {
        p = ngx_sprintf(p, "# HELP nginx_journey_%s_total %s\n"
                           "# TYPE nginx_journey_%s_total counter\n"
                           "nginx_journey_%s_total %uL\n",
                        c->name, c->help, c->name, c->name, n[c->count]);
    }

    p = ngx_http_journey_status_help(p, "events_dropped_total", "counter",
                                     "Events that could not be kept.");
    p = ngx_http_journey_status_reasons(
        p, "events_dropped_total", &n[NGX_HTTP_JOURNEY_COUNT_DROP],
        ngx_http_journey_status_drops, NGX_HTTP_JOURNEY_DROP_COUNT);

    p = ngx_http_journey_status_help(p, "beacons_rejected_total", "counter",
                                     "Beacons that were refused.");
    p = ngx_http_journey_status_reasons(
        p, "beacons_rejected_total", &n[NGX_HTTP_JOURNEY_COUNT_REJECT],
        ngx_http_journey_status_rejects, NGX_HTTP_JOURNEY_REJECT_COUNT);

    p = ngx_http_journey_status_flush(p, n);
    p = ngx_http_journey_status_spool(p, &st->numbers);

    return ngx_http_journey_status_stages(p, st);
}


static u_char *
ngx_http_journey_status_help(u_char *p, char *name, char *type, char *help)
{
    return ngx_sprintf(p, "# HELP nginx_journey_%s %s\n"
                          "# TYPE nginx_journey_%s %s\n",
                       name, help, name, type);
}


static u_char *
ngx_http_journey_status_reasons(u_char *p, char *name, uint64_t *n,
    const char *const *names, ngx_uint_t count)
{
    ngx_uint_t  i;

    for (i = 0; i < count; i++) {
        p = ngx_sprintf(p, "nginx_journey_%s{reason=\"%s\"} %uL\n", name,
                        names[i], n[i]);
    }

    return p;
}


static u_char *
ngx_http_journey_status_flush(u_char *p, uint64_t *n)
{
    uint64_t    sum, us;
    ngx_uint_t  i;

    p = ngx_http_journey_status_help(p, "flush_seconds", "histogram",
                                     "Time to encode and write a block.");

    sum = 0;

    for (i = 0; i < NGX_HTTP_JOURNEY_FLUSH_BUCKETS; i++) {
        us = ngx_http_journey_flush_us[i];
        sum += n[NGX_HTTP_JOURNEY_COUNT_FLUSH + i];

        p = ngx_sprintf(p, "nginx_journey_flush_seconds_bucket{le=\"%uL.%04uL"
                           "\"} %uL\n",
                        us / 1000000, us % 1000000 / 100, sum);
    }

    sum += n[NGX_HTTP_JOURNEY_COUNT_FLUSH + i];
    us = n[NGX_HTTP_JOURNEY_COUNT_FLUSH_US];

    return ngx_sprintf(p, "nginx_journey_flush_seconds_bucket{le=\"+Inf\"} "
                          "%uL\n"
                          "nginx_journey_flush_seconds_sum %uL.%06uL\n"
                          "nginx_journey_flush_seconds_count %uL\n",
                       sum, us / 1000000, us % 1000000, sum);
}


static u_char *
ngx_http_journey_status_spool(u_char *p, ngx_http_journey_numbers_t *numbers)
{
    p = ngx_http_journey_status_help(p, "spool_size_bytes", "gauge",
                                     "Size of the living workers' spools.");
    p = ngx_sprintf(p, "nginx_journey_spool_size_bytes %uL\n",
                    numbers->spool_size);

    p = ngx_http_journey_status_help(p, "spool_used_bytes", "gauge",
                                     "What is in them and not in a block yet.");
    p = ngx_sprintf(p, "nginx_journey_spool_used_bytes %uL\n",
                    numbers->spool_used);

    p = ngx_http_journey_status_help(p, "spool_fullest_ratio", "gauge",
                                     "How full the fullest spool is, 0 to 1.");

    return ngx_sprintf(p, "nginx_journey_spool_fullest_ratio %.4f\n",
                       numbers->spool_fullest);
}


static u_char *
ngx_http_journey_status_stages(u_char *p, ngx_http_journey_status_t *st)
{
    ngx_uint_t  i;

    p = ngx_http_journey_status_help(p, "stage_touchpoints_total", "counter",
                                     "Touchpoints that reached a stage.");

    for (i = 0; i < st->nstages; i++) {
        p = ngx_sprintf(p, "nginx_journey_stage_touchpoints_total"
                           "{stage=\"%V\"} %uL\n",
                        &st->names[i], st->stages[i].touchpoints);
    }

    p = ngx_http_journey_status_help(p, "stage_visitors", "gauge",
                                     "Different visitors of a stage and UTC "
                                     "day, estimated to 1.6 %.");

    for (i = 0; i < st->nstages; i++) {
        p = ngx_sprintf(p, "nginx_journey_stage_visitors"
                           "{stage=\"%V\",day=\"today\"} %.0f\n"
                           "nginx_journey_stage_visitors"
                           "{stage=\"%V\",day=\"yesterday\"} %.0f\n",
                        &st->names[i], st->stages[i].visitors, &st->names[i],
                        st->stages[i].visitors_yesterday);
    }

    return p;
}
