/*
 * cmd_paths.c - journey paths: what people do, touchpoint by touchpoint.
 */

#include "options.h"

#include "analysis/paths.h"
#include "render/document.h"
#include "render/money.h"
#include "render/paths.h"


static int cmd_paths(const jny_options_t *opt);
static int cmd_paths_print(const jny_session_t *s, const jny_task_t *tasks);


const jny_command_t  jny_cmd_paths = {
    "paths",
    "what people do: top paths and the steps between touchpoints",
    JNY_COMMON_OPTIONS " goal top keep-repeats whole-journey",
    "[options] LOG...",
    "A path is the touchpoints of one session; the same touchpoint twice in\n"
    "a row counts as one.  Edges are counted by their position in the path,\n"
    "with the end of the path as a place of its own.\n",
    cmd_paths
};


static int
cmd_paths(const jny_options_t *opt)
{
    jny_plan_t        plan = opt->plan;
    jny_task_t        task = { &jny_paths_analysis, NULL, NULL };
    jny_paths_conf_t  conf = { opt->keep_repeats, opt->whole_journey,
                               opt->top };

    plan.want |= JNY_WANT_DETAIL;
    task.conf = &conf;

    return jny_session_run(&jny_cmd_paths, opt, &plan, &task, 1,
        cmd_paths_print);
}


static int
cmd_paths_print(const jny_session_t *s, const jny_task_t *tasks)
{
    int                 rc;
    unsigned            nmoney;
    jny_buf_t           out;
    jny_json_t          js;
    jny_paths_t        *paths;
    const jny_money_t  *money;
    jny_document_t      doc = { "paths", s->opt->tz, &s->plan,
                                jny_run_facts(s->run),
                                jny_run_summary(s->run) };
    jny_paths_view_t    view = { NULL, tasks->conf, doc.facts->names };

    rc = jny_paths_finish(tasks->acc, &paths);
    if (rc != JNY_OK) {
        jny_paths_free(paths);
        return rc;
    }

    view.paths = paths;
    money = jny_run_money(s->run, &nmoney);
    jny_buf_init(&out);

    if (s->opt->format == JNY_FORMAT_JSON) {
        jny_json_init(&js, &out, 2);
        jny_document_open(&js, &doc);
        jny_paths_json_define(&js, &view);
        jny_document_input(&js, &doc);
        jny_paths_json(&js, &view);
        jny_money_json(&js, money, nmoney);
        jny_document_close(&js);
        jny_buf_char(&out, '\n');

    } else {
        if (jny_document_nothing(&out, &doc)) {
            jny_buf_char(&out, '\n');
        } else {
            jny_paths_text(&out, &view);
        }

        jny_paths_text_define(&out, &view);
        jny_money_foot(&out, money, nmoney);
        jny_document_foot(&out, &doc);
    }

    rc = jny_session_write(s, &out);

    jny_buf_release(&out);
    jny_paths_free(paths);

    return rc;
}
