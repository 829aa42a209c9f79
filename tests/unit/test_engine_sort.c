/*
 * test_engine_sort.c - engine/strands.c, streams.c, spill.c and sort.c against
 * qsort().
 */

#include <stdarg.h>
#include <stddef.h>
#include <setjmp.h>
#include <stdint.h>
#include <cmocka.h>

#include <stdlib.h>
#include <string.h>

#include "engine/sort.h"


#define BLOCKS  64

typedef struct {
    uint64_t  visitor;
    int64_t   time_ms;
    uint64_t  ord;
} sort_key_t;

typedef struct {
    unsigned  n;
    unsigned  visitors;
    unsigned  threads;
    unsigned  wide;
    unsigned  spilled;     /* a budget of nothing */
    unsigned  sorted;      /* strands come in order of their hash */
    int64_t   far_ms;      /* between events: entries that do not fit a word */
    unsigned  bits;        /* of the hash, used up before; 0: the streams' */
} sort_case_t;

typedef struct {
    const sort_case_t  *c;
    jny_streams_t      *streams;
    jny_kinds_t        *kinds;
    jny_kind_cache_t    cache;
    int64_t             base_ms[BLOCKS];
    sort_key_t         *want;
    sort_key_t         *got;
    unsigned            ngot;
} sort_run_t;


static int
key_order(const void *x, const void *y)
{
    const sort_key_t  *a = x, *b = y;

    if (a->visitor != b->visitor) {
        return a->visitor < b->visitor ? -1 : 1;
    }

    if (a->time_ms != b->time_ms) {
        return a->time_ms < b->time_ms ? -1 : 1;
    }

    return a->ord < b->ord ? -1 : a->ord > b->ord;
}


static int
hash_order(const void *x, const void *y)
{
    uint64_t  a, b;

    a = jny_visitor_hash(((const sort_key_t *) x)->visitor);
    b = jny_visitor_hash(((const sort_key_t *) y)->visitor);

    return a != b ? (a < b ? -1 : 1) : key_order(x, y);
}


/* What an event says of itself: it shows whether entry and detail are its. */
static uint64_t
word_of(const sort_key_t *e)
{
    return jny_kind_word((uint8_t) (e->ord % 60), (uint16_t) (e->ord % 7),
                         (uint32_t) (e->visitor & 3));
}


/* The first m of the events, all of one visitor and block, as a strand. */
static void
put(sort_run_t *run, const sort_key_t *e, unsigned m)
{
    unsigned      i, thread;
    uint16_t      kind;
    uint32_t      block;
    uint64_t     *at, *p, stream, delta_ms;
    jny_strand_t  s;
    jny_detail_t  d;

    block = (uint32_t) (e->ord >> 16);
    thread = block % run->c->threads;
    stream = jny_strand_stream(run->streams, e->visitor);
    at = jny_streams_room(run->streams, thread, stream,
                          JNY_STRAND_HEAD + m * (JNY_STRAND_ENTRY
                                                 + JNY_STRAND_DETAIL));
    assert_non_null(at);
    p = at + JNY_STRAND_HEAD;

    for (i = 0; i < m; i++) {
        kind = jny_kinds_id(run->kinds, &run->cache, word_of(&e[i]));
        delta_ms = (uint64_t) (e[i].time_ms - run->base_ms[block]);

        if (delta_ms > UINT32_MAX) {
            kind = JNY_KIND_NONE;
            delta_ms = 0;
        }

        *p++ = delta_ms | (e[i].ord & 0xffff) << 32 | (uint64_t) kind << 48;

        if (kind == JNY_KIND_NONE) {
            *p++ = (uint64_t) e[i].time_ms;
            *p++ = word_of(&e[i]);
        }
    }

    for (i = 0; i < m && run->c->wide; i++, p += JNY_STRAND_DETAIL) {
        memset(&d, 0, sizeof(d));
        d.value_e4 = (int64_t) e[i].ord;
        memcpy(p, &d, sizeof(d));
    }

    memset(&s, 0, sizeof(s));
    s.visitor = e->visitor;
    s.block = block;
    s.kept = (uint16_t) m;
    s.words = (uint16_t) (p - at);
    memcpy(at, &s, sizeof(s));
    run->streams->sides[thread].next[stream] = p;
}


