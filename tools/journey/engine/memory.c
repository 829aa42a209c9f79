/*
 * memory.c - /proc/meminfo, and the limit of the control group (version 2) in
 * a container, which sees its own at the root.
 */

#include "engine/memory.h"

#include <inttypes.h>
#include <stdio.h>

#include "engine/behaviour.h"


#define JNY_MEMORY_UNKNOWN  ((int64_t) 1 << 30)

/* Words that a visitor of JNY_CRAWLER_EVENTS may have. */
#define JNY_MEMORY_VISITOR  ((uint64_t) 20 * JNY_CRAWLER_EVENTS)


static int64_t
jny_memory_available(void)
{
    char      line[128];
    FILE     *f;
    int64_t   kib, bytes;

    f = fopen("/proc/meminfo", "r");
    if (f == NULL) {
        return JNY_MEMORY_UNKNOWN;
    }

    bytes = JNY_MEMORY_UNKNOWN;

    while (fgets(line, sizeof(line), f) != NULL) {
        if (sscanf(line, "MemAvailable: %" SCNd64, &kib) == 1) {
            bytes = kib * 1024;
            break;
        }
    }

    fclose(f);

    return bytes;
}


/* The number in a file; -1: none ("max", or no such file). */
static int64_t
jny_memory_number(const char *name)
{
    FILE     *f;
    int64_t   n;

    f = fopen(name, "r");
    if (f == NULL) {
        return -1;
    }

    if (fscanf(f, "%" SCNd64, &n) != 1) {
        n = -1;
    }

    fclose(f);

    return n;
}


int64_t
jny_memory_free(void)
{
    int64_t  bytes, max, used;

    bytes = jny_memory_available();
    max = jny_memory_number("/sys/fs/cgroup/memory.max");
    used = jny_memory_number("/sys/fs/cgroup/memory.current");

    if (max >= 0 && used >= 0 && max - used < bytes) {
        bytes = max > used ? max - used : 0;
    }

    return bytes;
}


uint64_t
jny_memory_partition(int64_t strands, unsigned threads)
{
    uint64_t  share;

    share = (uint64_t) strands / 4 / threads / sizeof(uint64_t);

    return share > JNY_MEMORY_VISITOR ? share : JNY_MEMORY_VISITOR;
}
