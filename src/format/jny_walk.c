/*
 * jny_walk.c - header to header, and over damage.
 *
 * Resync trusts no place merely because it looks like a header: a whole block
 * fits into a URL, and where deflate stores instead of compressing, the bytes
 * of a URL lie open in the log.  A stranger knows neither the random id of a
 * writer nor the distance to the end of the log, so one of the two must fit.
 */

#include "jny_walk.h"

#include <string.h>


#define JNY_SYNC_AT   12     /* "JY", LEN, "JNY1" */
#define JNY_MAGIC_AT  16

/*
 * Chains of headers may be planted so that following each of them would take
 * quadratic time.  Behind this many steps (60 ms, or a log of 8 G events) a
 * resync believes known writers only.
 */
#define JNY_CHAIN_STEPS  (1u << 20)


void
jny_walk_init(jny_walk_t *w, jny_slice_t log)
{
    w->log = log;
    w->offset = 0;
}


int
jny_walk_next(jny_walk_t *w, jny_header_t *h, jny_slice_t *member,
    jny_diag_t *diag)
{
    int          rc;
    jny_slice_t  left;

    if (w->offset >= w->log.len) {
        return JNY_END;
    }

    left.data = w->log.data + w->offset;
    left.len = w->log.len - w->offset;

    rc = jny_header_decode(left, h, diag);

    if (rc == JNY_OK && h->member_len > left.len) {
        jny_diag_set(diag, 0, "log ends inside a block");
        rc = JNY_ETRUNC;
    }

    if (rc != JNY_OK) {
        if (diag != NULL) {
            diag->offset = w->offset;
        }

        return rc;
    }

    member->data = left.data;
    member->len = h->member_len;
    w->offset += h->member_len;

    return JNY_OK;
}


/* The next "JNY1" behind a "JY", as the offset of its block; or log.len. */
static uint64_t
jny_walk_candidate(jny_slice_t log, uint64_t from)
{
    const uint8_t  *p, *end;

    if (log.len < JNY_MAGIC_AT + 4 || from > log.len - JNY_MAGIC_AT - 4) {
        return log.len;
    }

    p = log.data + from + JNY_SYNC_AT;
    end = log.data + log.len - (JNY_MAGIC_AT - JNY_SYNC_AT) - 3;

    while ((p = memchr(p, 'J', (size_t) (end - p))) != NULL) {
        if (p[1] == 'Y' && memcmp(p + 4, "JNY1", 4) == 0) {
            return (uint64_t) (p - log.data) - JNY_SYNC_AT;
        }

        p++;
    }

    return log.len;
}


/* Whether valid headers lead from w, which is moved, to the end of the log. */
static int
jny_walk_reaches_end(jny_walk_t w, unsigned *steps)
{
    int           rc;
    jny_slice_t   member;
    jny_header_t  h;

    do {
        if (*steps == 0) {
            return 0;
        }

        (*steps)--;
        rc = jny_walk_next(&w, &h, &member, NULL);

    } while (rc == JNY_OK);

    return rc == JNY_END;
}


int
jny_walk_resync(jny_walk_t *w, jny_writer_known_pt known, void *ctx)
{
    unsigned      steps;
    jny_walk_t    at;
    jny_slice_t   member;
    jny_header_t  h;

    steps = JNY_CHAIN_STEPS;

    while (w->offset < w->log.len) {
        w->offset = jny_walk_candidate(w->log, w->offset + 1);

        at = *w;

        if (jny_walk_next(&at, &h, &member, NULL) != JNY_OK) {
            continue;
        }

        if ((known != NULL && known(ctx, h.writer))
            || jny_walk_reaches_end(at, &steps))
        {
            return JNY_OK;
        }
    }

    return JNY_END;
}
