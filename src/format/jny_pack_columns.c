/*
 * jny_pack_columns.c - columns, narrowed straight into place.
 *
 * Where a row is an exception its place in the column holds the low bytes of
 * the value: no reader sees them.
 */

#include "jny_pack_columns.h"
#include "jny_wire.h"

#include <string.h>


void
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
jny_pack_integer(uint8_t *out, uint64_t v, unsigned width)
{
    for (unsigned i = 0; i < width; i++) {
        out[i] = (uint8_t) (v >> (8 * i));
    }
}


/* An index into logins, where the table pays for itself. */
static int
jny_layout_logins(const jny_columns_t *c)
{
    size_t  direct, indirect;

    direct = (size_t) c->n * sizeof(uint64_t);
    indirect = (size_t) c->n * c->number[JNY_NUMBER_LOGIN].width
               + (size_t) c->logins.n * sizeof(uint64_t);

    return c->logins.n > 1 && indirect < direct;
}


static void
jny_layout_add(jny_layout_t *l, const jny_store_t *s, jny_slice_t name,
    uint32_t n, int plain)
{
    jny_shape_t  *shape;

    if (s->width == 0) {
        return;
    }

    shape = &l->shapes[l->n];

    if (plain) {
        memset(shape, 0, sizeof(*shape));
        shape->width = sizeof(uint64_t);

    } else {
        jny_shape_pick(s, n, shape);
    }

    l->names[l->n] = name;
    l->stores[l->n] = s;
    l->nfix += shape->nfix != 0;
    l->n++;
}


static jny_slice_t
jny_layout_name(const char *name)
{
    jny_slice_t  s;

    s.data = (const uint8_t *) name;
    s.len = strlen(name);

    return s;
}


void
jny_layout_init(jny_layout_t *l, const jny_columns_t *c)
{
    int  plain;

    l->n = 0;
    l->nfix = 0;
    l->logins = jny_layout_logins(c);

    for (unsigned i = 0; i < JNY_NUMBER_COUNT; i++) {
        plain = i == JNY_NUMBER_LOGIN && !l->logins;
        jny_layout_add(l, &c->number[i], jny_layout_name(jny_number_names[i]),
                       c->n, plain);
    }

    for (unsigned i = 0; i < JNY_TEXT_COUNT; i++) {
        jny_layout_add(l, &c->text[i], jny_layout_name(jny_text_names[i]),
                       c->n, 0);
    }

    l->first_field = l->n;

    for (unsigned i = 0; i < c->info->nfields; i++) {
        jny_layout_add(l, &c->field[i], c->info->fields[i], c->n, 0);
    }
}


static void
jny_layout_pack_name(const jny_layout_t *l, unsigned i, jny_packer_t *p)
{
    jny_slice_t  name;

    name = l->names[i];

    if (i < l->first_field) {
        jny_packer_text(p, name.data, name.len);

    } else {
        jny_packer_field(p, name);
    }
}


static void
jny_layout_pack_logins(const jny_columns_t *c, jny_packer_t *p)
{
    uint8_t            *body;
    const jny_store_t  *s;

    s = &c->number[JNY_NUMBER_LOGIN];
    body = jny_packer_bin(p, (size_t) c->n * sizeof(uint64_t));

    for (uint32_t i = 0; i < c->n; i++) {
        jny_put_le64(body + 8 * (size_t) i,
                     c->logins.ids[jny_store_at(s, i)]);
    }
}


static void
jny_layout_pack_column(const jny_store_t *s, const jny_shape_t *shape,
    uint32_t n, jny_packer_t *p)
{
    uint8_t  *body;

    if (shape->width == 0) {
        (void) msgpack_pack_uint64(&p->pk, shape->base);
        return;
    }

    body = jny_packer_bin(p, (size_t) n * shape->width);

    if (s->wide) {
        jny_pack_wide(body, s->data, n, shape->width);

    } else {
        jny_pack_narrow(body, s->data, n, shape->width);
    }
}


void
jny_layout_pack_columns(const jny_layout_t *l, const jny_columns_t *c,
    jny_packer_t *p)
{
    jny_packer_key(p, "col");
    (void) msgpack_pack_map(&p->pk, l->n);

    for (unsigned i = 0; i < l->n; i++) {
        jny_layout_pack_name(l, i, p);

        if (l->stores[i] == &c->number[JNY_NUMBER_LOGIN] && !l->logins) {
            jny_layout_pack_logins(c, p);

        } else {
            jny_layout_pack_column(l->stores[i], &l->shapes[i], c->n, p);
        }
    }
}


/* Gaps and values go to their bins together, in one pass over the rows. */
static void
jny_layout_pack_fix(const jny_store_t *s, const jny_shape_t *shape,
    uint32_t n, jny_packer_t *p)
{
    uint8_t   *gap, *value;
    uint32_t   last;

    (void) msgpack_pack_array(&p->pk, 3);
    (void) msgpack_pack_uint32(&p->pk, shape->nfix);
    gap = jny_packer_bin(p, (size_t) shape->nfix * shape->gap_width);
    value = jny_packer_bin(p, (size_t) shape->nfix * shape->value_width);
    last = 0;

    for (uint32_t i = jny_shape_next(shape, s, 0, n); i < n;
         i = jny_shape_next(shape, s, i + 1, n))
    {
        jny_pack_integer(gap, i - last, shape->gap_width);
        jny_pack_integer(value, jny_store_at(s, i), shape->value_width);
        gap += shape->gap_width;
        value += shape->value_width;
        last = i;
    }
}


void
jny_layout_pack_fixes(const jny_layout_t *l, const jny_columns_t *c,
    jny_packer_t *p)
{
    jny_packer_key(p, "fix");
    (void) msgpack_pack_map(&p->pk, l->nfix);

    for (unsigned i = 0; i < l->n; i++) {
        if (l->shapes[i].nfix != 0) {
            jny_layout_pack_name(l, i, p);
            jny_layout_pack_fix(l->stores[i], &l->shapes[i], c->n, p);
        }
    }
}
