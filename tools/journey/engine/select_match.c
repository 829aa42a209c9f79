/*
 * select_match.c - the scan half.  A term becomes a table over the block's
 * dictionary (or its ids), so that strings are compared once per distinct
 * value and a row costs one lookup; terms are and-ed over a byte per row.
 */

#include "engine/select.h"

#include <stdlib.h>
#include <string.h>

#include "engine/bots.h"
#include "engine/select_private.h"


static const jny_slice_t  jny_select_empty = { (const uint8_t *) "", 0 };


jny_matcher_t *
jny_matcher_new(void)
{
    return calloc(1, sizeof(jny_matcher_t));
}


void
jny_matcher_free(jny_matcher_t *m)
{
    if (m == NULL) {
        return;
    }

    free(m->keep);
    free(m->cond);
    free(m->table);
    free(m->second);

    for (unsigned i = 0; i < JNY_TEXT_COUNT; i++) {
        free(m->columns[i].words);
    }

    free(m->index);
    free(m->status);
    free(m);
}


static int
jny_matcher_room(uint8_t **p, size_t size)
{
    uint8_t  *grown;

    grown = realloc(*p, size);

    if (grown == NULL) {
        return JNY_ENOMEM;
    }

    *p = grown;
    return JNY_OK;
}


/* No table is larger than the largest dictionary, ids included. */

int
jny_matcher_reserve(jny_matcher_t *m, const jny_block_t *blk)
{
    size_t  need;

    need = blk->nevents > blk->nids ? blk->nevents : blk->nids;
    need = need > blk->agents.n ? need : blk->agents.n;

    for (unsigned i = 0; i < JNY_TEXT_COUNT; i++) {
        need = need > blk->dict[i].n ? need : blk->dict[i].n;
    }

    for (unsigned i = 0; i < blk->nfields; i++) {
        need = need > blk->field_dicts[i].n ? need : blk->field_dicts[i].n;
    }

    need++;        /* an empty dictionary has its entry 0 */

    if (need <= m->cap) {
        return JNY_OK;
    }

    if (jny_matcher_room(&m->keep, need) != JNY_OK
        || jny_matcher_room(&m->cond, need) != JNY_OK
        || jny_matcher_room(&m->table, need) != JNY_OK
        || jny_matcher_room(&m->second, need) != JNY_OK)
    {
        m->cap = 0;
        return JNY_ENOMEM;
    }

    m->cap = need;
    return JNY_OK;
}


/* cond[i] |= table[column[i]] */

static void
jny_select_lookup(uint8_t *cond, const jny_column_t *c, const uint8_t *table,
    uint32_t n)
{
    const uint8_t  *data;

    data = c->data;

    switch (c->width) {

    case 0:
        for (uint32_t i = 0; table[0] && i < n; i++) {
            cond[i] = 1;
        }
        return;

    case 1:
        for (uint32_t i = 0; i < n; i++) {
            cond[i] |= table[data[i]];
        }
        return;

    case 2:
        for (uint32_t i = 0; i < n; i++) {
            cond[i] |= table[data[2 * i] | (unsigned) data[2 * i + 1] << 8];
        }
        return;

    default:
        for (uint32_t i = 0; i < n; i++) {
            cond[i] |= table[jny_column_at(c, i)];
        }
    }
}


void
jny_select_table(uint8_t *table, const jny_term_t *term,
    const jny_dict_t *dict)
{
    table[0] = jny_term_text(term, jny_select_empty);

    for (uint32_t i = 1; i < dict->n; i++) {
        table[i] = jny_term_text(term, dict->entries[i]);
    }
}


static uint32_t
jny_select_status(const jny_block_t *blk, uint32_t i)
{
    return jny_column_at(&blk->number[JNY_NUMBER_STATUS], i);
}


/* A failed request has no stage, unless the selector asks for the status. */

static void
jny_select_stage(const jny_select_scan_t *s, const uint8_t *table)
{
    uint32_t             n;
    uint8_t             *cond;
    const jny_column_t  *stage;

    n = s->blk->nevents;
    cond = s->m->cond;
    stage = &s->blk->text[JNY_TEXT_STAGE];

    if (s->sel->status) {
        jny_select_lookup(cond, stage, table, n);
        return;
    }

    for (uint32_t i = 0; i < n; i++) {
        cond[i] |= jny_select_status(s->blk, i) >= 400
                       ? table[0]
                       : table[jny_column_at(stage, i)];
    }
}


/* Touchpoint 0 is the page: both dictionaries have a say. */

static void
jny_select_touchpoint(const jny_select_scan_t *s, const uint8_t *touchpoints,
    const uint8_t *pages)
{
    uint32_t             index;
    const jny_column_t  *touchpoint, *page;

    touchpoint = &s->blk->text[JNY_TEXT_TOUCHPOINT];
    page = &s->blk->text[JNY_TEXT_PAGE];

    for (uint32_t i = 0; i < s->blk->nevents; i++) {
        index = jny_column_at(touchpoint, i);
        s->m->cond[i] |= index ? touchpoints[index]
                               : pages[jny_column_at(page, i)];
    }
}


