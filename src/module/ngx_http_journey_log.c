/*
 * ngx_http_journey_log.c - the logs of a configuration: their arguments, their
 * files and folders while the master still may create them, and their writers
 * in the processes that serve requests.
 *
 * The log is registered among nginx's open files, so the master creates it,
 * reopens it at USR1 and hands the new one to the workers' user before it
 * signals them.  That descriptor is not written to: a lock taken on a
 * descriptor that all workers inherited would exclude none of them, so each
 * writer opens the file itself.
 */

#include "ngx_http_journey_log.h"
#include "ngx_http_journey_writer.h"

#include "jny_spool.h"


#define NGX_HTTP_JOURNEY_LOG_FOLDER   "/var/log/journey"
#define NGX_HTTP_JOURNEY_SPOOL_FOLDER "/run/journey"
#define NGX_HTTP_JOURNEY_SPOOL_SIZE   (2 * 1024 * 1024)
#define NGX_HTTP_JOURNEY_LOG_FLUSH    60000
#define NGX_HTTP_JOURNEY_LOG_GZIP     1

#define NGX_HTTP_JOURNEY_LOG_FLUSH_MAX (24 * 60 * 60 * 1000)


struct ngx_http_journey_log_s {
    ngx_http_journey_writer_conf_t   conf;
    ngx_open_file_t                 *file;
    ngx_http_journey_writer_t       *writer;    /* of this process */
    ngx_http_journey_log_t          *next;      /* with a writer */
};


static ngx_int_t ngx_http_journey_log_path(ngx_conf_t *cf, ngx_str_t *arg,
    ngx_str_t *path);
static ngx_int_t ngx_http_journey_log_parent(ngx_conf_t *cf, ngx_str_t *path);
static ngx_int_t ngx_http_journey_log_args(ngx_conf_t *cf, ngx_str_t *value,
    ngx_uint_t n, ngx_http_journey_writer_conf_t *conf);
static ngx_int_t ngx_http_journey_log_arg(ngx_conf_t *cf, ngx_str_t *arg,
    ngx_http_journey_writer_conf_t *conf);
static ngx_http_journey_log_t *ngx_http_journey_log_create(ngx_conf_t *cf,
    ngx_http_journey_logs_t *logs, ngx_str_t *path);
static ngx_int_t ngx_http_journey_log_folder(ngx_cycle_t *cycle,
    ngx_str_t *folder, ngx_uid_t user);
static ngx_int_t ngx_http_journey_log_owner(ngx_cycle_t *cycle,
    u_char *name, ngx_uid_t user);
static ngx_int_t ngx_http_journey_log_open(ngx_http_journey_log_t *log);
static void ngx_http_journey_log_close(ngx_http_journey_log_t *log);
static void ngx_http_journey_log_reopen(ngx_open_file_t *file,
    ngx_log_t *log);
static void ngx_http_journey_log_cleanup(void *data);


/*
 * The logs that have a writer in this process.  More than the current
 * configuration's only in a single process that was reloaded: nginx tells its
 * modules neither that the old configuration is still in use nor, at exit,
 * that it was.
 */
static ngx_http_journey_log_t  *ngx_http_journey_log_active;


ngx_http_journey_log_t *
ngx_http_journey_log_add(ngx_conf_t *cf, ngx_http_journey_logs_t *logs,
    ngx_str_t *value, ngx_uint_t n)
{
    ngx_str_t                        path;
    ngx_uint_t                       i;
    ngx_http_journey_log_t         **logp, *log;
    ngx_http_journey_writer_conf_t   conf;

    if (ngx_http_journey_log_path(cf, &value[1], &path) != NGX_OK
        || ngx_http_journey_log_args(cf, value, n, &conf) != NGX_OK)
    {
        return NULL;
    }

    logp = logs->logs.elts;

    for (i = 0; i < logs->logs.nelts; i++) {

        log = logp[i];

        if (log->conf.path.len != path.len
            || ngx_strcmp(log->conf.path.data, path.data) != 0)
        {
            continue;
        }

        if ((conf.flush != NGX_CONF_UNSET_MSEC
             && conf.flush != log->conf.flush)
            || (conf.gzip != NGX_CONF_UNSET && conf.gzip != log->conf.gzip))
        {
            ngx_conf_log_error(NGX_LOG_EMERG, cf, 0,
                               "journey_log \"%V\" is already defined with "
                               "other parameters", &path);
            return NULL;
        }

        return log;
    }

    log = ngx_http_journey_log_create(cf, logs, &path);
    if (log == NULL) {
        return NULL;
    }

    ngx_conf_init_msec_value(conf.flush, NGX_HTTP_JOURNEY_LOG_FLUSH);
    ngx_conf_init_value(conf.gzip, NGX_HTTP_JOURNEY_LOG_GZIP);

    log->conf.flush = conf.flush;
    log->conf.gzip = conf.gzip;

    return log;
}


