/*
 * days.c - headers say enough: nothing is inflated here.
 */

#include "segment/days.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>


#define JNY_DAY_NAME  "0000-00-00.jny"

typedef struct {
    jny_days_t         *days;
    const jny_input_t  *in;
    const char         *folder;
    const char         *file;
    jny_diag_t         *diag;
} jny_planner_t;


/* The civil day of a moment; 0 where the calendar ends. */
static int64_t
jny_day_of(int64_t ms)
{
    time_t     t;
    struct tm  tm;

    t = (time_t) (ms / 1000 - (ms % 1000 < 0));

    if (localtime_r(&t, &tm) == NULL || tm.tm_year < -1900
        || tm.tm_year > 9999 - 1900)
    {
        return 0;
    }

    return (tm.tm_year + INT64_C(1900)) * 10000 + (tm.tm_mon + 1) * 100
           + tm.tm_mday;
}


static char *
jny_day_name(const jny_planner_t *p, int64_t day)
{
    char    *name;
    size_t   len;

    if (p->file != NULL) {
        return strdup(p->file);
    }

    len = strlen(p->folder) + sizeof(JNY_DAY_NAME) + 1;
    name = malloc(len);

    if (name != NULL) {
        snprintf(name, len, "%s/%04d-%02d-%02d.jny", p->folder,
                 (int) (day / 10000), (int) (day / 100 % 100),
                 (int) (day % 100));
    }

    return name;
}


static int
jny_days_grow(void **array, uint32_t n, uint32_t *cap, size_t size)
{
    void    *grown;
    size_t   want;

    if (n < *cap) {
        return JNY_OK;
    }

    want = (size_t) *cap * 2 + 16;
    grown = reallocarray(*array, want, size);

    if (grown == NULL) {
        return JNY_ENOMEM;
    }

    *array = grown;
    *cap = (uint32_t) want;

    return JNY_OK;
}


/* The day, made if it is new; NULL: out of memory. */
static jny_day_t *
jny_days_get(const jny_planner_t *p, int64_t day)
{
    void        *array;
    uint32_t     at;
    jny_day_t   *d;
    jny_days_t  *days;

    days = p->days;
    day = p->file != NULL ? 0 : day;

    for (at = days->n; at > 0 && days->days[at - 1].day >= day; at--) {
        if (days->days[at - 1].day == day) {
            return &days->days[at - 1];
        }
    }

    array = days->days;

    if (jny_days_grow(&array, days->n, &days->cap, sizeof(*d)) != JNY_OK) {
        return NULL;
    }

    days->days = array;
    d = &days->days[at];
    memmove(d + 1, d, (days->n - at) * sizeof(*d));
    days->n++;

    memset(d, 0, sizeof(*d));
    d->day = day;
    d->name = jny_day_name(p, day);

    return d->name != NULL ? d : NULL;
}


static int
jny_days_block(const jny_planner_t *p, uint32_t at, int64_t day)
{
    int         rc;
    void       *array;
    jny_day_t  *d;

    d = jny_days_get(p, day);

    if (d == NULL) {
        return JNY_ENOMEM;
    }

    array = d->blocks;
    rc = jny_days_grow(&array, d->nblocks, &d->blocks_cap, sizeof(uint32_t));
    d->blocks = array;

    if (rc == JNY_OK) {
        d->blocks[d->nblocks++] = at;
    }

    return rc;
}


/* The day that the name of a segment in our folder says, or -1. */
static int64_t
jny_days_named(const jny_planner_t *p, const char *name)
{
    int     year, month, day, end;
    size_t  len;

    if (p->file != NULL) {
        return strcmp(name, p->file) == 0 ? 0 : -1;
    }

    len = strlen(p->folder);
    end = 0;

    if (strncmp(name, p->folder, len) != 0 || name[len] != '/'
        || sscanf(name + len + 1, "%4d-%2d-%2d.jny%n", &year, &month, &day,
                  &end) != 3
        || end != sizeof(JNY_DAY_NAME) - 1 || name[len + 1 + (size_t) end])
    {
        return -1;
    }

    return year * INT64_C(10000) + month * 100 + day;
}


/*
 * A segment is left alone where it stands under the name of its day, until
 * something is added to it; one from elsewhere is merged.
 */
static int
jny_days_segment(const jny_planner_t *p, uint32_t first, uint32_t n)
{
    int                     rc, ours;
    void                   *array;
    int64_t                 day, from_ms;
    uint64_t                events;
    jny_day_t              *d;
    jny_segment_old_t       old;
    const jny_block_ref_t  *refs;

    refs = jny_input_blocks(p->in, &old.n);
    day = jny_days_named(p, jny_input_name(p->in, refs[first].file));
    ours = day != -1;
    from_ms = refs[first].header.t_min_ms;
    events = 0;

    for (uint32_t i = first; i < first + n; i++) {
        from_ms = refs[i].header.t_min_ms < from_ms ? refs[i].header.t_min_ms
                                                    : from_ms;
        events += refs[i].header.nevents;
    }

    d = jny_days_get(p, ours ? day : jny_day_of(from_ms));

    if (d == NULL) {
        return JNY_ENOMEM;
    }

    array = d->old;
    rc = jny_days_grow(&array, d->nold, &d->old_cap, sizeof(old));
    d->old = array;

    if (rc == JNY_OK) {
        old.first = first;
        old.n = n;
        d->old[d->nold++] = old;
        d->stands |= (unsigned) ours;
        d->events += events;
    }

    return rc;
}


