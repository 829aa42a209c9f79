/*
 * cmd_forget.c - visitors erased from logs and segments.
 *
 *     ids given, or found by reading everything -> file by file: rewritten
 *     beside, read again, renamed (segment/erase.h) -> what was done
 */

#include "options.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "engine/heap.h"
#include "render/text.h"
#include "segment/erase.h"
#include "spools.h"
#include "watch.h"


#define JNY_FORGET_DIGITS  16
#define JNY_FORGET_LINES   20

static int jny_forget_run(const jny_options_t *opt);


const jny_command_t  jny_cmd_forget = {
    "forget",
    "erase visitors from logs and segments, and prove it",
    "forget-visitor login forget-visitors tz",
    "[options] LOG... [SPOOL...]",
    "Give every file that may hold them: logs, rotated logs, segments,\n"
    "copies.  A file in which they are is written anew beside, read again,\n"
    "and renamed over the old one: killed or out of disk at any moment, it\n"
    "is as it was, or done.  Mode, owner and times stay.  What is left of a\n"
    "block keeps its number and counts what is gone as erased, so that audit\n"
    "balances.\n"
    "nginx may go on writing.  What it has not written yet is in its spools:\n"
    "name them (/run/journey/*.spool), to be told whether it is so; wait for\n"
    "flush= of journey_log, and run the same command again.\n"
    "Not searched: the texts of events of others, backups, the disk's free\n"
    "blocks.\n",
    jny_forget_run
};


typedef struct {
    const jny_options_t  *opt;
    jny_erase_t           erase;
    uint64_t              shared;     /* visitors that had other logins too */
    uint64_t              nobody;     /* events that match, of visitor 0 */
    jny_table_t           table;      /* a row a file */
    uint64_t              erased;
    uint64_t              left;
    uint64_t              unread;
    int                   failed;
    jny_watch_t           watch;
} jny_forget_t;


static int
jny_forget_say(const char *what)
{
    jny_buf_t    line;
    jny_slice_t  text;

    text.data = (const uint8_t *) what;
    text.len = strlen(what);

    jny_buf_init(&line);
    jny_text_slice(&line, text, 0);
    fprintf(stderr, "journey forget: %s\n",
            line.failed || line.len == 0 ? jny_strerror(JNY_ENOMEM)
                                         : line.data);
    jny_buf_release(&line);

    return JNY_EXIT_FAILED;
}


static int
jny_forget_memory(void)
{
    return jny_forget_say(jny_strerror(JNY_ENOMEM));
}


/* "00c0ffee00c0ffee,1d": JNY_OK, JNY_ENOMEM, JNY_EINVAL after a line. */
static int
jny_forget_ids(jny_wanted_t *w, const char *name, const char *list)
{
    char      *end;
    size_t     len;
    uint64_t   id;

    while (list != NULL) {
        len = strcspn(list, ",");
        id = strtoull(list, &end, 16);

        if (len == 0 || len > JNY_FORGET_DIGITS || end != list + len || id == 0
            || strspn(list, "0123456789abcdefABCDEF") != len)
        {
            fprintf(stderr, "journey forget: --%s %.*s: give up to 16 "
                    "hexadecimal digits, not all 0; several behind commas\n",
                    name, (int) (len < 40 ? len : 40), list);
            return JNY_EINVAL;
        }

        if (jny_wanted_add(w, id) != 0) {
            return JNY_ENOMEM;
        }

        list = list[len] == ',' ? list + len + 1 : NULL;
    }

    return jny_wanted_sort(w) == 0 ? JNY_OK : JNY_ENOMEM;
}


/* What reading everything finds. */
typedef struct {
    jny_forget_t   *f;
    jny_matcher_t  *matcher;
    uint64_t       *words;
    jny_wanted_t    found;       /* visitors that match, or had the login */
    jny_wanted_t    others;      /* visitors that had another login */
} jny_forget_search_t;


static int
jny_forget_matches(jny_forget_search_t *s, const jny_block_t *blk)
{
    const jny_selector_t  *sel;

    sel = s->f->opt->plan.visitors;
    memset(s->words, 0, JNY_MAX_ROWS * sizeof(*s->words));

    return sel == NULL ? JNY_OK
                       : jny_selector_match(sel, s->matcher, blk,
                                            blk->stages.entries,
                                            blk->stages.n, s->words, 1);
}


