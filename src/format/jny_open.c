/*
 * jny_open.c - dictionaries and tables, and the check that every index points
 * inside its table.
 */

#include "jny_open.h"
#include "jny_values.h"

#include <string.h>


static const jny_slice_t  jny_only_absent[1] = { { (const uint8_t *) "", 0 } };


/* The dictionary that a key of "dict" names; NULL with JNY_OK: unknown. */
static int
jny_open_find_dict(jny_open_t *o, const msgpack_object *key, jny_dict_t **dict)
{
    int          i;
    jny_slice_t  name;

    *dict = NULL;
    name = jny_open_text(key);

    i = jny_open_field(o->blk, name);

    if (i == JNY_MAX_FIELDS) {
        return jny_open_fail(o, key, "too many x_ columns");
    }

    if (i >= 0) {
        *dict = &o->blk->field_dicts[i];
        return JNY_OK;
    }

    if (jny_open_is(key, "agent")) {
        *dict = &o->blk->agents;
        return JNY_OK;
    }

    for (unsigned t = 0; t < JNY_TEXT_COUNT; t++) {
        if (jny_open_is(key, jny_text_names[t])) {
            *dict = &o->blk->dict[t];
            return JNY_OK;
        }
    }

    o->blk->unknown = 1;

    return JNY_OK;
}


static int
jny_open_dict(jny_open_t *o, const msgpack_object_kv *kv, jny_dict_t *dict)
{
    int     rc;
    size_t  max;

    if (dict->n != 0) {
        return jny_open_fail(o, &kv->key, "dictionary appears twice");
    }

    if (kv->val.type != MSGPACK_OBJECT_ARRAY) {
        return jny_open_fail(o, &kv->key, "dictionary is no array");
    }

    max = dict == &o->blk->agents ? JNY_MAX_AGENT : JNY_MAX_TEXT;

    rc = jny_open_texts(o, &kv->val.via.array, max, dict);
    if (rc != JNY_OK) {
        return rc;
    }

    if (dict->n == 0 || dict->entries[0].len != 0) {
        return jny_open_fail(o, &kv->key, "dictionary's entry 0 is not \"\"");
    }

    return JNY_OK;
}


static int
jny_open_dicts(jny_open_t *o)
{
    int                        rc;
    jny_dict_t                *dict;
    const msgpack_object_map  *map;

    if (o->at[JNY_KEY_DICT] == NULL) {
        return JNY_OK;
    }

    map = &o->at[JNY_KEY_DICT]->via.map;

    for (uint32_t i = 0; i < map->size; i++) {
        if (map->ptr[i].key.type != MSGPACK_OBJECT_STR) {
            jny_diag_set(o->diag, 0, "\"dict\" has a key that is no text");
            return JNY_EDATA;
        }

        rc = jny_open_find_dict(o, &map->ptr[i].key, &dict);

        if (rc == JNY_OK && dict != NULL) {
            rc = jny_open_dict(o, &map->ptr[i], dict);
        }

        if (rc != JNY_OK) {
            return rc;
        }
    }

    return JNY_OK;
}


