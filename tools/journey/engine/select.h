/*
 * select.h - the selector language (docs/SEMANTICS.md, "Selectors").
 *
 *     selector   = term *( "&" term )
 *     term       = WORD | "/" GLOB | field op value *( "|" value )
 *     op         = "=" "!=" "~" "!~" ">" ">=" "<" "<="     ~ is a glob
 *     steps      = step *( " > " step )
 *
 * A bare word is a stage if the stage list has it, else a touchpoint; a word
 * that begins with "/" is a page glob.
 */

#ifndef JNY_SELECT_H
#define JNY_SELECT_H

#include "jny_block.h"


typedef struct jny_selector_s  jny_selector_t;

/*
 * Parses one selector.  JNY_OK, JNY_ENOMEM, or JNY_EINVAL with diag: what is
 * wrong and how it is written right, offset = byte in text.
 */
int jny_selector_parse(jny_selector_t **sel, const char *text,
    jny_diag_t *diag);
void jny_selector_free(jny_selector_t *sel);        /* accepts NULL */

/* Splits "a > b > c"; *sels is malloc'ed, *n at most max. Codes as above. */
int jny_steps_parse(jny_selector_t ***sels, unsigned *n, unsigned max,
    const char *text, jny_diag_t *diag);

/* The text it was parsed from; lent. */
const char *jny_selector_text(const jny_selector_t *sel);

/* Whether a term names this field ("status", "campaign", "x_persona"). */
int jny_selector_names(const jny_selector_t *sel, const char *field);

/*
 * Whether a term speaks of what the session carries (source, medium,
 * campaign, term, content, channel): then the engine matches in two halves,
 * the rest when scanning, these on the carried tuple.
 */
int jny_selector_is_carried(const jny_selector_t *sel);


/*
 * The scan half: per-block tables, so that a row costs lookups, not string
 * compares.  bits must hold blk->nevents bytes; bit value `bit` is or-ed into
 * words[i] for each row that matches.  tmp is reused between calls.
 */
typedef struct jny_matcher_s  jny_matcher_t;      /* one per thread */

jny_matcher_t *jny_matcher_new(void);
void jny_matcher_free(jny_matcher_t *m);
int jny_selector_match(const jny_selector_t *sel, jny_matcher_t *m,
    const jny_block_t *blk, const jny_slice_t *stages, unsigned nstages,
    uint64_t *words, uint64_t bit);


#endif /* JNY_SELECT_H */
