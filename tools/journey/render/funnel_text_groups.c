/*
 * funnel_text_groups.c - funnels beside each other, a row for each: groups of
 * a breakdown, periods of a trend, cohorts.
 */

#include "render/funnel.h"

#include "render/money.h"
#include "render/text.h"


#define FUNNEL_NAME_LEN  20

/* Every step is a column as long as there is room for them. */
#define FUNNEL_GROUP_STEPS  8


/* A table on its way, and the cell being written. */
typedef struct {
    const jny_funnel_view_t  *v;
    jny_buf_t                 b;
    jny_buf_t                 heads;   /* lent to the table */
    jny_table_t               t;
    unsigned                  stride;  /* from one column's step to the next */
} funnel_rows_t;


static void funnel_rows_init(funnel_rows_t *r, const jny_funnel_view_t *v,
    const char *first, const char *second);
static void funnel_rows_steps(funnel_rows_t *r, const jny_funnel_step_t *steps);
static void funnel_rows_print(funnel_rows_t *r, jny_buf_t *out);
static void funnel_rows_by(jny_buf_t *out, const jny_funnel_view_t *v);
static void funnel_rows_trend(jny_buf_t *out, const jny_funnel_view_t *v);
static void funnel_rows_cohorts(jny_buf_t *out, const jny_funnel_view_t *v);


void
jny_funnel_text_groups(jny_buf_t *out, const jny_funnel_view_t *v)
{
    if (v->by) {
        funnel_rows_by(out, v);
    }

    if (v->conf->every) {
        funnel_rows_trend(out, v);
    }

    if (v->conf->ncohorts > 0) {
        funnel_rows_cohorts(out, v);
    }
}


/*
 * Heads the columns: the first, a second one or NULL, one per step (with many
 * steps the first and the last), then rate and value at the goal, behind which
 * stages may follow.
 */
static void
funnel_rows_init(funnel_rows_t *r, const jny_funnel_view_t *v,
    const char *first, const char *second)
{
    size_t               at[FUNNEL_GROUP_STEPS + 1];
    unsigned             k, n = 0, nsteps = v->funnel->nsteps;
    const jny_funnel_t  *f = v->funnel;

    r->v = v;
    r->stride = (nsteps > FUNNEL_GROUP_STEPS) ? nsteps - 1 : 1;
    jny_buf_init(&r->b);
    jny_buf_init(&r->heads);
    jny_table_init(&r->t);

    for (k = 0; k < nsteps; k += r->stride) {
        at[n++] = r->heads.len;
        jny_text_slice(&r->heads, f->steps[k].name, FUNNEL_NAME_LEN);
        jny_buf_char(&r->heads, '\0');
    }

    at[n] = r->heads.len;
    jny_text_slice(&r->heads, f->steps[f->goal_step].name, FUNNEL_NAME_LEN);
    jny_buf_str(&r->heads, " of first");
    jny_buf_char(&r->heads, '\0');

    jny_table_column(&r->t, first, JNY_LEFT, 0);

    if (second != NULL) {
        jny_table_column(&r->t, second, JNY_RIGHT, 0);
    }

    for (k = 0; k <= n && !r->heads.failed; k++) {
        jny_table_column(&r->t, r->heads.data + at[k], JNY_RIGHT, 0);
    }

    jny_table_column(&r->t, "value there", JNY_RIGHT, 0);
}


/* The rest of a row. */
static void
funnel_rows_steps(funnel_rows_t *r, const jny_funnel_step_t *steps)
{
    unsigned                  k;
    const jny_funnel_t       *f = r->v->funnel;
    const jny_funnel_step_t  *s, *goal = &steps[f->goal_step];

    for (k = 0; k < f->nsteps; k += r->stride) {
        s = &steps[k];
        jny_text_count(&r->b, s->count);

        if (k > 0) {
            jny_buf_str(&r->b, " (");
            jny_text_ratio(&r->b, s->rated, steps[k - r->stride].rated);
            jny_buf_char(&r->b, ')');
        }

        jny_table_cell(&r->t, &r->b);
    }

    jny_table_percent(&r->t, goal->from_first);

    if (goal->value->n > 0) {
        jny_money_text_purse(&r->b, goal->value, r->v->names);
    }

    jny_table_cell(&r->t, &r->b);
}


static void
funnel_rows_print(funnel_rows_t *r, jny_buf_t *out)
{
    if (r->heads.failed || r->b.failed) {
        out->failed = 1;

    } else {
        jny_buf_char(out, '\n');
        jny_table_print(&r->t, out);
    }

    jny_table_release(&r->t);
    jny_buf_release(&r->heads);
    jny_buf_release(&r->b);
}


static void
funnel_rows_by(jny_buf_t *out, const jny_funnel_view_t *v)
{
    unsigned                   i, k;
    funnel_rows_t              r;
    const jny_funnel_group_t  *g;

    funnel_rows_init(&r, v, v->by, NULL);

    for (i = 0; i < v->funnel->ngroups && !r.heads.failed; i++) {
        g = &v->funnel->groups[i];

        for (k = 0; k < JNY_MAX_BY && g->key[k].len > 0; k++) {
            jny_buf_str(&r.b, k > 0 ? ", " : "");
            jny_text_slice(&r.b, g->key[k], FUNNEL_NAME_LEN);
        }

        jny_table_cell(&r.t, &r.b);
        funnel_rows_steps(&r, g->steps);
    }

    funnel_rows_print(&r, out);
}


static void
funnel_rows_trend(jny_buf_t *out, const jny_funnel_view_t *v)
{
    char                        day[JNY_DAY_TEXT];
    size_t                      i;
    funnel_rows_t               r;
    const jny_funnel_period_t  *p;

    static const char *const  heads[] = { "", "day", "week from",
        "month from" };

    funnel_rows_init(&r, v, heads[v->conf->every], "still open");

    for (i = 0; i < v->funnel->nperiods && !r.heads.failed; i++) {
        p = &v->funnel->periods[i];

        jny_table_str(&r.t, jny_day_text(p->start, day));
        jny_table_count(&r.t, p->still_open);
        funnel_rows_steps(&r, p->steps);
    }

    funnel_rows_print(&r, out);
}


static void
funnel_rows_cohorts(jny_buf_t *out, const jny_funnel_view_t *v)
{
    unsigned       k;
    funnel_rows_t  r;

    funnel_rows_init(&r, v, "cohort", "visitors");

    for (k = 0; k < v->funnel->ncohorts && !r.heads.failed; k++) {
        jny_text_slice(&r.b, v->conf->cohorts[k].name, FUNNEL_NAME_LEN);
        jny_table_cell(&r.t, &r.b);
        jny_table_count(&r.t, v->funnel->cohorts[k].visitors);
        funnel_rows_steps(&r, v->funnel->cohorts[k].steps);
    }

    funnel_rows_print(&r, out);
}
