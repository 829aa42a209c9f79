/*
 * sessions.c - one pass over a visitor's events.
 */

#include "engine/sessions.h"


static int
jny_sessions_differ(const jny_names_t *names, uint32_t a, uint32_t b)
{
    jny_tuple_t  x, y;

    if (a == b) {
        return 0;
    }

    x = jny_names_tuple(names, a);
    y = jny_names_tuple(names, b);

    return x.source != y.source || x.medium != y.medium
           || x.campaign != y.campaign;
}


void
jny_sessions_mark(jny_event_t *events, jny_detail_t **details, uint32_t n,
                  const jny_names_t *names, int64_t gap_ms)
{
    int            starts;
    uint32_t       i, carried;
    jny_detail_t  *d;

    carried = 0;

    for (i = 0; i < n; i++) {
        d = details[i];

        starts = i == 0
                 || jny_ms_between(events[i - 1].time_ms, events[i].time_ms)
                        > gap_ms
                 || (d->arrived != 0
                     && jny_sessions_differ(names, d->arrived, carried));

        if (starts) {
            events[i].flags |= JNY_EVENT_SESSION;
            carried = d->arrived != 0
                          ? d->arrived
                          : jny_names_referrer_tuple(names, d->referrer);
        }

        d->carried = carried;
    }
}
