/*
 * behaviour.h - which visitors act as programs do, whatever their User-Agent
 * says (docs/SEMANTICS.md, Events and visitors).
 */

#ifndef JNY_BEHAVIOUR_H
#define JNY_BEHAVIOUR_H

#include "engine/journey.h"


/* In the order in which they are asked; the first that holds is the reason. */
typedef enum {
    JNY_BEHAVIOUR_HUMAN,      /* as far as can be told */
    JNY_BEHAVIOUR_SIZE,       /* more than JNY_CRAWLER_EVENTS */
    JNY_BEHAVIOUR_ROBOTS,     /* asked for /robots.txt */
    JNY_BEHAVIOUR_RATE,       /* more views in a while than a person can see */
    JNY_BEHAVIOUR_COUNT
} jny_behaviour_e;

/*
 * Nobody clicks this often: such a visitor is a program that keeps its cookie,
 * left out under any rules, so that the memory for one visitor is bounded.
 */
#define JNY_CRAWLER_EVENTS  100000

/* A page a second, for a minute. */
#define JNY_BEHAVIOUR_VIEWS    60
#define JNY_BEHAVIOUR_SPAN_MS  60000

/*
 * ROBOTS, RATE or HUMAN, of a visitor's n events in order of time.  any: the
 * flags of all events, or-ed.  RATE: more than JNY_BEHAVIOUR_VIEWS events from
 * counted_from on that are no beacons, the last less than
 * JNY_BEHAVIOUR_SPAN_MS after the first.  Pure.
 */
jny_behaviour_e jny_behaviour_judge(const jny_event_t *events, uint32_t n,
    uint32_t counted_from, uint16_t any);


#endif /* JNY_BEHAVIOUR_H */
