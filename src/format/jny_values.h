/*
 * jny_values.h - bounds of packed columns, checked at memory speed.  Private.
 */

#ifndef JNY_VALUES_H
#define JNY_VALUES_H

#include "jny_block.h"


/* Whether all n entries are below limit (> 0). */
int jny_column_below(const jny_column_t *c, uint32_t n, uint64_t limit);


#endif /* JNY_VALUES_H */
