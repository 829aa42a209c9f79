/*
 * funnel_groups.c - the groups of a funnel, by key.
 *
 * A visitor's entries must meet in their group while he is added, so keys are
 * what events hold (ids), looked up in an open table; texts come at the end.
 */

#include "analysis/funnel_private.h"

#include <stdlib.h>
#include <string.h>


static uint64_t funnel_key_part(const jny_funnel_acc_t *acc,
    const jny_event_t *e, jny_funnel_by_e by);
static unsigned funnel_columns(const jny_funnel_acc_t *acc, unsigned n);


jny_funnel_key_t
jny_funnel_key(const jny_funnel_acc_t *acc, const jny_event_t *e)
{
    unsigned          k;
    jny_funnel_key_t  key = { JNY_FUNNEL_OF_VALUES, { 0 } };

    for (k = 0; k < JNY_MAX_BY && acc->conf->by[k] != JNY_FUNNEL_BY_NOTHING;
         k++)
    {
        key.part[k] = funnel_key_part(acc, e, acc->conf->by[k]);
    }

    return key;
}


static uint64_t
funnel_key_part(const jny_funnel_acc_t *acc, const jny_event_t *e,
    jny_funnel_by_e by)
{
    jny_tuple_t          t;
    const jny_detail_t  *d = e->detail;

    if (by == JNY_FUNNEL_BY_STAGE) {
        return e->stage;
    }

    if (d == NULL) {
        return 0;
    }

    switch (by) {

    case JNY_FUNNEL_BY_TOUCHPOINT:
        return d->touchpoint;

    case JNY_FUNNEL_BY_PAGE:
        return d->page;

    case JNY_FUNNEL_BY_HOST:
        return d->host;

    case JNY_FUNNEL_BY_COLUMN:
        return d->by;

    default:
        break;
    }

    t = jny_names_tuple(acc->facts->names, d->carried);

    switch (by) {

    case JNY_FUNNEL_BY_SOURCE:
        return t.source;

    case JNY_FUNNEL_BY_MEDIUM:
        return t.medium;

    case JNY_FUNNEL_BY_TERM:
        return t.term;

    case JNY_FUNNEL_BY_CONTENT:
        return t.content;

    case JNY_FUNNEL_BY_CHANNEL:
        return (uint64_t) (uintptr_t) t.channel;

    default:
        return t.campaign ? t.campaign : t.source;
    }
}


/* How many of the first n fields are columns of the plan. */
static unsigned
funnel_columns(const jny_funnel_acc_t *acc, unsigned n)
{
    unsigned  k, columns = 0;

    for (k = 0; k < n; k++) {
        columns += acc->conf->by[k] == JNY_FUNNEL_BY_COLUMN;
    }

    return columns;
}


jny_slice_t
jny_funnel_key_text(const jny_funnel_acc_t *acc, const jny_funnel_key_t *of,
    unsigned k)
{
    uint64_t            key = of->part[k];
    jny_slice_t         text, part;
    const char         *word;
    jny_funnel_by_e     by = acc->conf->by[k];
    const jny_names_t  *names = acc->facts->names;

    word = (by == JNY_FUNNEL_BY_CAMPAIGN) ? "(direct)" : "(none)";

    if (key == JNY_FUNNEL_NOT_REACHED) {
        word = "(not reached)";
        key = 0;
    }

    if (by == JNY_FUNNEL_BY_CHANNEL && key != 0) {
        word = (const char *) (uintptr_t) key;
    }

    text.data = (const uint8_t *) word;
    text.len = strlen(word);

    if (key == 0 || by == JNY_FUNNEL_BY_CHANNEL) {
        return text;
    }


    switch (by) {

    case JNY_FUNNEL_BY_STAGE:
        return acc->facts->stages[key - 1];

    case JNY_FUNNEL_BY_TOUCHPOINT:
    case JNY_FUNNEL_BY_PAGE:
        return jny_names_get(names, JNY_NAME_TOUCHPOINT, (uint32_t) key);

    case JNY_FUNNEL_BY_HOST:
        return jny_names_get(names, JNY_NAME_HOST, (uint32_t) key);

    case JNY_FUNNEL_BY_COLUMN:
        part = jny_names_by(names, (uint32_t) key,
            funnel_columns(acc, JNY_MAX_BY), funnel_columns(acc, k));
        return part.len > 0 ? part : text;

    default:
        return jny_names_get(names, JNY_NAME_TUPLE_PART, (uint32_t) key);
    }
}


jny_funnel_sums_t *
jny_funnel_group(jny_funnel_acc_t *acc, const jny_funnel_key_t *key)
{
    uint32_t            i, hash, probe = 0;
    uint32_t            words[sizeof(*key) / sizeof(uint32_t)];
    jny_funnel_sums_t  *g;

    memcpy(words, key, sizeof(words));
    hash = jny_slots_hash(words, sizeof(words) / sizeof(words[0]));

    while ((i = jny_slots_next(&acc->slots, hash, &probe)) != JNY_SLOTS_NONE) {
        if (memcmp(&acc->groups[i]->key, key, sizeof(*key)) == 0) {
            return acc->groups[i];
        }
    }

    g = jny_funnel_group_new(acc, key);

    if (g == NULL || jny_slots_put(&acc->slots, hash, acc->ngroups - 1) != 0) {
        return NULL;
    }

    return g;
}


jny_funnel_sums_t *
jny_funnel_group_new(jny_funnel_acc_t *acc, const jny_funnel_key_t *key)
{
    uint32_t            cap;
    jny_funnel_sums_t  *g, **groups;

    if (acc->ngroups == acc->groups_cap) {
        cap = acc->groups_cap ? 2 * acc->groups_cap : 16;

        groups = realloc(acc->groups, cap * sizeof(*groups));
        if (groups == NULL) {
            return NULL;
        }

        acc->groups = groups;

        groups = realloc(acc->busy, cap * sizeof(*groups));
        if (groups == NULL) {
            return NULL;
        }

        acc->busy = groups;
        acc->groups_cap = cap;
    }

    g = calloc(1, sizeof(*g) + acc->nsteps * sizeof(jny_funnel_tally_t));
    if (g == NULL) {
        return NULL;
    }

    g->key = *key;
    acc->groups[acc->ngroups++] = g;

    return g;
}


int
jny_funnel_group_merge(jny_funnel_sums_t *into, jny_funnel_sums_t *from,
    unsigned nsteps)
{
    unsigned             k, set;
    jny_funnel_tally_t  *t, *f;

    for (k = 0; k < nsteps; k++) {
        t = &into->steps[k];
        f = &from->steps[k];

        for (set = 0; set < JNY_FUNNEL_SETS; set++) {
            t->of[set].count += f->of[set].count;
            t->of[set].visitors += f->of[set].visitors;
            t->of[set].square += f->of[set].square;
            t->of[set].product += f->of[set].product;
        }

        t->entered += f->entered;
        t->touched += f->touched;
        t->skipped += f->skipped;
        t->still_open += f->still_open;

        if (jny_durations_merge(&t->times, &f->times) != 0
            || jny_purse_merge(&t->value, &f->value) != 0)
        {
            return JNY_ENOMEM;
        }
    }

    return JNY_OK;
}


void
jny_funnel_group_free(jny_funnel_sums_t *g, unsigned nsteps)
{
    unsigned  k;

    if (g == NULL) {
        return;
    }

    for (k = 0; k < nsteps; k++) {
        jny_durations_release(&g->steps[k].times);
        jny_purse_release(&g->steps[k].value);
    }

    free(g);
}
