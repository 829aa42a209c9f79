/*
 * A spool's file: its name, its lock, its room, and what is left of it.  The
 * source is included: it is nginx-free, but the module's build is nginx's.
 */

#include "../../src/module/ngx_http_journey_spool.c"

#include <dirent.h>
#include <setjmp.h>
#include <signal.h>
#include <stdarg.h>
#include <stdlib.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <sys/wait.h>

#include <cmocka.h>


#define SIZE  JNY_SPOOL_MIN_LEN

static char  folder[] = "/tmp/jny-spool-XXXXXX";

/* crc32 of "/var/log/journey/shop.jny", as Python's zlib has it */
static const char  *log_path = "/var/log/journey/shop.jny";
static const char  *log_crc = "81dc703b";


static jny_log_info_t
info_of(uint64_t writer)
{
    jny_log_info_t  info;

    memset(&info, 0, sizeof(info));
    info.writer = writer;
    info.edge.data = (const uint8_t *) "edge";
    info.edge.len = 4;
    info.level = 1;

    return info;
}


static jny_row_t
row_at(int64_t time_ms)
{
    jny_row_t  row;

    memset(&row, 0, sizeof(row));
    row.time_ms = time_ms;

    return row;
}


static int
files_in_folder(void)
{
    int             n;
    DIR            *dir;
    struct dirent  *entry;

    dir = opendir(folder);
    assert_non_null(dir);

    for (n = 0; (entry = readdir(dir)) != NULL;) {
        n += entry->d_name[0] != '.';
    }

    assert_int_equal(closedir(dir), 0);

    return n;
}


static int
lock_is_free(const char *path)
{
    int           fd, rc;
    struct flock  fl;

    fd = open(path, O_RDWR);
    assert_true(fd != -1);

    memset(&fl, 0, sizeof(fl));
    fl.l_type = F_WRLCK;
    rc = fcntl(fd, F_OFD_SETLK, &fl);
    assert_true(rc == 0 || errno == EAGAIN);
    assert_int_equal(close(fd), 0);

    return rc == 0;
}


static void
test_name_lock_and_room(void **state)
{
    char                      path[NGX_HTTP_JOURNEY_SPOOL_PATH];
    struct stat               st;
    jny_diag_t                diag;
    jny_log_info_t            info;
    ngx_http_journey_spool_t  s;

    info = info_of(0x0123456789abcdefULL);
    assert_int_equal(ngx_http_journey_spool_open(&s, folder, log_path, SIZE,
                                                 &info, &diag),
                     0);

    (void) snprintf(path, sizeof(path),
                    "%s/shop.jny-%s-0123456789abcdef.spool", folder, log_crc);
    assert_string_equal(s.path, path);
    assert_int_equal(stat(path, &st), 0);
    assert_int_equal(st.st_size, SIZE);
    assert_true((uint64_t) st.st_blocks * 512 >= SIZE);
    assert_int_equal(st.st_mode & 0777, 0600);
    assert_int_equal(files_in_folder(), 1);
    assert_false(lock_is_free(path));

    ngx_http_journey_spool_close(&s, 0);
    assert_null(s.sp);
    assert_int_equal(s.fd, -1);
    assert_int_equal(files_in_folder(), 0);

    ngx_http_journey_spool_close(&s, 0);
}


