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


#endif /* JNY_MEMORY_H */
