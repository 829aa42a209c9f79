/*
 * options.h - the option table: one row gives the name, type, range, default
 * and help of an option; commands name the rows they take.
 */

#ifndef JNY_OPTIONS_H
#define JNY_OPTIONS_H

#include <stdio.h>

#include "engine/run.h"


/* Exit codes (docs: man/journey.1). */
#define JNY_EXIT_OK       0
#define JNY_EXIT_FAILED   1
#define JNY_EXIT_USAGE    2
#define JNY_EXIT_DAMAGED  3
#define JNY_EXIT_GAP      4

typedef enum {
    JNY_FORMAT_TEXT, JNY_FORMAT_JSON, JNY_FORMAT_HTML
} jny_format_e;

/* Every option any command takes, parsed. Strings are argv's. */
typedef struct {
    jny_format_e   format;
    const char    *output;         /* -o FILE, or NULL: standard output */
    int            strict;
    const char    *steps_text;
    const char    *by;             /* --by FIELD */
    const char    *across;         /* pages --across campaign */
    int64_t        window_ms;      /* --window, default 30 d */
    int64_t        horizon_ms;     /* pages --horizon, default 7 d */
    const char    *tz;             /* --tz, default: system */
    unsigned       top;            /* --top N rows */
    unsigned       keep_repeats:1; /* paths */
    unsigned       whole_journey:1;
    unsigned       entry_first:1;  /* funnel --entry first: closed */
    jny_plan_t     plan;
    char         **logs;           /* LOG... */
    unsigned       nlogs;
} jny_options_t;

/* A subcommand: the descriptor opens its cmd_X.c. */
typedef struct {
    const char         *name;
    const char         *summary;   /* one line for journey --help */
    const char         *options;   /* names of the option table's rows, blank
                                      separated */
    const char         *usage;     /* "[options] LOG..." */
    const char         *help;      /* paragraphs under the options, or NULL */
    int               (*run)(const jny_options_t *opt);   /* exit code */
} jny_command_t;

extern const jny_command_t  jny_cmd_cat, jny_cmd_stat, jny_cmd_audit,
                            jny_cmd_funnel, jny_cmd_paths, jny_cmd_pages,
                            jny_cmd_report;


/*
 * What every analysis command does around its own work: opens the input, runs
 * the tasks, says damage on stderr, obeys --strict, opens the output, calls
 * print, checks that it could be written.  Returns the exit code.
 */
typedef struct {
    const jny_options_t  *opt;
    jny_input_t          *in;
    jny_run_t            *run;
    FILE                 *out;
} jny_session_t;

int jny_session_run(const jny_command_t *cmd, const jny_options_t *opt,
    const jny_plan_t *plan, jny_task_t *tasks, unsigned ntasks,
    int (*print)(const jny_session_t *s, const jny_task_t *tasks));


#endif /* JNY_OPTIONS_H */
