/*
 * hint.c - values that no log has.
 *
 * Matching marks each value that fits an entry of some dictionary, or a part
 * of some carried tuple, so "met nowhere" is exact and costs nothing an event.
 * Only what was meant is searched in a sample: a name worth mistyping stands
 * in more blocks than one.
 */

#include "engine/hint.h"

#include <stdio.h>
#include <string.h>

#include "base/nearest.h"
#include "engine/fold.h"
#include "engine/heap.h"
#include "engine/select_private.h"


#define JNY_HINT_BLOCKS  16        /* read again, spread over the logs */
#define JNY_HINT_TUPLES  100000
#define JNY_HINT_WRITTEN 200       /* bytes */

typedef struct {
    jny_input_t        *in;
    const jny_facts_t  *facts;
    jny_inflater_t     *inf;
    jny_block_t         blk;
    jny_hint_pt         say;
    void               *ctx;

    jny_nearest_t       near;
    char                best[JNY_HINT_NAME + 1];
    unsigned            fold:1;
} jny_hints_t;


static void
jny_hint_try(jny_hints_t *h, jny_slice_t s)
{
    char  name[JNY_HINT_NAME + 1];

    if (h->fold) {
        s = jny_fold_trim(s);
    }

    if (s.len == 0 || s.len > JNY_HINT_NAME) {
        return;
    }

    if (h->fold) {
        jny_fold_lower(s, name);
    } else {
        memcpy(name, s.data, s.len);
    }

    name[s.len] = '\0';
    jny_nearest_try(&h->near, name);

    if (h->near.best == name) {
        memcpy(h->best, name, s.len + 1);
        h->near.best = h->best;
    }
}


static void
jny_hint_dict(jny_hints_t *h, const jny_dict_t *dict)
{
    for (uint32_t i = 1; i < dict->n; i++) {
        jny_hint_try(h, dict->entries[i]);
    }
}


/* The text column whose dictionary has the field's values; or COUNT. */
static unsigned
jny_hint_column(const jny_field_t *field)
{
    static const unsigned  carried[] = {
        [JNY_CARRIED_SOURCE] = JNY_TEXT_SOURCE,
        [JNY_CARRIED_MEDIUM] = JNY_TEXT_MEDIUM,
        [JNY_CARRIED_CAMPAIGN] = JNY_TEXT_CAMPAIGN,
        [JNY_CARRIED_TERM] = JNY_TEXT_TERM,
        [JNY_CARRIED_CONTENT] = JNY_TEXT_CONTENT,
        [JNY_CARRIED_CHANNEL] = JNY_TEXT_COUNT,
    };

    switch (field->kind) {

    case JNY_FIELD_TEXT:
        return field->index;

    case JNY_FIELD_CARRIED:
        return carried[field->index];

    default:
        return JNY_TEXT_COUNT;
    }
}


/* name: of the field itself, where that is what no log has. */
static void
jny_hint_block(jny_hints_t *h, const jny_term_t *term, int name)
{
    unsigned            column;
    const jny_block_t  *blk;

    blk = &h->blk;

    if (term->field == NULL) {
        jny_hint_dict(h, &blk->dict[JNY_TEXT_STAGE]);
        jny_hint_dict(h, &blk->dict[JNY_TEXT_TOUCHPOINT]);
        return;
    }

    for (unsigned i = 0; i < blk->nfields; i++) {
        if (name) {
            jny_hint_try(h, blk->field_names[i]);

        } else if (term->field->kind == JNY_FIELD_CUSTOM
                   && blk->field_names[i].len == strlen(term->name) - 2
                   && memcmp(blk->field_names[i].data, term->name + 2,
                             blk->field_names[i].len) == 0)
        {
            jny_hint_dict(h, &blk->field_dicts[i]);
        }
    }

    column = jny_hint_column(term->field);

    if (column < JNY_TEXT_COUNT) {
        jny_hint_dict(h, &blk->dict[column]);
    }

    if (column == JNY_TEXT_TOUCHPOINT) {
        jny_hint_dict(h, &blk->dict[JNY_TEXT_PAGE]);
    }
}


