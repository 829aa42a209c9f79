/*
 * jny_deflate.h - a payload to a deflate stream.  Private.
 */

#ifndef JNY_DEFLATE_H
#define JNY_DEFLATE_H

#include "jny_types.h"

#include <zlib.h>


/* Bytes of a payload that lie together and are of one kind: a column. */
typedef struct {
    size_t  at;
    size_t  len;
} jny_part_t;

/* The longer ones of a payload, in order; those behind the last are not told
   apart. */
#define JNY_DEFLATE_PARTS     64
#define JNY_DEFLATE_PART_MIN  1024

typedef struct {
    jny_part_t  parts[JNY_DEFLATE_PARTS];
    unsigned    n;
} jny_parts_t;


/* What the stream takes at most. */
size_t jny_deflate_bound(z_stream *z, size_t len);

/*
 * Deflates the payload whole, with a z of this level, whatever it did before;
 * out has room for the bound.  The length of the stream; 0: zlib failed, which
 * it does only where it is misused.
 */
size_t jny_deflate(z_stream *z, int level, const uint8_t *payload, size_t len,
    const jny_parts_t *parts, uint8_t *out);


#endif /* JNY_DEFLATE_H */
