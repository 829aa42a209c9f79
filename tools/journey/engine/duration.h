/*
 * duration.h - durations as people write them.
 */

#ifndef JNY_DURATION_H
#define JNY_DURATION_H

#include <stdint.h>

#include "jny_types.h"


/*
 * "30d", "12h", "90m", "10s", "500ms", "1d12h" to ms.  JNY_OK, or JNY_EINVAL
 * with diag: what is wrong and how it is written right, offset = byte in text.
 */
int jny_duration_parse(const char *text, int64_t *ms, jny_diag_t *diag);


#endif /* JNY_DURATION_H */
