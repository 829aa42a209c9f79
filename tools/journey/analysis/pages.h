/*
 * pages.h - what goes with seeing a page, campaign by campaign: conversion
 * after the first view of a page against matched visitors who had not seen it
 * (docs/SEMANTICS.md, "Pages").  An association, not a proof.
 *
 * Wants JNY_WANT_DETAIL.
 */

#ifndef JNY_PAGES_H
#define JNY_PAGES_H

#include "base/stats.h"
#include "engine/journey.h"


/* Pages of one visitor that are looked at; what follows is left out. */
#define JNY_PAGES_MAX_VIEWS  1000

/* Replicates of the bootstrap. */
#define JNY_PAGES_REPLICATES  1000

/* Fewer viewers, controls or conversions than these: no test. */
#define JNY_PAGES_MIN_VISITORS     30
#define JNY_PAGES_MIN_CONVERSIONS  10

typedef struct {
    int64_t   horizon_ms;  /* how long visitors are followed, inclusive */
    unsigned  across;      /* also campaigns against each other */
    unsigned  threads;     /* of finish; the answer is the same */
    uint64_t  seed;        /* of the bootstrap */
} jny_pages_conf_t;

extern const jny_analysis_t  jny_pages_analysis;


typedef enum {
    JNY_PAGES_TOO_FEW,
    JNY_PAGES_NO_DIFFERENCE,
    JNY_PAGES_BETTER,
    JNY_PAGES_WORSE
} jny_pages_verdict_e;

/* A page under one campaign, or under all (stratified by campaign). */
typedef struct {
    jny_slice_t          page;
    jny_slice_t          campaign;       /* "(all)" if pooled */
    unsigned             pooled;
    uint64_t             visitors;       /* viewers with controls */
    uint64_t             converted;      /* of them, within the horizon */
    uint64_t             unmatched;      /* viewers without controls */
    uint64_t             still_open;     /* viewers not followed long enough */
    double               rate;           /* NaN without viewers, as the rest */
    jny_interval_t       interval;       /* of rate, Wilson */
    double               baseline;       /* what the controls convert at */
    uint64_t             baseline_n;     /* controls: moments, not people */
    double               difference;     /* rate - baseline */
    double               lift;           /* rate / baseline - 1 */
    jny_interval_t       lift_interval;  /* NaN if there was no test, as */
    double               detectable;     /* the lift found with 80 % power, */
    double               p;
    double               q;
    jny_pages_verdict_e  verdict;
} jny_pages_row_t;

/* Viewers of a page under one campaign against those under the others. */
typedef struct {
    jny_slice_t          page;
    jny_slice_t          campaign;
    uint64_t             visitors;
    uint64_t             converted;
    uint64_t             others;
    uint64_t             others_converted;
    double               rate;
    jny_interval_t       interval;
    double               others_rate;
    double               lift;           /* NaN if no other converts */
    jny_interval_t       lift_interval;  /* NaN without a test */
    double               p;
    double               q;
    jny_pages_verdict_e  verdict;
} jny_pages_across_t;

/* Whether a page's viewers convert alike under all campaigns. */
typedef struct {
    jny_slice_t  page;
    unsigned     campaigns;  /* compared; small ones count as one */
    uint64_t     visitors;
    double       chi2;
    unsigned     df;
    double       p;
    double       q;
} jny_pages_alike_t;

/* Best known first: found, not found, too few; then by what is at stake. */
typedef struct {
    jny_pages_row_t     *rows;
    uint32_t             nrows;
    jny_pages_across_t  *across;
    uint32_t             nacross;
    jny_pages_alike_t   *alike;
    uint32_t             nalike;
    uint32_t             tests;         /* rows with a q */
    uint32_t             across_tests;
    uint64_t             visitors;      /* with a view that counts */
    uint64_t             views;         /* first views, followed long enough */
    uint64_t             still_open;    /* first views, not yet */
    uint64_t             cut;           /* visitors beyond the first 1,000 */
} jny_pages_t;

/*
 * The result of a merged accumulator, once; lends names from the run.
 * JNY_OK; JNY_ENOMEM; JNY_ELIMIT: over 2^30 first views.  *pages is released
 * by jny_pages_free() in any case.  Memory: 12 bytes a first view while
 * adding; in finish, up to 128 MB and 64 MB a thread unless one page alone
 * needs more.
 */
int jny_pages_finish(void *acc, jny_pages_t **pages);
void jny_pages_free(jny_pages_t *pages);  /* accepts NULL */

const char *jny_pages_verdict(jny_pages_verdict_e verdict);


#endif /* JNY_PAGES_H */
