/*
 * notmpfile.c - preloaded: a file system that knows no O_TMPFILE.
 * JNY_TMPFILE_KILL: the so-many-th file that was to have no name is the end.
 */

#define _GNU_SOURCE

#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdarg.h>
#include <stdatomic.h>
#include <stdlib.h>
#include <sys/syscall.h>
#include <unistd.h>


static _Atomic long  notmpfile_seen;


int
open(const char *name, int flags, ...)
{
    va_list      args;
    unsigned     mode;
    const char  *kill;

    va_start(args, flags);
    mode = flags & (O_CREAT | __O_TMPFILE) ? va_arg(args, unsigned) : 0;
    va_end(args);

    if ((flags & O_TMPFILE) != O_TMPFILE) {
        return (int) syscall(SYS_openat, AT_FDCWD, name, flags, mode);
    }

    kill = getenv("JNY_TMPFILE_KILL");

    if (++notmpfile_seen == (kill ? strtol(kill, NULL, 10) : 0)) {
        raise(SIGKILL);
    }

    errno = EINVAL;
    return -1;
}
