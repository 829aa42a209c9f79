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
#include "engine/strands.h"
#include "jnytest.h"


static void
add(jny_orders_t *orders, unsigned thread, unsigned block, unsigned index,
    uint32_t order, int64_t value_e4)
{
    jny_order_row_t  r;

    memset(&r, 0, sizeof(r));
    r.time_ms = 1000;
    r.ord = JNY_ORD(block, 10 + index);
    r.order = order;
    r.value_e4 = value_e4;
    r.selected = 1;

    assert_int_equal(jny_orders_add(orders, thread, &r), JNY_OK);
}


/*
 * Thread 1 was first to intern, but thread 0 had the earlier blocks: names
 * and sales follow the log, not the threads.
 */
static void
threads(void **state)
{
    uint32_t                ids[3];
    jny_names_t            *names;
    jny_orders_t            orders;
    jny_names_scratch_t     scratch;
    const jny_order_row_t  *r;

    (void) state;
    memset(&scratch, 0, sizeof(scratch));

    names = jny_names_new();
    jny_names_orders_begin(&scratch);
    jny_names_orders_key(&scratch, jnytest_text("h"), jnytest_text("late"));
    jny_names_orders_key(&scratch, jnytest_text("h"), jnytest_text("both"));
    jny_names_orders_key(&scratch, jnytest_text(""), jnytest_text("early"));
    assert_int_equal(jny_names_orders(names, &scratch, 3, ids), JNY_OK);

    assert_int_equal(jny_orders_init(&orders, 2, 4), JNY_OK);
    add(&orders, 1, 1, 0, ids[1], 20);
    add(&orders, 1, 3, 0, ids[0], 30);
    add(&orders, 0, 0, 0, ids[2], 40);
    add(&orders, 0, 0, 1, ids[1], 20);
    add(&orders, 0, 2, 0, ids[1], -5);
    add(&orders, 0, 2, 1, 0, INT64_MAX);
    add(&orders, 0, 2, 2, 0, INT64_MAX);
    add(&orders, 0, 2, 3, 0, -INT64_MAX);
    add(&orders, 0, 2, 4, 0, -INT64_MAX);

    assert_int_equal(jny_names_finish(names), JNY_OK);
    assert_int_equal(jny_orders_resolve(&orders, names), JNY_OK);
    assert_int_equal(jny_orders_sum(&orders, names), JNY_OK);

    assert_memory_equal(jny_names_get(names, JNY_NAME_ORDER, 1).data, "early",
        jny_names_get(names, JNY_NAME_ORDER, 1).len);
    assert_memory_equal(jny_names_get(names, JNY_NAME_ORDER, 2).data, "both",
        jny_names_get(names, JNY_NAME_ORDER, 2).len);
    assert_int_equal(jny_names_get(names, JNY_NAME_ORDER, 3).len, 4);

    r = jny_orders_find(&orders, JNY_ORD(0, 11));
    assert_int_equal(r->flags, JNY_EVENT_SALE);
    assert_int_equal(r->order, 2);
    r = jny_orders_find(&orders, JNY_ORD(1, 10));
    assert_int_equal(r->flags, JNY_EVENT_REPEAT);
    assert_int_equal(r->value_e4, 0);
    r = jny_orders_find(&orders, JNY_ORD(2, 10));
    assert_int_equal(r->flags, JNY_EVENT_REFUND);
    r = jny_orders_find(&orders, JNY_ORD(3, 10));
    assert_int_equal(r->order, 3);

    /* Sums stop at the ends instead of going round. */
    assert_int_equal(orders.nmoney, 1);
    assert_true(orders.money[0].gross_e4 == INT64_MAX);
    assert_true(orders.money[0].refunds_e4 == INT64_MAX);
    assert_true(orders.money[0].net_e4 == 0);

    jny_orders_release(&orders);
    jny_names_scratch_release(&scratch);
    jny_names_free(names);
}


int
main(void)
{
    const struct CMUnitTest  tests[] = {
        cmocka_unit_test(threads),
    };

    return cmocka_run_group_tests_name("engine_orders", tests, NULL, NULL);
}
