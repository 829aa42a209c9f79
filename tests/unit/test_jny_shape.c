/*
 * test_jny_shape.c - whatever form is picked says the same as the column, and
 * is no larger; where a form is clearly the smallest it is picked.
 */

#include "jnytest.h"
#include "jny_shape.h"

#include <stdlib.h>
#include <string.h>


#define ROWS  1000


/* Bytes of a form, heads and keys aside. */
static size_t
size_of(const jny_shape_t *s, uint32_t n)
{
    return (size_t) n * s->width
           + (size_t) s->nfix * (s->gap_width + s->value_width);
}


static void
pick(const uint64_t *values, uint32_t n, jny_shape_t *shape)
{
    void          *data;
    uint32_t       i, fixes;
    uint64_t       all;
    jny_store_t    s;

    for (unsigned wide = 0; wide < 2; wide++) {
        all = 0;

        for (i = 0; i < n; i++) {
            all |= values[i];
        }

        if (all > UINT32_MAX && !wide) {
            continue;
        }

        data = malloc(n * (wide ? sizeof(uint64_t) : sizeof(uint32_t)));

        for (i = 0; i < n; i++) {
            if (wide) {
                ((uint64_t *) data)[i] = values[i];

            } else {
                ((uint32_t *) data)[i] = (uint32_t) values[i];
            }
        }

        s.data = data;
        s.wide = wide;
        s.width = jny_width(all);
        s.limit = jny_width_limit(s.width);

        memset(shape, 0xa5, sizeof(*shape));
        jny_shape_pick(&s, n, shape);

        if (shape->nfix == 0) {
            shape->gap_width = 0;
            shape->value_width = 0;
        }

        assert_true(size_of(shape, n) <= (size_t) n * s.width);
        fixes = 0;

        for (i = 0; i < n; i++) {
            if (jny_shape_next(shape, &s, i, n) == i) {
                fixes++;
                assert_true(values[i] <= jny_width_limit(shape->value_width));

            } else if (shape->width == 0) {
                assert_true(values[i] == shape->base);

            } else {
                assert_true(values[i] <= jny_width_limit(shape->width));
            }
        }

        assert_int_equal(fixes, shape->nfix);
        assert_int_equal(jny_shape_next(shape, &s, n, n), n);
        free(data);
    }
}


static void
test_clear_cases(void **state)
{
    uint64_t     v[ROWS];
    jny_shape_t  s;

    for (unsigned i = 0; i < ROWS; i++) {
        v[i] = 200;
    }

    pick(v, ROWS, &s);
    assert_int_equal(s.width, 0);
    assert_int_equal(s.base, 200);
    assert_int_equal(s.nfix, 0);

    v[0] = 0;
    v[ROWS - 1] = 70000;
    pick(v, ROWS, &s);
    assert_int_equal(s.width, 0);
    assert_int_equal(s.nfix, 2);
    assert_int_equal(s.gap_width, 2);
    assert_int_equal(s.value_width, 4);

    for (unsigned i = 0; i < ROWS; i++) {
        v[i] = i % 250 + 1;
    }

    pick(v, ROWS, &s);
    assert_int_equal(s.width, 1);
    assert_int_equal(s.nfix, 0);

    v[500] = 1u << 20;
    pick(v, ROWS, &s);
    assert_int_equal(s.width, 1);
    assert_int_equal(s.nfix, 1);

    v[500] = 1ull << 50;
    pick(v, ROWS, &s);
    assert_int_equal(s.width, 1);
    assert_int_equal(s.value_width, 8);

    for (unsigned i = 0; i < ROWS; i += 2) {
        v[i] = 300 + i;
    }

    v[500] = 0;
    pick(v, ROWS, &s);
    assert_int_equal(s.width, 2);
    assert_int_equal(s.nfix, 0);

    for (unsigned i = 0; i < ROWS; i++) {
        v[i] = i % 2 ? 70000 + i : (1ull << 33) + i;
    }

    pick(v, ROWS, &s);
    assert_int_equal(s.width, 8);
    assert_int_equal(s.nfix, 0);
}


static void
test_small_columns(void **state)
{
    uint64_t     v[16];
    jny_shape_t  s;

    for (uint32_t n = 1; n <= 16; n++) {
        for (uint32_t i = 0; i < n; i++) {
            v[i] = i == n / 2 ? UINT64_MAX : 1;
        }

        pick(v, n, &s);
    }
}


static uint64_t
next_random(uint64_t *seed)
{
    *seed ^= *seed << 13;
    *seed ^= *seed >> 7;
    *seed ^= *seed << 17;

    return *seed;
}


/* Any mixture of widths and shares. */
static void
test_random_columns(void **state)
{
    uint32_t     n;
    uint64_t     seed, r, v[ROWS];
    jny_shape_t  s;

    seed = 88172645463325252ULL;

    for (unsigned round = 0; round < 2000; round++) {
        unsigned  share, common, rare;

        n = (uint32_t) (next_random(&seed) % ROWS) + 1;
        share = (unsigned) (next_random(&seed) % 101);
        common = (unsigned) (next_random(&seed) % 64) + 1;
        rare = (unsigned) (next_random(&seed) % 64) + 1;

        for (uint32_t i = 0; i < n; i++) {
            r = next_random(&seed);
            v[i] = r % 100 < share ? (round % 2 ? 7 : r >> (64 - common))
                                   : r >> (64 - rare);
        }

        v[0] |= 1;
        pick(v, n, &s);
    }
}


int
main(void)
{
    const struct CMUnitTest  tests[] = {
        cmocka_unit_test(test_clear_cases),
        cmocka_unit_test(test_small_columns),
        cmocka_unit_test(test_random_columns),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
