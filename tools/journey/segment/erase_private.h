/*
 * erase_private.h - how erase*.c divide their work.
 *
 *     erase.c         the file: lock, map, write, rename; spools
 *     erase_walk.c    which blocks there are, and which have to change
 *     erase_prove.c   what was written, read again
 *     erase_block.c   one block without what is to go
 */

#ifndef JNY_ERASE_PRIVATE_H
#define JNY_ERASE_PRIVATE_H

#include "segment/erase_block.h"


/* A segment in the file, and what it will say of its sources. */
typedef struct {
    uint64_t       writer;
    uint64_t       erased;
    jny_source_t  *sources;     /* but for the edges, which blocks have */
    uint32_t       nsources;
} jny_erase_segment_t;

typedef struct {
    jny_block_ref_t  ref;
    unsigned         wanted:1;  /* rows or ids are to go */
} jny_erase_item_t;

typedef struct {
    jny_erase_t          *e;
    const char           *name;
    jny_erased_t         *result;
    jny_diag_t           *diag;
    jny_slice_t           bytes;
    jny_erase_item_t     *items;
    size_t                nitems;
    size_t                cap;
    jny_erase_segment_t  *segments;
    unsigned              nsegments;
    jny_wanted_t          writers;    /* of all headers */
    jny_inflater_t       *inf;
    jny_block_t           blk;
} jny_eraser_t;


/* "name: what" to diag; returns rc. */
int jny_erase_fail(const jny_eraser_t *er, int rc, const char *what);

/*
 * Fills items, segments and most of result from bytes.  JNY_OK, JNY_ENOMEM,
 * JNY_EDATA with diag.
 */
int jny_erase_walk(jny_eraser_t *er);

/* The segment of this writer; NULL: it has none, or a log's. */
jny_erase_segment_t *jny_erase_segment(const jny_eraser_t *er,
    uint64_t writer);

/* Whether the writer was seen in a header: for jny_walk_resync(). */
int jny_erase_known(void *ctx, uint64_t writer);

/* Whether the block is written anew: for its own rows, or its segment's. */
int jny_erase_is_rewritten(const jny_eraser_t *er,
    const jny_erase_item_t *item);

/*
 * Whether bytes have every block of items in its place, with all the events
 * that it has to have, and nothing that was to go.  Likewise.
 */
int jny_erase_prove(jny_eraser_t *er, jny_slice_t bytes);


#endif /* JNY_ERASE_PRIVATE_H */
