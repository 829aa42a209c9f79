/*
 * memory.h - how much memory there is to use.
 */

#ifndef JNY_MEMORY_H
#define JNY_MEMORY_H

#include <stdint.h>


/*
 * Bytes that programs may still take: what the system has available, or less
 * where a control group allows less.  1 GiB where nothing says.
 */
int64_t jny_memory_free(void);


/*
 * Words of the largest partition that is sorted whole, beside strands of so
 * many bytes, on each of the threads; a visitor who is no crawler fits in any
 * case.
 */
uint64_t jny_memory_partition(int64_t strands, unsigned threads);


#endif /* JNY_MEMORY_H */
