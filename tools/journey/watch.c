/*
 * watch.c - a thread that sleeps a second, then looks five times a second at
 * some counters.  The run itself never waits for the terminal.
 */

#include "watch.h"

#include <inttypes.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "render/text.h"


#define JNY_WATCH_FIRST_MS  1000
#define JNY_WATCH_EVERY_MS  200

/* Of a run's time that for its blocks; the rest is for its visitors. */
#define JNY_WATCH_BLOCKS  0.75


static double
jny_watch_seconds(const jny_watch_t *w)
{
    struct timespec  now;

    clock_gettime(CLOCK_MONOTONIC, &now);

    return (double) (now.tv_sec - w->start.tv_sec)
           + (double) (now.tv_nsec - w->start.tv_nsec) / 1e9;
}


/* From 0 to 1. */
static double
jny_watch_done(const jny_watch_t *w)
{
    double  blocks, visitors;

    blocks = w->whole.bytes > 0
                 ? (double) w->progress.bytes / (double) w->whole.bytes
             : w->whole.events > 0
                 ? (double) w->progress.events / (double) w->whole.events
                 : 0;
    visitors = w->progress.npartitions > 0
                   ? (double) w->progress.partitions
                         / (double) w->progress.npartitions
                   : 0;

    return w->whole.journeys ? JNY_WATCH_BLOCKS * blocks
                                   + (1 - JNY_WATCH_BLOCKS) * visitors
                             : blocks;
}


static void
jny_watch_print(const jny_watch_t *w)
{
    double     done, seconds;
    uint64_t   events;
    jny_buf_t  line;

    seconds = jny_watch_seconds(w);
    done = jny_watch_done(w);
    events = w->progress.events;

    jny_buf_init(&line);
    jny_buf_printf(&line, "\rjourney %s: ", w->cmd);

    if (w->whole.bytes > 0) {
        jny_buf_printf(&line, "%" PRIu64 " of %" PRIu64 " MB, ",
                       w->progress.bytes / 1000000,
                       w->whole.bytes / 1000000);
    }

    jny_text_count(&line, events);

    if (w->whole.bytes == 0 && w->whole.events > 0) {
        jny_buf_str(&line, " of ");
        jny_text_count(&line, w->whole.events);
    }

    jny_buf_str(&line, " events, ");
    jny_text_count(&line, (uint64_t) ((double) events / seconds));
    jny_buf_str(&line, "/s");

    if (done > 0) {
        jny_buf_printf(&line, ", %.0f s left", seconds * (1 - done) / done);
    }

    jny_buf_str(&line, "\033[K");

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
jny_watch_start(jny_watch_t *w, const char *cmd)
{
    pthread_condattr_t  attr;

    memset(w, 0, sizeof(*w));
    w->cmd = cmd;

    clock_gettime(CLOCK_MONOTONIC, &w->start);

    if (!isatty(STDERR_FILENO)) {
        return;
    }

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


void
jny_watch_report(const jny_watch_t *w, unsigned threads)
{
    double     all, each, events, seconds;
    unsigned   i;
    jny_buf_t  b;

    static const char *const  parts[JNY_PART_COUNT] = {
        "read blocks: inflate, check, decode",
        "judge rows: selectors, bots, orders found",
        "lay rows out by visitor",
        "decide orders",
        "sort visitors",
        "journeys and analyses"
    };

    seconds = jny_watch_seconds(w);
    events = (double) w->progress.events;
    events = events > 0 ? events : 1;
    all = 0;

    jny_buf_init(&b);
    jny_buf_printf(&b, "journey %s: ", w->cmd);
    jny_text_count(&b, w->progress.events);
    jny_buf_printf(&b, " events, %.1f MB in %.2f s, threads: %u, CPU time an "
                   "event:\n", (double) w->progress.bytes / 1e6, seconds,
                   threads);

    for (i = 0; i < JNY_PART_COUNT; i++) {
        each = (double) w->progress.cpu_ns[i] / events;
        all += each;
        jny_buf_printf(&b, "%10.1f ns  %s\n", each, parts[i]);
    }

    jny_buf_printf(&b, "%10.1f ns  together\n", all);

    if (!b.failed) {
        fwrite(b.data, 1, b.len, stderr);
    }

    jny_buf_release(&b);
}
