/*
 * memo.h - what texts became, of those seen lately: the lines of a log repeat
 * their pages, referers and agents.
 *
 * Two texts that want the same place forget each other, so memory is bounded,
 * and who makes such texts on purpose gains what a miss costs.  One thread.
 */

#ifndef JNY_MEMO_H
#define JNY_MEMO_H

#include "jny_types.h"


typedef struct {
    uint8_t   *places;
    size_t     size;           /* of one */
    size_t     text;           /* where it is in a place */
    size_t     longest;
    uint32_t   n;              /* a power of two */
} jny_memo_t;


/*
 * n places, a power of two, for texts of at most longest bytes and values of
 * size.  JNY_OK, JNY_ENOMEM.
 */
int jny_memo_init(jny_memo_t *m, uint32_t n, size_t longest, size_t size);
void jny_memo_release(jny_memo_t *m);

/*
 * The value of text, aligned for anything, which keeps its address until
 * another text takes its place.  *known is 0 where the caller is to fill it.
 * NULL: the text is too long, or empty.
 */
void *jny_memo_find(jny_memo_t *m, jny_slice_t text, int *known);


#endif /* JNY_MEMO_H */
