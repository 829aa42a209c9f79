/*
 * test_paths.c - analysis/paths.c on hand-made journeys; random ones are left
 * to tests/oracle.
 */

#include <stdarg.h>
#include <stddef.h>
#include <setjmp.h>
#include <stdint.h>
#include <cmocka.h>

#include <string.h>

#include "analysis/paths.h"
#include "engine/names.h"


#define MAX_EVENTS  64

static jny_event_t   events[MAX_EVENTS];
static jny_detail_t  details[MAX_EVENTS];
static jny_names_t  *names;
static jny_facts_t   facts;


/* Touchpoints "a" to "z", met in an order that is not theirs. */
static int
setup(void **state)
{
    char                 letters[26];
    uint32_t             ids[27];
    unsigned             i;
    jny_dict_t           dict;
    jny_slice_t          entries[27] = { { (const uint8_t *) "", 0 } };
    jny_names_scratch_t  scratch = { 0 };

    for (i = 0; i < 26; i++) {
        letters[i] = (char) ('z' - i);
        entries[i + 1].data = (const uint8_t *) &letters[i];
        entries[i + 1].len = 1;
    }

    dict.entries = entries;
    dict.n = 27;

    names = jny_names_new();

    if (names == NULL
        || jny_names_dict(names, JNY_NAME_TOUCHPOINT, &dict, &scratch, ids)
               != JNY_OK
        || jny_names_finish(names) != JNY_OK)
    {
        return -1;
    }

    jny_names_scratch_release(&scratch);
    facts.names = names;

    return 0;
}


static int
teardown(void **state)
{
    jny_names_free(names);

    return 0;
}


static uint32_t
id_of(char letter)
{
    uint32_t     i;
    jny_slice_t  s;

    for (i = 1; i < jny_names_count(names, JNY_NAME_TOUCHPOINT); i++) {
        s = jny_names_get(names, JNY_NAME_TOUCHPOINT, i);

        if (s.data[0] == (uint8_t) letter) {
            return i;
        }
    }

    fail();

    return 0;
}


/*
 * "ab|c": a session of a, b and one of c.  "-" is an event without a
 * touchpoint, "$" makes the one before it a sale of 5, "!" hides it, "1" and
 * "2" make it match those selectors.
 */
static void
add(void *acc, uint64_t visitor, const char *stream)
{
    uint32_t       n = 0;
    jny_journey_t  j = { visitor, events, 0, 1 };

    memset(events, 0, sizeof(events));
    memset(details, 0, sizeof(details));
    events[0].flags = JNY_EVENT_SESSION;

    for (/* void */; *stream != '\0'; stream++) {
        switch (*stream) {

        case '|':
            events[n].flags |= JNY_EVENT_SESSION;
            continue;

        case '$':
            events[n - 1].flags |= JNY_EVENT_SALE | JNY_EVENT_GOAL;
            details[n - 1].value_e4 = 5;
            continue;

        case '!':
            events[n - 1].flags &= (uint16_t) ~JNY_EVENT_WHERE;
            continue;

        case '1':
        case '2':
            events[n - 1].match |= (uint32_t) (*stream - '0');
            continue;

        default:
            details[n].touchpoint = (*stream == '-') ? 0 : id_of(*stream);
            events[n].flags |= JNY_EVENT_WHERE;
            events[n].detail = &details[n];
            events[n].time_ms = 1000 * (int64_t) n;
            n++;
        }
    }

    j.nevents = n;
    assert_int_equal(jny_paths_analysis.add(acc, &j), JNY_OK);
}


/* A fresh accumulator with these journeys in it; NULL ends the list. */
static void *
over(const jny_paths_conf_t *conf, const char *const *streams)
{
    void      *acc;
    unsigned   i;

    acc = jny_paths_analysis.init(conf, &facts);
    assert_non_null(acc);

    for (i = 0; streams[i] != NULL; i++) {
        add(acc, i + 1, streams[i]);
    }

    return acc;
}


