/*
 * ngx_http_journey_block.h - one block from a spool into a log: the part of a
 * writer that may wait for a disk, and so runs in a thread where there are
 * any.  The same for a living writer and for whoever adopts a dead one's
 * spool.  POSIX and src/format only.
 */

#ifndef NGX_HTTP_JOURNEY_BLOCK_H
#define NGX_HTTP_JOURNEY_BLOCK_H

#include "ngx_http_journey_append.h"
#include "jny_spool.h"


/* A full block: enough for the columns to compress, quick to encode. */
#define NGX_HTTP_JOURNEY_BLOCK_ROWS  8192

/* Different texts of a column that strangers fill: jny_encoder_cap(). */
#define NGX_HTTP_JOURNEY_BLOCK_TEXTS  1000

typedef enum {
    NGX_HTTP_JOURNEY_BLOCK_OK = 0,
    NGX_HTTP_JOURNEY_BLOCK_BUSY,        /* another process is appending */
    NGX_HTTP_JOURNEY_BLOCK_DAMAGED,     /* the first row does not check */
    NGX_HTTP_JOURNEY_BLOCK_FAILED       /* see call, err, info */
} ngx_http_journey_block_e;

typedef struct {
    /* What to do.  Lent; nobody else uses them while this runs. */
    ngx_http_journey_append_t       *file;
    const char                      *path;
    jny_encoder_t                   *encoder;
    jny_spool_t                     *spool;   /* only read, and launched */
    jny_spool_state_t                state;   /* of the spool */
    unsigned                         final:1;     /* FINAL, if no row stays */
    unsigned                         discard:1;   /* no rows: they do not
                                                     check, and are dropped */
    unsigned                         recovered:1; /* the writer is dead; its
                                                     block may be there */
    unsigned                         sync:1;

    /* What came of it. */
    ngx_http_journey_block_e         rc;
    uint32_t                         rows;    /* in the block, */
    uint64_t                         pos;     /* which end there */
    unsigned                         ended:1; /* it is FINAL */
    unsigned                         found:1; /* it was in the log already */
    unsigned                         cut:1;   /* found, but a row of it does
                                                 not check: pos is not known,
                                                 the others must be dropped */
    unsigned                         synced:1;    /* what failed is the sync */
    const char                      *call;    /* what failed, */
    int                              err;     /* its errno or 0 */
    uint64_t                         torn;    /* bytes of others cut off */
    uint64_t                         bytes;   /* of the block, if written */
    uint64_t                         us;      /* that all of it took */
    ngx_http_journey_append_info_t   info;    /* of the append */
} ngx_http_journey_block_t;


/*
 * Opens the log where it is not open or has lost its name, locks it, encodes
 * rows from the first on, records the block in the spool, appends it, unlocks
 * and, if asked, syncs.  After _OK the caller releases the rows, or ends the
 * spool if the block is FINAL.
 *
 * A block that was begun before keeps its rows, whatever was added since: so
 * no seq ever stands for two different blocks.
 */
void ngx_http_journey_block_write(ngx_http_journey_block_t *b);

/*
 * Opens the log where it is not open or has lost its name; nothing is
 * written.  _OK, _FAILED.
 */
void ngx_http_journey_block_look(ngx_http_journey_block_t *b);


#endif /* NGX_HTTP_JOURNEY_BLOCK_H */
