/*
 * test_jny_block.c - payloads written out by hand, right and wrong.
 */

#include "jnytest.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>


#define HEAD                                                                   \
    "'v' 1 'n' 4 'flags' 0 'writer' <0807060504030201> 'seq' 9 'base' 70 "     \
    "'dropped' 2 'erased' 1 't0' 1000 "

#define PAGES  "'dict' {'page' ['' '/a' '/b']} 'col' {'page' <01020001>}"


/* Decodes what the notation says; blk is to be released if that is JNY_OK. */
static int
decode(const char *notation, jny_block_t *blk, jny_slice_t *payload,
    jny_diag_t *diag)
{
    int  rc;

    *payload = jnytest_msgpack(notation);
    jny_block_init(blk, &jnytest_malloc);

    rc = jny_block_decode(blk, *payload, NULL, diag);

    if (rc != JNY_OK) {
        assert_int_equal(blk->nevents, 0);
        jny_block_release(blk);
        free((void *) payload->data);
    }

    return rc;
}


static int
verdict(const char *notation)
{
    int          rc;
    jny_diag_t   diag;
    jny_slice_t  payload;
    jny_block_t  blk;

    diag.what[0] = '\0';
    rc = decode(notation, &blk, &payload, &diag);
    assert_true((rc == JNY_OK) == (diag.what[0] == '\0'));

    if (rc == JNY_OK) {
        jny_block_release(&blk);
        free((void *) payload.data);
    }

    return rc;
}


static void
expect_text(jny_slice_t s, const char *want)
{
    assert_int_equal(s.len, strlen(want));
    assert_memory_equal(s.data, want, s.len);
}


static void
test_everything(void **state)
{
    jny_row_t     row;
    jny_diag_t    diag;
    jny_slice_t   payload;
    jny_block_t   blk;
    jny_header_t  h;

    static const char  notation[] =
        "{" HEAD
        "'edge' 'e1' 'stages' ['one' 'two'] 'later' {'unknown' [1 nil]}"
        "'dict' {'page' ['' '/a' '/b'] 'touchpoint' ['' 'buy'] 'agent' ['' 'M']"
        "        'x_team' ['' 't'] 'later' ['x'] 'stage' ['' 'one']}"
        "'ids' <0000000000000000 1100000000000000>"
        "'agents' <0001> 'logins' <0000000000000000 ff00000000000000>"
        "'col' {'time' <00140302> 'visitor' <01000001> 'login' <00010000>"
        "       'status' 200 'latency' <0100020003000400> 'page' <01020001>"
        "       'touchpoint' <00010000> 'x_team' 1 'later' <00>"
        "       'score' <01000000> 'stage' 0}"
        "'fix' {'status' [2 <0102> <94019501>] 'flags' [1 <03> <00000180>]"
        "       'value' [1 <00> <05>] 'latency' [1 <02> <00000100>]}"
        "}";

    assert_int_equal(decode(notation, &blk, &payload, &diag), JNY_OK);

    assert_int_equal(blk.nevents, 4);
    assert_true(blk.writer == 0x0102030405060708ULL);
    assert_int_equal(blk.seq, 9);
    assert_int_equal(blk.base, 70);
    assert_int_equal(blk.dropped, 2);
    assert_int_equal(blk.erased, 1);
    expect_text(blk.edge, "e1");
    assert_int_equal(blk.stages.n, 2);
    expect_text(blk.stages.entries[1], "two");
    assert_int_equal(blk.nfields, 1);
    expect_text(blk.field_names[0], "team");

    jny_block_row(&blk, 0, &row);
    assert_int_equal(row.time_ms, 1000);
    assert_int_equal(row.visitor, 0x11);
    expect_text(row.agent, "M");
    assert_int_equal(row.login, 0);
    assert_int_equal(row.status, 200);
    assert_int_equal(row.latency_ms, 1);
    assert_int_equal(row.score_e2, -1);
    assert_int_equal(row.value_e4, -3);
    expect_text(row.text[JNY_TEXT_TOUCHPOINT], "/a");
    expect_text(row.text[JNY_TEXT_STAGE], "");
    expect_text(row.field[0], "t");
    expect_text(row.field[1], "");

    jny_block_row(&blk, 1, &row);
    assert_int_equal(row.time_ms, 1010);
    assert_int_equal(row.visitor, 0);
    expect_text(row.agent, "");
    assert_int_equal(row.login, 0xff);
    assert_int_equal(row.status, 404);
    assert_int_equal(row.score_e2, 0);
    assert_int_equal(row.value_e4, 0);
    expect_text(row.text[JNY_TEXT_PAGE], "/b");
    expect_text(row.text[JNY_TEXT_TOUCHPOINT], "buy");

    jny_block_row(&blk, 2, &row);
    assert_int_equal(row.time_ms, 1008);
    assert_int_equal(row.latency_ms, 65536);
    assert_int_equal(row.flags, 0);

    jny_block_row(&blk, 3, &row);
    assert_int_equal(row.time_ms, 1009);
    assert_int_equal(row.status, 405);
    assert_true(row.flags == 0x80010000u);

    jny_block_header(&blk, &h);
    assert_int_equal(h.t_min_ms, 1000);
    assert_int_equal(h.t_max_ms, 1010);
    assert_int_equal(jny_block_agrees(&blk, &h, NULL), JNY_OK);
    h.base++;
    assert_int_equal(jny_block_agrees(&blk, &h, NULL), JNY_EDATA);

    jny_block_release(&blk);
    free((void *) payload.data);
}


