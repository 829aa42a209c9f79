/*
 * sort.h - a partition's strands by visitor, and a visitor's events in order.
 */

#ifndef JNY_SORT_H
#define JNY_SORT_H

#include "engine/strands.h"


typedef struct {
    uint64_t       hash;     /* jny_visitor_hash(): one to one */
    jny_strand_t  *strand;
} jny_strand_ref_t;

/* Scratch of one thread, reused from partition to partition. */
typedef struct {
    jny_stream_reader_t   reader;
    jny_strand_ref_t     *refs;
    jny_strand_ref_t     *unsorted;
    uint32_t             *starts;
    jny_event_t          *events;
    jny_event_t          *spare;       /* for merging */
    uint64_t              refs_cap;
    uint64_t              unsorted_cap;
    uint64_t              starts_cap;
    uint64_t              events_cap;
    uint64_t              spare_cap;
    unsigned              persons:1;   /* whose visitors have an order */
} jny_sorter_t;


void jny_sorter_init(jny_sorter_t *s);
void jny_sorter_release(jny_sorter_t *s);

/*
 * s->refs receives the n strands of a stream, a visitor's side by side, in the
 * order of the input, a person's by visitor first; lent until the next run.
 * bits: of the visitors' hashes, which all of them have in common; of 64 and
 * more there is one visitor.
 * JNY_OK, JNY_ENOMEM, JNY_EIO (the budget's diag).
 */
int jny_sorter_run(jny_sorter_t *s, jny_streams_t *streams, uint64_t stream,
    unsigned bits, uint64_t *n);

/*
 * The events of n strands of one visitor, by time and in the order of the
 * strands; *events is lent until the next call and the caller's to change.
 * JNY_OK, JNY_ENOMEM.
 */
int jny_sorter_events(jny_sorter_t *s, const jny_strand_ref_t *refs,
    uint64_t n, const jny_strand_key_t *key, jny_event_t **events,
    uint32_t *nevents);


#endif /* JNY_SORT_H */
