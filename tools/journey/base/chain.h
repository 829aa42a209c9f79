/*
 * chain.h - ordered funnels over one visitor's events.
 *
 * A chain fills step 1, 2, ... with later and later events, all of them within
 * a window (inclusive) from its first.  One event fills at most one step;
 * "later" is the order of the list, so events of the same time count.  The
 * chain of a start takes for each step the first event that fits.
 */

#ifndef JNY_CHAIN_H
#define JNY_CHAIN_H

#include <stdint.h>


#define JNY_CHAIN_MAX_STEPS 64
#define JNY_CHAIN_NONE      UINT32_MAX

/* An event that fits some step.  A list of them is ordered by time. */
typedef struct {
    int64_t   time_ms;
    uint64_t  mask;   /* bit k: fits step k, counted from 0 */
    uint32_t  event;  /* the caller's index */
    uint32_t  reach;  /* steps the chain starting here fills; 0 where
                              step 0 does not fit */
} jny_hit_t;


/* Time from a to a later b; INT64_MAX when it is longer. */
int64_t jny_hit_elapsed(const jny_hit_t *a, const jny_hit_t *b);

/* Sets reach of all hits.  nsteps: 1 to JNY_CHAIN_MAX_STEPS. */
void jny_chain_reach(jny_hit_t *hits, uint32_t n, unsigned nsteps,
    int64_t window_ms);

/*
 * A visitor's chain: the start that reaches furthest, the earliest of those;
 * JNY_CHAIN_NONE without any.
 */
uint32_t jny_chain_best(const jny_hit_t *hits, uint32_t n);

/* The chain of a start: at[k] is the hit of step k, for k < reach. */
void jny_chain_follow(const jny_hit_t *hits, uint32_t start, uint32_t *at);

/*
 * The entries of a visitor are chains one after the other.  The first starts
 * at jny_chain_first(hits, n, 0).  When one has converted (filled nsteps), the
 * next starts at the first hit of step 0 behind its end.  When its time ran
 * out, the next starts at the first hit of step 0 behind its window - or
 * inside it, if a chain from there gets further.  So the best entry of a
 * visitor gets as far as the visitor.  Return JNY_CHAIN_NONE after the last.
 */
uint32_t jny_chain_first(const jny_hit_t *hits, uint32_t n, uint32_t from);
uint32_t jny_chain_after_timeout(const jny_hit_t *hits, uint32_t n,
    uint32_t start, int64_t window_ms);


#endif /* JNY_CHAIN_H */
