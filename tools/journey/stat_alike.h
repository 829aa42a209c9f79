/*
 * stat_alike.h - campaign values that look alike (docs/SEMANTICS.md,
 * "Sessions and campaigns").
 */

#ifndef JNY_STAT_ALIKE_H
#define JNY_STAT_ALIKE_H

#include "stat_tags.h"


/* One value as logged. */
typedef struct {
    jny_slice_t  key;        /* what look-alikes share */
    jny_slice_t  logged;
    jny_slice_t  counted_as;
    uint64_t     events;
    uint64_t     total;      /* of the key */
    unsigned     field;
    unsigned     apart;      /* the key's values are counted apart */
} jny_tag_t;

/* All of them, and their texts: room for two of each. */
typedef struct {
    jny_tag_t  *tags;
    size_t      n;
    char       *text;
} jny_tag_list_t;


/*
 * The values of tags that others look like, groups in the order in which they
 * are shown; lends from tags.  JNY_OK, JNY_ENOMEM; released in any case.
 */
int jny_tag_list_init(jny_tag_list_t *list, const jny_tags_t *tags,
    const jny_aliases_t *aliases);
void jny_tag_list_release(jny_tag_list_t *list);

/* Whether two values are of one group. */
int jny_tag_alike(const jny_tag_t *a, const jny_tag_t *b);


#endif /* JNY_STAT_ALIKE_H */
