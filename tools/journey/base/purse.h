/*
 * purse.h - money by currency.  Currencies are never added to each other.
 */

#ifndef JNY_PURSE_H
#define JNY_PURSE_H

#include <stdint.h>


typedef struct {
    uint32_t  currency;  /* id, of whatever table the caller has */
    int64_t   value_e4;
} jny_sum_t;

/* All zero is empty; 16 bytes, so every path of a million may have one. */
typedef struct {
    jny_sum_t  *sums;  /* ordered by currency id */
    uint32_t    n;
} jny_purse_t;

void jny_purse_release(jny_purse_t *p);

/*
 * Adding 0 changes nothing: it makes no entry.  Sums stop at the ends of
 * int64_t.  Return 0, -1 out of memory.
 */
int jny_purse_add(jny_purse_t *p, uint32_t currency, int64_t value_e4);
int jny_purse_merge(jny_purse_t *into, const jny_purse_t *from);


#endif /* JNY_PURSE_H */
