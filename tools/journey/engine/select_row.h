/*
 * select_row.h - selectors on a single row that is in no block yet: the rules
 * of journey.yaml while logs are imported.
 */

#ifndef JNY_SELECT_ROW_H
#define JNY_SELECT_ROW_H

#include "engine/select.h"


/*
 * Whether row matches.  Stages are those of the log to be, for bare words;
 * fields the names of row->field, without x_.  As for `journey cat` there is
 * no session: the tags of the row itself count.  Any thread.
 */
int jny_selector_match_row(const jny_selector_t *sel, const jny_row_t *row,
    const jny_slice_t *stages, unsigned nstages, const jny_slice_t *fields,
    unsigned nfields);


#endif /* JNY_SELECT_ROW_H */
