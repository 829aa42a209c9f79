/*
 * output.c - a file without a name beside the target, which gets one and is
 * renamed over it when it is whole: a reader sees the old report or the new
 * one, and whoever is killed before leaves nothing.  Between the two SIGINT and
 * its like are ignored: the result is whole then; SIGKILL may leave it under
 * its other name.  Where the file system has no such files it is a temporary
 * one.  What is no regular file (/dev/stdout, a pipe) is written in place:
 * renaming would replace the device.
 */

#include "output.h"

#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>


#define JNY_OUTPUT_SUFFIX   ".XXXXXX"
#define JNY_OUTPUT_SIGNALS  3

static const int  jny_output_signals[JNY_OUTPUT_SIGNALS] = {
    SIGHUP, SIGINT, SIGTERM
};


/* Opens the folder of out->name, or with O_TMPFILE a file in it that has no
   name yet.  -1 with errno. */

static int
jny_output_folder(const jny_output_t *out, int flags, mode_t mode)
{
    int          fd;
    char        *folder;
    const char  *slash;

    slash = strrchr(out->name, '/');
    folder = slash == NULL ? strdup(".")
                           : strndup(out->name,
                                     (size_t) (slash - out->name) + 1);

    if (folder == NULL) {
        errno = ENOMEM;
        return -1;
    }

    fd = open(folder, flags | O_CLOEXEC, mode);
    free(folder);

    return fd;
}


static int
jny_output_temp(jny_output_t *out, mode_t mode)
{
    int     fd;
    size_t  len;

    len = strlen(out->name) + sizeof(JNY_OUTPUT_SUFFIX);
    out->temp = malloc(len);

    if (out->temp == NULL) {
        return ENOMEM;
    }

    snprintf(out->temp, len, "%s" JNY_OUTPUT_SUFFIX, out->name);
    fd = jny_output_folder(out, O_TMPFILE | O_WRONLY, mode);
    out->nameless = fd != -1;

    if (fd == -1) {
        fd = mkstemp(out->temp);
    }

    if (fd == -1) {
        free(out->temp);
        out->temp = NULL;
        return errno;
    }

    if (fchmod(fd, mode) == 0) {
        out->file = fdopen(fd, "w");
    }

    if (out->file == NULL) {
        int  err = errno;

        close(fd);
        jny_output_abandon(out);
        return err;
    }

    return 0;
}


/*
 * The nameless file becomes out->temp: mkstemp() finds a name that is free, and
 * the link takes it.  0 or an errno.
 */

static int
jny_output_name(jny_output_t *out)
{
    int   fd;
    char  self[40];

    fd = mkstemp(out->temp);

    if (fd == -1) {
        return errno;
    }

    (void) close(fd);
    (void) unlink(out->temp);

    snprintf(self, sizeof(self), "/proc/self/fd/%d", fileno(out->file));

    if (linkat(AT_FDCWD, self, AT_FDCWD, out->temp, AT_SYMLINK_FOLLOW) != 0) {
        return errno;
    }

    out->nameless = 0;
    return 0;
}


int
jny_output_is(const char *output, const char *name)
{
    int          rc;
    struct stat  to, from;

    if (output == NULL || stat(output, &to) != 0 || !S_ISREG(to.st_mode)) {
        return 0;
    }

    rc = strcmp(name, "-") == 0 ? fstat(STDIN_FILENO, &from)
                                : stat(name, &from);

    return rc == 0 && to.st_dev == from.st_dev && to.st_ino == from.st_ino;
}


int
jny_output_open(jny_output_t *out, const char *name)
{
    mode_t       mask;
    struct stat  st;

    memset(out, 0, sizeof(*out));

    if (name == NULL || strcmp(name, "-") == 0) {
        out->file = stdout;
        return 0;
    }

    out->name = name;

    if (stat(name, &st) != 0) {
        mask = umask(0);
        umask(mask);
        return jny_output_temp(out, 0666 & ~mask);
    }

    if (S_ISREG(st.st_mode)) {
        return jny_output_temp(out, st.st_mode & 07777);
    }

    out->file = fopen(name, "w");
    return out->file ? 0 : errno;
}


int
jny_output_try(const char *name)
{
    int           err;
    struct stat   st;
    jny_output_t  out;

    /* who reads from a pipe would see its end */

    if (name != NULL && stat(name, &st) == 0 && !S_ISREG(st.st_mode)) {
        return S_ISDIR(st.st_mode) ? EISDIR : 0;
    }

    err = jny_output_open(&out, name);
    jny_output_abandon(&out);

    return err;
}


/* For all threads, which a mask would not be. */

static void
jny_output_ignore(struct sigaction *old)
{
    struct sigaction  sa;

    memset(&sa, 0, sizeof(sa));
    sa.sa_handler = SIG_IGN;

    for (unsigned i = 0; i < JNY_OUTPUT_SIGNALS; i++) {
        (void) sigaction(jny_output_signals[i], &sa, &old[i]);
    }
}


static void
jny_output_heed(const struct sigaction *old)
{
    for (unsigned i = 0; i < JNY_OUTPUT_SIGNALS; i++) {
        (void) sigaction(jny_output_signals[i], &old[i], NULL);
    }
}


/*
 * To the name, and that on the disk.  A folder that cannot be read may be
 * written to all the same; a file system may not know how to sync one.  0 or an
 * errno.
 */

static int
jny_output_rename(const jny_output_t *out)
{
    int  err, folder;

    /* Opened first: once renamed, only a disk that is broken is a failure. */

    folder = jny_output_folder(out, O_RDONLY | O_DIRECTORY, 0);

    if (folder == -1 && errno != EACCES) {
        return errno;
    }

    err = rename(out->temp, out->name) == 0 ? 0 : errno;

    if (folder != -1) {
        if (err == 0 && fsync(folder) != 0 && errno != EINVAL) {
            err = errno;
        }

        (void) close(folder);
    }

    return err;
}


int
jny_output_commit(jny_output_t *out)
{
    int               err;
    struct sigaction  old[JNY_OUTPUT_SIGNALS];

    err = fflush(out->file) != 0 ? errno : ferror(out->file) ? EIO : 0;

    if (out->name == NULL) {
        return err;
    }

    if (err == 0 && out->temp != NULL && fsync(fileno(out->file)) != 0) {
        err = errno;
    }

    jny_output_ignore(old);

    if (err == 0 && out->nameless) {
        err = jny_output_name(out);
    }

    if (fclose(out->file) != 0 && err == 0) {
        err = errno;
    }

    out->file = NULL;

    if (err == 0 && out->temp != NULL) {
        err = jny_output_rename(out);
    }

    if (err != 0) {
        jny_output_abandon(out);

    } else {
        free(out->temp);
        out->temp = NULL;
    }

    jny_output_heed(old);

    return err;
}


void
jny_output_abandon(jny_output_t *out)
{
    if (out->name != NULL && out->file != NULL) {
        fclose(out->file);
    }

    if (out->temp != NULL && !out->nameless) {
        unlink(out->temp);
    }

    free(out->temp);

    memset(out, 0, sizeof(*out));
}
