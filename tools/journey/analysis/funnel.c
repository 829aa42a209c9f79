/*
 * funnel.c - how many reach each step.
 *
 *     init -> add* -> merge -> finish -> free
 *
 * A journey is first reduced to its hits, the events that fit a step; most
 * events of a log fit none.  Chains are funnel_chains.c's; the open funnel
 * needs no chain, only which stages were touched.
 *
 * What is counted is an entry: a visitor's one result, that of a session, or
 * each of them.
 */

#include "analysis/funnel.h"

#include <stdlib.h>
#include <string.h>

#include "analysis/funnel_private.h"


_Static_assert(JNY_MAX_STAGES <= JNY_CHAIN_MAX_STEPS
                   && JNY_MAX_STEPS <= JNY_CHAIN_MAX_STEPS,
    "a step is a bit of a hit");


static void *funnel_init(const void *conf, const jny_facts_t *facts);
static void funnel_free(void *data);
static int funnel_add(void *data, const jny_journey_t *j);
static int funnel_find_hits(jny_funnel_acc_t *acc, const jny_journey_t *j);
static uint64_t funnel_mask(const jny_funnel_acc_t *acc, const jny_event_t *e);
static int funnel_reserve_hits(jny_funnel_acc_t *acc, uint32_t n);
static int funnel_add_parts(jny_funnel_acc_t *acc, int dry);
static int funnel_add_open(jny_funnel_acc_t *acc);
static uint32_t funnel_read_open(jny_funnel_acc_t *acc, uint32_t from,
    int bounded);
static void funnel_touch(jny_funnel_acc_t *acc, uint32_t i, uint32_t *first);
static int funnel_ends_open(const jny_funnel_acc_t *acc, const jny_hit_t *start,
    const jny_hit_t *hit);
static int funnel_count_value(jny_funnel_acc_t *acc, jny_funnel_sums_t *g);
static int funnel_add_value(jny_funnel_tally_t *t, const jny_event_t *e);
static void funnel_settle(jny_funnel_acc_t *acc);
static void funnel_settle_set(const jny_funnel_acc_t *acc,
    jny_funnel_sums_t *g, unsigned set);
static int funnel_merge(void *data, void *other);


const jny_analysis_t  jny_funnel_analysis = { "funnel", funnel_init, funnel_add,
    funnel_merge, funnel_free };


static void *
funnel_init(const void *conf, const jny_facts_t *facts)
{
    jny_funnel_acc_t  *acc;
    jny_funnel_key_t   everybody = { JNY_FUNNEL_OF_ALL, { 0 } };

    acc = calloc(1, sizeof(*acc));
    if (acc == NULL) {
        return NULL;
    }

    acc->conf = conf;
    acc->facts = facts;
    acc->nsteps = acc->conf->steps ? acc->conf->nsteps : facts->nstages;
    jny_funnel_chains_init(acc);

    if (jny_funnel_group_new(acc, &everybody) == NULL) {
        funnel_free(acc);
        return NULL;
    }

    return acc;
}


static void
funnel_free(void *data)
{
    uint32_t           i;
    jny_funnel_acc_t  *acc = data;

    if (acc == NULL) {
        return;
    }

    for (i = 0; i < acc->ngroups; i++) {
        jny_funnel_group_free(acc->groups[i], acc->nsteps);
    }

    free(acc->groups);
    free(acc->busy);
    jny_slots_release(&acc->slots);
    jny_chain_release(&acc->work);
    free(acc->all);
    free(acc);
}


static int
funnel_add(void *data, const jny_journey_t *j)
{
    int                rc;
    jny_funnel_acc_t  *acc = data;

    if (acc->conf->ncohorts > 0) {
        jny_funnel_join_cohorts(acc, j);
    }

    rc = funnel_find_hits(acc, j);
    if (rc != JNY_OK || acc->nall == 0) {
        return rc;
    }

    acc->excluded = 0;

    if (acc->conf->exclude_visitor) {
        rc = funnel_add_parts(acc, 1);
    }

    if (rc == JNY_OK && !acc->excluded) {
        rc = funnel_add_parts(acc, 0);
    }

    funnel_settle(acc);

    return rc;
}


