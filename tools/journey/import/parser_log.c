/*
 * parser_log.c - any nginx log_format string.
 *
 * The string is cut into variables and the literals between them once; a line
 * is then read by looking for one literal after the other.  A variable ends
 * at the first place where its literal stands: nginx escapes quotes inside of
 * values, so in quotes nothing is ambiguous, and Apache's \" is passed over.
 * What follows the last literal is ignored: "combined" reads its many longer
 * cousins.
 */

#include "import/parser.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>


#define JNY_LOG_MAX_VARIABLES  128

typedef struct {
    const jny_bound_t  *bound;     /* NULL: read past */
    const char         *literal;   /* behind it; in text */
    size_t              len;       /* 0: the rest of the line is the value */
    char                why[80];
} jny_log_variable_t;

typedef struct {
    char                *text;
    size_t               prefix;   /* bytes of text before the first one */
    unsigned             n;
    unsigned             raw:1;    /* escape=none */
    jny_log_variable_t   v[];
} jny_log_t;


static int jny_log_compile(jny_log_t *log, const jny_binding_t *b,
    jny_diag_t *diag);


static void
jny_log_close(void *state)
{
    jny_log_t  *log;

    log = state;

    if (log != NULL) {
        free(log->text);
        free(log);
    }
}


static int
jny_log_open(void **state, const char *text, jny_slice_t head,
    jny_binding_t *b, jny_diag_t *diag)
{
    int         rc;
    jny_log_t  *log;

    (void) head;

    *state = NULL;
    log = calloc(1, sizeof(*log)
                 + JNY_LOG_MAX_VARIABLES * sizeof(log->v[0]));

    if (log == NULL) {
        return JNY_ENOMEM;
    }

    if (strncmp(text, "escape=", 7) == 0 && strchr(text, ' ') != NULL) {
        log->raw = strncmp(text, "escape=none ", 12) == 0;
        text = strchr(text, ' ');
        text += strspn(text, " ");
    }

    log->text = strdup(text);
    rc = log->text != NULL ? jny_log_compile(log, b, diag) : JNY_ENOMEM;

    if (rc != JNY_OK) {
        jny_log_close(log);
        return rc;
    }

    *state = log;
    return JNY_OK;
}


static size_t
jny_log_name_len(const char *p)
{
    return strspn(p, "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ"
                  "0123456789_");
}


/* The $name or ${name} at *p, which moves behind it. */

static int
jny_log_name(const char **p, const char **name, size_t *len, jny_diag_t *diag)
{
    unsigned  braces;

    braces = (*p)[1] == '{';
    *name = *p + 1 + braces;
    *len = jny_log_name_len(*name);

    if (*len == 0 || (braces && (*name)[*len] != '}')) {
        jny_diag_set(diag, 0, "the log_format has a \"$\" without a "
                     "variable's name");
        return JNY_EINVAL;
    }

    *p = *name + *len + braces;
    return JNY_OK;
}


static int
jny_log_compile(jny_log_t *log, const jny_binding_t *b, jny_diag_t *diag)
{
    int                  timed;
    size_t               len;
    const char          *p, *name;
    jny_log_variable_t  *v;

    timed = 0;
    log->prefix = strcspn(log->text, "$");
    p = log->text + log->prefix;

    while (*p != '\0') {

        if (log->n == JNY_LOG_MAX_VARIABLES) {
            jny_diag_set(diag, 0, "the log_format has more than %d variables",
                         JNY_LOG_MAX_VARIABLES);
            return JNY_EINVAL;
        }

        if (jny_log_name(&p, &name, &len, diag) != JNY_OK) {
            return JNY_EINVAL;
        }

        v = &log->v[log->n++];
        v->bound = jny_binding_find(b, name, len);
        v->literal = p;
        v->len = strcspn(p, "$");
        p += v->len;

        if (v->len == 0 && *p != '\0') {
            jny_diag_set(diag, 0, "nothing separates $%.*s from what follows "
                         "it in the log_format", (int) (len < 60 ? len : 60),
                         name);
            return JNY_EINVAL;
        }

        snprintf(v->why, sizeof(v->why), "does not fit the format: no \"%.*s\" "
                 "behind $%.*s", (int) (v->len < 8 ? v->len : 8), v->literal,
                 (int) (len < 32 ? len : 32), name);

        for (const jny_bound_t *at = v->bound; at != NULL; at = at->also) {
            timed |= at->in <= JNY_IN_MSEC;
        }
    }

    if (!timed) {
        jny_diag_set(diag, 0, "the log_format has no time: $time_local, "
                     "$time_iso8601 or $msec");
        return JNY_EINVAL;
    }

    return JNY_OK;
}


/* Whether the byte at p is escaped: an odd number of \ stands before it. */

static int
jny_log_escaped(const uint8_t *begin, const uint8_t *p)
{
    unsigned  odd;

    for (odd = 0; p > begin && p[-1] == '\\'; p--) {
        odd ^= 1;
    }

    return (int) odd;
}


/* Whether the literal, whose first byte is at p, stands there; few are long. */

static int
jny_log_stands(const jny_log_variable_t *v, const uint8_t *p)
{
    size_t  i;

    for (i = 1; i < v->len && p[i] == (uint8_t) v->literal[i]; i++) {
        /* alike */
    }

    return i == v->len;
}


/* Where the literal behind a value begins; NULL: nowhere before end. */

static uint8_t *
jny_log_literal(const jny_log_variable_t *v, uint8_t *p, const uint8_t *end,
    int escapes)
{
    uint8_t  *begin;

    begin = p;

    while (p < end) {
        p = memchr(p, v->literal[0], (size_t) (end - p));

        if (p == NULL || (size_t) (end - p) < v->len) {
            return NULL;
        }

        if (jny_log_stands(v, p)
            && !(escapes && *p == '"' && jny_log_escaped(begin, p)))
        {
            return p;
        }

        p++;
    }

    return NULL;
}


static int
jny_log_parse(const void *state, uint8_t *line, size_t len, jny_record_t *rec,
    const char **why)
{
    int                        escapes;
    size_t                     n;
    uint8_t                   *p, *at, *end;
    const jny_log_t           *log;
    const jny_log_variable_t  *v;

    log = state;
    end = line + len;

    if (len == 0) {
        return JNY_END;
    }

    if (len < log->prefix || memcmp(line, log->text, log->prefix) != 0) {
        *why = "does not fit the format: another beginning";
        return JNY_EDATA;
    }

    p = line + log->prefix;
    escapes = memchr(line, '\\', len) != NULL;

    for (v = log->v; v < log->v + log->n; v++) {

        at = v->len != 0 ? jny_log_literal(v, p, end, escapes) : end;

        if (at == NULL) {
            *why = v->why;
            return JNY_EDATA;
        }

        n = (size_t) (at - p);

        if (v->bound != NULL && n != 0 && !(n == 1 && *p == '-')) {
            n = escapes && !log->raw ? jny_unescape(p, n) : n;
            jny_bound_put(v->bound, rec, p, n);
        }

        p = at + v->len;
    }

    return JNY_OK;
}


const jny_parser_t  jny_parser_log = {
    .open = jny_log_open,
    .close = jny_log_close,
    .parse = jny_log_parse
};
