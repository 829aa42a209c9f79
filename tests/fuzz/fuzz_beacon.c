/*
 * fuzz_beacon.c - a beacon's body of any bytes, as it comes from strangers:
 * nothing is read or written outside, and it is accepted, with these values,
 * exactly when a slow reading of docs/BEACON.md accepts it.
 *
 * That reading works on a list of decoded fields, and asks regular
 * expressions of the C library what a number is.
 */

#include <regex.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

#include "ngx_http_journey_form.h"


int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);


#define FUZZ_FIELDS  8
#define FUZZ_SEAT    7
#define FUZZ_AMOUNT  "^[ \t]*[+-]?([0-9]+([.][0-9]*)?|[.][0-9]+)[ \t]*$"

typedef struct {
    char    *text;      /* NULL: not there */
    size_t   len;
} fuzz_field_t;

typedef struct {
    fuzz_field_t  f[FUZZ_FIELDS];
} fuzz_form_t;

static const char *const  fuzz_fields[FUZZ_FIELDS] = {
    "touchpoint", "order", "stage",  "currency",
    "score_kind", "value", "score",  "x_seat",
};

enum {
    FUZZ_TOUCHPOINT,
    FUZZ_ORDER,
    FUZZ_STAGE,
    FUZZ_CURRENCY,
    FUZZ_KIND,
    FUZZ_VALUE,
    FUZZ_SCORE
};

static const jny_text_e  fuzz_texts[] = {
    JNY_TEXT_TOUCHPOINT, JNY_TEXT_ORDER, JNY_TEXT_STAGE, JNY_TEXT_CURRENCY,
    JNY_TEXT_SCORE_KIND,
};

static const ngx_http_journey_form_names_t  fuzz_names = {
    .stages = { { (const uint8_t *) "look", 4 },
                { (const uint8_t *) "buy", 3 } },
    .nstages = 2,
    .fields = { { (const uint8_t *) "seat", 4 } },
    .nfields = 1,
};


static void
fuzz_require(int condition)
{
    if (!condition) {
        abort();
    }
}


static int
fuzz_matches(const char *text, const char *pattern)
{
    int      rc;
    regex_t  re;

    fuzz_require(regcomp(&re, pattern, REG_EXTENDED | REG_NOSUB) == 0);
    rc = regexec(&re, text, 0, NULL, 0);
    regfree(&re);

    return rc == 0;
}


/* One value, decoded; 0 when it is refused. */
static int
fuzz_decode(const uint8_t *p, size_t len, fuzz_field_t *f)
{
    char      pair[3] = { 0 };
    unsigned  c;

    f->text = malloc(3 * len + 1);
    fuzz_require(f->text != NULL);
    f->len = 0;

    for (size_t i = 0; i < len; i++) {
        c = p[i];

        if (c < 0x20 || c == 0x7f) {
            return 0;
        }

        if (c == '%') {
            memcpy(pair, p + i + 1, len - i > 2 ? 2 : 0);

            if (len - i <= 2
                || strspn(pair, "0123456789abcdefABCDEF") != 2)
            {
                return 0;
            }

            c = (unsigned) strtoul(pair, NULL, 16);
            i += 2;

            if (c < 0x20 || c == 0x7f) {
                f->len += (size_t) sprintf(f->text + f->len, "%%%02X", c);
                continue;
            }

        } else if (c == '+') {
            c = ' ';
        }

        f->text[f->len++] = (char) c;
    }

    f->text[f->len] = '\0';

    return f->len <= JNY_MAX_TEXT;
}


/* The fields; 0 when one is refused. */
static int
fuzz_split(const uint8_t *p, const uint8_t *end, fuzz_form_t *form)
{
    unsigned        i;
    const uint8_t  *amp, *equal;

    for (/* void */; p < end; p = amp + (amp < end)) {
        for (amp = p; amp < end && *amp != '&'; amp++) {
            /* void */
        }

        if (amp == p) {
            continue;
        }

        equal = memchr(p, '=', (size_t) (amp - p));

        for (i = 0; equal != NULL && i < FUZZ_FIELDS; i++) {
            if ((size_t) (equal - p) == strlen(fuzz_fields[i])
                && memcmp(p, fuzz_fields[i], (size_t) (equal - p)) == 0)
            {
                break;
            }
        }

        if (equal == NULL || i == FUZZ_FIELDS || form->f[i].text != NULL
            || !fuzz_decode(equal + 1, (size_t) (amp - equal - 1),
                            &form->f[i]))
        {
            return 0;
        }
    }

    return 1;
}


