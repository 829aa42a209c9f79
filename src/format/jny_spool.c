/*
 * jny_spool.c - the header of a spool and how it changes.
 *
 * Three things must survive a kill between any two instructions.  A row: its
 * bytes lie beyond the end until one 64-bit store moves the end and the
 * count of rows together.  A release, which changes many numbers: they are
 * written to the state that is not current, then one store makes it current.
 * The record of a block in flight: its mark is taken away before and put back
 * after the other numbers are written, and a release makes it stale by itself,
 * since it names the seq it belongs to.
 *
 * Rows lie in two runs.  The second begins at the front when the first has
 * reached the end, and becomes the first when that is released: no row is
 * ever moved, none is split, and an empty spool has all its room in one piece.
 */

#include "jny_spool.h"
#include "jny_spool_row.h"

#include <string.h>
#include <zlib.h>


#define JNY_SPOOL_INFO_AT  256
#define JNY_SPOOL_INFO_MAX (JNY_SPOOL_HEADER_LEN - JNY_SPOOL_INFO_AT)

/* Positions: bit 32 is set in the newer run. */
#define JNY_SPOOL_NEWER    ((uint64_t) 1 << 32)

typedef struct {
    uint64_t  first;        /* where the first row begins, behind the header */
    uint64_t  end;          /* low half: where the last row ends; high half:
                               how many rows there are */
} jny_spool_run_t;

typedef struct {
    uint64_t         seq;
    uint64_t         base;
    jny_spool_run_t  older;
    jny_spool_run_t  newer;
    uint64_t         lost;      /* dropped, too: rows that did not check */
    uint64_t         final;     /* 0 or 1 */
} jny_spool_slot_t;

typedef struct {
    uint64_t  mark;         /* seq + 1; 0: the rest does not hold */
    uint64_t  base;
    uint64_t  first;
    uint64_t  rows;
    uint64_t  offset;
    uint64_t  reserved[3];
} jny_spool_launch_t;

struct jny_spool_s {
    uint64_t            magic;
    uint32_t            header_len;
    uint32_t            info_len;
    uint64_t            size;
    uint64_t            writer;
    uint32_t            reserved1;
    uint32_t            crc;       /* of the 36 bytes before and of info */
    uint64_t            current;   /* which slot holds: 0 or 1 */
    uint64_t            dropped;
    uint64_t            tries;     /* to adopt it, that did not end */
    jny_spool_slot_t    slots[2];
    jny_spool_launch_t  launch;
    uint8_t             info[JNY_SPOOL_INFO_MAX];
};

/* What info begins with; texts follow, each behind its 16-bit length. */
enum {
    JNY_SPOOL_INFO_AGENTS,
    JNY_SPOOL_INFO_LEVEL,
    JNY_SPOOL_INFO_STAGES,
    JNY_SPOOL_INFO_FIELDS,
    JNY_SPOOL_INFO_TEXTS
};


static uint32_t
jny_spool_crc(const jny_spool_t *sp, uint32_t info_len)
{
    uLong  crc;

    crc = crc32(0, (const uint8_t *) sp, offsetof(jny_spool_t, crc));

    return (uint32_t) crc32(crc, sp->info, info_len);
}


long
jny_spool_spare(const jny_log_info_t *info)
{
    size_t  len;

    len = JNY_SPOOL_INFO_TEXTS + info->edge.len + info->path.len
          + sizeof(uint16_t) * (2 + info->nstages + info->nfields);

    for (unsigned i = 0; i < info->nstages; i++) {
        len += info->stages[i].len;
    }

    for (unsigned i = 0; i < info->nfields; i++) {
        len += info->fields[i].len;
    }

    return (long) JNY_SPOOL_INFO_MAX - (long) len;
}


static void
jny_spool_put_text(jny_spool_t *sp, jny_slice_t s)
{
    uint16_t  len;

    len = (uint16_t) s.len;
    memcpy(sp->info + sp->info_len, &len, sizeof(len));
    sp->info_len += sizeof(len);

    if (s.len != 0) {
        memcpy(sp->info + sp->info_len, s.data, s.len);
        sp->info_len += len;
    }
}


