/*
 * replace.h - a file that is written beside another and takes its place whole,
 * or not at all: killed or out of disk at any moment, the name holds what it
 * held before, or all that is new.
 *
 *     open -> write* -> commit | abandon
 */

#ifndef JNY_REPLACE_H
#define JNY_REPLACE_H

#include <stdint.h>
#include <sys/stat.h>

#include "jny_types.h"


typedef struct {
    int       fd;
    char     *name;
    char     *temp;       /* NULL as long as the file has no name at all */
    uint64_t  len;
} jny_replace_t;


/*
 * Begins a file for name, in its folder.  JNY_OK; JNY_ENOMEM; JNY_EIO with
 * diag ("name: why").
 */
int jny_replace_open(jny_replace_t *r, const char *name, jny_diag_t *diag);

/* Likewise, a file that is never committed and that no crash leaves there. */
int jny_replace_scratch(jny_replace_t *r, const char *name, jny_diag_t *diag);

/* Likewise; after a failure only abandon may follow. */
int jny_replace_write(jny_replace_t *r, jny_slice_t bytes, jny_diag_t *diag);

/*
 * Syncs, renames over name, syncs the folder.  like (may be NULL): the mode,
 * owner and times that the file is to have.
 * Likewise; in any case r is done with.
 */
int jny_replace_commit(jny_replace_t *r, const struct stat *like,
    jny_diag_t *diag);

void jny_replace_abandon(jny_replace_t *r);

/*
 * Keeps others that call this out of the folder that name is in, until the
 * descriptor *fd is closed.  JNY_OK; JNY_ENOMEM; JNY_EIO with diag: somebody
 * else has it, or it cannot be opened.
 */
int jny_replace_lock(const char *name, int *fd, jny_diag_t *diag);


#endif /* JNY_REPLACE_H */