static void
test_kept_spool_is_free_and_whole(void **state)
{
    int                       fd;
    void                     *p;
    char                      path[NGX_HTTP_JOURNEY_SPOOL_PATH];
    jny_row_t                 row;
    jny_diag_t                diag;
    jny_log_info_t            info;
    jny_spool_state_t         now;
    ngx_http_journey_spool_t  s;

    info = info_of(7);
    assert_int_equal(ngx_http_journey_spool_open(&s, folder, "x.jny", SIZE,
                                                 &info, &diag),
                     0);
    row = row_at(1000);
    assert_int_equal(jny_spool_add(s.sp, &row), JNY_OK);
    row = row_at(2000);
    assert_int_equal(jny_spool_add(s.sp, &row), JNY_OK);
    jny_spool_drop(s.sp, 3);

    (void) snprintf(path, sizeof(path), "%s", s.path);
    ngx_http_journey_spool_close(&s, 1);
    assert_true(lock_is_free(path));

    fd = open(path, O_RDONLY);
    assert_true(fd != -1);
    p = mmap(NULL, SIZE, PROT_READ, MAP_SHARED, fd, 0);
    assert_true(p != MAP_FAILED);
    assert_int_equal(jny_spool_open(p, SIZE, &now, &info, &diag), JNY_OK);
    assert_int_equal(now.writer, 7);
    assert_int_equal(now.rows, 2);
    assert_int_equal(now.dropped, 3);

    assert_int_equal(munmap(p, SIZE), 0);
    assert_int_equal(close(fd), 0);
    assert_int_equal(unlink(path), 0);
}


/* What a process wrote is there after its SIGKILL; its lock is not. */

static void
test_killed_process(void **state)
{
    int                       status, ends[2];
    char                      path[NGX_HTTP_JOURNEY_SPOOL_PATH];
    pid_t                     pid;
    jny_row_t                 row;
    jny_log_info_t            info;
    ngx_http_journey_spool_t  s;

    assert_int_equal(pipe(ends), 0);
    pid = fork();
    assert_true(pid != -1);

    if (pid == 0) {
        info = info_of(8);
        row = row_at(1000);

        if (ngx_http_journey_spool_open(&s, folder, "x.jny", SIZE, &info, NULL)
                != 0
            || jny_spool_add(s.sp, &row) != JNY_OK
            || write(ends[1], "", 1) != 1)
        {
            _exit(1);
        }

        for (;;) {
            (void) pause();
        }
    }

    assert_int_equal(read(ends[0], path, 1), 1);
    (void) snprintf(path, sizeof(path), "%s/x.jny-%08lx-%016x.spool", folder,
                    crc32(0, (const Bytef *) "x.jny", 5), 8);
    assert_false(lock_is_free(path));
    assert_int_equal(kill(pid, SIGKILL), 0);
    assert_int_equal(waitpid(pid, &status, 0), pid);
    assert_true(WIFSIGNALED(status));
    assert_true(lock_is_free(path));

    assert_int_equal(close(ends[0]), 0);
    assert_int_equal(close(ends[1]), 0);
    assert_int_equal(unlink(path), 0);
}


static void
test_never_overwrites(void **state)
{
    int                       i;
    jny_diag_t                diag;
    jny_log_info_t            info;
    ngx_http_journey_spool_t  s[20];

    for (i = 0; i < 20; i++) {
        info = info_of((uint64_t) i / 2 + 1);
        assert_int_equal(ngx_http_journey_spool_open(&s[i], folder,
                                                     i % 2 ? "a/x" : "b/x",
                                                     SIZE, &info, &diag),
                         0);
    }

    assert_int_equal(files_in_folder(), 20);

    /* the same log and writer once more */

    assert_int_equal(ngx_http_journey_spool_open(&s[0], folder, "a/x", SIZE,
                                                 &info, &diag),
                     EEXIST);
    assert_string_equal(diag.what, "link() failed");
    assert_int_equal(files_in_folder(), 20);
}


static void
test_no_room_leaves_nothing(void **state)
{
    jny_diag_t                diag;
    struct rlimit             rl, small;
    jny_log_info_t            info;
    ngx_http_journey_spool_t  s;

    assert_int_equal(getrlimit(RLIMIT_FSIZE, &rl), 0);
    small = rl;
    small.rlim_cur = SIZE / 2;
    (void) signal(SIGXFSZ, SIG_IGN);
    assert_int_equal(setrlimit(RLIMIT_FSIZE, &small), 0);

    info = info_of(9);
    assert_int_equal(ngx_http_journey_spool_open(&s, folder, "x.jny", SIZE,
                                                 &info, &diag),
                     EFBIG);
    assert_string_equal(diag.what, "posix_fallocate() failed");

    assert_int_equal(setrlimit(RLIMIT_FSIZE, &rl), 0);
    (void) signal(SIGXFSZ, SIG_DFL);

    assert_null(s.sp);
    assert_int_equal(s.fd, -1);
    assert_int_equal(files_in_folder(), 0);
}


