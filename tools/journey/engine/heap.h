/*
 * heap.h - malloc and free as the allocator that the format library asks for.
 */

#ifndef JNY_HEAP_H
#define JNY_HEAP_H

#include "jny_types.h"


extern const jny_alloc_t jny_heap;   /* any thread */


#endif /* JNY_HEAP_H */
