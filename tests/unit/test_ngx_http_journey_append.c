/*
 * Appending to a log that others append to as well, die in, cut and rename.
 * The source is included: it is nginx-free, but the module's build is nginx's.
 */

#include <unistd.h>

static int hooked_fdatasync(int fd);
static long hooked_renameat2(long call, int from, const char *path, int to,
                             const char *name, unsigned flags);

#define fdatasync hooked_fdatasync
#define syscall   hooked_renameat2
#include "../../src/module/ngx_http_journey_append.c"
#undef fdatasync
#undef syscall

#include <setjmp.h>
#include <signal.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/resource.h>
#include <sys/wait.h>
#include <zlib.h>

#include <cmocka.h>


#define PROCESSES  4
#define BLOCKS     1500

static char  folder[] = "/tmp/jny-append-XXXXXX";
static char  path[64];

static unsigned  failing_syncs;
static void    (*before_rename)(void);


static int
hooked_fdatasync(int fd)
{
    if (failing_syncs != 0) {
        failing_syncs--;
        errno = EIO;
        return -1;
    }

    return fdatasync(fd);
}


/* What another process does between a look at the file and its renaming. */

static long
hooked_renameat2(long call, int from, const char *old, int to,
                 const char *name, unsigned flags)
{
    void  (*hook)(void) = before_rename;

    before_rename = NULL;

    if (hook != NULL) {
        hook();
    }

    return syscall(call, from, old, to, name, flags);
}


/* A block as far as an appender looks: a header and filling. */

static jny_slice_t
block(uint64_t writer, uint64_t seq, size_t len)
{
    static uint8_t  bytes[4096];
    jny_header_t    h;

    assert_true(len >= JNY_HEADER_LEN + JNY_GZIP_TRAILER + 2);
    assert_true(len <= sizeof(bytes));

    memset(&h, 0, sizeof(h));
    h.header_len = JNY_HEADER_LEN;
    h.member_len = (uint32_t) len;
    h.payload_len = 100;
    h.nevents = 1;
    h.writer = writer;
    h.seq = seq;
    h.base = seq;

    memset(bytes, (int) (0x40 + seq % 64), sizeof(bytes));
    jny_header_encode(&h, bytes);

    return (jny_slice_t){ bytes, len };
}


static void
store(const void *bytes, size_t len)
{
    int  fd;

    fd = open(path, O_WRONLY | O_APPEND | O_CREAT, 0644);
    assert_true(fd != -1);
    assert_int_equal(write(fd, bytes, len), len);
    assert_int_equal(close(fd), 0);
}


static size_t
load(uint8_t *bytes, size_t max)
{
    int      fd;
    ssize_t  n;

    fd = open(path, O_RDONLY);
    assert_true(fd != -1);
    n = read(fd, bytes, max);
    assert_true(n >= 0 && (size_t) n < max);
    assert_int_equal(close(fd), 0);

    return (size_t) n;
}


static void
opened(ngx_http_journey_append_t *a)
{
    ngx_http_journey_append_init(a);
    assert_int_equal(ngx_http_journey_append_open(a, path), 0);
}


static ngx_http_journey_append_e
put(ngx_http_journey_append_t *a, jny_slice_t member,
    ngx_http_journey_append_info_t *info)
{
    ngx_http_journey_append_e       rc;
    ngx_http_journey_append_info_t  ready;

    rc = ngx_http_journey_append_lock(a, info);
    if (rc != NGX_HTTP_JOURNEY_APPEND_OK) {
        return rc;
    }

    rc = ngx_http_journey_append_ready(a, &ready);

    if (rc == NGX_HTTP_JOURNEY_APPEND_OK) {
        rc = ngx_http_journey_append(a, member, info);

        if (rc == NGX_HTTP_JOURNEY_APPEND_OK) {
            assert_int_equal(info->offset, ready.offset);
        }
    }

    info->torn = ready.torn;
    ngx_http_journey_append_unlock(a);

    return rc;
}


/* Appends and expects the bytes at this offset, as the end of the file. */

static void
put_at(ngx_http_journey_append_t *a, jny_slice_t member, size_t offset)
{
    uint8_t                         now[16384];
    ngx_http_journey_append_info_t  info;

    assert_int_equal(put(a, member, &info), NGX_HTTP_JOURNEY_APPEND_OK);
    assert_int_equal(info.offset, offset);
    assert_int_equal(load(now, sizeof(now)), offset + member.len);
    assert_memory_equal(now + offset, member.data, member.len);
}


