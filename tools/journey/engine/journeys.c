/*
 * journeys.c - the second half of a run: a thread takes a partition, sorts
 * it, and hands each visitor to the analyses with everything decided that one
 * event alone cannot tell: what its order counts for, its session, what that
 * carries, and whether selectors on carried terms hold.
 */

#include "engine/journeys.h"

#include <stdlib.h>
#include <string.h>

#include "base/pool.h"
#include "engine/scan.h"
#include "engine/sessions.h"


int
jny_journeys_init(jny_journeys_t *js)
{
    unsigned                i, k;
    jny_journeys_thread_t  *t;

    js->judges = js->plan->bots == JNY_BOTS_EXCLUDE
                 && js->plan->bot_rules == JNY_BOT_RULES_ALL;

    js->threads = calloc(js->plan->threads, sizeof(*js->threads));
    if (js->threads == NULL) {
        return JNY_ENOMEM;
    }

    for (i = 0; i < js->plan->threads; i++) {
        t = &js->threads[i];
        jny_sorter_init(&t->sorter);

        t->accs = calloc(js->ntasks + 1, sizeof(*t->accs));
        if (t->accs == NULL) {
            return JNY_ENOMEM;
        }

        for (k = 0; k < js->ntasks; k++) {
            t->accs[k] = js->tasks[k].analysis->init(js->tasks[k].conf,
                                                     js->facts);

            if (t->accs[k] == NULL) {
                return JNY_ENOMEM;
            }
        }
    }

    return js->wide ? jny_journeys_carried(js) : JNY_OK;
}


void
jny_journeys_release(jny_journeys_t *js)
{
    unsigned                i, k;
    jny_journeys_thread_t  *t;

    for (i = 0; js->threads != NULL && i < js->plan->threads; i++) {
        t = &js->threads[i];

        for (k = 0; t->accs != NULL && k < js->ntasks; k++) {
            if (t->accs[k] != NULL) {
                js->tasks[k].analysis->free(t->accs[k]);
            }
        }

        jny_sorter_release(&t->sorter);
        free(t->details);
        free(t->values);
        free(t->decisions);
        free(t->accs);
    }

    free(js->threads);
    free(js->carried);
    js->threads = NULL;
    js->carried = NULL;
}


/* Provisional ids to final ones. */
static void
jny_journeys_final(const jny_names_t *names, jny_detail_t *d)
{
    d->touchpoint = jny_names_rank(names, JNY_NAME_TOUCHPOINT)[d->touchpoint];
    d->page = jny_names_rank(names, JNY_NAME_PAGE)[d->page];
    d->host = jny_names_rank(names, JNY_NAME_HOST)[d->host];
    d->referrer = jny_names_rank(names, JNY_NAME_REFERRER)[d->referrer];
    d->click = jny_names_rank(names, JNY_NAME_CLICK)[d->click];
    d->by = jny_names_rank(names, JNY_NAME_BY)[d->by];
    d->arrived = jny_names_tuple_rank(names)[d->arrived];
}


static void
jny_journeys_wide(const jny_journeys_t *js, jny_journeys_thread_t *t,
                  jny_event_t *events, uint32_t n)
{
    uint32_t      i;
    uint64_t      word;
    jny_event_t  *e;

    for (i = 0; i < n; i++) {
        t->details[i] = (jny_detail_t *) (uintptr_t) events[i].detail;
        jny_journeys_final(js->names, t->details[i]);
    }

    jny_sessions_mark(events, t->details, n, js->names,
                      js->plan->session_gap_ms);

    for (i = 0; i < n; i++) {
        e = &events[i];
        word = js->carried[t->details[i]->carried];

        e->match &= jny_kind_match(word);
        e->flags &= word & JNY_WORD_GOAL ? ~0 : ~JNY_EVENT_GOAL;
        e->flags &= word & JNY_WORD_WHERE ? ~0 : ~JNY_EVENT_WHERE;
        e->flags &= word & JNY_WORD_VISITORS ? ~0 : ~JNY_SCATTERED_VISITORS;
    }
}


