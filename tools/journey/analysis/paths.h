/*
 * paths.h - what people do: the sequences of touchpoints and the steps between
 * them (docs/SEMANTICS.md, "Paths").
 *
 * Wants JNY_WANT_DETAIL.  A path is one session, or one whole journey.
 */

#ifndef JNY_PATHS_H
#define JNY_PATHS_H

#include "base/purse.h"
#include "engine/journey.h"


/* Touchpoints of a path that are told apart; what follows is "more". */
#define JNY_PATHS_MAX_LEN  32

/*
 * Where edges lead beside touchpoints: the path begins, ends, or is longer than
 * told apart.  JNY_PATHS_OTHER, as from and to: the edges beyond top, summed.
 * Touchpoints are below all of them.
 */
#define JNY_PATHS_END    UINT32_MAX
#define JNY_PATHS_MORE   (UINT32_MAX - 1)
#define JNY_PATHS_OTHER  (UINT32_MAX - 2)
#define JNY_PATHS_START  (UINT32_MAX - 3)

/* Touchpoints around one that may be asked for, on either side. */
#define JNY_PATHS_MAX_SPAN  15

/*
 * Anchors are bits of jny_event_t.match, 0 = none; around excludes the others.
 * starting: a path begins at the first touchpoint that matches; ending: it ends
 * at the last one; both: the longest piece from one to the other.  around: all
 * paths with one that matches, of which before and after touchpoints on either
 * side of the first are told apart.
 */
typedef struct {
    unsigned  keep_repeats;   /* a, a stays two touchpoints */
    unsigned  whole_journey;  /* not cut into sessions */
    unsigned  top;            /* paths, and edges per step; 0 = all */
    uint32_t  starting;
    uint32_t  ending;
    uint32_t  around;
    unsigned  before;         /* at most JNY_PATHS_MAX_SPAN */
    unsigned  after;
} jny_paths_conf_t;

extern const jny_analysis_t  jny_paths_analysis;


/* What is counted of a path, of those beyond top, and of all. */
typedef struct {
    uint64_t     count;      /* paths taken */
    uint64_t     visitors;   /* distinct; 0 where not known: beyond top */
    uint64_t     converted;  /* paths taken with a conversion */
    jny_purse_t  value;      /* of sales in them, by JNY_NAME_CURRENCY id */
} jny_paths_sums_t;

typedef struct {
    const uint32_t    *names;  /* indexes of jny_paths_t.names */
    unsigned           len;
    unsigned           more;   /* goes on behind the last of them */
    unsigned           before; /* begins before the first: with ending */
    unsigned           anchor; /* the place of the one around, else 0 */
    jny_paths_sums_t  *sums;
} jny_path_t;

typedef struct {
    int32_t   step;      /* from 1: the position of "from", counted from the
                            first  touchpoint, or from the one around; before
                            that one, and with ending alone before the last,
                            from -1 downwards */
    uint32_t  from;      /* indexes of jny_paths_t.names, or JNY_PATHS_ */
    uint32_t  to;
    uint64_t  count;
    uint64_t  visitors;  /* 0 with JNY_PATHS_OTHER */
} jny_path_edge_t;

/*
 * Returns to a touchpoint that was left before in the same path.  Paths with
 * and without one were all at the touchpoint; converted: no earlier than they
 * were there first.
 */
typedef struct {
    uint32_t  name;      /* index of jny_paths_t.names */
    uint32_t  id;        /* JNY_NAME_TOUCHPOINT */
    uint64_t  count;     /* returns */
    uint64_t  visitors;  /* who returned, distinct */
    uint64_t  events;    /* between leaving and being back, summed */
    uint64_t  paths;     /* with a return */
    uint64_t  converted;
    uint64_t  paths_without;
    uint64_t  converted_without;
    int64_t   p50_ms;    /* from the last event there to the first one back */
    int64_t   p90_ms;
    int64_t   mean_ms;
} jny_path_loop_t;

/* Returns to any touchpoint. */
typedef struct {
    uint64_t  count;
    uint64_t  paths;      /* with one */
    uint64_t  visitors;
    uint64_t  converted;  /* paths with one and with a conversion */
} jny_path_returns_t;

typedef struct {
    jny_slice_t      *names;     /* touchpoints, sorted; texts lent */
    uint32_t          nnames;
    jny_path_t       *paths;     /* by count, then by text */
    uint32_t          npaths;
    jny_path_edge_t  *edges;     /* by step, then count, then text */
    uint32_t          nedges;
    jny_path_loop_t  *loops;     /* by count, then text; the first top */
    uint32_t          nloops;
    uint64_t          loops_distinct; /* touchpoints returned to */
    jny_path_returns_t  returns;
    uint64_t          distinct;  /* different paths */
    uint64_t          longer;    /* paths taken that are more */
    uint64_t          nameless;  /* events without page and touchpoint */
    uint64_t          left_out; /* paths taken without an anchor */
    jny_paths_sums_t  all;
    jny_paths_sums_t  other;     /* beyond top */
} jny_paths_t;

/*
 * The result of a merged accumulator, once; lends from it and from the run.
 * JNY_OK; JNY_ENOMEM.  *p is released by jny_paths_free() in any case.
 */
int jny_paths_finish(void *acc, jny_paths_t **p);
void jny_paths_free(jny_paths_t *p); /* accepts NULL */


#endif /* JNY_PATHS_H */
