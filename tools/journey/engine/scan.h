/*
 * scan.h - blocks to strands.
 *
 *     init -> run -> (streams, orders, names, sums are filled) -> release
 *
 * Threads take whole blocks; each owns what it writes until run returns.
 */

#ifndef JNY_SCAN_H
#define JNY_SCAN_H

#include "base/idset.h"
#include "engine/bots.h"
#include "engine/fields.h"
#include "engine/orders.h"
#include "engine/strands.h"


/* Bits of a matcher's words: those of the kinds they are to become. */
#define JNY_WORD_GOAL      jny_kind_word(0, JNY_EVENT_GOAL, 0)
#define JNY_WORD_WHERE     jny_kind_word(0, JNY_EVENT_WHERE, 0)
#define JNY_WORD_VISITORS  jny_kind_word(0, JNY_SCATTERED_VISITORS, 0)
#define JNY_WORD_STEP      jny_kind_word(0, 0, 1)   /* of the first step */

/* Why a row is left out; the first that holds is the one counted. */
#define JNY_ROW_OUTSIDE  0x01   /* not in the time window */
#define JNY_ROW_BOT      0x02
#define JNY_ROW_STAFF    0x04   /* internal */
#define JNY_ROW_AHEAD    0x08   /* speculative */
#define JNY_ROW_UNKNOWN  0x10   /* visitor 0 */

/* No reason: before the time window, within the lookback. */
#define JNY_ROW_CONTEXT  0x20

/* Of an entry of ids: a strand has said that this is a bot. */
#define JNY_ROW_SAID     0x40

#define JNY_SCAN_TUPLES  256   /* entries of a thread's tuple cache */

/* Columns whose dictionaries are translated. */
typedef enum {
    JNY_MAP_TOUCHPOINT,
    JNY_MAP_PAGE,
    JNY_MAP_HOST,
    JNY_MAP_REFERRER,
    JNY_MAP_CLICK,
    JNY_MAP_CURRENCY,
    JNY_MAP_SOURCE, /* JNY_TUPLE_PARTS of them */
    JNY_MAP_COUNT = JNY_MAP_SOURCE + JNY_TUPLE_PARTS
} jny_scan_map_e;

typedef struct {
    uint32_t  *ids;         /* by dictionary index */
    size_t     ids_cap;
    uint32_t  *index;       /* by row */
    size_t     index_cap;
} jny_scan_map_t;

typedef struct {
    uint32_t  parts[JNY_TUPLE_PARTS];
    uint32_t  id;                       /* 0 = free */
} jny_scan_tuple_t;

/* Source and medium that a click id stands for, by dictionary index. */
typedef struct {
    uint32_t  source;
    uint32_t  medium;
} jny_scan_click_t;


typedef struct {
    jny_inflater_t      *inf;
    jny_block_t          blk;
    uint64_t             at_ns;         /* for jny_progress_lap() */
    jny_matcher_t       *matcher;
    jny_names_scratch_t  scratch;

    /* Rows of the block in hand. */
    uint32_t   rows_cap;
    int64_t   *time_ms;
    uint32_t  *visitor;          /* index into the block's ids */
    uint16_t  *status;
    uint16_t  *row_flags;
    uint16_t  *flags;            /* JNY_EVENT_..., JNY_SCATTERED_... */
    uint8_t   *stage;
    uint8_t   *why;              /* JNY_ROW_... */
    uint64_t  *words;
    uint32_t  *latency_ms;
    uint32_t  *money_rows;       /* rows in the order table */
    uint32_t  *by;               /* provisional */
    uint64_t  *login;            /* 0 = none; where the block logs_in */
    uint32_t  *kept;             /* rows that count */
    uint32_t  *gathered;         /* the same, by visitor */
    uint64_t  *kind;             /* kind words (kinds.h) */
    uint16_t  *kind_id;
    uint32_t  *ends;             /* of each visitor's rows in kept */
    size_t     ends_cap;
    uint64_t  *ids;              /* the block's visitors */
    size_t     ids_cap;
    uint8_t   *id_why;           /* by entry of ids: JNY_ROW_... */
    size_t     id_why_cap;
    uint8_t   *stage_map;        /* by entry of the stage dictionary */
    size_t     stage_map_cap;
    uint8_t   *agent_bots;       /* the same by the block's agents */
    size_t     agent_bots_cap;

    jny_scan_map_t     maps[JNY_MAP_COUNT];
    jny_scan_map_t     by_map;
    jny_scan_click_t  *clicks;
    size_t             clicks_cap;
    int64_t           *rates_e9;       /* by currency of the block */
    size_t             rates_cap;
    jny_scan_tuple_t   tuples[JNY_SCAN_TUPLES];
    jny_kind_cache_t   kind_cache;

    jny_bots_t   *seen;

    jny_input_summary_t  sums;
    int64_t              from_ms;      /* of counted events */
    int64_t              to_ms;
    unsigned             by_found;     /* bits of custom fields */
    unsigned             logs_in:1;    /* block: has logins that join */
    unsigned             logins:1;     /* some block had */
    unsigned             partial:1;    /* block: rows outside or context */
    unsigned             ordered:1;    /* block: times never go back */
    unsigned             plain:1;      /* block: every row that counts has an
                                          entry, of one word */
} jny_scan_thread_t;

