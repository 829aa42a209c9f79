/*
 * ngx_http_journey_log_conf.c - what "journey_log" says, checked where nginx -t
 * can still tell the line.
 */

#include "ngx_http_journey_log_conf.h"


#define NGX_HTTP_JOURNEY_LOG_FOLDER     "/var/log/journey"
#define NGX_HTTP_JOURNEY_LOG_FLUSH      60000
#define NGX_HTTP_JOURNEY_LOG_GZIP       1
#define NGX_HTTP_JOURNEY_LOG_FLUSH_MAX  (24 * 60 * 60 * 1000)


static ngx_int_t ngx_http_journey_log_parent(ngx_conf_t *cf, ngx_str_t *path);
static ngx_int_t ngx_http_journey_log_arg(ngx_conf_t *cf, ngx_str_t *arg,
    ngx_http_journey_writer_conf_t *conf);
static ngx_int_t ngx_http_journey_log_threads(ngx_conf_t *cf,
    ngx_str_t *name);


ngx_int_t
ngx_http_journey_log_path(ngx_conf_t *cf, ngx_str_t *arg, ngx_str_t *path)
{
    u_char           *p;
    ngx_file_info_t   fi;

    if (arg->len == 0 || ngx_strlchr(arg->data, arg->data + arg->len, '$')) {
        ngx_conf_log_error(NGX_LOG_EMERG, cf, 0,
                           "journey_log needs the path of a file without "
                           "variables, not \"%V\"", arg);
        return NGX_ERROR;
    }

    *path = *arg;

    if (arg->data[0] != '/') {

        path->len = sizeof(NGX_HTTP_JOURNEY_LOG_FOLDER) + arg->len;
        path->data = ngx_pnalloc(cf->pool, path->len + 1);
        if (path->data == NULL) {
            return NGX_ERROR;
        }

        p = ngx_sprintf(path->data, NGX_HTTP_JOURNEY_LOG_FOLDER "/%V", arg);
        *p = '\0';
        path->len = p - path->data;
    }

    if (ngx_http_journey_log_parent(cf, path) != NGX_OK) {
        return NGX_ERROR;
    }

    if (ngx_file_info(path->data, &fi) != NGX_FILE_ERROR
        && !ngx_is_file(&fi))
    {
        ngx_conf_log_error(NGX_LOG_EMERG, cf, 0,
                           "journey_log \"%V\" is not a regular file", path);
        return NGX_ERROR;
    }

    return NGX_OK;
}


/*
 * The folder of a log.  The default one is made when it is missing, for no
 * package does; any other is the administrator's, as access_log's is.
 */

static ngx_int_t
ngx_http_journey_log_parent(ngx_conf_t *cf, ngx_str_t *path)
{
    u_char           *folder, *slash;
    ngx_file_info_t   fi;

    folder = ngx_pnalloc(cf->pool, path->len + 1);
    if (folder == NULL) {
        return NGX_ERROR;
    }

    ngx_memcpy(folder, path->data, path->len + 1);

    slash = (u_char *) strrchr((char *) folder, '/');
    slash[slash == folder] = '\0';

    if (ngx_file_info(folder, &fi) != NGX_FILE_ERROR) {

        if (ngx_is_dir(&fi)) {
            return NGX_OK;
        }

        ngx_conf_log_error(NGX_LOG_EMERG, cf, 0,
                           "\"%s\", the folder of journey_log \"%V\", is "
                           "not a folder", folder, path);
        return NGX_ERROR;
    }

    if (ngx_strcmp(folder, NGX_HTTP_JOURNEY_LOG_FOLDER) != 0) {
        ngx_conf_log_error(NGX_LOG_EMERG, cf, ngx_errno,
                           "there is no folder \"%s\" for journey_log \"%V\": "
                           "create it, or name another", folder, path);
        return NGX_ERROR;
    }

    /* not left to umask: workers pass through it as another user */

    if (ngx_create_dir(folder, 0755) == NGX_FILE_ERROR
        || chmod((const char *) folder, 0755) == -1)
    {
        ngx_conf_log_error(NGX_LOG_EMERG, cf, ngx_errno,
                           "cannot make the folder \"%s\" for journey_log "
                           "\"%V\": create it, or name another", folder, path);
        return NGX_ERROR;
    }

    return NGX_OK;
}


ngx_int_t
ngx_http_journey_log_args(ngx_conf_t *cf, ngx_str_t *value, ngx_uint_t n,
    ngx_http_journey_writer_conf_t *conf)
{
    ngx_uint_t  i;

    conf->flush = NGX_CONF_UNSET_MSEC;
    conf->gzip = NGX_CONF_UNSET;
    conf->sync = NGX_CONF_UNSET_UINT;
    ngx_str_null(&conf->threads);

    for (i = 2; i <= n; i++) {
        if (ngx_http_journey_log_arg(cf, &value[i], conf) != NGX_OK) {
            return NGX_ERROR;
        }
    }

    return NGX_OK;
}


