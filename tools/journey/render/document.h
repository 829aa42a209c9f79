/*
 * document.h - what all documents of the tool share: the head of the JSON
 * ("command", "version", "definitions", "input") and the foot of the text,
 * which says the same in words.
 *
 *     js:    jny_document_open -> own definitions -> jny_document_input
 *            -> own members -> jny_document_close
 */

#ifndef JNY_DOCUMENT_H
#define JNY_DOCUMENT_H

#include "engine/run.h"
#include "render/json.h"


typedef struct {
    const char                 *command;
    const char                 *tz;        /* printed with the period */
    const jny_plan_t           *plan;      /* as run */
    const jny_facts_t          *facts;     /* NULL: command without journeys */
    const jny_input_summary_t  *input;
} jny_document_t;


/* Opens the document and "definitions", which stays open for more. */
void jny_document_open(jny_json_t *js, const jny_document_t *doc);

/*
 * Closes "definitions", writes "input" and, where there are journeys,
 * "nothing": why nothing was counted, or null.
 */
void jny_document_input(jny_json_t *js, const jny_document_t *doc);
void jny_document_close(jny_json_t *js);

/*
 * Text: one "name   words" line of the foot; names are padded alike.  Words
 * are ours; what holds logged text or an argument goes through
 * jny_text_slice() first.
 */
void jny_document_line(jny_buf_t *out, const char *name, const char *words);

/*
 * Why nothing was counted, in one sentence; 0, and nothing written, when there
 * are events in journeys that pass --where.  doc->facts is not NULL.
 */
int jny_document_nothing(jny_buf_t *out, const jny_document_t *doc);

/* The common definitions and sample sizes, headed by an empty line. */
void jny_document_foot(jny_buf_t *out, const jny_document_t *doc);


#endif /* JNY_DOCUMENT_H */