/* All hits at once, or one session after the other. */
static int
funnel_add_parts(jny_funnel_acc_t *acc, int dry)
{
    int       rc = JNY_OK;
    uint32_t  from, end = acc->nall;

    for (from = 0; from < acc->nall && rc == JNY_OK; from = end) {

        if (acc->conf->count == JNY_FUNNEL_SESSIONS) {
            for (end = from + 1; end < acc->nall
                 && acc->all[end].session == acc->all[from].session; end++)
            { /* void */ }
        }

        acc->hits = &acc->all[from];
        acc->nhits = end - from;
        rc = acc->conf->open ? funnel_add_open(acc)
                             : jny_funnel_add_chains(acc, dry);
    }

    return rc;
}


/*
 * Where a visitor has several results, what repeats the order that filled the
 * last step before (the reload of a thank-you page) is passed over: it neither
 * opens one nor converts one a second time.
 */
static int
funnel_find_hits(jny_funnel_acc_t *acc, const jny_journey_t *j)
{
    int                 rc, several;
    uint16_t            any = 0;
    uint32_t            i, order = 0, session = 0;
    uint64_t            mask, goals = 0, met = 0;
    jny_hit_t          *hit;
    const jny_event_t  *e;

    several = acc->conf->count != JNY_FUNNEL_VISITORS;
    acc->nall = 0;
    acc->events = j->events;

    rc = funnel_reserve_hits(acc, j->nevents);
    if (rc != JNY_OK) {
        return rc;
    }

    hit = acc->all;

    for (i = 0; i < j->nevents; i++) {
        e = &j->events[i];

        if (acc->conf->count == JNY_FUNNEL_SESSIONS) {
            session += (e->flags & JNY_EVENT_SESSION) != 0;
        }

        if (!(e->flags & JNY_EVENT_WHERE)) {
            continue;
        }

        any |= e->flags;
        goals += (e->flags & JNY_EVENT_GOAL) != 0;

        mask = funnel_mask(acc, e);
        if (mask == 0 && !acc->every) {
            continue;
        }

        if (several && mask != 0 && e->detail && e->detail->order) {

            if (e->detail->order == order) {
                continue;
            }

            if (mask & acc->last) {
                order = e->detail->order;
            }
        }

        met |= mask;

        hit->time_ms = e->time_ms;
        hit->mask = mask;
        hit->event = i;
        hit->session = session;
        hit++;
    }

    acc->nall = (uint32_t) (hit - acc->all);
    acc->met = met;
    acc->sells = (any & JNY_EVENT_SALE) != 0;
    acc->goals += goals;
    acc->goal_visitors += goals > 0;

    if (acc->conf->ties_step && !acc->conf->open) {
        jny_chain_sort_ties(acc->all, acc->nall);
    }

    return JNY_OK;
}


static uint64_t
funnel_mask(const jny_funnel_acc_t *acc, const jny_event_t *e)
{
    if (acc->conf->steps) {
        return e->match & acc->items_mask;
    }

    /* Money given back is no visit of the stage that took it. */
    if (e->stage == 0 || (e->flags & JNY_EVENT_REFUND)) {
        return 0;
    }

    return UINT64_C(1) << (e->stage - 1) & acc->items_mask;
}


static int
funnel_reserve_hits(jny_funnel_acc_t *acc, uint32_t n)
{
    uint32_t    cap = acc->hits_cap ? acc->hits_cap : 64;
    jny_hit_t  *hits;

    if (n <= acc->hits_cap) {
        return JNY_OK;
    }

    while (cap < n && cap <= UINT32_MAX / 2) {
        cap *= 2;
    }

    hits = (cap < n) ? NULL : realloc(acc->all, cap * sizeof(jny_hit_t));
    if (hits == NULL) {
        return JNY_ENOMEM;
    }

    acc->all = hits;
    acc->hits_cap = cap;

    return acc->conf->open || jny_chain_reserve(&acc->chain, &acc->work, cap)
                                  == 0
               ? JNY_OK
               : JNY_ENOMEM;
}


static int
funnel_add_open(jny_funnel_acc_t *acc)
{
    int       rc = JNY_OK, bounded;
    uint32_t  from = 0, end;

    bounded = acc->conf->count == JNY_FUNNEL_ENTRIES;

    while (from < acc->nhits && rc == JNY_OK) {
        end = funnel_read_open(acc, from, bounded);
        rc = jny_funnel_count(acc, from);
        from = end;
    }

    return rc;
}


/*
 * Reads an entry of the open funnel; bounded, it ends with the last stage or
 * when its time runs out.  Returns the hit behind it.
 */
