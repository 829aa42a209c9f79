/*
 * ngx_http_journey_row.c - the log phase: values are evaluated, the row is
 * put together and given to the logs.
 *
 * Only here the status is final, so a stage may depend on it.  A value that
 * cannot be had leaves its column empty; nothing here fails a request.
 */

#include "ngx_http_journey_row.h"
#include "ngx_http_journey_campaign.h"
#include "ngx_http_journey_login.h"
#include "ngx_http_journey_page.h"
#include "ngx_http_journey_privacy.h"
#include "ngx_http_journey_sample.h"
#include "ngx_http_journey_upstream.h"
#include "ngx_http_journey_value.h"
#include "ngx_http_journey_visitor.h"


static ngx_uint_t ngx_http_journey_row_wanted(ngx_http_request_t *r,
    ngx_http_journey_log_line_t *line);
static void ngx_http_journey_row_beacon(ngx_http_request_t *r,
    ngx_http_journey_ctx_t *ctx, jny_row_t *row, const jny_row_t *beacon);
static void ngx_http_journey_row_count(ngx_http_request_t *r,
    jny_row_t *row);
static void ngx_http_journey_row_fill(ngx_http_request_t *r,
    ngx_http_journey_ctx_t *ctx, jny_row_t *row);
static void ngx_http_journey_row_request(ngx_http_request_t *r,
    jny_row_t *row);
static uint32_t ngx_http_journey_row_status(ngx_http_request_t *r);
static void ngx_http_journey_row_money(ngx_http_request_t *r,
    ngx_http_journey_ctx_t *ctx, jny_row_t *row);
static void ngx_http_journey_row_fields(ngx_http_request_t *r,
    ngx_http_journey_ctx_t *ctx, jny_row_t *row);
static ngx_str_t ngx_http_journey_row_page(ngx_http_request_t *r,
    ngx_http_journey_ctx_t *ctx);
static ngx_str_t ngx_http_journey_row_told(ngx_http_request_t *r,
    const ngx_str_t *said, ngx_http_complex_value_t *cv);
static ngx_str_t ngx_http_journey_row_value(ngx_http_request_t *r,
    ngx_http_complex_value_t *cv);
static jny_slice_t ngx_http_journey_row_slice(ngx_str_t s);
static ngx_str_t ngx_http_journey_row_string(jny_slice_t slice);


ngx_int_t
ngx_http_journey_row_handler(ngx_http_request_t *r)
{
    ngx_http_journey_ctx_t  *ctx;

    if (r != r->main) {
        return NGX_OK;
    }

    ctx = ngx_http_journey_ctx_last(r);

    if (ctx == NULL) {
        return NGX_OK;
    }

    if (!ctx->closed) {
        (void) ngx_http_journey_row_write(r, ctx, NULL);

    } else if (ctx->pending) {
        ngx_http_journey_count(NGX_HTTP_JOURNEY_COUNT_REJECT
                               + NGX_HTTP_JOURNEY_REJECT_REFUSED, 1);
    }

    return NGX_OK;
}


ngx_int_t
ngx_http_journey_row_write(ngx_http_request_t *r, ngx_http_journey_ctx_t *ctx,
    const jny_row_t *beacon)
{
    jny_row_t                     row;
    ngx_int_t                     rc;
    ngx_uint_t                    i;
    ngx_http_journey_log_line_t  *line;

    ctx->closed = 1;

    if (ctx->conf->logs == NULL) {
        return NGX_DONE;
    }

    ngx_http_journey_visitor_resolve(r, ctx);

    if (!ngx_http_journey_sample_keeps(ctx)) {
        return NGX_DONE;
    }

    rc = NGX_DONE;
    line = ctx->conf->logs->elts;

    for (i = 0; i < ctx->conf->logs->nelts; i++) {

        if (!ngx_http_journey_row_wanted(r, &line[i])) {
            continue;
        }

        if (rc == NGX_DONE) {
            ngx_http_journey_row_fill(r, ctx, &row);

            if (beacon) {
                ngx_http_journey_row_beacon(r, ctx, &row, beacon);
            }

            rc = NGX_OK;
        }

        if (ngx_http_journey_log_write(line[i].log, &row) == NGX_OK) {
            ctx->logged = 1;

        } else {
            rc = NGX_DECLINED;
        }
    }

    if (ctx->logged) {
        ngx_http_journey_row_count(r, &row);
    }

    return rc;
}


