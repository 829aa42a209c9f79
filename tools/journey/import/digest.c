/*
 * digest.c - XXH3 (Collet 2019): as fast as memory, so that reading a file
 * twice costs little.  Nobody gains by a collision: it would take a log of
 * one's own choosing, to the byte.
 */

#define XXH_INLINE_ALL

#include "import/digest.h"

#include <stdlib.h>
#include <string.h>
#include <xxhash.h>


#define JNY_DIGEST_READ  (1024 * 1024)
#define JNY_DIGEST_KEEP  64    /* a name that lies across two reads */


/* The names "x_..." in len bytes that begin before last. */

static int
jny_digest_fields(jny_binding_t *b, const uint8_t *p, size_t len, size_t last)
{
    size_t          n;
    const uint8_t  *at, *end;

    end = p + len;

    while ((at = memmem(p, (size_t) (end - p), "\"x_", 3)) != NULL) {

        p = at + 1;

        if (at >= end - len + last) {
            return JNY_OK;
        }

        for (n = 0; p + n < end && p[n] != '"' && n < JNY_DIGEST_KEEP; n++) {
            /* void */
        }

        at = p + n;

        if (at < end && *at == '"') {
            for (at++; at < end && *at == ' '; at++) {
                /* void */
            }

            if (at < end && *at == ':'
                && jny_binding_add(b, (const char *) p, n) == JNY_ENOMEM)
            {
                return JNY_ENOMEM;
            }
        }
    }

    return JNY_OK;
}


int
jny_digest_stream(jny_digest_t *d, jny_intake_t *st, jny_binding_t *fields,
    jny_diag_t *diag)
{
    int                     rc, rc_fields;
    size_t                  got, kept;
    uint8_t                *buf;
    XXH3_state_t           *xxh;
    XXH128_canonical_t      canonical;

    memset(d, 0, sizeof(*d));
    buf = malloc(JNY_DIGEST_KEEP + JNY_DIGEST_READ);
    xxh = XXH3_createState();

    if (buf == NULL || xxh == NULL) {
        free(buf);
        XXH3_freeState(xxh);
        return JNY_ENOMEM;
    }

    (void) XXH3_128bits_reset(xxh);
    kept = 0;

    do {
        rc = jny_intake_read(st, buf + kept, JNY_DIGEST_READ, &got, diag);
        (void) XXH3_128bits_update(xxh, buf + kept, got);
        d->length += got;

        if (fields != NULL) {
            rc_fields = jny_digest_fields(fields, buf, kept + got,
                                          got < JNY_DIGEST_READ
                                              ? kept + got
                                              : kept + got - JNY_DIGEST_KEEP);

            if (rc_fields != JNY_OK) {
                rc = rc_fields;
            }

            if (kept + got >= JNY_DIGEST_KEEP) {
                memmove(buf, buf + kept + got - JNY_DIGEST_KEEP,
                        JNY_DIGEST_KEEP);
                kept = JNY_DIGEST_KEEP;
            }
        }

    } while (rc == JNY_OK && got == JNY_DIGEST_READ);

    XXH128_canonicalFromHash(&canonical, XXH3_128bits_digest(xxh));
    memcpy(d->hash, canonical.digest, sizeof(d->hash));

    XXH3_freeState(xxh);
    free(buf);

    return rc;
}