static void
test_one_after_another(void **state)
{
    ngx_http_journey_append_t  a;

    opened(&a);
    put_at(&a, block(1, 0, 200), 0);
    put_at(&a, block(1, 1, 300), 200);
    put_at(&a, block(1, 2, 110), 500);

    /* behind what is there already, also for a process that comes later */

    opened(&a);
    put_at(&a, block(2, 0, 150), 610);
    ngx_http_journey_append_close(&a);
    assert_int_equal(a.fd, -1);
}


static void
test_every_torn_tail_is_cut(void **state)
{
    size_t                          n;
    uint8_t                         torn[250];
    ngx_http_journey_append_t       a;
    ngx_http_journey_append_info_t  info;

    memcpy(torn, block(7, 0, sizeof(torn)).data, sizeof(torn));

    for (n = 1; n < sizeof(torn); n++) {
        (void) unlink(path);
        store(block(1, 0, 200).data, 200);
        store(torn, n);

        opened(&a);
        assert_int_equal(put(&a, block(2, 0, 130), &info),
                         NGX_HTTP_JOURNEY_APPEND_OK);
        assert_int_equal(info.torn, n);
        assert_int_equal(info.offset, 200);
        put_at(&a, block(2, 1, 140), 330);
        ngx_http_journey_append_close(&a);
    }

    /* and one that was torn while this appender was open */

    opened(&a);
    put_at(&a, block(2, 2, 120), 470);
    store(torn, 100);
    assert_int_equal(put(&a, block(2, 3, 130), &info),
                     NGX_HTTP_JOURNEY_APPEND_OK);
    assert_int_equal(info.torn, 100);
    assert_int_equal(info.offset, 590);
    ngx_http_journey_append_close(&a);
}


static void
test_damage_is_left_for_readers(void **state)
{
    unsigned                        bit;
    uint8_t                         hurt[250], now[4096];
    ngx_http_journey_append_t       a;
    ngx_http_journey_append_info_t  info;

    for (bit = 0; bit < JNY_HEADER_LEN * 8; bit++) {
        (void) unlink(path);
        memcpy(hurt, block(7, 0, sizeof(hurt)).data, sizeof(hurt));
        hurt[bit / 8] ^= (uint8_t) (1u << bit % 8);

        store(block(1, 0, 200).data, 200);
        store(hurt, sizeof(hurt));

        opened(&a);
        put_at(&a, block(2, 0, 130), 450);
        assert_int_equal(load(now, sizeof(now)), 580);
        assert_memory_equal(now + 200, hurt, sizeof(hurt));

        /* its own block is where the walk goes on */

        store(block(7, 1, 250).data, 100);
        assert_int_equal(put(&a, block(2, 1, 130), &info),
                         NGX_HTTP_JOURNEY_APPEND_OK);
        assert_int_equal(info.torn, 100);
        assert_int_equal(info.offset, 580);
        ngx_http_journey_append_close(&a);
    }
}


/* A header of a later version: fields before the crc, the rest as today. */

static void
test_longer_header_is_walked_or_left(void **state)
{
    size_t                     extra;
    uint8_t                    later[2000];
    uint32_t                   crc;
    ngx_http_journey_append_t  a;

    for (extra = 4; extra <= 1200; extra += 46) {
        (void) unlink(path);
        memset(later, 0, sizeof(later));
        memcpy(later, block(7, 0, sizeof(later)).data, 88);

        later[10] = (uint8_t) (80 + extra);
        later[11] = (uint8_t) ((80 + extra) >> 8);
        later[14] = (uint8_t) (76 + extra);
        later[15] = (uint8_t) ((76 + extra) >> 8);
        later[22] = later[14];
        later[23] = later[15];

        crc = (uint32_t) crc32(0, later, (uInt) (88 + extra));
        later[88 + extra] = (uint8_t) crc;
        later[89 + extra] = (uint8_t) (crc >> 8);
        later[90 + extra] = (uint8_t) (crc >> 16);
        later[91 + extra] = (uint8_t) (crc >> 24);

        store(later, sizeof(later));

        opened(&a);
        put_at(&a, block(2, 0, 130), sizeof(later));
        ngx_http_journey_append_close(&a);
    }
}


static void
limit_file_size(rlim_t size)
{
    struct rlimit  rl;

    assert_int_equal(getrlimit(RLIMIT_FSIZE, &rl), 0);
    rl.rlim_cur = size;
    assert_int_equal(setrlimit(RLIMIT_FSIZE, &rl), 0);
}


