/*
 * scan_detail.c - the wide half of a row: dictionaries of the block to ids of
 * the run, campaign tuples.
 *
 * Strings are interned once per dictionary entry of a block; a row then costs
 * one table lookup per column.
 */

#include "engine/scan.h"

#include <string.h>

#include "engine/channel.h"
#include "engine/columns.h"
#include "engine/fold.h"


static const struct {
    jny_text_e  text;
    jny_name_e  kind;
} jny_scan_columns[JNY_MAP_COUNT] = {
    [JNY_MAP_TOUCHPOINT] = { JNY_TEXT_TOUCHPOINT, JNY_NAME_TOUCHPOINT },
    [JNY_MAP_PAGE] = { JNY_TEXT_PAGE, JNY_NAME_PAGE },
    [JNY_MAP_HOST] = { JNY_TEXT_HOST, JNY_NAME_HOST },
    [JNY_MAP_REFERRER] = { JNY_TEXT_REFERRER, JNY_NAME_REFERRER },
    [JNY_MAP_CLICK] = { JNY_TEXT_CLICK, JNY_NAME_CLICK },
    [JNY_MAP_CURRENCY] = { JNY_TEXT_CURRENCY, JNY_NAME_CURRENCY },
    [JNY_MAP_SOURCE] = { JNY_TEXT_SOURCE, JNY_NAME_TUPLE_PART },
    [JNY_MAP_SOURCE + 1] = { JNY_TEXT_MEDIUM, JNY_NAME_TUPLE_PART },
    [JNY_MAP_SOURCE + 2] = { JNY_TEXT_CAMPAIGN, JNY_NAME_TUPLE_PART },
    [JNY_MAP_SOURCE + 3] = { JNY_TEXT_TERM, JNY_NAME_TUPLE_PART },
    [JNY_MAP_SOURCE + 4] = { JNY_TEXT_CONTENT, JNY_NAME_TUPLE_PART }
};


/* A dictionary to ids of the run. */
static int
jny_scan_dict(const jny_scan_t *scan, jny_scan_thread_t *t, unsigned m)
{
    jny_scan_map_t    *map;
    const jny_dict_t  *dict;

    map = &t->maps[m];
    dict = &t->blk.dict[jny_scan_columns[m].text];

    if (jny_scan_room(&map->ids, &map->ids_cap, dict->n, sizeof(*map->ids))
        != JNY_OK)
    {
        return JNY_ENOMEM;
    }

    if (m >= JNY_MAP_SOURCE) {
        return jny_names_parts(scan->names, m - JNY_MAP_SOURCE, dict,
                               &t->scratch, map->ids);
    }

    if (jny_names_dict(scan->names, jny_scan_columns[m].kind, dict,
                       &t->scratch, map->ids)
        != JNY_OK)
    {
        return JNY_ENOMEM;
    }

    return m == JNY_MAP_CURRENCY ? jny_scan_rates(scan, t) : JNY_OK;
}


/* The same, and which entry each row has. */
static int
jny_scan_map(const jny_scan_t *scan, jny_scan_thread_t *t, unsigned m)
{
    jny_scan_map_t  *map;

    map = &t->maps[m];

    if (jny_scan_room(&map->index, &map->index_cap, t->blk.nevents,
                      sizeof(*map->index))
        != JNY_OK)
    {
        return JNY_ENOMEM;
    }

    jny_columns_u32(&t->blk.text[jny_scan_columns[m].text], t->blk.nevents,
                    map->index);

    return jny_scan_dict(scan, t, m);
}


/* What the block's click ids stand for, as ids of tuple parts. */
static int
jny_scan_clicks(const jny_scan_t *scan, jny_scan_thread_t *t)
{
    char               folded[64];
    uint32_t           i, ids[2][2];
    unsigned           part;
    jny_dict_t         one;
    jny_slice_t        entries[2], pair[2], click;
    const jny_dict_t  *dict;

    dict = &t->blk.dict[JNY_TEXT_CLICK];

    if (jny_scan_room(&t->clicks, &t->clicks_cap, dict->n, sizeof(*t->clicks))
        != JNY_OK)
    {
        return JNY_ENOMEM;
    }

    memset(t->clicks, 0, dict->n * sizeof(*t->clicks));

    one.entries = entries;
    one.n = 2;
    entries[0].data = (const uint8_t *) "";
    entries[0].len = 0;

    for (i = 1; i < dict->n; i++) {
        click = dict->entries[i];

        if (click.len > sizeof(folded)) {
            continue;
        }

        jny_fold_lower(click, folded);
        click.data = (const uint8_t *) folded;

        if (!jny_channel_click(click, &pair[0], &pair[1])) {
            continue;
        }

        for (part = 0; part < 2; part++) {
            entries[1] = pair[part];

            if (jny_names_parts(scan->names, part, &one, &t->scratch,
                                ids[part])
                != JNY_OK)
            {
                return JNY_ENOMEM;
            }
        }

        t->clicks[i].source = ids[0][1];
        t->clicks[i].medium = ids[1][1];
    }

    return JNY_OK;
}


