/*
 * jny_pack.c - the payload: msgpack-c writes the heads, columns are narrowed
 * straight into place behind them.
 *
 * The room is computed beforehand, so nothing here can fail.  Columns and
 * dictionaries that say nothing (all zero, only "") are left out.
 */

#include "jny_pack.h"
#include "jny_wire.h"

#include <msgpack.h>
#include <string.h>


#define JNY_SOURCE_SIZE  (1 + 5 * 9)    /* an array of five integers */

/* Where the packer writes. */
typedef struct {
    uint8_t  *data;
    size_t    len;
    size_t    room;
} jny_pack_out_t;


static int
jny_pack_write(void *ctx, const char *buf, size_t len)
{
    jny_pack_out_t  *out;

    out = ctx;

    if (out->room - out->len < len) {
        return -1;
    }

    memcpy(out->data + out->len, buf, len);
    out->len += len;

    return 0;
}


static void
jny_pack_text(msgpack_packer *pk, const void *data, size_t len)
{
    (void) msgpack_pack_str(pk, len);
    (void) msgpack_pack_str_body(pk, data, len);
}


static void
jny_pack_key(msgpack_packer *pk, const char *name)
{
    jny_pack_text(pk, name, strlen(name));
}


static void
jny_pack_number(msgpack_packer *pk, const char *name, uint64_t v)
{
    jny_pack_key(pk, name);
    (void) msgpack_pack_uint64(pk, v);
}


static void
jny_pack_field_key(msgpack_packer *pk, jny_slice_t name)
{
    (void) msgpack_pack_str(pk, name.len + 2);
    (void) msgpack_pack_str_body(pk, "x_", 2);
    (void) msgpack_pack_str_body(pk, name.data, name.len);
}


/* The head of a bin of len bytes; returns where its body goes. */
static uint8_t *
jny_pack_bin(msgpack_packer *pk, size_t len)
{
    uint8_t         *body;
    jny_pack_out_t  *out;

    out = pk->data;

    (void) msgpack_pack_bin(pk, len);
    body = out->data + out->len;
    out->len += len;

    return body;
}


static void
jny_pack_narrow(uint8_t *out, const uint32_t *v, uint32_t n, unsigned width)
{
    uint32_t  i;

    switch (width) {
    case 1:
        for (i = 0; i < n; i++) {
            out[i] = (uint8_t) v[i];
        }
        break;

    case 2:
        for (i = 0; i < n; i++) {
            jny_put_le16(out + 2 * (size_t) i, (uint16_t) v[i]);
        }
        break;

    default:
        for (i = 0; i < n; i++) {
            jny_put_le32(out + 4 * (size_t) i, v[i]);
        }
    }
}


static void
jny_pack_wide(uint8_t *out, const uint64_t *v, uint32_t n, unsigned width)
{
    uint32_t  i;

    switch (width) {
    case 1:
        for (i = 0; i < n; i++) {
            out[i] = (uint8_t) v[i];
        }
        break;

    case 2:
        for (i = 0; i < n; i++) {
            jny_put_le16(out + 2 * (size_t) i, (uint16_t) v[i]);
        }
        break;

    case 4:
        for (i = 0; i < n; i++) {
            jny_put_le32(out + 4 * (size_t) i, (uint32_t) v[i]);
        }
        break;

    default:
        for (i = 0; i < n; i++) {
            jny_put_le64(out + 8 * (size_t) i, v[i]);
        }
    }
}


static void
jny_pack_column(msgpack_packer *pk, const jny_store_t *s, uint32_t n)
{
    uint8_t  *body;

    body = jny_pack_bin(pk, (size_t) n * s->width);

    if (s->wide) {
        jny_pack_wide(body, s->data, n, s->width);

    } else {
        jny_pack_narrow(body, s->data, n, s->width);
    }
}


/* An index into logins, where the table pays for itself. */
static int
jny_pack_logins_indirect(const jny_columns_t *c)
{
    size_t  direct, indirect;

    direct = (size_t) c->n * sizeof(uint64_t);
    indirect = (size_t) c->n * c->number[JNY_NUMBER_LOGIN].width
               + (size_t) c->logins.n * sizeof(uint64_t);

    return c->logins.n > 1 && indirect < direct;
}