static void
test_short_write_is_taken_back(void **state)
{
    size_t                          room;
    uint8_t                         now[4096];
    ngx_http_journey_append_t       a;
    ngx_http_journey_append_info_t  info;

    (void) signal(SIGXFSZ, SIG_IGN);

    opened(&a);
    put_at(&a, block(1, 0, 200), 0);

    for (room = 0; room < 300; room++) {
        limit_file_size(200 + room);

        if (room == 0) {
            assert_int_equal(put(&a, block(1, 1, 300), &info),
                             NGX_HTTP_JOURNEY_APPEND_ERROR);
            assert_int_equal(info.err, EFBIG);
            assert_string_equal(info.call, "write()");
            assert_int_equal(info.written, 0);

        } else {
            assert_int_equal(put(&a, block(1, 1, 300), &info),
                             NGX_HTTP_JOURNEY_APPEND_SHORT);
            assert_int_equal(info.written, room);
        }

        assert_int_equal(info.left, 0);
        assert_int_equal(load(now, sizeof(now)), 200);
    }

    limit_file_size(RLIM_INFINITY);
    put_at(&a, block(1, 1, 300), 200);
    ngx_http_journey_append_close(&a);

    (void) signal(SIGXFSZ, SIG_DFL);
}


static void
test_copytruncate_is_not_stretched(void **state)
{
    ngx_http_journey_append_t  a, b;

    opened(&a);
    opened(&b);
    put_at(&a, block(1, 0, 400), 0);
    put_at(&a, block(1, 1, 400), 400);

    assert_int_equal(truncate(path, 0), 0);
    put_at(&a, block(1, 2, 300), 0);

    /* cut while a torn block was being looked at */

    assert_int_equal(ngx_http_journey_append_cut(a.fd, 301, 200), 0);
    assert_int_equal(ngx_http_journey_append_cut(a.fd, 100, 400), 0);
    put_at(&a, block(1, 3, 300), 300);

    /* cut, and grown by another beyond the end that this one knows */

    assert_int_equal(truncate(path, 0), 0);
    put_at(&b, block(2, 0, 500), 0);
    put_at(&b, block(2, 1, 500), 500);
    put_at(&a, block(1, 4, 120), 1000);

    /* cut inside the last block: its header is there, its end is not */

    assert_int_equal(truncate(path, 1110), 0);
    put_at(&a, block(1, 5, 150), 1000);

    ngx_http_journey_append_close(&a);
    ngx_http_journey_append_close(&b);
}


/*
 * The known end, after a cut and regrowth, is inside another's block, right
 * where its bytes look like a torn one: nothing may be cut there.
 */

static void
test_stale_end_is_not_believed(void **state)
{
    uint8_t                         trap[1000];
    ngx_http_journey_append_t       a;
    ngx_http_journey_append_info_t  info;

    opened(&a);
    put_at(&a, block(1, 0, 500), 0);

    assert_int_equal(truncate(path, 0), 0);
    memcpy(trap, block(2, 0, sizeof(trap)).data, sizeof(trap));
    memcpy(trap + 500, block(3, 0, 4096).data, JNY_HEADER_LEN);
    store(trap, sizeof(trap));

    assert_int_equal(put(&a, block(1, 1, 200), &info),
                     NGX_HTTP_JOURNEY_APPEND_OK);
    assert_int_equal(info.torn, 0);
    assert_int_equal(info.offset, 1000);
    ngx_http_journey_append_close(&a);
}


static void
test_lock_excludes_others(void **state)
{
    ngx_http_journey_append_t       a, b;
    ngx_http_journey_append_info_t  info;

    opened(&a);
    opened(&b);

    assert_int_equal(ngx_http_journey_append_lock(&a, &info),
                     NGX_HTTP_JOURNEY_APPEND_OK);
    assert_int_equal(ngx_http_journey_append_lock(&b, &info),
                     NGX_HTTP_JOURNEY_APPEND_BUSY);
    ngx_http_journey_append_unlock(&a);
    put_at(&b, block(2, 0, 200), 0);
    put_at(&a, block(1, 0, 200), 200);

    ngx_http_journey_append_close(&a);
    ngx_http_journey_append_close(&b);
}


static void
test_unlinked_file_is_noticed(void **state)
{
    ngx_http_journey_append_t       a;
    ngx_http_journey_append_info_t  info;

    opened(&a);
    put_at(&a, block(1, 0, 200), 0);
    assert_int_equal(unlink(path), 0);

    assert_int_equal(ngx_http_journey_append_lock(&a, &info),
                     NGX_HTTP_JOURNEY_APPEND_GONE);
    assert_int_equal(ngx_http_journey_append_open(&a, path), 0);
    put_at(&a, block(1, 1, 200), 0);
    ngx_http_journey_append_close(&a);
}


