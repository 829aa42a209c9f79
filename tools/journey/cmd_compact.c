/*
 * cmd_compact.c - logs to segments, a day each.
 *
 *     lock the folder -> index logs and segments -> plan -> days, side by
 *     side -> index again: which logs are wholly covered
 *
 * The logs are never touched.  That they are covered is asked of the index as
 * any reader builds it, from the segments as they are then on disk.
 */

#include "options.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/pool.h"
#include "damage.h"
#include "engine/memory.h"
#include "render/text.h"
#include "segment/days.h"
#include "segment/replace.h"
#include "watch.h"


#define JNY_COMPACT_SUFFIX  ".jny"
#define JNY_COMPACT_LEAST   (INT64_C(16) << 20)

static int jny_compact_run(const jny_options_t *opt);


const jny_command_t  jny_cmd_compact = {
    "compact",
    "merge logs into segments sorted by visitor, one a day",
    "compact-output compact-memory threads tz",
    "[options] -o FOLDER|FILE LOG...",
    "A segment, FOLDER/YYYY-MM-DD.jny, is a log like any other, but faster to\n"
    "read.  It stands for the blocks that it was made from: give logs and\n"
    "segments to any command together, every event counts once.\n"
    "A block belongs to the day of its first event.  Days to which nothing is\n"
    "added are left as they are; one that gets more is written anew.\n"
    "LOGs are only read.  Those of which every block is in a segment are\n"
    "listed: they may be removed, but erase visitors first if you have to.\n"
    "A segment appears whole or not at all; after a crash or on a full disk\n"
    "run the same command again.\n",
    jny_compact_run
};


typedef struct {
    int                  rc;
    jny_diag_t           diag;
    jny_segment_made_t   made;
} jny_compact_result_t;

typedef struct {
    const jny_options_t   *opt;
    char                  *target;    /* without a slash at its end */
    int                    is_file;
    int                    lock;
    char                 **names;     /* the target, if it is there, and LOGs */
    unsigned               nnames;
    jny_input_t           *in;
    jny_days_t             days;
    jny_compact_result_t  *results;
    jny_watch_t            watch;
} jny_compact_t;


static int
jny_compact_fail(int rc, const jny_diag_t *diag)
{
    jny_buf_t    line;
    jny_slice_t  text;
    const char  *what;

    what = rc == JNY_ENOMEM || diag->what[0] == '\0' ? jny_strerror(rc)
                                                     : diag->what;
    text.data = (const uint8_t *) what;
    text.len = strlen(what);

    jny_buf_init(&line);
    jny_text_slice(&line, text, 0);
    fprintf(stderr, "journey compact: %s\n",
            line.failed ? jny_strerror(JNY_ENOMEM) : line.data);
    jny_buf_release(&line);

    return rc == JNY_EINVAL ? JNY_EXIT_USAGE : JNY_EXIT_FAILED;
}


/*
 * Whether the target holds segments to go on from.  That they cannot be read
 * must not look like there being none: they would be written over.
 */
static int
jny_compact_begun(const jny_compact_t *c, jny_diag_t *diag)
{
    int          begun;
    struct stat  st;

    if (c->is_file) {
        return stat(c->target, &st) == 0 && st.st_size > 0;
    }

    begun = jny_input_has_logs(c->target);

    if (begun == -1) {
        jny_diag_set(diag, 0, "%s: %s", c->target, strerror(errno));
    }

    return begun;
}


/* -o says a folder, unless it is, or is called like, a file. */
static int
jny_compact_target(jny_compact_t *c, jny_diag_t *diag)
{
    int          there;
    size_t       len;
    struct stat  st;

    c->target = strdup(c->opt->output);

    if (c->target == NULL) {
        return JNY_ENOMEM;
    }

    for (len = strlen(c->target); len > 1 && c->target[len - 1] == '/'; len--)
    {
        c->target[len - 1] = '\0';
    }

    there = stat(c->target, &st) == 0;
    c->is_file = there ? !S_ISDIR(st.st_mode)
                       : len > sizeof(JNY_COMPACT_SUFFIX) - 1
                             && strcmp(c->target + len
                                           - (sizeof(JNY_COMPACT_SUFFIX) - 1),
                                       JNY_COMPACT_SUFFIX) == 0;

    if (there && c->is_file && !S_ISREG(st.st_mode)) {
        jny_diag_set(diag, 0, "-o %s is no regular file", c->target);
        return JNY_EINVAL;
    }

    if (!there && !c->is_file && mkdir(c->target, 0777) == -1) {
        jny_diag_set(diag, 0, "%s: %s", c->target, strerror(errno));
        return JNY_EIO;
    }

    return JNY_OK;
}


