/*
 * erase.c - one file, from lock to rename.
 *
 * What was written is read again before it takes the file's place, with zlib
 * where the tool uses libdeflate otherwise: that no id of them is in it, in a
 * table or anywhere else in the payloads, and that no other event went.
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
#include "jny_walk.h"
#include "segment/erase_block.h"
#include "segment/replace.h"


#define JNY_ERASE_TRIES    200
#define JNY_ERASE_WAIT_NS  50000000     /* between two: ten seconds in all */

/* A segment in the file, and what it will say of its sources. */
typedef struct {
    uint64_t       writer;
    uint64_t       erased;
    jny_source_t  *sources;     /* but for the edges, which blocks have */
    uint32_t       nsources;
} jny_erase_segment_t;

typedef struct {
    jny_block_ref_t  ref;
    unsigned         wanted:1;  /* rows or ids are to go */
} jny_erase_item_t;

typedef struct {
    jny_erase_t          *e;
    const char           *name;
    jny_erased_t         *result;
    jny_diag_t           *diag;
    jny_slice_t           bytes;
    jny_erase_item_t     *items;
    size_t                nitems;
    size_t                cap;
    jny_erase_segment_t  *segments;
    unsigned              nsegments;
    jny_wanted_t          writers;    /* of all headers */
    jny_inflater_t       *inf;
    jny_block_t           blk;
} jny_eraser_t;


static int
jny_erase_fail(const jny_eraser_t *er, int rc, const char *what)
{
    jny_diag_set(er->diag, 0, "%s: %s", er->name, what);

    return rc;
}


static jny_erase_segment_t *
jny_erase_segment(const jny_eraser_t *er, uint64_t writer)
{
    for (unsigned i = 0; i < er->nsegments; i++) {
        if (er->segments[i].writer == writer) {
            return &er->segments[i];
        }
    }

    return NULL;
}


static int
jny_erase_segment_add(jny_eraser_t *er)
{
    jny_erase_segment_t  *segments, *seg;

    segments = reallocarray(er->segments, (size_t) er->nsegments + 1,
                            sizeof(*segments));
    if (segments == NULL) {
        return JNY_ENOMEM;
    }

    er->segments = segments;
    seg = &segments[er->nsegments];
    memset(seg, 0, sizeof(*seg));
    seg->writer = er->blk.writer;
    seg->nsources = er->blk.nsources;
    seg->sources = calloc((size_t) seg->nsources + 1, sizeof(*seg->sources));

    if (seg->sources == NULL) {
        return JNY_ENOMEM;
    }

    if (seg->nsources > 0) {
        memcpy(seg->sources, er->blk.sources,
               seg->nsources * sizeof(*seg->sources));
    }

    er->nsegments++;

    return JNY_OK;
}


/* The rows of a segment's block that go are missing from their sources. */
static int
jny_erase_sources(jny_eraser_t *er)
{
    jny_source_t         *s;
    const jny_block_t    *blk;
    jny_erase_segment_t  *seg;

    blk = &er->blk;

    if (jny_erase_segment(er, blk->writer) == NULL
        && jny_erase_segment_add(er) != JNY_OK)
    {
        return JNY_ENOMEM;
    }

    seg = jny_erase_segment(er, blk->writer);

    if (blk->nsources != seg->nsources) {
        return jny_erase_fail(er, JNY_EDATA, "blocks of a segment disagree "
                              "about what it was made from");
    }

    for (uint32_t i = 0; i < blk->nevents; i++) {
        if (!jny_erase_row(er->e, blk, i)) {
            continue;
        }

        seg->erased++;

        if (seg->nsources > 0) {
            s = &seg->sources[jny_column_at(&blk->number[JNY_NUMBER_ORIGIN],
                                            i)];
            s->events -= s->events > 0;
            s->erased++;
        }
    }

    return JNY_OK;
}


static int
jny_erase_known(void *ctx, uint64_t writer)
{
    const jny_eraser_t  *er = ctx;

    return jny_wanted_find(&er->writers, writer) != SIZE_MAX;
}


/*
 * Behind damage only a known writer's block is believed, and the blocks that
 * are found must be the same each time the file is walked.
 */
static int
jny_erase_writers(jny_eraser_t *er)
{
    int            rc, damage;
    size_t         n;
    uint64_t       last;
    jny_walk_t     walk;
    jny_slice_t    member;
    jny_header_t   h;

    do {
        n = er->writers.n;
        last = 0;
        damage = 0;
        jny_walk_init(&walk, er->bytes);

        for (;;) {
            rc = jny_walk_next(&walk, &h, &member, NULL);

            if (rc == JNY_END) {
                break;
            }

            if (rc != JNY_OK) {
                damage = 1;
                (void) jny_walk_resync(&walk, jny_erase_known, er);

            } else if (h.writer != last) {
                last = h.writer;

                if (jny_wanted_add(&er->writers, last) != 0) {
                    return JNY_ENOMEM;
                }
            }
        }

        if (jny_wanted_sort(&er->writers) != 0) {
            return JNY_ENOMEM;
        }

    } while (damage && er->writers.n > n);

    return JNY_OK;
}


