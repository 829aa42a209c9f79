/*
 * fuzz_spool.c - any bytes in a spool: refused, or its rows are read to the
 * end without leaving it, and it can be written on.
 *
 * The input are edits of a good spool; the crcs of its header and of the row
 * that was hit are made right again, or nothing behind them would be reached.
 */

#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <zlib.h>

#include "jny_spool.h"


#define FUZZ_SIZE  JNY_SPOOL_MIN_LEN
#define FUZZ_ROWS  4

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);


static void
fuzz_require(int condition)
{
    if (!condition) {
        abort();
    }
}


static jny_slice_t
fuzz_text(const char *s)
{
    jny_slice_t  text;

    text.data = (const uint8_t *) s;
    text.len = strlen(s);

    return text;
}


static void
fuzz_row(unsigned i, jny_row_t *row)
{
    memset(row, 0, sizeof(*row));
    row->time_ms = i;
    row->visitor = i;
    row->text[JNY_TEXT_PAGE] = fuzz_text("/page");
    row->text[JNY_TEXT_STAGE] = fuzz_text(i % 2 ? "stage" : "");
    row->field[0] = fuzz_text("f");
    row->agent = fuzz_text("agent");
}


static void
fuzz_good(jny_spool_t *sp)
{
    jny_row_t        row;
    jny_log_info_t   info;

    memset(&info, 0, sizeof(info));
    info.writer = 1;
    info.edge = fuzz_text("edge");
    info.stages[0] = fuzz_text("one");
    info.nstages = 1;
    info.fields[0] = fuzz_text("team");
    info.nfields = 1;
    info.agents = 1;
    info.level = 1;
    fuzz_require(jny_spool_init(sp, FUZZ_SIZE, &info) == JNY_OK);

    for (unsigned i = 0; i < FUZZ_ROWS; i++) {
        fuzz_row(i, &row);
        fuzz_require(jny_spool_add(sp, &row) == JNY_OK);
    }
}


/* The crc of the header (docs/FORMAT.md, 5). */
static void
fuzz_seal_header(uint8_t *sp)
{
    uint32_t  crc, info_len;

    memcpy(&info_len, sp + 12, sizeof(info_len));

    if (info_len <= 3840) {
        crc = (uint32_t) crc32(0, sp, 36);
        crc = (uint32_t) crc32(crc, sp + 256, info_len);
        memcpy(sp + 36, &crc, sizeof(crc));
    }
}


/* The sums of the rows (5.1), as far as their lengths lead. */
static void
fuzz_seal_rows(uint8_t *sp)
{
    size_t    at;
    uint32_t  len, sum;
    uint64_t  h, word;

    for (at = JNY_SPOOL_HEADER_LEN; at + 64 < FUZZ_SIZE; at += len) {
        memcpy(&len, sp + at, sizeof(len));

        if (len < 64 || len > FUZZ_SIZE - at || len % 8 != 0) {
            break;
        }

        h = len - 8;

        for (size_t i = 8; i < len; i += 8) {
            memcpy(&word, sp + at + i, sizeof(word));
            h = ((h << 23 | h >> 41) ^ word) * UINT64_C(0x9e3779b97f4a7c15);
        }

        sum = (uint32_t) (h ^ h >> 32);
        memcpy(sp + at + 4, &sum, sizeof(sum));
    }
}


static void
fuzz_inside(const uint8_t *sp, jny_slice_t s)
{
    fuzz_require(s.len == 0
                 || (s.data >= sp && s.data + s.len <= sp + FUZZ_SIZE));
}


static void
fuzz_read(uint8_t *bytes)
{
    uint64_t            pos, before;
    jny_row_t           row;
    jny_spool_t        *sp;
    jny_log_info_t      info;
    jny_spool_state_t   st;
    jny_spool_flight_t  f;

    sp = (jny_spool_t *) bytes;

    if (jny_spool_open(sp, FUZZ_SIZE, &st, &info, NULL) != JNY_OK) {
        return;
    }

    fuzz_inside(bytes, info.edge);

    for (unsigned i = 0; i < info.nstages; i++) {
        fuzz_inside(bytes, info.stages[i]);
    }

    for (unsigned i = 0; i < info.nfields; i++) {
        fuzz_inside(bytes, info.fields[i]);
    }

    fuzz_require(st.used <= FUZZ_SIZE - JNY_SPOOL_HEADER_LEN);
    pos = 0;

    for (before = 0; jny_spool_next(sp, &pos, &row) == JNY_OK; before = pos) {
        fuzz_require(pos > before && pos < ((uint64_t) 2 << 32));
        fuzz_inside(bytes, row.agent);

        for (unsigned k = 0; k < JNY_TEXT_COUNT; k++) {
            fuzz_inside(bytes, row.text[k]);
        }

        for (unsigned k = 0; k < JNY_MAX_FIELDS; k++) {
            fuzz_inside(bytes, row.field[k]);
        }
    }

    fuzz_row(9, &row);
    (void) jny_spool_add(sp, &row);
    (void) jny_spool_flight(sp, &f);
    jny_spool_state(sp, &st);
    jny_spool_release(sp, pos, (uint32_t) st.rows);
    jny_spool_state(sp, &st);
    fuzz_require(jny_spool_open(sp, FUZZ_SIZE, &st, &info, NULL) == JNY_OK);

    jny_spool_end(sp, 0);
    fuzz_require(jny_spool_open(sp, FUZZ_SIZE, &st, &info, NULL) == JNY_OK);
    fuzz_require(st.final && st.rows == 0 && st.used == 0);
}


int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    size_t    at;
    uint8_t  *sp;

    if (size == 0) {
        return 0;
    }

    sp = calloc(1, FUZZ_SIZE);
    fuzz_good((jny_spool_t *) sp);

    for (size_t i = 1; i + 2 < size; i += 3) {
        at = data[i] | (size_t) data[i + 1] << 8;
        sp[at % (JNY_SPOOL_HEADER_LEN + 1024)] = data[i + 2];
    }

    if (data[0] & 1) {
        fuzz_seal_header(sp);
    }

    if (data[0] & 2) {
        fuzz_seal_rows(sp);
    }

    fuzz_read(sp);
    free(sp);

    return 0;
}
