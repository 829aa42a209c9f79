/*
 * wanted.h - the ids to be erased.
 */

#ifndef JNY_WANTED_H
#define JNY_WANTED_H

#include <stddef.h>
#include <stdint.h>


/* All zero is empty. */
typedef struct {
    uint64_t  *ids;        /* sorted, distinct, none 0; owned */
    uint64_t  *met;        /* events found, by id; owned */
    size_t     n;
    size_t     cap;
    uint8_t    low[8192];  /* a bit for each low half-word among the ids */
} jny_wanted_t;


/* Appends; found only after the next sort.  0, or -1: out of memory. */
int jny_wanted_add(jny_wanted_t *w, uint64_t id);

/* Sorts, sets met to 0, drops 0 and what is there twice.  0, or -1: out of
   memory. */
int jny_wanted_sort(jny_wanted_t *w);

void jny_wanted_release(jny_wanted_t *w);

/* The place of an id, or SIZE_MAX. */
size_t jny_wanted_find(const jny_wanted_t *w, uint64_t id);

/* Takes the ids of other out of w. */
void jny_wanted_without(jny_wanted_t *w, const jny_wanted_t *other);

/*
 * How often the ids stand in len bytes, at whatever place, little-endian, for
 * bytes of which nobody knows what they say.  Ids of which four bytes or
 * more are 0 are not looked for: small numbers stand everywhere.
 */
uint64_t jny_wanted_bytes(const jny_wanted_t *w, const uint8_t *p, size_t len);


#endif /* JNY_WANTED_H */
