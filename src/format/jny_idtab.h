/*
 * jny_idtab.h - the encoder's table of distinct (id, agent) pairs, numbered
 * in order of first appearance; also used for logins (agent 0).  Private.
 *
 * The same find/commit protocol as jny_intern.h.  Entry 0 is (0, 0).
 */

#ifndef JNY_IDTAB_H
#define JNY_IDTAB_H

#include "jny_hash.h"


typedef struct {
    const jny_alloc_t     *alloc;
    const jny_hash_key_t  *key;

    uint64_t              *ids;
    uint32_t              *agents;
    uint32_t               n;         /* 1 when empty */
    uint32_t               cap;

    uint32_t              *slots;     /* index, 0 = free */
    uint32_t               mask;
    uint32_t               last;
} jny_idtab_t;

typedef struct {
    uint32_t  index;
    int       fresh;      /* a new entry, made by commit() */
    uint64_t  id;
    uint32_t  agent;
} jny_idtab_at_t;


/* alloc and key are borrowed for the life of t. */
void jny_idtab_init(jny_idtab_t *t, const jny_alloc_t *alloc,
    const jny_hash_key_t *key);
void jny_idtab_release(jny_idtab_t *t);
void jny_idtab_reset(jny_idtab_t *t);

/* JNY_OK, JNY_ENOMEM. */
int jny_idtab_find(jny_idtab_t *t, uint64_t id, uint32_t agent,
    jny_idtab_at_t *at);

void jny_idtab_commit(jny_idtab_t *t, const jny_idtab_at_t *at);


#endif /* JNY_IDTAB_H */
