/*
 * damage.h - damage in words, and what it does to the exit code.
 */

#ifndef JNY_DAMAGE_H
#define JNY_DAMAGE_H

#include "base/buf.h"
#include "engine/input.h"


/*
 * One line without its end: "a.jny@4096: block checksum does not match, 1
 * block (212 events) skipped".  Safe for a terminal, whatever the file's name.
 */
void jny_damage_line(jny_buf_t *out, const jny_input_t *in,
    const jny_damage_t *d);

/*
 * Says all damage on stderr, each line behind "journey CMD: "; from a certain
 * number on only how many more there are.  Returns JNY_EXIT_OK, _DAMAGED or,
 * where blocks are missing but none is damaged, _GAP.
 */
int jny_damage_say(const jny_input_t *in, const char *cmd);

/* The same where the result lists the places: says how many there are. */
int jny_damage_sum(const jny_input_t *in, const char *cmd);

/* The exit code alone. */
int jny_damage_code(const jny_input_t *in);


#endif /* JNY_DAMAGE_H */
