/*
 * progress.h - a line on the terminal for runs that take over a second.
 */

#ifndef JNY_PROGRESS_H
#define JNY_PROGRESS_H

#include <pthread.h>
#include <stdint.h>
#include <time.h>

#include "engine/run.h"


typedef struct {
    const char       *cmd;
    jny_progress_t    progress;    /* the run counts here */
    uint64_t          blocks;      /* in all */
    struct timespec   start;
    pthread_t         thread;
    pthread_mutex_t   lock;
    pthread_cond_t    wake;
    unsigned          running:1;
    unsigned          stop:1;      /* under lock */
} jny_watch_t;

/* Watches only where stderr is a terminal.  cmd is borrowed. */
void jny_watch_start(jny_watch_t *w, const char *cmd, uint64_t blocks);

/* Takes the line away. */
void jny_watch_stop(jny_watch_t *w);


#endif /* JNY_PROGRESS_H */
