/*
 * damage.c - damage in words.  A torn tail is said but changes no exit code:
 * reading a log while nginx appends to it is normal.
 */

#include "damage.h"

#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#include "options.h"
#include "render/text.h"


/* A file of noise has as much damage as it has bytes. */
#define JNY_DAMAGE_LINES  20


static void
jny_damage_text(jny_buf_t *out, const char *s)
{
    jny_slice_t  text;

    text.data = (const uint8_t *) s;
    text.len = strlen(s);

    jny_text_slice(out, text, 0);
}


static void
jny_damage_events(jny_buf_t *out, const jny_damage_t *d)
{
    if (d->events_known) {
        jny_buf_printf(out, "%" PRIu64 " event%s", d->events,
                       d->events == 1 ? "" : "s");

    } else {
        jny_buf_str(out, "an unknown number of events");
    }
}


void
jny_damage_line(jny_buf_t *out, const jny_input_t *in, const jny_damage_t *d)
{
    jny_damage_text(out, jny_input_name(in, d->file));

    if (d->kind != JNY_DAMAGE_FOREIGN) {
        jny_buf_printf(out, "@%" PRIu64, d->offset);
    }

    jny_buf_str(out, ": ");
    jny_damage_text(out, d->what);

    switch (d->kind) {

    case JNY_DAMAGE_PAYLOAD:
        jny_buf_str(out, ", 1 block (");
        jny_damage_events(out, d);
        jny_buf_str(out, ") skipped");
        break;

    case JNY_DAMAGE_HEADER:
        jny_buf_printf(out, ", %" PRIu64 " bytes (", d->len);
        jny_damage_events(out, d);
        jny_buf_str(out, ") skipped");
        break;

    case JNY_DAMAGE_TORN:
        jny_buf_printf(out, ", %" PRIu64 " bytes left out: still being "
                       "written, or torn", d->len);
        break;

    case JNY_DAMAGE_GAP:
        jny_buf_str(out, " (");
        jny_damage_events(out, d);
        jny_buf_printf(out, " of writer %016" PRIx64 ")", d->writer);
        break;

    case JNY_DAMAGE_CONFLICT:
        jny_buf_printf(out, " (block %" PRIu64 " of writer %016" PRIx64 ")",
                       d->seq, d->writer);
        break;

    case JNY_DAMAGE_FOREIGN:
        jny_buf_str(out, " (left out)");
        break;
    }
}


int
jny_damage_code(const jny_input_t *in)
{
    int                  code;
    uint32_t             n;
    const jny_damage_t  *d;

    code = JNY_EXIT_OK;
    d = jny_input_damage(in, &n);

    for (uint32_t i = 0; i < n; i++) {
        switch (d[i].kind) {

        case JNY_DAMAGE_TORN:
            break;

        case JNY_DAMAGE_GAP:
            code = JNY_EXIT_GAP;
            break;

        default:
            return JNY_EXIT_DAMAGED;
        }
    }

    return code;
}


static void
jny_damage_duplicates(const jny_input_t *in, const char *cmd)
{
    uint64_t  n;

    n = jny_input_duplicates(in);

    if (n > 0) {
        fprintf(stderr, "journey %s: %" PRIu64 " block%s given twice, counted "
                "once\n", cmd, n, n == 1 ? "" : "s");
    }
}


int
jny_damage_say(const jny_input_t *in, const char *cmd)
{
    uint32_t             n;
    jny_buf_t            line;
    const jny_damage_t  *d;

    d = jny_input_damage(in, &n);
    jny_buf_init(&line);

    for (uint32_t i = 0; i < n; i++) {
        if (i == JNY_DAMAGE_LINES && n > i + 1) {
            fprintf(stderr, "journey %s: and %" PRIu32 " more places like "
                    "these; journey audit lists all\n", cmd, n - i);
            break;
        }

        jny_buf_reset(&line);
        jny_damage_line(&line, in, &d[i]);
        fprintf(stderr, "journey %s: %s\n", cmd,
                line.failed ? "out of memory" : line.data);
    }

    jny_buf_release(&line);

    jny_damage_duplicates(in, cmd);

    return jny_damage_code(in);
}


int
jny_damage_sum(const jny_input_t *in, const char *cmd)
{
    uint32_t  n;

    jny_input_damage(in, &n);

    if (n > 0) {
        fprintf(stderr, "journey %s: %" PRIu32 " damaged or incomplete "
                "place%s listed in the result\n",
                cmd, n, n == 1 ? " is" : "s are");
    }

    jny_damage_duplicates(in, cmd);

    return jny_damage_code(in);
}
