/*
 * pages_private.h - what the files of this analysis share.  In the order they
 * are used:
 *
 *     pages.c            journeys become first views
 *     pages_strata.c     campaigns and strata get numbers
 *     pages_risk.c       risk sets: page x stratum, all pages at once
 *     pages_rows.c       rows: Mantel-Haenszel, verdicts, order
 *     pages_bootstrap.c  what recurring controls add to the error
 *     pages_across.c     campaign against campaign
 */

#ifndef JNY_PAGES_PRIVATE_H
#define JNY_PAGES_PRIVATE_H

#include "analysis/pages.h"


#define JNY_PAGES_CONVERTED  0x01  /* strictly later, within the horizon */
#define JNY_PAGES_OPEN       0x02  /* not followed for the whole horizon */

#define JNY_PAGES_NONE  UINT32_MAX

/*
 * A visitor's first view of a page: the index of that page, and a control
 * moment of every page the visitor has not seen by then.
 */
typedef struct {
    uint32_t  page;
    uint32_t  stratum;  /* until jny_pages_strata(): the carried tuple */
    uint8_t   stage;
    uint8_t   since;    /* bucket of views since entering the stage */
    uint8_t   before;   /* bucket of views before this one, all stages */
    uint8_t   flags;
} jny_pages_moment_t;

typedef struct {
    uint64_t  visitor;
    uint32_t  nviews;
} jny_pages_visitor_t;

typedef struct {
    const jny_pages_conf_t  *conf;
    const jny_facts_t       *facts;
    jny_pages_visitor_t     *visitors;
    size_t                   nvisitors;
    size_t                   visitors_cap;
    jny_pages_moment_t        *views;      /* visitor by visitor */
    size_t                   nviews;
    size_t                   views_cap;
    size_t                  *seen;       /* by page id: last visitor, 1-based */
    size_t                   seen_cap;
    uint64_t                 cut;
} jny_pages_acc_t;


/* Visitors who could have met a page: same campaign, stage and numbers. */
typedef struct {
    uint32_t  campaign;
    uint8_t   stage;
    uint8_t   since;
    uint8_t   before;
    uint32_t  moments;
    uint32_t  converted;
} jny_pages_stratum_t;

/*
 * A page in a stratum it was first seen in.  seen: moments at which it was
 * just seen or known already; the other moments of the stratum are controls.
 */
typedef struct {
    uint32_t  page;
    uint32_t  stratum;
    uint32_t  viewers;
    uint32_t  viewers_converted;
    uint32_t  seen;
    uint32_t  seen_converted;
    uint32_t  open;
    uint32_t  emits;  /* calls of jny_pages_seen() that reached it */
} jny_pages_pair_t;

/* A row on its way: its pairs, and what the bootstrap needs. */
typedef struct {
    jny_pages_row_t  row;
    uint32_t         page;      /* index in pages */
    uint32_t         campaign;  /* JNY_PAGES_NONE if pooled */
    uint32_t         first;     /* pairs [first, first + npairs) */
    uint32_t         npairs;
    double           above;     /* Mantel-Haenszel sums: ratio = above/below */
    double           below;
    double           weight;    /* of all viewers in these sums */
    double           viewers;   /* effective sizes of the groups if moments */
    double           controls;  /* were visitors */
    unsigned         tested;
    unsigned         enough;    /* for a verdict */
    double           variance;  /* of log(ratio) due to the controls, from the
                                   bootstrap; may be negative */
} jny_pages_test_t;

/* A page's pairs and tests: one test a campaign, then the pooled one. */
typedef struct {
    uint32_t  id;     /* JNY_NAME_PAGE */
    uint32_t  first_pair;
    uint32_t  npairs;
    uint32_t  first_test;
    uint32_t  ntests;
} jny_pages_page_t;

typedef struct {
    jny_pages_acc_t      *acc;
    jny_slice_t          *campaigns;  /* in byte order */
    uint32_t              ncampaigns;
    jny_pages_stratum_t  *strata;     /* by campaign, stage, since, before */
    uint32_t              nstrata;
    jny_pages_pair_t     *pairs;      /* by page, stratum */
    uint32_t              npairs;
    jny_pages_page_t     *pages;      /* by id */
    uint32_t              npages;
    uint32_t             *page_index; /* by id; JNY_PAGES_NONE */
    jny_pages_test_t     *tests;
    uint32_t              ntests;
} jny_pages_study_t;


/* Fills campaigns and strata, and the stratum of every view. */
int jny_pages_strata(jny_pages_study_t *s);

/* Fills pairs and pages with exact counts. */
int jny_pages_risk_sets(jny_pages_study_t *s);

/*
 * One visitor's views.  For each page among them, calls emit with the pairs
 * in which the visitor has moments at or after its first view, and how many
 * (of those, how many converted).  wanted: by index in pages, or NULL for
 * all.  runs: room for n.
 */
typedef struct {
    uint32_t  stratum;
    uint32_t  moments;
    uint32_t  converted;
} jny_pages_run_t;

typedef void (*jny_pages_emit_pt)(void *ctx, uint32_t pair,
    const jny_pages_run_t *run);

void jny_pages_seen(const jny_pages_study_t *s, const jny_pages_moment_t *views,
    uint32_t n, const uint8_t *wanted, jny_pages_run_t *runs,
    jny_pages_emit_pt emit, void *ctx);

/* The pair of a page and a stratum, or JNY_PAGES_NONE. */
uint32_t jny_pages_pair(const jny_pages_study_t *s,
    const jny_pages_page_t *page, uint32_t stratum);

/* Point estimates; decides what is tested. */
int jny_pages_tests(jny_pages_study_t *s);

/* Sets variance of all that are tested. */
int jny_pages_bootstrap(jny_pages_study_t *s);

/* Intervals, p, q, verdicts, order. */
int jny_pages_rows(jny_pages_study_t *s, jny_pages_t *out);
int jny_pages_compare(jny_pages_study_t *s, jny_pages_t *out);

jny_pages_verdict_e jny_pages_judge(double q, jny_interval_t lift);
int jny_pages_order(jny_slice_t one, jny_slice_t two);  /* as memcmp() */


#endif /* JNY_PAGES_PRIVATE_H */
