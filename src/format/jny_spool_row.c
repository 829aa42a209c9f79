/*
 * jny_spool_row.c - rows as bytes, written on the request path: one pass for
 * the size, one to copy, one for the crc.
 *
 * Texts are kept as they came, only shorter: cleaning them is left to the
 * encoder.  A few bytes more than it can use are kept, so that it sees whole
 * the character it will cut away.
 */

#include "jny_spool_row.h"

#include <string.h>
#include <zlib.h>


#define JNY_SPOOL_SPARE   4      /* the longest UTF-8 character */
#define JNY_SPOOL_TEXTS   (JNY_TEXT_COUNT + 1 + JNY_MAX_FIELDS)
#define JNY_SPOOL_CRC_AT  8      /* what the crc covers begins here */

typedef struct {
    uint32_t  len;
    uint32_t  crc;
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


/* Text i of a row, as much of it as is kept. */
static jny_slice_t
jny_spool_row_text(const jny_row_t *row, unsigned agents, unsigned i)
{
    size_t       max;
    jny_slice_t  s;

    max = JNY_MAX_TEXT + JNY_SPOOL_SPARE;

    if (i < JNY_TEXT_COUNT) {
        s = row->text[i];

    } else if (i > JNY_TEXT_COUNT) {
        s = row->field[i - JNY_TEXT_COUNT - 1];

    } else {
        s = row->agent;
        max = agents ? JNY_MAX_AGENT + JNY_SPOOL_SPARE : 0;
    }

    if (s.len > max) {
        s.len = max;
    }

    return s;
}


size_t
jny_spool_row_size(const jny_row_t *row, unsigned agents)
{
    size_t       size;
    jny_slice_t  s;

    size = sizeof(jny_spool_row_t);

    for (unsigned i = 0; i < JNY_SPOOL_TEXTS; i++) {
        s = jny_spool_row_text(row, agents, i);

        if (s.len != 0) {
            size += sizeof(uint16_t) + s.len;
        }
    }

    return (size + 7) & ~(size_t) 7;
}


void
jny_spool_row_put(const jny_row_t *row, unsigned agents, uint8_t *out,
    size_t size)
{
    uint8_t          *lengths, *text;
    unsigned          n;
    uint16_t          len;
    jny_slice_t       s;
    jny_spool_row_t   head;

    head.len = (uint32_t) size;
    head.crc = 0;
    head.time_ms = row->time_ms;
    head.visitor = row->visitor;
    head.login = row->login;
    head.value_e4 = row->value_e4;
    head.status = row->status;
    head.latency_ms = row->latency_ms;
    head.flags = row->flags;
    head.score_e2 = row->score_e2;
    head.present = 0;

    n = 0;

    for (unsigned i = 0; i < JNY_SPOOL_TEXTS; i++) {
        if (jny_spool_row_text(row, agents, i).len != 0) {
            head.present |= (uint64_t) 1 << i;
            n++;
        }
    }

    lengths = out + sizeof(head);
    text = lengths + n * sizeof(len);

    for (unsigned i = 0; i < JNY_SPOOL_TEXTS; i++) {
        if (!(head.present >> i & 1)) {
            continue;
        }

        s = jny_spool_row_text(row, agents, i);
        len = (uint16_t) s.len;

        memcpy(lengths, &len, sizeof(len));
        lengths += sizeof(len);
        memcpy(text, s.data, s.len);
        text += s.len;
    }

    memset(text, 0, (size_t) (out + size - text));

    memcpy(out, &head, sizeof(head));
    head.crc = (uint32_t) crc32(0, out + JNY_SPOOL_CRC_AT,
                                (uInt) (size - JNY_SPOOL_CRC_AT));
    memcpy(out, &head, JNY_SPOOL_CRC_AT);
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
jny_spool_row_texts(const uint8_t *p, size_t size, uint64_t present,
    jny_row_t *row)
{
    unsigned      n;
    uint16_t      len;
    size_t        at, text;
    jny_slice_t  *s;

    n = 0;

    for (unsigned i = 0; i < JNY_SPOOL_TEXTS; i++) {
        n += present >> i & 1;
    }

    at = sizeof(jny_spool_row_t);
    text = at + n * sizeof(len);

    if (present >> JNY_SPOOL_TEXTS != 0 || text > size) {
        return 0;
    }

    for (unsigned i = 0; i < JNY_SPOOL_TEXTS; i++) {
        if (!(present >> i & 1)) {
            continue;
        }

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
        || head.crc != (uint32_t) crc32(0, bytes.data + JNY_SPOOL_CRC_AT,
                                        head.len - JNY_SPOOL_CRC_AT))
    {
        return 0;
    }

    jny_spool_row_head(&head, row);

    return jny_spool_row_texts(bytes.data, head.len, head.present, row)
               ? head.len : 0;
}
