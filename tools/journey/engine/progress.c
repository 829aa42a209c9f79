/*
 * progress.c - asked for once a block and a partition, so that a clock that
 * costs a system call costs nothing.
 */

#include "engine/progress.h"

#include <time.h>


uint64_t
jny_progress_now(void)
{
    struct timespec  now;

    if (clock_gettime(CLOCK_THREAD_CPUTIME_ID, &now) != 0) {
        return 0;
    }

    return (uint64_t) now.tv_sec * 1000000000 + (uint64_t) now.tv_nsec;
}


void
jny_progress_lap(jny_progress_t *p, jny_part_e part, uint64_t *at_ns)
{
    uint64_t  now_ns;

    now_ns = jny_progress_now();
    atomic_fetch_add(&p->cpu_ns[part], now_ns - *at_ns);
    *at_ns = now_ns;
}
