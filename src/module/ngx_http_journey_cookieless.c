/*
 * ngx_http_journey_cookieless.c - the salt and the hash.
 *
 * The hash is BLAKE2b (RFC 7693) keyed with 32 random bytes.  Addresses are so
 * few that whoever has the salt finds them by trying; so it lives in shared
 * memory only, that is locked against swapping and left out of core dumps,
 * and is overwritten by its successor.  No process keeps a copy beyond one
 * hash.
 *
 * All processes see the same salt because they take it from one place under
 * the zone's lock; whoever comes first after midnight replaces it.  nginx's
 * master releases the lock of a worker that died.
 */

#include "ngx_http_journey_cookieless.h"
#include "ngx_http_journey_campaign.h"

#include <sodium.h>


#define NGX_HTTP_JOURNEY_SALT_LEN  32
#define NGX_HTTP_JOURNEY_SALT_ZONE (8 * ngx_pagesize)

/* What the hash's functions, and the loader that binds them, leave behind. */
#define NGX_HTTP_JOURNEY_SALT_STACK 4096

typedef struct {
    time_t   day;      /* since the epoch */
    u_char   salt[NGX_HTTP_JOURNEY_SALT_LEN];
} ngx_http_journey_salt_t;


static ngx_int_t ngx_http_journey_salt_init_zone(ngx_shm_zone_t *zone,
    void *data);
static void ngx_http_journey_salt_get(ngx_shm_zone_t *zone, u_char *salt);
static void ngx_http_journey_salt_timer(ngx_event_t *ev);
static void ngx_http_journey_salt_schedule(void);
static ngx_uint_t ngx_http_journey_cookieless_address(ngx_http_request_t *r,
    ngx_str_t *address);
static void ngx_http_journey_cookieless_add(
    crypto_generichash_state *state, ngx_str_t *part);


static ngx_event_t  ngx_http_journey_salt_event;


ngx_shm_zone_t *
ngx_http_journey_cookieless_zone(ngx_conf_t *cf)
{
    ngx_shm_zone_t  *zone;

    ngx_str_t        name = ngx_string("journey_cookieless");

    zone = ngx_shared_memory_add(cf, &name, NGX_HTTP_JOURNEY_SALT_ZONE,
                                 &ngx_http_journey_module);
    if (zone) {
        zone->init = ngx_http_journey_salt_init_zone;
    }

    return zone;
}


static ngx_int_t
ngx_http_journey_salt_init_zone(ngx_shm_zone_t *zone, void *data)
{
    ngx_slab_pool_t          *pool;
    ngx_http_journey_salt_t  *salt;

    if (data) {
        zone->data = data;
        return NGX_OK;
    }

    /* nobody attaches to a zone on the systems that this module builds on */

    pool = (ngx_slab_pool_t *) zone->shm.addr;

    salt = ngx_slab_alloc(pool, sizeof(ngx_http_journey_salt_t));
    if (salt == NULL) {
        return NGX_ERROR;
    }

    /* locks, and keeps it out of core dumps */

    if (sodium_mlock(zone->shm.addr, zone->shm.size) != 0) {
        ngx_log_error(NGX_LOG_WARN, zone->shm.log, ngx_errno,
                      "the salt of \"journey_privacy cookieless\" cannot be "
                      "locked in memory: it could be swapped to a disk; "
                      "raise RLIMIT_MEMLOCK");
    }

    salt->day = -1;
    zone->data = salt;

    return NGX_OK;
}


void
ngx_http_journey_cookieless_init_process(void)
{
    ngx_http_journey_salt_event.handler = ngx_http_journey_salt_timer;
    ngx_http_journey_salt_event.data = &ngx_http_journey_salt_event;
    ngx_http_journey_salt_event.cancelable = 1;

    ngx_http_journey_salt_schedule();
}


/*
 * Every second and not once at midnight: timers count on a clock that a step
 * of the wall clock does not move.  A single process may have got another
 * configuration meanwhile.
 */

static void
ngx_http_journey_salt_timer(ngx_event_t *ev)
{
    ngx_http_journey_main_conf_t  *jmcf;

    jmcf = ngx_http_cycle_get_module_main_conf(ngx_cycle,
                                               ngx_http_journey_module);

    if (jmcf && jmcf->salt) {
        ngx_http_journey_salt_get(jmcf->salt, NULL);
    }

    ngx_http_journey_salt_schedule();
}


