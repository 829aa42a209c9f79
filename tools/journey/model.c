/*
 * model.c - libyaml's events, read by what is expected next: no tree is built,
 * so that every message knows line and column.
 *
 * Aliases are refused: nothing here needs them, and a few of them nested in
 * each other would grow without bound.
 */

#include "model.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/nearest.h"
#include "model_private.h"


#define JNY_MODEL_MAX_FILE  (1024 * 1024)

/* A key, and what reads its value from the event behind it. */
typedef struct {
    const char  *name;
    int        (*read)(jny_model_parse_t *ps, jny_rule_t *rule);
} jny_model_key_t;


static int jny_model_document(jny_model_parse_t *ps);


int
jny_model_bad(jny_model_parse_t *ps, const char *what)
{
    jny_diag_set(ps->diag, 0, "%.80s:%zu:%zu: %s", ps->name,
                 ps->ev.start_mark.line + 1, ps->ev.start_mark.column + 1,
                 what);
    return JNY_EINVAL;
}


int
jny_model_next(jny_model_parse_t *ps)
{
    if (ps->held) {
        yaml_event_delete(&ps->ev);
        ps->held = 0;
    }

    if (yaml_parser_parse(&ps->yaml, &ps->ev)) {
        ps->held = 1;

        return ps->ev.type != YAML_ALIAS_EVENT
                   ? JNY_OK : jny_model_bad(ps, "an alias: write it out");
    }

    if (ps->yaml.error == YAML_MEMORY_ERROR) {
        return JNY_ENOMEM;
    }

    jny_diag_set(ps->diag, 0, "%.80s:%zu:%zu: is no YAML: %s; a value with "
                 "\": \", \"#\" or a sign in front goes in quotes", ps->name,
                 ps->yaml.problem_mark.line + 1,
                 ps->yaml.problem_mark.column + 1,
                 ps->yaml.problem != NULL ? ps->yaml.problem : "damaged");
    return JNY_EINVAL;
}


int
jny_model_text(jny_model_parse_t *ps, jny_slice_t *out, const char *what)
{
    char    *copy;
    size_t   len;

    if (ps->ev.type != YAML_SCALAR_EVENT) {
        return jny_model_bad(ps, what);
    }

    len = ps->ev.data.scalar.length;

    if (len == 0 || len > JNY_MAX_TEXT
        || memchr(ps->ev.data.scalar.value, '\0', len) != NULL)
    {
        return jny_model_bad(ps, what);
    }

    copy = malloc(len + 1);

    if (copy == NULL) {
        return JNY_ENOMEM;
    }

    memcpy(copy, ps->ev.data.scalar.value, len);
    copy[len] = '\0';

    free((void *) out->data);
    out->data = (uint8_t *) copy;
    out->len = len;

    return JNY_OK;
}


static int
jny_model_stage_index(const jny_model_t *model, jny_slice_t s)
{
    for (unsigned i = 0; i < model->nstages; i++) {
        if (jny_slice_same(model->stages[i], s)) {
            return (int) i;
        }
    }

    return -1;
}


static int
jny_model_stages(jny_model_parse_t *ps, jny_rule_t *rule)
{
    int           rc;
    jny_slice_t   stage;
    jny_model_t  *model;

    (void) rule;

    model = ps->model;

    if (ps->ev.type != YAML_SEQUENCE_START_EVENT || model->nstages != 0) {
        return jny_model_bad(ps, "stages is one list, in the order of the "
                             "funnel: stages: [awareness, purchase]");
    }

    for ( ;; ) {
        rc = jny_model_next(ps);

        if (rc != JNY_OK || ps->ev.type == YAML_SEQUENCE_END_EVENT) {
            return rc;
        }

        if (model->nstages == JNY_MAX_STAGES) {
            return jny_model_bad(ps, "too many stages, at most 64");
        }

        memset(&stage, 0, sizeof(stage));
        rc = jny_model_text(ps, &stage, "a stage is a name");

        if (rc != JNY_OK) {
            return rc;
        }

        if (jny_model_stage_index(model, stage) >= 0) {
            free((void *) stage.data);
            return jny_model_bad(ps, "this stage stands here twice");
        }

        model->stages[model->nstages++] = stage;
    }
}


static int
jny_model_when(jny_model_parse_t *ps, jny_rule_t *rule)
{
    int          rc;
    char         what[200];
    jny_diag_t   diag;
    jny_slice_t  text;

    memset(&text, 0, sizeof(text));
    memset(&diag, 0, sizeof(diag));
    rc = jny_model_text(ps, &text, "when is a selector, as in when: /cart*");

    if (rc != JNY_OK) {
        return rc;
    }

    jny_selector_free(rule->when);
    rule->when = NULL;
    rc = jny_selector_parse(&rule->when, (const char *) text.data, &diag);
    free((void *) text.data);

    if (rc == JNY_EINVAL) {

        /* in a plain or quoted line the byte is the column, nearly */

        snprintf(what, sizeof(what), "in this selector, at its character "
                 "%llu: %.120s", (unsigned long long) diag.offset + 1,
                 diag.what);
        return jny_model_bad(ps, what);
    }

    return rc;
}


