/*
 * survey.c - a first reading.  It costs a small part of what sorting and
 * deflating do, and says beforehand which blocks can be read: a damaged one
 * must not be among the sources, or its damage would be covered up.
 */

#include "segment/survey.h"

#include <stdlib.h>
#include <string.h>

#include "engine/heap.h"
#include "engine/stage_list.h"


#define jny_survey_cmp(a, b) (((a) > (b)) - ((a) < (b)))

typedef struct {
    jny_survey_t             *s;
    const jny_segment_job_t  *job;
    const jny_block_ref_t    *refs;
    jny_inflater_t           *inf;
    jny_block_t               blk;
    jny_diag_t               *diag;
} jny_surveyor_t;


static int
jny_survey_copy(jny_survey_t *s, jny_slice_t from, jny_slice_t *to)
{
    to->data = jny_arena_copy(&s->arena, from.data, from.len);
    to->len = from.len;

    return to->data != NULL ? JNY_OK : JNY_ENOMEM;
}


/* The stage list of a segment is that of the newest block that has one. */
static int
jny_survey_stages(jny_surveyor_t *sv, const jny_header_t *h)
{
    int            rc;
    int64_t        listed_ms;
    jny_survey_t  *s;

    s = sv->s;
    listed_ms = jny_stage_listed_ms(h, &sv->blk);

    if (h->nevents == 0 || sv->blk.stages.n == 0
        || (s->info.nstages > 0 && listed_ms < s->info.listed_ms))
    {
        return JNY_OK;
    }

    s->info.listed_ms = listed_ms;
    s->info.nstages = sv->blk.stages.n;
    rc = JNY_OK;

    for (uint32_t i = 0; rc == JNY_OK && i < sv->blk.stages.n; i++) {
        if (!jny_slice_same(s->info.stages[i], sv->blk.stages.entries[i])) {
            rc = jny_survey_copy(s, sv->blk.stages.entries[i],
                                 &s->info.stages[i]);
        }
    }

    return rc;
}


static int
jny_survey_names(jny_surveyor_t *sv)
{
    unsigned         i, k;
    jny_slice_t      name;
    jny_log_info_t  *info;

    info = &sv->s->info;

    for (k = 0; k < sv->blk.nfields; k++) {
        name = sv->blk.field_names[k];

        for (i = 0; i < info->nfields; i++) {
            if (jny_slice_same(info->fields[i], name)) {
                break;
            }
        }

        if (i < info->nfields) {
            continue;
        }

        if (i == JNY_MAX_FIELDS) {
            jny_diag_set(sv->diag, 0, "%s: these logs have more than %d "
                         "columns x_NAME: compact them in parts",
                         sv->job->name, JNY_MAX_FIELDS);
            return JNY_ELIMIT;
        }

        if (jny_survey_copy(sv->s, name, &info->fields[i]) != JNY_OK) {
            return JNY_ENOMEM;
        }

        info->nfields++;
    }

    return JNY_OK;
}


void
jny_survey_fields(const jny_survey_t *s, const jny_block_t *blk,
    uint8_t map[JNY_MAX_FIELDS])
{
    for (unsigned k = 0; k < blk->nfields; k++) {
        for (unsigned i = 0; i < s->info.nfields; i++) {
            if (jny_slice_same(s->info.fields[i], blk->field_names[k])) {
                map[k] = (uint8_t) i;
            }
        }
    }
}


static int
jny_survey_piece(jny_surveyor_t *sv, const jny_source_t *from)
{
    size_t         cap;
    jny_survey_t  *s;
    jny_source_t  *pieces;

    s = sv->s;

    if (s->npieces == s->pieces_cap) {
        cap = (size_t) s->pieces_cap * 2 + 16;
        pieces = reallocarray(s->pieces, cap, sizeof(*pieces));

        if (pieces == NULL) {
            return JNY_ENOMEM;
        }

        s->pieces = pieces;
        s->pieces_cap = (uint32_t) cap;
    }

    s->pieces[s->npieces] = *from;

    if (jny_survey_copy(s, from->edge, &s->pieces[s->npieces].edge)
        != JNY_OK)
    {
        return JNY_ENOMEM;
    }

    s->npieces++;

    return JNY_OK;
}


