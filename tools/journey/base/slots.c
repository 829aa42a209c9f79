/*
 * slots.c - from a hash to an index.
 *
 * Linear probing, at most half full.  The hash stands in the slot, so most
 * probes end without touching a record, and growing needs none.
 */

#include "base/slots.h"

#include <stdlib.h>
#include <string.h>


static int jny_slots_grow(jny_slots_t *s);


void
jny_slots_release(jny_slots_t *s)
{
    free(s->slots);
    memset(s, 0, sizeof(*s));
}


uint32_t
jny_slots_next(const jny_slots_t *s, uint32_t hash, uint32_t *probe)
{
    const jny_slot_t  *slot;

    while (*probe < s->len) {
        slot = &s->slots[(hash + (*probe)++) & (s->len - 1)];

        if (slot->one == 0) {
            break;
        }

        if (slot->hash == hash) {
            return slot->one - 1;
        }
    }

    return JNY_SLOTS_NONE;
}


int
jny_slots_put(jny_slots_t *s, uint32_t hash, uint32_t index)
{
    uint32_t  i;

    if (2 * (uint64_t) s->n >= s->len && jny_slots_grow(s) != 0) {
        return -1;
    }

    for (i = hash & (s->len - 1); s->slots[i].one != 0;
         i = (i + 1) & (s->len - 1))
    {
        /* void */
    }

    s->slots[i].hash = hash;
    s->slots[i].one = index + 1;
    s->n++;

    return 0;
}


static int
jny_slots_grow(jny_slots_t *s)
{
    uint32_t     i;
    jny_slots_t  larger = { NULL, s->len ? 2 * s->len : 64, 0 };

    if (larger.len == 0) {
        return -1;
    }

    larger.slots = calloc(larger.len, sizeof(jny_slot_t));
    if (larger.slots == NULL) {
        return -1;
    }

    for (i = 0; i < s->len; i++) {
        if (s->slots[i].one != 0) {
            (void) jny_slots_put(&larger, s->slots[i].hash,
                s->slots[i].one - 1);
        }
    }

    free(s->slots);
    *s = larger;

    return 0;
}


uint32_t
jny_slots_hash(const uint32_t *words, unsigned n)
{
    unsigned  i;
    uint64_t  h = n;

    for (i = 0; i < n; i++) {
        h = (h ^ words[i]) * UINT64_C(0x9e3779b97f4a7c15);
        h ^= h >> 32;
    }

    return (uint32_t) h;
}
