/*
 * jny_hash.c - SipHash-1-3 for strings, a multiply mix for integers.
 *
 * Strings come from strangers (URLs, campaign tags): with an unkeyed hash they
 * could be chosen to collide and make every request walk one long chain.
 * 1-3 is what Rust's and Python's tables use for the same reason.
 */

#include "jny_hash.h"
#include "jny_wire.h"


static inline uint64_t
jny_rotl(uint64_t v, unsigned n)
{
    return v << n | v >> (64 - n);
}


static inline void
jny_sip_round(uint64_t v[4])
{
    v[0] += v[1];
    v[1] = jny_rotl(v[1], 13) ^ v[0];
    v[0] = jny_rotl(v[0], 32);
    v[2] += v[3];
    v[3] = jny_rotl(v[3], 16) ^ v[2];
    v[0] += v[3];
    v[3] = jny_rotl(v[3], 21) ^ v[0];
    v[2] += v[1];
    v[1] = jny_rotl(v[1], 17) ^ v[2];
    v[2] = jny_rotl(v[2], 32);
}


uint64_t
jny_hash_bytes(const jny_hash_key_t *key, jny_slice_t s)
{
    size_t    i;
    uint64_t  m, v[4];

    v[0] = key->k0 ^ 0x736f6d6570736575ULL;
    v[1] = key->k1 ^ 0x646f72616e646f6dULL;
    v[2] = key->k0 ^ 0x6c7967656e657261ULL;
    v[3] = key->k1 ^ 0x7465646279746573ULL;

    for (i = 0; s.len - i >= 8; i += 8) {
        m = jny_get_le64(s.data + i);
        v[3] ^= m;
        jny_sip_round(v);
        v[0] ^= m;
    }

    m = (uint64_t) s.len << 56;

    for (unsigned shift = 0; i < s.len; i++, shift += 8) {
        m |= (uint64_t) s.data[i] << shift;
    }

    v[3] ^= m;
    jny_sip_round(v);
    v[0] ^= m;

    v[2] ^= 0xff;
    jny_sip_round(v);
    jny_sip_round(v);
    jny_sip_round(v);

    return v[0] ^ v[1] ^ v[2] ^ v[3];
}


uint64_t
jny_hash_pair(const jny_hash_key_t *key, uint64_t a, uint64_t b)
{
    uint64_t  h;

    h = (a ^ key->k0) * 0x9e3779b97f4a7c15ULL;
    h = (h ^ h >> 32 ^ b ^ key->k1) * 0xd6e8feb86659fd93ULL;

    return h ^ h >> 32;
}


/* Up to seven bytes, of which all count. */
static uint64_t
jny_hash_few(jny_slice_t s)
{
    uint64_t  v;

    if (s.len >= 4) {
        return jny_get_le32(s.data)
               | (uint64_t) jny_get_le32(s.data + s.len - 4) << 32;
    }

    v = 0;

    for (size_t i = 0; i < s.len; i++) {
        v = v << 8 | s.data[i];
    }

    return v;
}


uint64_t
jny_hash_guess(jny_slice_t s)
{
    uint64_t        a, b;
    const uint8_t  *p, *last;

    a = s.len;
    b = 0;

    /* two at a time: multiplying takes longer than loading */

    if (s.len >= 16) {
        last = s.data + s.len - 16;

        for (p = s.data; p < last; p += 16) {
            a = (a ^ jny_get_le64(p)) * 0x9e3779b97f4a7c15ULL;
            b = (b ^ jny_get_le64(p + 8)) * 0xd6e8feb86659fd93ULL;
        }

        a ^= jny_get_le64(last);
        b ^= jny_get_le64(last + 8);

    } else if (s.len >= 8) {
        a ^= jny_get_le64(s.data);
        b ^= jny_get_le64(s.data + s.len - 8);

    } else {
        b ^= jny_hash_few(s);
    }

    a = (a ^ a >> 29) * 0x9e3779b97f4a7c15ULL;
    b = (b ^ b >> 29) * 0xd6e8feb86659fd93ULL;
    a ^= jny_rotl(b, 32);

    return a ^ a >> 32;
}
