/*
 * test_ngx_http_journey_adopt.c - spools of dead writers: every row is in the
 * log once, under its writer's numbers, whoever dies while writing them there.
 */

#include "jnytest.h"
#include "ngx_http_journey_adopt.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>


#define SIZE  (4u << 20)

static char  folder[] = "/tmp/jny-adopt-XXXXXX";
static char  path[64];          /* of the log */
static char  left[NGX_HTTP_JOURNEY_SPOOL_PATH];     /* the dead's spool */

static unsigned  failing_syncs;
static unsigned  syncs;


/* Instead of libc's. */

int
fdatasync(int fd)
{
    syncs++;

    if (failing_syncs != 0) {
        failing_syncs--;
        errno = EIO;
        return -1;
    }

    return fsync(fd);
}


static jny_log_info_t
info_of(uint64_t writer)
{
    jny_log_info_t  info;

    jnytest_info(&info);
    info.writer = writer;
    info.path = jnytest_text(path);

    return info;
}


/* A writer dies with rows 0 to n - 1 in its spool. */

static void
dead_writer(uint64_t writer, unsigned n)
{
    jny_row_t                 row;
    jny_diag_t                diag;
    jny_log_info_t            info;
    ngx_http_journey_spool_t  s;

    info = info_of(writer);
    assert_int_equal(ngx_http_journey_spool_open(&s, folder, path, SIZE, &info,
                                                 &diag),
                     0);

    for (unsigned i = 0; i < n; i++) {
        jnytest_row(i, &row);
        assert_int_equal(jny_spool_add(s.sp, &row), JNY_OK);
    }

    (void) snprintf(left, sizeof(left), "%s", s.path);
    ngx_http_journey_spool_close(&s, 1);
}


static jny_slice_t
load(void)
{
    int          fd;
    jny_slice_t  log;
    struct stat  st;
    uint8_t     *bytes;

    fd = open(path, O_RDONLY);
    assert_true(fd != -1 && fstat(fd, &st) == 0);
    bytes = malloc((size_t) st.st_size + 1);
    assert_int_equal(read(fd, bytes, (size_t) st.st_size), st.st_size);
    assert_int_equal(close(fd), 0);

    log.data = bytes;
    log.len = (size_t) st.st_size;

    return log;
}


/*
 * The log is this writer's n rows, each once and in order, in blocks numbered
 * from 0, the last one FINAL.  Returns how many blocks there are.
 */

static unsigned
expect_whole(uint64_t writer, unsigned n)
{
    unsigned      rows, blocks;
    jny_walk_t    w;
    jny_slice_t   log, member;
    jny_header_t  h;

    log = load();
    jny_walk_init(&w, log);
    rows = 0;

    for (blocks = 0; w.offset < log.len; blocks++) {
        assert_int_equal(jny_walk_next(&w, &h, &member, NULL), JNY_OK);
        assert_true(h.writer == writer);
        assert_int_equal(h.seq, blocks);
        assert_int_equal(h.base, rows);
        assert_int_equal((h.flags & JNY_BLOCK_FINAL) != 0,
                         w.offset == log.len);

        if (h.nevents != 0) {
            jnytest_expect(member, rows, h.nevents);
        }

        rows += h.nevents;
    }

    assert_int_equal(rows, n);
    free((void *) log.data);

    return blocks;
}


static int
spools(void)
{
    int             n;
    DIR            *dir;
    struct dirent  *entry;

    dir = opendir(folder);
    assert_non_null(dir);

    for (n = 0; (entry = readdir(dir)) != NULL;) {
        n += strstr(entry->d_name, ".spool") != NULL;
    }

    assert_int_equal(closedir(dir), 0);

    return n;
}


static void
adopt_with(const jny_alloc_t *alloc, ngx_http_journey_adopt_t *result)
{
    ngx_http_journey_adopter_t  ad;

    ngx_http_journey_adopt_init(&ad, folder, alloc, 0);

    while (ngx_http_journey_adopt(&ad)) {
        /* the next spool */
    }

    *result = ad.result;
    ngx_http_journey_adopt_stop(&ad);
}


static void
adopt(ngx_http_journey_adopt_t *result)
{
    adopt_with(&jnytest_malloc, result);
}


