/*
 * map.c - a list of maps that the signal's handler can walk at any time: a
 * map is put in front of it complete, and taken out when nobody reads.
 */

#include "engine/map.h"

#include <errno.h>
#include <pthread.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>


#define JNY_MAP_STEP  ((uintptr_t) 4 << 20)
#define JNY_MAP_BACK  (32 * JNY_MAP_STEP)

struct jny_map_s {
    uint8_t    *data;
    size_t      size;       /* whole pages */
    int         cut;
    jny_map_t  *next;
};


static jny_map_t        *jny_maps;
static uintptr_t         jny_map_page;
static pthread_mutex_t   jny_map_lock = PTHREAD_MUTEX_INITIALIZER;


/*
 * mmap() is a plain system call.  All that follows the missing page is missing
 * as well, so one signal is enough.  Without a map the signal comes again, and
 * does what it always did.
 */
static void
jny_map_fault(int sig, siginfo_t *info, void *context)
{
    int         err;
    uintptr_t   at, begin;
    jny_map_t  *map;

    /* somebody's kill(): there is no address */

    if (info->si_code <= 0) {
        (void) signal(sig, SIG_DFL);
        (void) raise(sig);
        return;
    }

    err = errno;
    at = (uintptr_t) info->si_addr & ~(jny_map_page - 1);

    for (map = __atomic_load_n(&jny_maps, __ATOMIC_ACQUIRE); map != NULL;
         map = map->next)
    {
        begin = (uintptr_t) map->data;

        if (at >= begin && at - begin < map->size
            && mmap((void *) at, map->size - (at - begin), PROT_READ,
                    MAP_PRIVATE | MAP_ANONYMOUS | MAP_FIXED, -1, 0)
                   != MAP_FAILED)
        {
            __atomic_store_n(&map->cut, 1, __ATOMIC_RELAXED);
            errno = err;
            return;
        }
    }

    (void) signal(sig, SIG_DFL);
    errno = err;
}


static void
jny_map_catch(void)
{
    struct sigaction  sa;

    memset(&sa, 0, sizeof(sa));
    sa.sa_sigaction = jny_map_fault;
    sa.sa_flags = SA_SIGINFO | SA_RESTART;
    (void) sigaction(SIGBUS, &sa, NULL);
}


jny_map_t *
jny_map_new(int fd, size_t size)
{
    void       *p;
    jny_map_t  *map;

    map = calloc(1, sizeof(*map));
    if (map == NULL) {
        return NULL;
    }

    p = mmap(NULL, size, PROT_READ, MAP_PRIVATE, fd, 0);
    if (p == MAP_FAILED) {
        free(map);
        return NULL;
    }

    pthread_mutex_lock(&jny_map_lock);

    jny_map_page = (uintptr_t) sysconf(_SC_PAGESIZE);
    jny_map_catch();

    map->data = p;
    map->size = (size + jny_map_page - 1) & ~(jny_map_page - 1);
    map->next = jny_maps;
    __atomic_store_n(&jny_maps, map, __ATOMIC_RELEASE);
    pthread_mutex_unlock(&jny_map_lock);

    return map;
}


void
jny_map_free(jny_map_t *map)
{
    jny_map_t  **at;

    if (map == NULL) {
        return;
    }

    pthread_mutex_lock(&jny_map_lock);

    for (at = &jny_maps; *at != map; at = &(*at)->next) {
        /* void */
    }

    __atomic_store_n(at, map->next, __ATOMIC_RELEASE);
    pthread_mutex_unlock(&jny_map_lock);

    (void) munmap(map->data, map->size);
    free(map);
}


const uint8_t *
jny_map_data(const jny_map_t *map)
{
    return map->data;
}


void
jny_map_done(const uint8_t *data, size_t len)
{
    uintptr_t         begin, end;
    const jny_map_t  *map;

    for (map = __atomic_load_n(&jny_maps, __ATOMIC_ACQUIRE); map != NULL;
         map = map->next)
    {
        if (data >= map->data && data < map->data + map->size) {
            break;
        }
    }

    if (map == NULL) {
        return;
    }

    /*
     * At the end of a step only, for every call stops all threads; from a step
     * behind, where they have been, and back over steps at whose end a block
     * stood that is read at another time: writers take turns in a log.
     */

    end = ((uintptr_t) data + len) & ~(JNY_MAP_STEP - 1);
    begin = (uintptr_t) map->data;

    if (end <= (uintptr_t) data || end - begin <= JNY_MAP_STEP) {
        return;
    }

    end -= JNY_MAP_STEP;

    if (end - begin > JNY_MAP_BACK) {
        begin = end - JNY_MAP_BACK;
    }

    (void) madvise((void *) begin, end - begin, MADV_DONTNEED);
}


int
jny_map_cut(const jny_map_t *map)
{
    return map != NULL && __atomic_load_n(&map->cut, __ATOMIC_RELAXED);
}
