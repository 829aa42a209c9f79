/*
 * jny_check.c - the structural validator, run before msgpack-c.
 *
 * msgpack-c allocates what a count claims: five bytes ("an array of 2^32 - 1")
 * make it reserve 96 GB.  So every count is held against the bytes that are
 * left first; each element takes at least one.
 */

#include "jny_check.h"
#include "jny_schema.h"
#include "jny_utf8.h"


typedef struct {
    jny_slice_t   in;
    size_t        at;
    jny_check_t  *check;
    jny_diag_t   *diag;
    uint32_t      left[JNY_MAX_DEPTH];    /* children still to come */
    unsigned      depth;
} jny_check_state_t;


static int
jny_check_fail(const jny_check_state_t *s, const char *what)
{
    jny_diag_set(s->diag, s->at, "%s", what);

    return JNY_EDATA;
}


static uint32_t
jny_check_count(const uint8_t *p, unsigned width)
{
    uint32_t  v;

    v = 0;

    for (unsigned i = 0; i < width; i++) {
        v = v << 8 | p[i];
    }

    return v;
}


/* The fixed-size types of the msgpack specification, 0xc0 to 0xdf. */
static int
jny_check_fixed(uint8_t head, uint32_t *body)
{
    switch (head) {
    case 0xc0:                          /* nil, false, true */
    case 0xc2:
    case 0xc3:
        *body = 0;
        return 1;
    case 0xcc:                          /* uint, int 8 */
    case 0xd0:
        *body = 1;
        return 1;
    case 0xcd:                          /* uint, int 16; fixext 1 */
    case 0xd1:
    case 0xd4:
        *body = 2;
        return 1;
    case 0xd5:                          /* fixext 2 */
        *body = 3;
        return 1;
    case 0xca:                          /* float 32; uint, int 32 */
    case 0xce:
    case 0xd2:
        *body = 4;
        return 1;
    case 0xd6:                          /* fixext 4 */
        *body = 5;
        return 1;
    case 0xcb:                          /* float 64; uint, int 64 */
    case 0xcf:
    case 0xd3:
        *body = 8;
        return 1;
    case 0xd7:                          /* fixext 8, 16 */
        *body = 9;
        return 1;
    case 0xd8:
        *body = 17;
        return 1;
    default:
        return 0;
    }
}


/* The types with a count: its width, and what it counts. */
static int
jny_check_counted(uint8_t head, unsigned *width, unsigned *kind)
{
    static const struct {
        uint8_t  head;
        uint8_t  width;
        char     kind;
    } types[] = {
        { 0xc4, 1, 'b' }, { 0xc5, 2, 'b' }, { 0xc6, 4, 'b' },
        { 0xc7, 1, 'x' }, { 0xc8, 2, 'x' }, { 0xc9, 4, 'x' },
        { 0xd9, 1, 's' }, { 0xda, 2, 's' }, { 0xdb, 4, 's' },
        { 0xdc, 2, 'a' }, { 0xdd, 4, 'a' },
        { 0xde, 2, 'm' }, { 0xdf, 4, 'm' },
    };

    for (size_t i = 0; i < sizeof(types) / sizeof(types[0]); i++) {
        if (types[i].head == head) {
            *width = types[i].width;
            *kind = (unsigned) types[i].kind;
            return 1;
        }
    }

    return 0;
}


/* Reads head and count at s->at and moves behind them. */
static int
jny_check_head(jny_check_state_t *s, unsigned *kind, uint32_t *count)
{
    uint8_t   head;
    unsigned  width;

    head = s->in.data[s->at];
    width = 0;

    if (head <= 0x7f || head >= 0xe0) {           /* fixint */
        *kind = 'f';
        *count = 0;

    } else if (head <= 0x8f) {
        *kind = 'm';
        *count = head & 0x0f;

    } else if (head <= 0x9f) {
        *kind = 'a';
        *count = head & 0x0f;

    } else if (head <= 0xbf) {
        *kind = 's';
        *count = head & 0x1f;

    } else if (jny_check_fixed(head, count)) {
        *kind = 'f';

    } else if (jny_check_counted(head, &width, kind)) {
        if (s->in.len - s->at - 1 < width) {
            return jny_check_fail(s, "payload ends inside a count");
        }

        *count = jny_check_count(s->in.data + s->at + 1, width);

    } else {
        return jny_check_fail(s, "byte that starts no msgpack object");
    }

    s->at += 1 + width;

    return JNY_OK;
}


static int
jny_check_enter(jny_check_state_t *s, unsigned kind, uint32_t count)
{
    uint64_t  children;

    children = kind == 'm' ? 2 * (uint64_t) count : count;

    if (children > s->in.len - s->at) {
        return jny_check_fail(s, "more elements than bytes left");
    }

    if (s->depth == JNY_MAX_DEPTH) {
        return jny_check_fail(s, "nested too deep");
    }

    s->left[s->depth++] = (uint32_t) children;
    s->check->children += children;

    return JNY_OK;
}


static int
jny_check_body(jny_check_state_t *s, unsigned kind, uint32_t count)
{
    uint64_t     len;
    jny_slice_t  text;

    /* an ext carries its type byte beside what it counts */
    len = (uint64_t) count + (kind == 'x');

    if (len > s->in.len - s->at) {
        return jny_check_fail(s, "payload ends inside an object");
    }

    if (kind == 's') {
        text.data = s->in.data + s->at;
        text.len = count;

        if (jny_utf8_valid(text) != text.len) {
            return jny_check_fail(s, "text is not valid UTF-8");
        }

        s->check->strings++;
    }

    s->at += (size_t) len;

    return JNY_OK;
}


int
jny_check_payload(jny_slice_t payload, jny_check_t *check, jny_diag_t *diag)
{
    int                rc;
    unsigned           kind;
    uint32_t           count;
    jny_check_state_t  s;

    s.in = payload;
    s.at = 0;
    s.check = check;
    s.diag = diag;
    s.depth = 0;
    kind = 0;
    count = 0;

    check->len = 0;
    check->objects = 0;
    check->strings = 0;
    check->children = 0;

    do {
        if (s.at == payload.len) {
            return jny_check_fail(&s, "payload ends too early");
        }

        if (++check->objects > JNY_MAX_OBJECTS) {
            return jny_check_fail(&s, "too many objects");
        }

        if (s.depth != 0) {
            s.left[s.depth - 1]--;
        }

        rc = jny_check_head(&s, &kind, &count);
        if (rc != JNY_OK) {
            return rc;
        }

        rc = (kind == 'm' || kind == 'a') ? jny_check_enter(&s, kind, count)
                                          : jny_check_body(&s, kind, count);
        if (rc != JNY_OK) {
            return rc;
        }

        while (s.depth != 0 && s.left[s.depth - 1] == 0) {
            s.depth--;
        }

    } while (s.depth != 0);

    check->len = s.at;

    return JNY_OK;
}
