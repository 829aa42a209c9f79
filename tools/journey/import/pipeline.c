/*
 * pipeline.c - files in chunks, chunks to blocks.
 *
 * A thread takes the next chunk, which one at a time may read, and parses it
 * into its own encoder.  What a block says of the blocks before it (its number,
 * their events) is known once those are parsed, so threads take turns twice:
 * to be numbered, and, when they have compressed, to be written.  Whoever has
 * the lowest chunk never waits, so there is always one that works.  Chunks do
 * not depend on the threads, and one chunk is one block: neither does a byte
 * of the log.
 */

#include "import/import.h"

#include <errno.h>
#include <string.h>

#include "base/pool.h"
#include "engine/heap.h"
#include "import/import_private.h"
#include "jny_encode.h"
#include "jny_wire.h"


#define JNY_IMPORT_LEVEL  1
#define JNY_IMPORT_EDGE   "import"
#define JNY_IMPORT_NAMES  1000         /* as nginx: docs/FORMAT.md, 2.2 */

/* A thread, and the chunk it has. */
typedef struct {
    jny_import_t        *im;
    jny_chunk_t          chunk;
    jny_mapper_t         mapper;
    jny_encoder_t       *enc;
    unsigned             enc_file;     /* that enc is for */
    unsigned             file;
    unsigned             first:1;      /* chunk of its file */
    uint64_t             ticket;
    jny_import_stats_t   stats;        /* of the chunk */
} jny_worker_t;


/*
 * Addresses are hashed under what all files together are, in any order: their
 * content is known to those alone who have the addresses anyway.
 */

static void
jny_import_seed(jny_import_t *im)
{
    uint8_t  sum[24];

    memset(sum, 0, sizeof(sum));

    for (unsigned i = 0; i < im->nfiles; i++) {

        if (im->files[i].pub.same_as >= 0) {
            continue;
        }

        for (unsigned k = 0; k < sizeof(im->files[i].digest.hash); k++) {
            sum[k] ^= im->files[i].digest.hash[k];
        }

        jny_put_le64(sum + 16,
                     jny_get_le64(sum + 16) + im->files[i].digest.length);
    }

    jny_identity_seed(im->conf.identity, sum, sizeof(sum));
}


/* The next chunk of all files, under the lock. */

static int
jny_import_take(jny_worker_t *w, const char **blamed, jny_diag_t *diag)
{
    int            rc;
    jny_import_t  *im;

    im = w->im;
    w->first = im->lines == NULL;

    if (w->first) {
        rc = jny_import_open(im, blamed, diag);

        if (rc == JNY_OK && im->conf.parser->has_head) {
            rc = jny_lines_next(im->lines, &w->chunk, 1, diag);
        }

        if (rc != JNY_OK) {
            return rc;
        }

        if (im->conf.parser->has_head && w->chunk.last) {
            w->chunk.len = 0;
            goto taken;
        }
    }

    *blamed = im->files[im->next - 1].pub.name;
    rc = jny_lines_next(im->lines, &w->chunk, JNY_CHUNK_RECORDS, diag);

    if (rc != JNY_OK) {
        return rc;
    }

taken:

    w->file = im->next - 1;
    w->ticket = im->tickets++;

    if (w->chunk.last) {
        jny_import_shut(im);
    }

    return JNY_OK;
}


/* Stops everybody; the first fault is the one that is told. */

static int
jny_import_fail(jny_import_t *im, int rc, const char *blamed,
    const jny_diag_t *diag)
{
    (void) pthread_mutex_lock(&im->turns);

    if (im->rc == JNY_OK) {
        im->rc = rc;
        im->blamed = blamed;

        if (diag != NULL) {
            im->diag = *diag;
        }
    }

    (void) pthread_cond_broadcast(&im->turned);
    (void) pthread_mutex_unlock(&im->turns);

    return rc;
}


/* Waits, with the lock, until *turn is this chunk's; the fault of another. */

static int
jny_import_turn(jny_worker_t *w, const uint64_t *turn)
{
    while (w->im->rc == JNY_OK && *turn != w->ticket) {
        (void) pthread_cond_wait(&w->im->turned, &w->im->turns);
    }

    return w->im->rc;
}


static int
jny_import_write(jny_import_t *im, jny_slice_t member)
{
    jny_diag_t  diag;

    if (member.len == 0
        || fwrite(member.data, 1, member.len, im->out) == member.len)
    {
        return JNY_OK;
    }

    jny_diag_set(&diag, 0, "cannot be written: %s", strerror(errno));

    return jny_import_fail(im, JNY_EIO, NULL, &diag);
}


/* What the chunk adds to the whole, in the order of chunks. */

