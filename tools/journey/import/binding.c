/*
 * binding.c - a table of names, hashed, since JSON asks it for every key of
 * every line.  --map takes a place away from the names that have it by
 * themselves: two columns for one place would make the order of columns
 * matter.
 */

#include "import/binding.h"

#include <stdlib.h>
#include <string.h>

#include "base/nearest.h"


#define JNY_BINDING_TEXT(name)  JNY_IN_TEXT + JNY_TEXT_##name

typedef struct {
    const char  *name;
    unsigned     in;
} jny_binding_name_t;


/* What --map may name comes first; a second name of a place is only read. */

static const jny_binding_name_t  jny_binding_names[] = {
    { "time", JNY_IN_TIME },
    { "time_iso8601", JNY_IN_TIME },
    { "time_local", JNY_IN_TIME_LOCAL },
    { "msec", JNY_IN_MSEC },
    { "request", JNY_IN_REQUEST },
    { "request_method", JNY_IN_METHOD },
    { "request_uri", JNY_IN_REQUEST_URI },
    { "uri", JNY_IN_URI },
    { "document_uri", JNY_IN_URI },
    { "args", JNY_IN_ARGS },
    { "query_string", JNY_IN_ARGS },
    { "server_name", JNY_IN_HOST_ELSE },
    { "http_host", JNY_IN_HOST_ELSE },
    { "http_referer", JNY_IN_REFERER },
    { "agent", JNY_IN_AGENT },
    { "http_user_agent", JNY_IN_AGENT },
    { "status", JNY_IN_STATUS },
    { "request_time", JNY_IN_REQUEST_TIME },
    { "latency", JNY_IN_LATENCY },
    { "remote_addr", JNY_IN_ADDRESS },
    { "remote_user", JNY_IN_USER },
    { "http_cookie", JNY_IN_COOKIE },
    { "visitor", JNY_IN_VISITOR },
    { "journey_visitor", JNY_IN_VISITOR },
    { "login", JNY_IN_LOGIN },
    { "value", JNY_IN_VALUE },
    { "upstream_http_x_journey_value", JNY_IN_VALUE },
    { "score", JNY_IN_SCORE },
    { "http_sec_purpose", JNY_IN_PURPOSE },
    { "http_purpose", JNY_IN_PURPOSE },
    { "http_sec_gpc", JNY_IN_GPC },
    { "arg_utm_source", JNY_IN_ARG },
    { "arg_utm_medium", JNY_IN_ARG + 1 },
    { "arg_utm_campaign", JNY_IN_ARG + 2 },
    { "arg_utm_term", JNY_IN_ARG + 3 },
    { "arg_utm_content", JNY_IN_ARG + 4 },
    { "upstream_http_x_journey_stage", JNY_BINDING_TEXT(STAGE) },
    { "upstream_http_x_journey_touchpoint", JNY_BINDING_TEXT(TOUCHPOINT) },
    { "upstream_http_x_journey_currency", JNY_BINDING_TEXT(CURRENCY) },
    { "upstream_http_x_journey_order", JNY_BINDING_TEXT(ORDER) },
    { "journey_stage", JNY_BINDING_TEXT(STAGE) },
    { "journey_touchpoint", JNY_BINDING_TEXT(TOUCHPOINT) },
    { NULL, 0 }
};


/* FNV-1a: names come from the user's own log, not from its visitors. */

static unsigned
jny_binding_hash(const void *name, size_t len)
{
    uint32_t        h;
    const uint8_t  *p;

    p = name;
    h = 2166136261u;

    for (size_t i = 0; i < len; i++) {
        h = (h ^ p[i]) * 16777619u;
    }

    return (h ^ h >> 8 ^ h >> 16) % JNY_BINDING_BUCKETS;
}


