/*
 * erase_block.h - one block without the events that are to go.  Private.
 */

#ifndef JNY_ERASE_BLOCK_H
#define JNY_ERASE_BLOCK_H

#include "jny_encode.h"
#include "segment/erase.h"
#include "engine/input.h"


/* Whether row i is to go. */
int jny_erase_row(const jny_erase_t *e, const jny_block_t *blk, uint32_t i);

/*
 * Ids and logins of a block that are wanted, whether rows have them or not:
 * 0 means that the block may stay as it is.
 */
uint64_t jny_erase_ids(const jny_erase_t *e, const jny_block_t *blk);

/* How many rows are to go; counts them into met where count is set. */
uint32_t jny_erase_rows(jny_erase_t *e, const jny_block_t *blk, int count);

/*
 * *n becomes the number of entries in all tables of a block, of texts, User-
 * Agents and ids, that no row has.  JNY_OK, JNY_ENOMEM.
 */
int jny_erase_unused(const jny_block_t *blk, uint64_t *n);

/*
 * Encodes what is left of a block.  sources (its segment's, as they are to be;
 * NULL with a log's block).  *enc (NULL at first) is the caller's to free with
 * jny_encoder_free(); the member is lent as long as it is there.  JNY_OK,
 * JNY_ENOMEM, JNY_ELIMIT.
 */
int jny_erase_block(const jny_erase_t *e, const jny_block_ref_t *ref,
    const jny_block_t *blk, const jny_source_t *sources, jny_encoder_t **enc,
    jny_slice_t *member);


#endif /* JNY_ERASE_BLOCK_H */
