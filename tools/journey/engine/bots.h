/*
 * bots.h - which User-Agents name a program rather than a person.
 */

#ifndef JNY_BOTS_H
#define JNY_BOTS_H

#include "jny_types.h"


/*
 * 1 when the agent says it is a crawler, a monitor, a link preview, a
 * scanner or an HTTP library; else 0.  An absent agent is no bot: logs may be
 * written without agents.
 */
int jny_bots_agent(jny_slice_t agent);

/*
 * The same answer, remembered: blocks repeat each other's agents.  Bounded
 * (JNY_BOTS_SEEN agents, the newer one takes the place), for one thread.
 */
#define JNY_BOTS_SEEN  2048

typedef struct jny_bots_s  jny_bots_t;

jny_bots_t *jny_bots_new(void);      /* NULL: out of memory */
void jny_bots_free(jny_bots_t *b);   /* accepts NULL */

int jny_bots_seen(jny_bots_t *b, jny_slice_t agent);


#endif /* JNY_BOTS_H */
