/*
 * cmd_audit.c - the ledger, writer by writer.
 */

#include "options.h"

#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#include "census.h"
#include "damage.h"
#include "ledger.h"
#include "render/document.h"
#include "render/text.h"


static int jny_audit_run(const jny_options_t *opt);


const jny_command_t  jny_cmd_audit = {
    "audit",
    "prove that no event is missing, writer by writer",
    "format output strict tz",
    "[options] LOG... [SPOOL...]",
    "A writer is one nginx worker process and one log.  For each it is shown\n"
    "that accepted = read + erased + dropped + damaged + missing + pending;\n"
    "accepted comes from the writer's own running numbers and read from the\n"
    "events that could be decoded.  What lies before a writer's first block,\n"
    "or after its last, is outside the set of files, and no loss.\n"
    "Spools (/run/journey/*.spool) may be given beside the logs: events that\n"
    "are not in a block yet then count as accepted and pending.\n"
    "A ledger that does not balance is exit status 3.\n",
    jny_audit_run
};


typedef struct {
    jny_ledger_t  ledger;
    jny_census_t  census;
    jny_spools_t  spools;
} jny_audit_t;


static int
jny_audit_block(void *ctx, const jny_session_t *s, const jny_block_ref_t *ref,
    const jny_block_t *blk)
{
    jny_audit_t  *audit;

    audit = ctx;

    if (jny_ledger_block(&audit->ledger, ref, blk) != JNY_OK) {
        return JNY_ENOMEM;
    }

    return jny_census_block(&audit->census, ref, blk);
}


static const char *
jny_audit_state(const jny_account_t *a)
{
    return a->final ? "closed" : "open";
}


static void
jny_audit_json_sums(jny_json_t *js, const jny_account_t *a)
{
    jny_json_uint(js, "blocks", a->blocks);
    jny_json_uint(js, "accepted", a->accepted);
    jny_json_uint(js, "read", a->read);
    jny_json_uint(js, "erased", a->erased);
    jny_json_uint(js, "dropped", a->dropped);
    jny_json_uint(js, "damaged", a->damaged);
    jny_json_uint(js, "damaged_blocks", a->damaged_blocks);
    jny_json_uint(js, "missing", a->missing);
    jny_json_uint(js, "gaps", a->gaps);
    jny_json_uint(js, "pending", a->pending);
    jny_json_uint(js, "unknown", a->unknown);
    jny_json_uint(js, "torn", a->torn);
    jny_json_bool(js, "balanced", a->balanced);
}


static void
jny_audit_json_writer(jny_json_t *js, const jny_account_t *a)
{
    char  id[20];

    snprintf(id, sizeof(id), "%016" PRIx64, a->writer);

    jny_json_object(js, NULL);
    jny_json_string(js, "writer", id);
    jny_json_string(js, "edge", a->edge);
    jny_json_uint(js, "first_seq", a->first_seq);
    jny_json_uint(js, "last_seq", a->last_seq);
    jny_json_uint(js, "before", a->first_base);
    jny_json_string(js, "state", jny_audit_state(a));
    jny_audit_json_sums(js, a);
    jny_json_object_end(js);
}


static void
jny_audit_json_damage(jny_json_t *js, const jny_input_t *in)
{
    char                      id[20];
    uint32_t                  n;
    const jny_damage_t       *d;
    static const char *const  kinds[] = { "header", "payload", "torn",
                                          "conflict", "gap", "foreign" };

    d = jny_input_damage(in, &n);

    jny_json_array(js, "damage");

    for (uint32_t i = 0; i < n; i++) {
        snprintf(id, sizeof(id), "%016" PRIx64, d[i].writer);

        jny_json_object(js, NULL);
        jny_json_string(js, "kind", kinds[d[i].kind]);
        jny_json_string(js, "file", jny_input_name(in, d[i].file));
        jny_json_uint(js, "offset", d[i].offset);
        jny_json_uint(js, "bytes", d[i].len);

        if (d[i].writer != 0) {
            jny_json_string(js, "writer", id);
            jny_json_uint(js, "seq", d[i].seq);
        }

        if (d[i].events_known) {
            jny_json_uint(js, "events", d[i].events);

        } else {
            jny_json_null(js, "events");
        }

        jny_json_string(js, "what", d[i].what);
        jny_json_object_end(js);
    }

    jny_json_array_end(js);
}


