/*
 * ngx_http_journey_block.c - open, lock, encode, record, append, sync.
 *
 * The file is locked before the rows are encoded.  That holds the lock some
 * milliseconds longer, but a busy lock then costs one system call instead of
 * an encoding in vain.
 *
 * Under the lock the place where a block will begin is known before it is
 * written.  It goes into the spool first; whoever finds the record later has
 * to look at one place to know whether the block got into the log.
 */

#include "ngx_http_journey_block.h"

#include <errno.h>
#include <string.h>
#include <time.h>


static uint64_t ngx_http_journey_block_clock_us(void);
static void ngx_http_journey_block_attempt(ngx_http_journey_block_t *b);
static ngx_http_journey_block_e ngx_http_journey_block_open(
    ngx_http_journey_block_t *b);
static ngx_http_journey_block_e ngx_http_journey_block_lock(
    ngx_http_journey_block_t *b);
static ngx_http_journey_block_e ngx_http_journey_block_put(
    ngx_http_journey_block_t *b);
static void ngx_http_journey_block_skip(ngx_http_journey_block_t *b,
    const jny_header_t *h);
static ngx_http_journey_block_e ngx_http_journey_block_encode(
    ngx_http_journey_block_t *b, uint64_t max);
static ngx_http_journey_block_e ngx_http_journey_block_append(
    ngx_http_journey_block_t *b);
static void ngx_http_journey_block_seal(const ngx_http_journey_block_t *b,
    jny_seal_t *seal);
static ngx_http_journey_block_e ngx_http_journey_block_fail(
    ngx_http_journey_block_t *b, const char *call, int err);
static ngx_http_journey_block_e ngx_http_journey_block_fail_append(
    ngx_http_journey_block_t *b);


void
ngx_http_journey_block_write(ngx_http_journey_block_t *b)
{
    uint64_t  began_us;

    b->rows = 0;
    b->pos = 0;
    b->ended = 0;
    b->found = 0;
    b->cut = 0;
    b->synced = 0;
    b->call = NULL;
    b->err = 0;
    b->torn = 0;
    b->bytes = 0;
    memset(&b->info, 0, sizeof(b->info));

    began_us = ngx_http_journey_block_clock_us();
    ngx_http_journey_block_attempt(b);
    b->us = ngx_http_journey_block_clock_us() - began_us;
}


/* Microseconds of a clock that nobody sets. */

static uint64_t
ngx_http_journey_block_clock_us(void)
{
    struct timespec  ts;

    (void) clock_gettime(CLOCK_MONOTONIC, &ts);

    return (uint64_t) ts.tv_sec * 1000000 + (uint64_t) ts.tv_nsec / 1000;
}


static void
ngx_http_journey_block_attempt(ngx_http_journey_block_t *b)
{
    b->rc = ngx_http_journey_block_lock(b);

    if (b->rc != NGX_HTTP_JOURNEY_BLOCK_OK) {
        return;
    }

    b->rc = ngx_http_journey_block_put(b);

    ngx_http_journey_append_unlock(b->file);

    if (b->rc == NGX_HTTP_JOURNEY_BLOCK_OK && b->sync
        && ngx_http_journey_append_sync(b->file, &b->info)
           != NGX_HTTP_JOURNEY_APPEND_OK)
    {
        b->synced = 1;
        b->rc = ngx_http_journey_block_fail_append(b);
    }
}


void
ngx_http_journey_block_look(ngx_http_journey_block_t *b)
{
    b->rc = NGX_HTTP_JOURNEY_BLOCK_OK;
    b->synced = 0;
    b->call = NULL;
    b->err = 0;
    b->torn = 0;

    if (ngx_http_journey_append_gone(b->file)) {
        ngx_http_journey_append_close(b->file);
    }

    if (b->file->fd == -1) {
        b->rc = ngx_http_journey_block_open(b);
    }
}


static ngx_http_journey_block_e
ngx_http_journey_block_open(ngx_http_journey_block_t *b)
{
    if (ngx_http_journey_append_open(b->file, b->path) == -1) {
        return ngx_http_journey_block_fail(b, "open()", errno);
    }

    return NGX_HTTP_JOURNEY_BLOCK_OK;
}


static ngx_http_journey_block_e
ngx_http_journey_block_lock(ngx_http_journey_block_t *b)
{
    unsigned  i;

    for (i = 0; i < 2; i++) {

        if (b->file->fd == -1
            && ngx_http_journey_block_open(b) != NGX_HTTP_JOURNEY_BLOCK_OK)
        {
            return NGX_HTTP_JOURNEY_BLOCK_FAILED;
        }

        switch (ngx_http_journey_append_lock(b->file, &b->info)) {

        case NGX_HTTP_JOURNEY_APPEND_OK:
            return NGX_HTTP_JOURNEY_BLOCK_OK;

        case NGX_HTTP_JOURNEY_APPEND_BUSY:
            return NGX_HTTP_JOURNEY_BLOCK_BUSY;

        case NGX_HTTP_JOURNEY_APPEND_GONE:
            ngx_http_journey_append_close(b->file);
            break;

        default:
            return ngx_http_journey_block_fail_append(b);
        }
    }

    return NGX_HTTP_JOURNEY_BLOCK_BUSY;
}


/* Under the lock. */