static void
test_least(void **state)
{
    jny_row_t    row;
    jny_slice_t  payload;
    jny_block_t  blk;

    assert_int_equal(decode("{" HEAD "}", &blk, &payload, NULL), JNY_OK);
    assert_int_equal(blk.nids, 1);
    assert_int_equal(blk.edge.len, 0);

    jny_block_row(&blk, 3, &row);
    assert_int_equal(row.visitor, 0);
    expect_text(row.agent, "");
    expect_text(row.text[JNY_TEXT_PAGE], "");

    jny_block_release(&blk);
    free((void *) payload.data);
}


/* A payload without one key of its head, or with another value there. */
static void
test_head(void **state)
{
    char    notation[512];
    char   *at;
    size_t  len;

    static const struct {
        const char  *name;
        const char  *value;
        const char  *wrong[6];
    } keys[] = {
        { "v", "1", { "2", "'1'", "-1", NULL } },
        { "n", "4", { "0", "65536", "-4", "nil", "<04>", NULL } },
        { "flags", "0", { "65536", "4", "true", NULL } },
        { "writer", "<0807060504030201>",
          { "<08070605040302>", "<>", "8", "'12345678'", NULL } },
        { "seq", "9", { "-9", "nil", NULL } },
        { "base", "70", { "-1", NULL } },
        { "dropped", "2", { "[2]", NULL } },
        { "erased", "1", { "4294967296", NULL } },
        { "t0", "1000", { "9223372036854775808", "'1'", NULL } },
    };

    for (size_t i = 0; i < sizeof(keys) / sizeof(keys[0]); i++) {
        (void) snprintf(notation, sizeof(notation), "{" HEAD PAGES "}");
        assert_int_equal(verdict(notation), JNY_OK);

        /* the key's name is changed: then it is missing */
        at = strstr(notation, keys[i].name);
        at[0] = 'Z';
        assert_int_equal(verdict(notation), JNY_EDATA);
        at[0] = keys[i].name[0];

        at += strlen(keys[i].name) + 2;
        len = strlen(keys[i].value);
        assert_memory_equal(at, keys[i].value, len);

        for (size_t k = 0; keys[i].wrong[k] != NULL; k++) {
            char  other[512];

            (void) snprintf(other, sizeof(other), "%.*s%s%s",
                            (int) (at - notation), notation, keys[i].wrong[k],
                            at + len);
            assert_int_equal(verdict(other), JNY_EDATA);
        }

        (void) snprintf(notation, sizeof(notation), "{" HEAD "'%s' %s}",
                        keys[i].name, keys[i].value);
        assert_int_equal(verdict(notation), JNY_EDATA);
    }
}


static void
test_negative_t0(void **state)
{
    jny_slice_t  payload;
    jny_block_t  blk;

    assert_int_equal(decode("{'v' 1 'n' 1 'flags' 0 'writer' "
                            "<0000000000000001> 'seq' 0 'base' 0 'dropped' 0 "
                            "'erased' 0 't0' -5}",
                            &blk, &payload, NULL),
                     JNY_OK);
    assert_int_equal(blk.t0_ms, -5);

    jny_block_release(&blk);
    free((void *) payload.data);
}


