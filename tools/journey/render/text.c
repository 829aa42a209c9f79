/*
 * text.c - figures and tables for people.  Widths are counted in code points:
 * wcwidth() depends on a locale and its tables on the libc; a wide character
 * that leaves a table one column off is the lesser evil.
 */

#include "render/text.h"

#include <assert.h>
#include <inttypes.h>
#include <math.h>
#include <stdio.h>
#include <string.h>
#include <time.h>

#include "base/utf8.h"


#define JNY_TEXT_GAP "  "
#define JNY_TEXT_CUT "\xe2\x80\xa6" /* "…" */
#define JNY_TEXT_SECOND INT64_C(1000)
#define JNY_TEXT_MINUTE (60 * JNY_TEXT_SECOND)
#define JNY_TEXT_HOUR (60 * JNY_TEXT_MINUTE)
#define JNY_TEXT_DAY (24 * JNY_TEXT_HOUR)


static int jny_text_unsafe(uint32_t c);


/*
 * A code point that does not fit is only cut once it is known that it does
 * not: the buffer is taken back to where the mark still fits.
 */

void
jny_text_slice(jny_buf_t *b, jny_slice_t s, unsigned max)
{
    char      text[16];
    size_t    i, n, len, cut;
    unsigned  width, w;
    uint32_t  c;

    width = 0;
    cut = b->len;

    for (i = 0; i < s.len; i += n) {
        n = jny_utf8_next(s.data + i, s.len - i, &c);

        if (n == 0 || jny_text_unsafe(c)) {
            n = n ? n : 1;
            len = 0;

            for (size_t k = 0; k < n; k++) {
                len += snprintf(text + len, sizeof(text) - len, "%%%02X",
                                s.data[i + k]);
            }

            w = len;

        } else {
            memcpy(text, s.data + i, n);
            len = n;
            w = 1;
        }

        if (max > 0 && width + w > max) {
            if (!b->failed) {
                b->len = cut;
            }

            jny_buf_str(b, JNY_TEXT_CUT);
            return;
        }

        jny_buf_add(b, text, len);
        width += w;

        if (width < max) {
            cut = b->len;
        }
    }
}


/*
 * Controls move the cursor and start escape sequences; format characters
 * (zero width, direction overrides, tags) make one text look like another.
 */

static int
jny_text_unsafe(uint32_t c)
{
    return c < 0x20 || (c >= 0x7f && c < 0xa0) || c == 0xad || c == 0x61c
           || (c >= 0x200b && c <= 0x200f) || (c >= 0x2028 && c <= 0x202e)
           || (c >= 0x2060 && c <= 0x206f) || c == 0xfeff
           || (c >= 0xfff9 && c <= 0xfffb) || (c >= 0xe0000 && c <= 0xe007f);
}


void
jny_text_count(jny_buf_t *b, uint64_t v)
{
    int   n;
    char  digits[24];

    n = snprintf(digits, sizeof(digits), "%" PRIu64, v);

    for (int i = 0; i < n; i++) {
        if (i > 0 && (n - i) % 3 == 0) {
            jny_buf_char(b, ',');
        }

        jny_buf_char(b, digits[i]);
    }
}


void
jny_text_signed(jny_buf_t *b, int64_t v)
{
    if (v < 0) {
        jny_buf_char(b, '-');
    }

    jny_text_count(b, v < 0 ? -(uint64_t) v : (uint64_t) v);
}


void
jny_text_percent(jny_buf_t *b, double ratio)
{
    if (!isfinite(ratio)) {
        jny_buf_char(b, '-');
        return;
    }

    jny_buf_printf(b, "%.1f%%", 100 * ratio);
}


void
jny_text_ratio(jny_buf_t *b, uint64_t k, uint64_t n)
{
    jny_text_percent(b, n ? (double) k / (double) n : NAN);
}


/* The two largest units that matter. */