/* Events of the n that have the flag. */
static uint32_t
jny_journeys_flagged(const jny_event_t *events, uint32_t n, uint16_t flag)
{
    uint32_t  i, k;

    k = 0;

    for (i = 0; i < n; i++) {
        k += (events[i].flags & flag) != 0;
    }

    return k;
}


/* How many events are context: sorted, they are the first. */
static uint32_t
jny_journeys_context(const jny_event_t *events, uint32_t n)
{
    uint32_t  i;

    for (i = 0; i < n && (events[i].flags & JNY_SCATTERED_CONTEXT); i++) {
        /* counted */
    }

    return i;
}


void
jny_journeys_head(jny_journeys_heads_t *heads, const jny_strand_t *s)
{
    heads->rows += s->rows;
    heads->counted += s->counted;
    heads->selected += s->selected;
    heads->any |= s->any;
}


static jny_journeys_heads_t
jny_journeys_heads(const jny_strand_ref_t *refs, uint64_t n)
{
    uint64_t              i;
    jny_journeys_heads_t  heads;

    memset(&heads, 0, sizeof(heads));

    for (i = 0; i < n; i++) {
        jny_journeys_head(&heads, refs[i].strand);
    }

    return heads;
}


/* Sessions, and what they carry, may change what the scan thought. */
static int
jny_journeys_carry(const jny_journeys_t *js, jny_journeys_thread_t *t,
                   jny_event_t *events, uint32_t n,
                   jny_journeys_heads_t *heads)
{
    uint32_t  i;

    if (jny_scan_room(&t->details, &t->details_cap, n, sizeof(*t->details))
        != JNY_OK)
    {
        return JNY_ENOMEM;
    }

    jny_journeys_wide(js, t, events, n);

    /* Who brought a cookie back before the start has shown it all the same. */

    heads->any &= JNY_EVENT_RETURNED;

    for (i = jny_journeys_context(events, n); i < n; i++) {
        heads->any |= events[i].flags;
    }

    i = jny_journeys_context(events, n);
    heads->selected = jny_journeys_flagged(events + i, n - i,
                                           JNY_EVENT_WHERE);

    return JNY_OK;
}


/* A visitor is left out whole. */
static int
jny_journeys_bot(jny_journeys_thread_t *t, jny_behaviour_e why,
                 uint64_t events)
{
    t->behaved_visitors[why]++;
    t->behaved_events[why] += events;

    return JNY_OK;
}


static jny_behaviour_e
jny_journeys_judge(jny_journeys_thread_t *t, const jny_event_t *events,
                   uint32_t n, const jny_journeys_heads_t *heads)
{
    jny_behaviour_e  why;

    why = jny_behaviour_judge(events, n, jny_journeys_context(events, n),
                              heads->any);

    if (why != JNY_BEHAVIOUR_HUMAN) {
        jny_journeys_bot(t, why, heads->counted);
    }

    return why;
}


static int
jny_journeys_add(const jny_journeys_t *js, jny_journeys_thread_t *t,
                 const jny_event_t *events, uint32_t n)
{
    int            rc;
    unsigned       k;
    jny_journey_t  j;

    j.visitor = events[0].visitor;
    j.events = events;
    j.nevents = n;

    /* The first may have begun before. */

    j.nsessions = js->wide ? 1 + jny_journeys_flagged(events + 1, n - 1,
                                                      JNY_EVENT_SESSION)
                           : 0;

    for (k = 0; k < js->ntasks; k++) {
        rc = js->tasks[k].analysis->add(t->accs[k], &j);
        if (rc != JNY_OK) {
            return rc;
        }
    }

    return JNY_OK;
}


/* Whether a visitor is taken apart; a person is not any more. */
static int
jny_journeys_joins(const jny_journeys_t *js, const jny_journeys_heads_t *heads)
{
    return (heads->any & JNY_STRAND_LOGIN)
           && js->streams != js->logins->persons;
}


int
jny_journeys_is_crawler(const jny_journeys_heads_t *heads)
{
    return heads->rows > JNY_CRAWLER_EVENTS;
}