/* Blocks without any time, which ended writers that never had an event. */
static int
jny_days_timeless(const jny_header_t *h)
{
    return h->nevents == 0 && h->t_max_ms == 0;
}


static int
jny_days_sort(const jny_planner_t *p)
{
    int                     rc;
    uint32_t                i, k, n;
    const jny_header_t     *h;
    const jny_block_ref_t  *refs;

    rc = JNY_OK;
    refs = jny_input_blocks(p->in, &n);

    for (i = 0; rc == JNY_OK && i < n; i = k) {
        h = &refs[i].header;
        k = i + 1;

        if (h->flags & JNY_BLOCK_SORTED) {
            while (k < n && refs[k].header.writer == h->writer) {
                k++;
            }

            rc = jny_days_segment(p, i, k - i);

        } else if (!jny_days_timeless(h)) {
            rc = jny_days_block(p, i, jny_day_of(h->t_min_ms));
        }
    }

    /* any segment will do for these, but not one for them alone */

    for (i = 0; rc == JNY_OK && p->days->n > 0 && i < n; i++) {
        h = &refs[i].header;

        if (jny_days_timeless(h) && !(h->flags & JNY_BLOCK_SORTED)) {
            rc = jny_days_block(p, i, p->days->days[0].day);
        }
    }

    return rc;
}


static int
jny_days_rising(const void *x, const void *y)
{
    const uint32_t  *a = x, *b = y;

    return (*a > *b) - (*a < *b);
}


/* What would be gone for good if the file were written anew. */
static int
jny_days_precious(const jny_planner_t *p, const jny_damage_t *d)
{
    switch (d->kind) {

    case JNY_DAMAGE_HEADER:
    case JNY_DAMAGE_PAYLOAD:
        return d->events > 0 || !d->events_known;

    case JNY_DAMAGE_CONFLICT:
        return d->events > 0;

    case JNY_DAMAGE_GAP:
        return jny_input_is_segment(p->in, d->writer);

    default:
        return 0;
    }
}


/* A file under a segment's name may only hold what is known to be one. */
static int
jny_days_check(const jny_planner_t *p)
{
    uint32_t                i, n;
    const char             *name;
    const jny_damage_t     *damage;
    const jny_block_ref_t  *refs;

    refs = jny_input_blocks(p->in, &n);

    for (i = 0; i < n; i++) {
        name = jny_input_name(p->in, refs[i].file);

        if (!(refs[i].header.flags & JNY_BLOCK_SORTED)
            && jny_days_named(p, name) != -1)
        {
            jny_diag_set(p->diag, 0, "%s is a log: name another place for "
                         "segments", name);
            return JNY_EINVAL;
        }
    }

    damage = jny_input_damage(p->in, &n);

    for (i = 0; i < n; i++) {
        name = jny_input_name(p->in, damage[i].file);

        if (jny_days_precious(p, &damage[i]) && jny_days_named(p, name) != -1)
        {
            jny_diag_set(p->diag, 0, "%s: %s: move it away, and give it as "
                         "an input", name, damage[i].what);
            return JNY_EINVAL;
        }

        if (damage[i].kind == JNY_DAMAGE_FOREIGN
            && jny_days_named(p, name) != -1)
        {
            jny_diag_set(p->diag, 0, "%s is no segment: name another place",
                         name);
            return JNY_EINVAL;
        }
    }

    return JNY_OK;
}


int
jny_days_plan(jny_days_t *days, const jny_input_t *in, const char *folder,
    const char *file, jny_diag_t *diag)
{
    int            rc;
    jny_day_t     *d;
    jny_planner_t  p;

    memset(days, 0, sizeof(*days));
    p.days = days;
    p.in = in;
    p.folder = folder;
    p.file = file;
    p.diag = diag;

    rc = jny_days_check(&p);

    if (rc == JNY_OK) {
        rc = jny_days_sort(&p);
    }

    for (uint32_t i = 0; rc == JNY_OK && i < days->n; i++) {
        d = &days->days[i];

        if (d->nblocks > 0) {
            qsort(d->blocks, d->nblocks, sizeof(uint32_t), jny_days_rising);
        }

        d->stands = d->stands && d->nold == 1 && d->nblocks == 0;
    }

    return rc;
}


void
jny_days_release(jny_days_t *days)
{
    for (uint32_t i = 0; i < days->n; i++) {
        free(days->days[i].name);
        free(days->days[i].blocks);
        free(days->days[i].old);
    }

    free(days->days);
    memset(days, 0, sizeof(*days));
}
