/*
 * test_engine_channel.c - engine/channel.c, engine/fold.c and engine/bots.c
 * against tables written from GA4's documentation, not from ours.
 */

#include <stdarg.h>
#include <stddef.h>
#include <setjmp.h>
#include <stdint.h>
#include <cmocka.h>

#include <stdio.h>
#include <string.h>

#include "engine/bots.h"
#include "engine/channel.h"
#include "engine/fold.h"
#include "jnytest.h"


static void
groups(void **state)
{
    unsigned  i;

    static const char *const  table[][4] = {
        { "", "", "", "direct" },
        { "(direct)", "(none)", "", "direct" },
        { "google", "organic", "", "organic search" },
        { "unheard", "organic", "", "organic search" },
        { "google", "cpc", "spring", "paid search" },
        { "yandex", "ppc", "", "paid search" },
        { "facebook", "paid_social", "", "paid social" },
        { "fb", "cpc", "", "paid social" },
        { "facebook.com", "referral", "", "organic social" },
        { "x", "social-media", "", "organic social" },
        { "youtube", "", "", "organic video" },
        { "youtube", "cpv", "", "paid video" },
        { "blog", "cpm", "", "display" },
        { "google", "display", "", "display" },
        { "anything", "retargeting", "", "paid other" },
        { "google", "cpc", "summer-shopping", "paid shopping" },
        { "newsletter", "email", "n12", "email" },
        { "google", "email", "n12", "email" },
        { "e-mail", "", "n12", "email" },
        { "partner", "affiliate", "", "affiliates" },
        { "partner", "referral", "", "referral" },
        { "chatgpt.com", "referral", "", "ai assistant" },
        { "chatgpt", "ai-assistant", "", "ai assistant" },
        { "sms", "", "", "sms" },
        { "app", "push", "", "mobile push" },
        { "spotify", "audio", "", "audio" },
        { "", "", "spring", "other" },
        { "poster", "print", "", "other" },
        { "google", "cpc", "x cross-network y", "cross-network" },
        { "amazon", "referral", "", "organic shopping" },
        { "blog", "", "workshop", "other" },
        { "blog", "", "e-shop", "organic shopping" },
    };

    (void) state;

    for (i = 0; i < sizeof(table) / sizeof(table[0]); i++) {
        assert_string_equal(jny_channel_of(jnytest_text(table[i][0]),
                                jnytest_text(table[i][1]),
                                jnytest_text(table[i][2])),
            table[i][3]);
    }
}


static void
referrers(void **state)
{
    unsigned     i;
    jny_slice_t  source, medium;

    static const char *const  table[][4] = {
        { "www.google.com", "google", "organic", "1" },
        { "google.co.uk", "google", "organic", "1" },
        { "www.google.com.tr", "google", "organic", "1" },
        { "google.com.evil.example", "google.com.evil.example", "referral",
          "0" },
        { "notgoogle.com", "notgoogle.com", "referral", "0" },
        { "google", "google", "referral", "0" },
        { "yandex.ru", "yandex", "organic", "1" },
        { "ya.ru", "yandex", "organic", "1" },
        { "notya.ru", "notya.ru", "referral", "0" },
        { "mail.google.com", "gmail", "email", "1" },
        { "gemini.google.com", "gemini", "ai-assistant", "1" },
        { "l.facebook.com", "facebook", "social", "1" },
        { "t.co", "twitter", "social", "1" },
        { "m.youtube.com", "youtube", "video", "1" },
        { "www.blog.example", "blog.example", "referral", "0" },
        { "www.", "", "referral", "0" },
    };

    (void) state;

    for (i = 0; i < sizeof(table) / sizeof(table[0]); i++) {
        assert_int_equal(jny_channel_referrer(jnytest_text(table[i][0]),
                             &source, &medium),
            table[i][3][0] - '0');
        assert_int_equal(source.len, strlen(table[i][1]));
        assert_memory_equal(source.data, table[i][1], source.len);
        assert_int_equal(medium.len, strlen(table[i][2]));
        assert_memory_equal(medium.data, table[i][2], medium.len);
    }
}


