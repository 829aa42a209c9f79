/*
 * scan_money.c - rows that name money or an order, to the order table.
 *
 * Few rows do, so their two columns are searched eight rows at a time, and
 * everything else is looked up for the rows found alone.
 */

#include "engine/scan.h"

#include <string.h>


/* Rows i to i + 7 have nothing in this column: its bytes, 8 at a time. */
static int
jny_scan_none_of_8(const jny_column_t *c, uint32_t i)
{
    uint32_t  k;
    uint64_t  word, any;

    any = 0;

    for (k = 0; k < c->width; k++) {
        memcpy(&word, c->data + (size_t) i * c->width + k * sizeof(word),
               sizeof(word));
        any |= word;
    }

    return any == 0;
}


/*
 * Money is counted of whom is counted, and of those without a visitor; orders
 * are decided with what was sold and refunded before.
 */
static int
jny_scan_moneyless(const jny_scan_t *scan, const jny_scan_thread_t *t,
                   uint32_t i)
{
    uint8_t  why;

    why = t->why[i];

    if ((why & (uint8_t) ~(JNY_ROW_UNKNOWN | JNY_ROW_BOT
                          | JNY_ROW_CONTEXT))
        || (t->flags[i] & JNY_EVENT_FAILED))
    {
        return 1;
    }

    return (why & JNY_ROW_BOT) ? scan->plan->bots == JNY_BOTS_EXCLUDE
                               : scan->plan->bots == JNY_BOTS_ONLY;
}


/* The rows that go to the order table, in t->money_rows; returns how many. */
static uint32_t
jny_scan_money_rows(const jny_scan_t *scan, jny_scan_thread_t *t)
{
    uint32_t             i, k, n;
    const jny_column_t  *value, *order;

    value = &t->blk.number[JNY_NUMBER_VALUE];
    order = &t->blk.text[JNY_TEXT_ORDER];
    n = t->blk.nevents;
    k = 0;

    for (i = 0; i < n; i++) {

        if (i % 8 == 0) {
            while (n - i >= 8 && jny_scan_none_of_8(value, i)
                   && jny_scan_none_of_8(order, i))
            {
                i += 8;
            }

            if (i == n) {
                break;
            }
        }

        if ((jny_column_at(value, i) != 0 || jny_column_at(order, i) != 0)
            && !jny_scan_moneyless(scan, t, i))
        {
            t->money_rows[k++] = i;
        }
    }

    return k;
}


/* Whether a row of visitor 0, who has no session, is what is asked for. */
static int
jny_scan_nobody(const jny_scan_t *scan, const jny_scan_thread_t *t, uint32_t i)
{
    const jny_plan_t  *plan;

    plan = scan->plan;

    if (plan->visitors != NULL) {
        return 0;
    }

    return plan->where == NULL
           || (!jny_selector_is_carried(plan->where)
               && (t->words[i] & JNY_WORD_WHERE));
}


/* The key of a row's order, from the block's dictionaries. */
static jny_order_key_t
jny_scan_order(const jny_block_t *blk, uint32_t i)
{
    uint64_t         host, order;
    jny_order_key_t  none = { 0, 0 };

    order = jny_column_at(&blk->text[JNY_TEXT_ORDER], i);

    if (order == 0) {
        return none;
    }

    host = jny_column_at(&blk->text[JNY_TEXT_HOST], i);

    return jny_order_key(blk->dict[JNY_TEXT_HOST].entries[host],
                         blk->dict[JNY_TEXT_ORDER].entries[order]);
}


int
jny_scan_rates(const jny_scan_t *scan, jny_scan_thread_t *t)
{
    uint32_t             i, ids[2];
    jny_dict_t           target;
    jny_slice_t          entries[2];
    const jny_dict_t    *dict;
    const jny_rates_t   *rates;

    rates = scan->plan->rates;
    dict = &t->blk.dict[JNY_TEXT_CURRENCY];

    if (rates == NULL) {
        return JNY_OK;
    }

    entries[0].data = (const uint8_t *) "";
    entries[0].len = 0;
    entries[1] = rates->currency;
    target.entries = entries;
    target.n = 2;

    if (jny_scan_room(&t->rates_e9, &t->rates_cap, dict->n,
                      sizeof(*t->rates_e9))
            != JNY_OK
        || jny_names_dict(scan->names, JNY_NAME_CURRENCY, &target,
                          &t->scratch, ids)
               != JNY_OK)
    {
        return JNY_ENOMEM;
    }

    for (i = 0; i < dict->n; i++) {
        t->rates_e9[i] = jny_rates_get(rates, dict->entries[i]);

        if (t->rates_e9[i] != 0) {
            t->maps[JNY_MAP_CURRENCY].ids[i] = ids[1];
        }
    }

    return JNY_OK;
}


int
jny_scan_money(const jny_scan_t *scan, jny_scan_thread_t *t, unsigned thread,
               uint32_t block)
{
    int                 rc;
    int64_t             value_e4;
    uint32_t            i, k, n, *currencies;
    uint64_t            currency;
    jny_order_row_t     row;
    const jny_block_t  *blk;

    blk = &t->blk;
    currencies = t->maps[JNY_MAP_CURRENCY].ids;
    rc = JNY_OK;

    n = jny_scan_money_rows(scan, t);

    for (k = 0; rc == JNY_OK && k < n; k++) {
        i = t->money_rows[k];
        value_e4 = jny_unzigzag(
            jny_column_at(&blk->number[JNY_NUMBER_VALUE], i));

        row.key = jny_scan_order(blk, i);
        row.visitor = jny_scan_visitor(t, i);
        row.time_ms = t->time_ms[i];
        row.ord = JNY_ORD(block, i);
        row.value_e4 = value_e4 == INT64_MIN ? -INT64_MAX : value_e4;
        currency = jny_column_at(&blk->text[JNY_TEXT_CURRENCY], i);
        row.currency = currencies[currency];

        if (scan->plan->rates != NULL && t->rates_e9[currency] != 0) {
            row.value_e4 = jny_rates_convert(row.value_e4,
                                             t->rates_e9[currency]);
        }

        row.selected = row.visitor == 0 && !(t->why[i] & JNY_ROW_CONTEXT)
                       && jny_scan_nobody(scan, t, i);

        t->flags[i] |= JNY_SCATTERED_MONEY;
        rc = jny_orders_add(scan->orders, thread, &row);
    }

    return rc;
}