static void
test_replaced_file_is_noticed(void **state)
{
    char                       other[80];
    ngx_http_journey_append_t  a;

    (void) snprintf(other, sizeof(other), "%s.1", path);

    opened(&a);
    assert_false(ngx_http_journey_append_replaced(&a, path));
    assert_int_equal(rename(path, other), 0);
    assert_false(ngx_http_journey_append_replaced(&a, path));
    store("", 0);
    assert_true(ngx_http_journey_append_replaced(&a, path));
    assert_int_equal(ngx_http_journey_append_open(&a, path), 0);
    assert_false(ngx_http_journey_append_replaced(&a, path));

    ngx_http_journey_append_close(&a);
    assert_false(ngx_http_journey_append_replaced(&a, path));
    assert_int_equal(unlink(other), 0);
}


static void
test_only_regular_files(void **state)
{
    ngx_http_journey_append_t       a;
    ngx_http_journey_append_info_t  info;

    ngx_http_journey_append_init(&a);

    assert_int_equal(mkfifo(path, 0600), 0);
    assert_int_equal(ngx_http_journey_append_open(&a, path), -1);
    assert_int_equal(errno, EINVAL);
    assert_int_equal(a.fd, -1);

    assert_int_equal(ngx_http_journey_append_open(&a, folder), -1);
    assert_int_equal(errno, EISDIR);

    assert_int_equal(ngx_http_journey_append_open(&a, "/dev/full"), -1);
    assert_int_equal(errno, EINVAL);

    assert_int_equal(ngx_http_journey_append_lock(&a, &info),
                     NGX_HTTP_JOURNEY_APPEND_ERROR);
    assert_int_equal(info.err, EBADF);
}


static ngx_http_journey_append_t  rival;


static void
rival_is_first(void)
{
    assert_int_equal(ngx_http_journey_append_open(&rival, path), 0);
    put_at(&rival, block(2, 0, 300), 0);
}


/* Both find the same file spoilt; the second must not touch what is new. */

static void
test_two_put_a_spoilt_file_aside(void **state)
{
    char                            aside[100];
    struct stat                     st;
    ngx_http_journey_append_t       a;
    ngx_http_journey_append_info_t  info;

    opened(&a);
    opened(&rival);
    put_at(&a, block(1, 0, 200), 0);
    assert_int_equal(stat(path, &st), 0);
    (void) snprintf(aside, sizeof(aside), "%s.unsynced-%llu", path,
                    (unsigned long long) st.st_ino);

    failing_syncs = 2;
    assert_int_equal(ngx_http_journey_append_sync(&a, &info),
                     NGX_HTTP_JOURNEY_APPEND_ERROR);
    assert_int_equal(ngx_http_journey_append_sync(&rival, &info),
                     NGX_HTTP_JOURNEY_APPEND_ERROR);

    before_rename = rival_is_first;
    assert_int_equal(ngx_http_journey_append_open(&a, path), 0);
    assert_null(before_rename);
    put_at(&a, block(1, 0, 200), 300);
    assert_int_equal(stat(aside, &st), 0);
    assert_int_equal(st.st_size, 200);

    /* once more, and nobody was faster: the next file has a name of its own */

    failing_syncs = 1;
    assert_int_equal(ngx_http_journey_append_sync(&a, &info),
                     NGX_HTTP_JOURNEY_APPEND_ERROR);
    assert_int_equal(unlink(aside), 0);
    assert_int_equal(stat(path, &st), 0);
    (void) snprintf(aside, sizeof(aside), "%s.unsynced-%llu", path,
                    (unsigned long long) st.st_ino);
    assert_int_equal(ngx_http_journey_append_open(&a, path), 0);
    put_at(&a, block(1, 0, 200), 0);
    assert_int_equal(unlink(aside), 0);

    ngx_http_journey_append_free(&a);
    ngx_http_journey_append_free(&rival);
}


/* A number that is free is given away again, on many file systems at once. */

static void
test_spoilt_inode_is_kept(void **state)
{
    struct stat                     spoilt, st;
    ngx_http_journey_append_t       a;
    ngx_http_journey_append_info_t  info;

    for (unsigned i = 0; i < 2 * NGX_HTTP_JOURNEY_APPEND_SPOILT; i++) {
        if (i == 0) {
            opened(&a);
        }

        assert_int_equal(stat(path, &spoilt), 0);
        failing_syncs = 1;
        assert_int_equal(ngx_http_journey_append_sync(&a, &info),
                         NGX_HTTP_JOURNEY_APPEND_ERROR);
        assert_int_equal(a.fd, -1);

        assert_int_equal(unlink(path), 0);
        assert_int_equal(ngx_http_journey_append_open(&a, path), 0);
        assert_int_equal(stat(path, &st), 0);
        assert_true(st.st_ino != spoilt.st_ino);
        put_at(&a, block(1, 0, 200), 0);
    }

    ngx_http_journey_append_free(&a);
    assert_int_equal(a.fd, -1);
    assert_int_equal(a.nspoilt, 0);
}