/* What is in the target already comes first, so that it is what is kept. */
static int
jny_compact_open(jny_compact_t *c, jny_diag_t *diag)
{
    int      rc, begun;
    char    *name;
    size_t   len;

    len = strlen(c->target) + 3;
    name = malloc(len);

    if (name == NULL) {
        return JNY_ENOMEM;
    }

    snprintf(name, len, "%s%s", c->target, c->is_file ? "" : "/.");
    rc = jny_replace_lock(name, &c->lock, diag);
    free(name);

    if (rc != JNY_OK) {
        return rc;
    }

    c->names = calloc((size_t) c->opt->nlogs + 1, sizeof(*c->names));

    if (c->names == NULL) {
        return JNY_ENOMEM;
    }

    begun = jny_compact_begun(c, diag);

    if (begun == -1) {
        return JNY_EIO;
    }

    if (begun) {
        c->names[c->nnames++] = c->target;
    }

    for (unsigned i = 0; i < c->opt->nlogs; i++) {
        c->names[c->nnames++] = c->opt->logs[i];
    }

    return jny_input_open(&c->in, c->names, c->nnames, diag);
}


static int
jny_compact_day(void *ctx, unsigned thread, uint64_t item)
{
    int64_t                memory;
    jny_day_t             *d;
    jny_compact_t         *c;
    jny_segment_job_t      job;
    jny_compact_result_t  *r;

    c = ctx;
    d = &c->days.days[item];
    r = &c->results[item];

    if (d->stands) {
        return 0;
    }

    memory = c->opt->plan.memory > 0 ? c->opt->plan.memory
                                     : jny_memory_free() / 2;
    memory /= c->opt->plan.threads;

    job.in = c->in;
    job.name = d->name;
    job.blocks = d->blocks;
    job.nblocks = d->nblocks;
    job.old = d->old;
    job.nold = d->nold;
    job.memory = (uint64_t) (memory > JNY_COMPACT_LEAST ? memory
                                                         : JNY_COMPACT_LEAST);

    job.progress = &c->watch.progress;

    r->rc = jny_segment_make(&job, &r->made, &r->diag);

    return 0;
}


static void
jny_compact_table(const jny_compact_t *c, jny_buf_t *out)
{
    jny_slice_t                  name;
    jny_table_t                  t;
    const jny_day_t             *d;
    const jny_compact_result_t  *r;

    jny_table_init(&t);
    jny_table_column(&t, "segment", JNY_LEFT, 0);
    jny_table_column(&t, "is", JNY_LEFT, 0);
    jny_table_column(&t, "events", JNY_RIGHT, 0);
    jny_table_column(&t, "new blocks", JNY_RIGHT, 0);
    jny_table_column(&t, "stands for", JNY_RIGHT, 0);
    jny_table_column(&t, "bytes", JNY_RIGHT, 0);

    for (uint32_t i = 0; i < c->days.n; i++) {
        d = &c->days.days[i];
        r = &c->results[i];

        name.data = (const uint8_t *) d->name;
        name.len = strlen(d->name);
        jny_table_slice(&t, name);

        if (d->stands) {
            jny_table_str(&t, "as it was");
            jny_table_count(&t, d->events);

        } else {
            jny_table_str(&t, r->rc == JNY_OK    ? "written"
                              : r->rc == JNY_END ? "nothing to write"
                                                 : "NOT WRITTEN");
            jny_table_count(&t, r->made.events);
        }

        jny_table_count(&t, d->nblocks);

        if (d->stands || r->rc != JNY_OK) {
            jny_table_str(&t, "");
            jny_table_str(&t, "");

        } else {
            jny_table_count(&t, r->made.sources);
            jny_table_count(&t, r->made.bytes);
        }
    }

    jny_table_print(&t, out);
    jny_table_release(&t);
}


/* Whether nothing in the file is read any more, and nothing was wrong in it. */
static int
jny_compact_covered(const jny_input_t *in, uint32_t file)
{
    uint32_t                n;
    const jny_damage_t     *d;
    const jny_block_ref_t  *refs;

    refs = jny_input_blocks(in, &n);

    for (uint32_t i = 0; i < n; i++) {
        if (refs[i].file == file) {
            return 0;
        }
    }

    d = jny_input_damage(in, &n);

    for (uint32_t i = 0; i < n; i++) {
        if (d[i].file == file) {
            return 0;
        }
    }

    return 1;
}


/* Asks a reader that knows nothing of what was done.  Standard input was read
   once, and nobody removes it. */