/* What a beacon says stands above what the directives of its location do. */

static void
ngx_http_journey_row_beacon(ngx_http_request_t *r,
    ngx_http_journey_ctx_t *ctx, jny_row_t *row, const jny_row_t *beacon)
{
    ngx_uint_t  i;

    row->flags |= JNY_ROW_BEACON;

    for (i = 0; i < JNY_MAX_FIELDS; i++) {
        if (beacon->field[i].len) {
            row->field[i] = beacon->field[i];
        }
    }

    for (i = 0; i < JNY_TEXT_COUNT; i++) {

        if (beacon->text[i].len == 0
            || (i == JNY_TEXT_PAGE
                && ngx_http_journey_row_value(r, ctx->conf->page).len)
            || ((i == JNY_TEXT_ORDER || i == JNY_TEXT_CURRENCY)
                && !ctx->paid))
        {
            continue;
        }

        row->text[i] = beacon->text[i];
    }

    if (beacon->value_e4 && ctx->paid) {
        row->value_e4 = beacon->value_e4;
        row->text[JNY_TEXT_CURRENCY] = beacon->text[JNY_TEXT_CURRENCY];
    }

    row->score_e2 = beacon->score_e2;

    if (beacon->login) {
        row->login = ctx->named ? beacon->login : 0;
        row->visitor = 0;
        row->flags &= ~(JNY_ROW_NEW_VISITOR | JNY_ROW_COOKIE_RETURNED
                        | JNY_ROW_COOKIE_INVALID);
    }

    ctx->stage = ngx_http_journey_row_string(row->text[JNY_TEXT_STAGE]);
    ctx->touchpoint = ngx_http_journey_row_string(
        row->text[row->text[JNY_TEXT_TOUCHPOINT].len ? JNY_TEXT_TOUCHPOINT
                                                     : JNY_TEXT_PAGE]);
}


/* What the tool will leave out is not counted: own staff, prefetches. */

static void
ngx_http_journey_row_count(ngx_http_request_t *r, jny_row_t *row)
{
    ngx_http_journey_main_conf_t  *jmcf;

    jmcf = ngx_http_get_module_main_conf(r, ngx_http_journey_module);

    if (row->flags & JNY_ROW_COOKIE_INVALID) {
        ngx_http_journey_count(NGX_HTTP_JOURNEY_COUNT_COOKIE_INVALID, 1);
    }

    if (!(row->flags & (JNY_ROW_INTERNAL | JNY_ROW_SPECULATIVE))) {
        ngx_http_journey_count_stage(&jmcf->counters,
                                     row->text[JNY_TEXT_STAGE], row->visitor);
    }
}


static ngx_uint_t
ngx_http_journey_row_wanted(ngx_http_request_t *r,
    ngx_http_journey_log_line_t *line)
{
    return line->filter == NULL || ngx_http_journey_true(r, line->filter);
}


static void
ngx_http_journey_row_fill(ngx_http_request_t *r, ngx_http_journey_ctx_t *ctx,
    jny_row_t *row)
{
    ngx_str_t                           page;
    ngx_http_journey_loc_conf_t        *jlcf;
    const ngx_http_journey_upstream_t  *said;

    jlcf = ctx->conf;

    ngx_memzero(row, sizeof(jny_row_t));

    row->visitor = ctx->visitor;
    row->login = ngx_http_journey_login(r, ctx);
    row->flags = ctx->flags;

    if (ctx->cookie_sent) {
        row->flags |= JNY_ROW_COOKIE_SENT;
    }

    if (ngx_http_journey_true(r, jlcf->internal)) {
        row->flags |= JNY_ROW_INTERNAL;
    }

    ngx_http_journey_row_request(r, row);

    row->text[JNY_TEXT_MODE] = ngx_http_journey_row_slice(
        ngx_http_journey_privacy_names[jlcf->privacy]);

    page = ngx_http_journey_row_page(r, ctx);
    row->text[JNY_TEXT_PAGE] = ngx_http_journey_row_slice(page);

    said = ngx_http_journey_upstream_said(ctx);

    ctx->touchpoint = ngx_http_journey_row_told(r, &said->touchpoint,
                                                jlcf->touchpoint);
    row->text[JNY_TEXT_TOUCHPOINT] =
        ngx_http_journey_row_slice(ctx->touchpoint);

    if (ctx->touchpoint.len == 0) {
        ctx->touchpoint = page;
    }

    ctx->stage = ngx_http_journey_row_told(r, &said->stage, jlcf->stage);
    row->text[JNY_TEXT_STAGE] = ngx_http_journey_row_slice(ctx->stage);

    /*
     * Readers take a campaign on a row with SAME_HOST_REFERER for a tagged
     * link between own pages and ignore it.  A rescued one is the landing's:
     * its row stands for the landing, which did not come from here.
     */

    if (!ngx_http_journey_campaign_fill(r, ctx, row)) {
        ngx_http_journey_referrer_fill(r, ctx, row);
    }

    ctx->campaign.data = (u_char *) row->text[JNY_TEXT_CAMPAIGN].data;
    ctx->campaign.len = row->text[JNY_TEXT_CAMPAIGN].len;

    if (ctx->paid) {
        ngx_http_journey_row_money(r, ctx, row);
    }

    ngx_http_journey_row_fields(r, ctx, row);
}


