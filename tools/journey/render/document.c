/*
 * document.c - the head of every JSON document and the foot of every text.
 * Both are made from the same three structs, so that they cannot disagree.
 */

#include "render/document.h"

#include <inttypes.h>
#include <string.h>

#include "render/text.h"
#include "render/values.h"


#define JNY_DOCUMENT_NAME_WIDTH 14


static const char *const  jny_document_bots[] = { "exclude", "include",
                                                 "only" };


static void
jny_document_selector(jny_json_t *js, const char *key,
    const jny_selector_t *sel)
{
    if (sel != NULL) {
        jny_json_string(js, key, jny_selector_text(sel));
    }
}


static void
jny_document_goal(jny_json_t *js, const jny_document_t *doc)
{
    const jny_facts_t  *facts;

    facts = doc->facts;

    if (doc->plan->goal != NULL) {
        jny_document_selector(js, "goal", doc->plan->goal);

    } else if (facts != NULL && facts->goal_stage > 0) {
        jny_json_slice(js, "goal", facts->stages[facts->goal_stage - 1]);

    } else {
        jny_json_null(js, "goal");
    }
}


void
jny_document_open(jny_json_t *js, const jny_document_t *doc)
{
    const jny_plan_t  *plan;

    plan = doc->plan;

    jny_json_object(js, NULL);
    jny_json_string(js, "command", doc->command);
    jny_json_string(js, "version", JNY_VERSION);

    jny_json_object(js, "definitions");
    jny_json_string(js, "timezone", doc->tz);

    if (plan->start_ms != INT64_MIN) {
        jny_json_time(js, "start", plan->start_ms);
    }

    if (plan->end_ms != INT64_MAX) {
        jny_json_time(js, "end", plan->end_ms);
    }

    jny_document_selector(js, "where", plan->where);
    jny_document_selector(js, "visitors", plan->visitors);

    if (doc->facts == NULL) {
        return;
    }

    if (plan->start_ms != INT64_MIN) {
        jny_json_int(js, "lookback_ms", plan->lookback_ms);
    }

    jny_json_string(js, "bots", jny_document_bots[plan->bots]);
    jny_json_string(js, "bot_rules",
                    plan->bot_rules == JNY_BOT_RULES_ALL ? "all" : "list");
    jny_json_int(js, "session_gap_ms", plan->session_gap_ms);
    jny_values_json(js, plan);
    jny_document_goal(js, doc);

    jny_json_array(js, "stages");

    for (unsigned i = 0; i < doc->facts->nstages; i++) {
        jny_json_slice(js, NULL, doc->facts->stages[i]);
    }

    jny_json_array_end(js);
}


static void
jny_document_nothing_json(jny_json_t *js, const jny_document_t *doc)
{
    jny_buf_t    b;
    jny_slice_t  text;

    jny_buf_init(&b);

    if (jny_document_nothing(&b, doc)) {
        text.data = (const uint8_t *) b.data;
        text.len = b.len;
        jny_json_slice(js, "nothing", text);

    } else {
        jny_json_null(js, "nothing");
    }

    if (b.failed) {
        js->out->failed = 1;
    }

    jny_buf_release(&b);
}


/* Why events, and visitors, are of bots; together all of them. */

static void
jny_document_reasons(jny_json_t *js, const jny_input_summary_t *in)
{
    uint64_t                  events, visitors;
    static const char *const  names[] = { "user_agent", "size", "robots_txt",
                                          "rate" };

    jny_json_object(js, "bot_reasons");

    for (unsigned k = 0; k < JNY_BEHAVIOUR_COUNT; k++) {
        events = in->behaved_events[k];
        visitors = in->behaved_visitors[k];

        if (k == JNY_BEHAVIOUR_HUMAN) {
            events = in->bots;
            visitors = in->bot_visitors;

            for (unsigned i = 1; i < JNY_BEHAVIOUR_COUNT; i++) {
                events -= in->behaved_events[i];
                visitors -= in->behaved_visitors[i];
            }
        }

        jny_json_object(js, names[k]);
        jny_json_uint(js, "events", events);
        jny_json_uint(js, "visitors", visitors);
        jny_json_object_end(js);
    }

    jny_json_object_end(js);
}