/* ids and what hangs on them; entry 0 of each table says "unknown". */
static int
jny_open_tables(jny_open_t *o)
{
    jny_block_t                *blk;
    const msgpack_object_bin   *bin;

    blk = o->blk;
    blk->nids = 1;

    if (o->at[JNY_KEY_IDS] != NULL) {
        bin = &o->at[JNY_KEY_IDS]->via.bin;
        blk->nids = bin->size / sizeof(uint64_t);

        if (bin->size == 0 || bin->size % sizeof(uint64_t) != 0
            || jny_open_packed(bin, blk->nids, &blk->ids) != JNY_OK
            || jny_column_at(&blk->ids, 0) != 0)
        {
            jny_diag_set(o->diag, 0, "\"ids\" is invalid");
            return JNY_EDATA;
        }
    }

    if (o->at[JNY_KEY_AGENTS] != NULL) {
        bin = &o->at[JNY_KEY_AGENTS]->via.bin;

        if (jny_open_packed(bin, blk->nids, &blk->agent_of_id) != JNY_OK
            || jny_column_at(&blk->agent_of_id, 0) != 0)
        {
            jny_diag_set(o->diag, 0, "\"agents\" is invalid");
            return JNY_EDATA;
        }
    }

    if (o->at[JNY_KEY_LOGINS] != NULL) {
        bin = &o->at[JNY_KEY_LOGINS]->via.bin;
        blk->nlogins = bin->size / sizeof(uint64_t);

        if (bin->size == 0 || bin->size % sizeof(uint64_t) != 0
            || jny_open_packed(bin, blk->nlogins, &blk->logins) != JNY_OK
            || jny_column_at(&blk->logins, 0) != 0)
        {
            jny_diag_set(o->diag, 0, "\"logins\" is invalid");
            return JNY_EDATA;
        }
    }

    return JNY_OK;
}


static void
jny_open_absent(jny_dict_t *dict)
{
    if (dict->n == 0) {
        dict->entries = jny_only_absent;
        dict->n = 1;
    }
}


/* The first value a number column may not have; 0 = any will do. */
static uint64_t
jny_open_limit(const jny_block_t *blk, unsigned column)
{
    switch (column) {
    case JNY_NUMBER_VISITOR:
        return blk->nids;
    case JNY_NUMBER_LOGIN:
        return blk->nlogins;
    case JNY_NUMBER_ORIGIN:
        return blk->nsources != 0 ? blk->nsources : 1;
    case JNY_NUMBER_STATUS:
    case JNY_NUMBER_LATENCY:
    case JNY_NUMBER_SCORE:
    case JNY_NUMBER_FLAGS:
        return (uint64_t) UINT32_MAX + 1;
    default:
        return 0;
    }
}


static int
jny_open_bounds(jny_open_t *o)
{
    uint64_t      limit;
    const char   *name;
    jny_block_t  *blk;

    blk = o->blk;
    name = NULL;

    for (unsigned i = 0; i < JNY_NUMBER_COUNT; i++) {
        limit = jny_open_limit(blk, i);

        if (limit != 0
            && !jny_column_below(&blk->number[i], blk->nevents, limit))
        {
            name = jny_number_names[i];
        }
    }

    for (unsigned i = 0; i < JNY_TEXT_COUNT; i++) {
        jny_open_absent(&blk->dict[i]);

        if (!jny_column_below(&blk->text[i], blk->nevents, blk->dict[i].n)) {
            name = jny_text_names[i];
        }
    }

    for (unsigned i = 0; i < blk->nfields; i++) {
        jny_open_absent(&blk->field_dicts[i]);

        if (!jny_column_below(&blk->fields[i], blk->nevents,
                              blk->field_dicts[i].n))
        {
            name = "x_";
        }
    }

    jny_open_absent(&blk->agents);

    if (!jny_column_below(&blk->agent_of_id, blk->nids, blk->agents.n)) {
        name = "agents";
    }

    if (name != NULL) {
        jny_diag_set(o->diag, 0, "column \"%s\" points outside its table",
                     name);
        return JNY_EDATA;
    }

    return JNY_OK;
}


int
jny_open(jny_block_t *blk, const msgpack_object *root, jny_slice_t payload,
    jny_diag_t *diag)
{
    int         rc;
    jny_open_t  o;

    memset(&o, 0, sizeof(o));
    o.blk = blk;
    o.payload = payload;
    o.diag = diag;

    rc = jny_open_keys(&o, root);

    if (rc == JNY_OK) {
        rc = jny_open_head(&o);
    }

    if (rc == JNY_OK) {
        rc = jny_open_dicts(&o);
    }

    if (rc == JNY_OK) {
        rc = jny_open_columns(&o);
    }

    if (rc == JNY_OK) {
        rc = jny_open_tables(&o);
    }

    if (rc == JNY_OK) {
        rc = jny_open_bounds(&o);
    }

    return rc;
}
