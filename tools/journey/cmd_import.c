/*
 * cmd_import.c - access logs, NDJSON and CSV to a .jny log.
 */

#include "options.h"

#include <ctype.h>
#include <errno.h>
#include <inttypes.h>
#include <sodium.h>
#include <stdio.h>
#include <string.h>

#include "import/import.h"
#include "output.h"
#include "watch.h"


static int jny_import_command(const jny_options_t *opt);


const jny_command_t  jny_cmd_import = {
    "import",
    "access logs, NDJSON and CSV, made a log",
    "input output map model import-visitor key host assets tz "
    "threads",
    "[options] -o OUT.jny FILE...",
    "FILE is an access log, plain or gzip, or - for standard input.  Pages,\n"
    "campaigns and referrers are what the nginx module would have logged.\n"
    "Columns are known by the names of nginx's variables, and by our own:\n"
    "time, visitor, login, stage, touchpoint, page, value, ..., x_NAME.\n"
    "What cannot be read is counted, and the first such lines are shown.\n"
    "The same file imported twice counts once: its writer is made from its\n"
    "content.  Addresses are hashed, never stored; without --key an import\n"
    "knows nobody of another.\n",
    jny_import_command
};


typedef struct {
    const jny_options_t  *opt;
    jny_import_conf_t     conf;
    jny_binding_t         binding;
    jny_identity_t        identity;
    jny_model_t           model;
    jny_import_t         *im;
    jny_watch_t           watch;
    char                  host[256];
} jny_import_cmd_t;


static int
jny_import_say(const char *name, const char *what)
{
    fprintf(stderr, "journey import: %s: %s\n", name, what);
    return JNY_EXIT_FAILED;
}


static int
jny_import_usage(const char *option, const char *value, const char *what)
{
    fprintf(stderr, "journey import: --%s %s: %s\n", option, value, what);
    return JNY_EXIT_USAGE;
}


/* What a code that was not said yet means for the exit. */

static int
jny_import_failed(const char *name, int rc, const jny_diag_t *diag)
{
    return jny_import_say(name, rc == JNY_ENOMEM ? jny_strerror(rc)
                                                 : diag->what);
}


static int
jny_import_maps(jny_import_cmd_t *c)
{
    int          rc;
    jny_diag_t   diag;
    const char  *map;

    for (unsigned i = 0; i < c->opt->maps.n; i++) {
        map = c->opt->maps.v[i];
        rc = jny_binding_map(&c->binding, map, &diag);

        if (rc == JNY_EINVAL) {
            return jny_import_usage("map", map, diag.what);
        }

        if (rc != JNY_OK) {
            return jny_import_failed(map, rc, &diag);
        }
    }

    return JNY_EXIT_OK;
}


static int
jny_import_identity(jny_import_cmd_t *c)
{
    int                   rc;
    jny_diag_t            diag;
    const jny_options_t  *opt;

    opt = c->opt;

    if (jny_identity_init(&c->identity, opt->visitor, &diag) != JNY_OK) {
        return jny_import_usage("visitor", opt->visitor, diag.what);
    }

    if (opt->key != NULL) {
        rc = jny_identity_key(&c->identity, opt->key, &diag);

        if (rc != JNY_OK) {
            return jny_import_failed(opt->key, rc, &diag);
        }
    }

    return JNY_EXIT_OK;
}


