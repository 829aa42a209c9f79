/*
 * session.c - what every command does around its own work, in this order:
 *
 *     input -> plan -> (run | read) -> damage said -> output -> print
 *
 * Damage is said before the result: the result may be long.
 */

#include "options.h"

#include <errno.h>
#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#include "damage.h"
#include "engine/heap.h"
#include "engine/hint.h"
#include "model.h"
#include "output.h"
#include "render/text.h"
#include "watch.h"


typedef struct {
    jny_session_t        s;
    jny_model_t          model;
    jny_watch_t          watch;
    jny_output_t         output;
    const jny_reader_t  *reader;
    void                *ctx;
} jny_frame_t;


/* what may hold the name of a file, which anybody may have chosen. */

static int
jny_session_fail(const jny_session_t *s, int rc, const char *what)
{
    jny_buf_t    line;
    jny_slice_t  text;

    text.data = (const uint8_t *) what;
    text.len = strlen(what);

    jny_buf_init(&line);
    jny_text_slice(&line, text, 0);
    fprintf(stderr, "journey %s: %s\n", s->cmd->name,
            line.len > 0 && !line.failed ? line.data : jny_strerror(rc));
    jny_buf_release(&line);

    return rc == JNY_EINVAL ? JNY_EXIT_USAGE : JNY_EXIT_FAILED;
}


/*
 * --last counts back from the newest event there is, not from now: the same
 * logs give the same answer tomorrow.
 */

static void
jny_session_period(jny_session_t *s)
{
    int64_t                 end_ms;
    uint32_t                n;
    const jny_block_ref_t  *refs;

    if (s->opt->last_ms == 0) {
        return;
    }

    end_ms = s->plan.end_ms;

    if (end_ms == INT64_MAX) {
        end_ms = 0;
        refs = jny_input_blocks(s->in, &n);

        for (uint32_t i = 0; i < n; i++) {
            if (refs[i].header.t_max_ms >= end_ms) {
                end_ms = refs[i].header.t_max_ms + 1;
            }
        }
    }

    s->plan.start_ms = end_ms - s->opt->last_ms;
}


int
jny_session_spares(const jny_command_t *cmd, const jny_options_t *opt,
    const char *name)
{
    char           what[1024];
    jny_session_t  s = { cmd, opt, { 0 }, NULL, NULL, NULL };

    if (!jny_output_is(opt->output, name)) {
        return JNY_EXIT_OK;
    }

    snprintf(what, sizeof(what), "-o %s would overwrite the input %s: name "
             "another file", opt->output, name);

    return jny_session_fail(&s, JNY_EINVAL, what);
}


static int
jny_session_spares_files(const jny_session_t *s)
{
    int  code;

    code = JNY_EXIT_OK;

    for (uint32_t i = 0;
         i < jny_input_files(s->in) && code == JNY_EXIT_OK;
         i++)
    {
        code = jny_session_spares(s->cmd, s->opt, jny_input_name(s->in, i));
    }

    return code;
}


static int
jny_session_model(jny_frame_t *f, jny_diag_t *diag)
{
    int  rc;

    if (f->s.opt->model == NULL) {
        return JNY_OK;
    }

    rc = jny_model_load(&f->model, f->s.opt->model, diag);

    if (f->model.aliases.n > 0) {
        f->s.plan.aliases = &f->model.aliases;
    }

    if (f->model.rates.n > 0) {
        f->s.plan.rates = &f->model.rates;
    }

    return rc;
}


/* Of the blocks that a run reads. */
static uint64_t
jny_session_bytes(const jny_session_t *s)
{
    int64_t                 from_ms;
    uint32_t                i, n;
    uint64_t                bytes;
    const jny_block_ref_t  *refs;

    refs = jny_input_blocks(s->in, &n);
    from_ms = jny_plan_from(&s->plan);
    bytes = 0;

    for (i = 0; i < n; i++) {
        if (refs[i].header.t_max_ms >= from_ms
            && refs[i].header.t_min_ms < s->plan.end_ms)
        {
            bytes += refs[i].member.len;
        }
    }

    return bytes;
}


static int
jny_session_unwritable(const jny_session_t *s, int err)
{
    char  what[512];

    snprintf(what, sizeof(what), "%s: cannot be written: %s; name another "
             "file with -o", s->opt->output, strerror(err));

    return jny_session_fail(s, JNY_EIO, what);
}


