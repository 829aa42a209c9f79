/*
 * test_engine_run.c - engine/run.c and what it drives: from rows in logs to
 * journeys, written down as text.
 */

#include "enginetest.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "engine/steps.h"


/* One log of one writer, being put together; then its run. */
typedef struct {
    char                  folder[64];
    jny_buf_t             log;
    enginetest_writer_t   w;
    jny_plan_t            plan;
    jny_buf_t             out;
    jny_run_t            *run;
    jny_input_t          *in;
} shop_t;


static int
setup(void **state)
{
    shop_t  *s;

    s = calloc(1, sizeof(*s));
    enginetest_folder(s->folder);
    enginetest_writer(&s->w, 7, "look basket purchase thanks");
    enginetest_plan(&s->plan);
    *state = s;

    return 0;
}


static int
teardown(void **state)
{
    shop_t  *s = *state;

    jny_run_free(s->run);
    jny_input_free(s->in);
    enginetest_writer_end(&s->w);
    enginetest_folder_end(s->folder);
    jny_buf_release(&s->log);
    jny_buf_release(&s->out);
    free(s);

    return 0;
}


/* Visits minute `at` of visitor. */
static void
visit(shop_t *s, uint64_t visitor, int at, const char *words)
{
    enginetest_add(&s->w, visitor, at * ENGINETEST_MIN, words);
}


/* The same when every partition is too large. */
static void
run_split(shop_t *s)
{
    jny_buf_t    out;
    jny_run_t   *run;
    jny_plan_t   plan;

    plan = s->plan;
    plan.partition_words = 1;

    jny_buf_init(&out);
    enginetest_run(s->in, &plan, &out, &run);
    assert_string_equal(out.data, s->out.data);
    assert_memory_equal(jny_run_summary(run), jny_run_summary(s->run),
                        sizeof(jny_input_summary_t));
    jny_run_free(run);
    jny_buf_release(&out);
}


static const jny_input_summary_t *
run(shop_t *s)
{
    char  *path;

    if (jny_encoder_rows(s->w.enc) > 0) {
        enginetest_seal(&s->w, &s->log);
    }

    path = enginetest_file(s->folder, "shop.jny", &s->log);

    jny_run_free(s->run);
    jny_input_free(s->in);
    s->in = enginetest_open(1, &path);
    enginetest_run(s->in, &s->plan, &s->out, &s->run);
    run_split(s);

    return jny_run_summary(s->run);
}


/* The i-th line, without what comes before and after the events. */
static void
assert_journey(const shop_t *s, unsigned line, const char *want)
{
    char  *p, *end;

    for (p = s->out.data; line > 0 && p != NULL; line--) {
        p = strchr(p, '\n');
        p = p != NULL ? p + 1 : NULL;
    }

    assert_non_null(p);
    end = strchr(p, '\n');
    assert_non_null(end);
    *end = '\0';
    assert_string_equal(p + 17, want);
    *end = '\n';
}


static void
sessions(void **state)
{
    shop_t  *s = *state;

    visit(s, 1, 0, "page=/a");
    visit(s, 1, 30, "page=/b");             /* just within the gap */
    enginetest_add(&s->w, 1, 60 * ENGINETEST_MIN + 1, "page=/c");
    run(s);
    assert_journey(s, 0,
        "sessions=2: |0s stage=0 match=0 session tp=/a from=(direct)/direct"
        " |1800s stage=0 match=0 tp=/b from=(direct)/direct"
        " |3600s stage=0 match=0 session tp=/c from=(direct)/direct");
}


