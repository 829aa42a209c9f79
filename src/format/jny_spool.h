/*
 * jny_spool.h - the layout of a spool: rows of a living writer in mapped
 * memory, readable after its death (docs/FORMAT.md, "Spool").  Memory in,
 * memory out: mapping, locking and naming are the module's.
 *
 *     0                              4096                            size
 *     +------------------------------+-------+------+---------+------+
 *     | header: magic, writer, base, | newer | free | older   | free |
 *     | seq, dropped, info, ends (*) | rows  |      | rows    |      |
 *     +------------------------------+-------+------+---------+------+
 *     (*) stored last, with release order: what they cover is whole
 *
 * Rows are added behind the older ones, and when that end is reached, at the
 * front: so there is room while the older ones are on their way to the log.
 *
 * One writer, whose thread adds, releases and drops; one other thread of its
 * process may read rows (next) and record a block (launch) meanwhile, but not
 * while rows are released.  Other processes may read what is published.
 */

#ifndef JNY_SPOOL_H
#define JNY_SPOOL_H

#include "jny_encode.h"


#define JNY_SPOOL_MAGIC       0x314c4f4f5053594aULL   /* "JYSPOOL1" */
#define JNY_SPOOL_HEADER_LEN  4096
#define JNY_SPOOL_MIN_LEN     (64u << 10)

typedef struct jny_spool_s  jny_spool_t;    /* the mapped bytes */

typedef struct {
    uint64_t  writer;
    uint64_t  seq;        /* of the next block */
    uint64_t  base;       /* events in blocks already appended */
    uint64_t  dropped;    /* cumulative */
    uint64_t  used;       /* bytes of rows that are not yet released */
    uint64_t  rows;       /* not yet released */
    uint64_t  size;       /* of the whole mapping */
    unsigned  final:1;    /* the FINAL block is on disk: nothing is left */
} jny_spool_state_t;

/* A block on its way into the log: it has the state's seq and base. */
typedef struct {
    uint64_t  rows;       /* the first ones, exactly these */
    uint64_t  offset;     /* where the log ended, so where the block begins */
} jny_spool_flight_t;


/*
 * Lays an empty spool over size (JNY_SPOOL_MIN_LEN to 4 GiB - 1) zeroed bytes,
 * 8-byte aligned; stores info (edge, stages, fields, options), so that whoever
 * adopts the spool can encode its rows.  JNY_OK; JNY_EINVAL; JNY_ELIMIT when
 * info does not fit.
 */
int jny_spool_init(jny_spool_t *sp, size_t size, const jny_log_info_t *info);

/* Bytes of room that info leaves in a header; below 0 it does not fit. */
long jny_spool_spare(const jny_log_info_t *info);

/*
 * Checks mapped bytes (8-byte aligned) and reads state and info (lent).
 * JNY_OK; JNY_EDATA with diag: then nothing else here may be called with sp.
 * Rows are checked one by one, by jny_spool_next().
 */
int jny_spool_open(const jny_spool_t *sp, size_t size,
    jny_spool_state_t *state, jny_log_info_t *info, jny_diag_t *diag);

/*
 * Commits one row.  JNY_OK; JNY_ELIMIT when it does not fit: nothing changed.
 * An empty spool has room for any row.
 */
int jny_spool_add(jny_spool_t *sp, const jny_row_t *row);

/*
 * Reads the row at *pos (0 = the first there is) and moves *pos behind it;
 * texts lent.  JNY_OK, JNY_END, or JNY_EDATA (row checksum): *pos stays.
 */
int jny_spool_next(const jny_spool_t *sp, uint64_t *pos, jny_row_t *row);

/* The state as of now. */
void jny_spool_state(const jny_spool_t *sp, jny_spool_state_t *state);

/* Counts events that could not be kept. */
void jny_spool_drop(jny_spool_t *sp, uint64_t nevents);

/*
 * Records that a block is about to be appended.  Whoever finds it after a
 * crash looks at f->offset whether the block is there, and if not makes the
 * same one again.  Holds until the next launch, release or end.
 */
void jny_spool_launch(jny_spool_t *sp, const jny_spool_flight_t *f);

/* The block on its way.  JNY_OK, or JNY_END: there is none. */
int jny_spool_flight(const jny_spool_t *sp, jny_spool_flight_t *f);

/*
 * The rows before pos, nevents of them, are in a block on disk: forgets them,
 * advances seq and base.  Read on from position 0.
 */
void jny_spool_release(jny_spool_t *sp, uint64_t pos, uint32_t nevents);

/*
 * The first nevents rows are in a block on disk, which is FINAL: forgets all.
 * Rows beyond these did not check, and count as dropped.
 */
void jny_spool_end(jny_spool_t *sp, uint32_t nevents);

/*
 * Counts a try to write out what a dead writer left, before it is begun, and
 * says the how manieth it is.  Who comes to the end of one, good or not,
 * forgets them all: what is counted are tries that killed.
 */
uint64_t jny_spool_try(jny_spool_t *sp);
void jny_spool_tried(jny_spool_t *sp);


#endif /* JNY_SPOOL_H */
