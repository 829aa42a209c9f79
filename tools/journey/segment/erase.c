/*
 * erase.c - one file, from lock to rename.
 *
 * What was written is read again before it takes the file's place: that no id
 * of them is in it, in a row or a table, nor a text that only they had, and
 * that no other event went.
 */

#include "segment/erase.h"

#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#include "engine/heap.h"
#include "engine/map.h"
#include "jny_spool.h"
#include "segment/erase_private.h"
#include "segment/replace.h"


#define JNY_ERASE_TRIES    200
#define JNY_ERASE_WAIT_NS  50000000     /* between two: ten seconds in all */


int
jny_erase_fail(const jny_eraser_t *er, int rc, const char *what)
{
    jny_diag_set(er->diag, 0, "%s: %s", er->name, what);

    return rc;
}


static int
jny_erase_put(jny_eraser_t *er, jny_replace_t *file, uint64_t from,
    uint64_t to)
{
    jny_slice_t  bytes;

    bytes.data = er->bytes.data + from;
    bytes.len = to - from;

    return bytes.len > 0 ? jny_replace_write(file, bytes, er->diag) : JNY_OK;
}


static int
jny_erase_rewrite(jny_eraser_t *er, const jny_erase_item_t *item,
    const jny_erase_segment_t *seg, jny_replace_t *file)
{
    int             rc;
    jny_slice_t     member;
    jny_encoder_t  *enc;

    rc = jny_input_read(&item->ref, er->inf, &er->blk, er->diag);

    if (rc != JNY_OK) {
        return rc;
    }

    for (uint32_t i = 0; seg != NULL && i < seg->nsources; i++) {
        seg->sources[i].edge = er->blk.sources[i].edge;
    }

    enc = NULL;
    rc = jny_erase_block(er->e, &item->ref, &er->blk,
                         seg != NULL ? seg->sources : NULL, &enc, &member);

    if (rc == JNY_OK) {
        rc = jny_replace_write(file, member, er->diag);

    } else if (rc == JNY_ELIMIT) {
        (void) jny_erase_fail(er, rc, "a block does not fit any more");
    }

    jny_encoder_free(enc);
    er->result->rewritten++;

    return rc;
}


static int
jny_erase_write(jny_eraser_t *er, jny_replace_t *file)
{
    int                         rc;
    uint64_t                    done;
    const jny_erase_item_t     *item;
    const jny_erase_segment_t  *seg;

    rc = JNY_OK;
    done = 0;

    for (size_t i = 0; rc == JNY_OK && i < er->nitems; i++) {
        item = &er->items[i];

        if (!jny_erase_is_rewritten(er, item)) {
            continue;
        }

        seg = item->ref.header.flags & JNY_BLOCK_SORTED
                  ? jny_erase_segment(er, item->ref.header.writer)
                  : NULL;
        rc = jny_erase_put(er, file, done, item->ref.offset);
        done = item->ref.offset + item->ref.member.len;

        if (rc == JNY_OK) {
            rc = jny_erase_rewrite(er, item, seg, file);
        }
    }

    return rc == JNY_OK ? jny_erase_put(er, file, done, er->bytes.len) : rc;
}


static int
jny_erase_replace(jny_eraser_t *er, const struct stat *like)
{
    int            rc;
    jny_map_t     *map;
    jny_slice_t    bytes;
    jny_replace_t  file;

    rc = jny_replace_open(&file, er->name, er->diag);

    if (rc != JNY_OK) {
        return rc;
    }

    rc = jny_erase_write(er, &file);
    map = NULL;

    if (rc == JNY_OK) {
        map = jny_map_new(file.fd, file.len);
        rc = map != NULL ? JNY_OK
                         : jny_erase_fail(er, JNY_EIO, strerror(errno));
    }

    if (rc == JNY_OK) {
        bytes.data = jny_map_data(map);
        bytes.len = file.len;
        rc = jny_erase_prove(er, bytes);
    }

    jny_map_free(map);

    if (rc == JNY_OK) {
        return jny_replace_commit(&file, like, er->diag);
    }

    jny_replace_abandon(&file);

    return rc;
}


/* What writers have not put into a log yet; theirs alone to write. */
static int
jny_erase_spool(jny_eraser_t *er)
{
    int                   rc;
    void                 *copy;
    uint64_t              pos;
    jny_row_t             row;
    jny_log_info_t        info;
    jny_spool_state_t     state;
    const jny_spool_t    *sp;

    copy = malloc(er->bytes.len);

    if (copy == NULL) {
        return JNY_ENOMEM;
    }

    memcpy(copy, er->bytes.data, er->bytes.len);
    sp = copy;
    rc = jny_spool_open(sp, er->bytes.len, &state, &info, er->diag);
    pos = 0;

    while (rc == JNY_OK) {
        rc = jny_spool_next(sp, &pos, &row);

        if (rc == JNY_OK) {
            er->result->events++;
            er->result->left
                += jny_wanted_find(&er->e->visitors, row.visitor) != SIZE_MAX
                   || jny_wanted_find(&er->e->logins, row.login) != SIZE_MAX;
        }
    }

    free(copy);

    return rc == JNY_ENOMEM ? rc : JNY_END;
}


