/*
 * test_select.c - selectors: what parses, what is refused and where, what
 * matches.  Blocks are made by the encoder, and each row knows by its page
 * what it is.
 */

#include <stdarg.h>
#include <stddef.h>
#include <setjmp.h>
#include <stdint.h>
#include <cmocka.h>

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "engine/heap.h"
#include "engine/select.h"
#include "engine/select_private.h"
#include "jny_encode.h"
#include "jny_walk.h"


static jny_slice_t
slice(const char *s)
{
    jny_slice_t  text;

    text.data = (const uint8_t *) s;
    text.len = strlen(s);

    return text;
}


/* ---- parser ---- */

static void
test_parse(void **state)
{
    jny_selector_t  *sel;

    assert_int_equal(jny_selector_parse(&sel, "  status>=500 & campaign=a|b ",
                                        NULL), JNY_OK);
    assert_string_equal(jny_selector_text(sel), "status>=500 & campaign=a|b");
    assert_true(jny_selector_names(sel, "status"));
    assert_true(jny_selector_names(sel, "campaign"));
    assert_false(jny_selector_names(sel, "stat"));
    assert_true(jny_selector_is_carried(sel));
    jny_selector_free(sel);

    assert_int_equal(jny_selector_parse(&sel, "x_team=red", NULL), JNY_OK);
    assert_true(jny_selector_names(sel, "x_team"));
    assert_false(jny_selector_is_carried(sel));
    jny_selector_free(sel);

    jny_selector_free(NULL);
}


static void
refused(const char *text, unsigned offset, const char *what)
{
    jny_diag_t       diag;
    jny_selector_t  *sel;

    assert_int_equal(jny_selector_parse(&sel, text, &diag), JNY_EINVAL);
    assert_null(sel);

    if (diag.offset != offset || strstr(diag.what, what) == NULL) {
        fail_msg("%s: at %u: %s", text, (unsigned) diag.offset, diag.what);
    }
}


static void
test_refused(void **state)
{
    refused("", 0, "something is missing");
    refused("   ", 3, "something is missing");
    refused("a&", 2, "something is missing");
    refused("&a", 0, "something is missing");
    refused("a||b", 2, "something is missing");
    refused("campain=x", 0, "did you mean campaign?");
    refused("a&zzzzzz=x", 2, "own fields begin with x_");
    refused("status>x", 7, "whole number");
    refused("status>", 7, "whole number");
    refused("status>1.5", 7, "whole number");
    refused("status>99999999999999999999", 7, "whole number");
    refused("value>1.23456", 6, "at most 4 decimals");
    refused("score=1.234", 6, "at most 2 decimals");
    refused("value=-", 6, "at most 4 decimals");
    refused("value=.", 6, "at most 4 decimals");
    refused("status~4*", 6, "compare it with =");
    refused("campaign>x", 8, "compare it with =, !=, ~ or !~");
    refused("internal=1", 9, "yes or no");
    refused("internal>yes", 8, "with = or !=");
    refused("visitor=xyz", 8, "hexadecimal");
    refused("visitor=00112233445566778", 8, "hexadecimal");
    refused("status>400|500", 11, "alternatives go with");
    refused("status >= 400", 7, "no blanks around");
    refused("value", 0, "this is a field");
    refused("a b", 1, "a word has no blanks");
    refused("a=>b", 0, "unknown field a");
    refused("caf\xc3\xa9=1", 5, "no field stands before");
    refused("?a", 0, "no meaning");
    refused("!a", 0, "no meaning");
}


/* ---- globs ---- */

static int
glob(const char *pattern, const char *text)
{
    return jny_glob_match(pattern, strlen(pattern), slice(text));
}


static void
test_glob(void **state)
{
    assert_true(glob("", ""));
    assert_true(glob("*", ""));
    assert_true(glob("*", "anything/at all"));
    assert_true(glob("/product/*", "/product/1/reviews"));
    assert_true(glob("/product/*", "/product/"));
    assert_false(glob("/product/*", "/product"));
    assert_true(glob("*/a*b", "x/a/a.b"));
    assert_true(glob("a*b*c", "aXbXbXc"));
    assert_false(glob("a*b*c", "aXbXbX"));
    assert_true(glob("**a**", "a"));
    assert_true(glob("?", "x"));
    assert_false(glob("?", ""));
    assert_true(glob("caf?", "caf\xc3\xa9"));
    assert_false(glob("caf??", "caf\xc3\xa9"));
    assert_true(glob("a\\*b", "a*b"));
    assert_false(glob("a\\*b", "axb"));
    assert_true(glob("a\\", "a\\"));
    assert_false(glob("abc", "abcd"));
    assert_false(glob("abcd", "abc"));
}