/* The place for the result is tried before the work. */

static int
jny_session_open(jny_frame_t *f, const jny_command_t *cmd,
    const jny_options_t *opt, const jny_plan_t *plan, int journeys)
{
    int             rc, err;
    jny_diag_t      diag;
    jny_session_t  *s;

    memset(f, 0, sizeof(*f));
    s = &f->s;
    s->cmd = cmd;
    s->opt = opt;
    s->plan = *plan;

    diag.what[0] = '\0';
    rc = jny_session_model(f, &diag);

    if (rc != JNY_OK) {
        return jny_session_fail(s, rc, diag.what);
    }

    rc = jny_input_open(&s->in, opt->logs, opt->nlogs, &diag);

    if (rc != JNY_OK) {
        return jny_session_fail(s, rc, diag.what);
    }

    rc = jny_session_spares_files(s);

    if (rc != JNY_EXIT_OK) {
        return rc;
    }

    err = jny_output_try(opt->output);

    if (err != 0) {
        return jny_session_unwritable(s, err);
    }

    jny_session_period(s);

    jny_watch_start(&f->watch, cmd->name);
    f->watch.whole.bytes = jny_session_bytes(s);
    f->watch.whole.journeys = journeys != 0;
    s->plan.progress = &f->watch.progress;

    return JNY_EXIT_OK;
}


static int
jny_session_output(jny_frame_t *f)
{
    int  err;

    err = jny_output_open(&f->output, f->s.opt->output);

    if (err != 0) {
        return jny_session_unwritable(&f->s, err);
    }

    f->s.out = f->output.file;
    return JNY_EXIT_OK;
}


/* code: what damage makes of a result that could be printed. */

static int
jny_session_commit(jny_frame_t *f, int rc, int code)
{
    int          err;
    char         what[512];
    const char  *name;

    if (rc == JNY_ENOMEM) {
        jny_output_abandon(&f->output);
        return jny_session_fail(&f->s, rc, "");
    }

    name = f->output.name ? f->output.name : "standard output";
    err = jny_output_commit(&f->output);

    if (err != 0) {
        snprintf(what, sizeof(what), "%s: %s", name, strerror(err));
        return jny_session_fail(&f->s, JNY_EIO, what);
    }

    return code;
}


/* Whether there is to be no result; then *code is final. */

static int
jny_session_refused(const jny_session_t *s, int code)
{
    if (code == JNY_EXIT_OK || !s->opt->strict) {
        return 0;
    }

    fprintf(stderr, "journey %s: no result, as --strict asks\n",
            s->cmd->name);

    return 1;
}


static void
jny_session_close(jny_frame_t *f)
{
    jny_run_free(f->s.run);
    jny_input_free(f->s.in);
    jny_model_release(&f->model);
}


static void
jny_session_hint(void *ctx, const char *line)
{
    jny_buf_t             b;
    jny_slice_t           text;
    const jny_session_t  *s;

    s = ctx;
    text.data = (const uint8_t *) line;
    text.len = strlen(line);

    jny_buf_init(&b);
    jny_text_slice(&b, text, 0);

    if (!b.failed) {
        fprintf(stderr, "journey %s: warning: %s\n", s->cmd->name, b.data);
    }

    jny_buf_release(&b);
}


/* Logs without events met no value, and no value is to blame. */

static int
jny_session_hints(jny_frame_t *f)
{
    jny_session_t  *s;

    s = &f->s;

    if (f->watch.progress.events == 0) {
        return JNY_OK;
    }

    return jny_hints_say(s->in, &s->plan,
        s->run != NULL ? jny_run_facts(s->run) : NULL, jny_session_hint, s);
}


int
jny_session_write(const jny_session_t *s, const jny_buf_t *text)
{
    if (text->failed) {
        return JNY_ENOMEM;
    }

    if (text->len > 0
        && fwrite(text->data, 1, text->len, s->out) != text->len)
    {
        return JNY_EIO;
    }

    return JNY_OK;
}


