/*
 * jny_spool_row.c - rows as bytes, written on the request path: one pass to
 * find the texts and the size, one to copy, one for the sum.
 *
 * Texts are kept as they came, only shorter: cleaning them is left to the
 * encoder.  A few bytes more than it can use are kept, so that it sees whole
 * the character it will cut away.
 */

#include "jny_spool_row.h"

#include <string.h>


#define JNY_SPOOL_SPARE   4      /* the longest UTF-8 character */
#define JNY_SPOOL_SUM_AT  8      /* what the sum covers begins here */

typedef struct {
    uint32_t  len;
    uint32_t  sum;
    int64_t   time_ms;
    uint64_t  visitor;
    uint64_t  login;
    int64_t   value_e4;
    uint32_t  status;
    uint32_t  latency_ms;
    uint32_t  flags;
    int32_t   score_e2;
    uint64_t  present;     /* bit i: text i; the agent; the fields */
} jny_spool_row_t;


/*
 * A row is seen only when it is complete, so the sum has to find memory that
 * was scribbled over, not a liar: a multiply for each 8 bytes, where CRC-32
 * took most of the time of a row.  Each step is a bijection, so no change
 * within one word goes unseen before the two halves are folded.
 */
static uint32_t
jny_spool_row_sum(const uint8_t *p, size_t len)
{
    size_t    i;
    uint64_t  h, word;

    h = len;

    for (i = 0; i < len; i += sizeof(word)) {
        memcpy(&word, p + i, sizeof(word));
        h = ((h << 23 | h >> 41) ^ word) * UINT64_C(0x9e3779b97f4a7c15);
    }

    return (uint32_t) (h ^ h >> 32);
}


static inline void
jny_spool_row_text(jny_spool_texts_t *t, unsigned i, jny_slice_t s, size_t max)
{
    if (s.len == 0) {
        return;
    }

    if (s.len > max) {
        s.len = max;
    }

    t->text[t->n++] = s;
    t->present |= (uint64_t) 1 << i;
    t->size += sizeof(uint16_t) + s.len;
}


void
jny_spool_row_texts(const jny_row_t *row, unsigned agents,
    jny_spool_texts_t *t)
{
    unsigned  i;

    t->n = 0;
    t->present = 0;
    t->size = sizeof(jny_spool_row_t);

    for (i = 0; i < JNY_TEXT_COUNT; i++) {
        jny_spool_row_text(t, i, row->text[i], JNY_MAX_TEXT + JNY_SPOOL_SPARE);
    }

    if (agents) {
        jny_spool_row_text(t, i, row->agent, JNY_MAX_AGENT + JNY_SPOOL_SPARE);
    }

    for (i = 0; i < JNY_MAX_FIELDS; i++) {
        jny_spool_row_text(t, JNY_TEXT_COUNT + 1 + i, row->field[i],
                           JNY_MAX_TEXT + JNY_SPOOL_SPARE);
    }

    t->size = (t->size + 7) & ~(size_t) 7;
}


void
jny_spool_row_put(const jny_row_t *row, const jny_spool_texts_t *t,
    uint8_t *out)
{
    uint8_t          *lengths, *text;
    uint16_t          len;
    jny_spool_row_t   head;

    head.len = (uint32_t) t->size;
    head.sum = 0;
    head.time_ms = row->time_ms;
    head.visitor = row->visitor;
    head.login = row->login;
    head.value_e4 = row->value_e4;
    head.status = row->status;
    head.latency_ms = row->latency_ms;
    head.flags = row->flags;
    head.score_e2 = row->score_e2;
    head.present = t->present;

    lengths = out + sizeof(head);
    text = lengths + t->n * sizeof(len);

    for (unsigned i = 0; i < t->n; i++) {
        len = (uint16_t) t->text[i].len;

        memcpy(lengths, &len, sizeof(len));
        lengths += sizeof(len);
        memcpy(text, t->text[i].data, len);
        text += len;
    }

    while (text < out + t->size) {
        *text++ = 0;
    }

    memcpy(out, &head, sizeof(head));
    head.sum = jny_spool_row_sum(out + JNY_SPOOL_SUM_AT,
                                 t->size - JNY_SPOOL_SUM_AT);
    memcpy(out, &head, JNY_SPOOL_SUM_AT);
}


static void
jny_spool_row_head(const jny_spool_row_t *head, jny_row_t *row)
{
    memset(row, 0, sizeof(*row));
    row->time_ms = head->time_ms;
    row->visitor = head->visitor;
    row->login = head->login;
    row->value_e4 = head->value_e4;
    row->status = head->status;
    row->latency_ms = head->latency_ms;
    row->flags = head->flags;
    row->score_e2 = head->score_e2;
}


/* The texts behind the head; 0 when they do not fit into size bytes. */
static int
jny_spool_row_lend(const uint8_t *p, size_t size, uint64_t present,
    jny_row_t *row)
{
    unsigned      i;
    uint16_t      len;
    size_t        at, text;
    jny_slice_t  *s;

    at = sizeof(jny_spool_row_t);
    text = at + (size_t) __builtin_popcountll(present) * sizeof(len);

    if (present >> JNY_SPOOL_TEXTS != 0 || text > size) {
        return 0;
    }

    for (/* void */; present != 0; present &= present - 1) {
        i = (unsigned) __builtin_ctzll(present);

        memcpy(&len, p + at, sizeof(len));
        at += sizeof(len);

        if (len > size - text) {
            return 0;
        }

        s = i < JNY_TEXT_COUNT    ? &row->text[i]
            : i == JNY_TEXT_COUNT ? &row->agent
                                  : &row->field[i - JNY_TEXT_COUNT - 1];
        s->data = p + text;
        s->len = len;
        text += len;
    }

    return 1;
}


size_t
jny_spool_row_get(jny_slice_t bytes, jny_row_t *row)
{
    jny_spool_row_t  head;

    if (bytes.len < sizeof(head)) {
        return 0;
    }

    memcpy(&head, bytes.data, sizeof(head));

    if (head.len < sizeof(head) || head.len > bytes.len || head.len % 8 != 0
        || head.sum != jny_spool_row_sum(bytes.data + JNY_SPOOL_SUM_AT,
                                         head.len - JNY_SPOOL_SUM_AT))
    {
        return 0;
    }

    jny_spool_row_head(&head, row);

    return jny_spool_row_lend(bytes.data, head.len, head.present, row)
               ? head.len : 0;
}
