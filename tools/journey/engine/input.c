/*
 * input.c - names to files to bytes.
 *
 *     open: list -> load each -> walk (input_walk.c) -> foreign
 *           (input_foreign.c) -> ledger (input_ledger.c)
 *
 * Files are mapped: the index touches only headers, the scan each page once,
 * from whichever thread comes first.  What cannot be mapped (pipes) is read
 * to the heap.
 */

#include "engine/input.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "engine/input_private.h"


int
jny_input_grow(void *array, uint32_t n, uint32_t *cap, size_t size)
{
    void     *grown;
    uint32_t  want;

    if (n < *cap) {
        return JNY_OK;
    }

    if (*cap > UINT32_MAX / 2) {
        return JNY_ENOMEM;
    }

    want = *cap == 0 ? 16 : *cap * 2;

    /* By memcpy: array points at a pointer of any type. */
    memcpy(&grown, array, sizeof(grown));

    grown = realloc(grown, (size_t) want * size);
    if (grown == NULL) {
        return JNY_ENOMEM;
    }

    memcpy(array, &grown, sizeof(grown));
    *cap = want;

    return JNY_OK;
}


static int
jny_input_add_file(jny_input_t *in, const char *name)
{
    jny_input_file_t  *f;

    if (jny_input_grow(&in->files, in->nfiles, &in->files_cap, sizeof(*f))
        != JNY_OK)
    {
        return JNY_ENOMEM;
    }

    f = &in->files[in->nfiles];
    memset(f, 0, sizeof(*f));

    f->name = strdup(name);
    if (f->name == NULL) {
        return JNY_ENOMEM;
    }

    in->nfiles++;

    return JNY_OK;
}


static int
jny_input_is_log(const struct dirent *entry)
{
    const char  *suffix;

    suffix = strstr(entry->d_name, ".jny");

    return entry->d_name[0] != '.' && suffix != NULL;
}


int
jny_input_has_logs(const char *folder)
{
    int              n;
    struct dirent  **entries;

    n = scandir(folder, &entries, jny_input_is_log, NULL);

    if (n < 0) {
        return -1;
    }

    for (int i = 0; i < n; i++) {
        free(entries[i]);
    }

    free(entries);

    return n > 0;
}


/* The *.jny* files of a folder, sorted, so that runs agree on their order. */
static int
jny_input_add_folder(jny_input_t *in, const char *name, jny_diag_t *diag)
{
    int              i, n, rc;
    char            *path;
    size_t           len;
    struct dirent  **entries;

    n = scandir(name, &entries, jny_input_is_log, alphasort);
    if (n < 0) {
        jny_diag_set(diag, 0, "%s: %s", name, strerror(errno));
        return JNY_EIO;
    }

    rc = JNY_OK;

    if (n == 0) {
        jny_diag_set(diag, 0, "%s: no log in this folder: looked for files "
                     "named *.jny*, and not in folders inside it; name the "
                     "files, or the folder that holds them", name);
        rc = JNY_EIO;
    }

    for (i = 0; i < n; i++) {

        if (rc == JNY_OK) {
            len = strlen(name) + strlen(entries[i]->d_name) + 2;
            path = malloc(len);

            if (path == NULL) {
                rc = JNY_ENOMEM;
            } else {
                snprintf(path, len, "%s/%s", name, entries[i]->d_name);
                rc = jny_input_add_file(in, path);
                free(path);
            }
        }

        free(entries[i]);
    }

    free(entries);

    return rc;
}


static int
jny_input_list(jny_input_t *in, char *const *names, unsigned n,
               jny_diag_t *diag)
{
    int          rc;
    unsigned     i;
    struct stat  st;

    for (i = 0; i < n; i++) {

        if (strcmp(names[i], "-") != 0 && stat(names[i], &st) == 0
            && S_ISDIR(st.st_mode))
        {
            rc = jny_input_add_folder(in, names[i], diag);
        } else {
            rc = jny_input_add_file(in, names[i]);
        }

        if (rc != JNY_OK) {
            return rc;
        }
    }

    return JNY_OK;
}