static void
jny_import_merge(jny_import_t *im, const jny_worker_t *w)
{
    jny_import_stats_t  *all;

    all = &im->stats;
    all->lines += w->stats.lines;
    all->events += w->stats.events;
    all->left_out += w->stats.left_out;
    all->bad += w->stats.bad;
    all->nobody += w->stats.nobody;
    all->nothing += w->stats.nothing;
    im->files[w->file].pub.events += w->stats.events;

    atomic_fetch_add(&im->conf.progress->bytes, w->chunk.len);
    atomic_fetch_add(&im->conf.progress->events, w->stats.events);

    for (unsigned i = 0; i < im->nmapped; i++) {
        all->met[im->mapped[i]] |= w->stats.met[im->mapped[i]];
    }

    for (unsigned i = 0; i < w->stats.nshown; i++) {
        if (all->nshown < JNY_IMPORT_SHOWN) {
            all->shown[all->nshown++] = w->stats.shown[i];
        }
    }
}


/*
 * The rows so far become a block.  more: the chunk has too many for one, and
 * its turn is not over.
 */

static int
jny_import_seal(jny_worker_t *w, int more)
{
    int            rc;
    unsigned       rows;
    jny_seal_t     seal;
    jny_slice_t    member;
    jny_import_t  *im;

    im = w->im;
    member.data = NULL;
    member.len = 0;
    rows = jny_encoder_rows(w->enc);
    memset(&seal, 0, sizeof(seal));

    (void) pthread_mutex_lock(&im->turns);
    rc = jny_import_turn(w, &im->counted);

    if (rc == JNY_OK) {
        if (w->first) {
            im->base = 0;
            im->seq = 0;
            w->first = 0;
        }

        seal.base = im->base;
        seal.seq = im->seq;
        seal.flags = w->chunk.last && !more ? JNY_BLOCK_FINAL : 0;

        im->base += rows;
        im->seq += rows != 0;
        im->counted += !more;
        (void) pthread_cond_broadcast(&im->turned);
    }

    (void) pthread_mutex_unlock(&im->turns);

    /* a file without any event leaves no block */

    if (rc == JNY_OK && (rows != 0 || (seal.flags != 0 && seal.base != 0))) {
        rc = jny_encoder_seal(w->enc, &seal, &member, NULL);

        if (rc != JNY_OK) {
            return jny_import_fail(im, rc, NULL, NULL);
        }
    }

    if (rc != JNY_OK) {
        return rc;
    }

    (void) pthread_mutex_lock(&im->turns);
    rc = jny_import_turn(w, &im->written);
    (void) pthread_mutex_unlock(&im->turns);

    if (rc == JNY_OK) {
        rc = jny_import_write(im, member);
    }

    if (rc == JNY_OK && !more) {
        jny_import_merge(im, w);

        (void) pthread_mutex_lock(&im->turns);
        im->written++;
        (void) pthread_cond_broadcast(&im->turned);
        (void) pthread_mutex_unlock(&im->turns);
    }

    return rc;
}


static void
jny_import_refuse(jny_worker_t *w, uint64_t line, const char *why)
{
    jny_import_bad_t  *bad;

    w->stats.bad++;

    if (w->stats.nshown < JNY_IMPORT_SHOWN) {
        bad = &w->stats.shown[w->stats.nshown++];
        bad->file = w->file;
        bad->line = line;
        snprintf(bad->why, sizeof(bad->why), "%s", why);
    }
}


static int
jny_import_add(jny_worker_t *w, const jny_row_t *row)
{
    int  rc;

    rc = jny_encoder_add(w->enc, row);

    if (rc == JNY_ELIMIT && jny_encoder_rows(w->enc) != 0) {
        rc = jny_import_seal(w, 1);

        if (rc == JNY_OK) {
            rc = jny_encoder_add(w->enc, row);
        }
    }

    w->stats.events += rc == JNY_OK;
    w->stats.nobody += row->visitor == 0 && row->login == 0;
    w->stats.nothing += row->text[JNY_TEXT_PAGE].len == 0
                        && row->text[JNY_TEXT_TOUCHPOINT].len == 0
                        && row->text[JNY_TEXT_STAGE].len == 0;

    return rc;
}


static int
jny_import_record(jny_worker_t *w, uint8_t *p, size_t len, uint64_t line)
{
    int                  rc;
    jny_row_t            row;
    const char          *why;
    jny_record_t         rec;
    const jny_parser_t  *parser;

    parser = w->im->conf.parser;
    memset(&rec, 0, sizeof(rec));
    why = "is too long: more than 1 MiB";

    rc = len < JNY_RECORD_MAX
             ? parser->parse(w->im->files[w->file].state, p, len, &rec, &why)
             : JNY_EDATA;

    if (rc == JNY_END) {
        return JNY_OK;
    }

    w->stats.lines++;

    for (unsigned i = 0; i < w->im->nmapped; i++) {
        w->stats.met[w->im->mapped[i]] |= rec.in[w->im->mapped[i]].len != 0;
    }

    if (rc == JNY_OK) {
        rc = jny_mapper_row(&w->mapper, &rec, &row, &why);
    }

    if (rc == JNY_EDATA) {
        jny_import_refuse(w, line, why);
        return JNY_OK;
    }

    if (rc == JNY_END) {
        w->stats.left_out++;
        return JNY_OK;
    }

    return jny_import_add(w, &row);
}


