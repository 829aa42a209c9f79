/*
 * erase.h - visitors taken out of one file.
 *
 *     lock -> look (which blocks) -> rewrite beside -> prove -> rename
 *
 * A block that had events of them keeps writer, seq and base, and counts them
 * as erased; a segment says so in the sources of all of its blocks.  All
 * other bytes of the file are copied as they are.  nginx may be writing to the
 * log: the lock is its appenders' own, and they open the file anew when it
 * has been replaced.
 */

#ifndef JNY_ERASE_H
#define JNY_ERASE_H

#include "jny_types.h"
#include "segment/wanted.h"


/* Events of these visitors, and events with these logins. */
typedef struct {
    jny_wanted_t  visitors;
    jny_wanted_t  logins;
} jny_erase_t;

typedef struct {
    uint64_t  blocks;
    uint64_t  events;       /* before */
    uint64_t  erased;
    uint64_t  rewritten;    /* blocks */
    uint64_t  unread;       /* bytes that are no block that can be read: they
                               were copied, and nobody knows what is in them */
    uint64_t  left;         /* events and ids found in the file as it is now */
} jny_erased_t;


/*
 * Counts into e's met.  JNY_OK; JNY_END: it is a spool, and result->left says
 * how many of its rows are wanted; JNY_ENOMEM; else with diag, the file being
 * as it was: JNY_EIO; JNY_EDATA: it holds no block; JNY_ELIMIT: a block does
 * not fit any more, or it has names that would keep the old bytes.
 */
int jny_erase_file(jny_erase_t *e, const char *name, jny_erased_t *result,
    jny_diag_t *diag);


#endif /* JNY_ERASE_H */
