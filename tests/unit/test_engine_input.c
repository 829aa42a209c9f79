/*
 * test_engine_input.c - engine/input*.c: what is read, what is lost, and what
 * is said about it.
 */

#include "enginetest.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "engine/heap.h"
#include "jnytest.h"


#define A  0xa1a1a1a1a1a1a1a1ULL
#define B  0xb2b2b2b2b2b2b2b2ULL

/* Four blocks of writer A of 10, 11, 12, 13 events. */
typedef struct {
    char                 folder[64];
    jny_buf_t            log;
    size_t               at[5];       /* where each begins; the end */
} files_t;


static int
setup(void **state)
{
    files_t              *f;
    unsigned              i;
    enginetest_writer_t   w;

    f = calloc(1, sizeof(*f));
    enginetest_folder(f->folder);
    enginetest_writer(&w, A, "look buy");

    for (i = 0; i < 4; i++) {
        f->at[i + 1] = f->at[i]
                       + enginetest_block(&w, i * 20, 10 + i, &f->log);
    }

    enginetest_writer_end(&w);
    *state = f;

    return 0;
}


static int
teardown(void **state)
{
    files_t  *f = *state;

    enginetest_folder_end(f->folder);
    jny_buf_release(&f->log);
    free(f);

    return 0;
}


static jny_input_t *
open_one(files_t *f, const jny_buf_t *bytes)
{
    char  *path;

    path = enginetest_file(f->folder, "one.jny", bytes);

    return enginetest_open(1, &path);
}


/* The seqs of what was read, as "A0 A1 B7". */
static void
assert_blocks(const jny_input_t *in, const char *want)
{
    uint32_t                i, n;
    jny_buf_t               b = JNY_BUF_INIT;
    const jny_block_ref_t  *refs;

    refs = jny_input_blocks(in, &n);

    for (i = 0; i < n; i++) {
        jny_buf_printf(&b, "%s%c%u", i > 0 ? " " : "",
            refs[i].header.writer == A ? 'A'
            : refs[i].header.writer == B ? 'B' : '?',
            (unsigned) refs[i].header.seq);
    }

    assert_string_equal(n > 0 ? b.data : "", want);
    jny_buf_release(&b);
}


/* All damage: "kind@offset+len A seq events", events "?" when unknown. */
static void
assert_damage(const jny_input_t *in, const char *want)
{
    uint32_t                  i, n;
    jny_buf_t                 b = JNY_BUF_INIT;
    const jny_damage_t       *d;
    static const char *const  kinds[] = { "header", "payload", "torn",
                                          "conflict", "gap" };

    d = jny_input_damage(in, &n);

    for (i = 0; i < n; i++) {
        jny_buf_printf(&b, "%s%s@%u+%u %c%u ", i > 0 ? "; " : "",
            kinds[d[i].kind], (unsigned) d[i].offset, (unsigned) d[i].len,
            d[i].writer == A ? 'A' : d[i].writer == B ? 'B' : '-',
            (unsigned) d[i].seq);

        if (d[i].events_known) {
            jny_buf_printf(&b, "%u", (unsigned) d[i].events);
        } else {
            jny_buf_char(&b, '?');
        }

        assert_true(d[i].what[0] != '\0');
    }

    assert_string_equal(n > 0 ? b.data : "", want);
    jny_buf_release(&b);
}


static char *
words(const char *fmt, ...)
{
    va_list      args;
    static char  text[4][256];
    static int   n;
    char        *p;

    p = text[n++ % 4];
    va_start(args, fmt);
    vsnprintf(p, sizeof(text[0]), fmt, args);
    va_end(args);

    return p;
}


static void
good(void **state)
{
    files_t      *f = *state;
    jny_input_t  *in;

    in = open_one(f, &f->log);
    assert_blocks(in, "A0 A1 A2 A3");
    assert_damage(in, "");
    assert_int_equal(jny_input_duplicates(in), 0);
    assert_int_equal(jny_input_files(in), 1);
    jny_input_free(in);
}