static uint64_t
jny_import_newlines(const uint8_t *p, const uint8_t *end)
{
    uint64_t  n;

    for (n = 0; p < end && (p = memchr(p, '\n', (size_t) (end - p))); p++) {
        n++;
    }

    return n;
}


static int
jny_import_chunk(jny_worker_t *w)
{
    int        rc;
    size_t     len;
    uint8_t   *p, *nl, *end;
    uint64_t   line;
    unsigned   quoted;

    memset(&w->stats, 0, sizeof(w->stats));
    quoted = w->im->conf.parser->quoted;
    line = w->chunk.line;
    p = w->chunk.data;
    end = p + w->chunk.len;

    while (p < end) {
        nl = jny_record_end(quoted, p, end, 1);
        nl = nl != NULL ? nl : end;
        len = (size_t) (nl - p);
        len -= len != 0 && p[len - 1] == '\r';

        /* parsing overwrites the record */

        line += quoted ? jny_import_newlines(p, nl) : 0;
        rc = jny_import_record(w, p, len, line);

        if (rc != JNY_OK) {
            return rc;
        }

        line++;
        p = nl + 1;
    }

    return jny_import_seal(w, 0);
}


/* The encoder for the chunk's file: another file is another writer. */

static int
jny_import_encoder(jny_worker_t *w)
{
    int                        rc;
    jny_log_info_t             info;
    const jny_mapper_conf_t   *conf;

    if (w->enc != NULL && w->enc_file == w->file) {
        return JNY_OK;
    }

    jny_encoder_free(w->enc);
    memset(&info, 0, sizeof(info));
    conf = &w->im->conf.mapper;

    info.writer = w->im->files[w->file].pub.writer;
    info.edge.data = (const uint8_t *) JNY_IMPORT_EDGE;
    info.edge.len = sizeof(JNY_IMPORT_EDGE) - 1;
    info.agents = 1;
    info.level = JNY_IMPORT_LEVEL;
    info.nfields = conf->nfields;
    memcpy(info.fields, conf->fields, sizeof(info.fields));

    if (conf->model != NULL) {
        info.nstages = conf->model->nstages;
        memcpy(info.stages, conf->model->stages, sizeof(info.stages));
    }

    w->enc = jny_encoder_new(&jny_heap, &info, &rc);
    w->enc_file = w->file;

    if (w->enc == NULL) {
        return rc;
    }

    jny_encoder_cap(w->enc, JNY_IMPORT_NAMES);

    return JNY_OK;
}


static int
jny_import_loop(jny_worker_t *w)
{
    int            rc;
    const char    *blamed;
    jny_diag_t     diag;
    jny_import_t  *im;

    im = w->im;

    for ( ;; ) {
        memset(&diag, 0, sizeof(diag));
        blamed = NULL;

        (void) pthread_mutex_lock(&im->reading);
        rc = jny_import_take(w, &blamed, &diag);
        (void) pthread_mutex_unlock(&im->reading);

        if (rc == JNY_OK) {
            rc = jny_import_encoder(w);
        }

        if (rc == JNY_OK) {
            rc = jny_import_chunk(w);
        }

        if (rc != JNY_OK) {
            return rc == JNY_END ? JNY_OK
                                 : jny_import_fail(im, rc, blamed, &diag);
        }
    }
}


static int
jny_import_work(void *ctx, unsigned thread, uint64_t item)
{
    int           rc;
    jny_worker_t  w;

    (void) thread;
    (void) item;

    memset(&w, 0, sizeof(w));
    w.im = ctx;

    rc = jny_chunk_init(&w.chunk);

    if (rc == JNY_OK) {
        rc = jny_mapper_init(&w.mapper, &w.im->conf.mapper);
    }

    rc = rc == JNY_OK ? jny_import_loop(&w)
                      : jny_import_fail(w.im, rc, NULL, NULL);

    jny_encoder_free(w.enc);
    jny_mapper_release(&w.mapper);
    jny_chunk_release(&w.chunk);

    return rc;
}


int
jny_import_run(jny_import_t *im, FILE *out, const char **file,
    jny_diag_t *diag)
{
    jny_binding_t      *b;
    jny_mapper_conf_t  *m;

    im->out = out;
    jny_import_seed(im);

    b = im->conf.binding;
    m = &im->conf.mapper;
    m->nfields = b->nfields;

    for (unsigned i = 0; i < JNY_IN_COUNT; i++) {
        if (b->mapped[i] != NULL) {
            im->mapped[im->nmapped++] = (uint8_t) i;
        }
    }

    for (unsigned i = 0; i < b->nfields; i++) {
        m->fields[i].data = (const uint8_t *) b->fields[i];
        m->fields[i].len = strlen(b->fields[i]);
    }

    (void) jny_pool_run(im->conf.threads, im->conf.threads, jny_import_work,
                        im);

    *file = im->blamed;

    if (diag != NULL) {
        *diag = im->diag;
    }

    return im->rc;
}
