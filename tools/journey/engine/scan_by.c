/*
 * scan_by.c - the --by columns of a block as ids.
 *
 * Each column becomes a dictionary and an index into it by row: that of a text
 * column as logged; one made here for status, flags, bots and touchpoints.  Of
 * several columns the combinations that occur become a dictionary in turn, so
 * a row still has one id, and texts are met once a block.
 */

#include "engine/scan.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/buf.h"
#include "base/slots.h"
#include "engine/columns.h"


#define JNY_BY_STATUS  1000   /* a status is three digits */

typedef struct {
    jny_dict_t    dict;
    jny_slice_t  *made;       /* entries of a dictionary made here, or NULL */
    uint32_t     *index;      /* by row */
} jny_scan_by_t;

typedef struct {
    jny_slice_t  entries[JNY_BY_STATUS];
    char         texts[JNY_BY_STATUS][4];
} jny_scan_statuses_t;


static void
jny_scan_by_column(const jny_scan_thread_t *t, jny_scan_by_t *by,
                   const jny_column_t *column, const jny_dict_t *dict)
{
    by->dict = *dict;
    jny_columns_u32(column, t->blk.nevents, by->index);
}


/* A touchpoint that was not logged is the page: one dictionary for both. */
static int
jny_scan_by_touchpoint(const jny_scan_thread_t *t, jny_scan_by_t *by)
{
    uint32_t           i;
    size_t             n, pages;
    const uint32_t    *page;
    const jny_dict_t  *dict;

    jny_scan_by_column(t, by, &t->blk.text[JNY_TEXT_TOUCHPOINT],
                       &t->blk.dict[JNY_TEXT_TOUCHPOINT]);

    n = by->dict.n;
    dict = &t->blk.dict[JNY_TEXT_PAGE];
    pages = dict->n;

    by->made = malloc((n + pages) * sizeof(*by->made));
    if (by->made == NULL) {
        return JNY_ENOMEM;
    }

    memcpy(by->made, by->dict.entries, n * sizeof(*by->made));
    memcpy(by->made + n, dict->entries, pages * sizeof(*by->made));

    by->dict.entries = by->made;
    by->dict.n = (uint32_t) (n + pages);

    page = t->maps[JNY_MAP_PAGE].index;

    for (i = 0; i < t->blk.nevents; i++) {
        if (by->index[i] == 0) {
            by->index[i] = (uint32_t) n + page[i];
        }
    }

    return JNY_OK;
}


static void
jny_scan_by_custom(const jny_scan_by_field_t *field, jny_scan_thread_t *t,
                   jny_scan_by_t *by)
{
    size_t              len;
    unsigned            f;
    const char         *name;
    const jny_block_t  *blk;

    static const jny_slice_t  absent = { (const uint8_t *) "", 0 };

    blk = &t->blk;
    name = field->name + strlen("x_");
    len = field->len - strlen("x_");

    for (f = 0; f < blk->nfields; f++) {
        if (blk->field_names[f].len == len
            && memcmp(blk->field_names[f].data, name, len) == 0)
        {
            t->by_found |= field->bit;
            jny_scan_by_column(t, by, &blk->fields[f], &blk->field_dicts[f]);
            return;
        }
    }

    by->dict.entries = &absent;
    by->dict.n = 1;
    memset(by->index, 0, blk->nevents * sizeof(*by->index));
}


static void
jny_scan_by_agent(const jny_scan_thread_t *t, jny_scan_by_t *by)
{
    uint32_t            i;
    const jny_block_t  *blk;

    blk = &t->blk;
    by->dict = blk->agents;

    for (i = 0; i < blk->nevents; i++) {
        by->index[i] = (uint32_t) jny_column_at(&blk->agent_of_id,
                                                t->visitor[i]);
    }
}


