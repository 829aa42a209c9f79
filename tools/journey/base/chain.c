/*
 * chain.c - funnels over one visitor's events.
 *
 * What binds an event to the one that fills the step before it - a limit of
 * time, no exclusion and, in strict order, no stranger between them - binds
 * neighbours only, and is harder to keep the further they are apart.  So of
 * all events with which the rest of a chain can be filled, the nearest one
 * is always as good as any, and it makes the chain that ends first; the
 * window, which is from the first event, then only ever cuts the tail.
 *
 * One walk from the last event to the first finds all chains.  Let at[j][k]
 * be the nearest event, of those seen so far, that fits step j and from which
 * the steps up to k can be filled, and end[j][k] the event that then fills k.
 * An event that fits step j and is well placed before at[j+1][k] takes its
 * place in at[j][k]: at most nsteps words for each step the event fits.  Rows
 * are taken from low j to high, because a row must see its successor without
 * the event itself: one event fills one step only.  The furthest and earliest
 * start is then a plain maximum.
 *
 * The usual forward walk that keeps the latest start per step finds how far a
 * visitor gets, but has then lost the earliest start that gets as far.
 */

#include "base/chain.h"

#include <stdlib.h>
#include <string.h>

#include "base/chain_private.h"
#include "base/elapsed.h"


/* What was seen behind the event that is looked at. */
typedef struct {
    uint32_t  at[JNY_CHAIN_MAX_STEPS][JNY_CHAIN_MAX_STEPS];
    uint32_t  end[JNY_CHAIN_MAX_STEPS][JNY_CHAIN_MAX_STEPS];
    uint32_t  excluded[JNY_CHAIN_MAX_STEPS];    /* by gap: the nearest */
    uint8_t   filled[JNY_CHAIN_MAX_STEPS + 1];  /* row j holds j to
                                                   filled[j] - 1; 0: nothing */
} jny_chain_seen_t;


static int jny_chain_joins(const jny_chain_t *c, const jny_chain_seen_t *s,
    const jny_hit_t *hits, uint32_t a, uint32_t b, unsigned k);
static int jny_chain_adjoins(const jny_chain_t *c, const jny_hit_t *hits,
    uint32_t a, uint32_t b, unsigned k);
static unsigned jny_chain_extend(const jny_chain_t *c, jny_chain_seen_t *s,
    const jny_hit_t *hits, uint32_t i, unsigned j);
static void jny_chain_see(const jny_chain_t *c, jny_chain_seen_t *s,
    uint64_t mask, uint32_t i);
static int jny_chain_fill(const jny_chain_t *c, const jny_hit_t *from,
    const jny_hit_t *hit, uint64_t *left);
static void jny_chain_mark(const jny_chain_t *c, jny_chain_work_t *w,
    const jny_hit_t *hits, uint32_t start);
static void jny_chain_exclude(const jny_chain_t *c, const jny_hit_t *hits,
    uint32_t n, uint32_t start, jny_chain_found_t *found);


void
jny_chain_init(jny_chain_t *c, jny_chain_order_e order, int64_t window_ms)
{
    memset(c, 0, sizeof(*c));
    c->order = order;
    c->window_ms = window_ms;
    c->bound = order == JNY_CHAIN_STRICT;
}


void
jny_chain_step(jny_chain_t *c, const jny_step_t *step)
{
    uint64_t  bit = UINT64_C(1) << c->nitems;

    c->step[c->nitems] = (uint8_t) c->nsteps;
    c->within_ms[c->nitems] = step->within_ms ? step->within_ms : INT64_MAX;

    switch (step->kind) {

    case JNY_STEP_OPTIONAL:
        c->optionals[c->nsteps] |= bit;
        break;

    case JNY_STEP_EXCLUSION:
        c->excludes[c->nsteps] |= bit;
        c->excluding |= bit;
        c->bound = 1;
        break;

    case JNY_STEP_REQUIRED:
        c->item[c->nsteps++] = (uint8_t) c->nitems;
        c->required |= bit;
        c->bound |= step->within_ms != 0;
        break;
    }

    c->nitems++;
}