static void
test_rows_are_recovered(void **state)
{
    jny_slice_t               log;
    jny_header_t              h;
    ngx_http_journey_adopt_t  result;

    dead_writer(7, 9000);
    adopt(&result);
    assert_int_equal(result.spools, 1);
    assert_int_equal(result.events, 9000);
    assert_int_equal(result.left, 0);
    assert_null(result.call);
    assert_int_equal(expect_whole(7, 9000), 2);
    assert_int_equal(spools(), 0);

    log = load();
    assert_int_equal(jny_header_decode(log, &h, NULL), JNY_OK);
    assert_int_equal(h.flags, JNY_BLOCK_RECOVERED);
    free((void *) log.data);

    /* once */

    adopt(&result);
    assert_int_equal(result.spools, 0);
    assert_int_equal(expect_whole(7, 9000), 2);
}


static void
test_nothing_to_say(void **state)
{
    struct stat               st;
    ngx_http_journey_adopt_t  result;

    dead_writer(8, 0);
    adopt(&result);
    assert_int_equal(result.spools, 1);
    assert_int_equal(spools(), 0);
    assert_int_equal(stat(path, &st), -1);
}


static void
test_the_living_are_left_alone(void **state)
{
    jny_diag_t                diag;
    jny_log_info_t            info;
    ngx_http_journey_spool_t  s;
    ngx_http_journey_adopt_t  result;

    info = info_of(9);
    assert_int_equal(ngx_http_journey_spool_open(&s, folder, path, SIZE, &info,
                                                 &diag),
                     0);
    adopt(&result);
    assert_int_equal(result.spools + result.left + result.refused, 0);
    assert_int_equal(spools(), 1);
    ngx_http_journey_spool_close(&s, 0);
}


static void
test_no_spool(void **state)
{
    int                       fd;
    char                      name[128];
    ngx_http_journey_adopt_t  result;

    (void) snprintf(name, sizeof(name), "%s/x.spool", folder);
    fd = open(name, O_RDWR | O_CREAT, 0600);
    assert_true(fd != -1 && ftruncate(fd, SIZE) == 0);
    assert_int_equal(close(fd), 0);

    adopt(&result);
    assert_int_equal(result.refused, 1);

    (void) snprintf(name, sizeof(name), "%s/x.spool.bad", folder);
    assert_int_equal(unlink(name), 0);

    /* the log's folder is no folder: the spool waits */

    dead_writer(10, 3);
    assert_int_equal(mkdir(path, 0700), 0);
    adopt(&result);
    assert_int_equal(result.left, 1);
    assert_string_equal(result.call, "open()");
    assert_int_equal(spools(), 1);

    assert_int_equal(rmdir(path), 0);
    adopt(&result);
    assert_int_equal(result.spools, 1);
    (void) expect_whole(10, 3);
}


static void
test_damaged_row_is_counted(void **state)
{
    int                       fd;
    uint64_t                  bytes;
    jny_walk_t                w;
    jny_slice_t               log, member;
    jny_header_t              h;
    ngx_http_journey_adopt_t  result;

    dead_writer(11, 5);
    fd = open(left, O_RDWR);
    assert_true(fd != -1);

    /* the second row's time */

    assert_int_equal(pread(fd, &bytes, 4, JNY_SPOOL_HEADER_LEN), 4);
    assert_int_equal(pwrite(fd, "damage", 6,
                            JNY_SPOOL_HEADER_LEN + 8
                                + (off_t) (uint32_t) bytes),
                     6);
    assert_int_equal(close(fd), 0);

    adopt(&result);
    assert_int_equal(result.events, 1);
    assert_int_equal(result.damaged, 4);
    assert_int_equal(spools(), 0);

    log = load();
    jny_walk_init(&w, log);
    assert_int_equal(jny_walk_next(&w, &h, &member, NULL), JNY_OK);
    assert_int_equal(h.nevents, 1);
    assert_int_equal(jny_walk_next(&w, &h, &member, NULL), JNY_OK);
    assert_int_equal(h.nevents, 0);
    assert_int_equal(h.dropped, 4);
    assert_int_equal(h.flags, JNY_BLOCK_FINAL | JNY_BLOCK_RECOVERED);
    assert_int_equal(w.offset, log.len);
    free((void *) log.data);
}


/*
 * What a writer with 100 rows leaves that died between an append and the
 * release: a block of the first 60 is in the log, and recorded in the spool.
 */