static jny_bound_t *
jny_binding_at(const jny_binding_t *b, const void *name, size_t len)
{
    jny_bound_t  *at;

    for (at = b->buckets[jny_binding_hash(name, len)]; at; at = at->next) {
        if (at->len == len && memcmp(at->name, name, len) == 0) {
            return at;
        }
    }

    return NULL;
}


const jny_bound_t *
jny_binding_find(const jny_binding_t *b, const void *name, size_t len)
{
    return jny_binding_at(b, name, len);
}


static int
jny_binding_insert(jny_binding_t *b, const char *name, size_t len, unsigned in)
{
    char         *copy;
    unsigned      h;
    jny_bound_t  *at, *first;

    at = malloc(sizeof(*at) + len + 1);

    if (at == NULL) {
        return JNY_ENOMEM;
    }

    copy = (char *) (at + 1);
    memcpy(copy, name, len);
    copy[len] = '\0';

    at->name = copy;
    at->len = len;
    at->in = in;
    at->also = NULL;

    first = jny_binding_at(b, name, len);

    if (first != NULL) {

        /* behind the first of the name, and reachable for release alone */

        at->also = first->also;
        first->also = at;
        at->next = first->next;
        first->next = at;
        return JNY_OK;
    }

    h = jny_binding_hash(name, len);
    at->next = b->buckets[h];
    b->buckets[h] = at;

    return JNY_OK;
}


int
jny_binding_init(jny_binding_t *b, const char *cookie)
{
    int   rc;
    char  name[160];

    memset(b, 0, sizeof(*b));
    rc = JNY_OK;

    for (unsigned i = 0; jny_binding_names[i].name && rc == JNY_OK; i++) {
        rc = jny_binding_insert(b, jny_binding_names[i].name,
                                strlen(jny_binding_names[i].name),
                                jny_binding_names[i].in);
    }

    for (unsigned i = 0; i < JNY_TEXT_COUNT && rc == JNY_OK; i++) {
        rc = jny_binding_insert(b, jny_text_names[i],
                                strlen(jny_text_names[i]), JNY_IN_TEXT + i);
    }

    if (rc == JNY_OK && cookie != NULL
        && strlen(cookie) < sizeof(name) - sizeof("cookie_"))
    {
        memcpy(name, "cookie_", 7);
        memcpy(name + 7, cookie, strlen(cookie) + 1);
        rc = jny_binding_insert(b, name, strlen(name), JNY_IN_COOKIE_VALUE);
    }

    return rc;
}


void
jny_binding_release(jny_binding_t *b)
{
    jny_bound_t  *at, *next;

    for (unsigned i = 0; i < JNY_BINDING_BUCKETS; i++) {
        for (at = b->buckets[i]; at != NULL; at = next) {
            next = at->next;
            free(at);
        }
    }

    for (unsigned i = 0; i < b->nfields; i++) {
        free(b->fields[i]);
    }

    memset(b, 0, sizeof(*b));
}


/* The index of x_NAME, made if it is new; -1: no such name, -2: no memory. */

static int
jny_binding_field(jny_binding_t *b, const char *name, size_t len)
{
    if (len < 3 || len > JNY_MAX_FIELD_NAME + 2 || memcmp(name, "x_", 2) != 0)
    {
        return -1;
    }

    name += 2;
    len -= 2;

    for (size_t i = 0; i < len; i++) {
        if (!((name[i] >= 'a' && name[i] <= 'z')
              || (name[i] >= '0' && name[i] <= '9') || name[i] == '_'))
        {
            return -1;
        }
    }

    for (unsigned i = 0; i < b->nfields; i++) {
        if (strlen(b->fields[i]) == len
            && memcmp(b->fields[i], name, len) == 0)
        {
            return (int) i;
        }
    }

    if (b->nfields == JNY_MAX_FIELDS) {
        return -1;
    }

    b->fields[b->nfields] = strndup(name, len);

    return b->fields[b->nfields] != NULL ? (int) b->nfields++ : -2;
}


