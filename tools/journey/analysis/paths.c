/*
 * paths.c - the sequences of touchpoints people take.
 *
 *     init -> add* -> merge -> finish -> free
 *
 *     add: the events of a session become places, one a touchpoint; of these
 *     a piece is cut at the anchors, and what can be told apart of it is
 *     counted as a path and as edges.
 *
 * Only so many touchpoints of a path are told apart, so a client that wanders
 * for ever costs no more than one that does not.
 */

#include "analysis/paths.h"

#include <stdlib.h>
#include <string.h>

#include "analysis/paths_private.h"


/* What is told apart: places [first, end), and what lies around them. */
typedef struct {
    uint64_t            first;
    uint64_t            end;
    uint64_t            all_first; /* the same, told apart or not */
    uint64_t            all_end;
    int32_t             anchor;  /* index in it, to count steps from */
    uint32_t            head;    /* edge into its first place, or 0 */
    uint32_t            tail;    /* edge out of its last one, or 0 */
    uint32_t            from;    /* events [from, to) count for it */
    uint32_t            to;
    uint32_t            goals;   /* behind its last conversion, 0 = none */
    jny_paths_record_t  key;
} paths_piece_t;


static void *paths_init(const void *conf, const jny_facts_t *facts);
static void paths_free(void *data);
static int paths_add(void *data, const jny_journey_t *j);
static int paths_session(jny_paths_acc_t *acc, const jny_journey_t *j,
    uint32_t from, uint32_t to);
static int paths_places(jny_paths_acc_t *acc, const jny_journey_t *j,
    uint32_t from, uint32_t to);
static int paths_anchors(const jny_paths_acc_t *acc, paths_piece_t *p);
static void paths_between(const jny_paths_acc_t *acc, paths_piece_t *p);
static void paths_around(const jny_paths_acc_t *acc, paths_piece_t *p);
static uint64_t paths_match(const jny_paths_acc_t *acc, uint32_t mask,
    int last);
static int paths_figures(jny_paths_acc_t *acc, const jny_journey_t *j,
    paths_piece_t *p);
static int paths_edges(jny_paths_acc_t *acc, const uint32_t *ids,
    const paths_piece_t *p, uint64_t visitor);
static int paths_edge(jny_paths_acc_t *acc, int32_t step, uint32_t from,
    uint32_t to, uint64_t visitor);


const jny_analysis_t  jny_paths_analysis = { "paths", paths_init, paths_add,
    jny_paths_merge, paths_free };


static void *
paths_init(const void *conf, const jny_facts_t *facts)
{
    jny_paths_acc_t  *acc;

    acc = calloc(1, sizeof(*acc));
    if (acc == NULL) {
        return NULL;
    }

    acc->conf = conf;
    acc->facts = facts;

    return acc;
}


static void
paths_free(void *data)
{
    uint32_t          i;
    jny_paths_acc_t  *acc = data;

    if (acc == NULL) {
        return;
    }

    for (i = 0; i < acc->nrecords; i++) {
        jny_purse_release(&acc->records[i].sums.value);
    }

    jny_purse_release(&acc->all.value);
    jny_purse_release(&acc->now.value);
    jny_slots_release(&acc->record_slots);
    jny_slots_release(&acc->link_slots);
    free(acc->records);
    free(acc->links);
    free(acc->ids);
    free(acc->places);
    jny_paths_loops_release(acc);
    free(acc);
}


/* A session begins whether its first event passes --where or not. */
static int
paths_add(void *data, const jny_journey_t *j)
{
    int               rc = JNY_OK;
    uint32_t          i, from = 0;
    uint64_t          taken;
    jny_paths_acc_t  *acc = data;

    taken = acc->all.count;

    for (i = 1; i < j->nevents && rc == JNY_OK; i++) {
        if ((j->events[i].flags & JNY_EVENT_SESSION)
            && !acc->conf->whole_journey)
        {
            rc = paths_session(acc, j, from, i);
            from = i;
        }
    }

    if (rc == JNY_OK) {
        rc = paths_session(acc, j, from, j->nevents);
    }

    acc->all.visitors += acc->all.count > taken;

    return rc;
}


