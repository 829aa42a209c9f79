/*
 * ngx_http_journey_directives.c - from words of the configuration to
 * ngx_http_journey_main_conf_t and ngx_http_journey_loc_conf_t.
 */

#include "ngx_http_journey_directives.h"
#include "ngx_http_journey_key.h"
#include "ngx_http_journey_module.h"
#include "ngx_http_journey_value.h"

#include "jny_spool.h"


#define NGX_HTTP_JOURNEY_SPOOL_MAX (4095u * 1024 * 1024)


static ngx_http_complex_value_t *ngx_http_journey_compile(ngx_conf_t *cf,
    ngx_str_t *value);
static ngx_uint_t ngx_http_journey_param(ngx_str_t *arg, char *name,
    ngx_str_t *value);
static char *ngx_http_journey_invalid(ngx_conf_t *cf, ngx_str_t *arg,
    char *allowed);
static char *ngx_http_journey_spool_folder(ngx_conf_t *cf, ngx_str_t *folder);
static char *ngx_http_journey_check_money(ngx_conf_t *cf,
    ngx_http_journey_loc_conf_t *jlcf);
static ngx_int_t ngx_http_journey_field_index(ngx_conf_t *cf,
    ngx_str_t *name);


char *
ngx_http_journey_set_spool(ngx_conf_t *cf, ngx_command_t *cmd, void *conf)
{
    ngx_http_journey_main_conf_t  *jmcf = conf;

    ssize_t     size;
    ngx_str_t  *value, s;

    if (jmcf->logs.spool.len) {
        return "is duplicate";
    }

    value = cf->args->elts;

    if (cf->args->nelts == 3) {

        size = ngx_http_journey_param(&value[2], "size=", &s)
                   ? ngx_parse_size(&s)
                   : NGX_ERROR;

        if (size == NGX_ERROR || (size_t) size < JNY_SPOOL_MIN_LEN
            || (size_t) size > NGX_HTTP_JOURNEY_SPOOL_MAX)
        {
            return ngx_http_journey_invalid(cf, &value[2],
                                            "\"size=\" from 64k to 4095m");
        }

        jmcf->logs.spool_size = size;
    }

    jmcf->logs.spool = value[1];

    return ngx_http_journey_spool_folder(cf, &jmcf->logs.spool);
}


/*
 * The folder itself is made when nginx starts and the workers' user is known;
 * here its place must be one where that can be done.
 */

static char *
ngx_http_journey_spool_folder(ngx_conf_t *cf, ngx_str_t *folder)
{
    u_char           *parent, *slash;
    ngx_err_t         err;
    ngx_str_t        *value;
    ngx_file_info_t   fi;

    value = cf->args->elts;

    if (folder->len == 0
        || ngx_strlchr(folder->data, folder->data + folder->len, '$'))
    {
        return ngx_http_journey_invalid(cf, &value[1],
                                        "a folder without variables");
    }

    while (folder->len > 1 && folder->data[folder->len - 1] == '/') {
        folder->data[--folder->len] = '\0';
    }

    if (ngx_conf_full_name(cf->cycle, folder, 0) != NGX_OK) {
        return NGX_CONF_ERROR;
    }

    if (ngx_file_info(folder->data, &fi) != NGX_FILE_ERROR) {

        if (ngx_is_dir(&fi)) {
            return NGX_CONF_OK;
        }

        ngx_conf_log_error(NGX_LOG_EMERG, cf, 0,
                           "journey_spool \"%V\" is not a folder", folder);
        return NGX_CONF_ERROR;
    }

    parent = ngx_pnalloc(cf->pool, folder->len + 1);
    if (parent == NULL) {
        return NGX_CONF_ERROR;
    }

    ngx_memcpy(parent, folder->data, folder->len + 1);

    slash = (u_char *) strrchr((char *) parent, '/');
    slash[slash == parent] = '\0';

    if (ngx_file_info(parent, &fi) == NGX_FILE_ERROR) {
        err = ngx_errno;

    } else {
        err = ngx_is_dir(&fi) ? 0 : NGX_ENOTDIR;
    }

    if (err) {
        ngx_conf_log_error(NGX_LOG_EMERG, cf, err,
                           "journey_spool \"%V\" cannot be made in \"%s\": "
                           "create that folder, or name another", folder,
                           parent);
        return NGX_CONF_ERROR;
    }

    return NGX_CONF_OK;
}


