/*
 * jny_open_head.c - what a payload says about itself: its place in the
 * writer's sequence, the machine, the stages, what it was made from.
 */

#include "jny_open.h"
#include "jny_wire.h"

#include <string.h>


#define JNY_SOURCE_PARTS  5      /* what every source has */
#define JNY_SOURCE_WHOLE  10     /* with what its ledger needs */

static const jny_slice_t  jny_no_text = { (const uint8_t *) "", 0 };


static int
jny_open_stages(jny_open_t *o)
{
    int                    rc;
    jny_dict_t            *stages;
    const msgpack_object  *listed;

    listed = o->at[JNY_KEY_LISTED];

    if (listed != NULL && listed->via.u64 > INT64_MAX) {
        jny_diag_set(o->diag, 0, "\"listed\" is impossible");
        return JNY_EDATA;
    }

    o->blk->listed_ms = listed != NULL ? listed->via.i64 : 0;

    if (o->at[JNY_KEY_STAGES] == NULL) {
        return JNY_OK;
    }

    stages = &o->blk->stages;

    rc = jny_open_texts(o, &o->at[JNY_KEY_STAGES]->via.array, JNY_MAX_TEXT,
                        stages);
    if (rc != JNY_OK) {
        return rc;
    }

    if (stages->n > JNY_MAX_STAGES) {
        jny_diag_set(o->diag, 0, "%u stages are too many", stages->n);
        return JNY_EDATA;
    }

    for (uint32_t i = 0; i < stages->n; i++) {
        if (stages->entries[i].len == 0) {
            jny_diag_set(o->diag, 0, "stage %u has no name", i);
            return JNY_EDATA;
        }
    }

    return JNY_OK;
}


/* The last part of a whole source. */
static int
jny_open_source_edge(const msgpack_object *part, jny_source_t *to)
{
    if (part->type != MSGPACK_OBJECT_STR
        || part->via.str.size > JNY_MAX_TEXT)
    {
        return JNY_EDATA;
    }

    to->edge = jny_open_text(part);

    return JNY_OK;
}


static int
jny_open_source(const msgpack_object *item, jny_source_t *to)
{
    uint32_t               n;
    uint64_t               v[JNY_SOURCE_WHOLE];
    const msgpack_object  *part;

    memset(v, 0, sizeof(v));
    memset(to, 0, sizeof(*to));
    to->edge = jny_no_text;

    if (item->type != MSGPACK_OBJECT_ARRAY) {
        return JNY_EDATA;
    }

    n = item->via.array.size;

    if (n == JNY_SOURCE_WHOLE) {
        if (jny_open_source_edge(&item->via.array.ptr[--n], to) != JNY_OK) {
            return JNY_EDATA;
        }

    } else if (n != JNY_SOURCE_PARTS) {
        return JNY_EDATA;
    }

    for (uint32_t i = 0; i < n; i++) {
        part = &item->via.array.ptr[i];

        if (part->type != MSGPACK_OBJECT_POSITIVE_INTEGER) {
            return JNY_EDATA;
        }

        v[i] = part->via.u64;
    }

    to->writer = v[0];
    to->first_seq = v[1];
    to->last_seq = v[2];
    to->events = v[3];
    to->erased = v[4];
    to->base = v[5];
    to->dropped_first = v[6];
    to->dropped = v[7];
    to->flags = v[8];

    return to->first_seq <= to->last_seq ? JNY_OK : JNY_EDATA;
}


static int
jny_open_sources(jny_open_t *o)
{
    const msgpack_object_array  *array;

    if ((o->at[JNY_KEY_SOURCES] != NULL)
        != ((o->blk->flags & JNY_BLOCK_SORTED) != 0))
    {
        jny_diag_set(o->diag, 0, "\"sources\" and the flag SORTED disagree");
        return JNY_EDATA;
    }

    if (o->at[JNY_KEY_SOURCES] == NULL) {
        return JNY_OK;
    }

    array = &o->at[JNY_KEY_SOURCES]->via.array;

    for (uint32_t i = 0; i < array->size; i++) {
        if (jny_open_source(&array->ptr[i], &o->blk->memory.sources[i])
            != JNY_OK)
        {
            jny_diag_set(o->diag, 0, "entry %u of \"sources\" is invalid", i);
            return JNY_EDATA;
        }
    }

    o->blk->sources = o->blk->memory.sources;
    o->blk->nsources = array->size;

    return JNY_OK;
}


static int
jny_open_numbers(jny_open_t *o)
{
    uint64_t      n, flags;
    jny_block_t  *blk;

    blk = o->blk;
    n = o->at[JNY_KEY_N]->via.u64;
    flags = o->at[JNY_KEY_FLAGS]->via.u64;

    if (o->at[JNY_KEY_V]->via.u64 != JNY_PAYLOAD_VERSION) {
        jny_diag_set(o->diag, 0, "payload is of an unknown version");
        return JNY_EDATA;
    }

    if (n > JNY_MAX_ROWS || flags > UINT16_MAX
        || (n == 0 && !(flags & JNY_BLOCK_FINAL)
            && o->at[JNY_KEY_ERASED]->via.u64 == 0))
    {
        jny_diag_set(o->diag, 0, "payload's \"n\" or \"flags\" is impossible");
        return JNY_EDATA;
    }

    if (o->at[JNY_KEY_WRITER]->via.bin.size != sizeof(uint64_t)) {
        jny_diag_set(o->diag, 0, "\"writer\" is not 8 bytes");
        return JNY_EDATA;
    }

    if (o->at[JNY_KEY_T0]->type == MSGPACK_OBJECT_POSITIVE_INTEGER
        && o->at[JNY_KEY_T0]->via.u64 > INT64_MAX)
    {
        jny_diag_set(o->diag, 0, "\"t0\" is impossible");
        return JNY_EDATA;
    }

    blk->nevents = (uint32_t) n;
    blk->flags = (uint16_t) flags;
    blk->writer =
        jny_get_le64((const uint8_t *) o->at[JNY_KEY_WRITER]->via.bin.ptr);
    blk->seq = o->at[JNY_KEY_SEQ]->via.u64;
    blk->base = o->at[JNY_KEY_BASE]->via.u64;
    blk->dropped = o->at[JNY_KEY_DROPPED]->via.u64;
    blk->erased = o->at[JNY_KEY_ERASED]->via.u64;
    blk->t0_ms = o->at[JNY_KEY_T0]->via.i64;

    if (blk->erased > UINT32_MAX) {
        jny_diag_set(o->diag, 0, "\"erased\" is impossible");
        return JNY_EDATA;
    }

    return JNY_OK;
}


int
jny_open_head(jny_open_t *o)
{
    int  rc;

    rc = jny_open_numbers(o);
    if (rc != JNY_OK) {
        return rc;
    }

    o->blk->edge = jny_no_text;

    if (o->at[JNY_KEY_EDGE] != NULL) {
        o->blk->edge = jny_open_text(o->at[JNY_KEY_EDGE]);

        if (o->blk->edge.len > JNY_MAX_TEXT) {
            return jny_open_fail(o, o->at[JNY_KEY_EDGE], "edge is too long");
        }
    }

    rc = jny_open_stages(o);

    return rc == JNY_OK ? jny_open_sources(o) : rc;
}
