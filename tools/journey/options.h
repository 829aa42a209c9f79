/*
 * options.h - the option table: one row gives the name, type, range, default
 * and help of an option; commands name the rows they take.
 *
 *     main: find command -> jny_options_parse() -> cmd->run()
 *           -> jny_options_release()
 */

#ifndef JNY_OPTIONS_H
#define JNY_OPTIONS_H

#include <stdio.h>

#include "analysis/funnel.h"
#include "base/buf.h"
#include "engine/duration.h"
#include "engine/run.h"
#include "engine/steps.h"


/* Exit codes (docs: man/journey.1). */
#define JNY_EXIT_OK       0
#define JNY_EXIT_FAILED   1
#define JNY_EXIT_USAGE    2
#define JNY_EXIT_DAMAGED  3
#define JNY_EXIT_GAP      4

#define JNY_COUNT_UNSET  3

typedef enum {
    JNY_FORMAT_TEXT, JNY_FORMAT_JSON, JNY_FORMAT_HTML
} jny_format_e;

/* An option that may be given several times. */
#define JNY_MAX_LIST  64

typedef struct {
    const char  *v[JNY_MAX_LIST];
    unsigned     n;
} jny_list_t;

/* --cohort NAME=SELECTOR; names are argv's, selectors owned. */
typedef struct {
    jny_slice_t      name[JNY_FUNNEL_MAX_COHORTS];
    jny_selector_t  *selector[JNY_FUNNEL_MAX_COHORTS];
    unsigned         n;
} jny_cohorts_t;

/* Touchpoints on either side of one: "-3..+3". */
typedef struct {
    unsigned  before;
    unsigned  after;
    unsigned  given;
} jny_span_t;

/*
 * Every option any command takes, parsed; an option that a command does not
 * take has its default.  Strings are argv's.  plan holds the selectors and
 * steps (owned), start, end, session gap, bots and threads; a command copies
 * it and adds what its analyses want (want, by).
 */
typedef struct {
    jny_format_e   format;
    const char    *output;         /* -o FILE, or NULL: standard output */
    unsigned       strict;
    unsigned       verbose;
    const char    *steps_text;
    jny_step_t     steps[JNY_MAX_STEPS];  /* what each of plan.steps is */
    const char    *by;             /* --by FIELD[,FIELD...] */
    const char    *across;         /* pages --across campaign */
    const char    *visitor_ids;    /* forget --visitor, --login */
    const char    *logins;
    int64_t        window_ms;      /* --window, default 30 d */
    int64_t        horizon_ms;     /* pages --horizon, default 7 d */
    int64_t        last_ms;        /* --last, 0 = not given; the session turns
                                      it into the plan's start */
    const char    *start_text;     /* --start, --end as given, or NULL */
    const char    *end_text;
    const char    *tz;             /* --tz, default the system's; never NULL.
                                      In force for localtime_r() */
    unsigned       top;            /* --top N rows */
    unsigned       keep_repeats;   /* paths */
    unsigned       whole_journey;
    jny_selector_t  *starting;     /* paths; NULL: not given (owned) */
    jny_selector_t  *ending;
    jny_selector_t  *around;
    jny_span_t     span;           /* paths --span, default -3..+3 */
    unsigned       count;          /* --count: jny_funnel_count_e;
                                      JNY_COUNT_UNSET when not given */
    unsigned       credit;         /* --credit: jny_funnel_credit_e, + k */
    unsigned       every;          /* --every: jny_period_e */
    jny_cohorts_t  cohorts;        /* --cohort */
    unsigned       order;          /* --order: jny_chain_order_e */
    unsigned       ties_step;      /* --ties step */
    unsigned       exclude_visitor;  /* --exclude visitor */
    const char    *compat;         /* --compat, or NULL */
    unsigned       entry_first;    /* funnel --entry first: closed; without
                                      --entry: 1 with --steps, else 0 */
    const char    *input;          /* import --input FORMAT */
    jny_list_t     maps;           /* --map FIELD=COLUMN */
    const char    *model;          /* --model journey.yaml, or NULL */
    const char    *visitor;        /* import --visitor, or NULL */
    const char    *key;            /* --key FILE, or NULL */
    const char    *host;           /* --host NAME, or NULL */
    unsigned       assets;         /* --assets */
    jny_plan_t     plan;
    char         **logs;           /* LOG... */
    unsigned       nlogs;
} jny_options_t;

/*
 * A subcommand: the descriptor opens its cmd_X.c.  The options --help (all
 * commands have it) and those of JNY_COMMON_OPTIONS mean the same everywhere.
 */
