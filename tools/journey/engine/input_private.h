/*
 * input_private.h - how the files input*.c divide their work.
 *
 *     input.c          names, files, accessors
 *     input_layers.c   gzip around a log, or around bare payloads
 *     input_walk.c     segments to blocks, past damage
 *     input_foreign.c  files that are no log
 *     input_segments.c segments, and the originals that they cover
 *     input_ledger.c   copies, conflicts, damaged places
 *     input_gaps.c     what is missing, and why
 *     input_order.c    what is read first
 *     input_read.c     one block: inflate, decode
 *
 * A segment is a run of bytes walked by itself: a whole file, or what one of
 * its gzip layers inflated to.
 */

#ifndef JNY_INPUT_PRIVATE_H
#define JNY_INPUT_PRIVATE_H

#include <pthread.h>
#include <sys/types.h>

#include "engine/input.h"
#include "engine/map.h"


#define JNY_INPUT_DEPTH  3   /* gzip layers around a log */

typedef struct {
    char        *name;
    jny_slice_t  bytes;
    jny_map_t   *map;        /* NULL: on the heap */
    mode_t       mode;
    gid_t        group;
} jny_input_file_t;

typedef struct {
    uint32_t     file;
    jny_slice_t  bytes;
    uint8_t     *heap;     /* owned, or NULL: the file's own bytes */
    unsigned     depth;
    unsigned     maps:1;   /* bare payloads, not blocks */

    /* Where it was inflated from, so that a second walk finds it again. */
    uint32_t  parent;
    uint64_t  parent_offset;
    uint64_t  consumed;
    int       rc;              /* how inflating ended */
} jny_input_segment_t;

/*
 * What a damaged header claims to be, if anything.  Not verified: it may only
 * choose between places that are known to lack a block.
 */
typedef struct {
    uint64_t  writer;
    uint64_t  seq;
    uint64_t  base;
} jny_input_claim_t;

typedef struct {
    jny_damage_t       damage;
    jny_input_claim_t  claim;
    unsigned           explained:1;   /* the ledger knows what it cost */
    unsigned           again:1;       /* another place is of the same block */
} jny_input_place_t;

/* A segment: SORTED blocks of one writer. */
typedef struct {
    uint64_t       writer;
    uint32_t       first;      /* of its refs, as they were found */
    uint32_t       nrefs;
    jny_source_t  *sources;    /* owned, edges included */
    uint32_t       nsources;
    uint64_t       blocks;     /* that it covers */
    uint64_t       events;     /* that it should have, */
    uint64_t       there;      /* and those of its refs */
    unsigned       whole:1;
    unsigned       unused:1;   /* another one, or the originals, are read */
} jny_input_sorted_t;

struct jny_input_s {
    jny_input_file_t  *files;
    uint32_t           nfiles;
    uint32_t           files_cap;

    jny_input_segment_t  *segments;
    uint32_t              nsegments;
    uint32_t              segments_cap;

    jny_block_ref_t  *refs;
    uint32_t          nrefs;
    uint32_t          refs_cap;
    jny_block_ref_t  *copies;         /* not in refs: read if those fail */

    jny_input_place_t  *places;       /* while indexing */
    uint32_t            nplaces;
    uint32_t            places_cap;

    jny_damage_t    *damage;       /* the result, sorted */
    uint32_t         ndamage;
    uint32_t         damage_cap;
    pthread_mutex_t  lock;         /* damage, once threads scan */

    uint64_t  *writers;       /* seen in intact headers; sorted */
    uint32_t   nwriters;
    uint32_t   writers_cap;

    jny_input_sorted_t  *sorted;   /* in order of writer */
    uint32_t             nsorted;
    uint32_t             sorted_cap;

    jny_input_span_t  *spans;
    uint32_t     nspans;
    uint32_t     spans_cap;

    uint64_t  duplicates;
    uint64_t  covered;
};


/*
 * Makes room for one more of size bytes in *array (n used, *cap there).
 * JNY_OK or JNY_ENOMEM.
 */
int jny_input_grow(void *array, uint32_t n, uint32_t *cap, size_t size);

/*
 * Inflates the gzip members of other people that begin at offset of a segment
 * into a new segment, once: *child is its index.  Returns JNY_OK;
 * JNY_EHEADER when no such member stands there; JNY_ETRUNC, JNY_ECRC or
 * JNY_ELIMIT when inflating failed midway: *child then holds what can be
 * trusted, which may be nothing; JNY_ENOMEM.
 */
int jny_input_expand(jny_input_t *in, uint32_t segment, uint64_t offset,
                     uint32_t *child, jny_diag_t *diag);

/* Fills refs and places from all segments.  JNY_OK, JNY_ENOMEM. */
int jny_input_walk(jny_input_t *in);

/*
 * Makes one place of JNY_DAMAGE_FOREIGN of each file that is no log.  JNY_OK,
 * JNY_ENOMEM; JNY_EIO with diag when no file is one.
 */
int jny_input_foreign(jny_input_t *in, jny_diag_t *diag);

/* Sorts refs and turns places and gaps into damage.  JNY_OK, JNY_ENOMEM. */
int jny_input_ledger(jny_input_t *in);

/*
 * Chooses between segments, takes the blocks that they cover out of refs, and
 * makes spans.  JNY_OK, JNY_ENOMEM.
 */
int jny_input_segments(jny_input_t *in);

/* Charges gaps to places, or makes damage of them.  JNY_OK, JNY_ENOMEM. */
int jny_input_gaps(jny_input_t *in);

/* Puts refs into the order of jny_input_blocks().  JNY_OK, JNY_ENOMEM. */
int jny_input_order(jny_input_t *in);

/* The block with this number among refs (copies removed), or NULL; before
   jny_input_order(). */
const jny_block_ref_t *jny_input_ref_find(const jny_input_t *in,
    uint64_t writer, uint64_t seq);

/* The span that holds the block, or NULL. */
const jny_input_span_t *jny_input_span_find(const jny_input_t *in,
    uint64_t writer, uint64_t seq);

/* The segment of this writer, or NULL. */
const jny_input_sorted_t *jny_input_sorted_find(const jny_input_t *in,
    uint64_t writer);

/* Why bytes of a file are damaged: what was found, unless they are gone. */
const char *jny_input_why(const jny_input_t *in, uint32_t file,
    const char *what);

/* Inserts in order of file and offset. JNY_OK, JNY_ENOMEM. */
int jny_input_damage_add(jny_input_t *in, const jny_damage_t *damage);


#endif /* JNY_INPUT_PRIVATE_H */
