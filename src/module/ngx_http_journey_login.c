/*
 * ngx_http_journey_login.c - from a name or number of a customer to 64 bits.
 *
 * The key is one of its own: keys that sign cookies are rotated, but the same
 * customer must have the same hash next year, or no two visits could be
 * joined.  It stands in the file of the others ("login" and 32 hex digits).
 */

#include "ngx_http_journey_login.h"

#include <sodium.h>


char *
ngx_http_journey_set_visitor(ngx_conf_t *cf, ngx_command_t *cmd, void *conf)
{
    ngx_http_journey_main_conf_t  *jmcf;

    jmcf = ngx_http_conf_get_module_main_conf(cf, ngx_http_journey_module);

    if (jmcf->login_file == NULL) {
        jmcf->login_file = cf->conf_file->file.name.data;
        jmcf->login_line = cf->conf_file->line;
    }

    return ngx_http_set_complex_value_slot(cf, cmd, conf);
}


ngx_int_t
ngx_http_journey_login_check(ngx_conf_t *cf,
    ngx_http_journey_main_conf_t *jmcf)
{
    if (jmcf->login_file == NULL || jmcf->keys.login_known) {
        return NGX_OK;
    }

    ngx_log_error(NGX_LOG_EMERG, cf->log, 0,
                  "\"journey_visitor\" needs a key for logins, a line in the "
                  "file of \"journey_key\" that is never changed: \"echo "
                  "login $(openssl rand -hex 16) >> file\", for "
                  "\"journey_visitor\" in %s:%ui",
                  jmcf->login_file, jmcf->login_line);

    return NGX_ERROR;
}


uint64_t
ngx_http_journey_login(ngx_http_request_t *r, ngx_http_journey_ctx_t *ctx)
{
    uint64_t                       login;
    ngx_str_t                      value;
    ngx_uint_t                     i;
    u_char                         hash[crypto_shorthash_BYTES];
    ngx_http_journey_main_conf_t  *jmcf;

    if (!ctx->named || ctx->conf->login == NULL
        || ngx_http_complex_value(r, ctx->conf->login, &value) != NGX_OK
        || value.len == 0)
    {
        return 0;
    }

    jmcf = ngx_http_get_module_main_conf(r, ngx_http_journey_module);

    (void) crypto_shorthash(hash, value.data, value.len, jmcf->keys.login);

    login = 0;

    for (i = 0; i < sizeof(hash); i++) {
        login |= (uint64_t) hash[i] << (8 * i);
    }

    return login ? login : 1;
}