static void
campaigns(void **state)
{
    shop_t  *s = *state;

    visit(s, 1, 0, "campaign=+Spring+SALE+ source=Google medium=CPC");
    visit(s, 1, 1, "page=/b");
    visit(s, 1, 2, "source=google medium=cpc campaign=spring+sale term=x");
    visit(s, 1, 3, "source=mail medium=email campaign=n12");
    visit(s, 1, 4, "source=tag medium=own flags=0x400");
    visit(s, 1, 5, "referrer=t.co");
    run(s);

    /* The tuple of minute 2 differs in its term only: no new session, and
       the first  stays; the tags of minute 4 stand on our own page. */
    assert_journey(s, 0,
        "sessions=2:"
        " |0s stage=0 match=0 session from=spring sale/paid search!"
        " |60s stage=0 match=0 tp=/b from=spring sale/paid search"
        " |120s stage=0 match=0 from=spring sale/paid search!"
        " |180s stage=0 match=0 session from=n12/email!"
        " |240s stage=0 match=0 from=n12/email"
        " |300s stage=0 match=0 from=n12/email");
}


static void
referrers(void **state)
{
    shop_t  *s = *state;

    visit(s, 1, 0, "host=shop.example referrer=www.google.de");
    visit(s, 2, 0, "host=shop.example referrer=www.shop.example");
    visit(s, 3, 0, "host=shop.example referrer=www.blog.example");
    visit(s, 4, 0, "host=shop.example click=gclid referrer=www.google.com");
    visit(s, 5, 0, "host=shop.example click=fbclid referrer=l.facebook.com");
    visit(s, 6, 0, "host=google.com referrer=google.com");
    visit(s, 7, 0, "host=shop.example referrer=www.google.de flags=0x400");
    run(s);
    assert_non_null(strstr(s->out.data, "01 sessions=1: |0s stage=0 match=0"
        " session host=shop.example from=google/organic search\n"));
    assert_non_null(strstr(s->out.data, "02 sessions=1: |0s stage=0 match=0"
        " session host=shop.example from=(direct)/direct\n"));
    assert_non_null(strstr(s->out.data, "03 sessions=1: |0s stage=0 match=0"
        " session host=shop.example from=blog.example/referral\n"));
    assert_non_null(strstr(s->out.data, "04 sessions=1: |0s stage=0 match=0"
        " session host=shop.example from=google/paid search!\n"));
    assert_non_null(strstr(s->out.data, "05 sessions=1: |0s stage=0 match=0"
        " session host=shop.example from=facebook/organic social\n"));
    assert_non_null(strstr(s->out.data, "06 sessions=1: |0s stage=0 match=0"
        " session host=google.com from=google/organic search\n"));
    assert_non_null(strstr(s->out.data, "07 sessions=1: |0s stage=0 match=0"
        " session host=shop.example from=(direct)/direct\n"));
}


static void
stages(void **state)
{
    shop_t                     *s = *state;
    enginetest_writer_t         old;
    const jny_input_summary_t  *sums;

    /* An older log with another list: by name, and counted. */
    enginetest_writer(&old, 3, "purchase look gone");
    enginetest_add(&old, 1, -5 * ENGINETEST_MIN, "stage=look");
    enginetest_add(&old, 1, -4 * ENGINETEST_MIN, "stage=gone");
    enginetest_add(&old, 1, -3 * ENGINETEST_MIN, "stage=purchase");
    enginetest_seal(&old, &s->log);
    enginetest_writer_end(&old);

    visit(s, 1, 0, "stage=basket");
    visit(s, 1, 1, "stage=purchase status=500");
    visit(s, 1, 2, "stage=purchase");

    s->plan.want = JNY_WANT_EVERY;
    sums = run(s);
    assert_int_equal(sums->other_stage_lists, 1);
    assert_int_equal(jny_run_facts(s->run)->nstages, 4);
    assert_int_equal(jny_run_facts(s->run)->goal_stage, 3);
    assert_journey(s, 0,
        "sessions=0: |-300s stage=1 match=0 |-240s stage=0 match=0"
        " |-180s stage=3 match=0 GOAL |0s stage=2 match=0"
        " |60s stage=0 match=0 failed |120s stage=3 match=0 GOAL");
}