char *
ngx_http_journey_set_key(ngx_conf_t *cf, ngx_command_t *cmd, void *conf)
{
    ngx_http_journey_main_conf_t  *jmcf = conf;

    ngx_str_t                     *value;
    ngx_http_journey_key_error_t   error;

    if (jmcf->key_file.data) {
        return "is duplicate";
    }

    value = cf->args->elts;
    jmcf->key_file = value[1];

    if (ngx_conf_full_name(cf->cycle, &jmcf->key_file, 1) != NGX_OK) {
        return NGX_CONF_ERROR;
    }

    if (ngx_http_journey_key_read(&jmcf->key_file, &jmcf->keys,
                                  &jmcf->key_stamp, &error)
        != NGX_OK)
    {
        ngx_conf_log_error(NGX_LOG_EMERG, cf, error.err, "%*s", error.len,
                           error.text);
        return NGX_CONF_ERROR;
    }

    return NGX_CONF_OK;
}


char *
ngx_http_journey_set_enable(ngx_conf_t *cf, ngx_command_t *cmd, void *conf)
{
    ngx_http_journey_loc_conf_t  *jlcf = conf;

    char                          *rv;
    ngx_http_journey_main_conf_t  *jmcf;

    rv = ngx_conf_set_flag_slot(cf, cmd, conf);

    if (rv != NGX_CONF_OK || !jlcf->enable) {
        return rv;
    }

    jmcf = ngx_http_conf_get_module_main_conf(cf, ngx_http_journey_module);
    jmcf->enabled = 1;

    jlcf->enable_file = cf->conf_file->file.name.data;
    jlcf->enable_line = cf->conf_file->line;

    return NGX_CONF_OK;
}


char *
ngx_http_journey_set_log(ngx_conf_t *cf, ngx_command_t *cmd, void *conf)
{
    ngx_http_journey_loc_conf_t  *jlcf = conf;

    ngx_str_t                     *value, s;
    ngx_uint_t                     i, n;
    ngx_http_journey_log_line_t   *line;
    ngx_http_journey_main_conf_t  *jmcf;

    value = cf->args->elts;

    if (ngx_strcmp(value[1].data, "off") == 0) {

        if (cf->args->nelts > 2) {
            return ngx_http_journey_invalid(cf, &value[2],
                                            "nothing after \"off\"");
        }

        if (jlcf->logs || jlcf->logs_off) {
            return "is duplicate";
        }

        jlcf->logs_off = 1;
        return NGX_CONF_OK;
    }

    if (jlcf->logs_off) {
        return "is off at this level already";
    }

    if (jlcf->logs == NULL) {
        jlcf->logs = ngx_array_create(cf->pool, 1,
                                      sizeof(ngx_http_journey_log_line_t));
        if (jlcf->logs == NULL) {
            return NGX_CONF_ERROR;
        }
    }

    line = ngx_array_push(jlcf->logs);
    if (line == NULL) {
        return NGX_CONF_ERROR;
    }

    line->filter = NULL;
    n = 1;

    for (i = 2; i < cf->args->nelts; i++) {

        if (!ngx_http_journey_param(&value[i], "if=", &s)) {
            value[++n] = value[i];
            continue;
        }

        line->filter = ngx_http_journey_compile(cf, &s);
        if (line->filter == NULL) {
            return NGX_CONF_ERROR;
        }
    }

    jmcf = ngx_http_conf_get_module_main_conf(cf, ngx_http_journey_module);

    line->log = ngx_http_journey_log_add(cf, &jmcf->logs, value, n);

    return line->log ? NGX_CONF_OK : NGX_CONF_ERROR;
}