static void
ngx_http_journey_salt_schedule(void)
{
    ngx_http_journey_salt_event.log = ngx_cycle->log;

    ngx_add_timer(&ngx_http_journey_salt_event, 1000);
}


/* Replaces the salt after midnight; copies it, unless salt is NULL. */

static void
ngx_http_journey_salt_get(ngx_shm_zone_t *zone, u_char *salt)
{
    time_t                    day;
    ngx_slab_pool_t          *pool;
    ngx_http_journey_salt_t  *shared;

    pool = (ngx_slab_pool_t *) zone->shm.addr;
    shared = zone->data;
    day = ngx_time() / NGX_HTTP_JOURNEY_SALT_S;

    ngx_shmtx_lock(&pool->mutex);

    /*
     * Around midnight another worker, whose cached time is fresher, may be a
     * day ahead: that is no reason for a third salt.
     */

    if (day > shared->day || day < shared->day - 1) {
        randombytes_buf(shared->salt, NGX_HTTP_JOURNEY_SALT_LEN);
        shared->day = day;
    }

    if (salt) {
        ngx_memcpy(salt, shared->salt, NGX_HTTP_JOURNEY_SALT_LEN);
    }

    ngx_shmtx_unlock(&pool->mutex);
}


uint64_t
ngx_http_journey_cookieless_visitor(ngx_http_request_t *r)
{
    u_char                         salt[NGX_HTTP_JOURNEY_SALT_LEN];
    ngx_str_t                      address, agent, host;
    crypto_generichash_state       state;
    ngx_http_journey_main_conf_t  *jmcf;

    union {
        u_char    bytes[crypto_generichash_BYTES_MIN];
        uint64_t  number;
    } u;

    if (!ngx_http_journey_cookieless_address(r, &address)) {
        return 0;
    }

    ngx_str_null(&agent);

    if (r->headers_in.user_agent) {
        agent = r->headers_in.user_agent->value;
    }

    host = ngx_http_journey_host(r);

    jmcf = ngx_http_get_module_main_conf(r, ngx_http_journey_module);
    ngx_http_journey_salt_get(jmcf->salt, salt);

    (void) crypto_generichash_init(&state, salt, sizeof(salt),
                                   sizeof(u.bytes));

    ngx_http_journey_cookieless_add(&state, &address);
    ngx_http_journey_cookieless_add(&state, &agent);
    ngx_http_journey_cookieless_add(&state, &host);

    (void) crypto_generichash_final(&state, u.bytes, sizeof(u.bytes));

    sodium_memzero(salt, sizeof(salt));
    sodium_memzero(&state, sizeof(state));

    /* the compression function has had the key in its own variables */

    sodium_stackzero(NGX_HTTP_JOURNEY_SALT_STACK);

    return u.number ? u.number : 1;
}


/* The bytes of the address, after ngx_http_realip_module.  0: none. */

static ngx_uint_t
ngx_http_journey_cookieless_address(ngx_http_request_t *r, ngx_str_t *address)
{
    struct sockaddr      *sa;
    struct sockaddr_in   *sin;
#if (NGX_HAVE_INET6)
    struct sockaddr_in6  *sin6;
#endif

    sa = r->connection->sockaddr;

    switch (sa->sa_family) {

    case AF_INET:
        sin = (struct sockaddr_in *) sa;
        address->data = (u_char *) &sin->sin_addr;
        address->len = sizeof(sin->sin_addr);
        return 1;

#if (NGX_HAVE_INET6)
    case AF_INET6:
        sin6 = (struct sockaddr_in6 *) sa;
        address->data = (u_char *) &sin6->sin6_addr;
        address->len = sizeof(sin6->sin6_addr);
        return 1;
#endif
    }

    return 0;
}


/* With its length before it: no two visitors share the bytes hashed. */

static void
ngx_http_journey_cookieless_add(crypto_generichash_state *state,
    ngx_str_t *part)
{
    uint64_t  len;

    len = part->len;

    (void) crypto_generichash_update(state, (u_char *) &len, sizeof(len));
    (void) crypto_generichash_update(state, part->data, part->len);
}
