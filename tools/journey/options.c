/*
 * options.c - argv to jny_options_t, driven by the table.
 *
 *     defaults -> words of argv, one by one -> what depends on several
 *
 * getopt_long() is not used: it keeps its state in globals, takes any unique
 * beginning of a name (so that a new option breaks old scripts), and cannot
 * say what a value should look like.
 */

#include "options.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#include "base/nearest.h"
#include "options_table.h"


#define JNY_DEFAULT_ZONE  "/etc/localtime"
#define JNY_ZONE_MARK     "/zoneinfo/"
#define JNY_UNSET         2     /* --entry was not given */
#define JNY_DEFAULT_SPAN  3
#define JNY_UNSET_MS      (-1)

typedef struct {
    const jny_command_t  *cmd;
    jny_options_t        *opt;
    char                **argv;
    unsigned              argc;
    unsigned              next;    /* the word to look at */
} jny_parse_t;


static int jny_options_defaults(jny_parse_t *ps);
static int jny_options_word(jny_parse_t *ps, const char *word);
static int jny_options_long(jny_parse_t *ps, const char *word);
static int jny_options_short(jny_parse_t *ps, const char *word);
static int jny_options_settle(jny_parse_t *ps);


int
jny_options_parse(const jny_command_t *cmd, jny_options_t *opt, unsigned argc,
    char **argv)
{
    int          rc;
    const char  *word;
    jny_parse_t  ps;

    memset(opt, 0, sizeof(*opt));
    memset(&ps, 0, sizeof(ps));
    ps.cmd = cmd;
    ps.opt = opt;
    ps.argc = argc;
    ps.argv = argv;

    opt->logs = calloc(argc + 1, sizeof(opt->logs[0]));

    if (opt->logs == NULL) {
        return JNY_ENOMEM;
    }

    rc = jny_options_defaults(&ps);

    while (rc == JNY_OK && ps.next < argc) {
        word = argv[ps.next++];

        if (strcmp(word, "--") == 0) {
            while (ps.next < argc) {
                opt->logs[opt->nlogs++] = argv[ps.next++];
            }

        } else {
            rc = jny_options_word(&ps, word);
        }
    }

    return rc == JNY_OK ? jny_options_settle(&ps) : rc;
}


void
jny_options_release(jny_options_t *opt)
{
    jny_selector_free(opt->plan.goal);
    jny_selector_free(opt->plan.where);
    jny_selector_free(opt->plan.visitors);
    jny_selector_free(opt->starting);
    jny_selector_free(opt->ending);
    jny_selector_free(opt->around);

    for (unsigned k = 0; k < opt->cohorts.n; k++) {
        jny_selector_free(opt->cohorts.selector[k]);
    }

    jny_steps_free(opt->plan.steps, opt->plan.nsteps);
    free(opt->logs);
    memset(opt, 0, sizeof(*opt));
}


static int
jny_options_defaults(jny_parse_t *ps)
{
    int                  rc;
    long                 cpus;
    const jny_option_t  *row;

    cpus = sysconf(_SC_NPROCESSORS_ONLN);

    ps->opt->plan.start_ms = INT64_MIN;
    ps->opt->plan.end_ms = INT64_MAX;
    ps->opt->plan.lookback_ms = JNY_UNSET_MS;
    ps->opt->plan.threads = cpus < 1 ? 1 : cpus > 256 ? 256 : (unsigned) cpus;
    ps->opt->entry_first = JNY_UNSET;
    ps->opt->span.before = JNY_DEFAULT_SPAN;
    ps->opt->span.after = JNY_DEFAULT_SPAN;
    ps->opt->count = JNY_COUNT_UNSET;

    /* the rows of a command may say another default than those before */

    for (unsigned pass = 0; pass < 2; pass++) {
        for (unsigned i = 0; i < jny_option_count; i++) {
            row = &jny_option_table[i];

            if (row->value == NULL
                || (pass == 1) != jny_option_taken(ps->cmd, row))
            {
                continue;
            }

            rc = jny_option_set(ps->cmd, ps->opt, row, row->value);

            if (rc != JNY_OK) {
                return rc;
            }
        }
    }

    return JNY_OK;
}


static int
jny_options_word(jny_parse_t *ps, const char *word)
{
    if (strcmp(word, "--help") == 0 || strcmp(word, "-h") == 0) {
        jny_buf_t  help;

        jny_buf_init(&help);
        jny_options_help(ps->cmd, &help);
        fwrite(help.data, 1, help.len, stdout);
        jny_buf_release(&help);

        return JNY_END;
    }

    if (word[0] == '-' && word[1] == '-') {
        return jny_options_long(ps, word + 2);
    }

    if (word[0] == '-' && word[1] != '\0') {
        return jny_options_short(ps, word);
    }

    ps->opt->logs[ps->opt->nlogs++] = (char *) word;
    return JNY_OK;
}


