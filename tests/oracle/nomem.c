/*
 * nomem.c - preloaded: the JNY_NOMEM-th allocation of the process fails, those
 * before and after it do not.  JNY_NOMEM_COUNT names a file to which the number
 * of all of them is written at the end.
 */

#define _GNU_SOURCE

#include <errno.h>
#include <fcntl.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/mman.h>
#include <sys/syscall.h>
#include <unistd.h>


extern void *__libc_malloc(size_t size);
extern void *__libc_calloc(size_t n, size_t size);
extern void *__libc_realloc(void *p, size_t size);
extern void *__libc_memalign(size_t align, size_t size);

static _Atomic long  nomem_left = -1;
static _Atomic long  nomem_seen;


__attribute__((constructor)) static void
nomem_init(void)
{
    const char  *n;

    n = getenv("JNY_NOMEM");
    nomem_left = n ? strtol(n, NULL, 10) : 0;
}


__attribute__((destructor)) static void
nomem_fini(void)
{
    int          fd;
    const char  *name;

    name = getenv("JNY_NOMEM_COUNT");
    fd = name ? open(name, O_WRONLY | O_CREAT | O_TRUNC, 0600) : -1;

    if (fd != -1) {
        dprintf(fd, "%ld", (long) nomem_seen);
        close(fd);
    }
}


static int
nomem(void)
{
    nomem_seen++;

    if (nomem_left <= 0 || --nomem_left != 0) {
        return 0;
    }

    errno = ENOMEM;
    return 1;
}


void *
malloc(size_t size)
{
    return nomem() ? NULL : __libc_malloc(size);
}


void *
calloc(size_t n, size_t size)
{
    return nomem() ? NULL : __libc_calloc(n, size);
}


void *
realloc(void *p, size_t size)
{
    return nomem() ? NULL : __libc_realloc(p, size);
}


void *
aligned_alloc(size_t align, size_t size)
{
    return nomem() ? NULL : __libc_memalign(align, size);
}


int
posix_memalign(void **p, size_t align, size_t size)
{
    if (nomem()) {
        return ENOMEM;
    }

    *p = __libc_memalign(align, size);

    return *p ? 0 : ENOMEM;
}


void *
mmap(void *at, size_t len, int prot, int flags, int fd, off_t offset)
{
    return nomem() ? MAP_FAILED
                   : (void *) syscall(SYS_mmap, at, len, prot, flags, fd,
                                      offset);
}
