/*
 * utf8.h - one code point at a time out of bytes nobody vouches for.
 */

#ifndef JNY_BASE_UTF8_H
#define JNY_BASE_UTF8_H

#include <stddef.h>
#include <stdint.h>


/*
 * The length (1 to 4) of the code point at p, its value in *cp; 0 when the
 * bytes there are not valid UTF-8 (RFC 3629: shortest form, no surrogates,
 * at most U+10FFFF).  n is at least 1.
 */
size_t jny_utf8_next(const uint8_t *p, size_t n, uint32_t *cp);


#endif /* JNY_BASE_UTF8_H */
