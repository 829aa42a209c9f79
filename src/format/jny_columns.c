/*
 * jny_columns.c - rows to columns.
 *
 * A row is added in two steps: prepare looks everything up, makes room and
 * computes what the payload would become; commit writes and cannot fail.  So
 * a row is in the block whole or not at all, without anything to undo.
 *
 * Columns hold only what is not zero: memory beyond the rows written is zero
 * by contract, and a column nobody uses costs one comparison a row.
 */

#include "jny_columns.h"
#include "jny_mem.h"
#include "jny_shape.h"
#include "jny_wire.h"

#include <string.h>


#define JNY_COLUMNS_MIN  512     /* rows at first */
#define JNY_FEW_OBJECTS  4096    /* all that is no dictionary entry */
#define JNY_ENTRY_SIZE   5       /* the longest head of a packed string */
#define JNY_KEY_SIZE     (JNY_MAX_FIELD_NAME + 2 + JNY_ENTRY_SIZE)

/* A text of the row that is not empty: where it goes. */
typedef struct {
    jny_store_t      *store;     /* NULL for the agent */
    jny_intern_t     *dict;
    jny_intern_at_t   at;
} jny_prepared_text_t;

/* What one row becomes. */
typedef struct {
    uint64_t             number[JNY_NUMBER_COUNT];
    jny_prepared_text_t  texts[JNY_TEXT_COUNT + JNY_MAX_FIELDS + 1];
    unsigned             ntexts;
    uint32_t             agent;
    jny_idtab_at_t       visitor;
    jny_idtab_at_t       login;

    size_t               row_size;
    size_t               dict_size;
    uint32_t             nentries;
} jny_prepared_t;


/* Everything of the payload that does not grow with rows or texts. */
static size_t
jny_columns_fixed_size(const jny_log_info_t *info)
{
    size_t  size;

    /* top-level keys, heads, integers, entry 0 of the tables */
    size = 512 + info->edge.len;

    for (unsigned i = 0; i < info->nstages; i++) {
        size += info->stages[i].len + JNY_ENTRY_SIZE;
    }

    /* a key and a head in col, a key, a head and "" in dict */
    size += (JNY_NUMBER_COUNT + JNY_TEXT_COUNT + info->nfields)
            * (2 * (JNY_KEY_SIZE + JNY_ENTRY_SIZE) + 1);

    return size;
}


void
jny_columns_init(jny_columns_t *c, const jny_alloc_t *alloc,
    const jny_log_info_t *info)
{
    memset(c, 0, sizeof(*c));

    c->alloc = alloc;
    c->info = info;
    c->fixed_size = jny_columns_fixed_size(info);
    c->key.k0 = info->writer;
    c->key.k1 = ~info->writer * 0x9e3779b97f4a7c15ULL;

    for (unsigned i = 0; i < JNY_NUMBER_COUNT; i++) {
        c->number[i].wide = (i == JNY_NUMBER_TIME || i == JNY_NUMBER_VALUE);
    }

    for (unsigned i = 0; i < JNY_TEXT_COUNT; i++) {
        jny_intern_init(&c->dict[i], alloc, &c->key, JNY_MAX_TEXT);
    }

    for (unsigned i = 0; i < info->nfields; i++) {
        jny_intern_init(&c->field_dict[i], alloc, &c->key, JNY_MAX_TEXT);
    }

    jny_intern_init(&c->agents, alloc, &c->key, JNY_MAX_AGENT);
    jny_idtab_init(&c->ids, alloc, &c->key);
    jny_idtab_init(&c->logins, alloc, &c->key);
}


