/*
 * report.h - the report's page: one offline file, the data as JSON inside,
 * drawn by the script it carries.
 */

#ifndef JNY_RENDER_REPORT_H
#define JNY_RENDER_REPORT_H

#include "base/buf.h"


/* The page around its data; made from render/page by tools/embed-page.sh. */
extern const char  jny_page_head[];
extern const char  jny_page_tail[];

/*
 * Appends the page around one JSON document.  The document must come from
 * json.h: it writes "<", ">" and "&" as \u00XX, so that no logged text can end
 * the script element.
 */
void jny_report_html(jny_buf_t *out, const jny_buf_t *json);


#endif /* JNY_RENDER_REPORT_H */
