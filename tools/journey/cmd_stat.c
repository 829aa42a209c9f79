/*
 * cmd_stat.c - what is in the logs: sizes, times, writers, texts.
 */

#include "options.h"

#include <inttypes.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "census.h"
#include "ledger.h"
#include "render/document.h"
#include "render/text.h"
#include "stat_bots.h"
#include "stat_tags.h"


static int jny_stat_run(const jny_options_t *opt);


const jny_command_t  jny_cmd_stat = {
    "stat",
    "say what is in the logs",
    "format output strict tz top read-model",
    "[options] LOG...",
    "Bytes of a column are those of its decoded values; on disk msgpack and\n"
    "deflate make them fewer.  Those of a dictionary are those of\n"
    "its texts.  Blocks given twice are counted once.\n",
    jny_stat_run
};


typedef struct {
    jny_census_t  census;
    jny_ledger_t  ledger;
    jny_tags_t    tags;
} jny_stat_t;


static int
jny_stat_block(void *ctx, const jny_session_t *s, const jny_block_ref_t *ref,
    const jny_block_t *blk)
{
    jny_stat_t  *st;

    st = ctx;

    if (jny_ledger_block(&st->ledger, ref, blk) != JNY_OK
        || jny_tags_block(&st->tags, blk) != JNY_OK)
    {
        return JNY_ENOMEM;
    }

    return jny_census_block(&st->census, ref, blk);
}


static double
jny_stat_per_event(uint64_t bytes, uint64_t events)
{
    return events ? (double) bytes / (double) events : NAN;
}


/* The names of a stage list, which NULs separate; *list moves on. */

static int
jny_stat_stage(jny_slice_t *list, jny_slice_t *name)
{
    const uint8_t  *end;

    if (list->data == NULL) {
        return 0;
    }

    *name = *list;
    end = list->len > 0 ? memchr(list->data, '\0', list->len) : NULL;

    if (end == NULL) {
        list->data = NULL;
        return 1;
    }

    name->len = end - list->data;
    list->data += name->len + 1;
    list->len -= name->len + 1;

    return 1;
}


static int
jny_stat_json_lists(jny_json_t *js, const jny_textset_t *set)
{
    uint32_t     n, *ids;
    jny_slice_t  list, name;

    ids = jny_textset_order(set, &n);

    if (ids == NULL) {
        return JNY_ENOMEM;
    }

    jny_json_array(js, "stage_lists");

    for (uint32_t i = 0; i < n; i++) {
        list = jny_textset_text(set, ids[i]);

        jny_json_object(js, NULL);
        jny_json_array(js, "stages");

        while (list.len > 0 && jny_stat_stage(&list, &name)) {
            jny_json_slice(js, NULL, name);
        }

        jny_json_array_end(js);
        jny_json_uint(js, "count", set->counts[ids[i]]);
        jny_json_object_end(js);
    }

    jny_json_array_end(js);
    free(ids);

    return JNY_OK;
}


static int
jny_stat_json_texts(jny_json_t *js, const char *key, const char *member,
    const jny_textset_t *set, unsigned top)
{
    uint32_t  n, *ids;

    ids = jny_textset_order(set, &n);

    if (ids == NULL) {
        return JNY_ENOMEM;
    }

    jny_json_array(js, key);

    for (uint32_t i = 0; i < n && i < top; i++) {
        jny_json_object(js, NULL);
        jny_json_slice(js, member, jny_textset_text(set, ids[i]));
        jny_json_uint(js, "count", set->counts[ids[i]]);
        jny_json_object_end(js);
    }

    jny_json_array_end(js);
    free(ids);

    return JNY_OK;
}


static void
jny_stat_json_sizes(jny_json_t *js, const jny_stat_t *st)
{
    const jny_census_t  *c;

    c = &st->census;

    jny_json_uint(js, "writers", st->ledger.n);
    jny_json_uint(js, "distinct_visitors", c->visitors.n);
    jny_json_uint(js, "distinct_agents",
                  jny_interner_count(c->agents.interner) - 1);

    jny_json_object(js, "bytes");
    jny_json_uint(js, "disk", c->disk);
    jny_json_uint(js, "raw", c->raw);
    jny_json_number(js, "disk_per_event",
                    jny_stat_per_event(c->disk, c->disk_events), 2);
    jny_json_number(js, "raw_per_event",
                    jny_stat_per_event(c->raw, c->events), 2);
    jny_json_object_end(js);

    jny_json_object(js, "kinds");
    jny_json_uint(js, "failed", c->failed);
    jny_json_uint(js, "bots", c->bots);
    jny_json_uint(js, "speculative", c->speculative);
    jny_json_uint(js, "internal", c->internal);
    jny_json_uint(js, "beacons", c->beacons);
    jny_json_uint(js, "sales", c->sales);
    jny_json_uint(js, "refunds", c->refunds);
    jny_json_object_end(js);
}


