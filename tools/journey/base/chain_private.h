/*
 * chain_private.h - chains whose steps are filled in any order (chain_any.c),
 * for chain.c; what the functions do is said in chain.h.
 */

#ifndef JNY_CHAIN_PRIVATE_H
#define JNY_CHAIN_PRIVATE_H

#include "base/chain.h"


void jny_chain_any_reach(const jny_chain_t *c, jny_chain_work_t *w,
    jny_hit_t *hits, uint32_t n);

/* found: reach is set, filled and excluded are empty. */
void jny_chain_any_read(const jny_chain_t *c, const jny_chain_work_t *w,
    const jny_hit_t *hits, uint32_t n, uint32_t start,
    jny_chain_found_t *found);

void jny_chain_any_trail(const jny_chain_t *c, const jny_hit_t *hits,
    uint32_t limit, uint32_t start, jny_chain_found_t *found);


#endif /* JNY_CHAIN_PRIVATE_H */
