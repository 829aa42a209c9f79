/*
 * streams.h - words on their way to many places: threads append to streams,
 * each to its own side of them, without a lock; later any thread reads a
 * stream whole.  What exceeds the budget is spilled (spill.h).
 *
 *     new -> room, next (each thread its side) -> words, read, each -> free
 *
 * A stream holds whole records; what a record is, its user knows (strands.h,
 * orders.h).  The order of records in a stream means nothing.
 */

#ifndef JNY_STREAMS_H
#define JNY_STREAMS_H

#include <stdatomic.h>
#include <stddef.h>
#include <stdint.h>

#include "engine/spill.h"


/*
 * A chunk begins at a multiple of its size, so that a pointer to its next
 * free word is all that adding needs: it stands at a multiple of the size
 * where there is no chunk yet (NULL) or no room any more.
 */
#define JNY_CHUNK_SIZE   4096
#define JNY_CHUNK_HEAD   2
#define JNY_CHUNK_WORDS  (JNY_CHUNK_SIZE / 8 - JNY_CHUNK_HEAD)

typedef struct jny_chunk_s  jny_chunk_t;

struct jny_chunk_s {
    jny_chunk_t  *newer;
    uint64_t      n;                        /* words, but of the newest */
    uint64_t      words[JNY_CHUNK_WORDS];
};

typedef struct jny_slab_s  jny_slab_t;

/* Memory that several streams share; the first failure of any of them. */
typedef struct {
    _Atomic int64_t  left;        /* bytes; a little below 0 at times */
    int64_t          total;
    const char      *tmpdir;
    _Atomic int      failed;
    jny_diag_t       diag;        /* of that failure; read when all is over */
} jny_budget_t;

/* One thread's side. */
typedef struct {
    uint64_t     **next;          /* by stream */
    jny_chunk_t  **oldest;        /* by stream, in memory; or NULL */
    jny_slab_t    *slabs;         /* in use, newest first */
    jny_slab_t    *spare;
    size_t         used;          /* of the newest */
    uint32_t       nslabs;        /* of both kinds */
    jny_spill_t   *spill;         /* or NULL: nothing was spilled */
} jny_side_t;

typedef struct {
    unsigned       bits;          /* log2 of the number of streams */
    unsigned       nthreads;
    jny_side_t    *sides;
    jny_budget_t  *budget;
} jny_streams_t;

/* Words that stand side by side: whole records. */
typedef struct {
    uint64_t  *words;
    size_t     n;
} jny_span_t;

/* Scratch of one thread, reused from stream to stream. */
typedef struct {
    jny_span_t    *spans;
    size_t         nspans;
    size_t         spans_cap;
    uint64_t      *words;
    size_t         words_cap;
    jny_unpack_t   unpack;
} jny_stream_reader_t;


/* total: at most so many bytes.  tmpdir is borrowed. */
void jny_budget_init(jny_budget_t *b, int64_t total, const char *tmpdir);

/*
 * 1 << bits streams.  NULL: out of memory.  Each side keeps at least a chunk
 * for every stream and a slab, whatever the budget says.
 */
jny_streams_t *jny_streams_new(unsigned bits, unsigned nthreads,
    jny_budget_t *budget);
void jny_streams_free(jny_streams_t *s);   /* accepts NULL */

static inline uint64_t
jny_streams_count(const jny_streams_t *s)
{
    return (uint64_t) 1 << s->bits;
}

/* Words of room at p, a side's next of a stream. */
static inline unsigned
jny_streams_left(const uint64_t *p)
{
    return (unsigned) ((0 - (uintptr_t) p) & (JNY_CHUNK_SIZE - 1)) / 8;
}

/*
 * Starts the stream's next chunk on this side.  JNY_OK, JNY_ENOMEM, JNY_EIO
 * (the budget's diag).
 */
int jny_streams_grow(jny_streams_t *s, unsigned thread, uint64_t stream);

/*
 * Where the next words of a stream go, at least min of them, min at most
 * JNY_CHUNK_WORDS; jny_streams_left() says how many.  NULL: see _fail().
 * Who has written n words says so by side->next[stream] += n.
 */
static inline uint64_t *
jny_streams_room(jny_streams_t *s, unsigned thread, uint64_t stream,
    unsigned min)
{
    uint64_t  **next;

    next = &s->sides[thread].next[stream];

    if (jny_streams_left(*next) < min
        && jny_streams_grow(s, thread, stream) != JNY_OK)
    {
        return NULL;
    }

    return *next;
}

/*
 * When all is added: if some was spilled, the rest is, too, and the memory goes
 * back.  JNY_OK, JNY_ENOMEM, JNY_EIO (the budget's diag).
 */
int jny_streams_settle(jny_streams_t *s);

/* Why room was refused: JNY_EIO or JNY_ENOMEM. */
int jny_streams_fail(const jny_streams_t *s);


/* Reading, when nobody adds to this stream any more. */

void jny_stream_reader_release(jny_stream_reader_t *r);

/* Words of a stream on all sides. */
uint64_t jny_streams_words(const jny_streams_t *s, uint64_t stream);

/*
 * The whole stream in r->spans; the words are the reader's to change.  The
 * same stream is read once.  JNY_OK, JNY_ENOMEM, JNY_EIO.
 */
int jny_streams_read(jny_streams_t *s, uint64_t stream,
    jny_stream_reader_t *r);

/*
 * Calls each for every span of a stream, with little of it in memory at a
 * time.  JNY_OK, JNY_ENOMEM, JNY_EIO, or what each returned.
 */
int jny_streams_each(jny_streams_t *s, uint64_t stream,
    jny_stream_reader_t *r, int (*each)(void *ctx, jny_span_t span),
    void *ctx);


#endif /* JNY_STREAMS_H */