/* What was imported without a model has no list: it is the logs' all the
   same. */
static void
no_stages(void **state)
{
    unsigned                    i;
    shop_t                     *s = *state;
    enginetest_writer_t         newer;
    const jny_input_summary_t  *sums;

    visit(s, 1, 0, "stage=look");

    for (i = 0; i < 2; i++) {
        enginetest_writer(&newer, 3 + i, "");
        enginetest_add(&newer, 1, 60 * ENGINETEST_MIN, "stage=purchase");
        enginetest_seal(&newer, &s->log);
        enginetest_add(&newer, 1, 61 * ENGINETEST_MIN, "stage=gone");
        enginetest_seal(&newer, &s->log);
        enginetest_writer_end(&newer);
    }

    s->plan.want = JNY_WANT_EVERY;
    sums = run(s);
    assert_int_equal(sums->blocks, 5);
    assert_int_equal(sums->other_stage_lists, 0);
    assert_int_equal(jny_run_facts(s->run)->nstages, 4);
    assert_int_equal(jny_run_facts(s->run)->goal_stage, 3);
}


static void
orders(void **state)
{
    unsigned            n;
    shop_t             *s = *state;
    const jny_money_t  *m;

    /* 1 buys and reloads, 2 opens the same link, 3 is refunded twice. */
    visit(s, 1, 5, "stage=purchase order=o1 value=10 currency=EUR host=h");
    visit(s, 1, 6, "stage=purchase order=o1 value=10 currency=EUR host=h");
    visit(s, 2, 4, "stage=purchase order=o1 value=0 currency=EUR host=h");
    visit(s, 2, 9, "stage=purchase order=o1 value=99 currency=EUR host=i");
    visit(s, 3, 1, "stage=purchase order=o2 value=7 currency=USD host=h");
    visit(s, 3, 2, "stage=purchase order=o2 value=-5 host=h");
    visit(s, 3, 3, "stage=purchase order=o2 value=-5 host=h");
    visit(s, 3, 4, "order=none value=-5 currency=USD host=h");
    visit(s, 4, 1, "stage=purchase value=3 currency=EUR host=h");
    visit(s, 4, 2, "stage=purchase value=3 currency=EUR host=h status=503");
    visit(s, 0, 1, "stage=purchase order=o3 value=8 currency=EUR host=h");
    visit(s, 5, 2, "stage=purchase order=o3 value=8 currency=EUR host=h");

    for (s->plan.want = JNY_WANT_VALUE | JNY_WANT_EVERY;;
         s->plan.want = JNY_WANT_DETAIL)
    {

        run(s);

        if (s->plan.want & JNY_WANT_VALUE) {
            assert_journey(s, 0, "sessions=0: |300s stage=3 match=0 GOAL sale"
                " order=o1 value=10 in=EUR |360s stage=3 match=0 repeat"
                " order=o1");
            assert_journey(s, 1, "sessions=0: |240s stage=3 match=0 repeat"
                " order=o1 |540s stage=3 match=0 GOAL sale order=o1 value=99"
                " in=EUR");
            assert_journey(s, 2, "sessions=0: |60s stage=3 match=0 GOAL sale"
                " order=o2 value=7 in=USD |120s stage=3 match=0 refund"
                " order=o2 value=-5 in=USD |180s stage=3 match=0 refund"
                " order=o2 value=-2 in=USD |240s stage=0 match=0 repeat"
                " order=none");
            assert_journey(s, 3, "sessions=0: |60s stage=3 match=0 GOAL sale"
                " value=3 in=EUR |120s stage=0 match=0 failed");
            assert_journey(s, 4, "sessions=0: |120s stage=3 match=0 repeat"
                " order=o3");
        }

        m = jny_run_money(s->run, &n);
        assert_int_equal(n, 2);
        assert_int_equal(m[0].gross_e4, (10 + 99 + 3 + 8) * 10000);
        assert_int_equal(m[0].refunds_e4, 0);
        assert_int_equal(m[0].orders, 3);
        assert_int_equal(m[0].orders_without_id, 1);
        assert_int_equal(m[0].repeats, 3);
        assert_int_equal(m[0].outside_journeys, 1);
        assert_int_equal(m[1].gross_e4, 70000);
        assert_int_equal(m[1].refunds_e4, 70000);
        assert_int_equal(m[1].net_e4, 0);
        assert_int_equal(m[1].repeats, 1);

        if (s->plan.want == JNY_WANT_DETAIL) {
            break;
        }
    }
}


