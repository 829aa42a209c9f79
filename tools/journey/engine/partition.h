/*
 * partition.h - events scattered by visitor hash, so that one partition fits
 * the second-level cache and holds all events of its visitors.
 *
 *     new -> add* (each thread into its own chunks) -> per partition:
 *     events, chunks (read by the sorter) -> free
 *
 * Adding is a store into the partition's current chunk: no lock, no sharing,
 * 32 bytes an event (details, 56 more, in a parallel stream only when asked
 * for).
 */

#ifndef JNY_PARTITION_H
#define JNY_PARTITION_H

#include "engine/journey.h"


/* Flags from the scan to journeys.c, beside JNY_EVENT_...; not for analyses. */
#define JNY_SCATTERED_CONTEXT   0x2000   /* before the start: not counted */
#define JNY_SCATTERED_VISITORS  0x4000   /* matches --visitors */
#define JNY_SCATTERED_MONEY     0x8000   /* is in the order table */

/* What jny_event_t begins with. */
typedef struct {
    uint64_t  visitor;
    int64_t   time_ms;
    uint64_t  ord;
    uint32_t  match;
    uint16_t  flags;
    uint8_t   stage;
    uint8_t   reserved;
} jny_scattered_t;


/*
 * A chunk begins at a multiple of its events' room, 4 KiB, so a pointer to its
 * next free event is all that adding needs to know:
 *
 *     0       32                        4096                  12288
 *     +-------+-------+-------+- - - -+-------+----------+- -
 *     | older | event | event |       | event | detail   |      (wide only)
 *     | n     |   0   |   1   |       |  126  |   0      |
 *     +-------+-------+-------+- - - -+-------+----------+- -
 */
#define JNY_CHUNK_SIZE    4096
#define JNY_CHUNK_EVENTS  127
#define JNY_CHUNK_WIDE    12288

typedef struct jny_chunk_s  jny_chunk_t;

struct jny_chunk_s {
    jny_chunk_t      *older;
    uint32_t          n;                          /* events */
    uint32_t          reserved[5];
    jny_scattered_t   events[JNY_CHUNK_EVENTS];
};

_Static_assert(sizeof(jny_chunk_t) == JNY_CHUNK_SIZE, "see the drawing");
_Static_assert(JNY_CHUNK_EVENTS * sizeof(jny_detail_t)
                   <= JNY_CHUNK_WIDE - JNY_CHUNK_SIZE,
    "see the drawing");

typedef struct jny_slab_s  jny_slab_t;

/* One thread's side. */
typedef struct {
    jny_scattered_t  **next;    /* by partition; NULL = no chunk yet */
    jny_slab_t        *slabs;   /* newest first */
    size_t             used;    /* of the newest */
} jny_scatter_t;

typedef struct {
    unsigned        bits;       /* log2 of the number of partitions */
    unsigned        nthreads;
    unsigned        wide;
    jny_scatter_t  *threads;
} jny_partitions_t;


/*
 * Sized for nevents events.  NULL: out of memory.  wide: with details.
 */
jny_partitions_t *jny_partitions_new(uint64_t nevents, unsigned nthreads,
    int wide);
void jny_partitions_free(jny_partitions_t *p);       /* accepts NULL */

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

static inline uint64_t
jny_partitions_of(const jny_partitions_t *p, uint64_t visitor)
{
    return jny_visitor_hash(visitor) >> (64 - p->bits);
}

static inline jny_chunk_t *
jny_chunk_of(jny_scattered_t *e)
{
    return (jny_chunk_t *) ((uintptr_t) e & ~(uintptr_t) (JNY_CHUNK_SIZE - 1));
}

static inline jny_detail_t *
jny_chunk_details(jny_chunk_t *chunk)
{
    return (jny_detail_t *) (chunk + 1);
}

/* Starts a partition's next chunk.  JNY_OK, JNY_ENOMEM. */
int jny_partitions_grow(jny_partitions_t *p, unsigned thread,
    uint64_t partition);

/*
 * The place for one more event of a partition; NULL: out of memory.  Its
 * detail is jny_detail_of() it.
 */
static inline jny_scattered_t *
jny_partitions_add(jny_partitions_t *p, unsigned thread, uint64_t partition)
{
    jny_scattered_t  **next;

    next = &p->threads[thread].next[partition];

    /* Behind the last event of a chunk, and NULL: multiples of its size. */

    if (((uintptr_t) *next & (JNY_CHUNK_SIZE - 1)) == 0
        && jny_partitions_grow(p, thread, partition) != JNY_OK)
    {
        return NULL;
    }

    return (*next)++;
}

static inline jny_detail_t *
jny_detail_of(jny_scattered_t *e)
{
    jny_chunk_t  *chunk;

    chunk = jny_chunk_of(e);

    return &jny_chunk_details(chunk)[e - chunk->events];
}

/* Newest chunk of a partition and thread, n set; or NULL. */
jny_chunk_t *jny_partition_chunks(const jny_partitions_t *p, unsigned thread,
    uint64_t partition);

/* Events of a partition, over all threads. */
uint64_t jny_partition_events(const jny_partitions_t *p, uint64_t partition);


#endif /* JNY_PARTITION_H */
