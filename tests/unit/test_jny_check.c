/*
 * test_jny_check.c - the structural validator, and that it asks msgpack-c's
 * own unpacker for no more than it promises.
 */

#include "jnytest.h"
#include "jny_check.h"
#include "jny_schema.h"

#include <msgpack.h>
#include <stdlib.h>
#include <string.h>


static int
check(const void *data, size_t len, jny_check_t *out)
{
    int          rc;
    jny_diag_t   diag;
    jny_slice_t  s;

    s.data = data;
    s.len = len;
    s.data = jnytest_copy(s);

    diag.what[0] = '\0';
    rc = jny_check_payload(s, out, &diag);
    assert_true((rc == JNY_OK) == (diag.what[0] == '\0'));
    assert_true(rc == JNY_OK || rc == JNY_EDATA);
    assert_true(rc == JNY_OK || diag.offset <= len);

    free((void *) s.data);

    return rc;
}


/* Every type of the msgpack specification: head and bytes behind it. */
static void
test_types(void **state)
{
    uint8_t      bytes[64];
    jny_check_t  c;

    static const struct {
        const char  *head;
        size_t       head_len;
        size_t       body;
    } types[] = {
        { "\x00", 1, 0 }, { "\x7f", 1, 0 }, { "\xe0", 1, 0 },
        { "\xff", 1, 0 }, { "\xc0", 1, 0 }, { "\xc2", 1, 0 },
        { "\xc3", 1, 0 }, { "\xcc", 1, 1 }, { "\xcd", 1, 2 },
        { "\xce", 1, 4 }, { "\xcf", 1, 8 }, { "\xd0", 1, 1 },
        { "\xd1", 1, 2 }, { "\xd2", 1, 4 }, { "\xd3", 1, 8 },
        { "\xca", 1, 4 }, { "\xcb", 1, 8 },
        { "\xa0", 1, 0 }, { "\xbf", 1, 31 },
        { "\xd9\x05", 2, 5 }, { "\xda\0\x05", 3, 5 },
        { "\xdb\0\0\0\x05", 5, 5 },
        { "\xc4\x05", 2, 5 }, { "\xc5\0\x05", 3, 5 },
        { "\xc6\0\0\0\x05", 5, 5 },
        { "\xd4", 1, 2 }, { "\xd5", 1, 3 }, { "\xd6", 1, 5 },
        { "\xd7", 1, 9 }, { "\xd8", 1, 17 },
        { "\xc7\x05", 2, 6 }, { "\xc8\0\x05", 3, 6 },
        { "\xc9\0\0\0\x05", 5, 6 },
    };

    for (size_t i = 0; i < sizeof(types) / sizeof(types[0]); i++) {
        size_t  len;

        memset(bytes, 'x', sizeof(bytes));
        memcpy(bytes, types[i].head, types[i].head_len);
        len = types[i].head_len + types[i].body;

        assert_int_equal(check(bytes, sizeof(bytes), &c), JNY_OK);
        assert_int_equal(c.len, len);
        assert_int_equal(c.objects, 1);
        assert_int_equal(check(bytes, len, &c), JNY_OK);

        for (size_t cut = 0; cut < len; cut++) {
            assert_int_equal(check(bytes, cut, &c), JNY_EDATA);
        }
    }

    assert_int_equal(check("\xc1", 1, &c), JNY_EDATA);
}


static void
test_containers(void **state)
{
    jny_check_t  c;
    jny_slice_t  s;

    s = jnytest_msgpack("{'a' [1 2 'b' []] 'c' {} 'd' {'e' [nil]}}");
    assert_int_equal(check(s.data, s.len, &c), JNY_OK);
    assert_int_equal(c.len, s.len);
    assert_int_equal(c.strings, 5);
    assert_int_equal(c.objects, 14);
    assert_int_equal(c.children, 6 + 4 + 2 + 1);

    for (size_t cut = 0; cut < s.len; cut++) {
        assert_int_equal(check(s.data, cut, &c), JNY_EDATA);
    }

    free((void *) s.data);
}


