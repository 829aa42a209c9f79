/*
 * memo.c - a table in which each text has one place.
 */

#include "import/memo.h"

#include <stdlib.h>
#include <string.h>

#include "jny_hash.h"


#define JNY_MEMO_ALIGN  16

/* A place: the value, the length of its text (0: nobody's), the text. */


int
jny_memo_init(jny_memo_t *m, uint32_t n, size_t longest, size_t size)
{
    m->n = n;
    m->longest = longest;
    m->text = (size + sizeof(size_t) - 1) / sizeof(size_t) * sizeof(size_t);
    m->size = m->text + sizeof(size_t) + longest;
    m->size = (m->size + JNY_MEMO_ALIGN - 1) / JNY_MEMO_ALIGN * JNY_MEMO_ALIGN;
    m->places = calloc(n, m->size);

    return m->places != NULL ? JNY_OK : JNY_ENOMEM;
}


void
jny_memo_release(jny_memo_t *m)
{
    free(m->places);
    memset(m, 0, sizeof(*m));
}


void *
jny_memo_find(jny_memo_t *m, jny_slice_t text, int *known)
{
    size_t   *len;
    uint8_t  *place, *kept;

    *known = 0;

    if (text.len == 0 || text.len > m->longest) {
        return NULL;
    }

    place = m->places + (jny_hash_guess(text) & (m->n - 1)) * m->size;
    len = (size_t *) (place + m->text);
    kept = (uint8_t *) (len + 1);

    *known = *len == text.len && memcmp(kept, text.data, text.len) == 0;

    if (!*known) {
        *len = text.len;
        memcpy(kept, text.data, text.len);
    }

    return place;
}
