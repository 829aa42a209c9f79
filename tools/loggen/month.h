/*
 * month.h - the events of a month in memory: collected visitor by visitor,
 * put in the order of time, written as .jny blocks.
 */

#ifndef JNY_MONTH_H
#define JNY_MONTH_H

#include <stdio.h>

#include "shop.h"


typedef struct {
    shop_event_t  *events;
    size_t         n;
    size_t         size;
} month_t;

typedef struct {
    unsigned  block_events;         /* 1 to JNY_MAX_ROWS */
    unsigned  writers;              /* nginx workers, 1 to MONTH_MAX_WRITERS */
    int       agents;
    int       level;                /* deflate, 1 to 9 */
} month_conf_t;

#define MONTH_MAX_WRITERS 64


/* A shop_emit_pt over month_t: 0, or -1 when out of memory. */
int month_add(void *month, const shop_event_t *event);
void month_free(month_t *month);

/* By time; equal times keep their order.  0, or -1 when out of memory. */
int month_sort(month_t *month, int64_t length_ms);

/*
 * Writes all events as blocks.  JNY_OK, JNY_ENOMEM, JNY_EIO (errno), or
 * what the encoder said.
 */
int month_write(const month_t *month, const shop_t *shop,
                const month_conf_t *conf, FILE *out);


#endif /* JNY_MONTH_H */