char *
ngx_http_journey_set_campaign(ngx_conf_t *cf, ngx_command_t *cmd, void *conf)
{
    ngx_http_journey_loc_conf_t  *jlcf = conf;

    ngx_str_t    *value, s;
    ngx_uint_t    i, part;

    static char  *names[NGX_HTTP_JOURNEY_CAMPAIGN_PARTS] = {
        "source=", "medium=", "campaign=", "term=", "content="
    };

    if (jlcf->campaign) {
        return "is duplicate";
    }

    jlcf->campaign = ngx_pcalloc(cf->pool, NGX_HTTP_JOURNEY_CAMPAIGN_PARTS
                                           * sizeof(void *));
    if (jlcf->campaign == NULL) {
        return NGX_CONF_ERROR;
    }

    value = cf->args->elts;

    for (i = 1; i < cf->args->nelts; i++) {

        for (part = 0; part < NGX_HTTP_JOURNEY_CAMPAIGN_PARTS; part++) {
            if (ngx_http_journey_param(&value[i], names[part], &s)) {
                break;
            }
        }

        if (part == NGX_HTTP_JOURNEY_CAMPAIGN_PARTS || jlcf->campaign[part]) {
            return ngx_http_journey_invalid(cf, &value[i],
                                            "source=, medium=, campaign=, "
                                            "term= and content=, each once");
        }

        jlcf->campaign[part] = ngx_http_journey_compile(cf, &s);
        if (jlcf->campaign[part] == NULL) {
            return NGX_CONF_ERROR;
        }
    }

    return NGX_CONF_OK;
}


char *
ngx_http_journey_set_value(ngx_conf_t *cf, ngx_command_t *cmd, void *conf)
{
    ngx_http_journey_loc_conf_t  *jlcf = conf;

    ngx_str_t                  *value, s;
    ngx_uint_t                  i;
    ngx_http_complex_value_t  **cvp;

    if (jlcf->amount) {
        return "is duplicate";
    }

    value = cf->args->elts;

    for (i = 1; i < cf->args->nelts; i++) {

        s = value[i];

        if (i == 1) {
            cvp = &jlcf->amount;

        } else if (ngx_http_journey_param(&value[i], "order=", &s)) {
            cvp = &jlcf->order;

        } else {
            cvp = &jlcf->currency;
        }

        if (*cvp) {
            return ngx_http_journey_invalid(cf, &value[i],
                                            "an amount, a currency and "
                                            "order=, each once");
        }

        *cvp = ngx_http_journey_compile(cf, &s);
        if (*cvp == NULL) {
            return NGX_CONF_ERROR;
        }
    }

    return ngx_http_journey_check_money(cf, jlcf);
}


/* What has no variables is the same for each request: never recorded. */

static char *
ngx_http_journey_check_money(ngx_conf_t *cf, ngx_http_journey_loc_conf_t *jlcf)
{
    int64_t                    value_e4;
    uint8_t                    code[3];
    ngx_http_complex_value_t  *cv;

    cv = jlcf->amount;

    if (cv->lengths == NULL && cv->value.len
        && ngx_http_journey_value_parse(cv->value.data, cv->value.len,
                                        &value_e4)
           != 0)
    {
        ngx_conf_log_error(NGX_LOG_EMERG, cf, 0,
                           "journey_value \"%V\" can never be recorded: an "
                           "amount has a decimal point, at most 4 places and "
                           "no thousands separator, as \"1234.50\"",
                           &cv->value);
        return NGX_CONF_ERROR;
    }

    cv = jlcf->currency;

    if (cv && cv->lengths == NULL && cv->value.len
        && ngx_http_journey_currency_parse(cv->value.data, cv->value.len, code)
           != 0)
    {
        ngx_conf_log_error(NGX_LOG_EMERG, cf, 0,
                           "the currency \"%V\" of journey_value can never be "
                           "recorded: it is three letters, as \"EUR\", or "
                           "\"order=\" is missing before an order id",
                           &cv->value);
        return NGX_CONF_ERROR;
    }

    return NGX_CONF_OK;
}


char *
ngx_http_journey_set_field(ngx_conf_t *cf, ngx_command_t *cmd, void *conf)
{
    ngx_http_journey_loc_conf_t  *jlcf = conf;

    ngx_int_t                   index;
    ngx_str_t                  *value;
    ngx_uint_t                  i;
    ngx_http_complex_value_t   *cv;
    ngx_http_journey_field_t   *field;

    value = cf->args->elts;

    index = ngx_http_journey_field_index(cf, &value[1]);
    if (index == NGX_ERROR) {
        return NGX_CONF_ERROR;
    }

    if (jlcf->fields == NULL) {
        jlcf->fields = ngx_array_create(cf->pool, 4,
                                        sizeof(ngx_http_journey_field_t));
        if (jlcf->fields == NULL) {
            return NGX_CONF_ERROR;
        }
    }

    field = jlcf->fields->elts;

    for (i = 0; i < jlcf->fields->nelts; i++) {
        if (field[i].index == (ngx_uint_t) index) {
            return "is duplicate";
        }
    }

    field = ngx_array_push(jlcf->fields);
    cv = ngx_http_journey_compile(cf, &value[2]);

    if (field == NULL || cv == NULL) {
        return NGX_CONF_ERROR;
    }

    field->index = index;
    field->value = *cv;

    return NGX_CONF_OK;
}


