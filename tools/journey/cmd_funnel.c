/*
 * cmd_funnel.c - journey funnel: how many reach each step.
 */

#include "options.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "analysis/funnel.h"
#include "render/document.h"
#include "render/funnel.h"
#include "render/money.h"


/* Where cohorts stand while the command runs. */
typedef struct {
    jny_selector_t       *steps[JNY_MAX_STEPS];
    jny_funnel_cohort_t   cohorts[JNY_FUNNEL_MAX_COHORTS];
} cmd_funnel_room_t;


static int cmd_funnel(const jny_options_t *opt);
static unsigned cmd_funnel_wants(const jny_options_t *opt,
    const jny_funnel_conf_t *conf);
static void cmd_funnel_steps(const jny_options_t *opt,
    jny_funnel_conf_t *conf, jny_slice_t names[2][JNY_MAX_STEPS]);
static int cmd_funnel_compat(const jny_options_t *opt,
    jny_funnel_conf_t *conf);
static int cmd_funnel_mode(const char *name, size_t len, unsigned *modes);
static const char *cmd_funnel_refuses(const jny_options_t *opt,
    const jny_funnel_conf_t *conf);
static int cmd_funnel_agrees(const jny_options_t *opt,
    const jny_funnel_conf_t *conf);
static int cmd_funnel_cohorts(const jny_options_t *opt,
    jny_funnel_conf_t *conf, jny_plan_t *plan, cmd_funnel_room_t *room);
static int cmd_funnel_print(const jny_session_t *s, const jny_task_t *tasks);
static void cmd_funnel_by(const jny_options_t *opt, jny_funnel_conf_t *conf,
    jny_plan_t *plan, jny_buf_t *columns);


const jny_command_t  jny_cmd_funnel = {
    "funnel",
    "how many reach each step, drop-off, time, value",
    JNY_COMMON_OPTIONS " steps entry order ties exclude count compat window "
                       "goal by credit every cohort top",
    "[options] LOG...",
    "Without --steps the steps are the stages the logs name, and the funnel\n"
    "is open: who reached a later stage has reached the ones before it, so\n"
    "its last step is who was there.  With --steps it is closed: the steps\n"
    "in order, anything between them, within --window of the first.\n"
    "\n"
    "With --by the unit is entries: a visitor who failed under one campaign\n"
    "and bought under another is counted under both.  Rate and value of a\n"
    "group are those at the goal.\n"
    "\n"
    "--every and --cohort look at the whole funnel, beside what --by breaks\n"
    "down.  A cohort asks all events of the period, --where or not.\n",
    cmd_funnel
};


static int
cmd_funnel(const jny_options_t *opt)
{
    int                code = JNY_EXIT_USAGE;
    jny_buf_t          columns;
    jny_plan_t         plan = opt->plan;
    jny_task_t         task = { &jny_funnel_analysis, NULL, NULL };
    jny_slice_t        goal, names[2][JNY_MAX_STEPS];
    jny_funnel_conf_t  conf = { 0 };
    cmd_funnel_room_t  room;

    cmd_funnel_steps(opt, &conf, names);

    if (plan.goal != NULL) {
        goal.data = (const uint8_t *) jny_selector_text(plan.goal);
        goal.len = strlen(jny_selector_text(plan.goal));
        conf.goal = &goal;
    }

    conf.open = !opt->entry_first;
    conf.window_ms = opt->window_ms;
    conf.top = opt->top;
    conf.credit = opt->credit;
    conf.every = opt->every;
    conf.order = opt->order;
    conf.ties_step = opt->ties_step;
    conf.exclude_visitor = opt->exclude_visitor;

    jny_buf_init(&columns);
    cmd_funnel_by(opt, &conf, &plan, &columns);

    if (opt->count != JNY_COUNT_UNSET) {
        conf.count = opt->count;

    } else if (opt->by != NULL && opt->compat == NULL) {
        conf.count = JNY_FUNNEL_ENTRIES;
    }

    plan.want |= cmd_funnel_wants(opt, &conf);
    task.conf = &conf;

    if (columns.failed) {
        fprintf(stderr, "journey funnel: %s\n", jny_strerror(JNY_ENOMEM));
        code = JNY_EXIT_FAILED;

    } else if (cmd_funnel_compat(opt, &conf)
               && cmd_funnel_agrees(opt, &conf)
               && cmd_funnel_cohorts(opt, &conf, &plan, &room))
    {
        code = jny_session_run(&jny_cmd_funnel, opt, &plan, &task, 1,
            cmd_funnel_print);
    }

    jny_buf_release(&columns);

    return code;
}


