/*
 * jny_block.h - a block's payload, validated and laid open as columns.
 *
 *     member --inflate--> payload --jny_block_decode()--> columns, dictionaries
 *
 * jny_block_decode() runs the validator first: no count, index, width or
 * depth found in the data is believed before it is checked against the bytes
 * that are there; only then msgpack-c sees the payload.
 */

#ifndef JNY_BLOCK_H
#define JNY_BLOCK_H

#include "jny_header.h"
#include "jny_schema.h"


/* n packed little-endian unsigned integers; width 0 = column absent, all 0. */
typedef struct {
    const uint8_t  *data;
    unsigned        width;     /* 0, 1, 2, 4 or 8 */
} jny_column_t;

/* A dictionary; entry 0 is always "" (absent), so n >= 1. */
typedef struct {
    const jny_slice_t  *entries;
    uint32_t            n;
} jny_dict_t;

/* Private to the decoder: what is reused from block to block. */
typedef struct {
    jny_alloc_t    alloc;
    void          *zone;       /* msgpack-c's objects */
    size_t         zone_size;
    jny_slice_t   *texts;      /* all dictionaries' entries */
    size_t         texts_size;
    size_t         texts_used;
    jny_source_t  *sources;
    size_t         sources_size;
    uint8_t       *columns;    /* those not lent from the payload */
    size_t         columns_size;
} jny_block_memory_t;

typedef struct {
    uint64_t       writer;
    uint64_t       seq;
    uint64_t       base;
    uint64_t       dropped;
    uint64_t       erased;
    uint32_t       nevents;
    uint16_t       flags;
    unsigned       unknown:1;      /* has keys of a later minor version */
    int64_t        t0_ms;

    jny_slice_t    edge;
    jny_dict_t     stages;         /* the ordered stage list; no "" entry */
    int64_t        listed_ms;      /* newest event of the block that it is of;
                                      0: of this one */

    jny_column_t   number[JNY_NUMBER_COUNT];
    jny_column_t   text[JNY_TEXT_COUNT];     /* indexes into dict[] */
    jny_dict_t     dict[JNY_TEXT_COUNT];

    unsigned       nfields;
    jny_slice_t    field_names[JNY_MAX_FIELDS];  /* without x_ */
    jny_column_t   fields[JNY_MAX_FIELDS];
    jny_dict_t     field_dicts[JNY_MAX_FIELDS];

    jny_column_t   ids;            /* width 8, nids entries; [0] is 0 */
    uint32_t       nids;
    jny_column_t   agent_of_id;    /* nids entries: index into agents; may be
                                      absent */
    jny_dict_t     agents;
    jny_column_t   logins;         /* width 8 when logins are indirect, else 0*/
    uint32_t       nlogins;

    const jny_source_t  *sources;   /* SORTED blocks */
    uint32_t             nsources;

    jny_block_memory_t  memory;    /* private */
} jny_block_t;


/*
 * Prepares blk for decoding; memory comes from alloc (copied), is reused from
 * block to block and released by jny_block_release(), after which blk may be
 * used again.
 */
void jny_block_init(jny_block_t *blk, const jny_alloc_t *alloc);
void jny_block_release(jny_block_t *blk);

/*
 * Validates and opens one payload.  Everything in blk points into payload or
 * into blk's own memory and is lent until the next decode.  JNY_OK;
 * JNY_EDATA with diag (what, offset in the payload); JNY_ENOMEM.
 * *used (may be NULL) receives the bytes the msgpack map took, so that
 * concatenated payloads (recompressed logs) can be read one by one; with
 * used == NULL trailing bytes are an error.  After an error blk is an empty
 * block.
 */
int jny_block_decode(jny_block_t *blk, jny_slice_t payload, size_t *used,
    jny_diag_t *diag);

/*
 * Fills out with the header fields a payload repeats (for logs that lost our
 * subfield): t_min_ms and t_max_ms are recomputed from the time column.
 */
void jny_block_header(const jny_block_t *blk, jny_header_t *out);

/*
 * Whether the payload repeats what the member's header says (writer, seq,
 * base, dropped, erased, events, flags): JNY_OK, or JNY_EDATA with diag.
 */
int jny_block_agrees(const jny_block_t *blk, const jny_header_t *h,
    jny_diag_t *diag);

/* The integer at row i; 0 where the column is absent. i is not checked. */
static inline uint64_t
jny_column_at(const jny_column_t *c, uint32_t i)
{
    const uint8_t  *p;

    if (c->width == 0) {
        return 0;
    }

    p = c->data + (size_t) c->width * i;

    /* written out, so that compilers make one load of it */

    switch (c->width) {
    case 1:
        return p[0];
    case 2:
        return (uint64_t) p[0] | (uint64_t) p[1] << 8;
    case 4:
        return (uint64_t) p[0] | (uint64_t) p[1] << 8 | (uint64_t) p[2] << 16
               | (uint64_t) p[3] << 24;
    default:
        return (uint64_t) p[0] | (uint64_t) p[1] << 8 | (uint64_t) p[2] << 16
               | (uint64_t) p[3] << 24 | (uint64_t) p[4] << 32
               | (uint64_t) p[5] << 40 | (uint64_t) p[6] << 48
               | (uint64_t) p[7] << 56;
    }
}

static inline int64_t
jny_unzigzag(uint64_t v)
{
    return (int64_t) (v >> 1) ^ -(int64_t) (v & 1);
}

/* A row's time: that of the row before and the "time" column's entry. */
static inline int64_t
jny_time_after(int64_t before_ms, uint64_t entry)
{
    return (int64_t) ((uint64_t) before_ms + (uint64_t) jny_unzigzag(entry));
}

/*
 * Row i as writers gave it (the touchpoint is filled with the page where it
 * was stored as "same as page").  time_ms needs the row before: call with
 * i = 0, 1, 2, ... and the same row.  Texts are lent like everything in blk.
 */
void jny_block_row(const jny_block_t *blk, uint32_t i, jny_row_t *row);


#endif /* JNY_BLOCK_H */
