/*
 * text.h - figures and tables for people.  Everything is appended to a
 * jny_buf_t, whose sticky error is the result.
 *
 * Logged text is the attacker's: it enters only as a jny_slice_t, through
 * jny_text_slice() or jny_table_slice(), which let no control character,
 * escape sequence, direction override or broken UTF-8 reach a terminal (they
 * are written %XX).  A column is as wide as it has code points.
 */

#ifndef JNY_TEXT_H
#define JNY_TEXT_H

#include <stdint.h>

#include "base/buf.h"
#include "jny_types.h"


/* At most max code points, the last one "…" when cut; 0 = no limit. */
void jny_text_slice(jny_buf_t *b, jny_slice_t s, unsigned max);

void jny_text_count(jny_buf_t *b, uint64_t v);          /* 1,234,567 */
void jny_text_signed(jny_buf_t *b, int64_t v);          /* -1,234 */
void jny_text_percent(jny_buf_t *b, double ratio);      /* 0.5 -> 50.0%;
                                                           NaN -> - */
void jny_text_ratio(jny_buf_t *b, uint64_t k, uint64_t n);  /* percent of n;
                                                               n = 0 -> - */
void jny_text_duration(jny_buf_t *b, int64_t ms);       /* 3d 4h, 12m 30s,
                                                           850ms */
void jny_text_money(jny_buf_t *b, int64_t value_e4);    /* 1,234.50 */
void jny_text_bytes(jny_buf_t *b, uint64_t n);          /* 12.3 MB */
void jny_text_time(jny_buf_t *b, int64_t ms);           /* 2024-05-01 13:45:10,
                                                           zone in force */
/* Code points of text; bytes that are no UTF-8 count one each. */
unsigned jny_text_width(const char *p, size_t n);


typedef enum {
    JNY_LEFT,
    JNY_RIGHT
} jny_align_e;

#define JNY_TABLE_MAX_COLUMNS  16

/*
 *     init -> column* -> (cells, row by row)* -> print -> release
 *
 * Cells fill a row from left to right and wrap to the next row; the first
 * cell of the table opens the first row.
 */
typedef struct {
    unsigned     ncolumns;
    const char  *heads[JNY_TABLE_MAX_COLUMNS];    /* borrowed */
    jny_align_e  align[JNY_TABLE_MAX_COLUMNS];
    unsigned     max[JNY_TABLE_MAX_COLUMNS];
    jny_buf_t    text;         /* the cells, one NUL behind each */
    size_t       ncells;
} jny_table_t;

void jny_table_init(jny_table_t *t);
void jny_table_release(jny_table_t *t);

/* max: code points after which slices are cut, 0 = never. */
void jny_table_column(jny_table_t *t, const char *head, jny_align_e align,
    unsigned max);

void jny_table_slice(jny_table_t *t, jny_slice_t s);
void jny_table_str(jny_table_t *t, const char *s);      /* our own words only */
void jny_table_cell(jny_table_t *t, jny_buf_t *b);      /* b is emptied */
void jny_table_count(jny_table_t *t, uint64_t v);
void jny_table_percent(jny_table_t *t, double ratio);
void jny_table_ratio(jny_table_t *t, uint64_t k, uint64_t n);
void jny_table_duration(jny_table_t *t, int64_t ms);
void jny_table_money(jny_table_t *t, int64_t value_e4);

/*
 * Appends heads and rows, each line indented by two blanks.  A table without
 * rows prints its heads only.
 */
void jny_table_print(jny_table_t *t, jny_buf_t *out);


#endif /* JNY_TEXT_H */
