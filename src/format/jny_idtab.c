/*
 * jny_idtab.c - open addressing, at most half full, one integer a slot.
 *
 * First-appearance order makes the index column rise slowly, which deflate
 * likes better than random numbers, and costs nothing.
 */

#include "jny_idtab.h"
#include "jny_mem.h"

#include <string.h>


#define JNY_IDTAB_MIN  64


void
jny_idtab_init(jny_idtab_t *t, const jny_alloc_t *alloc,
    const jny_hash_key_t *key)
{
    memset(t, 0, sizeof(*t));
    t->alloc = alloc;
    t->key = key;
    t->n = 1;
}


void
jny_idtab_release(jny_idtab_t *t)
{
    jny_mem_free(t->alloc, t->ids);
    jny_mem_free(t->alloc, t->agents);
    jny_mem_free(t->alloc, t->slots);
    jny_idtab_init(t, t->alloc, t->key);
}


void
jny_idtab_reset(jny_idtab_t *t)
{
    if (t->n > 1) {
        memset(t->slots, 0, ((size_t) t->mask + 1) * sizeof(*t->slots));
    }

    t->n = 1;
    t->last = 0;
}


static void
jny_idtab_put(jny_idtab_t *t, uint32_t index)
{
    uint32_t  i;

    i = (uint32_t) jny_hash_pair(t->key, t->ids[index], t->agents[index]);

    for (i &= t->mask; t->slots[i] != 0; i = (i + 1) & t->mask) {
        /* a free slot exists: at most half of them are taken */
    }

    t->slots[i] = index;
}


static int
jny_idtab_reserve(jny_idtab_t *t)
{
    void      *ids, *agents, *slots;
    uint32_t   cap;

    if (t->n < t->cap) {
        return JNY_OK;
    }

    cap = t->cap != 0 ? t->cap * 2 : JNY_IDTAB_MIN;

    ids = jny_mem_zalloc(t->alloc, cap, sizeof(*t->ids));
    agents = jny_mem_zalloc(t->alloc, cap, sizeof(*t->agents));
    slots = jny_mem_zalloc(t->alloc, (size_t) cap * 2, sizeof(*t->slots));

    if (ids == NULL || agents == NULL || slots == NULL) {
        jny_mem_free(t->alloc, ids);
        jny_mem_free(t->alloc, agents);
        jny_mem_free(t->alloc, slots);
        return JNY_ENOMEM;
    }

    if (t->cap != 0) {
        memcpy(ids, t->ids, t->n * sizeof(*t->ids));
        memcpy(agents, t->agents, t->n * sizeof(*t->agents));
    }

    jny_mem_free(t->alloc, t->ids);
    jny_mem_free(t->alloc, t->agents);
    jny_mem_free(t->alloc, t->slots);

    t->ids = ids;
    t->agents = agents;
    t->slots = slots;
    t->cap = cap;
    t->mask = cap * 2 - 1;

    for (uint32_t i = 1; i < t->n; i++) {
        jny_idtab_put(t, i);
    }

    return JNY_OK;
}


int
jny_idtab_find(jny_idtab_t *t, uint64_t id, uint32_t agent, jny_idtab_at_t *at)
{
    int       rc;
    uint32_t  i, index;

    at->fresh = 0;
    at->index = 0;

    if (id == 0 && agent == 0) {
        return JNY_OK;
    }

    rc = jny_idtab_reserve(t);
    if (rc != JNY_OK) {
        return rc;
    }

    if (t->ids[t->last] == id && t->agents[t->last] == agent) {
        at->index = t->last;
        return JNY_OK;
    }

    for (i = (uint32_t) jny_hash_pair(t->key, id, agent) & t->mask;
         t->slots[i] != 0; i = (i + 1) & t->mask)
    {
        index = t->slots[i];

        if (t->ids[index] == id && t->agents[index] == agent) {
            at->index = index;
            t->last = index;
            return JNY_OK;
        }
    }

    at->fresh = 1;
    at->index = t->n;
    at->id = id;
    at->agent = agent;

    return JNY_OK;
}


void
jny_idtab_commit(jny_idtab_t *t, const jny_idtab_at_t *at)
{
    if (!at->fresh) {
        return;
    }

    t->ids[t->n] = at->id;
    t->agents[t->n] = at->agent;
    jny_idtab_put(t, t->n);
    t->last = t->n;
    t->n++;
}
