/*
 * ngx_http_journey_value.c - money in, integers out.  Digits are gathered
 * below zero, because the most negative integer has no positive twin.
 */

#include "ngx_http_journey_value.h"


#define NGX_HTTP_JOURNEY_VALUE_PLACES 4


static void ngx_http_journey_value_trim(const uint8_t **text, size_t *len);
static int ngx_http_journey_value_digit(int64_t *value, int digit);


int
ngx_http_journey_value_parse(const uint8_t *text, size_t len,
    int64_t *value_e4)
{
    int       negative;
    size_t    i, digits;
    int64_t   value;
    unsigned  places;

    ngx_http_journey_value_trim(&text, &len);

    i = 0;
    digits = 0;
    places = 0;
    value = 0;
    negative = 0;

    if (len > 0 && (text[0] == '-' || text[0] == '+')) {
        negative = (text[0] == '-');
        i = 1;
    }

    for (/* void */; i < len && text[i] >= '0' && text[i] <= '9'; i++) {
        if (ngx_http_journey_value_digit(&value, text[i] - '0') != 0) {
            return -1;
        }
        digits++;
    }

    if (i < len && text[i] == '.') {
        for (i++; i < len && text[i] >= '0' && text[i] <= '9'; i++) {
            digits++;

            if (places == NGX_HTTP_JOURNEY_VALUE_PLACES) {
                if (text[i] != '0') {
                    return -1;
                }
                continue;
            }

            if (ngx_http_journey_value_digit(&value, text[i] - '0') != 0) {
                return -1;
            }
            places++;
        }
    }

    if (i != len || digits == 0) {
        return -1;
    }

    for (/* void */; places < NGX_HTTP_JOURNEY_VALUE_PLACES; places++) {
        if (ngx_http_journey_value_digit(&value, 0) != 0) {
            return -1;
        }
    }

    if (!negative) {
        if (value == INT64_MIN) {
            return -1;
        }
        value = -value;
    }

    *value_e4 = value;

    return 0;
}


static int
ngx_http_journey_value_digit(int64_t *value, int digit)
{
    if (*value < INT64_MIN / 10
        || (*value == INT64_MIN / 10 && digit > -(INT64_MIN % 10)))
    {
        return -1;
    }

    *value = *value * 10 - digit;

    return 0;
}


int
ngx_http_journey_currency_parse(const uint8_t *text, size_t len,
    uint8_t out[3])
{
    size_t   i;
    uint8_t  c;

    ngx_http_journey_value_trim(&text, &len);

    if (len != 3) {
        return -1;
    }

    for (i = 0; i < 3; i++) {
        c = text[i] & (uint8_t) ~0x20;

        if (c < 'A' || c > 'Z') {
            return -1;
        }

        out[i] = c;
    }

    return 0;
}


static void
ngx_http_journey_value_trim(const uint8_t **text, size_t *len)
{
    while (*len > 0 && (**text == ' ' || **text == '\t')) {
        (*text)++;
        (*len)--;
    }

    while (*len > 0
           && ((*text)[*len - 1] == ' ' || (*text)[*len - 1] == '\t'))
    {
        (*len)--;
    }
}
