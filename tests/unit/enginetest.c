/*
 * enginetest.c - see enginetest.h.
 */

#include "enginetest.h"

#include <ftw.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>
#include <zlib.h>

#include "engine/orders.h"
#include "jnytest.h"


#define MAX_TEXTS   32
#define MAX_ORDERS  64

/* What the orders of all rows were called: a run knows them by hash. */
static struct {
    uint32_t  id;
    char      name[16];
} orders[MAX_ORDERS];
static unsigned  norders;


static void
know_order(const jny_row_t *row)
{
    jny_slice_t  order;

    order = row->text[JNY_TEXT_ORDER];

    if (order.len > 0 && norders < MAX_ORDERS) {
        orders[norders].id =
            jny_order_id(jny_order_key(row->text[JNY_TEXT_HOST], order));
        snprintf(orders[norders].name, sizeof(orders[norders].name), "%.*s",
                 (int) order.len, (const char *) order.data);
        norders++;
    }
}


static const char *
order_name(uint32_t id)
{
    unsigned  i;

    for (i = 0; i < norders; i++) {
        if (orders[i].id == id) {
            return orders[i].name;
        }
    }

    return id == 0 ? "" : "?";
}


static jny_slice_t
text(const char *s)
{
    return jnytest_text(s);
}


void
enginetest_writer(enginetest_writer_t *w, uint64_t writer, const char *stages)
{
    int             rc;
    char           *copy, *word, *save;
    jny_log_info_t  info;

    memset(&info, 0, sizeof(info));
    memset(w, 0, sizeof(*w));

    info.writer = writer;
    info.edge = text("edge");
    info.fields[0] = text("team");
    info.nfields = 1;
    info.agents = 1;
    info.level = 1;

    copy = strdup(stages);
    assert_non_null(copy);

    for (word = strtok_r(copy, " ", &save); word != NULL;
         word = strtok_r(NULL, " ", &save))
    {
        info.stages[info.nstages++] = text(word);
    }

    w->enc = jny_encoder_new(&jnytest_malloc, &info, &rc);
    assert_non_null(w->enc);

    free(copy);
}


void
enginetest_writer_end(enginetest_writer_t *w)
{
    jny_encoder_free(w->enc);
}


static void
set(jny_row_t *row, const char *name, char *value)
{
    char  *p;
    int    i;

    for (p = value; *p != '\0'; p++) {
        *p = *p == '+' ? ' ' : *p;
    }

    if (strcmp(name, "status") == 0) {
        row->status = (uint32_t) atoi(value);

    } else if (strcmp(name, "latency") == 0) {
        row->latency_ms = (uint32_t) atoi(value);

    } else if (strcmp(name, "value") == 0) {
        row->value_e4 = (int64_t) atoi(value) * 10000;

    } else if (strcmp(name, "flags") == 0) {
        row->flags = (uint32_t) strtoul(value, NULL, 0);

    } else if (strcmp(name, "agent") == 0) {
        row->agent = text(value);

    } else if (strcmp(name, "team") == 0) {
        row->field[0] = text(value);

    } else {
        for (i = 0; i < JNY_TEXT_COUNT; i++) {
            if (strcmp(name, jny_text_names[i]) == 0) {
                row->text[i] = text(value);
                return;
            }
        }
        fail_msg("no such column: %s", name);
    }
}


void
enginetest_add(enginetest_writer_t *w, uint64_t visitor, int64_t at_ms,
    const char *words)
{
    char       *copy, *word, *save, *value;
    jny_row_t   row;

    memset(&row, 0, sizeof(row));
    row.visitor = visitor;
    row.time_ms = ENGINETEST_T0 + at_ms;
    row.status = 200;

    copy = strdup(words);
    assert_non_null(copy);

    for (word = strtok_r(copy, " ", &save); word != NULL;
         word = strtok_r(NULL, " ", &save))
    {
        value = strchr(word, '=');
        assert_non_null(value);
        *value++ = '\0';
        set(&row, word, value);
    }

    know_order(&row);
    assert_int_equal(jny_encoder_add(w->enc, &row), JNY_OK);

    free(copy);
}


