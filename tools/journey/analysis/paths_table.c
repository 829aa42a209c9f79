/*
 * paths_table.c - what was counted of paths and edges so far, found by hash.
 *
 * A path is hashed as the list of its touchpoint ids.  Edges are counted
 * beside the paths, because how many visitors went over one cannot be added up
 * from paths afterwards.
 */

#include "analysis/paths_private.h"

#include <stdlib.h>
#include <string.h>


static jny_paths_record_t *paths_record_new(jny_paths_acc_t *acc,
    const uint32_t *ids, const jny_paths_record_t *key);


jny_paths_record_t *
jny_paths_record(jny_paths_acc_t *acc, const uint32_t *ids,
    const jny_paths_record_t *key)
{
    uint32_t             i, hash, probe = 0;
    jny_paths_record_t  *r;

    hash = jny_slots_hash(ids, key->len) + key->more + 2u * key->before
           + 4u * key->anchor;

    while ((i = jny_slots_next(&acc->record_slots, hash, &probe))
           != JNY_SLOTS_NONE)
    {
        r = &acc->records[i];

        if (r->len == key->len && r->more == key->more
            && r->before == key->before && r->anchor == key->anchor
            && memcmp(acc->ids + r->first, ids, key->len * sizeof(uint32_t))
                   == 0)
        {
            return r;
        }
    }

    r = paths_record_new(acc, ids, key);

    if (r == NULL
        || jny_slots_put(&acc->record_slots, hash,
               (uint32_t) (acc->nrecords - 1))
               != 0)
    {
        return NULL;
    }

    return r;
}


static jny_paths_record_t *
paths_record_new(jny_paths_acc_t *acc, const uint32_t *ids,
    const jny_paths_record_t *key)
{
    void                *grown;
    jny_paths_record_t  *r;

    grown = jny_paths_grow(acc->records, acc->nrecords, &acc->records_cap,
        sizeof(*acc->records));
    if (grown == NULL) {
        return NULL;
    }

    acc->records = grown;

    grown = jny_paths_grow(acc->ids, acc->nids + key->len - 1, &acc->ids_cap,
        sizeof(*acc->ids));
    if (grown == NULL) {
        return NULL;
    }

    acc->ids = grown;

    r = &acc->records[acc->nrecords++];
    memset(r, 0, sizeof(*r));
    r->first = acc->nids;
    r->len = key->len;
    r->more = key->more;
    r->before = key->before;
    r->anchor = key->anchor;

    memcpy(acc->ids + r->first, ids, key->len * sizeof(uint32_t));
    acc->nids += key->len;

    return r;
}


jny_paths_link_t *
jny_paths_link(jny_paths_acc_t *acc, int32_t step, uint32_t from, uint32_t to)
{
    void              *grown;
    uint32_t           i, hash, probe = 0;
    uint32_t           words[3] = { (uint32_t) step, from, to };
    jny_paths_link_t  *l;

    hash = jny_slots_hash(words, 3);

    while ((i = jny_slots_next(&acc->link_slots, hash, &probe))
           != JNY_SLOTS_NONE)
    {
        l = &acc->links[i];

        if (l->edge.from == from && l->edge.to == to && l->edge.step == step) {
            return l;
        }
    }

    grown = jny_paths_grow(acc->links, acc->nlinks, &acc->links_cap,
        sizeof(*acc->links));
    if (grown == NULL) {
        return NULL;
    }

    acc->links = grown;

    if (jny_slots_put(&acc->link_slots, hash, (uint32_t) acc->nlinks) != 0) {
        return NULL;
    }

    l = &acc->links[acc->nlinks++];
    memset(l, 0, sizeof(*l));
    l->edge.step = step;
    l->edge.from = from;
    l->edge.to = to;

    return l;
}


void *
jny_paths_grow(void *array, uint64_t n, uint64_t *cap, size_t size)
{
    uint64_t  larger = *cap ? *cap : 64;

    while (larger <= n) {
        larger *= 2;
    }

    if (larger == *cap) {
        return array;
    }

    array = realloc(array, larger * size);
    if (array != NULL) {
        *cap = larger;
    }

    return array;
}


int
jny_paths_sum(jny_paths_sums_t *into, const jny_paths_sums_t *from)
{
    into->count += from->count;
    into->visitors += from->visitors;
    into->converted += from->converted;

    return jny_purse_merge(&into->value, &from->value) == 0 ? JNY_OK
                                                            : JNY_ENOMEM;
}


/* No visitor is in both, so distinct visitors add up. */
int
jny_paths_merge(void *data, void *other)
{
    uint32_t             i;
    jny_paths_acc_t     *into = data, *from = other;
    jny_paths_link_t    *l, *fl;
    jny_paths_record_t  *r, *fr;

    into->longer += from->longer;
    into->nameless += from->nameless;
    into->left_out += from->left_out;

    if (jny_paths_sum(&into->all, &from->all) != JNY_OK) {
        return JNY_ENOMEM;
    }

    for (i = 0; i < from->nrecords; i++) {
        fr = &from->records[i];

        r = jny_paths_record(into, from->ids + fr->first, fr);
        if (r == NULL || jny_paths_sum(&r->sums, &fr->sums) != JNY_OK) {
            return JNY_ENOMEM;
        }
    }

    for (i = 0; i < from->nlinks; i++) {
        fl = &from->links[i];

        l = jny_paths_link(into, fl->edge.step, fl->edge.from, fl->edge.to);
        if (l == NULL) {
            return JNY_ENOMEM;
        }

        l->edge.count += fl->edge.count;
        l->edge.visitors += fl->edge.visitors;
    }

    return jny_paths_loops_merge(into, from);
}
