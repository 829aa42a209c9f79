/*
 * jny_intern.c - open addressing over a keyed hash, at most half full.
 *
 * Rows repeat each other, so an entry seen recently that a guess suggests is
 * compared before anything is hashed well.  Who fools the guess gains nothing:
 * the keyed hash decides then.  A text that has to be cleaned is looked up a
 * second time under the name it is written with; stored entries are clean
 * already, so a hit on the raw bytes needs no look at their UTF-8.
 */

#include "jny_intern.h"
#include "jny_mem.h"
#include "jny_utf8.h"

#include <string.h>


#define JNY_INTERN_MIN  16    /* entries at first; slots are twice that */


void
jny_intern_init(jny_intern_t *t, const jny_alloc_t *alloc,
    const jny_hash_key_t *key, size_t max_text)
{
    memset(t, 0, sizeof(*t));
    t->alloc = alloc;
    t->key = key;
    t->max_text = max_text;
    t->n = 1;
}


void
jny_intern_release(jny_intern_t *t)
{
    jny_mem_free(t->alloc, t->text);
    jny_mem_free(t->alloc, t->entries);
    jny_mem_free(t->alloc, t->slots);
    jny_intern_init(t, t->alloc, t->key, t->max_text);
}


void
jny_intern_reset(jny_intern_t *t)
{
    if (t->n > 1) {
        memset(t->slots, 0, ((size_t) t->mask + 1) * sizeof(*t->slots));
    }

    t->n = 1;
    t->text_len = 0;
}


static void
jny_intern_put(jny_intern_slot_t *slots, uint32_t mask, uint64_t hash,
    uint32_t index)
{
    uint32_t  i;

    for (i = (uint32_t) hash & mask; slots[i].index != 0; i = (i + 1) & mask) {
        /* a free slot exists: at most half of them are taken */
    }

    slots[i].tag = (uint32_t) (hash >> 32);
    slots[i].index = index;
}


/* Makes room for one more entry. */
static int
jny_intern_reserve_entry(jny_intern_t *t)
{
    int                 rc;
    void               *p;
    uint32_t            cap, mask;
    jny_intern_slot_t  *slots;

    if (t->n < t->cap) {
        return JNY_OK;
    }

    cap = t->cap != 0 ? t->cap * 2 : JNY_INTERN_MIN;
    mask = cap * 2 - 1;

    slots = jny_mem_zalloc(t->alloc, (size_t) mask + 1, sizeof(*slots));
    if (slots == NULL) {
        return JNY_ENOMEM;
    }

    p = t->entries;
    rc = jny_mem_grow(t->alloc, &p, t->cap * sizeof(*t->entries), cap,
                      sizeof(*t->entries));
    if (rc != JNY_OK) {
        jny_mem_free(t->alloc, slots);
        return rc;
    }

    t->entries = p;
    t->cap = cap;

    for (uint32_t i = 1; i < t->n; i++) {
        jny_intern_put(slots, mask,
                       jny_hash_bytes(t->key, jny_intern_entry(t, i)), i);
    }

    jny_mem_free(t->alloc, t->slots);
    t->slots = slots;
    t->mask = mask;

    return JNY_OK;
}


static int
jny_intern_reserve_text(jny_intern_t *t, size_t len)
{
    int     rc;
    void   *p;
    size_t  cap;

    if (t->text_cap - t->text_len >= len) {
        return JNY_OK;
    }

    cap = t->text_cap * 2 + len;
    p = t->text;

    rc = jny_mem_grow(t->alloc, &p, t->text_len, cap, 1);
    if (rc != JNY_OK) {
        return rc;
    }

    t->text = p;
    t->text_cap = cap;

    return JNY_OK;
}


static int
jny_intern_same(const jny_intern_t *t, uint32_t index, jny_slice_t text)
{
    const jny_intern_entry_t  *e;

    e = &t->entries[index];

    return e->len == text.len
           && memcmp(t->text + e->offset, text.data, text.len) == 0;
}


/* The index of text, or 0. */
static uint32_t
jny_intern_lookup(const jny_intern_t *t, jny_slice_t text, uint64_t hash)
{
    uint32_t  i;

    if (t->slots == NULL) {
        return 0;
    }

    for (i = (uint32_t) hash & t->mask; t->slots[i].index != 0;
         i = (i + 1) & t->mask)
    {
        if (t->slots[i].tag == (uint32_t) (hash >> 32)
            && jny_intern_same(t, t->slots[i].index, text))
        {
            return t->slots[i].index;
        }
    }

    return 0;
}


/* A miss on the raw bytes: lay the text as written behind the last one. */
static int
jny_intern_prepare(jny_intern_t *t, jny_slice_t text, jny_intern_at_t *at)
{
    int          rc;
    size_t       room;
    jny_slice_t  clean;

    /* one byte becomes three at most */
    room = text.len < t->max_text / 3 ? text.len * 3 : t->max_text;

    rc = jny_intern_reserve_text(t, room);
    if (rc != JNY_OK) {
        return rc;
    }

    clean.data = t->text + t->text_len;
    clean.len = jny_utf8_clean(text, t->text + t->text_len, room);

    if (clean.len != text.len || memcmp(clean.data, text.data, text.len) != 0) {
        at->hash = jny_hash_bytes(t->key, clean);
        at->index = jny_intern_lookup(t, clean, at->hash);

        if (at->index != 0) {
            return JNY_OK;
        }
    }

    rc = jny_intern_reserve_entry(t);
    if (rc != JNY_OK) {
        return rc;
    }

    at->index = t->n;
    at->len = (uint32_t) clean.len;

    return JNY_OK;
}


int
jny_intern_find(jny_intern_t *t, jny_slice_t text, jny_intern_at_t *at)
{
    uint32_t  *recent;

    at->len = 0;

    if (text.len == 0) {
        at->index = 0;
        return JNY_OK;
    }

    recent = &t->recent[jny_hash_guess(text) % JNY_INTERN_RECENT];

    /* what is left from an earlier block is as good a guess as any */
    if (*recent - 1 < t->n - 1 && jny_intern_same(t, *recent, text)) {
        at->index = *recent;
        return JNY_OK;
    }

    if (text.len <= t->max_text) {
        at->hash = jny_hash_bytes(t->key, text);
        at->index = jny_intern_lookup(t, text, at->hash);

        if (at->index != 0) {
            *recent = at->index;
            return JNY_OK;
        }
    }

    return jny_intern_prepare(t, text, at);
}


void
jny_intern_commit(jny_intern_t *t, const jny_intern_at_t *at)
{
    if (at->len == 0) {
        return;
    }

    t->entries[t->n].offset = (uint32_t) t->text_len;
    t->entries[t->n].len = at->len;
    t->text_len += at->len;

    jny_intern_put(t->slots, t->mask, at->hash, t->n);
    t->n++;
}