static uint32_t
funnel_read_open(jny_funnel_acc_t *acc, uint32_t from, int bounded)
{
    uint32_t             i, first[JNY_CHAIN_MAX_STEPS];
    jny_hit_t           *hit, *start = &acc->hits[from];
    jny_funnel_entry_t  *entry = &acc->entry;

    entry->reach = 0;
    entry->entered = (unsigned) __builtin_ctzll(start->mask);
    entry->touched = 0;
    entry->timed = 0;
    entry->from = from;

    for (i = from; i < acc->nhits; i++) {
        hit = &acc->hits[i];

        if (bounded && funnel_ends_open(acc, start, hit)) {
            break;
        }

        funnel_touch(acc, i, first);
    }

    entry->end = i;
    entry->complete = entry->reach == acc->nsteps;
    entry->reached = UINT64_MAX >> (JNY_CHAIN_MAX_STEPS - entry->reach);
    entry->still_open = bounded && jny_funnel_is_open(acc, from);

    return i;
}


/*
 * From high to low: an event that fits two neighbours is no way from one to
 * the other.  Steps that know their first event and the time to it are passed
 * over: nothing changes them.
 */
static void
funnel_touch(jny_funnel_acc_t *acc, uint32_t i, uint32_t *first)
{
    uint64_t             bit, mask;
    unsigned             k;
    jny_funnel_entry_t  *entry = &acc->entry;

    mask = acc->hits[i].mask & ~(entry->touched & (entry->timed | 1));

    for (/* void */; mask != 0; mask ^= bit) {
        k = 63 - (unsigned) __builtin_clzll(mask);
        bit = UINT64_C(1) << k;

        if (entry->reach <= k) {
            entry->reach = k + 1;
        }

        if (entry->touched & bit >> 1) {
            entry->timed |= bit;
            entry->elapsed_ms[k] =
                jny_hit_elapsed(&acc->hits[first[k - 1]], &acc->hits[i]);
        }

        if (!(entry->touched & bit)) {
            entry->touched |= bit;
            first[k] = i;
        }
    }
}


/*
 * What follows in the last stage without an order of its own still belongs to
 * the conversion: it is the thank-you page, loaded again.
 */
static int
funnel_ends_open(const jny_funnel_acc_t *acc, const jny_hit_t *start,
    const jny_hit_t *hit)
{
    const jny_detail_t  *d = acc->events[hit->event].detail;

    if (jny_hit_elapsed(start, hit) > acc->conf->window_ms) {
        return 1;
    }

    return acc->entry.reach == acc->nsteps
           && (!(hit->mask >> (acc->nsteps - 1) & 1)
               || (d != NULL && d->order != 0));
}


int
jny_funnel_is_open(const jny_funnel_acc_t *acc, uint32_t start)
{
    jny_hit_t  last = { acc->facts->to_ms, 0, 0, 0, 0, 0 };

    return last.time_ms < acc->hits[start].time_ms
           || jny_hit_elapsed(&acc->hits[start], &last) < acc->conf->window_ms;
}


int
jny_funnel_count(jny_funnel_acc_t *acc, uint32_t start)
{
    int  rc;

    rc = jny_funnel_count_in(acc, acc->groups[JNY_FUNNEL_ALL]);

    if (rc == JNY_OK && acc->conf->by[0] != JNY_FUNNEL_BY_NOTHING) {
        rc = jny_funnel_credit(acc, start);
    }

    if (rc == JNY_OK && acc->conf->every != JNY_PERIOD_NONE) {
        rc = jny_funnel_count_period(acc, start);
    }

    return rc == JNY_OK ? jny_funnel_count_cohorts(acc) : rc;
}


int
jny_funnel_count_in(jny_funnel_acc_t *acc, jny_funnel_sums_t *g)
{
    uint64_t                   mask;
    unsigned                   k;
    jny_funnel_tally_t        *t;
    const jny_funnel_entry_t  *entry = &acc->entry;

    if (g->reached == 0) {
        acc->busy[acc->nbusy++] = g;
    }

    g->reached |= entry->reached;
    g->steps[entry->entered].entered++;

    if (!entry->complete && entry->still_open) {
        g->steps[entry->reach - 1].still_open++;
    }

    for (mask = entry->reached; mask != 0; mask &= mask - 1) {
        k = (unsigned) __builtin_ctzll(mask);
        t = &g->steps[k];
        t->of[JNY_FUNNEL_EVERY].now++;
        t->of[JNY_FUNNEL_MATURE].now += !entry->still_open;

        if (entry->touched >> k & 1) {
            t->touched++;
        } else {
            t->skipped++;
        }

        if ((entry->timed >> k & 1)
            && jny_durations_add(&t->times, entry->elapsed_ms[k]) != 0)
        {
            return JNY_ENOMEM;
        }
    }

    return acc->sells ? funnel_count_value(acc, g) : JNY_OK;
}