/* Rows come by the thousand from few visitors: the last one is not added. */
static int
jny_forget_block(jny_forget_search_t *s, const jny_block_t *blk)
{
    int         rc, wanted;
    uint64_t    last, last_other;
    jny_row_t   row;

    memset(&row, 0, sizeof(row));
    rc = jny_forget_matches(s, blk);
    last = 0;
    last_other = 0;

    for (uint32_t i = 0; rc == JNY_OK && i < blk->nevents; i++) {
        jny_block_row(blk, i, &row);

        wanted = row.login != 0
                 && jny_wanted_find(&s->f->erase.logins, row.login)
                        != SIZE_MAX;

        s->f->nobody += (s->words[i] & 1) && row.visitor == 0;

        if ((wanted || (s->words[i] & 1)) && row.visitor != last) {
            last = row.visitor;
            rc = jny_wanted_add(&s->found, last) == 0 ? JNY_OK : JNY_ENOMEM;
        }

        if (row.login != 0 && !wanted && s->f->erase.logins.n > 0
            && !(s->words[i] & 1) && row.visitor != last_other)
        {
            last_other = row.visitor;
            rc = jny_wanted_add(&s->others, last_other) == 0 ? rc
                                                             : JNY_ENOMEM;
        }
    }

    return rc;
}


static int
jny_forget_blocks(jny_forget_search_t *s, jny_input_t *in)
{
    int                     rc;
    uint32_t                n;
    jny_diag_t              diag;
    jny_block_t             blk;
    jny_inflater_t         *inf;
    const jny_block_ref_t  *refs;

    inf = jny_inflater_new();

    if (inf == NULL) {
        return JNY_ENOMEM;
    }

    rc = JNY_OK;
    refs = jny_input_blocks(in, &n);
    jny_block_init(&blk, &jny_heap);

    for (uint32_t i = 0; rc == JNY_OK && i < n; i++) {
        rc = jny_input_read(&refs[i], inf, &blk, &diag);
        s->f->watch.progress.bytes += refs[i].member.len;

        if (rc == JNY_OK) {
            rc = jny_forget_block(s, &blk);

        } else if (rc != JNY_ENOMEM) {
            rc = jny_input_damaged(in, &refs[i], diag.what);
        }
    }

    jny_block_release(&blk);
    jny_inflater_free(inf);

    return rc;
}


static int
jny_forget_searches(const jny_forget_t *f)
{
    return f->opt->plan.visitors != NULL || f->erase.logins.n > 0;
}


/* The visitors of a selector, and those behind a login. */
static int
jny_forget_search(jny_forget_t *f, jny_input_t *in)
{
    int                  rc;
    size_t               n;
    jny_forget_search_t  s;

    if (!jny_forget_searches(f)) {
        return JNY_OK;
    }

    memset(&s, 0, sizeof(s));
    s.f = f;
    s.matcher = jny_matcher_new();
    s.words = calloc(JNY_MAX_ROWS, sizeof(*s.words));

    rc = s.matcher != NULL && s.words != NULL ? jny_forget_blocks(&s, in)
                                              : JNY_ENOMEM;

    if (rc == JNY_OK
        && (jny_wanted_sort(&s.found) != 0 || jny_wanted_sort(&s.others) != 0))
    {
        rc = JNY_ENOMEM;
    }

    if (rc == JNY_OK) {
        n = s.found.n;

        if (f->opt->plan.visitors == NULL) {
            jny_wanted_without(&s.found, &s.others);
        }

        f->shared = n - s.found.n;
    }

    for (size_t i = 0; rc == JNY_OK && i < s.found.n; i++) {
        rc = jny_wanted_add(&f->erase.visitors, s.found.ids[i]) == 0
                 ? JNY_OK
                 : JNY_ENOMEM;
    }

    if (rc == JNY_OK && jny_wanted_sort(&f->erase.visitors) != 0) {
        rc = JNY_ENOMEM;
    }

    jny_wanted_release(&s.found);
    jny_wanted_release(&s.others);
    jny_matcher_free(s.matcher);
    free(s.words);

    return rc;
}


static void
jny_forget_row(jny_forget_t *f, const char *name, const jny_erased_t *r,
    const char *state)
{
    jny_slice_t  text;

    text.data = (const uint8_t *) name;
    text.len = strlen(name);

    jny_table_slice(&f->table, text);
    jny_table_count(&f->table, r->events);
    jny_table_count(&f->table, r->erased);
    jny_table_count(&f->table, r->rewritten);
    jny_table_str(&f->table, state);
}