/* Sources that referrers stand for, and channels, are in no dictionary. */
static void
jny_hint_tuples(jny_hints_t *h, const jny_field_t *field)
{
    uint32_t            n;
    jny_slice_t         s;
    jny_tuple_t         t;
    const jny_names_t  *names;

    names = h->facts->names;
    n = jny_names_tuple_count(names);
    n = n > JNY_HINT_TUPLES ? JNY_HINT_TUPLES : n;

    for (uint32_t i = 0; i < n; i++) {
        t = jny_names_tuple(names, i);

        switch (field->index) {

        case JNY_CARRIED_SOURCE:
            s = jny_names_get(names, JNY_NAME_TUPLE_PART, t.source);
            break;

        case JNY_CARRIED_MEDIUM:
            s = jny_names_get(names, JNY_NAME_TUPLE_PART, t.medium);
            break;

        case JNY_CARRIED_CAMPAIGN:
            s = jny_names_campaign(names, i);
            break;

        case JNY_CARRIED_CHANNEL:
            s.data = (const uint8_t *) t.channel;
            s.len = strlen(t.channel);
            break;

        default:
            return;
        }

        jny_hint_try(h, s);
    }
}


/* Finds what word may have been meant to be, in h->near.best. */
static int
jny_hint_search(jny_hints_t *h, const jny_term_t *term, int name,
    const char *word, size_t len)
{
    int                     rc;
    uint32_t                n, step;
    const jny_block_ref_t  *refs;

    jny_nearest_init(&h->near, word, len);
    h->fold = term->field != NULL && term->field->kind == JNY_FIELD_CARRIED;

    if (h->fold && h->facts != NULL) {
        jny_hint_tuples(h, term->field);
    }

    refs = jny_input_blocks(h->in, &n);
    step = n / JNY_HINT_BLOCKS + 1;

    for (uint32_t i = 0; i < n; i += step) {
        rc = jny_input_read(&refs[i], h->inf, &h->blk, NULL);

        if (rc == JNY_OK) {
            jny_hint_block(h, term, name);

        } else if (rc == JNY_ENOMEM) {
            return rc;
        }
    }

    return JNY_OK;
}


/* Whether nothing is wrong with a value that was not met. */
static int
jny_hint_is_fine(const jny_hints_t *h, const jny_term_t *term,
    const jny_value_t *v)
{
    unsigned            i;
    const jny_facts_t  *facts;

    if (v->len == 0 || v->text[0] == '(') {
        return 1;                       /* "", (none), (direct) */
    }

    facts = h->facts;

    if (facts == NULL || (term->field != NULL
        && (term->field->kind != JNY_FIELD_TEXT
            || term->field->index != JNY_TEXT_STAGE)))
    {
        return 0;
    }

    /* A stage of the list that nobody reached is an answer. */

    for (i = 0; i < facts->nstages; i++) {
        if (jny_value_text(v, 0, facts->stages[i])) {
            return 1;
        }
    }

    return 0;
}


/* What to write for a value that has signs of the language in it. */
static void
jny_hint_written(const jny_term_t *term, const jny_value_t *v,
    char hint[JNY_HINT_WRITTEN])
{
    int          len;
    const char  *name, *rest;

    name = v->text;
    len = (int) strcspn(v->text, ":");
    rest = v->text + len + (v->text[len] == ':');
    hint[0] = '\0';

    if (term->field == NULL && strchr(v->text, '>') != NULL) {
        snprintf(hint, JNY_HINT_WRITTEN,
                 ": write steps apart, as in \"a > b\"");
        return;
    }

    if (term->field != NULL && term->op == JNY_OP_EQ
        && strchr(v->text, '*') != NULL)
    {
        name = term->name;
        len = (int) strlen(name);
        rest = v->text;

    } else if (term->field != NULL || *rest == '\0'
               || jny_field_find(name, (size_t) len) == NULL)
    {
        return;
    }

    snprintf(hint, JNY_HINT_WRITTEN, ": write %.*s%s%.120s", len, name,
             strchr(rest, '*') != NULL ? "~" : "=", rest);
}