static int
jny_input_slurp(int fd, jny_input_file_t *f, jny_diag_t *diag)
{
    size_t    len, cap;
    ssize_t   n;
    uint8_t  *data, *grown;

    len = 0;
    cap = 0;
    data = NULL;

    for (;;) {

        if (len == cap) {
            cap = cap == 0 ? (size_t) 1 << 20 : cap * 2;
            grown = realloc(data, cap);

            if (grown == NULL) {
                free(data);
                return JNY_ENOMEM;
            }

            data = grown;
        }

        n = read(fd, data + len, cap - len);

        if (n > 0) {
            len += (size_t) n;

        } else if (n == 0) {
            break;

        } else if (errno != EINTR) {
            jny_diag_set(diag, len, "%s: %s", f->name, strerror(errno));
            free(data);
            return JNY_EIO;
        }
    }

    f->bytes.data = data;
    f->bytes.len = len;

    return JNY_OK;
}


static int
jny_input_map(int fd, jny_input_file_t *f, size_t size, jny_diag_t *diag)
{
    f->map = jny_map_new(fd, size);

    if (f->map == NULL) {
        jny_diag_set(diag, 0, "%s: %s", f->name, strerror(errno));
        return JNY_EIO;
    }

    f->bytes.data = jny_map_data(f->map);
    f->bytes.len = size;

    return JNY_OK;
}


/* What comes through a pipe is taken to be its reader's alone. */
static void
jny_input_permissions(jny_input_file_t *f, int fd)
{
    struct stat  st;

    f->mode = 0600;

    if (fstat(fd, &st) == 0) {
        f->mode = S_ISREG(st.st_mode) ? st.st_mode & 0666 : 0600;
        f->group = st.st_gid;
    }
}


static int
jny_input_load(jny_input_file_t *f, jny_diag_t *diag)
{
    int          fd, rc;
    struct stat  st;

    if (strcmp(f->name, "-") == 0) {
        jny_input_permissions(f, STDIN_FILENO);
        rc = jny_input_slurp(STDIN_FILENO, f, diag);

        if (rc == JNY_OK && f->bytes.len == 0) {
            jny_diag_set(diag, 0, "-: standard input is empty: pipe a log "
                         "into it as it stands on disk, or name a file");
            rc = JNY_EIO;
        }

        return rc;
    }

    fd = open(f->name, O_RDONLY | O_CLOEXEC);

    if (fd == -1 || fstat(fd, &st) != 0) {
        jny_diag_set(diag, 0, "%s: %s", f->name, strerror(errno));
        if (fd != -1) {
            close(fd);
        }
        return JNY_EIO;
    }

    jny_input_permissions(f, fd);

    if (!S_ISREG(st.st_mode)) {
        rc = jny_input_slurp(fd, f, diag);

    } else if (st.st_size > 0) {
        rc = jny_input_map(fd, f, (size_t) st.st_size, diag);

    } else {
        rc = JNY_OK;
    }

    close(fd);

    return rc;
}


/* Every file is a segment; its gzip layers become more of them. */
static int
jny_input_segment(jny_input_t *in, uint32_t file)
{
    jny_input_segment_t  *s;

    if (jny_input_grow(&in->segments, in->nsegments, &in->segments_cap,
                       sizeof(*s))
        != JNY_OK)
    {
        return JNY_ENOMEM;
    }

    s = &in->segments[in->nsegments++];
    memset(s, 0, sizeof(*s));
    s->file = file;
    s->bytes = in->files[file].bytes;
    s->parent = UINT32_MAX;

    return JNY_OK;
}


int
jny_input_open(jny_input_t **out, char *const *names, unsigned n,
               jny_diag_t *diag)
{
    int           rc;
    uint32_t      i;
    jny_input_t  *in;

    in = calloc(1, sizeof(*in));
    *out = in;

    if (in == NULL) {
        return JNY_ENOMEM;
    }

    pthread_mutex_init(&in->lock, NULL);

    rc = jny_input_list(in, names, n, diag);

    for (i = 0; rc == JNY_OK && i < in->nfiles; i++) {
        rc = jny_input_load(&in->files[i], diag);

        if (rc == JNY_OK) {
            rc = jny_input_segment(in, i);
        }
    }

    if (rc == JNY_OK) {
        rc = jny_input_walk(in);
    }

    if (rc == JNY_OK) {
        rc = jny_input_foreign(in, diag);
    }

    if (rc == JNY_OK) {
        rc = jny_input_ledger(in);
    }

    if (rc == JNY_ENOMEM) {
        jny_diag_set(diag, 0, "out of memory");
    }

    return rc;
}


