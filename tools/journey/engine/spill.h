/*
 * spill.h - what does not fit into memory: frames of words, compressed (LZ4)
 * into a temporary file that has no name, so that nothing is left behind
 * however the process ends.
 *
 *     new -> write* (one thread) -> read* (any threads) -> free
 */

#ifndef JNY_SPILL_H
#define JNY_SPILL_H

#include <stddef.h>
#include <stdint.h>

#include "jny_types.h"


#define JNY_SPILL_WORDS  131072   /* most words of a frame: 1 MiB */

typedef struct jny_spill_s  jny_spill_t;

/* Where a reader unpacks to; grown as needed, one per thread. */
typedef struct {
    void    *packed;
    size_t   cap;
} jny_unpack_t;


/*
 * A file in folder for nstreams streams of frames.  NULL: diag says why,
 * naming the folder and --tmpdir.
 */
jny_spill_t *jny_spill_new(const char *folder, uint64_t nstreams,
    jny_diag_t *diag);
void jny_spill_free(jny_spill_t *s);   /* accepts NULL */

/*
 * Appends a frame of n words, 1 to JNY_SPILL_WORDS, to a stream.  JNY_OK,
 * JNY_ENOMEM, or JNY_EIO with diag: the disk is full, ...
 */
int jny_spill_write(jny_spill_t *s, uint64_t stream, const uint64_t *words,
    size_t n, jny_diag_t *diag);

/* Words of a stream, all frames together. */
uint64_t jny_spill_words(const jny_spill_t *s, uint64_t stream);

/*
 * The frames of a stream, oldest first: *frame begins as 0; JNY_OK with the
 * frame's n words in words (room for JNY_SPILL_WORDS), JNY_END behind the
 * last, JNY_ENOMEM, or JNY_EIO with diag: what was read is not what was
 * written.
 */
int jny_spill_read(jny_spill_t *s, uint64_t stream, uint32_t *frame,
    jny_unpack_t *unpack, uint64_t *words, size_t *n, jny_diag_t *diag);


#endif /* JNY_SPILL_H */
