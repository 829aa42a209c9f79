/*
 * select_private.h - a parsed selector, between select.c and
 * select_value.c (parser), select_match.c and select_columns.c (blocks) and
 * select_carried.c (texts, tuples).
 */

#ifndef JNY_SELECT_PRIVATE_H
#define JNY_SELECT_PRIVATE_H

#include <stdatomic.h>

#include "engine/fields.h"
#include "engine/select.h"


typedef enum {
    JNY_OP_EQ,
    JNY_OP_NE,
    JNY_OP_GLOB,
    JNY_OP_NOT_GLOB,
    JNY_OP_GT,
    JNY_OP_GE,
    JNY_OP_LT,
    JNY_OP_LE
} jny_op_e;

typedef struct {
    char      *text;           /* without backslashes, but for globs; folded
                                  where it is carried */
    size_t     len;
    int64_t    number;         /* numbers in the column's unit, flags 0 or 1 */
    uint64_t   id;             /* visitor, login */
    unsigned   glob:1;         /* a bare word that begins with "/" */

    _Atomic unsigned char  met;    /* some text that was looked at fits */
} jny_value_t;

typedef struct {
    const jny_field_t  *field;   /* NULL: bare words */
    char               *name;    /* of the field as written; NULL likewise */
    jny_op_e            op;
    jny_value_t        *values;  /* alternatives, at least one */
    unsigned            nvalues;

    _Atomic unsigned char  found;  /* a block has this custom field */
} jny_term_t;

struct jny_selector_s {
    char        *text;
    jny_term_t  *terms;
    unsigned     nterms;
    unsigned     carried:1;
    unsigned     status:1;     /* a term names status */
};

/* A bit for each selector that an entry of a column's dictionary meets. */
typedef struct {
    uint64_t  *words;
    size_t     cap;
    unsigned   used:1;
} jny_select_table_t;

struct jny_matcher_s {
    uint8_t             *keep;      /* per row: all terms so far */
    uint8_t             *cond;      /* per row: this term */
    uint8_t             *table;     /* per dictionary entry */
    uint8_t             *second;    /* a second table, where one leads to
                                       another */
    size_t               cap;       /* bytes of each */

    jny_select_table_t   columns[JNY_TEXT_COUNT];
    uint32_t            *index;     /* per row: a column's */
    uint16_t            *status;    /* per row */
    size_t               rows;      /* entries of both */
};

/* One call of jny_selectors_match(). */
typedef struct {
    jny_matcher_t         *m;
    const jny_selector_t  *sel;
    const jny_block_t     *blk;
    const jny_slice_t     *stages;
    unsigned               nstages;
} jny_select_scan_t;

/* A bare word as the term that it turns out to be; it lies in its maker. */
typedef struct {
    jny_term_t   term;
    jny_field_t  field;
    jny_value_t  value;
} jny_select_word_t;


/* As jny_selector_parse(), of begin to end in text; offsets are in text. */
int jny_selector_parse_part(jny_selector_t **sel, const char *text,
    const char *begin, const char *end, jny_diag_t *diag);

/*
 * Fills number or id of v from its text.  JNY_OK, or JNY_EINVAL with diag:
 * what belongs there, at offset.
 */
int jny_value_convert(jny_value_t *v, const jny_field_t *field, size_t offset,
    jny_diag_t *diag);

/* "*" any run, "?" one character, "\" the next byte as it is. */
int jny_glob_match(const char *glob, size_t glob_len, jny_slice_t text);

/* Sets a mark; only marks change once a selector is parsed. */
void jny_select_mark(const _Atomic unsigned char *mark);

/* Whether the term holds for a text; marks the values that fit. */
int jny_term_text(const jny_term_t *term, jny_slice_t text);

/* Whether it holds for a number in the column's unit. */
int jny_term_number(const jny_term_t *term, int64_t v);

/* Whether a single alternative does, taken as EQ or as GLOB. */
int jny_value_text(const jny_value_t *value, int glob, jny_slice_t text);


/* Makes a term of the alternative v of bare words. */
void jny_select_word(const jny_select_scan_t *s, const jny_value_t *v,
    jny_select_word_t *word);

/* What a term says to the entries of a dictionary; entry 0 is there always. */
void jny_select_table(uint8_t *table, const jny_term_t *term,
    const jny_dict_t *dict);

/* The entries of m->table and m->second are enough for every dictionary. */
int jny_matcher_reserve(jny_matcher_t *m, const jny_block_t *blk);

/*
 * The only column that s->sel looks at, as JNY_TEXT_...; -1: it takes another
 * one or more.  Then its bit goes to the column's table, and that of all such
 * selectors to the rows' words.  JNY_OK or JNY_ENOMEM.
 */
int jny_select_column(const jny_select_scan_t *s);
int jny_select_column_bit(const jny_select_scan_t *s, unsigned column,
    uint64_t bit);
int jny_select_column_words(const jny_select_scan_t *s, uint64_t *words);


#endif /* JNY_SELECT_PRIVATE_H */
