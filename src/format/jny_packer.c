/*
 * jny_packer.c - msgpack-c over a buffer of known size.
 */

#include "jny_packer.h"

#include <string.h>


static int
jny_packer_write(void *ctx, const char *buf, size_t len)
{
    jny_packer_t  *p;

    p = ctx;

    if (p->room - p->len < len) {
        return -1;
    }

    /* an empty text may have no place */

    if (len > 0) {
        memcpy(p->data + p->len, buf, len);
        p->len += len;
    }

    return 0;
}


void
jny_packer_init(jny_packer_t *p, uint8_t *out, size_t room)
{
    p->data = out;
    p->len = 0;
    p->room = room;
    p->bins.n = 0;
    msgpack_packer_init(&p->pk, p, jny_packer_write);
}


void
jny_packer_text(jny_packer_t *p, const void *data, size_t len)
{
    (void) msgpack_pack_str(&p->pk, len);
    (void) msgpack_pack_str_body(&p->pk, data, len);
}


void
jny_packer_key(jny_packer_t *p, const char *name)
{
    jny_packer_text(p, name, strlen(name));
}


void
jny_packer_field(jny_packer_t *p, jny_slice_t name)
{
    (void) msgpack_pack_str(&p->pk, name.len + 2);
    (void) msgpack_pack_str_body(&p->pk, "x_", 2);
    (void) msgpack_pack_str_body(&p->pk, name.data, name.len);
}


void
jny_packer_number(jny_packer_t *p, const char *name, uint64_t v)
{
    jny_packer_key(p, name);
    (void) msgpack_pack_uint64(&p->pk, v);
}


uint8_t *
jny_packer_bin(jny_packer_t *p, size_t len)
{
    uint8_t     *body;
    jny_part_t  *bin;

    (void) msgpack_pack_bin(&p->pk, len);
    body = p->data + p->len;

    if (len >= JNY_DEFLATE_PART_MIN && p->bins.n < JNY_DEFLATE_PARTS) {
        bin = &p->bins.parts[p->bins.n++];
        bin->at = p->len;
        bin->len = len;
    }

    p->len += len;

    return body;
}
