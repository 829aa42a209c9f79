/*
 * test_engine_orders.c - engine/orders.c where two threads share the log:
 * what a run of one thread cannot show.
 */

#include <stdarg.h>
#include <stddef.h>
#include <setjmp.h>
#include <stdint.h>
#include <cmocka.h>

#include <string.h>

#include "engine/orders.h"
#include "engine/sort.h"
#include "jnytest.h"


#define VISITOR  77

static jny_budget_t    budget;
static jny_streams_t  *strands;
static jny_names_t    *names;
static jny_progress_t  progress;
static jny_orders_t    orders;


static void
start(uint64_t most_words)
{
    jny_budget_init(&budget, INT64_MAX, "/tmp");
    strands = jny_streams_new(4, 2, &budget);
    names = jny_names_new();
    assert_non_null(strands);
    assert_int_equal(jny_orders_init(&orders, strands, &budget, most_words),
                     JNY_OK);
}


static void
stop(void)
{
    jny_orders_release(&orders);
    jny_names_free(names);
    jny_streams_free(strands);
    assert_true(budget.left == budget.total);
}


static int
open_orders(void **state)
{
    (void) state;
    start(UINT64_MAX);

    return 0;
}


/* Every order is too much for memory. */
static int
open_split(void **state)
{
    (void) state;
    start(1);

    return 0;
}


static int
close_orders(void **state)
{
    (void) state;
    stop();

    return 0;
}


static void
add(unsigned thread, unsigned block, unsigned row, const char *order,
    int64_t value_e4)
{
    jny_order_row_t  r;

    memset(&r, 0, sizeof(r));
    r.visitor = VISITOR;
    r.time_ms = 1000;
    r.ord = JNY_ORD(block, row);
    r.value_e4 = value_e4;

    if (order != NULL) {
        r.key = jny_order_key(jnytest_text("h"), jnytest_text(order));
    }

    assert_int_equal(jny_orders_add(&orders, thread, &r), JNY_OK);
}


/* What arrived at the visitor about the event at (block, row). */
static jny_decision_t
decided(unsigned block, unsigned row)
{
    unsigned              found;
    uint64_t              i, n;
    jny_sorter_t          sorter;
    jny_decision_t        d, one;

    jny_sorter_init(&sorter);
    assert_int_equal(jny_sorter_run(&sorter, strands,
                                    jny_strand_stream(strands, VISITOR),
                                    strands->bits, &n),
                     JNY_OK);
    memset(&d, 0, sizeof(d));
    found = 0;

    for (i = 0; i < n; i++) {
        assert_true(jny_decision_of(sorter.refs[i].strand, &one));

        if (one.ord == JNY_ORD(block, row)) {
            d = one;
            found++;
        }
    }

    assert_int_equal(found, 1);
    jny_sorter_release(&sorter);

    return d;
}


/* Thread 1 came first, but thread 0 had the earlier block. */
static void
threads(void **state)
{
    jny_decision_t  d;

    (void) state;
    add(1, 1, 10, "both", 20);
    add(1, 3, 10, "late", 30);
    add(0, 0, 10, "early", 40);
    add(0, 0, 11, "both", 20);
    add(0, 2, 10, "both", -5);
    add(0, 2, 11, "both", -50);
    add(0, 2, 12, "both", -1);
    assert_int_equal(jny_orders_resolve(&orders, &progress), JNY_OK);

    d = decided(0, 11);
    assert_int_equal(d.flags, JNY_EVENT_SALE);
    assert_int_equal(d.value_e4, 20);
    assert_int_equal(d.order, decided(1, 10).order);
    assert_int_not_equal(d.order, decided(0, 10).order);

    d = decided(1, 10);
    assert_int_equal(d.flags, JNY_EVENT_REPEAT);
    assert_int_equal(d.value_e4, 0);

    assert_int_equal(decided(2, 10).flags, JNY_EVENT_REFUND);
    assert_int_equal(decided(2, 10).value_e4, -5);
    assert_int_equal(decided(2, 11).value_e4, -15);
    assert_int_equal(decided(2, 12).flags, JNY_EVENT_REPEAT);
    assert_int_equal(decided(3, 10).flags, JNY_EVENT_SALE);
}


