/*
 * sessions.h - sessions and what they carry (docs/SEMANTICS.md, "Sessions",
 * "Carried campaign").
 */

#ifndef JNY_SESSIONS_H
#define JNY_SESSIONS_H

#include "engine/names.h"


/*
 * Marks the first event of each session (JNY_EVENT_SESSION) and fills carried
 * of every detail.  events are one visitor's, in order; details[i] is that of
 * events[i], with final ids.  A session ends when gap_ms passed without an
 * event, or at an event that brings another source, medium or campaign than
 * the session's.
 */
void jny_sessions_mark(jny_event_t *events, jny_detail_t **details,
                           uint32_t n, const jny_names_t *names,
                           int64_t gap_ms);


#endif /* JNY_SESSIONS_H */
