/*
 * logins.c - an event goes on as a strand of its own: who logs in is few, and
 * which events of a block stay together is known only when all of the visitor
 * are in order.
 */

#include "engine/logins.h"

#include <stdlib.h>
#include <string.h>

#include "engine/scan.h"


int
jny_logins_init(jny_logins_t *l, unsigned bits, unsigned nthreads,
    jny_budget_t *budget, jny_kinds_t *kinds, const jny_strand_key_t *key)
{
    memset(l, 0, sizeof(*l));
    l->kinds = kinds;
    l->key = *key;
    l->persons = jny_streams_new(bits, nthreads, budget);
    l->sides = calloc(nthreads, sizeof(*l->sides));

    if (l->persons == NULL || l->sides == NULL) {
        return JNY_ENOMEM;
    }

    l->nsides = nthreads;

    return JNY_OK;
}


void
jny_logins_release(jny_logins_t *l)
{
    unsigned  i;

    for (i = 0; i < l->nsides; i++) {
        free(l->sides[i].at);
        free(l->sides[i].persons);
    }

    free(l->sides);
    jny_streams_free(l->persons);
    memset(l, 0, sizeof(*l));
}


static int
jny_login_compare(const void *a, const void *b)
{
    const jny_login_at_t  *x = a, *y = b;

    return x->ord < y->ord ? -1 : x->ord > y->ord;
}


/* side->at becomes a table of the entries that name a login. */
static int
jny_logins_find(jny_logins_side_t *side, const jny_strand_ref_t *refs,
    uint64_t n)
{
    size_t           k, many;
    uint64_t         i, login;
    const uint64_t  *p;

    many = 0;

    for (i = 0; i < n; i++) {
        many += jny_strand_login(refs[i].strand) != 0 ? refs[i].strand->kept
                                                      : 0;
    }

    if (jny_scan_room(&side->at, &side->at_cap, many, sizeof(*side->at))
        != JNY_OK)
    {
        return JNY_ENOMEM;
    }

    side->nat = 0;

    for (i = 0; i < n; i++) {
        login = jny_strand_login(refs[i].strand);
        p = jny_strand_entries(refs[i].strand);

        for (k = 0; login != 0 && k < refs[i].strand->kept; k++) {
            side->at[side->nat].ord = JNY_ORD(refs[i].strand->block,
                                              jny_strand_entry_row(*p));
            side->at[side->nat++].login = login;
            p += jny_strand_entry_words(*p);
        }
    }

    qsort(side->at, side->nat, sizeof(*side->at), jny_login_compare);

    return JNY_OK;
}


/* What side->at has for the event at ord; 0: nothing. */
static uint64_t
jny_logins_named(const jny_logins_side_t *side, uint64_t ord)
{
    jny_login_at_t         key = { ord, 0 };
    const jny_login_at_t  *at;

    at = bsearch(&key, side->at, side->nat, sizeof(key), jny_login_compare);

    return at != NULL ? at->login : 0;
}


/* The person of every event. */
static int
jny_logins_assign(jny_logins_side_t *side, const jny_event_t *events,
    uint32_t n)
{
    uint32_t  i, first;
    uint64_t  login, person;

    if (jny_scan_room(&side->persons, &side->persons_cap, n,
                      sizeof(*side->persons))
        != JNY_OK)
    {
        return JNY_ENOMEM;
    }

    person = 0;
    first = 0;

    for (i = 0; i < n; i++) {
        login = jny_logins_named(side, events[i].ord);
        person = login != 0 ? jny_login_person(login) : person;
        side->persons[i] = person;
        first += person == 0;
    }

    for (i = 0; i < first; i++) {
        side->persons[i] = side->persons[first];
    }

    return JNY_OK;
}


/* A strand, for another visitor; words: behind its head. */
static int
jny_logins_put(jny_logins_t *l, unsigned thread, const jny_strand_t *s,
    const uint64_t *words)
{
    uint64_t   *p, stream;

    stream = jny_strand_stream(l->persons, s->visitor);

    p = jny_streams_room(l->persons, thread, stream, s->words);
    if (p == NULL) {
        return jny_streams_fail(l->persons);
    }

    memcpy(p, s, sizeof(*s));
    memcpy(p + JNY_STRAND_HEAD, words,
           (s->words - JNY_STRAND_HEAD) * sizeof(*words));
    l->persons->sides[thread].next[stream] = p + s->words;

    return JNY_OK;
}


