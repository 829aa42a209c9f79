/*
 * pool.c - threads are started for each run and joined at its end: runs are
 * few and long, so keeping idle threads would buy nothing.
 */

#include "base/pool.h"

#include <pthread.h>
#include <stdatomic.h>
#include <stdlib.h>


typedef struct {
    _Atomic uint64_t  next;
    _Atomic int       rc;
    uint64_t          nitems;
    jny_pool_pt       work;
    void             *ctx;
} jny_pool_t;

typedef struct {
    jny_pool_t  *pool;
    pthread_t    id;
    unsigned     number;
} jny_pool_thread_t;


static void
jny_pool_work(jny_pool_t *pool, unsigned thread)
{
    int       rc, none;
    uint64_t  item;

    while (atomic_load(&pool->rc) == 0) {

        item = atomic_fetch_add(&pool->next, 1);
        if (item >= pool->nitems) {
            return;
        }

        rc = pool->work(pool->ctx, thread, item);

        if (rc != 0) {
            none = 0;
            atomic_compare_exchange_strong(&pool->rc, &none, rc);
            return;
        }
    }
}


static void *
jny_pool_main(void *arg)
{
    jny_pool_thread_t  *t = arg;

    jny_pool_work(t->pool, t->number);

    return NULL;
}


int
jny_pool_run(unsigned nthreads, uint64_t nitems, jny_pool_pt work, void *ctx)
{
    unsigned            i, started;
    jny_pool_t          pool;
    jny_pool_thread_t  *threads;

    atomic_init(&pool.next, 0);
    atomic_init(&pool.rc, 0);
    pool.nitems = nitems;
    pool.work = work;
    pool.ctx = ctx;

    started = 0;
    threads = nthreads > 1 ? calloc(nthreads - 1, sizeof(*threads)) : NULL;

    for (i = 0; threads != NULL && i < nthreads - 1; i++) {
        threads[i].pool = &pool;
        threads[i].number = i + 1;

        if (pthread_create(&threads[i].id, NULL, jny_pool_main, &threads[i])
            != 0)
        {
            break;
        }

        started++;
    }

    jny_pool_work(&pool, 0);

    for (i = 0; i < started; i++) {
        pthread_join(threads[i].id, NULL);
    }

    free(threads);

    return atomic_load(&pool.rc);
}
