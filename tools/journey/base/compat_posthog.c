/*
 * compat_posthog.c - PostHog's funnel (its aggregate_funnel): of each step the
 * latest chain that reached it, spoilt by exclusions.
 */

#include "base/compat_private.h"


static int jny_posthog_mixed(const jny_compat_run_t *r, uint32_t i,
    uint32_t end);
static void jny_posthog_event(jny_compat_run_t *r, uint32_t i);
static int jny_posthog_before(const jny_compat_run_t *r, uint32_t i,
    unsigned k, int *before);
static void jny_posthog_spoil(jny_compat_run_t *r, uint32_t i, unsigned k,
    unsigned item);
static void jny_posthog_step(jny_compat_run_t *r, uint32_t i, unsigned k,
    int once);


void
jny_compat_posthog(jny_compat_run_t *r)
{
    uint32_t  i, from, end;
    unsigned  k;

    for (from = 0; from < r->n; from = end) {
        end = jny_compat_tie(r, from);

        if (jny_posthog_mixed(r, from, end)) {
            for (k = 0; k < r->nlevels; k++) {
                for (i = from; i < end; i++) {
                    if (jny_compat_fits(r, i, k)) {
                        jny_posthog_step(r, i, k, 1);
                    }
                }
            }

        } else {
            for (i = from; i < end; i++) {
                jny_posthog_event(r, i);
            }
        }

        if (r->slots[r->nlevels - 1].set) {
            break;
        }
    }

    /* A visitor whose best chain is spoilt is not counted. */
    if (r->best.spoilt) {
        r->best.filled = 0;
    }
}


static int
jny_posthog_mixed(const jny_compat_run_t *r, uint32_t i, uint32_t end)
{
    uint64_t  mask = r->hits[i].mask;

    while (i < end && r->hits[i].mask == mask) {
        i++;
    }

    return i < end;
}


static void
jny_posthog_event(jny_compat_run_t *r, uint32_t i)
{
    uint64_t            mask;
    unsigned            k, gap;
    const jny_chain_t  *c = r->c;

    for (k = r->nlevels; k-- > 1; /* void */) {
        gap = c->step[r->item[k]];
        mask = r->hits[i].mask & c->excludes[gap];

        if (mask != 0) {
            jny_posthog_spoil(r, i, k, (unsigned) __builtin_ctzll(mask));
        }
    }

    for (k = r->nlevels; k-- > 0; /* void */) {
        if (jny_compat_fits(r, i, k)) {
            jny_posthog_step(r, i, k, 0);
        }
    }

    if (c->order != JNY_CHAIN_STRICT) {
        return;
    }

    for (k = 0; k < r->nlevels; k++) {
        r->slots[k].set &= (unsigned) jny_compat_fits(r, i, k);
    }
}


/*
 * Sets before to the level that level k goes on from, -1 for the start; 0:
 * from none that is in time.
 */
static int
jny_posthog_before(const jny_compat_run_t *r, uint32_t i, unsigned k,
    int *before)
{
    int                       b;
    jny_hit_t                 first = { 0, 0, 0, 0, 0, 0 };
    const jny_compat_slot_t  *slot;

    for (b = (int) k - 1; b >= 0; b--) {
        slot = &r->slots[b];
        first.time_ms = slot->first_ms;

        if (slot->set
            && jny_hit_elapsed(&first, &r->hits[i]) <= r->c->window_ms)
        {
            break;
        }

        if (r->c->required >> r->item[b] & 1) {
            return 0;
        }
    }

    *before = b;

    return 1;
}


static void
jny_posthog_spoil(jny_compat_run_t *r, uint32_t i, unsigned k, unsigned item)
{
    int                 b;
    jny_hit_t           first = { 0, 0, 0, 0, 0, 0 };
    jny_compat_slot_t  *slot;

    if (!jny_posthog_before(r, i, k, &b) || b < 0) {
        return;
    }

    slot = &r->slots[b];

    if (slot->spoilt
        || (r->slots[k].set && r->slots[k].first_ms == slot->first_ms))
    {
        return;
    }

    slot->spoilt = 1;
    slot->exclusion = i;
    slot->item = item;
    first.time_ms = r->best.first_ms;

    if (r->depth == (unsigned) b + 1
        && jny_hit_elapsed(&first, &r->hits[i]) <= r->c->window_ms)
    {
        r->best.spoilt = 1;
        r->best.exclusion = i;
        r->best.item = item;
    }
}


static void
jny_posthog_step(jny_compat_run_t *r, uint32_t i, unsigned k, int once)
{
    int                 b;
    unsigned            j;
    jny_compat_slot_t   slot;

    if (!jny_posthog_before(r, i, k, &b)) {
        return;
    }

    if (b >= 0) {
        slot = r->slots[b];

    } else {
        slot.spoilt = 0;
        slot.filled = 0;
        slot.first_ms = r->hits[i].time_ms;
    }

    if (r->slots[k].set && r->slots[k].first_ms == slot.first_ms) {
        return;
    }

    for (j = 0; once && j < k; j++) {
        if ((slot.filled >> j & 1) && slot.at[j] == i) {
            return;
        }
    }

    slot.set = 1;
    slot.last_ms = r->hits[i].time_ms;
    slot.filled |= UINT64_C(1) << k;
    slot.at[k] = i;

    if (!slot.spoilt) {
        r->slots[k] = slot;
    }

    if (k + 1 > r->depth || (k + 1 == r->depth && r->best.spoilt)) {
        r->depth = k + 1;
        r->best = slot;
    }
}