/* An order without a value is one all the same, unless one comes later. */
static void
free_orders(void **state)
{
    shop_t  *s = *state;

    visit(s, 1, 1, "stage=purchase order=free");
    visit(s, 1, 2, "stage=purchase order=free");
    visit(s, 2, 1, "stage=purchase order=late");
    visit(s, 2, 2, "stage=purchase order=late value=4");
    visit(s, 2, 3, "order=late value=-4");
    s->plan.want = JNY_WANT_VALUE;
    run(s);
    assert_journey(s, 0, "sessions=0: |60s stage=3 match=0 GOAL sale"
        " order=free |120s stage=3 match=0 repeat order=free");
    assert_journey(s, 1, "sessions=0: |60s stage=3 match=0 repeat order=late"
        " |120s stage=3 match=0 GOAL sale order=late value=4"
        " |180s stage=0 match=0 refund order=late value=-4");
}


/* What no step, goal or order needs does not come, and is counted. */
static void
needed(void **state)
{
    unsigned                    n;
    shop_t                     *s = *state;
    jny_step_t                  kinds[2];
    jny_selector_t            **steps;
    const jny_input_summary_t  *sums;

    visit(s, 1, 0, "page=/a");
    visit(s, 1, 1, "page=/b stage=look");
    visit(s, 1, 2, "page=/c status=500");
    visit(s, 2, 1, "page=/a");
    visit(s, 2, 3, "page=/b order=o1 value=1");
    visit(s, 3, 1, "page=/c");

    s->plan.want = 0;
    s->plan.no_merge = 1;
    sums = run(s);
    assert_journey(s, 0, "sessions=0: |60s stage=1 match=0");
    assert_journey(s, 1, "sessions=0: |180s stage=0 match=0 sale");
    assert_int_equal(sums->visitors, 3);
    assert_int_equal(sums->counted_events, 6);
    assert_int_equal(sums->selected_events, 6);

    assert_int_equal(jny_steps_parse(&steps, kinds, &n, 2, "/a > /c", NULL),
                     JNY_OK);
    s->plan.steps = steps;
    s->plan.nsteps = n;
    sums = run(s);
    assert_journey(s, 0, "sessions=0: |0s stage=0 match=1"
                         " |120s stage=0 match=2 failed");
    assert_journey(s, 2, "sessions=0: |60s stage=0 match=2");
    assert_int_equal(sums->visitors, 3);

    s->plan.steps = NULL;
    s->plan.nsteps = 0;
    jny_steps_free(steps, n);
}


