/*
 * options_table.c - every option of every command, once.  Parsing, --help and
 * the manual pages are driven by these rows; the order is that of the help.
 */

#include "options_table.h"

#include <stddef.h>
#include <string.h>

#include "analysis/funnel.h"
#include "analysis/paths.h"


#define JNY_TEN_YEARS_MS  (INT64_C(3652) * 24 * 3600 * 1000)

#define JNY_AT(field)  offsetof(jny_options_t, field)

#define JNY_NO_RANGE  0, 0, NULL


static const jny_option_word_t  jny_words_format[] = {
    { "text", JNY_FORMAT_TEXT },
    { "json", JNY_FORMAT_JSON },
    { NULL, 0 }
};

static const jny_option_word_t  jny_words_report[] = {
    { "html", JNY_FORMAT_HTML },
    { "json", JNY_FORMAT_JSON },
    { NULL, 0 }
};

static const jny_option_word_t  jny_words_bots[] = {
    { "exclude", JNY_BOTS_EXCLUDE },
    { "include", JNY_BOTS_INCLUDE },
    { "only", JNY_BOTS_ONLY },
    { NULL, 0 }
};

static const jny_option_word_t  jny_words_bot_rules[] = {
    { "list", JNY_BOT_RULES_LIST },
    { "all", JNY_BOT_RULES_ALL },
    { NULL, 0 }
};

static const jny_option_word_t  jny_words_entry[] = {
    { "first", 1 },
    { "any", 0 },
    { NULL, 0 }
};

static const jny_option_word_t  jny_words_count[] = {
    { "visitors", JNY_FUNNEL_VISITORS },
    { "entries", JNY_FUNNEL_ENTRIES },
    { "sessions", JNY_FUNNEL_SESSIONS },
    { NULL, 0 }
};

static const jny_option_word_t  jny_words_order[] = {
    { "ordered", JNY_CHAIN_ORDERED },
    { "strict", JNY_CHAIN_STRICT },
    { "any", JNY_CHAIN_ANY },
    { NULL, 0 }
};

static const jny_option_word_t  jny_words_ties[] = {
    { "order", 0 },
    { "step", 1 },
    { NULL, 0 }
};

static const jny_option_word_t  jny_words_exclude[] = {
    { "chain", 0 },
    { "visitor", 1 },
    { NULL, 0 }
};

static const jny_option_word_t  jny_words_every[] = {
    { "day", JNY_PERIOD_DAY },
    { "week", JNY_PERIOD_WEEK },
    { "month", JNY_PERIOD_MONTH },
    { NULL, 0 }
};

static const jny_option_word_t  jny_words_across[] = {
    { "campaign", 0 },
    { NULL, 0 }
};


/* clang-format off */

