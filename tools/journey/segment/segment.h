/*
 * segment.h - a segment: events of many blocks in the order of their
 * visitors, each once (docs/FORMAT.md, "Segments").
 *
 *     survey    what there is: sources, x_NAME columns, stage list
 *     batches   blocks as far as memory goes, sorted; but for the last one
 *               written to an unnamed file
 *     merge     batches, and segments that the new one takes the place of
 *     write     beside the file, synced, renamed over it
 */

#ifndef JNY_SEGMENT_H
#define JNY_SEGMENT_H

#include "engine/input.h"
#include "engine/progress.h"


/* Rows of a segment's block: its columns stay in the second-level cache. */
#define JNY_SEGMENT_ROWS   16384

/* A segment that is among the input: n of its blocks from first on. */
typedef struct {
    uint32_t  first;
    uint32_t  n;
} jny_segment_old_t;

/* All lent.  The segment takes the place of old, and holds blocks as well. */
typedef struct {
    jny_input_t              *in;
    const char               *name;      /* of the file */
    const uint32_t           *blocks;    /* of jny_input_blocks(), rising */
    uint32_t                  nblocks;
    const jny_segment_old_t  *old;
    uint32_t                  nold;
    uint64_t                  memory;    /* bytes that blocks may take */
    jny_progress_t           *progress;  /* events that stand in the file */
} jny_segment_job_t;

typedef struct {
    uint64_t  events;
    uint64_t  blocks;
    uint64_t  bytes;
    uint64_t  sources;      /* blocks that it stands for */
} jny_segment_made_t;


/*
 * Makes the segment.  A block of the logs that does not decode is reported
 * (jny_input_damaged) and stays uncovered.  JNY_OK; JNY_END: no block is left,
 * nothing was written; JNY_ENOMEM; else with diag, the file being as it was:
 * JNY_EIO, JNY_ELIMIT (more x_NAME columns or sources than a block can have),
 * JNY_ECRC and JNY_EDATA (a segment that was to be replaced is damaged).
 * Any thread, one job each.
 */
int jny_segment_make(const jny_segment_job_t *job, jny_segment_made_t *made,
    jny_diag_t *diag);


#endif /* JNY_SEGMENT_H */
