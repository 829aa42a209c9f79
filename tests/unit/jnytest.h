/*
 * jnytest.h - what the tests of the log format share: rows, blocks, exact-size
 * copies, and a heap that fails when told to.
 */

#ifndef JNYTEST_H
#define JNYTEST_H

#include <stdarg.h>
#include <stddef.h>
#include <setjmp.h>
#include <stdint.h>
#include <cmocka.h>

#include "jny_block.h"
#include "jny_encode.h"
#include "jny_walk.h"


#define JNYTEST_WRITER  0x1122334455667788ULL
#define JNYTEST_T0      1700000000000LL


/* Counts what lives; the call number fail_at (from 1) and all later fail. */
typedef struct {
    long  fail_at;      /* 0 = never */
    long  calls;
    long  live;
} jnytest_heap_t;

jny_alloc_t jnytest_alloc(jnytest_heap_t *heap);

/* malloc() and free() alone. */
extern const jny_alloc_t  jnytest_malloc;

jny_slice_t jnytest_text(const char *s);

/* A heap copy of exactly s.len bytes, so that ASan sees one byte too far. */
uint8_t *jnytest_copy(jny_slice_t s);

/* Two stages, two fields, agents, level 1. */
void jnytest_info(jny_log_info_t *info);

/*
 * Row i of an endless series in which every column is used sometimes; texts
 * live as long as the program, or until 64 rows later.
 */
void jnytest_row(unsigned i, jny_row_t *row);

/* Fails the test where two rows differ; touchpoints are compared as read. */
void jnytest_same(const jny_row_t *got, const jny_row_t *want);

/* Rows first .. first + n - 1 as one block on the heap; h may be NULL. */
jny_slice_t jnytest_block(const jny_log_info_t *info, const jny_seal_t *seal,
    unsigned first, unsigned n, jny_header_t *h);

/* A payload on the heap, of exactly its size. */
jny_slice_t jnytest_payload(jny_slice_t member);

/* Decodes member and compares it with rows first, first + 1, ... */
void jnytest_expect(jny_slice_t member, unsigned first, unsigned n);

/*
 * msgpack from a notation: {'key' value ...}, [value ...], 'text' (\\xx is a
 * byte), <hex of a bin>, 12, -3, nil, true; blanks between.  Exact size.
 */
jny_slice_t jnytest_msgpack(const char *notation);


#endif /* JNYTEST_H */
