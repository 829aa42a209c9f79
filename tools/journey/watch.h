/*
 * watch.h - a line on the terminal for runs that take over a second, and what
 * a run has cost.
 */

#ifndef JNY_WATCH_H
#define JNY_WATCH_H

#include <pthread.h>
#include <stdint.h>
#include <time.h>

#include "engine/input.h"
#include "engine/run.h"


typedef struct {
    const char       *cmd;
    jny_progress_t    progress;    /* the run counts here */
    uint64_t          bytes;       /* of all blocks that are to be read */
    unsigned          threads;
    struct timespec   start;
    pthread_t         thread;
    pthread_mutex_t   lock;
    pthread_cond_t    wake;
    unsigned          running:1;
    unsigned          journeys:1;  /* reading is not all */
    unsigned          stop:1;      /* under lock */
} jny_watch_t;

/*
 * Watches only where stderr is a terminal.  cmd is borrowed.  The blocks are
 * those of in that meet the plan's time, or all of them; journeys: a run will
 * follow that reads visitors after blocks.
 */
void jny_watch_start(jny_watch_t *w, const char *cmd, const jny_input_t *in,
    const jny_plan_t *plan, int journeys);

/* Takes the line away. */
void jny_watch_stop(jny_watch_t *w);

/*
 * Says on stderr, after a run, how long it took, and how much CPU time an
 * event took in each part of it.
 */
void jny_watch_report(const jny_watch_t *w);


#endif /* JNY_WATCH_H */