static void
jny_stat_json_parts(jny_json_t *js, const jny_census_t *c)
{
    jny_json_array(js, "columns");

    for (unsigned i = 0; i < c->nparts; i++) {
        jny_json_object(js, NULL);
        jny_json_string(js, "name", c->parts[i].name);
        jny_json_uint(js, "raw", c->parts[i].raw);
        jny_json_number(js, "raw_per_event",
                        jny_stat_per_event(c->parts[i].raw, c->events), 3);
        jny_json_uint(js, "blocks", c->parts[i].blocks);
        jny_json_object_end(js);
    }

    jny_json_array_end(js);
}


static int
jny_stat_json(jny_buf_t *out, const jny_session_t *s, const jny_stat_t *st,
    const jny_document_t *doc)
{
    jny_json_t           js;
    const jny_census_t  *c;

    c = &st->census;

    jny_json_init(&js, out, 2);
    jny_document_open(&js, doc);
    jny_document_input(&js, doc);

    jny_stat_json_sizes(&js, st);

    if (jny_stat_json_texts(&js, "edges", "edge", &c->edges, UINT32_MAX)
        || jny_stat_json_lists(&js, &c->stage_lists)
        || jny_stat_json_texts(&js, "agents", "agent", &c->agents, s->opt->top)
        || jny_stat_bots_json(&js, &c->agents, s->opt->top)
        || jny_tags_json(&js, &st->tags, s->plan.aliases, s->opt->top))
    {
        return JNY_ENOMEM;
    }

    jny_stat_json_parts(&js, c);
    jny_document_close(&js);

    return JNY_OK;
}


static void
jny_stat_line(jny_buf_t *out, const char *name, jny_buf_t *words)
{
    if (words->failed) {
        out->failed = 1;
        return;
    }

    jny_document_line(out, name, words->data ? words->data : "");
    jny_buf_reset(words);
}


static void
jny_stat_text_sizes(jny_buf_t *out, const jny_stat_t *st)
{
    jny_buf_t            b;
    const jny_census_t  *c;

    c = &st->census;
    jny_buf_init(&b);

    jny_text_count(&b, c->events);
    jny_stat_line(out, "events", &b);

    jny_text_count(&b, c->visitors.n);
    jny_stat_line(out, "visitors", &b);

    jny_text_count(&b, st->ledger.n);
    jny_stat_line(out, "writers", &b);

    jny_text_bytes(&b, c->disk);

    if (c->disk_events > 0) {
        jny_buf_printf(&b, ", %.2f an event",
                       jny_stat_per_event(c->disk, c->disk_events));
    }

    jny_stat_line(out, "on disk", &b);

    jny_text_bytes(&b, c->raw);

    if (c->events > 0) {
        jny_buf_printf(&b, ", %.2f an event",
                       jny_stat_per_event(c->raw, c->events));
    }

    jny_stat_line(out, "inflated", &b);
    jny_buf_release(&b);
}


static void
jny_stat_text_kinds(jny_buf_t *out, const jny_census_t *c)
{
    unsigned                n;
    jny_buf_t               b;
    const struct {
        const char  *name;
        uint64_t     n;
    } kinds[] = {
        { "failed", c->failed },
        { "bots", c->bots },
        { "speculative", c->speculative },
        { "internal", c->internal },
        { "beacons", c->beacons },
        { "sales", c->sales },
        { "refunds", c->refunds },
    };

    n = sizeof(kinds) / sizeof(kinds[0]);
    jny_buf_init(&b);

    for (unsigned i = 0; i < n; i++) {
        if (kinds[i].n == 0) {
            continue;
        }

        jny_buf_str(&b, b.len > 0 ? ", " : "");
        jny_buf_printf(&b, "%s ", kinds[i].name);
        jny_text_count(&b, kinds[i].n);
    }

    if (b.len > 0 || b.failed) {
        jny_stat_line(out, "among them", &b);
    }

    jny_buf_release(&b);
}


static void
jny_stat_text_lists(jny_table_t *t, jny_slice_t list)
{
    jny_buf_t    b;
    jny_slice_t  name;

    jny_buf_init(&b);

    while (list.len > 0 && jny_stat_stage(&list, &name)) {
        jny_buf_str(&b, b.len > 0 ? " > " : "");
        jny_text_slice(&b, name, 0);
    }

    if (b.failed) {
        t->text.failed = 1;

    } else {
        jny_table_str(t, b.data);
    }

    jny_buf_release(&b);
}


