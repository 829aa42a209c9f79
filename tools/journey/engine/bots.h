/*
 * bots.h - which User-Agents name a program rather than a person.
 */

#ifndef JNY_BOTS_H
#define JNY_BOTS_H

#include "jny_types.h"


/*
 * Why the agent is a program's: a pattern of the lists in use matches it
 * (jny_bots_reason()); 0: none does.  An absent agent is no bot: logs may be
 * written without agents.  Any thread.
 */
unsigned jny_bots_agent(jny_slice_t agent);

typedef struct {
    const char  *list;       /* its name and version; static, as pattern */
    const char  *pattern;
} jny_bots_reason_t;

/* bot: an answer above, not 0. */
jny_bots_reason_t jny_bots_reason(unsigned bot);

/* The lists in use, 0, 1, ...: name and version; NULL behind the last. */
const char *jny_bots_list(unsigned i);

/*
 * The same answer, remembered: blocks repeat each other's agents.  Bounded
 * (JNY_BOTS_SEEN agents, the newer one takes the place), for one thread.
 */
#define JNY_BOTS_SEEN  2048

typedef struct jny_bots_s  jny_bots_t;

jny_bots_t *jny_bots_new(void);      /* NULL: out of memory */
void jny_bots_free(jny_bots_t *b);   /* accepts NULL */

unsigned jny_bots_seen(jny_bots_t *b, jny_slice_t agent);


#endif /* JNY_BOTS_H */
