/*
 * jny_schema.h - the columns of a row, once: enum, wire name and kind come
 * from this one table (docs/FORMAT.md, "Columns").
 */

#ifndef JNY_SCHEMA_H
#define JNY_SCHEMA_H

#include "jny_types.h"


/* Text columns: stored as an index into the block's dictionary. */
#define JNY_TEXT_MAP(_)                                                        \
    _(STAGE,      "stage")                                                     \
    _(TOUCHPOINT, "touchpoint")                                                \
    _(PAGE,       "page")                                                      \
    _(HOST,       "host")                                                      \
    _(SOURCE,     "source")                                                    \
    _(MEDIUM,     "medium")                                                    \
    _(CAMPAIGN,   "campaign")                                                  \
    _(TERM,       "term")                                                      \
    _(CONTENT,    "content")                                                   \
    _(REFERRER,   "referrer")                                                  \
    _(CLICK,      "click")                                                     \
    _(CURRENCY,   "currency")                                                  \
    _(ORDER,      "order")                                                     \
    _(SCORE_KIND, "score_kind")                                                \
    _(MODE,       "mode")

/* Number columns: packed integers; Z marks those stored zigzag. */
#define JNY_NUMBER_MAP(_)                                                      \
    _(TIME,       "time",    1)                                                \
    _(VISITOR,    "visitor", 0)                                                \
    _(LOGIN,      "login",   0)                                                \
    _(STATUS,     "status",  0)                                                \
    _(LATENCY,    "latency", 0)                                                \
    _(VALUE,      "value",   1)                                                \
    _(SCORE,      "score",   1)                                                \
    _(FLAGS,      "flags",   0)                                                \
    _(ORIGIN,     "origin",  0)

typedef enum {
#define JNY_X(id, name)  JNY_TEXT_##id,
    JNY_TEXT_MAP(JNY_X)
#undef JNY_X
    JNY_TEXT_COUNT
} jny_text_e;

typedef enum {
#define JNY_X(id, name, zigzag)  JNY_NUMBER_##id,
    JNY_NUMBER_MAP(JNY_X)
#undef JNY_X
    JNY_NUMBER_COUNT
} jny_number_e;

/* Static NUL-terminated wire names, indexed by the enums above. */
extern const char *const  jny_text_names[JNY_TEXT_COUNT];
extern const char *const  jny_number_names[JNY_NUMBER_COUNT];


/* Bits of the "flags" column. */
#define JNY_ROW_NEW_VISITOR       0x0001  /* an id was minted by this request */
#define JNY_ROW_COOKIE_RETURNED   0x0002  /* a valid cookie came back */
#define JNY_ROW_COOKIE_SENT       0x0004  /* Set-Cookie really went out */
#define JNY_ROW_COOKIE_INVALID    0x0008  /* forged, malformed or expired */
#define JNY_ROW_SPECULATIVE       0x0010  /* prefetch, prerender */
#define JNY_ROW_BEACON            0x0020
#define JNY_ROW_EARLY_DATA        0x0040
#define JNY_ROW_CONSENT           0x0080  /* consent given */
#define JNY_ROW_GPC               0x0100  /* Sec-GPC: 1 */
#define JNY_ROW_INTERNAL          0x0200  /* own staff, tests */
#define JNY_ROW_SAME_HOST_REFERER 0x0400


#define JNY_PAYLOAD_VERSION    1

/* Limits of version 1. */
#define JNY_MAX_STAGES         64
#define JNY_MAX_FIELDS         16        /* journey_field: x_NAME columns */
#define JNY_MAX_ROWS           65535     /* events of one block */
#define JNY_MAX_PAYLOAD        (4u << 20)
#define JNY_MAX_MEMBER         (5u << 20)
#define JNY_MAX_OBJECTS        (1u << 20)  /* msgpack objects of a payload */
#define JNY_MAX_TEXT           1024      /* bytes of one text; cut by writers */
#define JNY_MAX_AGENT          256
#define JNY_MAX_FIELD_NAME     32        /* without x_ */

#define JNY_OTHER              "(other)" /* one of too many different texts */


/*
 * One touchpoint as a writer knows it.  Texts are borrowed; an empty text is
 * "absent".  text[JNY_TEXT_TOUCHPOINT] empty, or equal to the page, is stored
 * as "same as page".  field[i] belongs to the i-th field name of the log.
 * Bytes that are not valid UTF-8 are written %XX by the encoder.
 */
typedef struct {
    int64_t      time_ms;      /* since the epoch, UTC */
    uint64_t     visitor;      /* 0 = unknown */
    uint64_t     login;        /* keyed hash, 0 = none */
    uint32_t     status;       /* HTTP status, 0 = none */
    uint32_t     latency_ms;
    uint32_t     flags;        /* JNY_ROW_... */
    int32_t      score_e2;
    uint32_t     origin;       /* SORTED blocks: index of its source */
    int64_t      value_e4;     /* money, 1/10000 units; negative = refund */
    jny_slice_t  text[JNY_TEXT_COUNT];
    jny_slice_t  agent;        /* User-Agent, cut at JNY_MAX_AGENT */
    jny_slice_t  field[JNY_MAX_FIELDS];
} jny_row_t;


#endif /* JNY_SCHEMA_H */
