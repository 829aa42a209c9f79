/*
 * values.c - aliases are many, so their number is said; rates are few, and
 * change every sum.
 */

#include "render/values.h"

#include "render/document.h"
#include "render/text.h"


#define JNY_RATE_ONE     1e9
#define JNY_RATE_DIGITS  9


void
jny_values_json(jny_json_t *js, const jny_plan_t *plan)
{
    const jny_rates_t  *rates;

    rates = plan->rates;

    if (plan->aliases != NULL) {
        jny_json_uint(js, "aliases", plan->aliases->n);
    }

    if (rates == NULL) {
        return;
    }

    jny_json_slice(js, "currency", rates->currency);
    jny_json_object(js, "exchange_rates");

    for (unsigned i = 0; i < rates->n; i++) {
        jny_json_slice_key(js, rates->from[i]);
        jny_json_number(js, NULL, (double) rates->rate_e9[i] / JNY_RATE_ONE,
                        JNY_RATE_DIGITS);
    }

    jny_json_object_end(js);
}


static void
jny_values_line(jny_buf_t *out, const char *name, jny_buf_t *words)
{
    if (words->failed) {
        out->failed = 1;

    } else {
        jny_document_line(out, name, words->data);
    }

    jny_buf_reset(words);
}


void
jny_values_foot(jny_buf_t *out, const jny_plan_t *plan)
{
    jny_buf_t           b;
    const jny_rates_t  *rates;

    rates = plan->rates;
    jny_buf_init(&b);

    if (plan->aliases != NULL) {
        jny_text_count(&b, plan->aliases->n);
        jny_buf_str(&b, " campaign values stand for others, by the model");
        jny_values_line(out, "aliases", &b);
    }

    if (rates != NULL) {
        jny_text_slice(&b, rates->currency, 0);

        for (unsigned i = 0; i < rates->n; i++) {
            jny_buf_str(&b, i > 0 ? ", " : "; ");
            jny_text_slice(&b, rates->from[i], 0);
            jny_buf_printf(&b, " at %.12g",
                           (double) rates->rate_e9[i] / JNY_RATE_ONE);
        }

        jny_values_line(out, "currency", &b);
    }

    jny_buf_release(&b);
}