static void
jny_select_text(const jny_select_scan_t *s, const jny_term_t *term)
{
    unsigned            field;
    jny_matcher_t      *m;
    const jny_block_t  *blk;

    m = s->m;
    blk = s->blk;
    field = term->field->index;

    jny_select_table(m->table, term, &blk->dict[field]);

    switch (field) {

    case JNY_TEXT_STAGE:
        jny_select_stage(s, m->table);
        break;

    case JNY_TEXT_TOUCHPOINT:
        jny_select_table(m->second, term, &blk->dict[JNY_TEXT_PAGE]);
        jny_select_touchpoint(s, m->table, m->second);
        break;

    default:
        jny_select_lookup(m->cond, &blk->text[field], m->table, blk->nevents);
    }
}


static void
jny_select_custom(const jny_select_scan_t *s, const jny_term_t *term)
{
    jny_slice_t          name;
    const char          *wanted;
    const jny_block_t   *blk;
    static const jny_column_t  absent;
    static const jny_dict_t    nothing;

    blk = s->blk;
    wanted = term->name + strlen("x_");

    for (unsigned i = 0; i < blk->nfields; i++) {
        name = blk->field_names[i];

        if (name.len == strlen(wanted)
            && memcmp(name.data, wanted, name.len) == 0)
        {
            jny_select_mark(&term->found);
            jny_select_table(s->m->table, term, &blk->field_dicts[i]);
            jny_select_lookup(s->m->cond, &blk->fields[i], s->m->table,
                              blk->nevents);
            return;
        }
    }

    jny_select_table(s->m->table, term, &nothing);
    jny_select_lookup(s->m->cond, &absent, s->m->table, blk->nevents);
}


/* What an entry of the agents says to agent= and bot=. */

static int
jny_select_agent_is(const jny_term_t *term, jny_slice_t agent)
{
    int  bot, any;

    if (term->field->kind == JNY_FIELD_AGENT) {
        return jny_term_text(term, agent);
    }

    bot = jny_bots_agent(agent) != 0;
    any = 0;

    for (unsigned k = 0; k < term->nvalues; k++) {
        any |= term->values[k].number == bot;
    }

    return any == (term->op == JNY_OP_EQ);
}


/* Rows point at ids, ids at agents: a table over each. */

static void
jny_select_agent(const jny_select_scan_t *s, const jny_term_t *term)
{
    jny_matcher_t      *m;
    const jny_block_t  *blk;

    m = s->m;
    blk = s->blk;

    m->second[0] = jny_select_agent_is(term, jny_select_empty);

    for (uint32_t i = 1; i < blk->agents.n; i++) {
        m->second[i] = jny_select_agent_is(term, blk->agents.entries[i]);
    }

    m->table[0] = m->second[0];

    for (uint32_t i = 0; i < blk->nids; i++) {
        m->table[i] = m->second[jny_column_at(&blk->agent_of_id, i)];
    }

    jny_select_lookup(m->cond, &blk->number[JNY_NUMBER_VISITOR], m->table,
                      blk->nevents);
}


static uint64_t
jny_select_id(const jny_block_t *blk, unsigned which, uint32_t i)
{
    uint64_t  v;

    v = jny_column_at(&blk->number[which], i);

    if (which == JNY_NUMBER_VISITOR) {
        return jny_column_at(&blk->ids, v);
    }

    return blk->nlogins > 0 ? jny_column_at(&blk->logins, v) : v;
}


int
jny_term_number(const jny_term_t *term, int64_t v)
{
    int64_t  number;

    number = term->values[0].number;

    switch (term->op) {
    case JNY_OP_GT:
        return v > number;
    case JNY_OP_GE:
        return v >= number;
    case JNY_OP_LT:
        return v < number;
    case JNY_OP_LE:
        return v <= number;
    default:
        break;
    }

    for (unsigned k = 0; k < term->nvalues; k++) {
        if (term->values[k].number == v) {
            return term->op == JNY_OP_EQ;
        }
    }

    return term->op == JNY_OP_NE;
}


static void
jny_select_number(const jny_select_scan_t *s, const jny_term_t *term)
{
    int                  zigzag;
    uint64_t             v;
    unsigned             which;
    const jny_column_t  *c;

    which = term->field->index;
    c = &s->blk->number[which];
    zigzag = which == JNY_NUMBER_VALUE || which == JNY_NUMBER_SCORE;

    for (uint32_t i = 0; i < s->blk->nevents; i++) {
        v = jny_column_at(c, i);
        s->m->cond[i] = jny_term_number(term, zigzag ? jny_unzigzag(v)
                                                     : (int64_t) v);
    }
}


static void
jny_select_ids(const jny_select_scan_t *s, const jny_term_t *term)
{
    int       any;
    uint64_t  id;

    for (uint32_t i = 0; i < s->blk->nevents; i++) {
        id = jny_select_id(s->blk, term->field->index, i);
        any = 0;

        for (unsigned k = 0; k < term->nvalues; k++) {
            any |= term->values[k].id == id;
        }

        s->m->cond[i] = any == (term->op == JNY_OP_EQ);
    }
}


