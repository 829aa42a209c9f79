/*
 * cmd_cat.c - events as they stand in the logs, one line each.
 *
 * There are no journeys here: nothing is carried over from one event to the
 * next, so campaign terms of --where see what arrived on the event itself.
 */

#include "options.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "engine/bots.h"
#include "engine/fields.h"
#include "engine/fold.h"
#include "render/json.h"
#include "render/text.h"


static int jny_cat_run(const jny_options_t *opt);


const jny_command_t  jny_cmd_cat = {
    "cat",
    "print events, one line each",
    "format output strict start end last tz where cat-bots",
    "[options] LOG...",
    "Events come in the order in which each writer wrote them, one writer\n"
    "after the other.  With --format json every line is one object (NDJSON):\n"
    "time in ms since the epoch, visitor as 16 hexadecimal digits, money in\n"
    "units; what is absent is left out.\n",
    jny_cat_run
};


typedef struct {
    jny_matcher_t  *matcher;
    jny_buf_t       out;
    uint64_t       *words;     /* per row of the block: passes --where */
    uint32_t        words_cap;
    uint8_t        *bots;      /* per id of the block */
    uint32_t        bots_cap;
    jny_bots_t     *seen;
    char           *folded;    /* room for a carried text */
    size_t          folded_cap;
} jny_cat_t;

/* One event, and what it takes to print it. */
typedef struct {
    const jny_block_t  *blk;
    jny_row_t           row;
    int                 bot;
} jny_cat_event_t;


static int
jny_cat_select(jny_cat_t *cat, const jny_session_t *s, const jny_block_t *blk)
{
    uint64_t  *words;

    if (blk->nevents > cat->words_cap) {
        words = realloc(cat->words, blk->nevents * sizeof(*words));

        if (words == NULL) {
            return JNY_ENOMEM;
        }

        cat->words = words;
        cat->words_cap = blk->nevents;
    }

    if (s->plan.where == NULL) {
        memset(cat->words, 0xff, blk->nevents * sizeof(cat->words[0]));
        return JNY_OK;
    }

    memset(cat->words, 0, blk->nevents * sizeof(cat->words[0]));

    return jny_selector_match(s->plan.where, cat->matcher, blk,
                              blk->stages.entries, blk->stages.n, cat->words,
                              1);
}


/* An agent is looked at once per id, not once per event. */

static int
jny_cat_bots(jny_cat_t *cat, const jny_block_t *blk)
{
    uint8_t      *bots;
    jny_slice_t   agent;

    if (blk->nids > cat->bots_cap) {
        bots = realloc(cat->bots, blk->nids);

        if (bots == NULL) {
            return JNY_ENOMEM;
        }

        cat->bots = bots;
        cat->bots_cap = blk->nids;
    }

    for (uint32_t i = 0; i < blk->nids; i++) {
        agent = blk->agents.entries[jny_column_at(&blk->agent_of_id, i)];
        cat->bots[i] = jny_bots_seen(cat->seen, agent) != 0;
    }

    return JNY_OK;
}


/* Trimmed and folded as the engine keeps carried texts; *at moves on. */

static jny_slice_t
jny_cat_fold(jny_slice_t s, char **at)
{
    jny_slice_t  folded;

    s = jny_fold_trim(s);
    jny_fold_lower(s, *at);

    folded.data = (const uint8_t *) *at;
    folded.len = s.len;
    *at += s.len;

    return folded;
}


/* 1, 0, or JNY_ENOMEM */

static int
jny_cat_carried(jny_cat_t *cat, const jny_selector_t *where,
    const jny_row_t *row)
{
    char           *at;
    size_t          need;
    jny_carried_t   carried;

    if (where == NULL || !jny_selector_is_carried(where)) {
        return 1;
    }

    need = row->text[JNY_TEXT_SOURCE].len + row->text[JNY_TEXT_MEDIUM].len
           + row->text[JNY_TEXT_CAMPAIGN].len + row->text[JNY_TEXT_TERM].len
           + row->text[JNY_TEXT_CONTENT].len + 1;

    if (need > cat->folded_cap) {
        at = realloc(cat->folded, need);

        if (at == NULL) {
            return JNY_ENOMEM;
        }

        cat->folded = at;
        cat->folded_cap = need;
    }

    at = cat->folded;
    memset(&carried, 0, sizeof(carried));
    carried.source = jny_cat_fold(row->text[JNY_TEXT_SOURCE], &at);
    carried.medium = jny_cat_fold(row->text[JNY_TEXT_MEDIUM], &at);
    carried.campaign = jny_cat_fold(row->text[JNY_TEXT_CAMPAIGN], &at);
    carried.term = jny_cat_fold(row->text[JNY_TEXT_TERM], &at);
    carried.content = jny_cat_fold(row->text[JNY_TEXT_CONTENT], &at);

    return jny_selector_match_carried(where, &carried);
}