static int
jny_compact_list(const jny_compact_t *c, jny_buf_t *out, jny_diag_t *diag)
{
    int           rc, said, begun;
    char        **all;
    uint32_t      n;
    jny_slice_t   text;
    const char   *name;
    jny_input_t  *in;

    begun = jny_compact_begun(c, diag);

    if (begun == -1) {
        return JNY_EIO;
    }

    all = calloc((size_t) c->opt->nlogs + 1, sizeof(*all));

    if (all == NULL) {
        return JNY_ENOMEM;
    }

    n = 0;

    if (begun) {
        all[n++] = c->target;
    }

    for (unsigned i = 0; i < c->opt->nlogs; i++) {
        if (strcmp(c->opt->logs[i], "-") != 0) {
            all[n++] = c->opt->logs[i];
        }
    }

    if (n == 0) {
        free(all);
        return JNY_OK;
    }

    said = 0;
    rc = jny_input_open(&in, all, n, diag);

    for (uint32_t i = 0; rc == JNY_OK && i < jny_input_files(in); i++) {
        name = jny_input_name(in, i);

        if (!jny_compact_covered(in, i)) {
            continue;
        }

        if (!said) {
            jny_buf_str(out, "\n  wholly in segments, may be removed:\n");
            said = 1;
        }

        text.data = (const uint8_t *) name;
        text.len = strlen(name);
        jny_buf_str(out, "  ");
        jny_text_slice(out, text, 0);
        jny_buf_char(out, '\n');
    }

    jny_input_free(in);
    free(all);

    return rc;
}


/* Of the days that are written. */
static uint64_t
jny_compact_events(const jny_compact_t *c)
{
    uint32_t                i, k, n;
    uint64_t                events;
    const jny_day_t        *d;
    const jny_block_ref_t  *refs;

    refs = jny_input_blocks(c->in, &n);
    events = 0;

    for (d = c->days.days; d < c->days.days + c->days.n; d++) {

        for (i = 0; !d->stands && i < d->nblocks; i++) {
            events += refs[d->blocks[i]].header.nevents;
        }

        for (i = 0; !d->stands && i < d->nold; i++) {
            for (k = 0; k < d->old[i].n; k++) {
                events += refs[d->old[i].first + k].header.nevents;
            }
        }
    }

    return events;
}


static int
jny_compact_make(jny_compact_t *c, jny_diag_t *diag)
{
    int        rc;
    jny_buf_t  out;

    rc = jny_days_plan(&c->days, c->in, c->target,
                       c->is_file ? c->target : NULL, diag);

    if (rc != JNY_OK) {
        return rc;
    }

    c->results = calloc((size_t) c->days.n + 1, sizeof(*c->results));

    if (c->results == NULL) {
        return JNY_ENOMEM;
    }

    c->watch.whole.events = jny_compact_events(c);
    (void) jny_pool_run(c->opt->plan.threads, c->days.n, jny_compact_day, c);
    jny_watch_stop(&c->watch);

    jny_buf_init(&out);
    jny_compact_table(c, &out);
    rc = jny_compact_list(c, &out, diag);

    if (rc == JNY_OK && out.failed) {
        rc = JNY_ENOMEM;
    }

    if (rc == JNY_OK) {
        (void) fwrite(out.data, 1, out.len, stdout);
    }

    jny_buf_release(&out);

    return rc;
}


static int
jny_compact_code(const jny_compact_t *c)
{
    int  code;

    code = jny_damage_say(c->in, "compact");

    for (uint32_t i = 0; i < c->days.n; i++) {
        if (c->results[i].rc < 0) {
            code = jny_compact_fail(c->results[i].rc, &c->results[i].diag);
        }
    }

    return code;
}


static int
jny_compact_run(const jny_options_t *opt)
{
    int            rc, code;
    jny_diag_t     diag;
    jny_compact_t  c;

    if (opt->output == NULL) {
        fprintf(stderr, "journey compact: -o is missing: name the folder for "
                "the segments\n");
        return JNY_EXIT_USAGE;
    }

    memset(&c, 0, sizeof(c));
    c.opt = opt;
    c.lock = -1;
    diag.what[0] = '\0';

    jny_watch_start(&c.watch, "compact");
    rc = jny_compact_target(&c, &diag);

    if (rc == JNY_OK) {
        rc = jny_compact_open(&c, &diag);
    }

    if (rc == JNY_OK) {
        rc = jny_compact_make(&c, &diag);
    }

    jny_watch_stop(&c.watch);
    code = rc == JNY_OK ? jny_compact_code(&c) : jny_compact_fail(rc, &diag);

    if (c.lock != -1) {
        (void) close(c.lock);
    }

    free(c.results);
    jny_days_release(&c.days);
    jny_input_free(c.in);
    free(c.names);
    free(c.target);

    return code;
}
