/*
 * paths.c - the sequences of touchpoints people take.
 *
 *     init -> add* -> merge -> finish -> free
 *
 * A path is hashed as the list of its touchpoint ids.  Only its first
 * JNY_PATHS_MAX_LEN touchpoints are told apart, so a client that wanders for
 * ever costs no more than one that does not.  Edges are counted beside the
 * paths, because how many visitors went over one cannot be added up from
 * paths afterwards.
 */

#include "analysis/paths.h"

#include <stdlib.h>
#include <string.h>

#include "analysis/paths_private.h"


static void *paths_init(const void *conf, const jny_facts_t *facts);
static void paths_free(void *data);
static int paths_add(void *data, const jny_journey_t *j);
static int paths_read(jny_paths_acc_t *acc, const jny_event_t *e);
static int paths_end(jny_paths_acc_t *acc, uint64_t visitor);
static jny_paths_record_t *paths_record(jny_paths_acc_t *acc,
    const uint32_t *path, uint32_t len, uint32_t more);
static jny_paths_record_t *paths_record_new(jny_paths_acc_t *acc,
    const uint32_t *path, uint32_t len);
static jny_paths_link_t *paths_link(jny_paths_acc_t *acc, uint32_t step,
    uint32_t from, uint32_t to);
static int paths_merge(void *data, void *other);
static int paths_sum(jny_paths_sums_t *into, const jny_paths_sums_t *from);
static void *paths_grow(void *array, uint64_t n, uint64_t *cap, size_t size);


const jny_analysis_t  jny_paths_analysis = { "paths", paths_init, paths_add,
    paths_merge, paths_free };


static void *
paths_init(const void *conf, const jny_facts_t *facts)
{
    jny_paths_acc_t  *acc;

    acc = calloc(1, sizeof(*acc));
    if (acc == NULL) {
        return NULL;
    }

    acc->conf = conf;
    acc->facts = facts;

    return acc;
}


static void
paths_free(void *data)
{
    uint32_t          i;
    jny_paths_acc_t  *acc = data;

    if (acc == NULL) {
        return;
    }

    for (i = 0; i < acc->nrecords; i++) {
        jny_purse_release(&acc->records[i].sums.value);
    }

    jny_purse_release(&acc->all.value);
    jny_purse_release(&acc->now.value);
    jny_slots_release(&acc->record_slots);
    jny_slots_release(&acc->link_slots);
    free(acc->records);
    free(acc->links);
    free(acc->ids);
    free(acc);
}


static int
paths_add(void *data, const jny_journey_t *j)
{
    int               rc = JNY_OK;
    uint32_t          i;
    jny_paths_acc_t  *acc = data;

    acc->taken = 0;

    for (i = 0; i < j->nevents && rc == JNY_OK; i++) {

        /* A session begins whether its first event passes --where or not. */
        if (i > 0 && (j->events[i].flags & JNY_EVENT_SESSION)
            && !acc->conf->whole_journey)
        {
            rc = paths_end(acc, j->visitor);
        }

        if (rc == JNY_OK && (j->events[i].flags & JNY_EVENT_WHERE)) {
            rc = paths_read(acc, &j->events[i]);
        }
    }

    if (rc == JNY_OK) {
        rc = paths_end(acc, j->visitor);
    }

    acc->all.visitors += acc->taken > 0;

    return rc;
}


static int
paths_read(jny_paths_acc_t *acc, const jny_event_t *e)
{
    const jny_detail_t  *d = e->detail;

    if (e->flags & JNY_EVENT_GOAL) {
        acc->now.converted = 1;
    }

    if ((e->flags & JNY_EVENT_SALE)
        && jny_purse_add(&acc->now.value, d->currency, d->value_e4) != 0)
    {
        return JNY_ENOMEM;
    }

    if (d->touchpoint == 0) {
        acc->nameless++;
        return JNY_OK;
    }

    if (acc->len > 0 && d->touchpoint == acc->last && !acc->conf->keep_repeats)
    {
        return JNY_OK;
    }

    acc->last = d->touchpoint;

    if (acc->len < JNY_PATHS_MAX_LEN) {
        acc->path[acc->len++] = d->touchpoint;
    } else {
        acc->more = 1;
    }

    return JNY_OK;
}


