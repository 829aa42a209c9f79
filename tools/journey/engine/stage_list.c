/*
 * stage_list.c - reads one block, nearly always; of writers without a list one
 * each.
 */

#include "engine/stage_list.h"

#include <stdlib.h>

#include "base/idset.h"
#include "engine/heap.h"


typedef struct {
    const jny_block_ref_t  **newest;    /* first */
    jny_inflater_t          *inf;
    jny_block_t              blk;
    jny_idset_t              without;   /* writers; 0 is none */
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


/* Reads the next candidate.  JNY_END: it has no list. */
static int
jny_stage_try(jny_stage_search_t *s, const jny_block_ref_t *ref)
{
    int       rc;
    uint64_t  writer;

    writer = ref->header.writer;

    if (ref->header.nevents == 0 || jny_idset_has(&s->without, writer)) {
        return JNY_END;
    }

    rc = jny_input_read(ref, s->inf, &s->blk, NULL);

    if (rc == JNY_ECRC || rc == JNY_EDATA) {
        return JNY_END;
    }

    if (rc != JNY_OK || s->blk.stages.n > 0) {
        return rc;
    }

    if (writer != 0 && jny_idset_add(&s->without, writer) != 0) {
        return JNY_ENOMEM;
    }

    return JNY_END;
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

    rc = JNY_END;

    for (uint32_t i = 0; rc == JNY_END && i < nrefs; i++) {
        rc = jny_stage_try(s, s->newest[i]);
    }

    return rc;
}


static int
jny_stage_copy(const jny_dict_t *list, jny_arena_t *arena,
    jny_slice_t stages[JNY_MAX_STAGES], unsigned *n)
{
    const jny_slice_t  *name;

    for (uint32_t i = 0; i < list->n && i < JNY_MAX_STAGES; i++) {
        name = &list->entries[i];
        stages[i].data = jny_arena_copy(arena, name->data, name->len);
        stages[i].len = name->len;

        if (stages[i].data == NULL) {
            return JNY_ENOMEM;
        }

        *n = i + 1;
    }

    return JNY_OK;
}


int
jny_stage_list(const jny_block_ref_t *refs, uint32_t nrefs,
    jny_arena_t *arena, jny_slice_t stages[JNY_MAX_STAGES], unsigned *n)
{
    int                 rc;
    jny_stage_search_t  s = { 0 };

    *n = 0;
    jny_block_init(&s.blk, &jny_heap);
    s.inf = jny_inflater_new();
    s.newest = malloc(((size_t) nrefs + 1) * sizeof(*s.newest));

    rc = s.inf != NULL && s.newest != NULL ? jny_stage_search(&s, refs, nrefs)
                                           : JNY_ENOMEM;

    if (rc == JNY_OK) {
        rc = jny_stage_copy(&s.blk.stages, arena, stages, n);
    }

    jny_idset_release(&s.without);
    jny_block_release(&s.blk);
    jny_inflater_free(s.inf);
    free(s.newest);

    return rc == JNY_END ? JNY_OK : rc;
}
