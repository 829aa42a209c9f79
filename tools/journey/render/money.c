/*
 * money.c - money by currency, and the ledger of orders.
 *
 * Ids of names are in the order of their texts, so a purse, which is in the
 * order of ids, needs no sorting.
 */

#include "render/money.h"

#include "render/document.h"
#include "render/text.h"


static void jny_money_amount(jny_buf_t *b, int64_t value_e4,
    jny_slice_t currency);
static void jny_money_orders(jny_buf_t *b, uint64_t n, const char *words);
static void jny_money_flush(jny_buf_t *out, const char *name, jny_buf_t *b);


void
jny_money_json_purse(jny_json_t *js, const char *key,
    const jny_purse_t *purse, const jny_names_t *names)
{
    uint32_t  i;

    jny_json_object(js, key);

    for (i = 0; i < purse->n; i++) {
        jny_json_slice_key(js, jny_names_get(names, JNY_NAME_CURRENCY,
            purse->sums[i].currency));
        jny_json_money(js, NULL, jny_purse_value_e4(purse, i));
    }

    jny_json_object_end(js);
}


void
jny_money_text_purse(jny_buf_t *b, const jny_purse_t *purse,
    const jny_names_t *names)
{
    uint32_t  i;

    if (purse->n == 0) {
        jny_buf_char(b, '-');
    }

    for (i = 0; i < purse->n; i++) {
        if (i > 0) {
            jny_buf_str(b, " + ");
        }

        jny_money_amount(b, jny_purse_value_e4(purse, i),
            jny_names_get(names, JNY_NAME_CURRENCY, purse->sums[i].currency));
    }
}


static void
jny_money_amount(jny_buf_t *b, int64_t value_e4, jny_slice_t currency)
{
    jny_text_money(b, value_e4);

    if (currency.len > 0) {
        jny_buf_char(b, ' ');
        jny_text_slice(b, currency, 8);
    }
}


void
jny_money_json(jny_json_t *js, const jny_money_t *money, unsigned n)
{
    unsigned            i;
    const jny_money_t  *m;

    jny_json_array(js, "money");

    for (i = 0; i < n; i++) {
        m = &money[i];

        jny_json_object(js, NULL);
        jny_json_slice(js, "currency", m->currency);
        jny_json_money(js, "gross", m->gross_e4);
        jny_json_money(js, "refunds", m->refunds_e4);
        jny_json_money(js, "net", m->net_e4);
        jny_json_uint(js, "orders", m->orders);
        jny_json_uint(js, "orders_without_id", m->orders_without_id);
        jny_json_uint(js, "repeats", m->repeats);
        jny_json_uint(js, "outside_journeys", m->outside_journeys);
        jny_json_money(js, "outside_journeys_gross", m->outside_e4);
        jny_json_object_end(js);
    }

    jny_json_array_end(js);
}


void
jny_money_foot(jny_buf_t *out, const jny_money_t *money, unsigned n)
{
    unsigned            i;
    jny_buf_t           b;
    const jny_money_t  *m;

    jny_buf_init(&b);

    for (i = 0; i < n; i++) {
        m = &money[i];

        jny_text_count(&b, m->orders + m->orders_without_id);
        jny_buf_str(&b, " orders, ");
        jny_money_amount(&b, m->gross_e4, m->currency);

        if (m->refunds_e4 != 0) {
            jny_buf_str(&b, ", refunds ");
            jny_text_money(&b, m->refunds_e4);
            jny_buf_str(&b, ", net ");
            jny_text_money(&b, m->net_e4);
        }

        jny_money_flush(out, "money", &b);

        jny_money_orders(&b, m->repeats, "reloaded");
        jny_money_orders(&b, m->orders_without_id, "without id");
        jny_money_orders(&b, m->outside_journeys, "outside journeys, ");

        if (m->outside_journeys > 0) {
            jny_money_amount(&b, m->outside_e4, m->currency);
        }

        if (b.len > 0 || b.failed) {
            jny_money_flush(out, "", &b);
        }
    }

    jny_buf_release(&b);
}


static void
jny_money_orders(jny_buf_t *b, uint64_t n, const char *words)
{
    if (n > 0) {
        jny_buf_str(b, b->len > 0 ? "; " : "");
        jny_text_count(b, n);
        jny_buf_char(b, ' ');
        jny_buf_str(b, words);
    }
}


/* Prints the line in b and empties it. */
static void
jny_money_flush(jny_buf_t *out, const char *name, jny_buf_t *b)
{
    if (b->failed) {
        out->failed = 1;
        return;
    }

    jny_document_line(out, name, b->data);
    jny_buf_reset(b);
}
