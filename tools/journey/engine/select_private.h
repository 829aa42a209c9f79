/*
 * select_private.h - a parsed selector, between select.c and
 * select_value.c (parser), select_match.c (blocks) and select_carried.c
 * (texts, tuples).
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


#endif /* JNY_SELECT_PRIVATE_H */
