/*
 * parser.h - one format of lines: how a line becomes a record.
 *
 *     open (once a file) -> parse* (any thread) -> close
 */

#ifndef JNY_PARSER_H
#define JNY_PARSER_H

#include "import/binding.h"


typedef struct {
    const char  *name;         /* of --input; NULL: a log_format string */

    /*
     * text is the log_format; head the file's first record, without its
     * newline, which parse() is not given where has_head is set.  b may gain
     * fields.  JNY_OK, JNY_ENOMEM, or JNY_EINVAL with diag: what is wrong and
     * how it is written right.  *state is closed by close(), which accepts
     * NULL.
     */
    int  (*open)(void **state, const char *text, jny_slice_t head,
        jny_binding_t *b, jny_diag_t *diag);
    void (*close)(void *state);

    /*
     * Reads one line, without its newline; may overwrite it.  rec is all
     * empty and receives what is named; it borrows from line.  JNY_OK;
     * JNY_END: the line says nothing (it is empty, or a comment); JNY_EDATA
     * with *why: static text.
     */
    int  (*parse)(const void *state, uint8_t *line, size_t len,
        jny_record_t *rec, const char **why);

    unsigned     has_head:1;   /* the first record names the columns */
    unsigned     quoted:1;     /* "..." may hold newlines (CSV) */
    unsigned     keyed:1;      /* each line names its columns (JSON): x_NAME
                                  are looked for beforehand */
} jny_parser_t;

extern const jny_parser_t  jny_parser_log, jny_parser_json, jny_parser_csv;

/*
 * The parser of --input, and in *text the log_format it is opened with (NULL:
 * none).  NULL with diag when there is no such format.
 */
const jny_parser_t *jny_parser_find(const char *input, const char **text,
    jny_diag_t *diag);

/*
 * In place: \xXX, \uXXXX (UTF-8; surrogates in pairs), \n, \t, \r, \b, \f, \v
 * and \ before any other byte, which stays.  What nginx (escape=default,
 * escape=json), Apache and JSON write, each a part of this.  Returns the
 * length.
 */
size_t jny_unescape(uint8_t *p, size_t len);


#endif /* JNY_PARSER_H */
