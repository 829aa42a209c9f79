/*
 * test_jny_intern.c - texts to indexes and (id, agent) to indexes, against the
 * plainest table there is.
 */

#include "jnytest.h"
#include "jny_idtab.h"
#include "jny_intern.h"

#include <stdio.h>
#include <string.h>


#define TEXTS  3000

static const jny_hash_key_t  key = { 1, 2 };


/* Text number i; some differ in their first byte or length only. */
static jny_slice_t
text(unsigned i, char *out, size_t size)
{
    jny_slice_t  s;

    s.len = (size_t) snprintf(out, size, "%c%u%s", 'a' + (int) (i % 7),
                              i / 49, i % 7 == i / 7 % 7
                                          ? "/some/long/common/tail" : "x");
    s.data = (const uint8_t *) out;

    return s;
}


static void
test_texts(void **state)
{
    char              buffer[64], names[TEXTS][40];
    uint32_t          n, expected;
    jny_slice_t       s;
    jny_intern_t      t;
    jny_intern_at_t   at;

    jny_intern_init(&t, &jnytest_malloc, &key, 64);

    for (unsigned round = 0; round < 2; round++) {
        n = 1;

        for (unsigned i = 0; i < TEXTS; i++) {
            s = text(i * 7919 % TEXTS, buffer, sizeof(buffer));

            for (expected = 1; expected < n; expected++) {
                if (strcmp(names[expected], buffer) == 0) {
                    break;
                }
            }

            /* finding alone changes nothing */
            assert_int_equal(jny_intern_find(&t, s, &at), JNY_OK);
            assert_int_equal(at.index, expected);
            assert_int_equal(t.n, n);
            assert_int_equal(jny_intern_find(&t, s, &at), JNY_OK);
            assert_int_equal(at.index, expected);
            jny_intern_commit(&t, &at);

            if (expected == n) {
                strcpy(names[n++], buffer);
            }

            assert_int_equal(t.n, n);
        }

        for (uint32_t i = 1; i < n; i++) {
            s = jny_intern_entry(&t, i);
            assert_int_equal(s.len, strlen(names[i]));
            assert_memory_equal(s.data, names[i], s.len);
        }

        assert_true(n > 500);
        jny_intern_reset(&t);
        assert_int_equal(t.n, 1);
    }

    s.len = 0;
    assert_int_equal(jny_intern_find(&t, s, &at), JNY_OK);
    assert_int_equal(at.index, 0);
    assert_int_equal(jny_intern_entry(&t, 0).len, 0);

    jny_intern_release(&t);
}


static void
test_ids(void **state)
{
    uint32_t          n, agent, expected;
    uint64_t          id;
    jny_idtab_t       t;
    jny_idtab_at_t    at;

    jny_idtab_init(&t, &jnytest_malloc, &key);

    for (unsigned round = 0; round < 2; round++) {
        n = 1;

        for (unsigned i = 0; i < TEXTS; i++) {
            id = i * 7919 % 500;
            agent = i % 3;

            if (id == 0 && agent == 0) {
                expected = 0;

            } else {
                for (expected = 1; expected < n; expected++) {
                    if (t.ids[expected] == id && t.agents[expected] == agent) {
                        break;
                    }
                }
            }

            assert_int_equal(jny_idtab_find(&t, id, agent, &at), JNY_OK);
            assert_int_equal(at.index, expected);
            assert_int_equal(t.n, n);
            jny_idtab_commit(&t, &at);

            if (expected == n) {
                n++;
                assert_true(t.ids[expected] == id);
                assert_int_equal(t.agents[expected], agent);
            }
        }

        assert_int_equal(n, 3 * 500);
        jny_idtab_reset(&t);
        assert_int_equal(t.n, 1);
    }

    jny_idtab_release(&t);
}


int
main(void)
{
    const struct CMUnitTest  tests[] = {
        cmocka_unit_test(test_texts),
        cmocka_unit_test(test_ids),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
