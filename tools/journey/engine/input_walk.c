/*
 * input_walk.c - segments to blocks.
 *
 * Past damage, only places anchored by a known writer (or by a chain of
 * headers to the end of the log) are trusted; a writer may be known from any
 * file of the run.  So all segments are walked, and walked again as long as
 * that brought writers to light while damage was met: the result does not
 * depend on the order of the files.  Without damage once is enough.
 */

#include "engine/input_private.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "engine/heap.h"
#include "jny_walk.h"


/* One segment being walked. */
typedef struct {
    jny_input_t     *in;
    uint32_t         segment;
    jny_walk_t       walk;
    int              adjacent;   /* the newest ref ends at walk.offset */
    jny_inflater_t  *inf;
    jny_block_t     *blk;
} jny_input_walker_t;


static uint32_t
jny_input_writer_place(const jny_input_t *in, uint64_t writer)
{
    uint32_t  lo, hi, mid;

    lo = 0;
    hi = in->nwriters;

    while (lo < hi) {
        mid = lo + (hi - lo) / 2;

        if (in->writers[mid] < writer) {
            lo = mid + 1;
        } else {
            hi = mid;
        }
    }

    return lo;
}


static int
jny_input_writer_known(void *ctx, uint64_t writer)
{
    uint32_t            at;
    const jny_input_t  *in = ctx;

    at = jny_input_writer_place(in, writer);

    return at < in->nwriters && in->writers[at] == writer;
}


static int
jny_input_writer_add(jny_input_t *in, uint64_t writer)
{
    uint32_t  at;

    at = jny_input_writer_place(in, writer);

    if (at < in->nwriters && in->writers[at] == writer) {
        return JNY_OK;
    }

    if (jny_input_grow(&in->writers, in->nwriters, &in->writers_cap,
                       sizeof(*in->writers))
        != JNY_OK)
    {
        return JNY_ENOMEM;
    }

    memmove(&in->writers[at + 1], &in->writers[at],
            (in->nwriters - at) * sizeof(*in->writers));
    in->writers[at] = writer;
    in->nwriters++;

    return JNY_OK;
}


static int
jny_input_ref_add(jny_input_t *in, const jny_block_ref_t *ref)
{
    if (jny_input_grow(&in->refs, in->nrefs, &in->refs_cap, sizeof(*ref))
        != JNY_OK)
    {
        return JNY_ENOMEM;
    }

    in->refs[in->nrefs++] = *ref;

    return jny_input_writer_add(in, ref->header.writer);
}


static uint64_t
jny_input_le64(const uint8_t *p)
{
    uint64_t  v;
    unsigned  b;

    v = 0;

    for (b = 0; b < 8; b++) {
        v |= (uint64_t) p[b] << (8 * b);
    }

    return v;
}


static int
jny_input_place_add(jny_input_walker_t *w, jny_damage_e kind, uint64_t offset,
                    uint64_t end, const jny_header_t *known,
                    const jny_diag_t *diag)
{
    jny_input_t          *in;
    jny_damage_t         *d;
    const uint8_t        *p;
    jny_input_place_t    *place;
    jny_input_segment_t  *s;

    in = w->in;
    s = &in->segments[w->segment];

    /* A cut layer is said where it stands, not once more where it ends. */

    if (s->rc == JNY_ETRUNC && end == s->bytes.len
        && kind != JNY_DAMAGE_PAYLOAD)
    {
        return JNY_OK;
    }

    if (jny_input_grow(&in->places, in->nplaces, &in->places_cap,
                       sizeof(*place))
        != JNY_OK)
    {
        return JNY_ENOMEM;
    }

    place = &in->places[in->nplaces++];
    memset(place, 0, sizeof(*place));

    d = &place->damage;
    d->kind = kind;
    d->file = s->file;
    d->offset = offset;
    d->len = end - offset;
    snprintf(d->what, sizeof(d->what), "%s",
             jny_input_why(in, s->file, diag->what));

    if (known != NULL) {
        d->writer = known->writer;
        d->seq = known->seq;
        d->events = known->nevents;
        d->events_known = 1;
        place->explained = kind != JNY_DAMAGE_TORN;
        return JNY_OK;
    }

    /* Where a header would have its writer, seq and base (jny_header.h). */

    if (end - offset >= JNY_HEADER_LEN) {
        p = s->bytes.data + offset;
        place->claim.writer = jny_input_le64(p + 36);
        place->claim.seq = jny_input_le64(p + 44);
        place->claim.base = jny_input_le64(p + 52);
    }

    return JNY_OK;
}


