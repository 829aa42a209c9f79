/*
 * cmd_report.c - journey report: funnel, paths and pages of one pass over the
 * logs, as one JSON document or as the page that draws it.
 */

#include "options.h"

#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "analysis/funnel.h"
#include "analysis/pages.h"
#include "analysis/paths.h"
#include "render/document.h"
#include "render/funnel.h"
#include "render/money.h"
#include "render/pages.h"
#include "render/paths.h"
#include "render/report.h"


/* Rows of each pages table: what the page can still draw at once. */
#define REPORT_PAGE_ROWS  1000

/* The order of the tasks. */
enum {
    REPORT_FUNNEL,
    REPORT_PATHS,
    REPORT_PAGES,
    REPORT_TASKS
};

typedef struct {
    jny_funnel_t      *funnel;
    jny_paths_t       *paths;
    jny_pages_t       *pages;
    jny_funnel_view_t  funnel_view;
    jny_paths_view_t   paths_view;
    jny_pages_view_t   pages_view;
} jny_report_t;


static int cmd_report(const jny_options_t *opt);
static int cmd_report_print(const jny_session_t *s, const jny_task_t *tasks);
static int cmd_report_finish(jny_report_t *r, const jny_session_t *s,
    const jny_task_t *tasks);
static void cmd_report_free(jny_report_t *r);
static void cmd_report_json(jny_json_t *js, const jny_report_t *r,
    const jny_session_t *s);
static void cmd_report_headline(jny_json_t *js, const jny_report_t *r,
    const jny_document_t *doc);


const jny_command_t  jny_cmd_report = {
    "report",
    "all of it in one pass, as one HTML file to mail",
    "report-format output strict " JNY_SELECT_OPTIONS
        " no-merge lookback read-model memory tmpdir verbose window goal"
        " horizon top",
    "[options] LOG...",
    "The page needs no network: its data, style and script are in it.\n"
    "Funnel, paths and pages are those of the commands of the same names;\n"
    "pages are also compared across campaigns.\n",
    cmd_report
};


static int
cmd_report(const jny_options_t *opt)
{
    jny_plan_t         plan = opt->plan;
    jny_slice_t        goal;
    jny_funnel_conf_t  funnel = { 0 };
    jny_paths_conf_t   paths = { 0 };
    jny_pages_conf_t   pages = { 0 };
    jny_task_t         tasks[REPORT_TASKS] = {
        { &jny_funnel_analysis, &funnel, NULL },
        { &jny_paths_analysis, &paths, NULL },
        { &jny_pages_analysis, &pages, NULL }
    };

    if (opt->format == JNY_FORMAT_HTML && opt->output == NULL
        && isatty(STDOUT_FILENO))
    {
        fprintf(stderr, "journey report: a page of HTML is nothing for a "
                "terminal: write it to a file with -o report.html\n");
        return JNY_EXIT_USAGE;
    }

    funnel.open = 1;
    funnel.window_ms = opt->window_ms;

    if (plan.goal != NULL) {
        goal.data = (const uint8_t *) jny_selector_text(plan.goal);
        goal.len = strlen(jny_selector_text(plan.goal));
        funnel.goal = &goal;
    }

    paths.top = opt->top;

    pages.horizon_ms = opt->horizon_ms;
    pages.across = 1;
    pages.threads = opt->plan.threads;
    pages.seed = 1;

    plan.want |= JNY_WANT_DETAIL;

    return jny_session_run(&jny_cmd_report, opt, &plan, tasks, REPORT_TASKS,
        cmd_report_print);
}


