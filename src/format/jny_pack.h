/*
 * jny_pack.h - columns to payload: one msgpack map.  Private.
 */

#ifndef JNY_PACK_H
#define JNY_PACK_H

#include "jny_columns.h"
#include "jny_deflate.h"


/*
 * Writes the payload to out, which has room for jny_pack_size() bytes.
 * Returns its length; bins: where its columns lie.
 */
size_t jny_pack(const jny_columns_t *c, const jny_seal_t *seal, uint8_t *out,
    size_t room, jny_parts_t *bins);

/* An upper bound of what seal's sources take, and of their msgpack objects. */
size_t jny_pack_sources_size(const jny_seal_t *seal, uint32_t *objects);

/* An upper bound of what jny_pack() writes. */
size_t jny_pack_size(const jny_columns_t *c, const jny_seal_t *seal);


#endif /* JNY_PACK_H */
