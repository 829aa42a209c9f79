/*
 * logins.h - visitors to persons (docs/SEMANTICS.md, "Logins").
 *
 *     scan: strands name the login of their rows
 *     journeys, first round: a visitor whose strands name one is taken apart:
 *         each event goes on, as a strand, to the person it belongs to
 *     journeys, second round: persons, like visitors
 *
 * A visitor's events before the first login belong to that login's person;
 * later ones to the person of the latest login so far.
 */

#ifndef JNY_LOGINS_H
#define JNY_LOGINS_H

#include "engine/orders.h"
#include "engine/sort.h"


/* What is known of an event: its login, or its person. */
typedef struct {
    uint64_t  ord;
    uint64_t  login;
} jny_login_at_t;

/* One thread's. */
typedef struct {
    jny_login_at_t    *at;           /* by ord */
    size_t             nat;
    size_t             at_cap;
    uint64_t          *persons;      /* of the visitor's events */
    size_t             persons_cap;
    jny_kind_cache_t   kinds;
    uint64_t           joined;       /* visitors that were taken apart */
} jny_logins_side_t;

typedef struct {
    jny_streams_t      *persons;     /* strands by person */
    jny_kinds_t        *kinds;
    jny_strand_key_t    key;
    jny_logins_side_t  *sides;
    unsigned            nsides;
} jny_logins_t;


/* The id of a login's person; never 0. */
static inline uint64_t
jny_login_person(uint64_t login)
{
    uint64_t  person;

    person = jny_visitor_hash(login ^ UINT64_C(0x6a6f75726e657921));

    return person + (person == 0);
}

/*
 * Persons' strands take 1 << bits streams.  kinds and key are those of the
 * visitors' strands.  JNY_OK, JNY_ENOMEM; released in any case.
 */
int jny_logins_init(jny_logins_t *l, unsigned bits, unsigned nthreads,
    jny_budget_t *budget, jny_kinds_t *kinds, const jny_strand_key_t *key);
void jny_logins_release(jny_logins_t *l);

/*
 * Sends on a visitor's n strands, one of which names a login; events are
 * theirs, in order.  JNY_OK, JNY_ENOMEM, JNY_EIO (the budget's diag).
 */
int jny_logins_send(jny_logins_t *l, unsigned thread,
    const jny_strand_ref_t *refs, uint64_t n, const jny_event_t *events,
    uint32_t nevents);

/* Visitors that were taken apart, in all threads. */
uint64_t jny_logins_joined(const jny_logins_t *l);


#endif /* JNY_LOGINS_H */
