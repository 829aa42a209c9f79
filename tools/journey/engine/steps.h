/*
 * steps.h - the steps of a funnel (docs/SEMANTICS.md, "Funnel").
 *
 *     steps = step *( " > " step )
 *     step  = [ "?" / "!" ] selector [ " within " duration ]
 *
 * "?" may be missing; "!" ends a chain between the steps around it; "within"
 * is the time from the step before.  The selectors are those of select.h.  "\"
 * takes its meaning from " > " and from "within", as it does in a selector.
 */

#ifndef JNY_STEPS_H
#define JNY_STEPS_H

#include "base/chain.h"
#include "engine/select.h"


/*
 * Reads "a > ?b > !c > d within 7d".  *sels is malloc'ed; steps, the caller's,
 * has room for max and says of each selector what it is; *n is at most max.
 * The first step and the last that is no "?" are required, so is one on either
 * side of a "!".  JNY_OK, JNY_ENOMEM, or JNY_EINVAL with diag: what is wrong
 * and how it is written right, offset = byte in text.
 */
int jny_steps_parse(jny_selector_t ***sels, jny_step_t *steps, unsigned *n,
    unsigned max, const char *text, jny_diag_t *diag);
void jny_steps_free(jny_selector_t **sels, unsigned n);   /* accepts NULL */


#endif /* JNY_STEPS_H */
