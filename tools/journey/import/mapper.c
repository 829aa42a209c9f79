/*
 * mapper.c - page, campaign, click id and referrer come out of the request by
 * the module's own functions, so that years of access logs and today's log
 * agree.
 */

#include "import/mapper.h"

#include <stdlib.h>
#include <string.h>
#include <strings.h>

#include "engine/select_row.h"
#include "import/lines.h"
#include "ngx_http_journey_page.h"
#include "ngx_http_journey_value.h"


/*
 * A row's texts, each at most the line, decoded: request, page, host, referrer
 * and campaign, which --map may all read from one column; what they get longer
 * by, and the currency.
 */
#define JNY_MAPPER_TEXTS    (4 + NGX_HTTP_JOURNEY_CAMPAIGN_PARTS)
#define JNY_MAPPER_SCRATCH  (JNY_MAPPER_TEXTS * JNY_RECORD_MAX + 64)
#define JNY_MAPPER_AGENTS   256


int
jny_mapper_init(jny_mapper_t *m, const jny_mapper_conf_t *conf)
{
    int  rc;

    memset(m, 0, sizeof(*m));
    m->conf = conf;
    m->scratch = malloc(JNY_MAPPER_SCRATCH);

    rc = m->scratch != NULL ? JNY_OK : JNY_ENOMEM;

    if (rc == JNY_OK) {
        rc = jny_urls_init(&m->urls);
    }

    if (rc == JNY_OK) {
        rc = jny_memo_init(&m->agents, JNY_MAPPER_AGENTS, JNY_MAX_AGENT,
                           sizeof(uint64_t));
    }

    return rc;
}


void
jny_mapper_release(jny_mapper_t *m)
{
    jny_urls_release(&m->urls);
    jny_memo_release(&m->agents);
    free(m->scratch);
    memset(m, 0, sizeof(*m));
}


static int
jny_mapper_time(jny_mapper_t *m, const jny_record_t *rec, jny_row_t *row,
    const char **why)
{
    if (rec->in[JNY_IN_MSEC].len != 0) {
        *why = "has a $msec that is no time";
        return jny_time_seconds(rec->in[JNY_IN_MSEC], &row->time_ms);
    }

    if (rec->in[JNY_IN_TIME_LOCAL].len != 0) {
        *why = "has a $time_local that is no time";
        return jny_time_local(&m->minute, rec->in[JNY_IN_TIME_LOCAL],
                              &row->time_ms);
    }

    if (rec->in[JNY_IN_TIME].len != 0) {
        return jny_time_any(rec->in[JNY_IN_TIME], &row->time_ms, why);
    }

    *why = "has no time";
    return -1;
}


static int
jny_mapper_status(const jny_record_t *rec, jny_row_t *row, const char **why)
{
    jny_slice_t  s;

    s = rec->in[JNY_IN_STATUS];

    if (s.len > 3) {
        *why = "has a status that is no number of three digits";
        return -1;
    }

    for (size_t i = 0; i < s.len; i++) {
        if (s.data[i] < '0' || s.data[i] > '9') {
            *why = "has a status that is no number of three digits";
            return -1;
        }

        row->status = row->status * 10 + (s.data[i] - '0');
    }

    return 0;
}


static int
jny_mapper_latency(const jny_record_t *rec, jny_row_t *row, const char **why)
{
    int          seconds;
    int64_t      ms;
    jny_slice_t  s;

    seconds = rec->in[JNY_IN_REQUEST_TIME].len != 0;
    s = rec->in[seconds ? JNY_IN_REQUEST_TIME : JNY_IN_LATENCY];

    if (s.len == 0) {
        return 0;
    }

    if (jny_time_seconds(s, &ms) != 0) {
        *why = "has a time of answer that is no number";
        return -1;
    }

    ms = seconds ? ms : ms / 1000;
    row->latency_ms = (uint32_t) (ms < INT32_MAX ? ms : INT32_MAX);

    return 0;
}


static int
jny_mapper_money(jny_mapper_t *m, const jny_record_t *rec, jny_row_t *row,
    const char **why)
{
    int64_t      v;
    jny_slice_t  s;

    s = rec->in[JNY_IN_VALUE];

    if (s.len != 0
        && ngx_http_journey_value_parse(s.data, s.len, &row->value_e4) != 0)
    {
        *why = "has a value that is no decimal amount like 49.90";
        return -1;
    }

    s = row->text[JNY_TEXT_CURRENCY];

    if (s.len != 0) {
        if (ngx_http_journey_currency_parse(s.data, s.len, m->free) != 0) {
            *why = "has a currency that is not three letters";
            return -1;
        }

        row->text[JNY_TEXT_CURRENCY].data = m->free;
        row->text[JNY_TEXT_CURRENCY].len = 3;
        m->free += 3;
    }

    s = rec->in[JNY_IN_SCORE];

    if (s.len != 0) {
        if (ngx_http_journey_value_parse(s.data, s.len, &v) != 0
            || v % 100 != 0 || v / 100 > INT32_MAX || v / 100 < INT32_MIN)
        {
            *why = "has a score that is no number of two decimal places";
            return -1;
        }

        row->score_e2 = (int32_t) (v / 100);
    }

    return 0;
}


