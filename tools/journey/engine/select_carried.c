/*
 * select_carried.c - terms against single texts: the entries of a dictionary,
 * or the parts of a carried tuple.
 */

#include "engine/select.h"

#include <string.h>

#include "engine/select_private.h"


/* Behind the character at t: its bytes of continuation too. */

static size_t
jny_select_step(jny_slice_t text, size_t t)
{
    do {
        t++;
    } while (t < text.len && (text.data[t] & 0xc0) == 0x80);

    return t;
}


/*
 * Only the last "*" is ever tried again: what an earlier one could gain, the
 * later one can, too.  So the time is at most glob times text.
 */

int
jny_glob_match(const char *glob, size_t glob_len, jny_slice_t text)
{
    size_t  g, t, star, mark, literal;

    g = 0;
    t = 0;
    star = glob_len;        /* none seen */
    mark = 0;

    for ( ;; ) {
        if (g < glob_len && glob[g] == '*') {
            star = g++;
            mark = t;
            continue;
        }

        if (t == text.len) {
            return g == glob_len;
        }

        if (g < glob_len && glob[g] == '?') {
            g++;
            t = jny_select_step(text, t);
            continue;
        }

        literal = g + (g + 1 < glob_len && glob[g] == '\\');

        if (g < glob_len) {
            if ((uint8_t) glob[literal] == text.data[t]) {
                g = literal + 1;
                t++;
                continue;
            }
        }

        if (star == glob_len) {
            return 0;
        }

        g = star + 1;
        t = ++mark;
    }
}


int
jny_value_text(const jny_value_t *value, int glob, jny_slice_t text)
{
    if (glob) {
        return jny_glob_match(value->text, value->len, text);
    }

    return value->len == text.len
           && memcmp(value->text, text.data, text.len) == 0;
}


int
jny_term_text(const jny_term_t *term, jny_slice_t text)
{
    int  glob, negative;

    glob = term->op == JNY_OP_GLOB || term->op == JNY_OP_NOT_GLOB;
    negative = term->op == JNY_OP_NE || term->op == JNY_OP_NOT_GLOB;

    for (unsigned i = 0; i < term->nvalues; i++) {
        if (jny_value_text(&term->values[i], glob, text)) {
            return !negative;
        }
    }

    return negative;
}


int
jny_selector_match_carried(const jny_selector_t *sel,
    const jny_carried_t *carried)
{
    const jny_term_t   *term;
    const jny_slice_t  *part[JNY_CARRIED_COUNT];

    part[JNY_CARRIED_SOURCE] = &carried->source;
    part[JNY_CARRIED_MEDIUM] = &carried->medium;
    part[JNY_CARRIED_CAMPAIGN] = &carried->campaign;
    part[JNY_CARRIED_TERM] = &carried->term;
    part[JNY_CARRIED_CONTENT] = &carried->content;
    part[JNY_CARRIED_CHANNEL] = &carried->channel;

    for (unsigned i = 0; i < sel->nterms; i++) {
        term = &sel->terms[i];

        if (term->field != NULL && term->field->kind == JNY_FIELD_CARRIED
            && !jny_term_text(term, *part[term->field->index]))
        {
            return 0;
        }
    }

    return 1;
}
