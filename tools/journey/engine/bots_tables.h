/*
 * bots_tables.h - the lists of crawlers as tools/bots/compile makes them C.
 */

#ifndef JNY_BOTS_TABLES_H
#define JNY_BOTS_TABLES_H

#include <stdint.h>

#include "jny_types.h"


#define JNY_BOTS_NONE  0xffff

/* Of a program; targets x and y count from its first. */
typedef enum {
    JNY_BOTS_CHAR,           /* the byte c */
    JNY_BOTS_SET,            /* a byte of set x */
    JNY_BOTS_SPLIT,          /* go on at x, and at y */
    JNY_BOTS_BEGIN,          /* ^ */
    JNY_BOTS_END,            /* $ */
    JNY_BOTS_BOUNDARY,       /* \b */
    JNY_BOTS_NOT_AHEAD,      /* text x does not follow */
    JNY_BOTS_NOT_BEHIND,     /* text x does not stand before */
    JNY_BOTS_MATCH
} jny_bots_op_e;

typedef struct {
    uint8_t   op;
    uint8_t   c;
    uint16_t  x;
    uint16_t  y;
} jny_bots_code_t;

#define JNY_BOTS_CODE_MAX  256       /* instructions of a program */

typedef struct {
    uint32_t  bits[8];
} jny_bots_set_t;

typedef struct {
    uint32_t     len;
    const char  *data;
} jny_bots_text_t;

typedef struct {
    uint8_t      list;
    uint8_t      fold;       /* upper and lower case alike */
    uint16_t     start;      /* of its program; JNY_BOTS_NONE: a literal */
    uint16_t     ncode;
    uint16_t     len;        /* of the literal */
    const char  *literal;
    const char  *text;       /* as its list has it */
} jny_bots_pattern_t;

/* Of the automaton over folded text; 0 is the root. */
typedef struct {
    uint16_t  first;         /* its children stand side by side */
    uint16_t  fail;
    uint16_t  ids;           /* patterns to try, JNY_BOTS_NONE behind them;
                                0: none */
    uint8_t   n;             /* of children */
    uint8_t   c;             /* the byte that leads here */
} jny_bots_node_t;

typedef struct {
    const jny_bots_pattern_t  *patterns;
    uint32_t                   npatterns;
    const char *const         *lists;       /* their names and versions */
    uint32_t                   nlists;
    const jny_bots_node_t     *nodes;
    const uint16_t            *root;        /* its child by byte, or 0 */
    const uint16_t            *ids;
    const uint16_t            *always;      /* patterns without a word */
    const jny_bots_code_t     *code;
    const jny_bots_set_t      *sets;
    const jny_bots_text_t     *texts;
} jny_bots_tables_t;

extern const jny_bots_tables_t  jny_bots_tables;


/* The least pattern that matches, or JNY_BOTS_NONE.  Any thread. */
uint32_t jny_bots_match(const jny_bots_tables_t *tables, jny_slice_t agent);


#endif /* JNY_BOTS_TABLES_H */
