/*
 * lines.h - a file in chunks of whole records, the same chunks whatever reads
 * them: each is the work of one thread, and makes one block.
 */

#ifndef JNY_LINES_H
#define JNY_LINES_H

#include "import/intake.h"


#define JNY_CHUNK_RECORDS  8192
#define JNY_RECORD_MAX     (1024 * 1024)       /* bytes; a longer one is bad */

/* Some records, each ended by a newline but perhaps the file's last. */
typedef struct {
    uint8_t   *data;
    size_t     len;
    uint64_t   line;           /* of the first record, from 1 */
    unsigned   last:1;         /* nothing follows in this file */
} jny_chunk_t;

typedef struct jny_lines_s  jny_lines_t;


/* JNY_OK, JNY_ENOMEM. */
int jny_chunk_init(jny_chunk_t *c);
void jny_chunk_release(jny_chunk_t *c);

/*
 * st is borrowed and read from where it stands, length bytes of it at most;
 * quoted: a newline between quotes ends no record.  NULL: out of memory.
 */
jny_lines_t *jny_lines_new(jny_intake_t *st, uint64_t length,
    unsigned quoted);
void jny_lines_free(jny_lines_t *ln);              /* accepts NULL */

/*
 * The next chunk, of at most max records; of a record longer than
 * JNY_RECORD_MAX its first JNY_RECORD_MAX bytes.  The file ends with a chunk
 * with last set, which may be empty.  A damaged gzip ends where its damage
 * begins.  JNY_OK, or JNY_ENOMEM or JNY_EIO with diag: c is filled, and the
 * last.  One thread at a time.
 */
int jny_lines_next(jny_lines_t *ln, jny_chunk_t *c, unsigned max,
    jny_diag_t *diag);

/*
 * Where the record at p ends: at its newline.  NULL: not before end, unless
 * whole, where no more follows and a quote that does not close closes with
 * its line.
 */
uint8_t *jny_record_end(unsigned quoted, uint8_t *p, uint8_t *end,
    int whole);


#endif /* JNY_LINES_H */