static ngx_int_t
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


static ngx_int_t
ngx_http_journey_log_args(ngx_conf_t *cf, ngx_str_t *value, ngx_uint_t n,
    ngx_http_journey_writer_conf_t *conf)
{
    ngx_uint_t  i;

    conf->flush = NGX_CONF_UNSET_MSEC;
    conf->gzip = NGX_CONF_UNSET;

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
            return NGX_OK;
        }

        allowed = "sync= takes only \"off\" in this version";

    } else {
        allowed = "it takes flush=, gzip=, sync= and if=";
    }

    ngx_conf_log_error(NGX_LOG_EMERG, cf, 0,
                       "invalid parameter \"%V\" of \"journey_log\": %s", arg,
                       allowed);

    return NGX_ERROR;
}


static ngx_http_journey_log_t *
ngx_http_journey_log_create(ngx_conf_t *cf, ngx_http_journey_logs_t *logs,
    ngx_str_t *path)
{
    ngx_pool_cleanup_t       *cln;
    ngx_http_journey_log_t   *log, **logp;

    log = ngx_pcalloc(cf->pool, sizeof(ngx_http_journey_log_t));
    if (log == NULL) {
        return NULL;
    }

    log->conf.path = *path;
    log->conf.logs = logs;

    log->file = ngx_conf_open_file(cf->cycle, path);
    if (log->file == NULL) {
        return NULL;
    }

    if (log->file->flush || log->file->data) {
        ngx_conf_log_error(NGX_LOG_EMERG, cf, 0,
                           "journey_log \"%V\" is used by another directive "
                           "already", path);
        return NULL;
    }

    log->file->flush = ngx_http_journey_log_reopen;
    log->file->data = log;

    cln = ngx_pool_cleanup_add(cf->pool, 0);
    if (cln == NULL) {
        return NULL;
    }

    cln->handler = ngx_http_journey_log_cleanup;
    cln->data = log;

    if (logs->logs.elts == NULL
        && ngx_array_init(&logs->logs, cf->pool, 2, sizeof(log)) != NGX_OK)
    {
        return NULL;
    }

    logp = ngx_array_push(&logs->logs);
    if (logp == NULL) {
        return NULL;
    }

    *logp = log;

    return log;
}


ngx_int_t
ngx_http_journey_log_init_module(ngx_cycle_t *cycle,
    ngx_http_journey_logs_t *logs)
{
    ngx_uid_t                 user;
    ngx_uint_t                i;
    ngx_core_conf_t          *ccf;
    ngx_http_journey_log_t  **logp;

    if (logs->spool.len == 0) {
        ngx_str_set(&logs->spool, NGX_HTTP_JOURNEY_SPOOL_FOLDER);
    }

    if (logs->spool_size == 0 || logs->spool_size == NGX_CONF_UNSET_SIZE) {
        logs->spool_size = NGX_HTTP_JOURNEY_SPOOL_SIZE;
    }

    if (ngx_test_config || logs->logs.nelts == 0) {
        return NGX_OK;
    }

    ccf = (ngx_core_conf_t *) ngx_get_conf(cycle->conf_ctx, ngx_core_module);

    user = (geteuid() == 0) ? ccf->user : (ngx_uid_t) NGX_CONF_UNSET_UINT;

    if (ngx_http_journey_log_folder(cycle, &logs->spool, user) != NGX_OK) {
        return NGX_ERROR;
    }

    logp = logs->logs.elts;

    for (i = 0; i < logs->logs.nelts; i++) {
        if (ngx_http_journey_log_owner(cycle, logp[i]->conf.path.data, user)
            != NGX_OK)
        {
            return NGX_ERROR;
        }
    }

    return NGX_OK;
}


