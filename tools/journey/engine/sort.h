/*
 * sort.h - one partition's events by (visitor, time, ord).
 */

#ifndef JNY_SORT_H
#define JNY_SORT_H

#include "engine/partition.h"


typedef struct {
    uint64_t     visitor;
    jny_event_t  event;     /* detail points into the partition's chunks */
} jny_record_t;

/* Scratch of one thread, reused from partition to partition. */
typedef struct {
    jny_record_t  *records;
    jny_record_t  *spare;         /* for merging large buckets */
    uint32_t      *starts;
    uint64_t       records_cap;
    uint64_t       spare_cap;
    uint64_t       starts_cap;
} jny_sorter_t;


void jny_sorter_init(jny_sorter_t *s);
void jny_sorter_release(jny_sorter_t *s);

/*
 * *records, lent until the next run, receives the n events of a partition in
 * order.  JNY_OK, JNY_ENOMEM, or JNY_ELIMIT for a partition of 2^31 events.
 */
int jny_sorter_run(jny_sorter_t *s, jny_partitions_t *p, uint64_t partition,
                   jny_record_t **records, uint64_t *n);


#endif /* JNY_SORT_H */
