/*
 * spools.h - the spools among the files of a command line: what writers have
 * accepted and not yet put into a log (docs/FORMAT.md, "Spool").
 */

#ifndef JNY_SPOOLS_H
#define JNY_SPOOLS_H

#include "jny_spool.h"


typedef struct {
    jny_spool_state_t  state;
    uint64_t           rows;        /* that check, of state.rows */
    char               edge[65];    /* cut; the machine */
} jny_pending_t;

typedef struct {
    jny_pending_t  *items;          /* owned */
    unsigned        n;
} jny_spools_t;


/*
 * Moves the spools out of names, which keeps its other *n entries in their
 * order, and reads them.  A living writer's is as it was at that moment.
 * JNY_OK; JNY_ENOMEM; JNY_EIO, JNY_EDATA with diag: *failed is the file.
 */
int jny_spools_take(jny_spools_t *spools, char **names, unsigned *n,
    const char **failed, jny_diag_t *diag);

/* Whether the file begins as a spool does; what cannot be opened does not. */
int jny_spools_is(const char *name);

void jny_spools_release(jny_spools_t *spools);


#endif /* JNY_SPOOLS_H */
