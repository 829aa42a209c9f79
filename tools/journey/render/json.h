/*
 * json.h - writes one JSON document; commas, escapes and UTF-8 are its care.
 * Text that is not UTF-8 is written %XX.  "<", ">" and "&" are written \u00XX,
 * so a document may stand inside HTML.
 */

#ifndef JNY_JSON_H
#define JNY_JSON_H

#include <stdint.h>

#include "base/buf.h"
#include "jny_types.h"


#define JNY_JSON_MAX_DEPTH  32

typedef struct {
    jny_buf_t  *out;           /* borrowed; its sticky error is the result */
    unsigned    depth;
    unsigned    indent;        /* blanks a level; 0 = one line */
    uint8_t     used[JNY_JSON_MAX_DEPTH];
} jny_json_t;

void jny_json_init(jny_json_t *js, jny_buf_t *out, unsigned indent);

/* key is NULL inside arrays and for the document itself. */
void jny_json_object(jny_json_t *js, const char *key);
void jny_json_object_end(jny_json_t *js);
void jny_json_array(jny_json_t *js, const char *key);
void jny_json_array_end(jny_json_t *js);

void jny_json_string(jny_json_t *js, const char *key, const char *s);
void jny_json_slice(jny_json_t *js, const char *key, jny_slice_t s);
/* A member whose key is data (a currency, a stage). */
void jny_json_slice_key(jny_json_t *js, jny_slice_t key);  /* then a value with
                                                              key NULL */
void jny_json_uint(jny_json_t *js, const char *key, uint64_t v);
void jny_json_int(jny_json_t *js, const char *key, int64_t v);
/* Shortest of at most `digits` decimals; NaN and infinities become null. */
void jny_json_number(jny_json_t *js, const char *key, double v, int digits);
void jny_json_money(jny_json_t *js, const char *key, int64_t value_e4);
void jny_json_time(jny_json_t *js, const char *key, int64_t ms); /* RFC 3339 */
void jny_json_bool(jny_json_t *js, const char *key, int v);
void jny_json_null(jny_json_t *js, const char *key);


#endif /* JNY_JSON_H */
