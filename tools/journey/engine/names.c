/*
 * names.c - interners by kind, filled by whole dictionaries while scanning,
 * read by id afterwards.
 */

#include "engine/names.h"

#include <stdlib.h>
#include <string.h>

#include "engine/fold.h"
#include "engine/names_private.h"


jny_names_t *
jny_names_new(void)
{
    unsigned      k;
    jny_names_t  *names;

    names = calloc(1, sizeof(*names));
    if (names == NULL) {
        return NULL;
    }

    names->tuple_keys = jny_interner_new();

    for (k = 0; k < JNY_NAME_COUNT; k++) {
        names->kinds[k] = jny_interner_new();

        if (names->kinds[k] == NULL || names->tuple_keys == NULL) {
            jny_names_free(names);
            return NULL;
        }
    }

    return names;
}


void
jny_names_free(jny_names_t *names)
{
    unsigned  k;

    if (names == NULL) {
        return;
    }

    for (k = 0; k < JNY_NAME_COUNT; k++) {
        jny_interner_free(names->kinds[k]);
        free(names->rank[k]);
    }

    jny_interner_free(names->tuple_keys);
    free(names->tuple_rank);
    free(names->tuples);
    free(names->of_referrer);
    free(names);
}


void
jny_names_scratch_release(jny_names_scratch_t *scratch)
{
    free(scratch->strings);
    free(scratch->text);
    memset(scratch, 0, sizeof(*scratch));
}


static int
jny_names_room(void **p, size_t *cap, size_t want, size_t size)
{
    void   *grown;
    size_t  n;

    if (want <= *cap) {
        return JNY_OK;
    }

    n = *cap * 2 > want ? *cap * 2 : want;

    grown = realloc(*p, n * size);
    if (grown == NULL) {
        return JNY_ENOMEM;
    }

    *p = grown;
    *cap = n;

    return JNY_OK;
}


static int
jny_names_strings(jny_names_scratch_t *scratch, size_t n)
{
    int    rc;
    void  *p;

    p = scratch->strings;
    rc = jny_names_room(&p, &scratch->strings_cap, n, sizeof(jny_bytes_t));
    scratch->strings = p;

    return rc;
}


static int
jny_names_text(jny_names_scratch_t *scratch, size_t n)
{
    int    rc;
    void  *p;

    p = scratch->text;
    rc = jny_names_room(&p, &scratch->text_cap, n, 1);
    scratch->text = p;

    return rc;
}


int
jny_names_dict(jny_names_t *names, jny_name_e kind, const jny_dict_t *dict,
               jny_names_scratch_t *scratch, uint32_t *ids)
{
    uint32_t  i;

    if (jny_names_strings(scratch, dict->n) != JNY_OK) {
        return JNY_ENOMEM;
    }

    for (i = 0; i < dict->n; i++) {
        scratch->strings[i].data = dict->entries[i].data;
        scratch->strings[i].len = dict->entries[i].len;
    }

    if (jny_interner_add(names->kinds[kind], scratch->strings, dict->n, ids)
        != 0)
    {
        return JNY_ENOMEM;
    }

    return JNY_OK;
}


void
jny_names_alias(jny_names_t *names, const jny_aliases_t *aliases)
{
    names->aliases = aliases;
}


int
jny_names_parts(jny_names_t *names, unsigned part, const jny_dict_t *dict,
                jny_names_scratch_t *scratch, uint32_t *ids)
{
    size_t       len;
    uint32_t     i;
    jny_slice_t  s;

    len = 0;

    for (i = 0; i < dict->n; i++) {
        len += dict->entries[i].len;
    }

    if (jny_names_strings(scratch, dict->n) != JNY_OK
        || jny_names_text(scratch, len) != JNY_OK)
    {
        return JNY_ENOMEM;
    }

    len = 0;

    for (i = 0; i < dict->n; i++) {
        s = jny_fold_trim(dict->entries[i]);
        jny_fold_lower(s, scratch->text + len);

        s.data = (const uint8_t *) scratch->text + len;
        len += s.len;
        scratch->strings[i] =
            jny_names_bytes(jny_aliases_get(names->aliases, part, s));
    }

    if (jny_interner_add(names->kinds[JNY_NAME_TUPLE_PART], scratch->strings,
                         dict->n, ids)
        != 0)
    {
        return JNY_ENOMEM;
    }

    return JNY_OK;
}


int
jny_names_tuple_add(jny_names_t *names,
                    const uint32_t parts[JNY_TUPLE_PARTS], uint32_t *id)
{
    jny_bytes_t  key;

    key.data = parts;
    key.len = JNY_TUPLE_PARTS * sizeof(uint32_t);

    return jny_interner_add(names->tuple_keys, &key, 1, id) == 0 ? JNY_OK
                                                                 : JNY_ENOMEM;
}


const uint32_t *
jny_names_rank(const jny_names_t *names, jny_name_e kind)
{
    return names->rank[kind];
}


const uint32_t *
jny_names_tuple_rank(const jny_names_t *names)
{
    return names->tuple_rank;
}


uint32_t
jny_names_referrer_tuple(const jny_names_t *names, uint32_t referrer)
{
    return names->of_referrer[referrer];
}


jny_slice_t
jny_names_get(const jny_names_t *names, jny_name_e kind, uint32_t id)
{
    return jny_names_slice(names->kinds[kind], id);
}


jny_slice_t
jny_names_by(const jny_names_t *names, uint32_t id, unsigned n, unsigned k)
{
    uint32_t     len;
    unsigned     i;
    jny_slice_t  text, part;

    text = jny_names_get(names, JNY_NAME_BY, id);
    part = text;

    for (i = 0; n > 1 && i <= k && text.len >= sizeof(len); i++) {
        memcpy(&len, text.data, sizeof(len));
        part.data = text.data + sizeof(len);
        part.len = len;
        text.data += sizeof(len) + len;
        text.len -= sizeof(len) + len;
    }

    return part;
}


uint32_t
jny_names_count(const jny_names_t *names, jny_name_e kind)
{
    return jny_interner_count(names->kinds[kind]);
}


jny_tuple_t
jny_names_tuple(const jny_names_t *names, uint32_t tuple)
{
    return names->tuples[tuple < names->ntuples ? tuple : 0];
}


uint32_t
jny_names_tuple_count(const jny_names_t *names)
{
    return names->ntuples;
}


jny_slice_t
jny_names_campaign(const jny_names_t *names, uint32_t tuple)
{
    jny_tuple_t  t;
    jny_slice_t  s;

    t = jny_names_tuple(names, tuple);

    if (t.campaign != 0) {
        return jny_names_get(names, JNY_NAME_TUPLE_PART, t.campaign);
    }

    if (t.source != 0) {
        return jny_names_get(names, JNY_NAME_TUPLE_PART, t.source);
    }

    s.data = (const uint8_t *) "(direct)";
    s.len = 8;

    return s;
}
