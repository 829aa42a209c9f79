/*
 * chain.h - funnels over one visitor's events (docs/SEMANTICS.md, "Funnel").
 *
 *     jny_chain_init -> jny_chain_step* (once)
 *     jny_chain_sort_ties (where wanted) -> jny_chain_reach -> best, or
 *         first, next, ... -> read (a visitor)
 *
 * A chain fills the required steps with events of a visitor, all of them
 * within a window (inclusive) from its first.  One event fills at most one
 * step; "later" is the order of the list, so events of the same time count.
 * Of a start the chain is taken that fills most steps, and each step takes
 * the first event with which it does.
 */

#ifndef JNY_CHAIN_H
#define JNY_CHAIN_H

#include <stdint.h>


#define JNY_CHAIN_MAX_STEPS 64
#define JNY_CHAIN_NONE      UINT32_MAX

/* An event that fits some step.  A list of them is ordered by time. */
typedef struct {
    int64_t   time_ms;
    uint64_t  mask;     /* bit k: fits step k of the list, from 0 */
    uint32_t  event;    /* the caller's index */
    uint32_t  session;  /* the caller's; ties are sorted within one */
    uint32_t  reach;    /* required steps the chain starting here fills; 0
                           where none starts */
    uint32_t  end;      /* the hit that fills the last of these */
} jny_hit_t;

typedef enum {
    JNY_STEP_REQUIRED = 0,
    JNY_STEP_OPTIONAL,         /* filled between the required ones around it */
    JNY_STEP_EXCLUSION         /* ends a chain between these */
} jny_step_kind_e;

typedef struct {
    jny_step_kind_e  kind;
    int64_t          within_ms;  /* from the required step before it; 0: no
                                    limit of its own */
} jny_step_t;

typedef enum {
    JNY_CHAIN_ORDERED = 0,     /* anything between the steps */
    JNY_CHAIN_STRICT,          /* nothing but optional steps */
    JNY_CHAIN_ANY              /* all steps, in any order */
} jny_chain_order_e;

/*
 * The rules; read-only once made, any number of threads may share them.  A
 * gap k lies before required step k, gap nsteps behind the last.
 */
typedef struct {
    jny_chain_order_e  order;
    int64_t            window_ms;
    unsigned           nitems;     /* steps of any kind */
    unsigned           nsteps;     /* required */
    uint64_t           required;   /* bits of mask */
    uint64_t           excluding;
    uint64_t           optionals[JNY_CHAIN_MAX_STEPS + 1];  /* by gap */
    uint64_t           excludes[JNY_CHAIN_MAX_STEPS + 1];   /* by gap */
    int64_t            within_ms[JNY_CHAIN_MAX_STEPS];      /* by item */
    uint8_t            item[JNY_CHAIN_MAX_STEPS];           /* by step */
    uint8_t            step[JNY_CHAIN_MAX_STEPS];   /* by item: its number, or
                                                       its gap */
    unsigned           bound;      /* more than a window binds the steps */
} jny_chain_t;

/* What a thread works with; zero before the first use. */
typedef struct {
    uint64_t  *good;
    uint32_t  *next;
    uint32_t   good_cap;
    uint64_t   next_cap;
} jny_chain_work_t;

/* A chain that was read. */
typedef struct {
    unsigned  reach;                    /* required steps it fills */
    uint64_t  filled;                   /* items, optional ones too */
    uint32_t  at[JNY_CHAIN_MAX_STEPS];  /* by item, where it is filled: the
                                           hit.  In any order the k-th
                                           required item stands for the k-th
                                           event */
    uint32_t  excluded;                 /* the hit that ended it, or NONE */
    unsigned  exclusion;                /* and its item */
} jny_chain_found_t;


void jny_chain_init(jny_chain_t *c, jny_chain_order_e order,
    int64_t window_ms);

/* Appends a step; at most JNY_CHAIN_MAX_STEPS, the first one required. */
void jny_chain_step(jny_chain_t *c, const jny_step_t *step);

/* Makes room for n hits.  0, or -1: out of memory. */
int jny_chain_reserve(const jny_chain_t *c, jny_chain_work_t *w, uint32_t n);
void jny_chain_release(jny_chain_work_t *w);


/* Time from a to a later b; INT64_MAX when it is longer. */
int64_t jny_hit_elapsed(const jny_hit_t *a, const jny_hit_t *b);

/*
 * Of hits of the same time those come first that fit an earlier step of the
 * list, those that fit none last; else nothing is moved.
 */
void jny_chain_sort_ties(jny_hit_t *hits, uint32_t n);

/*
 * A visitor's chain in one look, where a window is all that binds the steps
 * and none is optional: the first events that fill them one after the other get
 * as far as any others do.  Returns its start; JNY_CHAIN_NONE: without a start,
 * or where it outlasts the window and a later one may get further.
 */
uint32_t jny_chain_plain(const jny_chain_t *c, const jny_hit_t *hits,
    uint32_t n, jny_chain_found_t *found);

/* Sets reach and end of all hits; w has room for n. */
void jny_chain_reach(const jny_chain_t *c, jny_chain_work_t *w,
    jny_hit_t *hits, uint32_t n);

/*
 * A visitor's chain: the start that reaches furthest, the earliest of those;
 * JNY_CHAIN_NONE without any.
 */
uint32_t jny_chain_best(const jny_hit_t *hits, uint32_t n);

/*
 * Reads the chain of a start, and what ended it before it was complete.  Its
 * optional steps behind the last required one are jny_chain_trail()'s.
 */
void jny_chain_read(const jny_chain_t *c, jny_chain_work_t *w,
    const jny_hit_t *hits, uint32_t n, uint32_t start,
    jny_chain_found_t *found);

/* Fills the optional steps behind the last event with hits before limit. */
void jny_chain_trail(const jny_chain_t *c, const jny_hit_t *hits,
    uint32_t limit, uint32_t start, jny_chain_found_t *found);

/*
 * The entries of a visitor are chains one after the other; the first starts at
 * jny_chain_first().  When one was complete, the next starts at the first
 * start behind its end; when an exclusion ended it, behind that; else behind
 * its window.  Also before that, if the chain there gets further: so the best
 * entry of a visitor gets as far as the visitor.  JNY_CHAIN_NONE after the
 * last.
 */
uint32_t jny_chain_first(const jny_hit_t *hits, uint32_t n);
uint32_t jny_chain_next(const jny_chain_t *c, const jny_hit_t *hits,
    uint32_t n, uint32_t start, const jny_chain_found_t *found);


#endif /* JNY_CHAIN_H */
