/*
 * digest.h - what a file is: a hash of its content, and the names of custom
 * fields that its lines use.
 */

#ifndef JNY_DIGEST_H
#define JNY_DIGEST_H

#include "import/binding.h"
#include "import/intake.h"


typedef struct {
    uint64_t  length;          /* bytes, unpacked */
    uint8_t   hash[16];        /* XXH3, 128 bits, canonical */
} jny_digest_t;


/*
 * Reads st to its end.  fields (may be NULL) gains every x_NAME that stands as
 * a name in JSON.  JNY_OK, JNY_ENOMEM, or a code of jny_intake_read() with
 * diag; d is that of the bytes before.
 */
int jny_digest_stream(jny_digest_t *d, jny_intake_t *st,
    jny_binding_t *fields, jny_diag_t *diag);


#endif /* JNY_DIGEST_H */
