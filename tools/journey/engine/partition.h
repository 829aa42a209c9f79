/*
 * partition.h - events scattered by visitor hash, so that one partition fits
 * the second-level cache and holds all events of its visitors.
 *
 *     new -> add* (each thread into its own chunks) -> per partition:
 *     count, chunks (read by the sorter), release -> free
 *
 * Adding is a store into the partition's current chunk: no lock, no sharing,
 * 32 bytes an event (details, 56 more, in a parallel stream only when asked
 * for).
 */

#ifndef JNY_PARTITION_H
#define JNY_PARTITION_H

#include "engine/journey.h"


/* Flags that only live between scan and journeys, beside JNY_EVENT_... */
#define JNY_SCATTERED_VISITORS 0x4000 /* matches --visitors */
#define JNY_SCATTERED_MONEY 0x8000 /* is in the order table */

typedef struct {
    uint64_t visitor;
    int64_t time_ms;
    uint64_t ord;
    uint32_t match;
    uint16_t flags;
    uint8_t stage;
    uint8_t reserved;
} jny_scattered_t;


#define JNY_CHUNK_EVENTS 128

typedef struct jny_chunk_s jny_chunk_t;

struct jny_chunk_s {
    jny_chunk_t *older;
    uint32_t n; /* valid in full and finished chunks */
    jny_detail_t *details; /* NULL on the narrow path */
    jny_scattered_t events[JNY_CHUNK_EVENTS];
};

/* One thread's end of one partition. */
typedef struct {
    jny_scattered_t *next;
    jny_scattered_t *end;
    jny_chunk_t *chunk;
    uint64_t full; /* events in chunks before this one */
} jny_cursor_t;

typedef struct {
    unsigned bits; /* log2 of the number of partitions */
    unsigned nthreads;
    unsigned wide;
    jny_cursor_t **cursors; /* [thread][partition] */
} jny_partitions_t;


/*
 * Sized for nevents events.  NULL: out of memory.  wide: with details.
 */
jny_partitions_t *jny_partitions_new(uint64_t nevents, unsigned nthreads,
                                     int wide);
void jny_partitions_free(jny_partitions_t *p); /* accepts NULL */

static inline uint64_t
jny_partitions_count(const jny_partitions_t *p)
{
    return (uint64_t) 1 << p->bits;
}

/*
 * Fibonacci hashing: the high bits choose the partition, the next ones the
 * sorter's bucket.  Ids are random already, or hashes of what was imported.
 */
static inline uint64_t
jny_visitor_hash(uint64_t visitor)
{
    visitor ^= visitor >> 32;

    return visitor * 0x9e3779b97f4a7c15u;
}

/* Starts the cursor's next chunk.  JNY_OK, JNY_ENOMEM. */
int jny_cursor_grow(jny_cursor_t *c, unsigned wide);

/*
 * The place for one more event of this visitor; with details *detail is its
 * detail's.  NULL: out of memory.
 */
static inline jny_scattered_t *
jny_partitions_add(jny_partitions_t *p, unsigned thread, uint64_t visitor,
                   jny_detail_t **detail)
{
    jny_cursor_t *c;

    c = &p->cursors[thread][jny_visitor_hash(visitor) >> (64 - p->bits)];

    if (c->next == c->end && jny_cursor_grow(c, p->wide) != JNY_OK) {
        return NULL;
    }

    if (p->wide) {
        *detail = &c->chunk->details[c->next - c->chunk->events];
    }

    return c->next++;
}

/* Events of a partition, over all threads. */
uint64_t jny_partition_events(const jny_partitions_t *p, uint64_t partition);

/* Newest chunk of a partition and thread, n set; or NULL. */
jny_chunk_t *jny_partition_chunks(jny_partitions_t *p, unsigned thread,
                                  uint64_t partition);

/* Frees the chunks of one partition. */
void jny_partition_release(jny_partitions_t *p, uint64_t partition);


#endif /* JNY_PARTITION_H */
