/*
 * jny_block.c - from payload to columns, and from columns to rows.
 *
 *     jny_check_payload()    is it msgpack, how much memory will it take
 *     msgpack_unpack()       a tree of objects in exactly that memory
 *     jny_open()             what its keys say, checked
 *
 * msgpack-c is given a zone laid over memory of the allocator handed in, as
 * large as the check computed, so it never calls malloc() itself.
 */

#include "jny_block.h"
#include "jny_check.h"
#include "jny_mem.h"
#include "jny_open.h"

#include <string.h>


void
jny_block_init(jny_block_t *blk, const jny_alloc_t *alloc)
{
    memset(blk, 0, sizeof(*blk));
    blk->memory.alloc = *alloc;
}


void
jny_block_release(jny_block_t *blk)
{
    jny_alloc_t  alloc;

    alloc = blk->memory.alloc;

    jny_mem_free(&alloc, blk->memory.zone);
    jny_mem_free(&alloc, blk->memory.texts);
    jny_mem_free(&alloc, blk->memory.sources);
    jny_mem_free(&alloc, blk->memory.columns);
    jny_block_init(blk, &alloc);
}


/* Forgets the block, keeps the memory. */
static void
jny_block_clear(jny_block_t *blk)
{
    jny_block_memory_t  memory;

    memory = blk->memory;
    memory.texts_used = 0;
    memset(blk, 0, sizeof(*blk));
    blk->memory = memory;
}


/* Memory for what the check has counted. */
static int
jny_block_room(jny_block_memory_t *m, const jny_check_t *check)
{
    int    rc;
    void  *p;

    rc = jny_mem_reserve(&m->alloc, &m->zone, &m->zone_size,
                           check->children * sizeof(msgpack_object));
    if (rc != JNY_OK) {
        return rc;
    }

    p = m->texts;
    rc = jny_mem_reserve(&m->alloc, &p, &m->texts_size,
                           check->strings * sizeof(jny_slice_t));
    m->texts = p;

    return rc;
}


/*
 * The tree of objects.  A map entry is two objects side by side, so children
 * objects are all that msgpack-c will ask its zone for.
 */
static int
jny_block_unpack(jny_block_t *blk, jny_slice_t bytes, msgpack_object *root,
    jny_diag_t *diag)
{
    size_t         off;
    msgpack_zone   zone;

    memset(&zone, 0, sizeof(zone));
    zone.chunk_list.ptr = blk->memory.zone;
    zone.chunk_list.free = blk->memory.zone_size;

    off = 0;

    if (msgpack_unpack((const char *) bytes.data, bytes.len, &off, &zone, root)
        != MSGPACK_UNPACK_SUCCESS)
    {
        jny_diag_set(diag, off, "payload is no msgpack");
        return JNY_EDATA;
    }

    if (root->type != MSGPACK_OBJECT_MAP) {
        jny_diag_set(diag, 0, "payload is no map");
        return JNY_EDATA;
    }

    return JNY_OK;
}


/* Sources are counted only now: few blocks have any. */
static int
jny_block_source_room(jny_block_memory_t *m, const msgpack_object *root)
{
    int                       rc;
    void                     *p;
    size_t                    n;
    const msgpack_object_kv  *kv;

    n = 0;

    for (uint32_t i = 0; i < root->via.map.size; i++) {
        kv = &root->via.map.ptr[i];

        if (kv->key.type == MSGPACK_OBJECT_STR
            && jny_open_is(&kv->key, "sources")
            && kv->val.type == MSGPACK_OBJECT_ARRAY
            && kv->val.via.array.size > n)
        {
            n = kv->val.via.array.size;
        }
    }

    if (n == 0) {
        return JNY_OK;
    }

    p = m->sources;
    rc = jny_mem_reserve(&m->alloc, &p, &m->sources_size,
                           n * sizeof(jny_source_t));
    m->sources = p;

    return rc;
}


static int
jny_block_fill(jny_block_t *blk, jny_slice_t bytes, const jny_check_t *check,
    jny_diag_t *diag)
{
    int             rc;
    msgpack_object  root;

    rc = jny_block_room(&blk->memory, check);
    if (rc != JNY_OK) {
        return rc;
    }

    rc = jny_block_unpack(blk, bytes, &root, diag);
    if (rc != JNY_OK) {
        return rc;
    }

    rc = jny_block_source_room(&blk->memory, &root);
    if (rc != JNY_OK) {
        return rc;
    }

    return jny_open(blk, &root, bytes, diag);
}


