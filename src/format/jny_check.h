/*
 * jny_check.h - is this well-formed msgpack, and what will it take?  Private.
 */

#ifndef JNY_CHECK_H
#define JNY_CHECK_H

#include "jny_types.h"


#define JNY_MAX_DEPTH  8     /* maps and arrays in each other */


typedef struct {
    size_t    len;           /* bytes of the first object */
    uint32_t  objects;
    uint32_t  strings;
    size_t    children;      /* array elements, and two a map entry */
} jny_check_t;


/*
 * Walks the first object of payload, without recursion and without memory:
 * every length and count is compared with the bytes that are left, nesting
 * with JNY_MAX_DEPTH, objects with JNY_MAX_OBJECTS; every string is valid
 * UTF-8.  JNY_OK, or JNY_EDATA with diag.
 */
int jny_check_payload(jny_slice_t payload, jny_check_t *check,
    jny_diag_t *diag);


#endif /* JNY_CHECK_H */