static void
clicks(void **state)
{
    jny_slice_t  source, medium;

    (void) state;

    assert_true(jny_channel_click(jnytest_text("msclkid"), &source, &medium));
    assert_memory_equal(source.data, "bing", 4);
    assert_memory_equal(medium.data, "cpc", 3);
    assert_false(jny_channel_click(jnytest_text("fbclid"), &source, &medium));
    assert_false(jny_channel_click(jnytest_text(""), &source, &medium));
}


static void
folding(void **state)
{
    char         out[128];
    unsigned     i;
    jny_slice_t  s;

    /* From Unicode's CaseFolding.txt. */
    static const char *const  table[][2] = {
        { "  Spring SALE\t", "spring sale" },
        { "ÀÖØÞ×ß", "àöøþ×ß" },
        { "ΑΡΣΩς", "αρσως" },
        { "ВЕСНА ЁЖ Ђ", "весна ёж ђ" },
        { "ŁĐŻĄ Ÿ", "łđżą Ÿ" },
        { "春 SALE", "春 sale" },
        { "", "" },
        { " \n ", "" },
    };

    (void) state;

    for (i = 0; i < sizeof(table) / sizeof(table[0]); i++) {
        s = jny_fold_trim(jnytest_text(table[i][0]));
        assert_int_equal(s.len, strlen(table[i][1]));
        jny_fold_lower(s, out);
        assert_memory_equal(out, table[i][1], s.len);
    }
}


static void
bots(void **state)
{
    unsigned  i;

    static const char *const  people[] = {
        "",
        "Mozilla/5.0 (X11; Linux x86_64) AppleWebKit/537.36 (KHTML, like "
        "Gecko) Chrome/120.0 Safari/537.36",
        "Mozilla/5.0 (iPhone; CPU iPhone OS 17_0 like Mac OS X) AppleWebKit/"
        "605.1.15 (KHTML, like Gecko) Version/17.0 Mobile/15E148 Safari/604.1",
        "Mozilla/5.0 (Linux; Android 9; CUBOT_X18_Plus) Chrome/90 Mobile",
        "Opera/9.80 (Windows NT 6.1)",
    };

    static const char *const  programs[] = {
        ("Mozilla/5.0 (compatible; Googlebot/2.1; "
         "+http://www.google.com/bot.html)"),
        "Mozilla/5.0 (compatible; YandexBot/3.0; +http://yandex.com/bots)",
        "curl/8.5.0", "Wget/1.21", "python-requests/2.31",
        "Go-http-client/1.1", "facebookexternalhit/1.1",
        "Mozilla/5.0 HeadlessChrome/120", "Mozilla/5.0 zgrab/0.x",
        "check_http/v2.3 (monitoring-plugins 2.3)", "UptimeRobot/2.0",
    };

    (void) state;

    for (i = 0; i < sizeof(people) / sizeof(people[0]); i++) {
        assert_int_equal(jny_bots_agent(jnytest_text(people[i])), 0);
    }

    for (i = 0; i < sizeof(programs) / sizeof(programs[0]); i++) {
        assert_int_not_equal(jny_bots_agent(jnytest_text(programs[i])), 0);
    }
}


/* More agents than places, again and again: the memory never lies. */
static void
agents_seen(void **state)
{
    int          round;
    char         text[64];
    unsigned     i;
    jny_bots_t  *seen;

    (void) state;

    seen = jny_bots_new();
    assert_non_null(seen);

    for (round = 0; round < 3; round++) {
        for (i = 0; i < 3 * JNY_BOTS_SEEN; i++) {
            (void) snprintf(text, sizeof(text), "Mozilla/5.0 %s %u",
                            i % 5 == 0 ? "somebot" : "browser", i);
            assert_int_equal(jny_bots_seen(seen, jnytest_text(text)) > 0,
                             i % 5 == 0);
        }
    }

    assert_int_equal(jny_bots_seen(seen, jnytest_text("")), 0);

    jny_bots_free(seen);
}


int
main(void)
{
    const struct CMUnitTest  tests[] = {
        cmocka_unit_test(groups),
        cmocka_unit_test(referrers),
        cmocka_unit_test(clicks),
        cmocka_unit_test(folding),
        cmocka_unit_test(bots),
        cmocka_unit_test(agents_seen),
    };

    return cmocka_run_group_tests_name("engine_channel", tests, NULL, NULL);
}