int
jny_chain_reserve(const jny_chain_t *c, jny_chain_work_t *w, uint32_t n)
{
    uint64_t  cells = 0;

    if (c->order == JNY_CHAIN_ANY) {
        cells = ((uint64_t) n + 1) * c->nitems;
    }

    if (cells > w->next_cap) {
        free(w->next);
        w->next_cap = 0;
        w->next = malloc(cells * sizeof(*w->next));

        if (w->next == NULL) {
            return -1;
        }

        w->next_cap = cells;
    }

    if (c->bound && n > w->good_cap) {
        free(w->good);
        w->good_cap = 0;
        w->good = malloc(n * sizeof(*w->good));

        if (w->good == NULL) {
            return -1;
        }

        w->good_cap = n;
    }

    return 0;
}


void
jny_chain_release(jny_chain_work_t *w)
{
    free(w->good);
    free(w->next);
    memset(w, 0, sizeof(*w));
}


int64_t
jny_hit_elapsed(const jny_hit_t *a, const jny_hit_t *b)
{
    return jny_ms_between(a->time_ms, b->time_ms);
}


static int
jny_hit_compare(const void *one, const void *two)
{
    uint64_t          first, second;
    const jny_hit_t  *a = one, *b = two;

    /* The lowest bit, 0 being the highest of all. */
    first = (a->mask & (0 - a->mask)) - 1;
    second = (b->mask & (0 - b->mask)) - 1;

    if (first != second) {
        return first < second ? -1 : 1;
    }

    return a->event < b->event ? -1 : a->event > b->event;
}


void
jny_chain_sort_ties(jny_hit_t *hits, uint32_t n)
{
    uint32_t  i, end;

    for (i = 0; i < n; i = end) {
        for (end = i + 1; end < n && hits[end].time_ms == hits[i].time_ms
                          && hits[end].session == hits[i].session;
             end++)
        { /* void */
        }

        if (end - i > 1) {
            qsort(&hits[i], end - i, sizeof(*hits), jny_hit_compare);
        }
    }
}


uint32_t
jny_chain_plain(const jny_chain_t *c, const jny_hit_t *hits, uint32_t n,
    jny_chain_found_t *found)
{
    uint32_t  i, last = 0;
    unsigned  k = 0;

    if (c->order != JNY_CHAIN_ORDERED || c->bound || c->nitems != c->nsteps) {
        return JNY_CHAIN_NONE;
    }

    for (i = 0; i < n && k < c->nsteps; i++) {
        if (hits[i].mask >> k & 1) {
            found->at[k++] = i;
            last = i;
        }
    }

    if (k == 0
        || jny_hit_elapsed(&hits[found->at[0]], &hits[last]) > c->window_ms)
    {
        return JNY_CHAIN_NONE;
    }

    found->reach = k;
    found->filled = UINT64_MAX >> (JNY_CHAIN_MAX_STEPS - k);
    found->excluded = JNY_CHAIN_NONE;

    return found->at[0];
}


void
jny_chain_reach(const jny_chain_t *c, jny_chain_work_t *w, jny_hit_t *hits,
    uint32_t n)
{
    uint32_t          i;
    uint64_t          mask;
    unsigned          j, own, reach;
    jny_hit_t        *hit;
    jny_chain_seen_t  s;

    if (c->order == JNY_CHAIN_ANY) {
        jny_chain_any_reach(c, w, hits, n);
        return;
    }

    memset(s.filled, 0, c->nsteps + 1);
    memset(s.excluded, 0xff, c->nsteps * sizeof(*s.excluded));

    for (i = n; i-- > 0; /* void */) {
        hit = &hits[i];
        hit->reach = 0;

        for (mask = hit->mask & c->required; mask != 0; mask &= mask - 1) {
            j = c->step[__builtin_ctzll(mask)];
            own = jny_chain_extend(c, &s, hits, i, j);

            if (j > 0) {
                continue;
            }

            for (reach = 1; reach < own
                 && jny_hit_elapsed(hit, &hits[s.end[0][reach]])
                                   <= c->window_ms;
                 reach++)
            { /* void */
            }

            hit->reach = reach;
            hit->end = s.end[0][reach - 1];
        }

        jny_chain_see(c, &s, hit->mask, i);
    }
}


/*
 * Event i fills step j: how many steps can be filled from the first on, were
 * those before j filled.
 */
