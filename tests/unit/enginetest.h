/*
 * enginetest.h - logs for tests of the engine: rows written in words, blocks
 * put together at will, files in a folder of their own.
 */

#ifndef ENGINETEST_H
#define ENGINETEST_H

#include <stdarg.h>
#include <stddef.h>
#include <setjmp.h>
#include <stdint.h>
#include <cmocka.h>

#include "base/buf.h"
#include "engine/run.h"
#include "jny_encode.h"


#define ENGINETEST_T0   INT64_C(1700000000000)
#define ENGINETEST_S    INT64_C(1000)
#define ENGINETEST_MIN  (60 * ENGINETEST_S)

/* A writer: its blocks follow one another in seq and base. */
typedef struct {
    jny_encoder_t  *enc;
    uint64_t        seq;
    uint64_t        base;
    uint64_t        dropped;
} enginetest_writer_t;


/* Stages are blank separated; field x_team; agents kept. */
void enginetest_writer(enginetest_writer_t *w, uint64_t writer,
    const char *stages);
void enginetest_writer_end(enginetest_writer_t *w);

/*
 * Adds a row of visitor at ENGINETEST_T0 + at_ms.  words: "name=value ..."
 * for texts (a blank within a value is written "+"), status, latency, value
 * (in units), flags, agent, team; status is 200 where none is given.
 */
void enginetest_add(enginetest_writer_t *w, uint64_t visitor, int64_t at_ms,
    const char *words);

/* Seals what was added and appends the block to out; its length. */
size_t enginetest_seal(enginetest_writer_t *w, jny_buf_t *out);

/* n rows of some visitors, one a second from second `from` on; then a seal. */
size_t enginetest_block(enginetest_writer_t *w, unsigned from, unsigned n,
    jny_buf_t *out);

/* gzip of p, as by `gzip`. */
void enginetest_gzip(const void *p, size_t n, jny_buf_t *out);

/* A fresh folder; removed with all files by the other. */
void enginetest_folder(char path[64]);
void enginetest_folder_end(const char *path);

/* Writes folder/name; the path is the program's until it ends. */
char *enginetest_file(const char *folder, const char *name,
    const jny_buf_t *bytes);

/* Opens; fails the test where that fails. */
jny_input_t *enginetest_open(unsigned n, char *const *paths);

/* A plan that leaves nothing out but bots. */
void enginetest_plan(jny_plan_t *plan);

jny_selector_t *enginetest_selector(const char *text);

/*
 * Runs with one task that writes every journey down as text: one line a
 * visitor, in order of visitor.  out receives them; run may be NULL.
 */
void enginetest_run(jny_input_t *in, const jny_plan_t *plan, jny_buf_t *out,
    jny_run_t **run);


#endif /* ENGINETEST_H */