static void
selectors(void **state)
{
    shop_t          *s = *state;
    jny_selector_t  *steps[2];

    visit(s, 1, 0, "page=/a campaign=spring");
    visit(s, 1, 1, "page=/b");
    visit(s, 1, 2, "page=/b status=404");
    visit(s, 2, 0, "page=/b campaign=fall");
    visit(s, 3, 0, "page=/c");

    steps[0] = enginetest_selector("/b");
    steps[1] = enginetest_selector("page=/b & campaign=Spring");
    s->plan.steps = steps;
    s->plan.nsteps = 2;
    s->plan.goal = enginetest_selector("status=404");
    s->plan.where = enginetest_selector("campaign=spring|fall");
    s->plan.visitors = enginetest_selector("/b");
    s->plan.want = JNY_WANT_EVERY;

    run(s);
    assert_int_equal(jny_run_facts(s->run)->goal_stage, 0);
    assert_int_equal(jny_run_summary(s->run)->visitors, 2);
    assert_int_equal(jny_run_summary(s->run)->counted_events, 4);

    /* A carried term makes details, wanted or not. */
    assert_journey(s, 0, "sessions=1: |0s stage=0 match=0 session tp=/a"
        " from=spring/other! |60s stage=0 match=3 tp=/b from=spring/other"
        " |120s stage=0 match=3 failed GOAL tp=/b from=spring/other");
    assert_journey(s, 1, "sessions=1: |0s stage=0 match=1 session tp=/b"
        " from=fall/other!");

    /* Visitors by what the session carries; where without it. */
    jny_selector_free(s->plan.visitors);
    jny_selector_free(s->plan.where);
    s->plan.visitors = enginetest_selector("campaign=fall");
    s->plan.where = enginetest_selector("page=/a");
    run(s);
    assert_int_equal(jny_run_summary(s->run)->visitors, 1);
    assert_journey(s, 0, "sessions=1: |0s stage=0 match=1 session not-where"
        " tp=/b from=fall/other!");

    jny_selector_free(steps[0]);
    jny_selector_free(steps[1]);
    jny_selector_free(s->plan.goal);
    jny_selector_free(s->plan.where);
    jny_selector_free(s->plan.visitors);
}


static void
who_is_left_out(void **state)
{
    shop_t                     *s = *state;
    const jny_input_summary_t  *sums;

    visit(s, 1, 0, "page=/a agent=Mozilla/5.0_(X11;_Firefox/128.0)");
    visit(s, 2, 0, "page=/a agent=Googlebot/2.1");
    visit(s, 2, 1, "page=/b agent=Googlebot/2.1");
    visit(s, 3, 0, "page=/a agent=curl/8 flags=0x210");
    visit(s, 4, 0, "page=/a flags=0x200");
    visit(s, 5, 0, "page=/a flags=0x10");
    visit(s, 0, 0, "page=/a agent=Mozilla/5.0_(X11;_Firefox/128.0)");
    visit(s, 0, 0, "page=/a agent=Googlebot/2.1");
    visit(s, 6, 99, "page=/late");
    visit(s, 7, -1, "page=/early");

    s->plan.start_ms = ENGINETEST_T0;
    s->plan.end_ms = ENGINETEST_T0 + 99 * ENGINETEST_MIN;

    sums = run(s);
    assert_int_equal(sums->events, 8);
    assert_int_equal(sums->bots, 4);
    assert_int_equal(sums->bot_visitors, 2);
    assert_int_equal(sums->internal, 1);
    assert_int_equal(sums->speculative, 1);
    assert_int_equal(sums->unknown_visitor_events, 1);
    assert_int_equal(sums->visitors, 1);
    assert_int_equal(sums->counted_events, 1);
    assert_int_equal(sums->from_ms, ENGINETEST_T0);
    assert_int_equal(sums->to_ms, ENGINETEST_T0 + ENGINETEST_MIN);
    assert_int_equal(jny_run_facts(s->run)->to_ms, ENGINETEST_T0);

    s->plan.bots = JNY_BOTS_INCLUDE;
    sums = run(s);
    assert_int_equal(sums->visitors, 2);
    assert_int_equal(sums->counted_events, 3);
    assert_int_equal(sums->bots, 4);

    s->plan.bots = JNY_BOTS_ONLY;
    sums = run(s);
    assert_int_equal(sums->visitors, 1);
    assert_int_equal(sums->counted_events, 2);
}