/*
 * Only a folder made here changes hands: "journey_spool /run" must not give
 * /run to the workers.  A folder that they cannot use, they say themselves.
 */

static ngx_int_t
ngx_http_journey_log_folder(ngx_cycle_t *cycle, ngx_str_t *folder,
    ngx_uid_t user)
{
    if (ngx_create_dir(folder->data, 0700) == NGX_FILE_ERROR) {

        if (ngx_errno != NGX_EEXIST) {
            ngx_log_error(NGX_LOG_ERR, cycle->log, ngx_errno,
                          "journey_spool: " ngx_create_dir_n " \"%V\" failed",
                          folder);
        }

        return NGX_OK;
    }

    return ngx_http_journey_log_owner(cycle, folder->data, user);
}


/* As ngx_reopen_files() does for the files it opens anew. */

static ngx_int_t
ngx_http_journey_log_owner(ngx_cycle_t *cycle, u_char *name, ngx_uid_t user)
{
    ngx_file_info_t  fi;

    if (user == (ngx_uid_t) NGX_CONF_UNSET_UINT) {
        return NGX_OK;
    }

    if (ngx_file_info(name, &fi) == NGX_FILE_ERROR) {
        ngx_log_error(NGX_LOG_EMERG, cycle->log, ngx_errno,
                      ngx_file_info_n " \"%s\" failed", name);
        return NGX_ERROR;
    }

    if (fi.st_uid != user
        && chown((const char *) name, user, (gid_t) -1) == -1)
    {
        ngx_log_error(NGX_LOG_EMERG, cycle->log, ngx_errno,
                      "chown(\"%s\", %d) failed", name, user);
        return NGX_ERROR;
    }

    return NGX_OK;
}


ngx_int_t
ngx_http_journey_log_init_process(ngx_cycle_t *cycle,
    ngx_http_journey_logs_t *logs)
{
    ngx_uint_t                i;
    ngx_http_journey_log_t  **logp;

    /* nginx calls this in the cache manager, too */

    if (ngx_process != NGX_PROCESS_WORKER && ngx_process != NGX_PROCESS_SINGLE)
    {
        return NGX_OK;
    }

    logp = logs->logs.elts;

    for (i = 0; i < logs->logs.nelts; i++) {
        if (ngx_http_journey_log_open(logp[i]) != NGX_OK) {
            return NGX_ERROR;
        }
    }

    return NGX_OK;
}


ngx_int_t
ngx_http_journey_log_write(ngx_http_journey_log_t *log, const jny_row_t *row)
{
    /* a single process is not initialised again when it is reloaded */

    if (log->writer == NULL && ngx_http_journey_log_open(log) != NGX_OK) {
        return NGX_DECLINED;
    }

    return ngx_http_journey_writer_add(log->writer, row);
}


void
ngx_http_journey_log_exit_process(ngx_cycle_t *cycle,
    ngx_http_journey_logs_t *logs)
{
    while (ngx_http_journey_log_active) {
        ngx_http_journey_log_close(ngx_http_journey_log_active);
    }
}


static ngx_int_t
ngx_http_journey_log_open(ngx_http_journey_log_t *log)
{
    log->writer = ngx_http_journey_writer_open(&log->conf);
    if (log->writer == NULL) {
        return NGX_ERROR;
    }

    log->next = ngx_http_journey_log_active;
    ngx_http_journey_log_active = log;

    return NGX_OK;
}


static void
ngx_http_journey_log_close(ngx_http_journey_log_t *log)
{
    ngx_http_journey_log_t  **link;

    for (link = &ngx_http_journey_log_active;
         *link != log;
         link = &(*link)->next)
    {
        /* void */
    }

    *link = log->next;

    ngx_http_journey_writer_close(log->writer);
    log->writer = NULL;
}


/*
 * nginx is about to reopen its files.  It calls this in the master as well,
 * which has no writers.
 */

static void
ngx_http_journey_log_reopen(ngx_open_file_t *file, ngx_log_t *log)
{
    ngx_http_journey_log_t  *jl;

    jl = file->data;

    if (jl->writer) {
        ngx_http_journey_writer_reopen(jl->writer);
    }
}


/* The configuration's memory goes; only a single process still writes then. */

static void
ngx_http_journey_log_cleanup(void *data)
{
    ngx_http_journey_log_t  *log = data;

    if (log->writer) {
        ngx_http_journey_log_close(log);
    }
}
