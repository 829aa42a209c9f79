/*
 * nearest.c - optimal string alignment distance (Damerau 1964): inserting,
 * deleting, replacing a letter or swapping two neighbours is one edit.  A
 * third of the word may be wrong; a beginning of the candidate ("camp") is
 * always meant.
 */

#include "base/nearest.h"

#include <string.h>


#define JNY_NEAREST_MAX  40


static unsigned jny_nearest_distance(const char *a, size_t alen, const char *b,
    size_t blen);


void
jny_nearest_init(jny_nearest_t *near, const char *word, size_t len)
{
    near->word = word;
    near->len = len;
    near->limit = (len + 2) / 3;
    near->best = NULL;
}


void
jny_nearest_try(jny_nearest_t *near, const char *candidate)
{
    size_t    len;
    unsigned  d;

    len = strlen(candidate);

    if (near->len < 2 || near->len > JNY_NEAREST_MAX || len > JNY_NEAREST_MAX) {
        return;
    }

    if (len > near->len && memcmp(candidate, near->word, near->len) == 0) {
        d = 1;

    } else {
        d = jny_nearest_distance(near->word, near->len, candidate, len);
    }

    /* the first of equals stays */

    if (d < near->limit || (d == near->limit && near->best == NULL)) {
        near->limit = d;
        near->best = candidate;
    }
}


static unsigned
jny_min(unsigned a, unsigned b)
{
    return a < b ? a : b;
}


static unsigned
jny_nearest_distance(const char *a, size_t alen, const char *b, size_t blen)
{
    unsigned  d, rows[3][JNY_NEAREST_MAX + 1];
    unsigned  *before, *last, *row, *swap;

    before = rows[0];
    last = rows[1];
    row = rows[2];

    for (size_t j = 0; j <= blen; j++) {
        last[j] = j;
        before[j] = 0;
    }

    for (size_t i = 1; i <= alen; i++) {
        row[0] = i;

        for (size_t j = 1; j <= blen; j++) {
            d = last[j - 1] + (a[i - 1] != b[j - 1]);
            d = jny_min(d, jny_min(last[j], row[j - 1]) + 1);

            if (i > 1 && j > 1 && a[i - 1] == b[j - 2] && a[i - 2] == b[j - 1])
            {
                d = jny_min(d, before[j - 2] + 1);
            }

            row[j] = d;
        }

        swap = before;
        before = last;
        last = row;
        row = swap;
    }

    return last[blen];
}
