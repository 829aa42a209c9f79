/*
 * select.c - the parser: one pass from left to right, one error, at its place.
 *
 * The remedy is part of every message: a selector is typed by people who see
 * no manual at that moment.
 */

#include "engine/select.h"

#include <stdlib.h>
#include <string.h>

#include "engine/fold.h"
#include "engine/select_private.h"


typedef struct {
    const char      *text;
    const char      *end;
    const char      *pos;
    jny_selector_t  *sel;
    jny_diag_t      *diag;
} jny_select_parse_t;


static int jny_select_term(jny_select_parse_t *ps);
static int jny_select_words(jny_select_parse_t *ps, jny_term_t *term);
static int jny_select_comparison(jny_select_parse_t *ps, jny_term_t *term,
    size_t name_len);


static const char *const  jny_select_ops[] = { "=", "!=", "~", "!~", ">",
                                               ">=", "<", "<=" };


int
jny_selector_parse(jny_selector_t **sel, const char *text, jny_diag_t *diag)
{
    return jny_selector_parse_part(sel, text, text, text + strlen(text), diag);
}


void
jny_selector_free(jny_selector_t *sel)
{
    jny_term_t  *term;

    if (sel == NULL) {
        return;
    }

    for (unsigned i = 0; i < sel->nterms; i++) {
        term = &sel->terms[i];

        for (unsigned k = 0; k < term->nvalues; k++) {
            free(term->values[k].text);
        }

        free(term->values);
        free(term->name);
    }

    free(sel->terms);
    free(sel->text);
    free(sel);
}


const char *
jny_selector_text(const jny_selector_t *sel)
{
    return sel->text;
}


int
jny_selector_names(const jny_selector_t *sel, const char *field)
{
    for (unsigned i = 0; i < sel->nterms; i++) {
        if (sel->terms[i].name != NULL
            && strcmp(sel->terms[i].name, field) == 0)
        {
            return 1;
        }
    }

    return 0;
}


int
jny_selector_is_carried(const jny_selector_t *sel)
{
    return sel->carried;
}


static int
jny_select_bad(jny_select_parse_t *ps, const char *at, const char *what)
{
    jny_diag_set(ps->diag, at - ps->text, "%s", what);
    return JNY_EINVAL;
}


static void
jny_select_blanks(jny_select_parse_t *ps)
{
    while (ps->pos < ps->end && *ps->pos == ' ') {
        ps->pos++;
    }
}


int
jny_selector_parse_part(jny_selector_t **sel, const char *text,
    const char *begin, const char *end, jny_diag_t *diag)
{
    int                 rc;
    jny_select_parse_t  ps;

    while (begin < end && *begin == ' ') {
        begin++;
    }

    while (end > begin && end[-1] == ' '
           && (end - begin < 2 || end[-2] != '\\'))
    {
        end--;
    }

    ps.text = text;
    ps.pos = begin;
    ps.end = end;
    ps.diag = diag;
    ps.sel = calloc(1, sizeof(*ps.sel));

    *sel = NULL;

    if (ps.sel == NULL) {
        return JNY_ENOMEM;
    }

    ps.sel->text = strndup(begin, end - begin);
    rc = ps.sel->text ? JNY_OK : JNY_ENOMEM;

    while (rc == JNY_OK) {
        rc = jny_select_term(&ps);

        if (rc != JNY_OK || ps.pos == ps.end) {
            break;
        }

        ps.pos++;       /* the "&" */
    }

    if (rc != JNY_OK) {
        jny_selector_free(ps.sel);
        return rc;
    }

    *sel = ps.sel;
    return JNY_OK;
}


static size_t
jny_select_name_len(const jny_select_parse_t *ps)
{
    size_t       n;
    const char  *p;

    p = ps->pos;
    n = 0;

    while (p + n < ps->end
           && ((p[n] >= 'a' && p[n] <= 'z') || (p[n] >= 'A' && p[n] <= 'Z')
               || (p[n] >= '0' && p[n] <= '9') || p[n] == '_'))
    {
        n++;
    }

    return n;
}


static int
jny_select_is_op(const jny_select_parse_t *ps, const char *p)
{
    return p < ps->end && *p != '\0' && strchr("=!~<>", *p) != NULL;
}


