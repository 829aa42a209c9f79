/*
 * jny_types.c - words for codes, and diagnostics.
 *
 * vsnprintf() is the one stdio function of the library: it formats into the
 * caller's jny_diag_t and touches no stream.
 */

#include "jny_types.h"

#include <stdarg.h>
#include <stdio.h>


const char *
jny_strerror(int rc)
{
    switch (rc) {
    case JNY_OK:
        return "success";
    case JNY_END:
        return "end of data";
    case JNY_ENOMEM:
        return "out of memory";
    case JNY_EINVAL:
        return "invalid argument";
    case JNY_ETRUNC:
        return "truncated";
    case JNY_EHEADER:
        return "no valid block header";
    case JNY_ECRC:
        return "checksum does not match";
    case JNY_EDATA:
        return "invalid data";
    case JNY_ELIMIT:
        return "limit reached";
    case JNY_EIO:
        return "input/output error";
    default:
        return "unknown error";
    }
}


void
jny_diag_set(jny_diag_t *diag, uint64_t offset, const char *fmt, ...)
{
    va_list  args;

    if (diag == NULL) {
        return;
    }

    diag->offset = offset;

    va_start(args, fmt);
    (void) vsnprintf(diag->what, sizeof(diag->what), fmt, args);
    va_end(args);
}
