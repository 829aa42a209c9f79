/*
 * paths_json.c - paths and edges as JSON members (docs/SEMANTICS.md, "Paths").
 */

#include "render/paths.h"

#include "render/money.h"


static void paths_json_anchor(jny_json_t *js, const char *key,
    const jny_selector_t *sel);
static void paths_json_sums(jny_json_t *js, const jny_paths_view_t *v,
    const jny_paths_sums_t *sums);
static void paths_json_path(jny_json_t *js, const jny_paths_view_t *v,
    const jny_path_t *path);
static void paths_json_edge(jny_json_t *js, const jny_paths_view_t *v,
    const jny_path_edge_t *e);
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
