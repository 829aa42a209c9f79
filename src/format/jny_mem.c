/*
 * jny_mem.c - checked use of the allocator that was handed in.
 *
 * nginx pools know no realloc, so growing is allocate, copy, free.
 */

#include "jny_mem.h"

#include <string.h>


void *
jny_mem_alloc(const jny_alloc_t *alloc, size_t n, size_t size)
{
    if (size != 0 && n > SIZE_MAX / size) {
        return NULL;
    }

    return alloc->alloc(alloc->ctx, n * size);
}


void *
jny_mem_zalloc(const jny_alloc_t *alloc, size_t n, size_t size)
{
    void  *p;

    p = jny_mem_alloc(alloc, n, size);

    if (p != NULL) {
        memset(p, 0, n * size);
    }

    return p;
}


void
jny_mem_free(const jny_alloc_t *alloc, void *p)
{
    if (p != NULL) {
        alloc->free(alloc->ctx, p);
    }
}


int
jny_mem_grow(const jny_alloc_t *alloc, void **p, size_t used, size_t n,
    size_t size)
{
    void  *to;

    to = jny_mem_alloc(alloc, n, size);
    if (to == NULL) {
        return JNY_ENOMEM;
    }

    if (used != 0) {
        memcpy(to, *p, used);
    }

    memset((uint8_t *) to + used, 0, n * size - used);

    jny_mem_free(alloc, *p);
    *p = to;

    return JNY_OK;
}


int
jny_mem_reserve(const jny_alloc_t *alloc, void **p, size_t *size, size_t need)
{
    void  *to;

    if (*p != NULL && *size >= need) {
        return JNY_OK;
    }

    /* what one block needs, the next may need a little more of */
    need += need / 4 + 1;

    to = jny_mem_alloc(alloc, need, 1);
    if (to == NULL) {
        return JNY_ENOMEM;
    }

    jny_mem_free(alloc, *p);
    *p = to;
    *size = need;

    return JNY_OK;
}
