/*
 * select.h - the selector language (docs/SEMANTICS.md, "Selectors").
 *
 *     selector   = term *( "&" term )
 *     term       = word *( "|" word )            a stage or a touchpoint
 *                | glob *( "|" glob )            a page; begins with "/"
 *                | field op value *( "|" value )
 *     op         = "=" "!=" "~" "!~" ">" ">=" "<" "<="
 *
 * ~ is a glob: "*" any run, "?" one character.  "\" takes the next byte as it
 * is.  A bare word is a stage if the stage list has it, else a touchpoint.
 * Fields are those of engine/fields.h.  A row with a status >= 400 has no
 * stage, unless a term of the selector names status.
 *
 * Parsed selectors are read-only, but for marks of what was met (hint.h): any
 * number of threads may share one.
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

/* The text it was parsed from, blanks at the ends cut; lent. */
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
 * compares.  Carried terms count as met.  words holds blk->nevents entries;
 * bit is or-ed into words[i] for each row i that matches.  One matcher per
 * thread, reused from block to block.  JNY_OK or JNY_ENOMEM.
 */
typedef struct jny_matcher_s  jny_matcher_t;

typedef struct {
    const jny_selector_t  *sel;
    uint64_t               bit;
} jny_select_bit_t;

jny_matcher_t *jny_matcher_new(void);              /* NULL: out of memory */
void jny_matcher_free(jny_matcher_t *m);           /* accepts NULL */

int jny_selector_match(const jny_selector_t *sel, jny_matcher_t *m,
    const jny_block_t *blk, const jny_slice_t *stages, unsigned nstages,
    uint64_t *words, uint64_t bit);

/* The same of n selectors: together they cost less than one by one. */
int jny_selectors_match(const jny_select_bit_t *sels, unsigned n,
    jny_matcher_t *m, const jny_block_t *blk, const jny_slice_t *stages,
    unsigned nstages, uint64_t *words);

/*
 * The carried half: whether the carried terms hold for this tuple (1 or 0; 1
 * when there are none).  The tuple's texts are trimmed and folded as the
 * engine keeps them (engine/fold.h), what the selector says is folded here.
 * The answer is the same for all events of a tuple: worth remembering.
 */
typedef struct {
    jny_slice_t  source;
    jny_slice_t  medium;
    jny_slice_t  campaign;
    jny_slice_t  term;
    jny_slice_t  content;
    jny_slice_t  channel;
} jny_carried_t;

int jny_selector_match_carried(const jny_selector_t *sel,
    const jny_carried_t *carried);

/* What tables print: for an absent value, and for an absent campaign. */
#define JNY_SELECT_NONE    "(none)"
#define JNY_SELECT_DIRECT  "(direct)"

/*
 * What people call the tuple in a table: its campaign; without one its
 * source; without one "(direct)".  Lent from the tuple.
 */
jny_slice_t jny_carried_label(const jny_carried_t *carried);


#endif /* JNY_SELECT_H */
