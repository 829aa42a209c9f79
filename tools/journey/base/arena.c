/*
 * arena.c - bump allocation from chunks that double up to 1 MiB: few calls of
 * malloc, and no per-object header beside short strings.
 */

#include "base/arena.h"

#include <stdalign.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>


#define JNY_ARENA_FIRST  ((size_t) 4096)
#define JNY_ARENA_LAST   ((size_t) 1 << 20)


struct jny_arena_chunk_s {
    jny_arena_chunk_t  *next;
    size_t              size;
    alignas(max_align_t) uint8_t data[];
};


void
jny_arena_init(jny_arena_t *a)
{
    a->chunks = NULL;
    a->used = 0;
    a->chunk_size = JNY_ARENA_FIRST;
}


void
jny_arena_release(jny_arena_t *a)
{
    jny_arena_chunk_t  *c, *next;

    for (c = a->chunks; c != NULL; c = next) {
        next = c->next;
        free(c);
    }

    jny_arena_init(a);
}


static int
jny_arena_grow(jny_arena_t *a, size_t size)
{
    jny_arena_chunk_t  *c;
    size_t              room;

    room = size > a->chunk_size ? size : a->chunk_size;

    if (room > SIZE_MAX - sizeof(*c)) {
        return -1;
    }

    c = malloc(sizeof(*c) + room);
    if (c == NULL) {
        return -1;
    }

    c->size = room;
    c->next = a->chunks;
    a->chunks = c;
    a->used = 0;

    if (a->chunk_size < JNY_ARENA_LAST) {
        a->chunk_size *= 2;
    }

    return 0;
}


static void *
jny_arena_take(jny_arena_t *a, size_t size, size_t align)
{
    size_t  at;

    at = (a->used + align - 1) & ~(align - 1);

    if (a->chunks == NULL || at > a->chunks->size
        || size > a->chunks->size - at)
    {
        if (jny_arena_grow(a, size) != 0) {
            return NULL;
        }
        at = 0;
    }

    a->used = at + size;

    return a->chunks->data + at;
}


void *
jny_arena_alloc(jny_arena_t *a, size_t size)
{
    return jny_arena_take(a, size, alignof(max_align_t));
}


void *
jny_arena_copy(jny_arena_t *a, const void *p, size_t n)
{
    void  *copy;

    copy = jny_arena_take(a, n, 1);

    if (copy != NULL && n > 0) {
        memcpy(copy, p, n);
    }

    return copy;
}
