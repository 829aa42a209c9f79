/*
 * scan_by.c - the --by column of a block as ids: a text, custom or agent
 * column through its dictionary; status, flags and bots through texts made
 * here.
 */

#include "engine/scan.h"

#include <stdio.h>
#include <string.h>

#include "engine/columns.h"


#define JNY_BY_STATUS  1000   /* a status is three digits */


static int
jny_scan_by_dict(const jny_scan_t *scan, jny_scan_thread_t *t,
                 const jny_dict_t *dict)
{
    if (jny_scan_room(&t->by_map.ids, &t->by_map.ids_cap, dict->n,
                      sizeof(uint32_t))
        != JNY_OK)
    {
        return JNY_ENOMEM;
    }

    return jny_names_dict(scan->names, JNY_NAME_BY, dict, &t->scratch,
                          t->by_map.ids);
}


static int
jny_scan_by_column(const jny_scan_t *scan, jny_scan_thread_t *t,
                   const jny_column_t *column, const jny_dict_t *dict)
{
    uint32_t  i;

    if (jny_scan_by_dict(scan, t, dict) != JNY_OK) {
        return JNY_ENOMEM;
    }

    jny_columns_u32(column, t->blk.nevents, t->by);

    for (i = 0; i < t->blk.nevents; i++) {
        t->by[i] = t->by_map.ids[t->by[i]];
    }

    return JNY_OK;
}


/* A touchpoint that was not logged is the page. */
static int
jny_scan_by_touchpoint(const jny_scan_t *scan, jny_scan_thread_t *t)
{
    int                 rc;
    uint32_t            i, *page;
    const jny_block_t  *blk;

    blk = &t->blk;

    rc = jny_scan_by_column(scan, t, &blk->text[JNY_TEXT_TOUCHPOINT],
                            &blk->dict[JNY_TEXT_TOUCHPOINT]);

    if (rc == JNY_OK) {
        rc = jny_scan_by_dict(scan, t, &blk->dict[JNY_TEXT_PAGE]);
    }

    if (rc != JNY_OK) {
        return rc;
    }

    page = t->maps[JNY_MAP_PAGE].index;

    for (i = 0; i < blk->nevents; i++) {
        if (t->by[i] == 0) {
            t->by[i] = t->by_map.ids[page[i]];
        }
    }

    return JNY_OK;
}


static int
jny_scan_by_custom(const jny_scan_t *scan, jny_scan_thread_t *t)
{
    size_t              len;
    unsigned            f;
    const char         *name;
    const jny_block_t  *blk;

    blk = &t->blk;
    name = scan->plan->by + strlen("x_");
    len = strlen(name);

    for (f = 0; f < blk->nfields; f++) {
        if (blk->field_names[f].len == len
            && memcmp(blk->field_names[f].data, name, len) == 0)
        {
            t->by_found = 1;
            return jny_scan_by_column(scan, t, &blk->fields[f],
                                      &blk->field_dicts[f]);
        }
    }

    memset(t->by, 0, blk->nevents * sizeof(*t->by));

    return JNY_OK;
}


/* by[i] is an index into visitors' agents. */
static int
jny_scan_by_agent(const jny_scan_t *scan, jny_scan_thread_t *t)
{
    uint32_t            i;
    const jny_block_t  *blk;

    blk = &t->blk;

    if (jny_scan_by_dict(scan, t, &blk->agents) != JNY_OK) {
        return JNY_ENOMEM;
    }

    for (i = 0; i < blk->nevents; i++) {
        t->by[i] =
            t->by_map.ids[jny_column_at(&blk->agent_of_id, t->visitor[i])];
    }

    return JNY_OK;
}


static int
jny_scan_by_status(const jny_scan_t *scan, jny_scan_thread_t *t)
{
    char         texts[JNY_BY_STATUS][4];
    uint16_t     status;
    uint32_t     i;
    jny_dict_t   dict;
    jny_slice_t  entries[JNY_BY_STATUS];

    dict.entries = entries;
    dict.n = JNY_BY_STATUS;

    for (i = 0; i < JNY_BY_STATUS; i++) {
        entries[i].data = (const uint8_t *) texts[i];
        entries[i].len = 0;
    }

    for (i = 0; i < t->blk.nevents; i++) {
        status = t->status[i] < JNY_BY_STATUS ? t->status[i] : 0;

        if (status != 0 && entries[status].len == 0) {
            entries[status].len =
                (size_t) snprintf(texts[status], sizeof(texts[status]), "%u",
                                  (unsigned) status);
        }

        t->by[i] = status;
    }

    if (jny_scan_by_dict(scan, t, &dict) != JNY_OK) {
        return JNY_ENOMEM;
    }

    for (i = 0; i < t->blk.nevents; i++) {
        t->by[i] = t->by_map.ids[t->by[i]];
    }

    return JNY_OK;
}


/* "yes" or "no" from a bit of the row flags, or from the bot table. */
static int
jny_scan_by_bit(const jny_scan_t *scan, jny_scan_thread_t *t)
{
    int         yes;
    uint32_t    i;
    jny_dict_t  dict;

    static const jny_slice_t entries[] = {
        { (const uint8_t *) "no", 2 },
        { (const uint8_t *) "yes", 3 }
    };

    dict.entries = entries;
    dict.n = 2;

    if (jny_scan_by_dict(scan, t, &dict) != JNY_OK) {
        return JNY_ENOMEM;
    }

    for (i = 0; i < t->blk.nevents; i++) {
        yes = scan->by->kind == JNY_FIELD_BOT
                  ? (t->id_why[t->visitor[i]] & JNY_ROW_BOT) != 0
                  : (t->row_flags[i] & scan->by->index) != 0;
        t->by[i] = t->by_map.ids[yes];
    }

    return JNY_OK;
}


int
jny_scan_by(const jny_scan_t *scan, jny_scan_thread_t *t)
{
    const jny_block_t  *blk;

    blk = &t->blk;

    switch (scan->by->kind) {

    case JNY_FIELD_TEXT:
        if (scan->by->index == JNY_TEXT_TOUCHPOINT) {
            return jny_scan_by_touchpoint(scan, t);
        }
        return jny_scan_by_column(scan, t, &blk->text[scan->by->index],
                                  &blk->dict[scan->by->index]);

    case JNY_FIELD_CUSTOM:
        return jny_scan_by_custom(scan, t);

    case JNY_FIELD_AGENT:
        return jny_scan_by_agent(scan, t);

    case JNY_FIELD_NUMBER:
        return jny_scan_by_status(scan, t);

    default:
        return jny_scan_by_bit(scan, t);
    }
}