/* Money is that of whom is counted. */
static void
money_of_bots(void **state)
{
    shop_t             *s = *state;
    unsigned            n;
    const jny_money_t  *m;

    visit(s, 1, 0, "page=/a agent=Mozilla/5.0_(X11;_Firefox/128.0) value=1 "
          "currency=EUR order=1");
    visit(s, 2, 0, "page=/a agent=Googlebot/2.1 value=2 currency=EUR order=2");

    run(s);
    m = jny_run_money(s->run, &n);
    assert_int_equal(n, 1);
    assert_int_equal(m->gross_e4, 10000);

    s->plan.bots = JNY_BOTS_INCLUDE;
    run(s);
    m = jny_run_money(s->run, &n);
    assert_int_equal(n, 1);
    assert_int_equal(m->gross_e4, 30000);

    s->plan.bots = JNY_BOTS_ONLY;
    run(s);
    m = jny_run_money(s->run, &n);
    assert_int_equal(n, 1);
    assert_int_equal(m->gross_e4, 20000);
}


/* One more event than a person makes. */
static void
crawler(void **state)
{
    int                         i;
    shop_t                     *s = *state;
    const jny_input_summary_t  *sums;

    visit(s, 2, 0, "page=/a");

    for (i = 0; i <= 100000; i++) {
        enginetest_add(&s->w, 1, i, "page=/a");

        if (i % 50000 == 49999) {
            enginetest_seal(&s->w, &s->log);
        }
    }

    sums = run(s);
    assert_int_equal(sums->visitors, 1);
    assert_int_equal(sums->counted_events, 1);
    assert_int_equal(sums->bots, 100001);
    assert_int_equal(sums->bot_visitors, 1);
}


static void
assert_by(shop_t *s, const char *by, const char *want)
{
    s->plan.by = by;
    run(s);
    assert_non_null(strstr(s->out.data, want));
}


/* Part k of what the columns of by hold together in the only event. */
static void
assert_by_part(shop_t *s, const char *by, unsigned k, const char *want)
{
    unsigned      n = 1;
    jny_slice_t   part;
    const char   *p;

    for (p = by; *p != '\0'; p++) {
        n += *p == ',';
    }

    s->plan.by = by;
    run(s);
    part = jny_names_by(jny_run_facts(s->run)->names, 1, n, k);
    assert_int_equal(part.len, strlen(want));
    assert_memory_equal(part.data, want, part.len);
}


static void
breakdown(void **state)
{
    shop_t      *s = *state;
    jny_run_t   *none;
    jny_diag_t   diag;

    visit(s, 1, 0, "page=/a host=h1 team=red status=301 stage=look"
        " agent=Opera/9.8_(X11;_U) flags=0x100");
    assert_by(s, "host", " by=h1 ");
    assert_by(s, "x_team", " by=red ");
    assert_by(s, "status", " by=301 ");
    assert_by(s, "stage", " by=look ");
    assert_by(s, "touchpoint", " by=/a ");
    assert_by(s, "agent", " by=Opera/9.8_(X11;_U) ");
    assert_by(s, "gpc", " by=yes ");
    assert_by(s, "bot", " by=no ");

    assert_by_part(s, "x_team,status,bot", 0, "red");
    assert_by_part(s, "x_team,status,bot", 1, "301");
    assert_by_part(s, "x_team,status,bot", 2, "no");
    assert_by_part(s, "host,x_team", 1, "red");

    s->plan.by = "x_team,x_nobody";
    assert_int_equal(jny_run(&none, s->in, &s->plan, NULL, 0, &diag),
        JNY_EINVAL);
    assert_non_null(strstr(diag.what, "--by x_nobody"));

    s->plan.by = "host,stage,page,bot,gpc";
    assert_int_equal(jny_run(&none, s->in, &s->plan, NULL, 0, &diag),
        JNY_EINVAL);
    assert_non_null(strstr(diag.what, "at most 4"));

    s->plan.by = "x_nobody";
    assert_int_equal(jny_run(&none, s->in, &s->plan, NULL, 0, &diag),
        JNY_EINVAL);
    assert_non_null(strstr(diag.what, "x_nobody"));
    assert_null(none);

    s->plan.by = "campaign";
    assert_int_equal(jny_run(&none, s->in, &s->plan, NULL, 0, &diag),
        JNY_EINVAL);
}


