/*
 * ngx_http_journey_counters.c - shared counters.
 *
 * Counters are striped: workers add to different cache lines, so that busy
 * ones do not wait for each other's, and a reader sums.  A stripe outlives its
 * worker and is shared by the next of that number, hence the atomic additions.
 *
 * A stage has its place by its name, whatever configuration it is in: there
 * are two places for each possible stage, so workers of the last configuration
 * can go on counting beside those of this one.
 *
 * Visitors are estimated per UTC day, the day before is kept: odd and even
 * days have registers of their own.
 */

#include "ngx_http_journey_counters.h"
#include "ngx_http_journey_hll.h"
#include "ngx_http_journey_module.h"

#include <math.h>
#include <sodium.h>


#define NGX_HTTP_JOURNEY_STRIPES   16
#define NGX_HTTP_JOURNEY_SLOTS     (2 * JNY_MAX_STAGES)
#define NGX_HTTP_JOURNEY_FILLS     512
#define NGX_HTTP_JOURNEY_DAY_BUSY  ((uint64_t) 1 << 63)

typedef struct {
    uint64_t    n[NGX_HTTP_JOURNEY_COUNT_COUNT];
    uint64_t    stage[NGX_HTTP_JOURNEY_SLOTS];
    uint64_t    apart[8];              /* a cache line between two stripes */
} ngx_http_journey_stripe_t;

typedef struct {
    uint64_t    day;                   /* since the epoch; busy: being zeroed */
    uint8_t     registers[NGX_HTTP_JOURNEY_HLL_REGISTERS];
} ngx_http_journey_visitors_t;

typedef struct {
    uint64_t                     name; /* its hash; 0: free */
    uint64_t                     used; /* by which configuration, last */
    ngx_http_journey_visitors_t  visitors[2];
} ngx_http_journey_slot_t;

typedef struct {
    int32_t     pid;                   /* 0: free */
    uint32_t    apart;
    uint64_t    used;
    uint64_t    size;
} ngx_http_journey_place_t;

typedef struct {
    u_char                     key[crypto_shorthash_KEYBYTES];
    uint64_t                   configurations;
    ngx_http_journey_stripe_t  stripes[NGX_HTTP_JOURNEY_STRIPES];
    ngx_http_journey_place_t   places[NGX_HTTP_JOURNEY_FILLS];
    ngx_http_journey_slot_t    slots[NGX_HTTP_JOURNEY_SLOTS];
} ngx_http_journey_shared_t;


static ngx_int_t ngx_http_journey_counters_init_zone(ngx_shm_zone_t *zone,
    void *data);
static ngx_uint_t ngx_http_journey_counters_slot(
    ngx_http_journey_shared_t *shared, ngx_str_t *stage);
static uint64_t ngx_http_journey_counters_hash(
    ngx_http_journey_shared_t *shared, const u_char *data, size_t len);
static ngx_http_journey_stripe_t *ngx_http_journey_counters_stripe(void);
static void ngx_http_journey_counters_visitor(ngx_http_journey_slot_t *slot,
    uint64_t visitor);
static double ngx_http_journey_counters_estimate(ngx_http_journey_slot_t *slot,
    uint64_t day);
static ngx_uint_t ngx_http_journey_counters_place(
    ngx_http_journey_shared_t *shared);


/* clang-format off */

const ngx_uint_t
    ngx_http_journey_flush_us[NGX_HTTP_JOURNEY_FLUSH_BUCKETS] = {
        500, 1000, 2500, 5000, 10000, 25000, 50000, 100000, 250000, 500000,
        1000000, 2500000, 10000000
};

/* clang-format on */

/* Of this process; NULL: nothing is counted. */
static ngx_http_journey_shared_t  *ngx_http_journey_shared;


