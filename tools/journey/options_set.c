/*
 * options_set.c - one value of one option: read by the row's type, checked
 * against its range, stored in its field.
 */

#include "options_table.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

#include "analysis/funnel.h"
#include "engine/fields.h"


#define JNY_ZONE_FOLDER  "/usr/share/zoneinfo/"


static void *
jny_option_field(jny_options_t *opt, const jny_option_t *row)
{
    return (char *) opt + row->field;
}


/* The value as typed; the remedy is in the words of the parser. */

int
jny_option_bad(const jny_command_t *cmd, const jny_option_t *row,
    const char *value, const char *remedy)
{
    fprintf(stderr, "journey %s: --%s %s: %s\n", cmd->name, row->name,
            value, remedy);

    return JNY_EINVAL;
}


static int
jny_option_count_set(const jny_command_t *cmd, jny_options_t *opt,
    const jny_option_t *row, const char *value)
{
    char      remedy[64];
    size_t    digits;
    unsigned  n;

    digits = strspn(value, "0123456789");
    n = digits > 0 && digits < 9 ? (unsigned) strtoul(value, NULL, 10) : 0;

    if (value[digits] != '\0' || n < row->min || n > row->max) {
        snprintf(remedy, sizeof(remedy), "give a number from %d to %d",
                 (int) row->min, (int) row->max);
        return jny_option_bad(cmd, row, value, remedy);
    }

    *(unsigned *) jny_option_field(opt, row) = n;
    return JNY_OK;
}


/* "512M", "2G": bytes in units of 1024. */
static int
jny_option_size_set(const jny_command_t *cmd, jny_options_t *opt,
    const jny_option_t *row, const char *value)
{
    int          shift;
    size_t       digits;
    int64_t      bytes;
    const char  *unit;

    static const char  units[] = "KMGT";

    digits = strspn(value, "0123456789");
    unit = value[digits] != '\0' ? strchr(units, value[digits]) : NULL;
    shift = unit != NULL ? 10 * (int) (unit - units + 1) : 0;
    bytes = digits > 0 && digits < 10 ? strtol(value, NULL, 10) : 0;

    if (value[digits + (unit != NULL)] != '\0'
        || __builtin_mul_overflow(bytes, INT64_C(1) << shift, &bytes)
        || bytes < row->min || bytes > row->max)
    {
        return jny_option_bad(cmd, row, value, "give a size from 64M on: "
                              "512M, 2G");
    }

    *(int64_t *) jny_option_field(opt, row) = bytes;
    return JNY_OK;
}


static int
jny_option_list_set(const jny_command_t *cmd, jny_options_t *opt,
    const jny_option_t *row, const char *value)
{
    jny_list_t  *list;

    list = jny_option_field(opt, row);

    if (value[0] == '\0') {
        return jny_option_bad(cmd, row, "\"\"", "the value is empty");
    }

    if (list->n == JNY_MAX_LIST) {
        return jny_option_bad(cmd, row, value, "given too often");
    }

    list->v[list->n++] = value;
    return JNY_OK;
}


static int
jny_option_word_set(const jny_command_t *cmd, jny_options_t *opt,
    const jny_option_t *row, const char *value)
{
    char                      remedy[80];
    const jny_option_word_t  *word;

    for (word = row->words; word->name != NULL; word++) {
        if (strcmp(word->name, value) != 0) {
            continue;
        }

        if (row->type == JNY_OPTION_NAME) {
            *(const char **) jny_option_field(opt, row) = word->name;

        } else {
            *(unsigned *) jny_option_field(opt, row) = word->value;
        }

        return JNY_OK;
    }

    snprintf(remedy, sizeof(remedy), "give %s%s",
             strchr(row->arg, '|') ? "one of " : "", row->arg);

    return jny_option_bad(cmd, row, value, remedy);
}


static int
jny_option_duration_set(const jny_command_t *cmd, jny_options_t *opt,
    const jny_option_t *row, const char *value)
{
    int64_t     ms;
    jny_diag_t  diag;

    if (jny_duration_parse(value, &ms, &diag) != JNY_OK) {
        return jny_option_bad(cmd, row, value, diag.what);
    }

    if (ms < row->min || ms > row->max) {
        return jny_option_bad(cmd, row, value, "give 1ms to 3652d");
    }

    *(int64_t *) jny_option_field(opt, row) = ms;
    return JNY_OK;
}


/* "first", "last", "all", "step:2" */

static int
jny_option_credit_set(const jny_command_t *cmd, jny_options_t *opt,
    const jny_option_t *row, const char *value)
{
    int        end;
    char       remedy[80];
    unsigned   k, step, *credit;

    static const char *const  words[] = { "first", "last", "all" };

    credit = jny_option_field(opt, row);
    end = 0;

    for (k = 0; k < sizeof(words) / sizeof(words[0]); k++) {
        if (strcmp(value, words[k]) == 0) {
            *credit = JNY_FUNNEL_CREDIT_FIRST + k;
            return JNY_OK;
        }
    }

    if (strspn(value, "step:0123456789") != strlen(value)
        || sscanf(value, "step:%2u%n", &step, &end) != 1
        || value[end] != '\0' || step < 1 || step > row->max)
    {
        snprintf(remedy, sizeof(remedy),
                 "give first, last, all, or a step from step:1 to step:%d",
                 (int) row->max);
        return jny_option_bad(cmd, row, value, remedy);
    }

    *credit = JNY_FUNNEL_CREDIT_STEP + step - 1;
    return JNY_OK;
}