void
jny_columns_release(jny_columns_t *c)
{
    for (unsigned i = 0; i < JNY_NUMBER_COUNT; i++) {
        jny_mem_free(c->alloc, c->number[i].data);
    }

    for (unsigned i = 0; i < JNY_TEXT_COUNT; i++) {
        jny_mem_free(c->alloc, c->text[i].data);
        jny_intern_release(&c->dict[i]);
    }

    for (unsigned i = 0; i < c->info->nfields; i++) {
        jny_mem_free(c->alloc, c->field[i].data);
        jny_intern_release(&c->field_dict[i]);
    }

    jny_intern_release(&c->agents);
    jny_idtab_release(&c->ids);
    jny_idtab_release(&c->logins);

    jny_columns_init(c, c->alloc, c->info);
}


static void
jny_store_reset(jny_store_t *s, uint32_t n)
{
    if (s->width != 0) {
        memset(s->data, 0, n * (s->wide ? sizeof(uint64_t) : sizeof(uint32_t)));
    }

    s->limit = 0;
    s->width = 0;
}


void
jny_columns_cap(jny_columns_t *c, uint32_t max)
{
    static const jny_text_e  capped[] = {
        JNY_TEXT_SOURCE, JNY_TEXT_MEDIUM, JNY_TEXT_CAMPAIGN,
        JNY_TEXT_TERM, JNY_TEXT_CONTENT, JNY_TEXT_REFERRER
    };

    for (unsigned i = 0; i < sizeof(capped) / sizeof(capped[0]); i++) {
        c->dict[capped[i]].max = max;
    }

    for (unsigned i = 0; i < JNY_MAX_FIELDS; i++) {
        c->field_dict[i].max = max;
    }
}


void
jny_columns_reset(jny_columns_t *c)
{
    for (unsigned i = 0; i < JNY_NUMBER_COUNT; i++) {
        jny_store_reset(&c->number[i], c->n);
    }

    for (unsigned i = 0; i < JNY_TEXT_COUNT; i++) {
        jny_store_reset(&c->text[i], c->n);
        jny_intern_reset(&c->dict[i]);
    }

    for (unsigned i = 0; i < c->info->nfields; i++) {
        jny_store_reset(&c->field[i], c->n);
        jny_intern_reset(&c->field_dict[i]);
    }

    jny_intern_reset(&c->agents);
    jny_idtab_reset(&c->ids);
    jny_idtab_reset(&c->logins);

    c->n = 0;
    c->row_size = 0;
    c->dict_size = 0;
    c->nentries = 0;
    c->t0_ms = c->t_max_ms;
    c->t_min_ms = c->t_max_ms;
}


static int
jny_store_grow(const jny_columns_t *c, jny_store_t *s, uint32_t cap)
{
    size_t  size;

    if (s->data == NULL) {
        return JNY_OK;
    }

    size = s->wide ? sizeof(uint64_t) : sizeof(uint32_t);

    return jny_mem_grow(c->alloc, &s->data, c->n * size, cap, size);
}


/* Room for one more row in the columns that exist. */
static int
jny_columns_grow(jny_columns_t *c)
{
    int       rc;
    uint32_t  cap;

    cap = c->cap != 0 ? c->cap * 2 : JNY_COLUMNS_MIN;
    rc = JNY_OK;

    for (unsigned i = 0; rc == JNY_OK && i < JNY_NUMBER_COUNT; i++) {
        rc = jny_store_grow(c, &c->number[i], cap);
    }

    for (unsigned i = 0; rc == JNY_OK && i < JNY_TEXT_COUNT; i++) {
        rc = jny_store_grow(c, &c->text[i], cap);
    }

    for (unsigned i = 0; rc == JNY_OK && i < c->info->nfields; i++) {
        rc = jny_store_grow(c, &c->field[i], cap);
    }

    /* columns that grew before another could not are merely roomier */
    if (rc == JNY_OK) {
        c->cap = cap;
    }

    return rc;
}


/* The column exists, and its new width is counted. */
static int
jny_store_prepare(const jny_columns_t *c, jny_store_t *s, uint64_t v,
    jny_prepared_t *p)
{
    if (v <= s->limit) {
        return JNY_OK;
    }

    p->row_size += jny_width(v) - s->width;

    if (s->data == NULL) {
        s->data = jny_mem_zalloc(c->alloc, c->cap,
                                 s->wide ? sizeof(uint64_t) : sizeof(uint32_t));
        if (s->data == NULL) {
            return JNY_ENOMEM;
        }
    }

    return JNY_OK;
}


