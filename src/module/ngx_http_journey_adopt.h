/*
 * ngx_http_journey_adopt.h - what dead writers left in a spool folder goes
 * into their logs.  POSIX and src/format only.
 */

#ifndef NGX_HTTP_JOURNEY_ADOPT_H
#define NGX_HTTP_JOURNEY_ADOPT_H

#include "ngx_http_journey_block.h"
#include "ngx_http_journey_spool.h"


typedef struct {
    unsigned                        spools;   /* written out and removed */
    unsigned                        left;     /* could not be, for now */
    unsigned                        refused;  /* renamed *.bad: no spools */
    uint64_t                        events;   /* recovered; */
    uint64_t                        found;    /* in the log already */
    uint64_t                        blocks;   /* written for them, */
    uint64_t                        bytes;    /* of so many bytes */
    uint64_t                        damaged;  /* rows that did not check */

    /* The last thing that failed, for the error log; call NULL if none. */
    const char                     *call;
    int                             err;
    char                            path[NGX_HTTP_JOURNEY_SPOOL_PATH];
} ngx_http_journey_adopt_t;


/*
 * Takes every spool in folder whose lock is free and which is this user's,
 * writes its rows as RECOVERED blocks under the dead writer's id and sequence
 * into the log that it names, ends the stream with FINAL, waits for the disk,
 * and removes the spool.  A death at any point of this leaves a spool that
 * can be adopted again with the same blocks.  A lock on a log is waited for up
 * to a second.
 *
 * A folder that cannot be read is empty, with call set.  Any number of
 * processes may do this at once.
 */
void ngx_http_journey_adopt(const char *folder, const jny_alloc_t *alloc,
    ngx_http_journey_adopt_t *result);


#endif /* NGX_HTTP_JOURNEY_ADOPT_H */
