/*
 * columns.h - whole columns to arrays: the width is looked at once per block,
 * and the loops are plain enough for the compiler to make vectors of them.
 */

#ifndef JNY_ENGINE_COLUMNS_H
#define JNY_ENGINE_COLUMNS_H

#include "jny_block.h"


/*
 * n values of a column; all 0 where it is absent.  Values that do not fit
 * are cut to the largest that does.
 */
void jny_columns_u64(const jny_column_t *c, uint32_t n, uint64_t *out);
void jny_columns_u32(const jny_column_t *c, uint32_t n, uint32_t *out);
void jny_columns_u16(const jny_column_t *c, uint32_t n, uint16_t *out);

/*
 * The time column, zigzag deltas after t0, as ms since the epoch.  Returns
 * whether they never go back.
 */
int jny_columns_time(const jny_column_t *c, uint32_t n, int64_t t0_ms,
                     int64_t *out);


#endif /* JNY_ENGINE_COLUMNS_H */
