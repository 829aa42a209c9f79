/*
 * sort.h - one partition's events by (visitor, time, ord).
 */

#ifndef JNY_SORT_H
#define JNY_SORT_H

#include "engine/partition.h"


/* Scratch of one thread, reused from partition to partition. */
typedef struct {
    jny_event_t  *events;
    jny_event_t  *spare;          /* for merging large buckets */
    uint32_t     *starts;
    uint64_t      events_cap;
    uint64_t      spare_cap;
    uint64_t      starts_cap;
} jny_sorter_t;


void jny_sorter_init(jny_sorter_t *s);
void jny_sorter_release(jny_sorter_t *s);

/*
 * *events, lent until the next run and the caller's to change, receives the n
 * events of a partition in order, details pointing into its chunks.  JNY_OK,
 * JNY_ENOMEM, or JNY_ELIMIT for a partition of 2^31 events.
 */
int jny_sorter_run(jny_sorter_t *s, jny_partitions_t *p, uint64_t partition,
                   jny_event_t **events, uint64_t *n);


#endif /* JNY_SORT_H */
