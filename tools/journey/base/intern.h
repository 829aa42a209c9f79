/*
 * intern.h - strings to dense ids, shared by threads.  Id 0 is "".
 *
 * Callers translate whole dictionaries, so the lock is taken once per
 * dictionary of a block and never per event.  Ids are given in order of
 * arrival: with several threads they differ from run to run until
 * jny_interner_reorder() has put them into an order that does not.
 */

#ifndef JNY_INTERNER_H
#define JNY_INTERNER_H

#include <stddef.h>
#include <stdint.h>


typedef struct jny_interner_s jny_interner_t;

/* Bytes that somebody else owns; not NUL-terminated. */
typedef struct {
    const void  *data;
    size_t       len;
} jny_bytes_t;


/*
 * The hash has a random key: strings come from the net.  NULL: out of memory.
 */
jny_interner_t *jny_interner_new(void);
void jny_interner_free(jny_interner_t *in); /* accepts NULL */

/*
 * ids[i] becomes the id of strings[i]; new ones are copied.  Thread-safe.
 * Returns 0, or -1: out of memory (some ids are then not set).
 */
int jny_interner_add(jny_interner_t *in, const jny_bytes_t *strings,
                     uint32_t n, uint32_t *ids);

/*
 * The string of an id, lent until free; "" for ids never given.  Not while
 * another thread adds.
 */
jny_bytes_t jny_interner_get(const jny_interner_t *in, uint32_t id);

/* Ids given so far, that of "" included; so at least 1. */
uint32_t jny_interner_count(const jny_interner_t *in);

/*
 * rank (jny_interner_count() entries of the caller's) receives each id's place
 * in byte order of the strings; "" stays 0.  reorder renumbers the strings by
 * such a table of new ids by old; nothing may be added afterwards.  Both
 * return 0, or -1: out of memory, nothing changed.
 */
int jny_interner_rank(const jny_interner_t *in, uint32_t *rank);
int jny_interner_reorder(jny_interner_t *in, const uint32_t *rank);


#endif /* JNY_INTERNER_H */