static unsigned
jny_chain_extend(const jny_chain_t *c, jny_chain_seen_t *s,
    const jny_hit_t *hits, uint32_t i, unsigned j)
{
    unsigned  k;

    s->at[j][j] = i;
    s->end[j][j] = i;

    for (k = j + 1; k < s->filled[j + 1]; k++) {
        if (c->bound && !jny_chain_joins(c, s, hits, i, s->at[j + 1][k], j + 1))
        {
            break;
        }

        s->at[j][k] = i;
        s->end[j][k] = s->end[j + 1][k];
    }

    if (s->filled[j] < k) {
        s->filled[j] = (uint8_t) k;
    }

    return k;
}


/* Whether event b may fill step k where a has filled the one before. */
static int
jny_chain_joins(const jny_chain_t *c, const jny_chain_seen_t *s,
    const jny_hit_t *hits, uint32_t a, uint32_t b, unsigned k)
{
    return jny_hit_elapsed(&hits[a], &hits[b]) <= c->within_ms[c->item[k]]
           && s->excluded[k] >= b
           && (c->order != JNY_CHAIN_STRICT
               || jny_chain_adjoins(c, hits, a, b, k));
}


/* Whether what lies between fills optional steps of gap k, and nothing else. */
static int
jny_chain_adjoins(const jny_chain_t *c, const jny_hit_t *hits, uint32_t a,
    uint32_t b, unsigned k)
{
    uint32_t  i;
    uint64_t  left = c->optionals[k];

    for (i = a + 1; i < b; i++) {
        if (jny_chain_fill(c, &hits[a], &hits[i], &left) < 0) {
            return 0;
        }
    }

    return 1;
}


/*
 * The first of the optional steps left that the hit fits, or -1; takes it and
 * those before it out of left.  from fills the required step before them.
 */
static int
jny_chain_fill(const jny_chain_t *c, const jny_hit_t *from,
    const jny_hit_t *hit, uint64_t *left)
{
    int       item;
    uint64_t  mask;

    for (mask = hit->mask & *left; mask != 0; mask &= mask - 1) {
        item = __builtin_ctzll(mask);

        if (jny_hit_elapsed(from, hit) <= c->within_ms[item]) {
            *left &= ~((mask & (0 - mask)) * 2 - 1);
            return item;
        }
    }

    return -1;
}


/* An exclusion lies between events: it binds those before event i. */
static void
jny_chain_see(const jny_chain_t *c, jny_chain_seen_t *s, uint64_t mask,
    uint32_t i)
{
    for (mask &= c->excluding; mask != 0; mask &= mask - 1) {
        s->excluded[c->step[__builtin_ctzll(mask)]] = i;
    }
}


uint32_t
jny_chain_best(const jny_hit_t *hits, uint32_t n)
{
    uint32_t  i, best = JNY_CHAIN_NONE, reach = 0;

    for (i = 0; i < n; i++) {
        if (hits[i].reach > reach) {
            reach = hits[i].reach;
            best = i;
        }
    }

    return best;
}


void
jny_chain_read(const jny_chain_t *c, jny_chain_work_t *w,
    const jny_hit_t *hits, uint32_t n, uint32_t start,
    jny_chain_found_t *found)
{
    int        item;
    uint32_t   i, before = start;
    uint64_t   left;
    unsigned   k;

    found->reach = hits[start].reach;
    found->filled = 0;
    found->excluded = JNY_CHAIN_NONE;

    if (c->order == JNY_CHAIN_ANY) {
        jny_chain_any_read(c, w, hits, n, start, found);
        return;
    }

    if (c->bound) {
        jny_chain_mark(c, w, hits, start);
    }

    for (k = 0, i = start; k < found->reach; k++) {

        while (!((c->bound ? w->good[i - start] >> k
                           : hits[i].mask >> c->item[k]) & 1))
        {
            i++;
        }

        found->at[c->item[k]] = i;
        found->filled |= UINT64_C(1) << c->item[k];
        left = (k > 0) ? c->optionals[k] : 0;

        for (before++; left != 0 && before < i; before++) {
            item = jny_chain_fill(c, &hits[found->at[c->item[k - 1]]],
                &hits[before], &left);

            if (item >= 0) {
                found->at[item] = before;
                found->filled |= UINT64_C(1) << item;
            }
        }

        before = i++;
    }

    if (found->reach < c->nsteps && c->excludes[found->reach] != 0) {
        jny_chain_exclude(c, hits, n, start, found);
    }
}


