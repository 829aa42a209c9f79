/*
 * stat_tags.c - values are counted as they were logged, once per entry of a
 * block's dictionary; what looks alike is found at the end, among distinct
 * values (stat_alike.c).
 */

#include "stat_tags.h"

#include <stdlib.h>
#include <string.h>

#include "render/text.h"
#include "stat_alike.h"


static const jny_text_e  jny_tag_columns[JNY_TAG_FIELDS] = {
    JNY_TEXT_SOURCE, JNY_TEXT_MEDIUM, JNY_TEXT_CAMPAIGN
};

static const char *const  jny_tag_names[JNY_TAG_FIELDS] = {
    "source", "medium", "campaign"
};


int
jny_tags_init(jny_tags_t *tags)
{
    int  rc;

    memset(tags, 0, sizeof(*tags));
    rc = jny_textset_init(&tags->self);

    for (unsigned f = 0; f < JNY_TAG_FIELDS && rc == JNY_OK; f++) {
        rc = jny_textset_init(&tags->values[f]);
    }

    return rc;
}


void
jny_tags_release(jny_tags_t *tags)
{
    jny_textset_release(&tags->self);

    for (unsigned f = 0; f < JNY_TAG_FIELDS; f++) {
        jny_textset_release(&tags->values[f]);
    }

    free(tags->rows);
}


static int
jny_tags_is_self(const jny_block_t *blk, uint32_t i)
{
    return (jny_column_at(&blk->number[JNY_NUMBER_FLAGS], i)
            & JNY_ROW_SAME_HOST_REFERER)
           != 0;
}


/* One field of the links that are not self-tagged. */
static int
jny_tags_values(jny_tags_t *tags, const jny_block_t *blk, unsigned field)
{
    int                  rc;
    uint64_t            *grown;
    const jny_dict_t    *dict;
    const jny_column_t  *column;

    dict = &blk->dict[jny_tag_columns[field]];
    column = &blk->text[jny_tag_columns[field]];

    if (dict->n <= 1) {
        return JNY_OK;
    }

    if (dict->n > tags->rows_cap) {
        grown = reallocarray(tags->rows, dict->n, sizeof(*grown));

        if (grown == NULL) {
            return JNY_ENOMEM;
        }

        tags->rows = grown;
        tags->rows_cap = dict->n;
    }

    memset(tags->rows, 0, dict->n * sizeof(*tags->rows));

    for (uint32_t i = 0; i < blk->nevents; i++) {
        tags->rows[jny_column_at(column, i)] += !jny_tags_is_self(blk, i);
    }

    rc = JNY_OK;

    for (uint32_t k = 1; k < dict->n && rc == JNY_OK; k++) {
        if (tags->rows[k] > 0) {
            rc = jny_textset_add(&tags->values[field], dict->entries[k].data,
                                 dict->entries[k].len, tags->rows[k]);
        }
    }

    return rc;
}


static int
jny_tags_self(jny_tags_t *tags, const jny_block_t *blk, uint32_t i,
    jny_buf_t *b)
{
    unsigned     any;
    uint64_t     at;
    jny_slice_t  s;

    any = 0;
    jny_buf_reset(b);

    for (unsigned f = 0; f < JNY_TAG_FIELDS; f++) {
        at = jny_column_at(&blk->text[jny_tag_columns[f]], i);
        s = blk->dict[jny_tag_columns[f]].entries[at];
        any |= at != 0;
        jny_buf_add(b, s.data, s.len);
        jny_buf_char(b, '\0');
    }

    if (!any) {
        return JNY_OK;
    }

    at = jny_column_at(&blk->text[JNY_TEXT_PAGE], i);
    s = blk->dict[JNY_TEXT_PAGE].entries[at];
    jny_buf_add(b, s.data, s.len);
    tags->self_events++;

    return b->failed ? JNY_ENOMEM
                     : jny_textset_add(&tags->self, b->data, b->len, 1);
}


int
jny_tags_block(jny_tags_t *tags, const jny_block_t *blk)
{
    int        rc;
    jny_buf_t  b;

    jny_buf_init(&b);
    rc = JNY_OK;

    for (unsigned f = 0; f < JNY_TAG_FIELDS && rc == JNY_OK; f++) {
        rc = jny_tags_values(tags, blk, f);
    }

    for (uint32_t i = 0; i < blk->nevents && rc == JNY_OK; i++) {
        if (jny_tags_is_self(blk, i)) {
            rc = jny_tags_self(tags, blk, i, &b);
        }
    }

    jny_buf_release(&b);

    return rc;
}


/* The next of the texts that NULs separate; *list moves on. */
static jny_slice_t
jny_tags_part(jny_slice_t *list)
{
    jny_slice_t     part;
    const uint8_t  *end;

    part = *list;
    end = list->len > 0 ? memchr(list->data, '\0', list->len) : NULL;

    if (end != NULL) {
        part.len = (size_t) (end - list->data);
        list->data += part.len + 1;
        list->len -= part.len + 1;
    }

    return part;
}