/* Whether b follows a without a gap, so that they may be one source. */
static int
jny_survey_follows(const jny_source_t *a, const jny_source_t *b)
{
    return a->writer == b->writer && b->first_seq == a->last_seq + 1
           && b->base == a->base + a->events + a->erased
           && jny_slice_same(a->edge, b->edge);
}


static void
jny_survey_join(jny_source_t *a, const jny_source_t *b)
{
    a->last_seq = b->last_seq;
    a->events += b->events;
    a->erased += b->erased;
    a->dropped = b->dropped;
    a->flags = b->flags;
}


/* Reads the refs[at]; as jny_input_read(). */
static int
jny_survey_read(jny_surveyor_t *sv, uint32_t at)
{
    int                     rc;
    const jny_block_ref_t  *ref;

    ref = &sv->refs[at];
    rc = jny_input_read(ref, sv->inf, &sv->blk, sv->diag);

    if (rc == JNY_OK) {
        rc = jny_survey_names(sv);
    }

    return rc == JNY_OK ? jny_survey_stages(sv, &ref->header) : rc;
}


static int
jny_survey_block(jny_surveyor_t *sv, uint32_t k)
{
    int                     rc;
    jny_source_t            from;
    jny_survey_t           *s;
    const jny_block_ref_t  *ref;

    s = sv->s;
    ref = &sv->refs[sv->job->blocks[k]];
    s->block_piece[k] = JNY_SURVEY_DAMAGED;
    rc = jny_survey_read(sv, sv->job->blocks[k]);

    if (rc == JNY_ECRC || rc == JNY_EDATA) {
        return jny_input_damaged(sv->job->in, ref, sv->diag->what);
    }

    if (rc != JNY_OK) {
        return rc;
    }

    from.writer = ref->header.writer;
    from.first_seq = ref->header.seq;
    from.last_seq = ref->header.seq;
    from.events = ref->header.nevents;
    from.erased = ref->header.erased;
    from.base = ref->header.base;
    from.dropped_first = ref->header.dropped;
    from.dropped = ref->header.dropped;
    from.flags = ref->header.flags;
    from.edge = sv->blk.edge;

    if (s->npieces > 0
        && jny_survey_follows(&s->pieces[s->npieces - 1], &from))
    {
        jny_survey_join(&s->pieces[s->npieces - 1], &from);

    } else {
        rc = jny_survey_piece(sv, &from);
    }

    s->block_piece[k] = s->npieces - 1;

    return rc;
}


static int
jny_survey_old(jny_surveyor_t *sv, uint32_t k)
{
    int                       rc;
    uint32_t                  i;
    jny_survey_t             *s;
    const jny_segment_old_t  *old;

    s = sv->s;
    old = &sv->job->old[k];
    rc = JNY_OK;

    for (i = 0; rc == JNY_OK && i < old->n; i++) {
        rc = jny_survey_read(sv, old->first + i);
    }

    if (rc != JNY_OK) {
        return rc;
    }

    s->old_piece[k] = jny_arena_alloc(&s->arena,
        ((size_t) sv->blk.nsources + 1) * sizeof(uint32_t));

    if (s->old_piece[k] == NULL) {
        return JNY_ENOMEM;
    }

    for (i = 0; rc == JNY_OK && i < sv->blk.nsources; i++) {
        s->old_piece[k][i] = s->npieces;
        rc = jny_survey_piece(sv, &sv->blk.sources[i]);
    }

    return rc;
}


typedef struct {
    jny_source_t  source;
    uint32_t      was;
} jny_survey_rank_t;


static int
jny_survey_order(const void *x, const void *y)
{
    int                       order;
    const jny_survey_rank_t  *a = x, *b = y;

    order = jny_survey_cmp(a->source.writer, b->source.writer);

    return order ? order
                 : jny_survey_cmp(a->source.first_seq, b->source.first_seq);
}


/* Everything that speaks of pieces by their old numbers. */
static void
jny_survey_renumber(jny_surveyor_t *sv, const uint32_t *rank,
    const uint32_t *nsources)
{
    jny_survey_t  *s;

    s = sv->s;

    for (uint32_t k = 0; k < sv->job->nblocks; k++) {
        if (s->block_piece[k] != JNY_SURVEY_DAMAGED) {
            s->block_piece[k] = rank[s->block_piece[k]];
        }
    }

    for (uint32_t k = 0; k < sv->job->nold; k++) {
        for (uint32_t i = 0; i < nsources[k]; i++) {
            s->old_piece[k][i] = rank[s->old_piece[k][i]];
        }
    }
}