static ngx_int_t
ngx_http_journey_log_arg(ngx_conf_t *cf, ngx_str_t *arg,
    ngx_http_journey_writer_conf_t *conf)
{
    char       *allowed;
    ngx_int_t   time;
    ngx_str_t   s;

    if (ngx_strncmp(arg->data, "flush=", 6) == 0) {
        s.len = arg->len - 6;
        s.data = arg->data + 6;

        time = ngx_parse_time(&s, 0);

        if (time > 0 && time <= NGX_HTTP_JOURNEY_LOG_FLUSH_MAX) {
            conf->flush = (ngx_msec_t) time;
            return NGX_OK;
        }

        allowed = "flush= takes a time from 1ms to 1d, as \"500ms\" or \"10s\"";

    } else if (ngx_strncmp(arg->data, "gzip=", 5) == 0) {
        conf->gzip = ngx_atoi(arg->data + 5, arg->len - 5);

        if (conf->gzip >= 1 && conf->gzip <= 9) {
            return NGX_OK;
        }

        allowed = "gzip= takes a level from 1 to 9";

    } else if (ngx_strncmp(arg->data, "sync=", 5) == 0) {

        if (ngx_strcmp(arg->data + 5, "off") == 0) {
            conf->sync = 0;
            return NGX_OK;
        }

        if (ngx_strcmp(arg->data + 5, "block") == 0) {
            conf->sync = 1;
            return NGX_OK;
        }

        allowed = "sync= takes \"off\" or \"block\"";

    } else if (ngx_strncmp(arg->data, "threads=", 8) == 0) {
        conf->threads.len = arg->len - 8;
        conf->threads.data = arg->data + 8;

        if (conf->threads.len) {
            return NGX_OK;
        }

        allowed = "threads= takes the name of a thread_pool, or \"off\"";


    } else {
        allowed = "it takes flush=, gzip=, threads=, sync= and if=";
    }

    ngx_conf_log_error(NGX_LOG_EMERG, cf, 0,
                       "invalid parameter \"%V\" of \"journey_log\": %s", arg,
                       allowed);

    return NGX_ERROR;
}


ngx_uint_t
ngx_http_journey_log_agrees(const ngx_http_journey_writer_conf_t *given,
    const ngx_http_journey_writer_conf_t *conf)
{
    ngx_str_t  threads;

    if ((given->flush != NGX_CONF_UNSET_MSEC && given->flush != conf->flush)
        || (given->gzip != NGX_CONF_UNSET && given->gzip != conf->gzip)
        || (given->sync != NGX_CONF_UNSET_UINT && given->sync != conf->sync))
    {
        return 0;
    }

    if (given->threads.data == NULL) {
        return 1;
    }

    threads = given->threads;

    if (threads.len == 3 && ngx_strncmp(threads.data, "off", 3) == 0) {
        threads.len = 0;
    }

    return threads.len == conf->threads.len
           && ngx_strncmp(threads.data, conf->threads.data, threads.len) == 0;
}


ngx_int_t
ngx_http_journey_log_settle(ngx_conf_t *cf,
    const ngx_http_journey_writer_conf_t *given,
    ngx_http_journey_writer_conf_t *conf)
{
    conf->flush = given->flush;
    conf->gzip = given->gzip;
    conf->sync = given->sync;
    conf->threads = given->threads;

    ngx_conf_init_msec_value(conf->flush, NGX_HTTP_JOURNEY_LOG_FLUSH);
    ngx_conf_init_value(conf->gzip, NGX_HTTP_JOURNEY_LOG_GZIP);
    ngx_conf_init_uint_value(conf->sync, 0);

    return ngx_http_journey_log_threads(cf, &conf->threads);
}


/* The pool's name, or "" for none; nginx itself refuses an unknown one. */

static ngx_int_t
ngx_http_journey_log_threads(ngx_conf_t *cf, ngx_str_t *name)
{
#if (NGX_THREADS)
    ngx_core_conf_t  *ccf;
#endif

    if (name->len == 3 && ngx_strncmp(name->data, "off", 3) == 0) {
        ngx_str_set(name, "");
        return NGX_OK;
    }

#if (NGX_THREADS)

    if (name->data == NULL) {

        /*
         * A single process that was reloaded crashes at its end where there is
         * a pool: nginx ends the threads of the new configuration, which were
         * never begun.
         */

        ccf = (ngx_core_conf_t *) ngx_get_conf(cf->cycle->conf_ctx,
                                               ngx_core_module);
        if (ccf->master == 0) {
            ngx_str_set(name, "");
            return NGX_OK;
        }

        ngx_str_set(name, "default");
    }

    return ngx_thread_pool_add(cf, name) ? NGX_OK : NGX_ERROR;

#else

    if (name->data != NULL) {
        ngx_conf_log_error(NGX_LOG_EMERG, cf, 0,
                           "journey_log \"threads=%V\": this nginx was built "
                           "without threads; only \"threads=off\" is possible",
                           name);
        return NGX_ERROR;
    }

    ngx_str_set(name, "");

    return NGX_OK;

#endif
}
