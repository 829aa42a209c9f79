/*
 * stream.c - a batch keeps its blocks as they were decoded and sorts 32 bytes
 * a row; a row is put together when its turn has come.
 *
 * Rows of one piece stand in the order in which they were written, and a
 * piece is whole in one stream, or its earlier rows are in an earlier one: so
 * (hash, time, piece), and then the stream, decide.
 */

#include "segment/stream.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "engine/heap.h"
#include "engine/strands.h"


#define JNY_SLOT_SIZE  (64 << 10)    /* what a decompressor takes, about */


static int
jny_slot_init(jny_slot_t *slot)
{
    memset(slot, 0, sizeof(*slot));
    jny_block_init(&slot->blk, &jny_heap);
    slot->inf = jny_inflater_new();

    return slot->inf != NULL ? JNY_OK : JNY_ENOMEM;
}


static void
jny_slot_release(jny_slot_t *slot)
{
    jny_block_release(&slot->blk);
    jny_inflater_free(slot->inf);
    memset(slot, 0, sizeof(*slot));
}


static int
jny_slot_read(jny_slot_t *slot, const jny_survey_t *survey,
    const jny_block_ref_t *ref, jny_diag_t *diag)
{
    int  rc;

    rc = jny_input_read(ref, slot->inf, &slot->blk, diag);

    if (rc == JNY_OK) {
        jny_survey_fields(survey, &slot->blk, slot->fields);
    }

    return rc;
}


/* Row i but for its piece, which is behind time_ms of the row before. */
static void
jny_slot_place(const jny_slot_t *slot, uint32_t i, jny_place_t *at)
{
    uint64_t             id;
    const jny_column_t  *number;

    number = slot->blk.number;
    id = jny_column_at(&number[JNY_NUMBER_VISITOR], i);

    at->hash = jny_visitor_hash(jny_column_at(&slot->blk.ids, (uint32_t) id));
    at->time_ms = jny_time_after(i == 0 ? slot->blk.t0_ms : at->time_ms,
                                 jny_column_at(&number[JNY_NUMBER_TIME], i));
    at->row = i;
}


void
jny_batch_init(jny_batch_t *b, const jny_survey_t *survey)
{
    memset(b, 0, sizeof(*b));
    b->survey = survey;
}


void
jny_batch_release(jny_batch_t *b)
{
    for (uint32_t i = 0; i < b->slots_cap; i++) {
        jny_slot_release(&b->slots[i]);
    }

    free(b->slots);
    free(b->places);
    memset(b, 0, sizeof(*b));
}


void
jny_batch_reset(jny_batch_t *b)
{
    b->nslots = 0;
    b->n = 0;
    b->size = 0;
}


/* Slots are made as they are needed, and kept. */
static int
jny_batch_slot(jny_batch_t *b)
{
    jny_slot_t  *slots;

    if (b->nslots < b->slots_cap) {
        return JNY_OK;
    }

    slots = reallocarray(b->slots, (size_t) b->slots_cap + 1, sizeof(*slots));
    if (slots == NULL) {
        return JNY_ENOMEM;
    }

    b->slots = slots;

    if (jny_slot_init(&slots[b->slots_cap]) != JNY_OK) {
        jny_slot_release(&slots[b->slots_cap]);
        return JNY_ENOMEM;
    }

    b->slots_cap++;

    return JNY_OK;
}


static int
jny_batch_room(jny_batch_t *b, uint32_t n)
{
    size_t        cap;
    jny_place_t  *places;

    if (b->cap - b->n >= n) {
        return JNY_OK;
    }

    cap = (b->cap + n) * 2;
    places = reallocarray(b->places, cap, sizeof(*places));

    if (places == NULL) {
        return JNY_ENOMEM;
    }

    b->places = places;
    b->cap = cap;

    return JNY_OK;
}


int
jny_batch_add(jny_batch_t *b, const jny_block_ref_t *ref, uint32_t piece,
    jny_diag_t *diag)
{
    int           rc;
    uint32_t      n;
    jny_slot_t   *slot;
    jny_place_t   at;

    rc = jny_batch_slot(b);

    if (rc != JNY_OK) {
        return rc;
    }

    slot = &b->slots[b->nslots];
    rc = jny_slot_read(slot, b->survey, ref, diag);

    if (rc != JNY_OK) {
        return rc;
    }

    n = slot->blk.nevents;
    rc = jny_batch_room(b, n);

    if (rc != JNY_OK) {
        return rc;
    }

    memset(&at, 0, sizeof(at));
    at.piece = piece;
    at.slot = b->nslots++;

    for (uint32_t i = 0; i < n; i++) {
        jny_slot_place(slot, i, &at);
        b->places[b->n++] = at;
    }

    b->size += JNY_SLOT_SIZE + ref->header.payload_len
               + slot->blk.memory.zone_size + slot->blk.memory.texts_size
               + slot->blk.memory.columns_size + (uint64_t) n * sizeof(at);

    return JNY_OK;
}


/* -1, 0, 1: pieces' rows are told apart by slot and row. */
static int
jny_place_order(const jny_place_t *a, const jny_place_t *b)
{
    if (a->hash != b->hash) {
        return a->hash < b->hash ? -1 : 1;
    }

    if (a->time_ms != b->time_ms) {
        return a->time_ms < b->time_ms ? -1 : 1;
    }

    if (a->piece != b->piece) {
        return a->piece < b->piece ? -1 : 1;
    }

    return 0;
}


