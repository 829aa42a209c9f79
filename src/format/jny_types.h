/*
 * jny_types.h - codes, slices, diagnostics and the allocator of the log
 * format library.  The library allocates only through jny_alloc_t, keeps no
 * globals, does no I/O and never prints.
 */

#ifndef JNY_TYPES_H
#define JNY_TYPES_H

#include <stddef.h>
#include <stdint.h>
#include <string.h>


#define JNY_OK       0
#define JNY_END      1    /* no more blocks, rows, ... */

#define JNY_ENOMEM  (-1)  /* the allocator returned NULL */
#define JNY_EINVAL  (-2)  /* the caller broke a contract of this header */
#define JNY_ETRUNC  (-3)  /* a block runs past the end of the bytes given */
#define JNY_EHEADER (-4)  /* no valid block header at this place */
#define JNY_ECRC    (-5)  /* the payload does not inflate or check */
#define JNY_EDATA   (-6)  /* the payload inflates, but breaks the format */
#define JNY_ELIMIT  (-7)  /* a documented limit is reached */
#define JNY_EIO     (-8)  /* reading or writing failed (tools only) */


/* Bytes that somebody else owns; not NUL-terminated. */
typedef struct {
    const uint8_t  *data;
    size_t          len;
} jny_slice_t;

/* Empty ones are the same, wherever they are: nowhere, maybe. */
static inline int
jny_slice_same(jny_slice_t a, jny_slice_t b)
{
    return a.len == b.len && (a.len == 0 || memcmp(a.data, b.data, a.len) == 0);
}


/*
 * Filled by the deepest frame that knows: what is wrong, in English, without
 * file name; offset is the byte in the file (or payload) it was seen at.
 * A function that takes a jny_diag_t * accepts NULL.
 */
typedef struct {
    char      what[240];
    uint64_t  offset;
} jny_diag_t;


/*
 * alloc returns memory aligned for any type, or NULL; free takes what alloc
 * returned, never NULL.  nginx hands in a pool, the tools malloc.
 */
typedef struct {
    void  *(*alloc)(void *ctx, size_t size);
    void   (*free)(void *ctx, void *p);
    void   *ctx;
} jny_alloc_t;


/* A human word for a code: "out of memory", ... Static storage. */
const char *jny_strerror(int rc);

/* printf into diag->what, cut to fit; diag may be NULL. */
void jny_diag_set(jny_diag_t *diag, uint64_t offset, const char *fmt, ...)
    __attribute__((format(printf, 3, 4)));


#endif /* JNY_TYPES_H */