static ngx_http_journey_block_e
ngx_http_journey_block_put(ngx_http_journey_block_t *b)
{
    int                             rc;
    uint64_t                        max;
    jny_header_t                    h;
    jny_spool_flight_t              flight;
    ngx_http_journey_block_e        encoded;
    ngx_http_journey_append_info_t  looked;

    if (ngx_http_journey_append_ready(b->file, &b->info)
        != NGX_HTTP_JOURNEY_APPEND_OK)
    {
        return ngx_http_journey_block_fail_append(b);
    }

    b->torn = b->info.torn;
    max = b->state.rows;

    memset(&h, 0, sizeof(h));
    memset(&looked, 0, sizeof(looked));

    if (jny_spool_flight(b->spool, &flight) == JNY_OK) {

        if (flight.rows != 0) {
            max = flight.rows;
        }

        rc = 0;

        if (b->recovered) {
            rc = ngx_http_journey_append_has(b->file, flight.offset,
                                             b->state.writer, b->state.seq,
                                             (uint32_t) flight.rows, &h,
                                             &looked);
        }

        if (rc == -1) {
            b->info = looked;
            return ngx_http_journey_block_fail_append(b);
        }

        if (rc == 1) {
            ngx_http_journey_block_skip(b, &h);
            return NGX_HTTP_JOURNEY_BLOCK_OK;
        }
    }

    encoded = ngx_http_journey_block_encode(b, max);

    if (encoded != NGX_HTTP_JOURNEY_BLOCK_OK) {
        return encoded;
    }

    return ngx_http_journey_block_append(b);
}


/* The block is in the log: its rows are only passed by. */

static void
ngx_http_journey_block_skip(ngx_http_journey_block_t *b,
    const jny_header_t *h)
{
    uint32_t   i;
    jny_row_t  row;

    b->found = 1;
    b->rows = h->nevents;
    b->ended = (h->flags & JNY_BLOCK_FINAL) != 0;

    for (i = 0; i < h->nevents && !b->cut; i++) {
        b->cut = jny_spool_next(b->spool, &b->pos, &row) != JNY_OK;
    }
}


/* Reads at most max rows into the encoder, until one of its limits. */

static ngx_http_journey_block_e
ngx_http_journey_block_encode(ngx_http_journey_block_t *b, uint64_t max)
{
    int        rc;
    uint64_t   next;
    jny_row_t  row;

    jny_encoder_reset(b->encoder);

    if (b->discard) {
        return NGX_HTTP_JOURNEY_BLOCK_OK;
    }

    if (max > NGX_HTTP_JOURNEY_BLOCK_ROWS) {
        max = NGX_HTTP_JOURNEY_BLOCK_ROWS;
    }

    while (b->rows < max) {

        next = b->pos;

        if (jny_spool_next(b->spool, &next, &row) != JNY_OK) {
            break;
        }

        rc = jny_encoder_add(b->encoder, &row);

        if (rc == JNY_ELIMIT) {
            break;
        }

        if (rc != JNY_OK) {
            return ngx_http_journey_block_fail(b, jny_strerror(rc), 0);
        }

        b->pos = next;
        b->rows++;
    }

    if (b->rows == 0 && max != 0) {
        return NGX_HTTP_JOURNEY_BLOCK_DAMAGED;
    }

    return NGX_HTTP_JOURNEY_BLOCK_OK;
}


static ngx_http_journey_block_e
ngx_http_journey_block_append(ngx_http_journey_block_t *b)
{
    int                 rc;
    jny_seal_t          seal;
    jny_slice_t         member;
    jny_spool_flight_t  flight;

    ngx_http_journey_block_seal(b, &seal);

    rc = jny_encoder_seal(b->encoder, &seal, &member, NULL);

    if (rc != JNY_OK) {
        return ngx_http_journey_block_fail(b, jny_strerror(rc), 0);
    }

    flight.rows = b->rows;
    flight.offset = b->info.offset;
    jny_spool_launch(b->spool, &flight);

    if (ngx_http_journey_append(b->file, member, &b->info)
        != NGX_HTTP_JOURNEY_APPEND_OK)
    {
        return ngx_http_journey_block_fail_append(b);
    }

    b->bytes = member.len;
    b->ended = (seal.flags & JNY_BLOCK_FINAL) != 0;

    return NGX_HTTP_JOURNEY_BLOCK_OK;
}


static void
ngx_http_journey_block_seal(const ngx_http_journey_block_t *b,
    jny_seal_t *seal)
{
    memset(seal, 0, sizeof(*seal));

    seal->seq = b->state.seq;
    seal->base = b->state.base;
    seal->dropped = b->state.dropped;

    if (b->discard) {
        seal->dropped += b->state.rows;
    }

    if (b->discard || (b->final && b->rows == b->state.rows)) {
        seal->flags |= JNY_BLOCK_FINAL;
    }

    if (b->recovered) {
        seal->flags |= JNY_BLOCK_RECOVERED;
    }
}


static ngx_http_journey_block_e
ngx_http_journey_block_fail(ngx_http_journey_block_t *b, const char *call,
    int err)
{
    b->call = call;
    b->err = err;

    return NGX_HTTP_JOURNEY_BLOCK_FAILED;
}


/* A short write has no call that failed: info says how short. */

static ngx_http_journey_block_e
ngx_http_journey_block_fail_append(ngx_http_journey_block_t *b)
{
    return ngx_http_journey_block_fail(b, b->info.call, b->info.err);
}
