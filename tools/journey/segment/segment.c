/*
 * segment.c - merge, encode, write.
 *
 * What does not fit into memory is written as blocks of the same kind, with
 * the pieces as their sources: the format holds every column there is, and
 * its reader is at hand.  All batches stand in one file, so that their number
 * is not bounded by that of descriptors; it has no name, so that nothing is
 * left of it however we end.
 */

#include "segment/segment.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "engine/heap.h"
#include "segment/replace.h"
#include "segment/stream.h"


#define JNY_SEGMENT_LEVEL  6
#define JNY_BATCH_LEVEL    1
#define JNY_BATCH_ROWS     4096     /* a merge holds a block of each batch */

typedef struct {
    const jny_segment_job_t  *job;
    jny_segment_made_t       *made;
    jny_diag_t               *diag;
    jny_survey_t              survey;
    jny_batch_t               batch;
    jny_replace_t             spilled;   /* batches; never committed */
    uint64_t                 *ends;      /* in it, by batch */
    unsigned                  nends;
} jny_segment_t;

/* Rows to blocks to a file. */
typedef struct {
    jny_encoder_t   *enc;
    jny_replace_t   *file;
    jny_seal_t       seal;
    const uint32_t  *origins;     /* by piece; NULL: the same */
    unsigned         rows;        /* of a block */
    jny_progress_t  *progress;    /* or NULL: of a batch */
    jny_diag_t      *diag;
} jny_segment_sink_t;


static int
jny_sink_open(jny_segment_sink_t *sink, const jny_segment_t *seg,
    jny_replace_t *file, int batch)
{
    int                  rc;
    jny_log_info_t       info;
    const jny_survey_t  *s;

    s = &seg->survey;
    memset(sink, 0, sizeof(*sink));
    sink->file = file;
    sink->diag = seg->diag;
    sink->rows = batch ? JNY_BATCH_ROWS : JNY_SEGMENT_ROWS;
    sink->origins = batch ? NULL : s->source_of;
    sink->progress = batch ? NULL : seg->job->progress;
    sink->seal.flags = JNY_BLOCK_SORTED;
    sink->seal.sources = batch ? s->pieces : s->sources;
    sink->seal.nsources = batch ? s->npieces : s->nsources;

    info = s->info;
    info.level = batch ? JNY_BATCH_LEVEL : JNY_SEGMENT_LEVEL;

    do {
        if (getentropy(&info.writer, sizeof(info.writer)) == -1) {
            jny_diag_set(seg->diag, 0, "no random number: %s",
                         strerror(errno));
            return JNY_EIO;
        }
    } while (info.writer == 0);

    sink->enc = jny_encoder_new(&jny_heap, &info, &rc);

    if (sink->enc == NULL) {
        return rc;
    }

    rc = jny_encoder_sort(sink->enc, &sink->seal);

    if (rc == JNY_ELIMIT) {
        jny_diag_set(seg->diag, 0, "%s: %u stretches of blocks are too many "
                     "for one segment: compact these logs in parts",
                     seg->job->name, (unsigned) sink->seal.nsources);
    }

    return rc;
}


static int
jny_sink_seal(jny_segment_sink_t *sink, unsigned flags)
{
    int           rc;
    jny_header_t  h;
    jny_slice_t   member;

    sink->seal.flags = (uint16_t) (JNY_BLOCK_SORTED | flags);
    rc = jny_encoder_seal(sink->enc, &sink->seal, &member, &h);

    if (rc != JNY_OK) {
        return rc;
    }

    sink->seal.seq++;
    sink->seal.base += h.nevents;

    if (sink->progress != NULL) {
        atomic_fetch_add(&sink->progress->events, h.nevents);
    }

    return jny_replace_write(sink->file, member, sink->diag);
}


static int
jny_sink_add(jny_segment_sink_t *sink, const jny_row_t *row)
{
    int  rc;

    rc = jny_encoder_rows(sink->enc) < sink->rows
             ? jny_encoder_add(sink->enc, row)
             : JNY_ELIMIT;

    if (rc != JNY_ELIMIT) {
        return rc;
    }

    rc = jny_sink_seal(sink, 0);

    return rc == JNY_OK ? jny_encoder_add(sink->enc, row) : rc;
}


/* Lets heap[i] sink to where none below it comes before it. */
static void
jny_merge_sift(jny_stream_t **heap, unsigned n, unsigned i)
{
    unsigned       child;
    jny_stream_t  *st;

    st = heap[i];

    for (child = 2 * i + 1; child < n; child = 2 * i + 1) {
        if (child + 1 < n && jny_stream_before(heap[child + 1], heap[child])) {
            child++;
        }

        if (jny_stream_before(st, heap[child])) {
            break;
        }

        heap[i] = heap[child];
        i = child;
    }

    heap[i] = st;
}