void
jny_text_duration(jny_buf_t *b, int64_t ms)
{
    uint64_t  v;

    v = ms < 0 ? -(uint64_t) ms : (uint64_t) ms;

    if (ms < 0) {
        jny_buf_char(b, '-');
    }

    if (v < (uint64_t) JNY_TEXT_SECOND) {
        jny_buf_printf(b, "%" PRIu64 "ms", v);

    } else if (v < (uint64_t) JNY_TEXT_MINUTE) {
        jny_buf_printf(b, "%" PRIu64, v / JNY_TEXT_SECOND);

        if (v < 10 * JNY_TEXT_SECOND && v % JNY_TEXT_SECOND >= 100) {
            jny_buf_printf(b, ".%" PRIu64, v % JNY_TEXT_SECOND / 100);
        }

        jny_buf_char(b, 's');

    } else if (v < (uint64_t) JNY_TEXT_HOUR) {
        jny_buf_printf(b, "%" PRIu64 "m %" PRIu64 "s", v / JNY_TEXT_MINUTE,
                       v % JNY_TEXT_MINUTE / JNY_TEXT_SECOND);

    } else if (v < (uint64_t) JNY_TEXT_DAY) {
        jny_buf_printf(b, "%" PRIu64 "h %" PRIu64 "m", v / JNY_TEXT_HOUR,
                       v % JNY_TEXT_HOUR / JNY_TEXT_MINUTE);

    } else {
        jny_text_count(b, v / JNY_TEXT_DAY);
        jny_buf_printf(b, "d %" PRIu64 "h", v % JNY_TEXT_DAY / JNY_TEXT_HOUR);
    }
}


/* Cents, and the two digits behind them only where there are any. */

void
jny_text_money(jny_buf_t *b, int64_t value_e4)
{
    unsigned  fraction;
    uint64_t  v;

    v = value_e4 < 0 ? -(uint64_t) value_e4 : (uint64_t) value_e4;
    fraction = v % 10000;

    if (value_e4 < 0) {
        jny_buf_char(b, '-');
    }

    jny_text_count(b, v / 10000);

    if (fraction % 100 == 0) {
        jny_buf_printf(b, ".%02u", fraction / 100);

    } else {
        jny_buf_printf(b, ".%04u", fraction);
    }
}


void
jny_text_bytes(jny_buf_t *b, uint64_t n)
{
    double             v;
    unsigned           i;
    static const char  units[] = "kMGTPE";

    if (n < 1000) {
        jny_buf_printf(b, "%" PRIu64 " B", n);
        return;
    }

    v = (double) n / 1000;

    for (i = 0; v >= 999.95; i++) {
        v /= 1000;
    }

    jny_buf_printf(b, "%.1f %cB", v, units[i]);
}


/* 2^63 ms are 292 million years: struct tm holds any of them. */

void
jny_text_time(jny_buf_t *b, int64_t ms)
{
    char       text[64];
    time_t     sec;
    struct tm  tm;

    sec = ms / 1000 - (ms % 1000 < 0);

    localtime_r(&sec, &tm);
    strftime(text, sizeof(text), "%Y-%m-%d %H:%M:%S", &tm);
    jny_buf_str(b, text);
}


unsigned
jny_text_width(const char *p, size_t n)
{
    size_t    len;
    unsigned  width;
    uint32_t  c;

    for (width = 0; n > 0; width++) {
        len = jny_utf8_next((const uint8_t *) p, n, &c);
        len = len ? len : 1;
        p += len;
        n -= len;
    }

    return width;
}


void
jny_table_init(jny_table_t *t)
{
    memset(t, 0, sizeof(*t));
    jny_buf_init(&t->text);
}


void
jny_table_release(jny_table_t *t)
{
    jny_buf_release(&t->text);
}


void
jny_table_column(jny_table_t *t, const char *head, jny_align_e align,
    unsigned max)
{
    assert(t->ncolumns < JNY_TABLE_MAX_COLUMNS && t->ncells == 0);

    t->heads[t->ncolumns] = head;
    t->align[t->ncolumns] = align;
    t->max[t->ncolumns] = max;
    t->ncolumns++;
}


