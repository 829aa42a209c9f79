/*
 * pages_strata.c - campaigns and strata get numbers.
 *
 * Several tuples may be one campaign (the same name from two sources), so
 * campaigns are known by their names.  Numbers follow byte order and the
 * fields of the stratum, never arrival: sums of floating point numbers over
 * strata are then the same for any number of threads.
 */

#include "analysis/pages_private.h"

#include <stdlib.h>
#include <string.h>

#include "base/slots.h"


typedef struct {
    jny_slice_t  name;
    uint32_t     tuple;
} jny_pages_name_t;


static int strata_campaigns(jny_pages_study_t *s, uint32_t *campaign_of);
static int strata_name_cmp(const void *one, const void *two);
static int strata_collect(jny_pages_study_t *s, const uint32_t *campaign_of);
static uint32_t strata_find(jny_pages_study_t *s, jny_slots_t *slots,
    uint32_t *cap, const jny_pages_stratum_t *want);
static int strata_sort(jny_pages_study_t *s);
static int strata_cmp(const void *one, const void *two);


int
jny_pages_strata(jny_pages_study_t *s)
{
    int        rc;
    uint32_t  *campaign_of;

    campaign_of = calloc(jny_names_tuple_count(s->acc->facts->names),
        sizeof(*campaign_of));
    if (campaign_of == NULL) {
        return JNY_ENOMEM;
    }

    rc = strata_campaigns(s, campaign_of);

    if (rc == JNY_OK) {
        rc = strata_collect(s, campaign_of);
    }

    free(campaign_of);

    return (rc == JNY_OK) ? strata_sort(s) : rc;
}


static int
strata_campaigns(jny_pages_study_t *s, uint32_t *campaign_of)
{
    uint32_t            i, n;
    jny_pages_name_t   *names;
    const jny_names_t  *all = s->acc->facts->names;

    n = jny_names_tuple_count(all);
    names = calloc(n, sizeof(*names));
    s->campaigns = calloc(n, sizeof(*s->campaigns));

    if (names == NULL || s->campaigns == NULL) {
        free(names);
        return JNY_ENOMEM;
    }

    for (i = 0; i < n; i++) {
        names[i].name = jny_names_campaign(all, i);
        names[i].tuple = i;
    }

    qsort(names, n, sizeof(*names), strata_name_cmp);

    for (i = 0; i < n; i++) {
        if (i == 0 || strata_name_cmp(&names[i - 1], &names[i]) != 0) {
            s->campaigns[s->ncampaigns++] = names[i].name;
        }

        campaign_of[names[i].tuple] = s->ncampaigns - 1;
    }

    free(names);

    return JNY_OK;
}


static int
strata_name_cmp(const void *one, const void *two)
{
    const jny_pages_name_t  *a = one, *b = two;

    return jny_pages_order(a->name, b->name);
}


int
jny_pages_order(jny_slice_t one, jny_slice_t two)
{
    int     d;
    size_t  n = (one.len < two.len) ? one.len : two.len;

    d = (n == 0) ? 0 : memcmp(one.data, two.data, n);

    return (d != 0) ? d : (one.len > two.len) - (one.len < two.len);
}


static int
strata_collect(jny_pages_study_t *s, const uint32_t *campaign_of)
{
    size_t               i;
    uint32_t             cap = 0, last = 0;
    jny_slots_t          slots;
    jny_pages_moment_t    *v;
    jny_pages_stratum_t  want;

    memset(&slots, 0, sizeof(slots));
    memset(&want, 0, sizeof(want));

    for (i = 0; i < s->acc->nviews; i++) {
        v = &s->acc->views[i];

        want.campaign = campaign_of[v->stratum];
        want.stage = v->stage;
        want.since = v->since;
        want.before = v->before;

        last = strata_find(s, &slots, &cap, &want);
        if (last == JNY_PAGES_NONE) {
            break;
        }

        v->stratum = last;

        if (!(v->flags & JNY_PAGES_OPEN)) {
            s->strata[last].moments++;
            s->strata[last].converted += (v->flags & JNY_PAGES_CONVERTED) != 0;
        }
    }

    jny_slots_release(&slots);

    return (last == JNY_PAGES_NONE) ? JNY_ENOMEM : JNY_OK;
}


static uint32_t
strata_find(jny_pages_study_t *s, jny_slots_t *slots, uint32_t *cap,
    const jny_pages_stratum_t *want)
{
    uint32_t              i, hash, probe = 0, key[2];
    jny_pages_stratum_t  *grown;

    key[0] = want->campaign;
    key[1] = (uint32_t) want->stage << 16 | (uint32_t) want->since << 8
             | want->before;
    hash = jny_slots_hash(key, 2);

    while ((i = jny_slots_next(slots, hash, &probe)) != JNY_SLOTS_NONE) {
        if (strata_cmp(&s->strata[i], want) == 0) {
            return i;
        }
    }

    if (s->nstrata == *cap) {
        *cap = *cap ? 2 * *cap : 256;
        grown = realloc(s->strata, *cap * sizeof(*grown));
        if (grown == NULL) {
            return JNY_PAGES_NONE;
        }

        s->strata = grown;
    }

    if (jny_slots_put(slots, hash, s->nstrata) != 0) {
        return JNY_PAGES_NONE;
    }

    s->strata[s->nstrata] = *want;

    return s->nstrata++;
}


/* Renumbers: from order of arrival to order of fields. */
static int
strata_sort(jny_pages_study_t *s)
{
    size_t                i;
    uint32_t              k, *number;
    jny_pages_stratum_t  *sorted;

    if (s->nstrata == 0) {
        return JNY_OK;
    }

    sorted = malloc(s->nstrata * sizeof(*sorted));
    number = malloc(s->nstrata * sizeof(*number));

    if (sorted == NULL || number == NULL) {
        free(sorted);
        free(number);
        return JNY_ENOMEM;
    }

    memcpy(sorted, s->strata, s->nstrata * sizeof(*sorted));
    qsort(sorted, s->nstrata, sizeof(*sorted), strata_cmp);

    for (k = 0; k < s->nstrata; k++) {
        number[k] = (uint32_t) ((jny_pages_stratum_t *) bsearch(&s->strata[k],
                                    sorted, s->nstrata, sizeof(*sorted),
                                    strata_cmp)
                                - sorted);
    }

    for (i = 0; i < s->acc->nviews; i++) {
        s->acc->views[i].stratum = number[s->acc->views[i].stratum];
    }

    free(number);
    free(s->strata);
    s->strata = sorted;

    return JNY_OK;
}


static int
strata_cmp(const void *one, const void *two)
{
    const jny_pages_stratum_t  *a = one, *b = two;

    if (a->campaign != b->campaign) {
        return (a->campaign > b->campaign) - (a->campaign < b->campaign);
    }

    if (a->stage != b->stage) {
        return a->stage - b->stage;
    }

    return (a->since != b->since) ? a->since - b->since
                                  : a->before - b->before;
}