static void
ngx_http_journey_row_request(ngx_http_request_t *r, jny_row_t *row)
{
    int64_t      latency_ms;
    ngx_str_t    agent;
    ngx_time_t  *now;

    now = ngx_timeofday();

    row->time_ms = (int64_t) now->sec * 1000 + (int64_t) now->msec;

    /* the wall clock may have been set back meanwhile */

    latency_ms = row->time_ms
                 - ((int64_t) r->start_sec * 1000 + (int64_t) r->start_msec);

    row->latency_ms = (uint32_t) ngx_min(ngx_max(latency_ms, 0), 0x7fffffff);

    row->status = ngx_http_journey_row_status(r);

    row->text[JNY_TEXT_HOST] =
        ngx_http_journey_row_slice(ngx_http_journey_host(r));

    if (r->headers_in.user_agent) {
        agent = r->headers_in.user_agent->value;
        agent.len = ngx_min(agent.len, JNY_MAX_AGENT);
        row->agent = ngx_http_journey_row_slice(agent);
    }
}


/* As $status has it. */

static uint32_t
ngx_http_journey_row_status(ngx_http_request_t *r)
{
    if (r->err_status) {
        return (uint32_t) r->err_status;
    }

    if (r->headers_out.status) {
        return (uint32_t) r->headers_out.status;
    }

    return (r->http_version == NGX_HTTP_VERSION_9) ? 9 : 0;
}


static void
ngx_http_journey_row_money(ngx_http_request_t *r,
    ngx_http_journey_ctx_t *ctx, jny_row_t *row)
{
    u_char                             *p;
    int64_t                             value_e4;
    ngx_str_t                           amount, currency, order;
    ngx_http_journey_loc_conf_t        *jlcf;
    const ngx_http_journey_upstream_t  *said;

    jlcf = ctx->conf;
    said = ngx_http_journey_upstream_said(ctx);

    order = ngx_http_journey_row_told(r, &said->order, jlcf->order);
    row->text[JNY_TEXT_ORDER] = ngx_http_journey_row_slice(order);

    amount = ngx_http_journey_row_told(r, &said->value, jlcf->amount);

    if (amount.len == 0) {
        return;
    }

    if (ngx_http_journey_value_parse(amount.data, amount.len, &value_e4) != 0)
    {
        ngx_log_error(NGX_LOG_INFO, r->connection->log, 0,
                      "journey_value: \"%V\" is not a decimal amount", &amount);
        return;
    }

    currency = ngx_http_journey_row_told(r, &said->currency, jlcf->currency);

    if (currency.len) {

        p = ngx_pnalloc(r->pool, 3);
        if (p == NULL) {
            return;
        }

        /* money of an unknown currency could only be added up wrongly */

        if (ngx_http_journey_currency_parse(currency.data, currency.len, p)
            != 0)
        {
            ngx_log_error(NGX_LOG_INFO, r->connection->log, 0,
                          "journey_value: \"%V\" is not a currency code",
                          &currency);
            return;
        }

        row->text[JNY_TEXT_CURRENCY].data = p;
        row->text[JNY_TEXT_CURRENCY].len = 3;
    }

    row->value_e4 = value_e4;
}