static int
jny_logins_event(jny_logins_t *l, unsigned thread, const jny_event_t *e,
    uint64_t person)
{
    uint64_t      word, *p, words[1 + JNY_STRAND_ENTRY + JNY_STRAND_DETAIL];
    jny_strand_t  s;

    memset(&s, 0, sizeof(s));
    s.visitor = person;
    s.block = (uint32_t) (e->ord >> 16);
    s.kept = 1;
    s.rows = 1;
    s.counted = !(e->flags & JNY_SCATTERED_CONTEXT);
    s.selected = s.counted && (e->flags & JNY_EVENT_WHERE);
    s.any = (uint16_t) (e->flags | JNY_STRAND_LOGIN
                        | (e->match & 1) * JNY_STRAND_ENTERED);

    /* Who has no visitor id came as the person, and is the first. */

    words[0] = e->visitor == person ? 0 : e->visitor;

    word = jny_kind_word(e->stage, e->flags, e->match);
    p = jny_strand_put(words + 1,
                       jny_ms_between(l->key.base_ms[s.block], e->time_ms),
                       (uint32_t) (e->ord & 0xffff), e->time_ms, word,
                       jny_kinds_id(l->kinds, &l->sides[thread].kinds, word));

    if (l->key.wide) {
        memcpy(p, e->detail, sizeof(*e->detail));
        p += JNY_STRAND_DETAIL;
    }

    s.words = (uint16_t) (JNY_STRAND_HEAD + (p - words));

    return jny_logins_put(l, thread, &s, words);
}


/* side->at becomes a table from every event to its person. */
static int
jny_logins_index(jny_logins_side_t *side, const jny_event_t *events,
    uint32_t n)
{
    uint32_t  i;

    if (jny_scan_room(&side->at, &side->at_cap, n, sizeof(*side->at))
        != JNY_OK)
    {
        return JNY_ENOMEM;
    }

    for (i = 0; i < n; i++) {
        side->at[i].ord = events[i].ord;
        side->at[i].login = side->persons[i];
    }

    side->nat = n;
    qsort(side->at, n, sizeof(*side->at), jny_login_compare);

    return JNY_OK;
}


/* A decision follows its event; that of an event that did not come, nobody. */
static int
jny_logins_decision(jny_logins_t *l, unsigned thread, const jny_strand_t *s,
    uint64_t ord)
{
    jny_strand_t  moved;

    moved = *s;
    moved.visitor = jny_logins_named(&l->sides[thread], ord);

    return moved.visitor == 0 ? JNY_OK
                              : jny_logins_put(l, thread, &moved,
                                               (const uint64_t *) (s + 1));
}


int
jny_logins_send(jny_logins_t *l, unsigned thread,
    const jny_strand_ref_t *refs, uint64_t n, const jny_event_t *events,
    uint32_t nevents)
{
    int                 rc;
    uint32_t            i;
    uint64_t            k;
    jny_decision_t      d;
    jny_logins_side_t  *side;

    side = &l->sides[thread];

    rc = jny_logins_find(side, refs, n);

    if (rc == JNY_OK) {
        rc = jny_logins_assign(side, events, nevents);
    }

    for (i = 0; rc == JNY_OK && i < nevents; i++) {
        rc = jny_logins_event(l, thread, &events[i], side->persons[i]);
    }

    if (rc == JNY_OK) {
        rc = jny_logins_index(side, events, nevents);
    }

    for (k = 0; rc == JNY_OK && k < n; k++) {
        if (jny_decision_of(refs[k].strand, &d)) {
            rc = jny_logins_decision(l, thread, refs[k].strand, d.ord);
        }
    }

    side->joined++;

    return rc;
}


uint64_t
jny_logins_joined(const jny_logins_t *l)
{
    unsigned  i;
    uint64_t  n;

    n = 0;

    for (i = 0; i < l->nsides; i++) {
        n += l->sides[i].joined;
    }

    return n;
}