static void
dead_between(uint64_t writer)
{
    int                        rc;
    jny_log_info_t             info;
    ngx_http_journey_spool_t   s;
    ngx_http_journey_block_t   b;
    ngx_http_journey_append_t  file;

    dead_writer(writer, 100);
    assert_int_equal(ngx_http_journey_spool_take(&s, left, NULL), 0);

    ngx_http_journey_append_init(&file);
    memset(&b, 0, sizeof(b));
    assert_int_equal(jny_spool_open(s.sp, s.size, &b.state, &info, NULL),
                     JNY_OK);
    b.file = &file;
    b.path = path;
    b.spool = s.sp;
    b.encoder = jny_encoder_new(&jnytest_malloc, &info, &rc);
    assert_non_null(b.encoder);

    b.state.rows = 60;      /* the others came later */
    ngx_http_journey_block_write(&b);
    assert_int_equal(b.rc, NGX_HTTP_JOURNEY_BLOCK_OK);
    assert_int_equal(b.rows, 60);

    jny_encoder_free(b.encoder);
    ngx_http_journey_append_free(&file);
    ngx_http_journey_spool_close(&s, 1);
}


static void
test_block_in_flight(void **state)
{
    ngx_http_journey_adopt_t  result;

    for (unsigned written = 0; written < 2; written++) {
        (void) unlink(path);
        dead_between(12);

        if (!written) {
            assert_int_equal(truncate(path, 0), 0);
        }

        adopt(&result);
        assert_int_equal(result.spools, 1);
        assert_int_equal(result.events, written ? 40 : 100);
        assert_int_equal(expect_whole(12, 100), 2);
    }
}


/* Power was lost: the header is on disk, some of what follows it is not. */

static void
test_block_in_flight_is_read(void **state)
{
    int                       fd;
    size_t                    at, len;
    jny_slice_t               log, member;
    jny_walk_t                w;
    jny_header_t              h;
    ngx_http_journey_adopt_t  result;

    for (at = JNY_HEADER_LEN; at != 0; at = at < len - 8 ? len - 8 : 0) {
        (void) unlink(path);
        dead_between(13);

        log = load();
        len = log.len;
        free((void *) log.data);
        fd = open(path, O_RDWR);
        assert_int_equal(pwrite(fd, "\0\0\0\0\0\0\0", 8, (off_t) at), 8);
        assert_int_equal(close(fd), 0);

        adopt(&result);
        assert_int_equal(result.spools, 1);
        assert_int_equal(result.found, 0);
        assert_int_equal(result.events, 100);

        log = load();
        jny_walk_init(&w, (jny_slice_t){ log.data + len, log.len - len });
        assert_int_equal(jny_walk_next(&w, &h, &member, NULL), JNY_OK);
        assert_int_equal(h.seq, 0);
        jnytest_expect(member, 0, 60);
        assert_int_equal(jny_walk_next(&w, &h, &member, NULL), JNY_OK);
        assert_int_equal(h.seq, 1);
        jnytest_expect(member, 60, 40);
        free((void *) log.data);
    }
}


/* The block is whole, a row of it in the spool is not: the others are lost. */

static void
test_row_of_found_block_is_damaged(void **state)
{
    int                       fd;
    jny_walk_t                w;
    jny_slice_t               log, member;
    jny_header_t              h;
    ngx_http_journey_adopt_t  result;

    dead_between(14);
    fd = open(left, O_RDWR);
    assert_int_equal(pwrite(fd, "damage", 6, JNY_SPOOL_HEADER_LEN + 8), 6);
    assert_int_equal(close(fd), 0);

    adopt(&result);
    assert_int_equal(result.spools, 1);
    assert_int_equal(result.found, 60);
    assert_int_equal(result.events, 0);
    assert_int_equal(result.damaged, 40);

    log = load();
    jny_walk_init(&w, log);
    assert_int_equal(jny_walk_next(&w, &h, &member, NULL), JNY_OK);
    jnytest_expect(member, 0, 60);
    assert_int_equal(jny_walk_next(&w, &h, &member, NULL), JNY_OK);
    assert_int_equal(h.seq, 1);
    assert_int_equal(h.base, 60);
    assert_int_equal(h.dropped, 40);
    assert_int_equal(h.flags, JNY_BLOCK_FINAL | JNY_BLOCK_RECOVERED);
    assert_int_equal(w.offset, log.len);
    free((void *) log.data);
}


static unsigned  allocations;       /* until one fails */


static void *
scarce(void *ctx, size_t n)
{
    return (allocations-- == 0) ? NULL : malloc(n);
}


static void
scarce_free(void *ctx, void *p)
{
    free(p);
}


static void
test_no_memory_costs_no_row(void **state)
{
    unsigned                  n;
    const jny_alloc_t         alloc = { scarce, scarce_free, NULL };
    ngx_http_journey_adopt_t  result;

    result.left = 1;

    for (n = 0; result.left != 0; n++) {
        (void) unlink(path);
        dead_between(15);
        allocations = n;
        adopt_with(&alloc, &result);

        if (result.left != 0) {
            assert_non_null(result.call);
            adopt(&result);
            assert_int_equal(result.spools, 1);
            result.left = 1;
        }

        assert_int_equal(expect_whole(15, 100), 2);
    }

    assert_true(n > 2);
}