ngx_int_t
ngx_http_journey_counters_add(ngx_conf_t *cf,
    ngx_http_journey_counters_conf_t *conf, ngx_array_t *stages)
{
    size_t     size;
    ngx_str_t  name = ngx_string("journey");

    /* beside it the allocator needs its own pages and a list of all */

    size = ngx_align(sizeof(ngx_http_journey_shared_t), ngx_pagesize) * 9 / 8
           + 8 * ngx_pagesize;

    conf->zone = ngx_shared_memory_add(cf, &name, size,
                                       &ngx_http_journey_module);
    if (conf->zone == NULL) {
        return NGX_ERROR;
    }

    conf->zone->init = ngx_http_journey_counters_init_zone;
    conf->zone->data = conf;
    conf->stages = stages;

    return NGX_OK;
}


/* In the master; data is the last configuration's, if there was one. */

static ngx_int_t
ngx_http_journey_counters_init_zone(ngx_shm_zone_t *zone, void *data)
{
    ngx_str_t                         *stage;
    ngx_uint_t                         i;
    ngx_slab_pool_t                   *pool;
    ngx_http_journey_shared_t         *shared;
    ngx_http_journey_counters_conf_t  *conf;

    conf = zone->data;
    pool = (ngx_slab_pool_t *) zone->shm.addr;
    shared = pool->data;

    if (shared == NULL) {
        shared = ngx_slab_calloc(pool, sizeof(ngx_http_journey_shared_t));
        if (shared == NULL) {
            return NGX_ERROR;
        }

        randombytes_buf(shared->key, sizeof(shared->key));
        pool->data = shared;
    }

    shared->configurations++;

    if (conf->stages) {
        stage = conf->stages->elts;

        for (i = 0; i < conf->stages->nelts; i++) {
            conf->slot[i] = ngx_http_journey_counters_slot(shared, &stage[i]);
        }
    }

    return NGX_OK;
}


/* The place of a stage, or the one that was out of use for longest. */

static ngx_uint_t
ngx_http_journey_counters_slot(ngx_http_journey_shared_t *shared,
    ngx_str_t *stage)
{
    uint64_t                  name;
    ngx_uint_t                i, oldest;
    ngx_http_journey_slot_t  *slot;

    name = ngx_http_journey_counters_hash(shared, stage->data, stage->len) | 1;
    slot = shared->slots;
    oldest = 0;

    for (i = 0; i < NGX_HTTP_JOURNEY_SLOTS; i++) {

        if (slot[i].name == name) {
            slot[i].used = shared->configurations;
            return i;
        }

        if (slot[i].used < slot[oldest].used) {
            oldest = i;
        }
    }

    slot = &slot[oldest];

    if (slot->name) {
        ngx_memzero(slot, sizeof(ngx_http_journey_slot_t));

        for (i = 0; i < NGX_HTTP_JOURNEY_STRIPES; i++) {
            shared->stripes[i].stage[oldest] = 0;
        }
    }

    slot->name = name;
    slot->used = shared->configurations;

    return oldest;
}


static uint64_t
ngx_http_journey_counters_hash(ngx_http_journey_shared_t *shared,
    const u_char *data, size_t len)
{
    union {
        u_char    bytes[crypto_shorthash_BYTES];
        uint64_t  number;
    } u;

    (void) crypto_shorthash(u.bytes, data, len, shared->key);

    return u.number;
}


/* A configuration that nginx gave up has not come this far. */

void
ngx_http_journey_counters_init_module(ngx_http_journey_counters_conf_t *conf)
{
    ngx_slab_pool_t  *pool;

    if (conf == NULL || conf->zone == NULL) {
        ngx_http_journey_shared = NULL;
        return;
    }

    pool = (ngx_slab_pool_t *) conf->zone->shm.addr;
    ngx_http_journey_shared = pool->data;
}


static ngx_http_journey_stripe_t *
ngx_http_journey_counters_stripe(void)
{
    return &ngx_http_journey_shared
                ->stripes[ngx_worker % NGX_HTTP_JOURNEY_STRIPES];
}


void
ngx_http_journey_count(ngx_uint_t what, uint64_t n)
{
    if (ngx_http_journey_shared && n) {
        (void) __atomic_fetch_add(&ngx_http_journey_counters_stripe()->n[what],
                                  n, __ATOMIC_RELAXED);
    }
}


