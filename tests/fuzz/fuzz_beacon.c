/*
 * fuzz_beacon.c - a beacon's body and a mail's token of any bytes, as they
 * come from strangers: nothing is read or written outside, what is accepted is
 * within its limits, and no token is without a key.
 */

#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "ngx_http_journey_form.h"
#include "ngx_http_journey_token.h"


int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);


static const ngx_http_journey_form_names_t  fuzz_names = {
    .stages = { { (const uint8_t *) "look", 4 },
                { (const uint8_t *) "buy", 3 } },
    .nstages = 2,
    .fields = { { (const uint8_t *) "seat", 4 } },
    .nfields = 1,
};


/* An accepted text lies in the form and is not too long. */
static void
fuzz_text(jny_slice_t s, const uint8_t *form, size_t size)
{
    if (s.len != 0
        && (s.len > JNY_MAX_TEXT || s.data < form
            || s.data + s.len > form + size))
    {
        abort();
    }
}


static void
fuzz_form(const uint8_t *data, size_t size)
{
    int         rc;
    uint8_t    *form;
    jny_row_t   row;

    form = malloc(size ? size : 1);
    if (form == NULL) {
        return;
    }

    if (size != 0) {
        memcpy(form, data, size);
    }

    rc = ngx_http_journey_form_parse(form, size, &fuzz_names, &row);

    if (rc >= (int) NGX_HTTP_JOURNEY_REJECT_COUNT || rc < -1) {
        abort();
    }

    if (rc == -1) {
        for (unsigned i = 0; i < JNY_TEXT_COUNT; i++) {
            fuzz_text(row.text[i], form, size);
        }

        fuzz_text(row.field[0], form, size);

        if (row.score_e2 < 0 || row.score_e2 > 1000
            || row.text[JNY_TEXT_STAGE].len > 4
            || row.text[JNY_TEXT_CURRENCY].len > 3 || row.flags != 0)
        {
            abort();
        }
    }

    free(form);
}


int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    uint8_t                   secret[NGX_HTTP_JOURNEY_KEY_LEN] = { 1 };
    ngx_http_journey_keys_t   keys = { 0 };
    ngx_http_journey_token_t  token;

    fuzz_form(data, size);

    (void) ngx_http_journey_keys_add(&keys, secret);

    if (ngx_http_journey_token_read(&keys, data, size, 0, &token)
        != NGX_HTTP_JOURNEY_TOKEN_INVALID)
    {
        abort();
    }

    return 0;
}
