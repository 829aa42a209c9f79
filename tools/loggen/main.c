/*
 * main.c - loggen: a seeded month of a shop's visitors as a .jny log, with
 * the true answers beside it.
 */

#define _POSIX_C_SOURCE 200809L

#include <errno.h>
#include <getopt.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "jny_types.h"
#include "month.h"
#include "truth.h"


typedef struct {
    shop_conf_t   shop;
    month_conf_t  month;
    uint64_t      visitors; /* 0: until events are reached */
    uint64_t      events;
    const char   *output;
    const char   *truth;
} loggen_t;

#define LOGGEN_DAY_MS 86400000
#define LOGGEN_START_MS INT64_C(1767571200000) /* 2026-01-05, a Monday */

static const char loggen_usage[] =
    "Usage: loggen [options]\n"
    "Writes a seeded month of a shop's visitors as a .jny log.\n"
    "\n"
    "  --seed N        which month (1)\n"
    "  --events N      about as many events (100000); the last visitor is\n"
    "                  finished\n"
    "  --visitors N    exactly as many visitors instead\n"
    "  --days N        length, 1 to 49 (30)\n"
    "  --effect X      what " SHOP_EFFECT_PAGE " does to later steps to the\n"
    "                  cart: their chance times X (2)\n"
    "  --block N       events a block, 1 to 65535 (8000)\n"
    "  --writers N     nginx workers, 1 to 64 (2)\n"
    "  --level N       deflate level, 1 to 9 (1)\n"
    "  --no-agents     no User-Agents, and so no bots, which nothing would\n"
    "                  tell apart\n"
    "  --no-bots       no bots\n"
    "  -o FILE         the log (standard output)\n"
    "  --truth FILE    the true answers, as JSON\n";


static int
loggen_number(const char *name, const char *text, uint64_t lo, uint64_t hi,
              uint64_t *n)
{
    char               *end;
    unsigned long long  v;

    errno = 0;
    v = strtoull(text, &end, 10);

    if (*text < '0' || *text > '9' || *end != '\0' || errno != 0 || v < lo
        || v > hi)
    {
        (void) fprintf(stderr,
                       "loggen: --%s %s: a whole number from %llu to %llu\n",
                       name, text, (unsigned long long) lo,
                       (unsigned long long) hi);
        return -1;
    }

    *n = v;

    return 0;
}


static int
loggen_effect(const char *text, double *effect)
{
    char  *end;

    *effect = strtod(text, &end);

    if (end == text || *end != '\0' || !(*effect >= 0 && *effect <= 10)) {
        (void) fprintf(stderr, "loggen: --effect %s: from 0 to 10\n", text);
        return -1;
    }

    return 0;
}


static int
loggen_option(loggen_t *lg, int c, const char *name, const char *arg)
{
    int       rc;
    uint64_t  n;

    n = 0;
    rc = 0;

    switch (c) {
    case 's':
        return loggen_number(name, arg, 0, UINT64_MAX, &lg->shop.seed);
    case 'e':
        return loggen_number(name, arg, 1, 1000000000, &lg->events);
    case 'v':
        return loggen_number(name, arg, 1, 1000000000, &lg->visitors);
    case 'd':
        rc = loggen_number(name, arg, 1, 49, &n);
        lg->shop.length_ms = (int64_t) n * LOGGEN_DAY_MS;
        return rc;
    case 'x':
        return loggen_effect(arg, &lg->shop.effect);
    case 'b':
        rc = loggen_number(name, arg, 1, JNY_MAX_ROWS, &n);
        lg->month.block_events = (unsigned) n;
        return rc;
    case 'w':
        rc = loggen_number(name, arg, 1, MONTH_MAX_WRITERS, &n);
        lg->month.writers = (unsigned) n;
        return rc;
    case 'l':
        rc = loggen_number(name, arg, 1, 9, &n);
        lg->month.level = (int) n;
        return rc;
    case 'A':
        lg->month.agents = 0;
        lg->shop.bots = 0;
        return 0;
    case 'B':
        lg->shop.bots = 0;
        return 0;
    case 'o':
        lg->output = arg;
        return 0;
    case 't':
        lg->truth = arg;
        return 0;
    default:
        return -1;
    }
}