/* Streams that are not at a row yet; heap has room for n. */
static int
jny_merge_start(jny_stream_t *streams, unsigned *n, jny_stream_t **heap,
    jny_diag_t *diag)
{
    int       rc;
    unsigned  i, k;

    k = 0;

    for (i = 0; i < *n; i++) {
        streams[i].number = i;
        rc = jny_stream_next(&streams[i], diag);

        if (rc == JNY_OK) {
            heap[k++] = &streams[i];

        } else if (rc != JNY_END) {
            return rc;
        }
    }

    *n = k;

    for (i = k / 2; i > 0; i--) {
        jny_merge_sift(heap, k, i - 1);
    }

    return JNY_OK;
}


static int
jny_segment_merge(jny_segment_sink_t *sink, jny_stream_t *streams, unsigned n)
{
    int             rc;
    jny_row_t       row;
    jny_stream_t  **heap;

    heap = calloc((size_t) n + 1, sizeof(*heap));

    if (heap == NULL) {
        return JNY_ENOMEM;
    }

    memset(&row, 0, sizeof(row));
    rc = jny_merge_start(streams, &n, heap, sink->diag);

    while (rc == JNY_OK && n > 0) {
        jny_stream_row(heap[0], &row);
        row.origin = sink->origins != NULL ? sink->origins[heap[0]->at.piece]
                                           : heap[0]->at.piece;
        rc = jny_sink_add(sink, &row);

        if (rc == JNY_OK) {
            rc = jny_stream_next(heap[0], sink->diag);
        }

        if (rc == JNY_END) {
            heap[0] = heap[--n];
            rc = JNY_OK;
        }

        if (rc == JNY_OK && n > 0) {
            jny_merge_sift(heap, n, 0);
        }
    }

    free(heap);

    return rc == JNY_OK ? jny_sink_seal(sink, JNY_BLOCK_FINAL) : rc;
}


/* The batch to the end of the file without a name. */
static int
jny_segment_spill(jny_segment_t *seg)
{
    int                  rc;
    uint64_t            *ends;
    jny_stream_t         st;
    jny_segment_sink_t   sink;

    ends = reallocarray(seg->ends, (size_t) seg->nends + 1, sizeof(*ends));

    if (ends == NULL) {
        return JNY_ENOMEM;
    }

    seg->ends = ends;

    if (seg->nends == 0) {
        rc = jny_replace_scratch(&seg->spilled, seg->job->name, seg->diag);

        if (rc != JNY_OK) {
            return rc;
        }
    }

    rc = jny_sink_open(&sink, seg, &seg->spilled, 1);

    if (rc == JNY_OK) {
        jny_stream_batch(&st, &seg->batch);
        rc = jny_segment_merge(&sink, &st, 1);
        jny_stream_release(&st);
    }

    ends[seg->nends++] = seg->spilled.len;

    jny_encoder_free(sink.enc);
    jny_batch_reset(&seg->batch);

    return rc;
}


static int
jny_segment_collect(jny_segment_t *seg)
{
    int                       rc;
    uint32_t                  k, n, piece;
    const jny_block_ref_t    *refs;
    const jny_segment_job_t  *job;

    job = seg->job;
    refs = jny_input_blocks(job->in, &n);
    rc = JNY_OK;

    for (k = 0; rc == JNY_OK && k < job->nblocks; k++) {
        piece = seg->survey.block_piece[k];

        if (piece == JNY_SURVEY_DAMAGED) {
            continue;
        }

        if (seg->batch.n > 0 && seg->batch.size > job->memory) {
            rc = jny_segment_spill(seg);
        }

        if (rc == JNY_OK) {
            rc = jny_batch_add(&seg->batch, &refs[job->blocks[k]], piece,
                               seg->diag);
        }
    }

    return rc;
}


/* Batches in the order of their rows' blocks, the last one, then segments. */
static int
jny_segment_streams(jny_segment_t *seg, jny_stream_t *streams, unsigned *n)
{
    int                       rc;
    uint32_t                  nrefs;
    uint64_t                  start;
    const jny_block_ref_t    *refs;
    const jny_segment_old_t  *old;

    refs = jny_input_blocks(seg->job->in, &nrefs);
    rc = JNY_OK;
    *n = 0;
    start = 0;

    for (unsigned i = 0; rc == JNY_OK && i < seg->nends; i++) {
        rc = jny_stream_file(&streams[(*n)++], &seg->survey, seg->spilled.fd,
                             start, seg->ends[i]);
        start = seg->ends[i];
    }

    if (rc == JNY_OK) {
        jny_stream_batch(&streams[(*n)++], &seg->batch);
    }

    for (uint32_t i = 0; rc == JNY_OK && i < seg->job->nold; i++) {
        old = &seg->job->old[i];
        rc = jny_stream_refs(&streams[(*n)++], &seg->survey,
                             &refs[old->first], old->n,
                             seg->survey.old_piece[i]);
    }

    return rc;
}