static inline void
jny_store_commit(jny_store_t *s, uint32_t row, uint64_t v)
{
    if (v == 0) {
        return;
    }

    if (v > s->limit) {
        s->width = jny_width(v);
        s->limit = jny_width_limit(s->width);
    }

    if (s->wide) {
        ((uint64_t *) s->data)[row] = v;

    } else {
        ((uint32_t *) s->data)[row] = (uint32_t) v;
    }
}


static int
jny_text_prepare(const jny_columns_t *c, jny_intern_t *dict, jny_store_t *s,
    jny_slice_t text, jny_prepared_t *p)
{
    int                   rc;
    jny_prepared_text_t  *t;

    static const jny_slice_t  other = {
        (const uint8_t *) JNY_OTHER, sizeof(JNY_OTHER) - 1
    };

    t = &p->texts[p->ntexts++];
    t->store = s;
    t->dict = dict;

    rc = jny_intern_find(dict, text, &t->at);
    if (rc != JNY_OK) {
        return rc;
    }

    /* entry 0 is no text, and "(other)" may be one more than max */

    if (t->at.len != 0 && dict->max != 0 && dict->n > dict->max) {
        rc = jny_intern_find(dict, other, &t->at);
        if (rc != JNY_OK) {
            return rc;
        }
    }

    if (t->at.len != 0) {
        p->dict_size += t->at.len + JNY_ENTRY_SIZE;
        p->nentries++;
    }

    return s != NULL ? jny_store_prepare(c, s, t->at.index, p) : JNY_OK;
}


static int
jny_texts_prepare(jny_columns_t *c, const jny_row_t *row, jny_prepared_t *p)
{
    int                 rc;
    const jny_slice_t  *text, *page;

    page = &row->text[JNY_TEXT_PAGE];

    for (unsigned i = 0; i < JNY_TEXT_COUNT; i++) {
        text = &row->text[i];

        if (text->len == 0
            || (i == JNY_TEXT_TOUCHPOINT && text->len == page->len
                && memcmp(text->data, page->data, text->len) == 0))
        {
            continue;
        }

        rc = jny_text_prepare(c, &c->dict[i], &c->text[i], *text, p);
        if (rc != JNY_OK) {
            return rc;
        }
    }

    for (unsigned i = 0; i < c->info->nfields; i++) {
        if (row->field[i].len == 0) {
            continue;
        }

        rc = jny_text_prepare(c, &c->field_dict[i], &c->field[i],
                              row->field[i], p);
        if (rc != JNY_OK) {
            return rc;
        }
    }

    p->agent = 0;

    if (c->info->agents && row->agent.len != 0) {
        rc = jny_text_prepare(c, &c->agents, NULL, row->agent, p);
        if (rc != JNY_OK) {
            return rc;
        }

        p->agent = p->texts[p->ntexts - 1].at.index;
    }

    return JNY_OK;
}