static void
ngx_http_journey_row_fields(ngx_http_request_t *r, ngx_http_journey_ctx_t *ctx,
    jny_row_t *row)
{
    ngx_uint_t                          i;
    ngx_array_t                        *fields;
    ngx_http_journey_field_t           *field;
    const ngx_http_journey_upstream_t  *said;

    said = ngx_http_journey_upstream_said(ctx);

    for (i = 0; ctx->upstream && i < JNY_MAX_FIELDS; i++) {
        row->field[i] = ngx_http_journey_row_slice(said->field[i]);
    }

    fields = ctx->conf->fields;

    if (fields == NULL) {
        return;
    }

    field = fields->elts;

    for (i = 0; i < fields->nelts; i++) {
        row->field[field[i].index] = ngx_http_journey_row_slice(
            ngx_http_journey_row_told(r, &said->field[field[i].index],
                                      &field[i].value));
    }
}


ngx_str_t
ngx_http_journey_row_stage(ngx_http_request_t *r, ngx_http_journey_ctx_t *ctx)
{
    if (ctx->logged) {
        return ctx->stage;
    }

    return ngx_http_journey_row_told(r,
                                   &ngx_http_journey_upstream_said(ctx)->stage,
                                     ctx->conf->stage);
}


ngx_str_t
ngx_http_journey_row_touchpoint(ngx_http_request_t *r,
    ngx_http_journey_ctx_t *ctx)
{
    ngx_str_t  touchpoint;

    if (ctx->logged) {
        return ctx->touchpoint;
    }

    touchpoint = ngx_http_journey_row_told(r,
                              &ngx_http_journey_upstream_said(ctx)->touchpoint,
                                           ctx->conf->touchpoint);

    if (touchpoint.len) {
        return touchpoint;
    }

    return ngx_http_journey_row_page(r, ctx);
}


ngx_str_t
ngx_http_journey_row_campaign(ngx_http_request_t *r,
    ngx_http_journey_ctx_t *ctx)
{
    jny_row_t  row;
    ngx_str_t  campaign;

    if (ctx->logged) {
        return ctx->campaign;
    }

    ngx_memzero(&row, sizeof(jny_row_t));

    ngx_http_journey_visitor_mint(r, ctx);
    (void) ngx_http_journey_campaign_fill(r, ctx, &row);

    campaign.data = (u_char *) row.text[JNY_TEXT_CAMPAIGN].data;
    campaign.len = row.text[JNY_TEXT_CAMPAIGN].len;

    return campaign;
}


static ngx_str_t
ngx_http_journey_row_page(ngx_http_request_t *r, ngx_http_journey_ctx_t *ctx)
{
    ngx_str_t  page;

    page = ngx_http_journey_row_value(r, ctx->conf->page);

    if (page.len || r->unparsed_uri.len == 0) {
        return page;
    }

    page.data = ngx_pnalloc(r->pool, r->unparsed_uri.len + 1);
    if (page.data == NULL) {
        return page;
    }

    page.len = ngx_http_journey_page(r->unparsed_uri.data,
                                     r->unparsed_uri.len, page.data);

    return page;
}


/* The application knows better than the configuration. */

static ngx_str_t
ngx_http_journey_row_told(ngx_http_request_t *r, const ngx_str_t *said,
    ngx_http_complex_value_t *cv)
{
    return said->len ? *said : ngx_http_journey_row_value(r, cv);
}


static ngx_str_t
ngx_http_journey_row_value(ngx_http_request_t *r, ngx_http_complex_value_t *cv)
{
    ngx_str_t  value;

    if (cv == NULL || ngx_http_complex_value(r, cv, &value) != NGX_OK) {
        ngx_str_null(&value);
    }

    return value;
}


static jny_slice_t
ngx_http_journey_row_slice(ngx_str_t s)
{
    jny_slice_t  slice;

    slice.data = s.data;
    slice.len = s.len;

    return slice;
}


static ngx_str_t
ngx_http_journey_row_string(jny_slice_t slice)
{
    ngx_str_t  s;

    s.data = (u_char *) slice.data;
    s.len = slice.len;

    return s;
}
