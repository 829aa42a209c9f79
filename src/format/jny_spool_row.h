/*
 * jny_spool_row.h - one row in a spool (docs/FORMAT.md, "Spool").  Private.
 *
 *     0      4      8                          56        64
 *     +------+------+--------------------------+---------+---------+------+--
 *     | len  | sum  | time visitor login value | present | 16-bit  | text | 0
 *     |      |      | status latency flags     | (bits)  | lengths |      | to
 *     |      |      | score                    |         |         |      | 8
 *     +------+------+--------------------------+---------+---------+------+--
 *
 * Integers are in the machine's own order: a spool never leaves its machine.
 */

#ifndef JNY_SPOOL_ROW_H
#define JNY_SPOOL_ROW_H

#include "jny_schema.h"


#define JNY_SPOOL_ROW_MIN  64


#define JNY_SPOOL_TEXTS  (JNY_TEXT_COUNT + 1 + JNY_MAX_FIELDS)

/* The texts of a row that are not empty, cut to what is kept; lent. */
typedef struct {
    size_t       size;       /* bytes the row will take, a multiple of 8 */
    uint64_t     present;    /* bit i: text i; the agent; the fields */
    unsigned     n;
    jny_slice_t  text[JNY_SPOOL_TEXTS];
} jny_spool_texts_t;

/* Finds them; the agent only when agents is 1. */
void jny_spool_row_texts(const jny_row_t *row, unsigned agents,
    jny_spool_texts_t *t);

/* Writes row to out, which has room for t->size bytes. */
void jny_spool_row_put(const jny_row_t *row, const jny_spool_texts_t *t,
    uint8_t *out);

/*
 * Reads the row at the front of bytes; its texts are lent.  Returns its
 * length, or 0 when it does not check.
 */
size_t jny_spool_row_get(jny_slice_t bytes, jny_row_t *row);


#endif /* JNY_SPOOL_ROW_H */
