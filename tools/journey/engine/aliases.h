/*
 * aliases.h - campaign values that stand for others, and currencies that are
 * counted in another: what a model says of the logs (docs/SEMANTICS.md).
 *
 * Read-only while a run lasts, so any thread may ask.
 */

#ifndef JNY_ALIASES_H
#define JNY_ALIASES_H

#include <stdint.h>

#include "jny_types.h"


/* Texts are as the engine keeps them: trimmed and folded (fold.h). */
typedef struct {
    unsigned     part;      /* source, medium, campaign, term, content */
    jny_slice_t  from;
    jny_slice_t  to;
} jny_alias_t;

typedef struct {
    jny_alias_t  *v;        /* sorted by jny_aliases_sort() */
    unsigned      n;
} jny_aliases_t;

#define JNY_MAX_RATES  64

typedef struct {
    jny_slice_t  currency;  /* the one to count in */
    jny_slice_t  from[JNY_MAX_RATES];
    int64_t      rate_e9[JNY_MAX_RATES];  /* of one unit, above 0 */
    unsigned     n;
} jny_rates_t;


void jny_aliases_sort(jny_aliases_t *aliases);

/* What a part's value stands for, lent; else s.  NULL: no aliases. */
jny_slice_t jny_aliases_get(const jny_aliases_t *aliases, unsigned part,
    jny_slice_t s);

/* 0: no rate, the currency stays as it is. */
int64_t jny_rates_get(const jny_rates_t *rates, jny_slice_t currency);

/* Rounded to the nearest, halves away from 0; no further than INT64_MAX. */
int64_t jny_rates_convert(int64_t value_e4, int64_t rate_e9);


#endif /* JNY_ALIASES_H */
