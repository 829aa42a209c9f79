/*
 * json.c - a writer, no document in memory: every call appends.  used[] holds
 * per depth whether a comma is due, or whether a key waits for its value.
 *
 * Beyond what RFC 8259 asks, DEL, the C1 controls, U+2028/2029 and what turns
 * the direction of writing are escaped: the same bytes are shown on terminals
 * and stand inside <script>.
 */

#include "render/json.h"

#include <assert.h>
#include <inttypes.h>
#include <math.h>
#include <stdio.h>
#include <string.h>
#include <time.h>

#include "base/utf8.h"


#define JNY_JSON_EMPTY 0
#define JNY_JSON_FULL 1
#define JNY_JSON_KEY 2


static void jny_json_text(jny_json_t *js, jny_slice_t s);
static void jny_json_begin(jny_json_t *js, const char *key);
static void jny_json_open(jny_json_t *js, const char *key, char bracket);
static void jny_json_close(jny_json_t *js, char bracket);


void
jny_json_init(jny_json_t *js, jny_buf_t *out, unsigned indent)
{
    memset(js, 0, sizeof(*js));
    js->out = out;
    js->indent = indent;
}


void
jny_json_object(jny_json_t *js, const char *key)
{
    jny_json_open(js, key, '{');
}


void
jny_json_object_end(jny_json_t *js)
{
    jny_json_close(js, '}');
}


void
jny_json_array(jny_json_t *js, const char *key)
{
    jny_json_open(js, key, '[');
}


void
jny_json_array_end(jny_json_t *js)
{
    jny_json_close(js, ']');
}


void
jny_json_string(jny_json_t *js, const char *key, const char *s)
{
    jny_slice_t  text;

    text.data = (const uint8_t *) s;
    text.len = strlen(s);

    jny_json_slice(js, key, text);
}


void
jny_json_slice(jny_json_t *js, const char *key, jny_slice_t s)
{
    jny_json_begin(js, key);
    jny_json_text(js, s);
}


void
jny_json_slice_key(jny_json_t *js, jny_slice_t key)
{
    jny_json_begin(js, NULL);
    jny_json_text(js, key);
    jny_buf_str(js->out, js->indent ? ": " : ":");
    js->used[js->depth] = JNY_JSON_KEY;
}


void
jny_json_uint(jny_json_t *js, const char *key, uint64_t v)
{
    jny_json_begin(js, key);
    jny_buf_printf(js->out, "%" PRIu64, v);
}


void
jny_json_int(jny_json_t *js, const char *key, int64_t v)
{
    jny_json_begin(js, key);
    jny_buf_printf(js->out, "%" PRId64, v);
}


void
jny_json_number(jny_json_t *js, const char *key, double v, int digits)
{
    int   n;
    char  text[400];

    if (!isfinite(v)) {
        jny_json_null(js, key);
        return;
    }

    n = snprintf(text, sizeof(text), "%.*f", digits, v);

    if (memchr(text, '.', n) != NULL) {
        while (text[n - 1] == '0') {
            n--;
        }

        if (text[n - 1] == '.') {
            n--;
        }
    }

    jny_json_begin(js, key);

    if (n == 2 && text[0] == '-' && text[1] == '0') {
        jny_buf_char(js->out, '0');
        return;
    }

    jny_buf_add(js->out, text, n);
}


/* In integers: a double holds 2^53, sums of money go beyond. */

void
jny_json_money(jny_json_t *js, const char *key, int64_t value_e4)
{
    unsigned  fraction, width;
    uint64_t  v;

    v = value_e4 < 0 ? -(uint64_t) value_e4 : (uint64_t) value_e4;
    fraction = v % 10000;

    jny_json_begin(js, key);
    jny_buf_printf(js->out, "%s%" PRIu64, value_e4 < 0 ? "-" : "", v / 10000);

    if (fraction == 0) {
        return;
    }

    for (width = 4; fraction % 10 == 0; width--) {
        fraction /= 10;
    }

    jny_buf_printf(js->out, ".%0*u", (int) width, fraction);
}


