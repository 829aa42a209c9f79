/*
 * fuzz_model.c - a model file of any bytes is refused with a place, or it is
 * what its header says.
 */

#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "model.h"


int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);


static void
fuzz_require(int condition)
{
    if (!condition) {
        abort();
    }
}


int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    int          rc;
    jny_diag_t   diag;
    jny_model_t  model;

    memset(&diag, 0, sizeof(diag));
    rc = jny_model_parse(&model, "m.yaml", data, size, &diag);

    fuzz_require(rc == JNY_OK
                 || (rc == JNY_EINVAL
                     && strncmp(diag.what, "m.yaml:", 7) == 0));
    fuzz_require(model.nstages <= JNY_MAX_STAGES);

    for (unsigned i = 0; rc == JNY_OK && i < model.nrules; i++) {
        fuzz_require(model.rules[i].when != NULL
                     && (model.rules[i].stage.len != 0
                         || model.rules[i].touchpoint.len != 0
                         || model.rules[i].ignore));
    }

    jny_model_release(&model);

    return 0;
}
