/*
 * stat_tags.h - the part of journey stat that says what is wrong with campaign
 * tags: links between own pages that carry some, and values written in
 * several ways.
 */

#ifndef JNY_STAT_TAGS_H
#define JNY_STAT_TAGS_H

#include "base/buf.h"
#include "census.h"
#include "render/json.h"


#define JNY_TAG_FIELDS  3   /* source, medium, campaign */

typedef struct {
    jny_textset_t   self;      /* source, medium, campaign, page with NULs
                                  between, as logged; by events */
    uint64_t        self_events;
    jny_textset_t   values[JNY_TAG_FIELDS];  /* of other links, as logged */
    uint64_t       *rows;      /* scratch, per entry of a dictionary */
    uint32_t        rows_cap;
} jny_tags_t;


/* JNY_OK, JNY_ENOMEM; released in any case. */
int jny_tags_init(jny_tags_t *tags);
void jny_tags_release(jny_tags_t *tags);

/* Counts a decoded block.  JNY_OK, JNY_ENOMEM. */
int jny_tags_block(jny_tags_t *tags, const jny_block_t *blk);

/*
 * The top most frequent, as the keys "self_tagged_events", "self_tagged" and
 * "near_duplicates", or as tables.  aliases are a model's, or NULL.  JNY_OK,
 * JNY_ENOMEM.
 */
int jny_tags_json(jny_json_t *js, const jny_tags_t *tags,
    const jny_aliases_t *aliases, unsigned top);
int jny_tags_text(jny_buf_t *out, const jny_tags_t *tags,
    const jny_aliases_t *aliases, unsigned top);


#endif /* JNY_STAT_TAGS_H */
