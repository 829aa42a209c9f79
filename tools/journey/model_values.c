/*
 * model_values.c - the part of a model that says what logged values mean:
 * aliases of campaign values, rates of currencies.
 */

#include "model_private.h"

#include <stdlib.h>
#include <string.h>

#include "engine/fold.h"


/* Most digits of a rate before and behind its point. */
#define JNY_RATE_WHOLE     7
#define JNY_RATE_FRACTION  9

#define JNY_ALIASES_WRITTEN  "aliases are written source: {fb: facebook}; " \
                             "there are source, medium, campaign, term and " \
                             "content"


/* The scalar just read, as the engine keeps such texts; not NUL-ended. */
static int
jny_model_folded(jny_model_parse_t *ps, jny_slice_t *out)
{
    int          rc;
    char        *copy;
    jny_slice_t  s;

    rc = jny_model_text(ps, out, "an alias is a text that stands for another");

    if (rc != JNY_OK) {
        return rc;
    }

    copy = (char *) (uintptr_t) out->data;
    s = jny_fold_trim(*out);
    memmove(copy, s.data, s.len);
    s.data = out->data;
    jny_fold_lower(s, copy);
    out->len = s.len;

    return s.len > 0 ? JNY_OK
                     : jny_model_bad(ps, "an alias of blanks alone: values "
                                     "are trimmed, leave it out");
}


/* fb: facebook; the key was just read. */
static int
jny_model_alias(jny_model_parse_t *ps, unsigned part)
{
    int             rc;
    jny_alias_t    *v, *alias;
    jny_aliases_t  *list;

    list = &ps->model->aliases;

    if (list->n == JNY_MODEL_MAX_ALIASES) {
        return jny_model_bad(ps, "too many aliases, at most 4000");
    }

    v = realloc(list->v, (list->n + 1) * sizeof(*v));

    if (v == NULL) {
        return JNY_ENOMEM;
    }

    list->v = v;
    alias = &v[list->n++];
    memset(alias, 0, sizeof(*alias));
    alias->part = part;
    rc = jny_model_folded(ps, &alias->from);

    for (unsigned i = 0; rc == JNY_OK && i + 1 < list->n; i++) {
        if (v[i].part == part && jny_slice_same(v[i].from, alias->from)) {
            rc = jny_model_bad(ps, "this alias stands here twice; case and "
                               "blanks at the ends do not matter");
        }
    }

    if (rc == JNY_OK) {
        rc = jny_model_next(ps);
    }

    return rc == JNY_OK ? jny_model_folded(ps, &alias->to) : rc;
}


static int
jny_model_part(jny_model_parse_t *ps, unsigned part)
{
    int  rc;

    rc = jny_model_next(ps);

    if (rc == JNY_OK && ps->ev.type != YAML_MAPPING_START_EVENT) {
        return jny_model_bad(ps, JNY_ALIASES_WRITTEN);
    }

    while (rc == JNY_OK) {
        rc = jny_model_next(ps);

        if (rc != JNY_OK || ps->ev.type == YAML_MAPPING_END_EVENT) {
            return rc;
        }

        rc = jny_model_alias(ps, part);
    }

    return rc;
}


int
jny_model_aliases(jny_model_parse_t *ps, jny_rule_t *rule)
{
    int          rc;
    unsigned     part;
    const char  *key;

    static const char *const  parts[] = { "source", "medium", "campaign",
                                          "term", "content" };

    (void) rule;

    if (ps->ev.type != YAML_MAPPING_START_EVENT) {
        return jny_model_bad(ps, JNY_ALIASES_WRITTEN);
    }

    for ( ;; ) {
        rc = jny_model_next(ps);

        if (rc != JNY_OK || ps->ev.type == YAML_MAPPING_END_EVENT) {
            break;
        }

        key = ps->ev.type == YAML_SCALAR_EVENT
                  ? (const char *) ps->ev.data.scalar.value : "";

        for (part = 0; part < 5 && strcmp(key, parts[part]) != 0; part++) {
            /* void */
        }

        rc = part < 5 ? jny_model_part(ps, part)
                      : jny_model_bad(ps, JNY_ALIASES_WRITTEN);

        if (rc != JNY_OK) {
            break;
        }
    }

    jny_aliases_sort(&ps->model->aliases);

    return rc;
}


