/*
 * ngx_http_journey_stages.c - the funnel's stages and those who name them.
 * The list may stand behind its uses, so these are kept and checked when
 * http is read whole.
 */

#include "ngx_http_journey_stages.h"


static ngx_str_t *ngx_http_journey_stages_nearest(ngx_array_t *stages,
    ngx_str_t *name);
static ngx_uint_t ngx_http_journey_stages_distance(ngx_str_t *a, ngx_str_t *b);


char *
ngx_http_journey_set_stages(ngx_conf_t *cf, ngx_command_t *cmd, void *conf)
{
    ngx_http_journey_main_conf_t  *jmcf = conf;

    ngx_str_t   *value, *stage;
    ngx_uint_t   i, n;

    if (jmcf->logs.stages) {
        return "is duplicate";
    }

    value = cf->args->elts;
    n = cf->args->nelts - 1;

    if (n > JNY_MAX_STAGES) {
        ngx_conf_log_error(NGX_LOG_EMERG, cf, 0,
                           "%ui stages, but a funnel has at most %d", n,
                           JNY_MAX_STAGES);
        return NGX_CONF_ERROR;
    }

    jmcf->logs.stages = ngx_array_create(cf->pool, n, sizeof(ngx_str_t));
    if (jmcf->logs.stages == NULL) {
        return NGX_CONF_ERROR;
    }

    for (value++; n; n--, value++) {

        if (value->len == 0 || value->len > JNY_MAX_TEXT) {
            ngx_conf_log_error(NGX_LOG_EMERG, cf, 0,
                               "invalid parameter \"%V\" of "
                               "\"journey_stages\": a stage is a name of 1 "
                               "to %d bytes", value, JNY_MAX_TEXT);
            return NGX_CONF_ERROR;
        }

        stage = jmcf->logs.stages->elts;

        for (i = 0; i < jmcf->logs.stages->nelts; i++) {
            if (stage[i].len == value->len
                && ngx_strncmp(stage[i].data, value->data, value->len) == 0)
            {
                ngx_conf_log_error(NGX_LOG_EMERG, cf, 0,
                                   "stage \"%V\" is named twice", value);
                return NGX_CONF_ERROR;
            }
        }

        stage = ngx_array_push(jmcf->logs.stages);
        if (stage == NULL) {
            return NGX_CONF_ERROR;
        }

        *stage = *value;
    }

    return NGX_CONF_OK;
}


char *
ngx_http_journey_set_stage(ngx_conf_t *cf, ngx_command_t *cmd, void *conf)
{
    ngx_http_journey_loc_conf_t  *jlcf = conf;

    char                          *rv;
    ngx_http_journey_main_conf_t  *jmcf;
    ngx_http_journey_stage_use_t  *use;

    rv = ngx_http_set_complex_value_slot(cf, cmd, conf);

    if (rv != NGX_CONF_OK) {
        return rv;
    }

    if (jlcf->stage->value.len == 0) {
        return NGX_CONF_OK;
    }

    jmcf = ngx_http_conf_get_module_main_conf(cf, ngx_http_journey_module);

    use = ngx_array_push(&jmcf->stage_uses);
    if (use == NULL) {
        return NGX_CONF_ERROR;
    }

    ngx_str_null(&use->name);

    if (jlcf->stage->lengths == NULL) {
        use->name = jlcf->stage->value;
    }

    use->file = cf->conf_file->file.name.data;
    use->line = cf->conf_file->line;

    return NGX_CONF_OK;
}


char *
ngx_http_journey_stages_check(ngx_conf_t *cf,
    ngx_http_journey_main_conf_t *jmcf)
{
    ngx_str_t                     *near;
    ngx_uint_t                     i;
    ngx_http_journey_stage_use_t  *use;

    use = jmcf->stage_uses.elts;

    for (i = 0; i < jmcf->stage_uses.nelts; i++) {

        if (jmcf->logs.stages == NULL) {
            ngx_log_error(NGX_LOG_EMERG, cf->log, 0,
                          "\"journey_stage\" needs a \"journey_stages\" in "
                          "http that lists the stages of the funnel in their "
                          "order, for \"journey_stage\" in %s:%ui",
                          use[i].file, use[i].line);
            return NGX_CONF_ERROR;
        }

        if (use[i].name.len == 0) {
            continue;
        }

        near = ngx_http_journey_stages_nearest(jmcf->logs.stages,
                                               &use[i].name);

        if (near && near->len == use[i].name.len
            && ngx_strncmp(near->data, use[i].name.data, near->len) == 0)
        {
            continue;
        }

        if (near) {
            ngx_log_error(NGX_LOG_EMERG, cf->log, 0,
                          "journey_stage \"%V\" is not one of "
                          "\"journey_stages\", did you mean \"%V\"? in %s:%ui",
                          &use[i].name, near, use[i].file, use[i].line);
            return NGX_CONF_ERROR;
        }

        ngx_log_error(NGX_LOG_EMERG, cf->log, 0,
                      "journey_stage \"%V\" is not one of "
                      "\"journey_stages\" in %s:%ui",
                      &use[i].name, use[i].file, use[i].line);
        return NGX_CONF_ERROR;
    }

    return NGX_CONF_OK;
}


/* The stage of that name, or one a third of its letters away, or NULL. */

static ngx_str_t *
ngx_http_journey_stages_nearest(ngx_array_t *stages, ngx_str_t *name)
{
    ngx_str_t   *stage, *near;
    ngx_uint_t   i, distance, least;

    near = NULL;
    stage = stages->elts;
    least = (name->len + 2) / 3;

    for (i = 0; i < stages->nelts; i++) {
        distance = ngx_http_journey_stages_distance(&stage[i], name);

        if (distance < least || (distance == least && near == NULL)) {
            near = &stage[i];
            least = distance;
        }
    }

    return near;
}


/* Levenshtein's distance (1966), row by row; long names are not compared. */

static ngx_uint_t
ngx_http_journey_stages_distance(ngx_str_t *a, ngx_str_t *b)
{
    ngx_uint_t  i, k, left, above, corner, row[65];

    if (a->len == b->len && ngx_strncmp(a->data, b->data, a->len) == 0) {
        return 0;
    }

    if (a->len > 64 || b->len > 64) {
        return NGX_MAX_INT_T_VALUE;
    }

    for (k = 0; k <= b->len; k++) {
        row[k] = k;
    }

    for (i = 0; i < a->len; i++) {

        corner = i;
        left = i + 1;

        for (k = 0; k < b->len; k++) {
            above = row[k + 1];
            row[k] = left;
            left = ngx_min(ngx_min(left, above) + 1,
                           corner + (a->data[i] != b->data[k]));
            corner = above;
        }

        row[b->len] = left;
    }

    return row[b->len];
}
