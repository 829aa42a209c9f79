/*
 * journeys_split.c - a partition too large to be sorted in memory: a log with
 * more visitors than partitions were made for, or a crawler.
 *
 * Its strands go on to streams of its own, by the next bits of the hash, and
 * these are read in its place.  That ends when a visitor is alone: then either
 * he is small enough after all, or nobody's events are needed to leave him out.
 */

#include "engine/journeys.h"

#include <string.h>


#define JNY_SPLIT_BITS  6

typedef struct {
    jny_streams_t         *into;
    unsigned               bits;      /* of the hash, used up before */
    uint64_t               visitor;   /* the first one, */
    unsigned               first:1;   /* if none came yet */
    unsigned               several:1;
    jny_journeys_heads_t   heads;     /* of all */
} jny_split_t;


static int
jny_split_span(void *ctx, jny_span_t span)
{
    uint64_t      *p, *end, *to, stream;
    jny_split_t   *split;
    jny_strand_t  *s;

    split = ctx;
    end = span.words + span.n;

    for (p = span.words; p < end; p += s->words) {
        s = (jny_strand_t *) p;

        split->several |= !split->first && s->visitor != split->visitor;
        split->visitor = s->visitor;
        split->first = 0;
        jny_journeys_head(&split->heads, s);

        stream = split->bits < 64
                     ? (jny_visitor_hash(s->visitor) << split->bits)
                           >> (64 - JNY_SPLIT_BITS)
                     : 0;

        to = jny_streams_room(split->into, 0, stream, s->words);
        if (to == NULL) {
            return jny_streams_fail(split->into);
        }

        memcpy(to, s, s->words * sizeof(*to));
        split->into->sides[0].next[stream] = to + s->words;
    }

    return JNY_OK;
}


int
jny_journeys_split(const jny_journeys_t *js, unsigned thread,
    jny_streams_t *streams, uint64_t stream, unsigned bits)
{
    int                     rc;
    uint64_t                k;
    jny_split_t             split;
    jny_journeys_thread_t  *t;

    t = &js->threads[thread];

    memset(&split, 0, sizeof(split));
    split.bits = bits;
    split.first = 1;

    split.into = jny_streams_new(JNY_SPLIT_BITS, 1, streams->budget);
    if (split.into == NULL) {
        return JNY_ENOMEM;
    }

    rc = jny_streams_each(streams, stream, &t->sorter.reader, jny_split_span,
                          &split);

    if (rc == JNY_OK && !split.several
        && jny_journeys_is_crawler(&split.heads))
    {
        jny_journeys_agent(t, &split.heads);
        rc = jny_journeys_crawler(js, t, &split.heads);

    } else if (rc == JNY_OK && !split.several) {
        rc = jny_journeys_sorted(js, thread, streams, stream, bits);

    } else {
        for (k = 0; rc == JNY_OK && k < jny_streams_count(split.into); k++) {
            rc = jny_journeys_stream(js, thread, split.into, k,
                                     bits + JNY_SPLIT_BITS);
        }
    }

    jny_streams_free(split.into);

    return rc;
}
