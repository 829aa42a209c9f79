/*
 * nearest.h - which known word a misspelt one was meant to be.
 *
 *     init -> try* -> best
 */

#ifndef JNY_NEAREST_H
#define JNY_NEAREST_H

#include <stddef.h>


typedef struct {
    const char  *word;         /* borrowed */
    size_t       len;
    unsigned     limit;        /* edits beyond which nothing was meant */
    const char  *best;         /* NULL: nothing near enough; borrowed */
} jny_nearest_t;

void jny_nearest_init(jny_nearest_t *near, const char *word, size_t len);
void jny_nearest_try(jny_nearest_t *near, const char *candidate);


#endif /* JNY_NEAREST_H */