void
jny_document_input(jny_json_t *js, const jny_document_t *doc)
{
    const jny_input_summary_t  *in;

    in = doc->input;

    jny_json_object_end(js);

    jny_json_object(js, "input");
    jny_json_uint(js, "files", in->files);
    jny_json_uint(js, "blocks", in->blocks);
    jny_json_uint(js, "events", in->events);
    jny_json_uint(js, "visitors", in->visitors);

    if (in->events > 0) {
        jny_json_time(js, "from", in->from_ms);
        jny_json_time(js, "to", in->to_ms);

    } else {
        jny_json_null(js, "from");
        jny_json_null(js, "to");
    }

    jny_json_uint(js, "damaged_blocks", in->damaged_blocks);
    jny_json_uint(js, "lost_events", in->lost_events);
    jny_json_uint(js, "lost_unknown", in->lost_unknown);
    jny_json_uint(js, "dropped_events", in->dropped_events);
    jny_json_uint(js, "gaps", in->gaps);
    jny_json_uint(js, "duplicate_blocks", in->duplicate_blocks);
    jny_json_uint(js, "bots", in->bots);
    jny_json_uint(js, "speculative", in->speculative);
    jny_json_uint(js, "internal", in->internal);
    jny_json_uint(js, "unknown_visitor_events", in->unknown_visitor_events);

    if (doc->facts != NULL) {
        jny_json_uint(js, "counted_events", in->counted_events);
        jny_json_uint(js, "bot_visitors", in->bot_visitors);
        jny_document_reasons(js, in);
        jny_json_uint(js, "confirmed_visitors", in->confirmed_visitors);
        jny_json_uint(js, "merged_visitors", in->merged_visitors);
        jny_json_uint(js, "persons", in->persons);
        jny_json_uint(js, "other_stage_lists", in->other_stage_lists);
    }

    jny_json_object_end(js);

    if (doc->facts != NULL) {
        jny_document_nothing_json(js, doc);
    }
}


void
jny_document_close(jny_json_t *js)
{
    jny_json_object_end(js);
}


void
jny_document_line(jny_buf_t *out, const char *name, const char *words)
{
    jny_buf_printf(out, "  %-*s  %s\n", JNY_DOCUMENT_NAME_WIDTH, name, words);
}


static jny_slice_t
jny_document_text(const char *s)
{
    jny_slice_t  text;

    text.data = (const uint8_t *) s;
    text.len = strlen(s);

    return text;
}


/* Prints the line in b and empties it. */

static void
jny_document_flush(jny_buf_t *out, const char *name, jny_buf_t *b)
{
    if (b->failed) {
        out->failed = 1;
        return;
    }

    jny_document_line(out, name, b->data ? b->data : "");
    jny_buf_reset(b);
}


static void
jny_document_period(jny_buf_t *out, const jny_document_t *doc, jny_buf_t *b)
{
    const jny_plan_t           *plan;
    const jny_input_summary_t  *in;

    in = doc->input;
    plan = doc->plan;

    if (plan->start_ms != INT64_MIN || plan->end_ms != INT64_MAX) {
        jny_buf_str(b, "counted ");

        if (plan->start_ms != INT64_MIN) {
            jny_buf_str(b, "from ");
            jny_text_time(b, plan->start_ms);
            jny_buf_char(b, ' ');
        }

        if (plan->end_ms != INT64_MAX) {
            jny_buf_str(b, "up to, not including, ");
            jny_text_time(b, plan->end_ms);
            jny_buf_char(b, ' ');
        }

        jny_buf_str(b, "of ");
    }

    if (in->events == 0) {
        jny_buf_str(b, "no events");

    } else {
        jny_text_time(b, in->from_ms);
        jny_buf_str(b, " to ");
        jny_text_time(b, in->to_ms);
    }

    jny_buf_str(b, ", time zone ");
    jny_text_slice(b, jny_document_text(doc->tz), 0);
    jny_document_flush(out, "period", b);
}