/* Stars must not multiply: this would take longer than the universe has. */

static void
test_glob_is_quick(void **state)
{
    char  text[1025];

    memset(text, 'a', sizeof(text) - 1);
    text[sizeof(text) - 1] = '\0';

    assert_false(glob("a*a*a*a*a*a*a*a*a*a*a*a*a*a*a*a*a*a*a*a*b", text));
}


/* ---- blocks ---- */

typedef struct {
    jny_encoder_t   *enc;
    uint8_t         *payload;
    jny_block_t      blk;
    jny_matcher_t   *matcher;
    jny_slice_t      stages[3];
} fixture_t;

typedef struct {
    const char  *page;         /* the row's name: "/a", "/b", ... */
    const char  *stage;
    const char  *touchpoint;
    const char  *campaign;
    const char  *team;
    const char  *agent;
    uint64_t     visitor;
    uint32_t     status;
    uint32_t     latency_ms;
    uint32_t     flags;
    int64_t      value_e4;
    int32_t      score_e2;
} spec_t;

#define FIREFOX  "Mozilla/5.0 (X11; rv:128.0) Gecko Firefox/128.0"

static const spec_t  rows[] = {
    { "/a", "see", NULL, "Spring", "red", FIREFOX, 1, 200, 10,
      JNY_ROW_NEW_VISITOR, 0, 0 },
    { "/b", "see", "price list", NULL, "blue", FIREFOX, 1, 404,
      2000, 0, 0, 0 },
    { "/c", "buy", "buy now", "autumn", NULL, NULL, 0x0123456789abcdef, 200, 0,
      JNY_ROW_INTERNAL | JNY_ROW_BEACON, 125000, 0 },
    { "/d", "buy", NULL, NULL, NULL, "Googlebot/2.1", 2, 503, 70000, 0, -99900,
      0 },
    { "/e", NULL, "see", NULL, NULL, "curl/8", 0, 0, 0, 0, 1, -150 },
};

#define NROWS  (sizeof(rows) / sizeof(rows[0]))


static jny_slice_t
maybe(const char *s)
{
    return slice(s ? s : "");
}


static void
encode(fixture_t *fx, jny_slice_t *member, jny_header_t *h)
{
    int             rc;
    jny_row_t       row;
    jny_seal_t      seal;
    jny_log_info_t  info;

    memset(&info, 0, sizeof(info));
    info.writer = 7;
    info.edge = slice("edge");
    info.stages[0] = fx->stages[0];
    info.stages[1] = fx->stages[1];
    info.stages[2] = fx->stages[2];
    info.nstages = 3;
    info.fields[0] = slice("team");
    info.nfields = 1;
    info.agents = 1;
    info.level = 1;

    fx->enc = jny_encoder_new(&jny_heap, &info, &rc);
    assert_non_null(fx->enc);

    for (unsigned i = 0; i < NROWS; i++) {
        memset(&row, 0, sizeof(row));
        row.time_ms = 1700000000000 + i;
        row.visitor = rows[i].visitor;
        row.status = rows[i].status;
        row.latency_ms = rows[i].latency_ms;
        row.flags = rows[i].flags;
        row.value_e4 = rows[i].value_e4;
        row.score_e2 = rows[i].score_e2;
        row.text[JNY_TEXT_PAGE] = maybe(rows[i].page);
        row.text[JNY_TEXT_STAGE] = maybe(rows[i].stage);
        row.text[JNY_TEXT_TOUCHPOINT] = maybe(rows[i].touchpoint);
        row.text[JNY_TEXT_CAMPAIGN] = maybe(rows[i].campaign);
        row.field[0] = maybe(rows[i].team);
        row.agent = maybe(rows[i].agent);

        assert_int_equal(jny_encoder_add(fx->enc, &row), JNY_OK);
    }

    memset(&seal, 0, sizeof(seal));
    assert_int_equal(jny_encoder_seal(fx->enc, &seal, member, h), JNY_OK);
}