static int
paths_session(jny_paths_acc_t *acc, const jny_journey_t *j, uint32_t from,
    uint32_t to)
{
    uint32_t             i, len, ids[JNY_PATHS_MAX_LEN];
    paths_piece_t        p = { .from = from, .to = to };
    jny_paths_record_t  *r;

    if (paths_places(acc, j, from, to) != JNY_OK) {
        return JNY_ENOMEM;
    }

    if (acc->nplaces == 0) {
        return JNY_OK;
    }

    if (!paths_anchors(acc, &p)) {
        acc->left_out++;
        return JNY_OK;
    }

    len = (uint32_t) (p.end - p.first);

    for (i = 0; i < len; i++) {
        ids[i] = acc->places[p.first + i].id;
    }

    p.key.len = len;
    p.key.more = p.tail == JNY_PATHS_MORE;
    p.key.before = p.head == JNY_PATHS_MORE;
    p.key.anchor = acc->conf->around ? (uint16_t) p.anchor : 0;

    r = jny_paths_record(acc, ids, &p.key);

    if (r == NULL || paths_figures(acc, j, &p) != JNY_OK) {
        return JNY_ENOMEM;
    }

    acc->now.visitors = r->seen != j->visitor;
    r->seen = j->visitor;

    if (jny_paths_sum(&r->sums, &acc->now) != JNY_OK) {
        return JNY_ENOMEM;
    }

    if (jny_paths_loops(acc, j, p.all_first, p.all_end, p.goals) != JNY_OK) {
        return JNY_ENOMEM;
    }

    acc->now.visitors = 0;
    acc->longer += p.key.more || p.key.before;

    if (jny_paths_sum(&acc->all, &acc->now) != JNY_OK) {
        return JNY_ENOMEM;
    }

    return paths_edges(acc, ids, &p, j->visitor);
}


static int
paths_places(jny_paths_acc_t *acc, const jny_journey_t *j, uint32_t from,
    uint32_t to)
{
    void               *grown;
    uint32_t            i, id, nth = 0;
    const jny_event_t  *e;
    jny_paths_place_t  *place = NULL;

    acc->nplaces = 0;

    for (i = from; i < to; i++) {
        e = &j->events[i];

        if (!(e->flags & JNY_EVENT_WHERE)) {
            continue;
        }

        nth++;
        id = e->detail->touchpoint;

        if (id == 0) {
            acc->nameless++;
            continue;
        }

        if (place != NULL && place->id == id && !acc->conf->keep_repeats) {
            place->last = i;
            place->last_nth = nth;
            place->match |= e->match;
            continue;
        }

        grown = jny_paths_grow(acc->places, acc->nplaces, &acc->places_cap,
            sizeof(*acc->places));
        if (grown == NULL) {
            return JNY_ENOMEM;
        }

        acc->places = grown;
        place = &acc->places[acc->nplaces++];
        place->id = id;
        place->event = i;
        place->last = i;
        place->nth = nth;
        place->last_nth = nth;
        place->match = e->match;
    }

    return JNY_OK;
}


/* Cuts the piece; 0: the path has no anchor. */
static int
paths_anchors(const jny_paths_acc_t *acc, paths_piece_t *p)
{
    const jny_paths_conf_t  *conf = acc->conf;

    p->end = acc->nplaces;
    p->all_end = acc->nplaces;

    if (conf->around) {
        p->first = paths_match(acc, conf->around, 0);

        if (p->first == acc->nplaces) {
            return 0;
        }

        paths_around(acc, p);
        return 1;
    }

    if (conf->starting) {
        p->first = paths_match(acc, conf->starting, 0);
    }

    if (conf->ending) {
        p->end = paths_match(acc, conf->ending, 1);
    }

    if (p->first >= p->end) {
        return 0;
    }

    paths_between(acc, p);
    return 1;
}


/*
 * The place that matches, by index: the first, nplaces if there is none; or
 * behind the last, 0 if there is none.
 */
