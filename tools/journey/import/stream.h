/*
 * stream.h - the bytes of an input file, unpacked, twice: once to know what
 * they are, once to read them.
 */

#ifndef JNY_STREAM_H
#define JNY_STREAM_H

#include "jny_types.h"


typedef struct jny_stream_s  jny_stream_t;

/*
 * Opens a file ("-": standard input) at its beginning.  gzip is told by its
 * content, members may follow each other.  What cannot be read twice (a pipe)
 * is copied to a file without a name in $TMPDIR, or /var/tmp, first.
 * JNY_OK, JNY_ENOMEM, or JNY_EIO with diag.
 */
int jny_stream_open(jny_stream_t **st, const char *name, jny_diag_t *diag);
void jny_stream_close(jny_stream_t *st);           /* accepts NULL */

/*
 * Fills buf; *got < len only at the end.  JNY_OK; JNY_ENOMEM; JNY_EIO,
 * JNY_ECRC or JNY_ETRUNC with diag: it cannot be read on, gzip is damaged,
 * or breaks off (the *got bytes before are good).
 */
int jny_stream_read(jny_stream_t *st, uint8_t *buf, size_t len, size_t *got,
    jny_diag_t *diag);

/* Back to the beginning.  Codes of jny_stream_open(). */
int jny_stream_rewind(jny_stream_t *st, jny_diag_t *diag);

/* Whether closing it loses it: it was standard input, or no regular file. */
int jny_stream_once(const jny_stream_t *st);

/* Device and inode: whether a name still is the file it was. */
void jny_stream_identity(const jny_stream_t *st, uint64_t id[2]);


#endif /* JNY_STREAM_H */
