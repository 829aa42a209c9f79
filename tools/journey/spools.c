/*
 * spools.c - a spool is copied before it is read: its writer may go on, and
 * rows that move while they are counted would be counted twice or not at all.
 */

#include "spools.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>


static int
jny_spools_magic(int fd)
{
    uint64_t  magic;

    return pread(fd, &magic, sizeof(magic), 0) == (ssize_t) sizeof(magic)
           && magic == JNY_SPOOL_MAGIC;
}


int
jny_spools_is(const char *name)
{
    int  fd, is;

    fd = open(name, O_RDONLY | O_NONBLOCK | O_CLOEXEC);

    if (fd == -1) {
        return 0;
    }

    is = jny_spools_magic(fd);
    (void) close(fd);

    return is;
}


/* Reads size bytes; 0, or -1 with errno. */

static int
jny_spools_read(int fd, uint8_t *bytes, size_t size)
{
    size_t   got;
    ssize_t  n;

    for (got = 0; got < size; got += (size_t) n) {
        n = pread(fd, bytes + got, size - got, (off_t) got);

        if (n <= 0) {
            errno = n == 0 ? EIO : errno;
            return -1;
        }
    }

    return 0;
}


static void
jny_spools_count(const jny_spool_t *sp, jny_pending_t *p)
{
    uint64_t   pos;
    jny_row_t  row;

    pos = 0;

    for (p->rows = 0; p->rows < p->state.rows; p->rows++) {
        if (jny_spool_next(sp, &pos, &row) != JNY_OK) {
            break;
        }
    }
}


static int
jny_spools_open(int fd, jny_pending_t *p, jny_diag_t *diag)
{
    int              rc;
    uint8_t         *bytes;
    struct stat      st;
    jny_log_info_t   info;

    if (fstat(fd, &st) == -1) {
        jny_diag_set(diag, 0, "%s", strerror(errno));
        return JNY_EIO;
    }

    if (st.st_size < (off_t) JNY_SPOOL_MIN_LEN || st.st_size > UINT32_MAX) {
        jny_diag_set(diag, 0, "spool is of another size than it says");
        return JNY_EDATA;
    }

    bytes = malloc((size_t) st.st_size);

    if (bytes == NULL) {
        return JNY_ENOMEM;
    }

    if (jny_spools_read(fd, bytes, (size_t) st.st_size) == -1) {
        jny_diag_set(diag, 0, "%s", strerror(errno));
        free(bytes);
        return JNY_EIO;
    }

    rc = jny_spool_open((const jny_spool_t *) bytes, (size_t) st.st_size,
                        &p->state, &info, diag);

    if (rc == JNY_OK) {
        jny_spools_count((const jny_spool_t *) bytes, p);
        snprintf(p->edge, sizeof(p->edge), "%.*s", (int) info.edge.len,
                 (const char *) info.edge.data);
    }

    free(bytes);

    return rc;
}


int
jny_spools_take(jny_spools_t *spools, char **names, unsigned *n,
    const char **failed, jny_diag_t *diag)
{
    int       fd, rc;
    unsigned  kept;

    kept = 0;
    rc = JNY_OK;
    spools->n = 0;
    spools->items = calloc(*n + 1, sizeof(spools->items[0]));

    if (spools->items == NULL) {
        return JNY_ENOMEM;
    }

    for (unsigned i = 0; i < *n && rc == JNY_OK; i++) {

        /* what cannot be opened, whoever reads logs says */

        fd = open(names[i], O_RDONLY | O_NONBLOCK | O_CLOEXEC);

        if (fd != -1 && jny_spools_magic(fd)) {
            *failed = names[i];
            rc = jny_spools_open(fd, &spools->items[spools->n], diag);
            spools->n++;

        } else {
            names[kept++] = names[i];
        }

        if (fd != -1) {
            (void) close(fd);
        }
    }

    *n = kept;

    return rc;
}


void
jny_spools_release(jny_spools_t *spools)
{
    free(spools->items);
    memset(spools, 0, sizeof(*spools));
}
