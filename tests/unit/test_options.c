/*
 * test_options.c - argv to options: values, defaults, and what is refused.
 */

#include <stdarg.h>
#include <stddef.h>
#include <setjmp.h>
#include <stdint.h>
#include <cmocka.h>

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#include "base/nearest.h"
#include "options.h"
#include "options_table.h"


static const jny_command_t  command = {
    "test",
    "takes everything",
    JNY_COMMON_OPTIONS " steps entry window goal by across horizon "
    "keep-repeats whole-journey top",
    "[options] LOG...",
    NULL,
    NULL
};

static const jny_command_t  plain = { "plain", "", "format output", "", NULL,
                                      NULL };


/* What stderr got is in said; args are blank separated. */

static char  said[1024];


static int
parse_for(const jny_command_t *cmd, jny_options_t *opt, const char *args)
{
    int          rc, fd, saved;
    FILE        *f;
    char         *word, *rest;
    size_t        n;
    unsigned      argc;
    static char   copy[1024];
    static char  *argv[32];

    snprintf(copy, sizeof(copy), "%s", args);
    argc = 0;

    for (word = strtok_r(copy, " ", &rest); word != NULL;
         word = strtok_r(NULL, " ", &rest))
    {
        argv[argc++] = word;
    }

    f = tmpfile();
    assert_non_null(f);
    fd = fileno(f);

    fflush(stderr);
    saved = dup(STDERR_FILENO);
    dup2(fd, STDERR_FILENO);

    rc = jny_options_parse(cmd, opt, argc, argv);

    fflush(stderr);
    dup2(saved, STDERR_FILENO);
    close(saved);

    rewind(f);
    n = fread(said, 1, sizeof(said) - 1, f);
    said[n] = '\0';
    fclose(f);

    return rc;
}


static int
parse(jny_options_t *opt, const char *args)
{
    return parse_for(&command, opt, args);
}


static void
refused(const char *args, const char *message)
{
    jny_options_t  opt;

    assert_int_equal(parse(&opt, args), JNY_EINVAL);
    assert_non_null(strstr(said, message));
    jny_options_release(&opt);
}


static void
test_defaults(void **state)
{
    jny_options_t  opt;

    assert_int_equal(parse(&opt, "a.jny b.jny"), JNY_OK);

    assert_int_equal(opt.format, JNY_FORMAT_TEXT);
    assert_null(opt.output);
    assert_int_equal(opt.strict, 0);
    assert_true(opt.window_ms == INT64_C(30) * 86400000);
    assert_true(opt.horizon_ms == INT64_C(7) * 86400000);
    assert_true(opt.plan.session_gap_ms == 1800000);
    assert_true(opt.plan.start_ms == INT64_MIN);
    assert_true(opt.plan.end_ms == INT64_MAX);
    assert_int_equal(opt.plan.bots, JNY_BOTS_EXCLUDE);
    assert_true(opt.plan.threads >= 1);
    assert_int_equal(opt.top, 20);
    assert_int_equal(opt.entry_first, 0);
    assert_null(opt.plan.steps);
    assert_non_null(opt.tz);
    assert_int_equal(opt.nlogs, 2);
    assert_string_equal(opt.logs[1], "b.jny");

    jny_options_release(&opt);
}


static void
test_values(void **state)
{
    jny_options_t  opt;

    assert_int_equal(parse(&opt, "--format=json -o out a --strict --window 12h "
                           "--horizon 1d12h --top 7 --bots only --threads 3 "
                           "--by host --across campaign --keep-repeats "
                           "--goal purchase --where status<400 -- --b"),
                     JNY_OK);

    assert_int_equal(opt.format, JNY_FORMAT_JSON);
    assert_string_equal(opt.output, "out");
    assert_int_equal(opt.strict, 1);
    assert_true(opt.window_ms == INT64_C(12) * 3600000);
    assert_true(opt.horizon_ms == INT64_C(36) * 3600000);
    assert_int_equal(opt.top, 7);
    assert_int_equal(opt.plan.bots, JNY_BOTS_ONLY);
    assert_int_equal(opt.plan.threads, 3);
    assert_string_equal(opt.by, "host");
    assert_string_equal(opt.across, "campaign");
    assert_int_equal(opt.keep_repeats, 1);
    assert_int_equal(opt.whole_journey, 0);
    assert_string_equal(jny_selector_text(opt.plan.goal), "purchase");
    assert_string_equal(jny_selector_text(opt.plan.where), "status<400");
    assert_int_equal(opt.nlogs, 2);
    assert_string_equal(opt.logs[0], "a");
    assert_string_equal(opt.logs[1], "--b");

    jny_options_release(&opt);
}