static int
jny_import_configure(jny_import_cmd_t *c)
{
    int                   rc;
    size_t                len;
    jny_diag_t            diag;
    const jny_options_t  *opt;

    opt = c->opt;
    memset(&diag, 0, sizeof(diag));

    c->conf.parser = jny_parser_find(opt->input, &c->conf.text, &diag);

    if (c->conf.parser == NULL) {
        return jny_import_usage("input", opt->input, diag.what);
    }

    rc = jny_import_identity(c);

    if (rc != JNY_EXIT_OK) {
        return rc;
    }

    if (jny_binding_init(&c->binding, c->identity.cookie) != JNY_OK) {
        return jny_import_failed("start", JNY_ENOMEM, &diag);
    }

    rc = jny_import_maps(c);

    if (rc != JNY_EXIT_OK) {
        return rc;
    }

    if (opt->model != NULL) {
        rc = jny_model_load(&c->model, opt->model, &diag);

        if (rc != JNY_OK) {
            fprintf(stderr, "journey import: %s\n",
                    rc == JNY_ENOMEM ? jny_strerror(rc) : diag.what);
            return rc == JNY_EINVAL ? JNY_EXIT_USAGE : JNY_EXIT_FAILED;
        }

        c->conf.mapper.model = &c->model;
    }

    if (opt->host != NULL) {
        len = strlen(opt->host);

        if (len >= sizeof(c->host)) {
            return jny_import_usage("host", opt->host, "give a host's name");
        }

        for (size_t i = 0; i < len; i++) {
            c->host[i] = (char) tolower((unsigned char) opt->host[i]);
        }

        c->conf.mapper.host.data = (const uint8_t *) c->host;
        c->conf.mapper.host.len = len;
    }

    c->conf.binding = &c->binding;
    c->conf.identity = &c->identity;
    c->conf.mapper.identity = &c->identity;
    c->conf.mapper.assets = opt->assets != 0;
    c->conf.threads = opt->plan.threads;

    return JNY_EXIT_OK;
}


static int
jny_import_look(jny_import_cmd_t *c)
{
    int         rc;
    char       *name;
    jny_diag_t  diag;

    c->conf.progress = &c->watch.progress;
    c->im = jny_import_new(&c->conf);

    if (c->im == NULL) {
        return jny_import_failed("start", JNY_ENOMEM, NULL);
    }

    for (unsigned i = 0; i < c->opt->nlogs; i++) {
        name = c->opt->logs[i];

        if (jny_output_is(c->opt->output, name)) {
            jny_watch_stop(&c->watch);
            return jny_import_say(name, "is both read and written: name "
                                  "another file with -o");
        }

        memset(&diag, 0, sizeof(diag));
        rc = jny_import_file(c->im, name, &diag);

        if (rc != JNY_OK) {
            jny_watch_stop(&c->watch);
        }

        if (rc == JNY_EINVAL && !c->conf.parser->has_head) {
            return jny_import_usage("input", c->opt->input, diag.what);
        }

        if (rc != JNY_OK) {
            return jny_import_failed(name, rc, &diag);
        }
    }

    return JNY_EXIT_OK;
}


static void
jny_import_bad_lines(const jny_import_t *im)
{
    const jny_import_bad_t    *bad;
    const jny_import_stats_t  *st;

    st = jny_import_stats(im);

    for (unsigned i = 0; i < st->nshown; i++) {
        bad = &st->shown[i];
        fprintf(stderr, "journey import: %s:%" PRIu64 ": %s\n",
                jny_import_file_at(im, bad->file)->name, bad->line, bad->why);
    }

    if (st->bad > st->nshown) {
        fprintf(stderr, "journey import: %" PRIu64 " more lines could not be "
                "read\n", st->bad - st->nshown);
    }
}


/* What was imported, and is hardly what was meant. */

static void
jny_import_doubts(const jny_import_t *im, const jny_binding_t *b)
{
    const jny_import_stats_t  *st;

    st = jny_import_stats(im);

    for (unsigned i = 0; i < JNY_IN_COUNT; i++) {
        if (b->mapped[i] != NULL && !st->met[i]) {
            fprintf(stderr, "journey import: warning: --map %s: no line has "
                    "it\n", b->mapped[i]);
        }
    }

    if (st->events > 0 && st->nobody == st->events) {
        fprintf(stderr, "journey import: warning: no event has a visitor or a "
                "login, so none is in a journey: --visitor says where to look, "
                "--map in which column\n");
    }

    if (st->events > 0 && st->nothing == st->events) {
        fprintf(stderr, "journey import: warning: no event has a page, a "
                "touchpoint or a stage: --map page=COLUMN says where it is\n");
    }
}