/* What is read of the time before a start, and what for. */

static void
jny_document_lookback(jny_buf_t *out, const jny_document_t *doc, jny_buf_t *b)
{
    if (doc->plan->start_ms == INT64_MIN) {
        return;
    }

    if (doc->plan->lookback_ms == 0) {
        jny_buf_str(b, "none: what is older than the period is not known");

    } else {
        jny_text_duration(b, doc->plan->lookback_ms);
        jny_buf_str(b, " before the period, for context: not counted");
    }

    jny_document_flush(out, "lookback", b);
}


static void
jny_document_filter(jny_buf_t *out, const char *name,
    const jny_selector_t *sel, jny_buf_t *b)
{
    if (sel == NULL) {
        return;
    }

    jny_text_slice(b, jny_document_text(jny_selector_text(sel)), 0);
    jny_document_flush(out, name, b);
}


static void
jny_document_journeys(jny_buf_t *out, const jny_document_t *doc, jny_buf_t *b)
{
    const jny_facts_t  *facts;

    facts = doc->facts;

    if (doc->plan->goal != NULL) {
        jny_document_filter(out, "goal", doc->plan->goal, b);

    } else if (facts->goal_stage > 0) {
        jny_buf_str(b, "stage ");
        jny_text_slice(b, facts->stages[facts->goal_stage - 1], 0);
        jny_document_flush(out, "goal", b);

    } else {
        jny_document_line(out, "goal", "none: the logs name no stages");
    }

    jny_buf_str(b, "ends after ");
    jny_text_duration(b, doc->plan->session_gap_ms);
    jny_buf_str(b, " without an event, or with a new campaign");
    jny_document_flush(out, "session", b);
}


static void
jny_document_count(jny_buf_t *b, uint64_t n, const char *one,
    const char *many)
{

    if (b->len > 0) {
        jny_buf_str(b, ", ");
    }

    jny_text_count(b, n);
    jny_buf_char(b, ' ');
    jny_buf_str(b, n == 1 ? one : many);
}


/* The same for what is worth a word only where there is any. */

static void
jny_document_some(jny_buf_t *b, uint64_t n, const char *one, const char *many)
{
    if (n > 0) {
        jny_document_count(b, n, one, many);
    }
}


static void
jny_document_sizes(jny_buf_t *out, const jny_document_t *doc, jny_buf_t *b)
{
    const jny_input_summary_t  *in;

    in = doc->input;

    jny_document_count(b, in->files, "file", "files");
    jny_document_count(b, in->blocks, "block", "blocks");
    jny_document_count(b, in->events, "event", "events");
    jny_document_flush(out, "read", b);

    if (doc->facts != NULL) {
        jny_document_count(b, in->counted_events, "event", "events");
        jny_buf_str(b, " of ");
        jny_text_count(b, in->visitors);
        jny_buf_str(b, in->visitors == 1 ? " visitor" : " visitors");

        if (in->confirmed_visitors > 0) {
            jny_buf_str(b, ", ");
            jny_text_count(b, in->confirmed_visitors);
            jny_buf_str(b, " of whom brought a cookie back");
        }

        jny_document_flush(out, "in journeys", b);
    }

    if (in->merged_visitors > 0) {
        jny_document_count(b, in->merged_visitors, "visitor", "visitors");
        jny_buf_str(b, " into ");
        jny_text_count(b, in->persons);
        jny_buf_str(b, in->persons == 1 ? " person" : " persons");
        jny_document_flush(out, "merged by login", b);
    }

    jny_document_some(b, in->bots, "of bots", "of bots");
    jny_document_some(b, in->behaved_events[JNY_BEHAVIOUR_SIZE]
                             + in->behaved_events[JNY_BEHAVIOUR_ROBOTS]
                             + in->behaved_events[JNY_BEHAVIOUR_RATE],
                      "of them by behaviour", "of them by behaviour");
    jny_document_some(b, in->speculative, "speculative", "speculative");
    jny_document_some(b, in->internal, "internal", "internal");
    jny_document_some(b, in->unknown_visitor_events, "without a visitor",
                      "without a visitor");

    if (b->len > 0 || b->failed) {
        jny_document_flush(out, "among the read", b);
    }

    jny_document_some(b, in->damaged_blocks, "damaged block",
                      "damaged blocks");
    jny_document_some(b, in->gaps, "gap", "gaps");
    jny_document_some(b, in->lost_events, "event lost", "events lost");
    jny_document_some(b, in->lost_unknown, "place of unknown loss",
                      "places of unknown loss");
    jny_document_some(b, in->dropped_events, "event dropped by its writer",
                      "events dropped by their writers");
    jny_document_some(b, in->duplicate_blocks, "block found twice",
                      "blocks found twice");
    jny_document_some(b, in->other_stage_lists, "block with another stage list",
                      "blocks with another stage list");

    if (b->len > 0 || b->failed) {
        jny_document_flush(out, "not whole", b);
    }
}


