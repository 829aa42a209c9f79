/*
 * duration.c - durations as people write them.  strtol() is not used: it takes
 * blanks, signs and overflow in its stride.
 */

#include "engine/duration.h"

#include <string.h>


typedef struct {
    const char  *name;
    int64_t      ms;
} jny_unit_t;

static const jny_unit_t  jny_units[] = {
    { "ms", 1 },
    { "s", 1000 },
    { "m", 60 * 1000 },
    { "h", 3600 * 1000 },
    { "d", 24 * 3600 * 1000 },
    { "w", 7 * 24 * 3600 * 1000 },
};

#define JNY_UNITS  (sizeof(jny_units) / sizeof(jny_units[0]))


static const jny_unit_t *
jny_unit_find(const char *p, size_t len)
{
    for (size_t i = 0; i < JNY_UNITS; i++) {
        if (strlen(jny_units[i].name) == len
            && memcmp(jny_units[i].name, p, len) == 0)
        {
            return &jny_units[i];
        }
    }

    return NULL;
}


int
jny_duration_parse(const char *text, int64_t *ms, jny_diag_t *diag)
{
    size_t             digits, letters;
    int64_t            n, sum;
    const char        *p;
    const jny_unit_t  *unit;

    sum = 0;
    p = text;

    do {
        digits = strspn(p, "0123456789");
        letters = strspn(p + digits, "abcdefghijklmnopqrstuvwxyz");
        unit = jny_unit_find(p + digits, letters);

        if (digits == 0 || digits > 12 || unit == NULL) {
            jny_diag_set(diag, p - text, "write a duration as 30d, 12h, 30m, "
                         "10s, 500ms or 1d12h");
            return JNY_EINVAL;
        }

        n = 0;

        for (size_t i = 0; i < digits; i++) {
            n = 10 * n + (p[i] - '0');
        }

        if (__builtin_mul_overflow(n, unit->ms, &n)
            || __builtin_add_overflow(sum, n, &sum))
        {
            jny_diag_set(diag, p - text, "the duration is too long");
            return JNY_EINVAL;
        }

        p += digits + letters;

    } while (*p != '\0');

    *ms = sum;
    return JNY_OK;
}
