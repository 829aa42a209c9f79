/*
 * pages.c - what goes with seeing a page.
 *
 *     init -> add* -> merge -> finish -> free
 *
 * People who browse longer both see more pages and buy more, so "saw it"
 * against "did not" finds an effect of every page.  This is a sequence of
 * small trials instead (Hernan & Robins 2016, "target trial"): whenever a
 * visitor turns to a page not seen before, those for whom it was page P are
 * compared with those for whom it was another one and P still unknown - same
 * campaign, same stage, as many views before - and both are followed for the
 * same time from that moment.
 *
 * Every moment counts, not every visitor: a deep browser has more chances to
 * meet P, and exactly as many moments among the controls.  Counted once a
 * stratum, a page without effect would gain from deep browsers.
 *
 * add() keeps the first views, 12 bytes each; everything else needs two looks
 * at them and is done in finish.
 */

#include "analysis/pages.h"

#include <stdlib.h>
#include <string.h>

#include "analysis/pages_private.h"


static void *pages_init(const void *conf, const jny_facts_t *facts);
static void pages_free(void *data);
static int pages_add(void *data, const jny_journey_t *j);
static uint32_t pages_conversion(const jny_journey_t *j);
static uint32_t pages_page(const jny_event_t *e);
static int pages_keep(jny_pages_acc_t *acc, const jny_journey_t *j,
    uint32_t i, uint32_t goal, const jny_pages_moment_t *now);
static int pages_is_new(jny_pages_acc_t *acc, uint32_t page);
static uint8_t pages_bucket_since(uint32_t n);
static uint8_t pages_bucket_before(uint32_t n);
static int pages_reserve(jny_pages_acc_t *acc, size_t visitors, size_t views);
static void *pages_grow(void *p, size_t *cap, size_t need, size_t size);
static int pages_merge(void *data, void *other);
static int pages_study(jny_pages_study_t *s, jny_pages_t *out);


const jny_analysis_t  jny_pages_analysis = {
    "pages", pages_init, pages_add, pages_merge, pages_free
};


static void *
pages_init(const void *conf, const jny_facts_t *facts)
{
    jny_pages_acc_t  *acc;

    acc = calloc(1, sizeof(*acc));
    if (acc == NULL) {
        return NULL;
    }

    acc->conf = conf;
    acc->facts = facts;

    return acc;
}


static void
pages_free(void *data)
{
    jny_pages_acc_t  *acc = data;

    if (acc == NULL) {
        return;
    }

    free(acc->visitors);
    free(acc->views);
    free(acc->seen);
    free(acc);
}


static int
pages_add(void *data, const jny_journey_t *j)
{
    int                 rc;
    uint32_t            i, goal, since, before;
    jny_pages_acc_t    *acc = data;
    jny_pages_moment_t    now;
    const jny_event_t  *e;

    if (pages_reserve(acc, 1, 0) != JNY_OK) {
        return JNY_ENOMEM;
    }

    acc->visitors[acc->nvisitors].visitor = j->visitor;
    acc->visitors[acc->nvisitors].nviews = 0;

    memset(&now, 0, sizeof(now));
    since = 0;
    before = 0;
    goal = pages_conversion(j);

    /* What follows the first conversion is another story. */
    for (i = 0; i < goal; i++) {
        e = &j->events[i];

        /* Money given back is no visit of the stage that took it. */
        if (!(e->flags & JNY_EVENT_WHERE) || (e->flags & JNY_EVENT_REFUND)) {
            continue;
        }

        if (e->stage != 0 && e->stage != now.stage) {
            now.stage = e->stage;
            since = 0;
        }

        now.page = pages_page(e);
        if (now.page == 0) {
            continue;
        }

        now.since = pages_bucket_since(since++);
        now.before = pages_bucket_before(before++);

        rc = pages_keep(acc, j, i, goal, &now);

        if (rc == JNY_END) {
            acc->cut++;
            break;
        }

        if (rc != JNY_OK) {
            return rc;
        }
    }

    if (acc->visitors[acc->nvisitors].nviews > 0) {
        acc->nvisitors++;
    }

    return JNY_OK;
}


