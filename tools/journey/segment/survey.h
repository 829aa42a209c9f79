/*
 * survey.h - what a segment will be made of, before any row is moved.
 */

#ifndef JNY_SURVEY_H
#define JNY_SURVEY_H

#include "base/arena.h"
#include "jny_encode.h"
#include "segment/segment.h"


#define JNY_SURVEY_DAMAGED  UINT32_MAX

/*
 * A piece is a stretch of blocks that stand side by side in one of the inputs.
 * Pieces are in order of (writer, first_seq), so that equal times of a visitor
 * keep the order in which they were written; sources are pieces that follow
 * each other made one.
 */
typedef struct {
    jny_arena_t     arena;
    jny_log_info_t  info;        /* for encoders; writer is not set */
    jny_source_t   *pieces;
    uint32_t        npieces;
    uint32_t        pieces_cap;
    jny_source_t   *sources;
    uint32_t        nsources;
    uint32_t       *source_of;   /* by piece */
    uint32_t       *block_piece; /* by block of the job; or _DAMAGED */
    uint32_t      **old_piece;   /* by segment of the job, by its sources */
} jny_survey_t;


/*
 * Reads every block once.  JNY_OK; else as jny_segment_make().  Released by
 * jny_survey_release() in any case.
 */
int jny_survey_run(jny_survey_t *s, const jny_segment_job_t *job,
    jny_diag_t *diag);
void jny_survey_release(jny_survey_t *s);

/*
 * map[k] becomes the place of a block's field k among those of info; all of
 * them are known.
 */
void jny_survey_fields(const jny_survey_t *s, const jny_block_t *blk,
    uint8_t map[JNY_MAX_FIELDS]);


#endif /* JNY_SURVEY_H */
