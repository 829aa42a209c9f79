/*
 * paths_result.c - from counted paths and edges to the tables people read.
 *
 * Ids depend on the order in which threads met names, so nothing may be
 * ordered by them.  The names in use are sorted once and every id is replaced
 * by the place of its name: after that comparing numbers is comparing texts.
 */

#include "analysis/paths_private.h"

#include <stdlib.h>
#include <string.h>


typedef struct {
    jny_slice_t  text;
    uint32_t     id;
} paths_name_t;


static int paths_rank(jny_paths_acc_t *acc, jny_paths_t *p);
static void paths_use(const jny_paths_acc_t *acc, uint32_t *place);
static int paths_compare_names(const void *one, const void *two);
static int paths_finish_paths(jny_paths_acc_t *acc, jny_paths_t *p);
static int paths_compare_paths(const void *one, const void *two);
static int paths_finish_edges(jny_paths_acc_t *acc, jny_paths_t *p);
static int paths_compare_links(const void *one, const void *two);


int
jny_paths_finish(void *data, jny_paths_t **out)
{
    int               rc;
    jny_paths_t      *p;
    jny_paths_acc_t  *acc = data;

    p = calloc(1, sizeof(*p));
    *out = p;

    if (p == NULL) {
        return JNY_ENOMEM;
    }

    p->distinct = acc->nrecords;
    p->longer = acc->longer;
    p->nameless = acc->nameless;
    p->left_out = acc->left_out;
    p->all = acc->all;

    rc = paths_rank(acc, p);

    if (rc == JNY_OK) {
        rc = paths_finish_paths(acc, p);
    }

    return rc == JNY_OK ? paths_finish_edges(acc, p) : rc;
}


static int
paths_rank(jny_paths_acc_t *acc, jny_paths_t *p)
{
    int               rc;
    uint32_t         *place, n, i;
    uint64_t          k;
    paths_name_t     *names;
    jny_path_edge_t  *e;

    n = jny_names_count(acc->facts->names, JNY_NAME_TOUCHPOINT);

    place = calloc((size_t) n + 1, sizeof(*place));
    names = malloc(((size_t) n + 1) * sizeof(*names));
    p->names = malloc(((size_t) n + 1) * sizeof(*p->names));

    if (place == NULL || names == NULL || p->names == NULL) {
        free(place);
        free(names);
        return JNY_ENOMEM;
    }

    paths_use(acc, place);

    for (i = 0; i < n; i++) {
        if (place[i]) {
            names[p->nnames].text =
                jny_names_get(acc->facts->names, JNY_NAME_TOUCHPOINT, i);
            names[p->nnames++].id = i;
        }
    }

    qsort(names, p->nnames, sizeof(*names), paths_compare_names);

    for (i = 0; i < p->nnames; i++) {
        p->names[i] = names[i].text;
        place[names[i].id] = i;
    }

    for (k = 0; k < acc->nids; k++) {
        acc->ids[k] = place[acc->ids[k]];
    }

    for (k = 0; k < acc->nlinks; k++) {
        e = &acc->links[k].edge;

        if (e->from < JNY_PATHS_START) {
            e->from = place[e->from];
        }

        if (e->to < JNY_PATHS_START) {
            e->to = place[e->to];
        }
    }

    rc = jny_paths_loops_finish(acc, place, p);

    free(place);
    free(names);

    return rc;
}


static void
paths_use(const jny_paths_acc_t *acc, uint32_t *place)
{
    uint64_t  k;

    for (k = 0; k < acc->nids; k++) {
        place[acc->ids[k]] = 1;
    }

    for (k = 0; k < acc->spots_cap; k++) {
        if (acc->spots[k].loop.count > 0) {
            place[k] = 1;
        }
    }
}


static int
paths_compare_names(const void *one, const void *two)
{
    int                  order;
    size_t               len;
    const paths_name_t  *a = one, *b = two;

    len = a->text.len < b->text.len ? a->text.len : b->text.len;
    order = len ? memcmp(a->text.data, b->text.data, len) : 0;

    return order ? order
                 : (a->text.len > b->text.len) - (a->text.len < b->text.len);
}


