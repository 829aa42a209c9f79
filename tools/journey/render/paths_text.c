/*
 * paths_text.c - paths for people: the most taken ones, and where people go
 * step by step.
 */

#include "render/paths.h"

#include <string.h>

#include "render/document.h"
#include "render/money.h"
#include "render/text.h"


#define PATHS_NAME_LEN    24    /* of one touchpoint */
#define PATHS_SHOWN       7     /* touchpoints of one path: the first, then the
                                   last ones */
#define PATHS_STEPS       4     /* steps shown as edges, either way, */
#define PATHS_STEP_EDGES  5     /* and edges of each */
#define PATHS_LOOPS       10    /* touchpoints shown that are returned to */

#define PATHS_ARROW  " \xe2\x86\x92 "
#define PATHS_CUT    "\xe2\x80\xa6"


static void paths_text_headline(jny_buf_t *out, const jny_paths_view_t *v);
static void paths_text_top(jny_buf_t *out, const jny_paths_view_t *v);
static void paths_text_path(jny_buf_t *b, const jny_paths_view_t *v,
    const jny_path_t *path);
static void paths_text_sums(jny_table_t *t, jny_buf_t *b,
    const jny_paths_view_t *v, const jny_paths_sums_t *sums, int visitors);
static void paths_text_edges(jny_buf_t *out, const jny_paths_view_t *v);
static void paths_text_loops(jny_buf_t *out, const jny_paths_view_t *v);
static void paths_text_place(jny_buf_t *b, const jny_paths_view_t *v,
    uint32_t place);
static void paths_text_anchor(jny_buf_t *out, const char *name,
    const char *words, const jny_selector_t *sel);
static void paths_text_anchors(jny_buf_t *out, const jny_paths_view_t *v);


void
jny_paths_text(jny_buf_t *out, const jny_paths_view_t *v)
{
    paths_text_headline(out, v);

    if (v->paths->all.count > 0) {
        paths_text_top(out, v);
        paths_text_edges(out, v);
        paths_text_loops(out, v);
    }
}


static void
paths_text_headline(jny_buf_t *out, const jny_paths_view_t *v)
{
    const jny_paths_t  *p = v->paths;

    if (p->all.count == 0) {
        jny_buf_str(out, p->left_out > 0
            ? "No paths: nobody was at such a touchpoint.\n"
            : "No paths: nobody was at a touchpoint.\n");
        return;
    }

    jny_text_count(out, p->all.count);
    jny_buf_str(out, " paths of ");
    jny_text_count(out, p->all.visitors);
    jny_buf_str(out, " visitors, ");
    jny_text_count(out, p->distinct);
    jny_buf_str(out, " different; ");
    jny_text_ratio(out, p->all.converted, p->all.count);
    jny_buf_str(out, " with a conversion.\n\n");
}


static void
paths_text_top(jny_buf_t *out, const jny_paths_view_t *v)
{
    uint32_t            i;
    jny_buf_t           b;
    jny_table_t         t;
    const jny_paths_t  *p = v->paths;

    jny_buf_init(&b);
    jny_table_init(&t);
    jny_table_column(&t, "taken", JNY_RIGHT, 0);
    jny_table_column(&t, "", JNY_RIGHT, 0);
    jny_table_column(&t, "visitors", JNY_RIGHT, 0);
    jny_table_column(&t, "converted", JNY_RIGHT, 0);
    jny_table_column(&t, "value", JNY_RIGHT, 0);
    jny_table_column(&t, "path", JNY_LEFT, 0);

    for (i = 0; i < p->npaths; i++) {
        paths_text_sums(&t, &b, v, p->paths[i].sums, 1);
        paths_text_path(&b, v, &p->paths[i]);
        jny_table_cell(&t, &b);
    }

    if (p->other.count > 0) {
        paths_text_sums(&t, &b, v, &p->other, 0);
        jny_buf_str(&b, "(other)");
        jny_table_cell(&t, &b);
    }

    jny_table_print(&t, out);

    if (p->other.value.n > 0) {
        jny_buf_str(out, "  value of (other): ");
        jny_money_text_purse(out, &p->other.value, v->names);
        jny_buf_char(out, '\n');
    }

    jny_table_release(&t);
    jny_buf_release(&b);
}


