/*
 * scan_strands.c - a block's rows to strands (strands.h).
 *
 * Rows are gathered by visitor with a counting sort over the block's own
 * visitor numbers, so that hash, partition and place are found once a strand,
 * not once an event.  A block that is sorted by visitor needs no sort, and its
 * strands go to one partition after the other.
 */

#include "engine/scan.h"

#include <string.h>

#include "engine/logins.h"


#define JNY_STRANDS_AHEAD  8


/*
 * The kind words that some analysis looks at: where no other event of the
 * visitor matters, the rest of the rows is counted in the strand's head alone.
 * Not where a login may still say which person they count for.
 */
static uint64_t
jny_scan_wanted(const jny_scan_t *scan)
{
    if (scan->wide || !scan->plan->no_merge
        || (scan->plan->want & JNY_WANT_EVERY)
        || (scan->plan->bots == JNY_BOTS_EXCLUDE
            && scan->plan->bot_rules == JNY_BOT_RULES_ALL))
    {
        return UINT64_MAX;
    }

    return jny_kind_word(scan->plan->nsteps > 0 ? 0 : UINT8_MAX,
                         JNY_EVENT_GOAL | JNY_SCATTERED_MONEY, UINT32_MAX);
}


static void
jny_scan_extend(jny_scan_thread_t *t, int64_t from_ms, int64_t to_ms)
{
    t->from_ms = from_ms < t->from_ms ? from_ms : t->from_ms;
    t->to_ms = to_ms > t->to_ms ? to_ms : t->to_ms;
}


/*
 * From and to of the n rows that count; the base of the strands' times.
 * Returns whether all times after it fit an entry.
 */
static int
jny_scan_span(const jny_scan_t *scan, jny_scan_thread_t *t, uint32_t n,
    uint32_t block)
{
    int64_t   time_ms, from_ms, to_ms;
    uint32_t  i, k;

    from_ms = t->time_ms[t->kept[0]];
    to_ms = t->time_ms[t->kept[n - 1]];

    for (k = 0; !t->ordered && k < n; k++) {
        time_ms = t->time_ms[t->kept[k]];
        from_ms = time_ms < from_ms ? time_ms : from_ms;
        to_ms = time_ms > to_ms ? time_ms : to_ms;
    }

    scan->base_ms[block] = from_ms;

    if (!t->partial) {
        jny_scan_extend(t, from_ms, to_ms);
    }

    for (k = 0; t->partial && k < n; k++) {
        i = t->kept[k];

        if (!(t->flags[i] & JNY_SCATTERED_CONTEXT)) {
            jny_scan_extend(t, t->time_ms[i], t->time_ms[i]);
        }
    }

    return (uint64_t) to_ms - (uint64_t) from_ms <= UINT32_MAX;
}


/*
 * The n rows that count, by visitor and in their order, in t->kept; where each
 * visitor's rows end, in t->ends.
 */
static int
jny_scan_gather(jny_scan_thread_t *t, uint32_t n)
{
    uint32_t         i, k, nids, at, many, *ends, *swap;
    const uint32_t  *visitors;

    nids = t->blk.nids;
    visitors = t->visitor;

    if (jny_scan_room(&t->ends, &t->ends_cap, (size_t) nids + 1,
                      sizeof(*t->ends))
        != JNY_OK)
    {
        return JNY_ENOMEM;
    }

    ends = t->ends;
    memset(ends, 0, ((size_t) nids + 1) * sizeof(*ends));
    at = (t->blk.flags & JNY_BLOCK_SORTED) != 0;

    for (k = 0; k < n; k++) {
        ends[visitors[t->kept[k]]]++;
    }

    for (k = 1; at && k < n; k++) {
        at = visitors[t->kept[k]] >= visitors[t->kept[k - 1]];
    }

    for (i = 0, k = 0; i < nids; i++) {
        many = ends[i];
        ends[i] = at ? k + many : k;
        k += many;
    }

    /* In order already; else each place counts up to its end. */

    if (at) {
        return JNY_OK;
    }

    for (k = 0; k < n; k++) {
        i = t->kept[k];
        t->gathered[ends[visitors[i]]++] = i;
    }

    swap = t->kept;
    t->kept = t->gathered;
    t->gathered = swap;

    return JNY_OK;
}


/*
 * The person or visitor of a row, and whether it is to be told apart from the
 * rows before: rows of another login are a strand of their own.
 */
static uint64_t
jny_scan_login(const jny_scan_thread_t *t, uint32_t i)
{
    return t->logs_in ? t->login[i] : 0;
}


uint64_t
jny_scan_visitor(const jny_scan_thread_t *t, uint32_t i)
{
    uint64_t  id;

    id = t->ids[t->visitor[i]];

    return id == 0 && t->logs_in && t->login[i] != 0
               ? jny_login_person(t->login[i]) : id;
}