int
jny_binding_add(jny_binding_t *b, const char *name, size_t len)
{
    int  i;

    if (jny_binding_at(b, name, len) != NULL) {
        return JNY_OK;
    }

    i = jny_binding_field(b, name, len);

    if (i < 0) {
        return i == -1 ? JNY_END : JNY_ENOMEM;
    }

    if (b->mapped[JNY_IN_FIELD + i]) {
        return JNY_END;
    }

    return jny_binding_insert(b, name, len, JNY_IN_FIELD + i);
}


/* The place that a name of ours stands for; -1: none, -2: no memory. */

static int
jny_binding_place(jny_binding_t *b, const char *name, size_t len,
    jny_diag_t *diag)
{
    int            i;
    jny_nearest_t  near;

    for (i = 0; jny_binding_names[i].name != NULL; i++) {
        if (strlen(jny_binding_names[i].name) == len
            && memcmp(jny_binding_names[i].name, name, len) == 0)
        {
            return (int) jny_binding_names[i].in;
        }
    }

    for (i = 0; i < JNY_TEXT_COUNT; i++) {
        if (strlen(jny_text_names[i]) == len
            && memcmp(jny_text_names[i], name, len) == 0)
        {
            return JNY_IN_TEXT + i;
        }
    }

    i = jny_binding_field(b, name, len);

    if (i != -1) {
        return i >= 0 ? JNY_IN_FIELD + i : i;
    }

    jny_nearest_init(&near, name, len);

    for (i = 0; jny_binding_names[i].name != NULL; i++) {
        jny_nearest_try(&near, jny_binding_names[i].name);
    }

    for (i = 0; i < JNY_TEXT_COUNT; i++) {
        jny_nearest_try(&near, jny_text_names[i]);
    }

    if (near.best != NULL) {
        jny_diag_set(diag, 0, "unknown field %.*s, did you mean %s?",
                     (int) (len < 40 ? len : 40), name, near.best);

    } else {
        jny_diag_set(diag, 0, "unknown field %.*s: give page, visitor, stage, "
                     "x_NAME (a-z, 0-9, _; at most %u of them), ...",
                     (int) (len < 40 ? len : 40), name, JNY_MAX_FIELDS);
    }

    return -1;
}


/* Takes the place from all names that feed it by themselves. */

static void
jny_binding_unname(jny_binding_t *b, unsigned in)
{
    jny_bound_t  *at, **link;

    for (unsigned i = 0; i < JNY_BINDING_BUCKETS; i++) {

        link = &b->buckets[i];

        while ((at = *link) != NULL) {
            if (at->in == in) {
                *link = at->next;
                free(at);

            } else {
                link = &at->next;
            }
        }
    }
}


int
jny_binding_map(jny_binding_t *b, const char *text, jny_diag_t *diag)
{
    int           in, rc;
    size_t        len;
    jny_bound_t  *at;

    len = strcspn(text, "=");

    if (len == 0 || text[len] != '=' || text[len + 1] == '\0') {
        jny_diag_set(diag, 0, "write FIELD=COLUMN, as in login=customer_id");
        return JNY_EINVAL;
    }

    in = jny_binding_place(b, text, len, diag);

    if (in < 0) {
        return in == -1 ? JNY_EINVAL : JNY_ENOMEM;
    }

    if (b->mapped[in]) {
        jny_diag_set(diag, 0, "this field has a column already");
        return JNY_EINVAL;
    }

    /*
     * By itself a name feeds one place; a column that feeds several was
     * mapped, so what "also" points to is never taken away.
     */

    jny_binding_unname(b, (unsigned) in);
    b->mapped[in] = text;
    text += len + 1;
    text += *text == '$';

    at = jny_binding_at(b, text, strlen(text));

    if (at != NULL && !b->mapped[at->in]) {
        at->in = (unsigned) in;     /* the column means this, and no more */
        return JNY_OK;
    }

    rc = jny_binding_insert(b, text, strlen(text), (unsigned) in);

    return rc;
}
