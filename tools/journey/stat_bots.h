/*
 * stat_bots.h - the part of journey stat that says which agents are bots, and
 * by which pattern of which list.
 */

#ifndef JNY_STAT_BOTS_H
#define JNY_STAT_BOTS_H

#include "base/buf.h"
#include "census.h"
#include "render/json.h"


/*
 * agents: distinct agents and their events.  The top most frequent bots, as
 * the keys "bot_lists" and "bots", or as a table.  JNY_OK, JNY_ENOMEM.
 */
int jny_stat_bots_json(jny_json_t *js, const jny_textset_t *agents,
    unsigned top);
int jny_stat_bots_text(jny_buf_t *out, const jny_textset_t *agents,
    unsigned top);


#endif /* JNY_STAT_BOTS_H */
