/*
 * test_intern.c - base/intern.c, base/pool.c, base/arena.c and base/buf.c.
 */

#include <stdarg.h>
#include <stddef.h>
#include <setjmp.h>
#include <stdint.h>
#include <cmocka.h>

#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/arena.h"
#include "base/buf.h"
#include "base/intern.h"
#include "base/pool.h"


#define STRINGS  5000


static jny_bytes_t
bytes(const char *s)
{
    jny_bytes_t  b;

    b.data = s;
    b.len = strlen(s);

    return b;
}


static void
assert_id(const jny_interner_t *in, uint32_t id, const char *want)
{
    jny_bytes_t  b;

    b = jny_interner_get(in, id);
    assert_int_equal(b.len, strlen(want));
    assert_memory_equal(b.data, want, b.len);
}


static void
ids(void **state)
{
    uint32_t         id[4], rank[4];
    jny_bytes_t      s[4];
    jny_interner_t  *in;

    (void) state;

    in = jny_interner_new();
    assert_int_equal(jny_interner_count(in), 1);

    s[0] = bytes("pear");
    s[1] = bytes("");
    s[2] = bytes("apple");
    s[3] = bytes("pear");
    assert_int_equal(jny_interner_add(in, s, 4, id), 0);
    assert_int_equal(id[1], 0);
    assert_int_equal(id[0], id[3]);
    assert_int_not_equal(id[0], id[2]);
    assert_int_equal(jny_interner_count(in), 3);

    s[1] = bytes("app");
    assert_int_equal(jny_interner_add(in, s, 2, id), 0);
    assert_int_equal(jny_interner_count(in), 4);
    assert_id(in, id[1], "app");
    assert_id(in, 99, "");

    assert_int_equal(jny_interner_rank(in, rank), 0);
    assert_int_equal(jny_interner_reorder(in, rank), 0);
    assert_int_equal(rank[id[0]], 3);
    assert_id(in, 0, "");
    assert_id(in, 1, "app");
    assert_id(in, 2, "apple");
    assert_id(in, 3, "pear");
    jny_interner_free(in);
}


/* Threads intern overlapping sets of strings; each gets one id. */
typedef struct {
    jny_interner_t  *in;
    uint32_t         ids[64][STRINGS];
} crowd_t;


static int
crowd_work(void *ctx, unsigned thread, uint64_t item)
{
    char         text[STRINGS][8];
    unsigned     i, from;
    crowd_t     *c = ctx;
    jny_bytes_t  s[STRINGS];

    (void) thread;
    from = (unsigned) item * 70 % STRINGS;

    for (i = 0; i < STRINGS; i++) {
        snprintf(text[i], sizeof(text[i]), "%u", (from + i) % STRINGS);
        s[i] = bytes(text[i]);
    }

    for (i = 0; i < STRINGS; i += 100) {
        if (jny_interner_add(c->in, s + i, 100, c->ids[item] + i) != 0) {
            return -1;
        }
    }

    return 0;
}


static void
crowd(void **state)
{
    char         text[8];
    crowd_t     *c;
    unsigned     i, k;

    (void) state;

    c = calloc(1, sizeof(*c));
    c->in = jny_interner_new();
    assert_int_equal(jny_pool_run(4, 64, crowd_work, c), 0);
    assert_int_equal(jny_interner_count(c->in), STRINGS + 1);

    for (k = 0; k < 64; k++) {
        for (i = 0; i < STRINGS; i++) {
            snprintf(text, sizeof(text), "%u", (k * 70 % STRINGS + i)
                % STRINGS);
            assert_id(c->in, c->ids[k][i], text);
        }
    }

    jny_interner_free(c->in);
    free(c);
}


typedef struct {
    _Atomic unsigned  done[1000];
    _Atomic unsigned  threads;
    uint64_t          fail_at;
} work_t;


static int
work(void *ctx, unsigned thread, uint64_t item)
{
    work_t  *w = ctx;

    atomic_fetch_or(&w->threads, 1u << thread);

    if (item == w->fail_at) {
        return -7;
    }

    atomic_fetch_add(&w->done[item], 1);

    return 0;
}


static void
pool(void **state)
{
    work_t    w;
    unsigned  n, i;

    (void) state;

    for (n = 1; n <= 5; n++) {
        memset(&w, 0, sizeof(w));
        w.fail_at = UINT64_MAX;
        assert_int_equal(jny_pool_run(n, 1000, work, &w), 0);
        assert_int_equal(atomic_load(&w.threads) >> n, 0);

        for (i = 0; i < 1000; i++) {
            assert_int_equal(atomic_load(&w.done[i]), 1);
        }
    }

    memset(&w, 0, sizeof(w));
    w.fail_at = 10;
    assert_int_equal(jny_pool_run(1, 1000, work, &w), -7);
    assert_int_equal(atomic_load(&w.done[9]), 1);
    assert_int_equal(atomic_load(&w.done[11]), 0);
    assert_int_equal(jny_pool_run(3, 0, work, &w), 0);
}


static void
arena(void **state)
{
    char         *p[500];
    size_t        i, n;
    jny_arena_t   a;

    (void) state;

    jny_arena_init(&a);

    for (i = 0; i < 500; i++) {
        n = i * i % 9000;
        p[i] = i % 2 ? jny_arena_alloc(&a, n) : jny_arena_copy(&a, "x", 1);
        assert_non_null(p[i]);

        if (i % 2) {
            assert_int_equal((uintptr_t) p[i] % 16, 0);
            memset(p[i], (int) i, n);
        }
    }

    for (i = 0; i < 500; i++) {
        n = i * i % 9000;

        if (i % 2 == 0) {
            assert_int_equal(p[i][0], 'x');
        } else if (n > 0) {
            assert_int_equal((unsigned char) p[i][0], i % 256);
            assert_int_equal((unsigned char) p[i][n - 1], i % 256);
        }
    }

    assert_null(jny_arena_alloc(&a, SIZE_MAX - 3));
    jny_arena_release(&a);
    jny_arena_release(&a);
}


static void
buf(void **state)
{
    int        i;
    jny_buf_t  b = JNY_BUF_INIT;

    (void) state;

    jny_buf_str(&b, "a");
    jny_buf_char(&b, '-');
    jny_buf_printf(&b, "%03d", 7);
    jny_buf_add(&b, "", 0);
    assert_string_equal(b.data, "a-007");
    assert_int_equal(b.len, 5);

    jny_buf_reset(&b);
    assert_string_equal(b.data, "");

    for (i = 0; i < 3000; i++) {
        jny_buf_printf(&b, "%d,", i);
    }

    assert_int_equal(b.len, strlen(b.data));
    assert_int_equal(b.len, 10 * 2 + 90 * 3 + 900 * 4 + 2000 * 5);

    /* The error sticks, through a reset too. */
    jny_buf_add(&b, "x", SIZE_MAX / 2);
    assert_true(b.failed);
    i = (int) b.len;
    jny_buf_str(&b, "y");
    assert_int_equal(b.len, i);
    jny_buf_reset(&b);
    assert_int_equal(b.len, 0);
    assert_true(b.failed);
    jny_buf_release(&b);
    assert_null(b.data);
    assert_false(b.failed);
}


int
main(void)
{
    const struct CMUnitTest  tests[] = {
        cmocka_unit_test(ids),
        cmocka_unit_test(crowd),
        cmocka_unit_test(pool),
        cmocka_unit_test(arena),
        cmocka_unit_test(buf),
    };

    return cmocka_run_group_tests_name("intern", tests, NULL, NULL);
}
