/*
 * jny_open_columns.c - "col" and "fix" to plain columns.
 *
 * A column comes as n packed integers, which are lent as they are, or as one
 * integer for all rows; either may have exceptions.  Whatever is not lent is
 * written out into blk's memory: readers see one form only, and the cost is
 * a copy at memory speed.
 */

#include "jny_mem.h"
#include "jny_open.h"
#include "jny_wire.h"

#include <string.h>


#define JNY_FIX_PARTS  3


int
jny_open_field(jny_block_t *blk, jny_slice_t name)
{
    unsigned  i;

    if (name.len <= 2 || name.len > JNY_MAX_FIELD_NAME + 2
        || name.data[0] != 'x' || name.data[1] != '_')
    {
        return -1;
    }

    name.data += 2;
    name.len -= 2;

    for (i = 0; i < blk->nfields; i++) {
        if (jny_slice_same(blk->field_names[i], name)) {
            return (int) i;
        }
    }

    if (i < JNY_MAX_FIELDS) {
        blk->field_names[i] = name;
        blk->nfields++;
    }

    return (int) i;
}


int
jny_open_packed(const msgpack_object_bin *bin, uint32_t n, jny_column_t *c)
{
    uint32_t  width;

    if (n == 0) {
        return bin->size == 0 ? JNY_OK : JNY_EDATA;
    }

    width = bin->size / n;

    if (bin->size % n != 0
        || (width != 1 && width != 2 && width != 4 && width != 8))
    {
        return JNY_EDATA;
    }

    c->data = (const uint8_t *) bin->ptr;
    c->width = width;

    return JNY_OK;
}


/* The number of the column that a key names; -1: unknown. */
static int
jny_open_column_number(const msgpack_object *key)
{
    for (unsigned k = 0; k < JNY_NUMBER_COUNT; k++) {
        if (jny_open_is(key, jny_number_names[k])) {
            return (int) k;
        }
    }

    for (unsigned k = 0; k < JNY_TEXT_COUNT; k++) {
        if (jny_open_is(key, jny_text_names[k])) {
            return (int) (JNY_COLUMN_TEXT + k);
        }
    }

    return -1;
}


static int
jny_open_find_column(jny_open_t *o, const msgpack_object *key, int *number)
{
    int  field;

    if (key->type != MSGPACK_OBJECT_STR) {
        jny_diag_set(o->diag, 0, "a column's name is no text");
        return JNY_EDATA;
    }

    field = jny_open_field(o->blk, jny_open_text(key));

    if (field == JNY_MAX_FIELDS) {
        return jny_open_fail(o, key, "too many x_ columns");
    }

    *number = field >= 0 ? JNY_COLUMN_FIELD + field
                         : jny_open_column_number(key);

    o->blk->unknown |= *number < 0;

    return JNY_OK;
}


static jny_column_t *
jny_open_column(jny_block_t *blk, unsigned number)
{
    if (number < JNY_COLUMN_TEXT) {
        return &blk->number[number];
    }

    if (number < JNY_COLUMN_FIELD) {
        return &blk->text[number - JNY_COLUMN_TEXT];
    }

    return &blk->fields[number - JNY_COLUMN_FIELD];
}


static const char *
jny_open_column_name(unsigned number)
{
    return number < JNY_COLUMN_TEXT    ? jny_number_names[number]
           : number < JNY_COLUMN_FIELD ? jny_text_names[number
                                                        - JNY_COLUMN_TEXT]
                                       : "x_";
}


static int
jny_open_one_column(jny_open_t *o, const msgpack_object_kv *kv)
{
    int          rc, number;
    jny_form_t  *form;

    rc = jny_open_find_column(o, &kv->key, &number);
    if (rc != JNY_OK || number < 0) {
        return rc;
    }

    form = &o->forms[number];

    if (form->present) {
        return jny_open_fail(o, &kv->key, "column appears twice");
    }

    form->present = 1;

    if (kv->val.type == MSGPACK_OBJECT_POSITIVE_INTEGER) {
        form->constant = 1;
        form->base = kv->val.via.u64;
        return JNY_OK;
    }

    if (kv->val.type != MSGPACK_OBJECT_BIN
        || jny_open_packed(&kv->val.via.bin, o->blk->nevents,
                           jny_open_column(o->blk, (unsigned) number))
           != JNY_OK)
    {
        return jny_open_fail(o, &kv->key,
                             "column is not 1, 2, 4 or 8 bytes an event");
    }

    return JNY_OK;
}


