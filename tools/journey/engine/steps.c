/*
 * steps.c - cuts a list of steps into selectors, and what stands around them.
 *
 * Signs in front and limits behind are cut off before the selector is read:
 * it is the same language as everywhere, and its offsets are those of the
 * whole text.
 */

#include "engine/steps.h"

#include <stdlib.h>
#include <string.h>

#include "engine/duration.h"
#include "engine/select_private.h"


#define JNY_STEPS_SEPARATOR  " > "
#define JNY_STEPS_WITHIN     " within "
#define JNY_STEPS_DURATION   32   /* longest text of one, with its end */


static int
jny_steps_bad(jny_diag_t *diag, const char *text, const char *at,
    const char *what)
{
    jny_diag_set(diag, at - text, "%s", what);
    return JNY_EINVAL;
}


/* The next word before end that no backslash takes the meaning from. */

static const char *
jny_steps_find(const char *p, const char *end, const char *word)
{
    size_t  len = strlen(word);

    for (/* void */; p < end; p++) {
        if (*p == '\\' && p + 1 < end) {
            p++;

        } else if ((size_t) (end - p) >= len && memcmp(p, word, len) == 0) {
            return p;
        }
    }

    return NULL;
}


/* Sets *end to where the selector ends. */

static int
jny_steps_within(jny_step_t *step, const char *text, const char *begin,
    const char **end, jny_diag_t *diag)
{
    int          rc;
    char         copy[JNY_STEPS_DURATION];
    size_t       len;
    const char  *p, *stop = *end;

    p = jny_steps_find(begin, stop, JNY_STEPS_WITHIN);

    if (p == NULL) {
        return JNY_OK;
    }

    *end = p;
    p += strlen(JNY_STEPS_WITHIN);

    while (p < stop && *p == ' ') {
        p++;
    }

    while (stop > p && stop[-1] == ' ') {
        stop--;
    }

    len = stop - p;

    if (len >= sizeof(copy)) {
        return jny_steps_bad(diag, text, p, "write a limit as within 7d; "
                             "\\within is the word");
    }

    memcpy(copy, p, len);
    copy[len] = '\0';
    rc = jny_duration_parse(copy, &step->within_ms, diag);

    if (rc != JNY_OK) {
        diag->offset += p - text;
        return rc;
    }

    if (step->within_ms == 0) {
        return jny_steps_bad(diag, text, p, "give a limit of 1ms or more");
    }

    return JNY_OK;
}


static int
jny_steps_one(jny_selector_t **sel, jny_step_t *step, const char *text,
    const char *begin, const char *end, jny_diag_t *diag)
{
    int  rc;

    step->kind = JNY_STEP_REQUIRED;
    step->within_ms = 0;

    while (begin < end && *begin == ' ') {
        begin++;
    }

    if (begin < end && (*begin == '?' || *begin == '!')) {
        step->kind = (*begin == '?') ? JNY_STEP_OPTIONAL : JNY_STEP_EXCLUSION;
        begin++;
    }

    rc = jny_steps_within(step, text, begin, &end, diag);

    return rc == JNY_OK ? jny_selector_parse_part(sel, text, begin, end, diag)
                        : rc;
}


/* What a step may be depends on those before it; required: of these. */

static int
jny_steps_check(const jny_step_t *step, unsigned required, const char *text,
    const char *at, jny_diag_t *diag)
{
    if (required == 0 && step->kind == JNY_STEP_OPTIONAL) {
        return jny_steps_bad(diag, text, at, "the first step cannot be "
                             "missing: put ? before a later one");
    }

    if (required == 0 && step->kind == JNY_STEP_EXCLUSION) {
        return jny_steps_bad(diag, text, at, "! stands between two steps: "
                             "none is before it");
    }

    if (required == 0 && step->within_ms != 0) {
        return jny_steps_bad(diag, text, at, "within is the time from the "
                             "step before: the first has none");
    }

    if (step->kind == JNY_STEP_EXCLUSION && step->within_ms != 0) {
        return jny_steps_bad(diag, text, at, "within limits a step: put it "
                             "behind the step that follows");
    }

    return JNY_OK;
}


/* Every "!" needs a required step behind it. */

static int
jny_steps_end(const jny_step_t *steps, unsigned n, const char *text,
    jny_diag_t *diag)
{
    while (n > 0 && steps[n - 1].kind == JNY_STEP_OPTIONAL) {
        n--;
    }

    for (unsigned i = n; i > 0 && steps[i - 1].kind != JNY_STEP_REQUIRED; i--) {
        if (steps[i - 1].kind == JNY_STEP_EXCLUSION) {
            return jny_steps_bad(diag, text, text + strlen(text),
                                 "! stands between two steps: one that is "
                                 "required is missing behind it");
        }
    }

    return JNY_OK;
}


int
jny_steps_parse(jny_selector_t ***sels, jny_step_t *steps, unsigned *n,
    unsigned max, const char *text, jny_diag_t *diag)
{
    int          rc = JNY_OK;
    unsigned     required = 0;
    const char  *p, *end, *stop = text + strlen(text);

    *n = 0;
    *sels = calloc(max, sizeof(**sels));

    if (*sels == NULL) {
        return JNY_ENOMEM;
    }

    for (p = text; rc == JNY_OK && p != NULL; p = end) {
        end = jny_steps_find(p, stop, JNY_STEPS_SEPARATOR);

        if (*n == max) {
            jny_diag_set(diag, p - text, "too many steps, at most %u", max);
            rc = JNY_EINVAL;
            break;
        }

        rc = jny_steps_one(&(*sels)[*n], &steps[*n], text, p,
                           end ? end : stop, diag);

        if (rc == JNY_OK) {
            rc = jny_steps_check(&steps[*n], required, text, p, diag);
            required += steps[*n].kind == JNY_STEP_REQUIRED;
            (*n)++;
        }

        if (end != NULL) {
            end += strlen(JNY_STEPS_SEPARATOR);
        }
    }

    if (rc == JNY_OK) {
        rc = jny_steps_end(steps, *n, text, diag);
    }

    if (rc != JNY_OK) {
        jny_steps_free(*sels, *n);
        *sels = NULL;
        *n = 0;
    }

    return rc;
}


void
jny_steps_free(jny_selector_t **sels, unsigned n)
{
    for (unsigned i = 0; i < n; i++) {
        jny_selector_free(sels[i]);
    }

    free(sels);
}
