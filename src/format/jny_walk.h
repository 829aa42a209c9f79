/*
 * jny_walk.h - from block to block over the bytes of a log, without inflating;
 * past damage by resync.
 *
 *     init -> next* ; on an error: jny_walk_resync() -> next*
 */

#ifndef JNY_WALK_H
#define JNY_WALK_H

#include "jny_header.h"


typedef struct {
    jny_slice_t   log;         /* the whole file, borrowed */
    uint64_t      offset;      /* of the block that next() looks at */
} jny_walk_t;


void jny_walk_init(jny_walk_t *w, jny_slice_t log);

/*
 * The block at w->offset: h and the member's bytes (header included, lent
 * with the log).  JNY_OK moves behind it; JNY_END at the end; JNY_ETRUNC when
 * the log ends inside it (a tail being written, or torn), JNY_EHEADER when no
 * valid header stands there: then w does not move.
 */
int jny_walk_next(jny_walk_t *w, jny_header_t *h, jny_slice_t *member,
    jny_diag_t *diag);

/*
 * Whether a writer was seen in an intact block; ctx is the caller's.
 */
typedef int (*jny_writer_known_pt)(void *ctx, uint64_t writer);

/*
 * Moves w forward to the next place (> w->offset) where a block may be
 * trusted to begin: sync pattern, header crc, and anchored: known() says yes
 * for its writer, or the chain of valid headers from there reaches the end of
 * the log.  A place that is only claimed by a header inside a URL is passed
 * over.  JNY_OK, or JNY_END with w at the end of the log.
 */
int jny_walk_resync(jny_walk_t *w, jny_writer_known_pt known, void *ctx);


/*
 * Inflates a member's deflate stream into out (payload_len bytes, the
 * caller's) with zlib and checks CRC-32 and ISIZE.  JNY_OK, JNY_ECRC,
 * JNY_ENOMEM.  The tools use libdeflate for the same.
 */
int jny_member_inflate(const jny_alloc_t *alloc, const jny_header_t *h,
    jny_slice_t member, uint8_t *out, jny_diag_t *diag);


#endif /* JNY_WALK_H */
