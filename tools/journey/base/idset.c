/*
 * idset.c - distinct numbers.
 *
 * Linear probing over the numbers themselves, at most half full; most of them
 * were drawn at random, and Fibonacci hashing spreads those that count up.
 */

#include "base/idset.h"

#include <stdlib.h>
#include <string.h>


#define JNY_IDSET_FIRST  1024


void
jny_idset_release(jny_idset_t *set)
{
    free(set->slots);
    memset(set, 0, sizeof(*set));
}


/* The slot of id, or the free one where it belongs. */
static uint64_t *
jny_idset_slot(const jny_idset_t *set, uint64_t id)
{
    uint64_t  i;

    i = (id ^ id >> 32) * UINT64_C(0x9e3779b97f4a7c15);
    i = (i ^ i >> 32) & (set->cap - 1);

    while (set->slots[i] != 0 && set->slots[i] != id) {
        i = (i + 1) & (set->cap - 1);
    }

    return &set->slots[i];
}


static int
jny_idset_grow(jny_idset_t *set)
{
    uint64_t     i;
    jny_idset_t  grown;

    grown.cap = set->cap > 0 ? 2 * set->cap : JNY_IDSET_FIRST;
    grown.n = set->n;

    /*
     * Not calloc(), nor malloc(), of which the compiler makes calloc(): pages
     * that are read first are faulted in twice, and all threads stop for that.
     */

    grown.slots = aligned_alloc(sizeof(*grown.slots),
                                grown.cap * sizeof(*grown.slots));
    if (grown.slots == NULL) {
        return -1;
    }

    memset(grown.slots, 0, grown.cap * sizeof(*grown.slots));

    for (i = 0; i < set->cap; i++) {
        if (set->slots[i] != 0) {
            *jny_idset_slot(&grown, set->slots[i]) = set->slots[i];
        }
    }

    free(set->slots);
    *set = grown;

    return 0;
}


int
jny_idset_add(jny_idset_t *set, uint64_t id)
{
    uint64_t  *slot;

    if (2 * set->n >= set->cap && jny_idset_grow(set) != 0) {
        return -1;
    }

    slot = jny_idset_slot(set, id);

    set->n += *slot == 0;
    *slot = id;

    return 0;
}


int
jny_idset_has(const jny_idset_t *set, uint64_t id)
{
    return set->n > 0 && id != 0 && *jny_idset_slot(set, id) == id;
}
