/*
 * erase_prove.c - zlib here, where the tool uses libdeflate otherwise: what
 * wrote the blocks is not asked whether they are right.
 *
 * Ids are looked for where ids stand: by chance their bytes may be those of a
 * text or an amount, and of two ids side by side.  A payload is one msgpack
 * object, so nothing is left over between what is decoded; only in what a
 * later version has added may anything be, so there the bytes are searched.
 */

#include "segment/erase_private.h"

#include <stdlib.h>

#include "engine/heap.h"
#include "jny_walk.h"


/* What is left of them in a block as any reader would see it. */
static int
jny_erase_prove_payload(jny_eraser_t *er, jny_slice_t payload, int rewritten,
    uint64_t *left)
{
    int                 rc;
    uint64_t            unused;
    const jny_erase_t  *e;

    e = er->e;
    rc = jny_block_decode(&er->blk, payload, NULL, NULL);

    if (rc != JNY_OK) {
        return rc;
    }

    *left += jny_erase_rows(er->e, &er->blk, 0) + jny_erase_ids(e, &er->blk);

    if (er->blk.unknown) {
        *left += jny_wanted_bytes(&e->visitors, payload.data, payload.len)
                 + jny_wanted_bytes(&e->logins, payload.data, payload.len);
    }

    if (rewritten) {
        rc = jny_erase_unused(&er->blk, &unused);
        *left += unused;
    }

    return rc;
}


static int
jny_erase_prove_block(jny_eraser_t *er, const jny_header_t *h,
    jny_slice_t member, int rewritten)
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
        rc = jny_erase_prove_payload(er, payload, rewritten,
                                     &er->result->left);
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

        rc = jny_erase_prove_block(
            er, &h, member,
            n < er->nitems && jny_erase_is_rewritten(er, &er->items[n]));

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