static int
setup(void **state)
{
    fixture_t     *fx;
    jny_slice_t    member, payload;
    jny_header_t   h;

    fx = calloc(1, sizeof(*fx));
    assert_non_null(fx);
    fx->stages[0] = slice("see");
    fx->stages[1] = slice("think");
    fx->stages[2] = slice("buy");

    encode(fx, &member, &h);

    fx->payload = malloc(h.payload_len);
    assert_non_null(fx->payload);
    assert_int_equal(jny_member_inflate(&jny_heap, &h, member, fx->payload,
                                        NULL), JNY_OK);

    payload.data = fx->payload;
    payload.len = h.payload_len;
    jny_block_init(&fx->blk, &jny_heap);
    assert_int_equal(jny_block_decode(&fx->blk, payload, NULL, NULL), JNY_OK);

    fx->matcher = jny_matcher_new();
    assert_non_null(fx->matcher);

    *state = fx;
    return 0;
}


static int
teardown(void **state)
{
    fixture_t  *fx;

    fx = *state;
    jny_matcher_free(fx->matcher);
    jny_block_release(&fx->blk);
    jny_encoder_free(fx->enc);
    free(fx->payload);
    free(fx);

    return 0;
}


/* want: the letters of the pages that match. */

static void
expect(fixture_t *fx, const char *selector, const char *want)
{
    char             got[NROWS + 1];
    size_t           n;
    uint64_t         words[NROWS];
    jny_diag_t       diag;
    jny_selector_t  *sel;

    if (jny_selector_parse(&sel, selector, &diag) != JNY_OK) {
        fail_msg("%s: %s", selector, diag.what);
    }

    /* a bit that is there already stays */
    memset(words, 0, sizeof(words));
    words[0] = 1;

    assert_int_equal(jny_selector_match(sel, fx->matcher, &fx->blk, fx->stages,
                                        3, words, 4), JNY_OK);
    n = 0;

    for (unsigned i = 0; i < NROWS; i++) {
        assert_int_equal(words[i] & ~4ULL, i == 0);

        if (words[i] & 4) {
            got[n++] = rows[i].page[1];
        }
    }

    got[n] = '\0';

    if (strcmp(got, want) != 0) {
        fail_msg("%s matches \"%s\", not \"%s\"", selector, got, want);
    }

    jny_selector_free(sel);
}


/* b and d failed: they have no stage, unless status is named. */

static void
test_stage(void **state)
{
    expect(*state, "see", "a");
    expect(*state, "stage=see", "a");
    expect(*state, "buy", "c");
    expect(*state, "buy|see", "ac");
    expect(*state, "stage=buy|see", "ac");
    expect(*state, "stage~b*", "c");
    expect(*state, "stage=", "bde");
    expect(*state, "stage!=see", "bcde");
    expect(*state, "stage!=", "ac");
    expect(*state, "think", "");

    expect(*state, "see&status>0", "ab");
    expect(*state, "buy&status>=500", "d");
    expect(*state, "status<500&stage=see|buy", "abc");
}


/* A stage's name is a stage, also where a touchpoint is called the same. */

static void
test_touchpoint(void **state)
{
    expect(*state, "touchpoint=see", "e");
    expect(*state, "touchpoint=price list", "b");
    expect(*state, "touchpoint~*now", "c");
    expect(*state, "touchpoint~/*", "ad");
    expect(*state, "touchpoint=/a|/d", "ad");
    expect(*state, "touchpoint!~/*", "bce");
    expect(*state, "nowhere", "");
    expect(*state, "nowhere|buy", "c");
}


static void
test_page(void **state)
{
    expect(*state, "/a", "a");
    expect(*state, "/?", "abcde");
    expect(*state, "/a|/b|buy", "abc");
    expect(*state, "page=/a|/c", "ac");
    expect(*state, "page!=/a", "bcde");
    expect(*state, "page~*c", "c");
}


static void
test_numbers(void **state)
{
    expect(*state, "status=200", "ac");
    expect(*state, "status=200|503", "acd");
    expect(*state, "status!=200|503", "be");
    expect(*state, "status>=404", "bd");
    expect(*state, "status>404", "d");
    expect(*state, "status<=200", "ace");
    expect(*state, "status<200", "e");
    expect(*state, "latency>=2000", "bd");
    expect(*state, "latency=70000", "d");
    expect(*state, "value>0", "ce");
    expect(*state, "value=12.5", "c");
    expect(*state, "value=12.5000", "c");
    expect(*state, "value=0.0001", "e");
    expect(*state, "value<0", "d");
    expect(*state, "value=-9.99", "d");
    expect(*state, "value>=-10&value<0", "d");
    expect(*state, "score<0", "e");
    expect(*state, "score=-1.5", "e");
}


