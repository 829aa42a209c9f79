/*
 * partition.c - chunks of 128 events per thread and partition.
 *
 * A partition of some 4,000 events (about 300 KB with the sorter's copy)
 * stays in the second-level cache while it is sorted and read; more than
 * 4,096 partitions would cost the scatter more in open cache lines than the
 * sort gains.
 */

#include "engine/partition.h"

#include <stdlib.h>


#define JNY_PARTITION_EVENTS 4096
#define JNY_PARTITION_MIN_BITS 4 /* work for several threads */
#define JNY_PARTITION_MAX_BITS 12


jny_partitions_t *
jny_partitions_new(uint64_t nevents, unsigned nthreads, int wide)
{
    unsigned i;
    jny_partitions_t *p;

    p = calloc(1, sizeof(*p));
    if (p == NULL) {
        return NULL;
    }

    p->bits = JNY_PARTITION_MIN_BITS;
    p->wide = wide != 0;

    while (p->bits < JNY_PARTITION_MAX_BITS
           && nevents >> p->bits > JNY_PARTITION_EVENTS)
    {
        p->bits++;
    }

    p->cursors = calloc(nthreads, sizeof(*p->cursors));
    if (p->cursors == NULL) {
        free(p);
        return NULL;
    }

    for (i = 0; i < nthreads; i++) {
        p->cursors[i] = calloc(jny_partitions_count(p), sizeof(jny_cursor_t));
        p->nthreads = i + 1;

        if (p->cursors[i] == NULL) {
            jny_partitions_free(p);
            return NULL;
        }
    }

    return p;
}


void
jny_partitions_free(jny_partitions_t *p)
{
    unsigned i;
    uint64_t k;

    if (p == NULL) {
        return;
    }

    for (k = 0; k < jny_partitions_count(p); k++) {
        jny_partition_release(p, k);
    }

    for (i = 0; i < p->nthreads; i++) {
        free(p->cursors[i]);
    }

    free(p->cursors);
    free(p);
}


int
jny_cursor_grow(jny_cursor_t *c, unsigned wide)
{
    size_t size;
    jny_chunk_t *chunk;

    size = sizeof(*chunk);
    if (wide) {
        size += JNY_CHUNK_EVENTS * sizeof(jny_detail_t);
    }

    chunk = malloc(size);
    if (chunk == NULL) {
        return JNY_ENOMEM;
    }

    if (c->chunk != NULL) {
        c->chunk->n = JNY_CHUNK_EVENTS;
        c->full += JNY_CHUNK_EVENTS;
    }

    chunk->older = c->chunk;
    chunk->n = 0;
    chunk->details = wide ? (jny_detail_t *) (chunk + 1) : NULL;

    c->chunk = chunk;
    c->next = chunk->events;
    c->end = chunk->events + JNY_CHUNK_EVENTS;

    return JNY_OK;
}


uint64_t
jny_partition_events(const jny_partitions_t *p, uint64_t partition)
{
    unsigned i;
    uint64_t n;
    const jny_cursor_t *c;

    n = 0;

    for (i = 0; i < p->nthreads; i++) {
        c = &p->cursors[i][partition];

        if (c->chunk != NULL) {
            n += c->full + (uint64_t) (c->next - c->chunk->events);
        }
    }

    return n;
}


jny_chunk_t *
jny_partition_chunks(jny_partitions_t *p, unsigned thread, uint64_t partition)
{
    jny_cursor_t *c;

    c = &p->cursors[thread][partition];

    if (c->chunk != NULL) {
        c->chunk->n = (uint32_t) (c->next - c->chunk->events);
    }

    return c->chunk;
}


void
jny_partition_release(jny_partitions_t *p, uint64_t partition)
{
    unsigned i;
    jny_chunk_t *chunk, *older;
    jny_cursor_t *c;

    for (i = 0; i < p->nthreads; i++) {

        if (p->cursors[i] == NULL) {
            continue;
        }

        c = &p->cursors[i][partition];

        for (chunk = c->chunk; chunk != NULL; chunk = older) {
            older = chunk->older;
            free(chunk);
        }

        c->chunk = NULL;
        c->next = NULL;
        c->end = NULL;
        c->full = 0;
    }
}
