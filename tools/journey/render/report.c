/*
 * report.c - see report.h.
 */

#include "render/report.h"


void
jny_report_html(jny_buf_t *out, const jny_buf_t *json)
{
    jny_buf_str(out, jny_page_head);
    jny_buf_add(out, json->data, json->len);
    jny_buf_str(out, jny_page_tail);

    if (json->failed) {
        out->failed = 1;
    }
}
