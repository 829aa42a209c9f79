/*
 * jny_columns.h - the block being built: rows are taken apart into columns
 * and dictionaries.  Private.
 *
 *     init -> (add* -> reset)* -> release
 */

#ifndef JNY_COLUMNS_H
#define JNY_COLUMNS_H

#include "jny_encode.h"
#include "jny_idtab.h"
#include "jny_intern.h"


/* One column being built; data stays NULL until a value is not 0. */
typedef struct {
    void      *data;       /* uint32_t, or uint64_t when wide */
    uint64_t   limit;      /* the largest value that fits width */
    unsigned   width;      /* bytes an entry will take; 0 = all zero */
    unsigned   wide:1;
} jny_store_t;

typedef struct {
    const jny_alloc_t     *alloc;
    const jny_log_info_t  *info;
    jny_hash_key_t         key;

    uint32_t               n;          /* rows */
    uint32_t               cap;        /* entries every column can hold */

    int64_t                t0_ms;
    int64_t                t_min_ms;
    int64_t                t_max_ms;
    int64_t                last_ms;

    unsigned               origins:1;  /* rows tell their sources */
    uint32_t               spare_objects; /* room kept for sources: msgpack */
    size_t                 spare_size;    /* objects and bytes */
    size_t                 fixed_size; /* what does not grow */
    size_t                 row_size;   /* sum of the widths */
    size_t                 dict_size;  /* packed size of all dictionaries */
    uint32_t               nentries;   /* of all dictionaries */

    jny_store_t            number[JNY_NUMBER_COUNT];
    jny_store_t            text[JNY_TEXT_COUNT];
    jny_store_t            field[JNY_MAX_FIELDS];

    jny_intern_t           dict[JNY_TEXT_COUNT];
    jny_intern_t           field_dict[JNY_MAX_FIELDS];
    jny_intern_t           agents;
    jny_idtab_t            ids;
    jny_idtab_t            logins;
} jny_columns_t;


/* alloc and info are borrowed for the life of c.  Allocates nothing yet. */
void jny_columns_init(jny_columns_t *c, const jny_alloc_t *alloc,
    const jny_log_info_t *info);
void jny_columns_release(jny_columns_t *c);

/* Starts the next block; t_max_ms is kept as the time of an empty one. */
void jny_columns_reset(jny_columns_t *c);

/* As jny_encoder_cap(); before the first row. */
void jny_columns_cap(jny_columns_t *c, uint32_t max);

/* As jny_encoder_add(). */
int jny_columns_add(jny_columns_t *c, const jny_row_t *row);

/* An upper bound of the packed payload's size, without sources. */
size_t jny_columns_size(const jny_columns_t *c);

/* Entry i of a column. */
static inline uint64_t
jny_store_at(const jny_store_t *s, uint32_t i)
{
    if (s->data == NULL) {
        return 0;
    }

    return s->wide ? ((const uint64_t *) s->data)[i]
                   : ((const uint32_t *) s->data)[i];
}


#endif /* JNY_COLUMNS_H */
