/*
 * truth.c - see truth.h.  An entry (what a breakdown by campaign counts)
 * starts at an event with a stage, under the campaign of its session, and
 * ends with the last stage: what follows in another stage starts the next one.
 * A month is shorter than the window, so no entry times out.
 */

#include "truth.h"

#include <inttypes.h>
#include <string.h>


void
truth_init(truth_t *truth)
{
    memset(truth, 0, sizeof(*truth));
}


static void
truth_entry_end(truth_t *truth)
{
    unsigned  k;

    for (k = 0; k < truth->entry_stage; k++) {
        truth->entries[truth->entry_campaign][k]++;
    }

    truth->entry_stage = 0;
}


static void
truth_stage(truth_t *truth, const shop_event_t *e, unsigned stage)
{
    truth->stages |= 1u << (stage - 1);

    if (truth->entry_stage == SHOP_STAGES && stage != SHOP_STAGES) {
        truth_entry_end(truth);
    }

    if (truth->entry_stage == 0) {
        truth->entry_campaign = e->session_campaign;
    }

    if (stage > truth->entry_stage) {
        truth->entry_stage = stage;
    }
}


static void
truth_order(truth_t *truth, const shop_event_t *e)
{
    truth_money_t  *m;

    m = &truth->money[e->currency];

    if (e->value_e2 < 0) {
        m->refunds_e2 -= e->value_e2;
        return;
    }

    if (e->order == truth->last_order) {
        m->repeats++;
        return;
    }

    truth->last_order = e->order;
    m->orders++;
    m->gross_e2 += e->value_e2;
    m->outside_journeys += e->kind == SHOP_ANONYMOUS;
}


void
truth_event(truth_t *truth, const shop_t *shop, const shop_event_t *e)
{
    unsigned  stage;

    truth->events++;

    if (e->kind == SHOP_BOT || e->kind == SHOP_BOT_NO_COOKIE) {
        truth->bot_events++;
        return;
    }

    if (e->kind == SHOP_INTERNAL) {
        truth->internal_events++;
        return;
    }

    if (e->order != 0) {
        truth_order(truth, e);
    }

    if (e->kind == SHOP_ANONYMOUS) {
        truth->unknown_visitor_events++;
        return;
    }

    truth->visitor_events++;

    if (e->landed) {
        truth->sessions++;
        truth->returned += truth->visitor_events > 1
                           && !(truth->stages
                                & 1u << (SHOP_STAGE_PURCHASE - 1));
    }

    truth->saw_effect |= e->page == shop_effect_page();
    truth->saw_null |= e->page == shop_null_page();

    stage = e->status < 400 ? shop->pages[e->page].stage : 0;

    if (stage != 0) {
        truth_stage(truth, e, stage);
    }
}


static void
truth_page_add(truth_page_t *p, int saw, unsigned converted)
{
    if (saw) {
        p->saw++;
        p->saw_converted += converted;

    } else {
        p->not_saw++;
        p->not_saw_converted += converted;
    }
}


void
truth_visitor_end(truth_t *truth)
{
    unsigned  k, converted;

    if (truth->visitor_events != 0) {
        converted = truth->stages >> (SHOP_STAGE_PURCHASE - 1) & 1;

        truth->visitors++;
        truth->converted += converted;

        for (k = 0; k < SHOP_STAGES; k++) {
            truth->reached[k] += truth->stages >> k != 0;
            truth->touched[k] += truth->stages >> k & 1;
        }

        truth_entry_end(truth);
        truth_page_add(&truth->effect_page, truth->saw_effect, converted);
        truth_page_add(&truth->null_page, truth->saw_null, converted);
    }

    truth->visitor_events = 0;
    truth->stages = 0;
    truth->last_order = 0;
    truth->saw_effect = 0;
    truth->saw_null = 0;
}