/* Counts that are not backed by bytes: 96 GB each, if they were believed. */
static void
test_bombs(void **state)
{
    jny_check_t  c;

    assert_int_equal(check("\xdd\xff\xff\xff\xff", 5, &c), JNY_EDATA);
    assert_int_equal(check("\xdf\xff\xff\xff\xff", 5, &c), JNY_EDATA);
    assert_int_equal(check("\xdf\x80\x00\x00\x00", 5, &c), JNY_EDATA);
    assert_int_equal(check("\xdb\xff\xff\xff\xff", 5, &c), JNY_EDATA);
    assert_int_equal(check("\xc6\xff\xff\xff\xff", 5, &c), JNY_EDATA);
    assert_int_equal(check("\xc9\xff\xff\xff\xff", 5, &c), JNY_EDATA);
    assert_int_equal(check("\xdc\x00\x03\x01\x02", 5, &c), JNY_EDATA);
    assert_int_equal(check("\x81\xdc\x00\x02\x01", 5, &c), JNY_EDATA);
}


static void
test_depth(void **state)
{
    uint8_t      bytes[JNY_MAX_DEPTH + 2];
    jny_check_t  c;

    memset(bytes, 0x91, sizeof(bytes));

    bytes[JNY_MAX_DEPTH] = 0;
    assert_int_equal(check(bytes, JNY_MAX_DEPTH + 1, &c), JNY_OK);

    bytes[JNY_MAX_DEPTH] = 0x91;
    bytes[JNY_MAX_DEPTH + 1] = 0;
    assert_int_equal(check(bytes, JNY_MAX_DEPTH + 2, &c), JNY_EDATA);
}


static void
test_object_limit(void **state)
{
    size_t       len;
    uint8_t     *bytes;
    jny_check_t  c;

    len = JNY_MAX_OBJECTS + 5;
    bytes = calloc(1, len);
    memcpy(bytes, "\xdd\x00\x10\x00\x00", 5);
    assert_int_equal(JNY_MAX_OBJECTS, 0x100000);
    assert_int_equal(check(bytes, len, &c), JNY_EDATA);

    memcpy(bytes, "\xdd\x00\x0f\xff\xff", 5);
    assert_int_equal(check(bytes, len, &c), JNY_OK);
    assert_int_equal(c.objects, JNY_MAX_OBJECTS);

    free(bytes);
}


static void
test_utf8(void **state)
{
    jny_check_t  c;

    assert_int_equal(check("\xa2\xc3\xa4", 3, &c), JNY_OK);
    assert_int_equal(check("\xa2\xc3\xc3", 3, &c), JNY_EDATA);
    assert_int_equal(check("\x81\xa1\xff\x00", 4, &c), JNY_EDATA);
}


/* What children says is what msgpack-c takes from its zone, to the byte. */
static void
test_children_are_memory(void **state)
{
    void            *memory;
    size_t           off, size;
    jny_check_t      c;
    jny_slice_t      s;
    msgpack_zone     zone;
    msgpack_object   root;

    s = jnytest_msgpack("{'a' [1 2 'b' []] 'c' {} 'd' {'e' [nil <00>]}}");
    assert_int_equal(check(s.data, s.len, &c), JNY_OK);

    size = c.children * sizeof(msgpack_object);
    memory = malloc(size);
    memset(&zone, 0, sizeof(zone));
    zone.chunk_list.ptr = memory;
    zone.chunk_list.free = size;
    off = 0;

    assert_int_equal(msgpack_unpack((const char *) s.data, s.len, &off, &zone,
                                    &root),
                     MSGPACK_UNPACK_SUCCESS);
    assert_null(zone.chunk_list.head);
    assert_int_equal(zone.chunk_list.free, 0);

    free(memory);
    free((void *) s.data);
}


int
main(void)
{
    const struct CMUnitTest  tests[] = {
        cmocka_unit_test(test_types),
        cmocka_unit_test(test_containers),
        cmocka_unit_test(test_bombs),
        cmocka_unit_test(test_depth),
        cmocka_unit_test(test_object_limit),
        cmocka_unit_test(test_utf8),
        cmocka_unit_test(test_children_are_memory),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
