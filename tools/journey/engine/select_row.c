/*
 * select_row.c - term by term on the row's own texts.  What is said of blocks
 * in select_match.c holds here: a failed request has no stage, a touchpoint
 * that is not there is the page.
 */

#include "engine/select_row.h"

#include <string.h>

#include "engine/bots.h"
#include "engine/channel.h"
#include "engine/fold.h"
#include "engine/select_private.h"


typedef struct {
    const jny_selector_t  *sel;
    const jny_row_t       *row;
    const jny_slice_t     *stages;
    unsigned               nstages;
    const jny_slice_t     *fields;
    unsigned               nfields;
} jny_select_row_t;


static jny_slice_t
jny_row_text(const jny_select_row_t *s, unsigned index)
{
    jny_slice_t  none;

    none.data = (const uint8_t *) "";
    none.len = 0;

    if (index == JNY_TEXT_STAGE && s->row->status >= 400 && !s->sel->status) {
        return none;
    }

    if (index == JNY_TEXT_TOUCHPOINT && s->row->text[index].len == 0) {
        index = JNY_TEXT_PAGE;
    }

    return s->row->text[index].len != 0 ? s->row->text[index] : none;
}


static int
jny_row_word(const jny_select_row_t *s, const jny_value_t *v)
{
    unsigned  index;

    if (v->glob) {
        return jny_value_text(v, 1, jny_row_text(s, JNY_TEXT_PAGE));
    }

    index = JNY_TEXT_TOUCHPOINT;

    for (unsigned i = 0; i < s->nstages; i++) {
        if (jny_value_text(v, 0, s->stages[i])) {
            index = JNY_TEXT_STAGE;
        }
    }

    return jny_value_text(v, 0, jny_row_text(s, index));
}


static int
jny_row_custom(const jny_select_row_t *s, const jny_term_t *term)
{
    size_t       len;
    jny_slice_t  text;

    text.data = (const uint8_t *) "";
    text.len = 0;
    len = strlen(term->name) - 2;

    for (unsigned i = 0; i < s->nfields; i++) {
        if (s->fields[i].len == len
            && memcmp(s->fields[i].data, term->name + 2, len) == 0
            && s->row->field[i].len != 0)
        {
            text = s->row->field[i];
        }
    }

    return jny_term_text(term, text);
}


static int64_t
jny_row_number(const jny_row_t *row, unsigned index)
{
    switch (index) {
    case JNY_NUMBER_STATUS:
        return row->status;
    case JNY_NUMBER_LATENCY:
        return row->latency_ms;
    case JNY_NUMBER_VALUE:
        return row->value_e4;
    case JNY_NUMBER_SCORE:
        return row->score_e2;
    default:
        return row->time_ms;
    }
}


/* A field of which each alternative either is the value or is not. */

static int
jny_row_either(const jny_select_row_t *s, const jny_term_t *term)
{
    int       any;
    int64_t   number;
    uint64_t  id;

    id = term->field->index == JNY_NUMBER_VISITOR ? s->row->visitor
                                                  : s->row->login;
    number = term->field->kind == JNY_FIELD_BOT
                 ? jny_bots_agent(s->row->agent) != 0
                 : (s->row->flags & term->field->index) != 0;
    any = 0;

    for (unsigned k = 0; k < term->nvalues; k++) {
        any |= term->field->kind == JNY_FIELD_ID
                   ? term->values[k].id == id
                   : term->values[k].number == number;
    }

    return any == (term->op == JNY_OP_EQ);
}


static int
jny_row_term(const jny_select_row_t *s, const jny_term_t *term)
{
    if (term->field == NULL) {
        for (unsigned k = 0; k < term->nvalues; k++) {
            if (jny_row_word(s, &term->values[k])) {
                return 1;
            }
        }

        return 0;
    }

    switch (term->field->kind) {

    case JNY_FIELD_TEXT:
        return jny_term_text(term, jny_row_text(s, term->field->index));

    case JNY_FIELD_CUSTOM:
        return jny_row_custom(s, term);

    case JNY_FIELD_AGENT:
        return jny_term_text(term, s->row->agent);

    case JNY_FIELD_NUMBER:
        return jny_term_number(term,
                               jny_row_number(s->row, term->field->index));

    case JNY_FIELD_CARRIED:
        return 1;              /* the other half, below */

    default:
        return jny_row_either(s, term);
    }
}


/* The tuple that a session would carry if this row began one. */

static int
jny_row_carried(const jny_select_row_t *s)
{
    char            text[JNY_TEXT_CONTENT - JNY_TEXT_SOURCE + 1][JNY_MAX_TEXT];
    const char     *channel;
    jny_slice_t     t, *to;
    jny_carried_t   carried;

    memset(&carried, 0, sizeof(carried));

    for (unsigned i = 0; i <= JNY_TEXT_CONTENT - JNY_TEXT_SOURCE; i++) {

        to = i == 0   ? &carried.source
             : i == 1 ? &carried.medium
             : i == 2 ? &carried.campaign
             : i == 3 ? &carried.term
                      : &carried.content;

        t = s->row->text[JNY_TEXT_SOURCE + i];
        t.len = t.len < JNY_MAX_TEXT ? t.len : JNY_MAX_TEXT;

        if (t.len != 0) {
            jny_fold_lower(t, text[i]);
        }

        to->data = (const uint8_t *) text[i];
        to->len = t.len;
    }

    channel = jny_channel_of(carried.source, carried.medium, carried.campaign);
    carried.channel.data = (const uint8_t *) channel;
    carried.channel.len = strlen(channel);

    return jny_selector_match_carried(s->sel, &carried);
}


int
jny_selector_match_row(const jny_selector_t *sel, const jny_row_t *row,
    const jny_slice_t *stages, unsigned nstages, const jny_slice_t *fields,
    unsigned nfields)
{
    jny_select_row_t  s;

    s.sel = sel;
    s.row = row;
    s.stages = stages;
    s.nstages = nstages;
    s.fields = fields;
    s.nfields = nfields;

    for (unsigned i = 0; i < sel->nterms; i++) {
        if (!jny_row_term(&s, &sel->terms[i])) {
            return 0;
        }
    }

    return !sel->carried || jny_row_carried(&s);
}