static void
empty_and_missing(void **state)
{
    files_t      *f = *state;
    char         *path;
    jny_buf_t     none = JNY_BUF_INIT;
    jny_diag_t    diag;
    jny_input_t  *in;

    jny_buf_str(&none, "");
    in = open_one(f, &none);
    assert_blocks(in, "");
    assert_damage(in, "");
    jny_input_free(in);

    path = words("%s/nothing.jny", f->folder);
    assert_int_equal(jny_input_open(&in, &path, 1, &diag), JNY_EIO);
    assert_non_null(strstr(diag.what, "nothing.jny"));
    jny_input_free(in);
    jny_buf_release(&none);
}


/* A damaged header: the next block's base tells what it held. */
static void
header_in_the_middle(void **state)
{
    files_t      *f = *state;
    jny_input_t  *in;

    f->log.data[f->at[1] + 20] ^= 1;
    in = open_one(f, &f->log);
    assert_blocks(in, "A0 A2 A3");
    assert_damage(in, words("header@%zu+%zu A1 11", f->at[1],
                          f->at[2] - f->at[1]));
    jny_input_free(in);
}


/* Block 1's base tells what block 0 held; nothing tells of the last. */
static void
header_first_or_last(void **state)
{
    files_t      *f = *state;
    jny_input_t  *in;

    f->log.data[0] ^= 1;
    in = open_one(f, &f->log);
    assert_blocks(in, "A1 A2 A3");
    assert_damage(in, words("header@0+%zu A0 10", f->at[1]));
    jny_input_free(in);

    f->log.data[0] ^= 1;
    f->log.data[f->at[3] + 50] ^= 1;
    in = open_one(f, &f->log);
    assert_blocks(in, "A0 A1 A2");
    assert_damage(in, words("header@%zu+%zu -0 ?", f->at[3],
                          f->at[4] - f->at[3]));
    jny_input_free(in);
}


/* Two damaged neighbours are one place; their events are counted once. */
static void
two_headers(void **state)
{
    files_t      *f = *state;
    jny_input_t  *in;

    f->log.data[f->at[1] + 3] ^= 0x40;
    f->log.data[f->at[2] + 3] ^= 0x40;
    in = open_one(f, &f->log);
    assert_blocks(in, "A0 A3");
    assert_damage(in, words("header@%zu+%zu A1 23", f->at[1],
                          f->at[3] - f->at[1]));
    jny_input_free(in);
}


/* A payload that does not check is found when it is read. */
static void
payload(void **state)
{
    files_t                    *f = *state;
    jny_buf_t                   out = JNY_BUF_INIT;
    jny_run_t                  *run;
    jny_plan_t                  plan;
    jny_input_t                *in;
    const jny_input_summary_t  *s;

    f->log.data[f->at[2] - 20] ^= 1;
    in = open_one(f, &f->log);
    assert_blocks(in, "A0 A1 A2 A3");
    assert_damage(in, "");

    enginetest_plan(&plan);
    enginetest_run(in, &plan, &out, &run);
    s = jny_run_summary(run);

    assert_int_equal(s->blocks, 3);
    assert_int_equal(s->events, 35);
    assert_int_equal(s->damaged_blocks, 1);
    assert_int_equal(s->lost_events, 11);
    assert_int_equal(s->gaps, 0);
    jny_run_free(run);

    /* Read twice, lost once. */
    enginetest_run(in, &plan, &out, NULL);
    assert_damage(in, words("payload@%zu+%zu A1 11", f->at[1],
                          f->at[2] - f->at[1]));

    jny_buf_release(&out);
    jny_input_free(in);
}


static void
torn(void **state)
{
    files_t      *f = *state;
    size_t        cut;
    jny_input_t  *in;

    for (cut = f->at[3] + 1; cut < f->at[4]; cut += 7) {
        f->log.len = cut;
        in = open_one(f, &f->log);
        assert_blocks(in, "A0 A1 A2");
        assert_damage(in, cut - f->at[3] < JNY_HEADER_LEN
            ? words("torn@%zu+%zu -0 ?", f->at[3], cut - f->at[3])
            : words("torn@%zu+%zu A3 13", f->at[3], cut - f->at[3]));
        jny_input_free(in);
    }
}


