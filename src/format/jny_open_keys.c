/*
 * jny_open_keys.c - the keys of a payload (docs/FORMAT.md, "Payload").
 *
 * Keys may come in any order, so they are collected before any is read; keys
 * of later minor versions are passed over.
 */

#include "jny_open.h"

#include <string.h>


#define JNY_SHOWN  40    /* bytes of a culprit that a message shows */

static const struct {
    const char           *name;
    msgpack_object_type   type;
    int                   required;
} jny_keys[JNY_KEY_COUNT] = {
#define JNY_X(id, name, type, required)                                        \
    { name, MSGPACK_OBJECT_##type, required },
    JNY_KEY_MAP(JNY_X)
#undef JNY_X
};


int
jny_open_fail(const jny_open_t *o, const msgpack_object *text,
    const char *what)
{
    jny_slice_t  s;

    s = jny_open_text(text);

    jny_diag_set(o->diag, (uint64_t) (s.data - o->payload.data), "\"%.*s\": %s",
                 s.len < JNY_SHOWN ? (int) s.len : JNY_SHOWN,
                 (const char *) s.data, what);

    return JNY_EDATA;
}


int
jny_open_is(const msgpack_object *text, const char *name)
{
    return text->via.str.size == strlen(name)
           && memcmp(text->via.str.ptr, name, text->via.str.size) == 0;
}


jny_slice_t
jny_open_text(const msgpack_object *text)
{
    jny_slice_t  s;

    s.data = (const uint8_t *) text->via.str.ptr;
    s.len = text->via.str.size;

    return s;
}


static int
jny_open_key(jny_open_t *o, const msgpack_object_kv *kv, unsigned key)
{
    if (o->at[key] != NULL) {
        return jny_open_fail(o, &kv->key, "key appears twice");
    }

    /* t0 alone may lie before 1970 */
    if (kv->val.type != jny_keys[key].type
        && !(key == JNY_KEY_T0
             && kv->val.type == MSGPACK_OBJECT_NEGATIVE_INTEGER))
    {
        return jny_open_fail(o, &kv->key, "value has the wrong type");
    }

    o->at[key] = &kv->val;

    return JNY_OK;
}


int
jny_open_keys(jny_open_t *o, const msgpack_object *root)
{
    int                       rc;
    unsigned                  k;
    const msgpack_object_kv  *kv;

    for (uint32_t i = 0; i < root->via.map.size; i++) {
        kv = &root->via.map.ptr[i];

        if (kv->key.type != MSGPACK_OBJECT_STR) {
            jny_diag_set(o->diag, 0, "payload has a key that is no text");
            return JNY_EDATA;
        }

        for (k = 0; k < JNY_KEY_COUNT; k++) {
            if (jny_open_is(&kv->key, jny_keys[k].name)) {
                break;
            }
        }

        if (k == JNY_KEY_COUNT) {
            o->blk->unknown = 1;
            continue;
        }

        rc = jny_open_key(o, kv, k);
        if (rc != JNY_OK) {
            return rc;
        }
    }

    for (k = 0; k < JNY_KEY_COUNT; k++) {
        if (jny_keys[k].required && o->at[k] == NULL) {
            jny_diag_set(o->diag, 0, "payload lacks \"%s\"", jny_keys[k].name);
            return JNY_EDATA;
        }
    }

    return JNY_OK;
}


int
jny_open_texts(jny_open_t *o, const msgpack_object_array *array, size_t max,
    jny_dict_t *dict)
{
    jny_slice_t           *to;
    const msgpack_object  *item;

    to = o->blk->memory.texts + o->blk->memory.texts_used;

    for (uint32_t i = 0; i < array->size; i++) {
        item = &array->ptr[i];

        if (item->type != MSGPACK_OBJECT_STR) {
            jny_diag_set(o->diag, 0, "dictionary entry %u is no text", i);
            return JNY_EDATA;
        }

        if (item->via.str.size > max) {
            return jny_open_fail(o, item, "text is too long");
        }

        to[i] = jny_open_text(item);
    }

    o->blk->memory.texts_used += array->size;
    dict->entries = to;
    dict->n = array->size;

    return JNY_OK;
}