void
jny_document_foot(jny_buf_t *out, const jny_document_t *doc)
{
    jny_buf_t  b;
    static const char *const bots[] = {
        "left out",
        "counted like people",
        "only they are counted",
    };

    jny_buf_init(&b);
    jny_buf_char(out, '\n');

    jny_document_period(out, doc, &b);

    if (doc->facts != NULL) {
        jny_document_lookback(out, doc, &b);
        jny_document_journeys(out, doc, &b);
    }

    jny_document_filter(out, "where", doc->plan->where, &b);
    jny_document_filter(out, "visitors", doc->plan->visitors, &b);

    if (doc->facts != NULL) {
        jny_document_line(out, "bots",
            doc->plan->bots == JNY_BOTS_EXCLUDE
                    && doc->plan->bot_rules == JNY_BOT_RULES_LIST
                ? "left out, known by their User-Agent alone"
                : bots[doc->plan->bots]);
    }

    jny_values_foot(out, doc->plan);
    jny_document_sizes(out, doc, &b);

    jny_buf_release(&b);
}


int
jny_document_nothing(jny_buf_t *out, const jny_document_t *doc)
{
    const jny_input_summary_t  *in;

    in = doc->input;

    if (in->selected_events > 0) {
        return 0;
    }

    if (in->counted_events > 0) {
        jny_buf_str(out, "No event matches --where ");
        jny_text_slice(out,
            jny_document_text(jny_selector_text(doc->plan->where)), 0);
        jny_buf_char(out, '.');

    } else if (in->logs_events == 0) {
        jny_buf_str(out, in->damaged_blocks > 0
            ? "No events: what the logs hold cannot be read."
            : "No events yet: nginx writes them when a block is full, or "
              "after flush= at the latest.");

    } else if (in->events == 0) {
        jny_buf_str(out, "No event between --start and --end: the logs cover ");
        jny_text_time(out, in->logs_from_ms);
        jny_buf_str(out, " to ");
        jny_text_time(out, in->logs_to_ms);
        jny_buf_char(out, '.');

    } else if (in->bots == in->events && doc->plan->bots == JNY_BOTS_EXCLUDE) {
        jny_buf_str(out, in->events == 1 ? "The only event was"
                                         : "All ");

        if (in->events > 1) {
            jny_text_count(out, in->events);
            jny_buf_str(out, " events were");
        }

        jny_buf_str(out, " left out as bots (--bots include counts them).");

    } else if (in->bots == 0 && doc->plan->bots == JNY_BOTS_ONLY) {
        jny_buf_str(out, "No event is of a bot (--bots only counts no other).");

    } else if (doc->plan->visitors != NULL) {
        jny_buf_str(out, "No visitor matches --visitors ");
        jny_text_slice(out,
            jny_document_text(jny_selector_text(doc->plan->visitors)), 0);
        jny_buf_char(out, '.');

    } else {
        jny_buf_str(out, "No event is in a journey: all are of bots, internal, "
                         "speculative or without a visitor.");
    }

    return 1;
}