/* Index of the first conversion, or the number of events. */
static uint32_t
pages_conversion(const jny_journey_t *j)
{
    uint32_t  i;

    for (i = 0; i < j->nevents; i++) {
        if ((j->events[i].flags & JNY_EVENT_GOAL)
            && (j->events[i].flags & JNY_EVENT_WHERE))
        {
            break;
        }
    }

    return i;
}


/* The page an event successfully shows; where none was logged its touchpoint;
   0 if it shows none. */
static uint32_t
pages_page(const jny_event_t *e)
{
    if (e->flags & (JNY_EVENT_FAILED | JNY_EVENT_BEACON)) {
        return 0;
    }

    return e->detail->page ? e->detail->page : e->detail->touchpoint;
}


/* JNY_OK, JNY_ENOMEM, JNY_END: this visitor has too many. */
static int
pages_keep(jny_pages_acc_t *acc, const jny_journey_t *j, uint32_t i,
    uint32_t goal, const jny_pages_moment_t *now)
{
    int                   rc;
    int64_t               left_ms;
    const jny_event_t    *e = &j->events[i];
    jny_pages_moment_t     *view;
    jny_pages_visitor_t  *visitor = &acc->visitors[acc->nvisitors];

    rc = pages_is_new(acc, now->page);
    if (rc <= 0) {
        return rc;
    }

    if (visitor->nviews == JNY_PAGES_MAX_VIEWS) {
        return JNY_END;
    }

    if (pages_reserve(acc, 0, 1) != JNY_OK) {
        return JNY_ENOMEM;
    }

    visitor->nviews++;

    view = &acc->views[acc->nviews++];
    *view = *now;
    view->stratum = e->detail->carried;
    view->flags = 0;

    if (__builtin_sub_overflow(acc->facts->to_ms, e->time_ms, &left_ms)
        || left_ms < acc->conf->horizon_ms)
    {
        view->flags |= JNY_PAGES_OPEN;
    }

    if (goal < j->nevents
        && !__builtin_sub_overflow(j->events[goal].time_ms, e->time_ms,
            &left_ms)
        && left_ms <= acc->conf->horizon_ms)
    {
        view->flags |= JNY_PAGES_CONVERTED;
    }

    return JNY_OK;
}


/*
 * 1 if the visitor being added sees the page for the first time, 0, or
 * JNY_ENOMEM.  A mark per page costs no clearing between visitors.
 */
static int
pages_is_new(jny_pages_acc_t *acc, uint32_t page)
{
    size_t  *seen, cap = acc->seen_cap, mark = acc->nvisitors + 1;

    if (page >= cap) {
        seen = pages_grow(acc->seen, &acc->seen_cap, (size_t) page + 1,
            sizeof(*seen));
        if (seen == NULL) {
            return JNY_ENOMEM;
        }

        memset(seen + cap, 0, (acc->seen_cap - cap) * sizeof(*seen));
        acc->seen = seen;
    }

    if (acc->seen[page] == mark) {
        return 0;
    }

    acc->seen[page] = mark;

    return 1;
}


/* 0, 1, 2, 3-4, 5-8, 9 and more. */
static uint8_t
pages_bucket_since(uint32_t n)
{
    static const uint8_t  bucket[] = { 0, 1, 2, 3, 3, 4, 4, 4, 4 };

    return (n < sizeof(bucket)) ? bucket[n] : 5;
}


/* 0 to 7 one by one, then half octaves: 8-11, 12-15, 16-23, 24-31, ... */
static uint8_t
pages_bucket_before(uint32_t n)
{
    unsigned  octave;

    if (n < 8) {
        return (uint8_t) n;
    }

    octave = 31 - (unsigned) __builtin_clz(n);

    return (uint8_t) (2 + 2 * octave + (n >> (octave - 1) & 1));
}


