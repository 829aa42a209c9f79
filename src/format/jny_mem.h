/*
 * jny_mem.h - checked use of the allocator that was handed in.  Private.
 */

#ifndef JNY_MEM_H
#define JNY_MEM_H

#include "jny_types.h"


/* n * size bytes, not zeroed; NULL on overflow too. */
void *jny_mem_alloc(const jny_alloc_t *alloc, size_t n, size_t size);

/* The same, zeroed. */
void *jny_mem_zalloc(const jny_alloc_t *alloc, size_t n, size_t size);

/* Accepts NULL. */
void jny_mem_free(const jny_alloc_t *alloc, void *p);

/*
 * Moves *p, which holds `used` bytes, to n * size bytes; the rest is zeroed.
 * *p may be NULL with used = 0.  JNY_OK, or JNY_ENOMEM: *p stays as it was.
 */
int jny_mem_grow(const jny_alloc_t *alloc, void **p, size_t used, size_t n,
    size_t size);

/*
 * Gives *p room for at least need bytes (then not NULL); what was in it is
 * lost if *size, the room it has, did not do.  JNY_OK, or JNY_ENOMEM: *p
 * stays as it was.
 */
int jny_mem_reserve(const jny_alloc_t *alloc, void **p, size_t *size,
    size_t need);


#endif /* JNY_MEM_H */