int
jny_session_run(const jny_command_t *cmd, const jny_options_t *opt,
    const jny_plan_t *plan, jny_task_t *tasks, unsigned ntasks,
    int (*print)(const jny_session_t *s, const jny_task_t *tasks))
{
    int             rc, code;
    jny_diag_t      diag;
    jny_frame_t     f;
    jny_session_t  *s;

    s = &f.s;
    code = jny_session_open(&f, cmd, opt, plan, 1);

    if (code != JNY_EXIT_OK) {
        jny_session_close(&f);
        return code;
    }

    diag.what[0] = '\0';
    rc = jny_run(&s->run, s->in, &s->plan, tasks, ntasks, &diag);
    jny_watch_stop(&f.watch);

    if (rc == JNY_OK && opt->verbose) {
        jny_watch_report(&f.watch, s->plan.threads);
    }

    if (rc == JNY_OK) {
        rc = jny_session_hints(&f);
    }

    if (rc != JNY_OK) {
        code = jny_session_fail(s, rc, diag.what);
        jny_session_close(&f);
        return code;
    }

    code = jny_damage_say(s->in, cmd->name);

    if (!jny_session_refused(s, code)) {
        if (jny_session_output(&f) == JNY_EXIT_OK) {
            code = jny_session_commit(&f, print(s, tasks), code);

        } else {
            code = JNY_EXIT_FAILED;
        }
    }

    jny_session_close(&f);
    return code;
}


/* Decodes the blocks of the period; block is NULL when only looking. */

static int
jny_session_blocks(jny_frame_t *f,
    int (*block)(void *ctx, const jny_session_t *s,
                 const jny_block_ref_t *ref, const jny_block_t *blk))
{
    int                     rc;
    uint32_t                n;
    jny_diag_t              diag;
    jny_block_t             blk;
    jny_session_t          *s;
    jny_inflater_t         *inf;
    const jny_block_ref_t  *refs;

    s = &f->s;
    refs = jny_input_blocks(s->in, &n);
    inf = jny_inflater_new();

    if (inf == NULL) {
        return JNY_ENOMEM;
    }

    jny_block_init(&blk, &jny_heap);
    rc = JNY_OK;

    for (uint32_t i = 0; i < n && rc == JNY_OK; i++) {
        if (refs[i].header.t_max_ms < s->plan.start_ms
            || refs[i].header.t_min_ms >= s->plan.end_ms)
        {
            continue;
        }

        rc = jny_input_read(&refs[i], inf, &blk, &diag);

        if (rc == JNY_ECRC || rc == JNY_EDATA) {
            rc = jny_input_damaged(s->in, &refs[i], diag.what);

        } else if (rc == JNY_OK && block != NULL) {
            rc = block(f->ctx, s, &refs[i], &blk);
        }

        f->watch.progress.blocks++;
        f->watch.progress.events += refs[i].header.nevents;
        f->watch.progress.bytes += refs[i].member.len;
    }

    jny_block_release(&blk);
    jny_inflater_free(inf);

    return rc;
}


static int
jny_session_read_print(jny_frame_t *f)
{
    int             rc, code;
    jny_session_t  *s;

    s = &f->s;

    if (s->opt->strict) {
        rc = jny_session_blocks(f, NULL);

        if (rc != JNY_OK) {
            return jny_session_fail(s, rc, "");
        }

        code = jny_damage_code(s->in);

        if (code != JNY_EXIT_OK) {
            jny_watch_stop(&f->watch);
            jny_damage_say(s->in, s->cmd->name);
            jny_session_refused(s, code);
            return code;
        }
    }

    if (jny_session_output(f) != JNY_EXIT_OK) {
        return JNY_EXIT_FAILED;
    }

    rc = jny_session_blocks(f, f->reader->block);
    jny_watch_stop(&f->watch);
    code = f->reader->lists_damage ? jny_damage_sum(s->in, s->cmd->name)
                                   : jny_damage_say(s->in, s->cmd->name);

    if (rc == JNY_OK) {
        rc = jny_session_hints(f);
    }

    if (rc == JNY_OK && f->reader->print != NULL) {
        rc = f->reader->print(f->ctx, s);
    }

    return jny_session_commit(f, rc, code);
}


int
jny_session_read(const jny_command_t *cmd, const jny_options_t *opt,
    const jny_reader_t *reader, void *ctx)
{
    int          code;
    jny_frame_t  f;

    code = jny_session_open(&f, cmd, opt, &opt->plan, 0);

    if (code == JNY_EXIT_OK) {
        f.reader = reader;
        f.ctx = ctx;
        code = jny_session_read_print(&f);
        jny_watch_stop(&f.watch);
    }

    jny_session_close(&f);
    return code;
}