static void
jny_cat_json_text(jny_json_t *js, const char *key, jny_slice_t s)
{
    if (s.len > 0) {
        jny_json_slice(js, key, s);
    }
}


static void
jny_cat_json_id(jny_json_t *js, const char *key, uint64_t id)
{
    char  text[20];

    if (id != 0) {
        snprintf(text, sizeof(text), "%016" PRIx64, id);
        jny_json_string(js, key, text);
    }
}


static void
jny_cat_json_numbers(jny_json_t *js, const jny_row_t *row)
{
    if (row->status != 0) {
        jny_json_uint(js, "status", row->status);
    }

    if (row->latency_ms != 0) {
        jny_json_uint(js, "latency", row->latency_ms);
    }

    if (row->value_e4 != 0) {
        jny_json_money(js, "value", row->value_e4);
    }

    if (row->score_e2 != 0) {
        jny_json_number(js, "score", row->score_e2 / 100.0, 2);
    }
}


static void
jny_cat_json(jny_buf_t *out, const jny_cat_event_t *e)
{
    char                key[JNY_MAX_FIELD_NAME + sizeof("x_")];
    jny_json_t          js;
    const jny_row_t    *row;
    const jny_block_t  *blk;

    row = &e->row;
    blk = e->blk;

    jny_json_init(&js, out, 0);
    jny_json_object(&js, NULL);

    jny_json_int(&js, "time", row->time_ms);
    jny_cat_json_id(&js, "visitor", row->visitor);
    jny_cat_json_id(&js, "login", row->login);

    for (unsigned i = 0; i < JNY_TEXT_COUNT; i++) {
        jny_cat_json_text(&js, jny_text_names[i], row->text[i]);
    }

    jny_cat_json_numbers(&js, row);
    jny_cat_json_text(&js, "agent", row->agent);

    for (unsigned i = 0; i < blk->nfields; i++) {
        snprintf(key, sizeof(key), "x_%.*s", (int) blk->field_names[i].len,
                 (const char *) blk->field_names[i].data);
        jny_cat_json_text(&js, key, row->field[i]);
    }

    for (unsigned i = 0; i < jny_fields_count; i++) {
        if (jny_fields[i].kind == JNY_FIELD_FLAG
            && (row->flags & jny_fields[i].index))
        {
            jny_json_bool(&js, jny_fields[i].name, 1);
        }
    }

    if (e->bot) {
        jny_json_bool(&js, "bot", 1);
    }

    jny_json_object_end(&js);
}


static void
jny_cat_pad(jny_buf_t *out, jny_slice_t s, unsigned width)
{
    size_t    from;
    unsigned  w;

    from = out->len;
    jny_text_slice(out, s, width);

    if (out->failed) {
        return;
    }

    w = out->len > from ? jny_text_width(out->data + from, out->len - from) : 0;

    for (/* void */; w < width; w++) {
        jny_buf_char(out, ' ');
    }
}


static void
jny_cat_text_pairs(jny_buf_t *out, const jny_cat_event_t *e)
{
    const jny_row_t    *row;
    const jny_block_t  *blk;

    row = &e->row;
    blk = e->blk;

    for (unsigned i = 0; i < JNY_TEXT_COUNT; i++) {
        if (i == JNY_TEXT_STAGE || i == JNY_TEXT_TOUCHPOINT
            || row->text[i].len == 0
            || (i == JNY_TEXT_PAGE
                && row->text[i].data == row->text[JNY_TEXT_TOUCHPOINT].data))
        {
            continue;
        }

        jny_buf_printf(out, "  %s=", jny_text_names[i]);
        jny_text_slice(out, row->text[i], 0);
    }

    if (row->value_e4 != 0) {
        jny_buf_str(out, "  value=");
        jny_text_money(out, row->value_e4);
    }

    if (row->score_e2 != 0) {
        jny_buf_printf(out, "  score=%g", row->score_e2 / 100.0);
    }

    for (unsigned i = 0; i < blk->nfields; i++) {
        if (row->field[i].len > 0) {
            jny_buf_str(out, "  x_");
            jny_text_slice(out, blk->field_names[i], 0);
            jny_buf_char(out, '=');
            jny_text_slice(out, row->field[i], 0);
        }
    }

    for (unsigned i = 0; i < jny_fields_count; i++) {
        if (jny_fields[i].kind == JNY_FIELD_FLAG
            && (row->flags & jny_fields[i].index))
        {
            jny_buf_printf(out, "  %s", jny_fields[i].name);
        }
    }

    if (e->bot) {
        jny_buf_str(out, "  bot");
    }
}


