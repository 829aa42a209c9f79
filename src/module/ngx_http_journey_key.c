/*
 * ngx_http_journey_key.c - journey_key's file.
 *
 * Keys are not numbered by people: a key's id follows from the key
 * (ngx_http_journey_keys_add()), so to rotate is to put a line on top.
 */

#include "ngx_http_journey_key.h"

#include <sodium.h>


#define NGX_HTTP_JOURNEY_KEY_FILE_MAX 65536


static ngx_int_t ngx_http_journey_key_file(ngx_fd_t fd, ngx_str_t *file,
    ngx_http_journey_keyring_t *ring, ngx_http_journey_key_stamp_t *stamp,
    ngx_http_journey_key_error_t *error);
static ngx_int_t ngx_http_journey_key_check(ngx_str_t *file,
    ngx_file_info_t *fi, ngx_http_journey_key_error_t *error);
static ngx_int_t ngx_http_journey_key_parse(ngx_str_t *file, u_char *text,
    size_t len, ngx_http_journey_keyring_t *ring,
    ngx_http_journey_key_error_t *error);
static ngx_int_t ngx_http_journey_key_failed(
    ngx_http_journey_key_error_t *error, ngx_err_t err, const char *fmt, ...);


ngx_int_t
ngx_http_journey_key_read(ngx_str_t *file, ngx_http_journey_keyring_t *ring,
    ngx_http_journey_key_stamp_t *stamp, ngx_http_journey_key_error_t *error)
{
    ngx_fd_t   fd;
    ngx_int_t  rc;

    fd = ngx_open_file(file->data, NGX_FILE_RDONLY, NGX_FILE_OPEN, 0);

    if (fd == NGX_INVALID_FILE && ngx_errno != NGX_ENOENT) {
        return ngx_http_journey_key_failed(error, ngx_errno,
                           "journey_key: " ngx_open_file_n " \"%V\" failed; "
                           "workers read it again when it changes: give it "
                           "to their group with \"chmod 640\", or reload nginx",
                           file);
    }

    if (fd == NGX_INVALID_FILE) {
        return ngx_http_journey_key_failed(error, ngx_errno,
                           "journey_key: " ngx_open_file_n " \"%V\" failed; "
                           "make a key with \"openssl rand -hex 16 > %V; "
                           "chmod 600 %V\"", file, file, file);
    }

    rc = ngx_http_journey_key_file(fd, file, ring, stamp, error);

    if (ngx_close_file(fd) == NGX_FILE_ERROR) {
        ngx_log_error(NGX_LOG_ALERT, ngx_cycle->log, ngx_errno,
                      ngx_close_file_n " \"%V\" failed", file);
    }

    return rc;
}


static ngx_int_t
ngx_http_journey_key_file(ngx_fd_t fd, ngx_str_t *file,
    ngx_http_journey_keyring_t *ring, ngx_http_journey_key_stamp_t *stamp,
    ngx_http_journey_key_error_t *error)
{
    u_char            buf[NGX_HTTP_JOURNEY_KEY_FILE_MAX];
    ssize_t           n;
    ngx_int_t         rc;
    ngx_file_info_t   fi;

    if (ngx_fd_info(fd, &fi) == NGX_FILE_ERROR) {
        return ngx_http_journey_key_failed(error, ngx_errno,
                                           ngx_fd_info_n " \"%V\" failed",
                                           file);
    }

    if (ngx_http_journey_key_check(file, &fi, error) != NGX_OK) {
        return NGX_ERROR;
    }

    ngx_http_journey_key_stamp(&fi, stamp);

    n = ngx_read_fd(fd, buf, sizeof(buf));

    if (n == -1) {
        return ngx_http_journey_key_failed(error, ngx_errno,
                                           ngx_read_fd_n " \"%V\" failed",
                                           file);
    }

    rc = ngx_http_journey_key_parse(file, buf, (size_t) n, ring, error);

    ngx_explicit_memzero(buf, n);

    return rc;
}


void
ngx_http_journey_key_stamp(ngx_file_info_t *fi,
    ngx_http_journey_key_stamp_t *stamp)
{
    stamp->device = fi->st_dev;
    stamp->file = fi->st_ino;
    stamp->size = fi->st_size;
    stamp->modified = fi->st_mtime;
    stamp->changed = fi->st_ctime;
}


static ngx_int_t
ngx_http_journey_key_check(ngx_str_t *file, ngx_file_info_t *fi,
    ngx_http_journey_key_error_t *error)
{
    if (!ngx_is_file(fi) || ngx_file_size(fi) > NGX_HTTP_JOURNEY_KEY_FILE_MAX)
    {
        return ngx_http_journey_key_failed(error, 0,
                           "journey_key \"%V\" is not a file with keys: one "
                           "a line as 32 hex digits, newest first", file);
    }

    if (fi->st_mode & (S_IWGRP | S_IRWXO)) {
        return ngx_http_journey_key_failed(error, 0,
                           "journey_key \"%V\" has mode %d%d%d: others could "
                           "sign visitors, run \"chmod 600 %V\"",
                           file, (int) (fi->st_mode >> 6 & 7),
                           (int) (fi->st_mode >> 3 & 7),
                           (int) (fi->st_mode & 7), file);
    }

    return NGX_OK;
}


static ngx_int_t
ngx_http_journey_key_parse(ngx_str_t *file, u_char *text, size_t len,
    ngx_http_journey_keyring_t *ring, ngx_http_journey_key_error_t *error)
{
    unsigned  line;

    switch (ngx_http_journey_keyring_parse(text, len, ring, &line)) {

    case NGX_HTTP_JOURNEY_KEYRING_SYNTAX:
        return ngx_http_journey_key_failed(error, 0,
                       "journey_key \"%V\" line %ud is not a key of 32 hex "
                       "digits; make one with \"openssl rand -hex 16\"",
                       file, line);

    case NGX_HTTP_JOURNEY_KEYRING_LOGIN:
        return ngx_http_journey_key_failed(error, 0,
                       "journey_key \"%V\" line %ud: there is a key for "
                       "logins already; remove the line", file, line);

    case NGX_HTTP_JOURNEY_KEYRING_FULL:
        return ngx_http_journey_key_failed(error, 0,
                       "journey_key \"%V\" line %ud: the key is there twice, "
                       "or the file has more than %d keys; remove the line",
                       file, line, NGX_HTTP_JOURNEY_MAX_KEYS);

    case NGX_HTTP_JOURNEY_KEYRING_EMPTY:
        return ngx_http_journey_key_failed(error, 0,
                       "journey_key \"%V\" holds no key; make one with "
                       "\"openssl rand -hex 16 > %V\"", file, file);

    default: /* NGX_HTTP_JOURNEY_KEYRING_OK */
        return NGX_OK;
    }
}


static ngx_int_t
ngx_http_journey_key_failed(ngx_http_journey_key_error_t *error, ngx_err_t err,
    const char *fmt, ...)
{
    u_char   *p;
    va_list   args;

    va_start(args, fmt);
    p = ngx_vslprintf(error->text, error->text + sizeof(error->text), fmt,
                      args);
    va_end(args);

    error->len = p - error->text;
    error->err = err;

    return NGX_ERROR;
}


void
ngx_http_journey_key_ephemeral(ngx_http_journey_keys_t *keys)
{
    static u_char      secret[NGX_HTTP_JOURNEY_KEY_LEN];
    static ngx_uint_t  made;

    if (!made) {
        randombytes_buf(secret, sizeof(secret));
        made = 1;
    }

    (void) ngx_http_journey_keys_add(keys, secret);
}