static void
test_verdicts(void **state)
{
    char  notation[2048];

    static const struct {
        int          rc;
        const char  *keys;
    } cases[] = {
        { JNY_OK, PAGES },
        { JNY_OK, "'col' {} 'dict' {}" },
        { JNY_OK, "'unknown' [[[[[1]]]]]" },
        { JNY_EDATA, "'unknown' [[[[[[[[1]]]]]]]]" },
        { JNY_EDATA, "3 4" },
        { JNY_EDATA, "'col' [] " },
        { JNY_EDATA, "'dict' 'x'" },
        { JNY_EDATA, "'fix' []" },
        { JNY_EDATA, "'edge' <41>" },
        { JNY_EDATA, "'stages' {}" },
        { JNY_OK, "'stages' []" },
        { JNY_EDATA, "'stages' ['']" },
        { JNY_EDATA, "'stages' [1]" },

        /* widths */
        { JNY_OK, "'col' {'status' <01000000 00000000 00000000 00000000>}" },
        { JNY_EDATA, "'col' {'status' <>}" },
        { JNY_EDATA, "'col' {'status' <010203>}" },
        { JNY_EDATA, "'col' {'status' <0102030405>}" },
        { JNY_EDATA, "'col' {'status' <010203010203010203010203>}" },
        { JNY_EDATA, "'col' {'status' '1234'}" },
        { JNY_EDATA, "'col' {'status' -1}" },
        { JNY_EDATA, "'col' {5 5}" },
        { JNY_EDATA, "'col' {'status' <00000000> 'status' <00000000>}" },

        /* bounds */
        { JNY_EDATA, "'col' {'page' <00000001>}" },
        { JNY_EDATA, "'col' {'page' 1}" },
        { JNY_OK, "'dict' {'page' ['' 'a' 'b' 'c']} 'col' {'page' <00010203>}"},
        { JNY_EDATA,
          "'dict' {'page' ['' 'a' 'b' 'c']} 'col' {'page' <00010204>}" },
        { JNY_OK, "'dict' {'page' ['' 'a' 'b' 'c' 'd']}"
                  " 'col' {'page' <0100020003000400>}"
                  " 'fix' {'page' [1 <02> <04>]}" },
        { JNY_EDATA, "'dict' {'page' ['' 'a']} 'col' {'page' 1}"
                     " 'fix' {'page' [1 <02> <02>]}" },
        { JNY_EDATA, "'dict' {'x_a' ['' 'a']} 'col' {'x_a' <00020000>}" },
        { JNY_EDATA, "'col' {'x_a' <00010000>}" },
        { JNY_EDATA, "'col' {'visitor' <00000001>}" },
        { JNY_OK, "'ids' <0000000000000000 0100000000000000> "
                  "'col' {'visitor' <00000001>}" },
        { JNY_EDATA, "'ids' <0000000000000000 0100000000000000> "
                     "'col' {'visitor' <00000002>}" },
        { JNY_EDATA, "'col' {'status' <0000000000000000 0000000001000000 "
                     "0000000000000000 0000000000000000>}" },
        { JNY_EDATA, "'col' {'score' 4294967296}" },
        { JNY_OK, "'col' {'score' 4294967295}" },
        { JNY_OK, "'col' {'value' 18446744073709551615}" },

        /* dictionaries */
        { JNY_EDATA, "'dict' {'page' []}" },
        { JNY_EDATA, "'dict' {'page' ['/a']}" },
        { JNY_EDATA, "'dict' {'page' ['' 5]}" },
        { JNY_EDATA, "'dict' {'page' 'x'}" },
        { JNY_EDATA, "'dict' {'page' [''] 'page' ['']}" },
        { JNY_EDATA, "'dict' {'page' ['' '\\ff']}" },
        { JNY_EDATA, "'dict' {1 ['']}" },
        { JNY_OK, "'dict' {'later' 5 'agent' ['' 'a']}" },

        /* tables */
        { JNY_EDATA, "'ids' <>" },
        { JNY_EDATA, "'ids' <01>" },
        { JNY_EDATA, "'ids' <0100000000000000>" },
        { JNY_OK, "'ids' <0000000000000000> 'agents' <00>" },
        { JNY_EDATA, "'ids' <0000000000000000> 'agents' <0000 00>" },
        { JNY_EDATA, "'ids' <0000000000000000 0100000000000000> "
                     "'agents' <0001>" },
        { JNY_OK, "'ids' <0000000000000000 0100000000000000> "
                  "'agents' <0001> 'dict' {'agent' ['' 'a']}" },
        { JNY_EDATA, "'agents' <01> 'dict' {'agent' ['' 'a']}" },
        { JNY_EDATA, "'logins' <>" },
        { JNY_EDATA, "'logins' <0100000000000000>" },
        { JNY_EDATA, "'logins' <0000000000000000> 'col' {'login' 1}" },
        { JNY_OK, "'col' {'login' 18446744073709551615}" },

        /* exceptions */
        { JNY_OK, "'fix' {'status' [4 <00010101> <01020304>]}" },
        { JNY_OK, "'fix' {'status' [1 <00> <0000000000000000>]}" },
        { JNY_OK, "'fix' {'later' nil}" },
        { JNY_EDATA, "'fix' {'status' [5 <0001010101> <0102030405>]}" },
        { JNY_EDATA, "'fix' {'status' [0 <> <>]}" },
        { JNY_EDATA, "'fix' {'status' [4294967297 <00> <01>]}" },
        { JNY_EDATA, "'fix' {'status' [1 <04> <01>]}" },
        { JNY_EDATA, "'fix' {'status' [2 <0100> <0101>]}" },
        { JNY_EDATA, "'fix' {'status' [2 <0103> <0101>]}" },
        { JNY_EDATA, "'fix' {'status' [2 <ffffffffffffffff 0200000000000000>"
                     " <0101>]}" },
        { JNY_EDATA, "'fix' {'status' [1 <> <01>]}" },
        { JNY_EDATA, "'fix' {'status' [1 <00> <>]}" },
        { JNY_EDATA, "'fix' {'status' [1 <00> <010203>]}" },
        { JNY_EDATA, "'fix' {'status' [1 0 <01>]}" },
        { JNY_EDATA, "'fix' {'status' [1 <00> <01> 0]}" },
        { JNY_EDATA, "'fix' {'status' 1}" },
        { JNY_EDATA, "'fix' {'status' [1 <00> <01>] 'status' [1 <00> <01>]}" },
        { JNY_EDATA, "'fix' {'status' [1 <00> <0000000001000000>]}" },

        /* sources belong to SORTED blocks */
        { JNY_EDATA, "'sources' []" },
    };

    for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
        (void) snprintf(notation, sizeof(notation), "{" HEAD "%s}",
                        cases[i].keys);

        if (verdict(notation) != cases[i].rc) {
            fail_msg("%s: %s", cases[i].keys,
                     cases[i].rc == JNY_OK ? "not read" : "not refused");
        }
    }
}


