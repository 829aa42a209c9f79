/*
 * kinds.h - what selectors, stage and flags make of an event, numbered: a run
 * meets few combinations, so that 16 bits say what 56 do.
 *
 *     new -> id* (any thread, its own cache) -> word* -> free
 */

#ifndef JNY_KINDS_H
#define JNY_KINDS_H

#include <stdint.h>


/* No number: the table is full, the word itself has to be kept. */
#define JNY_KIND_NONE  0xffff

#define JNY_KIND_CACHE  256

typedef struct jny_kinds_s  jny_kinds_t;

/* One thread's; all zero is empty. */
typedef struct {
    uint64_t  words[JNY_KIND_CACHE];
    uint16_t  ids[JNY_KIND_CACHE];    /* 1 + id; 0 = free */
} jny_kind_cache_t;


/* jny_event_t's stage, flags and match in a word, and back. */
static inline uint64_t
jny_kind_word(uint8_t stage, uint16_t flags, uint32_t match)
{
    return stage | (uint64_t) flags << 8 | (uint64_t) match << 24;
}

#define jny_kind_stage(word)  ((uint8_t) (word))
#define jny_kind_flags(word)  ((uint16_t) ((word) >> 8))
#define jny_kind_match(word)  ((uint32_t) ((word) >> 24))


/* NULL: out of memory. */
jny_kinds_t *jny_kinds_new(void);
void jny_kinds_free(jny_kinds_t *kinds);   /* accepts NULL */

/* The number of a word that no cache has, or JNY_KIND_NONE.  Locks. */
uint16_t jny_kinds_add(jny_kinds_t *kinds, uint64_t word);

/* The words by number; complete when nobody adds any more. */
const uint64_t *jny_kinds_words(const jny_kinds_t *kinds);

/* The same as jny_kinds_add(), without a lock for what was asked lately. */
static inline uint16_t
jny_kinds_id(jny_kinds_t *kinds, jny_kind_cache_t *cache, uint64_t word)
{
    uint16_t  id;
    uint32_t  slot;

    slot = (uint32_t) ((word * 0x9e3779b97f4a7c15u) >> 56);

    if (cache->words[slot] == word && cache->ids[slot] != 0) {
        return cache->ids[slot] - 1;
    }

    id = jny_kinds_add(kinds, word);

    if (id != JNY_KIND_NONE) {
        cache->words[slot] = word;
        cache->ids[slot] = id + 1;
    }

    return id;
}


#endif /* JNY_KINDS_H */
