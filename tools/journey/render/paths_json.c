/*
 * paths_json.c - paths and edges as JSON members (docs/SEMANTICS.md, "Paths").
 */

#include "render/paths.h"

#include <math.h>

#include "render/money.h"


static void paths_json_anchor(jny_json_t *js, const char *key,
    const jny_selector_t *sel);
static void paths_json_sums(jny_json_t *js, const jny_paths_view_t *v,
    const jny_paths_sums_t *sums);
static void paths_json_path(jny_json_t *js, const jny_paths_view_t *v,
    const jny_path_t *path);
static void paths_json_edge(jny_json_t *js, const jny_paths_view_t *v,
    const jny_path_edge_t *e);
static void paths_json_loops(jny_json_t *js, const jny_paths_t *p);
static void paths_json_with(jny_json_t *js, uint64_t with, uint64_t converted,
    uint64_t without, uint64_t converted_without);
static void paths_json_place(jny_json_t *js, const jny_paths_view_t *v,
    const char *key, uint32_t place);


void
jny_paths_json_define(jny_json_t *js, const jny_paths_view_t *v)
{
    jny_json_string(js, "path", v->conf->whole_journey ? "whole journey"
                                                       : "session");
    jny_json_string(js, "repeats", v->conf->keep_repeats ? "kept"
                                                         : "collapsed");
    paths_json_anchor(js, "starting", v->starting);
    paths_json_anchor(js, "ending", v->ending);
    paths_json_anchor(js, "around", v->around);

    if (v->around != NULL) {
        jny_json_array(js, "span");
        jny_json_int(js, NULL, -(int64_t) v->conf->before);
        jny_json_int(js, NULL, v->conf->after);
        jny_json_array_end(js);
    }

    jny_json_uint(js, "max_length", JNY_PATHS_MAX_LEN);
    jny_json_string(js, "count", "paths taken");
    jny_json_string(js, "converted", "paths taken with a conversion");
    jny_json_string(js, "returns",
        "to a touchpoint left before in the same path; converted: paths with "
        "a conversion no earlier than they were there first");
    jny_json_string(js, "value", "of sales in them; refunds are in money");
}


static void
paths_json_anchor(jny_json_t *js, const char *key, const jny_selector_t *sel)
{
    if (sel != NULL) {
        jny_json_string(js, key, jny_selector_text(sel));
    }
}


void
jny_paths_json(jny_json_t *js, const jny_paths_view_t *v)
{
    uint32_t            i;
    const jny_paths_t  *p = v->paths;

    jny_json_object(js, "totals");
    jny_json_uint(js, "distinct", p->distinct);
    paths_json_sums(js, v, &p->all);
    jny_json_uint(js, "longer", p->longer);
    jny_json_uint(js, "left_out", p->left_out);
    jny_json_uint(js, "events_without_touchpoint", p->nameless);
    jny_json_object_end(js);

    jny_json_array(js, "paths");

    for (i = 0; i < p->npaths; i++) {
        paths_json_path(js, v, &p->paths[i]);
    }

    jny_json_array_end(js);

    jny_json_object(js, "other");
    jny_json_uint(js, "distinct", p->distinct - p->npaths);
    jny_json_uint(js, "count", p->other.count);
    jny_json_uint(js, "converted", p->other.converted);
    jny_money_json_purse(js, "value", &p->other.value, v->names);
    jny_json_object_end(js);

    jny_json_array(js, "edges");

    for (i = 0; i < p->nedges; i++) {
        paths_json_edge(js, v, &p->edges[i]);
    }

    jny_json_array_end(js);

    paths_json_loops(js, p);
}


