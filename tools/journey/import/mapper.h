/*
 * mapper.h - a record becomes a row, as the module would have written it.
 */

#ifndef JNY_MAPPER_H
#define JNY_MAPPER_H

#include "import/identity.h"
#include "import/times.h"
#include "import/urls.h"
#include "model.h"


/* Borrowed by mappers, read-only. */
typedef struct {
    const jny_identity_t  *identity;
    const jny_model_t     *model;      /* NULL: no rules */
    jny_slice_t            host;       /* where lines do not name theirs */
    jny_slice_t            fields[JNY_MAX_FIELDS];     /* names, without x_ */
    unsigned               nfields;
    unsigned               assets:1;   /* keep images, scripts, ... */
} jny_mapper_conf_t;

/* One per thread. */
typedef struct {
    const jny_mapper_conf_t  *conf;
    jny_minute_t              minute;
    jny_urls_t                urls;
    jny_memo_t                agents;
    uint8_t                  *scratch; /* texts of one row */
    uint8_t                  *free;
} jny_mapper_t;


/* JNY_OK, JNY_ENOMEM; m is to be released in any case. */
int jny_mapper_init(jny_mapper_t *m, const jny_mapper_conf_t *conf);
void jny_mapper_release(jny_mapper_t *m);

/*
 * row borrows from rec and m until the next call.  JNY_OK; JNY_END: it is to
 * be left out, no page or what a rule ignores; JNY_EDATA with *why, static.
 */
int jny_mapper_row(jny_mapper_t *m, const jny_record_t *rec, jny_row_t *row,
    const char **why);


#endif /* JNY_MAPPER_H */