int
jny_scan_names(const jny_scan_t *scan, jny_scan_thread_t *t)
{
    int                 rc;
    unsigned            m;
    const jny_block_t  *blk;

    blk = &t->blk;

    rc = jny_scan_dict(scan, t, JNY_MAP_CURRENCY);

    if (rc != JNY_OK || !scan->wide) {
        return rc;
    }

    for (m = 0; rc == JNY_OK && m < JNY_MAP_COUNT; m++) {
        rc = jny_scan_map(scan, t, m);
    }

    if (rc != JNY_OK) {
        return rc;
    }

    jny_columns_u32(&blk->number[JNY_NUMBER_LATENCY], blk->nevents,
                    t->latency_ms);

    rc = jny_scan_clicks(scan, t);

    if (rc == JNY_OK && scan->nby > 0) {
        rc = jny_scan_by(scan, t);
    }

    return rc;
}


/* A tuple seen lately costs no lock. */
static int
jny_scan_tuple_id(const jny_scan_t *scan, jny_scan_thread_t *t,
                  const uint32_t parts[JNY_TUPLE_PARTS], uint32_t *id)
{
    int                rc;
    unsigned           k;
    uint64_t           h;
    jny_scan_tuple_t  *slot;

    h = 0;

    for (k = 0; k < JNY_TUPLE_PARTS; k++) {
        h = (h ^ parts[k]) * 0x9e3779b97f4a7c15u;
    }

    slot = &t->tuples[h >> 56];

    if (slot->id == 0 || memcmp(slot->parts, parts, sizeof(slot->parts)) != 0)
    {
        rc = jny_names_tuple_add(scan->names, parts, id);
        if (rc != JNY_OK) {
            return rc;
        }

        memcpy(slot->parts, parts, sizeof(slot->parts));
        slot->id = *id;
    }

    *id = slot->id;

    return JNY_OK;
}


/*
 * The row's own tuple.  Tags on a link from our own pages would start a
 * session that nobody came with, so they are ignored.
 */
static int
jny_scan_tuple(const jny_scan_t *scan, jny_scan_thread_t *t, uint32_t i,
               uint32_t *id)
{
    unsigned                 k;
    uint32_t                 parts[JNY_TUPLE_PARTS];
    const jny_scan_map_t    *map;
    const jny_scan_click_t  *click;

    *id = 0;

    if (t->row_flags[i] & JNY_ROW_SAME_HOST_REFERER) {
        return JNY_OK;
    }

    for (k = 0; k < JNY_TUPLE_PARTS; k++) {
        map = &t->maps[JNY_MAP_SOURCE + k];
        parts[k] = map->ids[map->index[i]];
    }

    click = &t->clicks[t->maps[JNY_MAP_CLICK].index[i]];

    parts[0] = parts[0] == 0 ? click->source : parts[0];
    parts[1] = parts[1] == 0 ? click->medium : parts[1];

    if ((parts[0] | parts[1] | parts[2]) == 0) {
        return JNY_OK;
    }

    return jny_scan_tuple_id(scan, t, parts, id);
}


int
jny_scan_detail(const jny_scan_t *scan, jny_scan_thread_t *t, uint32_t i,
                jny_detail_t *d)
{
    const jny_scan_map_t  *m;

    m = t->maps;

    d->page = m[JNY_MAP_PAGE].ids[m[JNY_MAP_PAGE].index[i]];
    d->touchpoint = m[JNY_MAP_TOUCHPOINT].ids[m[JNY_MAP_TOUCHPOINT].index[i]];
    d->touchpoint = d->touchpoint == 0 ? d->page : d->touchpoint;
    d->host = m[JNY_MAP_HOST].ids[m[JNY_MAP_HOST].index[i]];
    d->referrer = m[JNY_MAP_REFERRER].ids[m[JNY_MAP_REFERRER].index[i]];
    d->click = m[JNY_MAP_CLICK].ids[m[JNY_MAP_CLICK].index[i]];
    d->carried = 0;
    d->order = 0;
    d->currency = 0;
    d->by = scan->nby > 0 ? t->by[i] : 0;
    d->latency_ms = t->latency_ms[i];
    d->status = t->status[i];
    d->reserved = 0;
    d->value_e4 = 0;

    if (t->row_flags[i] & JNY_ROW_SAME_HOST_REFERER) {
        d->referrer = 0;
    }

    return jny_scan_tuple(scan, t, i, &d->arrived);
}
