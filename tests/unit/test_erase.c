/*
 * test_erase.c - what of a block no row has (segment/erase_block.c).
 */

#include "jnytest.h"

#include <stdio.h>
#include <stdlib.h>

#include "segment/erase_block.h"


#define HEAD                                                                   \
    "'v' 1 'n' 2 'flags' 0 'writer' <0102030405060708> 'seq' 0 'base' 0 "      \
    "'dropped' 0 'erased' 0 't0' 5 "
#define IDS  "'ids' <0000000000000000 0100000000000000 0200000000000000> "


static void
test_unused(void **state)
{
    static const struct {
        unsigned     unused;
        unsigned     unknown;
        const char  *body;
    } cases[] = {
        { 0, 0, "" },
        { 0, 0, IDS "'col' {'visitor' <0102>}" },
        { 1, 0, IDS "'col' {'visitor' <0202>}" },
        { 2, 0, IDS },
        { 0, 0, "'dict' {'page' ['' 'a']} 'col' {'page' 1}" },
        { 0, 0, "'dict' {'page' ['' 'a']} 'fix' {'page' [1 <00> <01>]}" },
        { 1, 0, "'dict' {'page' ['' 'a' 'b']} 'col' {'page' 1}" },
        { 3, 0, "'dict' {'page' ['' 'a'] 'x_f' ['' 'b' 'c']}" },
        { 0, 0, "'logins' <0000000000000000 0900000000000000> "
                "'col' {'login' <0001>}" },
        { 1, 0, "'logins' <0000000000000000 0900000000000000>" },
        { 0, 0, "'col' {'login' <09000000 08000000>}" },
        { 1, 0, IDS "'agents' <000201> 'dict' {'agent' ['' 'A' 'B' 'C']} "
                "'col' {'visitor' <0102>}" },
        { 0, 1, "'later' 1" },
        { 0, 1, "'dict' {'later' ['' 'a']}" },
        { 0, 1, "'col' {'later' <0102>}" },
        { 0, 1, "'fix' {'later' [1 <00> <01>]}" },
    };

    char         notation[1024];
    uint64_t     n;
    jny_block_t  blk;
    jny_slice_t  payload;

    (void) state;
    jny_block_init(&blk, &jnytest_malloc);

    for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
        snprintf(notation, sizeof(notation), "{" HEAD "%s}", cases[i].body);
        payload = jnytest_msgpack(notation);

        assert_int_equal(jny_block_decode(&blk, payload, NULL, NULL), JNY_OK);
        assert_int_equal(blk.unknown, cases[i].unknown);
        assert_int_equal(jny_erase_unused(&blk, &n), JNY_OK);
        assert_int_equal(n, cases[i].unused);

        free((void *) payload.data);
    }

    jny_block_release(&blk);
}


int
main(void)
{
    const struct CMUnitTest  tests[] = {
        cmocka_unit_test(test_unused),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
