/*
 * heap.c - the C heap behind jny_alloc_t.
 */

#include "engine/heap.h"

#include <stdlib.h>


static void *
jny_heap_alloc(void *ctx, size_t size)
{
    (void) ctx;

    return malloc(size);
}


static void
jny_heap_free(void *ctx, void *p)
{
    (void) ctx;

    free(p);
}


const jny_alloc_t jny_heap = { jny_heap_alloc, jny_heap_free, NULL };
