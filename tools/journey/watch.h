/*
 * watch.h - a line on the terminal for runs that take over a second, and what
 * a run has cost.
 */

#ifndef JNY_WATCH_H
#define JNY_WATCH_H

#include <pthread.h>
#include <stdint.h>
#include <time.h>

#include "engine/progress.h"


/* How much there is to do, in what the run counts: bytes, or events. */
typedef struct {
    _Atomic uint64_t  bytes;       /* 0: events tell how far it is */
    _Atomic uint64_t  events;      /* 0, too: nobody knows yet */
    _Atomic unsigned  journeys;    /* reading is not all */
} jny_watch_whole_t;

typedef struct {
    const char         *cmd;
    jny_progress_t      progress;  /* the run counts here */
    jny_watch_whole_t   whole;
    struct timespec     start;
    pthread_t           thread;
    pthread_mutex_t     lock;
    pthread_cond_t      wake;
    unsigned            running:1;
    unsigned            stop:1;    /* under lock */
} jny_watch_t;

/*
 * Watches only where stderr is a terminal.  cmd is borrowed.  The whole is
 * told when it is known.
 */
void jny_watch_start(jny_watch_t *w, const char *cmd);

/* Takes the line away. */
void jny_watch_stop(jny_watch_t *w);

/*
 * Says on stderr, after a run, how long it took, and how much CPU time an
 * event took in each part of it.
 */
void jny_watch_report(const jny_watch_t *w, unsigned threads);


#endif /* JNY_WATCH_H */