/* Cut short, and appended to: its length leads into the next blocks. */
static void
torn_in_the_middle(void **state)
{
    files_t      *f = *state;
    jny_buf_t     b = JNY_BUF_INIT;
    jny_input_t  *in;

    jny_buf_add(&b, f->log.data, f->at[2] - 30);
    jny_buf_add(&b, f->log.data + f->at[2], f->at[4] - f->at[2]);

    in = open_one(f, &b);
    assert_blocks(in, "A0 A2 A3");
    assert_damage(in, words("payload@%zu+%zu A1 11", f->at[1],
                          f->at[2] - 30 - f->at[1]));
    jny_input_free(in);

    /* The same at the end: what follows is less than the length says. */
    jny_buf_reset(&b);
    jny_buf_add(&b, f->log.data, f->at[3] - 30);
    jny_buf_add(&b, f->log.data + f->at[3], f->at[4] - f->at[3]);
    in = open_one(f, &b);
    assert_blocks(in, "A0 A1 A3");
    jny_input_free(in);
    jny_buf_release(&b);
}


/* The gap around a block known to be lost counts only what else is missing. */
static void
torn_beside_a_gap(void **state)
{
    files_t      *f = *state;
    jny_buf_t     b = JNY_BUF_INIT;
    jny_input_t  *in;

    jny_buf_add(&b, f->log.data, f->at[2] - 30);
    jny_buf_add(&b, f->log.data + f->at[3], f->at[4] - f->at[3]);

    in = open_one(f, &b);
    assert_blocks(in, "A0 A3");
    assert_damage(in, words("payload@%zu+%zu A1 11; gap@%zu+0 A1 12",
                          f->at[1], f->at[2] - 30 - f->at[1],
                          f->at[2] - 30));
    jny_input_free(in);
    jny_buf_release(&b);
}


/* Two damaged copies of one block are one block lost, not two. */
static void
torn_twice_beside_a_gap(void **state)
{
    char         *paths[2];
    size_t        bad;
    files_t      *f = *state;
    uint64_t      lost;
    uint32_t      i, n;
    jny_buf_t     a = JNY_BUF_INIT, b = JNY_BUF_INIT;
    jny_input_t  *in;

    const jny_damage_t  *d;

    /* Block 1 is cut in both files, and block 2 is in none. */
    bad = f->at[2] - 30 - f->at[1];
    jny_buf_add(&a, f->log.data, f->at[2] - 30);
    jny_buf_add(&b, f->log.data, f->at[2] - 30);
    jny_buf_add(&b, f->log.data + f->at[3], f->at[4] - f->at[3]);

    paths[0] = enginetest_file(f->folder, "a.jny", &a);
    paths[1] = enginetest_file(f->folder, "b.jny", &b);
    in = enginetest_open(2, paths);
    assert_blocks(in, "A0 A3");
    assert_damage(in, words("payload@%zu+%zu A1 11; payload@%zu+%zu A1 0; "
                          "gap@%zu+0 A1 12", f->at[1], bad, f->at[1], bad,
                          f->at[2] - 30));

    d = jny_input_damage(in, &n);

    for (i = 0, lost = 0; i < n; i++) {
        lost += d[i].events;
    }

    assert_int_equal(lost, 11 + 12);
    jny_input_free(in);

    /* Whole elsewhere, it costs nothing. */
    jny_buf_reset(&b);
    jny_buf_add(&b, f->log.data + f->at[1], f->at[4] - f->at[1]);
    paths[1] = enginetest_file(f->folder, "b.jny", &b);
    in = enginetest_open(2, paths);
    assert_blocks(in, "A0 A1 A2 A3");
    assert_damage(in, words("torn@%zu+%zu A1 0", f->at[1], bad));
    jny_input_free(in);
    jny_buf_release(&a);
    jny_buf_release(&b);
}