/* [k, gaps, values]; that the rows lie in order below n is seen later. */
static int
jny_open_exceptions(jny_form_t *form, const msgpack_object *fix, uint32_t n)
{
    const msgpack_object  *part;

    if (fix->type != MSGPACK_OBJECT_ARRAY
        || fix->via.array.size != JNY_FIX_PARTS)
    {
        return JNY_EDATA;
    }

    part = fix->via.array.ptr;

    if (part[0].type != MSGPACK_OBJECT_POSITIVE_INTEGER
        || part[0].via.u64 == 0 || part[0].via.u64 > n
        || part[1].type != MSGPACK_OBJECT_BIN
        || part[2].type != MSGPACK_OBJECT_BIN)
    {
        return JNY_EDATA;
    }

    form->nfix = (uint32_t) part[0].via.u64;

    if (jny_open_packed(&part[1].via.bin, form->nfix, &form->gaps) != JNY_OK
        || jny_open_packed(&part[2].via.bin, form->nfix, &form->values)
           != JNY_OK)
    {
        return JNY_EDATA;
    }

    return JNY_OK;
}


static int
jny_open_one_fix(jny_open_t *o, const msgpack_object_kv *kv)
{
    int          rc, number;
    jny_form_t  *form;

    rc = jny_open_find_column(o, &kv->key, &number);
    if (rc != JNY_OK || number < 0) {
        return rc;
    }

    form = &o->forms[number];

    if (form->nfix != 0) {
        return jny_open_fail(o, &kv->key, "exceptions appear twice");
    }

    if (jny_open_exceptions(form, &kv->val, o->blk->nevents) != JNY_OK) {
        return jny_open_fail(o, &kv->key, "exceptions are invalid");
    }

    return JNY_OK;
}


static unsigned
jny_form_width(const jny_form_t *form, const jny_column_t *c)
{
    unsigned  width;

    width = c->width;

    if (form->constant) {
        width = form->base == 0 ? 0 : form->base <= 0xff ? 1
                : form->base <= 0xffff ? 2 : form->base <= 0xffffffff ? 4 : 8;
    }

    return form->values.width > width ? form->values.width : width;
}


/* One loop for each pair of widths: a switch for each row would cost more. */
#define JNY_FORM_COPY(from, to)                                                \
    for (uint32_t i = 0; i < n; i++) {                                         \
        JNY_FORM_PUT_##to(out, i, JNY_FORM_GET_##from(c->data, i));            \
    }

#define JNY_FORM_GET_1(p, i)     ((p)[i])
#define JNY_FORM_GET_2(p, i)     jny_get_le16((p) + 2 * (size_t) (i))
#define JNY_FORM_GET_4(p, i)     jny_get_le32((p) + 4 * (size_t) (i))

#define JNY_FORM_PUT_1(p, i, v)  ((p)[i] = (uint8_t) (v))
#define JNY_FORM_PUT_2(p, i, v)                                                \
    jny_put_le16((p) + 2 * (size_t) (i), (uint16_t) (v))
#define JNY_FORM_PUT_4(p, i, v)                                                \
    jny_put_le32((p) + 4 * (size_t) (i), (uint32_t) (v))
#define JNY_FORM_PUT_8(p, i, v)  jny_put_le64((p) + 8 * (size_t) (i), (v))

/* Gaps are at least 1 but for the first, and lead to rows below n. */
#define JNY_FORM_PATCH(to)                                                     \
    for (uint32_t i = 0; i < form->nfix; i++) {                                \
        gap = jny_column_at(&form->gaps, i);                                   \
                                                                               \
        if (gap >= n - row || (gap == 0 && i != 0)) {                          \
            return JNY_EDATA;                                                  \
        }                                                                      \
                                                                               \
        row += gap;                                                            \
        JNY_FORM_PUT_##to(out, row, jny_column_at(&form->values, i));          \
    }                                                                          \
                                                                               \
    return JNY_OK


static int
jny_form_patch(const jny_form_t *form, uint32_t n, unsigned width,
    uint8_t *out)
{
    uint64_t  gap, row;

    row = 0;

    switch (width) {
    case 1:
        JNY_FORM_PATCH(1);
    case 2:
        JNY_FORM_PATCH(2);
    case 4:
        JNY_FORM_PATCH(4);
    default:
        JNY_FORM_PATCH(8);
    }
}


