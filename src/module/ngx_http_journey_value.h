/*
 * ngx_http_journey_value.h - decimal text to money, exactly.  No nginx here.
 */

#ifndef NGX_HTTP_JOURNEY_VALUE_H
#define NGX_HTTP_JOURNEY_VALUE_H

#include <stddef.h>
#include <stdint.h>


/*
 * Reads an amount into units of 1/10000: an optional sign, digits, and
 * optionally "." with digits; blanks around it are ignored.  Digits behind the
 * fourth decimal place must be zeros: nothing is ever rounded.  No exponent,
 * no thousands separators, no decimal comma: "1.234,56" and "1,234.56" cannot
 * both be right, so neither is guessed.
 *
 * 0, or -1 when this is no such number or does not fit; *value_e4 is then
 * untouched.
 */
int ngx_http_journey_value_parse(const uint8_t *text, size_t len,
    int64_t *value_e4);

/*
 * A currency is three ASCII letters (ISO 4217), written to out in upper case;
 * blanks around them are ignored.  0, or -1 when this is none.
 */
int ngx_http_journey_currency_parse(const uint8_t *text, size_t len,
    uint8_t out[3]);


#endif /* NGX_HTTP_JOURNEY_VALUE_H */