static void
copies(void **state)
{
    files_t      *f = *state;
    jny_buf_t     b = JNY_BUF_INIT;
    jny_input_t  *in;

    jny_buf_add(&b, f->log.data + f->at[1], f->at[3] - f->at[1]);
    jny_buf_add(&b, f->log.data, f->at[4]);
    in = open_one(f, &b);
    assert_blocks(in, "A0 A1 A2 A3");
    assert_damage(in, "");
    assert_int_equal(jny_input_duplicates(in), 2);
    jny_input_free(in);
    jny_buf_release(&b);
}


/* A damaged copy of a block that is elsewhere whole costs nothing. */
static void
damaged_copy(void **state)
{
    char         *paths[2];
    files_t      *f = *state;
    jny_input_t  *in;

    paths[0] = enginetest_file(f->folder, "a.jny", &f->log);
    f->log.data[f->at[3] + 80] ^= 1;
    paths[1] = enginetest_file(f->folder, "b.jny", &f->log);
    in = enginetest_open(2, paths);
    assert_blocks(in, "A0 A1 A2 A3");
    assert_damage(in, words("header@%zu+%zu A3 0", f->at[3],
                          f->at[4] - f->at[3]));
    jny_input_free(in);
}


/*
 * A payload is checked only when it is read: the copy that is intact is used,
 * whichever file was named first; nothing is lost until all are damaged.
 */
static void
damaged_payload_of_a_copy(void **state)
{
    int                         turn;
    char                       *paths[3];
    files_t                    *f = *state;
    uint32_t                    n;
    jny_run_t                  *run;
    jny_buf_t                   whole = JNY_BUF_INIT, out = JNY_BUF_INIT;
    jny_plan_t                  plan;
    jny_input_t                *in;
    const jny_input_summary_t  *s;

    enginetest_plan(&plan);
    in = open_one(f, &f->log);
    enginetest_run(in, &plan, &whole, NULL);
    jny_input_free(in);

    for (turn = 0; turn < 3; turn++) {
        paths[turn] = enginetest_file(f->folder, "a.jny", &f->log);
        f->log.data[f->at[2] - 20] ^= 1;
        paths[(turn + 1) % 3] = enginetest_file(f->folder, "b.jny", &f->log);
        paths[(turn + 2) % 3] = enginetest_file(f->folder, "c.jny", &f->log);
        f->log.data[f->at[2] - 20] ^= 1;

        jny_buf_reset(&out);
        in = enginetest_open(3, paths);
        assert_blocks(in, "A0 A1 A2 A3");
        assert_int_equal(jny_input_duplicates(in), 8);
        enginetest_run(in, &plan, &out, NULL);
        assert_damage(in, "");
        assert_string_equal(out.data, whole.data);
        jny_input_free(in);
    }

    /* None is left: one loss, not one a copy. */
    f->log.data[f->at[2] - 20] ^= 1;
    enginetest_file(f->folder, "a.jny", &f->log);
    in = enginetest_open(3, paths);
    enginetest_run(in, &plan, &out, &run);
    s = jny_run_summary(run);
    assert_int_equal(s->blocks, 3);
    assert_int_equal(s->lost_events, 11);
    (void) jny_input_damage(in, &n);
    assert_int_equal(n, 1);
    jny_run_free(run);
    jny_input_free(in);
    jny_buf_release(&whole);
    jny_buf_release(&out);
}


static void
conflict(void **state)
{
    size_t                len;
    files_t              *f = *state;
    jny_input_t          *in;
    enginetest_writer_t   w;

    enginetest_writer(&w, A, "look buy");
    w.seq = 2;
    w.base = 21;
    len = enginetest_block(&w, 0, 5, &f->log);
    enginetest_writer_end(&w);

    in = open_one(f, &f->log);
    assert_blocks(in, "A0 A1 A2 A3");
    assert_damage(in, words("conflict@%zu+%zu A2 0", f->at[4], len));
    jny_input_free(in);
}


