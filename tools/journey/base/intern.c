/*
 * intern.c - an open-addressing table of (hash, id) over an array of strings
 * that live in an arena.  A dictionary is first looked up under the read lock,
 * which threads share; only when some of its strings are new is it taken for
 * writing.  Half the hash stands in the slot, so that a lookup touches a
 * string only when it is very likely the right one.
 */

#include "base/intern.h"

#include <pthread.h>
#include <stdlib.h>
#include <string.h>
#include <sys/random.h>

#include "base/arena.h"


#define JNY_INTERNER_FIRST  256
#define JNY_INTERNER_NONE   UINT32_MAX


typedef struct {
    uint32_t  tag;
    uint32_t  id;        /* 0 = free: "" is never looked up */
} jny_interner_slot_t;

struct jny_interner_s {
    pthread_rwlock_t      lock;
    uint64_t              seed;
    jny_arena_t           arena;
    jny_bytes_t          *strings;
    uint32_t              n;
    uint32_t              cap;
    jny_interner_slot_t  *slots;
    uint32_t              mask;
};


static inline uint64_t
jny_interner_mix(uint64_t a, uint64_t b)
{
    __extension__ typedef unsigned __int128  wide_t;
    wide_t                                   m;

    m = (wide_t) a * b;

    return (uint64_t) m ^ (uint64_t) (m >> 64);
}


/* Folded 64 x 64 multiplications over 8-byte words (after wyhash, Wang Yi). */
static uint64_t
jny_interner_hash(uint64_t seed, jny_bytes_t s)
{
    const uint8_t  *p;
    size_t          n;
    uint64_t        h, w;

    p = s.data;
    h = seed ^ 0x9e3779b97f4a7c15u;

    for (n = s.len; n >= 8; n -= 8, p += 8) {
        memcpy(&w, p, 8);
        h = jny_interner_mix(h ^ w, 0xa0761d6478bd642fu ^ seed);
    }

    w = 0;
    memcpy(&w, p, n);

    h = jny_interner_mix(h ^ w, 0xe7037ed1a0b428dbu ^ s.len);

    return jny_interner_mix(h, 0x8ebc6af09c88c6e3u);
}


jny_interner_t *
jny_interner_new(void)
{
    jny_interner_t  *in;

    in = calloc(1, sizeof(*in));
    if (in == NULL) {
        return NULL;
    }

    /* Without entropy the hash is only less guarded. */
    if (getrandom(&in->seed, sizeof(in->seed), GRND_NONBLOCK)
        != sizeof(in->seed))
    {
        in->seed = 0x243f6a8885a308d3u;
    }

    in->n = 1;
    in->cap = JNY_INTERNER_FIRST / 2;
    in->mask = JNY_INTERNER_FIRST - 1;
    in->strings = calloc(in->cap, sizeof(*in->strings));
    in->slots = calloc(JNY_INTERNER_FIRST, sizeof(*in->slots));
    jny_arena_init(&in->arena);

    if (in->strings == NULL || in->slots == NULL
        || pthread_rwlock_init(&in->lock, NULL) != 0)
    {
        free(in->strings);
        free(in->slots);
        free(in);
        return NULL;
    }

    in->strings[0].data = "";

    return in;
}


void
jny_interner_free(jny_interner_t *in)
{
    if (in == NULL) {
        return;
    }

    pthread_rwlock_destroy(&in->lock);
    jny_arena_release(&in->arena);
    free(in->strings);
    free(in->slots);
    free(in);
}


/* The slot of s, or the free one where it belongs. */
static jny_interner_slot_t *
jny_interner_slot(const jny_interner_t *in, jny_bytes_t s, uint64_t hash)
{
    uint32_t              i, tag;
    const jny_bytes_t    *known;
    jny_interner_slot_t  *slot;

    tag = (uint32_t) (hash >> 32);

    for (i = (uint32_t) hash & in->mask; /* void */; i = (i + 1) & in->mask) {
        slot = &in->slots[i];

        if (slot->id == 0) {
            return slot;
        }

        known = &in->strings[slot->id];

        if (slot->tag == tag && known->len == s.len
            && memcmp(known->data, s.data, s.len) == 0)
        {
            return slot;
        }
    }
}