/* What was done, and the exit status that it deserves. */

static int
jny_import_report(const jny_import_t *im, const jny_binding_t *b)
{
    int                        code;
    const jny_import_file_t   *f;
    const jny_import_stats_t  *st;

    code = JNY_EXIT_OK;
    st = jny_import_stats(im);

    jny_import_bad_lines(im);

    for (unsigned i = 0; (f = jny_import_file_at(im, i)) != NULL; i++) {

        if (f->same_as >= 0) {
            fprintf(stderr, "journey import: %s has the content of %s, and "
                    "is counted once\n", f->name,
                    jny_import_file_at(im, (unsigned) f->same_as)->name);
        }

        if (f->damage != JNY_OK) {
            fprintf(stderr, "journey import: %s: %s; what comes before is "
                    "imported\n", f->name, f->what.what);
            code = JNY_EXIT_DAMAGED;
        }
    }

    if (st->lines != 0 && st->bad == st->lines) {
        fprintf(stderr, "journey import: no line could be read: is --input "
                "right?  journey import --help names the formats\n");
        return JNY_EXIT_FAILED;
    }

    jny_import_doubts(im, b);

    fprintf(stderr, "journey import: %" PRIu64 " lines: %" PRIu64 " events, %"
            PRIu64 " left out (no pages, ignored), %" PRIu64 " not read\n",
            st->lines, st->events, st->left_out, st->bad);

    return code;
}


/* The place for the log first: it may be refused, and looking takes time. */
static int
jny_import_write_out(jny_import_cmd_t *c)
{
    int            rc, code;
    char           what[128];
    jny_diag_t     diag;
    const char    *blamed, *name;
    jny_output_t   out;

    name = c->opt->output != NULL ? c->opt->output : "standard output";
    rc = jny_output_open(&out, c->opt->output);

    if (rc != 0) {
        snprintf(what, sizeof(what), "cannot be written: %s; name another "
                 "file with -o", strerror(rc));
        return jny_import_say(name, what);
    }

    code = jny_import_look(c);

    if (code != JNY_EXIT_OK) {
        jny_output_abandon(&out);
        return code;
    }

    c->watch.whole.bytes = jny_import_bytes(c->im);
    memset(&diag, 0, sizeof(diag));
    rc = jny_import_run(c->im, out.file, &blamed, &diag);
    jny_watch_stop(&c->watch);

    if (rc != JNY_OK) {
        jny_output_abandon(&out);
        return jny_import_failed(blamed != NULL ? blamed : name, rc, &diag);
    }

    code = jny_import_report(c->im, &c->binding);

    if (code == JNY_EXIT_FAILED) {
        jny_output_abandon(&out);
        return code;
    }

    rc = jny_output_commit(&out);

    return rc == 0 ? code : jny_import_say(name, strerror(rc));
}


static int
jny_import_command(const jny_options_t *opt)
{
    int               code;
    jny_import_cmd_t  c;

    memset(&c, 0, sizeof(c));
    c.opt = opt;

    if (opt->output == NULL) {
        fprintf(stderr, "journey import: say where the log goes: -o OUT.jny, "
                "or -o - for standard output\n");
        return JNY_EXIT_USAGE;
    }

    if (sodium_init() == -1) {
        return jny_import_say("libsodium", "cannot be used");
    }

    code = jny_import_configure(&c);

    jny_watch_start(&c.watch, "import");

    if (code == JNY_EXIT_OK) {
        code = jny_import_write_out(&c);
    }

    jny_watch_stop(&c.watch);

    jny_import_free(c.im);
    jny_model_release(&c.model);
    jny_binding_release(&c.binding);
    sodium_memzero(&c.identity, sizeof(c.identity));

    return code;
}
