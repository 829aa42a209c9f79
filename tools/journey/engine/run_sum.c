/*
 * run_sum.c - from the input's list of damage, and from headers.
 */

#include "engine/run_sum.h"


static void
jny_run_damage(jny_input_summary_t *s, const jny_input_t *in)
{
    uint32_t             i, n;
    const jny_damage_t  *d;

    d = jny_input_damage(in, &n);

    for (i = 0; i < n; i++) {

        if (d[i].kind == JNY_DAMAGE_TORN) {
            continue;
        }

        s->gaps += d[i].kind == JNY_DAMAGE_GAP;
        s->damaged_blocks += d[i].kind != JNY_DAMAGE_GAP;
        s->lost_events += d[i].events;
        s->lost_unknown += !d[i].events_known;
    }
}


/* What the logs cover, from their headers. */
static void
jny_run_cover(jny_input_summary_t *s, const jny_scan_t *scan)
{
    uint32_t             i;
    const jny_header_t  *h;

    for (i = 0; i < scan->nrefs; i++) {
        h = &scan->refs[i].header;

        if (h->nevents == 0) {
            continue;
        }

        if (s->logs_events == 0 || h->t_min_ms < s->logs_from_ms) {
            s->logs_from_ms = h->t_min_ms;
        }

        if (s->logs_events == 0 || h->t_max_ms > s->logs_to_ms) {
            s->logs_to_ms = h->t_max_ms;
        }

        s->logs_events += h->nevents;
    }
}


void
jny_run_sum(jny_input_summary_t *s, const jny_scan_t *scan)
{
    s->files = jny_input_files(scan->in);
    s->duplicate_blocks = jny_input_duplicates(scan->in);
    s->dropped_events = jny_input_dropped(scan->in);
    jny_run_damage(s, scan->in);
    jny_run_cover(s, scan);
}
