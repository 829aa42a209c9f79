/*
 * compat.h - funnels by the definitions of others (docs/SEMANTICS.md,
 * "Funnel", --compat): ClickHouse's windowFunnel, PostHog, Mixpanel, Umami.
 */

#ifndef JNY_COMPAT_H
#define JNY_COMPAT_H

#include "base/chain.h"


typedef enum {
    JNY_COMPAT_NONE = 0,
    JNY_COMPAT_CLICKHOUSE,
    JNY_COMPAT_POSTHOG,
    JNY_COMPAT_MIXPANEL,
    JNY_COMPAT_UMAMI
} jny_compat_vendor_e;

/* Modes of windowFunnel. */
#define JNY_COMPAT_DEDUPLICATION  0x01
#define JNY_COMPAT_ORDER          0x02
#define JNY_COMPAT_INCREASE       0x04
#define JNY_COMPAT_ONCE           0x08
#define JNY_COMPAT_REENTRY        0x10    /* with ORDER only */

typedef struct {
    jny_compat_vendor_e  vendor;
    unsigned             modes;
} jny_compat_t;

/* Most steps that ClickHouse's strict_once takes, as its own limit is. */
#define JNY_COMPAT_MAX_STEPS  32


/* Whether events that fit no step make a difference. */
int jny_compat_wants_every(const jny_compat_t *compat, const jny_chain_t *c);

/*
 * A visitor's result: the hit of its first step, and found: steps in the order
 * of the list; where an exclusion ended it, found->excluded.  Nothing of
 * found->filled where the visitor is not counted because of it.
 * JNY_CHAIN_NONE without any.  Hits are in the order of the log; w has room
 * for n.
 */
uint32_t jny_compat_find(const jny_compat_t *compat, const jny_chain_t *c,
    jny_chain_work_t *w, const jny_hit_t *hits, uint32_t n,
    jny_chain_found_t *found);


#endif /* JNY_COMPAT_H */
