/*
 * compat.c - funnels by the definitions of others.
 *
 * They have in common that they walk forwards and keep, of each step, the
 * latest chain that reached it: linear, and the reason why their times are not
 * those of the first chain.  Here are those that need no more than that,
 * ClickHouse and Umami; the others have files of their own.
 */

#include "base/compat.h"

#include <string.h>

#include "base/compat_private.h"


static void jny_compat_slots(jny_compat_run_t *r);
static int jny_compat_pair(jny_compat_run_t *r, uint32_t i, unsigned k);
static void jny_compat_fill(jny_compat_run_t *r, uint32_t i, unsigned k);


int
jny_compat_wants_every(const jny_compat_t *compat, const jny_chain_t *c)
{
    if (compat->vendor == JNY_COMPAT_CLICKHOUSE) {
        return (compat->modes & JNY_COMPAT_ORDER) != 0;
    }

    return compat->vendor == JNY_COMPAT_POSTHOG
           && c->order == JNY_CHAIN_STRICT;
}


uint32_t
jny_compat_find(const jny_compat_t *compat, const jny_chain_t *c,
    jny_chain_work_t *w, const jny_hit_t *hits, uint32_t n,
    jny_chain_found_t *found)
{
    unsigned          k;
    jny_compat_run_t  r;

    r.compat = compat;
    r.c = c;
    r.hits = hits;
    r.n = n;
    r.links = w->next;
    r.nlevels = 0;
    r.begun = 0;
    r.depth = 0;
    r.best.spoilt = 0;

    for (k = 0; k < c->nitems; k++) {
        if (!(c->excluding >> k & 1)) {
            r.slots[r.nlevels].set = 0;
            r.item[r.nlevels++] = (uint8_t) k;
        }
    }

    switch (compat->vendor) {

    case JNY_COMPAT_POSTHOG:
        (c->order == JNY_CHAIN_ANY) ? jny_compat_any(&r)
                                    : jny_compat_posthog(&r);
        break;

    case JNY_COMPAT_MIXPANEL:
        jny_compat_mixpanel(&r);
        break;

    default:
        (compat->modes & JNY_COMPAT_ONCE) ? jny_compat_once(&r)
                                          : jny_compat_slots(&r);
        break;
    }

    if (r.depth == 0) {
        return JNY_CHAIN_NONE;
    }

    found->reach = 0;
    found->filled = 0;
    found->excluded = r.best.spoilt ? r.best.exclusion : JNY_CHAIN_NONE;
    found->exclusion = r.best.spoilt ? r.best.item : 0;

    for (k = 0; k < r.nlevels; k++) {
        if (r.best.filled >> k & 1) {
            found->at[r.item[k]] = r.best.at[k];
            found->filled |= UINT64_C(1) << r.item[k];
            found->reach += c->required >> r.item[k] & 1;
        }
    }

    return r.best.at[0];
}


int
jny_compat_fits(const jny_compat_run_t *r, uint32_t i, unsigned level)
{
    return r->hits[i].mask >> r->item[level] & 1;
}


uint32_t
jny_compat_tie(const jny_compat_run_t *r, uint32_t i)
{
    uint32_t  end;

    for (end = i + 1; end < r->n
                      && r->hits[end].time_ms == r->hits[i].time_ms;
         end++)
    { /* void */
    }

    return end;
}


/* By time, then by step. */
static void
jny_compat_slots(jny_compat_run_t *r)
{
    uint32_t  i, from, end;
    unsigned  k;

    for (from = 0; from < r->n; from = end) {
        end = jny_compat_tie(r, from);

        if (jny_compat_strangers(r, from, end)) {
            return;
        }

        for (k = 0; k < r->nlevels; k++) {
            for (i = from; i < end; i++) {
                if (jny_compat_fits(r, i, k) && jny_compat_pair(r, i, k)) {
                    return;
                }
            }
        }
    }
}


int
jny_compat_strangers(const jny_compat_run_t *r, uint32_t i, uint32_t end)
{
    if (!(r->compat->modes & JNY_COMPAT_ORDER) || !r->begun) {
        return 0;
    }

    for (/* void */; i < end; i++) {
        if (r->hits[i].mask == 0) {
            return 1;
        }
    }

    return 0;
}


/* An event as one of its steps; whether that was the end. */
static int
jny_compat_pair(jny_compat_run_t *r, uint32_t i, unsigned k)
{
    int64_t                   ms;
    unsigned                  modes = r->compat->modes;
    const jny_hit_t          *hit = &r->hits[i];
    const jny_compat_slot_t  *before = &r->slots[k - (k > 0)];
    const jny_hit_t           first = { before->first_ms, 0, 0, 0, 0, 0 };
    const jny_hit_t           last = { before->last_ms, 0, 0, 0, 0, 0 };

    if (k == 0) {
        r->begun = 1;
        jny_compat_fill(r, i, 0);
        return r->nlevels == 1;
    }

    if ((modes & JNY_COMPAT_DEDUPLICATION) && r->slots[k].set) {
        return 1;
    }

    if (!before->set) {
        return (modes & JNY_COMPAT_ORDER) && r->begun
               && !(modes & JNY_COMPAT_REENTRY);
    }

    ms = jny_hit_elapsed(r->compat->vendor == JNY_COMPAT_UMAMI ? &last : &first,
        hit);

    if (ms > r->c->window_ms
        || ((modes & JNY_COMPAT_INCREASE) && last.time_ms >= hit->time_ms))
    {
        return 0;
    }

    jny_compat_fill(r, i, k);

    return k + 1 == r->nlevels;
}


static void
jny_compat_fill(jny_compat_run_t *r, uint32_t i, unsigned k)
{
    jny_compat_slot_t  *slot = &r->slots[k];

    if (k > 0) {
        memcpy(slot->at, r->slots[k - 1].at, k * sizeof(*slot->at));
        slot->first_ms = r->slots[k - 1].first_ms;

    } else {
        slot->first_ms = r->hits[i].time_ms;
    }

    slot->set = 1;
    slot->spoilt = 0;
    slot->last_ms = r->hits[i].time_ms;
    slot->filled = UINT64_MAX >> (JNY_CHAIN_MAX_STEPS - 1 - k);
    slot->at[k] = i;

    if (k + 1 > r->depth) {
        r->depth = k + 1;
        r->best = *slot;
    }
}
