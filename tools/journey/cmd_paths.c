/*
 * cmd_paths.c - journey paths: what people do, touchpoint by touchpoint.
 */

#include "options.h"

#include <stdio.h>

#include "analysis/paths.h"
#include "render/document.h"
#include "render/money.h"
#include "render/paths.h"


static int cmd_paths(const jny_options_t *opt);
static unsigned cmd_paths_anchors(const jny_options_t *opt,
    jny_paths_conf_t *conf, jny_selector_t **steps);
static int cmd_paths_print(const jny_session_t *s, const jny_task_t *tasks);


const jny_command_t  jny_cmd_paths = {
    "paths",
    "what people do: top paths and the steps between touchpoints",
    JNY_COMMON_OPTIONS
    " goal starting ending around span top keep-repeats whole-journey",
    "[options] LOG...",
    "A path is the touchpoints of one session; the same touchpoint twice in\n"
    "a row counts as one.  Edges are counted by their position in the path,\n"
    "with the end of the path as a place of its own.\n"
    "\n"
    "--starting and --ending cut paths, both together to what lies between;\n"
    "--around shows both sides.  Paths without such a touchpoint are counted\n"
    "apart.\n",
    cmd_paths
};


static int
cmd_paths(const jny_options_t *opt)
{
    jny_plan_t        plan = opt->plan;
    jny_task_t        task = { &jny_paths_analysis, NULL, NULL };
    jny_selector_t   *steps[2];
    jny_paths_conf_t  conf = { 0 };

    if (opt->around != NULL && (opt->starting || opt->ending)) {
        fprintf(stderr, "journey paths: --around shows both sides of a "
                "touchpoint: give it without --starting and --ending\n");
        return JNY_EXIT_USAGE;
    }

    if (opt->span.given && opt->around == NULL) {
        fprintf(stderr, "journey paths: --span goes with --around\n");
        return JNY_EXIT_USAGE;
    }

    conf.keep_repeats = opt->keep_repeats;
    conf.whole_journey = opt->whole_journey;
    conf.top = opt->top;
    conf.before = opt->span.before;
    conf.after = opt->span.after;

    plan.nsteps = cmd_paths_anchors(opt, &conf, steps);
    plan.steps = plan.nsteps > 0 ? steps : NULL;
    plan.want |= JNY_WANT_DETAIL;
    task.conf = &conf;

    return jny_session_run(&jny_cmd_paths, opt, &plan, &task, 1,
        cmd_paths_print);
}


/* The selectors of anchors are matched as steps are: returns how many. */
static unsigned
cmd_paths_anchors(const jny_options_t *opt, jny_paths_conf_t *conf,
    jny_selector_t **steps)
{
    unsigned  i, n = 0;
    struct {
        jny_selector_t  *sel;
        uint32_t        *mask;
    } anchors[] = {
        { opt->starting, &conf->starting },
        { opt->ending, &conf->ending },
        { opt->around, &conf->around },
    };

    for (i = 0; i < sizeof(anchors) / sizeof(anchors[0]); i++) {
        if (anchors[i].sel != NULL) {
            *anchors[i].mask = (uint32_t) 1 << n;
            steps[n++] = anchors[i].sel;
        }
    }

    return n;
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
    jny_paths_view_t    view = { NULL, tasks->conf, doc.facts->names,
                                 s->opt->starting, s->opt->ending,
                                 s->opt->around };

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