static void
jny_forget_file(jny_forget_t *f, const char *name)
{
    int           rc;
    char          line[640];
    jny_diag_t    diag;
    jny_erased_t  r;

    diag.what[0] = '\0';
    rc = jny_erase_file(&f->erase, name, &r, &diag);

    if (rc == JNY_END) {
        f->left += r.left;
        jny_forget_row(f, name, &r,
                       r.left > 0 ? "spool: HOLDS SOME, not yet in a log"
                                  : "spool: none");
        return;
    }

    if (rc != JNY_OK) {
        snprintf(line, sizeof(line), "%s", rc == JNY_ENOMEM ? jny_strerror(rc)
                                                            : diag.what);
        jny_watch_stop(&f->watch);
        (void) jny_forget_say(line);
        f->failed = 1;
        r.rewritten = 0;
        r.erased = 0;
        jny_forget_row(f, name, &r, "NOT DONE, as it was");
        return;
    }

    f->erased += r.erased;
    f->unread += r.unread;
    f->watch.progress.events += r.events;
    jny_forget_row(f, name, &r,
                   r.unread > 0      ? "0 left, but for what is damaged"
                   : r.rewritten > 0 ? "rewritten, read again: 0 left"
                                     : "as it was: none in it");

    if (r.unread > 0) {
        snprintf(line, sizeof(line), "%s: %" PRIu64 " bytes cannot be read, "
                 "and may hold them", name, r.unread);
        jny_watch_stop(&f->watch);
        (void) jny_forget_say(line);
    }
}


static void
jny_forget_missed(const jny_wanted_t *w, const char *what)
{
    unsigned  lines;

    lines = 0;

    for (size_t i = 0; i < w->n; i++) {
        if (w->met[i] == 0 && lines++ < JNY_FORGET_LINES) {
            fprintf(stderr, "journey forget: %s %016" PRIx64 ": not found\n",
                    what, w->ids[i]);
        }
    }

    if (lines > JNY_FORGET_LINES) {
        fprintf(stderr, "journey forget: and %u more %ss not found\n",
                lines - JNY_FORGET_LINES, what);
    }
}


static int
jny_forget_print(jny_forget_t *f)
{
    jny_buf_t  out;

    jny_buf_init(&out);
    jny_table_print(&f->table, &out);
    jny_buf_printf(&out, "\n  %zu visitor%s, %zu login%s; events erased: ",
                   f->erase.visitors.n, f->erase.visitors.n == 1 ? "" : "s",
                   f->erase.logins.n, f->erase.logins.n == 1 ? "" : "s");
    jny_text_count(&out, f->erased);
    jny_buf_char(&out, '\n');

    if (f->shared > 0) {
        jny_buf_printf(&out, "  %" PRIu64 " visitor%s had other logins too: "
                       "their events without a login stay\n", f->shared,
                       f->shared == 1 ? "" : "s");
    }

    if (f->nobody > 0) {
        jny_buf_printf(&out, "  %" PRIu64 " event%s that match%s without a "
                       "visitor: they stay\n", f->nobody,
                       f->nobody == 1 ? "" : "s",
                       f->nobody == 1 ? "es is" : " are");
    }

    if (out.failed) {
        jny_buf_release(&out);
        return jny_forget_memory();
    }

    (void) fwrite(out.data, 1, out.len, stdout);
    jny_buf_release(&out);

    if (f->left > 0) {
        fprintf(stderr, "journey forget: %" PRIu64 " event%s of them %s in "
                "spools: when nginx has written them, run this again\n",
                f->left, f->left == 1 ? "" : "s", f->left == 1 ? "is" : "are");
    }

    return f->failed || f->left > 0 ? JNY_EXIT_FAILED
           : f->unread > 0          ? JNY_EXIT_DAMAGED
                                    : JNY_EXIT_OK;
}


/* Bytes of the blocks of one file, or of all: UINT32_MAX. */
static uint64_t
jny_forget_bytes(const jny_input_t *in, uint32_t file)
{
    uint32_t                n;
    uint64_t                bytes;
    const jny_block_ref_t  *refs;

    refs = jny_input_blocks(in, &n);
    bytes = 0;

    for (uint32_t i = 0; i < n; i++) {
        bytes += file == UINT32_MAX || refs[i].file == file
                     ? refs[i].member.len : 0;
    }

    return bytes;
}


