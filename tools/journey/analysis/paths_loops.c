/*
 * paths_loops.c - returns: to a touchpoint that was left before in the same
 * path, and what became of paths with one beside those without.
 *
 * Touchpoints are found by their id, in one array: ids are small numbers, and
 * every place of every path is looked up.
 */

#include "analysis/paths_private.h"

#include <stdlib.h>
#include <string.h>

#include "base/stats.h"


static jny_paths_spot_t *paths_spot(jny_paths_acc_t *acc, uint32_t id);
static int paths_return(jny_paths_acc_t *acc, const jny_journey_t *j,
    jny_paths_spot_t *spot, uint64_t i);
static int paths_compare_loops(const void *one, const void *two);
static int paths_loop_times(jny_path_loop_t *loop, jny_durations_t *d);


int
jny_paths_loops(jny_paths_acc_t *acc, const jny_journey_t *j, uint64_t first,
    uint64_t end, uint32_t goals)
{
    uint32_t            id;
    uint64_t            i, returns = acc->returns.count;
    jny_paths_spot_t   *spot;
    jny_paths_place_t  *place;

    acc->path++;

    for (i = first; i < end; i++) {
        place = &acc->places[i];
        id = place->id;

        spot = paths_spot(acc, id);
        if (spot == NULL) {
            return JNY_ENOMEM;
        }

        if (spot->path != acc->path) {
            spot->path = acc->path;
            spot->returned = 0;
            spot->goal = place->event < goals;
            spot->paths++;
            spot->converted += spot->goal;

        } else if (spot->place + 1 != i
                   && paths_return(acc, j, spot, i) != JNY_OK)
        {
            return JNY_ENOMEM;
        }

        spot->place = i;
    }

    if (acc->returns.count > returns) {
        acc->returns.paths++;
        acc->returns.converted += acc->now.converted;
        acc->returns.visitors += acc->returned != j->visitor;
        acc->returned = j->visitor;
    }

    return JNY_OK;
}


static jny_paths_spot_t *
paths_spot(jny_paths_acc_t *acc, uint32_t id)
{
    void      *grown;
    uint64_t   cap = acc->spots_cap;

    grown = jny_paths_grow(acc->spots, id, &acc->spots_cap,
        sizeof(*acc->spots));
    if (grown == NULL) {
        return NULL;
    }

    acc->spots = grown;

    memset(acc->spots + cap, 0, (acc->spots_cap - cap) * sizeof(*acc->spots));

    return &acc->spots[id];
}


/* From the last event there to the first one back. */
static int
paths_return(jny_paths_acc_t *acc, const jny_journey_t *j,
    jny_paths_spot_t *spot, uint64_t i)
{
    const jny_paths_place_t  *left = &acc->places[spot->place];
    const jny_paths_place_t  *back = &acc->places[i];

    if (!spot->returned) {
        spot->returned = 1;
        spot->loop.paths++;
        spot->loop.converted += spot->goal;
        spot->loop.visitors += spot->seen != j->visitor;
        spot->seen = j->visitor;
    }

    acc->returns.count++;
    spot->loop.count++;
    spot->loop.events += back->nth - left->last_nth - 1;

    return jny_durations_add(&spot->times,
               j->events[back->event].time_ms - j->events[left->last].time_ms)
                   == 0
               ? JNY_OK
               : JNY_ENOMEM;
}


int
jny_paths_loops_merge(jny_paths_acc_t *into, const jny_paths_acc_t *from)
{
    uint64_t                 i;
    jny_paths_spot_t        *spot;
    jny_paths_spot_t  *other;

    into->returns.count += from->returns.count;
    into->returns.paths += from->returns.paths;
    into->returns.visitors += from->returns.visitors;
    into->returns.converted += from->returns.converted;

    for (i = 0; i < from->spots_cap; i++) {
        other = &from->spots[i];

        if (other->paths == 0) {
            continue;
        }

        spot = paths_spot(into, (uint32_t) i);
        if (spot == NULL
            || jny_durations_merge(&spot->times, &other->times) != 0)
        {
            return JNY_ENOMEM;
        }

        spot->paths += other->paths;
        spot->converted += other->converted;
        spot->loop.count += other->loop.count;
        spot->loop.visitors += other->loop.visitors;
        spot->loop.paths += other->loop.paths;
        spot->loop.converted += other->loop.converted;
        spot->loop.events += other->loop.events;
    }

    return JNY_OK;
}


int
jny_paths_loops_finish(jny_paths_acc_t *acc, const uint32_t *place,
    jny_paths_t *p)
{
    int               rc = JNY_OK;
    uint32_t          i, top = acc->conf->top;
    uint64_t          k, n = 0;
    jny_path_loop_t  *loop;

    p->returns = acc->returns;

    for (k = 0; k < acc->spots_cap; k++) {
        n += acc->spots[k].loop.count > 0;
    }

    p->loops = malloc((n + 1) * sizeof(*p->loops));
    if (p->loops == NULL) {
        return JNY_ENOMEM;
    }

    for (k = 0, n = 0; k < acc->spots_cap; k++) {
        if (acc->spots[k].loop.count == 0) {
            continue;
        }

        loop = &p->loops[n++];
        *loop = acc->spots[k].loop;
        loop->id = (uint32_t) k;
        loop->name = place[k];
        loop->paths_without = acc->spots[k].paths - loop->paths;
        loop->converted_without = acc->spots[k].converted - loop->converted;
    }

    qsort(p->loops, n, sizeof(*p->loops), paths_compare_loops);

    p->loops_distinct = n;
    p->nloops = (uint32_t) (top != 0 && n > top ? top : n);

    for (i = 0; i < p->nloops && rc == JNY_OK; i++) {
        rc = paths_loop_times(&p->loops[i],
            &acc->spots[p->loops[i].id].times);
    }

    return rc;
}


static int
paths_compare_loops(const void *one, const void *two)
{
    const jny_path_loop_t  *a = one, *b = two;

    if (a->count != b->count) {
        return a->count > b->count ? -1 : 1;
    }

    return (a->name > b->name) - (a->name < b->name);
}


static int
paths_loop_times(jny_path_loop_t *loop, jny_durations_t *d)
{
    if (jny_durations_sort(d) != 0) {
        return JNY_ENOMEM;
    }

    loop->p50_ms = jny_stats_quantile(d->ms, d->n, 0.5);
    loop->p90_ms = jny_stats_quantile(d->ms, d->n, 0.9);
    loop->mean_ms = jny_durations_mean(d);

    return JNY_OK;
}


void
jny_paths_loops_release(jny_paths_acc_t *acc)
{
    uint64_t  i;

    for (i = 0; i < acc->spots_cap; i++) {
        jny_durations_release(&acc->spots[i].times);
    }

    free(acc->spots);
}
