/*
 * chain_any.c - chains whose steps are filled in any order.
 *
 * From its start on, each event fills the first step of the list that it fits
 * and that is still empty.  A table says for every event and step which event
 * behind it is the next that fits; so a chain is found in as many looks as it
 * has steps, however many events lie between, and all starts in linear time.
 */

#include "base/chain_private.h"


static uint32_t jny_chain_any_next(const jny_chain_t *c,
    const jny_chain_work_t *w, uint32_t i, uint64_t mask);
static unsigned jny_chain_any_walk(const jny_chain_t *c,
    const jny_chain_work_t *w, const jny_hit_t *hits, uint32_t start,
    uint32_t *at);


void
jny_chain_any_reach(const jny_chain_t *c, jny_chain_work_t *w, jny_hit_t *hits,
    uint32_t n)
{
    uint32_t  i, *row, at[JNY_CHAIN_MAX_STEPS];
    unsigned  k;

    row = &w->next[(uint64_t) n * c->nitems];

    for (k = 0; k < c->nitems; k++) {
        row[k] = JNY_CHAIN_NONE;
    }

    for (i = n; i-- > 0; /* void */) {
        row = &w->next[(uint64_t) i * c->nitems];

        for (k = 0; k < c->nitems; k++) {
            row[k] = (hits[i].mask >> k & 1) ? i : row[k + c->nitems];
        }

        hits[i].reach = 0;

        if (hits[i].mask & c->required) {
            hits[i].reach = jny_chain_any_walk(c, w, hits, i, at);
            hits[i].end = at[hits[i].reach - 1];
        }
    }
}


/* The first event from i on that fits one of these steps. */
static uint32_t
jny_chain_any_next(const jny_chain_t *c, const jny_chain_work_t *w, uint32_t i,
    uint64_t mask)
{
    uint32_t         next = JNY_CHAIN_NONE;
    const uint32_t  *row = &w->next[(uint64_t) i * c->nitems];

    for (/* void */; mask != 0; mask &= mask - 1) {
        if (row[__builtin_ctzll(mask)] < next) {
            next = row[__builtin_ctzll(mask)];
        }
    }

    return next;
}


/* Sets at to the events of a chain; returns how many there are. */
static unsigned
jny_chain_any_walk(const jny_chain_t *c, const jny_chain_work_t *w,
    const jny_hit_t *hits, uint32_t start, uint32_t *at)
{
    uint32_t  i, excluded;
    uint64_t  mask, left = c->required;
    unsigned  n = 0;

    excluded = jny_chain_any_next(c, w, start + 1, c->excluding);

    for (i = start; i < excluded; i = jny_chain_any_next(c, w, i + 1, left)) {

        if (jny_hit_elapsed(&hits[start], &hits[i]) > c->window_ms) {
            break;
        }

        mask = hits[i].mask & left;
        left ^= mask & (0 - mask);
        at[n++] = i;

        if (left == 0) {
            break;
        }
    }

    return n;
}


void
jny_chain_any_read(const jny_chain_t *c, const jny_chain_work_t *w,
    const jny_hit_t *hits, uint32_t n, uint32_t start,
    jny_chain_found_t *found)
{
    uint32_t  i, at[JNY_CHAIN_MAX_STEPS];
    unsigned  k, reach;

    reach = jny_chain_any_walk(c, w, hits, start, at);

    for (k = 0; k < reach; k++) {
        found->at[c->item[k]] = at[k];
        found->filled |= UINT64_C(1) << c->item[k];
    }

    i = jny_chain_any_next(c, w, start + 1, c->excluding);

    if (reach < c->nsteps && i < n
        && jny_hit_elapsed(&hits[start], &hits[i]) <= c->window_ms)
    {
        found->excluded = i;
        found->exclusion =
            (unsigned) __builtin_ctzll(hits[i].mask & c->excluding);
    }
}


/* What is complete takes no more; other chains take all of their time. */
void
jny_chain_any_trail(const jny_chain_t *c, const jny_hit_t *hits,
    uint32_t limit, uint32_t start, jny_chain_found_t *found)
{
    uint32_t  i;
    uint64_t  mask, left = 0;
    unsigned  k, used = 1;

    for (k = 0; k <= found->reach; k++) {
        left |= c->optionals[k];
    }

    if (found->reach == c->nsteps) {
        limit = hits[start].end;

    } else if (limit > found->excluded) {
        limit = found->excluded;
    }

    for (i = start + 1; left != 0 && i < limit
         && jny_hit_elapsed(&hits[start], &hits[i]) <= c->window_ms; i++)
    {
        if (used < found->reach && found->at[c->item[used]] == i) {
            used++;
            continue;
        }

        mask = hits[i].mask & left;

        if (mask != 0) {
            k = (unsigned) __builtin_ctzll(mask);
            found->at[k] = i;
            found->filled |= UINT64_C(1) << k;
            left ^= mask & (0 - mask);
        }
    }
}