/* 0: go on; 1: help was printed; -1: usage error. */
static int
loggen_parse(loggen_t *lg, int argc, char **argv)
{
    int  c, which;

    static const struct option options[] = {
        { "seed", required_argument, NULL, 's' },
        { "events", required_argument, NULL, 'e' },
        { "visitors", required_argument, NULL, 'v' },
        { "days", required_argument, NULL, 'd' },
        { "effect", required_argument, NULL, 'x' },
        { "block", required_argument, NULL, 'b' },
        { "writers", required_argument, NULL, 'w' },
        { "level", required_argument, NULL, 'l' },
        { "no-agents", no_argument, NULL, 'A' },
        { "no-bots", no_argument, NULL, 'B' },
        { "output", required_argument, NULL, 'o' },
        { "truth", required_argument, NULL, 't' },
        { "help", no_argument, NULL, 'h' },
        { NULL, 0, NULL, 0 }
    };

    which = 0;

    while ((c = getopt_long(argc, argv, "o:h", options, &which)) != -1) {

        if (c == 'h') {
            (void) fputs(loggen_usage, stdout);
            return 1;
        }

        if (loggen_option(lg, c, options[which].name, optarg) != 0) {
            return -1;
        }
    }

    if (optind != argc) {
        (void) fprintf(stderr, "loggen: \"%s\": takes no such argument\n",
                       argv[optind]);
        return -1;
    }

    return 0;
}


static int
loggen_error(const char *name, const char *why)
{
    (void) fprintf(stderr, "loggen: %s: %s\n", name, why);
    return 1;
}


/* Lives all visitors: fills the month and its truth. */
static int
loggen_live(const loggen_t *lg, shop_t *shop, month_t *month, truth_t *truth)
{
    size_t    i, first;
    uint64_t  visitor;

    truth_init(truth);

    for (visitor = 0; lg->visitors ? visitor < lg->visitors
                                   : month->n < lg->events;
         visitor++)
    {
        first = month->n;

        if (shop_visit(shop, (uint32_t) visitor) != 0) {
            return -1;
        }

        for (i = first; i < month->n; i++) {
            truth_event(truth, shop, &month->events[i]);
        }

        truth_visitor_end(truth);
    }

    return month_sort(month, lg->shop.length_ms);
}


static int
loggen_write(const loggen_t *lg, const shop_t *shop, const month_t *month)
{
    int  rc;
    FILE *out;
    const char  *name;

    name = lg->output ? lg->output : "standard output";
    out = lg->output ? fopen(lg->output, "wb") : stdout;

    if (out == NULL) {
        return loggen_error(name, strerror(errno));
    }

    rc = month_write(month, shop, &lg->month, out);

    if (rc != JNY_OK) {
        return loggen_error(name, rc == JNY_EIO ? strerror(errno)
                                                : jny_strerror(rc));
    }

    return fclose(out) == 0 ? 0 : loggen_error(name, strerror(errno));
}


static int
loggen_truth(const loggen_t *lg, const shop_t *shop, const truth_t *truth)
{
    FILE *out;

    if (lg->truth == NULL) {
        return 0;
    }

    out = fopen(lg->truth, "w");

    if (out == NULL) {
        return loggen_error(lg->truth, strerror(errno));
    }

    truth_print(truth, shop, out);

    return fclose(out) == 0 ? 0 : loggen_error(lg->truth, strerror(errno));
}


int
main(int argc, char **argv)
{
    int      rc;
    month_t  month;
    truth_t  truth;

    static shop_t  shop;

    loggen_t lg = {
        .shop = { .seed = 1, .start_ms = LOGGEN_START_MS,
                  .length_ms = INT64_C(30) * LOGGEN_DAY_MS,
                  .effect = 2, .bots = 1 },
        .month = { .block_events = 8000, .writers = 2,
                   .agents = 1, .level = 1 },
        .events = 100000
    };

    rc = loggen_parse(&lg, argc, argv);

    if (rc != 0) {
        return rc < 0 ? 2 : 0;
    }

    memset(&month, 0, sizeof(month));
    shop_init(&shop, &lg.shop, month_add, &month);

    if (loggen_live(&lg, &shop, &month, &truth) != 0) {
        rc = loggen_error("a month", "out of memory");

    } else {
        rc = loggen_write(&lg, &shop, &month);

        if (rc == 0) {
            rc = loggen_truth(&lg, &shop, &truth);
        }
    }

    month_free(&month);

    return rc;
}
