/*
 * pages.h - page comparisons as JSON members and as text.
 */

#ifndef JNY_RENDER_PAGES_H
#define JNY_RENDER_PAGES_H

#include "analysis/pages.h"
#include "render/json.h"


/* What a result was made with, all borrowed. */
typedef struct {
    const jny_pages_t       *pages;
    const jny_pages_conf_t  *conf;
    uint32_t                 top;    /* rows to show of each table */
    int64_t                  covered_ms;  /* from the logs' first event to
                                             the last */
} jny_pages_view_t;


/* Members of "definitions". */
void jny_pages_json_define(jny_json_t *js, const jny_pages_view_t *v);

/* "headline", "totals", "rows"; with --across "across" and "homogeneity". */
void jny_pages_json(jny_json_t *js, const jny_pages_view_t *v);

/* What was found, or why nothing was, in one line without its end. */
void jny_pages_headline(jny_buf_t *out, const jny_pages_view_t *v);

/* Headline and tables; then what the figures mean, as lines of the foot. */
void jny_pages_text(jny_buf_t *out, const jny_pages_view_t *v);
void jny_pages_text_define(jny_buf_t *out, const jny_pages_view_t *v);


#endif /* JNY_RENDER_PAGES_H */