static int
jny_segment_write(jny_segment_t *seg, jny_replace_t *file)
{
    int                  rc;
    unsigned             n;
    jny_stream_t        *streams;
    jny_segment_sink_t   sink;

    streams = calloc((size_t) seg->nends + seg->job->nold + 1,
                     sizeof(*streams));

    if (streams == NULL) {
        return JNY_ENOMEM;
    }

    rc = jny_sink_open(&sink, seg, file, 0);
    n = 0;

    if (rc == JNY_OK) {
        rc = jny_segment_streams(seg, streams, &n);
    }

    if (rc == JNY_OK) {
        rc = jny_segment_merge(&sink, streams, n);
    }

    while (n > 0) {
        jny_stream_release(&streams[--n]);
    }

    seg->made->events = sink.seal.base;
    seg->made->blocks = sink.seal.seq;
    seg->made->bytes = file->len;

    jny_encoder_free(sink.enc);
    free(streams);

    return rc;
}


static int
jny_segment_fail(const jny_segment_t *seg)
{
    jny_diag_set(seg->diag, 0, "%s: %s", seg->job->name, strerror(errno));

    return JNY_EIO;
}


typedef struct {
    mode_t    mode;
    gid_t     group;
    unsigned  known:1;      /* group */
    unsigned  several:1;
} jny_segment_access_t;


static void
jny_segment_access(const jny_segment_t *seg, const jny_block_ref_t *ref,
    jny_segment_access_t *a)
{
    gid_t  group;

    a->mode &= jny_input_mode(seg->job->in, ref->file, &group);
    a->several |= a->known && group != a->group;
    a->group = group;
    a->known = 1;
}


/*
 * Those may read a segment who may read all that it was made from and, where
 * it takes the place of another, that one; of a new one the umask decides, too.
 * A group is the one of all of these, or has no more rights than others.
 */
static int
jny_segment_mode(const jny_segment_t *seg, const jny_replace_t *file)
{
    uint32_t                  n;
    struct stat               st, own;
    jny_segment_access_t      a = { 0 };
    const jny_block_ref_t    *refs;
    const jny_segment_job_t  *job;

    job = seg->job;
    refs = jny_input_blocks(job->in, &n);

    if (fstat(file->fd, &own) == -1) {
        return jny_segment_fail(seg);
    }

    a.mode = (stat(job->name, &st) == 0 ? st.st_mode : own.st_mode) & 0666;

    for (uint32_t i = 0; i < job->nblocks; i++) {
        jny_segment_access(seg, &refs[job->blocks[i]], &a);
    }

    for (uint32_t i = 0; i < job->nold; i++) {
        jny_segment_access(seg, &refs[job->old[i].first], &a);
    }

    if (a.several
        || (a.group != own.st_gid
            && fchown(file->fd, (uid_t) -1, a.group) == -1))
    {
        a.mode &= (mode_t) (0606 | (a.mode & S_IRWXO) << 3);
    }

    a.mode |= S_IRUSR | S_IWUSR;

    return fchmod(file->fd, a.mode) == 0 ? JNY_OK : jny_segment_fail(seg);
}


static int
jny_segment_all(jny_segment_t *seg)
{
    int            rc;
    jny_replace_t  file;

    rc = jny_survey_run(&seg->survey, seg->job, seg->diag);

    if (rc != JNY_OK || seg->survey.npieces == 0) {
        return rc == JNY_OK ? JNY_END : rc;
    }

    for (uint32_t i = 0; i < seg->survey.nsources; i++) {
        seg->made->sources += seg->survey.sources[i].last_seq
                              - seg->survey.sources[i].first_seq + 1;
    }

    rc = jny_segment_collect(seg);

    if (rc == JNY_OK) {
        rc = jny_replace_open(&file, seg->job->name, seg->diag);
    }

    if (rc != JNY_OK) {
        return rc;
    }

    rc = jny_segment_write(seg, &file);

    if (rc == JNY_OK) {
        rc = jny_segment_mode(seg, &file);
    }

    if (rc == JNY_OK) {
        return jny_replace_commit(&file, NULL, seg->diag);
    }

    jny_replace_abandon(&file);

    return rc;
}


int
jny_segment_make(const jny_segment_job_t *job, jny_segment_made_t *made,
    jny_diag_t *diag)
{
    int            rc;
    jny_segment_t  seg;

    memset(&seg, 0, sizeof(seg));
    memset(made, 0, sizeof(*made));
    seg.job = job;
    seg.made = made;
    seg.diag = diag;
    seg.spilled.fd = -1;
    jny_batch_init(&seg.batch, &seg.survey);

    rc = jny_segment_all(&seg);

    jny_replace_abandon(&seg.spilled);
    free(seg.ends);
    jny_batch_release(&seg.batch);
    jny_survey_release(&seg.survey);

    return rc;
}
