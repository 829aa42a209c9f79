/*
 * arena.h - memory with one lifetime: many allocations, one release.
 * One thread at a time.
 */

#ifndef JNY_ARENA_H
#define JNY_ARENA_H

#include <stddef.h>


typedef struct jny_arena_chunk_s jny_arena_chunk_t;

typedef struct {
    jny_arena_chunk_t  *chunks;       /* newest first */
    size_t              used;         /* of the newest */
    size_t              chunk_size;   /* of the next ordinary one */
} jny_arena_t;


/* Allocates nothing yet. */
void jny_arena_init(jny_arena_t *a);

/* Frees everything allocated from a, which is then as after init. */
void jny_arena_release(jny_arena_t *a);

/* Aligned for any type; NULL when out of memory.  size 0 is allowed. */
void *jny_arena_alloc(jny_arena_t *a, size_t size);

/* A copy of n bytes, not aligned; NULL when out of memory. */
void *jny_arena_copy(jny_arena_t *a, const void *p, size_t n);


#endif /* JNY_ARENA_H */