/* "-3..+3", as offsets from the touchpoint in the middle */

static int
jny_option_span_set(const jny_command_t *cmd, jny_options_t *opt,
    const jny_option_t *row, const char *value)
{
    int          end;
    char         remedy[80];
    unsigned     before, after;
    jny_span_t  *span;

    end = 0;

    if (strspn(value, "-.+0123456789") != strlen(value)
        || sscanf(value, "-%2u..+%2u%n", &before, &after, &end) != 2
        || value[end] != '\0' || before > row->max || after > row->max)
    {
        snprintf(remedy, sizeof(remedy),
                 "give offsets like -3..+3, none beyond %d",
                 (int) row->max);
        return jny_option_bad(cmd, row, value, remedy);
    }

    span = jny_option_field(opt, row);
    span->before = before;
    span->after = after;
    span->given = 1;

    return JNY_OK;
}


/* The whole text with a caret under the place. */

static int
jny_option_selector_bad(const jny_command_t *cmd, const jny_option_t *row,
    const char *value, const jny_diag_t *diag)
{
    unsigned  column;

    fprintf(stderr, "journey %s: --%s: %s\n", cmd->name, row->name,
            diag->what);

    column = 0;

    for (uint64_t i = 0; i < diag->offset && value[i] != '\0'; i++) {
        column += ((unsigned char) value[i] & 0xc0) != 0x80;
    }

    fprintf(stderr, "    %s\n    %*s^\n", value, (int) column, "");
    return JNY_EINVAL;
}


static int
jny_option_selector_set(const jny_command_t *cmd, jny_options_t *opt,
    const jny_option_t *row, const char *value)
{
    int              rc;
    jny_diag_t       diag;
    jny_plan_t      *plan;
    jny_selector_t  *sel, **field;

    plan = &opt->plan;

    if (row->type == JNY_OPTION_STEPS) {
        jny_steps_free(plan->steps, plan->nsteps);
        plan->steps = NULL;
        plan->nsteps = 0;
        opt->steps_text = value;

        rc = jny_steps_parse(&plan->steps, opt->steps, &plan->nsteps,
                             JNY_MAX_STEPS, value, &diag);

    } else {
        field = jny_option_field(opt, row);
        rc = jny_selector_parse(&sel, value, &diag);

        if (rc == JNY_OK) {
            jny_selector_free(*field);
            *field = sel;
        }
    }

    if (rc == JNY_EINVAL) {
        return jny_option_selector_bad(cmd, row, value, &diag);
    }

    return rc;
}


/* A name, the first =, a selector */

static int
jny_option_cohort_set(const jny_command_t *cmd, jny_options_t *opt,
    const jny_option_t *row, const char *value)
{
    int             rc;
    char            remedy[64];
    jny_diag_t      diag;
    jny_slice_t     name;
    jny_cohorts_t  *list;

    list = jny_option_field(opt, row);
    name.data = (const uint8_t *) value;
    name.len = strcspn(value, "=");

    if (name.len == 0 || value[name.len] == '\0') {
        return jny_option_bad(cmd, row, value, "give a name, = and a "
                              "selector, as in readers=/blog/*");
    }

    for (unsigned k = 0; k < list->n; k++) {
        if (jny_slice_same(list->name[k], name)) {
            return jny_option_bad(cmd, row, value,
                                  "that name stands there twice");
        }
    }

    if (list->n == row->max) {
        snprintf(remedy, sizeof(remedy), "give at most %d of them",
                 (int) row->max);
        return jny_option_bad(cmd, row, value, remedy);
    }

    value += name.len + 1;
    rc = jny_selector_parse(&list->selector[list->n], value, &diag);

    if (rc == JNY_EINVAL) {
        return jny_option_selector_bad(cmd, row, value, &diag);
    }

    if (rc == JNY_OK) {
        list->name[list->n++] = name;
    }

    return rc;
}


/* One of the fields of a list. */

static int
jny_option_field_check(const jny_command_t *cmd, const jny_option_t *row,
    const char *name, size_t len)
{
    char                value[64], remedy[96];
    const char         *near;
    const jny_field_t  *field;

    snprintf(value, sizeof(value), "%.*s", (int) len, name);
    field = jny_field_find(name, len);

    if (field == NULL) {
        near = jny_field_nearest(name, len);
        snprintf(remedy, sizeof(remedy),
                 near ? "unknown field, did you mean %s?"
                      : "unknown field; give campaign, host, x_NAME, ...",
                 near);
        return jny_option_bad(cmd, row, value, remedy);
    }

    if (field->kind > JNY_FIELD_AGENT) {
        return jny_option_bad(cmd, row, value, "give a field that holds text: "
                              "campaign, host, x_NAME, ...");
    }

    return JNY_OK;
}


