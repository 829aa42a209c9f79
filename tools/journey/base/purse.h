/*
 * purse.h - money by currency.  Currencies are never added to each other.
 */

#ifndef JNY_PURSE_H
#define JNY_PURSE_H

#include <stdint.h>


/*
 * Wide enough for 2^64 additions of any int64_t: sums never overflow, so they
 * do not depend on the order of additions and merges.
 */
__extension__ typedef __int128  jny_purse_wide_t;

typedef struct {
    uint32_t          currency;  /* id, of whatever table the caller has */
    jny_purse_wide_t  wide_e4;
} jny_sum_t;

/* All zero is empty; 16 bytes, so every path of a million may have one. */
typedef struct {
    jny_sum_t  *sums;  /* ordered by currency id */
    uint32_t    n;
} jny_purse_t;

void jny_purse_release(jny_purse_t *p);

/*
 * Adding 0 changes nothing: it makes no entry.  Return 0, -1 out of memory.
 */
int jny_purse_add(jny_purse_t *p, uint32_t currency, int64_t value_e4);
int jny_purse_merge(jny_purse_t *into, const jny_purse_t *from);

/* To be shown: what sums[i] came to, or the end of int64_t it is beyond. */
int64_t jny_purse_value_e4(const jny_purse_t *p, uint32_t i);


#endif /* JNY_PURSE_H */
