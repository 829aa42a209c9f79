/*
 * stream.h - rows in the order of a segment, one after the other: a batch in
 * memory, or blocks that are in that order already.
 *
 *     batch:   init -> (add* -> sort -> read -> reset)* -> release
 *     blocks:  init -> read -> release
 *     read:    (jny_stream_next -> [jny_stream_row])*
 */

#ifndef JNY_STREAM_H
#define JNY_STREAM_H

#include "segment/survey.h"


/* A block that stays decoded; its inflater holds the payload. */
typedef struct {
    jny_inflater_t  *inf;
    jny_block_t      blk;
    uint8_t          fields[JNY_MAX_FIELDS];
} jny_slot_t;

/* Where a row belongs, and where it is. */
typedef struct {
    uint64_t  hash;       /* of the visitor */
    int64_t   time_ms;
    uint32_t  piece;
    uint32_t  slot;
    uint32_t  row;
} jny_place_t;

typedef struct {
    const jny_survey_t  *survey;
    jny_slot_t          *slots;
    uint32_t             nslots;   /* in use */
    uint32_t             slots_cap;
    jny_place_t         *places;
    size_t               n;
    size_t               cap;
    uint64_t             size;     /* bytes that the blocks take */
} jny_batch_t;

typedef struct {
    const jny_survey_t     *survey;
    jny_place_t             at;        /* of the current row */
    unsigned                number;    /* among the streams of a merge */

    jny_batch_t            *batch;     /* these, or */
    size_t                  next;      /* place */

    const jny_block_ref_t  *refs;      /* these, or */
    uint32_t                nrefs;     /* left */

    int                     fd;        /* blocks in a file; lent */
    uint64_t                offset;
    uint64_t                end;
    uint8_t                *member;
    size_t                  member_cap;

    const uint32_t         *pieces;    /* by origin; NULL: the same */
    jny_slot_t              slot;
} jny_stream_t;


void jny_batch_init(jny_batch_t *b, const jny_survey_t *survey);
void jny_batch_release(jny_batch_t *b);

/* Reads a block that the survey could read.  As jny_input_read(). */
int jny_batch_add(jny_batch_t *b, const jny_block_ref_t *ref, uint32_t piece,
    jny_diag_t *diag);

/* Forgets the rows, keeps the memory. */
void jny_batch_reset(jny_batch_t *b);

/* Sorts the batch and reads it; b is lent. */
void jny_stream_batch(jny_stream_t *st, jny_batch_t *b);

/* n refs of a segment, whose sources are these pieces; all lent.  JNY_OK,
   JNY_ENOMEM. */
int jny_stream_refs(jny_stream_t *st, const jny_survey_t *survey,
    const jny_block_ref_t *refs, uint32_t n, const uint32_t *pieces);

/* The blocks of a file from start to end, whose sources are all pieces; fd is
   lent.  Likewise. */
int jny_stream_file(jny_stream_t *st, const jny_survey_t *survey, int fd,
    uint64_t start, uint64_t end);

void jny_stream_release(jny_stream_t *st);

/*
 * Moves to the next row, at first to the first.  JNY_OK; JNY_END; JNY_EIO,
 * JNY_ECRC, JNY_EDATA with diag; JNY_ENOMEM.
 */
int jny_stream_next(jny_stream_t *st, jny_diag_t *diag);

/* The current row, but for its origin; texts are lent until next. */
void jny_stream_row(const jny_stream_t *st, jny_row_t *row);

/* Whether the row of a comes before that of b. */
int jny_stream_before(const jny_stream_t *a, const jny_stream_t *b);


#endif /* JNY_STREAM_H */