static void
path_is(const jny_paths_t *p, unsigned i, const char *wanted, unsigned count,
    unsigned visitors, unsigned converted)
{
    unsigned           k;
    const jny_path_t  *path = &p->paths[i];

    assert_true(i < p->npaths);
    assert_int_equal(path->len, strlen(wanted));

    for (k = 0; k < path->len; k++) {
        assert_int_equal(p->names[path->names[k]].data[0], wanted[k]);
    }

    assert_int_equal(path->sums->count, count);
    assert_int_equal(path->sums->visitors, visitors);
    assert_int_equal(path->sums->converted, converted);
}


/* "^", "." and "~": the path begins, ends, goes on. */
static void
place_is(const jny_paths_t *p, uint32_t place, char wanted)
{
    switch (wanted) {

    case '^':
        assert_int_equal(place, JNY_PATHS_START);
        break;

    case '.':
        assert_int_equal(place, JNY_PATHS_END);
        break;

    case '~':
        assert_int_equal(place, JNY_PATHS_MORE);
        break;

    default:
        assert_true(place < p->nnames);
        assert_int_equal(p->names[place].data[0], wanted);
    }
}


static void
edge_is(const jny_paths_t *p, unsigned i, int step, char from, char to,
    unsigned count, unsigned visitors)
{
    const jny_path_edge_t  *e = &p->edges[i];

    assert_true(i < p->nedges);
    assert_int_equal(e->step, step);
    place_is(p, e->from, from);
    place_is(p, e->to, to);

    assert_int_equal(e->count, count);
    assert_int_equal(e->visitors, visitors);
}


static const char *const  streams[] = {
    "ab$|ab|aab", "ab", "c-c|b$-", "c!ba", "-", "a|b!|c", NULL
};


static void
test_sessions(void **state)
{
    void              *acc;
    jny_paths_t       *p;
    jny_paths_conf_t   conf = { 0 };

    acc = over(&conf, streams);
    assert_int_equal(jny_paths_finish(acc, &p), JNY_OK);

    assert_int_equal(p->distinct, 5);
    assert_int_equal(p->npaths, 5);
    path_is(p, 0, "ab", 4, 2, 1);
    path_is(p, 1, "c", 2, 2, 0);
    path_is(p, 2, "a", 1, 1, 0);
    path_is(p, 3, "b", 1, 1, 1);
    path_is(p, 4, "ba", 1, 1, 0);
    assert_int_equal(jny_purse_value_e4(&p->paths[0].sums->value, 0), 5);
    assert_int_equal(p->all.count, 9);
    assert_int_equal(p->all.visitors, 5);
    assert_int_equal(p->all.converted, 2);
    assert_int_equal(jny_purse_value_e4(&p->all.value, 0), 10);
    assert_int_equal(p->nameless, 3);

    assert_int_equal(p->nedges, 7);
    edge_is(p, 0, 1, 'a', 'b', 4, 2);
    edge_is(p, 1, 1, 'c', '.', 2, 2);
    edge_is(p, 2, 1, 'a', '.', 1, 1);
    edge_is(p, 3, 1, 'b', 'a', 1, 1);
    edge_is(p, 4, 1, 'b', '.', 1, 1);
    edge_is(p, 5, 2, 'b', '.', 4, 2);
    edge_is(p, 6, 2, 'a', '.', 1, 1);

    jny_paths_free(p);
    jny_paths_analysis.free(acc);
}


static void
test_whole_journeys(void **state)
{
    void              *acc;
    jny_paths_t       *p;
    jny_paths_conf_t   conf = { .whole_journey = 1, .keep_repeats = 1 };

    acc = over(&conf, streams);
    assert_int_equal(jny_paths_finish(acc, &p), JNY_OK);

    path_is(p, 0, "ab", 1, 1, 0);
    path_is(p, 1, "ababaab", 1, 1, 1);
    path_is(p, 2, "ac", 1, 1, 0);
    path_is(p, 3, "ba", 1, 1, 0);
    path_is(p, 4, "ccb", 1, 1, 1);
    assert_int_equal(p->npaths, 5);

    jny_paths_free(p);
    jny_paths_analysis.free(acc);
}