static int
jny_numbers_prepare(jny_columns_t *c, const jny_row_t *row, jny_prepared_t *p)
{
    int      rc;
    int64_t  last_ms;

    rc = jny_idtab_find(&c->ids, row->visitor, p->agent, &p->visitor);
    if (rc != JNY_OK) {
        return rc;
    }

    rc = jny_idtab_find(&c->logins, row->login, 0, &p->login);
    if (rc != JNY_OK) {
        return rc;
    }

    last_ms = c->n != 0 ? c->last_ms : row->time_ms;

    /* differences wrap, in the reader too: any two times are representable */
    p->number[JNY_NUMBER_TIME] =
        jny_zigzag((int64_t) ((uint64_t) row->time_ms - (uint64_t) last_ms));
    p->number[JNY_NUMBER_VISITOR] = p->visitor.index;
    p->number[JNY_NUMBER_LOGIN] = p->login.index;
    p->number[JNY_NUMBER_STATUS] = row->status;
    p->number[JNY_NUMBER_LATENCY] = row->latency_ms;
    p->number[JNY_NUMBER_VALUE] = jny_zigzag(row->value_e4);
    p->number[JNY_NUMBER_SCORE] = jny_zigzag(row->score_e2);
    p->number[JNY_NUMBER_FLAGS] = row->flags;
    p->number[JNY_NUMBER_ORIGIN] = c->origins ? row->origin : 0;

    for (unsigned i = 0; i < JNY_NUMBER_COUNT; i++) {
        rc = jny_store_prepare(c, &c->number[i], p->number[i], p);
        if (rc != JNY_OK) {
            return rc;
        }
    }

    return JNY_OK;
}


static size_t
jny_columns_bound(const jny_columns_t *c, size_t rows, size_t row_size,
    size_t dict_size, size_t nids, size_t nlogins)
{
    return c->fixed_size + rows * row_size + dict_size
           + nids * (sizeof(uint64_t) + sizeof(uint32_t))
           + nlogins * sizeof(uint64_t);
}


size_t
jny_columns_size(const jny_columns_t *c)
{
    return jny_columns_bound(c, c->n, c->row_size, c->dict_size, c->ids.n,
                             c->logins.n);
}


static void
jny_columns_commit(jny_columns_t *c, const jny_row_t *row,
    const jny_prepared_t *p)
{
    const jny_prepared_text_t  *t;

    for (unsigned i = 0; i < JNY_NUMBER_COUNT; i++) {
        jny_store_commit(&c->number[i], c->n, p->number[i]);
    }

    for (unsigned i = 0; i < p->ntexts; i++) {
        t = &p->texts[i];
        jny_intern_commit(t->dict, &t->at);

        if (t->store != NULL) {
            jny_store_commit(t->store, c->n, t->at.index);
        }
    }

    jny_idtab_commit(&c->ids, &p->visitor);
    jny_idtab_commit(&c->logins, &p->login);

    if (c->n == 0) {
        c->t0_ms = row->time_ms;
        c->t_min_ms = row->time_ms;
        c->t_max_ms = row->time_ms;

    } else if (row->time_ms < c->t_min_ms) {
        c->t_min_ms = row->time_ms;

    } else if (row->time_ms > c->t_max_ms) {
        c->t_max_ms = row->time_ms;
    }

    c->last_ms = row->time_ms;
    c->row_size = p->row_size;
    c->dict_size = p->dict_size;
    c->nentries = p->nentries;
    c->n++;
}


int
jny_columns_add(jny_columns_t *c, const jny_row_t *row)
{
    int             rc;
    jny_prepared_t  p;

    if (c->n == JNY_MAX_ROWS) {
        return JNY_ELIMIT;
    }

    if (c->n == c->cap) {
        rc = jny_columns_grow(c);
        if (rc != JNY_OK) {
            return rc;
        }
    }

    p.ntexts = 0;
    p.row_size = c->row_size;
    p.dict_size = c->dict_size;
    p.nentries = c->nentries;

    rc = jny_texts_prepare(c, row, &p);
    if (rc != JNY_OK) {
        return rc;
    }

    rc = jny_numbers_prepare(c, row, &p);
    if (rc != JNY_OK) {
        return rc;
    }

    if (p.nentries > JNY_MAX_OBJECTS - JNY_FEW_OBJECTS - c->spare_objects
        || jny_columns_bound(c, (size_t) c->n + 1, p.row_size, p.dict_size,
                             (size_t) c->ids.n + 1, (size_t) c->logins.n + 1)
           > JNY_MAX_PAYLOAD - c->spare_size)
    {
        return JNY_ELIMIT;
    }

    jny_columns_commit(c, row, &p);

    return JNY_OK;
}