static int
jny_batch_order(const void *x, const void *y)
{
    int                 order;
    const jny_place_t  *a = x, *b = y;

    order = jny_place_order(a, b);

    if (order != 0) {
        return order;
    }

    if (a->slot != b->slot) {
        return a->slot < b->slot ? -1 : 1;
    }

    return (a->row > b->row) - (a->row < b->row);
}


int
jny_stream_before(const jny_stream_t *a, const jny_stream_t *b)
{
    int  order;

    order = jny_place_order(&a->at, &b->at);

    return order != 0 ? order < 0 : a->number < b->number;
}


void
jny_stream_batch(jny_stream_t *st, jny_batch_t *b)
{
    memset(st, 0, sizeof(*st));
    st->survey = b->survey;
    st->batch = b;
    st->fd = -1;

    if (b->n > 0) {
        qsort(b->places, b->n, sizeof(*b->places), jny_batch_order);
    }
}


int
jny_stream_refs(jny_stream_t *st, const jny_survey_t *survey,
    const jny_block_ref_t *refs, uint32_t n, const uint32_t *pieces)
{
    memset(st, 0, sizeof(*st));
    st->survey = survey;
    st->refs = refs;
    st->nrefs = n;
    st->pieces = pieces;
    st->fd = -1;

    return jny_slot_init(&st->slot);
}


int
jny_stream_file(jny_stream_t *st, const jny_survey_t *survey, int fd,
    uint64_t start, uint64_t end)
{
    memset(st, 0, sizeof(*st));
    st->survey = survey;
    st->fd = fd;
    st->offset = start;
    st->end = end;

    return jny_slot_init(&st->slot);
}


void
jny_stream_release(jny_stream_t *st)
{
    if (st->batch == NULL) {
        jny_slot_release(&st->slot);
    }

    free(st->member);
    memset(st, 0, sizeof(*st));
}


static int
jny_stream_pread(jny_stream_t *st, uint8_t *to, size_t len, jny_diag_t *diag)
{
    ssize_t  n;

    for (size_t got = 0; got < len; got += (size_t) n) {
        n = pread(st->fd, to + got, len - got, (off_t) (st->offset + got));

        if (n <= 0) {
            jny_diag_set(diag, st->offset, "temporary file: %s",
                         n == 0 ? "it ends early" : strerror(errno));
            return JNY_EIO;
        }
    }

    return JNY_OK;
}


/* The block at offset of the file; the header says how long it is. */
static int
jny_stream_member(jny_stream_t *st, jny_block_ref_t *ref, jny_diag_t *diag)
{
    int           rc;
    uint8_t       head[JNY_HEADER_LEN], *grown;
    jny_slice_t   bytes;

    rc = jny_stream_pread(st, head, sizeof(head), diag);

    if (rc != JNY_OK) {
        return rc;
    }

    memset(ref, 0, sizeof(*ref));
    ref->offset = st->offset;
    bytes.data = head;
    bytes.len = sizeof(head);
    rc = jny_header_decode(bytes, &ref->header, diag);

    if (rc != JNY_OK) {
        return JNY_EDATA;
    }

    if (ref->header.member_len > st->member_cap) {
        grown = realloc(st->member, ref->header.member_len);

        if (grown == NULL) {
            return JNY_ENOMEM;
        }

        st->member = grown;
        st->member_cap = ref->header.member_len;
    }

    ref->member.data = st->member;
    ref->member.len = ref->header.member_len;

    return jny_stream_pread(st, st->member, ref->header.member_len, diag);
}


/* The next block with rows. */
static int
jny_stream_block(jny_stream_t *st, jny_diag_t *diag)
{
    int                     rc;
    jny_block_ref_t         own;
    const jny_block_ref_t  *ref;

    do {
        if (st->nrefs > 0) {
            ref = st->refs++;
            st->nrefs--;

        } else if (st->offset < st->end) {
            ref = &own;
            rc = jny_stream_member(st, &own, diag);

            if (rc != JNY_OK) {
                return rc;
            }

            st->offset += own.member.len;

        } else {
            return JNY_END;
        }

        rc = jny_slot_read(&st->slot, st->survey, ref, diag);

        if (rc != JNY_OK) {
            return rc;
        }

    } while (st->slot.blk.nevents == 0);

    return JNY_OK;
}


int
jny_stream_next(jny_stream_t *st, jny_diag_t *diag)
{
    int       rc;
    uint32_t  i, origin;

    if (st->batch != NULL) {
        if (st->next == st->batch->n) {
            return JNY_END;
        }

        st->at = st->batch->places[st->next++];
        return JNY_OK;
    }

    i = (uint32_t) st->next++;

    if (i == st->slot.blk.nevents) {
        rc = jny_stream_block(st, diag);

        if (rc != JNY_OK) {
            return rc;
        }

        i = 0;
        st->next = 1;
    }

    jny_slot_place(&st->slot, i, &st->at);
    origin = (uint32_t)
        jny_column_at(&st->slot.blk.number[JNY_NUMBER_ORIGIN], i);
    st->at.piece = st->pieces != NULL ? st->pieces[origin] : origin;

    return JNY_OK;
}


void
jny_stream_row(const jny_stream_t *st, jny_row_t *row)
{
    jny_slice_t        texts[JNY_MAX_FIELDS];
    const jny_slot_t  *slot;

    slot = st->batch != NULL ? &st->batch->slots[st->at.slot] : &st->slot;

    row->time_ms = 0;
    jny_block_row(&slot->blk, st->at.row, row);
    row->time_ms = st->at.time_ms;

    memcpy(texts, row->field, sizeof(texts));
    memset(row->field, 0, sizeof(row->field));

    for (unsigned k = 0; k < slot->blk.nfields; k++) {
        row->field[slot->fields[k]] = texts[k];
    }
}
