/*
 * strands.c - how many streams, and strands to events.
 *
 * A partition of some 256 KB stays in the second-level cache, with what is
 * made of it, while its visitors are read.
 */

#include "engine/strands.h"


#define JNY_PARTITION_WORDS     32768
#define JNY_PARTITION_MIN_BITS  4   /* work for several threads */
#define JNY_PARTITION_MAX_BITS  12


unsigned
jny_strand_bits(uint64_t nevents, unsigned nthreads, int wide, int64_t budget)
{
    uint64_t  words, open;
    unsigned  bits;

    words = wide ? 1 + 1 + JNY_STRAND_DETAIL : 1 + 1;
    bits = JNY_PARTITION_MIN_BITS;
    open = (uint64_t) nthreads * JNY_CHUNK_SIZE;

    /* A chunk of every stream is open on every side: a quarter of it all. */

    while (bits < JNY_PARTITION_MAX_BITS
           && nevents >> bits > JNY_PARTITION_WORDS / words
           && open << (bits + 1) <= (uint64_t) budget / 4)
    {
        bits++;
    }

    return bits;
}


jny_event_t *
jny_strand_open(jny_strand_t *s, const jny_strand_key_t *key, jny_event_t *e)
{
    uint32_t             i, n;
    int64_t              base_ms;
    uint64_t             word, visitor, ord;
    const uint64_t      *p;
    const jny_detail_t  *d;

    n = s->kept;
    visitor = s->visitor;
    base_ms = key->base_ms[s->block];
    ord = JNY_ORD(s->block, 0);
    p = jny_strand_entries(s);
    d = key->wide ? jny_strand_details(s) : NULL;

    for (i = 0; i < n; i++, e++) {
        word = *p++;

        e->visitor = visitor;
        e->ord = ord | (word >> 32 & 0xffff);
        e->reserved = 0;
        e->detail = d;
        d = d != NULL ? d + 1 : NULL;

        if (word >> 48 != JNY_KIND_NONE) {
            e->time_ms = base_ms + (int64_t) (word & 0xffffffff);
            word = key->kinds[word >> 48];

        } else {
            e->time_ms = (int64_t) *p++;
            word = *p++;
        }

        e->stage = jny_kind_stage(word);
        e->flags = jny_kind_flags(word);
        e->match = jny_kind_match(word);
    }

    return e;
}
