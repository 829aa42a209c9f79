/*
 * parser_csv.c - RFC 4180: the first record names the columns.  Where it has
 * no comma, a semicolon or a tab separates: spreadsheets write those.
 */

#include "import/parser.h"

#include <stdlib.h>
#include <string.h>


#define JNY_CSV_MAX_COLUMNS  1024

typedef struct {
    uint8_t             delimiter;
    unsigned            n;
    const jny_bound_t  *columns[];
} jny_csv_t;


static void
jny_csv_close(void *state)
{
    free(state);
}


/*
 * The field at *p, unquoted in place; *p moves to the delimiter behind it, or
 * to end.  JNY_OK or JNY_EDATA.
 */

static int
jny_csv_field(uint8_t delimiter, uint8_t **p, uint8_t *end, uint8_t **s,
    size_t *len)
{
    uint8_t  *out, *q;

    if (*p == end || **p != '"') {
        *s = *p;
        q = memchr(*p, delimiter, (size_t) (end - *p));
        *p = q != NULL ? q : end;
        *len = (size_t) (*p - *s);
        return JNY_OK;
    }

    *s = ++(*p);
    out = *s;

    for ( ;; ) {
        q = memchr(*p, '"', (size_t) (end - *p));

        if (q == NULL) {
            return JNY_EDATA;
        }

        memmove(out, *p, (size_t) (q - *p));
        out += q - *p;
        *p = q + 1;

        if (*p == end || **p != '"') {
            break;
        }

        *out++ = '"';
        (*p)++;
    }

    *len = (size_t) (out - *s);

    return *p == end || **p == delimiter ? JNY_OK : JNY_EDATA;
}


static uint8_t
jny_csv_delimiter(jny_slice_t head)
{
    if (memchr(head.data, ',', head.len) == NULL) {
        if (memchr(head.data, ';', head.len) != NULL) {
            return ';';
        }

        if (memchr(head.data, '\t', head.len) != NULL) {
            return '\t';
        }
    }

    return ',';
}


static int
jny_csv_columns(jny_csv_t *csv, uint8_t *p, size_t len, jny_binding_t *b,
    jny_diag_t *diag)
{
    int       timed;
    size_t    n;
    uint8_t  *end, *s;

    end = p + len;
    timed = 0;

    for ( ;; ) {
        if (csv->n == JNY_CSV_MAX_COLUMNS
            || jny_csv_field(csv->delimiter, &p, end, &s, &n) != JNY_OK)
        {
            jny_diag_set(diag, 0, "the first line is no header of a CSV: it "
                         "names the columns, at most %d", JNY_CSV_MAX_COLUMNS);
            return JNY_EINVAL;
        }

        if (jny_binding_add(b, (char *) s, n) == JNY_ENOMEM) {
            return JNY_ENOMEM;
        }

        csv->columns[csv->n] = jny_binding_find(b, s, n);

        for (const jny_bound_t *at = csv->columns[csv->n]; at; at = at->also) {
            timed |= at->in <= JNY_IN_MSEC;
        }

        csv->n++;

        if (p == end) {
            break;
        }

        p++;
    }

    if (!timed) {
        jny_diag_set(diag, 0, "the header has no column \"time\": write "
                     "--map time=COLUMN with one of %.100s",
                     (char *) end - len);
        return JNY_EINVAL;
    }

    return JNY_OK;
}


static int
jny_csv_open(void **state, const char *text, jny_slice_t head,
    jny_binding_t *b, jny_diag_t *diag)
{
    int         rc;
    char       *copy;
    jny_csv_t  *csv;

    (void) text;

    *state = NULL;
    csv = calloc(1, sizeof(*csv)
                 + JNY_CSV_MAX_COLUMNS * sizeof(csv->columns[0]));
    copy = malloc(head.len + 1);

    if (csv == NULL || copy == NULL) {
        free(csv);
        free(copy);
        return JNY_ENOMEM;
    }

    /* a byte order mark is what some programs begin with */

    if (head.len >= 3 && memcmp(head.data, "\xef\xbb\xbf", 3) == 0) {
        head.data += 3;
        head.len -= 3;
    }

    while (head.len > 0 && head.data[head.len - 1] == '\r') {
        head.len--;
    }

    if (head.len != 0) {
        memcpy(copy, head.data, head.len);
    }

    copy[head.len] = '\0';

    csv->delimiter = jny_csv_delimiter(head);
    rc = jny_csv_columns(csv, (uint8_t *) copy, head.len, b, diag);
    free(copy);

    if (rc != JNY_OK) {
        free(csv);
        return rc;
    }

    *state = csv;
    return JNY_OK;
}


static int
jny_csv_parse(const void *state, uint8_t *line, size_t len, jny_record_t *rec,
    const char **why)
{
    size_t            n;
    uint8_t          *p, *end, *s;
    unsigned          i;
    const jny_csv_t  *csv;

    csv = state;
    p = line;
    end = line + len;

    if (len == 0) {
        return JNY_END;
    }

    for (i = 0; i < csv->n; i++) {

        if (jny_csv_field(csv->delimiter, &p, end, &s, &n) != JNY_OK) {
            *why = "is no CSV: a quote does not close, or text follows it";
            return JNY_EDATA;
        }

        if (n != 0) {
            jny_bound_put(csv->columns[i], rec, s, n);
        }

        if (p == end) {
            i++;
            break;
        }

        p++;
    }

    if (i != csv->n || p != end) {
        *why = "has more or fewer fields than the header";
        return JNY_EDATA;
    }

    return JNY_OK;
}


const jny_parser_t  jny_parser_csv = {
    .name = "csv",
    .open = jny_csv_open,
    .close = jny_csv_close,
    .parse = jny_csv_parse,
    .has_head = 1,
    .quoted = 1
};
