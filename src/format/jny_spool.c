/*
 * jny_spool.c - the header of a spool and how it changes.
 *
 * Two things must survive a kill between any two instructions.  A row: its
 * bytes lie beyond the end until one 64-bit store moves the end and the
 * count of rows together.  A release, which changes four numbers: they are
 * written to the state that is not current, then one store makes it current.
 */

#include "jny_spool.h"
#include "jny_spool_row.h"

#include <string.h>
#include <zlib.h>


#define JNY_SPOOL_MAGIC    0x314c4f4f5053594aULL   /* "JYSPOOL1" */
#define JNY_SPOOL_INFO_AT  256
#define JNY_SPOOL_INFO_MAX (JNY_SPOOL_HEADER_LEN - JNY_SPOOL_INFO_AT)

typedef struct {
    uint64_t  seq;
    uint64_t  base;
    uint64_t  first;        /* where the first row begins, behind the header */
    uint64_t  end;          /* low half: where the last row ends; high half:
                               how many rows there are */
    uint64_t  reserved[4];
} jny_spool_slot_t;

struct jny_spool_s {
    uint64_t          magic;
    uint32_t          header_len;
    uint32_t          info_len;
    uint64_t          size;
    uint64_t          writer;
    uint32_t          reserved1;
    uint32_t          crc;         /* of the 36 bytes before and of info */
    uint64_t          current;     /* which slot holds: 0 or 1 */
    uint64_t          dropped;
    uint64_t          reserved2;
    jny_spool_slot_t  slots[2];
    uint64_t          reserved3[8];
    uint8_t           info[JNY_SPOOL_INFO_MAX];
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


static int
jny_spool_put_text(jny_spool_t *sp, jny_slice_t s)
{
    uint16_t  len;

    if (s.len > JNY_SPOOL_INFO_MAX
        || JNY_SPOOL_INFO_MAX - sp->info_len < sizeof(len) + s.len)
    {
        return JNY_ELIMIT;
    }

    len = (uint16_t) s.len;
    memcpy(sp->info + sp->info_len, &len, sizeof(len));
    sp->info_len += sizeof(len);

    if (s.len != 0) {
        memcpy(sp->info + sp->info_len, s.data, s.len);
        sp->info_len += len;
    }

    return JNY_OK;
}


static int
jny_spool_put_info(jny_spool_t *sp, const jny_log_info_t *info)
{
    int  rc;

    sp->info[JNY_SPOOL_INFO_AGENTS] = info->agents;
    sp->info[JNY_SPOOL_INFO_LEVEL] = (uint8_t) info->level;
    sp->info[JNY_SPOOL_INFO_STAGES] = (uint8_t) info->nstages;
    sp->info[JNY_SPOOL_INFO_FIELDS] = (uint8_t) info->nfields;
    sp->info_len = JNY_SPOOL_INFO_TEXTS;

    rc = jny_spool_put_text(sp, info->edge);

    for (unsigned i = 0; rc == JNY_OK && i < info->nstages; i++) {
        rc = jny_spool_put_text(sp, info->stages[i]);
    }

    for (unsigned i = 0; rc == JNY_OK && i < info->nfields; i++) {
        rc = jny_spool_put_text(sp, info->fields[i]);
    }

    return rc;
}


int
jny_spool_init(jny_spool_t *sp, size_t size, const jny_log_info_t *info)
{
    int  rc;

    if (size < JNY_SPOOL_MIN_LEN || size > UINT32_MAX || info->writer == 0
        || info->nstages > JNY_MAX_STAGES || info->nfields > JNY_MAX_FIELDS
        || info->level < 1 || info->level > 9)
    {
        return JNY_EINVAL;
    }

    rc = jny_spool_put_info(sp, info);
    if (rc != JNY_OK) {
        return rc;
    }

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

    return rc;
}


/* The slot that holds; current is masked: open() has seen 0 or 1. */
static const jny_spool_slot_t *
jny_spool_slot(const jny_spool_t *sp)
{
    return &sp->slots[__atomic_load_n(&sp->current, __ATOMIC_ACQUIRE) & 1];
}


/* What is wrong with a spool, or NULL. */
static const char *
jny_spool_fault(const jny_spool_t *sp, size_t size)
{
    uint64_t                 end, rows;
    const jny_spool_slot_t  *slot;

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

    if (sp->current > 1) {
        return "spool's state is impossible";
    }

    slot = jny_spool_slot(sp);
    end = slot->end & UINT32_MAX;
    rows = slot->end >> 32;

    if (slot->first > end || end > size - JNY_SPOOL_HEADER_LEN
        || slot->first % 8 != 0 || end % 8 != 0
        || rows > (end - slot->first) / JNY_SPOOL_ROW_MIN
        || (rows == 0) != (end == slot->first))
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
    uint64_t                 end;
    const jny_spool_slot_t  *slot;

    slot = jny_spool_slot(sp);
    end = __atomic_load_n(&slot->end, __ATOMIC_ACQUIRE);

    state->writer = sp->writer;
    state->seq = slot->seq;
    state->base = slot->base;
    state->dropped = __atomic_load_n(&sp->dropped, __ATOMIC_RELAXED);
    state->used = end & UINT32_MAX;
    state->rows = end >> 32;
    state->size = sp->size;
}


int
jny_spool_add(jny_spool_t *sp, const jny_row_t *row)
{
    size_t             size;
    uint64_t           end, rows;
    unsigned           agents;
    jny_spool_slot_t  *slot;

    slot = &sp->slots[sp->current & 1];
    end = slot->end & UINT32_MAX;
    rows = slot->end >> 32;
    agents = sp->info[JNY_SPOOL_INFO_AGENTS];

    size = jny_spool_row_size(row, agents);

    if (size > sp->size - JNY_SPOOL_HEADER_LEN - end) {
        return JNY_ELIMIT;
    }

    jny_spool_row_put(row, agents,
                      (uint8_t *) sp + JNY_SPOOL_HEADER_LEN + end, size);

    __atomic_store_n(&slot->end, (rows + 1) << 32 | (end + size),
                     __ATOMIC_RELEASE);

    return JNY_OK;
}


int
jny_spool_next(const jny_spool_t *sp, uint64_t *pos, jny_row_t *row)
{
    size_t                   len;
    uint64_t                 end, at;
    jny_slice_t              rows;
    const jny_spool_slot_t  *slot;

    slot = jny_spool_slot(sp);
    end = __atomic_load_n(&slot->end, __ATOMIC_ACQUIRE) & UINT32_MAX;
    at = *pos < slot->first ? slot->first : *pos;

    if (at >= end) {
        return JNY_END;
    }

    rows.data = (const uint8_t *) sp + JNY_SPOOL_HEADER_LEN + at;
    rows.len = end - at;

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
jny_spool_release(jny_spool_t *sp, uint64_t pos, uint32_t nevents)
{
    uint64_t           current, end, rows;
    jny_spool_slot_t  *from, *to;

    current = sp->current & 1;
    from = &sp->slots[current];
    to = &sp->slots[current ^ 1];

    end = from->end & UINT32_MAX;
    rows = from->end >> 32;

    to->seq = from->seq + 1;
    to->base = from->base + nevents;

    if (pos >= end) {
        to->first = 0;
        to->end = 0;

    } else {
        to->first = pos < from->first ? from->first : pos;
        to->end = (rows - nevents) << 32 | end;
    }

    __atomic_store_n(&sp->current, current ^ 1, __ATOMIC_RELEASE);
}
