/*
 * ngx_http_journey_sample.c - whom to keep.
 *
 * The visitor's id is mixed before it is compared, so that the choice has
 * nothing to do with any other use of the id: the tool partitions by it.  The
 * mixer is the finalizer of SplitMix64 (Steele, Lea and Flood 2014); it has
 * no key, since machines that share no secret must choose the same visitors.
 */

#include "ngx_http_journey_sample.h"


char *
ngx_http_journey_set_sample(ngx_conf_t *cf, ngx_command_t *cmd, void *conf)
{
    ngx_http_journey_loc_conf_t  *jlcf = conf;

    ngx_int_t   rate;
    ngx_str_t  *value;

    if (jlcf->sample != NGX_CONF_UNSET_UINT) {
        return "is duplicate";
    }

    value = cf->args->elts;
    rate = NGX_ERROR;

    if (value[1].len && value[1].data[value[1].len - 1] == '%') {
        rate = ngx_atofp(value[1].data, value[1].len - 1, 4);
    }

    if (rate == NGX_ERROR || rate == 0 || rate > NGX_HTTP_JOURNEY_SAMPLE_ALL) {
        ngx_conf_log_error(NGX_LOG_EMERG, cf, 0,
                           "invalid journey_sample \"%V\": it takes a "
                           "percentage above 0% and up to 100%, with at most "
                           "4 decimal places, as \"12.5%\"", &value[1]);
        return NGX_CONF_ERROR;
    }

    jlcf->sample = (ngx_uint_t) rate;

    return NGX_CONF_OK;
}


ngx_uint_t
ngx_http_journey_sample_keeps(ngx_http_journey_ctx_t *ctx)
{
    uint64_t  x;

    if (ctx->conf->sample == NGX_HTTP_JOURNEY_SAMPLE_ALL) {
        return 1;
    }

    x = ctx->visitor;

    if (x == 0) {
        x = (uint64_t) ngx_random();

    } else {
        x = (x ^ x >> 30) * 0xbf58476d1ce4e5b9;
        x = (x ^ x >> 27) * 0x94d049bb133111eb;
        x ^= x >> 31;
    }

    return x % NGX_HTTP_JOURNEY_SAMPLE_ALL < ctx->conf->sample;
}
