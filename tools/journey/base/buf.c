/*
 * buf.c - a growing byte buffer.  It doubles, so appending is linear; it ends
 * with a NUL that len does not count, so it can be printed while debugging.
 */

#include "base/buf.h"

#include <stdarg.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>


void
jny_buf_init(jny_buf_t *b)
{
    b->data = NULL;
    b->len = 0;
    b->cap = 0;
    b->failed = 0;
}


void
jny_buf_release(jny_buf_t *b)
{
    free(b->data);
    jny_buf_init(b);
}


void
jny_buf_reset(jny_buf_t *b)
{
    b->len = 0;

    if (b->data != NULL) {
        b->data[0] = '\0';
    }
}


/* Room for n bytes more and the NUL; 0, or -1 and the error sticks. */
static int
jny_buf_reserve(jny_buf_t *b, size_t n)
{
    size_t  cap;
    char   *data;

    if (b->failed) {
        return -1;
    }

    if (n < b->cap - b->len) {
        return 0;
    }

    if (n > SIZE_MAX / 2 - b->len - 64) {
        b->failed = 1;
        return -1;
    }

    cap = b->len + n + 1;
    cap = cap < 2 * b->cap ? 2 * b->cap : cap + 63;

    data = realloc(b->data, cap);
    if (data == NULL) {
        b->failed = 1;
        return -1;
    }

    b->data = data;
    b->cap = cap;

    return 0;
}


void
jny_buf_add(jny_buf_t *b, const void *p, size_t n)
{
    if (jny_buf_reserve(b, n) != 0) {
        return;
    }

    if (n > 0) {
        memcpy(b->data + b->len, p, n);
        b->len += n;
    }

    b->data[b->len] = '\0';
}


void
jny_buf_str(jny_buf_t *b, const char *s)
{
    jny_buf_add(b, s, strlen(s));
}


void
jny_buf_char(jny_buf_t *b, char c)
{
    jny_buf_add(b, &c, 1);
}


void
jny_buf_printf(jny_buf_t *b, const char *fmt, ...)
{
    int      n;
    va_list  args, again;

    va_start(args, fmt);
    va_copy(again, args);

    n = vsnprintf(NULL, 0, fmt, args);
    va_end(args);

    if (n < 0) {
        b->failed = 1;

    } else if (jny_buf_reserve(b, (size_t) n) == 0) {
        vsnprintf(b->data + b->len, (size_t) n + 1, fmt, again);
        b->len += (size_t) n;
    }

    va_end(again);
}
