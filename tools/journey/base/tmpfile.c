/*
 * tmpfile.c - O_TMPFILE.  Kernels and file systems that do not know it say so
 * with several errors, some of which mean other things, too: so after any of
 * them the file is made under a name, which is taken from it at once, and
 * what is really wrong is met again.
 */

#include "base/tmpfile.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>


#define JNY_TMPFILE_NAME  "/.journey.XXXXXX"


int
jny_tmpfile_open(const char *folder)
{
    int     fd;
    char   *name;
    size_t  size;

    fd = open(folder, O_TMPFILE | O_RDWR | O_CLOEXEC, 0600);

    if (fd != -1) {
        return fd;
    }

    size = strlen(folder) + sizeof(JNY_TMPFILE_NAME);
    name = malloc(size);

    if (name == NULL) {
        errno = ENOMEM;
        return -1;
    }

    snprintf(name, size, "%s" JNY_TMPFILE_NAME, folder);
    fd = mkostemp(name, O_CLOEXEC);

    if (fd != -1) {
        (void) unlink(name);
    }

    free(name);

    return fd;
}