/* Room for so many more. */
static int
pages_reserve(jny_pages_acc_t *acc, size_t visitors, size_t views)
{
    jny_pages_moment_t     *v;
    jny_pages_visitor_t  *u;

    u = pages_grow(acc->visitors, &acc->visitors_cap,
        acc->nvisitors + visitors, sizeof(*u));
    if (u == NULL) {
        return JNY_ENOMEM;
    }

    acc->visitors = u;

    v = pages_grow(acc->views, &acc->views_cap, acc->nviews + views,
        sizeof(*v));
    if (v == NULL) {
        return JNY_ENOMEM;
    }

    acc->views = v;

    return JNY_OK;
}


/* The array with room for need; NULL: out of memory, p stands. */
static void *
pages_grow(void *p, size_t *cap, size_t need, size_t size)
{
    size_t  n = *cap ? *cap : 256;

    if (p != NULL && need <= *cap) {
        return p;
    }

    while (n < need && n <= SIZE_MAX / 2) {
        n *= 2;
    }

    p = (n < need || n > SIZE_MAX / size) ? NULL : realloc(p, n * size);

    if (p != NULL) {
        *cap = n;
    }

    return p;
}


static int
pages_merge(void *data, void *other)
{
    jny_pages_acc_t  *into = data, *from = other;

    if (pages_reserve(into, from->nvisitors, from->nviews) != JNY_OK) {
        return JNY_ENOMEM;
    }

    if (from->nvisitors > 0) {
        memcpy(into->visitors + into->nvisitors, from->visitors,
            from->nvisitors * sizeof(*into->visitors));
        memcpy(into->views + into->nviews, from->views,
            from->nviews * sizeof(*into->views));
    }

    into->nvisitors += from->nvisitors;
    into->nviews += from->nviews;
    into->cut += from->cut;

    free(from->visitors);
    free(from->views);
    from->visitors = NULL;
    from->views = NULL;
    from->nvisitors = from->visitors_cap = 0;
    from->nviews = from->views_cap = 0;

    return JNY_OK;
}


int
jny_pages_finish(void *acc, jny_pages_t **pages)
{
    int                 rc;
    jny_pages_study_t   study;

    memset(&study, 0, sizeof(study));
    study.acc = acc;

    *pages = calloc(1, sizeof(**pages));
    rc = (*pages == NULL) ? JNY_ENOMEM : pages_study(&study, *pages);

    free(study.campaigns);
    free(study.strata);
    free(study.pairs);
    free(study.pages);
    free(study.page_index);
    free(study.tests);

    return rc;
}


static int
pages_study(jny_pages_study_t *s, jny_pages_t *out)
{
    int     rc;
    size_t  i;

    /* Sums over all views, weighted by a replicate, stay in 32 bits. */
    if (s->acc->nviews > (size_t) 1 << 30) {
        return JNY_ELIMIT;
    }

    out->visitors = s->acc->nvisitors;
    out->cut = s->acc->cut;

    for (i = 0; i < s->acc->nviews; i++) {
        out->still_open += (s->acc->views[i].flags & JNY_PAGES_OPEN) != 0;
    }

    out->views = s->acc->nviews - out->still_open;

    rc = jny_pages_strata(s);

    if (rc == JNY_OK) {
        rc = jny_pages_risk_sets(s);
    }

    if (rc == JNY_OK) {
        rc = jny_pages_tests(s);
    }

    if (rc == JNY_OK) {
        rc = jny_pages_bootstrap(s);
    }

    if (rc == JNY_OK && s->acc->conf->across) {
        rc = jny_pages_compare(s, out);
    }

    return (rc == JNY_OK) ? jny_pages_rows(s, out) : rc;
}


void
jny_pages_free(jny_pages_t *pages)
{
    if (pages != NULL) {
        free(pages->rows);
        free(pages->across);
        free(pages->alike);
        free(pages);
    }
}


const char *
jny_pages_verdict(jny_pages_verdict_e verdict)
{
    static const char *const  words[] = {
        "too few", "no clear difference", "better", "worse"
    };

    return words[verdict];
}
