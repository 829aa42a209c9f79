/*
 * stage_list.h - the stages of a run, in their order.
 */

#ifndef JNY_STAGE_LIST_H
#define JNY_STAGE_LIST_H

#include "base/arena.h"
#include "engine/input.h"


/*
 * The list of the newest block that has one, of equally new ones the last in
 * the order of the input: what is imported without a model has stages, maybe,
 * but no list of them.  A segment's is as new as the block that it is of.  A
 * writer has one list for all of its blocks.  Texts are copied to the arena; *n
 * is 0 where no block has a list.
 * JNY_OK, JNY_ENOMEM.
 */
int jny_stage_list(const jny_block_ref_t *refs, uint32_t nrefs,
    jny_arena_t *arena, jny_slice_t stages[JNY_MAX_STAGES], unsigned *n);

/* The newest event of the block that a block's list is of. */
static inline int64_t
jny_stage_listed_ms(const jny_header_t *h, const jny_block_t *blk)
{
    return blk->listed_ms != 0 ? blk->listed_ms : h->t_max_ms;
}


#endif /* JNY_STAGE_LIST_H */
