/*
 * stage_list.c - reads one block, nearly always: the newest.  One that has no
 * list, or a segment's older one, speaks for its writer.
 */

#include "engine/stage_list.h"

#include <stdlib.h>

#include "base/idset.h"
#include "engine/heap.h"


typedef struct {
    const jny_block_ref_t  **newest;    /* first */
    jny_inflater_t          *inf;
    jny_block_t              blk;
    jny_idset_t              heard;     /* writers */
    int64_t                  listed_ms; /* what was found is of then */
    jny_arena_t             *arena;
    jny_slice_t             *stages;
    unsigned                *n;
} jny_stage_search_t;


static int
jny_stage_newer(const void *x, const void *y)
{
    const jny_block_ref_t  *a = *(const jny_block_ref_t *const *) x;
    const jny_block_ref_t  *b = *(const jny_block_ref_t *const *) y;

    if (a->header.t_max_ms != b->header.t_max_ms) {
        return a->header.t_max_ms > b->header.t_max_ms ? -1 : 1;
    }

    return a > b ? -1 : a < b;
}


static int
jny_stage_copy(const jny_stage_search_t *s)
{
    const jny_slice_t  *name;

    *s->n = 0;

    for (uint32_t i = 0; i < s->blk.stages.n && i < JNY_MAX_STAGES; i++) {
        name = &s->blk.stages.entries[i];
        s->stages[i].data = jny_arena_copy(s->arena, name->data, name->len);
        s->stages[i].len = name->len;

        if (s->stages[i].data == NULL) {
            return JNY_ENOMEM;
        }

        *s->n = i + 1;
    }

    return JNY_OK;
}


/* Hears a writer's newest block that can be read. */
static int
jny_stage_hear(jny_stage_search_t *s, const jny_block_ref_t *ref)
{
    int      rc;
    int64_t  listed_ms;

    if (ref->header.nevents == 0
        || jny_idset_has(&s->heard, ref->header.writer))
    {
        return JNY_OK;
    }

    rc = jny_input_read(ref, s->inf, &s->blk, NULL);

    if (rc != JNY_OK) {
        return rc == JNY_ENOMEM ? rc : JNY_OK;
    }

    /* the set takes no 0, which is nobody's */

    if (ref->header.writer != 0
        && jny_idset_add(&s->heard, ref->header.writer) != 0)
    {
        return JNY_ENOMEM;
    }

    listed_ms = jny_stage_listed_ms(&ref->header, &s->blk);

    if (s->blk.stages.n == 0 || (*s->n > 0 && listed_ms <= s->listed_ms)) {
        return JNY_OK;
    }

    s->listed_ms = listed_ms;

    return jny_stage_copy(s);
}


static int
jny_stage_search(jny_stage_search_t *s, const jny_block_ref_t *refs,
    uint32_t nrefs)
{
    int  rc;

    for (uint32_t i = 0; i < nrefs; i++) {
        s->newest[i] = &refs[i];
    }

    qsort(s->newest, nrefs, sizeof(*s->newest), jny_stage_newer);

    rc = JNY_OK;

    for (uint32_t i = 0; rc == JNY_OK && i < nrefs; i++) {

        /* none of the rest can be of a newer one */

        if (*s->n > 0 && s->newest[i]->header.t_max_ms <= s->listed_ms) {
            break;
        }

        rc = jny_stage_hear(s, s->newest[i]);
    }

    return rc;
}


int
jny_stage_list(const jny_block_ref_t *refs, uint32_t nrefs,
    jny_arena_t *arena, jny_slice_t stages[JNY_MAX_STAGES], unsigned *n)
{
    int                 rc;
    jny_stage_search_t  s = { 0 };

    *n = 0;
    s.arena = arena;
    s.stages = stages;
    s.n = n;
    jny_block_init(&s.blk, &jny_heap);
    s.inf = jny_inflater_new();
    s.newest = malloc(((size_t) nrefs + 1) * sizeof(*s.newest));

    rc = s.inf != NULL && s.newest != NULL ? jny_stage_search(&s, refs, nrefs)
                                           : JNY_ENOMEM;

    jny_idset_release(&s.heard);
    jny_block_release(&s.blk);
    jny_inflater_free(s.inf);
    free(s.newest);

    return rc;
}
