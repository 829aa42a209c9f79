/*
 * lines.c - what was read behind the end of a chunk is carried to the next.
 * Records are counted here, where one thread at a time comes by: a chunk that
 * held too many could not become one block.
 */

#include "import/lines.h"

#include <stdlib.h>
#include <string.h>


#define JNY_LINES_READ   (256 * 1024)
#define JNY_CHUNK_BYTES  (4 * 1024 * 1024)         /* then it is enough */
#define JNY_CHUNK_ROOM   (JNY_CHUNK_BYTES + 2 * JNY_RECORD_MAX)

struct jny_lines_s {
    jny_intake_t  *st;
    uint8_t       *carry;      /* JNY_CHUNK_ROOM bytes */
    size_t         carried;
    uint64_t       line;
    uint64_t       left;       /* bytes to read */
    int            rc;         /* of the stream; what was read goes first */
    jny_diag_t     diag;
    unsigned       quoted:1;
    unsigned       eof:1;
};


int
jny_chunk_init(jny_chunk_t *c)
{
    memset(c, 0, sizeof(*c));
    c->data = malloc(JNY_CHUNK_ROOM);

    return c->data != NULL ? JNY_OK : JNY_ENOMEM;
}


void
jny_chunk_release(jny_chunk_t *c)
{
    free(c->data);
    memset(c, 0, sizeof(*c));
}


jny_lines_t *
jny_lines_new(jny_intake_t *st, uint64_t length, unsigned quoted)
{
    jny_lines_t  *ln;

    ln = calloc(1, sizeof(*ln));

    if (ln == NULL) {
        return NULL;
    }

    ln->st = st;
    ln->left = length;
    ln->line = 1;
    ln->quoted = quoted != 0;
    ln->carry = malloc(JNY_CHUNK_ROOM);

    if (ln->carry == NULL) {
        free(ln);
        return NULL;
    }

    return ln;
}


void
jny_lines_free(jny_lines_t *ln)
{
    if (ln != NULL) {
        free(ln->carry);
        free(ln);
    }
}


uint8_t *
jny_record_end(unsigned quoted, uint8_t *p, uint8_t *end, int whole)
{
    uint8_t   *first, *nl, *q;
    unsigned   odd;

    if (p == end) {
        return NULL;
    }

    first = memchr(p, '\n', (size_t) (end - p));

    if (!quoted) {
        return first;
    }

    odd = 0;
    q = p;

    for (nl = first; nl != NULL;
         nl = nl + 1 < end ? memchr(nl + 1, '\n', (size_t) (end - nl - 1))
                           : NULL)
    {
        while ((q = memchr(q, '"', (size_t) (nl - q))) != NULL) {
            odd ^= 1;
            q++;
        }

        if (!odd) {
            return nl;
        }

        if (nl - p > JNY_RECORD_MAX) {
            return first;
        }

        q = nl;
    }

    return whole ? first : NULL;
}


/* Up to JNY_LINES_READ bytes more behind len. */

static size_t
jny_lines_read(jny_lines_t *ln, uint8_t *data, size_t len)
{
    size_t  got, want;

    if (ln->eof) {
        return 0;
    }

    want = JNY_CHUNK_ROOM - len;
    want = want < JNY_LINES_READ ? want : JNY_LINES_READ;
    want = want < ln->left ? want : ln->left;

    ln->rc = jny_intake_read(ln->st, data + len, want, &got, &ln->diag);
    ln->left -= got;
    ln->eof = ln->rc != JNY_OK || got < want || ln->left == 0;

    /* whoever read the file first has told of its damage */

    if (ln->rc == JNY_ECRC || ln->rc == JNY_ETRUNC) {
        ln->rc = JNY_OK;
    }

    return got;
}


/*
 * The record at pos is longer than allowed: what is too much of it is passed
 * over, and what follows it moves up.  Returns the new length.
 */

static size_t
jny_lines_shorten(jny_lines_t *ln, uint8_t *data, size_t pos, size_t len)
{
    size_t    cut;
    uint8_t  *nl;

    cut = pos + JNY_RECORD_MAX;

    for ( ;; ) {
        nl = memchr(data + cut, '\n', len - cut);

        if (nl != NULL) {
            memmove(data + cut, nl, len - (size_t) (nl - data));
            return len - ((size_t) (nl - data) - cut);
        }

        len = cut;

        if (ln->eof) {
            return len;
        }

        len += jny_lines_read(ln, data, len);
    }
}


static uint64_t
jny_lines_count(const uint8_t *p, size_t len)
{
    uint64_t        n;
    const uint8_t  *end;

    end = p + len;

    for (n = 0; p < end; n++) {
        p = memchr(p, '\n', (size_t) (end - p));

        if (p == NULL) {
            break;
        }

        p++;
    }

    return n;
}


/*
 * Whole records at the front of data, at most max, of which *n end with a
 * newline; *len grows by reading.
 */

static size_t
jny_lines_cut(jny_lines_t *ln, uint8_t *data, size_t *len, unsigned max,
    unsigned *n)
{
    size_t    pos;
    uint8_t  *nl;

    pos = 0;
    *n = 0;

    for ( ;; ) {
        while (*n < max
               && (nl = jny_record_end(ln->quoted, data + pos, data + *len,
                                       ln->eof || *len - pos
                                                  > JNY_RECORD_MAX))
                  != NULL)
        {
            pos = (size_t) (nl - data) + 1;
            (*n)++;
        }

        if (*n == max || pos >= JNY_CHUNK_BYTES) {
            return pos;
        }

        if (*len - pos > JNY_RECORD_MAX) {
            *len = jny_lines_shorten(ln, data, pos, *len);

            if (*len == pos + JNY_RECORD_MAX) {
                return *len;
            }

        } else if (ln->eof) {
            return *len;

        } else {
            *len += jny_lines_read(ln, data, *len);
        }
    }
}


int
jny_lines_next(jny_lines_t *ln, jny_chunk_t *c, unsigned max,
    jny_diag_t *diag)
{
    size_t    len, pos;
    unsigned  n;

    len = ln->carried;
    memcpy(c->data, ln->carry, len);

    pos = jny_lines_cut(ln, c->data, &len, max, &n);

    ln->carried = len - pos;
    memcpy(ln->carry, c->data + pos, ln->carried);

    if (ln->carried == 0) {
        ln->carried = jny_lines_read(ln, ln->carry, 0);
    }

    c->len = pos;
    c->line = ln->line;
    c->last = ln->eof && ln->carried == 0;

    ln->line += ln->quoted ? jny_lines_count(c->data, pos) : n;

    if (c->last && ln->rc != JNY_OK) {
        if (diag != NULL) {
            *diag = ln->diag;
        }

        return ln->rc;
    }

    return JNY_OK;
}