const jny_option_t  jny_option_table[] = {

    { "format", "format", 0, "text|json",
      JNY_OPTION_WORD, JNY_AT(format), 0, 0, jny_words_format, "text",
      "a table for people, or JSON for machines\n" },

    { "report-format", "format", 0, "html|json",
      JNY_OPTION_WORD, JNY_AT(format), 0, 0, jny_words_report, "html",
      "one self-contained page, or its data as JSON\n" },

    { "output", "output", 'o', "FILE",
      JNY_OPTION_TEXT, JNY_AT(output), JNY_NO_RANGE, NULL,
      "write to FILE: beside it first, then renamed\n" },

    { "compact-output", "output", 'o', "FOLDER|FILE",
      JNY_OPTION_TEXT, JNY_AT(output), JNY_NO_RANGE, NULL,
      "where segments go: one a day to FOLDER, which is made\n"
      "if it is not there, or all events to one FILE.jny\n" },

    { "strict", "strict", 0, NULL,
      JNY_OPTION_FLAG, JNY_AT(strict), JNY_NO_RANGE, NULL,
      "print no result when a block is damaged (exit 3)\n"
      "or missing (exit 4)\n" },

    { "steps", "steps", 0, "STEPS",
      JNY_OPTION_STEPS, JNY_AT(steps_text), JNY_NO_RANGE, NULL,
      "the steps, as in \"awareness > /product/* > ?reviews >\n"
      "!support > purchase within 7d\": ? may be missing, !\n"
      "ends what lies between its neighbours; default: the\n"
      "stage list of the logs\n" },

    { "order", "order", 0, "ordered|strict|any",
      JNY_OPTION_WORD, JNY_AT(order), 0, 0, jny_words_order, "ordered",
      "strict: the next step is the very next event; any:\n"
      "how many of the steps, in whatever order\n" },

    { "ties", "ties", 0, "order|step",
      JNY_OPTION_WORD, JNY_AT(ties_step), 0, 0, jny_words_ties, "order",
      "events of the same millisecond: as they were logged,\n"
      "or those of earlier steps first\n" },

    { "exclude", "exclude", 0, "chain|visitor",
      JNY_OPTION_WORD, JNY_AT(exclude_visitor), 0, 0, jny_words_exclude,
      "chain",
      "what a step with ! ends: the chain, which keeps its\n"
      "steps, or all that is counted of the visitor\n" },

    { "count", "count", 0, "visitors|entries|sessions",
      JNY_OPTION_WORD, JNY_AT(count), 0, 0, jny_words_count, NULL,
      "each visitor once, each attempt, or each session;\n"
      "default: visitors, with --by entries\n" },

    { "entry", "entry", 0, "first|any",
      JNY_OPTION_WORD, JNY_AT(entry_first), 0, 0, jny_words_entry, NULL,
      "first: only who began at the first step counts;\n"
      "any: who reached a later step has reached this one;\n"
      "default: first with --steps, else any\n" },

    { "compat", "compat", 0, "NAME[:MODE,...]",
      JNY_OPTION_TEXT, JNY_AT(compat), JNY_NO_RANGE, NULL,
      "count visitors as clickhouse (windowFunnel, with its\n"
      "modes), posthog, mixpanel or umami would\n" },

    { "window", "window", 0, "DURATION",
      JNY_OPTION_DURATION, JNY_AT(window_ms), 1, JNY_TEN_YEARS_MS, NULL,
      "30d",
      "from the first step to the last, inclusive\n" },

    { "goal", "goal", 0, "SELECTOR",
      JNY_OPTION_SELECTOR, JNY_AT(plan.goal), JNY_NO_RANGE, NULL,
      "what counts as a conversion; default: the stage\n"
      "\"purchase\", else the last stage\n" },

    { "by", "by", 0, "FIELD[,FIELD...]",
      JNY_OPTION_FIELD, JNY_AT(by), 1, JNY_MAX_BY, NULL, NULL,
      "one group per value of the field, or of the fields\n"
      "together\n" },

    { "credit", "credit", 0, "first|last|step:N|all",
      JNY_OPTION_CREDIT, JNY_AT(credit), 0, JNY_MAX_STAGES, NULL, NULL,
      "the step at which --by reads its value; all: an\n"
      "entry is in the group of each value it met;\n"
      "default: first\n" },

    { "every", "every", 0, "day|week|month",
      JNY_OPTION_WORD, JNY_AT(every), 0, 0, jny_words_every, NULL,
      "a trend: those whose first step is in the same\n"
      "period, in the zone of --tz; weeks begin on Monday\n" },

    { "cohort", "cohort", 0, "NAME=SELECTOR",
      JNY_OPTION_COHORT, JNY_AT(cohorts), 0, JNY_FUNNEL_MAX_COHORTS, NULL,
      NULL,
      "apart: visitors with an event that matches; may be\n"
      "given 16 times, and cohorts may overlap\n" },

    { "across", "across", 0, "campaign",
      JNY_OPTION_NAME, JNY_AT(across), 0, 0, jny_words_across, NULL,
      "a page's viewers under one campaign against its\n"
      "viewers under the others\n" },

    { "horizon", "horizon", 0, "DURATION",
      JNY_OPTION_DURATION, JNY_AT(horizon_ms), 1, JNY_TEN_YEARS_MS, NULL,
      "7d",
      "how long visitors are followed after the page\n" },

    { "keep-repeats", "keep-repeats", 0, NULL,
      JNY_OPTION_FLAG, JNY_AT(keep_repeats), JNY_NO_RANGE, NULL,
      "a touchpoint seen twice in a row stands twice\n" },

    { "whole-journey", "whole-journey", 0, NULL,
      JNY_OPTION_FLAG, JNY_AT(whole_journey), JNY_NO_RANGE, NULL,
      "one path per visitor; default: one per session\n" },

    { "starting", "starting", 0, "SELECTOR",
      JNY_OPTION_SELECTOR, JNY_AT(starting), JNY_NO_RANGE, NULL,
      "paths from the first touchpoint that matches on\n" },

    { "ending", "ending", 0, "SELECTOR",
      JNY_OPTION_SELECTOR, JNY_AT(ending), JNY_NO_RANGE, NULL,
      "paths up to the last touchpoint that matches\n" },

    { "around", "around", 0, "SELECTOR",
      JNY_OPTION_SELECTOR, JNY_AT(around), JNY_NO_RANGE, NULL,
      "what lies before and behind the first touchpoint\n"
      "that matches, as far as --span\n" },

    { "span", "span", 0, "-N..+M",
      JNY_OPTION_SPAN, JNY_AT(span), 0, JNY_PATHS_MAX_SPAN, NULL, NULL,
      "touchpoints before and behind --around; default:\n"
      "-3..+3\n" },

    { "top", "top", 0, "N",
      JNY_OPTION_COUNT, JNY_AT(top), 1, 100000, NULL, "20",
      "rows to show; the rest is summed up\n" },

    { "start", "start", 0, "TIME",
      JNY_OPTION_TIME, JNY_AT(start_text), JNY_NO_RANGE, NULL,
      "count events from this moment on\n" },

    { "end", "end", 0, "TIME",
      JNY_OPTION_TIME, JNY_AT(end_text), JNY_NO_RANGE, NULL,
      "count events before this moment\n" },

    { "last", "last", 0, "DURATION",
      JNY_OPTION_DURATION, JNY_AT(last_ms), 1, JNY_TEN_YEARS_MS, NULL, NULL,
      "count events of this long before --end, or before\n"
      "the newest event of the logs\n" },

    { "no-merge", "no-merge", 0, NULL,
      JNY_OPTION_FLAG, JNY_AT(plan.no_merge), JNY_NO_RANGE, NULL,
      "visitors stay apart whom one login joins\n" },

    { "lookback", "lookback", 0, "DURATION",
      JNY_OPTION_DURATION, JNY_AT(plan.lookback_ms), 0, JNY_TEN_YEARS_MS,
      NULL, NULL,
      "read events of this long before the period too, and\n"
      "count none of them: they say which orders, sessions\n"
      "and campaigns go on in it; default: the window, 30d\n" },

    { "tz", "tz", 0, "ZONE",
      JNY_OPTION_ZONE, JNY_AT(tz), JNY_NO_RANGE, NULL,
      "time zone to read and print times in: Europe/Berlin,\n"
      "UTC, +02:00; default: the system's\n" },

    { "where", "where", 0, "SELECTOR",
      JNY_OPTION_SELECTOR, JNY_AT(plan.where), JNY_NO_RANGE, NULL,
      "count only events that match\n" },

    { "visitors", "visitors", 0, "SELECTOR",
      JNY_OPTION_SELECTOR, JNY_AT(plan.visitors), JNY_NO_RANGE, NULL,
      "count only visitors with an event that matches\n" },

    { "forget-visitor", "visitor", 0, "ID[,ID...]",
      JNY_OPTION_TEXT, JNY_AT(visitor_ids), JNY_NO_RANGE, NULL,
      "events of these visitors: 16 hexadecimal digits each,\n"
      "as journey cat prints them\n" },

    { "login", "login", 0, "ID[,ID...]",
      JNY_OPTION_TEXT, JNY_AT(logins), JNY_NO_RANGE, NULL,
      "events with these logins, written alike, and those\n"
      "without a login of visitors who had no other one\n" },

    { "forget-visitors", "visitors", 0, "SELECTOR",
      JNY_OPTION_SELECTOR, JNY_AT(plan.visitors), JNY_NO_RANGE, NULL,
      "all events of visitors with an event that matches\n" },

    { "bots", "bots", 0, "exclude|include|only",
      JNY_OPTION_WORD, JNY_AT(plan.bots), 0, 0, jny_words_bots, "exclude",
      "what to do with events of bots\n" },

    { "bot-rules", "bot-rules", 0, "list|all",
      JNY_OPTION_WORD, JNY_AT(plan.bot_rules), 0, 0, jny_words_bot_rules, "all",
      "a bot is known by its User-Agent alone, or by behaviour too\n" },

    { "cat-bots", "bots", 0, "exclude|include|only",
      JNY_OPTION_WORD, JNY_AT(plan.bots), 0, 0, jny_words_bots, "include",
      "what to do with events of bots\n" },

    { "session-gap", "session-gap", 0, "DURATION",
      JNY_OPTION_DURATION, JNY_AT(plan.session_gap_ms), 1, JNY_TEN_YEARS_MS,
      NULL, "30m",
      "a session ends after this long without an event\n" },

    { "input", "input", 0, "FORMAT",
      JNY_OPTION_TEXT, JNY_AT(input), JNY_NO_RANGE, "combined",
      "combined, vhost, json, ndjson, csv, or the string of an\n"
      "nginx log_format in quotes\n" },

    { "model", "model", 0, "FILE",
      JNY_OPTION_TEXT, JNY_AT(model), JNY_NO_RANGE, NULL,
      "journey.yaml: the stages, and which events belong to\n"
      "which\n" },

    { "read-model", "model", 0, "FILE",
      JNY_OPTION_TEXT, JNY_AT(model), JNY_NO_RANGE, NULL,
      "journey.yaml: aliases of campaign values, and rates\n"
      "of currencies\n" },

    { "map", "map", 0, "FIELD=COLUMN",
      JNY_OPTION_LIST, JNY_AT(maps), JNY_NO_RANGE, NULL,
      "read FIELD from the variable, key or column of that\n"
      "name; may be given several times\n" },

    { "import-visitor", "visitor", 0, "ORDER",
      JNY_OPTION_TEXT, JNY_AT(visitor), JNY_NO_RANGE, NULL,
      "who a visitor is: the first of visitor, cookie:NAME,\n"
      "login and address that an event has; default:\n"
      "visitor,cookie:jny,address\n" },

    { "key", "key", 0, "FILE",
      JNY_OPTION_TEXT, JNY_AT(key), JNY_NO_RANGE, NULL,
      "the file of journey_key, so that visitors and logins\n"
      "are those of nginx and of other imports\n" },

    { "host", "host", 0, "NAME",
      JNY_OPTION_TEXT, JNY_AT(host), JNY_NO_RANGE, NULL,
      "the site, where lines do not name it: its own pages\n"
      "are no referrers\n" },

    { "assets", "assets", 0, NULL,
      JNY_OPTION_FLAG, JNY_AT(assets), JNY_NO_RANGE, NULL,
      "keep images, scripts, styles and fonts too\n" },

    { "threads", "threads", 0, "N",
      JNY_OPTION_COUNT, JNY_AT(plan.threads), 1, 256, NULL, NULL,
      "default: one per processor; the answer is the same\n" },

    { "memory", "memory", 0, "SIZE",
      JNY_OPTION_SIZE, JNY_AT(plan.memory), INT64_C(64) << 20,
      INT64_C(1) << 50, NULL, NULL,
      "use about so much: 512M, 2G; default: half of what\n"
      "is free.  What does not fit goes to --tmpdir; the\n"
      "answer is the same\n" },

    { "compact-memory", "memory", 0, "SIZE",
      JNY_OPTION_SIZE, JNY_AT(plan.memory), INT64_C(64) << 20,
      INT64_C(1) << 50, NULL, NULL,
      "use about so much: 512M, 2G; default: half of what\n"
      "is free.  What does not fit goes to files without a\n"
      "name in the folder of -o\n" },

    { "tmpdir", "tmpdir", 0, "FOLDER",
      JNY_OPTION_TEXT, JNY_AT(plan.tmpdir), JNY_NO_RANGE, NULL,
      "for what does not fit into memory; default:\n"
      "$TMPDIR, else /tmp\n" },

    { "verbose", "verbose", 0, NULL,
      JNY_OPTION_FLAG, JNY_AT(verbose), JNY_NO_RANGE, NULL,
      "say on stderr what an event took of the processor,\n"
      "part by part\n" },

};

/* clang-format on */

const unsigned  jny_option_count = sizeof(jny_option_table)
                                   / sizeof(jny_option_table[0]);


int
jny_option_taken(const jny_command_t *cmd, const jny_option_t *row)
{
    size_t       len, n;
    const char  *p;

    len = strlen(row->key);

    for (p = cmd->options; *p != '\0'; p += n) {
        p += strspn(p, " ");
        n = strcspn(p, " ");

        if (n == len && memcmp(p, row->key, n) == 0) {
            return 1;
        }
    }

    return 0;
}