/*
 * Whether the newest block is what is wrong: cut short in the middle of a
 * file, its length leads into the blocks behind it.
 */
static int
jny_input_newest_is_bad(jny_input_walker_t *w, jny_diag_t *diag)
{
    int                     rc;
    jny_diag_t              why;
    const jny_block_ref_t  *ref;

    if (!w->adjacent) {
        return 0;
    }

    ref = &w->in->refs[w->in->nrefs - 1];

    rc = jny_input_read(ref, w->inf, w->blk, &why);

    if (rc != JNY_ECRC && rc != JNY_EDATA) {
        return 0;
    }

    *diag = why;

    return 1;
}


/* At walk.offset stands no block: finds out what does, and moves on. */
static int
jny_input_walk_damage(jny_input_walker_t *w, int rc, jny_diag_t *diag)
{
    int           kind, bad;
    uint64_t      start;
    jny_slice_t   rest;
    jny_header_t  h, *known;
    jny_input_t  *in;

    in = w->in;
    kind = JNY_DAMAGE_HEADER;
    known = NULL;
    start = w->walk.offset;

    bad = rc == JNY_EHEADER && jny_input_newest_is_bad(w, diag);

    if (bad) {
        in->nrefs--;
        h = in->refs[in->nrefs].header;
        start = in->refs[in->nrefs].offset;
        known = &h;
        kind = JNY_DAMAGE_PAYLOAD;

    } else if (rc == JNY_ETRUNC) {
        kind = JNY_DAMAGE_TORN;
        rest.data = w->walk.log.data + start;
        rest.len = w->walk.log.len - start;

        if (jny_header_decode(rest, &h, NULL) == JNY_OK) {
            known = &h;
        }
    }

    w->adjacent = 0;
    w->walk.offset = start;

    rc = jny_walk_resync(&w->walk, jny_input_writer_known, in);

    if (kind == JNY_DAMAGE_TORN && rc == JNY_OK) {
        kind = known != NULL ? JNY_DAMAGE_PAYLOAD : JNY_DAMAGE_HEADER;
    }

    return jny_input_place_add(w, kind, start, w->walk.offset, known, diag);
}


/*
 * A gzip layer breaks off or does not check.  Nobody writes a log this way
 * while it is read, so a cut is damage, unlike one inside a block.
 */
static int
jny_input_walk_broken(jny_input_walker_t *w, const jny_input_segment_t *layer,
    const jny_diag_t *diag)
{
    int           rc;
    uint32_t      n;
    uint64_t      start;
    jny_input_t  *in;

    in = w->in;
    n = in->nplaces;

    start = w->walk.offset + layer->consumed;
    w->walk.offset = start;
    w->adjacent = 0;

    (void) jny_walk_resync(&w->walk, jny_input_writer_known, in);

    /* What came before the cut was read: the damage is where bytes lack. */

    if (layer->rc == JNY_ETRUNC && w->walk.offset == w->walk.log.len) {
        start = w->walk.offset;
    }

    rc = jny_input_place_add(w, JNY_DAMAGE_HEADER, start, w->walk.offset, NULL,
        diag);

    /* Nothing behind it tells what it held: no gap is charged to it. */

    if (in->nplaces > n && w->walk.offset == w->walk.log.len) {
        in->places[n].explained = 1;
    }

    return rc;
}


