/*
 * compat_once.c - ClickHouse's windowFunnel with strict_once: an event fills
 * one step of a chain, and all chains are followed.
 *
 * Chains differ in what matters later only by their first event and by those
 * of their events that the present tie may still offer to another step.  Of
 * two chains of a level the one that began later and has used up less of the
 * tie makes the other superfluous; between ties one chain a level is left.
 */

#include "base/compat_private.h"


/*
 * Chains of one level that none makes superfluous.  Events that fit one step
 * each leave one of a tie; more come of events that fit several in one tie,
 * and only with very many of these is there no room for the last.
 */
#define JNY_ONCE_CHAINS  32

typedef struct {
    int64_t   first_ms;
    int64_t   last_ms;
    uint32_t  at[JNY_COMPAT_MAX_STEPS];
} jny_once_chain_t;

typedef struct {
    jny_compat_run_t  *r;
    unsigned           n[JNY_COMPAT_MAX_STEPS];
    jny_once_chain_t   chains[JNY_COMPAT_MAX_STEPS][JNY_ONCE_CHAINS];
} jny_once_t;


static void jny_once_settle(jny_once_t *o);
static int jny_once_pair(jny_once_t *o, uint32_t i, unsigned k);
static int jny_once_extends(const jny_once_t *o, const jny_once_chain_t *chain,
    uint32_t i, unsigned k);
static void jny_once_keep(jny_once_t *o, const jny_once_chain_t *chain,
    unsigned k);
static int jny_once_covers(const jny_once_t *o, const jny_once_chain_t *a,
    const jny_once_chain_t *b, unsigned k, int64_t now_ms);


void
jny_compat_once(jny_compat_run_t *r)
{
    uint32_t    i, from, end;
    unsigned    k;
    jny_once_t  o;

    o.r = r;

    for (k = 0; k < r->nlevels; k++) {
        o.n[k] = 0;
    }

    for (from = 0; from < r->n; from = end) {
        end = jny_compat_tie(r, from);
        jny_once_settle(&o);

        if (jny_compat_strangers(r, from, end)) {
            return;
        }

        for (k = 0; k < r->nlevels; k++) {
            for (i = from; i < end; i++) {
                if (jny_compat_fits(r, i, k) && jny_once_pair(&o, i, k)) {
                    return;
                }
            }
        }
    }
}


/* A tie is over: of each level the chain that began last is as good as all. */
static void
jny_once_settle(jny_once_t *o)
{
    unsigned           i, k;
    jny_once_chain_t  *chains;

    for (k = 0; k < o->r->nlevels; k++) {
        chains = o->chains[k];

        for (i = 1; i < o->n[k]; i++) {
            if (chains[i].first_ms > chains[0].first_ms) {
                chains[0] = chains[i];
            }
        }

        if (o->n[k] > 0) {
            o->n[k] = 1;
        }
    }
}


/* An event as one of its steps; whether that was the end. */
static int
jny_once_pair(jny_once_t *o, uint32_t i, unsigned k)
{
    unsigned           j, n, modes = o->r->compat->modes;
    jny_once_chain_t   chain;

    if (k == 0) {
        o->r->begun = 1;
        chain.first_ms = o->r->hits[i].time_ms;
        chain.last_ms = chain.first_ms;
        chain.at[0] = i;
        jny_once_keep(o, &chain, 0);

        return o->r->nlevels == 1;
    }

    if ((modes & JNY_COMPAT_DEDUPLICATION) && o->n[k] > 0) {
        return 1;
    }

    if (o->n[k - 1] == 0) {
        return (modes & JNY_COMPAT_ORDER) && o->r->begun
               && !(modes & JNY_COMPAT_REENTRY);
    }

    for (j = 0, n = o->n[k - 1]; j < n; j++) {
        chain = o->chains[k - 1][j];

        if (jny_once_extends(o, &chain, i, k)) {
            chain.last_ms = o->r->hits[i].time_ms;
            chain.at[k] = i;
            jny_once_keep(o, &chain, k);
        }
    }

    return o->r->depth == o->r->nlevels;
}


static int
jny_once_extends(const jny_once_t *o, const jny_once_chain_t *chain,
    uint32_t i, unsigned k)
{
    const jny_hit_t  *hit = &o->r->hits[i];

    if (jny_hit_elapsed(&o->r->hits[chain->at[0]], hit) > o->r->c->window_ms
        || ((o->r->compat->modes & JNY_COMPAT_INCREASE)
            && chain->last_ms >= hit->time_ms))
    {
        return 0;
    }

    while (k-- > 0) {
        if (chain->at[k] == i) {
            return 0;
        }
    }

    return 1;
}


static void
jny_once_keep(jny_once_t *o, const jny_once_chain_t *chain, unsigned k)
{
    unsigned            i, j;
    int64_t             now_ms = chain->last_ms;
    jny_compat_run_t   *r = o->r;
    jny_once_chain_t   *chains = o->chains[k];

    if (k + 1 > r->depth) {
        r->depth = k + 1;
        r->best.filled = UINT64_MAX >> (JNY_CHAIN_MAX_STEPS - 1 - k);

        for (i = 0; i <= k; i++) {
            r->best.at[i] = chain->at[i];
        }
    }

    for (i = 0; i < o->n[k]; i++) {
        if (jny_once_covers(o, &chains[i], chain, k, now_ms)) {
            return;
        }
    }

    for (i = 0, j = 0; i < o->n[k]; i++) {
        if (!jny_once_covers(o, chain, &chains[i], k, now_ms)) {
            chains[j++] = chains[i];
        }
    }

    if (j < JNY_ONCE_CHAINS) {
        chains[j++] = *chain;
    }

    o->n[k] = j;
}


/* Whether chain a of level k can do whatever b can do from now on. */
static int
jny_once_covers(const jny_once_t *o, const jny_once_chain_t *a,
    const jny_once_chain_t *b, unsigned k, int64_t now_ms)
{
    unsigned          i, j;
    const jny_hit_t  *hit;

    if (a->first_ms < b->first_ms
        || ((o->r->compat->modes & JNY_COMPAT_INCREASE)
            && a->last_ms > b->last_ms))
    {
        return 0;
    }

    for (i = 0; i <= k; i++) {
        hit = &o->r->hits[a->at[i]];

        /* Is it gone for b too, or of no more use? */
        if (hit->time_ms != now_ms
            || k + 1 == o->r->nlevels
            || (hit->mask & o->r->c->required) >> o->r->item[k + 1] == 0)
        {
            continue;
        }

        for (j = 0; j <= k && b->at[j] != a->at[i]; j++) { /* void */
        }

        if (j > k) {
            return 0;
        }
    }

    return 1;
}
