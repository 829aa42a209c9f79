/*
 * test_engine_sort.c - engine/partition.c and engine/sort.c against qsort().
 */

#include <stdarg.h>
#include <stddef.h>
#include <setjmp.h>
#include <stdint.h>
#include <cmocka.h>

#include <stdlib.h>
#include <string.h>

#include "engine/sort.h"


typedef struct {
    uint64_t  visitor;
    int64_t   time_ms;
    uint64_t  ord;
} sort_key_t;


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


/* Everything scattered comes back once, whole visitors in one place each. */
static void
check(unsigned n, unsigned visitors, unsigned nthreads, int wide)
{
    sort_key_t            *want, *got;
    uint64_t           i, k, m, part;
    jny_event_t      *r;
    jny_sorter_t       sorter;
    jny_scattered_t   *e;
    jny_partitions_t  *p;

    want = calloc(n + 1, sizeof(*want));
    got = calloc(n + 1, sizeof(*got));
    p = jny_partitions_new(n, nthreads, wide);
    assert_non_null(p);

    for (i = 0; i < n; i++) {
        want[i].visitor = 1 + (uint64_t) rand() % visitors * 77777777777u;
        want[i].time_ms = rand() % 1000 - 500;
        want[i].ord = i * 3;

        part = jny_partitions_of(p, want[i].visitor);
        assert_in_range(part, 0, jny_partitions_count(p) - 1);
        e = jny_partitions_add(p, (unsigned) rand() % nthreads, part);
        assert_non_null(e);

        memset(e, 0, sizeof(*e));
        e->visitor = want[i].visitor;
        e->time_ms = want[i].time_ms;
        e->ord = want[i].ord;
        e->match = (uint32_t) i;
        e->flags = (uint16_t) i;
        e->stage = (uint8_t) i;

        if (wide) {
            memset(jny_detail_of(e), 0, sizeof(jny_detail_t));
            jny_detail_of(e)->value_e4 = (int64_t) i;
        }
    }

    jny_sorter_init(&sorter);
    m = 0;

    for (part = 0; part < jny_partitions_count(p); part++) {

        assert_int_equal(jny_sorter_run(&sorter, p, part, &r, &k), JNY_OK);

        for (i = 0; i < k; i++, m++) {
            assert_true(m < n);
            got[m].visitor = r[i].visitor;
            got[m].time_ms = r[i].time_ms;
            got[m].ord = r[i].ord;
            assert_int_equal(jny_partitions_of(p, r[i].visitor), part);
            assert_int_equal(r[i].match, r[i].ord / 3);
            assert_int_equal(r[i].flags,
                (uint16_t) (r[i].ord / 3));
            assert_int_equal(r[i].stage, (uint8_t) (r[i].ord / 3));

            if (wide) {
                assert_int_equal(r[i].detail->value_e4,
                    r[i].ord / 3);
            } else {
                assert_null(r[i].detail);
            }

            /* In order within a visitor; visitors are not torn apart. */

            if (i > 0 && r[i].visitor == r[i - 1].visitor) {
                assert_true(key_order(&got[m - 1], &got[m]) < 0);
            }
        }
    }

    assert_int_equal(m, n);

    /* A visitor that came twice would be out of order between its parts. */

    for (i = 1, k = 1; i < n; i++) {
        k += got[i].visitor != got[i - 1].visitor;
    }

    qsort(want, n, sizeof(*want), key_order);
    qsort(got, n, sizeof(*got), key_order);
    assert_memory_equal(want, got, n * sizeof(*want));

    for (i = 1, m = 1; i < n; i++) {
        m += want[i].visitor != want[i - 1].visitor;
    }

    assert_int_equal(k, m);

    jny_sorter_release(&sorter);
    jny_partitions_free(p);
    free(want);
    free(got);
}


static void
sizes(void **state)
{
    unsigned  n;

    (void) state;
    srand(1);

    for (n = 1; n < 600; n += 13) {
        check(n, 1 + n / 5, 1 + n % 3, n % 2);
    }
}


/* Many partitions and chunks. */
static void
large(void **state)
{
    (void) state;
    srand(2);
    check(300000, 40000, 2, 0);
    check(200000, 40000, 3, 1);
}


/* One visitor's bucket is merged, not inserted. */
static void
busy(void **state)
{
    (void) state;
    srand(3);
    check(33, 1, 1, 0);
    check(64, 1, 2, 1);
    check(65, 1, 2, 1);
    check(20000, 1, 2, 1);
    check(20001, 3, 2, 0);
}


int
main(void)
{
    const struct CMUnitTest  tests[] = {
        cmocka_unit_test(sizes),
        cmocka_unit_test(large),
        cmocka_unit_test(busy),
    };

    return cmocka_run_group_tests_name("engine_sort", tests, NULL, NULL);
}