static void
jny_table_cell_end(jny_table_t *t)
{
    jny_buf_char(&t->text, '\0');
    t->ncells++;
}


void
jny_table_slice(jny_table_t *t, jny_slice_t s)
{
    jny_text_slice(&t->text, s, t->max[t->ncells % t->ncolumns]);
    jny_table_cell_end(t);
}


void
jny_table_str(jny_table_t *t, const char *s)
{
    jny_buf_str(&t->text, s);
    jny_table_cell_end(t);
}


void
jny_table_cell(jny_table_t *t, jny_buf_t *b)
{
    if (b->failed) {
        t->text.failed = 1;
    }

    jny_table_str(t, b->len > 0 ? b->data : "");
    jny_buf_reset(b);
}


void
jny_table_count(jny_table_t *t, uint64_t v)
{
    jny_text_count(&t->text, v);
    jny_table_cell_end(t);
}


void
jny_table_percent(jny_table_t *t, double ratio)
{
    jny_text_percent(&t->text, ratio);
    jny_table_cell_end(t);
}


void
jny_table_ratio(jny_table_t *t, uint64_t k, uint64_t n)
{
    jny_text_ratio(&t->text, k, n);
    jny_table_cell_end(t);
}


void
jny_table_duration(jny_table_t *t, int64_t ms)
{
    jny_text_duration(&t->text, ms);
    jny_table_cell_end(t);
}


void
jny_table_money(jny_table_t *t, int64_t value_e4)
{
    jny_text_money(&t->text, value_e4);
    jny_table_cell_end(t);
}


static void
jny_table_widths(const jny_table_t *t, unsigned *widths)
{
    size_t       len;
    unsigned     w;
    const char  *p;

    for (unsigned c = 0; c < t->ncolumns; c++) {
        widths[c] = jny_text_width(t->heads[c], strlen(t->heads[c]));
    }

    p = t->text.data;

    for (size_t i = 0; i < t->ncells; i++) {
        len = strlen(p);
        w = jny_text_width(p, len);

        if (w > widths[i % t->ncolumns]) {
            widths[i % t->ncolumns] = w;
        }

        p += len + 1;
    }
}


/* No blanks at line ends: they show up in every diff of a golden file. */

static void
jny_table_put(const jny_table_t *t, jny_buf_t *out, unsigned c,
    const char *cell, unsigned width)
{
    size_t    len;
    unsigned  pad;

    len = strlen(cell);
    pad = width - jny_text_width(cell, len);

    jny_buf_str(out, JNY_TEXT_GAP);

    for (; t->align[c] == JNY_RIGHT && pad > 0; pad--) {
        jny_buf_char(out, ' ');
    }

    jny_buf_add(out, cell, len);

    if (c + 1 < t->ncolumns) {
        for (; pad > 0; pad--) {
            jny_buf_char(out, ' ');
        }

        return;
    }

    while (!out->failed && out->len > 0 && out->data[out->len - 1] == ' ') {
        out->len--;
    }

    jny_buf_char(out, '\n');
}


void
jny_table_print(jny_table_t *t, jny_buf_t *out)
{
    unsigned     c, widths[JNY_TABLE_MAX_COLUMNS];
    const char  *p;

    if (t->text.failed) {
        out->failed = 1;
        return;
    }

    assert(t->ncells % t->ncolumns == 0);

    jny_table_widths(t, widths);

    for (c = 0; c < t->ncolumns; c++) {
        jny_table_put(t, out, c, t->heads[c], widths[c]);
    }

    p = t->text.data;

    for (size_t i = 0; i < t->ncells; i++) {
        c = i % t->ncolumns;
        jny_table_put(t, out, c, p, widths[c]);
        p += strlen(p) + 1;
    }
}
