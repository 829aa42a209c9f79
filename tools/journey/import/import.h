/*
 * import.h - foreign logs in, one .jny log out.
 *
 *     new -> (file, in order)* -> run -> free
 *
 * Each file is read twice: first for what it is, then for its rows.  Its
 * writer is a hash of its content, so the same file imported again, plain or
 * packed, is the same writer, whose blocks readers count once.
 */

#ifndef JNY_IMPORT_H
#define JNY_IMPORT_H

#include <stdio.h>

#include "engine/progress.h"
#include "import/mapper.h"
#include "import/parser.h"


/* Borrowed until free, but for binding, which gains fields. */
typedef struct {
    const jny_parser_t  *parser;
    const char          *text;         /* the log_format, or NULL */
    jny_binding_t       *binding;
    jny_identity_t      *identity;
    jny_mapper_conf_t    mapper;       /* its fields are filled here */
    unsigned             threads;
    jny_progress_t      *progress;     /* bytes of content, events */
} jny_import_conf_t;

#define JNY_IMPORT_SHOWN  5

typedef struct {
    unsigned   file;
    uint64_t   line;           /* from 1 */
    char       why[104];
} jny_import_bad_t;

typedef struct {
    uint64_t          lines;   /* that say something */
    uint64_t          events;
    uint64_t          left_out;        /* no pages, and what rules ignore */
    uint64_t          bad;
    uint64_t          nobody;          /* events without visitor and login */
    uint64_t          nothing;         /* without page, touchpoint and stage */
    uint8_t           met[JNY_IN_COUNT];    /* places of --map with a value */
    jny_import_bad_t  shown[JNY_IMPORT_SHOWN];         /* the first ones */
    unsigned          nshown;
} jny_import_stats_t;

/* What came of one file. */
typedef struct {
    const char  *name;
    uint64_t     writer;
    uint64_t     events;
    int          same_as;      /* an earlier file with this content, or -1 */
    int          damage;       /* JNY_OK, or why it could not be read on */
    jny_diag_t   what;         /* of the damage */
} jny_import_file_t;

typedef struct jny_import_s  jny_import_t;


/* NULL: out of memory. */
jny_import_t *jny_import_new(const jny_import_conf_t *conf);
void jny_import_free(jny_import_t *im);            /* accepts NULL */

/*
 * Reads a file ("-": standard input) for the first time.  JNY_OK; JNY_ENOMEM;
 * JNY_EIO with diag: it cannot be read; JNY_EINVAL with diag: the format does
 * not go with it.  A damaged gzip is no error here: what comes before the
 * damage will be imported.  name is borrowed.
 */
int jny_import_file(jny_import_t *im, const char *name, jny_diag_t *diag);

/*
 * Imports all files into out, in conf->threads threads; the bytes do not
 * depend on how many.  JNY_OK; JNY_ENOMEM; JNY_EIO with diag: out cannot be
 * written (*file is NULL), or *file cannot be read again.
 */
int jny_import_run(jny_import_t *im, FILE *out, const char **file,
    jny_diag_t *diag);

/* Of the content of all files that are to be imported: known before run. */
uint64_t jny_import_bytes(const jny_import_t *im);

const jny_import_stats_t *jny_import_stats(const jny_import_t *im);

/* The files in the order they were named; NULL behind the last. */
const jny_import_file_t *jny_import_file_at(const jny_import_t *im,
    unsigned i);


#endif /* JNY_IMPORT_H */