static void
test_sources(void **state)
{
    char  notation[1024];

    static const struct {
        int          rc;
        const char  *sources;
    } cases[] = {
        { JNY_OK, "'sources' []" },
        { JNY_OK, "'sources' [[1 2 3 4 5] [6 7 7 9 10]]" },
        { JNY_EDATA, "" },
        { JNY_EDATA, "'sources' [[1 3 2 4 5]]" },
        { JNY_EDATA, "'sources' [[1 2 3 4]]" },
        { JNY_EDATA, "'sources' [[1 2 3 4 5 6]]" },
        { JNY_EDATA, "'sources' [[1 2 3 4 -5]]" },
        { JNY_EDATA, "'sources' [5]" },
        { JNY_EDATA, "'sources' [] 'sources' [[1 2 3 4 5]]" },
        { JNY_EDATA, "'sources' <00>" },
    };

    for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
        (void) snprintf(notation, sizeof(notation),
                        "{'v' 1 'n' 1 'flags' 4 'writer' <0000000000000001> "
                        "'seq' 0 'base' 0 'dropped' 0 'erased' 0 't0' 0 %s}",
                        cases[i].sources);
        assert_int_equal(verdict(notation), cases[i].rc);
    }
}


static void
test_empty_block(void **state)
{
    static const char  head[] =
        "{'v' 1 'n' 0 'flags' 1 'writer' <0000000000000001> 'seq' 0 'base' 0 "
        "'dropped' 0 'erased' 0 't0' 5 %s}";

    char  notation[512];

    static const struct {
        int          rc;
        const char  *keys;
    } cases[] = {
        { JNY_OK, "" },
        { JNY_OK, "'col' {'status' <> 'page' 3 'flags' 5}" },
        { JNY_EDATA, "'col' {'status' <00>}" },
        { JNY_EDATA, "'fix' {'status' [1 <00> <01>]}" },
    };

    for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
        (void) snprintf(notation, sizeof(notation), head, cases[i].keys);
        assert_int_equal(verdict(notation), cases[i].rc);
    }
}