void
jny_json_time(jny_json_t *js, const char *key, int64_t ms)
{
    int        rest_ms;
    char       text[48];
    time_t     sec;
    struct tm  tm;

    sec = ms / 1000;
    rest_ms = ms % 1000;

    if (rest_ms < 0) {
        rest_ms += 1000;
        sec--;
    }

    if (gmtime_r(&sec, &tm) == NULL || tm.tm_year < -1900
        || tm.tm_year > 9999 - 1900)
    {
        /* RFC 3339 has no words for it */
        jny_json_null(js, key);
        return;
    }

    strftime(text, sizeof(text), "%Y-%m-%dT%H:%M:%S", &tm);

    jny_json_begin(js, key);
    jny_buf_printf(js->out, "\"%s.%03dZ\"", text, rest_ms);
}


void
jny_json_bool(jny_json_t *js, const char *key, int v)
{
    jny_json_begin(js, key);
    jny_buf_str(js->out, v ? "true" : "false");
}


void
jny_json_null(jny_json_t *js, const char *key)
{
    jny_json_begin(js, key);
    jny_buf_str(js->out, "null");
}


static void
jny_json_line(jny_json_t *js)
{
    if (js->indent == 0) {
        return;
    }

    jny_buf_char(js->out, '\n');

    for (unsigned i = 0; i < js->depth * js->indent; i++) {
        jny_buf_char(js->out, ' ');
    }
}


/* Whatever stands before a value: comma, line, key. */

static void
jny_json_begin(jny_json_t *js, const char *key)
{
    uint8_t  *used;

    used = &js->used[js->depth];

    if (*used == JNY_JSON_KEY) {
        *used = JNY_JSON_FULL;
        return;
    }

    if (js->depth > 0) {
        if (*used == JNY_JSON_FULL) {
            jny_buf_char(js->out, ',');
        }

        jny_json_line(js);
    }

    *used = JNY_JSON_FULL;

    if (key != NULL) {
        jny_slice_t  text;

        text.data = (const uint8_t *) key;
        text.len = strlen(key);

        jny_json_text(js, text);
        jny_buf_str(js->out, js->indent ? ": " : ":");
    }
}


static void
jny_json_open(jny_json_t *js, const char *key, char bracket)
{
    jny_json_begin(js, key);
    jny_buf_char(js->out, bracket);

    assert(js->depth + 1 < JNY_JSON_MAX_DEPTH);
    js->used[++js->depth] = JNY_JSON_EMPTY;
}


/* A document ends its line: what follows is the next one (NDJSON). */

static void
jny_json_close(jny_json_t *js, char bracket)
{
    int  full;

    assert(js->depth > 0);

    full = js->used[js->depth] != JNY_JSON_EMPTY;
    js->depth--;

    if (full) {
        jny_json_line(js);
    }

    jny_buf_char(js->out, bracket);

    if (js->depth == 0) {
        jny_buf_char(js->out, '\n');
    }
}


static int
jny_json_escaped(uint32_t c)
{
    return c < 0x20 || c == '"' || c == '\\' || c == '<' || c == '>'
           || c == '&' || (c >= 0x7f && c < 0xa0)
           || (c >= 0x2028 && c <= 0x202e) || (c >= 0x2066 && c <= 0x2069);
}


static void
jny_json_text(jny_json_t *js, jny_slice_t s)
{
    size_t    i, from, n;
    uint32_t  c;

    jny_buf_char(js->out, '"');

    for (i = 0, from = 0; i < s.len; i += n) {
        c = s.data[i];
        n = c < 0x80 ? 1 : jny_utf8_next(s.data + i, s.len - i, &c);

        if (n > 0 && !jny_json_escaped(c)) {
            continue;
        }

        jny_buf_add(js->out, s.data + from, i - from);

        if (n == 0) {
            jny_buf_printf(js->out, "%%%02X", s.data[i]);
            n = 1;

        } else if (c == '"' || c == '\\') {
            jny_buf_char(js->out, '\\');
            jny_buf_char(js->out, (char) c);

        } else {
            jny_buf_printf(js->out, "\\u%04x", (unsigned) c);
        }

        from = i + n;
    }

    jny_buf_add(js->out, s.data + from, s.len - from);
    jny_buf_char(js->out, '"');
}
