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
    ngx_http_journey_keyring_t *ring, ngx_http_journey_key_error_t *error);
static ngx_int_t ngx_http_journey_key_check(ngx_str_t *file,
    ngx_file_info_t *fi, ngx_http_journey_key_error_t *error);
static ngx_int_t ngx_http_journey_key_parse(ngx_str_t *file, u_char *p,
    u_char *last, ngx_http_journey_keyring_t *ring,
    ngx_http_journey_key_error_t *error);
static ngx_int_t ngx_http_journey_key_line(ngx_str_t *file, ngx_uint_t line,
    u_char *p, u_char *last, ngx_http_journey_keyring_t *ring,
    ngx_http_journey_key_error_t *error);
static ngx_int_t ngx_http_journey_key_hex(u_char *p, u_char *last,
    u_char secret[NGX_HTTP_JOURNEY_KEY_LEN]);
static ngx_int_t ngx_http_journey_key_failed(
    ngx_http_journey_key_error_t *error, ngx_err_t err, const char *fmt, ...);


ngx_int_t
ngx_http_journey_key_read(ngx_str_t *file, ngx_http_journey_keyring_t *ring,
    ngx_http_journey_key_error_t *error)
{
    ngx_fd_t   fd;
    ngx_int_t  rc;

    ngx_memzero(ring, sizeof(ngx_http_journey_keyring_t));

    fd = ngx_open_file(file->data, NGX_FILE_RDONLY, NGX_FILE_OPEN, 0);

    if (fd == NGX_INVALID_FILE) {
        return ngx_http_journey_key_failed(error, ngx_errno,
                           "journey_key: " ngx_open_file_n " \"%V\" failed; "
                           "make a key with \"openssl rand -hex 16 > %V; "
                           "chmod 600 %V\"", file, file, file);
    }

    rc = ngx_http_journey_key_file(fd, file, ring, error);

    if (ngx_close_file(fd) == NGX_FILE_ERROR) {
        ngx_log_error(NGX_LOG_ALERT, ngx_cycle->log, ngx_errno,
                      ngx_close_file_n " \"%V\" failed", file);
    }

    return rc;
}


static ngx_int_t
ngx_http_journey_key_file(ngx_fd_t fd, ngx_str_t *file,
    ngx_http_journey_keyring_t *ring, ngx_http_journey_key_error_t *error)
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

    ngx_http_journey_key_stamp(&fi, &ring->stamp);

    n = ngx_read_fd(fd, buf, sizeof(buf));

    if (n == -1) {
        return ngx_http_journey_key_failed(error, ngx_errno,
                                           ngx_read_fd_n " \"%V\" failed",
                                           file);
    }

    rc = ngx_http_journey_key_parse(file, buf, buf + n, ring, error);

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
ngx_http_journey_key_parse(ngx_str_t *file, u_char *p, u_char *last,
    ngx_http_journey_keyring_t *ring, ngx_http_journey_key_error_t *error)
{
    u_char      *end;
    ngx_uint_t   line;

    for (line = 1; p < last; line++) {

        end = ngx_strlchr(p, last, '\n');
        if (end == NULL) {
            end = last;
        }

        if (ngx_http_journey_key_line(file, line, p, end, ring, error)
            != NGX_OK)
        {
            return NGX_ERROR;
        }

        p = end + 1;
    }

    if (ring->cookie.n == 0) {
        return ngx_http_journey_key_failed(error, 0,
                           "journey_key \"%V\" holds no key; make one with "
                           "\"openssl rand -hex 16 > %V\"", file, file);
    }

    return NGX_OK;
}


static ngx_int_t
ngx_http_journey_key_line(ngx_str_t *file, ngx_uint_t line, u_char *p,
    u_char *last, ngx_http_journey_keyring_t *ring,
    ngx_http_journey_key_error_t *error)
{
    u_char      secret[NGX_HTTP_JOURNEY_KEY_LEN];
    ngx_uint_t  login;

    while (p < last && (*p == ' ' || *p == '\t')) {
        p++;
    }

    while (p < last
           && (last[-1] == ' ' || last[-1] == '\t' || last[-1] == '\r'))
    {
        last--;
    }

    if (p == last || *p == '#') {
        return NGX_OK;
    }

    login = (last - p > 6 && ngx_strncmp(p, "login ", 6) == 0);

    if (login) {
        for (p += 6; p < last && *p == ' '; p++) { /* void */
        }
    }

    if (ngx_http_journey_key_hex(p, last, secret) != NGX_OK) {
        return ngx_http_journey_key_failed(error, 0,
                       "journey_key \"%V\" line %ui is not a key of 32 hex "
                       "digits; make one with \"openssl rand -hex 16\"",
                       file, line);
    }

    if (login) {
        if (ring->login_known) {
            return ngx_http_journey_key_failed(error, 0,
                           "journey_key \"%V\" line %ui: there is a key for "
                           "logins already; remove the line", file, line);
        }

        ngx_memcpy(ring->login, secret, NGX_HTTP_JOURNEY_KEY_LEN);
        ring->login_known = 1;

    } else if (ngx_http_journey_keys_add(&ring->cookie, secret) != 0) {
        return ngx_http_journey_key_failed(error, 0,
                       "journey_key \"%V\" line %ui: the key is there twice, "
                       "or the file has more than %d keys; remove the line",
                       file, line, NGX_HTTP_JOURNEY_MAX_KEYS);
    }

    ngx_explicit_memzero(secret, sizeof(secret));

    return NGX_OK;
}


static ngx_int_t
ngx_http_journey_key_hex(u_char *p, u_char *last,
    u_char secret[NGX_HTTP_JOURNEY_KEY_LEN])
{
    ngx_int_t   byte;
    ngx_uint_t  i;

    if (last - p != 2 * NGX_HTTP_JOURNEY_KEY_LEN) {
        return NGX_ERROR;
    }

    for (i = 0; i < NGX_HTTP_JOURNEY_KEY_LEN; i++) {
        byte = ngx_hextoi(p + 2 * i, 2);

        if (byte == NGX_ERROR) {
            return NGX_ERROR;
        }

        secret[i] = (u_char) byte;
    }

    return NGX_OK;
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
