/*
 * ngx_http_journey_key.c - journey_key's file.
 *
 * Keys are not numbered by people: a key's id follows from the key
 * (ngx_http_journey_keys_add()), so to rotate is to put a line on top.
 */

#include "ngx_http_journey_key.h"

#include <sodium.h>


#define NGX_HTTP_JOURNEY_KEY_FILE_MAX 65536


static ngx_int_t ngx_http_journey_key_check(ngx_conf_t *cf, ngx_str_t *file,
    ngx_file_info_t *fi);
static ngx_int_t ngx_http_journey_key_parse(ngx_conf_t *cf, ngx_str_t *file,
    u_char *p, u_char *last, ngx_http_journey_keys_t *keys);
static ngx_int_t ngx_http_journey_key_line(ngx_conf_t *cf, ngx_str_t *file,
    ngx_uint_t line, u_char *p, u_char *last, ngx_http_journey_keys_t *keys);


char *
ngx_http_journey_key_read(ngx_conf_t *cf, ngx_str_t *file,
    ngx_http_journey_keys_t *keys)
{
    char             *rc;
    u_char            buf[NGX_HTTP_JOURNEY_KEY_FILE_MAX];
    ssize_t           n;
    ngx_fd_t          fd;
    ngx_file_info_t   fi;

    fd = ngx_open_file(file->data, NGX_FILE_RDONLY, NGX_FILE_OPEN, 0);

    if (fd == NGX_INVALID_FILE) {
        ngx_conf_log_error(NGX_LOG_EMERG, cf, ngx_errno,
                           "journey_key: " ngx_open_file_n " \"%V\" failed; "
                           "make a key with \"openssl rand -hex 16 > %V; "
                           "chmod 600 %V\"", file, file, file);
        return NGX_CONF_ERROR;
    }

    rc = NGX_CONF_ERROR;
    n = 0;

    if (ngx_fd_info(fd, &fi) == NGX_FILE_ERROR) {
        ngx_conf_log_error(NGX_LOG_EMERG, cf, ngx_errno,
                           ngx_fd_info_n " \"%V\" failed", file);
        goto done;
    }

    if (ngx_http_journey_key_check(cf, file, &fi) != NGX_OK) {
        goto done;
    }

    n = ngx_read_fd(fd, buf, sizeof(buf));

    if (n == -1) {
        ngx_conf_log_error(NGX_LOG_EMERG, cf, ngx_errno,
                           ngx_read_fd_n " \"%V\" failed", file);
        n = 0;
        goto done;
    }

    if (ngx_http_journey_key_parse(cf, file, buf, buf + n, keys) == NGX_OK) {
        rc = NGX_CONF_OK;
    }

done:

    ngx_explicit_memzero(buf, n);

    if (ngx_close_file(fd) == NGX_FILE_ERROR) {
        ngx_conf_log_error(NGX_LOG_ALERT, cf, ngx_errno,
                           ngx_close_file_n " \"%V\" failed", file);
    }

    return rc;
}


static ngx_int_t
ngx_http_journey_key_check(ngx_conf_t *cf, ngx_str_t *file,
    ngx_file_info_t *fi)
{
    if (!ngx_is_file(fi) || ngx_file_size(fi) > NGX_HTTP_JOURNEY_KEY_FILE_MAX)
    {
        ngx_conf_log_error(NGX_LOG_EMERG, cf, 0,
                           "journey_key \"%V\" is not a file with keys: one "
                           "a line as 32 hex digits, newest first", file);
        return NGX_ERROR;
    }

    if (fi->st_mode & (S_IWGRP | S_IRWXO)) {
        ngx_conf_log_error(NGX_LOG_EMERG, cf, 0,
                           "journey_key \"%V\" has mode %d%d%d: others could "
                           "sign visitors, run \"chmod 600 %V\"",
                           file, (int) (fi->st_mode >> 6 & 7),
                           (int) (fi->st_mode >> 3 & 7),
                           (int) (fi->st_mode & 7), file);
        return NGX_ERROR;
    }

    return NGX_OK;
}


static ngx_int_t
ngx_http_journey_key_parse(ngx_conf_t *cf, ngx_str_t *file, u_char *p,
    u_char *last, ngx_http_journey_keys_t *keys)
{
    u_char      *end;
    ngx_uint_t   line;

    for (line = 1; p < last; line++) {

        end = ngx_strlchr(p, last, '\n');
        if (end == NULL) {
            end = last;
        }

        if (ngx_http_journey_key_line(cf, file, line, p, end, keys) != NGX_OK)
        {
            return NGX_ERROR;
        }

        p = end + 1;
    }

    if (keys->n == 0) {
        ngx_conf_log_error(NGX_LOG_EMERG, cf, 0,
                           "journey_key \"%V\" holds no key; make one with "
                           "\"openssl rand -hex 16 > %V\"", file, file);
        return NGX_ERROR;
    }

    return NGX_OK;
}


static ngx_int_t
ngx_http_journey_key_line(ngx_conf_t *cf, ngx_str_t *file, ngx_uint_t line,
    u_char *p, u_char *last, ngx_http_journey_keys_t *keys)
{
    u_char      secret[NGX_HTTP_JOURNEY_KEY_LEN];
    ngx_int_t   byte;
    ngx_uint_t  i;

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

    if (last - p != 2 * NGX_HTTP_JOURNEY_KEY_LEN) {
        goto invalid;
    }

    for (i = 0; i < NGX_HTTP_JOURNEY_KEY_LEN; i++) {
        byte = ngx_hextoi(p + 2 * i, 2);

        if (byte == NGX_ERROR) {
            goto invalid;
        }

        secret[i] = (u_char) byte;
    }

    if (ngx_http_journey_keys_add(keys, secret) != 0) {
        ngx_conf_log_error(NGX_LOG_EMERG, cf, 0,
                           "journey_key \"%V\" line %ui: the key is there "
                           "twice, or the file has more than %d keys; remove "
                           "the line", file, line, NGX_HTTP_JOURNEY_MAX_KEYS);
        return NGX_ERROR;
    }

    return NGX_OK;

invalid:

    ngx_conf_log_error(NGX_LOG_EMERG, cf, 0,
                       "journey_key \"%V\" line %ui is not a key of 32 hex "
                       "digits; make one with \"openssl rand -hex 16\"",
                       file, line);

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