static int
jny_scan_by_status(const jny_scan_thread_t *t, jny_scan_by_t *by)
{
    uint32_t              i, status;
    jny_slice_t          *entry;
    jny_scan_statuses_t  *s;

    s = malloc(sizeof(*s));
    if (s == NULL) {
        return JNY_ENOMEM;
    }

    by->made = s->entries;
    by->dict.entries = s->entries;
    by->dict.n = JNY_BY_STATUS;

    for (i = 0; i < JNY_BY_STATUS; i++) {
        s->entries[i].data = (const uint8_t *) s->texts[i];
        s->entries[i].len = 0;
    }

    for (i = 0; i < t->blk.nevents; i++) {
        status = t->status[i] < JNY_BY_STATUS ? t->status[i] : 0;
        entry = &s->entries[status];

        if (status != 0 && entry->len == 0) {
            entry->len = (size_t) snprintf(s->texts[status],
                                           sizeof(s->texts[status]), "%u",
                                           (unsigned) status);
        }

        by->index[i] = status;
    }

    return JNY_OK;
}


/* "yes" or "no" from a bit of the row flags, or from the bot table. */
static void
jny_scan_by_bit(const jny_field_t *field, const jny_scan_thread_t *t,
                jny_scan_by_t *by)
{
    uint32_t  i;

    static const jny_slice_t entries[] = {
        { (const uint8_t *) "no", 2 },
        { (const uint8_t *) "yes", 3 }
    };

    by->dict.entries = entries;
    by->dict.n = 2;

    for (i = 0; i < t->blk.nevents; i++) {
        by->index[i] = field->kind == JNY_FIELD_BOT
                           ? (t->id_why[t->visitor[i]] & JNY_ROW_BOT) != 0
                           : (t->row_flags[i] & field->index) != 0;
    }
}


static int
jny_scan_by_read(const jny_scan_by_field_t *by_field, jny_scan_thread_t *t,
                 jny_scan_by_t *by)
{
    const jny_field_t  *field;
    const jny_block_t  *blk;

    blk = &t->blk;
    field = by_field->field;

    switch (field->kind) {

    case JNY_FIELD_TEXT:
        if (field->index == JNY_TEXT_TOUCHPOINT) {
            return jny_scan_by_touchpoint(t, by);
        }
        jny_scan_by_column(t, by, &blk->text[field->index],
                           &blk->dict[field->index]);
        return JNY_OK;

    case JNY_FIELD_CUSTOM:
        jny_scan_by_custom(by_field, t, by);
        return JNY_OK;

    case JNY_FIELD_AGENT:
        jny_scan_by_agent(t, by);
        return JNY_OK;

    case JNY_FIELD_NUMBER:
        return jny_scan_by_status(t, by);

    default:
        jny_scan_by_bit(field, t, by);
        return JNY_OK;
    }
}


/* From places in a dictionary, as t->by holds them, to ids. */
static int
jny_scan_by_ids(const jny_scan_t *scan, jny_scan_thread_t *t,
                const jny_dict_t *dict)
{
    int       rc;
    uint32_t  i;

    rc = jny_scan_room(&t->by_map.ids, &t->by_map.ids_cap, dict->n,
                       sizeof(uint32_t));

    if (rc == JNY_OK) {
        rc = jny_names_dict(scan->names, JNY_NAME_BY, dict, &t->scratch,
                            t->by_map.ids);
    }

    for (i = 0; rc == JNY_OK && i < t->blk.nevents; i++) {
        t->by[i] = t->by_map.ids[t->by[i]];
    }

    return rc;
}


/* The number of the row's combination; rows[] holds the first row of each. */
static int
jny_scan_by_number(const jny_scan_by_t *by, unsigned nby, uint32_t row,
                   jny_slots_t *slots, uint32_t *rows, uint32_t *number)
{
    uint32_t  i, hash, probe, words[JNY_MAX_BY];
    unsigned  k;

    for (k = 0; k < nby; k++) {
        words[k] = by[k].index[row];
    }

    probe = 0;
    hash = jny_slots_hash(words, nby);

    while ((i = jny_slots_next(slots, hash, &probe)) != JNY_SLOTS_NONE) {

        for (k = 0; k < nby && by[k].index[rows[i]] == words[k]; k++) {
            /* void */
        }

        if (k == nby) {
            *number = i;
            return JNY_OK;
        }
    }

    *number = slots->n;
    rows[slots->n] = row;

    return jny_slots_put(slots, hash, slots->n) == 0 ? JNY_OK : JNY_ENOMEM;
}