static void
truth_print_campaigns(const truth_t *truth, FILE *out)
{
    unsigned  i, k;

    (void) fprintf(out, "  \"by_campaign\": [\n");

    for (i = 0; i < SHOP_CAMPAIGNS; i++) {
        (void) fprintf(out, "    {\"campaign\": \"%s\", \"steps\": [",
                       shop_campaigns[i].label);

        for (k = 0; k < SHOP_STAGES; k++) {
            (void) fprintf(out, "%s%" PRIu64, k ? ", " : "",
                           truth->entries[i][k]);
        }

        (void) fprintf(out, "]}%s\n", i + 1 < SHOP_CAMPAIGNS ? "," : "");
    }

    (void) fprintf(out, "  ],\n");
}


static void
truth_print_page(const truth_page_t *p, const char *name, const char *path,
                 double effect, FILE *out)
{
    (void) fprintf(out,
                   "  \"%s\": {\"page\": \"%s\", \"effect\": %g, "
                   "\"saw\": %" PRIu64 ", \"saw_converted\": %" PRIu64 ", "
                   "\"not_saw\": %" PRIu64 ", \"not_saw_converted\": %" PRIu64
                   "},\n",
                   name, path, effect, p->saw, p->saw_converted, p->not_saw,
                   p->not_saw_converted);
}


static void
truth_print_money(const truth_t *truth, FILE *out)
{
    unsigned              i;
    const truth_money_t  *m;

    (void) fprintf(out, "  \"money\": {\n");

    for (i = 0; i < SHOP_CURRENCIES; i++) {
        m = &truth->money[i];

        (void) fprintf(out,
                       "    \"%s\": {\"gross_e4\": %" PRId64
                       ", \"refunds_e4\": %" PRId64 ", \"net_e4\": %" PRId64
                       ", \"orders\": %" PRIu64 ", \"repeats\": %" PRIu64
                       ", \"outside_journeys\": %" PRIu64 "}%s\n",
                       shop_currencies[i], m->gross_e2 * 100,
                       m->refunds_e2 * 100,
                       (m->gross_e2 - m->refunds_e2) * 100, m->orders,
                       m->repeats, m->outside_journeys,
                       i + 1 < SHOP_CURRENCIES ? "," : "");
    }

    (void) fprintf(out, "  }\n");
}


void
truth_print(const truth_t *truth, const shop_t *shop, FILE *out)
{
    unsigned  k;

    (void) fprintf(out,
                   "{\n  \"seed\": %" PRIu64 ",\n  \"events\": %" PRIu64
                   ",\n  \"visitors\": %" PRIu64 ",\n  \"sessions\": %" PRIu64
                   ",\n  \"bot_events\": %" PRIu64
                   ",\n  \"internal_events\": %" PRIu64
                   ",\n  \"unknown_visitor_events\": %" PRIu64
                   ",\n  \"returned\": %" PRIu64 ",\n  \"converted\": %" PRIu64
                   ",\n  \"funnel\": [\n",
                   shop->conf.seed, truth->events, truth->visitors,
                   truth->sessions, truth->bot_events, truth->internal_events,
                   truth->unknown_visitor_events, truth->returned,
                   truth->converted);

    for (k = 0; k < SHOP_STAGES; k++) {
        (void) fprintf(out,
                       "    {\"stage\": \"%s\", \"count\": %" PRIu64
                       ", \"touched\": %" PRIu64 "}%s\n",
                       shop_stages[k], truth->reached[k], truth->touched[k],
                       k + 1 < SHOP_STAGES ? "," : "");
    }

    (void) fprintf(out, "  ],\n");

    truth_print_campaigns(truth, out);
    truth_print_page(&truth->effect_page, "effect_page", SHOP_EFFECT_PAGE,
                     shop->conf.effect, out);
    truth_print_page(&truth->null_page, "null_page", SHOP_NULL_PAGE, 1.0, out);
    truth_print_money(truth, out);

    (void) fprintf(out, "}\n");
}