/* A gzip layer at walk.offset, or damage. */
static int
jny_input_walk_other(jny_input_walker_t *w, int rc, jny_diag_t *diag)
{
    int       layer;
    uint32_t  child;

    layer = JNY_EHEADER;

    if (rc == JNY_EHEADER) {
        layer = jny_input_expand(w->in, w->segment, w->walk.offset, &child,
                                 diag);
    }

    switch (layer) {

    case JNY_ENOMEM:
        return JNY_ENOMEM;

    case JNY_OK:
        w->walk.offset += w->in->segments[child].consumed;
        w->adjacent = 0;
        return JNY_OK;

    case JNY_EHEADER:
        return jny_input_walk_damage(w, rc, diag);

    default:
        return jny_input_walk_broken(w, &w->in->segments[child], diag);
    }
}


static int
jny_input_walk_blocks(jny_input_walker_t *w)
{
    int                   rc;
    jny_diag_t            diag;
    jny_block_ref_t       ref;
    jny_input_segment_t  *s;

    s = &w->in->segments[w->segment];
    jny_walk_init(&w->walk, s->bytes);
    w->adjacent = 0;

    memset(&ref, 0, sizeof(ref));
    ref.file = s->file;

    for (;;) {
        ref.offset = w->walk.offset;
        diag.what[0] = '\0';

        rc = jny_walk_next(&w->walk, &ref.header, &ref.member, &diag);

        if (rc == JNY_END) {
            return JNY_OK;
        }

        if (rc == JNY_OK) {
            w->adjacent = 1;
            jny_map_done(ref.member.data, ref.member.len);
            rc = jny_input_ref_add(w->in, &ref);

        } else {
            rc = jny_input_walk_other(w, rc, &diag);
        }

        if (rc != JNY_OK) {
            return rc;
        }
    }
}


/* Payloads without frame: nothing to resync at, the rest is lost. */
static int
jny_input_walk_maps(jny_input_walker_t *w)
{
    int                   rc;
    size_t                used;
    jny_slice_t           rest;
    jny_diag_t            diag;
    jny_block_ref_t       ref;
    jny_input_segment_t  *s;

    s = &w->in->segments[w->segment];
    rest = s->bytes;

    memset(&ref, 0, sizeof(ref));
    ref.file = s->file;

    while (rest.len > 0) {
        ref.offset = s->bytes.len - rest.len;

        rc = jny_block_decode(w->blk, rest, &used, &diag);

        if (rc == JNY_EDATA) {
            return jny_input_place_add(w, JNY_DAMAGE_HEADER, ref.offset,
                                       s->bytes.len, NULL, &diag);
        }

        if (rc != JNY_OK) {
            return rc;
        }

        jny_block_header(w->blk, &ref.header);
        ref.payload.data = rest.data;
        ref.payload.len = used;

        rc = jny_input_ref_add(w->in, &ref);
        if (rc != JNY_OK) {
            return rc;
        }

        rest.data += used;
        rest.len -= used;
    }

    return JNY_OK;
}


static int
jny_input_walk_all(jny_input_walker_t *w)
{
    int           rc;
    jny_input_t  *in;

    in = w->in;
    in->nrefs = 0;
    in->nplaces = 0;
    rc = JNY_OK;

    /* Layers found on the way append segments. */

    for (w->segment = 0; rc == JNY_OK && w->segment < in->nsegments;
         w->segment++)
    {
        if (in->segments[w->segment].maps) {
            rc = jny_input_walk_maps(w);
        } else {
            rc = jny_input_walk_blocks(w);
        }
    }

    return rc;
}


int
jny_input_walk(jny_input_t *in)
{
    int                 rc;
    uint32_t            nwriters;
    jny_block_t         blk;
    jny_input_walker_t  w;

    memset(&w, 0, sizeof(w));
    w.in = in;
    w.blk = &blk;
    w.inf = jny_inflater_new();

    if (w.inf == NULL) {
        return JNY_ENOMEM;
    }

    jny_block_init(&blk, &jny_heap);

    do {
        nwriters = in->nwriters;
        rc = jny_input_walk_all(&w);
    } while (rc == JNY_OK && in->nplaces > 0 && in->nwriters > nwriters);

    jny_block_release(&blk);
    jny_inflater_free(w.inf);

    return rc;
}
