/*
 * replace.c - O_TMPFILE: what has no name yet, a crash leaves nothing of.
 * rename() needs one, so the file has a hidden name for as long as that takes;
 * where the file system knows no O_TMPFILE it has it from the beginning.
 * Readers of folders pass hidden names over.
 */

#include "segment/replace.h"

#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/file.h>
#include <unistd.h>

#include "base/tmpfile.h"


#define JNY_REPLACE_SUFFIX  ".0123456789abcdef"


static int
jny_replace_fail(const char *name, jny_diag_t *diag)
{
    jny_diag_set(diag, 0, "%s: %s", name, strerror(errno));

    return JNY_EIO;
}


/* The folder that name is in, "." where it names none.  NULL: no memory. */
static char *
jny_replace_folder(const char *name)
{
    const char  *slash;

    slash = strrchr(name, '/');

    if (slash == NULL) {
        return strdup(".");
    }

    return slash == name ? strdup("/") : strndup(name, (size_t) (slash - name));
}


/* FOLDER/.NAME.RANDOM: nobody else's, in whatever process.  Or NULL. */
static char *
jny_replace_hidden(const char *name)
{
    char        *temp;
    size_t       len;
    uint64_t     random;
    const char  *base;

    base = strrchr(name, '/');
    base = base != NULL ? base + 1 : name;
    len = strlen(name) + sizeof(JNY_REPLACE_SUFFIX) + 1;

    temp = getentropy(&random, sizeof(random)) == 0 ? malloc(len) : NULL;

    if (temp != NULL) {
        snprintf(temp, len, "%.*s.%s.%016" PRIx64, (int) (base - name), name,
                 base, random);
    }

    return temp;
}


static void
jny_replace_release(jny_replace_t *r)
{
    if (r->fd != -1) {
        (void) close(r->fd);
    }

    free(r->name);
    free(r->temp);
    memset(r, 0, sizeof(*r));
    r->fd = -1;
}


void
jny_replace_abandon(jny_replace_t *r)
{
    if (r->temp != NULL) {
        (void) unlink(r->temp);
    }

    jny_replace_release(r);
}


/* *folder is the caller's to free. */
static int
jny_replace_init(jny_replace_t *r, const char *name, char **folder)
{
    memset(r, 0, sizeof(*r));
    r->fd = -1;
    r->name = strdup(name);
    *folder = jny_replace_folder(name);

    if (r->name == NULL || *folder == NULL) {
        free(*folder);
        jny_replace_release(r);
        return JNY_ENOMEM;
    }

    return JNY_OK;
}


int
jny_replace_scratch(jny_replace_t *r, const char *name, jny_diag_t *diag)
{
    char  *folder;

    if (jny_replace_init(r, name, &folder) != JNY_OK) {
        return JNY_ENOMEM;
    }

    r->fd = jny_tmpfile_open(folder);

    if (r->fd == -1) {
        (void) jny_replace_fail(folder, diag);
        jny_replace_release(r);
    }

    free(folder);

    return r->fd != -1 ? JNY_OK : JNY_EIO;
}


int
jny_replace_open(jny_replace_t *r, const char *name, jny_diag_t *diag)
{
    char  *folder;

    if (jny_replace_init(r, name, &folder) != JNY_OK) {
        return JNY_ENOMEM;
    }

    r->fd = open(folder, O_TMPFILE | O_RDWR | O_CLOEXEC, 0666);
    free(folder);

    if (r->fd != -1) {
        return JNY_OK;
    }

    r->temp = jny_replace_hidden(name);

    if (r->temp == NULL) {
        jny_replace_release(r);
        return JNY_ENOMEM;
    }

    r->fd = open(r->temp, O_CREAT | O_EXCL | O_RDWR | O_CLOEXEC, 0666);

    if (r->fd == -1) {
        (void) jny_replace_fail(name, diag);
        jny_replace_release(r);
        return JNY_EIO;
    }

    return JNY_OK;
}


int
jny_replace_write(jny_replace_t *r, jny_slice_t bytes, jny_diag_t *diag)
{
    ssize_t  n;

    while (bytes.len > 0) {
        n = write(r->fd, bytes.data, bytes.len);

        if (n == -1 && errno == EINTR) {
            continue;
        }

        if (n == -1) {
            return jny_replace_fail(r->name, diag);
        }

        bytes.data += n;
        bytes.len -= (size_t) n;
        r->len += (uint64_t) n;
    }

    return JNY_OK;
}


/* A name for a file that has none yet. */
static int
jny_replace_link(jny_replace_t *r)
{
    char  self[40];

    if (r->temp != NULL) {
        return 0;
    }

    r->temp = jny_replace_hidden(r->name);

    if (r->temp == NULL) {
        errno = ENOMEM;
        return -1;
    }

    snprintf(self, sizeof(self), "/proc/self/fd/%d", r->fd);

    if (linkat(AT_FDCWD, self, AT_FDCWD, r->temp, AT_SYMLINK_FOLLOW) == 0) {
        return 0;
    }

    free(r->temp);
    r->temp = NULL;

    return -1;
}


static int
jny_replace_attributes(const jny_replace_t *r, const struct stat *like)
{
    struct timespec  times[2];

    if (like == NULL) {
        return 0;
    }

    times[0] = like->st_atim;
    times[1] = like->st_mtim;

    /* the owner first: chown() takes set-id bits away */

    if (fchown(r->fd, like->st_uid, like->st_gid) == -1
        || fchmod(r->fd, like->st_mode & 07777) == -1)
    {
        return -1;
    }

    return futimens(r->fd, times);
}


static int
jny_replace_open_folder(const char *name)
{
    int    fd;
    char  *folder;

    folder = jny_replace_folder(name);

    if (folder == NULL) {
        errno = ENOMEM;
        return -1;
    }

    fd = open(folder, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    free(folder);

    return fd;
}


int
jny_replace_commit(jny_replace_t *r, const struct stat *like, jny_diag_t *diag)
{
    int  rc, folder;

    /* Opened first: once renamed, only a disk that is broken is a failure. */

    folder = jny_replace_open_folder(r->name);

    if (folder == -1 || jny_replace_attributes(r, like) == -1
        || fsync(r->fd) == -1 || jny_replace_link(r) == -1
        || rename(r->temp, r->name) == -1)
    {
        (void) jny_replace_fail(r->name, diag);
        jny_replace_abandon(r);
        rc = JNY_EIO;

    } else {
        rc = fsync(folder) == 0 ? JNY_OK : jny_replace_fail(r->name, diag);
        jny_replace_release(r);
    }

    if (folder != -1) {
        (void) close(folder);
    }

    return rc;
}


int
jny_replace_lock(const char *name, int *fd, jny_diag_t *diag)
{
    char  *folder;

    folder = jny_replace_folder(name);

    if (folder == NULL) {
        return JNY_ENOMEM;
    }

    *fd = open(folder, O_RDONLY | O_DIRECTORY | O_CLOEXEC);

    if (*fd == -1) {
        (void) jny_replace_fail(folder, diag);
        free(folder);
        return JNY_EIO;
    }

    if (flock(*fd, LOCK_EX | LOCK_NB) == -1) {
        jny_diag_set(diag, 0, "%s: another compact or forget is at work in "
                     "this folder", folder);
        (void) close(*fd);
        *fd = -1;
        free(folder);
        return JNY_EIO;
    }

    free(folder);

    return JNY_OK;
}