static int
jny_erase_look(jny_eraser_t *er, const jny_block_ref_t *ref)
{
    int                rc;
    size_t             cap;
    uint32_t           rows;
    jny_erase_item_t  *items;

    rc = jny_input_read(ref, er->inf, &er->blk, NULL);

    if (rc == JNY_ECRC || rc == JNY_EDATA) {
        er->result->unread += ref->member.len;
        return JNY_OK;
    }

    if (rc != JNY_OK) {
        return rc;
    }

    if (er->nitems == er->cap) {
        cap = er->cap * 2 + 64;
        items = reallocarray(er->items, cap, sizeof(*items));

        if (items == NULL) {
            return JNY_ENOMEM;
        }

        er->items = items;
        er->cap = cap;
    }

    rows = jny_erase_rows(er->e, &er->blk, 1);
    er->items[er->nitems].ref = *ref;
    er->items[er->nitems++].wanted = jny_erase_ids(er->e, &er->blk) != 0;

    er->result->blocks++;
    er->result->events += ref->header.nevents;
    er->result->erased += rows;

    return ref->header.flags & JNY_BLOCK_SORTED ? jny_erase_sources(er)
                                                : JNY_OK;
}


/* All blocks; what lies between them is copied, and said to be unread. */
static int
jny_erase_walk(jny_eraser_t *er)
{
    int              rc;
    uint64_t         from;
    jny_walk_t       walk;
    jny_block_ref_t  ref;

    memset(&ref, 0, sizeof(ref));
    jny_walk_init(&walk, er->bytes);
    rc = JNY_OK;

    while (rc == JNY_OK) {
        ref.offset = walk.offset;
        rc = jny_walk_next(&walk, &ref.header, &ref.member, NULL);

        if (rc == JNY_END) {
            break;
        }

        if (rc == JNY_OK) {
            rc = jny_erase_look(er, &ref);
            continue;
        }

        from = walk.offset;
        (void) jny_walk_resync(&walk, jny_erase_known, er);
        er->result->unread += walk.offset - from;
        rc = JNY_OK;
    }

    if (rc != JNY_END) {
        return rc;
    }

    if (er->nitems == 0) {
        return jny_erase_fail(er, JNY_EDATA, "no block that can be read: what "
                              "was compressed once more has to be "
                              "uncompressed first");
    }

    return JNY_OK;
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
        seg = item->ref.header.flags & JNY_BLOCK_SORTED
                  ? jny_erase_segment(er, item->ref.header.writer)
                  : NULL;

        if (!item->wanted && (seg == NULL || seg->erased == 0)) {
            continue;
        }

        rc = jny_erase_put(er, file, done, item->ref.offset);
        done = item->ref.offset + item->ref.member.len;

        if (rc == JNY_OK) {
            rc = jny_erase_rewrite(er, item, seg, file);
        }
    }

    return rc == JNY_OK ? jny_erase_put(er, file, done, er->bytes.len) : rc;
}


/* A payload as any reader would see it, and as bytes. */
static int
jny_erase_prove_block(jny_eraser_t *er, const jny_header_t *h,
    jny_slice_t member, uint64_t *left)
{
    int          rc;
    uint8_t     *out;
    jny_slice_t  payload;

    out = malloc(h->payload_len);

    if (out == NULL) {
        return JNY_ENOMEM;
    }

    payload.data = out;
    payload.len = h->payload_len;
    rc = jny_member_inflate(&jny_heap, h, member, out, NULL);

    if (rc == JNY_OK) {
        rc = jny_block_decode(&er->blk, payload, NULL, NULL);
    }

    if (rc == JNY_OK) {
        *left += jny_erase_rows(er->e, &er->blk, 0)
                 + jny_erase_ids(er->e, &er->blk)
                 + jny_wanted_bytes(&er->e->visitors, out, payload.len)
                 + jny_wanted_bytes(&er->e->logins, out, payload.len);
    }

    free(out);

    return rc;
}


/*
 * Every block of before, in its place, with all the events that it has to
 * have.
 */
static int
jny_erase_prove(jny_eraser_t *er, jny_slice_t bytes)
{
    int                  rc;
    uint64_t             n;
    jny_walk_t           walk;
    jny_slice_t          member;
    jny_header_t         h;
    const jny_header_t  *was;

    n = 0;
    jny_walk_init(&walk, bytes);

    for (;;) {
        rc = jny_walk_next(&walk, &h, &member, NULL);

        if (rc == JNY_END) {
            break;
        }

        if (rc != JNY_OK) {
            (void) jny_walk_resync(&walk, jny_erase_known, er);
            continue;
        }

        rc = jny_erase_prove_block(er, &h, member, &er->result->left);

        if (rc == JNY_ENOMEM) {
            return rc;
        }

        if (rc != JNY_OK) {
            continue;
        }

        was = n < er->nitems ? &er->items[n].ref.header : NULL;

        if (was == NULL || h.writer != was->writer || h.seq != was->seq
            || h.base != was->base
            || (uint64_t) h.nevents + h.erased
                   != (uint64_t) was->nevents + was->erased)
        {
            return jny_erase_fail(er, JNY_EDATA, "what was written does not "
                                  "hold what it has to: nothing was changed");
        }

        n++;
    }

    if (n != er->nitems || er->result->left != 0) {
        return jny_erase_fail(er, JNY_EDATA, "what was written is not free "
                              "of them: nothing was changed");
    }

    return JNY_OK;
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

    rc = jny_erase_writers(er);

    if (rc == JNY_OK) {
        rc = jny_erase_walk(er);
    }

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