/* The number of a field's column, a new one if the name is new. */

static ngx_int_t
ngx_http_journey_field_index(ngx_conf_t *cf, ngx_str_t *name)
{
    u_char                         c;
    ngx_str_t                     *known;
    ngx_uint_t                     i;
    ngx_http_journey_logs_t       *logs;
    ngx_http_journey_main_conf_t  *jmcf;

    jmcf = ngx_http_conf_get_module_main_conf(cf, ngx_http_journey_module);
    logs = &jmcf->logs;

    for (i = 0; i < name->len; i++) {
        c = name->data[i];

        if ((c < 'a' || c > 'z') && (c < '0' || c > '9') && c != '_') {
            break;
        }
    }

    if (i != name->len || i == 0 || i > JNY_MAX_FIELD_NAME) {
        ngx_conf_log_error(NGX_LOG_EMERG, cf, 0,
                           "invalid field name \"%V\": up to %d of a-z, 0-9 "
                           "and \"_\"", name, JNY_MAX_FIELD_NAME);
        return NGX_ERROR;
    }

    if (logs->fields == NULL) {
        logs->fields = ngx_array_create(cf->pool, 4, sizeof(ngx_str_t));
        if (logs->fields == NULL) {
            return NGX_ERROR;
        }
    }

    known = logs->fields->elts;

    for (i = 0; i < logs->fields->nelts; i++) {
        if (known[i].len == name->len
            && ngx_strncmp(known[i].data, name->data, name->len) == 0)
        {
            return i;
        }
    }

    if (logs->fields->nelts == JNY_MAX_FIELDS) {
        ngx_conf_log_error(NGX_LOG_EMERG, cf, 0,
                           "field \"%V\" is one too many: a log has at most "
                           "%d different ones", name, JNY_MAX_FIELDS);
        return NGX_ERROR;
    }

    known = ngx_array_push(logs->fields);
    if (known == NULL) {
        return NGX_ERROR;
    }

    *known = *name;

    return logs->fields->nelts - 1;
}


static ngx_http_complex_value_t *
ngx_http_journey_compile(ngx_conf_t *cf, ngx_str_t *value)
{
    ngx_http_complex_value_t          *cv;
    ngx_http_compile_complex_value_t   ccv;

    cv = ngx_palloc(cf->pool, sizeof(ngx_http_complex_value_t));
    if (cv == NULL) {
        return NULL;
    }

    ngx_memzero(&ccv, sizeof(ngx_http_compile_complex_value_t));

    ccv.cf = cf;
    ccv.value = value;
    ccv.complex_value = cv;

    if (ngx_http_compile_complex_value(&ccv) != NGX_OK) {
        return NULL;
    }

    return cv;
}


/* Whether arg begins with name ("size="); what follows it goes to value. */

static ngx_uint_t
ngx_http_journey_param(ngx_str_t *arg, char *name, ngx_str_t *value)
{
    size_t  len;

    len = ngx_strlen(name);

    if (arg->len < len || ngx_strncmp(arg->data, name, len) != 0) {
        return 0;
    }

    value->data = arg->data + len;
    value->len = arg->len - len;

    return 1;
}


/* Allowed goes on behind "it takes". */

static char *
ngx_http_journey_invalid(ngx_conf_t *cf, ngx_str_t *arg, char *allowed)
{
    ngx_str_t  *directive;

    directive = cf->args->elts;

    ngx_conf_log_error(NGX_LOG_EMERG, cf, 0,
                       "invalid parameter \"%V\" of \"%V\": it takes %s",
                       arg, directive, allowed);

    return NGX_CONF_ERROR;
}
