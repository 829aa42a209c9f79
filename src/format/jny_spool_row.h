/*
 * jny_spool_row.h - one row in a spool (docs/FORMAT.md, "Spool").  Private.
 *
 *     0      4      8                          56        64
 *     +------+------+--------------------------+---------+---------+------+--
 *     | len  | crc  | time visitor login value | present | 16-bit  | text | 0
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


/* The bytes row will take, a multiple of 8; agent only when agents is 1. */
size_t jny_spool_row_size(const jny_row_t *row, unsigned agents);

/* Writes row to out, which has room for size = jny_spool_row_size() bytes. */
void jny_spool_row_put(const jny_row_t *row, unsigned agents, uint8_t *out,
    size_t size);

/*
 * Reads the row at the front of bytes; its texts are lent.  Returns its
 * length, or 0 when it does not check.
 */
size_t jny_spool_row_get(jny_slice_t bytes, jny_row_t *row);


#endif /* JNY_SPOOL_ROW_H */
