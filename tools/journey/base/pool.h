/*
 * pool.h - threads over a work counter: no queue, no lock, one atomic
 * increment per item.
 */

#ifndef JNY_POOL_H
#define JNY_POOL_H

#include <stdint.h>


/*
 * Does one item in one thread (0 .. nthreads - 1).  Not 0 stops the pool:
 * items already begun end, no other begins.
 */
typedef int (*jny_pool_pt)(void *ctx, unsigned thread, uint64_t item);

/*
 * Calls work for the items 0 .. nitems - 1, taken in that order, on nthreads
 * threads, of which the caller is number 0, and waits for all of them.  Where
 * the system refuses threads, those that exist do the work.  Returns 0 or the
 * first code that was not 0.
 */
int jny_pool_run(unsigned nthreads, uint64_t nitems, jny_pool_pt work,
                 void *ctx);


#endif /* JNY_POOL_H */