/* A column to break down by; its name is part of the plan's. */
typedef struct {
    const jny_field_t  *field;
    const char         *name;
    size_t              len;
    unsigned            bit;
} jny_scan_by_field_t;

typedef struct {
    jny_input_t            *in;
    const jny_plan_t       *plan;
    jny_progress_t         *progress;
    const jny_block_ref_t  *refs;
    uint32_t                nrefs;
    const jny_slice_t      *stages;
    unsigned                nstages;
    unsigned                goal_stage;   /* 1 + index, 0 = by selector */
    jny_scan_by_field_t     by[JNY_MAX_BY];
    unsigned                nby;
    int64_t                 context_ms;   /* rows from here on are read */
    unsigned                wide:1;       /* details are scattered */
    unsigned                selects:1;    /* some selector is matched */

    jny_names_t        *names;
    jny_streams_t      *streams;      /* of strands, by visitor */
    jny_kinds_t        *kinds;
    int64_t            *base_ms;      /* by block: where its times begin */
    uint64_t            wanted;       /* kind words that get an entry */
    jny_orders_t       *orders;
    jny_scan_thread_t  *threads;
} jny_scan_t;


/*
 * Allocates the threads' state; the fields above them are the caller's, set
 * before.  JNY_OK, JNY_ENOMEM.
 */
int jny_scan_init(jny_scan_t *scan);
void jny_scan_release(jny_scan_t *scan);

/* Reads every block.  JNY_OK, JNY_ENOMEM, JNY_EIO (the budget's diag). */
int jny_scan_run(jny_scan_t *scan);

/* Adds the threads' sums; *from_ms and *to_ms are 0 without events. */
void jny_scan_sum(const jny_scan_t *scan, jny_input_summary_t *sums,
                  int64_t *from_ms, int64_t *to_ms);


/* Between the files scan*.c; each works on the block in hand. */

/* scan_rows.c: times, flags, stages, who is left out. */
int jny_scan_rows(const jny_scan_t *scan, jny_scan_thread_t *t);

/* scan_detail.c: ids of what a detail holds, and of currencies in any case. */
int jny_scan_names(const jny_scan_t *scan, jny_scan_thread_t *t);
int jny_scan_detail(const jny_scan_t *scan, jny_scan_thread_t *t, uint32_t i,
                    jny_detail_t *d);

/*
 * scan_kinds.c: the kind of every row, in t->kind and t->kind_id; returns
 * whether all have a number.
 */
int jny_scan_kinds(const jny_scan_t *scan, jny_scan_thread_t *t);

/* scan_strands.c: the n rows of t->kept to the streams; init once before. */
void jny_scan_strands_init(jny_scan_t *scan);

/* The same: who is a bot, of those with a row in the period. */
int jny_scan_bots(const jny_scan_t *scan, jny_scan_thread_t *t,
                  unsigned thread, uint32_t block);
int jny_scan_strands(const jny_scan_t *scan, jny_scan_thread_t *t,
    unsigned thread, uint32_t block, uint32_t n);

/* The same: the visitor of a row; of a login without a visitor, its person. */
uint64_t jny_scan_visitor(const jny_scan_thread_t *t, uint32_t i);

/* scan_money.c: rows that name money or an order go to the order table. */
int jny_scan_money(const jny_scan_t *scan, jny_scan_thread_t *t,
                   unsigned thread, uint32_t block);

/* The same: currencies with a rate become the one that is counted in. */
int jny_scan_rates(const jny_scan_t *scan, jny_scan_thread_t *t);

/* scan_by.c: the ids of the --by columns. */
int jny_scan_by(const jny_scan_t *scan, jny_scan_thread_t *t);

/* Room for n entries in *array (contents not kept).  JNY_OK, JNY_ENOMEM. */
int jny_scan_room(void *array, size_t *cap, size_t n, size_t size);


#endif /* JNY_SCAN_H */
