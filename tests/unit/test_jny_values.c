/*
 * test_jny_values.c - one entry too large, at every place of columns of every
 * width and length.
 */

#include "jnytest.h"
#include "jny_values.h"

#include <stdlib.h>
#include <string.h>


#define LONGEST  70


static void
put(uint8_t *p, uint32_t i, unsigned width, uint64_t v)
{
    for (unsigned b = 0; b < width; b++) {
        p[i * width + b] = (uint8_t) (v >> (8 * b));
    }
}


static void
test_every_place(void **state)
{
    uint8_t       *data;
    uint64_t       top;
    jny_column_t   c;

    static const unsigned  widths[] = { 1, 2, 4, 8 };
    static const uint64_t  limits[] = {
        1, 2, 5, 127, 128, 129, 200, 255, 256, 32767, 32768, 32769, 65535,
        65536, 0x7fffffff, 0x80000000, 0x80000001, 0xffffffff, 0x100000000,
        0x7fffffffffffffff, 0x8000000000000000, 0xffffffffffffffff,
    };

    for (unsigned w = 0; w < 4; w++) {
        for (uint32_t n = 1; n <= LONGEST; n++) {
            data = malloc((size_t) n * widths[w]);
            c.data = data;
            c.width = widths[w];
            top = UINT64_MAX >> (64 - 8 * widths[w]);

            for (size_t k = 0; k < sizeof(limits) / sizeof(limits[0]); k++) {
                for (uint32_t i = 0; i < n; i++) {
                    put(data, i, widths[w],
                        limits[k] - 1 <= top ? limits[k] - 1 : top);
                }

                assert_true(jny_column_below(&c, n, limits[k]));

                if (limits[k] > top) {
                    continue;
                }

                for (uint32_t i = 0; i < n; i++) {
                    put(data, i, widths[w], limits[k]);
                    assert_false(jny_column_below(&c, n, limits[k]));
                    put(data, i, widths[w], top);
                    assert_false(jny_column_below(&c, n, limits[k]));
                    put(data, i, widths[w], limits[k] - 1);
                }
            }

            free(data);
        }
    }
}


static void
test_absent(void **state)
{
    jny_column_t  c = { NULL, 0 };

    assert_true(jny_column_below(&c, 100, 1));
}


int
main(void)
{
    const struct CMUnitTest  tests[] = {
        cmocka_unit_test(test_every_place),
        cmocka_unit_test(test_absent),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
