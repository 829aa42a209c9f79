/*
 * erase_block.c - the rows that stay are encoded anew: dictionaries, ids and
 * User-Agents then hold what these rows use, and nothing else.
 */

#include "segment/erase_block.h"

#include <stdlib.h>
#include <string.h>

#include "engine/heap.h"


#define JNY_ERASE_LEVEL  6


static uint64_t
jny_erase_login(const jny_block_t *blk, uint32_t i)
{
    uint64_t  login;

    login = jny_column_at(&blk->number[JNY_NUMBER_LOGIN], i);

    return blk->logins.width != 0 ? jny_column_at(&blk->logins,
                                                  (uint32_t) login)
                                  : login;
}


static uint64_t
jny_erase_visitor(const jny_block_t *blk, uint32_t i)
{
    return jny_column_at(&blk->ids,
        (uint32_t) jny_column_at(&blk->number[JNY_NUMBER_VISITOR], i));
}


int
jny_erase_row(const jny_erase_t *e, const jny_block_t *blk, uint32_t i)
{
    return jny_wanted_find(&e->visitors, jny_erase_visitor(blk, i)) != SIZE_MAX
           || jny_wanted_find(&e->logins, jny_erase_login(blk, i)) != SIZE_MAX;
}


uint64_t
jny_erase_ids(const jny_erase_t *e, const jny_block_t *blk)
{
    uint32_t  i;
    uint64_t  n;

    n = 0;

    for (i = 0; i < blk->nids; i++) {
        n += jny_wanted_find(&e->visitors, jny_column_at(&blk->ids, i))
             != SIZE_MAX;
    }

    for (i = 0; i < blk->nlogins; i++) {
        n += jny_wanted_find(&e->logins, jny_column_at(&blk->logins, i))
             != SIZE_MAX;
    }

    for (i = 0; blk->logins.width == 0 && i < blk->nevents; i++) {
        n += jny_wanted_find(&e->logins, jny_erase_login(blk, i)) != SIZE_MAX;
    }

    return n;
}


uint32_t
jny_erase_rows(jny_erase_t *e, const jny_block_t *blk, int count)
{
    size_t    at, login;
    uint32_t  n;

    n = 0;

    for (uint32_t i = 0; i < blk->nevents; i++) {
        at = jny_wanted_find(&e->visitors, jny_erase_visitor(blk, i));
        login = jny_wanted_find(&e->logins, jny_erase_login(blk, i));

        n += at != SIZE_MAX || login != SIZE_MAX;

        if (count && at != SIZE_MAX) {
            e->visitors.met[at]++;
        }

        if (count && login != SIZE_MAX) {
            e->logins.met[login]++;
        }
    }

    return n;
}


/* Of a table of entries, of which rows rows are told by a column; entry 0 says
   "absent". */
static int
jny_erase_unused_of(const jny_column_t *c, uint32_t rows, uint32_t entries,
    uint64_t *n)
{
    uint8_t  *used;

    if (entries <= 1) {
        return JNY_OK;
    }

    used = calloc(entries, 1);

    if (used == NULL) {
        return JNY_ENOMEM;
    }

    for (uint32_t i = 0; i < rows; i++) {
        used[jny_column_at(c, i)] = 1;
    }

    for (uint32_t i = 1; i < entries; i++) {
        *n += !used[i];
    }

    free(used);

    return JNY_OK;
}


int
jny_erase_unused(const jny_block_t *blk, uint64_t *n)
{
    int  rc;

    *n = 0;

    rc = jny_erase_unused_of(&blk->number[JNY_NUMBER_VISITOR], blk->nevents,
                             blk->nids, n);

    if (rc == JNY_OK) {
        rc = jny_erase_unused_of(&blk->number[JNY_NUMBER_LOGIN], blk->nevents,
                                 blk->nlogins, n);
    }

    if (rc == JNY_OK) {
        rc = jny_erase_unused_of(&blk->agent_of_id, blk->nids, blk->agents.n,
                                 n);
    }

    for (unsigned k = 0; rc == JNY_OK && k < JNY_TEXT_COUNT; k++) {
        rc = jny_erase_unused_of(&blk->text[k], blk->nevents, blk->dict[k].n,
                                 n);
    }

    for (unsigned k = 0; rc == JNY_OK && k < blk->nfields; k++) {
        rc = jny_erase_unused_of(&blk->fields[k], blk->nevents,
                                 blk->field_dicts[k].n, n);
    }

    return rc;
}


static int
jny_erase_encoder(const jny_block_t *blk, const jny_seal_t *seal,
    jny_encoder_t **enc)
{
    int             rc;
    jny_log_info_t  info;

    memset(&info, 0, sizeof(info));
    info.writer = blk->writer;
    info.edge = blk->edge;
    info.nstages = blk->stages.n;
    info.listed_ms = blk->listed_ms;
    info.nfields = blk->nfields;
    info.agents = 1;
    info.level = JNY_ERASE_LEVEL;

    for (unsigned i = 0; i < blk->stages.n; i++) {
        info.stages[i] = blk->stages.entries[i];
    }

    for (unsigned i = 0; i < blk->nfields; i++) {
        info.fields[i] = blk->field_names[i];
    }

    jny_encoder_free(*enc);
    *enc = jny_encoder_new(&jny_heap, &info, &rc);

    if (*enc == NULL) {
        return rc;
    }

    return seal->flags & JNY_BLOCK_SORTED ? jny_encoder_sort(*enc, seal)
                                          : JNY_OK;
}


/* An empty block has the time of the last event there was. */
static int
jny_erase_time(jny_encoder_t *enc, int64_t time_ms)
{
    int        rc;
    jny_row_t  row;

    memset(&row, 0, sizeof(row));
    row.time_ms = time_ms;
    rc = jny_encoder_add(enc, &row);
    jny_encoder_reset(enc);

    return rc;
}


int
jny_erase_block(const jny_erase_t *e, const jny_block_ref_t *ref,
    const jny_block_t *blk, const jny_source_t *sources, jny_encoder_t **enc,
    jny_slice_t *member)
{
    int         rc;
    uint32_t    erased;
    jny_row_t   row;
    jny_seal_t  seal;

    memset(&seal, 0, sizeof(seal));
    seal.seq = blk->seq;
    seal.base = blk->base;
    seal.dropped = blk->dropped;
    seal.flags = blk->flags;
    seal.sources = sources;
    seal.nsources = sources != NULL ? blk->nsources : 0;

    rc = jny_erase_encoder(blk, &seal, enc);

    if (rc == JNY_OK) {
        rc = jny_erase_time(*enc, ref->header.t_max_ms);
    }

    erased = 0;
    memset(&row, 0, sizeof(row));

    for (uint32_t i = 0; rc == JNY_OK && i < blk->nevents; i++) {
        jny_block_row(blk, i, &row);

        if (jny_erase_row(e, blk, i)) {
            erased++;

        } else {
            rc = jny_encoder_add(*enc, &row);
        }
    }

    if (rc != JNY_OK) {
        return rc;
    }

    if (erased > UINT32_MAX - ref->header.erased) {
        return JNY_ELIMIT;
    }

    seal.erased = ref->header.erased + erased;

    return jny_encoder_seal(*enc, &seal, member, NULL);
}