/* The URI as the client sent it: "GET /cart?a=b HTTP/1.1" has it inside. */

static jny_slice_t
jny_mapper_uri(const jny_record_t *rec)
{
    jny_slice_t     s;
    const uint8_t  *p, *end;

    s = rec->in[JNY_IN_REQUEST_URI];

    if (s.len == 0 && rec->in[JNY_IN_REQUEST].len != 0) {
        s = rec->in[JNY_IN_REQUEST];
        end = s.data + s.len;
        p = memchr(s.data, ' ', s.len);
        p = p != NULL ? p + 1 : end;

        s.data = p;
        s.len = (size_t) (end - p);

        p = s.len != 0 ? memrchr(s.data, ' ', s.len) : NULL;

        if (p != NULL && end - p > 6 && memcmp(p, " HTTP/", 6) == 0) {
            s.len = (size_t) (p - s.data);
        }
    }

    /* http://host/path, as proxies are asked; nginx keeps the path */

    if (s.len != 0 && s.data[0] != '/') {
        end = s.data + s.len;
        p = memchr(s.data, ':', s.len);

        p = p != NULL && end - p > 3 && p[1] == '/' && p[2] == '/'
                ? memchr(p + 3, '/', (size_t) (end - p - 3)) : NULL;

        s.data = p;
        s.len = p != NULL ? (size_t) (end - p) : 0;
    }

    return s;
}


/* The page; *asset is whether people visit it. */

static jny_slice_t
jny_mapper_page(jny_mapper_t *m, const jny_record_t *rec,
    const jny_url_t *url, int *asset)
{
    jny_slice_t  page;

    page = rec->in[JNY_IN_TEXT + JNY_TEXT_PAGE];

    if (page.len != 0) {
        page.len = ngx_http_journey_page(page.data, page.len, m->free);
        page.data = m->free;
        m->free += page.len;

    } else if (url->page.len != 0) {
        *asset = url->asset;
        return url->page;

    } else {

        /* $uri is decoded and resolved already */

        page = rec->in[JNY_IN_URI];

        while (page.len > 1 && page.data[page.len - 1] == '/') {
            page.len--;
        }
    }

    *asset = jny_url_is_asset(page);

    return page;
}


/* A value of the query, still encoded. */

static jny_slice_t
jny_mapper_part(jny_mapper_t *m, jny_slice_t value)
{
    jny_slice_t  text;

    text = ngx_http_journey_query_text(value, m->free);
    m->free += value.len;

    return text;
}


static void
jny_mapper_campaign(jny_mapper_t *m, const jny_record_t *rec,
    const jny_url_t *url, jny_row_t *row)
{
    int                        args;
    jny_slice_t               *text;
    ngx_http_journey_query_t   q;

    args = rec->in[JNY_IN_ARGS].len != 0;

    if (args) {
        ngx_http_journey_query_args(rec->in[JNY_IN_ARGS], &q);
    }

    for (unsigned i = 0; i < NGX_HTTP_JOURNEY_CAMPAIGN_PARTS; i++) {

        text = &row->text[JNY_TEXT_SOURCE + i];

        if (text->len != 0) {
            continue;
        }

        if (rec->in[JNY_IN_ARG + i].len != 0) {
            *text = jny_mapper_part(m, rec->in[JNY_IN_ARG + i]);

        } else if (!args) {
            *text = url->part[i];

        } else if (q.part[i].len != 0) {
            *text = jny_mapper_part(m, q.part[i]);
        }
    }

    if (row->text[JNY_TEXT_CLICK].len == 0) {
        row->text[JNY_TEXT_CLICK] = args ? q.click : url->click;
    }
}


/* As $host has it: in lower case, without a port and the root's dot. */

static jny_slice_t
jny_mapper_host(jny_mapper_t *m, const jny_record_t *rec)
{
    jny_slice_t     s;
    const uint8_t  *p;

    s = rec->in[JNY_IN_TEXT + JNY_TEXT_HOST];

    if (s.len == 0) {
        s = rec->in[JNY_IN_HOST_ELSE];
    }

    if (s.len == 0) {
        return m->conf->host;
    }

    p = s.data[0] == '[' ? memchr(s.data, ']', s.len) : s.data;
    p = p != NULL ? memchr(p, ':', s.len - (size_t) (p - s.data)) : NULL;

    if (p != NULL) {
        s.len = (size_t) (p - s.data);
    }

    if (s.len > 0 && s.data[s.len - 1] == '.') {
        s.len--;
    }

    return jny_url_lower(&m->free, s);
}


