/*
 * model_private.h - what model.c shares with model_values.c.
 */

#ifndef JNY_MODEL_PRIVATE_H
#define JNY_MODEL_PRIVATE_H

#include <yaml.h>

#include "model.h"


typedef struct {
    jny_model_t   *model;
    const char    *name;
    yaml_parser_t  yaml;
    yaml_event_t   ev;         /* the last one read */
    unsigned       held:1;     /* ev is to be deleted */
    jny_diag_t    *diag;
} jny_model_parse_t;


/* JNY_EINVAL with diag: where the last event is, and what. */
int jny_model_bad(jny_model_parse_t *ps, const char *what);

/* Reads the next event.  JNY_OK, JNY_EINVAL, JNY_ENOMEM. */
int jny_model_next(jny_model_parse_t *ps);

/*
 * The scalar just read; copied with a NUL behind, what *out held is freed.
 * JNY_OK, JNY_ENOMEM; JNY_EINVAL with what, where it is none.
 */
int jny_model_text(jny_model_parse_t *ps, jny_slice_t *out, const char *what);

/* The values of these keys (model_values.c). */
int jny_model_aliases(jny_model_parse_t *ps, jny_rule_t *rule);
int jny_model_currency(jny_model_parse_t *ps, jny_rule_t *rule);
int jny_model_rates(jny_model_parse_t *ps, jny_rule_t *rule);


#endif /* JNY_MODEL_PRIVATE_H */
