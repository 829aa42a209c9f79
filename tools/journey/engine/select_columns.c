/*
 * select_columns.c - selectors that look at one column alone, as most do: a
 * step is a stage or a page.  All of them share a table over the column's
 * dictionary, a bit each, and so a row costs a lookup, however many they are.
 */

#include "engine/select_private.h"

#include <stdlib.h>
#include <string.h>

#include "engine/columns.h"


int
jny_select_column(const jny_select_scan_t *s)
{
    int                 column;
    const jny_term_t   *term;
    jny_select_word_t   word;

    term = &s->sel->terms[0];

    if (s->sel->nterms != 1) {
        return -1;
    }

    if (term->field != NULL) {
        return term->field->kind == JNY_FIELD_TEXT
               && term->field->index != JNY_TEXT_TOUCHPOINT
                   ? (int) term->field->index : -1;
    }

    column = -1;

    for (unsigned k = 0; k < term->nvalues; k++) {
        jny_select_word(s, &term->values[k], &word);

        if (word.field.index == JNY_TEXT_TOUCHPOINT
            || (column >= 0 && word.field.index != (unsigned) column))
        {
            return -1;
        }

        column = (int) word.field.index;
    }

    return column;
}


/* The bit, for what the term says to the dictionary. */

static void
jny_select_add(const jny_select_scan_t *s, unsigned column,
    const jny_term_t *term, uint64_t bit)
{
    uint32_t           n;
    const jny_dict_t  *dict;

    dict = &s->blk->dict[column];
    n = dict->n > 0 ? dict->n : 1;

    jny_select_table(s->m->table, term, dict);

    for (uint32_t i = 0; i < n; i++) {
        s->m->columns[column].words[i] |= s->m->table[i] ? bit : 0;
    }
}


int
jny_select_column_bit(const jny_select_scan_t *s, unsigned column,
    uint64_t bit)
{
    uint32_t             n;
    const jny_term_t    *term;
    jny_select_word_t    word;
    jny_select_table_t  *t;

    t = &s->m->columns[column];
    n = s->blk->dict[column].n + 1;

    if (!t->used) {

        if (n > t->cap) {
            free(t->words);
            t->words = malloc(n * sizeof(*t->words));
            t->cap = t->words == NULL ? 0 : n;
        }

        if (t->words == NULL) {
            return JNY_ENOMEM;
        }

        memset(t->words, 0, n * sizeof(*t->words));
        t->used = 1;
    }

    term = &s->sel->terms[0];

    if (term->field != NULL) {
        jny_select_add(s, column, term, bit);
        return JNY_OK;
    }

    for (unsigned k = 0; k < term->nvalues; k++) {
        jny_select_word(s, &term->values[k], &word);
        jny_select_add(s, column, &word.term, bit);

        if (word.value.met) {
            jny_select_mark(&term->values[k].met);
        }
    }

    return JNY_OK;
}


/* Room for a number of each row. */

static int
jny_select_rows(jny_matcher_t *m, uint32_t n)
{
    if (n <= m->rows) {
        return JNY_OK;
    }

    free(m->index);
    free(m->status);

    m->index = malloc(n * sizeof(*m->index));
    m->status = malloc(n * sizeof(*m->status));
    m->rows = m->index == NULL || m->status == NULL ? 0 : n;

    return m->rows == 0 ? JNY_ENOMEM : JNY_OK;
}


/* A failed request has no stage. */

static void
jny_select_failed(const jny_select_scan_t *s, uint32_t n)
{
    uint32_t  *index;
    uint16_t  *status;

    index = s->m->index;
    status = s->m->status;

    jny_columns_u16(&s->blk->number[JNY_NUMBER_STATUS], n, status);

    for (uint32_t i = 0; i < n; i++) {
        index[i] = status[i] >= 400 ? 0 : index[i];
    }
}


int
jny_select_column_words(const jny_select_scan_t *s, uint64_t *words)
{
    uint32_t             n, *index;
    jny_select_table_t  *t;

    n = s->blk->nevents;

    for (unsigned column = 0; column < JNY_TEXT_COUNT; column++) {
        t = &s->m->columns[column];

        if (!t->used) {
            continue;
        }

        t->used = 0;

        if (jny_select_rows(s->m, n) != JNY_OK) {
            return JNY_ENOMEM;
        }

        index = s->m->index;
        jny_columns_u32(&s->blk->text[column], n, index);

        if (column == JNY_TEXT_STAGE) {
            jny_select_failed(s, n);
        }

        for (uint32_t i = 0; i < n; i++) {
            words[i] |= t->words[index[i]];
        }
    }

    return JNY_OK;
}