static void
test_ids(void **state)
{
    expect(*state, "visitor=1", "ab");
    expect(*state, "visitor=0000000000000001", "ab");
    expect(*state, "visitor=0123456789ABCDEF|2", "cd");
    expect(*state, "visitor!=1", "cde");
    expect(*state, "visitor=0", "e");
    expect(*state, "login=0", "abcde");
    expect(*state, "login!=0", "");
    expect(*state, "login=", "abcde");
    expect(*state, "login!=(none)", "");
    expect(*state, "visitor=", "e");
    expect(*state, "visitor!=(none)", "abcd");
}


static void
test_flags(void **state)
{
    expect(*state, "new=yes", "a");
    expect(*state, "new=no", "bcde");
    expect(*state, "new!=yes", "bcde");
    expect(*state, "internal=yes&beacon=yes", "c");
    expect(*state, "internal=yes|no", "abcde");
    expect(*state, "speculative=yes", "");
}


static void
test_agents(void **state)
{
    expect(*state, "agent~*Firefox*", "ab");
    expect(*state, "agent=", "c");
    expect(*state, "agent!=", "abde");
    expect(*state, "bot=yes", "de");
    expect(*state, "bot=no", "abc");
    expect(*state, "bot!=no", "de");
}


static void
test_own_fields(void **state)
{
    expect(*state, "x_team=red", "a");
    expect(*state, "x_team!=red", "bcde");
    expect(*state, "x_team=red|blue", "ab");
    expect(*state, "x_team=", "cde");
    expect(*state, "x_nobody=", "abcde");
    expect(*state, "x_nobody=x", "");
    expect(*state, "x_nobody!=x", "abcde");
}


/* The scan half leaves carried terms to the tuple. */

static void
test_carried(void **state)
{
    jny_carried_t    carried;
    jny_selector_t  *sel;

    expect(*state, "campaign=nothing", "abcde");
    expect(*state, "campaign=nothing&status=200", "ac");

    assert_int_equal(jny_selector_parse(&sel, "campaign=SPRING|Sommer\xc3\x84&"
                                        "channel!~paid*&status=1", NULL),
                     JNY_OK);

    memset(&carried, 0, sizeof(carried));
    carried.channel = slice("email");
    assert_false(jny_selector_match_carried(sel, &carried));

    carried.campaign = slice("spring");
    assert_true(jny_selector_match_carried(sel, &carried));

    carried.campaign = slice("sommer\xc3\xa4");
    assert_true(jny_selector_match_carried(sel, &carried));

    carried.channel = slice("paid search");
    assert_false(jny_selector_match_carried(sel, &carried));

    jny_selector_free(sel);

    assert_int_equal(jny_selector_parse(&sel, "status=1", NULL), JNY_OK);
    assert_true(jny_selector_match_carried(sel, &carried));
    jny_selector_free(sel);
}


/* A backslash takes the meaning from what follows. */

static void
test_escapes(void **state)
{
    expect(*state, "touchpoint=pri\\ce list", "b");
    expect(*state, "touchpoint=price\\ list", "b");
    expect(*state, "touchpoint~pri\\ce*", "b");
    expect(*state, "touchpoint=a\\|b|price list", "b");
    expect(*state, "touchpoint=a\\&b|price list", "b");
    expect(*state, "page~/\\a", "a");
    expect(*state, "page~\\*", "");
}


int
main(void)
{
    const struct CMUnitTest  tests[] = {
        cmocka_unit_test(test_parse),
        cmocka_unit_test(test_refused),
        cmocka_unit_test(test_glob),
        cmocka_unit_test(test_glob_is_quick),
        cmocka_unit_test(test_stage),
        cmocka_unit_test(test_touchpoint),
        cmocka_unit_test(test_page),
        cmocka_unit_test(test_numbers),
        cmocka_unit_test(test_ids),
        cmocka_unit_test(test_flags),
        cmocka_unit_test(test_agents),
        cmocka_unit_test(test_own_fields),
        cmocka_unit_test(test_carried),
        cmocka_unit_test(test_escapes),
    };

    return cmocka_run_group_tests(tests, setup, teardown);
}
