/*
 * select_carried.c - terms against single texts: the entries of a dictionary,
 * or the parts of a carried tuple.
 */

#include "engine/select.h"

#include <string.h>

#include "engine/select_private.h"


jny_slice_t
jny_carried_label(const jny_carried_t *carried)
{
    jny_slice_t  label;

    if (carried->campaign.len > 0) {
        return carried->campaign;
    }

    if (carried->source.len > 0) {
        return carried->source;
    }

    label.data = (const uint8_t *) JNY_SELECT_DIRECT;
    label.len = strlen(JNY_SELECT_DIRECT);

    return label;
}


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

    if (text.len == 0 && value->len == strlen(JNY_SELECT_NONE)
        && memcmp(value->text, JNY_SELECT_NONE, value->len) == 0)
    {
        return 1;
    }

    return value->len == text.len
           && (text.len == 0 || memcmp(value->text, text.data, text.len) == 0);
}


/* Mostly set already, and then not written: threads share the line. */

void
jny_select_mark(const _Atomic unsigned char *mark)
{
    if (!atomic_load_explicit(mark, memory_order_relaxed)) {
        atomic_store_explicit((_Atomic unsigned char *) (uintptr_t) mark, 1,
                              memory_order_relaxed);
    }
}


int
jny_term_text(const jny_term_t *term, jny_slice_t text)
{
    int  glob, negative, any;

    any = 0;
    glob = term->op == JNY_OP_GLOB || term->op == JNY_OP_NOT_GLOB;
    negative = term->op == JNY_OP_NE || term->op == JNY_OP_NOT_GLOB;

    for (unsigned i = 0; i < term->nvalues; i++) {
        if (jny_value_text(&term->values[i], glob, text)) {
            jny_select_mark(&term->values[i].met);
            any = 1;
        }
    }

    return any != negative;
}


/*
 * A campaign goes by the name that tables give it, so that every label can be
 * selected; but "" and (none) ask whether a campaign was named at all.
 */

static int
jny_term_campaign(const jny_term_t *term, const jny_carried_t *carried)
{
    int          glob, negative, any, named;
    jny_slice_t  label, none;

    any = 0;
    none.data = (const uint8_t *) "";
    none.len = 0;
    label = jny_carried_label(carried);
    glob = term->op == JNY_OP_GLOB || term->op == JNY_OP_NOT_GLOB;
    negative = term->op == JNY_OP_NE || term->op == JNY_OP_NOT_GLOB;

    for (unsigned i = 0; i < term->nvalues; i++) {
        named = !glob && jny_value_text(&term->values[i], 0, none);

        if (jny_value_text(&term->values[i], glob,
                           named ? carried->campaign : label))
        {
            jny_select_mark(&term->values[i].met);
            any = 1;
        }
    }

    return any != negative;
}


static int
jny_term_carried(const jny_term_t *term, const jny_carried_t *carried)
{
    switch (term->field->index) {
    case JNY_CARRIED_SOURCE:
        return jny_term_text(term, carried->source);
    case JNY_CARRIED_MEDIUM:
        return jny_term_text(term, carried->medium);
    case JNY_CARRIED_CAMPAIGN:
        return jny_term_campaign(term, carried);
    case JNY_CARRIED_TERM:
        return jny_term_text(term, carried->term);
    case JNY_CARRIED_CONTENT:
        return jny_term_text(term, carried->content);
    default:
        return jny_term_text(term, carried->channel);
    }
}


int
jny_selector_match_carried(const jny_selector_t *sel,
    const jny_carried_t *carried)
{
    int                holds;
    const jny_term_t  *term;

    holds = 1;

    /* All terms are asked, for their marks. */

    for (unsigned i = 0; i < sel->nterms; i++) {
        term = &sel->terms[i];

        if (term->field != NULL && term->field->kind == JNY_FIELD_CARRIED) {
            holds &= jny_term_carried(term, carried);
        }
    }

    return holds;
}
