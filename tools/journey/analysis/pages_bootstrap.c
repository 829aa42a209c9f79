/*
 * pages_bootstrap.c - what recurring controls add to the error, by resampling
 * visitors.
 *
 * A replicate gives each visitor a Poisson(1) weight, all of the visitor's
 * moments at once: as treated, and as control of any page in any stratum.  So
 * the error knows that controls recur and that pages share them.
 *
 * Everything a replicate needs is a sum of weights: cells.  Who adds to which
 * cell is worked out once (the list of additions), then the list is run
 * through for 64 replicates at a time, one vector loop an addition.  Threads
 * take 64 replicates each and share nothing that they write, so there is no
 * merging, and the result does not depend on their number.
 *
 * Memory is bounded by taking pages in batches: 64 MB of additions, and 64 MB
 * of cells a thread; more only where a single page needs it.
 */

#include "analysis/pages_private.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "base/pool.h"


#define JNY_BOOT_MAX_ADDS   (8u << 20)
#define JNY_BOOT_MAX_CELLS  (256u << 10)

#define JNY_BOOT_CHUNKS                                                        \
    ((JNY_PAGES_REPLICATES + JNY_STATS_ROW - 1) / JNY_STATS_ROW)

/* One sum for each replicate of a chunk. */
typedef struct {
    int32_t  v[JNY_STATS_ROW];
} jny_boot_cell_t;

/* The Mantel-Haenszel sums of a test, for each replicate of a chunk. */
typedef struct {
    double  above[JNY_STATS_ROW];
    double  below[JNY_STATS_ROW];
    double  weight[JNY_STATS_ROW];
} jny_boot_lanes_t;

/* The cells of a pair, in this order; of a stratum the first two. */
enum {
    BOOT_ALL = 0,
    BOOT_CONVERTED,
    BOOT_SEEN,
    BOOT_SEEN_CONVERTED
};

#define JNY_BOOT_PAIR     4
#define JNY_BOOT_STRATUM  2

typedef struct {
    uint32_t  cell;
    int32_t   count;
} jny_boot_add_t;

/* Over one chunk: of x and y, the logs of a test's two rates, less those of
   everybody. */
typedef struct {
    double  x;
    double  y;
    double  yy;
    double  xy;
} jny_boot_sums_t;

typedef struct {
    jny_pages_study_t  *study;
    uint8_t            *wanted;        /* by page: in this batch */
    uint32_t           *page_cell;     /* by page: cell of its first pair */
    uint32_t           *stratum_cell;  /* by stratum, or JNY_PAGES_NONE */
    uint32_t            first, end;    /* pages of this batch */
    uint32_t            ncells;
    jny_boot_add_t     *adds;
    size_t              nadds;
    size_t              adds_cap;
    size_t             *adds_end;      /* by visitor */
    jny_boot_cell_t   **cells;         /* by thread */
    jny_boot_sums_t  *sums;       /* by test, chunk */
    int                 failed;
} jny_boot_t;


static int boot_init(jny_boot_t *b, jny_pages_study_t *s);
static void boot_release(jny_boot_t *b);
static int boot_page_tested(const jny_pages_study_t *s, uint32_t page);
static void boot_batch(jny_boot_t *b);
static int boot_list(jny_boot_t *b);
static void boot_emit(void *ctx, uint32_t pair, const jny_pages_run_t *run);
static void boot_list_viewers(jny_boot_t *b, const jny_pages_moment_t *views,
    uint32_t n);
static void boot_add(jny_boot_t *b, uint32_t cell, uint32_t count);
static int boot_chunk(void *ctx, unsigned thread, uint64_t chunk);
static void boot_totals(const jny_boot_t *b, jny_boot_cell_t *cells,
    const jny_boot_cell_t *w, const jny_pages_moment_t *views, uint32_t n);
static void boot_sum(jny_boot_cell_t *cell, const jny_boot_cell_t *w,
    int32_t count);
static void boot_page(jny_boot_t *b, const jny_boot_cell_t *cells,
    uint32_t page, uint32_t chunk);
static void boot_pair(const jny_boot_cell_t *pair,
    const jny_boot_cell_t *stratum, jny_boot_lanes_t *sums);
static void boot_note(jny_boot_t *b, uint32_t test, uint32_t chunk,
    const jny_boot_lanes_t *sums);
static void boot_variances(jny_boot_t *b);


