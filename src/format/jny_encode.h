/*
 * jny_encode.h - rows in, one sealed block out.
 *
 *     new -> (add* -> seal)* -> free
 *
 * Rows are transposed to columns with per-block dictionaries, packed with
 * msgpack-c, deflated with zlib and framed as one gzip member.
 * One encoder per writer and thread; no function here does I/O.
 */

#ifndef JNY_ENCODE_H
#define JNY_ENCODE_H

#include "jny_header.h"
#include "jny_schema.h"


typedef struct jny_encoder_s  jny_encoder_t;


/* What holds for all blocks of a writer.  Copied by jny_encoder_new(). */
typedef struct {
    uint64_t      writer;      /* random, not 0 */
    jny_slice_t   edge;        /* the machine's name */
    jny_slice_t   stages[JNY_MAX_STAGES];
    unsigned      nstages;
    int64_t       listed_ms;   /* of segments: as jny_block_t has it */
    jny_slice_t   fields[JNY_MAX_FIELDS];   /* names, without x_ */
    unsigned      nfields;
    unsigned      agents:1;    /* keep User-Agents */
    int           level;       /* deflate level, 1 to 9 */
    jny_slice_t   path;        /* the log's: spools keep it, blocks do not */
} jny_log_info_t;


/* What only the writer knows about the block being sealed. */
typedef struct {
    uint64_t             seq;
    uint64_t             base;
    uint64_t             dropped;
    uint32_t             erased;
    uint16_t             flags;           /* JNY_BLOCK_... */
    const jny_source_t  *sources;  /* borrowed; read only with BLOCK_SORTED */
    uint32_t             nsources;
} jny_seal_t;


/* NULL with *rc JNY_ENOMEM or JNY_EINVAL. alloc is copied. */
jny_encoder_t *jny_encoder_new(const jny_alloc_t *alloc,
    const jny_log_info_t *info, int *rc);

/*
 * From now on a dictionary of a block has at most max different texts (0: any
 * number), where strangers choose them and no text is an identity:
 * source, medium, campaign, term, content, referrer and the fields.  What is
 * new then is written JNY_OTHER, so its rows are counted, without its name.
 * To be called before the first row.
 */
void jny_encoder_cap(jny_encoder_t *enc, uint32_t max);

/*
 * From now on blocks are SORTED: a row says where it is from (origin), and
 * leaves room for seal's sources.  JNY_OK, or JNY_ELIMIT: these are too many
 * for one block.  To be called before the first row.
 */
int jny_encoder_sort(jny_encoder_t *enc, const jny_seal_t *seal);

void jny_encoder_free(jny_encoder_t *enc);   /* accepts NULL */

/*
 * Copies what it needs of the row.  JNY_OK; JNY_ELIMIT when the row does not
 * fit this block any more (JNY_MAX_ROWS, or the payload could pass
 * JNY_MAX_PAYLOAD): seal, then add again; never on an empty block.
 * JNY_ENOMEM leaves the block as it was before the call.
 */
int jny_encoder_add(jny_encoder_t *enc, const jny_row_t *row);

/* Rows added since the last seal. */
unsigned jny_encoder_rows(const jny_encoder_t *enc);

/*
 * Seals the rows added so far into one block and starts the next.  The member
 * is lent until the next call on enc.  An empty block needs JNY_BLOCK_FINAL
 * or erased (else JNY_EINVAL).  On JNY_ENOMEM the rows are kept: seal may be
 * retried.  h (may be NULL) receives the header written.
 */
int jny_encoder_seal(jny_encoder_t *enc, const jny_seal_t *seal,
    jny_slice_t *member, jny_header_t *h);

/* Forgets the rows added since the last seal. */
void jny_encoder_reset(jny_encoder_t *enc);


#endif /* JNY_ENCODE_H */
