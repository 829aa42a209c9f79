/*
 * sort.c - bucket by hash, then sort buckets.
 *
 * What is sorted is not events but strands, a quarter as many.  A counting
 * pass over further hash bits puts about two strands into a bucket and so
 * nearly always whole visitors side by side; what is left is sorting some
 * strands of one visitor, most of them in order already: insertion.  Strands
 * that come from logs sorted by visitor are in order before, and stay.
 *
 * A visitor's events are then in order, too, but where two nginx workers
 * served the same visitor at a time: those are merged.  All of this leaves
 * events of the same time in the order of their strands.
 */

#include "engine/sort.h"

#include <stdlib.h>
#include <string.h>


#define JNY_SORT_INSERTION  32


void
jny_sorter_init(jny_sorter_t *s)
{
    memset(s, 0, sizeof(*s));
}


void
jny_sorter_release(jny_sorter_t *s)
{
    jny_stream_reader_release(&s->reader);
    free(s->refs);
    free(s->unsorted);
    free(s->starts);
    free(s->events);
    free(s->spare);
    jny_sorter_init(s);
}


/* Contents are not kept: every run fills what it uses. */
static void *
jny_sorter_room(void *p, uint64_t *cap, uint64_t want, size_t size)
{
    uint64_t  n;

    if (want <= *cap) {
        return p;
    }

    free(p);

    n = want + want / 4;
    *cap = 0;

    p = malloc(n * size);
    if (p != NULL) {
        *cap = n;
    }

    return p;
}


/* The row where a strand begins; those without entries are pieces, too. */
static uint64_t
jny_strand_ord(const jny_strand_ref_t *r)
{
    jny_strand_t  *s;

    s = r->strand;

    return JNY_ORD(s->block, s->kept == 0
                                 ? 0
                                 : jny_strand_entry_row(
                                       *jny_strand_entries(s)));
}


static inline int
jny_strand_before(const jny_sorter_t *s, const jny_strand_ref_t *a,
    const jny_strand_ref_t *b)
{
    uint64_t  one, two;

    if (a->hash != b->hash) {
        return a->hash < b->hash;
    }

    if (s->persons) {
        one = jny_strand_login(a->strand);
        two = jny_strand_login(b->strand);

        if (one != two) {
            return one < two;
        }
    }

    return jny_strand_ord(a) < jny_strand_ord(b);
}


static int
jny_strand_compare(const void *a, const void *b, void *s)
{
    return jny_strand_before(s, a, b) ? -1 : jny_strand_before(s, b, a);
}


static void
jny_sorter_bucket_sort(jny_sorter_t *s, jny_strand_ref_t *r, uint64_t n)
{
    uint64_t          i, k;
    jny_strand_ref_t  x;

    if (n > JNY_SORT_INSERTION) {
        qsort_r(r, n, sizeof(*r), jny_strand_compare, s);
        return;
    }

    for (i = 1; i < n; i++) {
        x = r[i];

        for (k = i; k > 0 && jny_strand_before(s, &x, &r[k - 1]); k--) {
            r[k] = r[k - 1];
        }

        r[k] = x;
    }
}


/* Lists the strands of the spans in s->unsorted; whether they are sorted. */
static int
jny_sorter_list(jny_sorter_t *s, uint64_t *n, int *sorted)
{
    size_t             i;
    uint64_t          *p, *end, words;
    jny_strand_ref_t  *r;

    words = 0;

    for (i = 0; i < s->reader.nspans; i++) {
        words += s->reader.spans[i].n;
    }

    s->unsorted = jny_sorter_room(s->unsorted, &s->unsorted_cap,
                                  words / JNY_STRAND_HEAD + 1, sizeof(*r));
    if (s->unsorted == NULL) {
        return JNY_ENOMEM;
    }

    r = s->unsorted;
    *sorted = 1;

    for (i = 0; i < s->reader.nspans; i++) {
        p = s->reader.spans[i].words;
        end = p + s->reader.spans[i].n;

        while (p < end) {
            r->strand = (jny_strand_t *) p;
            r->hash = jny_visitor_hash(r->strand->visitor);

            if (r > s->unsorted && jny_strand_before(s, r, r - 1)) {
                *sorted = 0;
            }

            p += r->strand->words;
            r++;
        }
    }

    *n = (uint64_t) (r - s->unsorted);

    return JNY_OK;
}


/* From s->unsorted to s->refs, by bits of the hash behind the first shift,
   which are fewer than 64. */
static void
jny_sorter_place(jny_sorter_t *s, uint64_t n, unsigned shift, unsigned bits)
{
    uint32_t  sum, many, *starts;
    uint64_t  i, k, buckets;

    starts = s->starts;
    buckets = (uint64_t) 1 << bits;
    memset(starts, 0, (buckets + 1) * sizeof(*starts));

    for (i = 0; i < n; i++) {
        starts[(s->unsorted[i].hash << shift) >> (64 - bits)]++;
    }

    sum = 0;

    for (k = 0; k <= buckets; k++) {
        many = starts[k];
        starts[k] = sum;
        sum += many;
    }

    for (i = 0; i < n; i++) {
        k = (s->unsorted[i].hash << shift) >> (64 - bits);
        s->refs[starts[k]++] = s->unsorted[i];
    }

    /* Placing moved each start to its bucket's end. */

    for (k = 0, i = 0; k < buckets; i = starts[k++]) {
        if (starts[k] - i > 1) {
            jny_sorter_bucket_sort(s, s->refs + i, starts[k] - i);
        }
    }
}


