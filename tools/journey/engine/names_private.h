/*
 * names_private.h - what names.c (while scanning, and lookups) shares with
 * names_finish.c (everything in between).
 */

#ifndef JNY_NAMES_PRIVATE_H
#define JNY_NAMES_PRIVATE_H

#include "engine/names.h"


struct jny_names_s {
    jny_interner_t  *kinds[JNY_NAME_COUNT];
    const jny_aliases_t  *aliases;
    jny_interner_t  *tuple_keys;   /* strings of JNY_TUPLE_PARTS part ids */

    uint32_t  *rank[JNY_NAME_COUNT];
    uint32_t  *tuple_rank;

    jny_tuple_t  *tuples;        /* by final id; [0] is none */
    uint32_t      ntuples;
    uint32_t     *of_referrer;   /* by final referrer id */
};


static inline jny_slice_t
jny_names_slice(const jny_interner_t *in, uint32_t id)
{
    jny_bytes_t  b;
    jny_slice_t  s;

    b = jny_interner_get(in, id);
    s.data = b.data;
    s.len = b.len;

    return s;
}


static inline jny_bytes_t
jny_names_bytes(jny_slice_t s)
{
    jny_bytes_t  b;

    b.data = s.data;
    b.len = s.len;

    return b;
}


#endif /* JNY_NAMES_PRIVATE_H */
