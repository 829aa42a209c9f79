/*
 * import_private.h - an import, between import.c (what is to be read),
 * reopen.c (file by file) and pipeline.c (reading it).
 */

#ifndef JNY_IMPORT_PRIVATE_H
#define JNY_IMPORT_PRIVATE_H

#include <pthread.h>

#include "import/digest.h"
#include "import/import.h"
#include "import/lines.h"


typedef struct {
    jny_import_file_t   pub;
    jny_digest_t        digest;
    jny_intake_t       *kept;          /* of what cannot be opened again */
    uint64_t            id[2];
    void               *state;         /* the parser's */
} jny_source_file_t;

struct jny_import_s {
    jny_import_conf_t    conf;
    jny_source_file_t   *files;
    unsigned             nfiles;

    pthread_mutex_t      reading;      /* what follows, to the next lock */
    unsigned             next;         /* file to open */
    jny_intake_t        *stream;
    jny_lines_t         *lines;
    uint64_t             tickets;

    pthread_mutex_t      turns;
    pthread_cond_t       turned;
    uint64_t             counted;      /* chunks whose blocks have numbers */
    uint64_t             written;
    uint64_t             base;         /* of the file that is counted */
    uint64_t             seq;
    int                  rc;
    jny_diag_t           diag;
    const char          *blamed;
    FILE                *out;
    jny_import_stats_t   stats;
    uint8_t              mapped[JNY_IN_COUNT];   /* places of --map */
    unsigned             nmapped;
};


/*
 * reopen.c, under the reading lock: the next file that has something, from its
 * beginning.  JNY_OK; JNY_END: there is none; JNY_ENOMEM; JNY_EIO with diag:
 * *blamed cannot be read again, or is another one now.
 */
int jny_import_open(jny_import_t *im, const char **blamed, jny_diag_t *diag);
void jny_import_shut(jny_import_t *im);


#endif /* JNY_IMPORT_PRIVATE_H */
