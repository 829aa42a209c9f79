/*
 * ngx_http_journey_form.c - a beacon's fields.  Strict where a page's query is
 * read leniently: who writes a beacon's code should see the first mistake, and
 * nobody else has a reason to send one.
 */

#include "ngx_http_journey_form.h"
#include "ngx_http_journey_page.h"
#include "ngx_http_journey_value.h"

#include <string.h>


typedef struct {
    const char  *name;
    int64_t      min_e4;
    int64_t      max_e4;
} ngx_http_journey_form_kind_t;

#define NGX_HTTP_JOURNEY_FORM_VALUE  JNY_TEXT_COUNT
#define NGX_HTTP_JOURNEY_FORM_SCORE  (JNY_TEXT_COUNT + 1)

typedef struct {
    const char  *name;
    unsigned     text;     /* jny_text_e, or one of the two above */
} ngx_http_journey_form_fixed_t;

/* Raw texts of one beacon before they are judged together. */
typedef struct {
    jny_row_t                            *row;
    const ngx_http_journey_form_names_t  *names;
    jny_slice_t                           value;
    jny_slice_t                           score;
    uint32_t                              seen;     /* fixed fields */
    uint32_t                              own;      /* x_ fields */
} ngx_http_journey_form_t;


static int ngx_http_journey_form_pair(ngx_http_journey_form_t *form,
    uint8_t *data, size_t len);
static int ngx_http_journey_form_decode(uint8_t *data, size_t *len);
static jny_slice_t *ngx_http_journey_form_place(ngx_http_journey_form_t *form,
    const uint8_t *name, size_t len);
static int ngx_http_journey_form_hex(uint8_t c);
static int ngx_http_journey_form_is(jny_slice_t s, const uint8_t *data,
    size_t len);
static int ngx_http_journey_form_money(ngx_http_journey_form_t *form);
static int ngx_http_journey_form_score(ngx_http_journey_form_t *form);
static int ngx_http_journey_form_judge(ngx_http_journey_form_t *form);


static const ngx_http_journey_form_fixed_t  ngx_http_journey_form_fixed[] = {
    { "touchpoint", JNY_TEXT_TOUCHPOINT },
    { "stage", JNY_TEXT_STAGE },
    { "value", NGX_HTTP_JOURNEY_FORM_VALUE },
    { "currency", JNY_TEXT_CURRENCY },
    { "order", JNY_TEXT_ORDER },
    { "score", NGX_HTTP_JOURNEY_FORM_SCORE },
    { "score_kind", JNY_TEXT_SCORE_KIND },
    { NULL, 0 }
};

static const ngx_http_journey_form_kind_t  ngx_http_journey_form_kinds[] = {
    { "nps", 0, 100000 },
    { "csat", 10000, 50000 },
    { "ces", 10000, 70000 },
    { "stars", 0, 50000 },
    { NULL, 0, 0 }
};


int
ngx_http_journey_form_parse(uint8_t *data, size_t len,
    const ngx_http_journey_form_names_t *names, jny_row_t *row)
{
    int                       rc;
    size_t                    n;
    uint8_t                  *end;
    ngx_http_journey_form_t   form;

    memset(row, 0, sizeof(*row));
    memset(&form, 0, sizeof(form));

    form.row = row;
    form.names = names;

    while (len != 0) {

        end = memchr(data, '&', len);
        n = end != NULL ? (size_t) (end - data) : len;

        if (n != 0) {
            rc = ngx_http_journey_form_pair(&form, data, n);

            if (rc != -1) {
                return rc;
            }
        }

        n += (end != NULL);
        data += n;
        len -= n;
    }

    return ngx_http_journey_form_judge(&form);
}


static int
ngx_http_journey_form_pair(ngx_http_journey_form_t *form, uint8_t *data,
    size_t len)
{
    int           rc;
    size_t        n;
    uint8_t      *value;
    jny_slice_t  *place;

    value = memchr(data, '=', len);

    if (value == NULL || value == data) {
        return NGX_HTTP_JOURNEY_REJECT_SYNTAX;
    }

    place = ngx_http_journey_form_place(form, data, (size_t) (value - data));

    if (place == NULL) {
        return NGX_HTTP_JOURNEY_REJECT_FIELD;
    }

    value++;
    n = len - (size_t) (value - data);

    rc = ngx_http_journey_form_decode(value, &n);

    if (rc == -1) {
        place->data = value;
        place->len = n;
    }

    return rc;
}


static int
ngx_http_journey_form_decode(uint8_t *data, size_t *len)
{
    size_t  i;

    for (i = 0; i < *len; i++) {

        if (data[i] < 0x20 || data[i] == 0x7f) {
            return NGX_HTTP_JOURNEY_REJECT_TEXT;
        }

        if (data[i] == '%'
            && (*len - i < 3 || !ngx_http_journey_form_hex(data[i + 1])
                || !ngx_http_journey_form_hex(data[i + 2])))
        {
            return NGX_HTTP_JOURNEY_REJECT_SYNTAX;
        }
    }

    *len = ngx_http_journey_unescape(data, *len, 1, data);

    return *len > JNY_MAX_TEXT ? (int) NGX_HTTP_JOURNEY_REJECT_TEXT : -1;
}


