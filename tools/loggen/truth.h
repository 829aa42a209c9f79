/*
 * truth.h - the answers a month was made with, counted while its visitors
 * live, visitor by visitor, never from a log: what `journey` must find.
 *
 * Definitions are those of docs/SEMANTICS.md: bots, staff and visitor 0 are
 * in no funnel; a status >= 400 reaches no stage.
 */

#ifndef JNY_TRUTH_H
#define JNY_TRUTH_H

#include <stdio.h>

#include "shop.h"


typedef struct {
    uint64_t  saw;
    uint64_t  saw_converted;        /* bought at any time: before or after */
    uint64_t  not_saw;
    uint64_t  not_saw_converted;
} truth_page_t;

typedef struct {
    int64_t   gross_e2;
    int64_t   refunds_e2;
    uint64_t  orders;
    uint64_t  repeats;
    uint64_t  outside_journeys;
} truth_money_t;

typedef struct {
    uint64_t       events;
    uint64_t       visitors;        /* in journeys */
    uint64_t       sessions;
    uint64_t       bot_events;
    uint64_t       internal_events;
    uint64_t       unknown_visitor_events;
    uint64_t       returned;        /* dropped out, came back */
    uint64_t       converted;       /* visitors who bought */
    uint64_t       reached[SHOP_STAGES]; /* visitors, open funnel */
    uint64_t       touched[SHOP_STAGES]; /* visitors, this very stage */
    uint64_t       entries[SHOP_CAMPAIGNS][SHOP_STAGES];
    truth_page_t   effect_page;
    truth_page_t   null_page;
    truth_money_t  money[SHOP_CURRENCIES];

    /* the visitor now living */
    unsigned  visitor_events;
    unsigned  stages;               /* bit k: touched stage k */
    unsigned  entry_stage;          /* furthest of the open entry */
    unsigned  entry_campaign;
    uint32_t  last_order;
    int       saw_effect;
    int       saw_null;
} truth_t;


void truth_init(truth_t *truth);
void truth_event(truth_t *truth, const shop_t *shop, const shop_event_t *e);

/* Call after each visitor's last event. */
void truth_visitor_end(truth_t *truth);

/* One JSON document; the caller checks out for errors. */
void truth_print(const truth_t *truth, const shop_t *shop, FILE *out);


#endif /* JNY_TRUTH_H */
