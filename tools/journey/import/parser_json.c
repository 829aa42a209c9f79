/*
 * parser_json.c - one JSON object a line (RFC 8259), read in one pass and in
 * place: keys and strings are unescaped where they stand.  Nested values are
 * passed over, to a depth that no stack minds, since none is used.
 */

#include "import/parser.h"

#include <string.h>


typedef struct {
    uint8_t       *p;
    uint8_t       *end;
    const char    *why;
} jny_json_line_t;


static int
jny_json_open(void **state, const char *text, jny_slice_t head,
    jny_binding_t *b, jny_diag_t *diag)
{
    (void) text;
    (void) head;
    (void) diag;

    *state = b;
    return JNY_OK;
}


static void
jny_json_close(void *state)
{
    (void) state;
}


static void
jny_json_blanks(jny_json_line_t *js)
{
    while (js->p < js->end
           && (*js->p == ' ' || *js->p == '\t' || *js->p == '\r'))
    {
        js->p++;
    }
}


static int
jny_json_bad(jny_json_line_t *js, const char *why)
{
    js->why = why;
    return JNY_EDATA;
}


/* The next byte that is no blank must be c. */

static int
jny_json_expect(jny_json_line_t *js, uint8_t c, const char *why)
{
    jny_json_blanks(js);

    if (js->p == js->end || *js->p != c) {
        return jny_json_bad(js, why);
    }

    js->p++;
    return JNY_OK;
}


/* The string whose first quote is behind p; *s: its bytes, still escaped. */

static int
jny_json_string(jny_json_line_t *js, uint8_t **s, size_t *len)
{
    uint8_t  *q, *back;

    *s = js->p;

    for ( ;; ) {
        q = memchr(js->p, '"', (size_t) (js->end - js->p));

        if (q == NULL) {
            return jny_json_bad(js, "is no JSON: a string does not end");
        }

        js->p = q + 1;

        for (back = q; back > *s && back[-1] == '\\'; back--) {
            /* void */
        }

        if ((q - back) % 2 == 0) {
            *len = (size_t) (q - *s);
            return JNY_OK;
        }
    }
}


/* An object or array, to its end. */

static int
jny_json_nested(jny_json_line_t *js)
{
    size_t     depth, len;
    uint8_t   *s;

    depth = 0;

    while (js->p < js->end) {

        switch (*js->p++) {

        case '{':
        case '[':
            depth++;
            break;

        case '}':
        case ']':
            if (--depth == 0) {
                return JNY_OK;
            }
            break;

        case '"':
            if (jny_json_string(js, &s, &len) != JNY_OK) {
                return JNY_EDATA;
            }
            break;
        }
    }

    return jny_json_bad(js, "is no JSON: a bracket does not close");
}


/* A value; what is nested, null and false are empty. */

static int
jny_json_value(jny_json_line_t *js, uint8_t **s, size_t *len)
{
    jny_json_blanks(js);

    *s = js->p;
    *len = 0;

    if (js->p == js->end) {
        return jny_json_bad(js, "is no JSON: a value is missing");
    }

    if (*js->p == '"') {
        js->p++;
        return jny_json_string(js, s, len);
    }

    if (*js->p == '{' || *js->p == '[') {
        return jny_json_nested(js);
    }

    while (js->p < js->end
           && ((*js->p >= '0' && *js->p <= '9')
               || (*js->p >= 'a' && *js->p <= 'z') || *js->p == '-'
               || *js->p == '+' || *js->p == '.' || *js->p == 'E'))
    {
        js->p++;
    }

    *len = (size_t) (js->p - *s);

    if (*len == 0) {
        return jny_json_bad(js, "is no JSON: a value is missing");
    }

    if ((*len == 4 && memcmp(*s, "null", 4) == 0)
        || (*len == 5 && memcmp(*s, "false", 5) == 0))
    {
        *len = 0;
        return JNY_OK;
    }

    if (**s > '9' && !(*len == 4 && memcmp(*s, "true", 4) == 0)) {
        return jny_json_bad(js, "is no JSON: a text without quotes");
    }

    return JNY_OK;
}


static int
jny_json_member(jny_json_line_t *js, const jny_binding_t *b,
    jny_record_t *rec)
{
    size_t              key_len, len;
    uint8_t            *key, *s;
    const jny_bound_t  *bound;

    if (jny_json_expect(js, '"', "is no JSON: a name in quotes is missing")
        != JNY_OK
        || jny_json_string(js, &key, &key_len) != JNY_OK
        || jny_json_expect(js, ':', "is no JSON: a \":\" is missing")
           != JNY_OK
        || jny_json_value(js, &s, &len) != JNY_OK)
    {
        return JNY_EDATA;
    }

    bound = jny_binding_find(b, key, jny_unescape(key, key_len));

    if (bound != NULL) {
        jny_bound_put(bound, rec, s, jny_unescape(s, len));
    }

    jny_json_blanks(js);
    return JNY_OK;
}


static int
jny_json_parse(const void *state, uint8_t *line, size_t len,
    jny_record_t *rec, const char **why)
{
    int              rc;
    jny_json_line_t  js;

    js.p = line;
    js.end = line + len;
    js.why = NULL;

    jny_json_blanks(&js);

    if (js.p == js.end) {
        return JNY_END;
    }

    rc = jny_json_expect(&js, '{', "is no JSON object");

    if (rc == JNY_OK) {
        jny_json_blanks(&js);

        if (js.p < js.end && *js.p == '}') {
            js.p++;

        } else {
            do {
                rc = jny_json_member(&js, state, rec);
            } while (rc == JNY_OK && js.p < js.end && *js.p == ','
                     && js.p++ < js.end);

            if (rc == JNY_OK) {
                rc = jny_json_expect(&js, '}', "is no JSON: the object does "
                                     "not close");
            }
        }
    }

    jny_json_blanks(&js);

    if (rc == JNY_OK && js.p != js.end) {
        rc = jny_json_bad(&js, "is no JSON: something follows the object");
    }

    *why = js.why;
    return rc;
}


const jny_parser_t  jny_parser_json = {
    .name = "json",
    .open = jny_json_open,
    .close = jny_json_close,
    .parse = jny_json_parse,
    .keyed = 1
};