/* Of an open entry all events count, of a chain those that fill its steps. */
static int
funnel_count_value(jny_funnel_acc_t *acc, jny_funnel_sums_t *g)
{
    int                  rc = JNY_OK;
    uint32_t             i;
    uint64_t             mask;
    unsigned             k;
    jny_hit_t           *hit;
    jny_funnel_entry_t  *entry = &acc->entry;

    if (acc->conf->open) {
        for (i = entry->from; i < entry->end; i++) {
            hit = &acc->hits[i];

            for (mask = hit->mask; mask != 0 && rc == JNY_OK; mask &= mask - 1)
            {
                k = (unsigned) __builtin_ctzll(mask);
                rc = funnel_add_value(&g->steps[k], &acc->events[hit->event]);
            }
        }

        return rc;
    }

    for (mask = entry->reached; mask != 0 && rc == JNY_OK; mask &= mask - 1) {
        k = (unsigned) __builtin_ctzll(mask);
        hit = &acc->hits[entry->at[k]];
        rc = funnel_add_value(&g->steps[k], &acc->events[hit->event]);
    }

    return rc;
}


static int
funnel_add_value(jny_funnel_tally_t *t, const jny_event_t *e)
{
    const jny_detail_t  *d = e->detail;

    if (!(e->flags & JNY_EVENT_SALE) || d == NULL) {
        return JNY_OK;
    }

    if (jny_purse_add(&t->value, d->currency, d->value_e4) != 0) {
        return JNY_ENOMEM;
    }

    return JNY_OK;
}


/* The visitor is complete: his entries become sums of squares and products. */
static void
funnel_settle(jny_funnel_acc_t *acc)
{
    uint32_t            i;
    unsigned            set;
    jny_funnel_sums_t  *g;

    for (i = 0; i < acc->nbusy; i++) {
        g = acc->busy[i];

        for (set = 0; set < JNY_FUNNEL_SETS; set++) {
            funnel_settle_set(acc, g, set);
        }

        g->reached = 0;
    }

    acc->nbusy = 0;
}


/*
 * Backwards: each step needs what the one before holds.  Steps that were not
 * reached have nothing to add.
 */
static void
funnel_settle_set(const jny_funnel_acc_t *acc, jny_funnel_sums_t *g,
    unsigned set)
{
    uint64_t               now, bit, left;
    unsigned               k;
    jny_funnel_reached_t  *r;

    for (left = g->reached; left != 0; left ^= bit) {
        k = 63 - (unsigned) __builtin_clzll(left);
        bit = UINT64_C(1) << k;

        r = &g->steps[k].of[set];
        now = r->now;
        r->count += now;
        r->visitors += now != 0;
        r->square += now * now;
        r->product += (k > 0) ? now * g->steps[acc->before[k]].of[set].now : 0;
        r->now = 0;
    }
}


static int
funnel_merge(void *data, void *other)
{
    int                 rc = JNY_OK;
    uint32_t            i;
    jny_funnel_acc_t   *into = data, *from = other;
    jny_funnel_sums_t  *g;

    for (i = 0; i < JNY_CHAIN_MAX_STEPS; i++) {
        into->ended[i] += from->ended[i];
    }

    into->goals += from->goals;
    into->goal_visitors += from->goal_visitors;
    into->in_several += from->in_several;
    into->in_none += from->in_none;

    for (i = 0; i < JNY_FUNNEL_MAX_COHORTS; i++) {
        into->members[i] += from->members[i];
        into->shared[i] += from->shared[i];
    }

    for (i = 0; i < from->ngroups && rc == JNY_OK; i++) {
        g = (i == JNY_FUNNEL_ALL)
                ? into->groups[JNY_FUNNEL_ALL]
                : jny_funnel_group(into, &from->groups[i]->key);
        rc = (g == NULL)
                 ? JNY_ENOMEM
                 : jny_funnel_group_merge(g, from->groups[i], into->nsteps);
    }

    return rc;
}
