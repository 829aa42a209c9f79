/*
 * chain.c - ordered funnels over one visitor's events.
 *
 * Of all chains that share a start, the greedy one (each step takes the first
 * event that fits) has every step earliest, so it gets furthest; and a window
 * only ever cuts its tail.  So it is enough to know, for every event that fits
 * step 0, where the greedy chain from there fills step 1, 2, ...; the furthest
 * and earliest is then a plain maximum.
 *
 * One walk from the last event to the first finds them all.  Let done[j][k] be
 * the event that fills step k when the steps j to k are filled greedily by the
 * events seen so far (all later than the next one looked at).  An event that
 * fits step j fills it first, so done[j][k] becomes done[j+1][k] for k > j and
 * the event itself for k = j: a copy of at most nsteps words for each step the
 * event fits.  Rows are taken from low j to high, because a row must see its
 * successor without the event itself: one event fills one step only.
 *
 * The usual forward walk that keeps the latest start per step finds how far a
 * visitor gets, but has then lost the earliest start that gets as far.
 */

#include "base/chain.h"

#include <string.h>


static int jny_hit_within(const jny_hit_t *a, const jny_hit_t *b,
    int64_t window_ms);


int64_t
jny_hit_elapsed(const jny_hit_t *a, const jny_hit_t *b)
{
    uint64_t  ms = (uint64_t) b->time_ms - (uint64_t) a->time_ms;

    return (ms > INT64_MAX) ? INT64_MAX : (int64_t) ms;
}


static int
jny_hit_within(const jny_hit_t *a, const jny_hit_t *b, int64_t window_ms)
{
    return jny_hit_elapsed(a, b) <= window_ms;
}


void
jny_chain_reach(jny_hit_t *hits, uint32_t n, unsigned nsteps, int64_t window_ms)
{
    uint32_t  done[JNY_CHAIN_MAX_STEPS][JNY_CHAIN_MAX_STEPS], i;
    uint8_t   filled[JNY_CHAIN_MAX_STEPS + 1];
    uint64_t  mask;
    unsigned  j, end;

    /* Row j holds the steps j to filled[j] - 1; 0: nothing yet. */
    memset(filled, 0, nsteps + 1);

    for (i = n; i-- > 0; /* void */) {

        for (mask = hits[i].mask; mask != 0; mask &= mask - 1) {
            j = (unsigned) __builtin_ctzll(mask);
            end = j + 1;
            done[j][j] = i;

            if (filled[j + 1] != 0) {
                end = filled[j + 1];
                memcpy(&done[j][j + 1], &done[j + 1][j + 1],
                    (end - j - 1) * sizeof(uint32_t));
            }

            filled[j] = (uint8_t) end;
        }

        hits[i].reach = 0;

        if (hits[i].mask & 1) {
            do {
                hits[i].reach++;
            } while (hits[i].reach < filled[0]
                     && jny_hit_within(&hits[i], &hits[done[0][hits[i].reach]],
                         window_ms));
        }
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
jny_chain_follow(const jny_hit_t *hits, uint32_t start, uint32_t *at)
{
    uint32_t  i = start;
    unsigned  k;

    for (k = 0; k < hits[start].reach; i++) {
        if (hits[i].mask >> k & 1) {
            at[k++] = i;
        }
    }
}


uint32_t
jny_chain_first(const jny_hit_t *hits, uint32_t n, uint32_t from)
{
    uint32_t  i;

    for (i = from; i < n; i++) {
        if (hits[i].mask & 1) {
            return i;
        }
    }

    return JNY_CHAIN_NONE;
}


uint32_t
jny_chain_after_timeout(const jny_hit_t *hits, uint32_t n, uint32_t start,
    int64_t window_ms)
{
    uint32_t  i;

    for (i = start + 1; i < n; i++) {
        if ((hits[i].mask & 1)
            && (hits[i].reach > hits[start].reach
                || !jny_hit_within(&hits[start], &hits[i], window_ms)))
        {
            return i;
        }
    }

    return JNY_CHAIN_NONE;
}