static void
paths_text_sums(jny_table_t *t, jny_buf_t *b, const jny_paths_view_t *v,
    const jny_paths_sums_t *sums, int visitors)
{
    jny_table_count(t, sums->count);
    jny_table_ratio(t, sums->count, v->paths->all.count);

    if (visitors) {
        jny_text_count(b, sums->visitors);
    }

    jny_table_cell(t, b);
    jny_table_ratio(t, sums->converted, sums->count);

    /* the sum of all others would push the paths out of sight */

    if (visitors && sums->value.n > 0) {
        jny_money_text_purse(b, &sums->value, v->names);
    }

    jny_table_cell(t, b);
}


static void
paths_text_path(jny_buf_t *b, const jny_paths_view_t *v,
    const jny_path_t *path)
{
    unsigned  i;

    if (path->before) {
        jny_buf_str(b, PATHS_CUT PATHS_ARROW);
    }

    for (i = 0; i < path->len; i++) {
        if (i > 0) {
            jny_buf_str(b, PATHS_ARROW);
        }

        if (i == 3 && path->len > PATHS_SHOWN) {
            jny_buf_printf(b, "%s (%u) %s", PATHS_CUT,
                path->len - PATHS_SHOWN + 1, PATHS_CUT);
            i = path->len - (PATHS_SHOWN - 3);
            continue;
        }

        if (v->around != NULL && i == path->anchor) {
            jny_buf_char(b, '[');
            paths_text_place(b, v, path->names[i]);
            jny_buf_char(b, ']');

        } else {
            paths_text_place(b, v, path->names[i]);
        }
    }

    if (path->more) {
        jny_buf_str(b, PATHS_ARROW PATHS_CUT);
    }
}


/* From where to where people go, for the first steps. */
static void
paths_text_edges(jny_buf_t *out, const jny_paths_view_t *v)
{
    int32_t                 step = 0;
    uint32_t                i, shown = 0;
    jny_buf_t               b;
    jny_table_t             t;
    const jny_path_edge_t  *e;

    jny_buf_char(out, '\n');
    jny_buf_init(&b);
    jny_table_init(&t);
    jny_table_column(&t, "step", JNY_RIGHT, 0);
    jny_table_column(&t, "from", JNY_LEFT, 0);
    jny_table_column(&t, "to", JNY_LEFT, 0);
    jny_table_column(&t, "times", JNY_RIGHT, 0);
    jny_table_column(&t, "visitors", JNY_RIGHT, 0);

    for (i = 0; i < v->paths->nedges; i++) {
        e = &v->paths->edges[i];

        if (e->step != step) {
            step = e->step;
            shown = 0;
        }

        if (step < -PATHS_STEPS || step > PATHS_STEPS) {
            continue;
        }

        if (shown++ >= PATHS_STEP_EDGES || e->from == JNY_PATHS_OTHER) {
            continue;
        }

        jny_text_signed(&b, step);
        jny_table_cell(&t, &b);
        paths_text_place(&b, v, e->from);
        jny_table_cell(&t, &b);
        paths_text_place(&b, v, e->to);
        jny_table_cell(&t, &b);
        jny_table_count(&t, e->count);
        jny_table_count(&t, e->visitors);
    }

    jny_table_print(&t, out);
    jny_table_release(&t);
    jny_buf_release(&b);
}


/* Where people go in circles. */
static void
paths_text_loops(jny_buf_t *out, const jny_paths_view_t *v)
{
    uint32_t                i;
    jny_table_t             t;
    const jny_paths_t      *p = v->paths;
    const jny_path_loop_t  *l;

    if (p->returns.count == 0) {
        return;
    }

    jny_buf_char(out, '\n');
    jny_text_count(out, p->returns.paths);
    jny_buf_str(out, " paths come back to a touchpoint; ");
    jny_text_ratio(out, p->returns.converted, p->returns.paths);
    jny_buf_str(out, " of them have a conversion, of the others ");
    jny_text_ratio(out, p->all.converted - p->returns.converted,
        p->all.count - p->returns.paths);
    jny_buf_str(out, ".\n\n");

    jny_table_init(&t);
    jny_table_column(&t, "returns", JNY_RIGHT, 0);
    jny_table_column(&t, "visitors", JNY_RIGHT, 0);
    jny_table_column(&t, "events", JNY_RIGHT, 0);
    jny_table_column(&t, "median", JNY_RIGHT, 0);
    jny_table_column(&t, "converted", JNY_RIGHT, 0);
    jny_table_column(&t, "without", JNY_RIGHT, 0);
    jny_table_column(&t, "to", JNY_LEFT, PATHS_NAME_LEN);

    for (i = 0; i < p->nloops && i < PATHS_LOOPS; i++) {
        l = &p->loops[i];

        jny_table_count(&t, l->count);
        jny_table_count(&t, l->visitors);
        jny_table_count(&t, l->events);
        jny_table_duration(&t, l->p50_ms);
        jny_table_ratio(&t, l->converted, l->paths);
        jny_table_ratio(&t, l->converted_without, l->paths_without);
        jny_table_slice(&t, p->names[l->name]);
    }

    jny_table_print(&t, out);
    jny_table_release(&t);
}


