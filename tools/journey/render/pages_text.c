/*
 * pages_text.c - page comparisons for people: what stands out first, and what
 * could not have been seen beside it.
 */

#include "render/pages.h"

#include <math.h>

#include "render/document.h"
#include "render/text.h"


#define PAGES_PAGE_LEN      32
#define PAGES_CAMPAIGN_LEN  18


static void pages_text_young(jny_buf_t *out, const jny_pages_view_t *v);
static void pages_text_plural(jny_buf_t *out, uint64_t n, const char *word);
static void pages_text_rows(jny_buf_t *out, const jny_pages_view_t *v);
static void pages_text_across(jny_buf_t *out, const jny_pages_view_t *v);
static void pages_text_lift(jny_table_t *t, double lift, jny_interval_t i);
static void pages_text_signed(jny_buf_t *b, double ratio);
static void pages_text_verdict(jny_table_t *t, jny_pages_verdict_e verdict);
static void pages_text_more(jny_buf_t *out, uint32_t n, uint32_t top);
static void pages_text_flush(jny_buf_t *out, const char *name, jny_buf_t *b);


void
jny_pages_text(jny_buf_t *out, const jny_pages_view_t *v)
{
    jny_pages_headline(out, v);
    jny_buf_str(out, v->pages->nrows > 0 ? "\n\n" : "\n");

    if (v->pages->nrows > 0) {
        pages_text_rows(out, v);
    }

    if (v->pages->nacross > 0) {
        jny_buf_str(out, "\nThe viewers of a page under one campaign against "
                         "its viewers under the others:\n\n");
        pages_text_across(out, v);
    }
}


void
jny_pages_headline(jny_buf_t *out, const jny_pages_view_t *v)
{
    uint32_t            i, found = 0;
    const jny_pages_t  *p = v->pages;

    if (p->nrows == 0) {
        jny_buf_str(out, "No pages: nobody saw one before a conversion.");
        return;
    }

    for (i = 0; i < p->nrows; i++) {
        found += p->rows[i].verdict == JNY_PAGES_BETTER
                 || p->rows[i].verdict == JNY_PAGES_WORSE;
    }

    if (p->tests == 0 && p->still_open > p->views) {
        pages_text_young(out, v);
        return;
    }

    if (p->tests == 0) {
        jny_buf_str(out, "Too few to compare: ");
        pages_text_plural(out, p->visitors, "visitor");
        jny_buf_char(out, '.');
        return;
    }

    pages_text_plural(out, p->tests, "comparison");
    jny_buf_str(out, " among ");
    pages_text_plural(out, p->visitors, "visitor");
    jny_buf_str(out, ": ");

    if (found == 0) {
        jny_buf_str(out, "none stands out");

    } else {
        jny_text_count(out, found);
        jny_buf_str(out, (found == 1) ? " stands out" : " stand out");
    }

    jny_buf_str(out, ". An association, not a proof.");
}


/* The log, not the shop, is what has too little. */
static void
pages_text_young(jny_buf_t *out, const jny_pages_view_t *v)
{
    jny_buf_str(out, "Too young to compare: visitors are followed for ");
    jny_text_duration(out, v->conf->horizon_ms);
    jny_buf_str(out, " after a first view, and the log covers ");
    jny_text_duration(out, v->covered_ms);
    jny_buf_str(out, "; ");
    jny_text_count(out, v->pages->still_open);
    jny_buf_str(out, " of ");
    pages_text_plural(out, v->pages->still_open + v->pages->views,
        "first view");
    jny_buf_str(out, " are still open: use a shorter --horizon.");
}


static void
pages_text_plural(jny_buf_t *out, uint64_t n, const char *word)
{
    jny_text_count(out, n);
    jny_buf_printf(out, (n == 1) ? " %s" : " %ss", word);
}


static void
pages_text_rows(jny_buf_t *out, const jny_pages_view_t *v)
{
    uint32_t                i;
    jny_buf_t               b;
    jny_table_t             t;
    const jny_pages_row_t  *row;

    jny_buf_init(&b);
    jny_table_init(&t);
    jny_table_column(&t, "page", JNY_LEFT, PAGES_PAGE_LEN);
    jny_table_column(&t, "campaign", JNY_LEFT, PAGES_CAMPAIGN_LEN);
    jny_table_column(&t, "viewers", JNY_RIGHT, 0);
    jny_table_column(&t, "convert", JNY_RIGHT, 0);
    jny_table_column(&t, "matched", JNY_RIGHT, 0);
    jny_table_column(&t, "lift", JNY_RIGHT, 0);
    jny_table_column(&t, "95% interval", JNY_RIGHT, 0);
    jny_table_column(&t, "visible from", JNY_RIGHT, 0);
    jny_table_column(&t, "verdict", JNY_LEFT, 0);

    for (i = 0; i < v->pages->nrows && i < v->top; i++) {
        row = &v->pages->rows[i];

        jny_table_slice(&t, row->page);
        jny_table_slice(&t, row->campaign);
        jny_table_count(&t, row->visitors);
        jny_table_percent(&t, row->rate);
        jny_table_percent(&t, row->baseline);
        pages_text_lift(&t, row->lift, row->lift_interval);

        pages_text_signed(&b, row->detectable);
        jny_table_cell(&t, &b);

        pages_text_verdict(&t, row->verdict);
    }

    jny_table_print(&t, out);
    pages_text_more(out, v->pages->nrows, v->top);
    jny_table_release(&t);
    jny_buf_release(&b);
}


