/*
 * paths_private.h - the accumulator of the paths: paths.c adds journeys,
 * paths_table.c and paths_loops.c hold what was counted, paths_result.c makes
 * the figures.
 */

#ifndef JNY_PATHS_PRIVATE_H
#define JNY_PATHS_PRIVATE_H

#include "analysis/paths.h"
#include "base/durations.h"
#include "base/slots.h"


/* A path that was taken; its touchpoints stand in ids at first. */
typedef struct {
    uint64_t          first;
    uint32_t          len;
    uint8_t           more;
    uint8_t           before;
    uint16_t          anchor;
    uint64_t          seen;  /* the visitor who took it last */
    jny_paths_sums_t  sums;
} jny_paths_record_t;

typedef struct {
    jny_path_edge_t  edge;  /* from, to: touchpoint ids */
    uint64_t         seen;
} jny_paths_link_t;

/* A touchpoint of the path in hand: of one event, or of repeats in a row. */
typedef struct {
    uint32_t  id;
    uint32_t  event;  /* the first and the last of them, by index in the */
    uint32_t  last;   /* journey, */
    uint32_t  nth;    /* and counted among those that pass --where */
    uint32_t  last_nth;
    uint32_t  match;  /* of all of them */
} jny_paths_place_t;

/* A touchpoint, over all paths that were at it. */
typedef struct {
    jny_path_loop_t  loop;
    jny_durations_t  times;
    uint64_t         paths;
    uint64_t         converted;
    uint64_t         seen;       /* the visitor who returned last */
    uint64_t         path;       /* the one that was here last: in it, */
    uint64_t         place;      /* where last, */
    uint8_t          returned;   /* whether again, */
    uint8_t          goal;       /* a conversion no earlier than here first */
} jny_paths_spot_t;

typedef struct {
    const jny_paths_conf_t  *conf;
    const jny_facts_t       *facts;
    uint32_t                *ids;
    uint64_t                 nids;
    uint64_t                 ids_cap;
    jny_paths_record_t      *records;
    uint64_t                 nrecords;
    uint64_t                 records_cap;
    jny_slots_t              record_slots;
    jny_paths_link_t        *links;
    uint64_t                 nlinks;
    uint64_t                 links_cap;
    jny_slots_t              link_slots;
    uint64_t                 longer;
    uint64_t                 nameless;
    uint64_t                 left_out;
    jny_paths_sums_t         all;
    jny_paths_spot_t        *spots;  /* by touchpoint id */
    uint64_t                 spots_cap;
    uint64_t                 path;   /* paths so far */
    uint64_t                 returned;  /* the last visitor who did */
    jny_path_returns_t       returns;

    /* The path being read. */
    jny_paths_place_t  *places;
    uint64_t            nplaces;
    uint64_t            places_cap;
    jny_paths_sums_t    now;
} jny_paths_acc_t;


/*
 * The record of a path, the link of an edge: made when they are new; NULL: out
 * of memory.  key holds what tells paths apart beside their touchpoints.
 */
jny_paths_record_t *jny_paths_record(jny_paths_acc_t *acc,
    const uint32_t *ids, const jny_paths_record_t *key);
jny_paths_link_t *jny_paths_link(jny_paths_acc_t *acc, int32_t step,
    uint32_t from, uint32_t to);

/* Adds from to into.  JNY_OK, JNY_ENOMEM. */
int jny_paths_sum(jny_paths_sums_t *into, const jny_paths_sums_t *from);

/* jny_analysis_t.merge */
int jny_paths_merge(void *into, void *from);

/*
 * Counts the returns of the path in hand, places [first, end); goals: behind
 * the last event of it that is a conversion, 0 = none.  now is set.  JNY_OK,
 * JNY_ENOMEM, as merge and finish, where place maps ids to names.
 */
int jny_paths_loops(jny_paths_acc_t *acc, const jny_journey_t *j,
    uint64_t first, uint64_t end, uint32_t goals);
int jny_paths_loops_merge(jny_paths_acc_t *into, const jny_paths_acc_t *from);
int jny_paths_loops_finish(jny_paths_acc_t *acc, const uint32_t *place,
    jny_paths_t *p);
void jny_paths_loops_release(jny_paths_acc_t *acc);

/* Room for item n of an array of *cap: the array, moved or not, or NULL. */
void *jny_paths_grow(void *array, uint64_t n, uint64_t *cap, size_t size);


#endif /* JNY_PATHS_PRIVATE_H */
