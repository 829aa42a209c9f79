/*
 * jny_pack_columns.h - the keys "col" and "fix" of a payload.  Private.
 */

#ifndef JNY_PACK_COLUMNS_H
#define JNY_PACK_COLUMNS_H

#include "jny_packer.h"
#include "jny_shape.h"


#define JNY_COLUMN_MAX  (JNY_NUMBER_COUNT + JNY_TEXT_COUNT + JNY_MAX_FIELDS)

/* The columns of a block that are not all zero, and the form of each. */
typedef struct {
    unsigned            n;
    unsigned            nfix;        /* columns with exceptions */
    int                 logins;      /* "login" is an index into "logins" */
    jny_slice_t         names[JNY_COLUMN_MAX];   /* fields: without x_ */
    const jny_store_t  *stores[JNY_COLUMN_MAX];
    jny_shape_t         shapes[JNY_COLUMN_MAX];
    unsigned            first_field;
} jny_layout_t;


void jny_layout_init(jny_layout_t *l, const jny_columns_t *c);

/* "col": name -> bin or integer. */
void jny_layout_pack_columns(const jny_layout_t *l, const jny_columns_t *c,
    jny_packer_t *p);

/* "fix": name -> [k, gaps, values]. */
void jny_layout_pack_fixes(const jny_layout_t *l, const jny_columns_t *c,
    jny_packer_t *p);

/* n integers of width bytes each. */
void jny_pack_narrow(uint8_t *out, const uint32_t *v, uint32_t n,
    unsigned width);


#endif /* JNY_PACK_COLUMNS_H */