static void
pages_text_across(jny_buf_t *out, const jny_pages_view_t *v)
{
    uint32_t                   i;
    jny_table_t                t;
    const jny_pages_across_t  *row;

    jny_table_init(&t);
    jny_table_column(&t, "page", JNY_LEFT, PAGES_PAGE_LEN);
    jny_table_column(&t, "campaign", JNY_LEFT, PAGES_CAMPAIGN_LEN);
    jny_table_column(&t, "viewers", JNY_RIGHT, 0);
    jny_table_column(&t, "convert", JNY_RIGHT, 0);
    jny_table_column(&t, "others", JNY_RIGHT, 0);
    jny_table_column(&t, "convert", JNY_RIGHT, 0);
    jny_table_column(&t, "lift", JNY_RIGHT, 0);
    jny_table_column(&t, "95% interval", JNY_RIGHT, 0);
    jny_table_column(&t, "verdict", JNY_LEFT, 0);

    for (i = 0; i < v->pages->nacross && i < v->top; i++) {
        row = &v->pages->across[i];

        jny_table_slice(&t, row->page);
        jny_table_slice(&t, row->campaign);
        jny_table_count(&t, row->visitors);
        jny_table_percent(&t, row->rate);
        jny_table_count(&t, row->others);
        jny_table_percent(&t, row->others_rate);
        pages_text_lift(&t, row->lift, row->lift_interval);
        pages_text_verdict(&t, row->verdict);
    }

    jny_table_print(&t, out);
    pages_text_more(out, v->pages->nacross, v->top);
    jny_table_release(&t);
}


/* Two cells: the lift and its interval. */
static void
pages_text_lift(jny_table_t *t, double lift, jny_interval_t i)
{
    jny_buf_t  b;

    jny_buf_init(&b);
    pages_text_signed(&b, lift);
    jny_table_cell(t, &b);

    if (isnan(i.lo)) {
        jny_buf_char(&b, '-');

    } else {
        pages_text_signed(&b, i.lo);
        jny_buf_str(&b, " to ");
        pages_text_signed(&b, i.hi);
    }

    jny_table_cell(t, &b);
    jny_buf_release(&b);
}


/* +12%, -3%, 0%, +640%; - if unknown; no bound: any. */
static void
pages_text_signed(jny_buf_t *b, double ratio)
{
    if (isnan(ratio)) {
        jny_buf_char(b, '-');

    } else if (isinf(ratio)) {
        jny_buf_str(b, "any");

    } else if (fabs(100 * ratio) <= 0.5) {
        jny_buf_str(b, "0%");

    } else {
        jny_buf_printf(b, "%+.0f%%", 100 * ratio);
    }
}


static void
pages_text_verdict(jny_table_t *t, jny_pages_verdict_e verdict)
{
    switch (verdict) {

    case JNY_PAGES_BETTER:
        jny_table_str(t, "\xe2\x96\xb2 better");
        return;

    case JNY_PAGES_WORSE:
        jny_table_str(t, "\xe2\x96\xbc worse");
        return;

    default:
        jny_table_str(t, jny_pages_verdict(verdict));
    }
}


static void
pages_text_more(jny_buf_t *out, uint32_t n, uint32_t top)
{
    if (n > top) {
        jny_buf_str(out, "  ... ");
        jny_text_count(out, n - top);
        jny_buf_str(out, " more (--top)\n");
    }
}


void
jny_pages_text_define(jny_buf_t *out, const jny_pages_view_t *v)
{
    jny_buf_t           b;
    const jny_pages_t  *p = v->pages;

    jny_buf_init(&b);
    jny_buf_char(out, '\n');

    jny_buf_str(&b, "share converting within ");
    jny_text_duration(&b, v->conf->horizon_ms);
    jny_buf_str(&b, " after the first view of the page");
    pages_text_flush(out, "convert", &b);

    jny_document_line(out, "matched",
        "of others at a like moment, the page not yet seen: same campaign,");
    jny_document_line(out, "",
        "stage, views since it began and views before, turning to a new page");
    jny_document_line(out, "verdict",
        "better, worse: Benjamini-Hochberg q < 0.05 over all comparisons");
    jny_document_line(out, "interval",
        "of one comparison alone: of many, some leave out 0 by chance, which");
    jny_document_line(out, "",
        "the verdict is corrected for, and then says no clear difference");
    jny_document_line(out, "viewers",
        "with matched others, and followed to the end of that time");

    jny_buf_str(&b, "one a row, where there is enough to compare: ");
    jny_text_count(&b, p->tests);
    jny_buf_str(&b, " of ");
    pages_text_plural(&b, p->nrows, "row");
    pages_text_flush(out, "comparisons", &b);

    jny_buf_printf(&b, "under %u viewers or matched others, or under %u "
        "conversions of", JNY_PAGES_MIN_VISITORS, JNY_PAGES_MIN_CONVERSIONS);
    pages_text_flush(out, "too few", &b);
    jny_document_line(out, "",
        "the viewers and equally many others, as there are or are expected");

    jny_document_line(out, "visible from",
        "a lift this large is found 4 times in 5");
    jny_document_line(out, "meaning",
        "association, not proof; a page that is itself a step is ahead");

    jny_text_count(&b, p->views);
    jny_buf_str(&b, " first views compared, ");
    jny_text_count(&b, p->still_open);
    jny_buf_str(&b, " too young: still open");
    pages_text_flush(out, "sample", &b);

    if (p->cut > 0) {
        jny_text_count(&b, p->cut);
        jny_buf_printf(&b, " visitors with over %u pages: the first count",
            JNY_PAGES_MAX_VIEWS);
        pages_text_flush(out, "cut", &b);
    }

    jny_buf_release(&b);
}


static void
pages_text_flush(jny_buf_t *out, const char *name, jny_buf_t *b)
{
    if (b->failed) {
        out->failed = 1;
        return;
    }

    jny_document_line(out, name, b->data ? b->data : "");
    jny_buf_reset(b);
}