static int
jny_stat_text_set(jny_buf_t *out, const char *name, const char *unit,
    const jny_textset_t *set, unsigned top, int lists)
{
    uint32_t     n, *ids;
    jny_slice_t  text;
    jny_table_t  t;

    ids = jny_textset_order(set, &n);

    if (ids == NULL) {
        return JNY_ENOMEM;
    }

    jny_table_init(&t);
    jny_table_column(&t, unit, JNY_RIGHT, 0);
    jny_table_column(&t, name, JNY_LEFT, 100);

    for (uint32_t i = 0; i < n && i < top; i++) {
        text = jny_textset_text(set, ids[i]);
        jny_table_count(&t, set->counts[ids[i]]);

        if (text.len == 0) {
            jny_table_str(&t, "(none)");

        } else if (lists) {
            jny_stat_text_lists(&t, text);

        } else {
            jny_table_slice(&t, text);
        }
    }

    if (n > 0) {
        jny_buf_char(out, '\n');
        jny_table_print(&t, out);
    }

    jny_table_release(&t);
    free(ids);

    return JNY_OK;
}


static void
jny_stat_text_parts(jny_buf_t *out, const jny_census_t *c)
{
    char         per_event[32];
    jny_table_t  t;
    jny_slice_t  name;

    if (c->events == 0) {
        return;
    }

    jny_table_init(&t);
    jny_table_column(&t, "column", JNY_LEFT, 0);
    jny_table_column(&t, "decoded bytes", JNY_RIGHT, 0);
    jny_table_column(&t, "an event", JNY_RIGHT, 0);
    jny_table_column(&t, "blocks", JNY_RIGHT, 0);

    for (unsigned i = 0; i < c->nparts; i++) {
        name.data = (const uint8_t *) c->parts[i].name;
        name.len = strlen(c->parts[i].name);

        snprintf(per_event, sizeof(per_event), "%.3f",
                 jny_stat_per_event(c->parts[i].raw, c->events));

        jny_table_slice(&t, name);
        jny_table_count(&t, c->parts[i].raw);
        jny_table_str(&t, per_event);
        jny_table_count(&t, c->parts[i].blocks);
    }

    jny_buf_char(out, '\n');
    jny_table_print(&t, out);
    jny_table_release(&t);
}


static int
jny_stat_text(jny_buf_t *out, const jny_session_t *s, const jny_stat_t *st,
    const jny_document_t *doc)
{
    const jny_census_t  *c;

    c = &st->census;

    jny_stat_text_sizes(out, st);
    jny_stat_text_kinds(out, c);

    if (jny_stat_text_set(out, "stages", "blocks", &c->stage_lists, UINT32_MAX,
                          1)
        || jny_stat_text_set(out, "edge", "blocks", &c->edges, UINT32_MAX, 0)
        || jny_stat_text_set(out, "agent", "events", &c->agents, s->opt->top,
                             0)
        || jny_stat_bots_text(out, &c->agents, s->opt->top)
        || jny_tags_text(out, &st->tags, s->plan.aliases, s->opt->top))
    {
        return JNY_ENOMEM;
    }

    jny_stat_text_parts(out, c);
    jny_document_foot(out, doc);

    return JNY_OK;
}


static int
jny_stat_print(void *ctx, const jny_session_t *s)
{
    int                  rc;
    jny_buf_t            out;
    jny_stat_t          *st;
    jny_document_t       doc;
    jny_input_summary_t  sum;

    st = ctx;

    if (jny_ledger_close(&st->ledger, s->in) != JNY_OK) {
        return JNY_ENOMEM;
    }

    jny_ledger_summary(&st->ledger, s->in, &sum);
    jny_census_summary(&st->census, &sum);

    doc.command = s->cmd->name;
    doc.tz = s->opt->tz;
    doc.plan = &s->plan;
    doc.facts = NULL;
    doc.input = &sum;

    jny_buf_init(&out);

    rc = s->opt->format == JNY_FORMAT_JSON ? jny_stat_json(&out, s, st, &doc)
                                           : jny_stat_text(&out, s, st, &doc);

    if (rc == JNY_OK) {
        rc = jny_session_write(s, &out);
    }

    jny_buf_release(&out);
    return rc;
}


static int
jny_stat_run(const jny_options_t *opt)
{
    int                        code;
    jny_stat_t                 st;
    static const jny_reader_t  reader = { jny_stat_block, jny_stat_print, 0 };

    jny_ledger_init(&st.ledger);

    if ((jny_census_init(&st.census) | jny_tags_init(&st.tags)) != JNY_OK) {
        fprintf(stderr, "journey stat: %s\n", jny_strerror(JNY_ENOMEM));
        code = JNY_EXIT_FAILED;

    } else {
        code = jny_session_read(&jny_cmd_stat, opt, &reader, &st);
    }

    jny_census_release(&st.census);
    jny_tags_release(&st.tags);
    jny_ledger_release(&st.ledger);

    return code;
}