/* Doubles strings and slots; 0, or -1 and nothing changed. */
static int
jny_interner_grow(jny_interner_t *in)
{
    size_t                nslots;
    uint32_t              id;
    uint64_t              hash;
    jny_bytes_t          *strings;
    jny_interner_slot_t  *slots, *old, *slot;

    if (in->cap >= UINT32_MAX / 4) {
        return -1;
    }

    nslots = ((size_t) in->mask + 1) * 2;

    strings = realloc(in->strings, 2 * (size_t) in->cap * sizeof(*strings));
    if (strings == NULL) {
        return -1;
    }

    in->strings = strings;

    slots = calloc(nslots, sizeof(*slots));
    if (slots == NULL) {
        return -1;
    }

    old = in->slots;
    in->slots = slots;
    in->mask = (uint32_t) (nslots - 1);
    in->cap *= 2;

    for (id = 1; id < in->n; id++) {
        hash = jny_interner_hash(in->seed, strings[id]);
        slot = jny_interner_slot(in, strings[id], hash);
        slot->id = id;
        slot->tag = (uint32_t) (hash >> 32);
    }

    free(old);

    return 0;
}


static int
jny_interner_put(jny_interner_t *in, jny_bytes_t s, uint32_t *id)
{
    void                 *copy;
    uint64_t              hash;
    jny_interner_slot_t  *slot;

    hash = jny_interner_hash(in->seed, s);
    slot = jny_interner_slot(in, s, hash);

    if (slot->id == 0) {

        if (in->n == in->cap) {
            if (jny_interner_grow(in) != 0) {
                return -1;
            }
            slot = jny_interner_slot(in, s, hash);
        }

        copy = jny_arena_copy(&in->arena, s.data, s.len);
        if (copy == NULL) {
            return -1;
        }

        in->strings[in->n].data = copy;
        in->strings[in->n].len = s.len;
        slot->tag = (uint32_t) (hash >> 32);
        slot->id = in->n++;
    }

    *id = slot->id;

    return 0;
}


int
jny_interner_add(jny_interner_t *in, const jny_bytes_t *strings, uint32_t n,
                 uint32_t *ids)
{
    int       rc;
    uint32_t  i, missing;

    missing = 0;

    pthread_rwlock_rdlock(&in->lock);

    for (i = 0; i < n; i++) {
        ids[i] = 0;

        if (strings[i].len > 0) {
            ids[i] = jny_interner_slot(in, strings[i],
                                       jny_interner_hash(in->seed, strings[i]))
                         ->id;

            if (ids[i] == 0) {
                ids[i] = JNY_INTERNER_NONE;
                missing++;
            }
        }
    }

    pthread_rwlock_unlock(&in->lock);

    if (missing == 0) {
        return 0;
    }

    rc = 0;

    pthread_rwlock_wrlock(&in->lock);

    for (i = 0; i < n && rc == 0; i++) {
        if (ids[i] == JNY_INTERNER_NONE) {
            rc = jny_interner_put(in, strings[i], &ids[i]);
        }
    }

    pthread_rwlock_unlock(&in->lock);

    return rc;
}


jny_bytes_t
jny_interner_get(const jny_interner_t *in, uint32_t id)
{
    return in->strings[id < in->n ? id : 0];
}


uint32_t
jny_interner_count(const jny_interner_t *in)
{
    return in->n;
}


static int
jny_interner_compare(const void *a, const void *b, void *ctx)
{
    int                    order;
    size_t                 len;
    const jny_bytes_t     *s, *t;
    const jny_interner_t  *in = ctx;

    s = &in->strings[*(const uint32_t *) a];
    t = &in->strings[*(const uint32_t *) b];
    len = s->len < t->len ? s->len : t->len;

    order = memcmp(s->data, t->data, len);
    if (order != 0) {
        return order;
    }

    return (s->len > t->len) - (s->len < t->len);
}


int
jny_interner_rank(const jny_interner_t *in, uint32_t *rank)
{
    uint32_t  i, *ids;

    ids = malloc((size_t) in->n * sizeof(*ids));
    if (ids == NULL) {
        return -1;
    }

    for (i = 0; i < in->n; i++) {
        ids[i] = i;
    }

    qsort_r(ids, in->n, sizeof(*ids), jny_interner_compare,
            (void *) (uintptr_t) in);

    for (i = 0; i < in->n; i++) {
        rank[ids[i]] = i;
    }

    free(ids);

    return 0;
}


int
jny_interner_reorder(jny_interner_t *in, const uint32_t *rank)
{
    uint32_t      i;
    jny_bytes_t  *strings;

    strings = malloc((size_t) in->cap * sizeof(*strings));
    if (strings == NULL) {
        return -1;
    }

    for (i = 0; i < in->n; i++) {
        strings[rank[i]] = in->strings[i];
    }

    free(in->strings);
    in->strings = strings;

    return 0;
}