static void
jny_audit_json(jny_buf_t *out, const jny_session_t *s, const jny_ledger_t *l,
    const jny_document_t *doc)
{
    jny_json_t     js;
    jny_account_t  total;

    jny_ledger_total(l, &total);

    jny_json_init(&js, out, 2);
    jny_document_open(&js, doc);
    jny_json_string(&js, "balance", "accepted = read + erased + dropped "
                    "+ damaged + missing + pending");
    jny_document_input(&js, doc);

    jny_json_array(&js, "writers");

    for (uint32_t i = 0; i < l->n; i++) {
        jny_audit_json_writer(&js, &l->accounts[i]);
    }

    jny_json_array_end(&js);

    jny_json_object(&js, "total");
    jny_audit_json_sums(&js, &total);
    jny_json_object_end(&js);

    jny_audit_json_damage(&js, s->in);
    jny_document_close(&js);
}


static jny_slice_t
jny_audit_slice(const char *s)
{
    jny_slice_t  text;

    text.data = (const uint8_t *) s;
    text.len = strlen(s);

    return text;
}


static void
jny_audit_row(jny_table_t *t, const jny_account_t *a, const char *balance)
{
    jny_table_count(t, a->blocks);
    jny_table_count(t, a->accepted);
    jny_table_count(t, a->read);
    jny_table_count(t, a->dropped);
    jny_table_count(t, a->damaged);
    jny_table_count(t, a->missing);
    jny_table_count(t, a->erased);
    jny_table_count(t, a->pending);
    jny_table_str(t, balance);
}


static void
jny_audit_table(jny_buf_t *out, const jny_ledger_t *l,
    const jny_account_t *total)
{
    char                  id[20];
    jny_table_t           t;
    const jny_account_t  *a;

    jny_table_init(&t);
    jny_table_column(&t, "writer", JNY_LEFT, 0);
    jny_table_column(&t, "edge", JNY_LEFT, 24);
    jny_table_column(&t, "state", JNY_LEFT, 0);
    jny_table_column(&t, "blocks", JNY_RIGHT, 0);
    jny_table_column(&t, "accepted", JNY_RIGHT, 0);
    jny_table_column(&t, "= read", JNY_RIGHT, 0);
    jny_table_column(&t, "+ dropped", JNY_RIGHT, 0);
    jny_table_column(&t, "+ damaged", JNY_RIGHT, 0);
    jny_table_column(&t, "+ missing", JNY_RIGHT, 0);
    jny_table_column(&t, "+ erased", JNY_RIGHT, 0);
    jny_table_column(&t, "+ pending", JNY_RIGHT, 0);
    jny_table_column(&t, "ledger", JNY_LEFT, 0);

    for (uint32_t i = 0; i < l->n; i++) {
        a = &l->accounts[i];
        snprintf(id, sizeof(id), "%016" PRIx64, a->writer);

        jny_table_str(&t, id);
        jny_table_slice(&t, jny_audit_slice(a->edge));
        jny_table_str(&t, jny_audit_state(a));
        jny_audit_row(&t, a, a->balanced ? "balanced" : "NOT BALANCED");
    }

    jny_table_str(&t, "total");
    jny_table_str(&t, "");
    jny_table_str(&t, "");
    jny_audit_row(&t, total, total->balanced ? "balanced" : "NOT BALANCED");

    jny_table_print(&t, out);
    jny_table_release(&t);
}