static uint64_t
paths_match(const jny_paths_acc_t *acc, uint32_t mask, int last)
{
    uint64_t  i, found = last ? 0 : acc->nplaces;

    for (i = 0; i < acc->nplaces; i++) {
        if (acc->places[i].match & mask) {
            if (!last) {
                return i;
            }

            found = i + 1;
        }
    }

    return found;
}


/* From the first to the last place of the piece, or the other way round. */
static void
paths_between(const jny_paths_acc_t *acc, paths_piece_t *p)
{
    int                      longer;
    const jny_paths_conf_t  *conf = acc->conf;

    /* what has no touchpoint belongs to the one before */

    if (p->first > 0) {
        p->from = acc->places[p->first].event;
    }

    if (p->end < acc->nplaces) {
        p->to = acc->places[p->end].event;
    }

    p->all_first = p->first;
    p->all_end = p->end;

    longer = p->end - p->first > JNY_PATHS_MAX_LEN;

    if (conf->ending && !conf->starting) {
        p->head = longer ? JNY_PATHS_MORE : JNY_PATHS_START;
        p->first = longer ? p->end - JNY_PATHS_MAX_LEN : p->first;
        p->anchor = (int32_t) (p->end - p->first) - 1;
        return;
    }

    if (longer) {
        p->tail = JNY_PATHS_MORE;
        p->end = p->first + JNY_PATHS_MAX_LEN;

    } else if (!conf->ending) {
        p->tail = JNY_PATHS_END;
    }
}


/* p->first is the place around which: the piece lies on both sides of it. */
static void
paths_around(const jny_paths_acc_t *acc, paths_piece_t *p)
{
    uint64_t                 at = p->first;
    const jny_paths_conf_t  *conf = acc->conf;

    p->first = at > conf->before ? at - conf->before : 0;
    p->anchor = (int32_t) (at - p->first);

    if (at < conf->before) {
        p->head = JNY_PATHS_START;
    }

    if (acc->nplaces - at <= conf->after) {
        p->tail = JNY_PATHS_END;

    } else {
        p->end = at + conf->after + 1;
    }
}


/* Sets now, and the piece's goals. */
static int
paths_figures(jny_paths_acc_t *acc, const jny_journey_t *j,
    paths_piece_t *p)
{
    uint32_t             i;
    const jny_event_t   *e;
    const jny_detail_t  *d;

    acc->now.count = 1;
    acc->now.converted = 0;
    acc->now.value.n = 0;

    for (i = p->from; i < p->to; i++) {
        e = &j->events[i];
        d = e->detail;

        if (!(e->flags & JNY_EVENT_WHERE)) {
            continue;
        }

        if (e->flags & JNY_EVENT_GOAL) {
            acc->now.converted = 1;
            p->goals = i + 1;
        }

        if ((e->flags & JNY_EVENT_SALE)
            && jny_purse_add(&acc->now.value, d->currency, d->value_e4) != 0)
        {
            return JNY_ENOMEM;
        }
    }

    return JNY_OK;
}


/* Steps count from the anchor: 1 leaves it, -1 enters it. */
static int
paths_edges(jny_paths_acc_t *acc, const uint32_t *ids, const paths_piece_t *p,
    uint64_t visitor)
{
    int      rc = JNY_OK;
    int32_t  i, step, len = (int32_t) p->key.len;

    if (p->head != 0) {
        rc = paths_edge(acc, -p->anchor - 1, p->head, ids[0], visitor);
    }

    for (i = 0; i + 1 < len && rc == JNY_OK; i++) {
        step = i - p->anchor;
        rc = paths_edge(acc, step < 0 ? step : step + 1, ids[i], ids[i + 1],
            visitor);
    }

    if (p->tail != 0 && rc == JNY_OK) {
        rc = paths_edge(acc, len - p->anchor, ids[len - 1], p->tail, visitor);
    }

    return rc;
}


static int
paths_edge(jny_paths_acc_t *acc, int32_t step, uint32_t from, uint32_t to,
    uint64_t visitor)
{
    jny_paths_link_t  *link;

    link = jny_paths_link(acc, step, from, to);
    if (link == NULL) {
        return JNY_ENOMEM;
    }

    link->edge.count++;
    link->edge.visitors += link->seen != visitor;
    link->seen = visitor;

    return JNY_OK;
}
