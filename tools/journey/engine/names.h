/*
 * names.h - the strings and campaign tuples of a run.
 *
 *     new -> dict*, parts*, tuples*  (scan, any thread)
 *         -> finish (once) -> jny_names_... of journey.h, rank tables
 *
 * While scanning ids are provisional: they depend on which thread came first.
 * finish() puts every kind into an order that depends on the log alone and
 * leaves tables from provisional to final ids, which the journeys apply.
 */

#ifndef JNY_NAMES_H
#define JNY_NAMES_H

#include "base/intern.h"
#include "engine/aliases.h"
#include "engine/journey.h"
#include "jny_block.h"


#define JNY_TUPLE_PARTS  5   /* source, medium, campaign, term, content */

/* Grown with realloc; one per thread. */
typedef struct {
    jny_bytes_t  *strings;
    size_t        strings_cap;
    char         *text;
    size_t        text_len;
    size_t        text_cap;
} jny_names_scratch_t;


/* NULL: out of memory. */
jny_names_t *jny_names_new(void);
void jny_names_free(jny_names_t *names); /* accepts NULL */

void jny_names_scratch_release(jny_names_scratch_t *scratch);

/*
 * ids[i] becomes the id of entry i of a block's dictionary; ids holds dict->n
 * entries.  JNY_OK, JNY_ENOMEM.
 */
int jny_names_dict(jny_names_t *names, jny_name_e kind,
                   const jny_dict_t *dict, jny_names_scratch_t *scratch,
                   uint32_t *ids);

/* Borrowed until free; before anything is added.  NULL: none. */
void jny_names_alias(jny_names_t *names, const jny_aliases_t *aliases);

/*
 * The same for values of a part of tuples (0 to JNY_TUPLE_PARTS - 1), trimmed,
 * case-folded and then what their aliases stand for.
 */
int jny_names_parts(jny_names_t *names, unsigned part, const jny_dict_t *dict,
                    jny_names_scratch_t *scratch, uint32_t *ids);

/* The tuple of five parts; never 0.  JNY_OK, JNY_ENOMEM. */
int jny_names_tuple_add(jny_names_t *names,
                        const uint32_t parts[JNY_TUPLE_PARTS], uint32_t *id);

/* Makes all ids final.  JNY_OK, JNY_ENOMEM. */
int jny_names_finish(jny_names_t *names);

/* Final by provisional id; valid after finish. */
const uint32_t *jny_names_rank(const jny_names_t *names, jny_name_e kind);
const uint32_t *jny_names_tuple_rank(const jny_names_t *names);

/*
 * The tuple a session carries that began without one: by final referrer id
 * (0, own hosts: the direct tuple).
 */
uint32_t jny_names_referrer_tuple(const jny_names_t *names,
                                  uint32_t referrer);


#endif /* JNY_NAMES_H */