void
jny_input_free(jny_input_t *in)
{
    uint32_t           i;
    jny_input_file_t  *f;

    if (in == NULL) {
        return;
    }

    for (i = 0; i < in->nsegments; i++) {
        free(in->segments[i].heap);
    }

    for (i = 0; i < in->nfiles; i++) {
        f = &in->files[i];

        if (f->map == NULL) {
            free((void *) (uintptr_t) f->bytes.data);
        }

        jny_map_free(f->map);
        free(f->name);
    }

    for (i = 0; i < in->nsorted; i++) {
        free(in->sorted[i].sources);
    }

    pthread_mutex_destroy(&in->lock);
    free(in->sorted);
    free(in->files);
    free(in->segments);
    free(in->refs);
    free(in->copies);
    free(in->spans);
    free(in->places);
    free(in->damage);
    free(in->writers);
    free(in);
}


unsigned
jny_input_files(const jny_input_t *in)
{
    return in->nfiles;
}


const char *
jny_input_name(const jny_input_t *in, uint32_t file)
{
    return file < in->nfiles ? in->files[file].name : "";
}


mode_t
jny_input_mode(const jny_input_t *in, uint32_t file, gid_t *group)
{
    *group = in->files[file].group;

    return in->files[file].mode;
}


const jny_block_ref_t *
jny_input_blocks(const jny_input_t *in, uint32_t *n)
{
    *n = in->nrefs;

    return in->refs;
}


uint64_t
jny_input_duplicates(const jny_input_t *in)
{
    return in->duplicates;
}


uint64_t
jny_input_covered(const jny_input_t *in)
{
    return in->covered;
}


const jny_input_span_t *
jny_input_spans(const jny_input_t *in, uint32_t *n)
{
    *n = in->nspans;

    return in->spans;
}


const jny_damage_t *
jny_input_damage(const jny_input_t *in, uint32_t *n)
{
    *n = in->ndamage;

    return in->damage;
}


static int
jny_input_damage_order(const jny_damage_t *a, const jny_damage_t *b)
{
    if (a->file != b->file) {
        return a->file < b->file ? -1 : 1;
    }

    if (a->offset != b->offset) {
        return a->offset < b->offset ? -1 : 1;
    }

    return (int) a->kind - (int) b->kind;
}


int
jny_input_damage_add(jny_input_t *in, const jny_damage_t *damage)
{
    uint32_t  at;

    if (jny_input_grow(&in->damage, in->ndamage, &in->damage_cap,
                       sizeof(*damage))
        != JNY_OK)
    {
        return JNY_ENOMEM;
    }

    for (at = in->ndamage; at > 0; at--) {
        if (jny_input_damage_order(&in->damage[at - 1], damage) <= 0) {
            break;
        }
    }

    memmove(&in->damage[at + 1], &in->damage[at],
            (in->ndamage - at) * sizeof(*damage));

    in->damage[at] = *damage;
    in->ndamage++;

    return JNY_OK;
}


const char *
jny_input_why(const jny_input_t *in, uint32_t file, const char *what)
{
    return jny_map_cut(in->files[file].map)
               ? "file became shorter while it was read: rotate logs by "
                 "renaming them, not by copytruncate"
               : what;
}


int
jny_input_damaged(jny_input_t *in, const jny_block_ref_t *ref, const char *what)
{
    int           rc;
    uint32_t      i;
    jny_damage_t  d;

    memset(&d, 0, sizeof(d));
    d.kind = JNY_DAMAGE_PAYLOAD;
    d.file = ref->file;
    d.offset = ref->offset;
    d.len = ref->member.data != NULL ? ref->member.len : ref->payload.len;
    d.writer = ref->header.writer;
    d.seq = ref->header.seq;
    d.events = ref->header.nevents;
    d.events_known = 1;
    snprintf(d.what, sizeof(d.what), "%s", jny_input_why(in, d.file, what));

    rc = JNY_OK;

    pthread_mutex_lock(&in->lock);

    /* A block may be read more than once; it is lost only once. */

    for (i = 0; i < in->ndamage; i++) {
        if (jny_input_damage_order(&in->damage[i], &d) == 0) {
            break;
        }
    }

    if (i == in->ndamage) {
        rc = jny_input_damage_add(in, &d);
    }

    pthread_mutex_unlock(&in->lock);

    return rc;
}