/*
 * One of the processes: its blocks, and now and then a death in the middle of
 * one.  It dies where a writer can die: after it walked to the end of the file
 * and cut what it found torn there, which the append just before saw to.
 */

static void
appending_process(uint64_t writer)
{
    uint64_t                        seq;
    jny_slice_t                     member;
    ngx_http_journey_append_e       rc;
    ngx_http_journey_append_t       a;
    ngx_http_journey_append_info_t  info;

    ngx_http_journey_append_init(&a);

    if (ngx_http_journey_append_open(&a, path) == -1) {
        _exit(2);
    }

    for (seq = 0; seq < BLOCKS; seq++) {
        member = block(writer, seq, 102 + (seq * 31 + writer * 7) % 1500);

        do {
            rc = ngx_http_journey_append_lock(&a, &info);
        } while (rc == NGX_HTTP_JOURNEY_APPEND_BUSY);

        if (rc != NGX_HTTP_JOURNEY_APPEND_OK
            || ngx_http_journey_append_ready(&a, &info)
               != NGX_HTTP_JOURNEY_APPEND_OK
            || ngx_http_journey_append(&a, member, &info)
               != NGX_HTTP_JOURNEY_APPEND_OK)
        {
            _exit(4);
        }

        if (seq % 100 == 50) {
            member = block(writer, seq + 1, 102 + (seq * 31) % 1500);

            if (write(a.fd, member.data, member.len / 2) == -1
                || ngx_http_journey_append_open(&a, path) == -1)
            {
                _exit(3);
            }

            continue;
        }

        ngx_http_journey_append_unlock(&a);
    }

    _exit(0);
}


static void
test_processes_leave_a_walkable_file(void **state)
{
    int           i, status;
    pid_t         pid[PROCESSES];
    size_t        n, at;
    uint8_t      *log;
    uint64_t      next[PROCESSES];
    jny_header_t  h;

    for (i = 0; i < PROCESSES; i++) {
        pid[i] = fork();
        assert_true(pid[i] != -1);

        if (pid[i] == 0) {
            appending_process((uint64_t) i + 1);
        }
    }

    for (i = 0; i < PROCESSES; i++) {
        assert_int_equal(waitpid(pid[i], &status, 0), pid[i]);
        assert_int_equal(status, 0);
        next[i] = 0;
    }

    log = malloc(16 << 20);
    assert_non_null(log);
    n = load(log, 16 << 20);

    for (at = 0; at < n; at += h.member_len) {
        assert_int_equal(jny_header_decode((jny_slice_t){ log + at, n - at },
                                           &h, NULL),
                         JNY_OK);
        assert_true(h.member_len <= n - at);
        assert_true(h.writer >= 1 && h.writer <= PROCESSES);
        assert_int_equal(h.seq, next[h.writer - 1]);
        next[h.writer - 1]++;
    }

    for (i = 0; i < PROCESSES; i++) {
        assert_int_equal(next[i], BLOCKS);
    }

    free(log);
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
        cmocka_unit_test_setup(test_one_after_another, before),
        cmocka_unit_test_setup(test_every_torn_tail_is_cut, before),
        cmocka_unit_test_setup(test_damage_is_left_for_readers, before),
        cmocka_unit_test_setup(test_longer_header_is_walked_or_left, before),
        cmocka_unit_test_setup(test_short_write_is_taken_back, before),
        cmocka_unit_test_setup(test_copytruncate_is_not_stretched, before),
        cmocka_unit_test_setup(test_stale_end_is_not_believed, before),
        cmocka_unit_test_setup(test_lock_excludes_others, before),
        cmocka_unit_test_setup(test_unlinked_file_is_noticed, before),
        cmocka_unit_test_setup(test_replaced_file_is_noticed, before),
        cmocka_unit_test_setup(test_only_regular_files, before),
        cmocka_unit_test_setup(test_two_put_a_spoilt_file_aside, before),
        cmocka_unit_test_setup(test_spoilt_inode_is_kept, before),
        cmocka_unit_test_setup(test_processes_leave_a_walkable_file, before),
    };

    return cmocka_run_group_tests(tests, make_folder, remove_folder);
}
