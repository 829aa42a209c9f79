/*
 * money.h - money by currency, and the ledger of orders.  Currencies are never
 * added to each other.
 */

#ifndef JNY_MONEY_H
#define JNY_MONEY_H

#include "base/purse.h"
#include "engine/run.h"
#include "render/json.h"


/* An object: currency to amount; "" where none was logged. */
void jny_money_json_purse(jny_json_t *js, const char *key,
    const jny_purse_t *purse, const jny_names_t *names);

/* "1,234.50 EUR + 20.00 USD"; "-" of nothing. */
void jny_money_text_purse(jny_buf_t *b, const jny_purse_t *purse,
    const jny_names_t *names);

/* The member "money": one object per currency. */
void jny_money_json(jny_json_t *js, const jny_money_t *money, unsigned n);

/* The same as lines of a text's foot. */
void jny_money_foot(jny_buf_t *out, const jny_money_t *money, unsigned n);


#endif /* JNY_MONEY_H */