size_t
enginetest_seal(enginetest_writer_t *w, jny_buf_t *out)
{
    unsigned     n;
    jny_seal_t   seal;
    jny_slice_t  member;

    n = jny_encoder_rows(w->enc);

    memset(&seal, 0, sizeof(seal));
    seal.seq = w->seq;
    seal.base = w->base;
    seal.dropped = w->dropped;
    seal.flags = n == 0 ? JNY_BLOCK_FINAL : 0;

    assert_int_equal(jny_encoder_seal(w->enc, &seal, &member, NULL), JNY_OK);

    jny_buf_add(out, member.data, member.len);
    assert_false(out->failed);

    w->seq++;
    w->base += n;

    return member.len;
}


size_t
enginetest_block(enginetest_writer_t *w, unsigned from, unsigned n,
    jny_buf_t *out)
{
    char      words[128];
    unsigned  i;

    for (i = from; i < from + n; i++) {
        snprintf(words, sizeof(words), "page=/%u stage=%s", i % 5,
            i % 3 == 0 ? "look" : "buy");
        enginetest_add(w, 1 + i % 7, i * ENGINETEST_S, words);
    }

    return enginetest_seal(w, out);
}


void
enginetest_gzip(const void *p, size_t n, jny_buf_t *out)
{
    char      buf[4096];
    z_stream  zs;

    memset(&zs, 0, sizeof(zs));

    assert_int_equal(deflateInit2(&zs, 6, Z_DEFLATED, 15 + 16, 8,
                         Z_DEFAULT_STRATEGY),
        Z_OK);

    zs.next_in = (Bytef *) (uintptr_t) p;
    zs.avail_in = (uInt) n;

    do {
        zs.next_out = (Bytef *) buf;
        zs.avail_out = sizeof(buf);
        (void) deflate(&zs, Z_FINISH);
        jny_buf_add(out, buf, sizeof(buf) - zs.avail_out);
    } while (zs.avail_out == 0);

    deflateEnd(&zs);
    assert_false(out->failed);
}


void
enginetest_folder(char path[64])
{
    snprintf(path, 64, "/tmp/jny-engine-XXXXXX");
    assert_non_null(mkdtemp(path));
}


static int
take_away(const char *path, const struct stat *st, int kind, struct FTW *ftw)
{
    (void) st;
    (void) kind;
    (void) ftw;

    return remove(path);
}


void
enginetest_folder_end(const char *path)
{
    assert_int_equal(nftw(path, take_away, 8, FTW_DEPTH | FTW_PHYS), 0);
}


char *
enginetest_file(const char *folder, const char *name, const jny_buf_t *bytes)
{
    FILE         *f;
    static char   paths[64][128];
    static int    n;
    char         *path;

    path = paths[n++ % 64];
    snprintf(path, sizeof(paths[0]), "%s/%s", folder, name);

    f = fopen(path, "wb");
    assert_non_null(f);
    assert_int_equal(fwrite(bytes->data, 1, bytes->len, f), bytes->len);
    assert_int_equal(fclose(f), 0);

    return path;
}


jny_input_t *
enginetest_open(unsigned n, char *const *paths)
{
    int           rc;
    jny_diag_t    diag;
    jny_input_t  *in;

    memset(&diag, 0, sizeof(diag));

    rc = jny_input_open(&in, paths, n, &diag);

    if (rc != JNY_OK) {
        fail_msg("open: %d %s", rc, diag.what);
    }

    return in;
}


void
enginetest_plan(jny_plan_t *plan)
{
    memset(plan, 0, sizeof(*plan));
    plan->start_ms = INT64_MIN;
    plan->end_ms = INT64_MAX;
    plan->session_gap_ms = 30 * ENGINETEST_MIN;
    plan->threads = 1;
    plan->want = JNY_WANT_DETAIL;
}


jny_selector_t *
enginetest_selector(const char *words)
{
    jny_diag_t       diag;
    jny_selector_t  *sel;

    if (jny_selector_parse(&sel, words, &diag) != JNY_OK) {
        fail_msg("%s: %s", words, diag.what);
    }

    return sel;
}


/* The task: lines, sorted at the end. */
typedef struct {
    const jny_facts_t  *facts;
    char              **lines;
    size_t              n;
} dump_t;


static void *
dump_init(const void *conf, const jny_facts_t *facts)
{
    dump_t  *d;

    (void) conf;

    d = calloc(1, sizeof(*d));
    d->facts = facts;

    return d;
}


static void
dump_text(jny_buf_t *b, const char *name, jny_slice_t s)
{
    if (s.len > 0) {
        jny_buf_printf(b, " %s=%.*s", name, (int) s.len,
            (const char *) s.data);
    }
}