int
jny_sorter_run(jny_sorter_t *s, jny_streams_t *streams, uint64_t stream,
    unsigned bits, uint64_t *n)
{
    int                rc, sorted;
    uint64_t           cap;
    unsigned           more;
    jny_strand_ref_t  *swap;

    rc = jny_streams_read(streams, stream, &s->reader);

    if (rc == JNY_OK) {
        rc = jny_sorter_list(s, n, &sorted);
    }

    if (rc != JNY_OK) {
        return rc;
    }

    if (*n > INT32_MAX) {
        return JNY_ELIMIT;
    }

    if (!sorted && bits >= 64) {
        /* nothing of the hash is left to tell visitors apart: it is one */
        jny_sorter_bucket_sort(s, s->unsorted, *n);
        sorted = 1;
    }

    if (sorted) {
        swap = s->refs;
        s->refs = s->unsorted;
        s->unsorted = swap;
        cap = s->refs_cap;
        s->refs_cap = s->unsorted_cap;
        s->unsorted_cap = cap;

        return JNY_OK;
    }

    for (more = 1; (uint64_t) 2 << more < *n; more++) {
        /* two strands a bucket */
    }

    s->refs = jny_sorter_room(s->refs, &s->refs_cap, *n, sizeof(*s->refs));
    s->starts = jny_sorter_room(s->starts, &s->starts_cap,
                                ((uint64_t) 1 << more) + 1,
                                sizeof(*s->starts));

    if (s->refs == NULL || s->starts == NULL) {
        return JNY_ENOMEM;
    }

    jny_sorter_place(s, *n, bits, more);

    return JNY_OK;
}


static void
jny_sorter_insertion(jny_event_t *r, uint64_t n)
{
    uint64_t     i, k;
    jny_event_t  x;

    for (i = 1; i < n; i++) {

        if (r[i].time_ms >= r[i - 1].time_ms) {
            continue;
        }

        x = r[i];
        k = i;

        do {
            r[k] = r[k - 1];
            k--;
        } while (k > 0 && x.time_ms < r[k - 1].time_ms);

        r[k] = x;
    }
}


/* Bottom-up: runs of JNY_SORT_INSERTION, then pairs of runs. */
static int
jny_sorter_merge(jny_sorter_t *s, jny_event_t *r, uint64_t n)
{
    uint64_t      run, at, mid, end, i, k, out;
    jny_event_t  *from, *to, *swap;

    s->spare = jny_sorter_room(s->spare, &s->spare_cap, n, sizeof(*r));
    if (s->spare == NULL) {
        return JNY_ENOMEM;
    }

    for (at = 0; at < n; at += JNY_SORT_INSERTION) {
        end = at + JNY_SORT_INSERTION < n ? at + JNY_SORT_INSERTION : n;
        jny_sorter_insertion(r + at, end - at);
    }

    from = r;
    to = s->spare;

    for (run = JNY_SORT_INSERTION; run < n; run *= 2) {

        for (at = 0; at < n; at = end) {
            mid = at + run < n ? at + run : n;
            end = mid + run < n ? mid + run : n;
            i = at;
            k = mid;

            for (out = at; out < end; out++) {
                if (k == end
                    || (i < mid && from[k].time_ms >= from[i].time_ms))
                {
                    to[out] = from[i++];
                } else {
                    to[out] = from[k++];
                }
            }
        }

        swap = from;
        from = to;
        to = swap;
    }

    if (from != r) {
        memcpy(r, from, n * sizeof(*r));
    }

    return JNY_OK;
}


int
jny_sorter_events(jny_sorter_t *s, const jny_strand_ref_t *refs, uint64_t n,
    const jny_strand_key_t *key, jny_event_t **events, uint32_t *nevents)
{
    uint64_t      i, k;
    jny_event_t  *e;

    for (i = 0, k = 0; i < n; i++) {
        k += refs[i].strand->kept;
    }

    s->events = jny_sorter_room(s->events, &s->events_cap, k + 1,
                                sizeof(*e));
    if (s->events == NULL) {
        return JNY_ENOMEM;
    }

    *events = s->events;
    *nevents = (uint32_t) k;

    for (i = 0, e = s->events; i < n; i++) {
        e = jny_strand_open(refs[i].strand, key, e);
    }

    for (i = 1; i < k && s->events[i].time_ms >= s->events[i - 1].time_ms; i++)
    {
        /* in order, as nearly always */
    }

    if (i >= k) {
        return JNY_OK;
    }

    if (k > JNY_SORT_INSERTION) {
        return jny_sorter_merge(s, s->events, k);
    }

    jny_sorter_insertion(s->events, k);

    return JNY_OK;
}
