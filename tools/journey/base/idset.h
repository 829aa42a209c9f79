/*
 * idset.h - distinct 64-bit numbers, none of them 0.  Between 16 and
 * 64 bytes each.
 */

#ifndef JNY_IDSET_H
#define JNY_IDSET_H

#include <stdint.h>


/* All zero is empty. */
typedef struct {
    uint64_t  *slots;  /* 0 = free */
    uint64_t   cap;    /* a power of two, or 0 */
    uint64_t   n;      /* distinct numbers */
} jny_idset_t;

void jny_idset_release(jny_idset_t *set);

/* Returns 0, also when id was there already; -1 out of memory. */
int jny_idset_add(jny_idset_t *set, uint64_t id);

int jny_idset_has(const jny_idset_t *set, uint64_t id);


#endif /* JNY_IDSET_H */