static int
jny_erase_mapped(jny_eraser_t *er, const struct stat *st)
{
    int       rc, any;
    uint64_t  magic;

    if (er->bytes.len >= JNY_SPOOL_MIN_LEN) {
        memcpy(&magic, er->bytes.data, sizeof(magic));

        if (magic == JNY_SPOOL_MAGIC) {
            return jny_erase_spool(er);
        }
    }

    rc = jny_erase_walk(er);

    if (rc != JNY_OK) {
        return rc;
    }

    any = 0;

    for (size_t i = 0; i < er->nitems; i++) {
        any |= er->items[i].wanted;
    }

    if (!any) {
        return jny_erase_prove(er, er->bytes);
    }

    if (st->st_nlink > 1) {
        return jny_erase_fail(er, JNY_ELIMIT, "has more than one name (hard "
                              "links), and the others would keep the events");
    }

    return jny_erase_replace(er, st);
}


/* The appenders' lock; whoever holds it will let go of it soon. */
static int
jny_erase_lock(int fd)
{
    struct flock     fl;
    struct timespec  wait;

    memset(&fl, 0, sizeof(fl));
    fl.l_type = F_WRLCK;
    fl.l_whence = SEEK_SET;
    wait.tv_sec = 0;
    wait.tv_nsec = JNY_ERASE_WAIT_NS;

    for (unsigned i = 0; i < JNY_ERASE_TRIES; i++) {
        if (fcntl(fd, F_OFD_SETLK, &fl) == 0) {
            return 0;
        }

        if (errno != EAGAIN && errno != EACCES && errno != EINTR) {
            return -1;
        }

        (void) nanosleep(&wait, NULL);
    }

    return -1;
}


/* Opens and locks what the name says, also if that changes meanwhile. */
static int
jny_erase_open(const char *name, struct stat *st)
{
    int          fd;
    struct stat  now;

    for (;;) {
        fd = open(name, O_RDWR | O_CLOEXEC | O_NONBLOCK);

        if (fd == -1) {
            return -1;
        }

        if (fstat(fd, st) == 0 && !S_ISREG(st->st_mode)) {
            errno = EINVAL;

        } else if (jny_erase_lock(fd) == 0 && fstat(fd, st) == 0
                   && stat(name, &now) == 0)
        {
            if (st->st_dev == now.st_dev && st->st_ino == now.st_ino) {
                return fd;
            }

            (void) close(fd);
            continue;
        }

        (void) close(fd);

        return -1;
    }
}


static int
jny_erase_opened(jny_eraser_t *er, int fd, const struct stat *st)
{
    int         rc;
    jny_map_t  *map;

    if (st->st_size == 0) {
        return JNY_OK;
    }

    map = jny_map_new(fd, (size_t) st->st_size);

    if (map == NULL) {
        return jny_erase_fail(er, JNY_EIO, strerror(errno));
    }

    er->bytes.data = jny_map_data(map);
    er->bytes.len = (size_t) st->st_size;
    er->inf = jny_inflater_new();
    jny_block_init(&er->blk, &jny_heap);

    rc = er->inf != NULL ? jny_erase_mapped(er, st) : JNY_ENOMEM;

    for (unsigned i = 0; i < er->nsegments; i++) {
        free(er->segments[i].sources);
    }

    jny_block_release(&er->blk);
    jny_inflater_free(er->inf);
    jny_map_free(map);
    jny_wanted_release(&er->writers);
    free(er->segments);
    free(er->items);

    return rc;
}


int
jny_erase_file(jny_erase_t *e, const char *name, jny_erased_t *result,
    jny_diag_t *diag)
{
    int           fd, rc, folder;
    char         *path;
    struct stat   st;
    jny_eraser_t  er;

    memset(&er, 0, sizeof(er));
    memset(result, 0, sizeof(*result));
    er.e = e;
    er.name = name;
    er.result = result;
    er.diag = diag;

    /* a link is to name the new file, as it did the old one */

    path = realpath(name, NULL);

    if (path == NULL) {
        return jny_erase_fail(&er, JNY_EIO, strerror(errno));
    }

    er.name = path;
    rc = jny_replace_lock(path, &folder, diag);

    if (rc != JNY_OK) {
        free(path);
        return rc;
    }

    fd = jny_erase_open(path, &st);

    if (fd == -1) {
        rc = jny_erase_fail(&er, JNY_EIO, strerror(errno));

    } else {
        rc = jny_erase_opened(&er, fd, &st);
        (void) close(fd);
    }

    (void) close(folder);
    free(path);

    return rc;
}
