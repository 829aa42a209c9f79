/*
 * paths_private.h - the accumulator of the paths: paths.c adds journeys,
 * paths_result.c makes the figures.
 */

#ifndef JNY_PATHS_PRIVATE_H
#define JNY_PATHS_PRIVATE_H

#include "analysis/paths.h"
#include "base/slots.h"


/* A path that was taken; its touchpoints stand in ids at first. */
typedef struct {
    uint64_t          first;
    uint32_t          len;
    uint32_t          more;
    uint64_t          seen;  /* the visitor who took it last */
    jny_paths_sums_t  sums;
} jny_paths_record_t;

typedef struct {
    jny_path_edge_t  edge;  /* from, to: touchpoint ids */
    uint64_t         seen;
} jny_paths_link_t;

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
    jny_paths_sums_t         all;

    /* The path being read. */
    uint32_t          path[JNY_PATHS_MAX_LEN];
    uint32_t          len;
    uint32_t          more;
    uint32_t          last;
    uint32_t          taken;  /* paths of this visitor */
    jny_paths_sums_t  now;
} jny_paths_acc_t;


#endif /* JNY_PATHS_PRIVATE_H */