static void
jny_select_flag(const jny_select_scan_t *s, const jny_term_t *term)
{
    int                  set, any;
    const jny_column_t  *flags;

    flags = &s->blk->number[JNY_NUMBER_FLAGS];

    for (uint32_t i = 0; i < s->blk->nevents; i++) {
        set = (jny_column_at(flags, i) & term->field->index) != 0;
        any = 0;

        for (unsigned k = 0; k < term->nvalues; k++) {
            any |= term->values[k].number == set;
        }

        s->m->cond[i] = any == (term->op == JNY_OP_EQ);
    }
}


static int
jny_select_is_stage(const jny_select_scan_t *s, const jny_value_t *v)
{
    for (unsigned i = 0; i < s->nstages; i++) {
        if (jny_value_text(v, 0, s->stages[i])) {
            return 1;
        }
    }

    return 0;
}


void
jny_select_word(const jny_select_scan_t *s, const jny_value_t *v,
    jny_select_word_t *word)
{
    memset(word, 0, sizeof(*word));

    word->value.text = v->text;
    word->value.len = v->len;
    word->value.glob = v->glob;
    word->field.name = "";
    word->field.kind = JNY_FIELD_TEXT;
    word->field.index = v->glob                    ? JNY_TEXT_PAGE
                        : jny_select_is_stage(s, v) ? JNY_TEXT_STAGE
                                                    : JNY_TEXT_TOUCHPOINT;

    word->term.field = &word->field;
    word->term.op = v->glob ? JNY_OP_GLOB : JNY_OP_EQ;
    word->term.values = &word->value;
    word->term.nvalues = 1;
}


/* One alternative, as the kind that it turns out to be. */

static void
jny_select_bare(const jny_select_scan_t *s, const jny_value_t *v)
{
    jny_select_word_t  word;

    jny_select_word(s, v, &word);
    jny_select_text(s, &word.term);

    if (word.value.met) {
        jny_select_mark(&v->met);
    }
}


static void
jny_select_term(const jny_select_scan_t *s, const jny_term_t *term)
{
    if (term->field == NULL) {
        for (unsigned k = 0; k < term->nvalues; k++) {
            jny_select_bare(s, &term->values[k]);
        }

        return;
    }

    switch (term->field->kind) {

    case JNY_FIELD_TEXT:
        jny_select_text(s, term);
        break;

    case JNY_FIELD_CUSTOM:
        jny_select_custom(s, term);
        break;

    case JNY_FIELD_AGENT:
    case JNY_FIELD_BOT:
        jny_select_agent(s, term);
        break;

    case JNY_FIELD_NUMBER:
        jny_select_number(s, term);
        break;

    case JNY_FIELD_ID:
        jny_select_ids(s, term);
        break;

    case JNY_FIELD_FLAG:
        jny_select_flag(s, term);
        break;

    case JNY_FIELD_CARRIED:
        memset(s->m->cond, 1, s->blk->nevents);
        break;
    }
}


static void
jny_select_terms(const jny_select_scan_t *s, uint64_t *words, uint64_t bit)
{
    uint32_t        n;
    jny_matcher_t  *m;

    m = s->m;
    n = s->blk->nevents;

    memset(m->keep, 1, n);

    for (unsigned k = 0; k < s->sel->nterms; k++) {
        memset(m->cond, 0, n);
        jny_select_term(s, &s->sel->terms[k]);

        for (uint32_t i = 0; i < n; i++) {
            m->keep[i] &= m->cond[i];
        }
    }

    for (uint32_t i = 0; i < n; i++) {
        words[i] |= m->keep[i] ? bit : 0;
    }
}


int
jny_selectors_match(const jny_select_bit_t *sels, unsigned n,
    jny_matcher_t *m, const jny_block_t *blk, const jny_slice_t *stages,
    unsigned nstages, uint64_t *words)
{
    int                column, rc;
    jny_select_scan_t  s;

    rc = jny_matcher_reserve(m, blk);

    s.m = m;
    s.blk = blk;
    s.stages = stages;
    s.nstages = nstages;

    for (unsigned k = 0; rc == JNY_OK && k < n; k++) {
        s.sel = sels[k].sel;
        column = jny_select_column(&s);

        if (column < 0) {
            jny_select_terms(&s, words, sels[k].bit);
        } else {
            rc = jny_select_column_bit(&s, (unsigned) column, sels[k].bit);
        }
    }

    return rc == JNY_OK ? jny_select_column_words(&s, words) : rc;
}


int
jny_selector_match(const jny_selector_t *sel, jny_matcher_t *m,
    const jny_block_t *blk, const jny_slice_t *stages, unsigned nstages,
    uint64_t *words, uint64_t bit)
{
    const jny_select_bit_t  one = { sel, bit };

    return jny_selectors_match(&one, 1, m, blk, stages, nstages, words);
}