/* What could not be synced is in another file at the next look. */

static void
test_spoilt_file_is_remembered(void **state)
{
    char                        aside[100];
    struct stat                 st;
    ngx_http_journey_adopter_t  ad;

    dead_between(16);
    assert_int_equal(stat(path, &st), 0);
    (void) snprintf(aside, sizeof(aside), "%s.unsynced-%llu", path,
                    (unsigned long long) st.st_ino);

    ngx_http_journey_adopt_init(&ad, folder, &jnytest_malloc, 1);
    failing_syncs = 1;

    assert_int_equal(ngx_http_journey_adopt(&ad), 1);
    assert_int_equal(ngx_http_journey_adopt(&ad), 0);
    assert_int_equal(ad.result.left, 1);
    assert_string_equal(ad.result.call, "fdatasync()");
    assert_int_equal(spools(), 1);

    assert_int_equal(ngx_http_journey_adopt(&ad), 1);
    assert_int_equal(ngx_http_journey_adopt(&ad), 0);
    assert_int_equal(ad.result.spools, 1);
    assert_int_equal(spools(), 0);
    ngx_http_journey_adopt_stop(&ad);

    assert_int_equal(expect_whole(16, 100), 2);
    assert_int_equal(unlink(aside), 0);

    /* and without sync=block nobody waits for a disk */

    syncs = 0;
    dead_writer(17, 10);
    (void) unlink(path);
    ngx_http_journey_adopt_init(&ad, folder, &jnytest_malloc, 0);
    assert_int_equal(ngx_http_journey_adopt(&ad), 1);
    assert_int_equal(syncs, 0);
    ngx_http_journey_adopt_stop(&ad);
    assert_int_equal(expect_whole(17, 10), 1);
}


static double
now_s(void)
{
    struct timespec  ts;

    assert_int_equal(clock_gettime(CLOCK_MONOTONIC, &ts), 0);

    return (double) ts.tv_sec + (double) ts.tv_nsec / 1e9;
}


static void
test_busy_log_is_not_waited_for(void **state)
{
    double                          began_s;
    ngx_http_journey_adopt_t        result;
    ngx_http_journey_append_t       other;
    ngx_http_journey_append_info_t  info;

    dead_writer(18, 10);
    dead_writer(19, 10);

    ngx_http_journey_append_init(&other);
    assert_int_equal(ngx_http_journey_append_open(&other, path), 0);
    assert_int_equal(ngx_http_journey_append_lock(&other, &info),
                     NGX_HTTP_JOURNEY_APPEND_OK);

    began_s = now_s();
    adopt(&result);
    assert_true(now_s() - began_s < 0.5);
    assert_int_equal(result.busy, 1);
    assert_int_equal(result.left, 0);
    assert_int_equal(spools(), 2);

    ngx_http_journey_append_free(&other);
    adopt(&result);
    assert_int_equal(result.spools, 2);
    assert_int_equal(spools(), 0);
}


static void *
deadly(void *ctx, size_t n)
{
    _exit(3);
}


static void
test_deadly_spool_is_given_up(void **state)
{
    int                       i, status;
    char                      bad[NGX_HTTP_JOURNEY_SPOOL_PATH + 8];
    pid_t                     pid;
    const jny_alloc_t         alloc = { deadly, scarce_free, NULL };
    ngx_http_journey_adopt_t  result;

    dead_writer(20, 10);
    (void) snprintf(bad, sizeof(bad), "%s.bad", left);

    for (i = 0; i < NGX_HTTP_JOURNEY_ADOPT_TRIES; i++) {
        pid = fork();
        assert_true(pid != -1);

        if (pid == 0) {
            adopt_with(&alloc, &result);
            _exit(0);
        }

        assert_int_equal(waitpid(pid, &status, 0), pid);
        assert_int_equal(WEXITSTATUS(status), 3);
        assert_int_equal(access(left, F_OK), 0);
    }

    adopt(&result);
    assert_int_equal(result.deadly, 1);
    assert_int_equal(result.spools + result.left + result.refused, 0);
    assert_int_equal(access(left, F_OK), -1);

    /* what killed may be mended by now */

    assert_int_equal(rename(bad, left), 0);
    adopt(&result);
    assert_int_equal(result.spools, 1);
    assert_int_equal(result.events, 10);
    assert_int_equal(unlink(path), 0);

    /* tries that come to an end do not add up */

    dead_writer(21, 3);
    assert_int_equal(mkdir(path, 0700), 0);

    for (i = 0; i <= NGX_HTTP_JOURNEY_ADOPT_TRIES; i++) {
        adopt(&result);
        assert_int_equal(result.left, 1);
    }

    assert_int_equal(rmdir(path), 0);
    adopt(&result);
    assert_int_equal(result.spools, 1);
}