/* JNY_WANT_..., as conf counts. */
static unsigned
cmd_funnel_wants(const jny_options_t *opt, const jny_funnel_conf_t *conf)
{
    unsigned  want = JNY_WANT_VALUE;

    /* Sessions are known, and repeats of orders, where details are. */
    if (conf->count != JNY_FUNNEL_VISITORS) {
        want |= JNY_WANT_DETAIL;
    }

    /* What stands between two steps matters. */
    if (conf->order == JNY_CHAIN_STRICT || opt->compat != NULL) {
        want |= JNY_WANT_EVERY;
    }

    /* A chain begins with the first step; a cohort has whom it has. */
    if (!conf->open && opt->plan.nsteps > 0 && conf->order != JNY_CHAIN_ANY
        && opt->compat == NULL && opt->cohorts.n == 0)
    {
        want |= JNY_WANT_ENTERED;
    }

    return want;
}


/* names: of the steps that are counted, and of the others. */
static void
cmd_funnel_steps(const jny_options_t *opt, jny_funnel_conf_t *conf,
    jny_slice_t names[2][JNY_MAX_STEPS])
{
    unsigned      k, excluded = 0;
    jny_slice_t  *name;

    if (opt->plan.nsteps == 0) {
        return;
    }

    for (k = 0; k < opt->plan.nsteps; k++) {
        name = (opt->steps[k].kind == JNY_STEP_EXCLUSION)
                   ? &names[1][excluded++]
                   : &names[0][conf->nsteps++];
        name->data = (const uint8_t *) jny_selector_text(opt->plan.steps[k]);
        name->len = strlen(jny_selector_text(opt->plan.steps[k]));
    }

    conf->steps = names[0];
    conf->excluded = names[1];
    conf->items = opt->steps;
    conf->nitems = opt->plan.nsteps;
}


/* Reads --compat NAME:MODE,MODE; says what is no such thing. */
static int
cmd_funnel_compat(const jny_options_t *opt, jny_funnel_conf_t *conf)
{
    size_t                    len;
    unsigned                  v;
    const char               *p = opt->compat, *what = NULL;
    static const char *const  names[] = { "", "clickhouse", "posthog",
        "mixpanel", "umami" };

    if (p == NULL) {
        return 1;
    }

    len = strcspn(p, ":");

    for (v = JNY_COMPAT_UMAMI; v > JNY_COMPAT_NONE; v--) {
        if (strlen(names[v]) == len && memcmp(names[v], p, len) == 0) {
            break;
        }
    }

    conf->compat.vendor = v;

    if (v == JNY_COMPAT_NONE) {
        what = "give clickhouse, posthog, mixpanel or umami";

    } else if (p[len] != '\0' && v != JNY_COMPAT_CLICKHOUSE) {
        what = "only clickhouse has modes";
    }

    for (p += len; what == NULL && *p != '\0'; p += len) {
        p++;
        len = strcspn(p, ",");

        if (!cmd_funnel_mode(p, len, &conf->compat.modes)) {
            what = "give modes of windowFunnel: strict_deduplication, "
                   "strict_order, strict_increase, strict_once, allow_reentry";
        }
    }

    if (what == NULL) {
        what = cmd_funnel_refuses(opt, conf);
    }

    if (what != NULL) {
        fprintf(stderr, "journey funnel: --compat %s: %s\n", opt->compat,
            what);
    }

    return what == NULL;
}


static int
cmd_funnel_mode(const char *name, size_t len, unsigned *modes)
{
    unsigned                  i;
    static const char *const  names[] = { "strict_deduplication",
        "strict_order", "strict_increase", "strict_once", "allow_reentry" };

    for (i = 0; i < sizeof(names) / sizeof(names[0]); i++) {
        if (strlen(names[i]) == len && memcmp(names[i], name, len) == 0) {
            *modes |= 1u << i;
            return 1;
        }
    }

    return 0;
}


/* What the other tool has no notion of, or NULL. */
static const char *
cmd_funnel_refuses(const jny_options_t *opt, const jny_funnel_conf_t *conf)
{
    unsigned             k, within = 0, kinds = 0;
    jny_compat_vendor_e  v = conf->compat.vendor;

    for (k = 0; k < conf->nitems; k++) {
        within |= opt->steps[k].within_ms != 0;
        kinds |= 1u << opt->steps[k].kind;
    }

    if (conf->open) {
        return "it counts steps in order: give --steps, or --entry first";
    }

    if (conf->count != JNY_FUNNEL_VISITORS) {
        return "it counts visitors: leave out --count";
    }

    if (conf->ties_step || conf->exclude_visitor) {
        return "ties and exclusions are its own: leave out --ties and "
               "--exclude";
    }

    if (within) {
        return "it knows no within";
    }

    if ((kinds >> JNY_STEP_OPTIONAL & 1)
        && (v != JNY_COMPAT_POSTHOG || conf->order == JNY_CHAIN_ANY))
    {
        return "there it knows no step that may be missing (?)";
    }

    if ((kinds >> JNY_STEP_EXCLUSION & 1)
        && (v == JNY_COMPAT_CLICKHOUSE || v == JNY_COMPAT_UMAMI))
    {
        return "it knows no exclusion (!)";
    }

    if (conf->order != JNY_CHAIN_ORDERED && v != JNY_COMPAT_POSTHOG) {
        return v == JNY_COMPAT_CLICKHOUSE
                   ? "leave out --order: its modes say that, as in "
                     "clickhouse:strict_order"
                   : "only its ordered funnel is reproduced: leave out "
                     "--order";
    }

    if ((conf->compat.modes & JNY_COMPAT_REENTRY)
        && !(conf->compat.modes & JNY_COMPAT_ORDER))
    {
        return "allow_reentry goes with strict_order";
    }

    if (conf->nitems == 0 && (conf->compat.modes & JNY_COMPAT_ONCE)) {
        return "strict_once needs --steps";
    }

    return NULL;
}


