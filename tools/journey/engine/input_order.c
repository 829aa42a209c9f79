/*
 * input_order.c - the order in which blocks are read.  It decides between
 * events of one visitor and one millisecond, so segments come before what is
 * not compacted yet, older ones first: what one writer wrote keeps its order,
 * in whichever of them it now stands.
 */

#include "engine/input_private.h"

#include <stdlib.h>
#include <string.h>


#define jny_input_cmp(a, b) (((a) > (b)) - ((a) < (b)))

/* Refs of one segment, which stand together. */
typedef struct {
    int64_t   from_ms;
    uint64_t  writer;
    uint32_t  first;
    uint32_t  n;
} jny_input_stretch_t;


static int
jny_input_stretch_order(const void *x, const void *y)
{
    int                         order;
    const jny_input_stretch_t  *a = x, *b = y;

    order = jny_input_cmp(a->from_ms, b->from_ms);

    return order ? order : jny_input_cmp(a->writer, b->writer);
}


/* The stretches of segments in refs; how many. */
static uint32_t
jny_input_stretches(const jny_block_ref_t *refs, uint32_t nrefs,
    jny_input_stretch_t *stretches)
{
    uint32_t              i, n;
    const jny_header_t   *h;
    jny_input_stretch_t  *s;

    n = 0;

    for (i = 0; i < nrefs; i++) {
        h = &refs[i].header;

        if (!(h->flags & JNY_BLOCK_SORTED)) {
            continue;
        }

        s = n > 0 ? &stretches[n - 1] : NULL;

        if (s == NULL || s->writer != h->writer) {
            s = &stretches[n++];
            s->from_ms = h->t_min_ms;
            s->writer = h->writer;
            s->first = i;
            s->n = 0;
        }

        s->n++;
        s->from_ms = h->t_min_ms < s->from_ms ? h->t_min_ms : s->from_ms;
    }

    return n;
}


int
jny_input_order(jny_input_t *in)
{
    uint32_t              i, n, at;
    jny_block_ref_t      *refs;
    jny_input_stretch_t  *stretches;

    if (in->nsorted == 0 || in->nrefs == 0) {
        return JNY_OK;
    }

    refs = malloc(in->nrefs * sizeof(*refs));
    stretches = malloc(in->nrefs * sizeof(*stretches));

    if (refs == NULL || stretches == NULL) {
        free(refs);
        free(stretches);
        return JNY_ENOMEM;
    }

    memcpy(refs, in->refs, in->nrefs * sizeof(*refs));
    n = jny_input_stretches(refs, in->nrefs, stretches);
    qsort(stretches, n, sizeof(*stretches), jny_input_stretch_order);
    at = 0;

    for (i = 0; i < n; i++) {
        memcpy(in->refs + at, refs + stretches[i].first,
               stretches[i].n * sizeof(*refs));
        at += stretches[i].n;
    }

    for (i = 0; at < in->nrefs; i++) {
        if (!(refs[i].header.flags & JNY_BLOCK_SORTED)) {
            in->refs[at++] = refs[i];
        }
    }

    free(refs);
    free(stretches);

    return JNY_OK;
}