static void
jny_mapper_referrer(jny_mapper_t *m, const jny_record_t *rec, jny_row_t *row)
{
    jny_slice_t  s, host, own;

    s = rec->in[JNY_IN_REFERER];

    if (s.len == 0) {
        s = rec->in[JNY_IN_TEXT + JNY_TEXT_REFERRER];
    }

    row->text[JNY_TEXT_REFERRER].len = 0;

    if (s.len == 0) {
        return;
    }

    host = jny_urls_host(&m->urls, s, &m->free);

    if (host.len == 0 && rec->in[JNY_IN_REFERER].len == 0
        && memchr(s.data, '/', s.len) == NULL)
    {
        /* the host alone, as our own column has it */

        host = jny_url_lower(&m->free, s);
    }

    own = row->text[JNY_TEXT_HOST];

    if (host.len != 0 && jny_slice_same(host, own)) {
        row->flags |= JNY_ROW_SAME_HOST_REFERER;
        return;
    }

    row->text[JNY_TEXT_REFERRER] = host;
}


static void
jny_mapper_signals(const jny_record_t *rec, jny_row_t *row)
{
    jny_slice_t  s;

    s = rec->in[JNY_IN_PURPOSE];

    if (s.len >= 3 && strncasecmp((const char *) s.data, "pre", 3) == 0) {
        row->flags |= JNY_ROW_SPECULATIVE;
    }

    s = rec->in[JNY_IN_GPC];

    if (s.len == 1 && s.data[0] == '1') {
        row->flags |= JNY_ROW_GPC;
    }
}


/* HEAD and OPTIONS are asked by programs: nobody gets a page by them. */

static int
jny_mapper_is_view(const jny_record_t *rec)
{
    jny_slice_t     s;
    const uint8_t  *blank;

    s = rec->in[JNY_IN_METHOD];

    if (s.len == 0 && rec->in[JNY_IN_REQUEST].len != 0) {
        s = rec->in[JNY_IN_REQUEST];
        blank = memchr(s.data, ' ', s.len);
        s.len = blank != NULL ? (size_t) (blank - s.data) : s.len;
    }

    return !(s.len == 4 && memcmp(s.data, "HEAD", 4) == 0)
           && !(s.len == 7 && memcmp(s.data, "OPTIONS", 7) == 0);
}


static int
jny_mapper_rules(const jny_mapper_t *m, jny_row_t *row)
{
    const jny_rule_t         *rule;
    const jny_mapper_conf_t  *conf;

    conf = m->conf;

    if (conf->model == NULL) {
        return JNY_OK;
    }

    for (unsigned i = 0; i < conf->model->nrules; i++) {
        rule = &conf->model->rules[i];

        if (!jny_selector_match_row(rule->when, row, conf->model->stages,
                                    conf->model->nstages, conf->fields,
                                    conf->nfields))
        {
            continue;
        }

        if (rule->ignore) {
            return JNY_END;
        }

        if (rule->stage.len != 0) {
            row->text[JNY_TEXT_STAGE] = rule->stage;
        }

        if (rule->touchpoint.len != 0) {
            row->text[JNY_TEXT_TOUCHPOINT] = rule->touchpoint;
        }

        break;
    }

    return JNY_OK;
}


int
jny_mapper_row(jny_mapper_t *m, const jny_record_t *rec, jny_row_t *row,
    const char **why)
{
    int                      asset;
    jny_slice_t              uri, agent;
    jny_url_t         spare;
    const jny_url_t  *url;

    memset(row, 0, sizeof(*row));
    m->free = m->scratch;

    if (jny_mapper_time(m, rec, row, why) != 0
        || jny_mapper_status(rec, row, why) != 0
        || jny_mapper_latency(rec, row, why) != 0)
    {
        return JNY_EDATA;
    }

    uri = jny_mapper_uri(rec);
    memcpy(row->text, rec->in + JNY_IN_TEXT, sizeof(row->text));
    memcpy(row->field, rec->in + JNY_IN_FIELD, sizeof(row->field));

    url = jny_urls_read(&m->urls, uri, &spare, &m->free);
    row->text[JNY_TEXT_PAGE] = jny_mapper_page(m, rec, url, &asset);

    if (!jny_mapper_is_view(rec) || (asset && !m->conf->assets)) {
        return JNY_END;
    }

    if (jny_mapper_money(m, rec, row, why) != 0) {
        return JNY_EDATA;
    }

    agent = rec->in[JNY_IN_AGENT];
    agent.len = agent.len < JNY_MAX_AGENT ? agent.len : JNY_MAX_AGENT;
    row->agent = agent;

    row->text[JNY_TEXT_HOST] = jny_mapper_host(m, rec);

    jny_mapper_campaign(m, rec, url, row);
    jny_mapper_referrer(m, rec, row);
    jny_mapper_signals(rec, row);
    jny_identity_row(m->conf->identity, &m->agents, rec, row);

    /* whoever was refused a page was not there */

    if (row->status >= 400 && row->text[JNY_TEXT_PAGE].len != 0
        && row->text[JNY_TEXT_TOUCHPOINT].len == 0)
    {
        row->text[JNY_TEXT_TOUCHPOINT] = rec->in[JNY_IN_STATUS];
    }

    return jny_mapper_rules(m, row);
}
