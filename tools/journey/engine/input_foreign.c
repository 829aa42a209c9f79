/*
 * input_foreign.c - files that are no log: what they look like instead, and
 * what to do about it.
 *
 * A file without a block is a damaged log where either mark of a block header
 * still stands; else its first bytes decide.  Guesses are worded as such, but
 * for payloads: their first key is known.
 */

#include "engine/input_private.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>


#define JNY_FOREIGN_QUOTED  24      /* bytes of a file that are shown */
#define JNY_FOREIGN_LINE    1024    /* bytes searched for the end of a line */

#define JNY_FOREIGN_GIVE    "give the file that journey_log writes"
#define JNY_FOREIGN_IMPORT  "journey import makes a log of it"


static int
jny_foreign_begins(jny_slice_t s, const char *bytes, size_t n)
{
    return s.len >= n && memcmp(s.data, bytes, n) == 0;
}


/* "JY" or "JNY1" where a header has them, or too short to have them. */
static int
jny_foreign_is_ours(jny_slice_t s)
{
    if (s.len < 20) {
        return jny_foreign_begins(s, "\x1f\x8b\x08\x04", s.len < 4 ? s.len : 4);
    }

    return memcmp(s.data + 12, "JY", 2) == 0
           || memcmp(s.data + 16, "JNY1", 4) == 0;
}


/* A msgpack map whose first pair is "v": 1 (docs/FORMAT.md). */
static int
jny_foreign_is_payload(jny_slice_t s)
{
    size_t  head;

    head = s.len == 0              ? 0
           : s.data[0] >> 4 == 0x8 ? 1
           : s.data[0] == 0xde     ? 3
           : s.data[0] == 0xdf     ? 5
                                   : 0;

    return head > 0 && s.len >= head + 2
           && memcmp(s.data + head, "\xa1v", 2) == 0;
}


/* The end of the first line that is text all along; 0 when it is not. */
static size_t
jny_foreign_text(jny_slice_t s)
{
    size_t  i;

    for (i = 0; i < s.len && i < JNY_FOREIGN_LINE; i++) {
        if (s.data[i] == '\n' || s.data[i] == '\r') {
            break;
        }

        if (s.data[i] < 0x20 && s.data[i] != '\t') {
            return 0;
        }
    }

    return i;
}


static int
jny_foreign_holds(jny_slice_t s, size_t n, const char *word)
{
    size_t  len;

    len = strlen(word);

    for (size_t i = 0; i + len <= n; i++) {
        if (memcmp(s.data + i, word, len) == 0) {
            return 1;
        }
    }

    return 0;
}


static const char *
jny_foreign_looks(jny_slice_t s)
{
    size_t    line;
    unsigned  i;

    static const struct {
        const char  *bytes;
        size_t       n;
        const char  *looks;
    } packers[] = {
        { "\x28\xb5\x2f\xfd", 4, "looks like zstd: pipe what zstd -dc prints" },
        { "\xfd" "7zXZ", 5, "looks like xz: pipe what xz -dc prints" },
        { "BZh", 3, "looks like bzip2: pipe what bzip2 -dc prints" },
        { "\x04\x22\x4d\x18", 4, "looks like lz4: pipe what lz4 -dc prints" },
        { "PK\x03\x04", 4, "looks like zip: pipe what unzip -p prints" },
        { "\x1f\x8b", 2, "looks like gzip of another program: "
                         JNY_FOREIGN_GIVE },
    };

    if (jny_foreign_is_payload(s)) {
        return "is unpacked msgpack: give the .jny file as it is, not what "
               "zcat prints";
    }

    for (i = 0; i < sizeof(packers) / sizeof(packers[0]); i++) {
        if (jny_foreign_begins(s, packers[i].bytes, packers[i].n)) {
            return packers[i].looks;
        }
    }

    line = jny_foreign_text(s);

    if (line == 0) {
        return JNY_FOREIGN_GIVE;
    }

    if (s.data[0] == '{' || s.data[0] == '[') {
        return "looks like JSON: " JNY_FOREIGN_IMPORT;
    }

    if (s.data[0] == '<') {
        return "looks like HTML or XML: " JNY_FOREIGN_GIVE;
    }

    if (jny_foreign_holds(s, line, " HTTP/")) {
        return "looks like an access log: " JNY_FOREIGN_IMPORT;
    }

    return "looks like text: " JNY_FOREIGN_GIVE ", or " JNY_FOREIGN_IMPORT;
}