static int
jny_model_stage(jny_model_parse_t *ps, jny_rule_t *rule)
{
    int            rc;
    char           what[160];
    jny_nearest_t  near;

    rc = jny_model_text(ps, &rule->stage, "stage is the name of one");

    if (rc != JNY_OK || jny_model_stage_index(ps->model, rule->stage) >= 0) {
        return rc;
    }

    if (ps->model->nstages == 0) {
        return jny_model_bad(ps, "no stages are known here: write stages: "
                             "[...] above the rules");
    }

    jny_nearest_init(&near, (const char *) rule->stage.data, rule->stage.len);

    for (unsigned i = 0; i < ps->model->nstages; i++) {
        jny_nearest_try(&near, (const char *) ps->model->stages[i].data);
    }

    if (near.best != NULL) {
        snprintf(what, sizeof(what), "is none of the stages, did you mean "
                 "%.100s?", near.best);
    } else {
        snprintf(what, sizeof(what), "is none of the stages: add it to "
                 "stages: [...]");
    }

    return jny_model_bad(ps, what);
}


static int
jny_model_touchpoint(jny_model_parse_t *ps, jny_rule_t *rule)
{
    return jny_model_text(ps, &rule->touchpoint, "touchpoint is a name");
}


static int
jny_model_ignore(jny_model_parse_t *ps, jny_rule_t *rule)
{
    int          rc;
    jny_slice_t  text;

    memset(&text, 0, sizeof(text));
    rc = jny_model_text(ps, &text, "ignore is yes or no");

    if (rc != JNY_OK) {
        return rc;
    }

    if (strcmp((const char *) text.data, "yes") == 0
        || strcmp((const char *) text.data, "true") == 0)
    {
        rule->ignore = 1;

    } else if (strcmp((const char *) text.data, "no") != 0
               && strcmp((const char *) text.data, "false") != 0)
    {
        rc = jny_model_bad(ps, "ignore is yes or no");
    }

    free((void *) text.data);
    return rc;
}


/* The members of the mapping that has just begun. */

static int
jny_model_members(jny_model_parse_t *ps, const jny_model_key_t *keys,
    jny_rule_t *rule)
{
    int                     rc;
    char                    what[160];
    const char             *text;
    jny_nearest_t           near;
    const jny_model_key_t  *key;

    for ( ;; ) {
        rc = jny_model_next(ps);

        if (rc != JNY_OK || ps->ev.type == YAML_MAPPING_END_EVENT) {
            return rc;
        }

        if (ps->ev.type != YAML_SCALAR_EVENT) {
            return jny_model_bad(ps, "a name and a \":\" belong here");
        }

        text = (const char *) ps->ev.data.scalar.value;
        jny_nearest_init(&near, text, strlen(text));

        for (key = keys; key->name != NULL && strcmp(key->name, text) != 0;
             key++)
        {
            jny_nearest_try(&near, key->name);
        }

        if (key->name == NULL) {
            snprintf(what, sizeof(what),
                     near.best ? "nothing is called %.40s here, did you mean "
                                 "%s?"
                               : "nothing is called %.40s here", text,
                     near.best);
            return jny_model_bad(ps, what);
        }

        rc = jny_model_next(ps);

        if (rc == JNY_OK) {
            rc = key->read(ps, rule);
        }

        if (rc != JNY_OK) {
            return rc;
        }
    }
}


static int
jny_model_rule(jny_model_parse_t *ps)
{
    int          rc;
    jny_rule_t  *rules, *rule;

    static const jny_model_key_t  keys[] = {
        { "when", jny_model_when },
        { "stage", jny_model_stage },
        { "touchpoint", jny_model_touchpoint },
        { "ignore", jny_model_ignore },
        { NULL, NULL }
    };

    if (ps->ev.type != YAML_MAPPING_START_EVENT) {
        return jny_model_bad(ps, "a rule is written - when: SELECTOR, and "
                             "stage: NAME in the next line");
    }

    if (ps->model->nrules == JNY_MODEL_MAX_RULES) {
        return jny_model_bad(ps, "too many rules, at most 1000");
    }

    rules = realloc(ps->model->rules,
                    (ps->model->nrules + 1) * sizeof(*rules));

    if (rules == NULL) {
        return JNY_ENOMEM;
    }

    ps->model->rules = rules;
    rule = &rules[ps->model->nrules++];
    memset(rule, 0, sizeof(*rule));

    rc = jny_model_members(ps, keys, rule);

    if (rc == JNY_OK && rule->when == NULL) {
        return jny_model_bad(ps, "the rule that ends here has no when: "
                             "SELECTOR");
    }

    if (rc == JNY_OK && rule->stage.len == 0 && rule->touchpoint.len == 0
        && !rule->ignore)
    {
        return jny_model_bad(ps, "the rule that ends here says nothing: give "
                             "it stage, touchpoint or ignore: yes");
    }

    return rc;
}


