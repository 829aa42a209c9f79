/*
 * model.h - journey.yaml: what the stages are, and which of the events of logs
 * that knew no stages belong to which.
 *
 *     stages: [awareness, consideration, purchase]
 *     rules:
 *       - when: page~/product/?*
 *         stage: consideration
 *       - when: page=/thanks & status<400
 *         stage: purchase
 *         touchpoint: thank you
 *       - when: /health
 *         ignore: yes
 *     aliases:
 *       source: {fb: facebook}
 *     currency: EUR
 *     rates: {USD: 0.92}
 *
 * The first rule that matches counts.  Stages and rules are for import, the
 * others for those who read logs.
 */

#ifndef JNY_MODEL_H
#define JNY_MODEL_H

#include "engine/aliases.h"
#include "engine/select.h"
#include "jny_schema.h"


#define JNY_MODEL_MAX_RULES    1000
#define JNY_MODEL_MAX_ALIASES  4000

typedef struct {
    jny_selector_t  *when;
    jny_slice_t      stage;        /* empty: as it was logged; NUL-ended */
    jny_slice_t      touchpoint;   /* likewise */
    unsigned         ignore:1;     /* such events are left out */
} jny_rule_t;

typedef struct {
    jny_slice_t   stages[JNY_MAX_STAGES];      /* NUL-ended */
    unsigned      nstages;
    jny_rule_t   *rules;
    unsigned      nrules;
    jny_aliases_t  aliases;
    jny_rates_t    rates;                      /* NUL-ended */
} jny_model_t;


/*
 * JNY_OK; JNY_ENOMEM; JNY_EIO or JNY_EINVAL with diag: FILE:LINE:COLUMN, what
 * is wrong and how it is written right.  model is to be released in any case.
 */
int jny_model_load(jny_model_t *model, const char *file, jny_diag_t *diag);

/* The same of a text; name stands for the file in messages. */
int jny_model_parse(jny_model_t *model, const char *name, const void *text,
    size_t len, jny_diag_t *diag);

void jny_model_release(jny_model_t *model);


#endif /* JNY_MODEL_H */
