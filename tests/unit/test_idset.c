/*
 * test_idset.c - a set agrees with counting by sorting.
 */

#include "base/idset.h"

#include <stdlib.h>
#include <string.h>

#include "jnytest.h"


#define IDS  50000


static int
id_order(const void *a, const void *b)
{
    uint64_t  x, y;

    x = *(const uint64_t *) a;
    y = *(const uint64_t *) b;

    return (x > y) - (x < y);
}


static uint64_t
distinct(uint64_t *ids, size_t n)
{
    size_t    i;
    uint64_t  k;

    qsort(ids, n, sizeof(*ids), id_order);

    for (i = 1, k = n > 0; i < n; i++) {
        k += ids[i] != ids[i - 1];
    }

    return k;
}


/* Numbers that count up, that share their low or their high bits, random. */
static uint64_t
pick(unsigned kind, uint64_t i)
{
    switch (kind) {
    case 0:
        return i + 1;
    case 1:
        return (i + 1) << 40;
    case 2:
        return UINT64_MAX - i * 4096;
    default:
        return 1 + (uint64_t) rand() % 20000;
    }
}


static void
test_distinct(void **state)
{
    size_t        i;
    unsigned      kind;
    uint64_t     *ids;
    jny_idset_t   a;

    ids = malloc(IDS * sizeof(*ids));
    assert_non_null(ids);

    for (kind = 0; kind < 4; kind++) {
        memset(&a, 0, sizeof(a));

        for (i = 0; i < IDS; i++) {
            ids[i] = pick(kind, i);
            assert_int_equal(jny_idset_add(&a, ids[i]), 0);
            assert_int_equal(jny_idset_add(&a, ids[0]), 0);
        }

        assert_int_equal(a.n, distinct(ids, IDS));

        jny_idset_release(&a);
    }

    free(ids);
}


int
main(void)
{
    const struct CMUnitTest  tests[] = {
        cmocka_unit_test(test_distinct),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