static int
paths_finish_paths(jny_paths_acc_t *acc, jny_paths_t *p)
{
    uint64_t             i, n = acc->nrecords;
    jny_path_t          *paths;
    jny_paths_record_t  *r;

    paths = malloc((n + 1) * sizeof(*paths));
    if (paths == NULL) {
        return JNY_ENOMEM;
    }

    p->paths = paths;

    for (i = 0; i < n; i++) {
        r = &acc->records[i];
        paths[i].names = acc->ids + r->first;
        paths[i].len = r->len;
        paths[i].more = r->more;
        paths[i].before = r->before;
        paths[i].anchor = r->anchor;
        paths[i].sums = &r->sums;
    }

    qsort(paths, n, sizeof(*paths), paths_compare_paths);

    p->npaths = (uint32_t) n;

    if (acc->conf->top != 0 && n > acc->conf->top) {
        p->npaths = acc->conf->top;
    }

    for (i = p->npaths; i < n; i++) {
        p->other.count += paths[i].sums->count;
        p->other.converted += paths[i].sums->converted;

        if (jny_purse_merge(&p->other.value, &paths[i].sums->value) != 0) {
            return JNY_ENOMEM;
        }
    }

    return JNY_OK;
}


static int
paths_compare_paths(const void *one, const void *two)
{
    unsigned           i;
    const jny_path_t  *a = one, *b = two;

    if (a->sums->count != b->sums->count) {
        return a->sums->count > b->sums->count ? -1 : 1;
    }

    for (i = 0; i < a->len && i < b->len; i++) {
        if (a->names[i] != b->names[i]) {
            return a->names[i] < b->names[i] ? -1 : 1;
        }
    }

    if (a->len != b->len) {
        return a->len < b->len ? -1 : 1;
    }

    if (a->more != b->more) {
        return (int) a->more - (int) b->more;
    }

    if (a->before != b->before) {
        return (int) a->before - (int) b->before;
    }

    return (int) a->anchor - (int) b->anchor;
}


/* Of every step the first top edges, then the sum of its others. */
static int
paths_finish_edges(jny_paths_acc_t *acc, jny_paths_t *p)
{
    int32_t           step = 0;
    uint32_t          kept = 0;
    uint64_t          i, n = acc->nlinks;
    jny_path_edge_t  *e;

    if (n > 0) {
        qsort(acc->links, n, sizeof(*acc->links), paths_compare_links);
    }

    p->edges = malloc((n + 1) * sizeof(*p->edges));
    if (p->edges == NULL) {
        return JNY_ENOMEM;
    }

    for (i = 0; i < n; i++) {
        e = &acc->links[i].edge;

        if (e->step != step) {
            step = e->step;
            kept = 0;
        }

        if (acc->conf->top == 0 || kept < acc->conf->top) {
            p->edges[p->nedges++] = *e;

        } else if (kept == acc->conf->top) {
            e->from = JNY_PATHS_OTHER;
            e->to = JNY_PATHS_OTHER;
            e->visitors = 0;
            p->edges[p->nedges++] = *e;

        } else {
            p->edges[p->nedges - 1].count += e->count;
        }

        kept++;
    }

    return JNY_OK;
}


static int
paths_compare_links(const void *one, const void *two)
{
    const jny_path_edge_t  *a = &((const jny_paths_link_t *) one)->edge;
    const jny_path_edge_t  *b = &((const jny_paths_link_t *) two)->edge;

    if (a->step != b->step) {
        return a->step < b->step ? -1 : 1;
    }

    if (a->count != b->count) {
        return a->count > b->count ? -1 : 1;
    }

    if (a->from != b->from) {
        return a->from < b->from ? -1 : 1;
    }

    return (a->to > b->to) - (a->to < b->to);
}


void
jny_paths_free(jny_paths_t *p)
{
    if (p == NULL) {
        return;
    }

    jny_purse_release(&p->other.value);
    free(p->names);
    free(p->paths);
    free(p->edges);
    free(p->loops);
    free(p);
}