/* A random log of three writers in three files, and its truth. */

#define EVENTS  6000

typedef struct {
    uint64_t  visitor;
    int64_t   second;
    unsigned  writer;
    unsigned  row;        /* over all blocks of the writer */
    unsigned  stage;
} truth_t;


static int
truth_order(const void *a, const void *b)
{
    const truth_t  *x = a, *y = b;

    if (x->visitor != y->visitor) {
        return x->visitor < y->visitor ? -1 : 1;
    }

    if (x->second != y->second) {
        return x->second < y->second ? -1 : 1;
    }

    if (x->writer != y->writer) {
        return x->writer < y->writer ? -1 : 1;
    }

    return x->row < y->row ? -1 : 1;
}


static void
random_logs(char *paths[3], truth_t *truth, const char *folder)
{
    char                        name[16], words[256];
    unsigned                    i, k, rows[3] = { 0 };
    jny_buf_t                   logs[3];
    enginetest_writer_t         w[3];
    static const char *const    stage[] = { "", "look", "buy" };

    srand(42);

    for (k = 0; k < 3; k++) {
        jny_buf_init(&logs[k]);
        enginetest_writer(&w[k], k + 1, "look buy");
    }

    for (i = 0; i < EVENTS; i++) {
        k = (unsigned) rand() % 3;
        truth[i].visitor = 1 + (uint64_t) rand() % 400 * 0x9e3779b97f4a7cULL;
        truth[i].second = rand() % 3000;
        truth[i].writer = k;
        truth[i].row = rows[k]++;
        truth[i].stage = (unsigned) rand() % 3;

        snprintf(words, sizeof(words), "page=/%d host=h%d %s%s %s%d order=%d"
            " value=%d currency=%s referrer=r%d.example", rand() % 50,
            rand() % 2, truth[i].stage ? "stage=" : "term=x",
            stage[truth[i].stage], rand() % 8 ? "content=" : "campaign=",
            rand() % 6, rand() % 900, rand() % 40 - 10,
            rand() % 2 ? "EUR" : "USD", rand() % 30);
        enginetest_add(&w[k], truth[i].visitor,
            truth[i].second * ENGINETEST_S, words);

        if (rand() % 97 == 0) {
            enginetest_seal(&w[k], &logs[k]);
        }
    }

    for (k = 0; k < 3; k++) {
        enginetest_seal(&w[k], &logs[k]);
        snprintf(name, sizeof(name), "%u.jny", k);
        paths[k] = enginetest_file(folder, name, &logs[k]);
        jny_buf_release(&logs[k]);
        enginetest_writer_end(&w[k]);
    }

    qsort(truth, EVENTS, sizeof(*truth), truth_order);
}


static void
order(void **state)
{
    char         *paths[3];
    unsigned      i;
    shop_t       *s = *state;
    truth_t      *truth;
    jny_buf_t     want = JNY_BUF_INIT;
    jny_input_t  *in;
    char         *p;

    truth = calloc(EVENTS, sizeof(*truth));
    random_logs(paths, truth, s->folder);

    s->plan.want = JNY_WANT_EVERY;
    in = enginetest_open(3, paths);
    enginetest_run(in, &s->plan, &s->out, NULL);
    jny_input_free(in);

    for (i = 0; i < EVENTS; i++) {

        if (i == 0 || truth[i].visitor != truth[i - 1].visitor) {
            jny_buf_printf(&want, "%s%016" PRIx64 " sessions=0:",
                i > 0 ? "\n" : "", truth[i].visitor);
        }

        jny_buf_printf(&want, " |%" PRId64 "s stage=%u", truth[i].second,
            truth[i].stage);
    }

    jny_buf_char(&want, '\n');

    /* Orders are another test's. */

    while ((p = strstr(s->out.data, " match=0")) != NULL) {
        size_t  n = strcspn(p, "|\n");

        n -= p[n] == '|';
        memmove(p, p + n, strlen(p + n) + 1);
    }

    assert_string_equal(s->out.data, want.data);
    jny_buf_release(&want);
    free(truth);
}