/* The last one counts; what it replaces is freed (ASan looks). */

static void
test_twice(void **state)
{
    jny_options_t  opt;

    assert_int_equal(parse(&opt, "--where a --where b --steps a --steps b -ox "
                           "-o y l"), JNY_OK);
    assert_string_equal(jny_selector_text(opt.plan.where), "b");
    assert_int_equal(opt.plan.nsteps, 1);
    assert_string_equal(jny_selector_text(opt.plan.steps[0]), "b");
    assert_string_equal(opt.output, "y");
    jny_options_release(&opt);
}


static void
test_entry(void **state)
{
    jny_options_t  opt;

    assert_int_equal(parse(&opt, "--steps a l"), JNY_OK);
    assert_int_equal(opt.entry_first, 1);
    jny_options_release(&opt);

    assert_int_equal(parse(&opt, "--steps a --entry any l"), JNY_OK);
    assert_int_equal(opt.entry_first, 0);
    jny_options_release(&opt);

    assert_int_equal(parse(&opt, "--entry first l"), JNY_OK);
    assert_int_equal(opt.entry_first, 1);
    jny_options_release(&opt);
}


static void
test_refused(void **state)
{
    refused("", "no logs given");
    refused("--formt json l", "did you mean --format?");
    refused("--zzzzzzz l", "unknown option --zzzzzzz; journey test --help");
    refused("-x l", "unknown option -x");
    refused("--format xml l", "--format xml: give one of text|json");
    refused("--format", "--format text|json: the value is missing");
    refused("-o", "--output FILE: the value is missing");
    refused("--strict=1 l", "takes no value");
    refused("--top 0 l", "give a number from 1 to 100000");
    refused("--top 1x l", "give a number");
    refused("--top -1 l", "give a number");
    refused("--top 99999999999 l", "give a number");
    refused("--window 30 l", "write a duration as 30d");
    refused("--window 0d l", "give 1ms to 3652d");
    refused("--window 999999999999w l", "too long");
    refused("--across pages l", "--across pages: give campaign");
    refused("--by hots l", "did you mean host?");
    refused("--by status l", "holds text");
    refused("--where campain=x l", "did you mean campaign?");
    refused("--where /a&&b l", "       ^");
    refused("--start 2024-13-01 l", "write a moment as");
    refused("--last 1d --start 2024-01-01 l", "give one of them");
    refused("--start 2024-01-02 --end 2024-01-02 l", "is not before");
    refused("--tz Atlantis l", "no such zone");
    refused("--tz ../../etc/passwd l", "no such zone");
}


static void
test_not_taken(void **state)
{
    jny_options_t  opt;

    assert_int_equal(parse_for(&plain, &opt, "--top 3 l"), JNY_EINVAL);
    assert_non_null(strstr(said, "unknown option --top"));
    jny_options_release(&opt);
}


static void
expect_ms(const char *text, int64_t want)
{
    int64_t     ms;
    jny_diag_t  diag;

    assert_int_equal(jny_time_parse(text, &ms, &diag), JNY_OK);

    if (ms != want) {
        fail_msg("%s: %lld is not %lld", text, (long long) ms,
                 (long long) want);
    }
}


/* Expected values: date -u -d TEXT +%s */