static void
test_limits(void **state)
{
    char    notation[8192];
    size_t  len;

    static char  text[JNY_MAX_TEXT + 2];

    memset(text, 't', JNY_MAX_TEXT + 1);

    (void) snprintf(notation, sizeof(notation),
                    "{" HEAD "'dict' {'page' ['' '%s']}}", text + 1);
    assert_int_equal(verdict(notation), JNY_OK);

    (void) snprintf(notation, sizeof(notation),
                    "{" HEAD "'dict' {'page' ['' '%s']}}", text);
    assert_int_equal(verdict(notation), JNY_EDATA);

    (void) snprintf(notation, sizeof(notation), "{" HEAD "'edge' '%s'}", text);
    assert_int_equal(verdict(notation), JNY_EDATA);

    (void) snprintf(notation, sizeof(notation),
                    "{" HEAD "'dict' {'agent' ['' '%.*s']}}",
                    JNY_MAX_AGENT + 1, text);
    assert_int_equal(verdict(notation), JNY_EDATA);

    /* a 17th field; a name too long for one is merely unknown */
    len = (size_t) snprintf(notation, sizeof(notation), "{" HEAD "'col' {");

    for (unsigned i = 0; i < JNY_MAX_FIELDS; i++) {
        len += (size_t) snprintf(notation + len, sizeof(notation) - len,
                                 "'x_f%u' 0 ", i);
    }

    len += (size_t) snprintf(notation + len, sizeof(notation) - len,
                             "'x_%.*s' 5 'x_' 5 ", JNY_MAX_FIELD_NAME + 1,
                             text);
    (void) snprintf(notation + len, sizeof(notation) - len, "}}");
    assert_int_equal(verdict(notation), JNY_OK);

    (void) snprintf(notation + len, sizeof(notation) - len, "'x_g' 0}}");
    assert_int_equal(verdict(notation), JNY_EDATA);

    (void) snprintf(notation + len, sizeof(notation) - len,
                    "} 'dict' {'x_g' ['']}}");
    assert_int_equal(verdict(notation), JNY_EDATA);
}


/* Concatenated payloads are read one by one; alone, nothing may follow. */
static void
test_used(void **state)
{
    size_t       used;
    jny_slice_t  one, two;
    jny_block_t  blk;
    uint8_t     *both;

    one = jnytest_msgpack("{" HEAD PAGES "}");
    both = malloc(2 * one.len);
    memcpy(both, one.data, one.len);
    memcpy(both + one.len, one.data, one.len);
    two.data = both;
    two.len = 2 * one.len;

    jny_block_init(&blk, &jnytest_malloc);
    assert_int_equal(jny_block_decode(&blk, two, NULL, NULL), JNY_EDATA);
    assert_int_equal(jny_block_decode(&blk, two, &used, NULL), JNY_OK);
    assert_int_equal(used, one.len);
    two.data += used;
    two.len -= used;
    assert_int_equal(jny_block_decode(&blk, two, &used, NULL), JNY_OK);
    assert_int_equal(used, one.len);
    assert_int_equal(blk.nevents, 4);

    jny_block_release(&blk);
    free(both);
    free((void *) one.data);
}