/* Ids are places in byte order, whoever came first. */
static void
assert_ranked(const jny_names_t *names)
{
    uint32_t     k;
    jny_slice_t  a, b;

    assert_int_equal(jny_names_count(names, JNY_NAME_PAGE), 51);

    for (k = 1; k < 51; k++) {
        a = jny_names_get(names, JNY_NAME_PAGE, k - 1);
        b = jny_names_get(names, JNY_NAME_PAGE, k);
        assert_true(strncmp((const char *) a.data, (const char *) b.data,
                        b.len) < 0
                    || a.len < b.len);
    }
}


/* Byte for byte the same for any threads and any order of the files. */
static void
invariance(void **state)
{
    char               *paths[3], *turned[3];
    unsigned            n, k;
    shop_t             *s = *state;
    truth_t            *truth;
    jny_buf_t           first = JNY_BUF_INIT, money = JNY_BUF_INIT;
    jny_run_t          *r;
    jny_input_t        *in;
    const jny_money_t  *m;

    truth = calloc(EVENTS, sizeof(*truth));
    random_logs(paths, truth, s->folder);
    free(truth);

    s->plan.by = "host";

    for (n = 1; n <= 8; n++) {

        for (k = 0; k < 3; k++) {
            turned[k] = paths[(k + n) % 3];
        }

        s->plan.threads = n;
        in = enginetest_open(3, turned);
        enginetest_run(in, &s->plan, &s->out, &r);

        assert_ranked(jny_run_facts(r)->names);

        m = jny_run_money(r, &k);

        while (k-- > 0) {
            jny_buf_printf(&s->out, "%.*s %" PRId64 " %" PRId64 "\n",
                (int) m[k].currency.len, (const char *) m[k].currency.data,
                m[k].gross_e4, m[k].refunds_e4);
        }

        if (n == 1) {
            jny_buf_add(&first, s->out.data, s->out.len);
        }

        assert_string_equal(s->out.data, first.data);
        jny_run_free(r);
        jny_input_free(in);
    }

    assert_true(first.len > 100000);
    jny_buf_release(&first);
    jny_buf_release(&money);
}


/* Nothing at all is an answer too. */
static void
nothing(void **state)
{
    char                       *path;
    shop_t                     *s = *state;
    const jny_input_summary_t  *sums;

    jny_buf_str(&s->log, "");
    path = enginetest_file(s->folder, "none.jny", &s->log);
    s->in = enginetest_open(1, &path);
    enginetest_run(s->in, &s->plan, &s->out, &s->run);
    sums = jny_run_summary(s->run);

    assert_int_equal(sums->visitors, 0);
    assert_int_equal(sums->from_ms, 0);
    assert_int_equal(sums->to_ms, 0);
    assert_int_equal(jny_run_facts(s->run)->nstages, 0);
    assert_int_equal(jny_run_facts(s->run)->goal_stage, 0);
}


int
main(void)
{
#define TEST(f)  cmocka_unit_test_setup_teardown(f, setup, teardown)
    const struct CMUnitTest  tests[] = {
        TEST(sessions),
        TEST(campaigns),
        TEST(referrers),
        TEST(stages),
        TEST(no_stages),
        TEST(orders),
        TEST(free_orders),
        TEST(needed),
        TEST(selectors),
        TEST(who_is_left_out),
        TEST(money_of_bots),
        TEST(crawler),
        TEST(breakdown),
        TEST(order),
        TEST(invariance),
        TEST(nothing),
    };

    return cmocka_run_group_tests_name("engine_run", tests, NULL, NULL);
}