int
jny_pages_bootstrap(jny_pages_study_t *s)
{
    int         rc;
    unsigned    i;
    jny_boot_t  b;

    if (s->npages == 0) {
        return JNY_OK;
    }

    rc = boot_init(&b, s);

    while (rc == JNY_OK) {
        boot_batch(&b);

        if (b.ncells == 0) {
            boot_variances(&b);
            break;
        }

        rc = boot_list(&b);

        for (i = 0; i < s->acc->conf->threads && rc == JNY_OK; i++) {
            free(b.cells[i]);
            b.cells[i] = malloc(b.ncells * sizeof(jny_boot_cell_t));
            rc = (b.cells[i] == NULL) ? JNY_ENOMEM : JNY_OK;
        }

        if (rc == JNY_OK) {
            rc = jny_pool_run(s->acc->conf->threads, JNY_BOOT_CHUNKS,
                boot_chunk, &b);
        }
    }

    boot_release(&b);

    return rc;
}


static int
boot_init(jny_boot_t *b, jny_pages_study_t *s)
{
    memset(b, 0, sizeof(*b));

    b->study = s;
    b->wanted = calloc(s->npages, sizeof(*b->wanted));
    b->page_cell = calloc(s->npages, sizeof(*b->page_cell));
    b->stratum_cell = calloc(s->nstrata, sizeof(*b->stratum_cell));
    b->adds_end = calloc(s->acc->nvisitors, sizeof(*b->adds_end));
    b->cells = calloc(s->acc->conf->threads, sizeof(*b->cells));
    b->sums = calloc((size_t) s->ntests * JNY_BOOT_CHUNKS,
        sizeof(*b->sums));

    return (b->wanted == NULL || b->page_cell == NULL || b->sums == NULL
               || b->stratum_cell == NULL || b->adds_end == NULL
               || b->cells == NULL)
               ? JNY_ENOMEM
               : JNY_OK;
}


static void
boot_release(jny_boot_t *b)
{
    unsigned  i;

    for (i = 0; b->cells != NULL && i < b->study->acc->conf->threads; i++) {
        free(b->cells[i]);
    }

    free(b->wanted);
    free(b->page_cell);
    free(b->stratum_cell);
    free(b->adds_end);
    free(b->cells);
    free(b->sums);
    free(b->adds);
}


static int
boot_page_tested(const jny_pages_study_t *s, uint32_t page)
{
    uint32_t  i;

    for (i = 0; i < s->pages[page].ntests; i++) {
        if (s->tests[s->pages[page].first_test + i].tested) {
            return 1;
        }
    }

    return 0;
}


/* The pages from b->end on that fit; ncells stays 0 after the last. */
static void
boot_batch(jny_boot_t *b)
{
    size_t                   adds = 0, more;
    uint32_t                 i, k, *cell;
    jny_pages_study_t       *s = b->study;
    const jny_pages_page_t  *page;
    const jny_pages_pair_t  *pair;

    b->first = b->end;
    b->ncells = 0;
    memset(b->wanted, 0, s->npages);
    memset(b->stratum_cell, 0xff, s->nstrata * sizeof(*b->stratum_cell));

    for (i = b->first; i < s->npages; i++) {
        page = &s->pages[i];

        if (!boot_page_tested(s, i)) {
            continue;
        }

        for (k = 0, more = 0; k < page->npairs; k++) {
            pair = &s->pairs[page->first_pair + k];
            more += (size_t) pair->emits + pair->viewers;
        }

        if (b->ncells > 0
            && (adds + more > JNY_BOOT_MAX_ADDS
                || b->ncells
                           + page->npairs * (JNY_BOOT_PAIR + JNY_BOOT_STRATUM)
                       > JNY_BOOT_MAX_CELLS))
        {
            break;
        }

        adds += more;
        b->wanted[i] = 1;
        b->page_cell[i] = b->ncells;
        b->ncells += page->npairs * JNY_BOOT_PAIR;

        for (k = 0; k < page->npairs; k++) {
            cell = &b->stratum_cell[s->pairs[page->first_pair + k].stratum];

            if (*cell == JNY_PAGES_NONE) {
                *cell = b->ncells;
                b->ncells += JNY_BOOT_STRATUM;
            }
        }
    }

    b->end = i;
}


static int
boot_list(jny_boot_t *b)
{
    size_t                   i;
    uint32_t                 n;
    jny_pages_run_t         *runs;
    const jny_pages_acc_t   *acc = b->study->acc;
    const jny_pages_moment_t  *views = acc->views;

    runs = malloc(JNY_PAGES_MAX_VIEWS * sizeof(*runs));
    if (runs == NULL) {
        return JNY_ENOMEM;
    }

    b->nadds = 0;

    for (i = 0; i < acc->nvisitors; i++) {
        n = acc->visitors[i].nviews;

        jny_pages_seen(b->study, views, n, b->wanted, runs, boot_emit, b);
        boot_list_viewers(b, views, n);

        b->adds_end[i] = b->nadds;
        views += n;
    }

    free(runs);

    return b->failed ? JNY_ENOMEM : JNY_OK;
}