/* No payload that is cut or has one bit flipped is read past its end. */
static void
test_cuts_and_flips(void **state)
{
    uint8_t         *copy;
    jny_row_t        row;
    jny_seal_t       seal;
    jny_slice_t      member, payload, s;
    jny_block_t      blk;
    jny_log_info_t   info;

    jnytest_info(&info);
    memset(&seal, 0, sizeof(seal));
    member = jnytest_block(&info, &seal, 0, 100, NULL);
    payload = jnytest_payload(member);
    jny_block_init(&blk, &jnytest_malloc);

    for (s.len = 0; s.len < payload.len; s.len++) {
        s.data = payload.data;
        copy = jnytest_copy(s);
        s.data = copy;
        assert_int_equal(jny_block_decode(&blk, s, NULL, NULL), JNY_EDATA);
        free(copy);
    }

    copy = jnytest_copy(payload);
    s.data = copy;

    for (size_t bit = 0; bit < 8 * payload.len; bit++) {
        copy[bit / 8] ^= (uint8_t) (1 << bit % 8);

        if (jny_block_decode(&blk, s, NULL, NULL) == JNY_OK) {
            for (uint32_t i = 0; i < blk.nevents; i++) {
                jny_block_row(&blk, i, &row);

                for (unsigned k = 0; k < JNY_TEXT_COUNT; k++) {
                    assert_true(row.text[k].len <= JNY_MAX_TEXT);
                }
            }
        }

        copy[bit / 8] ^= (uint8_t) (1 << bit % 8);
    }

    jny_block_release(&blk);
    free(copy);
    free((void *) payload.data);
    free((void *) member.data);
}


static void
test_memory_fails(void **state)
{
    int              rc;
    jny_alloc_t      alloc;
    jny_slice_t      payload;
    jny_block_t      blk;
    jnytest_heap_t   heap;

    payload = jnytest_msgpack(
        "{'v' 1 'n' 1 'flags' 4 'writer' <0000000000000001> 'seq' 0 'base' 0 "
        "'dropped' 0 'erased' 0 't0' 0 'col' {'page' 1 'status' 200} "
        "'dict' {'page' ['' 'a']} 'sources' [[1 2 3 4 5]]}");

    for (long n = 1;; n++) {
        memset(&heap, 0, sizeof(heap));
        heap.fail_at = n;
        alloc = jnytest_alloc(&heap);

        jny_block_init(&blk, &alloc);
        rc = jny_block_decode(&blk, payload, NULL, NULL);

        if (rc == JNY_OK) {
            jny_block_release(&blk);
            assert_int_equal(heap.live, 0);
            assert_int_equal(n, 5);
            break;
        }

        assert_int_equal(rc, JNY_ENOMEM);

        /* the same block may be tried again */
        heap.fail_at = 0;
        assert_int_equal(jny_block_decode(&blk, payload, NULL, NULL), JNY_OK);
        assert_int_equal(blk.nevents, 1);
        jny_block_release(&blk);
        assert_int_equal(heap.live, 0);
    }

    free((void *) payload.data);
}


/* A second block of the same size takes no memory, a larger one more. */
static void
test_memory_is_reused(void **state)
{
    long             calls;
    jny_seal_t       seal;
    jny_alloc_t      alloc;
    jny_slice_t      member, payload, small;
    jny_block_t      blk;
    jnytest_heap_t   heap;
    jny_log_info_t   info;

    jnytest_info(&info);
    memset(&seal, 0, sizeof(seal));
    memset(&heap, 0, sizeof(heap));
    alloc = jnytest_alloc(&heap);
    member = jnytest_block(&info, &seal, 0, 1000, NULL);
    payload = jnytest_payload(member);

    small = jnytest_msgpack("{" HEAD PAGES "}");
    jny_block_init(&blk, &alloc);
    assert_int_equal(jny_block_decode(&blk, small, NULL, NULL), JNY_OK);
    assert_int_equal(jny_block_decode(&blk, payload, NULL, NULL), JNY_OK);
    calls = heap.calls;
    assert_int_equal(jny_block_decode(&blk, payload, NULL, NULL), JNY_OK);
    assert_int_equal(heap.calls, calls);
    jny_block_release(&blk);
    assert_int_equal(heap.live, 0);

    free((void *) small.data);
    free((void *) payload.data);
    free((void *) member.data);
}


int
main(void)
{
    const struct CMUnitTest  tests[] = {
        cmocka_unit_test(test_everything),
        cmocka_unit_test(test_least),
        cmocka_unit_test(test_head),
        cmocka_unit_test(test_negative_t0),
        cmocka_unit_test(test_verdicts),
        cmocka_unit_test(test_sources),
        cmocka_unit_test(test_empty_block),
        cmocka_unit_test(test_limits),
        cmocka_unit_test(test_used),
        cmocka_unit_test(test_cuts_and_flips),
        cmocka_unit_test(test_memory_fails),
        cmocka_unit_test(test_memory_is_reused),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
