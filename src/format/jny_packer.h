/*
 * jny_packer.h - msgpack-c writing into room that was measured beforehand, so
 * that nothing can fail.  Private.
 */

#ifndef JNY_PACKER_H
#define JNY_PACKER_H

#include "jny_deflate.h"

#include <msgpack.h>


typedef struct {
    uint8_t         *data;
    size_t           len;
    size_t           room;
    msgpack_packer   pk;
    jny_parts_t      bins;
} jny_packer_t;


/* p must not move afterwards. */
void jny_packer_init(jny_packer_t *p, uint8_t *out, size_t room);

void jny_packer_text(jny_packer_t *p, const void *data, size_t len);

/* A text that is NUL-terminated. */
void jny_packer_key(jny_packer_t *p, const char *name);

/* "x_NAME" */
void jny_packer_field(jny_packer_t *p, jny_slice_t name);

void jny_packer_number(jny_packer_t *p, const char *name, uint64_t v);

/* The head of a bin of len bytes; returns where its body goes.  A long one is
   noted among the bins. */
uint8_t *jny_packer_bin(jny_packer_t *p, size_t len);


#endif /* JNY_PACKER_H */
