/*
 * input.h - the files of a run and the index of their blocks.
 *
 * Files are mapped; standard input, recompressed and doubly compressed logs
 * are inflated to memory.  The index puts blocks into an order, drops
 * copies (equal writer, seq, n) unless the kept one turns out damaged when it
 * is read, and lists damage, torn tails and gaps
 * (docs/FORMAT.md, "Reader rules").
 */

#ifndef JNY_INPUT_H
#define JNY_INPUT_H

#include <sys/types.h>

#include "jny_block.h"
#include "jny_header.h"


typedef struct jny_input_s  jny_input_t;

typedef struct jny_block_ref_s  jny_block_ref_t;

struct jny_block_ref_s {
    jny_header_t  header;
    uint32_t      file;       /* index of the file */
    uint64_t      offset;     /* in the file as read */
    jny_slice_t   member;     /* lent; or */
    jny_slice_t   payload;    /* of logs without our subfield; lent */

    /* Where the same block stands once more, or NULL; lent. */
    const jny_block_ref_t  *copy;
};

/*
 * What is read of a writer: one of its blocks, or a stretch of them that a
 * segment stands for.
 */
typedef struct {
    jny_source_t  source;     /* lent; edge is not set for a block */
    uint32_t      file;       /* of the block, or of the segment's first */
    uint64_t      offset;
    unsigned      segment:1;
} jny_input_span_t;

typedef enum {
    JNY_DAMAGE_HEADER,        /* bytes that are no block */
    JNY_DAMAGE_PAYLOAD,       /* a header stands, its block does not decode */
    JNY_DAMAGE_TORN,          /* the file ends inside a block: still being
                                 written, or torn: said, no error */
    JNY_DAMAGE_CONFLICT,      /* equal (writer, seq), different n */
    JNY_DAMAGE_GAP,           /* blocks missing between two seen ones */
    JNY_DAMAGE_FOREIGN        /* a file that is no log */
} jny_damage_e;

typedef struct {
    jny_damage_e  kind;
    uint32_t      file;
    uint64_t      offset;
    uint64_t      len;        /* bytes skipped */
    uint64_t      writer;     /* 0 when not known */
    uint64_t      seq;
    uint64_t      events;     /* lost; */
    int           events_known;   /* 0: lost_unknown */
    char          what[240];
} jny_damage_t;

/* Whether a folder has files named *.jny*.  0, 1, or -1 with errno. */
int jny_input_has_logs(const char *folder);

/*
 * Opens and indexes.  "-" is standard input.  A name that is a directory
 * stands for the *.jny* files in it, sorted.  JNY_OK; JNY_EIO (diag: which
 * file and why: it cannot be read, or no file is a log); JNY_ENOMEM.  *in is
 * freed by jny_input_free() in any case.
 */
int jny_input_open(jny_input_t **in, char *const *names, unsigned n,
    jny_diag_t *diag);
void jny_input_free(jny_input_t *in);              /* accepts NULL */

unsigned jny_input_files(const jny_input_t *in);
const char *jny_input_name(const jny_input_t *in, uint32_t file);

/* Permissions, 0666 at most, 0600 of what is no regular file, and the group
   that they are of. */
mode_t jny_input_mode(const jny_input_t *in, uint32_t file, gid_t *group);

/*
 * Blocks of logs by writer and seq, between segments by their oldest event;
 * each segment's side by side, in order of seq.  Copies are removed, and those
 * that a segment among the files covers (jny_input_covered() of them).  A
 * segment is one writer, its blocks have JNY_BLOCK_SORTED (docs/FORMAT.md,
 * "Segments").
 */
const jny_block_ref_t *jny_input_blocks(const jny_input_t *in, uint32_t *n);
uint64_t jny_input_duplicates(const jny_input_t *in);
uint64_t jny_input_covered(const jny_input_t *in);

/*
 * What these blocks stand for, in (writer, first_seq) order and disjoint: the
 * same, events that segments lost aside, whether originals or segments are
 * read.
 */
const jny_input_span_t *jny_input_spans(const jny_input_t *in, uint32_t *n);

/* Whether the writer is a segment's, used or not. */
int jny_input_is_segment(const jny_input_t *in, uint64_t writer);

/* Events that writers had to drop, as far as the spans tell. */
uint64_t jny_input_dropped(const jny_input_t *in);

/*
 * Everything wrong, ordered by file and offset.  Scanning adds to it
 * (jny_input_damaged), so read it after the run.
 */
const jny_damage_t *jny_input_damage(const jny_input_t *in, uint32_t *n);
int jny_input_damaged(jny_input_t *in, const jny_block_ref_t *ref,
    const char *what);                            /* thread-safe */

/*
 * Inflates and decodes a block, or the first of its copies that is intact:
 * an error, always the first one's, means that none is.  inf and blk are the
 * thread's own and reused.  JNY_OK; JNY_ECRC, JNY_EDATA, JNY_ENOMEM with diag.
 */
typedef struct jny_inflater_s  jny_inflater_t;

jny_inflater_t *jny_inflater_new(void);
void jny_inflater_free(jny_inflater_t *inf);
int jny_input_read(const jny_block_ref_t *ref, jny_inflater_t *inf,
    jny_block_t *blk, jny_diag_t *diag);


#endif /* JNY_INPUT_H */