static void
gap(void **state)
{
    files_t      *f = *state;
    jny_buf_t     b = JNY_BUF_INIT;
    jny_input_t  *in;

    jny_buf_add(&b, f->log.data, f->at[1]);
    jny_buf_add(&b, f->log.data + f->at[3], f->at[4] - f->at[3]);
    in = open_one(f, &b);
    assert_blocks(in, "A0 A3");
    assert_damage(in, words("gap@%zu+0 A1 23", f->at[1]));
    jny_input_free(in);

    /* What comes before the first or after the last seen block is no gap. */
    jny_buf_reset(&b);
    jny_buf_add(&b, f->log.data + f->at[1], f->at[3] - f->at[1]);
    in = open_one(f, &b);
    assert_blocks(in, "A1 A2");
    assert_damage(in, "");
    jny_input_free(in);
    jny_buf_release(&b);
}


/* Writers take turns; the damaged block is charged to the one that lacks it,
   and the other's real gap stays a gap. */
static void
two_writers(void **state)
{
    size_t                at[7];
    unsigned              i;
    files_t              *f = *state;
    jny_buf_t             b = JNY_BUF_INIT;
    jny_input_t          *in;
    enginetest_writer_t   wa, wb;

    enginetest_writer(&wa, A, "look buy");
    enginetest_writer(&wb, B, "look buy");
    at[0] = 0;

    for (i = 0; i < 6; i++) {
        if (i == 5) {
            wb.seq += 2;
            wb.base += 40;
        }
        at[i + 1] = at[i] + enginetest_block(i % 2 ? &wb : &wa, i, 3 + i, &b);
    }

    b.data[at[2] + 60] ^= 1;
    in = open_one(f, &b);
    assert_blocks(in, "A0 A2 B0 B1 B4");
    assert_damage(in, words("header@%zu+%zu A1 5; gap@%zu+0 B2 40", at[2],
                          at[3] - at[2], at[5]));
    jny_input_free(in);
    jny_buf_release(&b);
    enginetest_writer_end(&wa);
    enginetest_writer_end(&wb);
}


/* The writer after the damage is known only from another file. */
static void
anchored_by_another_file(void **state)
{
    char      *paths[2];
    files_t   *f = *state;
    jny_buf_t  b = JNY_BUF_INIT;
    int        turn;

    jny_buf_add(&b, f->log.data + f->at[2], f->at[3] - f->at[2]);
    b.data[10] ^= 1;
    jny_buf_add(&b, f->log.data + f->at[3], f->at[4] - f->at[3]);
    jny_buf_str(&b, "something that breaks the chain to the end");

    f->log.len = f->at[2];

    for (turn = 0; turn < 2; turn++) {
        jny_input_t  *in;

        paths[turn] = enginetest_file(f->folder, "a.jny", &f->log);
        paths[!turn] = enginetest_file(f->folder, "b.jny", &b);
        in = enginetest_open(2, paths);
        assert_blocks(in, "A0 A1 A3");
        jny_input_free(in);
    }

    jny_buf_release(&b);
}


/* A block inside somebody's URL is no block. */
static void
fake_block(void **state)
{
    files_t              *f = *state;
    jny_buf_t             b = JNY_BUF_INIT;
    jny_input_t          *in;
    enginetest_writer_t   w;

    enginetest_writer(&w, B, "look buy");
    jny_buf_add(&b, f->log.data, f->at[1]);
    jny_buf_str(&b, "damaged bytes, and in them ");
    enginetest_block(&w, 0, 3, &b);
    jny_buf_str(&b, " and more of them");
    jny_buf_add(&b, f->log.data + f->at[2], f->at[4] - f->at[2]);
    enginetest_writer_end(&w);

    in = open_one(f, &b);
    assert_blocks(in, "A0 A2 A3");
    jny_input_free(in);
    jny_buf_release(&b);
}