/* Where the value of this name goes; NULL: nowhere, or it was there before. */

static jny_slice_t *
ngx_http_journey_form_place(ngx_http_journey_form_t *form, const uint8_t *name,
    size_t len)
{
    unsigned                              i;
    const ngx_http_journey_form_fixed_t  *fixed;

    for (i = 0; ngx_http_journey_form_fixed[i].name != NULL; i++) {

        fixed = &ngx_http_journey_form_fixed[i];

        if (strlen(fixed->name) != len || memcmp(fixed->name, name, len) != 0)
        {
            continue;
        }

        if (form->seen >> i & 1) {
            return NULL;
        }

        form->seen |= (uint32_t) 1 << i;

        return fixed->text < JNY_TEXT_COUNT ? &form->row->text[fixed->text]
               : fixed->text == NGX_HTTP_JOURNEY_FORM_VALUE ? &form->value
                                                            : &form->score;
    }

    if (len < 2 || name[0] != 'x' || name[1] != '_') {
        return NULL;
    }

    for (i = 0; i < form->names->nfields; i++) {

        if (!ngx_http_journey_form_is(form->names->fields[i], name + 2,
                                      len - 2))
        {
            continue;
        }

        if (form->own >> i & 1) {
            return NULL;
        }

        form->own |= (uint32_t) 1 << i;

        return &form->row->field[i];
    }

    return NULL;
}


static int
ngx_http_journey_form_hex(uint8_t c)
{
    return (c >= '0' && c <= '9') || (c >= 'a' && c <= 'f')
           || (c >= 'A' && c <= 'F');
}


static int
ngx_http_journey_form_is(jny_slice_t s, const uint8_t *data, size_t len)
{
    return s.len == len && memcmp(s.data, data, len) == 0;
}


/* What the fields come to together. */

static int
ngx_http_journey_form_judge(ngx_http_journey_form_t *form)
{
    int           said;
    unsigned      i;
    jny_row_t    *row;
    jny_slice_t   stage;

    row = form->row;
    stage = row->text[JNY_TEXT_STAGE];
    said = form->value.len != 0 || form->score.len != 0;

    for (i = 0; i < JNY_TEXT_COUNT; i++) {
        said |= row->text[i].len != 0;
    }

    for (i = 0; i < form->names->nfields; i++) {
        said |= row->field[i].len != 0;
    }

    if (!said) {
        return NGX_HTTP_JOURNEY_REJECT_EMPTY;
    }

    for (i = 0; stage.len != 0; i++) {

        if (i == form->names->nstages) {
            return NGX_HTTP_JOURNEY_REJECT_STAGE;
        }

        if (ngx_http_journey_form_is(form->names->stages[i], stage.data,
                                     stage.len))
        {
            break;
        }
    }

    if (!ngx_http_journey_form_money(form)) {
        return NGX_HTTP_JOURNEY_REJECT_VALUE;
    }

    if (!ngx_http_journey_form_score(form)) {
        return NGX_HTTP_JOURNEY_REJECT_SCORE;
    }

    return -1;
}


static int
ngx_http_journey_form_money(ngx_http_journey_form_t *form)
{
    uint8_t       code[3];
    jny_slice_t  *currency;

    currency = &form->row->text[JNY_TEXT_CURRENCY];

    if (form->value.len == 0) {
        return currency->len == 0;
    }

    if (ngx_http_journey_value_parse(form->value.data, form->value.len,
                                     &form->row->value_e4)
        != 0)
    {
        return 0;
    }

    if (currency->len == 0) {
        return 1;
    }

    if (ngx_http_journey_currency_parse(currency->data, currency->len, code)
        != 0)
    {
        return 0;
    }

    /* in the caller's data: what was parsed had at least these three */

    memcpy((uint8_t *) (uintptr_t) currency->data, code, sizeof(code));
    currency->len = sizeof(code);

    return 1;
}


static int
ngx_http_journey_form_score(ngx_http_journey_form_t *form)
{
    int64_t                              score_e4;
    jny_slice_t                          kind;
    const ngx_http_journey_form_kind_t  *k;

    kind = form->row->text[JNY_TEXT_SCORE_KIND];

    if (form->score.len == 0 || kind.len == 0) {
        return form->score.len == kind.len;
    }

    for (k = ngx_http_journey_form_kinds; k->name != NULL; k++) {
        if (ngx_http_journey_form_is(kind, (const uint8_t *) k->name,
                                     strlen(k->name)))
        {
            break;
        }
    }

    if (k->name == NULL
        || ngx_http_journey_value_parse(form->score.data, form->score.len,
                                        &score_e4)
           != 0
        || score_e4 < k->min_e4 || score_e4 > k->max_e4
        || score_e4 % 100 != 0)
    {
        return 0;
    }

    form->row->score_e2 = (int32_t) (score_e4 / 100);

    return 1;
}