static void
fill(sort_run_t *run)
{
    unsigned     i, m, n;
    sort_key_t  *e;

    n = run->c->n;
    e = run->want;

    for (i = 0; i < n; i++) {
        e[i].visitor = 1
                       + (uint64_t) rand() % run->c->visitors * 77777777777u;
        e[i].time_ms = (rand() % 1000 - 500) * run->c->far_ms;
        e[i].ord = (uint64_t) i * BLOCKS / n << 16 | (i & 0xffff);
    }

    /* Bursts of a visitor, as logs have them. */

    for (i = 1; i < n; i++) {
        if (rand() % 3 > 0) {
            e[i].visitor = e[i - 1].visitor;
        }
    }

    for (i = 0; i < BLOCKS; i++) {
        run->base_ms[i] = -500 * run->c->far_ms;
    }

    if (run->c->sorted) {
        qsort(e, n, sizeof(*e), hash_order);
    }

    for (i = 0; i < n; i += m) {
        for (m = 1; i + m < n && m < 20
             && e[i + m].visitor == e[i].visitor
             && e[i + m].ord >> 16 == e[i].ord >> 16;
             m++)
        {
            /* the same visitor and block */
        }

        put(run, e + i, m);
    }
}


/* The events of a visitor's strands, in order. */
static void
take(sort_run_t *run, jny_sorter_t *sorter, const jny_strand_ref_t *refs,
    uint64_t nrefs)
{
    uint32_t          i, k;
    sort_key_t       *got;
    jny_event_t      *e;
    jny_strand_key_t  key = { run->base_ms, jny_kinds_words(run->kinds),
                              run->c->wide };

    assert_int_equal(jny_sorter_events(sorter, refs, nrefs, &key, &e, &k),
                     JNY_OK);

    for (i = 0; i < k; i++) {
        assert_true(run->ngot < run->c->n);
        got = &run->got[run->ngot++];
        got->visitor = e[i].visitor;
        got->time_ms = e[i].time_ms;
        got->ord = e[i].ord;
        assert_true(jny_kind_word(e[i].stage, e[i].flags, e[i].match)
                    == word_of(got));

        if (run->c->wide) {
            assert_true(e[i].detail->value_e4 == (int64_t) e[i].ord);
        } else {
            assert_null(e[i].detail);
        }

        if (i > 0) {
            assert_true(key_order(got - 1, got) < 0);
        }
    }
}


static void
drain(sort_run_t *run)
{
    uint64_t      part, i, k, n;
    jny_sorter_t  sorter;

    jny_sorter_init(&sorter);

    for (part = 0; part < jny_streams_count(run->streams); part++) {
        assert_int_equal(jny_sorter_run(&sorter, run->streams, part,
                                        run->c->bits != 0
                                            ? run->c->bits
                                            : run->streams->bits,
                                        &n),
                         JNY_OK);

        for (i = 0; i < n; i = k) {
            for (k = i + 1;
                 k < n && sorter.refs[k].hash == sorter.refs[i].hash; k++)
            {
                /* the visitor's strands stand side by side */
            }

            assert_int_equal(sorter.refs[i].hash
                                 >> (64 - run->streams->bits),
                             part);
            take(run, &sorter, sorter.refs + i, k - i);
        }
    }

    jny_sorter_release(&sorter);
}


/* Everything put comes back once, whole visitors in one place each. */
static void
check(sort_case_t c)
{
    unsigned      i, torn, visitors;
    sort_run_t    run;
    jny_budget_t  budget;

    memset(&run, 0, sizeof(run));
    run.c = &c;
    run.want = calloc(c.n + 1, sizeof(*run.want));
    run.got = calloc(c.n + 1, sizeof(*run.got));
    run.kinds = jny_kinds_new();
    jny_budget_init(&budget, c.spilled ? 0 : INT64_MAX, "/tmp");
    run.streams = jny_streams_new(c.n > 10000 ? 6 : 4, c.threads, &budget);
    assert_non_null(run.streams);

    fill(&run);
    drain(&run);
    assert_int_equal(run.ngot, c.n);

    for (i = 0, torn = 0; i < c.threads; i++) {
        torn += run.streams->sides[i].spill != NULL;
    }

    assert_int_equal(torn > 0, c.spilled);

    /* A visitor that came twice would be counted twice. */

    for (i = 1, torn = 1; i < c.n; i++) {
        torn += run.got[i].visitor != run.got[i - 1].visitor;
    }

    qsort(run.want, c.n, sizeof(*run.want), key_order);
    qsort(run.got, c.n, sizeof(*run.got), key_order);
    assert_memory_equal(run.want, run.got, c.n * sizeof(*run.want));

    for (i = 1, visitors = 1; i < c.n; i++) {
        visitors += run.want[i].visitor != run.want[i - 1].visitor;
    }

    assert_int_equal(torn, visitors);

    jny_streams_free(run.streams);
    assert_true(budget.left == budget.total);
    jny_kinds_free(run.kinds);
    free(run.want);
    free(run.got);
}


