/*
 * nomem.c - preloaded: the JNY_NOMEM-th allocation of the process fails, those
 * before and after it do not.
 */

#define _GNU_SOURCE

#include <errno.h>
#include <stdatomic.h>
#include <stdlib.h>


extern void *__libc_malloc(size_t size);
extern void *__libc_calloc(size_t n, size_t size);
extern void *__libc_realloc(void *p, size_t size);

static _Atomic long  nomem_left = -1;


__attribute__((constructor)) static void
nomem_init(void)
{
    const char  *n;

    n = getenv("JNY_NOMEM");
    nomem_left = n ? strtol(n, NULL, 10) : 0;
}


static int
nomem(void)
{
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