static void
boot_emit(void *ctx, uint32_t pair, const jny_pages_run_t *run)
{
    uint32_t                 cell;
    jny_boot_t              *b = ctx;
    const jny_pages_page_t  *page;

    page = &b->study->pages[b->study->page_index[b->study->pairs[pair].page]];
    cell = b->page_cell[page - b->study->pages]
           + (pair - page->first_pair) * JNY_BOOT_PAIR;

    boot_add(b, cell + BOOT_SEEN, run->moments);
    boot_add(b, cell + BOOT_SEEN_CONVERTED, run->converted);
}


static void
boot_list_viewers(jny_boot_t *b, const jny_pages_moment_t *views, uint32_t n)
{
    uint32_t                  i, cell, page;
    const jny_pages_page_t   *p;
    const jny_pages_study_t  *s = b->study;

    for (i = 0; i < n; i++) {
        page = s->page_index[views[i].page];

        if (!b->wanted[page] || (views[i].flags & JNY_PAGES_OPEN)) {
            continue;
        }

        p = &s->pages[page];
        cell = b->page_cell[page]
               + (jny_pages_pair(s, p, views[i].stratum) - p->first_pair)
                     * JNY_BOOT_PAIR;

        boot_add(b, cell + BOOT_ALL, 1);
        boot_add(b, cell + BOOT_CONVERTED,
            (views[i].flags & JNY_PAGES_CONVERTED) != 0);
    }
}


static void
boot_add(jny_boot_t *b, uint32_t cell, uint32_t count)
{
    size_t           cap;
    jny_boot_add_t  *grown;

    if (count == 0 || b->failed) {
        return;
    }

    if (b->nadds == b->adds_cap) {
        cap = b->adds_cap ? 2 * b->adds_cap : 4096;
        grown = realloc(b->adds, cap * sizeof(*grown));
        if (grown == NULL) {
            b->failed = 1;
            return;
        }

        b->adds = grown;
        b->adds_cap = cap;
    }

    b->adds[b->nadds].cell = cell;
    b->adds[b->nadds].count = (int32_t) count;
    b->nadds++;
}


static int
boot_chunk(void *ctx, unsigned thread, uint64_t chunk)
{
    size_t                   i, k;
    uint64_t                 key;
    uint32_t                 page, row[JNY_STATS_ROW];
    jny_boot_t              *b = ctx;
    jny_boot_cell_t          w, *cells = b->cells[thread];
    const jny_pages_acc_t   *acc = b->study->acc;
    const jny_pages_moment_t  *views = acc->views;

    memset(cells, 0, b->ncells * sizeof(*cells));

    for (i = 0, k = 0; i < acc->nvisitors; i++) {
        key = jny_stats_poisson_key(acc->conf->seed, acc->visitors[i].visitor);
        jny_stats_poisson_row(key, (uint32_t) chunk * JNY_STATS_ROW, row);
        memcpy(&w, row, sizeof(w));

        boot_totals(b, cells, &w, views, acc->visitors[i].nviews);
        views += acc->visitors[i].nviews;

        for (/* void */; k < b->adds_end[i]; k++) {
            boot_sum(&cells[b->adds[k].cell], &w, b->adds[k].count);
        }
    }

    for (page = b->first; page < b->end; page++) {
        if (b->wanted[page]) {
            boot_page(b, cells, page, (uint32_t) chunk);
        }
    }

    return JNY_OK;
}


static void
boot_totals(const jny_boot_t *b, jny_boot_cell_t *cells,
    const jny_boot_cell_t *w, const jny_pages_moment_t *views, uint32_t n)
{
    uint32_t  i, cell;

    for (i = 0; i < n; i++) {
        cell = b->stratum_cell[views[i].stratum];

        if (cell == JNY_PAGES_NONE || (views[i].flags & JNY_PAGES_OPEN)) {
            continue;
        }

        boot_sum(&cells[cell + BOOT_ALL], w, 1);

        if (views[i].flags & JNY_PAGES_CONVERTED) {
            boot_sum(&cells[cell + BOOT_CONVERTED], w, 1);
        }
    }
}


static void
boot_sum(jny_boot_cell_t *restrict cell, const jny_boot_cell_t *restrict w,
    int32_t count)
{
    unsigned  i;

    /* Nearly always, and the multiplication is the dear part. */
    if (count == 1) {
        for (i = 0; i < JNY_STATS_ROW; i++) {
            cell->v[i] += w->v[i];
        }

        return;
    }

    for (i = 0; i < JNY_STATS_ROW; i++) {
        cell->v[i] += w->v[i] * count;
    }
}