/* The first bytes: as they are where they can be read, else in hex. */
static void
jny_foreign_quote(char *out, jny_slice_t s)
{
    size_t  n, at;

    n = jny_foreign_text(s);
    n = n > JNY_FOREIGN_QUOTED ? JNY_FOREIGN_QUOTED : n;

    if (n > 0) {
        snprintf(out, JNY_FOREIGN_QUOTED + 3, "\"%.*s\"", (int) n,
                 (const char *) s.data);
        return;
    }

    out[0] = '\0';
    at = 0;

    for (n = 0; n < 4 && n < s.len; n++) {
        at += (size_t) snprintf(out + at, 4, n ? " %02x" : "%02x", s.data[n]);
    }
}


/* What the file holds below the gzip layers that it begins with. */
static const jny_input_segment_t *
jny_foreign_core(const jny_input_t *in, uint32_t file)
{
    uint32_t                    i, at;
    const jny_input_segment_t  *s;

    /* Files come first, in order; layers stand behind what they are in. */

    at = file;

    for (i = in->nfiles; i < in->nsegments; i++) {
        s = &in->segments[i];

        if (s->parent == at && s->parent_offset == 0) {
            at = i;
        }
    }

    return &in->segments[at];
}


/* Says what the file is.  0: a log, be it a damaged one. */
static int
jny_foreign_file(const jny_input_t *in, uint32_t file, char *what, size_t size)
{
    char                        quote[JNY_FOREIGN_QUOTED + 3];
    const jny_input_segment_t  *core;

    core = jny_foreign_core(in, file);

    /* A layer that breaks off is said as such: the rest may be a log. */

    if (core->bytes.len == 0 || core->rc != JNY_OK
        || jny_foreign_is_ours(core->bytes))
    {
        return 0;
    }

    jny_foreign_quote(quote, core->bytes);
    snprintf(what, size, "no journey log: %sbegins with %s, %s",
             core->depth > 0 ? "gzip of what " : "", quote,
             jny_foreign_looks(core->bytes));

    return 1;
}


/* Puts one place over the whole file instead of those that the walk met. */
static int
jny_foreign_place(jny_input_t *in, uint32_t file, const char *what)
{
    uint32_t            i, n;
    jny_input_place_t  *p;

    n = 0;

    for (i = 0; i < in->nplaces; i++) {
        if (in->places[i].damage.file != file) {
            in->places[n++] = in->places[i];
        }
    }

    if (n == in->nplaces) {
        return 0;
    }

    in->nplaces = n + 1;
    p = &in->places[n];
    memset(p, 0, sizeof(*p));
    p->explained = 1;
    p->damage.kind = JNY_DAMAGE_FOREIGN;
    p->damage.file = file;
    p->damage.len = in->files[file].bytes.len;
    snprintf(p->damage.what, sizeof(p->damage.what), "%s", what);

    return 1;
}


int
jny_input_foreign(jny_input_t *in, jny_diag_t *diag)
{
    char      what[sizeof(((jny_damage_t *) NULL)->what)];
    uint8_t  *logs;
    uint32_t  i, n, first;

    logs = calloc((size_t) in->nfiles + 1, 1);
    if (logs == NULL) {
        return JNY_ENOMEM;
    }

    for (i = 0; i < in->nrefs; i++) {
        logs[in->refs[i].file] = 1;
    }

    n = 0;
    first = 0;

    for (i = 0; i < in->nfiles; i++) {
        if (!logs[i] && jny_foreign_file(in, i, what, sizeof(what))
            && jny_foreign_place(in, i, what))
        {
            first = n == 0 ? i : first;
            n++;
        }
    }

    free(logs);

    if (n == 0 || n < in->nfiles) {
        return JNY_OK;
    }

    (void) jny_foreign_file(in, first, what, sizeof(what));
    jny_diag_set(diag, 0, "%s: %s", in->files[first].name, what);

    return JNY_EIO;
}