static int
jny_options_unknown(jny_parse_t *ps, const char *name, size_t len)
{
    jny_nearest_t  near;

    fprintf(stderr, "journey %s: unknown option --%.*s", ps->cmd->name,
            (int) len, name);

    jny_nearest_init(&near, name, len);
    jny_nearest_try(&near, "help");

    for (unsigned i = 0; i < jny_option_count; i++) {
        if (jny_option_taken(ps->cmd, &jny_option_table[i])) {
            jny_nearest_try(&near, jny_option_table[i].name);
        }
    }

    if (near.best != NULL) {
        fprintf(stderr, ", did you mean --%s?", near.best);
    }

    fprintf(stderr, "; journey %s --help lists them\n", ps->cmd->name);
    return JNY_EINVAL;
}


/* --name, --name=value, --name value */

static int
jny_options_long(jny_parse_t *ps, const char *word)
{
    size_t               len;
    const char          *value;
    const jny_option_t  *row;

    len = strcspn(word, "=");
    value = word[len] == '=' ? word + len + 1 : NULL;

    for (unsigned i = 0; i < jny_option_count; i++) {
        row = &jny_option_table[i];

        if (strlen(row->name) != len || memcmp(row->name, word, len) != 0
            || !jny_option_taken(ps->cmd, row))
        {
            continue;
        }

        if (row->arg == NULL) {
            if (value != NULL) {
                return jny_option_bad(ps->cmd, row, value, "takes no value");
            }

        } else if (value == NULL) {
            if (ps->next == ps->argc) {
                return jny_option_bad(ps->cmd, row, row->arg,
                                      "the value is missing");
            }

            value = ps->argv[ps->next++];
        }

        return jny_option_set(ps->cmd, ps->opt, row, value);
    }

    return jny_options_unknown(ps, word, len);
}


/* -o FILE, -oFILE; there are no letters without a value */

static int
jny_options_short(jny_parse_t *ps, const char *word)
{
    const jny_option_t  *row;

    for (unsigned i = 0; i < jny_option_count; i++) {
        row = &jny_option_table[i];

        if (row->letter != word[1] || !jny_option_taken(ps->cmd, row)) {
            continue;
        }

        if (word[2] != '\0') {
            return jny_option_set(ps->cmd, ps->opt, row, word + 2);
        }

        if (ps->next == ps->argc) {
            return jny_option_bad(ps->cmd, row, row->arg,
                                  "the value is missing");
        }

        return jny_option_set(ps->cmd, ps->opt, row, ps->argv[ps->next++]);
    }

    fprintf(stderr, "journey %s: unknown option %s; journey %s --help lists "
            "them\n", ps->cmd->name, word, ps->cmd->name);

    return JNY_EINVAL;
}


/* The name the system's zone goes by; it is printed, not used. */

static const char *
jny_options_system_zone(void)
{
    ssize_t      n;
    char        *name;
    const char  *env;
    static char  link[512];

    env = getenv("TZ");

    if (env != NULL && env[0] != '\0') {
        return env;
    }

    n = readlink(JNY_DEFAULT_ZONE, link, sizeof(link) - 1);

    if (n <= 0) {
        return "UTC";
    }

    link[n] = '\0';
    name = strstr(link, JNY_ZONE_MARK);

    return name ? name + strlen(JNY_ZONE_MARK) : "system";
}


static int
jny_options_moment(jny_parse_t *ps, const char *name, const char *text,
    int64_t *ms)
{
    jny_diag_t  diag;

    if (text == NULL || jny_time_parse(text, ms, &diag) == JNY_OK) {
        return JNY_OK;
    }

    fprintf(stderr, "journey %s: --%s %s: %s\n", ps->cmd->name, name, text,
            diag.what);

    return JNY_EINVAL;
}


/* What depends on more than one option. */

static int
jny_options_settle(jny_parse_t *ps)
{
    jny_options_t  *opt;

    opt = ps->opt;

    if (opt->tz == NULL) {
        opt->tz = jny_options_system_zone();
    }

    tzset();

    if (opt->entry_first == JNY_UNSET) {
        opt->entry_first = opt->plan.nsteps > 0;
    }

    if (jny_options_moment(ps, "start", opt->start_text, &opt->plan.start_ms)
        || jny_options_moment(ps, "end", opt->end_text, &opt->plan.end_ms))
    {
        return JNY_EINVAL;
    }

    if (opt->plan.lookback_ms == JNY_UNSET_MS) {
        opt->plan.lookback_ms = opt->window_ms;
    }

    if (opt->last_ms > 0 && opt->start_text != NULL) {
        fprintf(stderr, "journey %s: --last and --start both say where to "
                "begin: give one of them\n", ps->cmd->name);
        return JNY_EINVAL;
    }

    if (opt->plan.start_ms >= opt->plan.end_ms) {
        fprintf(stderr, "journey %s: --start %s is not before --end %s\n",
                ps->cmd->name, opt->start_text, opt->end_text);
        return JNY_EINVAL;
    }

    if (opt->nlogs == 0) {
        fprintf(stderr, "journey %s: no logs given: name files, folders, or "
                "- for standard input\n", ps->cmd->name);
        return JNY_EINVAL;
    }

    return JNY_OK;
}