static void
test_what_cannot_be_opened(void **state)
{
    char                      longer[5000];
    jny_diag_t                diag;
    jny_log_info_t            info;
    ngx_http_journey_spool_t  s;

    info = info_of(9);
    assert_int_equal(ngx_http_journey_spool_open(&s, "/nowhere", "x.jny", SIZE,
                                                 &info, &diag),
                     ENOENT);
    assert_string_equal(diag.what, "open() failed");

    memset(longer, '/', sizeof(longer));
    longer[sizeof(longer) - 1] = '\0';
    assert_int_equal(ngx_http_journey_spool_open(&s, longer, "x.jny", SIZE,
                                                 &info, &diag),
                     ENAMETOOLONG);

    /* a log's long name is cut, or no file could be made */

    memset(longer, 'n', 255);
    longer[255] = '\0';
    assert_int_equal(ngx_http_journey_spool_open(&s, folder, longer, SIZE,
                                                 &info, &diag),
                     0);
    ngx_http_journey_spool_close(&s, 0);

    assert_int_equal(ngx_http_journey_spool_open(&s, folder, "x.jny", SIZE / 2,
                                                 &info, &diag),
                     EINVAL);
    assert_int_equal(files_in_folder(), 0);
}


static void
test_in_memory(void **state)
{
    jny_row_t                 row;
    jny_diag_t                diag;
    jny_log_info_t            info;
    jny_spool_state_t         now;
    ngx_http_journey_spool_t  s;

    info = info_of(10);
    assert_int_equal(ngx_http_journey_spool_open_memory(&s, SIZE, &info,
                                                        &diag),
                     0);
    assert_int_equal(s.fd, -1);
    assert_string_equal(s.path, "");

    row = row_at(5);
    assert_int_equal(jny_spool_add(s.sp, &row), JNY_OK);
    jny_spool_state(s.sp, &now);
    assert_int_equal(now.rows, 1);

    ngx_http_journey_spool_close(&s, 0);
    assert_int_equal(files_in_folder(), 0);

    assert_int_equal(ngx_http_journey_spool_open_memory(&s, SIZE / 2, &info,
                                                        &diag),
                     EINVAL);
    assert_null(s.sp);
}


static int
empty_folder(void **state)
{
    char            path[512];
    DIR            *dir;
    struct dirent  *entry;

    dir = opendir(folder);
    if (dir == NULL) {
        return -1;
    }

    while ((entry = readdir(dir)) != NULL) {
        (void) snprintf(path, sizeof(path), "%s/%s", folder, entry->d_name);
        (void) unlink(path);
    }

    return closedir(dir);
}


static int
make_folder(void **state)
{
    return mkdtemp(folder) == NULL ? -1 : 0;
}


static int
remove_folder(void **state)
{
    return rmdir(folder);
}


int
main(void)
{
    const struct CMUnitTest  tests[] = {
        cmocka_unit_test(test_name_lock_and_room),
        cmocka_unit_test(test_kept_spool_is_free_and_whole),
        cmocka_unit_test(test_killed_process),
        cmocka_unit_test_teardown(test_never_overwrites, empty_folder),
        cmocka_unit_test(test_no_room_leaves_nothing),
        cmocka_unit_test(test_what_cannot_be_opened),
        cmocka_unit_test(test_in_memory),
    };

    return cmocka_run_group_tests(tests, make_folder, remove_folder);
}
