/*
 * pages_risk.c - risk sets of all pages at once.
 *
 * The controls of page P in a stratum are all moments of the stratum but
 * those at which P was just seen or known already.  So one total a stratum
 * serves every page, and a visitor with k first views costs at most k * k / 2
 * subtractions instead of one comparison per page of the site; moments of one
 * stratum are subtracted together.
 */

#include "analysis/pages_private.h"

#include <stdlib.h>
#include <string.h>

#include "base/slots.h"


static int risk_collect(jny_pages_study_t *s);
static jny_pages_pair_t *risk_pair(jny_pages_study_t *s, jny_slots_t *slots,
    uint32_t *cap, const jny_pages_moment_t *v);
static int risk_pair_cmp(const void *one, const void *two);
static int risk_pages(jny_pages_study_t *s);
static void risk_count(void *ctx, uint32_t pair, const jny_pages_run_t *run);


int
jny_pages_risk_sets(jny_pages_study_t *s)
{
    int               rc;
    size_t            i, at;
    jny_pages_acc_t  *acc = s->acc;
    jny_pages_run_t  *runs;

    rc = risk_collect(s);

    if (rc == JNY_OK && s->npairs > 0) {
        qsort(s->pairs, s->npairs, sizeof(*s->pairs), risk_pair_cmp);
        rc = risk_pages(s);
    }

    if (rc != JNY_OK) {
        return rc;
    }

    runs = malloc(JNY_PAGES_MAX_VIEWS * sizeof(*runs));
    if (runs == NULL) {
        return JNY_ENOMEM;
    }

    for (i = 0, at = 0; i < acc->nvisitors; i++) {
        jny_pages_seen(s, acc->views + at, acc->visitors[i].nviews, NULL, runs,
            risk_count, s);
        at += acc->visitors[i].nviews;
    }

    free(runs);

    return JNY_OK;
}


static int
risk_collect(jny_pages_study_t *s)
{
    size_t                   i;
    uint32_t                 cap = 0;
    jny_slots_t              slots;
    jny_pages_pair_t        *pair;
    const jny_pages_moment_t  *v;

    memset(&slots, 0, sizeof(slots));

    for (i = 0; i < s->acc->nviews; i++) {
        v = &s->acc->views[i];

        pair = risk_pair(s, &slots, &cap, v);
        if (pair == NULL) {
            jny_slots_release(&slots);
            return JNY_ENOMEM;
        }

        if (v->flags & JNY_PAGES_OPEN) {
            pair->open++;

        } else {
            pair->viewers++;
            pair->viewers_converted += (v->flags & JNY_PAGES_CONVERTED) != 0;
        }
    }

    jny_slots_release(&slots);

    return JNY_OK;
}


static jny_pages_pair_t *
risk_pair(jny_pages_study_t *s, jny_slots_t *slots, uint32_t *cap,
    const jny_pages_moment_t *v)
{
    uint32_t           i, hash, probe = 0, key[2];
    jny_pages_pair_t  *pair;

    key[0] = v->page;
    key[1] = v->stratum;
    hash = jny_slots_hash(key, 2);

    while ((i = jny_slots_next(slots, hash, &probe)) != JNY_SLOTS_NONE) {
        pair = &s->pairs[i];

        if (pair->page == v->page && pair->stratum == v->stratum) {
            return pair;
        }
    }

    if (s->npairs == *cap) {
        *cap = *cap ? 2 * *cap : 1024;
        pair = realloc(s->pairs, *cap * sizeof(*pair));
        if (pair == NULL) {
            return NULL;
        }

        s->pairs = pair;
    }

    if (jny_slots_put(slots, hash, s->npairs) != 0) {
        return NULL;
    }

    pair = &s->pairs[s->npairs++];
    memset(pair, 0, sizeof(*pair));
    pair->page = v->page;
    pair->stratum = v->stratum;

    return pair;
}


static int
risk_pair_cmp(const void *one, const void *two)
{
    const jny_pages_pair_t  *a = one, *b = two;

    if (a->page != b->page) {
        return (a->page > b->page) - (a->page < b->page);
    }

    return (a->stratum > b->stratum) - (a->stratum < b->stratum);
}


static int
risk_pages(jny_pages_study_t *s)
{
    uint32_t           i, nids;
    jny_pages_page_t  *page;

    nids = s->pairs[s->npairs - 1].page + 1;

    for (i = 0; i < s->npairs; i++) {
        s->npages += (i == 0 || s->pairs[i].page != s->pairs[i - 1].page);
    }

    s->pages = calloc(s->npages, sizeof(*s->pages));
    s->page_index = malloc(nids * sizeof(*s->page_index));

    if (s->pages == NULL || s->page_index == NULL) {
        return JNY_ENOMEM;
    }

    memset(s->page_index, 0xff, nids * sizeof(*s->page_index));

    page = s->pages;

    for (i = 0; i < s->npairs; i++) {
        if (i > 0 && s->pairs[i].page != s->pairs[i - 1].page) {
            page++;
        }

        if (page->npairs++ == 0) {
            page->id = s->pairs[i].page;
            page->first_pair = i;
            s->page_index[page->id] = (uint32_t) (page - s->pages);
        }
    }

    return JNY_OK;
}


void
jny_pages_seen(const jny_pages_study_t *s, const jny_pages_moment_t *views,
    uint32_t n, const uint8_t *wanted, jny_pages_run_t *runs,
    jny_pages_emit_pt emit, void *ctx)
{
    uint32_t                 i, k, page, pair, nruns = 0;
    const jny_pages_moment_t  *v;

    /* From the last view backwards, runs are what follows it and itself. */
    for (i = n; i > 0; i--) {
        v = &views[i - 1];

        if (v->flags & JNY_PAGES_OPEN) {
            continue;
        }

        for (k = nruns; k > 0 && runs[k - 1].stratum != v->stratum; k--) {
            /* void */
        }

        if (k == 0) {
            k = ++nruns;
            memset(&runs[k - 1], 0, sizeof(*runs));
            runs[k - 1].stratum = v->stratum;
        }

        runs[k - 1].moments++;
        runs[k - 1].converted += (v->flags & JNY_PAGES_CONVERTED) != 0;

        page = s->page_index[v->page];

        if (wanted != NULL && !wanted[page]) {
            continue;
        }

        for (k = 0; k < nruns; k++) {
            pair = jny_pages_pair(s, &s->pages[page], runs[k].stratum);

            if (pair != JNY_PAGES_NONE) {
                emit(ctx, pair, &runs[k]);
            }
        }
    }
}


uint32_t
jny_pages_pair(const jny_pages_study_t *s, const jny_pages_page_t *page,
    uint32_t stratum)
{
    uint32_t  lo, hi, middle;

    lo = page->first_pair;
    hi = lo + page->npairs;

    while (lo < hi) {
        middle = lo + (hi - lo) / 2;

        if (s->pairs[middle].stratum < stratum) {
            lo = middle + 1;

        } else {
            hi = middle;
        }
    }

    /* Where nobody turned to the page first, nobody is compared. */
    if (lo == page->first_pair + page->npairs
        || s->pairs[lo].stratum != stratum || s->pairs[lo].viewers == 0)
    {
        return JNY_PAGES_NONE;
    }

    return lo;
}


static void
risk_count(void *ctx, uint32_t pair, const jny_pages_run_t *run)
{
    jny_pages_study_t  *s = ctx;
    jny_pages_pair_t   *p = &s->pairs[pair];

    p->seen += run->moments;
    p->seen_converted += run->converted;
    p->emits++;
}