int
jny_journeys_crawler(const jny_journeys_t *js, jny_journeys_thread_t *t,
                     const jny_journeys_heads_t *heads)
{
    return heads->counted > 0 || jny_journeys_joins(js, heads)
               ? jny_journeys_bot(t, JNY_BEHAVIOUR_SIZE, heads->counted)
               : JNY_OK;
}


/* Whether the analyses see him; who is not told is counted all the same. */
static int
jny_journeys_told(const jny_journeys_t *js, const jny_journeys_heads_t *heads)
{
    return js->wide || js->judges || !(js->plan->want & JNY_WANT_ENTERED)
           || (heads->any & (JNY_STRAND_ENTERED | JNY_EVENT_GOAL
                             | JNY_SCATTERED_MONEY));
}


static void
jny_journeys_count(jny_journeys_thread_t *t, const jny_journeys_heads_t *heads)
{
    t->visitors++;
    t->confirmed += (heads->any & JNY_EVENT_RETURNED) != 0;
    t->counted_events += heads->counted;
    t->selected_events += heads->selected;
}


void
jny_journeys_agent(jny_journeys_thread_t *t,
                   const jny_journeys_heads_t *heads)
{
    t->bots += (heads->any & JNY_STRAND_BOT) != 0;
}


static int
jny_journeys_visitor(const jny_journeys_t *js, jny_journeys_thread_t *t,
                     const jny_strand_ref_t *refs, uint64_t nrefs)
{
    int                   rc;
    uint32_t              n, context;
    jny_event_t          *events;
    jny_journeys_heads_t  heads;

    heads = jny_journeys_heads(refs, nrefs);
    jny_journeys_agent(t, &heads);

    /* Context of this visitor may be a person's, whom others bring. */

    if (heads.counted == 0 && !jny_journeys_joins(js, &heads)) {
        return JNY_OK;
    }

    if (jny_journeys_is_crawler(&heads)) {
        return jny_journeys_crawler(js, t, &heads);
    }

    if (!jny_journeys_told(js, &heads) && !jny_journeys_joins(js, &heads)) {
        if (heads.any & JNY_SCATTERED_VISITORS) {
            jny_journeys_count(t, &heads);
        }

        return JNY_OK;
    }

    rc = jny_sorter_events(&t->sorter, refs, nrefs, &js->key, &events, &n);

    if (rc == JNY_OK && jny_journeys_joins(js, &heads)) {
        return jny_logins_send(js->logins, (unsigned) (t - js->threads), refs,
                               nrefs, events, n);
    }

    if (rc == JNY_OK && js->judges
        && jny_journeys_judge(t, events, n, &heads) != JNY_BEHAVIOUR_HUMAN)
    {
        return JNY_OK;
    }

    if (rc == JNY_OK && js->wide) {
        rc = jny_journeys_carry(js, t, events, n, &heads);
    }

    if (rc != JNY_OK || !(heads.any & JNY_SCATTERED_VISITORS)) {
        return rc;
    }

    context = jny_journeys_context(events, n);
    events += context;
    n -= context;

    if (heads.any & JNY_SCATTERED_MONEY) {
        rc = jny_journeys_sales(js, t, refs, nrefs, events, n);

        if (rc != JNY_OK) {
            return rc;
        }
    }

    jny_journeys_count(t, &heads);

    return n > 0 ? jny_journeys_add(js, t, events, n) : JNY_OK;
}


int
jny_journeys_sorted(const jny_journeys_t *js, unsigned thread,
                    jny_streams_t *streams, uint64_t stream, unsigned bits)
{
    int                     rc;
    uint64_t                i, k, n, at_ns;
    jny_strand_ref_t       *r;
    jny_journeys_thread_t  *t;

    t = &js->threads[thread];

    at_ns = jny_progress_now();
    rc = jny_sorter_run(&t->sorter, streams, stream, bits, &n);
    jny_progress_lap(js->progress, JNY_PART_SORT, &at_ns);
    r = t->sorter.refs;

    for (i = 0; rc == JNY_OK && i < n; i = k) {

        for (k = i + 1; k < n && r[k].hash == r[i].hash; k++) {
            /* the visitor's strands stand side by side */
        }

        rc = jny_journeys_visitor(js, t, r + i, k - i);
    }

    jny_progress_lap(js->progress, JNY_PART_VISITORS, &at_ns);

    return rc;
}


