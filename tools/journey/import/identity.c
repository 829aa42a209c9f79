/*
 * identity.c - one id out of what a line has, in the order asked for.
 */

#include "import/identity.h"

#include <errno.h>
#include <sodium.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "jny_wire.h"


#define JNY_IDENTITY_COOKIE    "jny"
#define JNY_IDENTITY_LIFE_S    (390 * 86400)   /* journey_cookie's longest */
#define JNY_IDENTITY_KEY_FILE  65536

static const uint8_t  jny_identity_public[16] = {
    'j', 'o', 'u', 'r', 'n', 'e', 'y', ' ', 'i', 'm', 'p', 'o', 'r', 't', ' ',
    '1'
};


static void
jny_identity_derive(uint8_t key[16], const char *what, const void *secret,
    size_t len)
{
    crypto_generichash_state  st;

    (void) crypto_generichash_init(&st, NULL, 0, 16);
    (void) crypto_generichash_update(&st, (const uint8_t *) what,
                                     strlen(what) + 1);
    (void) crypto_generichash_update(&st, secret, len);
    (void) crypto_generichash_final(&st, key, 16);
}


static int
jny_identity_cookie(jny_identity_t *id, const char *name, size_t len,
    jny_diag_t *diag)
{
    const char  *base;

    if (len == 0 || len >= sizeof(id->cookie) || id->cookie[0] != '\0') {
        jny_diag_set(diag, 0, "write one cookie's name, as in cookie:jny");
        return JNY_EINVAL;
    }

    memcpy(id->cookie, name, len);
    id->cookie[len] = '\0';

    base = strncmp(id->cookie, "__Host-", 7) == 0     ? id->cookie + 7
           : strncmp(id->cookie, "__Secure-", 9) == 0 ? id->cookie + 9
                                                      : id->cookie;
    id->ours = strcmp(base, JNY_IDENTITY_COOKIE) == 0;

    return JNY_OK;
}


static int
jny_identity_word(jny_identity_t *id, const char *p, size_t len,
    jny_diag_t *diag)
{
    jny_by_e  by;

    if (len == 7 && memcmp(p, "visitor", 7) == 0) {
        by = JNY_BY_VISITOR;

    } else if (len == 5 && memcmp(p, "login", 5) == 0) {
        by = JNY_BY_LOGIN;

    } else if (len == 7 && memcmp(p, "address", 7) == 0) {
        by = JNY_BY_ADDRESS;

    } else if (len >= 7 && memcmp(p, "cookie:", 7) == 0) {
        by = JNY_BY_COOKIE;

        if (jny_identity_cookie(id, p + 7, len - 7, diag) != JNY_OK) {
            return JNY_EINVAL;
        }

    } else {
        jny_diag_set(diag, 0, "give visitor, cookie:NAME, login or address, "
                     "or several of them, separated by commas");
        return JNY_EINVAL;
    }

    if (id->n == JNY_IDENTITY_SOURCES) {
        jny_diag_set(diag, 0, "name each once");
        return JNY_EINVAL;
    }

    id->by[id->n++] = by;
    return JNY_OK;
}


int
jny_identity_init(jny_identity_t *id, const char *order, jny_diag_t *diag)
{
    int     rc;
    size_t  len;

    memset(id, 0, sizeof(*id));
    memcpy(id->visitor_key, jny_identity_public, 16);
    memcpy(id->login_key, jny_identity_public, 16);

    if (order == NULL) {
        order = "visitor,cookie:" JNY_IDENTITY_COOKIE ",address";
    }

    for ( ;; ) {
        len = strcspn(order, ",");
        rc = jny_identity_word(id, order, len, diag);

        if (rc != JNY_OK || order[len] == '\0') {
            return rc;
        }

        order += len + 1;
    }
}