static void
jny_spool_put_info(jny_spool_t *sp, const jny_log_info_t *info)
{
    sp->info[JNY_SPOOL_INFO_AGENTS] = info->agents;
    sp->info[JNY_SPOOL_INFO_LEVEL] = (uint8_t) info->level;
    sp->info[JNY_SPOOL_INFO_STAGES] = (uint8_t) info->nstages;
    sp->info[JNY_SPOOL_INFO_FIELDS] = (uint8_t) info->nfields;
    sp->info_len = JNY_SPOOL_INFO_TEXTS;

    jny_spool_put_text(sp, info->edge);

    for (unsigned i = 0; i < info->nstages; i++) {
        jny_spool_put_text(sp, info->stages[i]);
    }

    for (unsigned i = 0; i < info->nfields; i++) {
        jny_spool_put_text(sp, info->fields[i]);
    }

    jny_spool_put_text(sp, info->path);
}


int
jny_spool_init(jny_spool_t *sp, size_t size, const jny_log_info_t *info)
{
    if (size < JNY_SPOOL_MIN_LEN || size > UINT32_MAX || info->writer == 0
        || info->nstages > JNY_MAX_STAGES || info->nfields > JNY_MAX_FIELDS
        || info->level < 1 || info->level > 9)
    {
        return JNY_EINVAL;
    }

    if (jny_spool_spare(info) < 0) {
        return JNY_ELIMIT;
    }

    jny_spool_put_info(sp, info);

    sp->header_len = JNY_SPOOL_HEADER_LEN;
    sp->size = size;
    sp->writer = info->writer;
    sp->magic = JNY_SPOOL_MAGIC;
    sp->crc = jny_spool_crc(sp, sp->info_len);

    return JNY_OK;
}


static int
jny_spool_get_text(const jny_spool_t *sp, uint32_t *at, jny_slice_t *s)
{
    uint16_t  len;

    if (sp->info_len - *at < sizeof(len)) {
        return JNY_EDATA;
    }

    memcpy(&len, sp->info + *at, sizeof(len));
    *at += sizeof(len);

    if (sp->info_len - *at < len) {
        return JNY_EDATA;
    }

    s->data = sp->info + *at;
    s->len = len;
    *at += len;

    return JNY_OK;
}


static int
jny_spool_get_info(const jny_spool_t *sp, jny_log_info_t *info)
{
    int       rc;
    uint32_t  at;

    memset(info, 0, sizeof(*info));
    info->writer = sp->writer;
    info->agents = sp->info[JNY_SPOOL_INFO_AGENTS] & 1;
    info->level = sp->info[JNY_SPOOL_INFO_LEVEL];
    info->nstages = sp->info[JNY_SPOOL_INFO_STAGES];
    info->nfields = sp->info[JNY_SPOOL_INFO_FIELDS];

    if (info->writer == 0 || info->level < 1 || info->level > 9
        || info->nstages > JNY_MAX_STAGES || info->nfields > JNY_MAX_FIELDS)
    {
        return JNY_EDATA;
    }

    at = JNY_SPOOL_INFO_TEXTS;
    rc = jny_spool_get_text(sp, &at, &info->edge);

    for (unsigned i = 0; rc == JNY_OK && i < info->nstages; i++) {
        rc = jny_spool_get_text(sp, &at, &info->stages[i]);
    }

    for (unsigned i = 0; rc == JNY_OK && i < info->nfields; i++) {
        rc = jny_spool_get_text(sp, &at, &info->fields[i]);
    }

    if (rc == JNY_OK) {
        rc = jny_spool_get_text(sp, &at, &info->path);
    }

    return rc;
}


/* The slot that holds; current is masked: open() has seen 0 or 1. */
static const jny_spool_slot_t *
jny_spool_slot(const jny_spool_t *sp)
{
    return &sp->slots[__atomic_load_n(&sp->current, __ATOMIC_ACQUIRE) & 1];
}


static int
jny_spool_run_valid(const jny_spool_run_t *run, uint64_t room)
{
    uint64_t  end, rows;

    end = run->end & UINT32_MAX;
    rows = run->end >> 32;

    return run->first <= end && end <= room && run->first % 8 == 0
           && end % 8 == 0 && rows <= (end - run->first) / JNY_SPOOL_ROW_MIN
           && (rows == 0) == (end == run->first);
}


static int
jny_spool_slot_valid(const jny_spool_slot_t *slot, uint64_t room)
{
    const jny_spool_run_t  *older, *newer;

    older = &slot->older;
    newer = &slot->newer;

    if (!jny_spool_run_valid(older, room) || !jny_spool_run_valid(newer, room)
        || slot->final > 1)
    {
        return 0;
    }

    if (newer->end >> 32 == 0) {
        return 1;
    }

    return older->end >> 32 != 0 && newer->first == 0
           && (newer->end & UINT32_MAX) <= older->first;
}