/* Sums stop at the ends instead of going round. */
static void
sums(void **state)
{
    unsigned        thread;
    jny_decision_t  d;

    (void) state;
    memset(&d, 0, sizeof(d));

    for (thread = 0; thread < 2; thread++) {
        d.flags = JNY_EVENT_SALE;
        d.value_e4 = INT64_MAX;
        assert_int_equal(jny_orders_count(&orders, thread, &d, 1), JNY_OK);
        d.flags = JNY_EVENT_REFUND;
        d.value_e4 = -INT64_MAX;
        assert_int_equal(jny_orders_count(&orders, thread, &d, 0), JNY_OK);
    }

    assert_int_equal(jny_names_finish(names), JNY_OK);
    assert_int_equal(jny_orders_sum(&orders, names), JNY_OK);
    assert_int_equal(orders.nmoney, 1);
    assert_true(orders.money[0].gross_e4 == INT64_MAX);
    assert_true(orders.money[0].refunds_e4 == INT64_MAX);
    assert_true(orders.money[0].outside_e4 == INT64_MAX);
    assert_true(orders.money[0].net_e4 == 0);
    assert_int_equal(orders.money[0].orders_without_id, 2);
    assert_int_equal(orders.money[0].outside_journeys, 2);
}


/* "ab" of host "c" is not "b" of host "ca"; no order has no id. */
static void
keys(void **state)
{
    jny_order_key_t  a, b, none = { 0, 0 };

    (void) state;
    a = jny_order_key(jnytest_text("c"), jnytest_text("ab"));
    b = jny_order_key(jnytest_text("ca"), jnytest_text("b"));
    assert_true(a.high != b.high && a.low != b.low);
    assert_int_not_equal(jny_order_id(a), jny_order_id(b));
    assert_int_equal(jny_order_id(none), 0);
    none.high = 1;
    assert_int_not_equal(jny_order_id(none), 0);
}


static uint64_t
draw(uint64_t *seed, uint64_t n)
{
    *seed = *seed * 6364136223846793005u + 1442695040888963407u;

    return (*seed >> 33) % n;
}


/* Reloads and refunds of a few orders, in no order; three currencies. */
static void
add_some(uint64_t seed, unsigned n)
{
    char             name[2] = { 'a', '\0' };
    unsigned         i, norders;
    jny_order_row_t  r;

    norders = 1 + (unsigned) draw(&seed, 4);

    for (i = 0; i < n; i++) {
        memset(&r, 0, sizeof(r));
        name[0] = (char) ('a' + draw(&seed, norders));
        r.key = jny_order_key(jnytest_text("h"), jnytest_text(name));
        r.visitor = VISITOR;
        r.time_ms = (int64_t) draw(&seed, 50);
        r.ord = JNY_ORD(0, i);
        r.currency = (uint32_t) draw(&seed, 3);
        r.value_e4 = draw(&seed, 4) == 0 ? (int64_t) draw(&seed, 100)
                                         : -(int64_t) draw(&seed, 12);

        if (draw(&seed, 40) == 0) {
            r.value_e4 = draw(&seed, 2) == 0 ? INT64_MAX : -INT64_MAX;
        }

        assert_int_equal(jny_orders_add(&orders, i % 2, &r), JNY_OK);
    }

    assert_int_equal(jny_orders_resolve(&orders, &progress), JNY_OK);
}


/* In memory or in three readings: the same is decided. */
static void
split(void **state)
{
    uint64_t        seed;
    unsigned        i, n;
    jny_decision_t  whole[200], d;

    (void) state;

    for (seed = 0; seed < 60; seed++) {
        n = 1 + (unsigned) (seed * 37 % 200);
        start(UINT64_MAX);
        add_some(seed, n);

        for (i = 0; i < n; i++) {
            whole[i] = decided(0, i);
        }

        stop();
        start(1);
        add_some(seed, n);

        for (i = 0; i < n; i++) {
            d = decided(0, i);
            assert_int_equal(d.flags, whole[i].flags);
            assert_int_equal(d.value_e4, whole[i].value_e4);
            assert_int_equal(d.currency, whole[i].currency);
        }

        stop();
    }
}


int
main(void)
{
    const struct CMUnitTest  tests[] = {
        cmocka_unit_test_setup_teardown(threads, open_orders, close_orders),
        cmocka_unit_test_setup_teardown(threads, open_split, close_orders),
        cmocka_unit_test_setup_teardown(sums, open_orders, close_orders),
        cmocka_unit_test(keys),
        cmocka_unit_test(split),
    };

    return cmocka_run_group_tests_name("engine_orders", tests, NULL, NULL);
}
