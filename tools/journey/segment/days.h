/*
 * days.h - which blocks go into which segment.
 *
 * A block belongs to the day of its first event, whole: so a segment stands
 * for whole blocks, and may hold some events of the next day.
 */

#ifndef JNY_DAYS_H
#define JNY_DAYS_H

#include "segment/segment.h"


typedef struct {
    int64_t              day;       /* year * 10000 + month * 100 + day; 0 with
                                       one file for all */
    char                *name;      /* of the segment's file */
    uint32_t            *blocks;
    uint32_t             nblocks;
    uint32_t             blocks_cap;
    jny_segment_old_t   *old;
    uint32_t             nold;
    uint32_t             old_cap;
    unsigned             stands:1;  /* the file holds old[0], and nothing
                                       is to be added to it */
    uint64_t             events;    /* of that */
} jny_day_t;

typedef struct {
    jny_day_t  *days;       /* in order */
    uint32_t    n;
    uint32_t    cap;
} jny_days_t;


/*
 * Segments are named folder/YYYY-MM-DD.jny, days being those of the zone in
 * force; with file all events go into that one, and folder is not looked at.
 * JNY_OK; JNY_ENOMEM; JNY_EINVAL with diag: a file of that name holds
 * something else.  Released by jny_days_release() in any case.
 */
int jny_days_plan(jny_days_t *days, const jny_input_t *in, const char *folder,
    const char *file, jny_diag_t *diag);
void jny_days_release(jny_days_t *days);


#endif /* JNY_DAYS_H */
