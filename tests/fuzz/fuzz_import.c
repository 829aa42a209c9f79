/*
 * fuzz_import.c - the first byte chooses a format, the rest is a file of it:
 * whatever it holds, records stay inside their lines, and what becomes a row
 * becomes a block.
 */

#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "engine/heap.h"
#include "import/lines.h"
#include "import/mapper.h"
#include "import/parser.h"
#include "jny_encode.h"


int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);


static const char *const  fuzz_formats[] = {
    "combined", "vhost", "json", "csv",
    "$msec|$host|$request_uri|$status|\"$http_user_agent\"|$cookie_sid|$args",
    "escape=json {\"$time_iso8601\" \"$uri\" \"$args\" $http_cookie}"
};

static jny_identity_t  fuzz_identity;
static jny_model_t     fuzz_model;
static jny_mapper_t    fuzz_mapper;
static jny_encoder_t  *fuzz_enc;


static void
fuzz_require(int condition)
{
    if (!condition) {
        abort();
    }
}


static void
fuzz_init(void)
{
    int                       rc;
    jny_log_info_t            info;
    static jny_mapper_conf_t  conf;

    static const char  model[] =
        "stages: [a, b]\n"
        "rules:\n"
        "  - when: /a* & status<400 & x_team!=b\n"
        "    stage: a\n"
        "  - when: campaign=x|channel=email\n"
        "    ignore: yes\n"
        "  - when: bot=yes & value>0 & agent~*x*\n"
        "    touchpoint: t\n";

    memset(&info, 0, sizeof(info));
    info.writer = 1;
    info.fields[0].data = (const uint8_t *) "team";
    info.fields[0].len = 4;
    info.nfields = 1;
    info.agents = 1;
    info.level = 1;

    fuzz_require(jny_identity_init(&fuzz_identity, "visitor,cookie:sid,login,"
                                   "address", NULL) == JNY_OK);
    fuzz_require(jny_model_parse(&fuzz_model, "m", model, sizeof(model) - 1,
                                 NULL) == JNY_OK);

    conf.identity = &fuzz_identity;
    conf.model = &fuzz_model;
    conf.fields[0] = info.fields[0];
    conf.nfields = 1;

    fuzz_require(jny_mapper_init(&fuzz_mapper, &conf) == JNY_OK);
    fuzz_enc = jny_encoder_new(&jny_heap, &info, &rc);
    fuzz_require(fuzz_enc != NULL);
}


/* A copy of just its size: one byte too far is seen. */

static void
fuzz_record(const jny_parser_t *parser, const void *state, const uint8_t *p,
    size_t len)
{
    int           rc;
    uint8_t      *line;
    jny_row_t     row;
    const char   *why;
    jny_record_t  rec;

    line = malloc(len + (len == 0));
    fuzz_require(line != NULL);

    if (len != 0) {
        memcpy(line, p, len);
    }

    memset(&rec, 0, sizeof(rec));
    why = NULL;
    rc = parser->parse(state, line, len, &rec, &why);

    for (unsigned i = 0; rc == JNY_OK && i < JNY_IN_COUNT; i++) {
        fuzz_require(rec.in[i].len == 0
                     || (rec.in[i].data >= line
                         && rec.in[i].data + rec.in[i].len <= line + len));
    }

    if (rc == JNY_OK) {
        rc = jny_mapper_row(&fuzz_mapper, &rec, &row, &why);
    }

    fuzz_require(rc == JNY_OK || rc == JNY_END
                 || (rc == JNY_EDATA && why != NULL));

    if (rc == JNY_OK) {
        rc = jny_encoder_add(fuzz_enc, &row);
        fuzz_require(rc == JNY_OK || rc == JNY_ELIMIT);

        if (rc == JNY_ELIMIT || jny_encoder_rows(fuzz_enc) > 100) {
            jny_encoder_reset(fuzz_enc);
        }
    }

    free(line);
}


int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    void                *state;
    uint8_t             *copy, *p, *nl, *end;
    const char          *text;
    jny_slice_t          head;
    jny_binding_t        binding;
    const jny_parser_t  *parser;

    if (size == 0) {
        return 0;
    }

    if (fuzz_enc == NULL) {
        fuzz_init();
    }

    parser = jny_parser_find(
        fuzz_formats[data[0] % (sizeof(fuzz_formats) / sizeof(char *))],
        &text, NULL);
    fuzz_require(parser != NULL);
    fuzz_require(jny_binding_init(&binding, "sid") == JNY_OK);
    fuzz_require(jny_binding_map(&binding, "x_team=t", NULL) == JNY_OK);

    copy = malloc(size);
    fuzz_require(copy != NULL);
    memcpy(copy, data + 1, size - 1);
    p = copy;
    end = copy + size - 1;
    state = NULL;

    nl = jny_record_end(parser->quoted, p, end, 1);
    nl = nl != NULL ? nl : end;
    head.data = p;
    head.len = (size_t) (nl - p);

    if (parser->open(&state, text, head, &binding, NULL) == JNY_OK) {
        while (p < end) {
            nl = jny_record_end(parser->quoted, p, end, 1);
            nl = nl != NULL ? nl : end;
            fuzz_record(parser, state, p, (size_t) (nl - p));
            p = nl + 1;
        }

        parser->close(state);
    }

    jny_binding_release(&binding);
    free(copy);

    return 0;
}
