/*
 * intake.h - the bytes of an input file, unpacked, twice: once to know what
 * they are, once to read them.
 */

#ifndef JNY_INTAKE_H
#define JNY_INTAKE_H

#include "jny_types.h"


typedef struct jny_intake_s  jny_intake_t;

/*
 * Opens a file ("-": standard input) at its beginning.  gzip is told by its
 * content, members may follow each other.  What cannot be read twice (a pipe)
 * is copied to a file without a name in $TMPDIR, or /var/tmp, first.
 * JNY_OK, JNY_ENOMEM, or JNY_EIO with diag.
 */
int jny_intake_open(jny_intake_t **st, const char *name, jny_diag_t *diag);
void jny_intake_close(jny_intake_t *st);           /* accepts NULL */

/*
 * Fills buf; *got < len only at the end.  JNY_OK; JNY_ENOMEM; JNY_EIO,
 * JNY_ECRC or JNY_ETRUNC with diag: it cannot be read on, gzip is damaged,
 * or breaks off (the *got bytes before are good).
 */
int jny_intake_read(jny_intake_t *st, uint8_t *buf, size_t len, size_t *got,
    jny_diag_t *diag);

/* Back to the beginning.  Codes of jny_intake_open(). */
int jny_intake_rewind(jny_intake_t *st, jny_diag_t *diag);

/* Whether closing it loses it: it was standard input, or no regular file. */
int jny_intake_once(const jny_intake_t *st);

/* Device and inode: whether a name still is the file it was. */
void jny_intake_identity(const jny_intake_t *st, uint64_t id[2]);


#endif /* JNY_INTAKE_H */