int
jny_block_decode(jny_block_t *blk, jny_slice_t payload, size_t *used,
    jny_diag_t *diag)
{
    int          rc;
    jny_check_t  check;

    jny_block_clear(blk);

    rc = jny_check_payload(payload, &check, diag);
    if (rc != JNY_OK) {
        return rc;
    }

    if (used == NULL && check.len != payload.len) {
        jny_diag_set(diag, check.len, "bytes behind the payload's map");
        return JNY_EDATA;
    }

    payload.len = check.len;

    rc = jny_block_fill(blk, payload, &check, diag);
    if (rc != JNY_OK) {
        jny_block_clear(blk);
        return rc;
    }

    if (used != NULL) {
        *used = check.len;
    }

    return JNY_OK;
}


void
jny_block_header(const jny_block_t *blk, jny_header_t *out)
{
    int64_t              t;
    const jny_column_t  *time;

    memset(out, 0, sizeof(*out));
    out->nevents = blk->nevents;
    out->writer = blk->writer;
    out->seq = blk->seq;
    out->base = blk->base;
    out->dropped = blk->dropped;
    out->erased = (uint32_t) blk->erased;
    out->flags = blk->flags;

    time = &blk->number[JNY_NUMBER_TIME];
    t = jny_time_after(blk->t0_ms, jny_column_at(time, 0));

    if (blk->nevents == 0) {
        t = blk->t0_ms;
    }

    out->t_min_ms = t;
    out->t_max_ms = t;

    for (uint32_t i = 1; i < blk->nevents; i++) {
        t = jny_time_after(t, jny_column_at(time, i));
        out->t_min_ms = t < out->t_min_ms ? t : out->t_min_ms;
        out->t_max_ms = t > out->t_max_ms ? t : out->t_max_ms;
    }
}


int
jny_block_agrees(const jny_block_t *blk, const jny_header_t *h,
    jny_diag_t *diag)
{
    if (blk->writer == h->writer && blk->seq == h->seq && blk->base == h->base
        && blk->dropped == h->dropped && blk->erased == h->erased
        && blk->nevents == h->nevents && blk->flags == h->flags)
    {
        return JNY_OK;
    }

    jny_diag_set(diag, 0, "block header and payload disagree");

    return JNY_EDATA;
}


void
jny_block_row(const jny_block_t *blk, uint32_t i, jny_row_t *row)
{
    uint64_t             id, login;
    const jny_column_t  *number;

    number = blk->number;

    row->time_ms =
        jny_time_after(i == 0 ? blk->t0_ms : row->time_ms,
                       jny_column_at(&number[JNY_NUMBER_TIME], i));

    id = jny_column_at(&number[JNY_NUMBER_VISITOR], i);
    row->visitor = jny_column_at(&blk->ids, (uint32_t) id);
    row->agent = blk->agents.entries[jny_column_at(&blk->agent_of_id,
                                                   (uint32_t) id)];

    login = jny_column_at(&number[JNY_NUMBER_LOGIN], i);
    row->login = blk->logins.width != 0
                     ? jny_column_at(&blk->logins, (uint32_t) login)
                     : login;

    row->status = (uint32_t) jny_column_at(&number[JNY_NUMBER_STATUS], i);
    row->latency_ms = (uint32_t) jny_column_at(&number[JNY_NUMBER_LATENCY], i);
    row->flags = (uint32_t) jny_column_at(&number[JNY_NUMBER_FLAGS], i);
    row->origin = (uint32_t) jny_column_at(&number[JNY_NUMBER_ORIGIN], i);
    row->score_e2 = (int32_t)
        jny_unzigzag(jny_column_at(&number[JNY_NUMBER_SCORE], i));
    row->value_e4 = jny_unzigzag(jny_column_at(&number[JNY_NUMBER_VALUE], i));

    for (unsigned k = 0; k < JNY_TEXT_COUNT; k++) {
        row->text[k] = blk->dict[k].entries[jny_column_at(&blk->text[k], i)];
    }

    if (row->text[JNY_TEXT_TOUCHPOINT].len == 0) {
        row->text[JNY_TEXT_TOUCHPOINT] = row->text[JNY_TEXT_PAGE];
    }

    for (unsigned k = 0; k < JNY_MAX_FIELDS; k++) {
        row->field[k] = k < blk->nfields
            ? blk->field_dicts[k].entries[jny_column_at(&blk->fields[k], i)]
            : blk->dict[0].entries[0];
    }
}