static int
jny_select_term(jny_select_parse_t *ps)
{
    size_t       len;
    const char  *p;
    jny_term_t  *term, *terms;

    terms = realloc(ps->sel->terms, (ps->sel->nterms + 1) * sizeof(*terms));

    if (terms == NULL) {
        return JNY_ENOMEM;
    }

    ps->sel->terms = terms;
    term = &terms[ps->sel->nterms++];
    memset(term, 0, sizeof(*term));

    jny_select_blanks(ps);
    len = jny_select_name_len(ps);
    p = ps->pos + len;

    if (len > 0 && jny_select_is_op(ps, p)) {
        return jny_select_comparison(ps, term, len);
    }

    while (p < ps->end && *p == ' ') {
        p++;
    }

    if (len > 0 && jny_select_is_op(ps, p)) {
        return jny_select_bad(ps, p, "a comparison has no blanks around its "
                              "sign: write status>=500");
    }

    return jny_select_words(ps, term);
}


/*
 * Adds the alternative at pos, up to "|", "&" or the end.  Blanks at its ends
 * are cut.  Backslashes stay in globs, where they are still needed.
 */

static int
jny_select_value(jny_select_parse_t *ps, jny_term_t *term, int glob)
{
    char         *out;
    const char   *p, *end;
    jny_value_t  *v;

    v = realloc(term->values, (term->nvalues + 1) * sizeof(*v));

    if (v == NULL) {
        return JNY_ENOMEM;
    }

    term->values = v;
    v += term->nvalues++;
    memset(v, 0, sizeof(*v));

    jny_select_blanks(ps);

    p = ps->pos;

    while (ps->pos < ps->end && *ps->pos != '|' && *ps->pos != '&') {
        ps->pos += *ps->pos == '\\' && ps->pos + 1 < ps->end ? 2 : 1;
    }

    end = ps->pos;

    while (end > p && end[-1] == ' ' && (end - p < 2 || end[-2] != '\\')) {
        end--;
    }

    v->text = malloc(end - p + 1);

    if (v->text == NULL) {
        return JNY_ENOMEM;
    }

    for (out = v->text; p < end; p++) {
        if (*p == '\\' && p + 1 < end && !glob) {
            p++;
        }

        *out++ = *p;
    }

    *out = '\0';
    v->len = out - v->text;

    return JNY_OK;
}


/* Steps over "|"; whether there was one. */

static int
jny_select_more(jny_select_parse_t *ps)
{
    if (ps->pos == ps->end || *ps->pos != '|') {
        return 0;
    }

    ps->pos++;
    return 1;
}


static int
jny_select_word_check(jny_select_parse_t *ps, const char *at)
{
    const char         *p;
    const jny_field_t  *field;

    if (at == ps->end || *at == '&' || *at == '|') {
        return jny_select_bad(ps, at, "something is missing here: a stage, a "
                              "touchpoint, /page* or field=value");
    }

    if (*at == '?' || *at == '!') {
        return jny_select_bad(ps, at, "\"?\" and \"!\" stand once, in front "
                              "of a step of a funnel: here they have no "
                              "meaning");
    }

    for (p = at; p < ps->pos; p++) {
        if (*p == '\\') {
            p++;

        } else if (jny_select_is_op(ps, p)) {
            return jny_select_bad(ps, p, "no field stands before this sign: "
                                  "write field=value, or \\ before the sign");

        } else if (*p == ' ' && strspn(p, " ") < (size_t) (ps->pos - p)) {
            return jny_select_bad(ps, p, "a word has no blanks: write "
                                  "touchpoint=two words, or & between terms");
        }
    }

    field = jny_field_find(at, strcspn(at, " |&"));

    if (field != NULL && field->kind == JNY_FIELD_NUMBER) {
        return jny_select_bad(ps, at, "this is a field: compare it, without "
                              "blanks, as in status>=500");
    }

    return JNY_OK;
}


static int
jny_select_words(jny_select_parse_t *ps, jny_term_t *term)
{
    int          rc, glob;
    const char  *at;

    do {
        jny_select_blanks(ps);
        at = ps->pos;
        glob = at < ps->end && *at == '/';

        rc = jny_select_value(ps, term, glob);

        if (rc == JNY_OK && !glob) {
            rc = jny_select_word_check(ps, at);
        }

        if (rc != JNY_OK) {
            return rc;
        }

        term->values[term->nvalues - 1].glob = glob;

    } while (jny_select_more(ps));

    return JNY_OK;
}