static int
jny_identity_ring(jny_identity_t *id, const uint8_t *text, size_t len,
    jny_diag_t *diag)
{
    unsigned  line;

    line = 0;

    switch (ngx_http_journey_keyring_parse(text, len, &id->ring, &line)) {

    case NGX_HTTP_JOURNEY_KEYRING_OK:
        break;

    case NGX_HTTP_JOURNEY_KEYRING_EMPTY:
        jny_diag_set(diag, 0, "has no key in it");
        return JNY_EINVAL;

    default:
        jny_diag_set(diag, line, "line %u is no key, or one key too many: a "
                     "line has 32 hex digits, one may begin with \"login\"",
                     line);
        return JNY_EINVAL;
    }

    if (!id->ring.login_known) {
        jny_diag_set(diag, 0, "has no line \"login\", whose key never "
                     "changes: echo \"login $(openssl rand -hex 16)\" >> FILE");
        return JNY_EINVAL;
    }

    id->keyed = 1;
    memcpy(id->login_key, id->ring.login, 16);
    jny_identity_derive(id->visitor_key, "visitor", id->ring.login, 16);
    jny_identity_derive(id->address_key, "address", id->ring.login, 16);

    return JNY_OK;
}


int
jny_identity_key(jny_identity_t *id, const char *file, jny_diag_t *diag)
{
    int       rc;
    FILE     *in;
    size_t    len;
    uint8_t  *text;

    in = fopen(file, "re");

    if (in == NULL) {
        jny_diag_set(diag, 0, "cannot be opened: %s", strerror(errno));
        return JNY_EIO;
    }

    text = malloc(JNY_IDENTITY_KEY_FILE);

    if (text == NULL) {
        fclose(in);
        return JNY_ENOMEM;
    }

    len = fread(text, 1, JNY_IDENTITY_KEY_FILE, in);

    if (ferror(in)) {
        jny_diag_set(diag, 0, "cannot be read: %s", strerror(errno));
        rc = JNY_EIO;

    } else {
        rc = jny_identity_ring(id, text, len, diag);
    }

    sodium_memzero(text, JNY_IDENTITY_KEY_FILE);
    free(text);
    fclose(in);

    return rc;
}


void
jny_identity_seed(jny_identity_t *id, const void *secret, size_t len)
{
    if (!id->keyed) {
        jny_identity_derive(id->address_key, "address", secret, len);
    }
}


/* 0 is nobody: the one text in 2^64 that is hashed to it becomes 1. */

static uint64_t
jny_identity_hash(const uint8_t key[16], const uint8_t *p, size_t len)
{
    uint8_t   out[crypto_shorthash_BYTES];
    uint64_t  h;

    (void) crypto_shorthash(out, p, len, key);
    h = jny_get_le64(out);

    return h != 0 ? h : 1;
}


/* The id that 16 lower-case hex digits are; 0: they are none. */

static uint64_t
jny_identity_hex(jny_slice_t s)
{
    unsigned  c;
    uint64_t  v;

    if (s.len != 16) {
        return 0;
    }

    v = 0;

    for (size_t i = 0; i < 16; i++) {
        c = s.data[i];

        if (c >= '0' && c <= '9') {
            v = v << 4 | (c - '0');

        } else if (c >= 'a' && c <= 'f') {
            v = v << 4 | (c - 'a' + 10);

        } else {
            return 0;
        }
    }

    return v;
}


/* A value of the cookie: 0 with JNY_ROW_COOKIE_INVALID for a forged one. */

static uint64_t
jny_identity_value(const jny_identity_t *id, const uint8_t *p, size_t len,
    jny_row_t *row)
{
    size_t                     n;
    uint8_t                    bytes[21];
    ngx_http_journey_cookie_t  cookie;

    if (id->keyed) {
        if (ngx_http_journey_cookie_decode(&id->ring.cookie, p, len,
                                           row->time_ms / 1000,
                                           JNY_IDENTITY_LIFE_S, &cookie)
            == NGX_HTTP_JOURNEY_COOKIE_OK)
        {
            return cookie.visitor;
        }

        if (id->ours) {
            row->flags |= JNY_ROW_COOKIE_INVALID;
            return 0;
        }

    } else if (id->ours) {

        /* without the keys what it says has to be believed */

        if (len == NGX_HTTP_JOURNEY_COOKIE_LEN
            && sodium_base642bin(bytes, sizeof(bytes), (const char *) p, len,
                                 NULL, &n, NULL,
                                 sodium_base64_VARIANT_URLSAFE_NO_PADDING)
               == 0
            && n == sizeof(bytes))
        {
            return jny_get_le64(bytes + 5);
        }

        row->flags |= JNY_ROW_COOKIE_INVALID;
        return 0;
    }

    return len != 0 ? jny_identity_hash(id->visitor_key, p, len) : 0;
}


