/*
 * fields.h - the names by which selectors, --by and documents speak of a row:
 * the columns of jny_schema.h, the bits of its flags, and what is derived.
 */

#ifndef JNY_FIELDS_H
#define JNY_FIELDS_H

#include "jny_schema.h"


typedef enum {
    JNY_FIELD_TEXT,            /* index: jny_text_e */
    JNY_FIELD_CARRIED,         /* index: jny_carried_e */
    JNY_FIELD_CUSTOM,          /* x_NAME; index unused */
    JNY_FIELD_AGENT,           /* index unused, as for all that follow; */
    JNY_FIELD_NUMBER,          /* index: jny_number_e */
    JNY_FIELD_ID,              /* index: jny_number_e; 64 bits in hex */
    JNY_FIELD_FLAG,            /* index: JNY_ROW_... */
    JNY_FIELD_BOT
} jny_field_kind_e;

/* What a session carries from its first event on. */
typedef enum {
    JNY_CARRIED_SOURCE,
    JNY_CARRIED_MEDIUM,
    JNY_CARRIED_CAMPAIGN,
    JNY_CARRIED_TERM,
    JNY_CARRIED_CONTENT,
    JNY_CARRIED_CHANNEL,
    JNY_CARRIED_COUNT
} jny_carried_e;

typedef struct {
    const char        *name;
    jny_field_kind_e   kind;
    unsigned           index;
} jny_field_t;

extern const jny_field_t  jny_fields[];
extern const unsigned     jny_fields_count;

/*
 * The field of that name; one static row stands for every x_NAME.  NULL: no
 * such field.
 */
const jny_field_t *jny_field_find(const char *name, size_t len);

/* The known field nearest to a misspelt one, or NULL. */
const char *jny_field_nearest(const char *name, size_t len);


#endif /* JNY_FIELDS_H */