static void
test_other_users_are_left_alone(void **state)
{
    ngx_http_journey_adopt_t  result;

    if (geteuid() != 0) {
        skip();
    }

    dead_writer(22, 3);
    assert_int_equal(chmod(folder, 0755), 0);
    assert_int_equal(seteuid(65534), 0);
    adopt(&result);
    assert_int_equal(seteuid(0), 0);
    assert_int_equal(result.spools + result.left + result.refused, 0);
    assert_null(result.call);

    /* no spool, and may not be renamed: nobody says that it was */

    assert_int_equal(truncate(left, 10), 0);
    assert_int_equal(chown(left, 65534, (gid_t) -1), 0);
    assert_int_equal(seteuid(65534), 0);
    adopt(&result);
    assert_int_equal(seteuid(0), 0);
    assert_int_equal(result.refused, 0);
    assert_int_equal(result.left, 1);
    assert_string_equal(result.call, "rename()");
    assert_int_equal(unlink(left), 0);
}


/* It was the test that killed, not the spool. */

static void
forget_tries(void)
{
    ngx_http_journey_spool_t  s;

    if (ngx_http_journey_spool_take(&s, left, NULL) == 0) {
        jny_spool_tried(s.sp);
        ngx_http_journey_spool_close(&s, 1);
    }
}


/* kill -9 in the middle of adopting, and adopted again, at many places. */

static void
test_adopters_die(void **state)
{
    int                       status;
    pid_t                     pid;
    unsigned                  killed, partly;
    struct stat               st;
    ngx_http_journey_adopt_t  result;

    killed = 0;
    partly = 0;

    for (unsigned round = 0; round < 12; round++) {
        (void) unlink(path);
        dead_writer(1000 + round, 20000);

        for (unsigned kill_us = round * 2000; spools() != 0; kill_us += 3000) {
            pid = fork();
            assert_true(pid != -1);

            if (pid == 0) {
                adopt(&result);
                _exit(0);
            }

            (void) usleep(kill_us);
            (void) kill(pid, SIGKILL);
            assert_int_equal(waitpid(pid, &status, 0), pid);

            forget_tries();
            killed += WIFSIGNALED(status);
            partly += WIFSIGNALED(status) && spools() != 0
                      && stat(path, &st) == 0 && st.st_size > 0;
        }

        assert_int_equal(expect_whole(1000 + round, 20000), 3);
    }

    /* the fault did fire, in the middle of things too */

    assert_true(killed >= 12);
    assert_true(partly >= 3);
}


static int
before(void **state)
{
    (void) unlink(path);
    return 0;
}


static int
make_folder(void **state)
{
    if (mkdtemp(folder) == NULL) {
        return -1;
    }

    (void) snprintf(path, sizeof(path), "%s/a.jny", folder);
    return 0;
}


static int
remove_folder(void **state)
{
    (void) unlink(path);
    return rmdir(folder);
}


int
main(void)
{
    const struct CMUnitTest  tests[] = {
        cmocka_unit_test_setup(test_rows_are_recovered, before),
        cmocka_unit_test_setup(test_nothing_to_say, before),
        cmocka_unit_test_setup(test_the_living_are_left_alone, before),
        cmocka_unit_test_setup(test_no_spool, before),
        cmocka_unit_test_setup(test_damaged_row_is_counted, before),
        cmocka_unit_test_setup(test_block_in_flight, before),
        cmocka_unit_test_setup(test_block_in_flight_is_read, before),
        cmocka_unit_test_setup(test_row_of_found_block_is_damaged, before),
        cmocka_unit_test_setup(test_no_memory_costs_no_row, before),
        cmocka_unit_test_setup(test_spoilt_file_is_remembered, before),
        cmocka_unit_test_setup(test_busy_log_is_not_waited_for, before),
        cmocka_unit_test_setup(test_deadly_spool_is_given_up, before),
        cmocka_unit_test_setup(test_other_users_are_left_alone, before),
        cmocka_unit_test_setup(test_adopters_die, before),
    };

    return cmocka_run_group_tests(tests, make_folder, remove_folder);
}
