/*
 * buf.h - a growing byte buffer with a sticky error: append without checking,
 * look once at the end.
 */

#ifndef JNY_BUF_H
#define JNY_BUF_H

#include <stddef.h>


typedef struct {
    char    *data;             /* NUL-terminated once anything was added */
    size_t   len;
    size_t   cap;
    int      failed;           /* out of memory: later appends do nothing */
} jny_buf_t;

#define JNY_BUF_INIT  { NULL, 0, 0, 0 }

void jny_buf_init(jny_buf_t *b);
void jny_buf_release(jny_buf_t *b);
void jny_buf_reset(jny_buf_t *b);            /* keeps memory, and failed */
void jny_buf_add(jny_buf_t *b, const void *p, size_t n);
void jny_buf_str(jny_buf_t *b, const char *s);
void jny_buf_char(jny_buf_t *b, char c);
void jny_buf_printf(jny_buf_t *b, const char *fmt, ...)
    __attribute__((format(printf, 2, 3)));


#endif /* JNY_BUF_H */