/*
 * Sets bit k of good[] for the events from start on that fit step k and from
 * which the chain's last one can be reached: the same walk, for one chain.
 */
static void
jny_chain_mark(const jny_chain_t *c, jny_chain_work_t *w,
    const jny_hit_t *hits, uint32_t start)
{
    uint32_t          i, near[JNY_CHAIN_MAX_STEPS];
    uint64_t          mask;
    unsigned          k, last = hits[start].reach - 1;
    jny_chain_seen_t  s;

    memset(near, 0xff, sizeof(near));
    memset(s.excluded, 0xff, c->nsteps * sizeof(*s.excluded));

    for (i = hits[start].end + 1; i-- > start; /* void */) {
        w->good[i - start] = 0;

        for (mask = hits[i].mask & c->required; mask != 0; mask &= mask - 1) {
            k = c->step[__builtin_ctzll(mask)];

            if (k == last
                || (k < last && near[k + 1] != JNY_CHAIN_NONE
                    && jny_chain_joins(c, &s, hits, i, near[k + 1], k + 1)))
            {
                w->good[i - start] |= UINT64_C(1) << k;
                near[k] = i;
            }
        }

        jny_chain_see(c, &s, hits[i].mask, i);
    }
}


/* Looks for what ended a chain that is not complete. */
static void
jny_chain_exclude(const jny_chain_t *c, const jny_hit_t *hits, uint32_t n,
    uint32_t start, jny_chain_found_t *found)
{
    uint32_t          i, last;
    uint64_t          left, mask;
    const jny_hit_t  *from;

    last = found->at[c->item[found->reach - 1]];
    from = &hits[last];
    left = c->optionals[found->reach];

    for (i = last + 1; i < n; i++) {

        if (jny_hit_elapsed(&hits[start], &hits[i]) > c->window_ms
            || jny_hit_elapsed(from, &hits[i])
               > c->within_ms[c->item[found->reach]])
        {
            return;
        }

        mask = hits[i].mask & c->excludes[found->reach];

        if (mask != 0) {
            found->excluded = i;
            found->exclusion = (unsigned) __builtin_ctzll(mask);
            return;
        }

        if (c->order == JNY_CHAIN_STRICT
            && jny_chain_fill(c, from, &hits[i], &left) < 0)
        {
            return;
        }
    }
}


void
jny_chain_trail(const jny_chain_t *c, const jny_hit_t *hits, uint32_t limit,
    uint32_t start, jny_chain_found_t *found)
{
    int       item;
    uint32_t  i, last;
    uint64_t  left;

    if (c->order == JNY_CHAIN_ANY) {
        jny_chain_any_trail(c, hits, limit, start, found);
        return;
    }

    left = c->optionals[found->reach];
    last = found->at[c->item[found->reach - 1]];

    if (limit > found->excluded) {
        limit = found->excluded;
    }

    for (i = last + 1; left != 0 && i < limit
         && jny_hit_elapsed(&hits[start], &hits[i]) <= c->window_ms; i++)
    {
        item = jny_chain_fill(c, &hits[last], &hits[i], &left);

        if (item >= 0) {
            found->at[item] = i;
            found->filled |= UINT64_C(1) << item;

        } else if (c->order == JNY_CHAIN_STRICT) {
            return;
        }
    }
}


uint32_t
jny_chain_first(const jny_hit_t *hits, uint32_t n)
{
    uint32_t  i;

    for (i = 0; i < n; i++) {
        if (hits[i].reach > 0) {
            return i;
        }
    }

    return JNY_CHAIN_NONE;
}


uint32_t
jny_chain_next(const jny_chain_t *c, const jny_hit_t *hits, uint32_t n,
    uint32_t start, const jny_chain_found_t *found)
{
    int       over;
    uint32_t  i, from = start;

    if (found->reach == c->nsteps) {
        from = hits[start].end;
    }

    for (i = from + 1; i < n; i++) {
        over = found->reach == c->nsteps || i > found->excluded
               || jny_hit_elapsed(&hits[start], &hits[i]) > c->window_ms;

        if (hits[i].reach > (over ? 0 : found->reach)) {
            return i;
        }
    }

    return JNY_CHAIN_NONE;
}
