/*
 * slots.h - from a hash to an index: an open table for records that are kept
 * in an array elsewhere, which compares them.
 *
 *     probe = 0;
 *     while ((i = jny_slots_next(&s, hash, &probe)) != JNY_SLOTS_NONE) {
 *         if (records[i] is it) ...
 *     }
 *     not there: append it to records, jny_slots_put(&s, hash, its index)
 */

#ifndef JNY_SLOTS_H
#define JNY_SLOTS_H

#include <stdint.h>


#define JNY_SLOTS_NONE UINT32_MAX

typedef struct {
    uint32_t  hash;
    uint32_t  one; /* 1 + index, 0 = free */
} jny_slot_t;

/* All zero is empty. */
typedef struct {
    jny_slot_t  *slots;
    uint32_t     len;  /* a power of two */
    uint32_t     n;
} jny_slots_t;

void jny_slots_release(jny_slots_t *s);

/* The next index put under this hash, or JNY_SLOTS_NONE. */
uint32_t jny_slots_next(const jny_slots_t *s, uint32_t hash, uint32_t *probe);

/* Returns 0, -1 out of memory (or of numbers). */
int jny_slots_put(jny_slots_t *s, uint32_t hash, uint32_t index);

/* A hash of n words. */
uint32_t jny_slots_hash(const uint32_t *words, unsigned n);


#endif /* JNY_SLOTS_H */
