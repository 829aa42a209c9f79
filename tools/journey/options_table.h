/*
 * options_table.h - the rows behind options.h.  Private to options*.c.
 */

#ifndef JNY_OPTIONS_TABLE_H
#define JNY_OPTIONS_TABLE_H

#include "options.h"


/* How an option's value is read, and the type of the field it lands in. */
typedef enum {
    JNY_OPTION_FLAG,           /* unsigned: 1 when given */
    JNY_OPTION_COUNT,          /* unsigned, min to max */
    JNY_OPTION_SIZE,           /* int64_t, bytes, min to max */
    JNY_OPTION_WORD,           /* unsigned or enum: value of one of words */
    JNY_OPTION_NAME,           /* const char *: one of words */
    JNY_OPTION_TEXT,           /* const char *: as given */
    JNY_OPTION_LIST,           /* jny_list_t: as given, once or more */
    JNY_OPTION_FIELD,          /* const char *: fields of engine/fields.h,
                                  at most max, commas between */
    JNY_OPTION_ZONE,           /* const char *: a time zone */
    JNY_OPTION_TIME,           /* const char *: read when the zone is known */
    JNY_OPTION_DURATION,       /* int64_t, ms, min to max */
    JNY_OPTION_SELECTOR,       /* jny_selector_t * */
    JNY_OPTION_COHORT,         /* jny_cohorts_t: one more, at most max */
    JNY_OPTION_CREDIT,         /* unsigned: jny_funnel_credit_e, + k < max */
    JNY_OPTION_SPAN,           /* jny_span_t, 0 to max on either side */
    JNY_OPTION_STEPS           /* plan.steps, plan.nsteps, steps_text */
} jny_option_type_e;

typedef struct {
    const char  *name;
    int          value;
} jny_option_word_t;

typedef struct {
    const char               *key;    /* what commands call the row */
    const char               *name;   /* long name, without -- */
    char                      letter; /* or 0 */
    const char               *arg;    /* NULL for flags */
    jny_option_type_e         type;
    size_t                    field;  /* offset in jny_options_t */
    int64_t                   min;
    int64_t                   max;
    const jny_option_word_t  *words;  /* ends with a NULL name */
    const char               *value;  /* default, as it would be given; NULL:
                                         stays zero */
    const char               *help;   /* lines of the help, ended by \n */
} jny_option_t;

extern const jny_option_t  jny_option_table[];
extern const unsigned      jny_option_count;

/* Whether the command takes the row. */
int jny_option_taken(const jny_command_t *cmd, const jny_option_t *row);

/*
 * Reads value into the row's field of opt.  JNY_OK, JNY_ENOMEM, or JNY_EINVAL
 * after one clear message on stderr (jny_option_bad() writes the common one
 * and returns it).
 */
int jny_option_set(const jny_command_t *cmd, jny_options_t *opt,
    const jny_option_t *row, const char *value);
int jny_option_bad(const jny_command_t *cmd, const jny_option_t *row,
    const char *value, const char *remedy);


#endif /* JNY_OPTIONS_TABLE_H */
