/*
 * census.h - what journey stat and audit count: distinct visitors and texts,
 * bytes by column.
 */

#ifndef JNY_CENSUS_H
#define JNY_CENSUS_H

#include "base/idset.h"
#include "base/intern.h"
#include "engine/bots.h"
#include "engine/input.h"
#include "engine/run.h"


/* Distinct texts and how often each was met. */
typedef struct {
    jny_interner_t  *interner;
    uint64_t        *counts;   /* by id */
    uint32_t         cap;
} jny_textset_t;

/* A column, a dictionary or another part of the payload. */
typedef struct {
    char      name[48];
    uint64_t  raw;             /* bytes before deflate */
    uint64_t  blocks;          /* that have it */
} jny_part_t;

#define JNY_CENSUS_PARTS  96

typedef struct {
    uint64_t       blocks;
    uint64_t       events;
    uint64_t       disk;           /* bytes of blocks that stand on disk */
    uint64_t       disk_events;    /* events in those */
    uint64_t       raw;            /* bytes of all payloads */
    uint64_t       failed;         /* status >= 400 */
    uint64_t       bots;
    uint64_t       speculative;
    uint64_t       internal;
    uint64_t       beacons;
    uint64_t       unknown_visitor;
    uint64_t       sales;          /* events with a value above 0 */
    uint64_t       refunds;
    int64_t        first_ms;       /* of decoded events; 0, 0: none */
    int64_t        last_ms;
    jny_idset_t    visitors;
    jny_textset_t  agents;         /* counted by events */
    jny_bots_t    *seen;           /* agents judged */
    jny_textset_t  stage_lists;    /* NUL between names, by blocks */
    jny_textset_t  edges;          /* by blocks */
    jny_part_t     parts[JNY_CENSUS_PARTS];
    unsigned       nparts;
    uint64_t      *rows_of_id;     /* scratch, per id of a block */
    uint32_t       rows_cap;
} jny_census_t;


/* JNY_OK, JNY_ENOMEM; released in any case. */
int jny_census_init(jny_census_t *c);
void jny_census_release(jny_census_t *c);

/* Counts a decoded block.  JNY_OK, JNY_ENOMEM. */
int jny_census_block(jny_census_t *c, const jny_block_ref_t *ref,
    const jny_block_t *blk);

/* Adds what was counted to the input object of documents. */
void jny_census_summary(const jny_census_t *c, jny_input_summary_t *sum);

/* JNY_OK, JNY_ENOMEM; released in any case.  add: n more of a text. */
int jny_textset_init(jny_textset_t *set);
void jny_textset_release(jny_textset_t *set);
int jny_textset_add(jny_textset_t *set, const void *data, size_t len,
    uint64_t n);

/*
 * The ids of the texts, most frequent first (then in byte order); *n of them,
 * "" left out where it was never met.  malloc'ed; NULL: out of memory.
 */
uint32_t *jny_textset_order(const jny_textset_t *set, uint32_t *n);

/* Lent until the set is released. */
jny_slice_t jny_textset_text(const jny_textset_t *set, uint32_t id);


#endif /* JNY_CENSUS_H */