/* Blocks first .. last - 1 through zcat and gzip: bare payloads. */
static void
recompress(const files_t *f, jny_buf_t *out, unsigned first, unsigned last)
{
    unsigned     i;
    jny_buf_t    raw = JNY_BUF_INIT;
    jny_slice_t  member, bare;

    for (i = first; i < last; i++) {
        member.data = (const uint8_t *) f->log.data + f->at[i];
        member.len = f->at[i + 1] - f->at[i];

        bare = jnytest_payload(member);
        jny_buf_add(&raw, bare.data, bare.len);
        free((void *) (uintptr_t) bare.data);
    }

    enginetest_gzip(raw.data, raw.len, out);
    jny_buf_release(&raw);
}


static void
assert_same_answer(files_t *f, const jny_buf_t *other)
{
    jny_buf_t     a = JNY_BUF_INIT, b = JNY_BUF_INIT;
    jny_plan_t    plan;
    jny_input_t  *in;

    enginetest_plan(&plan);

    in = open_one(f, &f->log);
    enginetest_run(in, &plan, &a, NULL);
    jny_input_free(in);

    in = open_one(f, other);
    assert_blocks(in, "A0 A1 A2 A3");
    assert_damage(in, "");
    enginetest_run(in, &plan, &b, NULL);
    jny_input_free(in);

    assert_true(a.len > 1000);
    assert_string_equal(a.data, b.data);
    jny_buf_release(&a);
    jny_buf_release(&b);
}


static void
recompressed(void **state)
{
    files_t    *f = *state;
    jny_buf_t   b = JNY_BUF_INIT, c = JNY_BUF_INIT;

    recompress(f, &b, 0, 4);
    assert_same_answer(f, &b);

    /* Once more around it. */
    enginetest_gzip(b.data, b.len, &c);
    assert_same_answer(f, &c);

    /* And a recompressed part between parts as they were. */
    jny_buf_reset(&b);
    jny_buf_add(&b, f->log.data, f->at[1]);
    recompress(f, &b, 1, 3);
    jny_buf_add(&b, f->log.data + f->at[3], f->at[4] - f->at[3]);
    assert_same_answer(f, &b);

    jny_buf_release(&b);
    jny_buf_release(&c);
}


/* Wherever a recompressed log is cut: whole payloads before are kept. */
static void
recompressed_and_cut(void **state)
{
    size_t        cut, len;
    uint32_t      n, seen;
    files_t      *f = *state;
    jny_buf_t     b = JNY_BUF_INIT, c = JNY_BUF_INIT, out = JNY_BUF_INIT;
    jny_run_t    *run;
    jny_plan_t    plan;
    jny_input_t  *in;

    enginetest_plan(&plan);
    recompress(f, &b, 0, 4);
    len = b.len;
    seen = 0;

    for (cut = 18; cut < len; cut += 5) {
        b.len = cut;
        in = open_one(f, &b);
        (void) jny_input_blocks(in, &n);
        assert_in_range(n, seen, 4);
        seen = n;
        assert_damage(in, words("header@%zu+0 -0 ?", cut));
        enginetest_run(in, &plan, &out, &run);
        assert_int_equal(jny_run_summary(run)->blocks, n);
        assert_int_equal(jny_run_summary(run)->lost_unknown, 1);
        jny_run_free(run);
        jny_input_free(in);
    }

    assert_in_range(seen, 3, 4);

    /* Of members in a row only the cut one is damage. */
    jny_buf_reset(&b);
    recompress(f, &b, 0, 2);
    recompress(f, &b, 2, 4);
    b.len -= 9;
    in = open_one(f, &b);
    assert_blocks(in, "A0 A1 A2 A3");
    assert_damage(in, words("header@%zu+0 -0 ?", b.len));
    jny_input_free(in);

    /* A cut around a layer is one cut. */
    enginetest_gzip(b.data, b.len, &c);
    c.len -= 100;
    in = open_one(f, &c);
    assert_damage(in, words("header@%zu+0 -0 ?", c.len));
    jny_input_free(in);

    jny_buf_release(&out);
    jny_buf_release(&b);
    jny_buf_release(&c);
}