void
ngx_http_journey_count_block(uint64_t n, uint64_t bytes, uint64_t us)
{
    ngx_uint_t  i;

    for (i = 0; i < NGX_HTTP_JOURNEY_FLUSH_BUCKETS; i++) {
        if (us <= ngx_http_journey_flush_us[i]) {
            break;
        }
    }

    ngx_http_journey_count(NGX_HTTP_JOURNEY_COUNT_FLUSH + i, 1);
    ngx_http_journey_count(NGX_HTTP_JOURNEY_COUNT_FLUSH_US, us);
    ngx_http_journey_count(NGX_HTTP_JOURNEY_COUNT_BLOCKS, 1);
    ngx_http_journey_count(NGX_HTTP_JOURNEY_COUNT_BYTES, bytes);
    ngx_http_journey_count(NGX_HTTP_JOURNEY_COUNT_WRITTEN, n);
}


void
ngx_http_journey_count_stage(const ngx_http_journey_counters_conf_t *conf,
    jny_slice_t stage, uint64_t visitor)
{
    ngx_str_t   *known;
    ngx_uint_t   i, slot;

    if (ngx_http_journey_shared == NULL || conf->stages == NULL
        || stage.len == 0)
    {
        return;
    }

    known = conf->stages->elts;

    for (i = 0; i < conf->stages->nelts; i++) {

        if (known[i].len != stage.len
            || ngx_memcmp(known[i].data, stage.data, stage.len) != 0)
        {
            continue;
        }

        slot = conf->slot[i];

        (void) __atomic_fetch_add(
            &ngx_http_journey_counters_stripe()->stage[slot], 1,
            __ATOMIC_RELAXED);

        if (visitor) {
            ngx_http_journey_counters_visitor(
                &ngx_http_journey_shared->slots[slot], visitor);
        }

        return;
    }
}


/*
 * Registers still hold the day before yesterday when a day begins: who comes
 * first zeroes them.  Visits of that moment by other workers are left out.
 */

static void
ngx_http_journey_counters_visitor(ngx_http_journey_slot_t *slot,
    uint64_t visitor)
{
    uint64_t                      day, known;
    ngx_http_journey_visitors_t  *v;

    day = (uint64_t) ngx_time() / 86400;
    v = &slot->visitors[day & 1];
    known = __atomic_load_n(&v->day, __ATOMIC_ACQUIRE);

    if (known != day) {

        if (known == (day | NGX_HTTP_JOURNEY_DAY_BUSY)
            || !__atomic_compare_exchange_n(&v->day, &known,
                                            day | NGX_HTTP_JOURNEY_DAY_BUSY,
                                            0, __ATOMIC_ACQUIRE,
                                            __ATOMIC_RELAXED))
        {
            return;
        }

        ngx_memzero(v->registers, sizeof(v->registers));
        __atomic_store_n(&v->day, day, __ATOMIC_RELEASE);
    }

    ngx_http_journey_hll_add(v->registers,
                             ngx_http_journey_counters_hash(
                                 ngx_http_journey_shared,
                                 (u_char *) &visitor, sizeof(visitor)));
}


void
ngx_http_journey_count_fill(ngx_http_journey_fill_t *fill, uint64_t used,
    uint64_t size)
{
    ngx_http_journey_place_t  *place;

    if (ngx_http_journey_shared == NULL) {
        return;
    }

    if (fill->place == 0) {
        fill->place = ngx_http_journey_counters_place(ngx_http_journey_shared);
    }

    if (fill->place > NGX_HTTP_JOURNEY_FILLS) {
        return;
    }

    place = &ngx_http_journey_shared->places[fill->place - 1];

    __atomic_store_n(&place->used, used, __ATOMIC_RELAXED);
    __atomic_store_n(&place->size, size, __ATOMIC_RELAXED);
}


/* A free place, or a dead process's, counted from 1; above all: none. */

