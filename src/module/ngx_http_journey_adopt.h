/*
 * ngx_http_journey_adopt.h - what dead writers left in a spool folder goes
 * into their logs.  POSIX and src/format only.
 */

#ifndef NGX_HTTP_JOURNEY_ADOPT_H
#define NGX_HTTP_JOURNEY_ADOPT_H

#include "ngx_http_journey_block.h"
#include "ngx_http_journey_spool.h"


/* Tries that may kill their worker before a spool is given up. */
#define NGX_HTTP_JOURNEY_ADOPT_TRIES  3

/* What a look came to. */
typedef struct {
    unsigned                        spools;   /* written out and removed */
    unsigned                        left;     /* could not be, for now */
    unsigned                        busy;     /* nor these: a log was locked */
    unsigned                        refused;  /* renamed *.bad: no spools, */
    unsigned                        deadly;   /* or workers died of them */
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

typedef struct {
    const char                     *folder;   /* lent */
    const jny_alloc_t              *alloc;    /* lent */
    unsigned                        sync:1;   /* wait for the disk */
    ngx_http_journey_adopt_t        result;   /* of the look, so far */

    /* Private. */
    void                           *dir;      /* NULL: between two looks */
    ngx_http_journey_append_t       file;     /* knows, from look to look,
                                                 which files are spoilt */
} ngx_http_journey_adopter_t;


/*
 * An adopter, between two looks; it is used by one thread at a time.  With
 * sync a spool goes only when the disk has its rows.
 */
void ngx_http_journey_adopt_init(ngx_http_journey_adopter_t *ad,
    const char *folder, const jny_alloc_t *alloc, int sync);

/*
 * Takes the next spool in the folder whose lock is free and which is this
 * user's, writes its rows as RECOVERED blocks under the dead writer's id and
 * sequence into the log that it names, ends the stream with FINAL, and removes
 * the spool.  A death at any point of this leaves a spool that can be adopted
 * again with the same blocks; after NGX_HTTP_JOURNEY_ADOPT_TRIES of them at
 * one place it is renamed *.bad, and begins anew if somebody renames it back.
 * Never waits for a lock: a log that somebody
 * has ends the look.
 *
 * 1: a spool was seen to, call again; 0: the look is over and result says what
 * it came to.  A folder that cannot be read is empty, with call set.  Any
 * number of processes may do this at once.
 */
int ngx_http_journey_adopt(ngx_http_journey_adopter_t *ad);

/* Also in the middle of a look. */
void ngx_http_journey_adopt_stop(ngx_http_journey_adopter_t *ad);


#endif /* NGX_HTTP_JOURNEY_ADOPT_H */