static int
jny_model_rules(jny_model_parse_t *ps, jny_rule_t *rule)
{
    int  rc;

    (void) rule;

    if (ps->ev.type != YAML_SEQUENCE_START_EVENT) {
        return jny_model_bad(ps, "rules is a list: each begins with - when:");
    }

    for ( ;; ) {
        rc = jny_model_next(ps);

        if (rc != JNY_OK || ps->ev.type == YAML_SEQUENCE_END_EVENT) {
            return rc;
        }

        rc = jny_model_rule(ps);

        if (rc != JNY_OK) {
            return rc;
        }
    }
}


static int
jny_model_document(jny_model_parse_t *ps)
{
    int  rc;

    static const jny_model_key_t  keys[] = {
        { "stages", jny_model_stages },
        { "rules", jny_model_rules },
        { "aliases", jny_model_aliases },
        { "currency", jny_model_currency },
        { "rates", jny_model_rates },
        { NULL, NULL }
    };

    do {
        rc = jny_model_next(ps);
    } while (rc == JNY_OK
             && (ps->ev.type == YAML_STREAM_START_EVENT
                 || ps->ev.type == YAML_DOCUMENT_START_EVENT));

    if (rc != JNY_OK) {
        return rc;
    }

    if (ps->ev.type != YAML_MAPPING_START_EVENT) {
        return jny_model_bad(ps, "a model begins with stages: [...], or "
                             "with aliases: or currency:");
    }

    rc = jny_model_members(ps, keys, NULL);

    while (rc == JNY_OK && ps->ev.type != YAML_STREAM_END_EVENT) {
        rc = jny_model_next(ps);

        if (rc == JNY_OK && ps->ev.type == YAML_DOCUMENT_START_EVENT) {
            rc = jny_model_bad(ps, "a model is one document: nothing may "
                               "follow");
        }
    }

    return rc;
}


int
jny_model_parse(jny_model_t *model, const char *name, const void *text,
    size_t len, jny_diag_t *diag)
{
    int                rc;
    jny_model_parse_t  ps;

    memset(model, 0, sizeof(*model));
    memset(&ps, 0, sizeof(ps));
    ps.model = model;
    ps.name = name;
    ps.diag = diag;

    if (!yaml_parser_initialize(&ps.yaml)) {
        return JNY_ENOMEM;
    }

    yaml_parser_set_input_string(&ps.yaml, text, len);
    rc = jny_model_document(&ps);

    if (ps.held) {
        yaml_event_delete(&ps.ev);
    }

    yaml_parser_delete(&ps.yaml);

    return rc;
}


int
jny_model_load(jny_model_t *model, const char *file, jny_diag_t *diag)
{
    int      rc;
    char    *text;
    FILE    *in;
    size_t   len;

    memset(model, 0, sizeof(*model));
    in = fopen(file, "re");

    if (in == NULL) {
        jny_diag_set(diag, 0, "%.80s: cannot be opened: %s", file,
                     strerror(errno));
        return JNY_EIO;
    }

    text = malloc(JNY_MODEL_MAX_FILE + 1);

    if (text == NULL) {
        fclose(in);
        return JNY_ENOMEM;
    }

    len = fread(text, 1, JNY_MODEL_MAX_FILE + 1, in);

    if (ferror(in)) {
        jny_diag_set(diag, 0, "%.80s: cannot be read: %s", file,
                     strerror(errno));
        rc = JNY_EIO;

    } else if (len > JNY_MODEL_MAX_FILE) {
        jny_diag_set(diag, 0, "%.80s: is longer than 1 MiB", file);
        rc = JNY_EINVAL;

    } else {
        rc = jny_model_parse(model, file, text, len, diag);
    }

    fclose(in);
    free(text);

    return rc;
}


void
jny_model_release(jny_model_t *model)
{
    for (unsigned i = 0; i < model->nstages; i++) {
        free((void *) model->stages[i].data);
    }

    for (unsigned i = 0; i < model->nrules; i++) {
        jny_selector_free(model->rules[i].when);
        free((void *) model->rules[i].stage.data);
        free((void *) model->rules[i].touchpoint.data);
    }

    for (unsigned i = 0; i < model->aliases.n; i++) {
        free((void *) model->aliases.v[i].from.data);
        free((void *) model->aliases.v[i].to.data);
    }

    for (unsigned i = 0; i < model->rates.n; i++) {
        free((void *) model->rates.from[i].data);
    }

    free((void *) model->rates.currency.data);
    free(model->aliases.v);
    free(model->rules);
    memset(model, 0, sizeof(*model));
}
