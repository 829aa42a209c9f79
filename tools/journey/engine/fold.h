/*
 * fold.h - campaign texts as one value: trimmed, and without regard to case.
 */

#ifndef JNY_FOLD_H
#define JNY_FOLD_H

#include "jny_types.h"


/* Without blanks and control bytes at the ends. */
jny_slice_t jny_fold_trim(jny_slice_t s);

/*
 * Writes s in lower case to out, which has room for s.len bytes; the length
 * never changes.  Latin, Greek and Cyrillic letters that UTF-8 writes in two
 * bytes are folded too (Unicode, CaseFolding.txt, simple mappings); other
 * scripts stay.
 */
void jny_fold_lower(jny_slice_t s, char *out);


#endif /* JNY_FOLD_H */
