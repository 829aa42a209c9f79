/*
 * identity.h - whose line it is: 64 bits from a cookie, a login, a visitor's
 * name or an address.
 *
 * Names and foreign cookies are hashed with SipHash-2-4 (Aumasson and
 * Bernstein 2012).  Without a key file the key is public and always the same:
 * files imported apart join each other, and who knows a name can find its
 * hash.  Addresses are few enough to be tried one by one, so theirs never is:
 * without a key file it comes out of the content of the imported files.
 */

#ifndef JNY_IDENTITY_H
#define JNY_IDENTITY_H

#include "import/memo.h"
#include "import/record.h"
#include "ngx_http_journey_keyring.h"


#define JNY_IDENTITY_SOURCES  8

typedef enum {
    JNY_BY_VISITOR,            /* the column "visitor" */
    JNY_BY_COOKIE,
    JNY_BY_LOGIN,
    JNY_BY_ADDRESS             /* and User-Agent */
} jny_by_e;

typedef struct {
    unsigned                    n;
    jny_by_e                    by[JNY_IDENTITY_SOURCES];  /* first that has */
    char                        cookie[128];   /* its name */
    unsigned                    ours:1;        /* a cookie of the module */
    unsigned                    keyed:1;       /* ring is filled */
    ngx_http_journey_keyring_t  ring;
    uint8_t                     visitor_key[16];
    uint8_t                     login_key[16];
    uint8_t                     address_key[16];
} jny_identity_t;


/*
 * order: "cookie:NAME,login,address", or NULL: visitor, then the cookie jny,
 * then address.  JNY_OK, or JNY_EINVAL with diag: how it is written right.
 */
int jny_identity_init(jny_identity_t *id, const char *order,
    jny_diag_t *diag);

/*
 * Reads the module's key file.  JNY_OK, JNY_ENOMEM, or JNY_EIO or JNY_EINVAL
 * with diag.
 */
int jny_identity_key(jny_identity_t *id, const char *file, jny_diag_t *diag);

/* The key of addresses, where there is no key file: from what is imported. */
void jny_identity_seed(jny_identity_t *id, const void *secret, size_t len);

/*
 * Fills visitor, login and flags of row, whose time and agent are there.
 * agents, of 64-bit values, is the thread's own and nobody else's.
 */
void jny_identity_row(const jny_identity_t *id, jny_memo_t *agents,
    const jny_record_t *rec, jny_row_t *row);


#endif /* JNY_IDENTITY_H */
