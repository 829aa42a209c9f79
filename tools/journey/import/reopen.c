/*
 * reopen.c - files for the second time, one after the other.
 */

#include "import/import_private.h"

#include <string.h>


int
jny_import_open(jny_import_t *im, const char **blamed, jny_diag_t *diag)
{
    int                 rc;
    uint64_t            id[2];
    jny_source_file_t  *f;

    while (im->next < im->nfiles
           && (im->files[im->next].pub.same_as >= 0
               || im->files[im->next].digest.length == 0))
    {
        im->next++;
    }

    if (im->next == im->nfiles) {
        return JNY_END;
    }

    f = &im->files[im->next++];
    *blamed = f->pub.name;

    if (f->kept != NULL) {
        im->stream = f->kept;
        f->kept = NULL;
        rc = jny_intake_rewind(im->stream, diag);

    } else {
        rc = jny_intake_open(&im->stream, f->pub.name, diag);
    }

    if (rc != JNY_OK) {
        return rc;
    }

    jny_intake_identity(im->stream, id);

    if (memcmp(id, f->id, sizeof(id)) != 0) {
        jny_diag_set(diag, 0, "was replaced while it was read: run it again");
        return JNY_EIO;
    }

    im->lines = jny_lines_new(im->stream, f->digest.length,
                              im->conf.parser->quoted);

    return im->lines != NULL ? JNY_OK : JNY_ENOMEM;
}


void
jny_import_shut(jny_import_t *im)
{
    jny_lines_free(im->lines);
    jny_intake_close(im->stream);
    im->lines = NULL;
    im->stream = NULL;
}