/* Says what cannot be had together. */
static int
cmd_funnel_agrees(const jny_options_t *opt, const jny_funnel_conf_t *conf)
{
    unsigned     k, within = 0, kinds = 0;
    const char  *what = NULL;

    for (k = 0; k < conf->nitems; k++) {
        within |= opt->steps[k].within_ms != 0;
        kinds |= 1u << opt->steps[k].kind;
    }

    if (conf->open && (kinds > 1u << JNY_STEP_REQUIRED || within)) {
        what = "?, ! and within speak of steps in order: leave out "
               "--entry any";

    } else if (conf->open && (conf->order != JNY_CHAIN_ORDERED
                              || conf->ties_step || conf->exclude_visitor))
    {
        what = "--order, --ties and --exclude speak of steps in order: give "
               "--entry first";

    } else if (conf->order == JNY_CHAIN_ANY && conf->steps == NULL) {
        what = "--order any needs --steps";

    } else if (conf->order == JNY_CHAIN_ANY && within) {
        what = "within is the time from the step before: with --order any "
               "there is none, --window limits all";

    } else if (opt->credit != JNY_FUNNEL_CREDIT_FIRST && opt->by == NULL) {
        what = "--credit says where --by reads its value: give --by too";

    } else if (conf->steps != NULL
               && opt->credit >= JNY_FUNNEL_CREDIT_STEP + conf->nsteps)
    {
        what = "--credit names a step that --steps does not have";

    } else if (conf->exclude_visitor && !(kinds >> JNY_STEP_EXCLUSION & 1)) {
        what = "--exclude visitor needs a step with ! in front";
    }

    if (what != NULL) {
        fprintf(stderr, "journey funnel: %s\n", what);
    }

    return what == NULL;
}


/* --by names what the session carries, what details hold, or a raw column. */
static void
cmd_funnel_by(const jny_options_t *opt, jny_funnel_conf_t *conf,
    jny_plan_t *plan, jny_buf_t *columns)
{
    size_t       len;
    unsigned     i, k = 0;
    const char  *field;

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

    for (field = opt->by; k < JNY_MAX_BY; field += len + 1) {
        len = strcspn(field, ",");
        conf->by[k] = JNY_FUNNEL_BY_COLUMN;

        for (i = 0; i < sizeof(fields) / sizeof(fields[0]); i++) {
            if (strlen(fields[i].name) == len
                && memcmp(field, fields[i].name, len) == 0)
            {
                conf->by[k] = fields[i].by;
            }
        }

        if (conf->by[k++] == JNY_FUNNEL_BY_COLUMN) {
            jny_buf_str(columns, columns->len > 0 ? "," : "");
            jny_buf_add(columns, field, len);
        }

        if (field[len] == '\0') {
            break;
        }
    }

    if (columns->len > 0) {
        plan->by = columns->data;
    }
}


/* Cohorts are matched as further steps; any event may be one of theirs. */
static int
cmd_funnel_cohorts(const jny_options_t *opt, jny_funnel_conf_t *conf,
    jny_plan_t *plan, cmd_funnel_room_t *room)
{
    unsigned              k;
    jny_funnel_cohort_t  *c;

    if (opt->cohorts.n == 0) {
        return 1;
    }

    if (plan->nsteps + opt->cohorts.n > JNY_MAX_STEPS) {
        fprintf(stderr, "journey funnel: --steps and --cohort together are "
            "more than %d: leave out some\n", JNY_MAX_STEPS);
        return 0;
    }

    for (k = 0; k < plan->nsteps; k++) {
        room->steps[k] = plan->steps[k];
    }

    for (k = 0; k < opt->cohorts.n; k++) {
        c = &room->cohorts[k];
        c->name = opt->cohorts.name[k];
        c->selector.data = (const uint8_t *) jny_selector_text(
            opt->cohorts.selector[k]);
        c->selector.len = strlen(jny_selector_text(opt->cohorts.selector[k]));
        c->bit = plan->nsteps;
        room->steps[plan->nsteps++] = opt->cohorts.selector[k];
    }

    plan->steps = room->steps;
    plan->want |= JNY_WANT_EVERY;
    conf->cohorts = room->cohorts;
    conf->ncohorts = opt->cohorts.n;

    return 1;
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
                                 s->opt->compat, doc.facts->names };

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