/* Rows that are no context, and those of them that pass --where. */
static void
jny_scan_counts(const jny_scan_t *scan, const jny_scan_thread_t *t,
    uint32_t at, uint32_t end, jny_strand_t *s)
{
    uint16_t  flags;
    uint32_t  counted, selected;

    s->counted = (uint16_t) (end - at);
    s->selected = s->counted;

    if (!t->partial && scan->plan->where == NULL) {
        return;
    }

    counted = 0;
    selected = 0;

    for (/* void */; at < end; at++) {
        flags = jny_kind_flags(t->kind[t->kept[at]]);

        if (!(flags & JNY_SCATTERED_CONTEXT)) {
            counted++;
            selected += (flags & JNY_EVENT_WHERE) != 0;
        }
    }

    s->counted = (uint16_t) counted;
    s->selected = (uint16_t) selected;
}


/* The rows of a strand on their way to its entries. */
typedef struct {
    uint32_t         at;      /* in t->kept */
    uint32_t         end;
    uint32_t         kept;
    uint64_t         any;     /* kind words, or-ed */
    uint64_t        *to;
    const uint64_t  *limit;
} jny_scan_laying_t;


/* Every row has an entry of one word. */
static void
jny_scan_plain(const jny_scan_t *scan, const jny_scan_thread_t *t,
    int64_t base_ms, jny_scan_laying_t *l)
{
    uint32_t   i, at, end;
    uint64_t   any, *to;
    ptrdiff_t  room;

    at = l->at;
    to = l->to;
    any = 0;
    room = (l->limit - to) / (1 + (scan->wide ? (ptrdiff_t) JNY_STRAND_DETAIL
                                              : 0));
    end = l->end - at > room ? at + (uint32_t) room : l->end;
    l->kept = end - at;

    for (/* void */; at < end; at++) {
        i = t->kept[at];
        any |= t->kind[i];
        *to++ = jny_strand_entry((uint64_t) (t->time_ms[i] - base_ms), i,
                                 t->kind_id[i]);
    }

    l->at = at;
    l->to = to;
    l->any = any;
}


/* Some rows have none, or a long one; rows of another login stay. */
static void
jny_scan_mixed(const jny_scan_t *scan, const jny_scan_thread_t *t,
    int64_t base_ms, jny_scan_laying_t *l)
{
    uint32_t   i, detail;
    uint64_t   kind, login;
    ptrdiff_t  need;

    detail = scan->wide ? JNY_STRAND_DETAIL : 0;
    need = JNY_STRAND_ENTRY + detail;
    login = jny_scan_login(t, t->kept[l->at]);

    for (/* void */; l->at < l->end && l->limit - l->to >= need; l->at++) {
        i = t->kept[l->at];

        if (t->logs_in && t->login[i] != login) {
            break;
        }

        kind = t->kind[i];
        l->any |= kind;

        if (scan->wanted == UINT64_MAX || (kind & scan->wanted)) {
            l->to = jny_strand_put(l->to,
                                   jny_ms_between(base_ms, t->time_ms[i]), i,
                                   t->time_ms[i], kind, t->kind_id[i]);
            need += detail;
            l->kept++;
        }
    }
}


/*
 * Entries of the rows kept[at] to kept[end - 1], as many as there is room for
 * with their details, and the head's sums.  Returns the row behind the last;
 * *p moves behind the entries.
 */
static uint32_t
jny_scan_entries(const jny_scan_t *scan, jny_scan_thread_t *t, uint32_t at,
    uint32_t end, jny_strand_t *s, uint64_t **p, const uint64_t *limit)
{
    jny_scan_laying_t  l = { at, end, 0, 0, *p, limit };

    if (t->plain) {
        jny_scan_plain(scan, t, scan->base_ms[s->block], &l);
    } else {
        jny_scan_mixed(scan, t, scan->base_ms[s->block], &l);
    }

    s->any |= (uint16_t) (jny_kind_flags(l.any)
                          | (jny_kind_match(l.any) & 1) * JNY_STRAND_ENTERED);
    s->rows = (uint16_t) (l.at - at);
    s->kept = (uint16_t) l.kept;
    jny_scan_counts(scan, t, at, l.at, s);
    *p = l.to;

    return l.at;
}


/*
 * One strand from the rows kept[at] to kept[end - 1] of a visitor, or from as
 * many as the chunk takes; *at moves behind them.
 */