/* FIELD[,FIELD...], each once */

static int
jny_option_field_set(const jny_command_t *cmd, jny_options_t *opt,
    const jny_option_t *row, const char *value)
{
    int          rc;
    char         remedy[64];
    size_t       len, other;
    unsigned     n;
    const char  *p, *q;

    n = 0;

    for (p = value;; p += len + 1) {
        len = strcspn(p, ",");
        rc = jny_option_field_check(cmd, row, p, len);

        if (rc != JNY_OK) {
            return rc;
        }

        for (q = value; q < p; q += other + 1) {
            other = strcspn(q, ",");

            if (other == len && memcmp(p, q, len) == 0) {
                return jny_option_bad(cmd, row, value,
                                      "a field stands there twice");
            }
        }

        if (++n > row->max) {
            snprintf(remedy, sizeof(remedy), "give at most %d fields",
                     (int) row->max);
            return jny_option_bad(cmd, row, value, remedy);
        }

        if (p[len] == '\0') {
            break;
        }
    }

    *(const char **) jny_option_field(opt, row) = value;
    return JNY_OK;
}


/* +hh:mm, -hh:mm */

static int
jny_option_is_offset(const char *value)
{
    return strlen(value) == 6 && strchr("+-", value[0]) != NULL
           && strspn(value + 1, "0123456789") == 2 && value[3] == ':'
           && strspn(value + 4, "0123456789") == 2
           && memcmp(value + 1, "14", 2) <= 0 && value[4] < '6';
}


/*
 * tzset() takes any name and silently means UTC by those it does not know; so
 * names are looked up first.  Its own offsets count westwards, and the name
 * they need before them cannot hold a colon.
 */

static int
jny_option_zone_set(const jny_command_t *cmd, jny_options_t *opt,
    const jny_option_t *row, const char *value)
{
    char         zone[512];
    struct stat  st;

    if (jny_option_is_offset(value)) {
        snprintf(zone, sizeof(zone), "<%.3s%s>%c%s", value, value + 4,
                 value[0] == '+' ? '-' : '+', value + 1);

    } else if (strcmp(value, "UTC") == 0) {
        snprintf(zone, sizeof(zone), "UTC0");

    } else {
        snprintf(zone, sizeof(zone), JNY_ZONE_FOLDER "%s", value);

        if (strstr(value, "..") != NULL || stat(zone, &st) != 0
            || !S_ISREG(st.st_mode))
        {
            return jny_option_bad(cmd, row, value, "no such zone in "
                                  JNY_ZONE_FOLDER "; give a name like "
                                  "Europe/Berlin, UTC, or +02:00");
        }

        snprintf(zone, sizeof(zone), "%s", value);
    }

    if (setenv("TZ", zone, 1) != 0) {
        return JNY_ENOMEM;
    }

    opt->tz = value;
    return JNY_OK;
}


int
jny_option_set(const jny_command_t *cmd, jny_options_t *opt,
    const jny_option_t *row, const char *value)
{
    switch (row->type) {

    case JNY_OPTION_FLAG:
        *(unsigned *) jny_option_field(opt, row) = 1;
        return JNY_OK;

    case JNY_OPTION_COUNT:
        return jny_option_count_set(cmd, opt, row, value);

    case JNY_OPTION_WORD:
    case JNY_OPTION_NAME:
        return jny_option_word_set(cmd, opt, row, value);

    case JNY_OPTION_SIZE:
        return jny_option_size_set(cmd, opt, row, value);

    case JNY_OPTION_DURATION:
        return jny_option_duration_set(cmd, opt, row, value);

    case JNY_OPTION_SELECTOR:
    case JNY_OPTION_STEPS:
        return jny_option_selector_set(cmd, opt, row, value);

    case JNY_OPTION_COHORT:
        return jny_option_cohort_set(cmd, opt, row, value);

    case JNY_OPTION_CREDIT:
        return jny_option_credit_set(cmd, opt, row, value);

    case JNY_OPTION_SPAN:
        return jny_option_span_set(cmd, opt, row, value);

    case JNY_OPTION_FIELD:
        return jny_option_field_set(cmd, opt, row, value);

    case JNY_OPTION_ZONE:
        return jny_option_zone_set(cmd, opt, row, value);

    case JNY_OPTION_LIST:
        return jny_option_list_set(cmd, opt, row, value);

    case JNY_OPTION_TEXT:
    case JNY_OPTION_TIME:
        if (value[0] == '\0') {
            return jny_option_bad(cmd, row, "\"\"", "the value is empty");
        }

        *(const char **) jny_option_field(opt, row) = value;
        return JNY_OK;
    }

    return JNY_EINVAL;
}