/* The text of a combination: of each part its length, then its bytes. */
static int
jny_scan_by_texts(const jny_scan_by_t *by, unsigned nby, const uint32_t *rows,
                  uint32_t n, jny_buf_t *texts, jny_slice_t *entries)
{
    size_t              at;
    uint32_t            i, len;
    unsigned            k;
    const jny_slice_t  *text;

    for (i = 0; i < n; i++) {
        at = texts->len;

        for (k = 0; k < nby; k++) {
            text = &by[k].dict.entries[by[k].index[rows[i]]];
            len = (uint32_t) text->len;
            jny_buf_add(texts, &len, sizeof(len));
            jny_buf_add(texts, text->data, text->len);
        }

        entries[i].len = texts->len - at;
    }

    if (texts->failed) {
        return JNY_ENOMEM;
    }

    for (i = 0, at = 0; i < n; i++) {
        entries[i].data = (const uint8_t *) texts->data + at;
        at += entries[i].len;
    }

    return JNY_OK;
}


static int
jny_scan_by_combine(const jny_scan_t *scan, jny_scan_thread_t *t,
                    const jny_scan_by_t *by)
{
    int           rc;
    uint32_t      i, *rows;
    jny_buf_t     texts;
    jny_dict_t    dict;
    jny_slots_t   slots;
    jny_slice_t  *entries;

    memset(&slots, 0, sizeof(slots));
    jny_buf_init(&texts);
    entries = NULL;

    rows = malloc(((size_t) t->blk.nevents + 1) * sizeof(*rows));
    rc = rows != NULL ? JNY_OK : JNY_ENOMEM;

    for (i = 0; rc == JNY_OK && i < t->blk.nevents; i++) {
        rc = jny_scan_by_number(by, scan->nby, i, &slots, rows, &t->by[i]);
    }

    if (rc == JNY_OK) {
        entries = malloc(((size_t) slots.n + 1) * sizeof(*entries));
        rc = entries == NULL ? JNY_ENOMEM
                             : jny_scan_by_texts(by, scan->nby, rows, slots.n,
                                                 &texts, entries);
    }

    if (rc == JNY_OK) {
        dict.entries = entries;
        dict.n = slots.n;
        rc = jny_scan_by_ids(scan, t, &dict);
    }

    jny_slots_release(&slots);
    jny_buf_release(&texts);
    free(entries);
    free(rows);

    return rc;
}


int
jny_scan_by(const jny_scan_t *scan, jny_scan_thread_t *t)
{
    int            rc;
    uint32_t      *indexes;
    unsigned       k;
    jny_scan_by_t  by[JNY_MAX_BY];

    memset(by, 0, sizeof(by));
    indexes = NULL;
    rc = JNY_OK;

    if (scan->nby > 1) {
        indexes = malloc(((size_t) t->blk.nevents * scan->nby + 1)
                         * sizeof(*indexes));
        if (indexes == NULL) {
            return JNY_ENOMEM;
        }
    }

    for (k = 0; k < scan->nby && rc == JNY_OK; k++) {
        by[k].index = scan->nby > 1 ? indexes + (size_t) k * t->blk.nevents
                                    : t->by;
        rc = jny_scan_by_read(&scan->by[k], t, &by[k]);
    }

    if (rc == JNY_OK) {
        rc = scan->nby > 1 ? jny_scan_by_combine(scan, t, by)
                           : jny_scan_by_ids(scan, t, &by[0].dict);
    }

    for (k = 0; k < scan->nby; k++) {
        free(by[k].made);
    }

    free(indexes);

    return rc;
}