static void
jny_cat_text(jny_buf_t *out, const jny_cat_event_t *e)
{
    const jny_row_t  *row;

    row = &e->row;

    jny_text_time(out, row->time_ms);

    if (row->visitor != 0) {
        jny_buf_printf(out, "  %016" PRIx64 "  ", row->visitor);

    } else {
        jny_buf_str(out, "  -                 ");
    }

    jny_cat_pad(out, row->text[JNY_TEXT_STAGE], 14);
    jny_buf_printf(out, "  %3u  %5ums  ", row->status, row->latency_ms);
    jny_text_slice(out, row->text[JNY_TEXT_TOUCHPOINT], 0);

    if (row->login != 0) {
        jny_buf_printf(out, "  login=%016" PRIx64, row->login);
    }

    jny_cat_text_pairs(out, e);
    jny_buf_char(out, '\n');
}


/* 1, 0, or JNY_ENOMEM */

static int
jny_cat_wanted(jny_cat_t *cat, const jny_plan_t *plan,
    const jny_cat_event_t *e, uint32_t i)
{
    const jny_row_t  *row;

    row = &e->row;

    if (cat->words[i] == 0 || row->time_ms < plan->start_ms
        || row->time_ms >= plan->end_ms)
    {
        return 0;
    }

    if (plan->bots != JNY_BOTS_INCLUDE
        && e->bot != (plan->bots == JNY_BOTS_ONLY))
    {
        return 0;
    }

    return jny_cat_carried(cat, plan->where, row);
}


static int
jny_cat_block(void *ctx, const jny_session_t *s, const jny_block_ref_t *ref,
    const jny_block_t *blk)
{
    int               rc;
    jny_cat_t        *cat;
    jny_cat_event_t   e;

    cat = ctx;

    if (jny_cat_select(cat, s, blk) != JNY_OK
        || jny_cat_bots(cat, blk) != JNY_OK)
    {
        return JNY_ENOMEM;
    }

    jny_buf_reset(&cat->out);
    memset(&e, 0, sizeof(e));
    e.blk = blk;

    for (uint32_t i = 0; i < blk->nevents; i++) {
        jny_block_row(blk, i, &e.row);
        e.bot = cat->bots[jny_column_at(&blk->number[JNY_NUMBER_VISITOR], i)];
        rc = jny_cat_wanted(cat, &s->plan, &e, i);

        if (rc < 0) {
            return rc;
        }

        if (rc == 0) {
            continue;
        }

        if (s->opt->format == JNY_FORMAT_JSON) {
            jny_cat_json(&cat->out, &e);

        } else {
            jny_cat_text(&cat->out, &e);
        }
    }

    return jny_session_write(s, &cat->out);
}


static int
jny_cat_run(const jny_options_t *opt)
{
    int                        code;
    jny_cat_t                  cat;
    static const jny_reader_t  reader = { jny_cat_block, NULL, 0 };

    if (opt->plan.where != NULL
        && jny_selector_names(opt->plan.where, "channel"))
    {
        fprintf(stderr, "journey cat: --where: a channel belongs to a session, "
                "and cat knows events only: use source or medium\n");
        return JNY_EXIT_USAGE;
    }

    memset(&cat, 0, sizeof(cat));
    jny_buf_init(&cat.out);
    cat.matcher = jny_matcher_new();

    cat.seen = jny_bots_new();

    if (cat.matcher == NULL || cat.seen == NULL) {
        fprintf(stderr, "journey cat: %s\n", jny_strerror(JNY_ENOMEM));
        code = JNY_EXIT_FAILED;

    } else {
        code = jny_session_read(&jny_cmd_cat, opt, &reader, &cat);
    }

    jny_matcher_free(cat.matcher);
    jny_buf_release(&cat.out);
    free(cat.words);
    free(cat.bots);
    jny_bots_free(cat.seen);
    free(cat.folded);

    return code;
}