static void
doubly_compressed(void **state)
{
    size_t        cut;
    uint32_t      n;
    files_t      *f = *state;
    jny_buf_t     b = JNY_BUF_INIT;
    jny_input_t  *in;

    enginetest_gzip(f->log.data, f->log.len, &b);
    assert_same_answer(f, &b);

    /* Cut: whole blocks before the cut are there; how much is not, nobody
       knows. */
    cut = b.len / 2;
    b.len = cut;
    in = open_one(f, &b);
    (void) jny_input_blocks(in, &n);
    assert_in_range(n, 1, 3);
    assert_damage(in, words("header@%zu+0 -0 ?", cut));
    jny_input_free(in);
    jny_buf_release(&b);
}


/* Some gzip that would fill the memory, were there more of it. */
static void
bomb(void **state)
{
    char                *zeros;
    size_t               i;
    uint32_t             n;
    files_t             *f = *state;
    jny_buf_t            b = JNY_BUF_INIT, c = JNY_BUF_INIT, d = JNY_BUF_INIT;
    jny_input_t         *in;
    const jny_damage_t  *d0;

    zeros = calloc(1, 64 << 20);
    assert_non_null(zeros);
    enginetest_gzip(zeros, 64 << 20, &b);
    free(zeros);

    for (i = 0; i < 2; i++) {
        jny_buf_add(&c, b.data, b.len);
    }

    enginetest_gzip(c.data, c.len, &d);
    jny_buf_add(&d, f->log.data, f->log.len);

    in = open_one(f, &d);
    assert_blocks(in, "A0 A1 A2 A3");
    jny_input_free(in);

    in = open_one(f, &c);
    assert_blocks(in, "");
    d0 = jny_input_damage(in, &n);
    assert_int_equal(n, 2);        /* and the zeros are no payload */
    assert_true(strstr(d0[0].what, "256 times") != NULL
                || strstr(d0[1].what, "256 times") != NULL);
    jny_input_free(in);

    jny_buf_release(&b);
    jny_buf_release(&c);
    jny_buf_release(&d);
}


static void
standard_input(void **state)
{
    int           saved;
    char         *path, dash[] = "-", *name = dash;
    FILE         *p;
    files_t      *f = *state;
    jny_input_t  *in;

    path = enginetest_file(f->folder, "in.jny", &f->log);

    /* A pipe, which cannot be mapped. */
    p = popen(words("cat %s", path), "r");
    assert_non_null(p);
    saved = dup(0);
    assert_int_equal(dup2(fileno(p), 0), 0);

    in = enginetest_open(1, &name);
    assert_blocks(in, "A0 A1 A2 A3");
    assert_damage(in, "");
    assert_string_equal(jny_input_name(in, 0), "-");
    jny_input_free(in);

    assert_int_equal(dup2(saved, 0), 0);
    close(saved);
    pclose(p);
}


static void
folder(void **state)
{
    char         *path;
    files_t      *f = *state;
    jny_buf_t     b = JNY_BUF_INIT;
    jny_input_t  *in;

    jny_buf_add(&b, f->log.data, f->at[2]);
    enginetest_file(f->folder, "log.jny.1", &b);
    jny_buf_reset(&b);
    jny_buf_add(&b, f->log.data + f->at[2], f->at[4] - f->at[2]);
    enginetest_file(f->folder, "log.jny", &b);
    enginetest_file(f->folder, "readme.txt", &b);
    jny_buf_release(&b);

    path = f->folder;
    in = enginetest_open(1, &path);
    assert_blocks(in, "A0 A1 A2 A3");
    assert_int_equal(jny_input_files(in), 2);
    jny_input_free(in);
}


