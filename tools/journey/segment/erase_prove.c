/*
 * erase_prove.c - zlib here, where the tool uses libdeflate otherwise: what
 * wrote the blocks is not asked whether they are right.
 */

#include "segment/erase_private.h"

#include <stdlib.h>

#include "engine/heap.h"
#include "jny_walk.h"


/* A payload as any reader would see it, and as bytes. */
static int
jny_erase_prove_block(jny_eraser_t *er, const jny_header_t *h,
    jny_slice_t member, uint64_t *left)
{
    int          rc;
    uint8_t     *out;
    jny_slice_t  payload;

    out = malloc(h->payload_len);

    if (out == NULL) {
        return JNY_ENOMEM;
    }

    payload.data = out;
    payload.len = h->payload_len;
    rc = jny_member_inflate(&jny_heap, h, member, out, NULL);

    if (rc == JNY_OK) {
        rc = jny_block_decode(&er->blk, payload, NULL, NULL);
    }

    if (rc == JNY_OK) {
        *left += jny_erase_rows(er->e, &er->blk, 0)
                 + jny_erase_ids(er->e, &er->blk)
                 + jny_wanted_bytes(&er->e->visitors, out, payload.len)
                 + jny_wanted_bytes(&er->e->logins, out, payload.len);
    }

    free(out);

    return rc;
}


int
jny_erase_prove(jny_eraser_t *er, jny_slice_t bytes)
{
    int                  rc;
    uint64_t             n;
    jny_walk_t           walk;
    jny_slice_t          member;
    jny_header_t         h;
    const jny_header_t  *was;

    n = 0;
    jny_walk_init(&walk, bytes);

    for (;;) {
        rc = jny_walk_next(&walk, &h, &member, NULL);

        if (rc == JNY_END) {
            break;
        }

        if (rc != JNY_OK) {
            (void) jny_walk_resync(&walk, jny_erase_known, er);
            continue;
        }

        rc = jny_erase_prove_block(er, &h, member, &er->result->left);

        if (rc == JNY_ENOMEM) {
            return rc;
        }

        if (rc != JNY_OK) {
            continue;
        }

        was = n < er->nitems ? &er->items[n].ref.header : NULL;

        if (was == NULL || h.writer != was->writer || h.seq != was->seq
            || h.base != was->base
            || (uint64_t) h.nevents + h.erased
                   != (uint64_t) was->nevents + was->erased)
        {
            return jny_erase_fail(er, JNY_EDATA, "what was written does not "
                                  "hold what it has to: nothing was changed");
        }

        n++;
    }

    if (n != er->nitems || er->result->left != 0) {
        return jny_erase_fail(er, JNY_EDATA, "what was written is not free "
                              "of them: nothing was changed");
    }

    return JNY_OK;
}
