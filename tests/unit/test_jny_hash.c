/*
 * test_jny_hash.c - SipHash-1-3 against Python's: `PYTHONHASHSEED=0 python3
 * -c 'print(hash(b"abc"))'` (3.11 and later hash bytes with it, key 0).
 */

#include "jnytest.h"
#include "jny_hash.h"

#include <stdlib.h>


static void
test_python(void **state)
{
    uint8_t         *copy;
    jny_slice_t      s;
    jny_hash_key_t   key;

    static const struct {
        const char  *text;
        uint64_t     hash;
    } cases[] = {
        { "a", 0x407448d2b89b1813ULL },
        { "abc", 0xc03bc3a0042630f2ULL },
        { "abcdefg", 0x6db12aae9070f506ULL },
        { "abcdefgh", 0x3f7b849c0b8e35eaULL },
        { "The quick brown fox jumps over the lazy dog",
          0x8df676d3d00c451eULL },
    };

    key.k0 = 0;
    key.k1 = 0;

    for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
        s = jnytest_text(cases[i].text);
        copy = jnytest_copy(s);
        s.data = copy;
        assert_true(jny_hash_bytes(&key, s) == cases[i].hash);

        /* both halves of the key count */
        key.k0 = 1;
        assert_true(jny_hash_bytes(&key, s) != cases[i].hash);
        key.k0 = 0;
        key.k1 = 1;
        assert_true(jny_hash_bytes(&key, s) != cases[i].hash);
        key.k1 = 0;

        free(copy);
    }
}


static void
test_pair(void **state)
{
    jny_hash_key_t  key, other;

    key.k0 = 1;
    key.k1 = 2;
    other.k0 = 3;
    other.k1 = 2;

    assert_true(jny_hash_pair(&key, 5, 6) == jny_hash_pair(&key, 5, 6));
    assert_true(jny_hash_pair(&key, 5, 6) != jny_hash_pair(&key, 6, 5));
    assert_true(jny_hash_pair(&key, 5, 6) != jny_hash_pair(&other, 5, 6));
}


/* Lengths on both sides of each way the text is read. */

static void
test_guess(void **state)
{
    uint8_t      text[48];
    uint64_t     h;
    jny_slice_t  s;

    for (size_t i = 0; i < sizeof(text); i++) {
        text[i] = (uint8_t) (7 * i);
    }

    s.data = text;

    for (s.len = 1; s.len <= sizeof(text); s.len++) {
        h = jny_hash_guess(s);
        assert_true(jny_hash_guess(s) == h);

        for (size_t i = 0; i < s.len; i++) {
            text[i] ^= 0x80;
            assert_true((jny_hash_guess(s) & 0xffff) != (h & 0xffff));
            text[i] ^= 0x80;
        }

        s.len--;
        assert_true(jny_hash_guess(s) != h);
        s.len++;
    }
}


int
main(void)
{
    const struct CMUnitTest  tests[] = {
        cmocka_unit_test(test_python),
        cmocka_unit_test(test_pair),
        cmocka_unit_test(test_guess),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