static void
jny_audit_text(jny_buf_t *out, const jny_session_t *s, const jny_ledger_t *l,
    const jny_document_t *doc)
{
    uint32_t             n;
    jny_account_t        total;
    const jny_damage_t  *d;

    jny_ledger_total(l, &total);
    jny_audit_table(out, l, &total);

    d = jny_input_damage(s->in, &n);

    for (uint32_t i = 0; i < n; i++) {
        jny_buf_str(out, i == 0 ? "\n  " : "  ");
        jny_damage_line(out, s->in, &d[i]);
        jny_buf_char(out, '\n');
    }

    jny_document_foot(out, doc);
    jny_document_line(out, "closed", "the writer ended its log; open: it still "
                      "writes, or its end is not in these files");
}


static int
jny_audit_print(void *ctx, const jny_session_t *s)
{
    int                  rc;
    jny_buf_t            out;
    jny_audit_t         *audit;
    jny_ledger_t        *l;
    jny_document_t       doc;
    jny_input_summary_t  sum;

    audit = ctx;
    l = &audit->ledger;
    rc = JNY_OK;

    for (unsigned i = 0; rc == JNY_OK && i < audit->spools.n; i++) {
        rc = jny_ledger_spool(l, &audit->spools.items[i]);
    }

    if (rc == JNY_OK) {
        rc = jny_ledger_close(l, s->in);
    }

    if (rc != JNY_OK) {
        return rc;
    }

    jny_ledger_summary(l, s->in, &sum);
    jny_census_summary(&audit->census, &sum);

    doc.command = s->cmd->name;
    doc.tz = s->opt->tz;
    doc.plan = &s->plan;
    doc.facts = NULL;
    doc.input = &sum;

    jny_buf_init(&out);

    if (s->opt->format == JNY_FORMAT_JSON) {
        jny_audit_json(&out, s, l, &doc);

    } else {
        jny_audit_text(&out, s, l, &doc);
    }

    rc = jny_session_write(s, &out);
    jny_buf_release(&out);

    return rc;
}


static int
jny_audit_read(const jny_options_t *opt, jny_audit_t *audit)
{
    int                        rc;
    unsigned                   i;
    const char                *failed;
    jny_diag_t                 diag;
    jny_options_t              logs;
    static const jny_reader_t  reader = { jny_audit_block, jny_audit_print, 1 };

    for (i = 0; i < opt->nlogs; i++) {
        rc = jny_session_spares(&jny_cmd_audit, opt, opt->logs[i]);

        if (rc != JNY_EXIT_OK) {
            return rc;
        }
    }

    logs = *opt;
    rc = jny_spools_take(&audit->spools, logs.logs, &logs.nlogs, &failed,
                         &diag);

    if (rc == JNY_OK) {
        return jny_session_read(&jny_cmd_audit, &logs, &reader, audit);
    }

    if (rc == JNY_ENOMEM) {
        fprintf(stderr, "journey audit: %s\n", jny_strerror(rc));

    } else {
        fprintf(stderr, "journey audit: %s: %s\n", failed, diag.what);
    }

    return JNY_EXIT_FAILED;
}


static int
jny_audit_run(const jny_options_t *opt)
{
    int          code;
    jny_audit_t  audit;

    memset(&audit, 0, sizeof(audit));
    jny_ledger_init(&audit.ledger);

    if (jny_census_init(&audit.census) == JNY_OK) {
        code = jny_audit_read(opt, &audit);

    } else {
        fprintf(stderr, "journey audit: %s\n", jny_strerror(JNY_ENOMEM));
        code = JNY_EXIT_FAILED;
    }

    if ((code == JNY_EXIT_OK || code == JNY_EXIT_GAP)
        && !jny_ledger_balanced(&audit.ledger))
    {
        fprintf(stderr, "journey audit: the ledger does not balance\n");
        code = JNY_EXIT_DAMAGED;
    }

    jny_spools_release(&audit.spools);
    jny_census_release(&audit.census);
    jny_ledger_release(&audit.ledger);

    return code;
}