static uint64_t
jny_identity_by_cookie(const jny_identity_t *id, const jny_record_t *rec,
    jny_row_t *row)
{
    size_t          len;
    uint64_t        v;
    const uint8_t  *p, *end, *value;

    v = 0;

    if (rec->in[JNY_IN_COOKIE_VALUE].len != 0) {
        v = jny_identity_value(id, rec->in[JNY_IN_COOKIE_VALUE].data,
                               rec->in[JNY_IN_COOKIE_VALUE].len, row);
    }

    p = rec->in[JNY_IN_COOKIE].data;
    end = p != NULL ? p + rec->in[JNY_IN_COOKIE].len : NULL;

    while (v == 0 && p < end
           && ngx_http_journey_cookie_next(&p, end,
                                           (const uint8_t *) id->cookie,
                                           strlen(id->cookie), &value, &len))
    {
        v = jny_identity_value(id, value, len, row);
    }

    if (v != 0) {
        row->flags &= ~(uint32_t) JNY_ROW_COOKIE_INVALID;
        row->flags |= JNY_ROW_COOKIE_RETURNED;
    }

    return v;
}


/* Agents are few and long: their share of the hash is one of its own. */

static uint64_t
jny_identity_agent(const jny_identity_t *id, jny_memo_t *agents,
    jny_slice_t agent)
{
    int        known;
    uint64_t   h, *value;

    value = jny_memo_find(agents, agent, &known);

    if (known) {
        return *value;
    }

    h = jny_identity_hash(id->address_key, agent.data, agent.len);

    if (value != NULL) {
        *value = h;
    }

    return h;
}


static uint64_t
jny_identity_by_address(const jny_identity_t *id, jny_memo_t *agents,
    const jny_record_t *rec, const jny_row_t *row)
{
    size_t       n;
    uint8_t      text[64 + sizeof(uint64_t)];
    jny_slice_t  a;

    a = rec->in[JNY_IN_ADDRESS];

    /* a client of a unix socket has no address */

    if (a.len == 0 || (a.len >= 5 && memcmp(a.data, "unix:", 5) == 0)) {
        return 0;
    }

    n = a.len < 63 ? a.len : 63;
    memcpy(text, a.data, n);
    text[n++] = '\0';

    if (row->agent.len != 0) {
        jny_put_le64(text + n, jny_identity_agent(id, agents, row->agent));
        n += sizeof(uint64_t);
    }

    return jny_identity_hash(id->address_key, text, n);
}


static uint64_t
jny_identity_of(const jny_identity_t *id, jny_by_e by, jny_memo_t *agents,
    const jny_record_t *rec, jny_row_t *row)
{
    uint64_t     v;
    jny_slice_t  s;

    switch (by) {

    case JNY_BY_VISITOR:
        s = rec->in[JNY_IN_VISITOR];
        break;

    case JNY_BY_LOGIN:
        s = rec->in[JNY_IN_LOGIN];

        if (s.len == 0) {
            s = rec->in[JNY_IN_USER];
        }

        return s.len != 0 ? jny_identity_hash(id->visitor_key, s.data, s.len)
                          : 0;

    case JNY_BY_COOKIE:
        return jny_identity_by_cookie(id, rec, row);

    default:
        return jny_identity_by_address(id, agents, rec, row);
    }

    if (s.len == 0) {
        return 0;
    }

    v = jny_identity_hex(s);

    return v != 0 ? v : jny_identity_hash(id->visitor_key, s.data, s.len);
}


void
jny_identity_row(const jny_identity_t *id, jny_memo_t *agents,
    const jny_record_t *rec, jny_row_t *row)
{
    jny_slice_t  login;

    login = rec->in[JNY_IN_LOGIN];

    if (login.len != 0) {
        row->login = jny_identity_hash(id->login_key, login.data, login.len);
    }

    for (unsigned i = 0; i < id->n && row->visitor == 0; i++) {
        row->visitor = jny_identity_of(id, id->by[i], agents, rec, row);
    }
}