static int
paths_end(jny_paths_acc_t *acc, uint64_t visitor)
{
    uint32_t             i, to;
    jny_paths_link_t    *link;
    jny_paths_record_t  *r;

    if (acc->len > 0) {
        r = paths_record(acc, acc->path, acc->len, acc->more);
        if (r == NULL) {
            return JNY_ENOMEM;
        }

        acc->now.count = 1;
        acc->now.visitors = r->seen != visitor;
        r->seen = visitor;

        if (paths_sum(&r->sums, &acc->now) != JNY_OK) {
            return JNY_ENOMEM;
        }

        acc->now.visitors = 0;

        if (paths_sum(&acc->all, &acc->now) != JNY_OK) {
            return JNY_ENOMEM;
        }

        for (i = 0; i < acc->len; i++) {
            to = acc->more ? JNY_PATHS_MORE : JNY_PATHS_END;

            if (i + 1 < acc->len) {
                to = acc->path[i + 1];
            }

            link = paths_link(acc, i + 1, acc->path[i], to);
            if (link == NULL) {
                return JNY_ENOMEM;
            }

            link->edge.count++;
            link->edge.visitors += link->seen != visitor;
            link->seen = visitor;
        }

        acc->longer += acc->more;
        acc->taken++;
    }

    acc->len = 0;
    acc->more = 0;
    acc->now.converted = 0;
    acc->now.value.n = 0;

    return JNY_OK;
}


/* The record of a path, made when it is new; NULL: out of memory. */
static jny_paths_record_t *
paths_record(jny_paths_acc_t *acc, const uint32_t *path, uint32_t len,
    uint32_t more)
{
    uint32_t             i, hash, probe = 0;
    jny_paths_record_t  *r;

    hash = jny_slots_hash(path, len) + more;

    while ((i = jny_slots_next(&acc->record_slots, hash, &probe))
           != JNY_SLOTS_NONE)
    {
        r = &acc->records[i];

        if (r->len == len && r->more == more
            && memcmp(acc->ids + r->first, path, len * sizeof(uint32_t)) == 0)
        {
            return r;
        }
    }

    r = paths_record_new(acc, path, len);

    if (r == NULL
        || jny_slots_put(&acc->record_slots, hash,
               (uint32_t) (acc->nrecords - 1))
               != 0)
    {
        return NULL;
    }

    r->more = more;

    return r;
}


static jny_paths_record_t *
paths_record_new(jny_paths_acc_t *acc, const uint32_t *path, uint32_t len)
{
    void                *grown;
    jny_paths_record_t  *r;

    grown = paths_grow(acc->records, acc->nrecords, &acc->records_cap,
        sizeof(*acc->records));
    if (grown == NULL) {
        return NULL;
    }

    acc->records = grown;

    grown = paths_grow(acc->ids, acc->nids + len - 1, &acc->ids_cap,
        sizeof(*acc->ids));
    if (grown == NULL) {
        return NULL;
    }

    acc->ids = grown;

    r = &acc->records[acc->nrecords++];
    memset(r, 0, sizeof(*r));
    r->first = acc->nids;
    r->len = len;

    memcpy(acc->ids + r->first, path, len * sizeof(uint32_t));
    acc->nids += len;

    return r;
}


/* The link of an edge, made when it is new; NULL: out of memory. */
static jny_paths_link_t *
paths_link(jny_paths_acc_t *acc, uint32_t step, uint32_t from, uint32_t to)
{
    void              *grown;
    uint32_t           i, hash, probe = 0, words[3] = { step, from, to };
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

    grown = paths_grow(acc->links, acc->nlinks, &acc->links_cap,
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


/* Room for item n of an array of *cap: the array, moved or not, or NULL. */
static void *
paths_grow(void *array, uint64_t n, uint64_t *cap, size_t size)
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


static int
paths_sum(jny_paths_sums_t *into, const jny_paths_sums_t *from)
{
    into->count += from->count;
    into->visitors += from->visitors;
    into->converted += from->converted;

    return jny_purse_merge(&into->value, &from->value) == 0 ? JNY_OK
                                                            : JNY_ENOMEM;
}


/* No visitor is in both, so distinct visitors add up. */
static int
paths_merge(void *data, void *other)
{
    uint32_t             i;
    jny_paths_acc_t     *into = data, *from = other;
    jny_paths_link_t    *l, *fl;
    jny_paths_record_t  *r, *fr;

    into->longer += from->longer;
    into->nameless += from->nameless;

    if (paths_sum(&into->all, &from->all) != JNY_OK) {
        return JNY_ENOMEM;
    }

    for (i = 0; i < from->nrecords; i++) {
        fr = &from->records[i];

        r = paths_record(into, from->ids + fr->first, fr->len, fr->more);
        if (r == NULL || paths_sum(&r->sums, &fr->sums) != JNY_OK) {
            return JNY_ENOMEM;
        }
    }

    for (i = 0; i < from->nlinks; i++) {
        fl = &from->links[i];

        l = paths_link(into, fl->edge.step, fl->edge.from, fl->edge.to);
        if (l == NULL) {
            return JNY_ENOMEM;
        }

        l->edge.count += fl->edge.count;
        l->edge.visitors += fl->edge.visitors;
    }

    return JNY_OK;
}
