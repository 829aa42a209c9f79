/*
 * ledger.h - where every event that a writer accepted has gone.
 *
 *     accepted = read + erased + dropped + damaged + missing + pending
 *
 * accepted comes from the writer's own running numbers in the headers, read
 * from rows that were decoded, damaged and missing from what the walk over
 * the files found: three independent sources.  pending are rows that check in
 * the writer's spool, where its spool is among the files.
 */

#ifndef JNY_LEDGER_H
#define JNY_LEDGER_H

#include "engine/input.h"
#include "engine/run.h"
#include "spools.h"


typedef struct {
    uint64_t  writer;
    char      edge[65];        /* cut; the machine that wrote */
    uint64_t  first_seq;       /* of the blocks that are there */
    uint64_t  last_seq;
    uint64_t  first_base;      /* events accepted before them */
    uint64_t  blocks;
    uint64_t  accepted;
    uint64_t  read;
    uint64_t  erased;
    uint64_t  dropped;
    uint64_t  damaged;
    uint64_t  damaged_blocks;
    uint64_t  unknown;         /* damaged places of unknown size */
    uint64_t  missing;
    uint64_t  gaps;
    uint64_t  pending;
    uint64_t  torn;            /* in a last block that is not whole; not in
                                  accepted */
    unsigned  final:1;         /* the writer said goodbye */
    unsigned  balanced:1;
    unsigned  spooled:1;       /* its spool was read */

    /* While counting: the numbers of the first and the newest block. */
    uint64_t  end;             /* base of what follows the newest block */
    uint64_t  first_dropped;
    uint64_t  last_dropped;
} jny_account_t;

typedef struct {
    jny_account_t  *accounts;  /* by writer; owned */
    uint32_t        n;
    uint32_t        cap;
    uint64_t        unattributed;  /* damaged places of no known writer */
    uint64_t        segment_damage;    /* damaged blocks of segments */
    uint64_t       *segments;  /* writers of segments that were read; owned */
    uint32_t        nsegments;
} jny_ledger_t;


void jny_ledger_init(jny_ledger_t *l);
void jny_ledger_release(jny_ledger_t *l);

/*
 * Enters a decoded block; blocks come in (writer, seq) order.  JNY_OK,
 * JNY_ENOMEM.
 */
int jny_ledger_block(jny_ledger_t *l, const jny_block_ref_t *ref,
    const jny_block_t *blk);

/* Enters a spool, after all blocks.  JNY_OK, JNY_ENOMEM. */
int jny_ledger_spool(jny_ledger_t *l, const jny_pending_t *p);

/* Enters the damage and draws the balance.  JNY_OK, JNY_ENOMEM. */
int jny_ledger_close(jny_ledger_t *l, const jny_input_t *in);

/* Whether all writers balance and no place is left over. */
int jny_ledger_balanced(const jny_ledger_t *l);

/* The sums of a closed ledger; writer and edge are empty. */
void jny_ledger_total(const jny_ledger_t *l, jny_account_t *total);

/* What documents say about their input, as far as blocks tell. */
void jny_ledger_summary(const jny_ledger_t *l, const jny_input_t *in,
    jny_input_summary_t *sum);


#endif /* JNY_LEDGER_H */
