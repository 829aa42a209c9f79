/*
 * strands.h - events on their way from blocks to visitors.
 *
 * A strand is what a block holds of one visitor: a head, then an entry for
 * every event that the plan needs, then the details of those in a wide run.
 * It is a record of words in a stream (streams.h); a long one continues in
 * further strands.  A visitor's clicks stand together in a log, so a strand
 * holds four events of a shop's month, and the head's cost is shared:
 *
 *     +------+-------+-------+- - -+---------+---------+- -
 *     | head | entry | entry |     | detail  | detail  |       (wide only)
 *     |  3   |   1   |   1   |     |   7     |   7     |       words
 *     +------+-------+-------+- - -+---------+---------+- -
 *
 * Where rows name a login, a word with it stands behind the head, and all rows
 * of the strand name the same.
 *
 * An entry is a word: milliseconds after the block's base, row, kind.  Where
 * one of them does not fit its bits, the kind is JNY_KIND_NONE, and two words
 * follow: the time in ms, the kind's word (kinds.h).
 */

#ifndef JNY_STRANDS_H
#define JNY_STRANDS_H

#include "engine/journey.h"
#include "engine/kinds.h"
#include "engine/streams.h"


/* Flags from the scan to journeys.c, beside JNY_EVENT_...; not for analyses. */
#define JNY_STRAND_BOT          0x0008   /* no events: the visitor is a bot by
                                            an agent of the block */
#define JNY_STRAND_DECISION     0x0100   /* no events: orders.h */
#define JNY_STRAND_LOGIN        0x0200   /* the word behind the head names the
                                            login of all its  rows; of persons'
                                            strands, the visitor they were */
#define JNY_STRAND_ENTERED      0x1000   /* a row meets the plan's first step */
#define JNY_SCATTERED_CONTEXT   0x2000   /* before the start: not counted */
#define JNY_SCATTERED_VISITORS  0x4000   /* matches --visitors */
#define JNY_SCATTERED_MONEY     0x8000   /* is in the order table */

typedef struct {
    uint64_t  visitor;
    uint32_t  block;
    uint16_t  words;      /* of all the strand, head and details too */
    uint16_t  kept;       /* entries */
    uint16_t  rows;       /* of the block, context too */
    uint16_t  counted;    /* of those, not context */
    uint16_t  selected;   /* of those, pass --where, as far as the scan knows */
    uint16_t  any;        /* flags of the rows, or-ed, and JNY_STRAND_... */
} jny_strand_t;

#define JNY_STRAND_HEAD     (sizeof(jny_strand_t) / sizeof(uint64_t))
#define JNY_STRAND_ENTRY    3   /* words of an entry, at most */
#define JNY_STRAND_DETAIL   (sizeof(jny_detail_t) / sizeof(uint64_t))

_Static_assert(sizeof(jny_strand_t) == 24, "see the drawing");
_Static_assert(sizeof(jny_detail_t) == 56, "see the drawing");


/*
 * Fibonacci hashing; one to one.  The high bits choose the partition, the next
 * ones the sorter's bucket.  Ids are random already, or hashes of what was
 * imported.
 */
static inline uint64_t
jny_visitor_hash(uint64_t visitor)
{
    visitor ^= visitor >> 32;

    return visitor * 0x9e3779b97f4a7c15u;
}

static inline uint64_t
jny_strand_stream(const jny_streams_t *s, uint64_t visitor)
{
    return jny_visitor_hash(visitor) >> (64 - s->bits);
}

/*
 * How many streams, as a power of two, serve nevents events.
 */
unsigned jny_strand_bits(uint64_t nevents, unsigned nthreads, int wide,
    int64_t budget);

static inline uint64_t *
jny_strand_entries(jny_strand_t *s)
{
    return (uint64_t *) (s + 1) + ((s->any & JNY_STRAND_LOGIN) != 0);
}

/* The word behind the head; 0: none. */
static inline uint64_t
jny_strand_login(const jny_strand_t *s)
{
    return s->any & JNY_STRAND_LOGIN ? *(const uint64_t *) (s + 1) : 0;
}

/* The first word of an entry tells its row and how many words it has. */
#define jny_strand_entry_row(word)  ((uint32_t) ((word) >> 32 & 0xffff))
#define jny_strand_entry_words(word)                                           \
    ((word) >> 48 == JNY_KIND_NONE ? JNY_STRAND_ENTRY : 1)

/* An entry of one word. */
static inline uint64_t
jny_strand_entry(uint64_t after_ms, uint32_t row, uint16_t kind)
{
    return after_ms | (uint64_t) row << 32 | (uint64_t) kind << 48;
}

/* Writes an entry at p; returns the place behind it. */
static inline uint64_t *
jny_strand_put(uint64_t *p, int64_t after_ms, uint32_t row, int64_t time_ms,
    uint64_t word, uint16_t kind)
{
    if (kind != JNY_KIND_NONE && (uint64_t) after_ms <= UINT32_MAX) {
        *p++ = jny_strand_entry((uint64_t) after_ms, row, kind);
        return p;
    }

    *p++ = jny_strand_entry(0, row, JNY_KIND_NONE);
    *p++ = (uint64_t) time_ms;
    *p++ = word;

    return p;
}

/* Of a wide run. */
static inline jny_detail_t *
jny_strand_details(jny_strand_t *s)
{
    return (jny_detail_t *) ((uint64_t *) s + s->words
                             - s->kept * JNY_STRAND_DETAIL);
}

/* Where entry i of the block's rows stands in the order of the input. */
#define JNY_ORD(block, row)  ((uint64_t) (block) << 16 | (uint64_t) (row))


/* What an entry means besides its words. */
typedef struct {
    const int64_t   *base_ms;   /* by block */
    const uint64_t  *kinds;     /* jny_kinds_words() */
    unsigned         wide:1;
} jny_strand_key_t;

/*
 * Writes the events of a strand, s->kept of them, with details in wide runs,
 * NULL in others.  Returns the place behind the last.
 */
jny_event_t *jny_strand_open(jny_strand_t *s, const jny_strand_key_t *key,
    jny_event_t *e);


#endif /* JNY_STRANDS_H */
