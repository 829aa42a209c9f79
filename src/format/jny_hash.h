/*
 * jny_hash.h - keyed hashes for the encoder's tables.  Private; nothing that
 * is written depends on them.
 */

#ifndef JNY_HASH_H
#define JNY_HASH_H

#include "jny_types.h"


typedef struct {
    uint64_t  k0;
    uint64_t  k1;
} jny_hash_key_t;


/* SipHash-1-3 (Aumasson and Bernstein 2012; one and three rounds). */
uint64_t jny_hash_bytes(const jny_hash_key_t *key, jny_slice_t s);

/* A keyed mix of two integers that no stranger chooses freely. */
uint64_t jny_hash_pair(const jny_hash_key_t *key, uint64_t a, uint64_t b);

/*
 * No hash to rely on, with no key: for guesses about texts that repeat, which
 * are then compared.  All bytes and the length count; fast for short texts
 * and for user agents.
 */
uint64_t jny_hash_guess(jny_slice_t s);


#endif /* JNY_HASH_H */
