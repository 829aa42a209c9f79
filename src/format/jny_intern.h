/*
 * jny_intern.h - the encoder's side of a dictionary: text in, index out.
 * Private.
 *
 *     reset -> (find -> commit)*
 *
 * find() does everything that can fail and changes nothing that is written;
 * commit() cannot fail.  So a row of many texts is added whole or not at all.
 */

#ifndef JNY_INTERN_H
#define JNY_INTERN_H

#include "jny_hash.h"


#define JNY_INTERN_RECENT  256

typedef struct {
    uint32_t  offset;     /* into text */
    uint32_t  len;
} jny_intern_entry_t;

typedef struct {
    uint32_t  tag;        /* high half of the hash */
    uint32_t  index;      /* 0 = free: entry 0 is "" and never looked up */
} jny_intern_slot_t;

typedef struct {
    const jny_alloc_t     *alloc;
    const jny_hash_key_t  *key;
    size_t                 max_text;

    uint8_t               *text;
    size_t                 text_len;
    size_t                 text_cap;

    jny_intern_entry_t    *entries;
    uint32_t               n;         /* 1 when empty: entry 0 is "" */
    uint32_t               cap;
    uint32_t               max;       /* its owner's: 0 = any number */

    jny_intern_slot_t     *slots;
    uint32_t               mask;

    uint32_t               recent[JNY_INTERN_RECENT];  /* entries, perhaps */
} jny_intern_t;

/* What find() found out, for commit(). */
typedef struct {
    uint32_t  index;
    uint32_t  len;        /* of the text as written; 0 = not a new entry */
    uint64_t  hash;
} jny_intern_at_t;


/* alloc and key are borrowed for the life of t. */
void jny_intern_init(jny_intern_t *t, const jny_alloc_t *alloc,
    const jny_hash_key_t *key, size_t max_text);
void jny_intern_release(jny_intern_t *t);

/* Forgets all entries but "". */
void jny_intern_reset(jny_intern_t *t);

/*
 * The index that text has, or will have after commit().  At most one find()
 * without commit() counts: the next find() on t voids it.  JNY_OK, JNY_ENOMEM.
 */
int jny_intern_find(jny_intern_t *t, jny_slice_t text, jny_intern_at_t *at);

void jny_intern_commit(jny_intern_t *t, const jny_intern_at_t *at);

/* Entry i as it is written. */
static inline jny_slice_t
jny_intern_entry(const jny_intern_t *t, uint32_t i)
{
    jny_slice_t  s;

    if (i == 0) {
        s.data = (const uint8_t *) "";
        s.len = 0;
        return s;
    }

    s.data = t->text + t->entries[i].offset;
    s.len = t->entries[i].len;

    return s;
}


#endif /* JNY_INTERN_H */