static void
test_top(void **state)
{
    void              *acc;
    jny_paths_t       *p;
    jny_paths_conf_t   conf = { .top = 1 };

    acc = over(&conf, streams);
    assert_int_equal(jny_paths_finish(acc, &p), JNY_OK);

    assert_int_equal(p->npaths, 1);
    assert_int_equal(p->distinct, 5);
    assert_int_equal(p->other.count, 5);
    assert_int_equal(p->other.converted, 1);
    assert_int_equal(jny_purse_value_e4(&p->other.value, 0), 5);

    assert_int_equal(p->nedges, 4);
    edge_is(p, 0, 1, 'a', 'b', 4, 2);
    assert_int_equal(p->edges[1].from, JNY_PATHS_OTHER);
    assert_int_equal(p->edges[1].count, 5);
    edge_is(p, 2, 2, 'b', '.', 4, 2);
    assert_int_equal(p->edges[3].count, 1);

    jny_paths_free(p);
    jny_paths_analysis.free(acc);
}


static void
test_longer(void **state)
{
    char               thirty_two[] = "abcdefghijklmnopqrstuvwxyzabcdef";
    char               thirty_three[] = "abcdefghijklmnopqrstuvwxyzabcdefg";
    void              *acc;
    jny_paths_t       *p;
    jny_paths_conf_t   conf = { 0 };
    const char        *both[] = { thirty_two, thirty_three, NULL };

    acc = over(&conf, both);
    assert_int_equal(jny_paths_finish(acc, &p), JNY_OK);

    assert_int_equal(p->longer, 1);
    assert_int_equal(p->npaths, 2);
    path_is(p, 0, thirty_two, 1, 1, 0);
    path_is(p, 1, thirty_two, 1, 1, 0);
    assert_int_equal(p->paths[0].more, 0);
    assert_int_equal(p->paths[1].more, 1);

    assert_int_equal(p->nedges, 33);
    assert_int_equal(p->edges[31].to, JNY_PATHS_MORE);
    assert_int_equal(p->edges[32].to, JNY_PATHS_END);
    assert_int_equal(p->edges[30].count, 2);

    jny_paths_free(p);
    jny_paths_analysis.free(acc);
}


/* "a" is both, the sale of "c" belongs to what lies before it. */
static const char *const  anchored[] = {
    "xa1y$b2c", "a12z|b2a1|a1b2b2c$-$", "q|a1ya1b2b2", NULL
};


static void
test_starting(void **state)
{
    void              *acc;
    jny_paths_t       *p;
    jny_paths_conf_t   conf = { .starting = 1 };

    acc = over(&conf, anchored);
    assert_int_equal(jny_paths_finish(acc, &p), JNY_OK);

    assert_int_equal(p->npaths, 5);
    path_is(p, 0, "a", 1, 1, 0);
    path_is(p, 1, "abc", 1, 1, 1);
    path_is(p, 2, "ayab", 1, 1, 0);
    path_is(p, 3, "aybc", 1, 1, 1);
    path_is(p, 4, "az", 1, 1, 0);
    assert_int_equal(p->left_out, 1);
    edge_is(p, 0, 1, 'a', 'y', 2, 2);
    edge_is(p, 1, 1, 'a', 'b', 1, 1);
    edge_is(p, 2, 1, 'a', 'z', 1, 1);
    edge_is(p, 3, 1, 'a', '.', 1, 1);

    jny_paths_free(p);
    jny_paths_analysis.free(acc);
}