static int
jny_select_field(jny_select_parse_t *ps, jny_term_t *term, size_t len)
{
    const char  *near;

    term->name = strndup(ps->pos, len);

    if (term->name == NULL) {
        return JNY_ENOMEM;
    }

    term->field = jny_field_find(ps->pos, len);

    if (term->field == NULL) {
        near = jny_field_nearest(ps->pos, len);
        jny_diag_set(ps->diag, ps->pos - ps->text,
                     near ? "unknown field %.32s, did you mean %s?"
                          : "unknown field %.32s: own fields begin with x_",
                     term->name, near);
        return JNY_EINVAL;
    }

    if (term->field->kind == JNY_FIELD_CARRIED) {
        ps->sel->carried = 1;

    } else if (term->field->kind == JNY_FIELD_NUMBER
               && term->field->index == JNY_NUMBER_STATUS)
    {
        ps->sel->status = 1;
    }

    return JNY_OK;
}


static int
jny_select_op(jny_select_parse_t *ps, jny_term_t *term)
{
    const char        *at;
    jny_field_kind_e   kind;

    at = ps->pos;
    kind = term->field->kind;

    for (unsigned len = 2; len > 0; len--) {
        for (unsigned op = 0; op <= JNY_OP_LE; op++) {
            if (strlen(jny_select_ops[op]) == len
                && (size_t) (ps->end - at) >= len
                && memcmp(jny_select_ops[op], at, len) == 0)
            {
                term->op = op;
                ps->pos += len;
                goto found;
            }
        }
    }

    return jny_select_bad(ps, at, "unknown sign: write =, !=, ~, !~, >, >=, < "
                          "or <=");

found:

    if (kind <= JNY_FIELD_AGENT && term->op > JNY_OP_NOT_GLOB) {
        return jny_select_bad(ps, at, "this field holds text: compare it with "
                              "=, !=, ~ or !~");
    }

    if (kind == JNY_FIELD_NUMBER
        && (term->op == JNY_OP_GLOB || term->op == JNY_OP_NOT_GLOB))
    {
        return jny_select_bad(ps, at, "this field holds a number: compare it "
                              "with =, !=, >, >=, < or <=");
    }

    if (kind > JNY_FIELD_NUMBER && term->op > JNY_OP_NE) {
        return jny_select_bad(ps, at, "compare this field with = or !=");
    }

    return JNY_OK;
}


/*
 * Carried texts are kept folded, and so is the newest alternative.  In place:
 * folding never changes a length.
 */

static void
jny_select_fold(jny_term_t *term)
{
    jny_slice_t   text;
    jny_value_t  *v;

    if (term->field->kind != JNY_FIELD_CARRIED) {
        return;
    }

    v = &term->values[term->nvalues - 1];
    text.data = (const uint8_t *) v->text;
    text.len = v->len;

    jny_fold_lower(text, v->text);
}


static int
jny_select_comparison(jny_select_parse_t *ps, jny_term_t *term,
    size_t name_len)
{
    int          rc, glob;
    const char  *at;

    rc = jny_select_field(ps, term, name_len);

    if (rc != JNY_OK) {
        return rc;
    }

    ps->pos += name_len;
    rc = jny_select_op(ps, term);

    if (rc != JNY_OK) {
        return rc;
    }

    glob = term->op == JNY_OP_GLOB || term->op == JNY_OP_NOT_GLOB;

    do {
        jny_select_blanks(ps);
        at = ps->pos;

        rc = jny_select_value(ps, term, glob);

        if (rc == JNY_OK) {
            jny_select_fold(term);
            rc = jny_value_convert(&term->values[term->nvalues - 1],
                                   term->field, at - ps->text, ps->diag);
        }

        if (rc != JNY_OK) {
            return rc;
        }

    } while (jny_select_more(ps));

    if (term->nvalues > 1 && term->op > JNY_OP_NOT_GLOB) {
        return jny_select_bad(ps, at, "alternatives go with =, !=, ~ and !~ "
                              "only");
    }

    return JNY_OK;
}