int
jny_model_currency(jny_model_parse_t *ps, jny_rule_t *rule)
{
    (void) rule;

    if (ps->model->rates.n > 0) {
        return jny_model_bad(ps, "rates above are of another currency: write "
                             "currency: once, above them");
    }

    return jny_model_text(ps, &ps->model->rates.currency,
                          "currency is the one to count in, as in EUR");
}


/* "0.92"; 0: is none. */
static int64_t
jny_model_rate_read(jny_slice_t text)
{
    int64_t  rate;
    size_t   i, whole, fraction;

    rate = 0;
    whole = 0;
    fraction = 0;

    for (i = 0; i < text.len && text.data[i] >= '0' && text.data[i] <= '9';
         i++, whole++)
    {
        if (whole == JNY_RATE_WHOLE) {
            return 0;
        }

        rate = 10 * rate + (text.data[i] - '0');
    }

    if (i < text.len && text.data[i] == '.') {
        for (i++; i < text.len && text.data[i] >= '0' && text.data[i] <= '9'
             && fraction < JNY_RATE_FRACTION; i++, fraction++)
        {
            rate = 10 * rate + (text.data[i] - '0');
        }

        if (fraction == 0) {
            return 0;
        }
    }

    for (/* void */; fraction < JNY_RATE_FRACTION; fraction++) {
        rate *= 10;
    }

    return i == text.len && whole > 0 ? rate : 0;
}


/* USD: 0.92; the key was just read. */
static int
jny_model_rate(jny_model_parse_t *ps)
{
    int           rc;
    unsigned      k;
    jny_slice_t   text;
    jny_rates_t  *rates;

    rates = &ps->model->rates;

    if (rates->n == JNY_MAX_RATES) {
        return jny_model_bad(ps, "too many rates, at most 64");
    }

    k = rates->n++;
    rc = jny_model_text(ps, &rates->from[k], "rates are written USD: 0.92");

    if (rc == JNY_OK && jny_slice_same(rates->from[k], rates->currency)) {
        return jny_model_bad(ps, "this is the currency to count in: leave "
                             "it out");
    }

    for (unsigned i = 0; rc == JNY_OK && i < k; i++) {
        if (jny_slice_same(rates->from[i], rates->from[k])) {
            rc = jny_model_bad(ps, "this currency stands here twice");
        }
    }

    if (rc == JNY_OK) {
        rc = jny_model_next(ps);
    }

    memset(&text, 0, sizeof(text));

    if (rc == JNY_OK) {
        rc = jny_model_text(ps, &text, "rates are written USD: 0.92");
    }

    if (rc == JNY_OK) {
        rates->rate_e9[k] = jny_model_rate_read(text);
        free((void *) (uintptr_t) text.data);

        if (rates->rate_e9[k] == 0) {
            rc = jny_model_bad(ps, "a rate is what one unit is worth, above "
                               "0, as in 0.92: at most 7 digits, a point, at "
                               "most 9 digits");
        }
    }

    return rc;
}


int
jny_model_rates(jny_model_parse_t *ps, jny_rule_t *rule)
{
    int  rc;

    (void) rule;

    if (ps->model->rates.currency.len == 0) {
        return jny_model_bad(ps, "rates to which currency? write currency: "
                             "EUR above them");
    }

    if (ps->ev.type != YAML_MAPPING_START_EVENT) {
        return jny_model_bad(ps, "rates are written rates: {USD: 0.92}");
    }

    for ( ;; ) {
        rc = jny_model_next(ps);

        if (rc != JNY_OK || ps->ev.type == YAML_MAPPING_END_EVENT) {
            return rc;
        }

        rc = jny_model_rate(ps);

        if (rc != JNY_OK) {
            return rc;
        }
    }
}
