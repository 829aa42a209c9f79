/*
 * journeys_carried.c - the carried half of all selectors, decided once a
 * tuple: there are thousands of tuples, and millions of events.
 */

#include "engine/journeys.h"

#include <stdlib.h>
#include <string.h>

#include "engine/scan.h"


static jny_slice_t
jny_journeys_part(const jny_names_t *names, uint32_t part)
{
    return jny_names_get(names, JNY_NAME_TUPLE_PART, part);
}


static uint64_t
jny_journeys_holds(const jny_selector_t *sel, uint64_t bit,
                   const jny_carried_t *carried)
{
    if (sel == NULL || jny_selector_match_carried(sel, carried)) {
        return bit;
    }

    return 0;
}


int
jny_journeys_carried(jny_journeys_t *js)
{
    unsigned           k;
    uint32_t           i, n;
    uint64_t           word;
    jny_tuple_t        t;
    jny_carried_t      c;
    const jny_plan_t  *plan;

    plan = js->plan;
    n = jny_names_tuple_count(js->names);

    js->carried = calloc(n, sizeof(*js->carried));
    if (js->carried == NULL) {
        return JNY_ENOMEM;
    }

    for (i = 0; i < n; i++) {
        t = jny_names_tuple(js->names, i);
        c.source = jny_journeys_part(js->names, t.source);
        c.medium = jny_journeys_part(js->names, t.medium);
        c.campaign = jny_journeys_part(js->names, t.campaign);
        c.term = jny_journeys_part(js->names, t.term);
        c.content = jny_journeys_part(js->names, t.content);
        c.channel.data = (const uint8_t *) t.channel;
        c.channel.len = strlen(t.channel);

        word = jny_journeys_holds(plan->goal, JNY_WORD_GOAL, &c)
               | jny_journeys_holds(plan->where, JNY_WORD_WHERE, &c)
               | jny_journeys_holds(plan->visitors, JNY_WORD_VISITORS, &c);

        for (k = 0; k < plan->nsteps; k++) {
            word |= jny_journeys_holds(plan->steps[k], JNY_WORD_STEP << k, &c);
        }

        js->carried[i] = word;
    }

    return JNY_OK;
}