/* 10^-4; refused where the text has finer digits or is too big. */
static int
fuzz_amount(const char *text, int64_t *e4)
{
    size_t       n;
    const char  *dot;
    long double  v;

    if (!fuzz_matches(text, FUZZ_AMOUNT)) {
        return 0;
    }

    dot = strchr(text, '.');
    n = dot != NULL ? strspn(dot + 1, "0123456789") : 0;

    for (size_t i = 5; i <= n; i++) {
        if (dot[i] != '0') {
            return 0;
        }
    }

    /* 64 bits of mantissa: exact, after rounding, as far as it fits */

    v = strtold(text, NULL) * 10000;
    v += v < 0 ? -0.5L : 0.5L;

    if (v >= 9223372036854775808.0L || v <= -9223372036854775809.0L) {
        return 0;
    }

    *e4 = (int64_t) v;

    return 1;
}


static int
fuzz_score(const char *text, const char *kind, int32_t *score_e2)
{
    int64_t  e4, most;

    most = !strcmp(kind, "nps")     ? 10
           : !strcmp(kind, "csat")  ? 5
           : !strcmp(kind, "ces")   ? 7
           : !strcmp(kind, "stars") ? 5
                                    : -1;

    if (most < 0 || !fuzz_amount(text, &e4) || e4 % 100 != 0 || e4 < 0
        || e4 > most * 10000 || (strchr("c", kind[0]) != NULL && e4 < 10000))
    {
        return 0;
    }

    *score_e2 = (int32_t) (e4 / 100);

    return 1;
}


/* Whether the fields may stand together, and what the numbers are. */
static int
fuzz_judge(const fuzz_form_t *form, int64_t *value_e4, int32_t *score_e2)
{
    size_t               n;
    const fuzz_field_t  *f;

    f = form->f;
    n = 0;
    *value_e4 = 0;
    *score_e2 = 0;

    for (unsigned i = 0; i < FUZZ_FIELDS; i++) {
        n += f[i].len;
    }

    if (n == 0) {
        return 0;
    }

    if (f[FUZZ_STAGE].len != 0 && strcmp(f[FUZZ_STAGE].text, "look") != 0
        && strcmp(f[FUZZ_STAGE].text, "buy") != 0)
    {
        return 0;
    }

    if (f[FUZZ_VALUE].len != 0 && !fuzz_amount(f[FUZZ_VALUE].text, value_e4)) {
        return 0;
    }

    if (f[FUZZ_CURRENCY].len != 0
        && (f[FUZZ_VALUE].len == 0
            || !fuzz_matches(f[FUZZ_CURRENCY].text,
                             "^[ \t]*[A-Za-z]{3}[ \t]*$")))
    {
        return 0;
    }

    if ((f[FUZZ_SCORE].len != 0) != (f[FUZZ_KIND].len != 0)) {
        return 0;
    }

    return f[FUZZ_SCORE].len == 0
           || fuzz_score(f[FUZZ_SCORE].text, f[FUZZ_KIND].text, score_e2);
}


static void
fuzz_same(jny_slice_t got, const fuzz_field_t *want, int currency)
{
    const char  *text;

    text = want->text;

    if (currency && want->len != 0) {
        text += strspn(text, " \t");
        fuzz_require(got.len == 3);
        fuzz_require(strncasecmp((const char *) got.data, text, 3) == 0);
        fuzz_require(got.data[0] < 'a' && got.data[1] < 'a'
                     && got.data[2] < 'a');
        return;
    }

    fuzz_require(got.len == want->len);
    fuzz_require(got.len == 0 || memcmp(got.data, text, got.len) == 0);
}


static void
fuzz_parse(uint8_t *body, size_t size, fuzz_form_t *form)
{
    int        rc, good;
    int32_t    score_e2;
    int64_t    value_e4;
    jny_row_t  row;

    good = fuzz_split(body, body + size, form)
           && fuzz_judge(form, &value_e4, &score_e2);

    rc = ngx_http_journey_form_parse(body, size, &fuzz_names, &row);

    fuzz_require(rc >= -1 && rc < (int) NGX_HTTP_JOURNEY_REJECT_COUNT);
    fuzz_require((rc == -1) == good);

    if (!good) {
        return;
    }

    for (unsigned i = 0; i < sizeof(fuzz_texts) / sizeof(fuzz_texts[0]); i++) {
        fuzz_same(row.text[fuzz_texts[i]], &form->f[i], i == FUZZ_CURRENCY);
    }

    fuzz_same(row.field[0], &form->f[FUZZ_SEAT], 0);
    fuzz_require(row.score_e2 == score_e2 && row.value_e4 == value_e4);
    fuzz_require(row.flags == 0 && row.visitor == 0 && row.status == 0);
}


int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    uint8_t      *body;
    fuzz_form_t   form;

    memset(&form, 0, sizeof(form));
    body = malloc(size != 0 ? size : 1);
    fuzz_require(body != NULL);
    memcpy(body, data, size);

    fuzz_parse(body, size, &form);

    for (unsigned i = 0; i < FUZZ_FIELDS; i++) {
        free(form.f[i].text);
    }

    free(body);

    return 0;
}
