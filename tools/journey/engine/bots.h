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


#endif /* JNY_BOTS_H */
