/*
 * cmd_funnel.c - journey funnel: how many reach each step.
 */

#include "options.h"

#include <stdlib.h>
#include <string.h>

#include "analysis/funnel.h"
#include "render/document.h"
#include "render/funnel.h"
#include "render/money.h"


static int cmd_funnel(const jny_options_t *opt);
static int cmd_funnel_print(const jny_session_t *s, const jny_task_t *tasks);
static void cmd_funnel_by(const jny_options_t *opt, jny_funnel_conf_t *conf,
    jny_plan_t *plan);


const jny_command_t  jny_cmd_funnel = {
    "funnel",
    "how many reach each step, drop-off, time, value",
    JNY_COMMON_OPTIONS " steps entry window goal by top",
    "[options] LOG...",
    "Without --steps the steps are the stages the logs name, and the funnel\n"
    "is open: who reached a later stage has reached the ones before it, so\n"
    "its last step is who was there.  With --steps it is closed: the steps\n"
    "in order, anything between them, within --window of the first.\n"
    "\n"
    "With --by the unit is entries: a visitor who failed under one campaign\n"
    "and bought under another is counted under both.  Rate and value of a\n"
    "group are those at the goal.\n",
    cmd_funnel
};


static int
cmd_funnel(const jny_options_t *opt)
{
    int                code;
    unsigned           k;
    jny_plan_t         plan = opt->plan;
    jny_task_t         task = { &jny_funnel_analysis, NULL, NULL };
    jny_slice_t        goal, names[JNY_MAX_STEPS];
    jny_funnel_conf_t  conf = { 0 };

    for (k = 0; k < plan.nsteps; k++) {
        names[k].data = (const uint8_t *) jny_selector_text(plan.steps[k]);
        names[k].len = strlen(jny_selector_text(plan.steps[k]));
    }

    if (plan.goal != NULL) {
        goal.data = (const uint8_t *) jny_selector_text(plan.goal);
        goal.len = strlen(jny_selector_text(plan.goal));
        conf.goal = &goal;
    }

    conf.steps = plan.nsteps ? names : NULL;
    conf.nsteps = plan.nsteps;
    conf.open = !opt->entry_first;
    conf.window_ms = opt->window_ms;
    conf.top = opt->top;

    plan.want |= JNY_WANT_VALUE;
    cmd_funnel_by(opt, &conf, &plan);

    task.conf = &conf;
    code = jny_session_run(&jny_cmd_funnel, opt, &plan, &task, 1,
        cmd_funnel_print);

    return code;
}


/* --by names what the session carries, what details hold, or a raw column. */
static void
cmd_funnel_by(const jny_options_t *opt, jny_funnel_conf_t *conf,
    jny_plan_t *plan)
{
    unsigned  i;

    static const struct {
        const char       *name;
        jny_funnel_by_e   by;
    } fields[] = {
        { "source", JNY_FUNNEL_BY_SOURCE },
        { "medium", JNY_FUNNEL_BY_MEDIUM },
        { "campaign", JNY_FUNNEL_BY_CAMPAIGN },
        { "term", JNY_FUNNEL_BY_TERM },
        { "content", JNY_FUNNEL_BY_CONTENT },
        { "channel", JNY_FUNNEL_BY_CHANNEL },
        { "stage", JNY_FUNNEL_BY_STAGE },
        { "touchpoint", JNY_FUNNEL_BY_TOUCHPOINT },
        { "page", JNY_FUNNEL_BY_PAGE },
        { "host", JNY_FUNNEL_BY_HOST },
    };

    if (opt->by == NULL) {
        return;
    }

    plan->want |= JNY_WANT_DETAIL;

    for (i = 0; i < sizeof(fields) / sizeof(fields[0]); i++) {
        if (strcmp(opt->by, fields[i].name) == 0) {
            conf->by = fields[i].by;
            return;
        }
    }

    conf->by = JNY_FUNNEL_BY_COLUMN;
    plan->by = opt->by;
}


static int
cmd_funnel_print(const jny_session_t *s, const jny_task_t *tasks)
{
    int                 rc;
    unsigned            nmoney;
    jny_buf_t           out;
    jny_json_t          js;
    jny_funnel_t       *funnel;
    const jny_money_t  *money;
    jny_document_t      doc = { "funnel", s->opt->tz, &s->plan,
                                jny_run_facts(s->run),
                                jny_run_summary(s->run) };
    jny_funnel_view_t   view = { NULL, tasks->conf, s->opt->by,
                                 doc.facts->names };

    rc = jny_funnel_finish(tasks->acc, &funnel);
    if (rc != JNY_OK) {
        jny_funnel_free(funnel);
        return rc;
    }

    view.funnel = funnel;
    money = jny_run_money(s->run, &nmoney);
    jny_buf_init(&out);

    if (s->opt->format == JNY_FORMAT_JSON) {
        jny_json_init(&js, &out, 2);
        jny_document_open(&js, &doc);
        jny_funnel_json_define(&js, &view);
        jny_document_input(&js, &doc);
        jny_funnel_json(&js, &view);
        jny_money_json(&js, money, nmoney);
        jny_document_close(&js);
        jny_buf_char(&out, '\n');

    } else {
        if (jny_document_nothing(&out, &doc)) {
            jny_buf_char(&out, '\n');
        } else {
            jny_funnel_text(&out, &view);
        }

        jny_funnel_text_define(&out, &view);
        jny_money_foot(&out, money, nmoney);
        jny_document_foot(&out, &doc);
    }

    rc = jny_session_write(s, &out);

    jny_buf_release(&out);
    jny_funnel_free(funnel);

    return rc;
}