static void
test_ending(void **state)
{
    void              *acc;
    jny_paths_t       *p;
    jny_paths_conf_t   conf = { .ending = 2 };

    acc = over(&conf, anchored);
    assert_int_equal(jny_paths_finish(acc, &p), JNY_OK);

    assert_int_equal(p->npaths, 5);
    path_is(p, 0, "a", 1, 1, 0);
    path_is(p, 1, "ab", 1, 1, 0);
    path_is(p, 2, "ayab", 1, 1, 0);
    path_is(p, 3, "b", 1, 1, 0);
    path_is(p, 4, "xayb", 1, 1, 1);
    assert_int_equal(p->left_out, 1);
    assert_int_equal(p->nedges, 11);
    edge_is(p, 0, -4, '^', 'a', 1, 1);
    edge_is(p, 1, -4, '^', 'x', 1, 1);
    edge_is(p, 7, -1, 'a', 'b', 2, 2);
    edge_is(p, 8, -1, 'y', 'b', 1, 1);
    edge_is(p, 9, -1, '^', 'a', 1, 1);
    edge_is(p, 10, -1, '^', 'b', 1, 1);

    jny_paths_free(p);
    jny_paths_analysis.free(acc);
}


/* From the first to the last; what matches both may be both. */
static void
test_between(void **state)
{
    void              *acc;
    jny_paths_t       *p;
    jny_paths_conf_t   conf = { .starting = 1, .ending = 2 };

    acc = over(&conf, anchored);
    assert_int_equal(jny_paths_finish(acc, &p), JNY_OK);

    assert_int_equal(p->npaths, 4);
    path_is(p, 0, "a", 1, 1, 0);
    path_is(p, 1, "ab", 1, 1, 0);
    path_is(p, 2, "ayab", 1, 1, 0);
    path_is(p, 3, "ayb", 1, 1, 1);
    assert_int_equal(p->left_out, 2);
    assert_int_equal(p->nedges, 5);
    edge_is(p, 0, 1, 'a', 'y', 2, 2);
    edge_is(p, 4, 3, 'a', 'b', 1, 1);

    jny_paths_free(p);
    jny_paths_analysis.free(acc);
}


/* Which of its touchpoints is the one around is part of a path. */
static void
test_around(void **state)
{
    void              *acc;
    jny_paths_t       *p;
    jny_paths_conf_t   conf = { .around = 1, .before = 1, .after = 1 };
    const char        *both[] = { "a1b", "ab1", "cca1b", "dfa1b$c", NULL };

    acc = over(&conf, both);
    assert_int_equal(jny_paths_finish(acc, &p), JNY_OK);

    assert_int_equal(p->npaths, 4);
    path_is(p, 0, "ab", 1, 1, 0);
    assert_int_equal(p->paths[0].anchor, 0);
    path_is(p, 1, "ab", 1, 1, 0);
    assert_int_equal(p->paths[1].anchor, 1);
    path_is(p, 2, "cab", 1, 1, 0);
    path_is(p, 3, "fab", 1, 1, 1);

    edge_is(p, 0, -1, 'a', 'b', 1, 1);
    edge_is(p, 1, -1, 'c', 'a', 1, 1);
    edge_is(p, 2, -1, 'f', 'a', 1, 1);
    edge_is(p, 3, -1, '^', 'a', 1, 1);
    edge_is(p, 4, 1, 'a', 'b', 3, 3);
    edge_is(p, 5, 1, 'b', '.', 1, 1);
    assert_int_equal(p->nedges, 6);

    jny_paths_free(p);
    jny_paths_analysis.free(acc);
}


/*
 * One event a second.  "a" is returned to over 2 events, then over 1; its two
 * in a row are one visit.  The path of "d" never comes back to "a".
 */