/* The narrow integers of c as integers of width bytes. */
static void
jny_form_widen(const jny_column_t *c, uint32_t n, unsigned width, uint8_t *out)
{
    switch (c->width * 10 + width) {
    case 12:
        JNY_FORM_COPY(1, 2)
        break;
    case 14:
        JNY_FORM_COPY(1, 4)
        break;
    case 18:
        JNY_FORM_COPY(1, 8)
        break;
    case 24:
        JNY_FORM_COPY(2, 4)
        break;
    case 28:
        JNY_FORM_COPY(2, 8)
        break;
    default:
        JNY_FORM_COPY(4, 8)
    }
}


static void
jny_form_repeat(uint64_t base, uint32_t n, unsigned width, uint8_t *out)
{
    uint32_t  i;

    switch (width) {
    case 1:
        memset(out, (int) base, n);
        break;
    case 2:
        for (i = 0; i < n; i++) {
            JNY_FORM_PUT_2(out, i, base);
        }
        break;
    case 4:
        for (i = 0; i < n; i++) {
            JNY_FORM_PUT_4(out, i, base);
        }
        break;
    default:
        for (i = 0; i < n; i++) {
            JNY_FORM_PUT_8(out, i, base);
        }
    }
}


/*
 * Writes all n rows of a column to out, as integers of width bytes.
 * JNY_EDATA where exceptions lie outside.
 */
static int
jny_form_expand(const jny_form_t *form, const jny_column_t *c, uint32_t n,
    unsigned width, uint8_t *out)
{
    if (c->width == 0) {
        jny_form_repeat(form->base, n, width, out);

    } else if (c->width == width) {
        memcpy(out, c->data, (size_t) n * width);

    } else {
        jny_form_widen(c, n, width, out);
    }

    return jny_form_patch(form, n, width, out);
}


/* Columns that are not lent as they are get memory and are written out. */
static int
jny_open_expand(jny_open_t *o)
{
    int            rc;
    void          *p;
    size_t         size;
    uint8_t       *out;
    unsigned       width[JNY_COLUMN_COUNT];
    jny_block_t   *blk;
    jny_column_t  *c;

    blk = o->blk;
    size = 0;

    for (unsigned i = 0; i < JNY_COLUMN_COUNT; i++) {
        width[i] = 0;

        if (o->forms[i].constant || o->forms[i].nfix != 0) {
            width[i] = jny_form_width(&o->forms[i], jny_open_column(blk, i));
            size += (size_t) width[i] * blk->nevents;
        }
    }

    p = blk->memory.columns;
    rc = jny_mem_reserve(&blk->memory.alloc, &p, &blk->memory.columns_size,
                         size);
    blk->memory.columns = p;

    if (rc != JNY_OK) {
        return rc;
    }

    out = blk->memory.columns;

    for (unsigned i = 0; i < JNY_COLUMN_COUNT; i++) {
        if (width[i] == 0 || blk->nevents == 0) {
            continue;
        }

        c = jny_open_column(blk, i);

        if (jny_form_expand(&o->forms[i], c, blk->nevents, width[i], out)
            != JNY_OK)
        {
            jny_diag_set(o->diag, 0, "exceptions of column \"%s\" are invalid",
                         jny_open_column_name(i));
            return JNY_EDATA;
        }

        c->data = out;
        c->width = width[i];
        out += (size_t) width[i] * blk->nevents;
    }

    return JNY_OK;
}


int
jny_open_columns(jny_open_t *o)
{
    int                        rc;
    const msgpack_object_map  *map;

    rc = JNY_OK;

    if (o->at[JNY_KEY_COL] != NULL) {
        map = &o->at[JNY_KEY_COL]->via.map;

        for (uint32_t i = 0; rc == JNY_OK && i < map->size; i++) {
            rc = jny_open_one_column(o, &map->ptr[i]);
        }
    }

    if (o->at[JNY_KEY_FIX] != NULL) {
        map = &o->at[JNY_KEY_FIX]->via.map;

        for (uint32_t i = 0; rc == JNY_OK && i < map->size; i++) {
            rc = jny_open_one_fix(o, &map->ptr[i]);
        }
    }

    return rc == JNY_OK ? jny_open_expand(o) : rc;
}
