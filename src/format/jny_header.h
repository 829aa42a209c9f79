/*
 * jny_header.h - the 92-byte head of a block: a gzip header whose "JY" extra
 * subfield lets readers walk, skip and account without inflating.
 *
 *  0           10     12          16                      88    92
 *  +-----------+------+-----------+-----------------------+-----+-----------
 *  | gzip head | XLEN | "JY", LEN | "JNY1" flags hlen     | crc | deflate
 *  | FLG =     | = 80 |    = 76   | clen ulen n writer    |     | stream,
 *  | FEXTRA    |      |           | seq base dropped      |     | CRC-32,
 *  |           |      |           | t_min t_max erased    |     | ISIZE
 *  +-----------+------+-----------+-----------------------+-----+-----------
 */

#ifndef JNY_HEADER_H
#define JNY_HEADER_H

#include "jny_types.h"


#define JNY_HEADER_LEN      92   /* what version 1 writes */
#define JNY_GZIP_TRAILER    8    /* CRC32, ISIZE */

#define JNY_BLOCK_FINAL     0x0001  /* the writer's last block */
#define JNY_BLOCK_RECOVERED 0x0002  /* written from a dead writer's spool */
#define JNY_BLOCK_SORTED    0x0004  /* by compact: visitor order */


typedef struct {
    uint32_t  header_len;  /* bytes before the deflate stream, 12 + XLEN */
    uint32_t  member_len;  /* clen: the whole member */
    uint32_t  payload_len; /* ulen, at most JNY_MAX_PAYLOAD */
    uint32_t  nevents;
    uint64_t  writer;
    uint64_t  seq;
    uint64_t  base;        /* events of this writer in earlier blocks */
    uint64_t  dropped;     /* cumulative */
    int64_t   t_min_ms;
    int64_t   t_max_ms;
    uint32_t  erased;
    uint16_t  flags;       /* JNY_BLOCK_... */
} jny_header_t;


/*
 * A stretch of a writer's blocks, without a gap, that a segment of SORTED
 * blocks was made from: originals that it covers are skipped.
 */
typedef struct {
    uint64_t     writer;
    uint64_t     first_seq;
    uint64_t     last_seq;
    uint64_t     events;         /* that went into the segment */
    uint64_t     erased;
    uint64_t     base;           /* of the first block */
    uint64_t     dropped_first;  /* of the first block */
    uint64_t     dropped;        /* of the last block */
    uint64_t     flags;          /* of the last block */
    jny_slice_t  edge;           /* the machine; lent */
} jny_source_t;


/* Writes exactly JNY_HEADER_LEN bytes, crc included. header_len is ignored. */
void jny_header_encode(const jny_header_t *h, uint8_t out[JNY_HEADER_LEN]);

/*
 * Reads a header from the front of bytes.  Returns JNY_OK; JNY_ETRUNC when
 * the bytes end inside something that so far is a header; JNY_EHEADER when
 * this is no block header of ours (magic, subfield, crc, impossible lengths:
 * payload_len > JNY_MAX_PAYLOAD, member_len too short or > JNY_MAX_MEMBER,
 * nevents > JNY_MAX_ROWS, nevents 0 without FINAL or erased, t_min > t_max).
 * Accepts longer headers of later minor versions (hlen > 76; crc stays the last
 * 4 bytes of the subfield).
 */
int jny_header_decode(jny_slice_t bytes, jny_header_t *h, jny_diag_t *diag);


#endif /* JNY_HEADER_H */