static ngx_uint_t
ngx_http_journey_counters_place(ngx_http_journey_shared_t *shared)
{
    int32_t      pid;
    ngx_uint_t   i;

    for (i = 0; i < NGX_HTTP_JOURNEY_FILLS; i++) {

        pid = __atomic_load_n(&shared->places[i].pid, __ATOMIC_RELAXED);

        if (pid && (kill(pid, 0) == 0 || ngx_errno != NGX_ESRCH)) {
            continue;
        }

        if (__atomic_compare_exchange_n(&shared->places[i].pid, &pid,
                                        (int32_t) ngx_pid, 0,
                                        __ATOMIC_RELAXED, __ATOMIC_RELAXED))
        {
            break;
        }
    }

    return i + 1;
}


void
ngx_http_journey_count_fill_close(ngx_http_journey_fill_t *fill)
{
    ngx_http_journey_place_t  *place;

    if (ngx_http_journey_shared && fill->place
        && fill->place <= NGX_HTTP_JOURNEY_FILLS)
    {
        place = &ngx_http_journey_shared->places[fill->place - 1];

        __atomic_store_n(&place->used, 0, __ATOMIC_RELAXED);
        __atomic_store_n(&place->size, 0, __ATOMIC_RELAXED);
        __atomic_store_n(&place->pid, 0, __ATOMIC_RELEASE);
    }

    fill->place = 0;
}


void
ngx_http_journey_counters_read(ngx_http_journey_numbers_t *numbers)
{
    double                      full;
    int32_t                     pid;
    uint64_t                    used, size;
    ngx_uint_t                  i, k;
    ngx_http_journey_shared_t  *shared;

    ngx_memzero(numbers, sizeof(ngx_http_journey_numbers_t));

    shared = ngx_http_journey_shared;

    if (shared == NULL) {
        return;
    }

    for (i = 0; i < NGX_HTTP_JOURNEY_STRIPES; i++) {
        for (k = 0; k < NGX_HTTP_JOURNEY_COUNT_COUNT; k++) {
            numbers->n[k] += __atomic_load_n(&shared->stripes[i].n[k],
                                             __ATOMIC_RELAXED);
        }
    }

    for (i = 0; i < NGX_HTTP_JOURNEY_FILLS; i++) {

        pid = __atomic_load_n(&shared->places[i].pid, __ATOMIC_ACQUIRE);
        size = __atomic_load_n(&shared->places[i].size, __ATOMIC_RELAXED);
        used = __atomic_load_n(&shared->places[i].used, __ATOMIC_RELAXED);

        if (pid == 0 || size == 0
            || (kill(pid, 0) == -1 && ngx_errno == NGX_ESRCH))
        {
            continue;
        }

        full = (double) used / (double) size;

        numbers->spools++;
        numbers->spool_size += size;
        numbers->spool_used += used;
        numbers->spool_fullest = ngx_max(numbers->spool_fullest, full);
    }
}


void
ngx_http_journey_counters_stage(const ngx_http_journey_counters_conf_t *conf,
    ngx_uint_t i, ngx_http_journey_stage_numbers_t *numbers)
{
    uint64_t                    day;
    ngx_uint_t                  k;
    ngx_http_journey_slot_t    *slot;
    ngx_http_journey_shared_t  *shared;

    ngx_memzero(numbers, sizeof(ngx_http_journey_stage_numbers_t));

    shared = ngx_http_journey_shared;

    if (shared == NULL) {
        return;
    }

    for (k = 0; k < NGX_HTTP_JOURNEY_STRIPES; k++) {
        numbers->touchpoints +=
            __atomic_load_n(&shared->stripes[k].stage[conf->slot[i]],
                            __ATOMIC_RELAXED);
    }

    day = (uint64_t) ngx_time() / 86400;
    slot = &shared->slots[conf->slot[i]];

    numbers->visitors = ngx_http_journey_counters_estimate(slot, day);
    numbers->visitors_yesterday =
        ngx_http_journey_counters_estimate(slot, day - 1);
}


static double
ngx_http_journey_counters_estimate(ngx_http_journey_slot_t *slot, uint64_t day)
{
    ngx_http_journey_visitors_t  *v;

    v = &slot->visitors[day & 1];

    if (__atomic_load_n(&v->day, __ATOMIC_ACQUIRE) != day) {
        return 0;
    }

    return floor(ngx_http_journey_hll_estimate(v->registers) + 0.5);
}
