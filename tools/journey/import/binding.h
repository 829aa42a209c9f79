/*
 * binding.h - which column of a foreign log means what: nginx's variables and
 * our own names by themselves, others by --map.
 *
 *     init -> map* -> (find, add by the formats)* -> release
 *
 * One thread until all files are open; then read-only and shared.
 */

#ifndef JNY_BINDING_H
#define JNY_BINDING_H

#include "import/record.h"


/* A column, by name; one column may feed several places. */
typedef struct jny_bound_s  jny_bound_t;

struct jny_bound_s {
    const char         *name;
    size_t              len;
    unsigned            in;    /* jny_in_e, or JNY_IN_FIELD + i */
    const jny_bound_t  *also;  /* the same name's next place, or NULL */
    jny_bound_t        *next;  /* of the bucket */
};

#define JNY_BINDING_BUCKETS  256

typedef struct {
    jny_bound_t  *buckets[JNY_BINDING_BUCKETS];
    const char   *mapped[JNY_IN_COUNT];    /* its --map, lent; or NULL */
    char         *fields[JNY_MAX_FIELDS];  /* names, without x_ */
    unsigned      nfields;
} jny_binding_t;


/*
 * cookie is the name of the visitor's cookie, for $cookie_NAME.  JNY_OK or
 * JNY_ENOMEM; b is to be released in any case.
 */
int jny_binding_init(jny_binding_t *b, const char *cookie);
void jny_binding_release(jny_binding_t *b);

/*
 * One --map FIELD=COLUMN.  JNY_OK, JNY_ENOMEM, or JNY_EINVAL with diag: what
 * is wrong and how it is written right.
 */
int jny_binding_map(jny_binding_t *b, const char *text, jny_diag_t *diag);

/*
 * Makes the column x_NAME, unless it is there.  JNY_OK; JNY_END: it is no such
 * name, or there are JNY_MAX_FIELDS others; JNY_ENOMEM.
 */
int jny_binding_add(jny_binding_t *b, const char *name, size_t len);

/* What a column feeds; NULL: nothing. */
const jny_bound_t *jny_binding_find(const jny_binding_t *b, const void *name,
    size_t len);


/* Puts a value where its column belongs. */
static inline void
jny_bound_put(const jny_bound_t *at, jny_record_t *rec, const uint8_t *data,
    size_t len)
{
    for (/* void */; at != NULL; at = at->also) {
        rec->in[at->in].data = data;
        rec->in[at->in].len = len;
    }
}


#endif /* JNY_BINDING_H */