static void
jny_pack_direct_logins(msgpack_packer *pk, const jny_columns_t *c)
{
    uint8_t            *body;
    const jny_store_t  *s;

    s = &c->number[JNY_NUMBER_LOGIN];
    body = jny_pack_bin(pk, (size_t) c->n * sizeof(uint64_t));

    for (uint32_t i = 0; i < c->n; i++) {
        jny_put_le64(body + 8 * (size_t) i,
                     c->logins.ids[jny_store_at(s, i)]);
    }
}


static void
jny_pack_columns(msgpack_packer *pk, const jny_columns_t *c)
{
    unsigned  n;

    n = 0;

    for (unsigned i = 0; i < JNY_NUMBER_COUNT; i++) {
        n += c->number[i].width != 0;
    }

    for (unsigned i = 0; i < JNY_TEXT_COUNT; i++) {
        n += c->text[i].width != 0;
    }

    for (unsigned i = 0; i < c->info->nfields; i++) {
        n += c->field[i].width != 0;
    }

    jny_pack_key(pk, "col");
    (void) msgpack_pack_map(pk, n);

    for (unsigned i = 0; i < JNY_NUMBER_COUNT; i++) {
        if (c->number[i].width == 0) {
            continue;
        }

        jny_pack_key(pk, jny_number_names[i]);

        if (i == JNY_NUMBER_LOGIN && !jny_pack_logins_indirect(c)) {
            jny_pack_direct_logins(pk, c);

        } else {
            jny_pack_column(pk, &c->number[i], c->n);
        }
    }

    for (unsigned i = 0; i < JNY_TEXT_COUNT; i++) {
        if (c->text[i].width != 0) {
            jny_pack_key(pk, jny_text_names[i]);
            jny_pack_column(pk, &c->text[i], c->n);
        }
    }

    for (unsigned i = 0; i < c->info->nfields; i++) {
        if (c->field[i].width != 0) {
            jny_pack_field_key(pk, c->info->fields[i]);
            jny_pack_column(pk, &c->field[i], c->n);
        }
    }
}


static void
jny_pack_dict(msgpack_packer *pk, const jny_intern_t *t)
{
    jny_slice_t  s;

    (void) msgpack_pack_array(pk, t->n);

    for (uint32_t i = 0; i < t->n; i++) {
        s = jny_intern_entry(t, i);
        jny_pack_text(pk, s.data, s.len);
    }
}


static void
jny_pack_dicts(msgpack_packer *pk, const jny_columns_t *c)
{
    unsigned  n;

    n = c->agents.n > 1;

    for (unsigned i = 0; i < JNY_TEXT_COUNT; i++) {
        n += c->dict[i].n > 1;
    }

    for (unsigned i = 0; i < c->info->nfields; i++) {
        n += c->field_dict[i].n > 1;
    }

    jny_pack_key(pk, "dict");
    (void) msgpack_pack_map(pk, n);

    for (unsigned i = 0; i < JNY_TEXT_COUNT; i++) {
        if (c->dict[i].n > 1) {
            jny_pack_key(pk, jny_text_names[i]);
            jny_pack_dict(pk, &c->dict[i]);
        }
    }

    for (unsigned i = 0; i < c->info->nfields; i++) {
        if (c->field_dict[i].n > 1) {
            jny_pack_field_key(pk, c->info->fields[i]);
            jny_pack_dict(pk, &c->field_dict[i]);
        }
    }

    if (c->agents.n > 1) {
        jny_pack_key(pk, "agent");
        jny_pack_dict(pk, &c->agents);
    }
}


static void
jny_pack_table(msgpack_packer *pk, const char *name, const jny_idtab_t *t)
{
    uint8_t  *body;

    jny_pack_key(pk, name);
    body = jny_pack_bin(pk, t->n * sizeof(uint64_t));
    jny_put_le64(body, 0);

    for (uint32_t i = 1; i < t->n; i++) {
        jny_put_le64(body + 8 * (size_t) i, t->ids[i]);
    }
}


