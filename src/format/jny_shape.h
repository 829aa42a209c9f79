/*
 * jny_shape.h - the smallest form of a column (docs/FORMAT.md, "Columns").
 * Private.
 */

#ifndef JNY_SHAPE_H
#define JNY_SHAPE_H

#include "jny_columns.h"


/* n integers of width bytes, or one for all; and the exceptions. */
typedef struct {
    unsigned  width;         /* 0: base on every row */
    uint64_t  base;
    uint32_t  nfix;          /* rows whose value does not follow */
    unsigned  gap_width;
    unsigned  value_width;
} jny_shape_t;


/* Bytes of the smallest integer of 1, 2, 4 or 8 bytes that holds v. */
static inline unsigned
jny_width(uint64_t v)
{
    return v <= 0xff ? 1 : v <= 0xffff ? 2 : v <= 0xffffffff ? 4 : 8;
}

/* The largest integer of width bytes; 0 for 0. */
static inline uint64_t
jny_width_limit(unsigned width)
{
    return width == 0 ? 0 : UINT64_MAX >> (64 - 8 * width);
}

/* The first exception of a column of n rows at row i or behind it, or n. */
uint32_t jny_shape_next(const jny_shape_t *shape, const jny_store_t *s,
    uint32_t i, uint32_t n);

/*
 * Picks the form of a column of n rows.  It takes no more bytes than n
 * integers of the column's own width, heads and keys included.
 */
void jny_shape_pick(const jny_store_t *s, uint32_t n, jny_shape_t *shape);


#endif /* JNY_SHAPE_H */
