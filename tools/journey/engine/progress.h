/*
 * progress.h - how far a run is, and what its parts cost, for whoever watches
 * it from another thread.
 */

#ifndef JNY_PROGRESS_H
#define JNY_PROGRESS_H

#include <stdatomic.h>
#include <stdint.h>


typedef enum {
    JNY_PART_READ,            /* blocks: inflate, check, decode */
    JNY_PART_ROWS,            /* selectors, bots, what is left out */
    JNY_PART_STRANDS,         /* to the visitors' partitions */
    JNY_PART_ORDERS,          /* which sale counts */
    JNY_PART_SORT,            /* a partition's strands */
    JNY_PART_VISITORS,        /* a visitor's events, and the analyses */
    JNY_PART_COUNT
} jny_part_e;

/* All zero before the run, which adds to it; sums of all threads. */
typedef struct {
    _Atomic uint64_t  blocks;        /* read, of those that are wanted */
    _Atomic uint64_t  events;        /* in them */
    _Atomic uint64_t  bytes;         /* of them, as they lie in the files */
    _Atomic uint64_t  partitions;    /* whose visitors are counted, */
    _Atomic uint64_t  npartitions;   /* of so many; 0: blocks are being read */
    _Atomic uint64_t  cpu_ns[JNY_PART_COUNT];
} jny_progress_t;


/* CPU time of this thread, for jny_progress_lap(). */
uint64_t jny_progress_now(void);

/* The thread's time since *at_ns was for part; *at_ns becomes now. */
void jny_progress_lap(jny_progress_t *p, jny_part_e part, uint64_t *at_ns);


#endif /* JNY_PROGRESS_H */
