/*
 * progress.c - a thread that sleeps a second, then looks five times a second
 * at two counters.  The run itself never waits for the terminal.
 */

#include "progress.h"

#include <inttypes.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "render/text.h"


#define JNY_WATCH_FIRST_MS  1000
#define JNY_WATCH_EVERY_MS  200


static void
jny_watch_print(jny_watch_t *w)
{
    double           seconds;
    uint64_t         events;
    jny_buf_t        line;
    struct timespec  now;

    clock_gettime(CLOCK_MONOTONIC, &now);
    seconds = (double) (now.tv_sec - w->start.tv_sec)
              + (double) (now.tv_nsec - w->start.tv_nsec) / 1e9;
    events = w->progress.events;

    jny_buf_init(&line);
    jny_buf_printf(&line, "\rjourney %s: %" PRIu64 " of %" PRIu64 " blocks, ",
                   w->cmd, (uint64_t) w->progress.blocks, w->blocks);
    jny_text_count(&line, events);
    jny_buf_str(&line, " events, ");
    jny_text_count(&line, (uint64_t) ((double) events / seconds));
    jny_buf_str(&line, "/s\033[K");

    if (!line.failed) {
        fwrite(line.data, 1, line.len, stderr);
        fflush(stderr);
    }

    jny_buf_release(&line);
}


static void
jny_watch_add_ms(struct timespec *t, long ms)
{
    t->tv_sec += ms / 1000;
    t->tv_nsec += ms % 1000 * 1000000;

    if (t->tv_nsec >= 1000000000) {
        t->tv_nsec -= 1000000000;
        t->tv_sec++;
    }
}


static void *
jny_watch_thread(void *ctx)
{
    int              shown;
    jny_watch_t     *w;
    struct timespec  next;

    w = ctx;
    shown = 0;
    next = w->start;
    jny_watch_add_ms(&next, JNY_WATCH_FIRST_MS);

    pthread_mutex_lock(&w->lock);

    while (!w->stop) {
        if (pthread_cond_timedwait(&w->wake, &w->lock, &next) == 0) {
            continue;
        }

        jny_watch_print(w);
        shown = 1;
        jny_watch_add_ms(&next, JNY_WATCH_EVERY_MS);
    }

    pthread_mutex_unlock(&w->lock);

    if (shown) {
        fputs("\r\033[K", stderr);
        fflush(stderr);
    }

    return NULL;
}


void
jny_watch_start(jny_watch_t *w, const char *cmd, uint64_t blocks)
{
    pthread_condattr_t  attr;

    memset(w, 0, sizeof(*w));
    w->cmd = cmd;
    w->blocks = blocks;

    if (!isatty(STDERR_FILENO)) {
        return;
    }

    clock_gettime(CLOCK_MONOTONIC, &w->start);

    pthread_condattr_init(&attr);
    pthread_condattr_setclock(&attr, CLOCK_MONOTONIC);
    pthread_cond_init(&w->wake, &attr);
    pthread_condattr_destroy(&attr);
    pthread_mutex_init(&w->lock, NULL);

    w->running = pthread_create(&w->thread, NULL, jny_watch_thread, w) == 0;
}


void
jny_watch_stop(jny_watch_t *w)
{
    if (!w->running) {
        return;
    }

    pthread_mutex_lock(&w->lock);
    w->stop = 1;
    pthread_cond_signal(&w->wake);
    pthread_mutex_unlock(&w->lock);

    pthread_join(w->thread, NULL);
    pthread_cond_destroy(&w->wake);
    pthread_mutex_destroy(&w->lock);
    w->running = 0;
}
