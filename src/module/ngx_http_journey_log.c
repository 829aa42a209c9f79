/*
 * ngx_http_journey_log.c - the logs of a configuration: their files
 * and folders while the master still may create them, and their writers
 * in the processes that serve requests.
 *
 * The log is registered among nginx's open files, so the master creates it,
 * reopens it at USR1 and hands the new one to the workers' user before it
 * signals them.  That descriptor is not written to: a lock taken on a
 * descriptor that all workers inherited would exclude none of them, so each
 * writer opens the file itself.
 */

#include "ngx_http_journey_log.h"
#include "ngx_http_journey_counters.h"
#include "ngx_http_journey_log_conf.h"
#include "ngx_http_journey_recover.h"
#include "ngx_http_journey_stream.h"
#include "ngx_http_journey_writer.h"

#include "jny_spool.h"


#define NGX_HTTP_JOURNEY_SPOOL_FOLDER "/run/journey"
#define NGX_HTTP_JOURNEY_SPOOL_SIZE   (2 * 1024 * 1024)


struct ngx_http_journey_log_s {
    ngx_http_journey_writer_conf_t   conf;
    ngx_thread_pool_t               *pool;      /* of this process, or NULL */
    ngx_open_file_t                 *file;
    ngx_http_journey_writer_t       *writer;    /* of this process */
    ngx_http_journey_log_t          *next;      /* with a writer */
};


static ngx_http_journey_log_t *ngx_http_journey_log_create(ngx_conf_t *cf,
    ngx_http_journey_logs_t *logs, ngx_str_t *path);
static ngx_int_t ngx_http_journey_log_folder(ngx_cycle_t *cycle,
    ngx_str_t *folder, ngx_uid_t user);
static ngx_int_t ngx_http_journey_log_owner(ngx_cycle_t *cycle,
    u_char *name, ngx_uid_t user);
static void ngx_http_journey_log_signals(ngx_cycle_t *cycle);
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


ngx_int_t
ngx_http_journey_log_check(ngx_conf_t *cf, const ngx_http_journey_logs_t *logs)
{
    size_t                    excess;
    ngx_uint_t                i;
    ngx_http_journey_log_t  **logp;

    logp = logs->logs.elts;

    for (i = 0; i < logs->logs.nelts; i++) {
        excess = ngx_http_journey_stream_excess(&logp[i]->conf);

        if (excess) {
            ngx_log_error(NGX_LOG_EMERG, cf->log, 0,
                          "the path of journey_log \"%V\", the stages of "
                          "\"journey_stages\", the names of \"journey_field\" "
                          "and the host's name are together %uz bytes too "
                          "long for a spool: make the stages shorter",
                          &logp[i]->conf.path, excess);
            return NGX_ERROR;
        }
    }

    return NGX_OK;
}


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

        if (!ngx_http_journey_log_agrees(&conf, &log->conf)) {
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

    return (ngx_http_journey_log_settle(cf, &conf, &log->conf) == NGX_OK)
               ? log : NULL;
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
    ngx_uint_t                i, sync;
    ngx_thread_pool_t        *pool;
    ngx_http_journey_log_t  **logp;

    /* nginx calls this in the cache manager, too */

    if ((ngx_process != NGX_PROCESS_WORKER
         && ngx_process != NGX_PROCESS_SINGLE)
        || logs->logs.nelts == 0)
    {
        return NGX_OK;
    }

    ngx_http_journey_log_signals(cycle);

    logp = logs->logs.elts;
    pool = NULL;
    sync = 0;

    for (i = 0; i < logs->logs.nelts; i++) {

#if (NGX_THREADS)
        if (logp[i]->conf.threads.len) {
            logp[i]->pool = ngx_thread_pool_get(cycle,
                                                &logp[i]->conf.threads);
        }
#endif

        if (ngx_http_journey_log_open(logp[i]) != NGX_OK) {
            return NGX_ERROR;
        }

        if (pool == NULL) {
            pool = logp[i]->pool;
        }

        sync |= logp[i]->conf.sync;
    }

    return ngx_http_journey_recover_start(&logs->spool, pool, sync);
}


/* A log at the limit of its size is an error of write(), not a death. */

static void
ngx_http_journey_log_signals(ngx_cycle_t *cycle)
{
    struct sigaction  sa;

    if (sigaction(SIGXFSZ, NULL, &sa) == -1 || sa.sa_handler != SIG_DFL) {
        return;
    }

    sa.sa_handler = SIG_IGN;

    if (sigaction(SIGXFSZ, &sa, NULL) == -1) {
        ngx_log_error(NGX_LOG_ALERT, cycle->log, ngx_errno,
                      "sigaction(SIGXFSZ) failed");
    }
}


ngx_int_t
ngx_http_journey_log_write(ngx_http_journey_log_t *log, const jny_row_t *row)
{
    ngx_http_journey_count(NGX_HTTP_JOURNEY_COUNT_ACCEPTED, 1);

    /*
     * A single process is not initialised again when it is reloaded, nor are
     * the thread pools of its new configuration.
     */

    if (log->writer == NULL && ngx_http_journey_log_open(log) != NGX_OK) {
        ngx_http_journey_count(NGX_HTTP_JOURNEY_COUNT_DROP
                               + NGX_HTTP_JOURNEY_DROP_NO_MEMORY, 1);
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

    ngx_http_journey_recover_stop();
}


static ngx_int_t
ngx_http_journey_log_open(ngx_http_journey_log_t *log)
{
    log->writer = ngx_http_journey_writer_open(&log->conf, log->pool);
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
