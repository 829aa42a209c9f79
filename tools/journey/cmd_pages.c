/*
 * cmd_pages.c - journey pages: what goes with seeing a page, campaign by
 * campaign.
 */

#include "options.h"

#include "analysis/pages.h"
#include "render/document.h"
#include "render/pages.h"


static int cmd_pages(const jny_options_t *opt);
static int cmd_pages_print(const jny_session_t *s, const jny_task_t *tasks);


const jny_command_t  jny_cmd_pages = {
    "pages",
    "conversion after seeing a page, against matched visitors who had not",
    JNY_COMMON_OPTIONS " goal across horizon top",
    "[options] LOG...",
    "Who browses longer sees more pages and buys more, so \"saw it\" against\n"
    "\"did not\" finds an effect of every page.  Here a visitor's first view\n"
    "of a page is compared with like moments of others: same campaign, same\n"
    "stage, as many views before, turning to another new page.  Both are\n"
    "followed for --horizon.  It shows an association, not a cause.\n"
    "\n"
    "The campaign \"(all)\" holds all campaigns, each compared in itself.\n",
    cmd_pages
};


static int
cmd_pages(const jny_options_t *opt)
{
    jny_plan_t        plan = opt->plan;
    jny_task_t        task = { &jny_pages_analysis, NULL, NULL };
    jny_pages_conf_t  conf = { opt->horizon_ms, opt->across != NULL,
                               opt->plan.threads, 1 };

    plan.want |= JNY_WANT_DETAIL;
    task.conf = &conf;

    return jny_session_run(&jny_cmd_pages, opt, &plan, &task, 1,
        cmd_pages_print);
}


static int
cmd_pages_print(const jny_session_t *s, const jny_task_t *tasks)
{
    int               rc;
    jny_buf_t         out;
    jny_json_t        js;
    jny_pages_t      *pages;
    jny_document_t    doc = { "pages", s->opt->tz, &s->plan,
                              jny_run_facts(s->run), jny_run_summary(s->run) };
    jny_pages_view_t  view = { NULL, tasks->conf, s->opt->top,
                              jny_ms_between(doc.input->from_ms,
                                             doc.input->to_ms) };

    rc = jny_pages_finish(tasks->acc, &pages);
    if (rc != JNY_OK) {
        jny_pages_free(pages);
        return rc;
    }

    view.pages = pages;
    jny_buf_init(&out);

    if (s->opt->format == JNY_FORMAT_JSON) {
        jny_json_init(&js, &out, 2);
        jny_document_open(&js, &doc);
        jny_pages_json_define(&js, &view);
        jny_document_input(&js, &doc);
        jny_pages_json(&js, &view);
        jny_document_close(&js);
        jny_buf_char(&out, '\n');

    } else {
        if (jny_document_nothing(&out, &doc)) {
            jny_buf_char(&out, '\n');
        } else {
            jny_pages_text(&out, &view);
        }

        jny_pages_text_define(&out, &view);
        jny_document_foot(&out, &doc);
    }

    rc = jny_session_write(s, &out);

    jny_buf_release(&out);
    jny_pages_free(pages);

    return rc;
}