static void
boot_page(jny_boot_t *b, const jny_boot_cell_t *cells, uint32_t page,
    uint32_t chunk)
{
    uint32_t                  i, k, pair;
    jny_boot_lanes_t          sums, all;
    const jny_pages_study_t  *s = b->study;
    const jny_pages_page_t   *p = &s->pages[page];
    const jny_pages_test_t   *t;

    memset(&all, 0, sizeof(all));

    for (i = p->first_test; i < p->first_test + p->ntests; i++) {
        t = &s->tests[i];

        if (t->row.pooled) {
            boot_note(b, i, chunk, &all);
            continue;
        }

        memset(&sums, 0, sizeof(sums));

        for (k = 0; k < t->npairs; k++) {
            pair = t->first + k;
            boot_pair(&cells[b->page_cell[page]
                             + (pair - p->first_pair) * JNY_BOOT_PAIR],
                &cells[b->stratum_cell[s->pairs[pair].stratum]], &sums);
        }

        boot_note(b, i, chunk, &sums);

        for (k = 0; k < JNY_STATS_ROW; k++) {
            all.above[k] += sums.above[k];
            all.below[k] += sums.below[k];
            all.weight[k] += sums.weight[k];
        }
    }
}


static void
boot_pair(const jny_boot_cell_t *pair, const jny_boot_cell_t *stratum,
    jny_boot_lanes_t *restrict sums)
{
    double    n1, n0, a, c, n;
    unsigned  i;

    for (i = 0; i < JNY_STATS_ROW; i++) {
        n1 = pair[BOOT_ALL].v[i];
        a = pair[BOOT_CONVERTED].v[i];
        n0 = stratum[BOOT_ALL].v[i] - pair[BOOT_SEEN].v[i];
        c = stratum[BOOT_CONVERTED].v[i] - pair[BOOT_SEEN_CONVERTED].v[i];

        /* Nobody in either group: all are 0, and so are the terms. */
        n = n1 + n0;
        n += (n == 0);

        sums->above[i] += a * n0 / n;
        sums->below[i] += c * n1 / n;
        sums->weight[i] += n1 * n0 / n;
    }
}


static void
boot_note(jny_boot_t *b, uint32_t test, uint32_t chunk,
    const jny_boot_lanes_t *sums)
{
    double                   half, x, y, x0, y0;
    uint32_t                 i, n;
    jny_boot_sums_t         *m = &b->sums[test * JNY_BOOT_CHUNKS + chunk];
    const jny_pages_test_t  *t = &b->study->tests[test];

    if (!t->tested) {
        return;
    }

    /* Replicates may have no conversion: half a one is added to all. */
    half = 0.5 * t->weight / (double) t->row.visitors;
    x0 = log((t->above + half) / t->weight);
    y0 = log((t->below + half) / t->weight);

    n = JNY_PAGES_REPLICATES - chunk * JNY_STATS_ROW;
    n = (n < JNY_STATS_ROW) ? n : JNY_STATS_ROW;

    for (i = 0; i < n; i++) {

        /* Of 30 viewers at least, one is drawn but once in 10^13 times. */
        if (sums->weight[i] <= 0) {
            continue;
        }

        x = log((sums->above[i] + half) / sums->weight[i]) - x0;
        y = log((sums->below[i] + half) / sums->weight[i]) - y0;

        m->x += x;
        m->y += y;
        m->yy += y * y;
        m->xy += x * y;
    }
}


/*
 * The variance of y - x is that of x, which is known (viewers are independent),
 * and the rest, which is wanted: that of y, less what x and y have in common
 * as visitors are controls before they are viewers.
 */
static void
boot_variances(jny_boot_t *b)
{
    uint32_t                i, k;
    jny_boot_sums_t         all;
    jny_pages_study_t      *s = b->study;
    const jny_boot_sums_t  *m;

    for (i = 0; i < s->ntests; i++) {
        memset(&all, 0, sizeof(all));

        for (k = 0; k < JNY_BOOT_CHUNKS; k++) {
            m = &b->sums[i * JNY_BOOT_CHUNKS + k];
            all.x += m->x;
            all.y += m->y;
            all.yy += m->yy;
            all.xy += m->xy;
        }

        all.yy -= all.y * all.y / JNY_PAGES_REPLICATES;
        all.xy -= all.x * all.y / JNY_PAGES_REPLICATES;

        s->tests[i].variance =
            (all.yy - 2 * all.xy) / (JNY_PAGES_REPLICATES - 1);
    }
}
