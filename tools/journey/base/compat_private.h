/*
 * compat_private.h - what the definitions of compat.h share.
 */

#ifndef JNY_COMPAT_PRIVATE_H
#define JNY_COMPAT_PRIVATE_H

#include "base/compat.h"


/*
 * A funnel being read: its levels are the steps that are no exclusions, from
 * 0.  A slot keeps the latest chain that reached a level; best is the first
 * that got furthest, of depth levels.
 */
typedef struct {
    unsigned  set;
    unsigned  spoilt;       /* by an exclusion */
    uint32_t  exclusion;    /* its hit */
    unsigned  item;         /* and its item */
    int64_t   first_ms;
    int64_t   last_ms;
    uint64_t  filled;       /* levels */
    uint32_t  at[JNY_CHAIN_MAX_STEPS];
} jny_compat_slot_t;

typedef struct {
    const jny_compat_t  *compat;
    const jny_chain_t   *c;
    const jny_hit_t     *hits;
    uint32_t             n;
    uint32_t            *links;    /* in any order: room for n */
    unsigned             nlevels;
    uint8_t              item[JNY_CHAIN_MAX_STEPS];   /* of a level */
    unsigned             begun;
    unsigned             depth;
    jny_compat_slot_t    best;
    jny_compat_slot_t    slots[JNY_CHAIN_MAX_STEPS];
} jny_compat_run_t;


/* Whether hit i fits a level. */
int jny_compat_fits(const jny_compat_run_t *r, uint32_t i, unsigned level);

/* Where the hits of one time, of which i is the first, end. */
uint32_t jny_compat_tie(const jny_compat_run_t *r, uint32_t i);

/*
 * Whether an event of the tie that fits nothing ends all that has begun
 * (ClickHouse, strict_order).
 */
int jny_compat_strangers(const jny_compat_run_t *r, uint32_t i, uint32_t end);

/* Each leaves its result in best and depth. */
void jny_compat_once(jny_compat_run_t *r);      /* ClickHouse, strict_once */
void jny_compat_posthog(jny_compat_run_t *r);
void jny_compat_any(jny_compat_run_t *r);       /* PostHog, in any order */
void jny_compat_mixpanel(jny_compat_run_t *r);


#endif /* JNY_COMPAT_PRIVATE_H */