static void
test_loops(void **state)
{
    void              *acc;
    jny_paths_t       *p;
    jny_paths_conf_t   conf = { 0 };
    const char        *in[] = { "a-baab$a", "ad$|$ca", "aba|c", "a$ba", NULL };

    acc = over(&conf, in);
    assert_int_equal(jny_paths_finish(acc, &p), JNY_OK);

    assert_int_equal(p->returns.count, 5);
    assert_int_equal(p->returns.paths, 3);
    assert_int_equal(p->returns.visitors, 3);
    assert_int_equal(p->returns.converted, 2);

    assert_int_equal(p->nloops, 2);
    assert_int_equal(p->names[p->loops[0].name].data[0], 'a');
    assert_int_equal(p->loops[0].count, 4);
    assert_int_equal(p->loops[0].visitors, 3);
    assert_int_equal(p->loops[0].events, 2 + 1 + 1 + 1);
    assert_int_equal(p->loops[0].paths, 3);
    assert_int_equal(p->loops[0].converted, 2);
    assert_int_equal(p->loops[0].paths_without, 2);
    assert_int_equal(p->loops[0].converted_without, 1);
    assert_int_equal(p->loops[0].p50_ms, 2000);
    assert_int_equal(p->loops[0].p90_ms, 3000);
    assert_int_equal(p->loops[0].mean_ms, 2250);

    assert_int_equal(p->names[p->loops[1].name].data[0], 'b');
    assert_int_equal(p->loops[1].count, 1);
    assert_int_equal(p->loops[1].events, 2);
    assert_int_equal(p->loops[1].converted, 1);
    assert_int_equal(p->loops[1].paths_without, 2);
    assert_int_equal(p->loops[1].converted_without, 0);

    jny_paths_free(p);
    jny_paths_analysis.free(acc);
}


/* Journeys dealt to n accumulators and merged give the same. */
static void
test_merge(void **state)
{
    void              *accs[6];
    unsigned           n, i;
    jny_paths_t       *p;
    jny_paths_conf_t   conf = { 0 };

    for (n = 2; n <= 6; n++) {
        for (i = 0; i < n; i++) {
            accs[i] = jny_paths_analysis.init(&conf, &facts);
            assert_non_null(accs[i]);
        }

        for (i = 0; i < 6; i++) {
            add(accs[i % n], i + 1, streams[i]);
        }

        for (i = 1; i < n; i++) {
            assert_int_equal(jny_paths_analysis.merge(accs[0], accs[i]),
                JNY_OK);
            jny_paths_analysis.free(accs[i]);
        }

        assert_int_equal(jny_paths_finish(accs[0], &p), JNY_OK);
        path_is(p, 0, "ab", 4, 2, 1);
        path_is(p, 1, "c", 2, 2, 0);
        path_is(p, 4, "ba", 1, 1, 0);
        edge_is(p, 0, 1, 'a', 'b', 4, 2);
        edge_is(p, 6, 2, 'a', '.', 1, 1);
        assert_int_equal(p->all.count, 9);
        assert_int_equal(p->all.visitors, 5);
        assert_int_equal(jny_purse_value_e4(&p->all.value, 0), 10);
        assert_int_equal(p->nameless, 3);
        assert_int_equal(p->returns.count, 0);
        jny_paths_free(p);
        jny_paths_analysis.free(accs[0]);
    }
}


static void
test_nothing(void **state)
{
    void              *acc;
    jny_paths_t       *p;
    jny_paths_conf_t   conf = { 0 };

    acc = jny_paths_analysis.init(&conf, &facts);
    assert_non_null(acc);
    assert_int_equal(jny_paths_finish(acc, &p), JNY_OK);
    assert_int_equal(p->npaths, 0);
    assert_int_equal(p->nedges, 0);
    jny_paths_free(p);
    jny_paths_analysis.free(acc);
}


int
main(void)
{
    const struct CMUnitTest  tests[] = {
        cmocka_unit_test(test_sessions),
        cmocka_unit_test(test_whole_journeys),
        cmocka_unit_test(test_top),
        cmocka_unit_test(test_longer),
        cmocka_unit_test(test_starting),
        cmocka_unit_test(test_ending),
        cmocka_unit_test(test_between),
        cmocka_unit_test(test_around),
        cmocka_unit_test(test_loops),
        cmocka_unit_test(test_merge),
        cmocka_unit_test(test_nothing),
    };

    return cmocka_run_group_tests(tests, setup, teardown);
}