static void
test_time(void **state)
{
    jny_options_t  opt;

    assert_int_equal(parse(&opt, "--tz +02:00 l"), JNY_OK);
    expect_ms("2024-02-29", INT64_C(1709164800000) - 7200000);
    expect_ms("2024-02-29T12:34", INT64_C(1709210040000) - 7200000);
    jny_options_release(&opt);

    assert_int_equal(parse(&opt, "--tz -05:30 l"), JNY_OK);
    expect_ms("2024-02-29", INT64_C(1709164800000) + 19800000);
    jny_options_release(&opt);

    assert_int_equal(parse(&opt, "--tz UTC l"), JNY_OK);
    expect_ms("2024-02-29", 1709164800000);
    expect_ms("2024-02-29T12:34:56", 1709210096000);
    expect_ms("2024-02-29T12:34:56Z", 1709210096000);
    expect_ms("2024-02-29T12:34:56+01:00", INT64_C(1709210096000) - 3600000);
    expect_ms("2024-02-29T12:34-02:30", INT64_C(1709210040000) + 9000000);
    expect_ms("1970-01-01Z", 0);
    jny_options_release(&opt);
}


static void
test_time_refused(void **state)
{
    int64_t                   ms;
    jny_diag_t                diag;
    static const char *const  bad[] = {
        "", "2024", "2024-1-1", "2024-00-01", "2024-01-00", "2024-01-32",
        "2023-02-29", "1969-12-31", "2024-01-01T", "2024-01-01T24:00",
        "2024-01-01T12", "2024-01-01T12:60", "2024-01-01T12:00:60",
        "2024-01-01 12:00", "2024-01-01x", "2024-01-01+2:00",
        "2024-01-01+15:00", "2024-01-01Zx", "24-01-01",
    };

    for (unsigned i = 0; i < sizeof(bad) / sizeof(bad[0]); i++) {
        if (jny_time_parse(bad[i], &ms, &diag) != JNY_EINVAL) {
            fail_msg("\"%s\" was taken", bad[i]);
        }
    }
}


static void
test_nearest(void **state)
{
    jny_nearest_t  near;

    jny_nearest_init(&near, "funel", 5);
    jny_nearest_try(&near, "paths");
    jny_nearest_try(&near, "funnel");
    assert_string_equal(near.best, "funnel");

    jny_nearest_init(&near, "sesison-gap", 11);
    jny_nearest_try(&near, "session-gap");
    assert_string_equal(near.best, "session-gap");

    jny_nearest_init(&near, "keep", 4);
    jny_nearest_try(&near, "keep-repeats");
    assert_string_equal(near.best, "keep-repeats");

    jny_nearest_init(&near, "zz", 2);
    jny_nearest_try(&near, "tz");
    jny_nearest_try(&near, "by");
    assert_string_equal(near.best, "tz");

    jny_nearest_init(&near, "quux", 4);
    jny_nearest_try(&near, "format");
    assert_null(near.best);
}


/* Rows that share a name differ in key, and no command takes both. */

static void
test_table(void **state)
{
    const jny_option_t  *a, *b;

    for (unsigned i = 0; i < jny_option_count; i++) {
        a = &jny_option_table[i];

        assert_true(a->field < sizeof(jny_options_t));
        assert_int_equal(a->help[strlen(a->help) - 1], '\n');
        assert_true((a->type == JNY_OPTION_FLAG) == (a->arg == NULL));

        for (unsigned k = 0; k < i; k++) {
            b = &jny_option_table[k];

            assert_string_not_equal(a->key, b->key);
            assert_false(strcmp(a->name, b->name) == 0
                         && jny_option_taken(&command, a)
                         && jny_option_taken(&command, b));
        }
    }
}


int
main(void)
{
    const struct CMUnitTest  tests[] = {
        cmocka_unit_test(test_defaults),
        cmocka_unit_test(test_values),
        cmocka_unit_test(test_twice),
        cmocka_unit_test(test_entry),
        cmocka_unit_test(test_refused),
        cmocka_unit_test(test_not_taken),
        cmocka_unit_test(test_time),
        cmocka_unit_test(test_time_refused),
        cmocka_unit_test(test_nearest),
        cmocka_unit_test(test_table),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