static void
dump_detail(jny_buf_t *b, const jny_names_t *names, const jny_detail_t *d)
{
    jny_tuple_t  t;

    dump_text(b, "tp", jny_names_get(names, JNY_NAME_TOUCHPOINT,
                           d->touchpoint));
    dump_text(b, "host", jny_names_get(names, JNY_NAME_HOST, d->host));
    dump_text(b, "by", jny_names_get(names, JNY_NAME_BY, d->by));

    if (d->carried != 0) {
        t = jny_names_tuple(names, d->carried);
        jny_buf_printf(b, " from=");
        jny_buf_add(b, jny_names_campaign(names, d->carried).data,
            jny_names_campaign(names, d->carried).len);
        jny_buf_printf(b, "/%s%s", t.channel, d->arrived != 0 ? "!" : "");
    }

    dump_text(b, "order", text(order_name(d->order)));

    if (d->value_e4 != 0) {
        jny_buf_printf(b, " value=%" PRId64, d->value_e4 / 10000);
        dump_text(b, "in", jny_names_get(names, JNY_NAME_CURRENCY,
                               d->currency));
    }
}


static int
dump_add(void *acc, const jny_journey_t *j)
{
    dump_t                   *d = acc;
    uint32_t                  i;
    jny_buf_t                 b = JNY_BUF_INIT;
    const jny_event_t        *e;
    static const char *const  names[] = { "failed", "GOAL", "session", "sale",
                                          "refund", "repeat", "where",
                                          "beacon" };

    jny_buf_printf(&b, "%016" PRIx64 " sessions=%u:", j->visitor,
        (unsigned) j->nsessions);

    for (i = 0; i < j->nevents; i++) {
        e = &j->events[i];
        jny_buf_printf(&b, " |%" PRId64 "s stage=%u match=%x",
            (e->time_ms - ENGINETEST_T0) / 1000, e->stage,
            (unsigned) e->match);

        for (unsigned k = 0; k < 8; k++) {
            if ((e->flags >> k & 1) && k != 6) {
                jny_buf_printf(&b, " %s", names[k]);
            }
        }

        if (!(e->flags & JNY_EVENT_WHERE)) {
            jny_buf_str(&b, " not-where");
        }

        if (e->detail != NULL) {
            dump_detail(&b, d->facts->names, e->detail);
        }
    }

    d->lines = realloc(d->lines, (d->n + 1) * sizeof(*d->lines));
    d->lines[d->n++] = b.data;

    return JNY_OK;
}


static int
dump_merge(void *into, void *from)
{
    dump_t  *a = into, *b = from;

    a->lines = realloc(a->lines, (a->n + b->n + 1) * sizeof(*a->lines));

    if (b->n > 0) {
        memcpy(a->lines + a->n, b->lines, b->n * sizeof(*b->lines));
    }

    a->n += b->n;
    b->n = 0;

    return JNY_OK;
}


static void
dump_free(void *acc)
{
    dump_t  *d = acc;

    while (d->n > 0) {
        free(d->lines[--d->n]);
    }

    free(d->lines);
    free(d);
}


static int
dump_order(const void *a, const void *b)
{
    return strcmp(*(char *const *) a, *(char *const *) b);
}


static const jny_analysis_t  dump = { "dump", dump_init, dump_add, dump_merge,
                                      dump_free };


void
enginetest_run(jny_input_t *in, const jny_plan_t *plan, jny_buf_t *out,
    jny_run_t **keep)
{
    int          rc;
    size_t       i;
    dump_t      *d;
    jny_run_t   *run;
    jny_task_t   task;
    jny_diag_t   diag;

    memset(&diag, 0, sizeof(diag));
    task.analysis = &dump;
    task.conf = NULL;

    rc = jny_run(&run, in, plan, &task, 1, &diag);

    if (rc != JNY_OK) {
        fail_msg("run: %d %s", rc, diag.what);
    }

    d = task.acc;

    if (d->n > 0) {
        qsort(d->lines, d->n, sizeof(*d->lines), dump_order);
    }

    jny_buf_reset(out);

    for (i = 0; i < d->n; i++) {
        jny_buf_printf(out, "%s\n", d->lines[i]);
    }

    if (keep != NULL) {
        *keep = run;
    } else {
        jny_run_free(run);
    }
}