static int
cmd_report_print(const jny_session_t *s, const jny_task_t *tasks)
{
    int           rc;
    jny_buf_t     json, page;
    jny_json_t    js;
    jny_report_t  r = { 0 };

    jny_buf_init(&json);
    jny_buf_init(&page);

    rc = cmd_report_finish(&r, s, tasks);

    if (rc == JNY_OK) {
        jny_json_init(&js, &json, s->opt->format == JNY_FORMAT_JSON ? 2 : 0);
        cmd_report_json(&js, &r, s);
        jny_buf_char(&json, '\n');

        if (s->opt->format == JNY_FORMAT_HTML) {
            jny_report_html(&page, &json);
            rc = jny_session_write(s, &page);

        } else {
            rc = jny_session_write(s, &json);
        }
    }

    jny_buf_release(&page);
    jny_buf_release(&json);
    cmd_report_free(&r);

    return rc;
}


static int
cmd_report_finish(jny_report_t *r, const jny_session_t *s,
    const jny_task_t *tasks)
{
    int                 rc;
    const jny_names_t  *names = jny_run_facts(s->run)->names;

    const jny_input_summary_t  *in = jny_run_summary(s->run);

    rc = jny_funnel_finish(tasks[REPORT_FUNNEL].acc, &r->funnel);

    if (rc == JNY_OK) {
        rc = jny_paths_finish(tasks[REPORT_PATHS].acc, &r->paths);
    }

    if (rc == JNY_OK) {
        rc = jny_pages_finish(tasks[REPORT_PAGES].acc, &r->pages);
    }

    r->funnel_view = (jny_funnel_view_t) { r->funnel,
        tasks[REPORT_FUNNEL].conf, NULL, NULL, names };
    r->paths_view = (jny_paths_view_t) { r->paths, tasks[REPORT_PATHS].conf,
        names, NULL, NULL, NULL };
    r->pages_view = (jny_pages_view_t) { r->pages, tasks[REPORT_PAGES].conf,
        s->opt->top > REPORT_PAGE_ROWS ? s->opt->top : REPORT_PAGE_ROWS,
        jny_ms_between(in->from_ms, in->to_ms) };

    return rc;
}


static void
cmd_report_free(jny_report_t *r)
{
    jny_funnel_free(r->funnel);
    jny_paths_free(r->paths);
    jny_pages_free(r->pages);
}


/* Each part says its own definitions beside its figures. */
static void
cmd_report_json(jny_json_t *js, const jny_report_t *r, const jny_session_t *s)
{
    unsigned            nmoney;
    const jny_money_t  *money;
    jny_document_t      doc = { "report", s->opt->tz, &s->plan,
                                jny_run_facts(s->run),
                                jny_run_summary(s->run) };

    jny_document_open(js, &doc);
    jny_document_input(js, &doc);
    cmd_report_headline(js, r, &doc);
    jny_json_uint(js, "top", s->opt->top);

    money = jny_run_money(s->run, &nmoney);
    jny_money_json(js, money, nmoney);

    jny_json_object(js, "funnel");
    jny_json_object(js, "definitions");
    jny_funnel_json_define(js, &r->funnel_view);
    jny_json_object_end(js);
    jny_funnel_json(js, &r->funnel_view);
    jny_json_object_end(js);

    jny_json_object(js, "paths");
    jny_json_object(js, "definitions");
    jny_paths_json_define(js, &r->paths_view);
    jny_json_object_end(js);
    jny_paths_json(js, &r->paths_view);
    jny_json_object_end(js);

    jny_json_object(js, "pages");
    jny_json_object(js, "definitions");
    jny_pages_json_define(js, &r->pages_view);
    jny_json_object_end(js);
    jny_pages_json(js, &r->pages_view);
    jny_json_object_end(js);

    jny_document_close(js);
}


static void
cmd_report_headline(jny_json_t *js, const jny_report_t *r,
    const jny_document_t *doc)
{
    jny_buf_t    headline;
    jny_slice_t  text;

    jny_buf_init(&headline);

    if (!jny_document_nothing(&headline, doc)) {
        jny_funnel_headline(&headline, &r->funnel_view);
    }

    text.data = (const uint8_t *) headline.data;
    text.len = headline.len;
    jny_json_slice(js, "headline", text);

    if (headline.failed) {
        js->out->failed = 1;
    }

    jny_buf_release(&headline);
}