static void
paths_json_loops(jny_json_t *js, const jny_paths_t *p)
{
    uint32_t                i;
    const jny_path_loop_t  *l;

    jny_json_object(js, "returns");
    jny_json_uint(js, "touchpoints", p->loops_distinct);
    jny_json_uint(js, "count", p->returns.count);
    jny_json_uint(js, "visitors", p->returns.visitors);
    paths_json_with(js, p->returns.paths, p->returns.converted,
        p->all.count - p->returns.paths,
        p->all.converted - p->returns.converted);
    jny_json_object_end(js);

    jny_json_array(js, "loops");

    for (i = 0; i < p->nloops; i++) {
        l = &p->loops[i];

        jny_json_object(js, NULL);
        jny_json_slice(js, "touchpoint", p->names[l->name]);
        jny_json_uint(js, "count", l->count);
        jny_json_uint(js, "visitors", l->visitors);
        jny_json_uint(js, "events", l->events);
        jny_json_object(js, "time_ms");
        jny_json_int(js, "p50", l->p50_ms);
        jny_json_int(js, "p90", l->p90_ms);
        jny_json_int(js, "mean", l->mean_ms);
        jny_json_object_end(js);
        paths_json_with(js, l->paths, l->converted, l->paths_without,
            l->converted_without);
        jny_json_object_end(js);
    }

    jny_json_array_end(js);
}


/* Paths with a return and without, and how many of them converted. */
static void
paths_json_with(jny_json_t *js, uint64_t with, uint64_t converted,
    uint64_t without, uint64_t converted_without)
{
    jny_json_uint(js, "paths", with);
    jny_json_uint(js, "converted", converted);
    jny_json_number(js, "rate",
        with > 0 ? (double) converted / (double) with : NAN, 6);
    jny_json_uint(js, "paths_without", without);
    jny_json_uint(js, "converted_without", converted_without);
    jny_json_number(js, "rate_without", without > 0
        ? (double) converted_without / (double) without
        : NAN, 6);
}


static void
paths_json_sums(jny_json_t *js, const jny_paths_view_t *v,
    const jny_paths_sums_t *sums)
{
    jny_json_uint(js, "count", sums->count);
    jny_json_uint(js, "visitors", sums->visitors);
    jny_json_uint(js, "converted", sums->converted);
    jny_money_json_purse(js, "value", &sums->value, v->names);
}


static void
paths_json_path(jny_json_t *js, const jny_paths_view_t *v,
    const jny_path_t *path)
{
    unsigned  i;

    jny_json_object(js, NULL);
    jny_json_array(js, "path");

    if (path->before) {
        jny_json_string(js, NULL, "(more)");
    }

    for (i = 0; i < path->len; i++) {
        jny_json_slice(js, NULL, v->paths->names[path->names[i]]);
    }

    if (path->more) {
        jny_json_string(js, NULL, "(more)");
    }

    jny_json_array_end(js);

    if (v->around != NULL) {
        jny_json_uint(js, "anchor", path->anchor + 1);
    }

    paths_json_sums(js, v, path->sums);
    jny_json_object_end(js);
}


static void
paths_json_edge(jny_json_t *js, const jny_paths_view_t *v,
    const jny_path_edge_t *e)
{
    jny_json_object(js, NULL);
    jny_json_int(js, "step", e->step);
    paths_json_place(js, v, "from", e->from);
    paths_json_place(js, v, "to", e->to);
    jny_json_uint(js, "count", e->count);

    if (e->from != JNY_PATHS_OTHER) {
        jny_json_uint(js, "visitors", e->visitors);
    }

    jny_json_object_end(js);
}


static void
paths_json_place(jny_json_t *js, const jny_paths_view_t *v, const char *key,
    uint32_t place)
{
    switch (place) {

    case JNY_PATHS_START:
        jny_json_string(js, key, "(start)");
        return;

    case JNY_PATHS_END:
        jny_json_string(js, key, "(end)");
        return;

    case JNY_PATHS_MORE:
        jny_json_string(js, key, "(more)");
        return;

    case JNY_PATHS_OTHER:
        jny_json_string(js, key, "(other)");
        return;

    default:
        jny_json_slice(js, key, v->paths->names[place]);
    }
}