static void
jny_survey_sources(jny_survey_t *s)
{
    /* blocks say which machine, as long as it is one */

    if (s->npieces > 0) {
        s->info.edge = s->pieces[0].edge;
    }

    for (uint32_t i = 0; i < s->npieces; i++) {
        if (!jny_slice_same(s->info.edge, s->pieces[i].edge)) {
            s->info.edge.len = 0;
        }

        if (s->nsources > 0
            && jny_survey_follows(&s->sources[s->nsources - 1], &s->pieces[i]))
        {
            jny_survey_join(&s->sources[s->nsources - 1], &s->pieces[i]);

        } else {
            s->sources[s->nsources++] = s->pieces[i];
        }

        s->source_of[i] = s->nsources - 1;
    }
}


static int
jny_survey_rank(jny_surveyor_t *sv, const uint32_t *nsources)
{
    uint32_t           *rank;
    jny_survey_t       *s;
    jny_survey_rank_t  *ranks;

    s = sv->s;
    ranks = calloc((size_t) s->npieces + 1, sizeof(*ranks));
    rank = calloc((size_t) s->npieces + 1, sizeof(*rank));
    s->source_of = calloc((size_t) s->npieces + 1, sizeof(*s->source_of));
    s->sources = calloc((size_t) s->npieces + 1, sizeof(*s->sources));

    if (ranks == NULL || rank == NULL || s->source_of == NULL
        || s->sources == NULL)
    {
        free(ranks);
        free(rank);
        return JNY_ENOMEM;
    }

    for (uint32_t i = 0; i < s->npieces; i++) {
        ranks[i].source = s->pieces[i];
        ranks[i].was = i;
    }

    qsort(ranks, s->npieces, sizeof(*ranks), jny_survey_order);

    for (uint32_t i = 0; i < s->npieces; i++) {
        s->pieces[i] = ranks[i].source;
        rank[ranks[i].was] = i;
    }

    jny_survey_renumber(sv, rank, nsources);
    jny_survey_sources(s);
    free(ranks);
    free(rank);

    return JNY_OK;
}


static int
jny_survey_all(jny_surveyor_t *sv)
{
    int        rc;
    uint32_t  *nsources;

    rc = JNY_OK;
    nsources = calloc((size_t) sv->job->nold + 1, sizeof(*nsources));

    if (nsources == NULL) {
        return JNY_ENOMEM;
    }

    for (uint32_t k = 0; rc == JNY_OK && k < sv->job->nblocks; k++) {
        rc = jny_survey_block(sv, k);
    }

    for (uint32_t k = 0; rc == JNY_OK && k < sv->job->nold; k++) {
        rc = jny_survey_old(sv, k);
        nsources[k] = sv->blk.nsources;
    }

    if (rc == JNY_OK) {
        rc = jny_survey_rank(sv, nsources);
    }

    free(nsources);

    return rc;
}


int
jny_survey_run(jny_survey_t *s, const jny_segment_job_t *job,
    jny_diag_t *diag)
{
    int             rc;
    uint32_t        n;
    jny_diag_t      own;
    jny_surveyor_t  sv;

    memset(s, 0, sizeof(*s));
    memset(&own, 0, sizeof(own));
    jny_arena_init(&s->arena);
    s->info.agents = 1;
    s->block_piece = calloc((size_t) job->nblocks + 1, sizeof(uint32_t));
    s->old_piece = calloc((size_t) job->nold + 1, sizeof(uint32_t *));

    sv.s = s;
    sv.job = job;
    sv.refs = jny_input_blocks(job->in, &n);
    sv.diag = diag != NULL ? diag : &own;
    sv.inf = jny_inflater_new();

    if (s->block_piece == NULL || s->old_piece == NULL || sv.inf == NULL) {
        jny_inflater_free(sv.inf);
        return JNY_ENOMEM;
    }

    jny_block_init(&sv.blk, &jny_heap);
    rc = jny_survey_all(&sv);
    jny_block_release(&sv.blk);
    jny_inflater_free(sv.inf);

    return rc;
}


void
jny_survey_release(jny_survey_t *s)
{
    free(s->pieces);
    free(s->sources);
    free(s->source_of);
    free(s->block_piece);
    free(s->old_piece);
    jny_arena_release(&s->arena);
    memset(s, 0, sizeof(*s));
}