typedef struct {
    const char         *name;
    const char         *summary;   /* one line for journey --help */
    const char         *options;   /* names of the option table's rows, blank
                                      separated: JNY_COMMON_OPTIONS " top" */
    const char         *usage;     /* "[options] LOG..." */
    const char         *help;      /* paragraphs under the options, or NULL */
    int               (*run)(const jny_options_t *opt);   /* exit code */
} jny_command_t;

/* "report" takes "report-format" in place of "format". */
#define JNY_OUTPUT_OPTIONS  "format output strict"
#define JNY_SELECT_OPTIONS                                                     \
    "start end last tz where visitors bots bot-rules session-gap threads"
#define JNY_COMMON_OPTIONS                                                     \
    JNY_OUTPUT_OPTIONS " " JNY_SELECT_OPTIONS " no-merge lookback"     \
    " memory tmpdir verbose read-model"

extern const jny_command_t  jny_cmd_cat, jny_cmd_stat, jny_cmd_audit,
                            jny_cmd_funnel, jny_cmd_paths, jny_cmd_pages,
                            jny_cmd_report, jny_cmd_compact, jny_cmd_forget,
                            jny_cmd_import;


/*
 * Parses argv (what stands behind the command's name).  JNY_OK; JNY_END when
 * --help was printed; JNY_EINVAL after one clear line on stderr; JNY_ENOMEM.
 * opt is released by jny_options_release() in any case.  Sets TZ.
 */
int jny_options_parse(const jny_command_t *cmd, jny_options_t *opt,
    unsigned argc, char **argv);
void jny_options_release(jny_options_t *opt);

/* The same table as text, and as a manual page. */
void jny_options_help(const jny_command_t *cmd, jny_buf_t *out);
void jny_options_man(const jny_command_t *cmd, jny_buf_t *out);
void jny_main_man(const jny_command_t *const *cmds, jny_buf_t *out);

/*
 * YYYY-MM-DD[THH:MM[:SS]][Z|+hh:mm|-hh:mm] to ms since the epoch; without an
 * offset in the zone in force (tzset).  JNY_OK, or JNY_EINVAL with diag: what
 * is wrong and how it is written right.
 */
int jny_time_parse(const char *text, int64_t *ms, jny_diag_t *diag);


/*
 * What every command does around its own work (session.c): opens the input,
 * says damage on stderr, obeys --strict, opens the output, calls print,
 * checks that it could be written.
 */
typedef struct {
    const jny_command_t  *cmd;
    const jny_options_t  *opt;
    jny_plan_t            plan;    /* as run: --last resolved */
    jny_input_t          *in;
    jny_run_t            *run;     /* NULL in jny_session_read() */
    FILE                 *out;
} jny_session_t;

/*
 * Analysis commands: runs the tasks over the logs, then print, which returns
 * JNY_OK or a code that was not yet reported.  Returns the exit code.
 */
int jny_session_run(const jny_command_t *cmd, const jny_options_t *opt,
    const jny_plan_t *plan, jny_task_t *tasks, unsigned ntasks,
    int (*print)(const jny_session_t *s, const jny_task_t *tasks));

/*
 * Commands that look at blocks themselves: block is called for each block
 * that decodes, in (writer, seq) order, blk lent; then print (NULL: block
 * prints).  Damaged blocks are said and left out; where lists_damage is set
 * print says them, and stderr only how many.  With --strict all blocks are
 * decoded once before the first call.  Returns the exit code.
 */
typedef struct {
    int  (*block)(void *ctx, const jny_session_t *s,
        const jny_block_ref_t *ref, const jny_block_t *blk);
    int  (*print)(void *ctx, const jny_session_t *s);
    unsigned  lists_damage:1;
} jny_reader_t;

int jny_session_read(const jny_command_t *cmd, const jny_options_t *opt,
    const jny_reader_t *reader, void *ctx);

/*
 * JNY_EXIT_OK, or JNY_EXIT_USAGE after a line on stderr: -o names the input
 * name.  Sessions ask it of their logs; a command that reads others asks it
 * of those, before it reads them.
 */
int jny_session_spares(const jny_command_t *cmd, const jny_options_t *opt,
    const char *name);

/* Writes what was rendered; a buffer that failed is JNY_ENOMEM.  Else JNY_OK,
   or JNY_EIO. */
int jny_session_write(const jny_session_t *s, const jny_buf_t *text);


#endif /* JNY_OPTIONS_H */