static void
jny_tags_json_alike(jny_json_t *js, const jny_tag_list_t *list, unsigned top)
{
    size_t            end;
    unsigned          shown;
    const jny_tag_t  *t;

    t = list->tags;
    shown = 0;
    jny_json_array(js, "near_duplicates");

    for (size_t i = 0; i < list->n && shown < top; i = end, shown++) {
        jny_json_object(js, NULL);
        jny_json_string(js, "field", jny_tag_names[t[i].field]);
        jny_json_bool(js, "apart", t[i].apart != 0);
        jny_json_uint(js, "count", t[i].total);
        jny_json_array(js, "values");

        for (end = i; end < list->n && jny_tag_alike(&t[i], &t[end]); end++) {
            jny_json_object(js, NULL);
            jny_json_slice(js, "value", t[end].logged);
            jny_json_slice(js, "counted_as", t[end].counted_as);
            jny_json_uint(js, "count", t[end].events);
            jny_json_object_end(js);
        }

        jny_json_array_end(js);
        jny_json_object_end(js);
    }

    jny_json_array_end(js);
}


int
jny_tags_json(jny_json_t *js, const jny_tags_t *tags,
    const jny_aliases_t *aliases, unsigned top)
{
    int             rc;
    uint32_t        n, *ids;
    jny_slice_t     text;
    jny_tag_list_t  list;

    ids = jny_textset_order(&tags->self, &n);
    rc = jny_tag_list_init(&list, tags, aliases);

    if (ids == NULL || rc != JNY_OK) {
        free(ids);
        jny_tag_list_release(&list);
        return JNY_ENOMEM;
    }

    jny_json_uint(js, "self_tagged_events", tags->self_events);
    jny_json_array(js, "self_tagged");

    for (uint32_t i = 0; i < n && i < top; i++) {
        text = jny_textset_text(&tags->self, ids[i]);
        jny_json_object(js, NULL);

        for (unsigned f = 0; f < JNY_TAG_FIELDS; f++) {
            jny_json_slice(js, jny_tag_names[f], jny_tags_part(&text));
        }

        jny_json_slice(js, "page", text);
        jny_json_uint(js, "count", tags->self.counts[ids[i]]);
        jny_json_object_end(js);
    }

    jny_json_array_end(js);
    jny_tags_json_alike(js, &list, top);
    jny_tag_list_release(&list);
    free(ids);

    return JNY_OK;
}


static void
jny_tags_text_self(jny_buf_t *out, const jny_tags_t *tags,
    const uint32_t *ids, uint32_t n)
{
    jny_buf_t    b;
    jny_slice_t  text;
    jny_table_t  t;

    if (n == 0) {
        return;
    }

    jny_buf_init(&b);
    jny_table_init(&t);
    jny_table_column(&t, "events", JNY_RIGHT, 0);
    jny_table_column(&t, "self-tagged link, ignored", JNY_LEFT, 0);
    jny_table_column(&t, "to page", JNY_LEFT, 60);

    for (uint32_t i = 0; i < n; i++) {
        text = jny_textset_text(&tags->self, ids[i]);
        jny_table_count(&t, tags->self.counts[ids[i]]);

        for (unsigned f = 0; f < JNY_TAG_FIELDS; f++) {
            jny_buf_str(&b, f > 0 ? " / " : "");
            jny_text_slice(&b, jny_tags_part(&text), 30);
        }

        jny_table_cell(&t, &b);
        jny_table_slice(&t, text);
    }

    jny_buf_char(out, '\n');
    jny_table_print(&t, out);
    jny_table_release(&t);
    jny_buf_release(&b);
}


/* In quotes: a blank at the end is what people look for. */
static void
jny_tags_text_alike(jny_buf_t *out, const jny_tag_list_t *list, unsigned top)
{
    unsigned          shown;
    jny_buf_t         b;
    jny_table_t       t;
    const jny_tag_t  *tag;

    if (list->n == 0) {
        return;
    }

    jny_buf_init(&b);
    jny_table_init(&t);
    jny_table_column(&t, "events", JNY_RIGHT, 0);
    jny_table_column(&t, "written alike", JNY_LEFT, 0);
    jny_table_column(&t, "as", JNY_LEFT, 40);
    jny_table_column(&t, "counted as", JNY_LEFT, 40);
    shown = 0;

    for (size_t i = 0; i < list->n; i++) {
        tag = &list->tags[i];

        if (i == 0 || !jny_tag_alike(tag, tag - 1)) {
            if (shown++ == top) {
                break;
            }

            jny_buf_str(&b, jny_tag_names[tag->field]);
        }

        jny_table_count(&t, tag->events);
        jny_table_cell(&t, &b);
        jny_buf_char(&b, '"');
        jny_text_slice(&b, tag->logged, 38);
        jny_buf_char(&b, '"');
        jny_table_cell(&t, &b);
        jny_table_slice(&t, tag->counted_as);
    }

    jny_buf_char(out, '\n');
    jny_table_print(&t, out);
    jny_table_release(&t);
    jny_buf_release(&b);
}


int
jny_tags_text(jny_buf_t *out, const jny_tags_t *tags,
    const jny_aliases_t *aliases, unsigned top)
{
    int             rc;
    uint32_t        n, *ids;
    jny_tag_list_t  list;

    ids = jny_textset_order(&tags->self, &n);
    rc = jny_tag_list_init(&list, tags, aliases);

    if (ids == NULL || rc != JNY_OK) {
        rc = JNY_ENOMEM;

    } else {
        jny_tags_text_self(out, tags, ids, n < top ? n : top);
        jny_tags_text_alike(out, &list, top);
    }

    jny_tag_list_release(&list);
    free(ids);

    return rc;
}
