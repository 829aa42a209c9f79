/*
 * jny_open.h - a payload's msgpack objects laid out as a block.  Private.
 *
 *     jny_open()             everything below, in this order
 *       jny_open_keys()      each known key once, with its type
 *       jny_open_head()      integers, edge, stages, sources
 *       (jny_open.c)         dictionaries
 *       jny_open_columns()   columns and their exceptions
 *       (jny_open.c)         tables, bounds
 */

#ifndef JNY_OPEN_H
#define JNY_OPEN_H

#include "jny_block.h"

#include <msgpack.h>


/* Known keys: name, type; R marks those a payload must have. */
#define JNY_KEY_MAP(_)                                                         \
    _(V,       "v",       POSITIVE_INTEGER, 1)                                 \
    _(N,       "n",       POSITIVE_INTEGER, 1)                                 \
    _(FLAGS,   "flags",   POSITIVE_INTEGER, 1)                                 \
    _(WRITER,  "writer",  BIN,              1)                                 \
    _(SEQ,     "seq",     POSITIVE_INTEGER, 1)                                 \
    _(BASE,    "base",    POSITIVE_INTEGER, 1)                                 \
    _(DROPPED, "dropped", POSITIVE_INTEGER, 1)                                 \
    _(ERASED,  "erased",  POSITIVE_INTEGER, 1)                                 \
    _(EDGE,    "edge",    STR,              0)                                 \
    _(STAGES,  "stages",  ARRAY,            0)                                 \
    _(LISTED,  "listed",  POSITIVE_INTEGER, 0)                                 \
    _(T0,      "t0",      POSITIVE_INTEGER, 1)                                 \
    _(DICT,    "dict",    MAP,              0)                                 \
    _(IDS,     "ids",     BIN,              0)                                 \
    _(AGENTS,  "agents",  BIN,              0)                                 \
    _(LOGINS,  "logins",  BIN,              0)                                 \
    _(COL,     "col",     MAP,              0)                                 \
    _(FIX,     "fix",     MAP,              0)                                 \
    _(SOURCES, "sources", ARRAY,            0)

typedef enum {
#define JNY_X(id, name, type, required)  JNY_KEY_##id,
    JNY_KEY_MAP(JNY_X)
#undef JNY_X
    JNY_KEY_COUNT
} jny_key_e;

/* All columns in one row of numbers: numbers, texts, fields. */
#define JNY_COLUMN_TEXT   JNY_NUMBER_COUNT
#define JNY_COLUMN_FIELD  (JNY_COLUMN_TEXT + JNY_TEXT_COUNT)
#define JNY_COLUMN_COUNT  (JNY_COLUMN_FIELD + JNY_MAX_FIELDS)

/* A column that is not simply n packed integers. */
typedef struct {
    uint64_t      base;        /* the value of every row */
    unsigned      constant:1;  /* ... if this is set */
    unsigned      present:1;
    uint32_t      nfix;        /* exceptions */
    jny_column_t  gaps;        /* rows since the exception before */
    jny_column_t  values;
} jny_form_t;

typedef struct {
    jny_block_t           *blk;
    jny_slice_t            payload;
    jny_diag_t            *diag;
    const msgpack_object  *at[JNY_KEY_COUNT];   /* NULL where absent */
    jny_form_t             forms[JNY_COLUMN_COUNT];
} jny_open_t;


/*
 * Fills blk (zeroed but for its memory, whose texts and sources have room for
 * all strings and objects of root) and checks every type, width and index.
 * payload is where root's texts point into.  JNY_OK; JNY_EDATA with diag;
 * JNY_ENOMEM.
 */
int jny_open(jny_block_t *blk, const msgpack_object *root,
    jny_slice_t payload, jny_diag_t *diag);


/* Collects the known keys of root.  JNY_OK, JNY_EDATA. */
int jny_open_keys(jny_open_t *o, const msgpack_object *root);

/* Reads all of blk that is neither dictionary nor column.  Likewise. */
int jny_open_head(jny_open_t *o);

/*
 * The columns: "col" and "fix", every one laid out as n packed integers in the
 * end.  JNY_OK, JNY_EDATA, JNY_ENOMEM.
 */
int jny_open_columns(jny_open_t *o);

/* Lays bin out as n integers; JNY_EDATA when it does not divide so. */
int jny_open_packed(const msgpack_object_bin *bin, uint32_t n,
    jny_column_t *c);

/*
 * The field behind "x_NAME", made if it is new; -1 when name is no such name,
 * JNY_MAX_FIELDS when that is one too many.
 */
int jny_open_field(jny_block_t *blk, jny_slice_t name);

/* An array of texts of at most max bytes, to blk's memory.  Likewise. */
int jny_open_texts(jny_open_t *o, const msgpack_object_array *array,
    size_t max, jny_dict_t *dict);

/* JNY_EDATA, with the text object that is (or names) the culprit in diag. */
int jny_open_fail(const jny_open_t *o, const msgpack_object *text,
    const char *what);

/* Whether a text object says name. */
int jny_open_is(const msgpack_object *text, const char *name);

jny_slice_t jny_open_text(const msgpack_object *text);


#endif /* JNY_OPEN_H */