static int
jny_hint_value(jny_hints_t *h, const jny_term_t *term, const jny_value_t *v)
{
    int   rc, glob;
    char  line[512], written[JNY_HINT_WRITTEN];

    glob = v->glob || term->op == JNY_OP_GLOB || term->op == JNY_OP_NOT_GLOB;
    h->near.best = NULL;
    jny_hint_written(term, v, written);

    if (!glob && (term->field == NULL || written[0] == '\0')) {
        rc = jny_hint_search(h, term, 0, v->text, v->len);

        if (rc != JNY_OK) {
            return rc;
        }
    }

    if (h->near.best != NULL) {
        written[0] = '\0';
    }

    snprintf(line, sizeof(line), "no event has %.40s%s%.200s%s%s%s%s",
             term->field ? term->name : v->glob ? "the page "
                                                : "the stage or touchpoint ",
             term->field ? glob ? "~" : "=" : "", v->text,
             h->near.best ? ": did you mean " : "",
             h->near.best ? h->near.best : "", h->near.best ? "?" : "",
             written);
    h->say(h->ctx, line);

    return JNY_OK;
}


static int
jny_hint_field(jny_hints_t *h, const jny_term_t *term)
{
    int   rc;
    char  line[512];

    rc = jny_hint_search(h, term, 1, term->name + 2, strlen(term->name) - 2);

    if (rc == JNY_OK) {
        snprintf(line, sizeof(line), "no log has the field %.200s%s%s%s",
                 term->name, h->near.best ? ": did you mean x_" : "",
                 h->near.best ? h->near.best : "", h->near.best ? "?" : "");
        h->say(h->ctx, line);
    }

    return rc;
}


/*
 * Without journeys, carried terms see only the events that the others left:
 * then they may be unmet for no fault of theirs.
 */
static int
jny_hint_term(jny_hints_t *h, const jny_selector_t *sel, const jny_term_t *term)
{
    int  rc;

    if (term->field != NULL) {
        switch (term->field->kind) {

        case JNY_FIELD_CARRIED:
            if (h->facts == NULL && sel->nterms > 1) {
                return JNY_OK;
            }
            break;

        case JNY_FIELD_CUSTOM:
            if (!term->found) {
                return jny_hint_field(h, term);
            }
            break;

        case JNY_FIELD_TEXT:
            break;

        default:
            return JNY_OK;
        }
    }

    rc = JNY_OK;

    for (unsigned i = 0; rc == JNY_OK && i < term->nvalues; i++) {
        if (!term->values[i].met
            && !jny_hint_is_fine(h, term, &term->values[i]))
        {
            rc = jny_hint_value(h, term, &term->values[i]);
        }
    }

    return rc;
}


static int
jny_hint_selector(jny_hints_t *h, const jny_selector_t *sel)
{
    int  rc;

    rc = JNY_OK;

    for (unsigned i = 0; sel != NULL && rc == JNY_OK && i < sel->nterms; i++) {
        rc = jny_hint_term(h, sel, &sel->terms[i]);
    }

    return rc;
}


int
jny_hints_say(jny_input_t *in, const jny_plan_t *plan,
    const jny_facts_t *facts, jny_hint_pt say, void *ctx)
{
    int          rc;
    jny_hints_t  h;

    memset(&h, 0, sizeof(h));
    h.in = in;
    h.facts = facts;
    h.say = say;
    h.ctx = ctx;
    h.inf = jny_inflater_new();

    if (h.inf == NULL) {
        return JNY_ENOMEM;
    }

    jny_block_init(&h.blk, &jny_heap);

    rc = jny_hint_selector(&h, plan->where);

    if (rc == JNY_OK) {
        rc = jny_hint_selector(&h, plan->visitors);
    }

    if (rc == JNY_OK) {
        rc = jny_hint_selector(&h, plan->goal);
    }

    for (unsigned i = 0; rc == JNY_OK && i < plan->nsteps; i++) {
        rc = jny_hint_selector(&h, plan->steps[i]);
    }

    jny_block_release(&h.blk);
    jny_inflater_free(h.inf);

    return rc;
}


int
jny_hint_field_near(jny_input_t *in, const char *name,
    char best[JNY_HINT_NAME + 1])
{
    int          rc;
    jny_term_t   term;
    jny_hints_t  h;

    memset(&h, 0, sizeof(h));
    memset(&term, 0, sizeof(term));
    h.in = in;
    h.inf = jny_inflater_new();
    term.field = jny_field_find(name, strlen(name));

    if (h.inf == NULL) {
        return JNY_ENOMEM;
    }

    jny_block_init(&h.blk, &jny_heap);
    rc = jny_hint_search(&h, &term, 1, name + 2, strlen(name) - 2);
    jny_block_release(&h.blk);
    jny_inflater_free(h.inf);

    snprintf(best, JNY_HINT_NAME + 1, "%s", h.near.best ? h.near.best : "");

    return rc;
}