static int
jny_scan_strand(const jny_scan_t *scan, jny_scan_thread_t *t, unsigned thread,
    uint32_t block, uint32_t *at, uint32_t end)
{
    uint32_t       first, k;
    uint64_t      *head, *p, **next, login;
    jny_strand_t   s, *to;

    memset(&s, 0, sizeof(s));
    s.visitor = jny_scan_visitor(t, t->kept[*at]);
    s.block = block;
    first = *at;
    login = jny_scan_login(t, t->kept[first]);

    next = scan->streams->sides[thread].next
           + jny_strand_stream(scan->streams, s.visitor);

    head = jny_streams_room(scan->streams, thread,
                            jny_strand_stream(scan->streams, s.visitor),
                            JNY_STRAND_HEAD + 1 + JNY_STRAND_ENTRY
                                + (scan->wide ? JNY_STRAND_DETAIL : 0));
    if (head == NULL) {
        return jny_streams_fail(scan->streams);
    }

    p = head + JNY_STRAND_HEAD;

    if (login != 0) {
        s.any = JNY_STRAND_LOGIN;
        *p++ = login;
    }

    *at = jny_scan_entries(scan, t, *at, end, &s, &p,
                           head + jny_streams_left(head));

    /* In a wide run every row has an entry. */

    for (k = first; scan->wide && k < *at; k++, p += JNY_STRAND_DETAIL) {
        if (jny_scan_detail(scan, t, t->kept[k], (jny_detail_t *) p)
            != JNY_OK)
        {
            return JNY_ENOMEM;
        }
    }

    /* Field by field: a copy would wait for what was just counted. */

    to = (jny_strand_t *) head;
    to->visitor = s.visitor;
    to->block = s.block;
    to->words = (uint16_t) (p - head);
    to->kept = s.kept;
    to->rows = s.rows;
    to->counted = s.counted;
    to->selected = s.selected;
    to->any = s.any;

    *next = p;

    return JNY_OK;
}


/* The place of a strand to come, into the cache: partitions are everywhere. */
static inline void
jny_scan_ahead(const jny_scan_t *scan, unsigned thread, uint64_t visitor)
{
    const uint64_t  *p;

    p = scan->streams->sides[thread].next[jny_strand_stream(scan->streams,
                                                           visitor)];
    __builtin_prefetch(p, 1);
    __builtin_prefetch(p + 8, 1);
}


void
jny_scan_strands_init(jny_scan_t *scan)
{
    scan->wanted = jny_scan_wanted(scan);
}


int
jny_scan_strands(const jny_scan_t *scan, jny_scan_thread_t *t,
    unsigned thread, uint32_t block, uint32_t n)
{
    int       rc, numbered;
    uint32_t  i, at;

    if (n == 0) {
        return JNY_OK;
    }

    numbered = jny_scan_kinds(scan, t);
    t->plain = jny_scan_span(scan, t, n, block) && numbered && !t->logs_in
               && scan->wanted == UINT64_MAX;

    rc = jny_scan_gather(t, n);

    for (i = 0, at = 0; rc == JNY_OK && i < t->blk.nids; i++) {

        if (i + JNY_STRANDS_AHEAD < t->blk.nids) {
            jny_scan_ahead(scan, thread, t->ids[i + JNY_STRANDS_AHEAD]);
        }

        while (rc == JNY_OK && at < t->ends[i]) {
            rc = jny_scan_strand(scan, t, thread, block, &at, t->ends[i]);
        }
    }

    return rc;
}


/* A strand that says no more than that its visitor is a bot. */
static int
jny_scan_bot(const jny_scan_t *scan, jny_scan_thread_t *t, unsigned thread,
    uint32_t block, uint32_t id)
{
    uint64_t      *p, stream;
    jny_strand_t   s;

    memset(&s, 0, sizeof(s));
    s.visitor = t->ids[id];
    s.block = block;
    s.words = JNY_STRAND_HEAD;
    s.any = JNY_STRAND_BOT;

    stream = jny_strand_stream(scan->streams, s.visitor);

    p = jny_streams_room(scan->streams, thread, stream, JNY_STRAND_HEAD);
    if (p == NULL) {
        return jny_streams_fail(scan->streams);
    }

    memcpy(p, &s, sizeof(s));
    scan->streams->sides[thread].next[stream] = p + JNY_STRAND_HEAD;
    t->id_why[id] |= JNY_ROW_SAID;

    return JNY_OK;
}


int
jny_scan_bots(const jny_scan_t *scan, jny_scan_thread_t *t, unsigned thread,
    uint32_t block)
{
    int       rc;
    uint32_t  i, id;

    rc = JNY_OK;

    for (i = 0; !t->partial && rc == JNY_OK && i < t->blk.nids; i++) {
        if (t->id_why[i] == JNY_ROW_BOT) {
            rc = jny_scan_bot(scan, t, thread, block, i);
        }
    }

    for (i = 0; t->partial && rc == JNY_OK && i < t->blk.nevents; i++) {
        id = t->visitor[i];

        if (t->id_why[id] == JNY_ROW_BOT
            && !(t->why[i] & (JNY_ROW_OUTSIDE | JNY_ROW_CONTEXT)))
        {
            rc = jny_scan_bot(scan, t, thread, block, id);
        }
    }

    return rc;
}