static void
jny_pack_agents(msgpack_packer *pk, const jny_columns_t *c)
{
    uint8_t   *body;
    unsigned   width;

    width = c->agents.n - 1 <= 0xff ? 1 : c->agents.n - 1 <= 0xffff ? 2 : 4;

    jny_pack_key(pk, "agents");
    body = jny_pack_bin(pk, (size_t) c->ids.n * width);
    jny_pack_narrow(body, c->ids.agents, c->ids.n, width);
}


static void
jny_pack_sources(msgpack_packer *pk, const jny_seal_t *seal)
{
    const jny_source_t  *s;

    jny_pack_key(pk, "sources");
    (void) msgpack_pack_array(pk, seal->nsources);

    for (uint32_t i = 0; i < seal->nsources; i++) {
        s = &seal->sources[i];
        (void) msgpack_pack_array(pk, 5);
        (void) msgpack_pack_uint64(pk, s->writer);
        (void) msgpack_pack_uint64(pk, s->first_seq);
        (void) msgpack_pack_uint64(pk, s->last_seq);
        (void) msgpack_pack_uint64(pk, s->events);
        (void) msgpack_pack_uint64(pk, s->erased);
    }
}


static void
jny_pack_head(msgpack_packer *pk, const jny_columns_t *c,
    const jny_seal_t *seal)
{
    const jny_log_info_t  *info;

    info = c->info;

    jny_pack_number(pk, "v", JNY_PAYLOAD_VERSION);
    jny_pack_number(pk, "n", c->n);
    jny_pack_number(pk, "flags", seal->flags);

    jny_pack_key(pk, "writer");
    jny_put_le64(jny_pack_bin(pk, sizeof(uint64_t)), info->writer);

    jny_pack_number(pk, "seq", seal->seq);
    jny_pack_number(pk, "base", seal->base);
    jny_pack_number(pk, "dropped", seal->dropped);
    jny_pack_number(pk, "erased", seal->erased);

    jny_pack_key(pk, "edge");
    jny_pack_text(pk, info->edge.data, info->edge.len);

    jny_pack_key(pk, "stages");
    (void) msgpack_pack_array(pk, info->nstages);

    for (unsigned i = 0; i < info->nstages; i++) {
        jny_pack_text(pk, info->stages[i].data, info->stages[i].len);
    }

    jny_pack_key(pk, "t0");
    (void) msgpack_pack_int64(pk, c->t0_ms);
}


size_t
jny_pack(const jny_columns_t *c, const jny_seal_t *seal, uint8_t *out,
    size_t room)
{
    int             ids, agents, logins, sources;
    jny_pack_out_t  to;
    msgpack_packer  pk;

    to.data = out;
    to.len = 0;
    to.room = room;
    msgpack_packer_init(&pk, &to, jny_pack_write);

    ids = c->ids.n > 1;
    agents = c->agents.n > 1;
    logins = jny_pack_logins_indirect(c);
    sources = (seal->flags & JNY_BLOCK_SORTED) != 0;

    /* eleven in the head, dict and col */
    (void) msgpack_pack_map(&pk,
                            (size_t) (13 + ids + agents + logins + sources));

    jny_pack_head(&pk, c, seal);
    jny_pack_dicts(&pk, c);

    if (ids) {
        jny_pack_table(&pk, "ids", &c->ids);
    }

    if (agents) {
        jny_pack_agents(&pk, c);
    }

    if (logins) {
        jny_pack_table(&pk, "logins", &c->logins);
    }

    jny_pack_columns(&pk, c);

    if (sources) {
        jny_pack_sources(&pk, seal);
    }

    return to.len;
}


size_t
jny_pack_size(const jny_columns_t *c, const jny_seal_t *seal)
{
    size_t  size;

    size = jny_columns_size(c);

    if (seal->flags & JNY_BLOCK_SORTED) {
        size += (size_t) seal->nsources * JNY_SOURCE_SIZE;
    }

    return size;
}
