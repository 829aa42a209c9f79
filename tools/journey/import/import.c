/*
 * import.c - files for the first time: what they are, and what reads them.
 * All of it before anything is written, so that a file that is not there, or
 * is of another format, costs nothing.
 */

#include "import/import.h"

#include <sodium.h>
#include <stdlib.h>
#include <string.h>

#include "import/import_private.h"
#include "jny_wire.h"


jny_import_t *
jny_import_new(const jny_import_conf_t *conf)
{
    jny_import_t  *im;

    im = calloc(1, sizeof(*im));

    if (im != NULL) {
        im->conf = *conf;
        (void) pthread_mutex_init(&im->reading, NULL);
        (void) pthread_mutex_init(&im->turns, NULL);
        (void) pthread_cond_init(&im->turned, NULL);
    }

    return im;
}


void
jny_import_free(jny_import_t *im)
{
    if (im == NULL) {
        return;
    }

    for (unsigned i = 0; i < im->nfiles; i++) {
        im->conf.parser->close(im->files[i].state);
        jny_intake_close(im->files[i].kept);
    }

    jny_lines_free(im->lines);
    jny_intake_close(im->stream);

    (void) pthread_cond_destroy(&im->turned);
    (void) pthread_mutex_destroy(&im->turns);
    (void) pthread_mutex_destroy(&im->reading);

    free(im->files);
    free(im);
}


/* The writer of a file: from its content alone, and never 0. */

static uint64_t
jny_import_writer(const jny_digest_t *d)
{
    uint8_t                   out[crypto_generichash_BYTES_MIN], length[8];
    uint64_t                  writer;
    crypto_generichash_state  st;

    static const uint8_t  what[] = "journey import writer";

    jny_put_le64(length, d->length);

    (void) crypto_generichash_init(&st, NULL, 0, sizeof(out));
    (void) crypto_generichash_update(&st, what, sizeof(what));
    (void) crypto_generichash_update(&st, length, sizeof(length));
    (void) crypto_generichash_update(&st, d->hash, sizeof(d->hash));
    (void) crypto_generichash_final(&st, out, sizeof(out));

    writer = jny_get_le64(out);

    return writer != 0 ? writer : 1;
}


/* Opens the parser for a file whose stream is at its beginning. */

static int
jny_import_parser(jny_import_t *im, jny_source_file_t *f, jny_intake_t *st,
    jny_diag_t *diag)
{
    int           rc;
    jny_chunk_t   chunk;
    jny_slice_t   head;
    jny_lines_t  *lines;

    head.data = NULL;
    head.len = 0;

    if (!im->conf.parser->has_head) {
        return im->conf.parser->open(&f->state, im->conf.text, head,
                                     im->conf.binding, diag);
    }

    lines = jny_lines_new(st, f->digest.length, im->conf.parser->quoted);
    rc = jny_chunk_init(&chunk);

    if (rc == JNY_OK && lines == NULL) {
        rc = JNY_ENOMEM;
    }

    if (rc == JNY_OK) {
        rc = jny_lines_next(lines, &chunk, 1, diag);
    }

    if (rc == JNY_OK) {
        head.data = chunk.data;
        head.len = chunk.len;

        if (head.len != 0 && head.data[head.len - 1] == '\n') {
            head.len--;
        }

        rc = im->conf.parser->open(&f->state, im->conf.text, head,
                                   im->conf.binding, diag);
    }

    jny_lines_free(lines);
    jny_chunk_release(&chunk);

    return rc;
}


static int
jny_import_look(jny_import_t *im, jny_source_file_t *f, jny_intake_t *st,
    jny_diag_t *diag)
{
    int  rc;

    jny_intake_identity(st, f->id);

    rc = jny_digest_stream(&f->digest, st,
                           im->conf.parser->keyed ? im->conf.binding : NULL,
                           &f->pub.what);

    if (rc == JNY_ECRC || rc == JNY_ETRUNC) {
        f->pub.damage = rc;

    } else if (rc != JNY_OK) {
        if (diag != NULL) {
            *diag = f->pub.what;
        }

        return rc;
    }

    f->pub.writer = jny_import_writer(&f->digest);

    for (unsigned i = 0; i + 1 < im->nfiles; i++) {
        if (f->pub.same_as < 0 && im->files[i].pub.writer == f->pub.writer) {
            f->pub.same_as = (int) i;
        }
    }

    if (f->digest.length == 0 || f->pub.same_as >= 0) {
        return JNY_OK;
    }

    rc = jny_intake_rewind(st, diag);

    return rc == JNY_OK ? jny_import_parser(im, f, st, diag) : rc;
}


int
jny_import_file(jny_import_t *im, const char *name, jny_diag_t *diag)
{
    int                 rc;
    jny_intake_t       *st;
    jny_source_file_t  *files, *f;

    files = realloc(im->files, (im->nfiles + 1) * sizeof(*files));

    if (files == NULL) {
        return JNY_ENOMEM;
    }

    im->files = files;

    rc = jny_intake_open(&st, name, diag);

    if (rc != JNY_OK) {
        return rc;
    }

    f = &files[im->nfiles++];
    memset(f, 0, sizeof(*f));
    f->pub.name = name;
    f->pub.same_as = -1;

    rc = jny_import_look(im, f, st, diag);

    if (rc == JNY_OK && jny_intake_once(st)) {
        f->kept = st;

    } else {
        jny_intake_close(st);
    }

    return rc;
}


uint64_t
jny_import_bytes(const jny_import_t *im)
{
    uint64_t  bytes;

    bytes = 0;

    for (unsigned i = 0; i < im->nfiles; i++) {
        bytes += im->files[i].pub.same_as < 0 ? im->files[i].digest.length : 0;
    }

    return bytes;
}


const jny_import_stats_t *
jny_import_stats(const jny_import_t *im)
{
    return &im->stats;
}


const jny_import_file_t *
jny_import_file_at(const jny_import_t *im, unsigned i)
{
    return i < im->nfiles ? &im->files[i].pub : NULL;
}
