/*
 * jny_pack.c - the payload, key by key.
 *
 * The room is computed beforehand, so nothing here can fail.  Columns and
 * dictionaries that say nothing (all zero, only "") are left out.
 */

#include "jny_pack.h"
#include "jny_pack_columns.h"
#include "jny_wire.h"

#include <string.h>


#define JNY_HEAD_KEYS    11             /* what jny_pack_head() always writes */
#define JNY_SOURCE_PARTS   10
#define JNY_SOURCE_SIZE    (1 + 9 * 9 + 5)  /* an array, its integers, the
                                               head of the edge */


static void
jny_pack_dict(jny_packer_t *p, const jny_intern_t *t)
{
    jny_slice_t  s;

    (void) msgpack_pack_array(&p->pk, t->n);

    for (uint32_t i = 0; i < t->n; i++) {
        s = jny_intern_entry(t, i);
        jny_packer_text(p, s.data, s.len);
    }
}


static void
jny_pack_dicts(jny_packer_t *p, const jny_columns_t *c)
{
    unsigned  n;

    n = c->agents.n > 1;

    for (unsigned i = 0; i < JNY_TEXT_COUNT; i++) {
        n += c->dict[i].n > 1;
    }

    for (unsigned i = 0; i < c->info->nfields; i++) {
        n += c->field_dict[i].n > 1;
    }

    jny_packer_key(p, "dict");
    (void) msgpack_pack_map(&p->pk, n);

    for (unsigned i = 0; i < JNY_TEXT_COUNT; i++) {
        if (c->dict[i].n > 1) {
            jny_packer_key(p, jny_text_names[i]);
            jny_pack_dict(p, &c->dict[i]);
        }
    }

    for (unsigned i = 0; i < c->info->nfields; i++) {
        if (c->field_dict[i].n > 1) {
            jny_packer_field(p, c->info->fields[i]);
            jny_pack_dict(p, &c->field_dict[i]);
        }
    }

    if (c->agents.n > 1) {
        jny_packer_key(p, "agent");
        jny_pack_dict(p, &c->agents);
    }
}


static void
jny_pack_table(jny_packer_t *p, const char *name, const jny_idtab_t *t)
{
    uint8_t  *body;

    jny_packer_key(p, name);
    body = jny_packer_bin(p, t->n * sizeof(uint64_t));
    jny_put_le64(body, 0);

    for (uint32_t i = 1; i < t->n; i++) {
        jny_put_le64(body + 8 * (size_t) i, t->ids[i]);
    }
}


static void
jny_pack_agents(jny_packer_t *p, const jny_columns_t *c)
{
    uint8_t   *body;
    unsigned   width;

    width = jny_width(c->agents.n - 1);

    jny_packer_key(p, "agents");
    body = jny_packer_bin(p, (size_t) c->ids.n * width);
    jny_pack_narrow(body, c->ids.agents, c->ids.n, width);
}


static void
jny_pack_sources(jny_packer_t *p, const jny_seal_t *seal)
{
    const jny_source_t  *s;

    jny_packer_key(p, "sources");
    (void) msgpack_pack_array(&p->pk, seal->nsources);

    for (uint32_t i = 0; i < seal->nsources; i++) {
        s = &seal->sources[i];
        (void) msgpack_pack_array(&p->pk, JNY_SOURCE_PARTS);
        (void) msgpack_pack_uint64(&p->pk, s->writer);
        (void) msgpack_pack_uint64(&p->pk, s->first_seq);
        (void) msgpack_pack_uint64(&p->pk, s->last_seq);
        (void) msgpack_pack_uint64(&p->pk, s->events);
        (void) msgpack_pack_uint64(&p->pk, s->erased);
        (void) msgpack_pack_uint64(&p->pk, s->base);
        (void) msgpack_pack_uint64(&p->pk, s->dropped_first);
        (void) msgpack_pack_uint64(&p->pk, s->dropped);
        (void) msgpack_pack_uint64(&p->pk, s->flags);
        jny_packer_text(p, s->edge.data, s->edge.len);
    }
}


static void
jny_pack_head(jny_packer_t *p, const jny_columns_t *c,
    const jny_seal_t *seal)
{
    const jny_log_info_t  *info;

    info = c->info;

    jny_packer_number(p, "v", JNY_PAYLOAD_VERSION);
    jny_packer_number(p, "n", c->n);
    jny_packer_number(p, "flags", seal->flags);

    jny_packer_key(p, "writer");
    jny_put_le64(jny_packer_bin(p, sizeof(uint64_t)), info->writer);

    jny_packer_number(p, "seq", seal->seq);
    jny_packer_number(p, "base", seal->base);
    jny_packer_number(p, "dropped", seal->dropped);
    jny_packer_number(p, "erased", seal->erased);

    jny_packer_key(p, "edge");
    jny_packer_text(p, info->edge.data, info->edge.len);

    jny_packer_key(p, "stages");
    (void) msgpack_pack_array(&p->pk, info->nstages);

    for (unsigned i = 0; i < info->nstages; i++) {
        jny_packer_text(p, info->stages[i].data, info->stages[i].len);
    }

    if (info->listed_ms > 0) {
        jny_packer_number(p, "listed", (uint64_t) info->listed_ms);
    }

    jny_packer_key(p, "t0");
    (void) msgpack_pack_int64(&p->pk, c->t0_ms);
}


size_t
jny_pack(const jny_columns_t *c, const jny_seal_t *seal, uint8_t *out,
    size_t room, jny_parts_t *bins)
{
    int           ids, agents, sources, fixes, listed;
    jny_packer_t  p;
    jny_layout_t  layout;

    jny_packer_init(&p, out, room);
    jny_layout_init(&layout, c);

    ids = c->ids.n > 1;
    agents = c->agents.n > 1;
    fixes = layout.nfix != 0;
    listed = c->info->listed_ms > 0;
    sources = (seal->flags & JNY_BLOCK_SORTED) != 0;

    (void) msgpack_pack_map(&p.pk, (size_t) (JNY_HEAD_KEYS + 2 + ids + agents
                                             + layout.logins + fixes
                                             + listed + sources));

    jny_pack_head(&p, c, seal);
    jny_pack_dicts(&p, c);

    if (ids) {
        jny_pack_table(&p, "ids", &c->ids);
    }

    if (agents) {
        jny_pack_agents(&p, c);
    }

    if (layout.logins) {
        jny_pack_table(&p, "logins", &c->logins);
    }

    jny_layout_pack_columns(&layout, c, &p);

    if (fixes) {
        jny_layout_pack_fixes(&layout, c, &p);
    }

    if (sources) {
        jny_pack_sources(&p, seal);
    }

    *bins = p.bins;

    return p.len;
}


size_t
jny_pack_sources_size(const jny_seal_t *seal, uint32_t *objects)
{
    size_t  size;

    size = 0;
    *objects = 0;

    if (seal->flags & JNY_BLOCK_SORTED) {
        size = (size_t) seal->nsources * JNY_SOURCE_SIZE;
        *objects = seal->nsources * (JNY_SOURCE_PARTS + 1);

        for (uint32_t i = 0; i < seal->nsources; i++) {
            size += seal->sources[i].edge.len;
        }
    }

    return size;
}


size_t
jny_pack_size(const jny_columns_t *c, const jny_seal_t *seal)
{
    uint32_t  objects;

    return jny_columns_size(c) + jny_pack_sources_size(seal, &objects);
}
