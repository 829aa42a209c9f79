/*
 * select_value.c - the right side of a comparison, read as its field wants it.
 * Money and scores become the integers of their columns: no float comes near
 * an equality.
 */

#include "engine/select.h"

#include <stdlib.h>
#include <string.h>

#include "engine/select_private.h"


/* A decimal number times 10^digits. */

static int
jny_value_number(const char *p, unsigned digits, int64_t *number)
{
    int       negative, seen;
    int64_t   n;
    unsigned  left;

    n = 0;
    seen = 0;
    left = digits;
    negative = *p == '-';
    p += negative;

    for (int point = 0; *p != '\0' || left > 0;) {
        if (*p == '.' && !point && digits > 0) {
            point = 1;
            p++;
            continue;
        }

        if (*p != '\0' && (*p < '0' || *p > '9' || (point && left == 0))) {
            return JNY_EINVAL;
        }

        if (*p == '\0' || point) {
            left--;
        }

        if (__builtin_mul_overflow(n, 10, &n)
            || __builtin_add_overflow(n, *p ? *p - '0' : 0, &n))
        {
            return JNY_EINVAL;
        }

        if (*p != '\0') {
            seen = 1;
            p++;
        }
    }

    *number = negative ? -n : n;
    return seen ? JNY_OK : JNY_EINVAL;
}


static int
jny_value_id(const char *p, uint64_t *id)
{
    size_t  n;

    n = strspn(p, "0123456789abcdefABCDEF");

    if (n == 0 || n > 16 || p[n] != '\0') {
        return JNY_EINVAL;
    }

    *id = strtoull(p, NULL, 16);
    return JNY_OK;
}


int
jny_value_convert(jny_value_t *v, const jny_field_t *field, size_t offset,
    jny_diag_t *diag)
{
    unsigned  digits;

    switch (field->kind) {

    case JNY_FIELD_NUMBER:
        digits = field->index == JNY_NUMBER_VALUE   ? 4
                 : field->index == JNY_NUMBER_SCORE ? 2
                                                          : 0;

        if (jny_value_number(v->text, digits, &v->number) == JNY_OK) {
            return JNY_OK;
        }

        if (digits == 0) {
            jny_diag_set(diag, offset, "a whole number belongs here (latency "
                         "is in milliseconds)");

        } else {
            jny_diag_set(diag, offset, "a number with at most %u decimals "
                         "belongs here", digits);
        }

        return JNY_EINVAL;

    case JNY_FIELD_ID:
        /* Absent is nobody, who is 0. */

        if (v->text[0] == '\0' || strcmp(v->text, "(none)") == 0) {
            v->id = 0;
            return JNY_OK;
        }

        if (jny_value_id(v->text, &v->id) == JNY_OK) {
            return JNY_OK;
        }

        jny_diag_set(diag, offset, "up to 16 hexadecimal digits belong here, "
                     "as journey cat prints them");
        return JNY_EINVAL;

    case JNY_FIELD_FLAG:
    case JNY_FIELD_BOT:
        v->number = strcmp(v->text, "yes") == 0;

        if (v->number || strcmp(v->text, "no") == 0) {
            return JNY_OK;
        }

        jny_diag_set(diag, offset, "yes or no belongs here");
        return JNY_EINVAL;

    default:
        return JNY_OK;
    }
}