/* logs: what is no spool, named one by one; in: the same, folders opened. */
static int
jny_forget_files(jny_forget_t *f, char **logs, unsigned nlogs)
{
    int           rc, code;
    jny_diag_t    diag;
    jny_input_t  *in;

    in = NULL;
    diag.what[0] = '\0';
    rc = nlogs > 0 ? jny_input_open(&in, logs, nlogs, &diag) : JNY_OK;

    if (rc == JNY_OK && in != NULL) {
        f->watch.whole.bytes = jny_forget_bytes(in, UINT32_MAX)
                               * (1 + (uint64_t) jny_forget_searches(f));
        rc = jny_forget_search(f, in);
    }

    if (rc != JNY_OK) {
        jny_watch_stop(&f->watch);
        code = rc == JNY_ENOMEM ? jny_forget_memory()
                                : jny_forget_say(diag.what);
        jny_input_free(in);
        return code;
    }

    for (uint32_t i = 0; in != NULL && i < jny_input_files(in); i++) {
        jny_forget_file(f, jny_input_name(in, i));
        f->watch.progress.bytes += jny_forget_bytes(in, i);
    }

    for (unsigned i = 0; i < f->opt->nlogs; i++) {
        if (jny_spools_is(f->opt->logs[i])) {
            jny_forget_file(f, f->opt->logs[i]);
        }
    }

    jny_input_free(in);
    jny_watch_stop(&f->watch);

    return jny_forget_print(f);
}


static int
jny_forget_logs(jny_forget_t *f)
{
    int        code;
    char     **logs;
    unsigned   n;

    logs = calloc((size_t) f->opt->nlogs + 1, sizeof(*logs));

    if (logs == NULL) {
        return jny_forget_memory();
    }

    n = 0;

    for (unsigned i = 0; i < f->opt->nlogs; i++) {
        if (!jny_spools_is(f->opt->logs[i])) {
            logs[n++] = f->opt->logs[i];
        }
    }

    jny_table_init(&f->table);
    jny_table_column(&f->table, "file", JNY_LEFT, 0);
    jny_table_column(&f->table, "events before", JNY_RIGHT, 0);
    jny_table_column(&f->table, "erased", JNY_RIGHT, 0);
    jny_table_column(&f->table, "blocks rewritten", JNY_RIGHT, 0);
    jny_table_column(&f->table, "now", JNY_LEFT, 0);

    code = jny_forget_files(f, logs, n);
    jny_table_release(&f->table);
    free(logs);

    return code;
}


static int
jny_forget_check(const jny_options_t *opt)
{
    if (opt->visitor_ids == NULL && opt->logins == NULL
        && opt->plan.visitors == NULL)
    {
        fprintf(stderr, "journey forget: whom? give --visitor, --login or "
                "--visitors\n");
        return JNY_EINVAL;
    }

    if (opt->plan.visitors != NULL
        && jny_selector_is_carried(opt->plan.visitors))
    {
        fprintf(stderr, "journey forget: --visitors: campaigns belong to "
                "sessions; name what is in the event itself\n");
        return JNY_EINVAL;
    }

    for (unsigned i = 0; i < opt->nlogs; i++) {
        if (strcmp(opt->logs[i], "-") == 0) {
            fprintf(stderr, "journey forget: standard input cannot be "
                    "rewritten: name files\n");
            return JNY_EINVAL;
        }
    }

    return JNY_OK;
}


static int
jny_forget_run(const jny_options_t *opt)
{
    int            rc, code;
    jny_forget_t  *f;

    if (jny_forget_check(opt) != JNY_OK) {
        return JNY_EXIT_USAGE;
    }

    f = calloc(1, sizeof(*f));

    if (f == NULL) {
        return jny_forget_memory();
    }

    f->opt = opt;
    rc = jny_forget_ids(&f->erase.visitors, "visitor", opt->visitor_ids);

    if (rc == JNY_OK) {
        rc = jny_forget_ids(&f->erase.logins, "login", opt->logins);
    }

    if (rc == JNY_OK) {
        jny_watch_start(&f->watch, "forget");
        code = jny_forget_logs(f);
        jny_watch_stop(&f->watch);
        jny_forget_missed(&f->erase.visitors, "visitor");
        jny_forget_missed(&f->erase.logins, "login");

    } else {
        code = rc == JNY_EINVAL ? JNY_EXIT_USAGE : jny_forget_memory();
    }

    jny_wanted_release(&f->erase.visitors);
    jny_wanted_release(&f->erase.logins);
    free(f);

    return code;
}
