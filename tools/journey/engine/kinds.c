/*
 * kinds.c - an open table under a lock; it never grows, so that who reads the
 * words by number needs no lock.
 */

#include "engine/kinds.h"

#include <pthread.h>
#include <stdlib.h>


#define JNY_KIND_SLOTS  131072   /* a power of two, twice the kinds */

struct jny_kinds_s {
    pthread_mutex_t  lock;
    uint32_t         n;
    uint64_t         words[JNY_KIND_NONE - 1];
    uint16_t         slots[JNY_KIND_SLOTS];      /* 1 + id; 0 = free */
};


jny_kinds_t *
jny_kinds_new(void)
{
    jny_kinds_t  *kinds;

    kinds = calloc(1, sizeof(*kinds));

    if (kinds != NULL && pthread_mutex_init(&kinds->lock, NULL) != 0) {
        free(kinds);
        return NULL;
    }

    return kinds;
}


void
jny_kinds_free(jny_kinds_t *kinds)
{
    if (kinds != NULL) {
        pthread_mutex_destroy(&kinds->lock);
        free(kinds);
    }
}


static uint16_t
jny_kinds_locked(jny_kinds_t *kinds, uint64_t word)
{
    uint32_t  slot;

    slot = (uint32_t) ((word * 0x9e3779b97f4a7c15u) >> 40);

    for (slot %= JNY_KIND_SLOTS; kinds->slots[slot] != 0;
         slot = (slot + 1) % JNY_KIND_SLOTS)
    {
        if (kinds->words[kinds->slots[slot] - 1] == word) {
            return kinds->slots[slot] - 1;
        }
    }

    if (kinds->n == sizeof(kinds->words) / sizeof(kinds->words[0])) {
        return JNY_KIND_NONE;
    }

    kinds->words[kinds->n++] = word;
    kinds->slots[slot] = (uint16_t) kinds->n;

    return (uint16_t) (kinds->n - 1);
}


uint16_t
jny_kinds_add(jny_kinds_t *kinds, uint64_t word)
{
    uint16_t  id;

    pthread_mutex_lock(&kinds->lock);
    id = jny_kinds_locked(kinds, word);
    pthread_mutex_unlock(&kinds->lock);

    return id;
}


const uint64_t *
jny_kinds_words(const jny_kinds_t *kinds)
{
    return kinds->words;
}
