/*
 * ngx_http_journey_counters.h - what all workers have counted together, in
 * shared memory that outlives workers and reloads.
 *
 *     configuration:  ngx_http_journey_counters_add()       postconfiguration
 *     init_module:    ngx_http_journey_counters_init_module()
 *     any time:       ngx_http_journey_count(), ..._stage(), ..._spool_...()
 *     journey_status: ngx_http_journey_counters_read()
 *
 * No function here takes a lock or makes a system call, but for those that
 * open a spool or read: counting is an atomic addition into memory that
 * few other workers write to.  All may run in any thread.
 */

#ifndef NGX_HTTP_JOURNEY_COUNTERS_H
#define NGX_HTTP_JOURNEY_COUNTERS_H

#include <ngx_config.h>
#include <ngx_core.h>
#include <ngx_http.h>

#include "ngx_http_journey_form.h"
#include "ngx_http_journey_log.h"


/* Upper limits of the flush times' histogram; one more bucket is above. */
#define NGX_HTTP_JOURNEY_FLUSH_BUCKETS  13

extern const ngx_uint_t
    ngx_http_journey_flush_us[NGX_HTTP_JOURNEY_FLUSH_BUCKETS];

/*
 * accepted = written + recovered + dropped + what the spools hold; more only
 * by what was in spools before this memory was.
 */
typedef enum {
    NGX_HTTP_JOURNEY_COUNT_ACCEPTED = 0,    /* events given to a log */
    NGX_HTTP_JOURNEY_COUNT_WRITTEN,         /* events in blocks on disk */
    NGX_HTTP_JOURNEY_COUNT_RECOVERED,       /* the same, of dead writers */
    NGX_HTTP_JOURNEY_COUNT_BYTES,           /* of all blocks */
    NGX_HTTP_JOURNEY_COUNT_BLOCKS,
    NGX_HTTP_JOURNEY_COUNT_COOKIE_INVALID,
    NGX_HTTP_JOURNEY_COUNT_BEACON,          /* answered with 204 */
    NGX_HTTP_JOURNEY_COUNT_FLUSH_US,        /* sum of the flush times */

    NGX_HTTP_JOURNEY_COUNT_DROP,            /* + ngx_http_journey_drop_e */
    NGX_HTTP_JOURNEY_COUNT_REJECT = NGX_HTTP_JOURNEY_COUNT_DROP
                                    + NGX_HTTP_JOURNEY_DROP_COUNT,
    NGX_HTTP_JOURNEY_COUNT_FLUSH = NGX_HTTP_JOURNEY_COUNT_REJECT
                                   + NGX_HTTP_JOURNEY_REJECT_COUNT,
    NGX_HTTP_JOURNEY_COUNT_COUNT = NGX_HTTP_JOURNEY_COUNT_FLUSH
                                   + NGX_HTTP_JOURNEY_FLUSH_BUCKETS + 1
} ngx_http_journey_count_e;

/* Of one configuration, in the http level's main conf. */
typedef struct {
    ngx_shm_zone_t  *zone;                    /* NULL: nothing is counted */
    ngx_array_t     *stages;                  /* of ngx_str_t, or NULL */
    ngx_uint_t       slot[JNY_MAX_STAGES];    /* of each stage */
} ngx_http_journey_counters_conf_t;

/* Where a writer says how full its spool is.  Zeroed: says nothing yet. */
typedef struct {
    ngx_uint_t  place;
} ngx_http_journey_fill_t;

typedef struct {
    uint64_t    touchpoints;
    double      visitors;              /* different ones of this UTC day */
    double      visitors_yesterday;
} ngx_http_journey_stage_numbers_t;

typedef struct {
    uint64_t    n[NGX_HTTP_JOURNEY_COUNT_COUNT];
    uint64_t    spools;                /* of living writers */
    uint64_t    spool_size;            /* bytes, of all of them */
    uint64_t    spool_used;
    double      spool_fullest;         /* 0 to 1 */
} ngx_http_journey_numbers_t;


/*
 * Asks for the memory; stages (borrowed) are those of this configuration.  A
 * stage of the same name keeps its numbers.  NGX_OK, NGX_ERROR.
 */
ngx_int_t ngx_http_journey_counters_add(ngx_conf_t *cf,
    ngx_http_journey_counters_conf_t *conf, ngx_array_t *stages);

/* From now on this process counts for conf; NULL: it does not count. */
void ngx_http_journey_counters_init_module(
    ngx_http_journey_counters_conf_t *conf);

/* n more of what.  Without memory nothing is done. */
void ngx_http_journey_count(ngx_uint_t what, uint64_t n);

/* A block of n events is on disk, us microseconds after it was begun. */
void ngx_http_journey_count_block(uint64_t n, uint64_t bytes, uint64_t us);

/*
 * A touchpoint at the stage of this name, by this visitor (0: unknown).  A
 * name that conf does not list is not counted.
 */
void ngx_http_journey_count_stage(const ngx_http_journey_counters_conf_t *conf,
    jny_slice_t stage, uint64_t visitor);

/*
 * The spool of a writer holds used of size bytes.  The first call takes one of
 * 512 places, which are those of living processes; without one nothing is
 * shown.  close() gives it back.
 */
void ngx_http_journey_count_fill(ngx_http_journey_fill_t *fill, uint64_t used,
    uint64_t size);
void ngx_http_journey_count_fill_close(ngx_http_journey_fill_t *fill);

/* The numbers as of now; stage i is the i-th of conf->stages. */
void ngx_http_journey_counters_read(ngx_http_journey_numbers_t *numbers);
void ngx_http_journey_counters_stage(
    const ngx_http_journey_counters_conf_t *conf, ngx_uint_t i,
    ngx_http_journey_stage_numbers_t *numbers);


#endif /* NGX_HTTP_JOURNEY_COUNTERS_H */
