/*
 * elapsed.h - how long it is between two times, which may be any two.
 */

#ifndef JNY_ELAPSED_H
#define JNY_ELAPSED_H

#include <stdint.h>


/* From one time to a later one, or the same; INT64_MAX where it is more. */
static inline int64_t
jny_ms_between(int64_t from_ms, int64_t to_ms)
{
    uint64_t  ms = (uint64_t) to_ms - (uint64_t) from_ms;

    return ms > INT64_MAX ? INT64_MAX : (int64_t) ms;
}


#endif /* JNY_ELAPSED_H */