/* What is wrong with a spool, or NULL. */
static const char *
jny_spool_fault(const jny_spool_t *sp, size_t size)
{
    if (size < JNY_SPOOL_MIN_LEN || sp->magic != JNY_SPOOL_MAGIC) {
        return "this is no spool";
    }

    if (sp->header_len != JNY_SPOOL_HEADER_LEN || sp->size != size
        || sp->info_len < JNY_SPOOL_INFO_TEXTS
        || sp->info_len > JNY_SPOOL_INFO_MAX)
    {
        return "spool is of another size than it says";
    }

    if (sp->crc != jny_spool_crc(sp, sp->info_len)) {
        return "spool header's checksum does not match";
    }

    if (sp->current > 1
        || !jny_spool_slot_valid(jny_spool_slot(sp),
                                 size - JNY_SPOOL_HEADER_LEN))
    {
        return "spool's state is impossible";
    }

    return NULL;
}


int
jny_spool_open(const jny_spool_t *sp, size_t size, jny_spool_state_t *state,
    jny_log_info_t *info, jny_diag_t *diag)
{
    const char  *fault;

    fault = jny_spool_fault(sp, size);

    if (fault == NULL && jny_spool_get_info(sp, info) != JNY_OK) {
        fault = "spool's description of the log is impossible";
    }

    if (fault != NULL) {
        jny_diag_set(diag, 0, "%s", fault);
        return JNY_EDATA;
    }

    jny_spool_state(sp, state);

    return JNY_OK;
}


void
jny_spool_state(const jny_spool_t *sp, jny_spool_state_t *state)
{
    uint64_t                 older, newer;
    const jny_spool_slot_t  *slot;

    slot = jny_spool_slot(sp);
    older = __atomic_load_n(&slot->older.end, __ATOMIC_ACQUIRE);
    newer = __atomic_load_n(&slot->newer.end, __ATOMIC_ACQUIRE);

    state->writer = sp->writer;
    state->seq = slot->seq;
    state->base = slot->base;
    state->dropped = __atomic_load_n(&sp->dropped, __ATOMIC_RELAXED)
                     + slot->lost;
    state->used = (older & UINT32_MAX) - slot->older.first
                  + (newer & UINT32_MAX);
    state->rows = (older >> 32) + (newer >> 32);
    state->size = sp->size;
    state->final = slot->final & 1;
}


int
jny_spool_add(jny_spool_t *sp, const jny_row_t *row)
{
    uint64_t            end, rows, room;
    jny_spool_run_t    *run;
    jny_spool_slot_t   *slot;
    jny_spool_texts_t   texts;

    slot = &sp->slots[sp->current & 1];
    jny_spool_row_texts(row, sp->info[JNY_SPOOL_INFO_AGENTS], &texts);

    run = &slot->older;
    room = sp->size - JNY_SPOOL_HEADER_LEN;

    if (slot->newer.end != 0 || texts.size > room - (run->end & UINT32_MAX)) {
        run = &slot->newer;
        room = slot->older.first;
    }

    end = run->end & UINT32_MAX;
    rows = run->end >> 32;

    if (texts.size > room - end) {
        return JNY_ELIMIT;
    }

    jny_spool_row_put(row, &texts,
                      (uint8_t *) sp + JNY_SPOOL_HEADER_LEN + end);

    __atomic_store_n(&run->end, (rows + 1) << 32 | (end + texts.size),
                     __ATOMIC_RELEASE);

    return JNY_OK;
}


/* The rows from *pos on, and *pos as the place where they begin. */
static jny_slice_t
jny_spool_rest(const jny_spool_t *sp, uint64_t *pos)
{
    uint64_t                 at, end;
    jny_slice_t              rows;
    const jny_spool_slot_t  *slot;

    slot = jny_spool_slot(sp);
    at = *pos & UINT32_MAX;
    end = __atomic_load_n(&slot->older.end, __ATOMIC_ACQUIRE) & UINT32_MAX;

    if (*pos < JNY_SPOOL_NEWER) {
        at = at < slot->older.first ? slot->older.first : at;
        *pos = at;
    }

    if (*pos >= JNY_SPOOL_NEWER || at >= end) {
        at = *pos >= JNY_SPOOL_NEWER ? at : 0;
        end = __atomic_load_n(&slot->newer.end, __ATOMIC_ACQUIRE)
              & UINT32_MAX;
        *pos = JNY_SPOOL_NEWER | at;
    }

    rows.data = (const uint8_t *) sp + JNY_SPOOL_HEADER_LEN + at;
    rows.len = at < end ? end - at : 0;

    return rows;
}


