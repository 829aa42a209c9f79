/*
 * hint.h - values that a selector names and no log has: mistyped, most likely,
 * and otherwise a silent zero.
 */

#ifndef JNY_HINT_H
#define JNY_HINT_H

#include "engine/run.h"


/* Takes one line without its end; line holds logged text. */
typedef void (*jny_hint_pt)(void *ctx, const char *line);

/*
 * Says which values of the plan's selectors were met nowhere in what was read,
 * each with the nearest value that the logs do have.  To be called behind the
 * scan, if that read events.  facts: of the run, or NULL where there are no
 * journeys.  Costs nothing where all values were met; else some blocks are
 * read again.  JNY_OK, JNY_ENOMEM.
 */
int jny_hints_say(jny_input_t *in, const jny_plan_t *plan,
    const jny_facts_t *facts, jny_hint_pt say, void *ctx);

/*
 * The custom field that name ("x_...") was meant to be, without its "x_", in
 * best; "" when none is near.  JNY_OK, JNY_ENOMEM.
 */
#define JNY_HINT_NAME  40        /* longer ones are pasted, not typed */

int jny_hint_field_near(jny_input_t *in, const char *name,
    char best[JNY_HINT_NAME + 1]);


#endif /* JNY_HINT_H */
