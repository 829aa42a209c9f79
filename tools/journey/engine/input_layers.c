/*
 * input_layers.c - gzip that is not ours: logrotate's "compress" around a
 * whole log, or a log that went through zcat and gzip again.  The first
 * inflates to blocks, the second to bare payloads one after the other.
 *
 * zlib's streaming inflate, because the size is not known beforehand and the
 * layer may break off anywhere.
 */

#include "engine/input_private.h"

#include <stdlib.h>
#include <string.h>
#include <zlib.h>


/*
 * How much a layer may inflate to: neither blocks, which are deflated
 * already, nor payloads come near this ratio; bombs do (up to 1032).
 */
#define JNY_LAYER_RATIO  256
#define JNY_LAYER_SLACK  ((uint64_t) 64 << 20)

#define JNY_GZIP_FEXTRA  0x04


/*
 * A gzip member without extra field.  Those with one are left alone: ours
 * have it, so a damaged block is never taken for somebody else's member.
 */
static int
jny_layer_begins(jny_slice_t s)
{
    return s.len >= 18 && s.data[0] == 0x1f && s.data[1] == 0x8b
           && s.data[2] == 8 && (s.data[3] & JNY_GZIP_FEXTRA) == 0;
}


typedef struct {
    z_stream  zs;
    uint8_t  *out;
    size_t    len;
    size_t    cap;
    size_t    limit;
} jny_layer_t;


static int
jny_layer_room(jny_layer_t *l)
{
    size_t    cap;
    uint8_t  *out;

    if (l->len < l->cap) {
        return JNY_OK;
    }

    if (l->len >= l->limit) {
        return JNY_ELIMIT;
    }

    cap = l->cap == 0 ? (size_t) 1 << 16 : l->cap * 2;
    cap = cap > l->limit ? l->limit : cap;

    out = realloc(l->out, cap);
    if (out == NULL) {
        return JNY_ENOMEM;
    }

    l->out = out;
    l->cap = cap;

    return JNY_OK;
}


/* Inflates the member at the front of s; *used is what it took. */
static int
jny_layer_member(jny_layer_t *l, jny_slice_t s, size_t *used)
{
    int     rc, zrc;
    size_t  in, left, room;

    left = s.len;
    zrc = Z_OK;
    rc = JNY_OK;

    while (zrc != Z_STREAM_END) {

        rc = jny_layer_room(l);
        if (rc != JNY_OK) {
            return rc;
        }

        in = left > (1u << 30) ? (1u << 30) : left;
        room = l->cap - l->len > (1u << 30) ? (1u << 30) : l->cap - l->len;

        l->zs.next_in = (Bytef *) (uintptr_t) (s.data + (s.len - left));
        l->zs.avail_in = (uInt) in;
        l->zs.next_out = l->out + l->len;
        l->zs.avail_out = (uInt) room;

        zrc = inflate(&l->zs, Z_NO_FLUSH);

        left -= in - l->zs.avail_in;
        l->len += room - l->zs.avail_out;

        if (zrc == Z_BUF_ERROR && left == 0) {
            return JNY_ETRUNC;
        }

        if (zrc == Z_MEM_ERROR) {
            return JNY_ENOMEM;
        }

        if (zrc != Z_OK && zrc != Z_STREAM_END) {
            return JNY_ECRC;
        }
    }

    *used = s.len - left;

    return JNY_OK;
}


/* All such members in a row. Those before a bad one stay in l. */
static int
jny_layer_inflate(jny_layer_t *l, jny_slice_t s, uint64_t *consumed)
{
    int     rc;
    size_t  used, good;

    if (inflateInit2(&l->zs, 15 + 16) != Z_OK) {
        return JNY_ENOMEM;
    }

    rc = JNY_OK;
    *consumed = 0;

    while (rc == JNY_OK && jny_layer_begins(s)) {

        good = l->len;
        used = 0;

        rc = jny_layer_member(l, s, &used);

        if (rc == JNY_OK) {
            s.data += used;
            s.len -= used;
            *consumed += used;
            inflateReset(&l->zs);

        } else if (rc != JNY_ETRUNC && l->len >= 2 && l->out[0] != 0x1f) {

            /*
             * Blocks check themselves; bare payloads only had this layer.
             * What stands before a cut is not wrong for that.
             */
            l->len = good;
        }
    }

    inflateEnd(&l->zs);

    return rc;
}


static void
jny_layer_diag(int rc, uint64_t offset, jny_diag_t *diag)
{
    if (rc == JNY_ETRUNC) {
        jny_diag_set(diag, offset, "the gzip layer ends early");

    } else if (rc == JNY_ELIMIT) {
        jny_diag_set(diag, offset,
                     "the gzip layer inflates to more than %d times its size",
                     JNY_LAYER_RATIO);

    } else if (rc == JNY_ECRC) {
        jny_diag_set(diag, offset, "the gzip layer does not inflate or check");
    }
}


int
jny_input_expand(jny_input_t *in, uint32_t segment, uint64_t offset,
                 uint32_t *child, jny_diag_t *diag)
{
    uint32_t              i;
    jny_layer_t           l;
    jny_slice_t           s;
    jny_input_segment_t  *c;

    s = in->segments[segment].bytes;
    s.data += offset;
    s.len -= offset;

    if (!jny_layer_begins(s)
        || in->segments[segment].depth >= JNY_INPUT_DEPTH)
    {
        return JNY_EHEADER;
    }

    for (i = segment + 1; i < in->nsegments; i++) {
        c = &in->segments[i];

        if (c->parent == segment && c->parent_offset == offset) {
            jny_layer_diag(c->rc, offset, diag);
            *child = i;
            return c->rc;
        }
    }

    if (jny_input_grow(&in->segments, in->nsegments, &in->segments_cap,
                       sizeof(*c))
        != JNY_OK)
    {
        return JNY_ENOMEM;
    }

    memset(&l, 0, sizeof(l));
    l.limit = s.len > (SIZE_MAX - JNY_LAYER_SLACK) / JNY_LAYER_RATIO
                  ? SIZE_MAX
                  : s.len * JNY_LAYER_RATIO + JNY_LAYER_SLACK;

    c = &in->segments[in->nsegments];
    memset(c, 0, sizeof(*c));

    c->rc = jny_layer_inflate(&l, s, &c->consumed);

    if (c->rc == JNY_ENOMEM) {
        free(l.out);
        return JNY_ENOMEM;
    }

    c->file = in->segments[segment].file;
    c->heap = l.out;
    c->bytes.data = l.out;
    c->bytes.len = l.len;
    c->depth = in->segments[segment].depth + 1;
    c->maps = l.len >= 2 && l.out[0] != 0x1f;
    c->parent = segment;
    c->parent_offset = offset;

    *child = in->nsegments++;
    jny_layer_diag(c->rc, offset, diag);

    return c->rc;
}