static void
sizes(void **state)
{
    unsigned  n;

    (void) state;
    srand(1);

    for (n = 1; n < 600; n += 13) {
        check((sort_case_t) { n, 1 + n / 5, 1 + n % 3, n % 2, 0, n % 5 == 0,
                              1, 0 });
    }
}


/* Many chunks. */
static void
large(void **state)
{
    (void) state;
    srand(2);
    check((sort_case_t) { 300000, 40000, 2, 0, 0, 0, 1, 0 });
    check((sort_case_t) { 200000, 40000, 3, 1, 0, 0, 1, 0 });
    check((sort_case_t) { 300000, 40000, 1, 0, 0, 1, 1, 0 });
}


/* Times 50 days and more from the block's first. */
static void
far(void **state)
{
    (void) state;
    srand(4);
    check((sort_case_t) { 5000, 300, 2, 0, 0, 0, 1000000000, 0 });
    check((sort_case_t) { 5000, 300, 2, 1, 0, 1, 1000000000, 0 });
}


/* What a budget of nothing does not hold is in a file, and comes back. */
static void
spilled(void **state)
{
    (void) state;
    srand(5);
    check((sort_case_t) { 600000, 40000, 2, 0, 1, 0, 1, 0 });
    check((sort_case_t) { 300000, 40000, 2, 1, 1, 0, 1, 0 });
}


/* One visitor's events are merged, not inserted. */
static void
busy(void **state)
{
    (void) state;
    srand(3);
    check((sort_case_t) { 33, 1, 1, 0, 0, 0, 1, 0 });
    check((sort_case_t) { 64, 1, 2, 1, 0, 0, 1, 0 });
    check((sort_case_t) { 65, 1, 2, 1, 0, 0, 1, 0 });
    check((sort_case_t) { 20000, 1, 2, 1, 0, 0, 1, 0 });
    check((sort_case_t) { 20001, 3, 2, 0, 0, 0, 1, 0 });
}


/* A partition that was split until no bit of the hash was left, or nearly. */
static void
split(void **state)
{
    unsigned  bits;

    (void) state;
    srand(6);

    for (bits = 58; bits < 72; bits++) {
        check((sort_case_t) { 20, 1, 2, 0, 0, 0, 1, bits });
        check((sort_case_t) { 20000, 1, 2, 1, 0, 0, 1, bits });
    }
}


/* More kinds than 16 bits number. */
static void
kinds(void **state)
{
    uint32_t           i, none;
    jny_kinds_t       *k;
    jny_kind_cache_t   cache;

    (void) state;
    memset(&cache, 0, sizeof(cache));
    k = jny_kinds_new();
    none = 0;

    for (i = 0; i < 70000; i++) {
        none += jny_kinds_id(k, &cache, (uint64_t) i << 24) == JNY_KIND_NONE;
    }

    assert_int_equal(none, 70000 - JNY_KIND_NONE + 1);

    for (i = 0; i < JNY_KIND_NONE - 1; i++) {
        assert_int_equal(jny_kinds_id(k, &cache, (uint64_t) i << 24), i);
        assert_true(jny_kinds_words(k)[i] == (uint64_t) i << 24);
    }

    jny_kinds_free(k);
}


int
main(void)
{
    const struct CMUnitTest  tests[] = {
        cmocka_unit_test(sizes),
        cmocka_unit_test(large),
        cmocka_unit_test(far),
        cmocka_unit_test(spilled),
        cmocka_unit_test(busy),
        cmocka_unit_test(split),
        cmocka_unit_test(kinds),
    };

    return cmocka_run_group_tests_name("engine_sort", tests, NULL, NULL);
}
