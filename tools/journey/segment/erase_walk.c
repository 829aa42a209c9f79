/*
 * erase_walk.c - headers first, for the writers; then every block is decoded.
 * A segment says in each of its blocks what it was made from, so it is written
 * anew whole as soon as one row of it goes.
 */

#include "segment/erase_private.h"

#include <stdlib.h>
#include <string.h>

#include "jny_walk.h"


jny_erase_segment_t *
jny_erase_segment(const jny_eraser_t *er, uint64_t writer)
{
    for (unsigned i = 0; i < er->nsegments; i++) {
        if (er->segments[i].writer == writer) {
            return &er->segments[i];
        }
    }

    return NULL;
}


int
jny_erase_is_rewritten(const jny_eraser_t *er, const jny_erase_item_t *item)
{
    const jny_erase_segment_t  *seg;

    if (item->wanted) {
        return 1;
    }

    seg = item->ref.header.flags & JNY_BLOCK_SORTED
              ? jny_erase_segment(er, item->ref.header.writer)
              : NULL;

    return seg != NULL && seg->erased != 0;
}


static int
jny_erase_segment_add(jny_eraser_t *er)
{
    jny_erase_segment_t  *segments, *seg;

    segments = reallocarray(er->segments, (size_t) er->nsegments + 1,
                            sizeof(*segments));
    if (segments == NULL) {
        return JNY_ENOMEM;
    }

    er->segments = segments;
    seg = &segments[er->nsegments];
    memset(seg, 0, sizeof(*seg));
    seg->writer = er->blk.writer;
    seg->nsources = er->blk.nsources;
    seg->sources = calloc((size_t) seg->nsources + 1, sizeof(*seg->sources));

    if (seg->sources == NULL) {
        return JNY_ENOMEM;
    }

    if (seg->nsources > 0) {
        memcpy(seg->sources, er->blk.sources,
               seg->nsources * sizeof(*seg->sources));
    }

    er->nsegments++;

    return JNY_OK;
}


/* The rows of a segment's block that go are missing from their sources. */
static int
jny_erase_sources(jny_eraser_t *er)
{
    jny_source_t         *s;
    const jny_block_t    *blk;
    jny_erase_segment_t  *seg;

    blk = &er->blk;

    if (jny_erase_segment(er, blk->writer) == NULL
        && jny_erase_segment_add(er) != JNY_OK)
    {
        return JNY_ENOMEM;
    }

    seg = jny_erase_segment(er, blk->writer);

    if (blk->nsources != seg->nsources) {
        return jny_erase_fail(er, JNY_EDATA, "blocks of a segment disagree "
                              "about what it was made from");
    }

    for (uint32_t i = 0; i < blk->nevents; i++) {
        if (!jny_erase_row(er->e, blk, i)) {
            continue;
        }

        seg->erased++;

        if (seg->nsources > 0) {
            s = &seg->sources[jny_column_at(&blk->number[JNY_NUMBER_ORIGIN],
                                            i)];
            s->events -= s->events > 0;
            s->erased++;
        }
    }

    return JNY_OK;
}


int
jny_erase_known(void *ctx, uint64_t writer)
{
    const jny_eraser_t  *er = ctx;

    return jny_wanted_find(&er->writers, writer) != SIZE_MAX;
}


/*
 * Behind damage only a known writer's block is believed, and the blocks that
 * are found must be the same each time the file is walked.
 */
static int
jny_erase_writers(jny_eraser_t *er)
{
    int            rc, damage;
    size_t         n;
    uint64_t       last;
    jny_walk_t     walk;
    jny_slice_t    member;
    jny_header_t   h;

    do {
        n = er->writers.n;
        last = 0;
        damage = 0;
        jny_walk_init(&walk, er->bytes);

        for (;;) {
            rc = jny_walk_next(&walk, &h, &member, NULL);

            if (rc == JNY_END) {
                break;
            }

            if (rc != JNY_OK) {
                damage = 1;
                (void) jny_walk_resync(&walk, jny_erase_known, er);

            } else if (h.writer != last) {
                last = h.writer;

                if (jny_wanted_add(&er->writers, last) != 0) {
                    return JNY_ENOMEM;
                }
            }
        }

        if (jny_wanted_sort(&er->writers) != 0) {
            return JNY_ENOMEM;
        }

    } while (damage && er->writers.n > n);

    return JNY_OK;
}


static int
jny_erase_look(jny_eraser_t *er, const jny_block_ref_t *ref)
{
    int                rc;
    size_t             cap;
    uint32_t           rows;
    jny_erase_item_t  *items;

    rc = jny_input_read(ref, er->inf, &er->blk, NULL);

    if (rc == JNY_ECRC || rc == JNY_EDATA) {
        er->result->unread += ref->member.len;
        return JNY_OK;
    }

    if (rc != JNY_OK) {
        return rc;
    }

    if (er->nitems == er->cap) {
        cap = er->cap * 2 + 64;
        items = reallocarray(er->items, cap, sizeof(*items));

        if (items == NULL) {
            return JNY_ENOMEM;
        }

        er->items = items;
        er->cap = cap;
    }

    rows = jny_erase_rows(er->e, &er->blk, 1);
    er->items[er->nitems].ref = *ref;
    er->items[er->nitems++].wanted = jny_erase_ids(er->e, &er->blk) != 0;

    er->result->blocks++;
    er->result->events += ref->header.nevents;
    er->result->erased += rows;

    return ref->header.flags & JNY_BLOCK_SORTED ? jny_erase_sources(er)
                                                : JNY_OK;
}


/* All blocks; what lies between them is copied, and said to be unread. */
int
jny_erase_walk(jny_eraser_t *er)
{
    int              rc;
    uint64_t         from;
    jny_walk_t       walk;
    jny_block_ref_t  ref;

    memset(&ref, 0, sizeof(ref));
    jny_walk_init(&walk, er->bytes);
    rc = jny_erase_writers(er);

    while (rc == JNY_OK) {
        ref.offset = walk.offset;
        rc = jny_walk_next(&walk, &ref.header, &ref.member, NULL);

        if (rc == JNY_END) {
            break;
        }

        if (rc == JNY_OK) {
            rc = jny_erase_look(er, &ref);
            continue;
        }

        from = walk.offset;
        (void) jny_walk_resync(&walk, jny_erase_known, er);
        er->result->unread += walk.offset - from;
        rc = JNY_OK;
    }

    if (rc != JNY_END) {
        return rc;
    }

    if (er->nitems == 0) {
        return jny_erase_fail(er, JNY_EDATA, "no block that can be read: what "
                              "was compressed once more has to be "
                              "uncompressed first");
    }

    return JNY_OK;
}