int
jny_spool_next(const jny_spool_t *sp, uint64_t *pos, jny_row_t *row)
{
    size_t       len;
    uint64_t     at;
    jny_slice_t  rows;

    at = *pos;
    rows = jny_spool_rest(sp, &at);

    if (rows.len == 0) {
        return JNY_END;
    }

    len = jny_spool_row_get(rows, row);

    if (len == 0) {
        return JNY_EDATA;
    }

    *pos = at + len;

    return JNY_OK;
}


void
jny_spool_drop(jny_spool_t *sp, uint64_t nevents)
{
    __atomic_store_n(&sp->dropped, sp->dropped + nevents, __ATOMIC_RELAXED);
}


void
jny_spool_launch(jny_spool_t *sp, const jny_spool_flight_t *f)
{
    jny_spool_launch_t      *l;
    const jny_spool_slot_t  *slot;

    l = &sp->launch;
    slot = jny_spool_slot(sp);

    __atomic_store_n(&l->mark, 0, __ATOMIC_SEQ_CST);
    __atomic_thread_fence(__ATOMIC_SEQ_CST);

    l->base = slot->base;
    l->first = slot->older.first;
    l->rows = f->rows;
    l->offset = f->offset;

    __atomic_store_n(&l->mark, slot->seq + 1, __ATOMIC_RELEASE);
}


int
jny_spool_flight(const jny_spool_t *sp, jny_spool_flight_t *f)
{
    jny_spool_state_t          st;
    const jny_spool_launch_t  *l;

    l = &sp->launch;
    jny_spool_state(sp, &st);

    if (__atomic_load_n(&l->mark, __ATOMIC_ACQUIRE) != st.seq + 1
        || l->base != st.base || l->first != jny_spool_slot(sp)->older.first
        || l->rows > st.rows || st.final)
    {
        return JNY_END;
    }

    f->rows = l->rows;
    f->offset = l->offset;

    return JNY_OK;
}


void
jny_spool_release(jny_spool_t *sp, uint64_t pos, uint32_t nevents)
{
    uint64_t                 current, older, newer;
    jny_spool_slot_t        *to;
    const jny_spool_slot_t  *from;

    current = sp->current & 1;
    from = &sp->slots[current];
    to = &sp->slots[current ^ 1];

    older = from->older.end >> 32;
    newer = from->newer.end >> 32;

    to->seq = from->seq + 1;
    to->base = from->base + nevents;
    to->lost = from->lost;
    to->final = 0;
    to->older = from->older;
    to->newer = from->newer;

    if (nevents < older) {
        to->older.first = pos < from->older.first ? from->older.first : pos;
        to->older.end = (older - nevents) << 32
                        | (from->older.end & UINT32_MAX);

    } else {
        to->newer.first = 0;
        to->newer.end = 0;
        to->older.first = 0;
        to->older.end = 0;

        if (nevents < older + newer) {
            to->older.first = pos < JNY_SPOOL_NEWER ? 0 : pos & UINT32_MAX;
            to->older.end = (older + newer - nevents) << 32
                            | (from->newer.end & UINT32_MAX);
        }
    }

    __atomic_store_n(&sp->current, current ^ 1, __ATOMIC_RELEASE);
}


void
jny_spool_end(jny_spool_t *sp, uint32_t nevents)
{
    uint64_t                 current, rows;
    jny_spool_slot_t        *to;
    const jny_spool_slot_t  *from;

    current = sp->current & 1;
    from = &sp->slots[current];
    to = &sp->slots[current ^ 1];
    rows = (from->older.end >> 32) + (from->newer.end >> 32);

    memset(to, 0, sizeof(*to));
    to->seq = from->seq + 1;
    to->base = from->base + nevents;
    to->lost = from->lost + (rows - nevents);
    to->final = 1;

    __atomic_store_n(&sp->current, current ^ 1, __ATOMIC_RELEASE);
}


uint64_t
jny_spool_try(jny_spool_t *sp)
{
    uint64_t  tries;

    tries = sp->tries;

    if (tries != UINT64_MAX) {
        tries++;
    }

    __atomic_store_n(&sp->tries, tries, __ATOMIC_RELEASE);

    return tries;
}


void
jny_spool_tried(jny_spool_t *sp)
{
    __atomic_store_n(&sp->tries, 0, __ATOMIC_RELEASE);
}
