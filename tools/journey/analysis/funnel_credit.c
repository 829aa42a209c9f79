/*
 * funnel_credit.c - to which groups of a breakdown an entry belongs: to the
 * value at one of its events, or to every value it met.
 */

#include "analysis/funnel_private.h"


static int funnel_credit_event(jny_funnel_acc_t *acc, uint32_t hit);
static int funnel_credit_key(jny_funnel_acc_t *acc,
    const jny_funnel_key_t *key);
static int funnel_credit_step(jny_funnel_acc_t *acc, unsigned step);
static int funnel_credit_all(jny_funnel_acc_t *acc);
static uint32_t funnel_credit_last(const jny_funnel_acc_t *acc);


int
jny_funnel_credit(jny_funnel_acc_t *acc, uint32_t start)
{
    acc->credited++;

    switch (acc->conf->credit) {

    case JNY_FUNNEL_CREDIT_FIRST:
        return funnel_credit_event(acc, start);

    case JNY_FUNNEL_CREDIT_LAST:
        return funnel_credit_event(acc, funnel_credit_last(acc));

    case JNY_FUNNEL_CREDIT_ALL:
        return funnel_credit_all(acc);

    default:
        return funnel_credit_step(acc,
            acc->conf->credit - JNY_FUNNEL_CREDIT_STEP);
    }
}


static int
funnel_credit_event(jny_funnel_acc_t *acc, uint32_t hit)
{
    jny_funnel_key_t  key;

    key = jny_funnel_key(acc, &acc->events[acc->hits[hit].event]);

    return funnel_credit_key(acc, &key);
}


/* An entry that met a value twice is in its group once. */
static int
funnel_credit_key(jny_funnel_acc_t *acc, const jny_funnel_key_t *key)
{
    jny_funnel_sums_t  *g;

    g = jny_funnel_group(acc, key);
    if (g == NULL) {
        return JNY_ENOMEM;
    }

    if (g->credited == acc->credited) {
        return JNY_OK;
    }

    g->credited = acc->credited;

    return jny_funnel_count_in(acc, g);
}


static int
funnel_credit_step(jny_funnel_acc_t *acc, unsigned step)
{
    uint32_t                   i;
    unsigned                   k;
    jny_funnel_key_t           none;
    const jny_funnel_entry_t  *entry = &acc->entry;

    if (!acc->conf->open && step < acc->nsteps && (entry->reached >> step & 1))
    {
        return funnel_credit_event(acc, entry->at[step]);
    }

    for (i = entry->from; acc->conf->open && i < entry->end; i++) {
        if (acc->hits[i].mask >> step & 1) {
            return funnel_credit_event(acc, i);
        }
    }

    none.of = JNY_FUNNEL_OF_VALUES;

    for (k = 0; k < JNY_MAX_BY; k++) {
        none.part[k] = JNY_FUNNEL_NOT_REACHED;
    }

    return funnel_credit_key(acc, &none);
}


static int
funnel_credit_all(jny_funnel_acc_t *acc)
{
    int                        rc = JNY_OK;
    uint32_t                   i;
    uint64_t                   mask;
    const jny_funnel_entry_t  *entry = &acc->entry;

    if (acc->conf->open) {
        for (i = entry->from; i < entry->end && rc == JNY_OK; i++) {
            rc = funnel_credit_event(acc, i);
        }

        return rc;
    }

    for (mask = entry->reached; mask != 0 && rc == JNY_OK; mask &= mask - 1) {
        rc = funnel_credit_event(acc, entry->at[__builtin_ctzll(mask)]);
    }

    return rc;
}


/* Of steps that may be missing a later one can come earlier. */
static uint32_t
funnel_credit_last(const jny_funnel_acc_t *acc)
{
    uint32_t                   at, last = 0;
    uint64_t                   mask;
    const jny_funnel_entry_t  *entry = &acc->entry;

    if (acc->conf->open) {
        return entry->end - 1;
    }

    for (mask = entry->reached; mask != 0; mask &= mask - 1) {
        at = entry->at[__builtin_ctzll(mask)];
        last = at > last ? at : last;
    }

    return last;
}