int
jny_journeys_stream(const jny_journeys_t *js, unsigned thread,
                    jny_streams_t *streams, uint64_t stream, unsigned bits)
{
    return jny_streams_words(streams, stream) <= js->most_words
               ? jny_journeys_sorted(js, thread, streams, stream, bits)
               : jny_journeys_split(js, thread, streams, stream, bits);
}


static int
jny_journeys_partition(void *ctx, unsigned thread, uint64_t partition)
{
    int                    rc;
    const jny_journeys_t  *js = ctx;

    rc = jny_journeys_stream(js, thread, js->streams, partition,
                             js->streams->bits);

    atomic_fetch_add(&js->progress->partitions, 1);

    return rc;
}


/* Thread 0 takes 1, 2, ... in this order; then the caller takes thread 0's. */
static int
jny_journeys_merge(jny_journeys_t *js)
{
    int       rc;
    unsigned  i, k;

    for (k = 0; k < js->ntasks; k++) {

        for (i = 1; i < js->plan->threads; i++) {
            rc = js->tasks[k].analysis->merge(js->threads[0].accs[k],
                                              js->threads[i].accs[k]);

            if (rc != JNY_OK) {
                return rc;
            }
        }
    }

    for (k = 0; k < js->ntasks; k++) {
        js->tasks[k].acc = js->threads[0].accs[k];
        js->threads[0].accs[k] = NULL;
    }

    return JNY_OK;
}


static uint64_t
jny_journeys_visitors(const jny_journeys_t *js)
{
    unsigned  i;
    uint64_t  n;

    n = 0;

    for (i = 0; i < js->plan->threads; i++) {
        n += js->threads[i].visitors;
    }

    return n;
}


int
jny_journeys_run(jny_journeys_t *js)
{
    int       rc;
    unsigned  i;
    uint64_t  visitors;

    atomic_store(&js->progress->npartitions,
                 jny_streams_count(js->streams) * (1 + (js->logins != NULL)));

    rc = jny_pool_run(js->plan->threads, jny_streams_count(js->streams),
                      jny_journeys_partition, js);

    /* What the first round sent on: no login any more. */

    if (rc == JNY_OK && js->logins != NULL) {
        visitors = jny_journeys_visitors(js);
        js->streams = js->logins->persons;

        for (i = 0; i < js->plan->threads; i++) {
            js->threads[i].sorter.persons = 1;
        }

        rc = jny_pool_run(js->plan->threads, jny_streams_count(js->streams),
                          jny_journeys_partition, js);
        js->persons = jny_journeys_visitors(js) - visitors;
    }

    /* What is merged, and sorted later, takes their place. */

    for (i = 0; i < js->plan->threads; i++) {
        jny_sorter_release(&js->threads[i].sorter);
    }

    return rc == JNY_OK ? jny_journeys_merge(js) : rc;
}


void
jny_journeys_sum(const jny_journeys_t *js, jny_input_summary_t *sums)
{
    unsigned                      i, k;
    const jny_journeys_thread_t  *t;

    sums->persons = js->persons;
    sums->merged_visitors =
        js->logins != NULL ? jny_logins_joined(js->logins) : 0;

    for (i = 0; i < js->plan->threads; i++) {
        t = &js->threads[i];
        sums->visitors += t->visitors;
        sums->counted_events += t->counted_events;
        sums->selected_events += t->selected_events;
        sums->confirmed_visitors += t->confirmed;
        sums->bot_visitors += t->bots;

        for (k = 0; k < JNY_BEHAVIOUR_COUNT; k++) {
            sums->behaved_events[k] += t->behaved_events[k];
            sums->behaved_visitors[k] += t->behaved_visitors[k];
            sums->bots += t->behaved_events[k];
            sums->bot_visitors += t->behaved_visitors[k];
        }
    }
}
