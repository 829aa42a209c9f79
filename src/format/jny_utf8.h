/*
 * jny_utf8.h - text of a log is valid UTF-8 (RFC 3629); bytes that are not
 * are written %XX.  Private.
 */

#ifndef JNY_UTF8_H
#define JNY_UTF8_H

#include "jny_types.h"


/* The length of the longest valid prefix. */
size_t jny_utf8_valid(jny_slice_t s);

/*
 * Writes s to out, at most max bytes: invalid bytes as %XX (upper case), cut
 * where the next character or %XX no longer fits whole.  Returns the length.
 * Reads no further than it can write.
 */
size_t jny_utf8_clean(jny_slice_t s, uint8_t *out, size_t max);


#endif /* JNY_UTF8_H */