/* Every single flipped bit changes nothing, or loses the block it hit. */
static void
every_bit(void **state)
{
    size_t        bit, k, nbits;
    files_t      *f = *state;
    jny_buf_t     out = JNY_BUF_INIT, whole = JNY_BUF_INIT;
    uint32_t      n, nd;
    jny_plan_t    plan;
    jny_run_t    *run;
    jny_input_t  *in;

    enginetest_plan(&plan);
    f->log.len = f->at[3];
    in = open_one(f, &f->log);
    enginetest_run(in, &plan, &whole, NULL);
    jny_input_free(in);

    nbits = f->at[3] * 8;

    for (bit = 0; bit < nbits; bit++) {
        f->log.data[bit / 8] ^= (char) (1 << bit % 8);
        in = open_one(f, &f->log);
        enginetest_run(in, &plan, &out, &run);
        n = (uint32_t) jny_run_summary(run)->blocks;
        (void) jny_input_damage(in, &nd);

        for (k = 0; f->at[k + 1] <= bit / 8; k++) {
            /* the block that was hit */
        }

        if (nd == 0) {
            assert_int_equal(n, 3);
            assert_string_equal(out.data, whole.data);

        } else {
            const jny_damage_t  *d = jny_input_damage(in, &nd);

            assert_int_equal(n, 2);
            assert_int_equal(nd, 1);
            assert_int_equal(d->offset, f->at[k]);
            assert_int_equal(jny_run_summary(run)->events, 33 - (10 + k));
        }

        jny_run_free(run);
        jny_input_free(in);
        f->log.data[bit / 8] ^= (char) (1 << bit % 8);
    }

    jny_buf_release(&out);
    jny_buf_release(&whole);
}


/* copytruncate, after the index was made: the pages behind are gone. */
static void
cut_while_read(void **state)
{
    int                     rc;
    uint32_t                i, n, damaged;
    char                   *path;
    files_t                *f = *state;
    jny_block_t             blk;
    jny_input_t            *in;
    jny_inflater_t         *inf;
    enginetest_writer_t     w;
    const jny_damage_t     *d;
    const jny_block_ref_t  *refs;

    enginetest_writer(&w, B, "look buy");

    for (i = 0; i < 200; i++) {
        enginetest_block(&w, i * 20, 10, &f->log);
    }

    enginetest_writer_end(&w);
    assert_true(f->log.len > 8 * 4096);

    path = enginetest_file(f->folder, "one.jny", &f->log);
    in = enginetest_open(1, &path);
    assert_int_equal(truncate(path, (off_t) f->at[2]), 0);

    inf = jny_inflater_new();
    jny_block_init(&blk, &jny_heap);
    refs = jny_input_blocks(in, &n);
    damaged = 0;

    for (i = 0; i < n; i++) {
        rc = jny_input_read(&refs[i], inf, &blk, NULL);

        if (rc != JNY_OK) {
            assert_int_equal(rc, JNY_ECRC);
            assert_int_equal(jny_input_damaged(in, &refs[i], "?"), JNY_OK);
            damaged++;
        }
    }

    /* the two that are left, and what shared their page */
    assert_in_range(damaged, n - 40, n - 2);

    d = jny_input_damage(in, &n);
    assert_int_equal(n, damaged);
    assert_non_null(strstr(d[n - 1].what, "became shorter"));

    jny_block_release(&blk);
    jny_inflater_free(inf);
    jny_input_free(in);
}


int
main(void)
{
#define TEST(f)  cmocka_unit_test_setup_teardown(f, setup, teardown)
    const struct CMUnitTest  tests[] = {
        TEST(good),
        TEST(empty_and_missing),
        TEST(header_in_the_middle),
        TEST(header_first_or_last),
        TEST(two_headers),
        TEST(payload),
        TEST(torn),
        TEST(torn_in_the_middle),
        TEST(cut_while_read),
        TEST(torn_beside_a_gap),
        TEST(torn_twice_beside_a_gap),
        TEST(copies),
        TEST(damaged_copy),
        TEST(damaged_payload_of_a_copy),
        TEST(conflict),
        TEST(gap),
        TEST(two_writers),
        TEST(anchored_by_another_file),
        TEST(fake_block),
        TEST(recompressed),
        TEST(recompressed_and_cut),
        TEST(doubly_compressed),
        TEST(bomb),
        TEST(standard_input),
        TEST(folder),
        TEST(every_bit),
    };

    return cmocka_run_group_tests_name("engine_input", tests, NULL, NULL);
}
