/*
 * output.h - where a result goes: standard output, or a file that appears
 * whole or not at all.
 */

#ifndef JNY_OUTPUT_H
#define JNY_OUTPUT_H

#include <stdio.h>


typedef struct {
    FILE        *file;
    const char  *name;         /* NULL: standard output */
    char        *temp;         /* beside name; NULL: written in place */
    unsigned     nameless:1;   /* temp is not there yet */
} jny_output_t;

/*
 * Whether the regular file output is also the input name, by whatever link;
 * name "-" is standard input.  0 where one of them is not there.
 */
int jny_output_is(const char *output, const char *name);

/* name NULL or "-": standard output.  0, or an errno. */
int jny_output_open(jny_output_t *out, const char *name);

/* 0, or the errno that opening it would fail with now; leaves nothing. */
int jny_output_try(const char *name);

/* Makes what was written the file's content.  0, or an errno: the file is as
   it was before. */
int jny_output_commit(jny_output_t *out);

/* Leaves the file as it was. */
void jny_output_abandon(jny_output_t *out);


#endif /* JNY_OUTPUT_H */