static void
paths_text_place(jny_buf_t *b, const jny_paths_view_t *v, uint32_t place)
{
    switch (place) {

    case JNY_PATHS_START:
        jny_buf_str(b, "(start)");
        return;

    case JNY_PATHS_END:
        jny_buf_str(b, "(end)");
        return;

    case JNY_PATHS_MORE:
        jny_buf_str(b, PATHS_CUT);
        return;

    default:
        jny_text_slice(b, v->paths->names[place], PATHS_NAME_LEN);
    }
}


static void
paths_text_anchor(jny_buf_t *out, const char *name, const char *words,
    const jny_selector_t *sel)
{
    jny_buf_t    b;
    jny_slice_t  text;

    if (sel == NULL) {
        return;
    }

    text.data = (const uint8_t *) jny_selector_text(sel);
    text.len = strlen(jny_selector_text(sel));

    jny_buf_init(&b);
    jny_buf_str(&b, words);
    jny_text_slice(&b, text, 0);

    if (b.failed) {
        out->failed = 1;
    } else {
        jny_document_line(out, name, b.data);
    }

    jny_buf_release(&b);
}


/* What --starting, --ending and --around cut, and whom they leave out. */
static void
paths_text_anchors(jny_buf_t *out, const jny_paths_view_t *v)
{
    jny_buf_t  b;

    paths_text_anchor(out, "starting", "at the first ", v->starting);
    paths_text_anchor(out, "ending", "at the last ", v->ending);
    paths_text_anchor(out, "around", "the first ", v->around);

    if (v->starting == NULL && v->ending == NULL && v->around == NULL) {
        return;
    }

    jny_buf_init(&b);

    if (v->around != NULL) {
        jny_buf_printf(&b, "%u touchpoints before it, %u behind it",
            v->conf->before, v->conf->after);
        jny_document_line(out, "span", b.failed ? "" : b.data);
        jny_buf_reset(&b);
    }

    jny_text_count(&b, v->paths->left_out);
    jny_buf_str(&b, " paths without such a touchpoint");

    if (b.failed) {
        out->failed = 1;
    } else {
        jny_document_line(out, "left out", b.data);
    }

    jny_buf_release(&b);
}


void
jny_paths_text_define(jny_buf_t *out, const jny_paths_view_t *v)
{
    jny_buf_t  b;

    jny_buf_init(&b);

    jny_buf_char(out, '\n');
    jny_document_line(out, "path", v->conf->whole_journey
        ? "all touchpoints of a visitor in order"
        : "the touchpoints of a session in order");
    jny_document_line(out, "repeats", v->conf->keep_repeats
        ? "kept"
        : "in a row count as one");
    paths_text_anchors(out, v);
    jny_document_line(out, "edges",
        (v->ending != NULL && v->starting == NULL) || v->around != NULL
            ? "the nearest steps and their most taken ways; JSON has all of "
              "--top"
            : "the first steps and their most taken ways; JSON has all of "
              "--top");

    if (v->paths->returns.count > 0) {
        jny_document_line(out, "returns",
            "to a touchpoint left before in the path; events and median time");
        jny_document_line(out, "",
            "until back; conversions since first there, with and without");
    }

    jny_buf_printf(&b, "%u touchpoints are told apart; ", JNY_PATHS_MAX_LEN);
    jny_text_count(&b, v->paths->longer);
    jny_buf_str(&b, " paths are longer");

    if (b.failed) {
        out->failed = 1;
    } else {
        jny_document_line(out, "length", b.data);
    }

    jny_buf_release(&b);
}
