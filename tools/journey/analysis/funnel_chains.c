/*
 * funnel_chains.c - the results of a closed funnel: chains (base/chain.c).
 *
 * The rules have steps of every kind in the order of the plan, whose bits the
 * hits carry; figures are of the steps that count.  item and before lead from
 * these to those.
 */

#include "analysis/funnel_private.h"


static int funnel_add_compat(jny_funnel_acc_t *acc);
static int funnel_take_chain(jny_funnel_acc_t *acc, uint32_t start,
    const jny_chain_found_t *found);


void
jny_funnel_chains_init(jny_funnel_acc_t *acc)
{
    unsigned                  k, n, required = 0, row = 0;
    jny_step_t                plain = { JNY_STEP_REQUIRED, 0 };
    const jny_step_t         *step;
    const jny_funnel_conf_t  *conf = acc->conf;

    n = conf->items ? conf->nitems : acc->nsteps;
    jny_chain_init(&acc->chain, conf->order, conf->window_ms);

    for (k = 0; k < n; k++) {
        step = conf->items ? &conf->items[k] : &plain;
        jny_chain_step(&acc->chain, step);

        if (step->kind == JNY_STEP_EXCLUSION) {
            continue;
        }

        acc->item[row] = (uint8_t) k;
        acc->before[row] = (uint8_t) required;

        if (step->kind == JNY_STEP_REQUIRED) {
            required = row;
        }

        row++;
    }

    acc->every = !conf->open
                 && (conf->compat.vendor == JNY_COMPAT_NONE
                         ? conf->order == JNY_CHAIN_STRICT
                         : jny_compat_wants_every(&conf->compat, &acc->chain));

    if (n > 0) {
        acc->items_mask = UINT64_MAX >> (JNY_CHAIN_MAX_STEPS - n);
        acc->last = UINT64_C(1) << acc->chain.item[acc->chain.nsteps - 1];
    }
}


unsigned
jny_funnel_is_optional(const jny_funnel_acc_t *acc, unsigned k)
{
    return !(acc->chain.required >> acc->item[k] & 1);
}


int
jny_funnel_add_chains(jny_funnel_acc_t *acc, int dry)
{
    int                 rc = JNY_OK, several;
    uint32_t            start, next;
    jny_chain_found_t   found;
    const jny_chain_t  *c = &acc->chain;

    if (acc->conf->compat.vendor != JNY_COMPAT_NONE) {
        return funnel_add_compat(acc);
    }

    /* A chain begins with the first step, which many never see. */

    if (c->order != JNY_CHAIN_ANY
        && !(acc->met >> c->item[0] & 1))
    {
        return JNY_OK;
    }

    several = acc->conf->count == JNY_FUNNEL_ENTRIES;

    if (!several) {
        start = jny_chain_plain(c, acc->hits, acc->nhits, &found);

        if (start != JNY_CHAIN_NONE) {
            return dry ? JNY_OK : funnel_take_chain(acc, start, &found);
        }
    }

    jny_chain_reach(c, &acc->work, acc->hits, acc->nhits);

    start = several ? jny_chain_first(acc->hits, acc->nhits)
                    : jny_chain_best(acc->hits, acc->nhits);

    while (start != JNY_CHAIN_NONE && rc == JNY_OK) {
        jny_chain_read(c, &acc->work, acc->hits, acc->nhits, start, &found);

        if (found.excluded != JNY_CHAIN_NONE) {
            acc->ended[found.exclusion]++;
            acc->excluded = 1;
        }

        next = several ? jny_chain_next(c, acc->hits, acc->nhits, start, &found)
                       : JNY_CHAIN_NONE;

        if (!dry) {
            jny_chain_trail(c, acc->hits,
                next < acc->nhits ? next : acc->nhits, start, &found);
            rc = funnel_take_chain(acc, start, &found);
        }

        start = next;
    }

    return rc;
}


static int
funnel_add_compat(jny_funnel_acc_t *acc)
{
    uint32_t           start;
    jny_chain_found_t  found;

    start = jny_compat_find(&acc->conf->compat, &acc->chain, &acc->work,
        acc->hits, acc->nhits, &found);

    if (start == JNY_CHAIN_NONE) {
        return JNY_OK;
    }

    if (found.excluded != JNY_CHAIN_NONE) {
        acc->ended[found.exclusion]++;
    }

    if (found.filled == 0) {
        return JNY_OK;
    }

    return funnel_take_chain(acc, start, &found);
}


/* Counts a chain as an entry. */
static int
funnel_take_chain(jny_funnel_acc_t *acc, uint32_t start,
    const jny_chain_found_t *found)
{
    unsigned             k, item;
    const jny_hit_t     *hit, *before;
    jny_funnel_entry_t  *entry = &acc->entry;

    entry->complete = found->reach == acc->chain.nsteps;
    entry->entered = 0;
    entry->reached = 0;
    entry->timed = 0;
    entry->still_open = jny_funnel_is_open(acc, start);

    for (k = 0; k < acc->nsteps; k++) {
        item = acc->item[k];

        if (!(found->filled >> item & 1)) {
            continue;
        }

        entry->reached |= UINT64_C(1) << k;
        entry->at[k] = found->at[item];

        if (acc->chain.required >> item & 1) {
            entry->reach = k + 1;

        } else if (acc->chain.order == JNY_CHAIN_ANY) {
            continue;
        }

        if (k > 0) {
            hit = &acc->hits[entry->at[k]];
            before = &acc->hits[entry->at[acc->before[k]]];
            entry->timed |= UINT64_C(1) << k;
            entry->elapsed_ms[k] = (hit->time_ms > before->time_ms)
                                       ? jny_hit_elapsed(before, hit)
                                       : 0;
        }
    }

    entry->touched = entry->reached;

    return jny_funnel_count(acc, start);
}
