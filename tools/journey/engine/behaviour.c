/*
 * behaviour.c - a window of views slides over the visitor's events; nearly all
 * visitors have too few events to fill one, and are not looked at.
 */

#include "engine/behaviour.h"


static int
jny_behaviour_is_fast(const jny_event_t *events, uint32_t n)
{
    uint32_t  i, at, views;
    int64_t   times_ms[JNY_BEHAVIOUR_VIEWS];

    views = 0;

    for (i = 0; i < n; i++) {

        if (events[i].flags & JNY_EVENT_BEACON) {
            continue;
        }

        /* A ring: what is overwritten is JNY_BEHAVIOUR_VIEWS views ago. */
        at = views % JNY_BEHAVIOUR_VIEWS;

        if (views >= JNY_BEHAVIOUR_VIEWS
            && jny_ms_between(times_ms[at], events[i].time_ms)
                   < JNY_BEHAVIOUR_SPAN_MS)
        {
            return 1;
        }

        times_ms[at] = events[i].time_ms;
        views++;
    }

    return 0;
}


jny_behaviour_e
jny_behaviour_judge(const jny_event_t *events, uint32_t n,
    uint32_t counted_from, uint16_t any)
{
    if (any & JNY_EVENT_ROBOTS) {
        return JNY_BEHAVIOUR_ROBOTS;
    }

    if (n - counted_from > JNY_BEHAVIOUR_VIEWS
        && jny_behaviour_is_fast(events + counted_from, n - counted_from))
    {
        return JNY_BEHAVIOUR_RATE;
    }

    return JNY_BEHAVIOUR_HUMAN;
}
